"""The language: typed variables, relations, and formulas with counting quantifiers.

A specification is ordinary Python that *builds* formulas::

    every(implies(voted(n, x), certified(x)) for n in Node for x in Value)
    quorum(voted(m, x) for m in Node)

``for m in Node`` binds a fresh variable. Connectives are ``&``, ``|``, ``~`` and :func:`implies`; equality is :func:`same`. Python's own
``and``, ``or``, ``not``, ``if``, ``==`` and ``in`` would decide something at once instead of building it, so on symbolic terms they raise.

A threshold such as ``quorum`` counts nodes: ``quorum(φ(m) for m in Node)`` says that q nodes *report* φ. Honest nodes report what
is true, Byzantine ones what suits them, so it means |{m : byzantine(m) ∨ φ(m)}| ≥ q. Hence ``~quorum(~φ(m) for m in Node)`` says
that every quorum holds an honest node with φ.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from ceas_formal.spec.quantity import A, F, N, Quantity, constant

_bound_by_generator: list[list[Sort]] = []


class SymbolicTruthError(TypeError):
    """A symbolic term was used where Python wants a decision."""


class _Symbolic:
    """What terms and formulas share: they refuse to be decided."""

    def __bool__(self) -> NoReturn:
        raise SymbolicTruthError("a symbolic term has no truth value: write & | ~ implies(...), not and/or/not/if or chained <")

    def __eq__(self, other: object) -> NoReturn:
        raise SymbolicTruthError("== decides at once: write same(x, y)")

    def __ne__(self, other: object) -> NoReturn:
        raise SymbolicTruthError("!= decides at once: write ~same(x, y)")

    __hash__ = object.__hash__


class SortType(type):
    """The type of sorts: iterating over a sort, in a quantifier, binds one fresh variable of it."""

    def __iter__(cls: type[T]) -> Iterator[T]:  # type: ignore[misc]
        if not _bound_by_generator:
            raise SymbolicTruthError(f"{cls.__name__} can be iterated only inside every(...), some(...), none(...) or a threshold")
        variable = cls(cls.__name__.lower())
        _bound_by_generator[-1].append(variable)
        yield variable

    def __contains__(cls, item: object) -> NoReturn:
        raise SymbolicTruthError(f"membership in the sort {cls.__name__} is not a question: variables are typed")


T = TypeVar("T", bound="Sort")


class Sort(_Symbolic, metaclass=SortType):
    """A variable. A sort is a subclass of this class; its elements have no structure beyond the relations on them.

    Parameters
    ----------
    name : str
        How the variable is printed; identity, not the name, tells variables apart.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


class Ordered(Sort):
    """A variable of a totally ordered sort with a least element."""

    def __le__(self, other: Ordered) -> Formula:
        return AtMost(self, other)

    def __lt__(self, other: Ordered) -> Formula:
        return Not(AtMost(other, self))

    def __ge__(self, other: Ordered) -> Formula:
        return other <= self

    def __gt__(self, other: Ordered) -> Formula:
        return other < self


class Formula(_Symbolic):
    """A statement about a state, true or false once its variables have values."""

    def __and__(self, other: Formula) -> Formula:
        return And((self, other))

    def __or__(self, other: Formula) -> Formula:
        return Or((self, other))

    def __invert__(self) -> Formula:
        return self.body if isinstance(self, Not) else Not(self)


@dataclass(frozen=True, eq=False)
class Atom(Formula):
    """``relation(arguments)``."""

    relation: Relation
    arguments: tuple[Sort, ...]


@dataclass(frozen=True, eq=False)
class Equal(Formula):
    """Two variables of one sort denote the same element."""

    left: Sort
    right: Sort


@dataclass(frozen=True, eq=False)
class AtMost(Formula):
    """``left`` ≤ ``right`` in the order of their sort."""

    left: Ordered
    right: Ordered


@dataclass(frozen=True, eq=False)
class Not(Formula):
    """Negation."""

    body: Formula


@dataclass(frozen=True, eq=False)
class And(Formula):
    """Conjunction; the empty one is true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, eq=False)
class Or(Formula):
    """Disjunction; the empty one is false."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, eq=False)
class Every(Formula):
    """The body holds for all values of the variables."""

    variables: tuple[Sort, ...]
    body: Formula


@dataclass(frozen=True, eq=False)
class Some(Formula):
    """The body holds for some values of the variables."""

    variables: tuple[Sort, ...]
    body: Formula


@dataclass(frozen=True, eq=False)
class Enough(Formula):
    """As many nodes as the threshold asks for report the body; with `honest`, as many honest nodes satisfy it.

    With `among`, only the members of that group are counted, and N is their number.
    """

    threshold: Threshold
    variable: Sort
    body: Formula
    honest: bool = False
    among: Sort | None = None


