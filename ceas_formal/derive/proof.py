"""The steps of a derivation, each checked before it is entered.

What may be used is what was assumed by name, defined, or reached by an earlier step. A step that cannot be checked raises
:class:`NotDerived`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Eq, Expr, IndexedBase, Sum, Symbol
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from ceas_formal.derive.algebra import is_congruence, vanishes

_KNOWN = ("integer", "positive", "nonnegative", "negative", "nonpositive", "nonzero", "real")
"""What SymPy may know of a symbol, and then uses."""

_FORMAL = ("identity", "inequality", "limit", "induction")
"""Steps that say something of all values; a definition says nothing."""

_ROUNDED = 40
"""A numerator of more bits than this over a power of 2 is that of a float."""

Given = Mapping[Expr, Expr]
"""Equations to use, the left side of each by its right side."""


class NotDerived(Exception):
    """A step could not be checked: the derivation ends there, and nothing is claimed."""


@dataclass(frozen=True)
class Step:
    """One checked step.

    Parameters
    ----------
    kind : str
        ``definition``, ``identity``, ``inequality``, ``limit`` and ``induction`` hold for all values of the symbols; ``witness`` and
        ``weakened`` are exact numbers; ``checked`` and ``compared`` hold for the scope or within the tolerance that the reason states.
    reason : str
        What is done, and why it may be done.
    formula : sympy expression or None
        What has been reached.
    since : sympy expression or None
        Of an inequality: what the difference of its sides equals, in a form whose sign shows.
    """

    kind: str
    reason: str
    formula: Any = None
    since: Any = None


class Proof:
    """What a derivation has assumed and reached so far."""

    def __init__(self) -> None:
        self.symbols: dict[Any, str] = {}
        self.assumptions: dict[str, str] = {}
        self.steps: list[Step] = []
        self._facts: set[Eq] = set()
        self._positive: set[Expr] = set()

    def symbol(self, name: str, meaning: str, **known: bool) -> Symbol:
        """Return a new symbol. What is `known`, such as ``positive=True``, belongs to its meaning: SymPy uses it."""
        made = Symbol(name, **known)
        self._introduce(name, made, meaning)
        return made

    def sequence(self, name: str, meaning: str, **known: bool) -> IndexedBase:
        """Return a new symbol with an index, which counts from 0; with ``commutative=False`` a sequence of matrices."""
        made = IndexedBase(Symbol(name, **known)) if known.get("commutative") is False else IndexedBase(name, **known)
        self._introduce(name, made, meaning)
        return made

    def function(self, name: str, meaning: str) -> Any:
        """Return a new function of which nothing is known."""
        made = sympy.Function(name)
        self._introduce(name, made, meaning)
        return made

    def assume(self, name: str, text: str, fact: Eq | None = None, positive: Expr | None = None) -> None:
        """Enter an assumption by name.

        Parameters
        ----------
        name, text : str
            A word or two, and the sentence.
        fact : Eq, optional
            An equation that steps may use from now on.
        positive : Expr, optional
            A matrix that is positive semidefinite by this assumption.
        """
        if name in self.assumptions:
            raise NotDerived(f"{name} is assumed twice")
        if fact is not None and fact.func(*fact.args) == sympy.false:
            raise NotDerived(f"{name}: {fact} contradicts what is known of its symbols")
        self.assumptions[name] = text
        if fact is not None:
            self._facts.add(fact)
        if positive is not None:
            self._positive.add(positive)

    def define(self, reason: str, name: Expr, meaning: Expr) -> Expr:
        """Enter `name` as a short form of `meaning`. It must be new: then nothing is claimed.

        What the name is known for, such as ``positive=True``, but the meaning is not shown to be, becomes an assumption.
        """
        whole = name.base if isinstance(name, sympy.Indexed) else name.func if isinstance(name, AppliedUndef) else name
        if not isinstance(name, Symbol | AppliedUndef | sympy.Indexed) or meaning.has(whole) or self._said(whole):
            raise NotDerived(f"{reason}: {name} is not new")
        asked = [known for known in _KNOWN if getattr(name, f"is_{known}") and not getattr(meaning, f"is_{known}")]
        if wrong := [known for known in asked if getattr(meaning, f"is_{known}") is False]:
            raise NotDerived(f"{reason}: {meaning} is not {wrong[0]}, as {name} is")
        if asked:
            self.assume(f"{asked[0]} {name}", f"{meaning} is {asked[0]}")
        self._enter("definition", reason, Eq(name, meaning, evaluate=False))
        return name

    def equal(self, reason: str, left: Expr, right: Expr, given: Given | None = None) -> Expr:
        """Enter left = right, for all values of the symbols, and return `right`. The two must be written differently."""
        self._ranged(reason, left, right)
        if left == right:
            raise NotDerived(f"{reason}: {left} is on both sides, so nothing was shown")
        self._vanishing(reason, left - right, given, f"{left} = {right}")
        self._enter("identity", reason, Eq(left, right, evaluate=False))
        return right

    def at_least(self, reason: str, left: Expr, right: Expr, since: Expr, given: Given | None = None) -> None:
        """Enter left ≥ right: their difference equals `since`, whose form shows that it is not negative.

        The form must be one that SymPy settles from what is known of the symbols, such as a square, or a sum of products of them.
        """
        self._ranged(reason, left, right, since)
        self._vanishing(reason, left - right - since, given, f"{left} - ({right}) = {since}")
        if since.is_nonnegative is not True:
            raise NotDerived(f"{reason}: {since} ≥ 0 was not shown")
        self._enter("inequality", reason, sympy.Ge(left, right, evaluate=False), since)

    def above(self, reason: str, left: Expr, right: Expr, since: Expr, given: Given | None = None) -> None:
        """Enter left > right, as :meth:`at_least` but strictly."""
        self._ranged(reason, left, right, since)
        self._vanishing(reason, left - right - since, given, f"{left} - ({right}) = {since}")
        if since.is_positive is not True:
            raise NotDerived(f"{reason}: {since} > 0 was not shown")
        self._enter("inequality", reason, sympy.Gt(left, right, evaluate=False), since)

    def loewner(self, reason: str, left: Expr, right: Expr, since: Expr, given: Given | None = None) -> None:
        """Enter left ⪰ right for matrices: their difference equals `since`, a sum of terms X·S·Xᵀ with S assumed positive semidefinite."""
        self._ranged(reason, left, right, since)
        self._vanishing(reason, left - right - since, given, f"{left} - ({right}) = {since}")
        lengths = [last - first + 1 for whole in since.atoms(Sum) for _, first, last in whole.limits]
        if not is_congruence(since, self._positive) or not all(length.is_nonnegative for length in lengths):
            raise NotDerived(f"{reason}: {since} ⪰ 0 was not shown")
        self._enter("inequality", f"{reason} (in the Loewner order)", sympy.Ge(left, right, evaluate=False), since)

    def limit(self, reason: str, expression: Expr, variable: Symbol, point: Expr, value: Expr) -> Expr:
        """Enter the limit of the expression as the variable tends to the point, and return it.

        It is taken along the reals, which implies it along the integers: SymPy errs on limits in integer symbols, such as that of
        n²(1 - cos(2π/n)), for which it gives 0 in place of 2π².
        """
        positive = bool(variable.is_positive) or point == sympy.oo
        along = sympy.Dummy(variable.name, positive=True) if positive else sympy.Dummy(variable.name, real=True)
        one_sided = point in (sympy.oo, -sympy.oo) or (positive and point == 0)
        try:
            found = sympy.limit(expression.subs(variable, along), along, point, "+" if one_sided else "+-")
        except (NotImplementedError, ValueError) as problem:
            raise NotDerived(f"{reason}: {problem}") from problem
        if found != value and not vanishes(found - value):
            raise NotDerived(f"{reason}: the limit is {found}, not {value}")
        self._enter("limit", reason, Eq(sympy.Limit(expression, variable, point), value, evaluate=False))
        return value

    def induction(self, reason: str, left: Expr, closed: Expr, variable: Symbol, start: Expr, step: Callable[[Expr], Expr]) -> Expr:
        """Enter the closed form of what a recursion defines over `variable` = 0, 1, …, and return it.

        Parameters
        ----------
        reason : str
            Which recursion it solves.
        left : applied function
            A new name for the value at `variable`: start and step define it.
        closed : Expr
            Its closed form.
        variable : Symbol
            An integer, not negative.
        start : Expr
            The value at 0.
        step : function
            From the value at `variable` to the value at the next.
        """
        if not isinstance(left, AppliedUndef) or left.args != (variable,) or self._said(left.func):
            raise NotDerived(f"{reason}: {left} is no new function of {variable}")
        if not (variable.is_integer and variable.is_nonnegative) or start.has(variable):
            raise NotDerived(f"{reason}: {variable} does not count from 0, or the start depends on it")
        self._inductive(reason, left, closed, variable, start, step)
        return closed

    def summed(self, reason: str, whole: Sum, closed: Expr) -> Expr:
        """Enter the closed form of a sum from 0 to a symbol, by induction over that symbol, and return it."""
        index, first, last = whole.limits[0]
        term = whole.function
        if len(whole.limits) != 1 or first != 0 or not isinstance(last, Symbol) or not last.is_nonnegative or term.has(last):
            raise NotDerived(f"{reason}: {whole} is no sum from 0 to a symbol that its terms do not have")
        self._ranged(reason, whole)
        self._inductive(reason, whole, closed, last, term.subs(index, 0), lambda value: value + term.subs(index, last + 1))
        return closed

    def witness(self, reason: str, left: Expr, relation: str, right: Expr) -> None:
        """Enter a relation, such as ``"<"`` or ``"!="``, between two exact numbers."""
        self._enter("witness", reason, _between_numbers(reason, left, relation, right))

    def weakened(self, assumption: str, reason: str, left: Expr, relation: str, right: Expr) -> None:
        """Enter a relation between two exact numbers that breaks the result without the named assumption."""
        if assumption not in self.assumptions:
            raise NotDerived(f"{reason}: nothing named {assumption!r} was assumed")
        self._enter("weakened", f"without “{assumption}”: {reason}", _between_numbers(reason, left, relation, right))

    def checked(self, reason: str, scope: str, condition: bool) -> None:
        """Enter what was checked case by case, for a stated scope and no other."""
        if condition is not True and condition is not sympy.true:
            raise NotDerived(f"{reason}: does not hold for {scope}")
        self._enter("checked", f"{reason}: for {scope}")

    def compared(self, reason: str, derived: float, found: float, tolerance: float) -> None:
        """Enter that an independent computation agrees. The reason names it, with its samples and seed where it has any."""
        if not 0 <= tolerance < math.inf or not abs(float(derived) - float(found)) <= tolerance:
            raise NotDerived(f"{reason}: derived {float(derived):.8g}, found {float(found):.8g}, not within {tolerance:.2g}")
        self._enter("compared", f"{reason}: derived {float(derived):.6g}, found {float(found):.6g}, within {tolerance:.2g}")

    def result(self, relation: Relational, *arguments: Any) -> tuple[Relational, tuple[Any, ...]]:
        """Return the result: a formula of one of the steps that hold for all values, with the arguments of its right-hand side.

        A definition is a result only if a later identity, inequality, limit or induction has its name.
        """
        places = [place for place, step in enumerate(self.steps) if step.formula == relation and step.kind not in ("witness", "weakened")]
        if not places:
            raise NotDerived(f"{relation} is no step of the derivation")
        later = [step for step in self.steps[places[0] :] if step.kind in _FORMAL]
        if not any(step.formula.has(relation.lhs) or (step.since is not None and step.since.has(relation.lhs)) for step in later):
            raise NotDerived(f"{relation.lhs} is defined, and no later step says anything of it")
        taken = {argument.label if isinstance(argument, IndexedBase) else argument for argument in arguments}
        if free := {symbol for symbol in relation.rhs.free_symbols if isinstance(symbol, Symbol)} - taken:
            raise NotDerived(f"the result depends on {free}, which is no argument")
        return relation, arguments

    def last(self) -> Any:
        """Return the formula of the last step that has one."""
        return next(step.formula for step in reversed(self.steps) if step.formula is not None)

    def _inductive(self, reason: str, left: Expr, closed: Expr, variable: Symbol, start: Expr, step: Callable[[Expr], Expr]) -> None:
        if not vanishes(closed.subs(variable, 0) - start):
            raise NotDerived(f"{reason}: the closed form is not {start} at {variable} = 0")
        if not vanishes(closed.subs(variable, variable + 1) - step(closed)):
            raise NotDerived(f"{reason}: the step from {variable} to {variable} + 1 was not shown")
        reason = f"{reason}: true at {variable} = 0, and at {variable} + 1 if at {variable}"
        self._enter("induction", reason, Eq(left, closed, evaluate=False))

    def _said(self, name: Any) -> bool:
        """Return whether an assumption or a step speaks of this name."""
        steps = (formula for step in self.steps for formula in (step.formula, step.since) if formula is not None)
        return any(formula.has(name) for formula in (*self._facts, *self._positive, *steps))

    def _introduce(self, name: str, made: Any, meaning: str) -> None:
        if any(str(other) == name for other in self.symbols):
            raise NotDerived(f"{name} is introduced twice")
        self.symbols[made] = meaning

    def _ranged(self, reason: str, *formulas: Expr) -> None:
        """Refuse a sum whose index is known for more than its range has, such as an index above 0 in a sum from 0, or is no index."""
        for whole in set().union(*(formula.atoms(Sum) for formula in formulas)):
            for index, first, *_ in whole.limits:
                outside = [known for known in _KNOWN if getattr(index, f"is_{known}") and not getattr(first, f"is_{known}")]
                if outside or index in self.symbols or index.is_negative or index.is_nonpositive or index.is_even or index.is_odd:
                    raise NotDerived(f"{reason}: {index} cannot be the index of {whole}")

    def _vanishing(self, reason: str, difference: Expr, given: Given | None, claim: str) -> None:
        bound = {index for whole in difference.atoms(Sum) for index in whole.bound_symbols}
        for old, new in (given or {}).items():
            # What holds at every index names the index on both sides; else the sum would capture it.
            if bound & ({old} | (new.free_symbols - old.free_symbols)):
                raise NotDerived(f"{reason}: {old} = {new} is about one index, which a sum runs over")
            if not {Eq(old, new, evaluate=False), Eq(new, old, evaluate=False)} & self._facts:
                raise NotDerived(f"{reason}: {old} = {new} was neither assumed nor reached before")
        for part in difference.atoms(sympy.Pow):
            about = {fact.lhs: fact.rhs for fact in self._facts if part.base.has(fact.lhs) and isinstance(fact.lhs, Symbol | sympy.Indexed)}
            if part.exp.is_negative and about and not part.base.is_nonzero and vanishes(part.base, about):
                raise NotDerived(f"{reason}: {part.base} is 0")
        if not vanishes(difference, given):
            raise NotDerived(f"{reason}: {claim} was not shown")

    def _enter(self, kind: str, reason: str, formula: Any = None, since: Any = None) -> None:
        self.steps.append(Step(kind, reason, formula, since))
        if isinstance(formula, Eq) and kind not in ("witness", "weakened"):
            self._facts.add(formula)


def _between_numbers(reason: str, left: Expr, relation: str, right: Expr) -> Relational:
    left, right = sympy.sympify(left), sympy.sympify(right)
    if not (left.is_number and right.is_number) or left.has(sympy.Float) or right.has(sympy.Float):
        raise NotDerived(f"{reason}: {left} and {right} are not both exact numbers")
    rounded = [part for part in left.atoms(sympy.Rational) | right.atoms(sympy.Rational) if _is_rounded(part)]
    if rounded:
        raise NotDerived(f"{reason}: {rounded[0]} is a rounded number")
    if sympy.Rel(left, right, relation) != sympy.true:
        raise NotDerived(f"{reason}: {left} {relation} {right} does not hold")
    return sympy.Rel(left, right, relation, evaluate=False)


def _is_rounded(number: sympy.Rational) -> bool:
    return bool(number.q > 1 and number.q & (number.q - 1) == 0 and abs(number.p).bit_length() > _ROUNDED)
