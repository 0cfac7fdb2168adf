"""Finite countermodels, as text to read and as data: which elements there are, which relations hold, for what the goal is false."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ceas_formal.spec.counting import Tuple
from ceas_formal.spec.language import Ordered
from ceas_formal.verify.countermodel import Search
from ceas_formal.verify.finite import Countermodel
from ceas_formal.verify.smtlib import order_name
from ceas_formal.verify.wording import element


def document(name: str, outcome: Search) -> dict[str, Any]:
    """Return what came of a search as data; without a model, up to how many elements of each sort there is none."""
    model = outcome.found
    if outcome.numbers:
        return {"name": name, "found": True, "numbers": outcome.numbers}
    if model is None:
        return {"name": name, "found": False, "none_up_to": outcome.excluded}
    return {
        "name": name, "found": True, "none_up_to": outcome.excluded, "smallest": model.smallest,
        "elements": {sort: [_element(model, sort, index) for index in range(size)] for sort, size in model.sizes.items()},
        "variables": {variable: _element(model, *found) for variable, found in model.variables.items()},
        "holds": {relation: [_row(model, relation, row) for row in sorted(rows)] for relation, rows in model.holds.items()},
    }  # fmt: skip


def text(name: str, outcome: Search, expected: str = "unsat") -> str:
    """Return what came of a search in a few lines, for an obligation of which this answer is expected.

    Examples
    --------
    >>> from ceas_formal.spec.language import Relation, Sort, every, some
    >>> from ceas_formal.verify.countermodel import search
    >>> class Node(Sort): pass
    >>> red, blue = Relation("red", (Node,)), Relation("blue", (Node,))
    >>> outcome = search({"some": some(red(n) for n in Node), "goal": ~every(red(n) | blue(n) for n in Node)})
    >>> print(text("lemma/coloured", outcome))
    lemma/coloured: a smallest countermodel, 2 elements
      Node: n0, n1
      the claim fails for n = n0
      red: (n1)
      nothing else: blue
    """
    model, what = outcome.found, "countermodel" if expected == "unsat" else "model"
    if outcome.numbers:
        shown = [f"{key} = {value}" for key, value in outcome.numbers.items() if value != "0" or key in ("N", "f", "a")]
        return f"{name}: a {what}, {', '.join(shown)}; all other numbers are 0"
    if model is None:
        bound = f"with at most {outcome.excluded} elements in each sort" if outcome.excluded else "found in the time given"
        return f"{name}: no finite {what} {bound}"
    total = sum(model.sizes.values())
    doubt = "" if model.smallest else " (perhaps not the smallest: the time was up)"
    lines = [f"{name}: a smallest {what}, {total} element{'s' if total > 1 else ''}{doubt}"]
    lines.append("; ".join(f"{sort}: {_elements(model, sort)}" for sort in model.sizes))
    if model.variables:
        values = ", ".join(f"{variable} = {_element(model, *found)}" for variable, found in model.variables.items())
        lines.append(f"the claim fails for {values}")
    lines += [_relation(model, relation, sorted(rows)) for relation, rows in model.holds.items() if rows]
    if empty := [relation for relation, rows in model.holds.items() if not rows]:
        lines.append(f"nothing else: {', '.join(empty)}")
    return "\n  ".join(lines)


def _relation(model: Countermodel, relation: str, rows: Sequence[Tuple]) -> str:
    sorts = model.signature[relation]
    if not sorts:
        return f"{relation}: true"
    every = len(rows) == prod(model.sizes[sort] for sort in sorts)
    listed = ", ".join(f"({', '.join(_row(model, relation, row))})" for row in rows)
    return f"{relation}: {'all' if every and len(rows) > 2 else listed}"


def _row(model: Countermodel, relation: str, row: Tuple) -> list[str]:
    return [_element(model, sort, index) for sort, index in zip(model.signature[relation], row, strict=True)]


def _elements(model: Countermodel, name: str) -> str:
    sort = model.sorts[name]
    in_order = issubclass(sort, Ordered) and order_name(sort) not in model.signature
    return (" < " if in_order else ", ").join(_element(model, name, index) for index in range(model.sizes[name]))


def _element(model: Countermodel, name: str, index: int) -> str:
    """Return how an element is written; in full where two sorts would write it alike."""
    short = element(model.sorts[name], index)
    alike = any(short == element(other, index) for key, other in model.sorts.items() if key != name)
    return f"{name.lower()}{index}" if alike else short
