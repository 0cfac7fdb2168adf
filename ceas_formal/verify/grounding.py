"""Formulas over finite sorts as Boolean formulas: one Boolean for each tuple of each relation."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3

from ceas_formal.spec.counting import Instance, Reports, Tuple
from ceas_formal.spec.language import And, AtMost, Atom, Enough, Equal, Every, Formula, Not, Or, Relation, Some, Sort
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.rewriting import free_variables

Boolean = Any  # a z3 Boolean, or True or False where a constant settles it
Assignment = Mapping[int, int]


@dataclass
class Grounding:
    """Formulas over finite sorts as Boolean formulas over the tuples of a state.

    Parameters
    ----------
    protocol, instance
        What is read, at which sizes.
    fixed : mapping
        Relations that are given; the others are left to the solver.
    ghosts : bool
        Whether formulas may mention relations that only the proof sees.
    context : z3.Context, optional
        Where the Booleans live; a search takes a fresh one, so that it does not depend on what ran before.
    """

    protocol: Protocol
    instance: Instance
    fixed: Mapping[str, set[Tuple]] = field(default_factory=dict)
    ghosts: bool = True
    context: z3.Context | None = None
    _memory: dict[tuple[Any, ...], Boolean] = field(default_factory=dict, repr=False)
    _free: dict[int, tuple[Formula, tuple[int, ...]]] = field(default_factory=dict, repr=False)

    def range(self, sort: type[Sort]) -> range:
        """Return the elements of a sort."""
        return range(self.instance.nodes if sort is self.protocol.node else self.instance.sorts[sort.__name__])

    def tuples(self, relation: Relation) -> Iterator[Tuple]:
        """Yield every tuple that the relation could hold."""
        return itertools.product(*(self.range(sort) for sort in relation.sorts))

    def variable(self, relation: Relation, row: Tuple) -> Boolean:
        """Return the Boolean of one tuple."""
        if relation.name in self.fixed:
            return row in self.fixed[relation.name]
        if relation.ghost and not self.ghosts:
            raise ValueError(f"{relation.name} is a ghost: no search can end in a condition on it")
        return z3.Bool(tuple_name((relation.name, row)), self.context)

    def read(self, formula: Formula, values: Assignment, reports: Reports = Reports.HELPFUL) -> Boolean:
        """Return the formula with its free variables at `values`."""
        if id(formula) not in self._free:
            # The formula is kept beside its variables, so that its identity stays taken.
            self._free[id(formula)] = formula, tuple(free_variables(formula))
        key = (id(formula), reports, *(values[variable] for variable in self._free[id(formula)][1]))
        if key not in self._memory:
            self._memory[key] = self._read(formula, values, reports)
        return self._memory[key]

    def _read(self, formula: Formula, values: Assignment, reports: Reports) -> Boolean:
        match formula:
            case Atom(relation, arguments):
                return self.variable(relation, tuple(values[id(argument)] for argument in arguments))
            case Equal(left, right):
                return values[id(left)] == values[id(right)]
            case AtMost(left, right):
                return values[id(left)] <= values[id(right)]
            case Not(body):
                return negation(self.read(body, values, reports))
            case And(parts):
                return conjunction(self.read(part, values, reports) for part in parts)
            case Or(parts):
                return disjunction(self.read(part, values, reports) for part in parts)
            case Every(variables, body):
                return conjunction(self.read(body, case, reports) for case in self.cases(variables, values))
            case Some(variables, body):
                return disjunction(self.read(body, case, reports) for case in self.cases(variables, values))
            case Enough(threshold, variable, body, honest, among):
                told = [
                    self._report(self.read(body, case, reports), case[id(variable)], Reports.SILENT if honest else reports)
                    for case in self.cases((variable,), values)
                ]
                if among is None or threshold.members is None:
                    return at_least(self.wanted(threshold.name, self.instance.nodes), told)
                members = [self.variable(threshold.members, (values[id(among)], node)) for node in range(self.instance.nodes)]
                counted = [conjunction(pair) for pair in zip(members, told, strict=True)]
                return disjunction(
                    conjunction((exactly(size, members), at_least(self.wanted(threshold.name, size), counted)))
                    for size in range(self.instance.nodes + 1)
                )
        raise TypeError(f"not a formula of the language: {formula!r}")

    def wanted(self, threshold: str, nodes: int) -> int:
        """Return how many of so many nodes a threshold asks for."""
        return self.protocol.thresholds[threshold].count(nodes, self.instance.faults, self.instance.false_accepts)

    def _report(self, told: Boolean, node: int, reports: Reports) -> Boolean:
        byzantine = self.variable(self.protocol.byzantine, (node,))
        if reports is Reports.HELPFUL:
            return disjunction((byzantine, told))
        return conjunction((negation(byzantine), told)) if reports is Reports.SILENT else told

    def cases(self, variables: Sequence[Sort], values: Assignment = {}) -> Iterator[dict[int, int]]:  # noqa: B006
        """Yield `values` extended by every choice for the variables."""
        for chosen in itertools.product(*(self.range(type(variable)) for variable in variables)):
            yield {**values, **{id(variable): value for variable, value in zip(variables, chosen, strict=True)}}

    def assumptions(self) -> Iterator[Boolean]:
        """Yield that the setting is as assumed: the bounded sets within their limits, and what else is stated."""
        for assumed in self.protocol.of_kind("assumption"):
            yield self.read(assumed.formula, {})
        for bound in self.protocol.bounds.values():
            limit = bound.limit.at(self.instance.parameters)
            for values in self.cases(bound.parameters):
                inside = [negation(self.read(bound.body, case)) for case in self.cases((bound.counted,), values)]
                yield at_least(self.instance.nodes - limit, inside)


def negation(value: Boolean) -> Boolean:
    """Return ¬value, folding constants."""
    return not value if isinstance(value, bool) else z3.Not(value)


def conjunction(values: Iterable[Boolean]) -> Boolean:
    """Return the conjunction, folding constants and looking no further than the first that is false."""
    parts = []
    for value in values:
        if value is False:
            return False
        if value is not True:
            parts.append(value)
    return True if not parts else parts[0] if len(parts) == 1 else z3.And(parts)


def disjunction(values: Iterable[Boolean]) -> Boolean:
    """Return the disjunction, folding constants and looking no further than the first that is true."""
    parts = []
    for value in values:
        if value is True:
            return True
        if value is not False:
            parts.append(value)
    return False if not parts else parts[0] if len(parts) == 1 else z3.Or(parts)


def at_least(wanted: int, values: Sequence[Boolean]) -> Boolean:
    """Return that at least `wanted` of the values are true, folding constants."""
    open_values = [value for value in values if not isinstance(value, bool)]
    missing = wanted - sum(value is True for value in values)
    if missing <= 0:
        return True
    return False if missing > len(open_values) else z3.AtLeast(*open_values, missing)


def exactly(wanted: int, values: Sequence[Boolean]) -> Boolean:
    """Return that exactly `wanted` of the values are true."""
    return conjunction((at_least(wanted, values), at_least(len(values) - wanted, [negation(value) for value in values])))


def tuple_name(key: tuple[str, Tuple]) -> str:
    """Return how the Boolean of a tuple is called."""
    return f"{key[0]}({','.join(map(str, key[1]))})"
