"""Operations on formulas that every reading shares: rebuilding, free variables, substitution, effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ceas_formal.spec.language import FALSE, And, AtMost, Atom, Enough, Equal, Every, Formula, Not, Or, Relation, Some, Sort, same

if TYPE_CHECKING:
    from ceas_formal.spec.declarations import Action


def rebuilt(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """Return the formula with `change` applied to its immediate parts."""
    match formula:
        case Not(body):
            return Not(change(body))
        case And(parts):
            return And(tuple(change(part) for part in parts))
        case Or(parts):
            return Or(tuple(change(part) for part in parts))
        case Every(variables, body):
            return Every(variables, change(body))
        case Some(variables, body):
            return Some(variables, change(body))
        case Enough(threshold, variable, body, honest, among):
            return Enough(threshold, variable, change(body), honest, among)
    return formula


def parts_of(formula: Formula) -> Iterator[Formula]:
    """Yield the formula and all its parts, outermost first."""
    yield formula
    match formula:
        case And(parts) | Or(parts):
            for part in parts:
                yield from parts_of(part)
        case Not(body) | Every(_, body) | Some(_, body) | Enough(_, _, body):
            yield from parts_of(body)


def relations_in(formula: Formula) -> set[str]:
    """Return the names of the relations that occur, those that say who is counted among them."""
    groups = {part.threshold.members.name for part in parts_of(formula) if isinstance(part, Enough) and part.threshold.members}
    return {part.relation.name for part in parts_of(formula) if isinstance(part, Atom)} | groups


def free_variables(formula: Formula) -> dict[int, Sort]:
    """Return the variables that no quantifier binds, by identity."""
    match formula:
        case Atom(_, arguments):
            return {id(argument): argument for argument in arguments}
        case Equal(left, right) | AtMost(left, right):
            return {id(left): left, id(right): right}
        case And(parts) | Or(parts):
            return {key: variable for part in parts for key, variable in free_variables(part).items()}
        case Not(body):
            return free_variables(body)
        case Every(variables, body) | Some(variables, body):
            bound = {id(variable) for variable in variables}
            return {key: variable for key, variable in free_variables(body).items() if key not in bound}
        case Enough(_, variable, body, _, among):
            inner = {key: free for key, free in free_variables(body).items() if free is not variable}
            return inner | ({id(among): among} if among is not None else {})
    raise TypeError(f"not a formula of the language: {formula!r}")


def substituted(formula: Formula, values: Mapping[int, Sort]) -> Formula:
    """Return the formula with free variables replaced.

    Raises
    ------
    ValueError
        If a variable, old or new, is bound inside: then the result would say something else.
    """
    if not values:
        return formula

    def new(variable: Sort) -> Sort:
        return values.get(id(variable), variable)

    match formula:
        case Atom(relation, arguments):
            return Atom(relation, tuple(new(argument) for argument in arguments))
        case Equal(left, right):
            return Equal(new(left), new(right))
        case AtMost(left, right):
            return AtMost(new(left), new(right))  # type: ignore[arg-type]
        case Enough(threshold, variable, body, honest, Sort() as among):
            _refuse_capture((variable,), values)
            return Enough(threshold, variable, substituted(body, values), honest, new(among))
        case Every(variables, _) | Some(variables, _):
            _refuse_capture(variables, values)
        case Enough(_, variable, _):
            _refuse_capture((variable,), values)
    return rebuilt(formula, lambda part: substituted(part, values))


def _refuse_capture(bound: Iterable[Sort], values: Mapping[int, Sort]) -> None:
    used = set(values) | {id(value) for value in values.values()}
    if captured := [variable.name for variable in bound if id(variable) in used]:
        raise ValueError(f"{captured[0]} is bound inside: bind another variable")


def fresh(formula: Formula) -> Formula:
    """Return the formula with new bound variables, so that nothing outside is captured."""
    match formula:
        case Every(variables, body) | Some(variables, body):
            renamed = {id(variable): type(variable)(variable.name) for variable in variables}
            return type(formula)(tuple(renamed.values()), substituted(fresh(body), renamed))
        case Enough(threshold, variable, body, honest, among):
            other = type(variable)(variable.name)
            return Enough(threshold, other, substituted(fresh(body), {id(variable): other}), honest, among)
    return rebuilt(formula, fresh)


def helpless(formula: Formula, byzantine: Relation, *, positive: bool = True) -> Formula:
    """Return the formula with no help from Byzantine nodes: thresholds are met by honest ones alone, and being Byzantine is no reason."""
    match formula:
        case Not(body):
            return Not(helpless(body, byzantine, positive=not positive))
        case Enough(threshold, variable, body, _, among):
            return Enough(threshold, variable, helpless(body, byzantine, positive=positive), True, among)
        case Atom(relation, _) if positive and relation.name == byzantine.name:
            return FALSE
    return rebuilt(formula, lambda part: helpless(part, byzantine, positive=positive))


def after(formula: Formula, action: Action) -> Formula:
    """Return the formula about the state after `action`, as a formula about the state before: its weakest precondition.

    Each atom ``r(t)`` becomes ``r(t) | (t is inserted)``; the action's parameters occur free.
    """
    if not isinstance(formula, Atom):
        return rebuilt(formula, lambda part: after(part, action))
    ways: list[Formula] = [formula]
    for insertion in action.ensures:
        if insertion.relation.name != formula.relation.name:
            continue
        bound = {id(variable) for variable in insertion.variables}
        values: dict[int, Sort] = {}
        fixed = []
        for own, argument in zip(insertion.arguments, formula.arguments, strict=True):
            if id(own) in bound and id(own) not in values:
                values[id(own)] = argument
            else:
                fixed.append(same(argument, values.get(id(own), own)))
        condition = substituted(fresh(insertion.condition), values)
        ways.append(And((*fixed, condition)))
    return Or(tuple(ways)) if len(ways) > 1 else formula
