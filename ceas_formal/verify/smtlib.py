"""Formulas as SMT-LIB text: what both solvers read, and what ``ceas export --to smt2`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ceas_formal.spec.language import And, AtMost, Atom, Enough, Equal, Every, Formula, Not, Or, Relation, Some, Sort
from ceas_formal.spec.rewriting import free_variables, parts_of

Names = Mapping[int, str]


def text(formula: Formula, names: Names) -> str:
    """Return one term. Bound variables keep the specification's names, with a suffix where they would clash."""
    match formula:
        case Atom(relation, ()):
            return relation.name
        case Atom(relation, arguments):
            return f"({relation.name} {' '.join(names[id(argument)] for argument in arguments)})"
        case Equal(left, right):
            return f"(= {names[id(left)]} {names[id(right)]})"
        case AtMost(left, right):
            return f"({order_name(type(left))} {names[id(left)]} {names[id(right)]})"
        case Not(body):
            return f"(not {text(body, names)})"
        case And(()):
            return "true"
        case Or(()):
            return "false"
        case And((part,)) | Or((part,)):
            return text(part, names)
        case And(parts):
            return f"(and {' '.join(text(part, names) for part in parts)})"
        case Or(parts):
            return f"(or {' '.join(text(part, names) for part in parts)})"
        case Every(variables, body):
            return _quantified("forall", variables, body, names)
        case Some(variables, body):
            return _quantified("exists", variables, body, names)
        case Enough():
            raise TypeError("thresholds must be read as sets first")
    raise TypeError(f"not a formula of the language: {formula!r}")


def _quantified(word: str, variables: tuple[Sort, ...], body: Formula, names: Names) -> str:
    inner = with_names(variables, names)
    bound = " ".join(f"({inner[id(variable)]} {type(variable).__name__})" for variable in variables)
    return f"({word} ({bound}) {text(body, inner)})"


def with_names(variables: Iterable[Sort], names: Names) -> dict[int, str]:
    """Return `names` extended by fresh ones for `variables`."""
    extended, taken = dict(names), set(names.values())
    for variable in variables:
        name, suffix = variable.name, 1
        while name in taken:
            suffix += 1
            name = f"{variable.name}{suffix}"
        taken.add(name)
        extended[id(variable)] = name
    return extended


def order_name(sort: type[Sort]) -> str:
    """Return the name of ≤ on a sort."""
    return f"{sort.__name__}_le"


def script(assertions: Mapping[str, Formula], comment: str = "") -> str:
    """Return a complete SMT-LIB script: sorts, relations, free variables as constants, and the assertions, each under its name.

    Parameters
    ----------
    assertions : mapping
        Formulas by name, without counting quantifiers.
    comment : str
        Text for the head of the script.
    """
    parts = [part for formula in assertions.values() for part in parts_of(formula)]
    relations: dict[str, Relation] = {}
    for part in parts:
        if isinstance(part, Atom) and relations.setdefault(part.relation.name, part.relation) != part.relation:
            raise ValueError(f"two relations are called {part.relation.name}")
    orders = {type(part.left) for part in parts if isinstance(part, AtMost)}
    constants = {key: variable for formula in assertions.values() for key, variable in free_variables(formula).items()}
    quantified = {type(variable) for part in parts if isinstance(part, (Every, Some)) for variable in part.variables}
    sorts = {sort for relation in relations.values() for sort in relation.sorts} | orders | quantified
    sorts |= {type(variable) for variable in constants.values()}
    symbols = [*relations, *map(order_name, orders)]
    if len(set(symbols)) < len(symbols):
        raise ValueError(f"a relation is called like an order: {', '.join(sorted(symbols))}")
    # No variable may share its name with a function symbol, so the symbols count as names that are taken.
    names = with_names(constants.values(), dict(enumerate(symbols)))
    lines = [f"; {line}" for line in comment.splitlines()]
    lines.append("(set-logic UF)")
    lines += [f"(declare-sort {sort.__name__} 0)" for sort in sorted(sorts, key=lambda sort: sort.__name__)]
    lines += [f"(declare-fun {order_name(sort)} ({sort.__name__} {sort.__name__}) Bool)" for sort in sorted(orders, key=order_name)]
    for name, relation in sorted(relations.items()):
        lines.append(f"(declare-fun {name} ({' '.join(sort.__name__ for sort in relation.sorts)}) Bool)")
    lines += [f"(declare-const {names[key]} {type(variable).__name__})" for key, variable in constants.items()]
    lines += [f"; {name}\n(assert {text(formula, names)})" for name, formula in assertions.items()]
    return "\n".join([*lines, "(check-sat)", ""])