@dataclass(frozen=True)
class Relation:
    """A named relation over sorts.

    Parameters
    ----------
    name : str
        Its name in every report.
    sorts : tuple of Sort subclasses
        The sorts of its arguments.
    rigid : bool
        It never changes: part of the setting.
    ghost : bool
        It exists for the proof only; no node stores or sends it.
    """

    name: str
    sorts: tuple[type[Sort], ...]
    rigid: bool = False
    ghost: bool = False

    def __call__(self, *arguments: Sort) -> Formula:
        """Return the relation applied to variables of its sorts."""
        if len(arguments) != len(self.sorts) or not all(map(isinstance, arguments, self.sorts)):
            wanted = ", ".join(sort.__name__ for sort in self.sorts)
            raise TypeError(f"{self.name} takes ({wanted}), not ({', '.join(type(argument).__name__ for argument in arguments)})")
        return Atom(self, arguments)


@dataclass(frozen=True)
class Threshold:
    """A declared number of nodes, applied to a condition: ``quorum(φ(m) for m in Node)``.

    Parameters
    ----------
    name : str
        Its name in every report.
    size : callable
        ``size(N, f, a)``, on integers or on quantities.
    members : Relation, optional
        ``members(g, m)`` if the nodes are counted within groups, such as active sets: then N is the number of members of g.
    """

    name: str
    size: Callable[[Any, Any, Any], Any]
    members: Relation | None = None

    def __call__(self, condition: Generator[Formula, None, None], *, among: Sort | None = None) -> Formula:
        """Return that so many nodes (of the group `among`) report the condition."""
        return self._enough(condition, honest=False, among=among)

    def of_honest(self, condition: Generator[Formula, None, None], *, among: Sort | None = None) -> Formula:
        """Return that so many *honest* nodes (of the group) satisfy the condition, with no help from Byzantine ones."""
        return self._enough(condition, honest=True, among=among)

    def _enough(self, condition: Generator[Formula, None, None], *, honest: bool, among: Sort | None) -> Formula:
        (variable,), body = abstract(condition)
        if (among is None) != (self.members is None) or (self.members and not isinstance(among, self.members.sorts[0])):
            wanted = f"a {self.members.sorts[0].__name__}" if self.members else "nothing"
            raise TypeError(f"{self.name} is counted among {wanted}, not {type(among).__name__}")
        return Enough(self, variable, body, honest, among)

    def count(self, nodes: int, faults: int, false_accepts: int) -> int:
        """Return the number of nodes it asks for."""
        return int(self.size(nodes, faults, false_accepts))

    @property
    def quantity(self) -> Quantity:
        """The size as an expression in N, f and a."""
        return constant(self.size(N, F, A))


def abstract(condition: Generator[Formula, None, None]) -> tuple[tuple[Sort, ...], Formula]:
    """Return the variables that a generator expression binds, under the names it gives them, and its body."""
    _bound_by_generator.append([])
    try:
        body = next(condition)
        frame: Any = condition.gi_frame  # type: ignore[attr-defined]
        named = dict(frame.f_locals)
        more = next(condition, None) is not None
    finally:
        variables = tuple(_bound_by_generator.pop())
    if more:
        raise TypeError("a quantifier ranges over sorts alone: write one formula for each Python value, and join them with & or |")
    for name, value in named.items():
        for variable in variables:
            if value is variable:
                variable.name = name
    if not isinstance(body, Formula):
        raise TypeError(f"a quantifier ranges over formulas, not {type(body).__name__}")
    return variables, body


def every(condition: Generator[Formula, None, None]) -> Formula:
    """Return ``∀``: ``every(φ(x) for x in Value)``."""
    return Every(*abstract(condition))


def some(condition: Generator[Formula, None, None]) -> Formula:
    """Return ``∃``: ``some(φ(x) for x in Value)``."""
    return Some(*abstract(condition))


def none(condition: Generator[Formula, None, None]) -> Formula:
    """Return ``¬∃``: ``none(φ(x) for x in Value)``."""
    return ~Some(*abstract(condition))


def implies(premise: Formula, conclusion: Formula) -> Formula:
    """Return ``premise → conclusion``."""
    return ~premise | conclusion


def same(left: Sort, right: Sort) -> Formula:
    """Return ``left = right`` for two variables of one sort."""
    if type(left) is not type(right):
        raise TypeError(f"{type(left).__name__} and {type(right).__name__} are never the same")
    return Equal(left, right)


TRUE: Formula = And(())
FALSE: Formula = Or(())
