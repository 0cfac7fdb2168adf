"""Small models of an obligation's assertions: what is asked when a solver gives up, and what makes an unexpected ``sat`` readable.

The assertions are first-order formulas without counting, so over k elements of each sort they are Boolean formulas, one Boolean for each
tuple and one for whether an element is there at all. A model of those is a genuine model of the assertions: for a step of the proof, a
counterexample to induction. That there is none says something about these sizes only.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import z3

from ceas_formal.spec.counting import Tuple
from ceas_formal.spec.language import Formula
from ceas_formal.spec.rewriting import free_variables
from ceas_formal.verify.finite import Countermodel, Problem, Reader, TimeUp, holds
from ceas_formal.verify.grounding import Assignment, Boolean, conjunction, tuple_name
from ceas_formal.verify.obligation import Obligation
from ceas_formal.verify.smtlib import order_name
from ceas_formal.verify.solving import UNINTERRUPTED, milliseconds

MOST = 4
SECONDS = 10.0


@dataclass(frozen=True)
class Search:
    """What came of a search: a model, or up to how many elements of each sort there is none; of an arithmetic script, numbers."""

    found: Countermodel | None
    excluded: int
    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def satisfied(self) -> bool:
        """Whether something was found that satisfies the assertions."""
        return self.found is not None or bool(self.numbers)


def search(assertions: Mapping[str, Formula], *, most: int = MOST, seconds: float = SECONDS) -> Search:
    """Look for a model with 1, 2, … elements of each sort, and make the first one small.

    Parameters
    ----------
    assertions : mapping of str to Formula
        Named formulas without counting quantifiers.
    most : int
        The largest number of elements of each sort.
    seconds : float
        Time for everything.

    Examples
    --------
    >>> from ceas_formal.spec.language import Relation, Sort, every, some
    >>> class Node(Sort): pass
    >>> red = Relation("red", (Node,))
    >>> found = search({"some": some(red(n) for n in Node), "goal": ~every(red(n) for n in Node)}).found
    >>> found.sizes, found.holds
    ({'Node': 2}, {'red': {(1,)}})
    """
    problem, deadline = Problem(assertions), time.monotonic() + seconds
    excluded = 0
    for size in range(1, most + 1):
        try:
            for natural in problem.readings_of_orders:
                if found := _Level(problem, size, natural, deadline).model():
                    if not holds(found, assertions, problem):
                        raise AssertionError("the Boolean reading of the assertions and their value in the model disagree")
                    return Search(found, excluded)
        except TimeUp:
            break
        excluded = size
    return Search(None, excluded)


def of(obligation: Obligation, *, most: int = MOST, seconds: float = SECONDS) -> Search | None:
    """Search the assertions of an obligation, any of them if there are several; None if it has none but searches for runs itself."""
    if not obligation.assertions:
        return None
    deadline, excluded = time.monotonic() + seconds, most
    for assertions in (obligation.assertions, *obligation.others):
        left = deadline - time.monotonic()
        outcome = Search(None, 0, numbers(assertions, left)) if isinstance(assertions, str) else search(assertions, most=most, seconds=left)
        if outcome.satisfied:
            return outcome
        excluded = min(excluded, outcome.excluded)
    return Search(None, excluded)


def numbers(script: str, seconds: float = SECONDS) -> dict[str, str]:
    """Return values, small ones for the constants declared first, that satisfy an arithmetic script; empty if none were found.

    Examples
    --------
    >>> numbers("(declare-const N Int)(declare-const f Int)(assert (and (> N (* 3 f)) (> f 0)))")
    {'N': '4', 'f': '1'}
    """
    context = z3.Context()
    solver = z3.Optimize(ctx=context)
    solver.set("timeout", milliseconds(seconds))
    solver.from_string(script)
    declared = re.findall(r"\(declare-const (\S+) Int\)", script)
    for name in declared:
        solver.minimize(z3.Int(name, context))
    if solver.check() != z3.sat:
        return {}
    model = solver.model()
    if not all(z3.is_true(model.eval(assertion, True)) for assertion in solver.assertions()):
        return {}
    values = {declaration.name(): str(model[declaration]) for declaration in model.decls()}
    return {name: values[name] for name in (*declared, *sorted(set(values) - set(declared))) if name in values}


class _Level:
    """The search with at most `size` elements of each sort, where ≤ is that of the numbers if `natural`."""

    def __init__(self, problem: Problem, size: int, natural: bool, deadline: float) -> None:
        self.problem, self.size, self.natural, self.deadline = problem, size, natural, deadline
        self.context = z3.Context()
        self.tuples: dict[tuple[str, Tuple], Boolean] = {}
        self.more = {(sort, index): z3.Bool(f"{sort}>{index}", self.context) for sort in problem.sorts for index in range(1, size)}
        self.orders = {order_name(problem.sorts[name]) for name in problem.ordered} if natural else set()
        self.reader = Reader(lambda _: size, self._tuple, self._present, deadline)
        self.solver = z3.SolverFor("QF_FD", ctx=self.context)
        for option, value in UNINTERRUPTED.items():
            self.solver.set(option, value)

    def _present(self, sort: str, index: int) -> Boolean:
        return index == 0 or self.more[sort, index]

    def _tuple(self, name: str, row: Tuple) -> Boolean:
        if name in self.orders:
            return row[0] <= row[1]
        key = name, row
        if key not in self.tuples:
            self.tuples[key] = z3.Bool(tuple_name(key), self.context)
        return self.tuples[key]

    def _model(self) -> z3.ModelRef | None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeUp
        self.solver.set("timeout", milliseconds(left))
        answer = self.solver.check()
        if answer == z3.unknown:
            raise TimeUp
        return self.solver.model() if answer == z3.sat else None

    def choices(self) -> Iterator[Assignment]:
        """Yield values of the constants, one for each way that differs by more than the names of elements."""
        keys = list(self.problem.constants)
        sorts = [type(variable).__name__ for variable in self.problem.constants.values()]

        def rest(chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
            if len(chosen) == len(keys):
                yield chosen
                return
            sort = sorts[len(chosen)]
            used = [value for value, other in zip(chosen, sorts, strict=False) if other == sort]
            interchangeable = not (self.natural and sort in self.problem.ordered)
            for value in range(min(self.size, max(used, default=-1) + 2) if interchangeable else self.size):
                yield from rest((*chosen, value))

        for chosen in rest(()):
            yield dict(zip(keys, chosen, strict=True))

    def model(self) -> Countermodel | None:
        """Return a small model, or None if there is none of this size."""
        constants = tuple(self.problem.constants.values())
        closed = [formula for formula in self.problem.formulas if not free_variables(formula)]
        about = [formula for formula in self.problem.formulas if free_variables(formula)]
        self.solver.add(*(z3.Implies(more, self._present(sort, index - 1)) for (sort, index), more in self.more.items()))
        self.solver.add(*(self.reader.read(formula, {}) for formula in closed))
        chosen = {}
        for number, values in enumerate(self.choices()):
            chosen[z3.Bool(f"choice {number}", self.context)] = values
        for choice, values in chosen.items():
            there = self.reader.there(constants, values)
            self.solver.add(z3.Implies(choice, conjunction((there, *(self.reader.read(formula, values) for formula in about)))))
        self.solver.add(z3.Or(*chosen, self.context) if len(chosen) > 1 else next(iter(chosen)))
        model = self._model()
        if model is None:
            return None
        model, smallest = self._smaller(model)
        values = next(values for choice, values in chosen.items() if z3.is_true(model[choice]))
        return self._read_off(model, values, smallest)

    def _smaller(self, model: z3.ModelRef) -> tuple[z3.ModelRef, bool]:
        """Return a model with as few elements as possible, and none of whose tuples can be left out."""
        try:
            while there := [more for more in self.more.values() if z3.is_true(model[more])]:
                self.solver.push()
                self.solver.add(z3.AtMost(*self.more.values(), len(there) - 1))
                fewer = self._model()
                self.solver.pop()
                if fewer is None:
                    break
                model = fewer
            self.solver.add(*(more == z3.is_true(model[more]) for more in self.more.values()))
            while held := [variable for variable in self.tuples.values() if z3.is_true(model[variable])]:
                self.solver.add(*(z3.Not(variable) for variable in self.tuples.values() if not z3.is_true(model[variable])))
                self.solver.add(z3.Or(*(z3.Not(variable) for variable in held)))
                fewer = self._model()
                if fewer is None:
                    break
                model = fewer
        except TimeUp:
            return model, False
        return model, True

    def _read_off(self, model: z3.ModelRef, values: Assignment, smallest: bool) -> Countermodel:
        sizes = {sort: 1 + sum(z3.is_true(model[self.more[sort, index]]) for index in range(1, self.size)) for sort in self.problem.sorts}
        signature = {name: sorts for name, sorts in self.problem.signature.items() if name not in self.orders}
        found: dict[str, set[Tuple]] = {name: set() for name in signature}
        for (name, row), variable in self.tuples.items():
            inside = all(value < sizes[sort] for value, sort in zip(row, signature[name], strict=True))
            if inside and z3.is_true(model[variable]):
                found[name].add(row)
        variables = {self.problem.names[key]: (type(variable).__name__, values[key]) for key, variable in self.problem.constants.items()}
        return Countermodel(self.problem.sorts, sizes, signature, found, variables, smallest)
