"""Is an obligation decidable? The quantifier-alternation graph over sorts must have no cycle.

Relations have no functions among them, so after Skolemisation the only functions are those of existential variables: from the
sorts of the universal variables on which the existential formula really depends, to its own sort. Without a cycle only finitely
many ground terms exist, so the problem is decidable (stratified, "extended EPR") and a finite model exists whenever any does.
"""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from ceas_formal.spec.language import And, Every, Formula, Not, Or, Some, Sort
from ceas_formal.spec.rewriting import free_variables


def alternations(formula: Formula) -> set[tuple[str, str]]:
    """Return the edges (universal sort, existential sort) of an asserted formula without counting quantifiers."""
    edges: set[tuple[str, str]] = set()
    _collect(formula, True, {}, edges)
    return edges


def _collect(formula: Formula, positive: bool, depends: dict[int, frozenset[str]], edges: set[tuple[str, str]]) -> None:
    """Walk the formula; `depends` gives for each bound variable the universal sorts that its value depends on."""
    match formula:
        case Not(body):
            _collect(body, not positive, depends, edges)
        case And(parts) | Or(parts):
            for part in parts:
                _collect(part, positive, depends, edges)
        case Every(variables, body) | Some(variables, body):
            if isinstance(formula, Every) == positive:
                new = {id(variable): frozenset({_name(variable)}) for variable in variables}
            else:
                sources = frozenset().union(*(depends.get(key, frozenset()) for key in free_variables(formula)))
                edges.update((source, _name(variable)) for source in sources for variable in variables)
                new = {id(variable): sources for variable in variables}
            _collect(body, positive, depends | new, edges)


def _name(variable: Sort) -> str:
    return type(variable).__name__


def cycle(formulas: Iterable[Formula]) -> list[str] | None:
    """Return sorts that form a cycle of quantifier alternations, or None: then the conjunction is in the decidable fragment.

    Examples
    --------
    >>> from ceas_formal.spec.language import Relation, Sort, every, some
    >>> class Node(Sort): pass
    >>> knows = Relation("knows", (Node, Node))
    >>> cycle([every(some(knows(m, n) for n in Node) for m in Node)])
    ['Node', 'Node']
    >>> cycle([some(every(knows(m, n) for n in Node) for m in Node)]) is None
    True
    """
    edges = set().union(*(alternations(formula) for formula in formulas))
    graph: dict[str, set[str]] = {}
    for source, target in sorted(edges):
        graph.setdefault(target, set()).add(source)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return None
