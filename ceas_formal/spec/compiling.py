"""Formulas compiled to Python: the text of an expression that is evaluated on a concrete state.

A quantifier becomes a loop, a threshold a count. Where the condition of a quantifier bounds an ordered variable, as in
``every(implies(c < view, ...) for c in View)``, the loop runs over that range alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ceas_formal.spec.language import And, AtMost, Atom, Enough, Equal, Every, Formula, Not, Or, Ordered, Some, Sort
from ceas_formal.spec.protocol import Protocol

Tuple = tuple[int, ...]
State = dict[str, set[Tuple]]
Names = Mapping[int, str]


class Reports(Enum):
    """What Byzantine nodes report when a threshold is counted."""

    HELPFUL = "({byzantine} or {body})"
    """Whatever helps: a safety guard must withstand it."""
    SILENT = "(not {byzantine} and {body})"
    """Nothing: what must be possible all the same."""
    RECORDED = "{body}"
    """What the state holds of them: for evidence that a node really received."""


@dataclass(frozen=True)
class Instance:
    """Concrete sizes.

    Parameters
    ----------
    nodes, faults, false_accepts : int
        N, f and a.
    sorts : mapping
        Number of elements of every other sort, by its name.
    """

    nodes: int
    faults: int
    false_accepts: int
    sorts: Mapping[str, int]

    @property
    def parameters(self) -> dict[str, int]:
        """N, f and a under the names that quantities use."""
        return {"N": self.nodes, "f": self.faults, "a": self.false_accepts}


@dataclass(frozen=True)
class Compiler:
    """Compiles the formulas of a protocol at concrete sizes.

    Parameters
    ----------
    protocol, instance
        What is read, at which sizes.
    reports : Reports
        How thresholds count Byzantine nodes.
    """

    protocol: Protocol
    instance: Instance
    reports: Reports

    def size(self, sort: type[Sort]) -> int:
        """Return the number of elements of a sort."""
        return self.instance.nodes if sort is self.protocol.node else self.instance.sorts[sort.__name__]

    def expression(self, formula: Formula, names: Names) -> str:
        """Return a Python expression; ``R_name`` holds a relation, `names` the variables."""
        match formula:
            case Atom(relation, arguments):
                return f"({row(arguments, names)} in R_{relation.name})"
            case Equal(left, right):
                return f"({names[id(left)]} == {names[id(right)]})"
            case AtMost(left, right):
                return f"({names[id(left)]} <= {names[id(right)]})"
            case Not(body):
                return f"(not {self.expression(body, names)})"
            case And(parts):
                return f"({' and '.join(self.expression(part, names) for part in parts) or 'True'})"
            case Or(parts):
                return f"({' or '.join(self.expression(part, names) for part in parts) or 'False'})"
            case Every(variables, body):
                inner, loops = self.loops(variables, _conjuncts(Not(body)), names)
                return f"all({self.expression(body, inner)} {loops})"
            case Some(variables, body):
                inner, loops = self.loops(variables, _conjuncts(body), names)
                return f"any({self.expression(body, inner)} {loops})"
            case Enough(threshold, variable, body, honest, among):
                inner, loops = self.loops((variable,), (), names)
                byzantine = f"({row((variable,), inner)} in R_{self.protocol.byzantine.name})"
                counted = (Reports.SILENT if honest else self.reports).value.format(
                    byzantine=byzantine, body=self.expression(body, inner)
                )
                if among is None or threshold.members is None:
                    return f"(sum(1 {loops} if {counted}) >= {self.wanted(threshold.name)[self.instance.nodes]})"
                member = f"({row((among, variable), inner)} in R_{threshold.members.name})"
                wanted = f"{self.wanted(threshold.name)}[sum(1 {loops} if {member})]"
                return f"(sum(1 {loops} if {member} and {counted}) >= {wanted})"
        raise TypeError(f"not a formula of the language: {formula!r}")

    def wanted(self, threshold: str) -> list[int]:
        """Return how many nodes a threshold asks for, among 0, 1, … N nodes."""
        size = self.instance
        return [self.protocol.thresholds[threshold].count(n, size.faults, size.false_accepts) for n in range(size.nodes + 1)]

    def loops(self, variables: Iterable[Sort], conditions: Iterable[Formula], names: Names) -> tuple[dict[int, str], str]:
        """Return the names with the variables added, and the ``for`` clauses that run through them as far as the conditions allow."""
        inner, clauses, known = dict(names), [], tuple(conditions)
        for variable in variables:
            low, high = _bounds(variable, known, inner)
            inner[id(variable)] = f"{variable.name}_{len(inner)}"
            start = f"max({', '.join(low)})" if len(low) > 1 else "".join(low) or "0"
            stop = f"min({', '.join(high)})" if len(high) > 1 else "".join(high) or str(self.size(type(variable)))
            clauses.append(f"for {inner[id(variable)]} in range({start}, {stop})")
        return inner, " ".join(clauses)

    def function(self, body: str, parameters: Iterable[str], relations: Iterable[str]) -> Callable[..., Any]:
        """Return a function of a state and the parameters."""
        lines = [f"def compiled({', '.join(['state', *parameters])}):"]
        lines += [f"    R_{relation} = state[{relation!r}]" for relation in sorted(relations)]
        scope: dict[str, Any] = {}
        exec("\n".join([*lines, f"    return {body}"]), scope)  # the text comes from the formula alone
        function: Callable[..., Any] = scope["compiled"]
        return function


def row(arguments: Iterable[Sort], names: Names) -> str:
    """Return the text of a tuple."""
    return f"({''.join(names[id(argument)] + ', ' for argument in arguments)})"


def _conjuncts(formula: Formula) -> Iterator[Formula]:
    """Yield formulas that hold wherever this one does."""
    match formula:
        case And(parts):
            for part in parts:
                yield from _conjuncts(part)
        case Not(Or(parts)):
            for part in parts:
                yield from _conjuncts(Not(part))
        case Not(Not(body)):
            yield from _conjuncts(body)
        case _:
            yield formula


def _bounds(variable: Sort, conditions: Iterable[Formula], names: Names) -> tuple[list[str], list[str]]:
    """Return lower bounds and excluded upper bounds of an ordered variable, as far as the conditions compare it with named ones."""
    low: list[str] = []
    high: list[str] = []
    for condition in conditions if isinstance(variable, Ordered) else ():
        match condition:
            case AtMost(other, bounded) if bounded is variable and id(other) in names:
                low.append(names[id(other)])
            case AtMost(bounded, other) if bounded is variable and id(other) in names:
                high.append(f"{names[id(other)]} + 1")
            case Not(AtMost(other, bounded)) if bounded is variable and id(other) in names:
                high.append(names[id(other)])
            case Not(AtMost(bounded, other)) if bounded is variable and id(other) in names:
                low.append(f"{names[id(other)]} + 1")
    return low, high
