"""What makes a text no proof, whatever the solver says of its steps: refused before anything is solved."""

from __future__ import annotations

from collections.abc import Iterator

from ceas_formal.spec.declarations import Containment, Property
from ceas_formal.spec.language import And, Atom, Enough, Every, Formula, Not, Or, Some
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.rewriting import relations_in


def refuse_unsound(protocol: Protocol) -> None:
    """Raise if the outline of the proof is circular, cites what is no fact about states, or reads a guard the wrong way.

    Raises
    ------
    ValueError
        Naming the property or clause. Invariants may cite each other: their induction is simultaneous. Lemmas and safety properties cite
        axioms, invariants and what stands before them; the consequences of an action also its own clauses.
    """
    checks = (_names, _citations, _stages, _levels, _guards, _fairness, _assumptions, _groups)
    for complaint in (complaint for check in checks for complaint in check(protocol)):
        raise ValueError(f"{protocol.name}: {complaint}")


def _names(protocol: Protocol) -> Iterator[str]:
    """Yield names that stand for two things among the hypotheses."""
    granted = {name for wanted in protocol.progress.values() for name in wanted.granted}
    registers = (
        protocol.set_facts, protocol.bounds, protocol.properties, protocol.consequences, protocol.progress, protocol.stages, granted,
        {"premise", "goal"},
    )  # fmt: skip
    seen = {f"{action.name}.{name}" for action in protocol.actions.values() for name in action.requires}
    seen |= {f"{sort.__name__}.linear" for relation in protocol.relations.values() for sort in relation.sorts}
    for register in registers:
        yield from (f"{name} is the name of two things" for name in register if name in seen)
        seen |= set(register)
    sets = {f"in_{name}" for name in protocol.thresholds}
    yield from (f"the relation {name} has the name of a set's membership" for name in sets & set(protocol.relations))


def _citations(protocol: Protocol) -> Iterator[str]:
    axioms = _axioms(protocol)
    invariants = {claimed.name for claimed in protocol.of_kind("invariant")}
    clauses = {f"{action.name}.{name}" for action in protocol.actions.values() for name in action.requires} | protocol.lost
    lemmas: set[str] = set()
    for claimed in protocol.properties.values():
        allowed = axioms | invariants | lemmas
        if claimed.kind == "invariant":
            allowed |= clauses | set(protocol.consequences)
        yield from _beyond(claimed, allowed)
        if claimed.kind in ("lemma", "safety"):
            lemmas.add(claimed.name)
        own_names = {parameter.name for parameter in claimed.parameters}
        for cited in (protocol.properties[name] for name in claimed.since if name in protocol.properties):
            if cited.pointwise and not {parameter.name for parameter in cited.parameters} <= own_names:
                yield f"{claimed.name} cites {cited.name}, which is pointwise, without parameters of the same names"
    for found in protocol.consequences.values():
        own = {name for name in clauses if name.startswith(f"{found.action}.")}
        allowed = axioms | invariants | lemmas | own
        allowed -= {claimed.name for claimed in protocol.properties.values() if claimed.pointwise}
        yield from (f"{found.name} may not cite {name}" for name in found.since if name not in allowed)


def _axioms(protocol: Protocol) -> set[str]:
    orders = {f"{sort.__name__}.linear" for relation in protocol.relations.values() for sort in relation.sorts}
    return {*protocol.set_facts, *orders, *(claimed.name for claimed in protocol.of_kind("assumption"))}


def _stages(protocol: Protocol) -> Iterator[str]:
    """Yield citations of stages before them, of other progress properties, or of actions that nobody has to take."""
    shared = _axioms(protocol) | {claimed.name for claimed in protocol.of_kind("invariant", "lemma", "safety")} | protocol.lost
    shared |= {f"done.{action.name}" for action in protocol.actions.values() if action.fair} | {"premise"}
    for wanted in protocol.progress.values():
        allowed = shared | set(wanted.granted)
        for stage in protocol.stages.values():
            if stage.of == wanted.name:
                yield from (f"{stage.name} may not cite {name}" for name in stage.since if name.removeprefix("here.") not in allowed)
                allowed.add(stage.name)
        yield from (f"{wanted.name} may not cite {name}" for name in wanted.since if name not in allowed)


def _levels(protocol: Protocol) -> Iterator[str]:
    """Yield what keeps a protocol from refining another: unproved citations, or steps that the other one does not know of."""
    stated = _axioms(protocol) | {claimed.name for claimed in protocol.of_kind("invariant", "lemma", "safety")}
    due = stated | {f"done.{action.name}" for action in protocol.actions.values() if action.fair} | {"premise"}
    for levels, allowed in ((protocol.evidence, stated), (protocol.delivery, due)):
        yield from (f"{clause} may not cite {name}" for clause, since in levels.items() for name in since if name not in allowed)
    original = protocol.refines
    if original is None:
        return
    if protocol.mirrored is not None and not protocol.mirrored.since:
        yield f"{protocol.mirrored.name}, which it mirrors, has no proof"
    for action in protocol.actions.values():
        if action.name in original.actions:
            if action.fair != original.actions[action.name].fair:
                yield f"{action.name} is fair at one level only"
        elif shared := {insertion.relation.name for insertion in action.ensures} & set(original.relations):
            yield f"{action.name} changes {sorted(shared)[0]}, and {original.name} has no such action"


def _fairness(protocol: Protocol) -> Iterator[str]:
    """Yield fair actions that Byzantine nodes would have to take: a clause must say whose honesty they rest on."""
    for action in protocol.actions.values():
        of_honest = (
            isinstance(clause, Not) and isinstance(clause.body, Atom) and clause.body.relation.name == protocol.byzantine.name
            for clause in action.requires.values()
        )  # fmt: skip
        if action.fair and not any(of_honest):
            yield f"{action.name} is fair, but no clause says that the node is honest"


def _groups(protocol: Protocol) -> Iterator[str]:
    """Yield groups that are called large by a bound that says something else."""
    for fact in protocol.set_facts.values():
        if not isinstance(fact, Containment) or fact.given is None:
            continue
        bound, members = protocol.bounds[fact.given.name], protocol.thresholds[fact.threshold].members
        match bound.body:
            case And((Atom(large, (group,)), Not(Atom(inside, (same_group, counted))))) if (
                large == fact.given and inside == members and group is same_group and counted is bound.counted
            ):
                continue
        yield f"the bound {bound.name} does not limit the nodes outside the groups that {fact.name} calls {fact.given.name}"


def _assumptions(protocol: Protocol) -> Iterator[str]:
    """Yield assumptions that speak of the state: they would have to be proved."""
    for claimed in protocol.of_kind("assumption"):
        changing = {name for name in relations_in(claimed.formula) if not protocol.relations[name].rigid}
        yield from (f"the assumption {claimed.name} speaks of {name}, which changes" for name in sorted(changing))


def _beyond(claimed: Property, allowed: set[str]) -> Iterator[str]:
    yield from (f"{claimed.name} may not cite {name}" for name in claimed.since if name not in allowed)


def _guards(protocol: Protocol) -> Iterator[str]:
    """Yield guards with a threshold in a negative place: there helpful Byzantine nodes would not be the worst case."""
    for action in protocol.actions.values():
        for name, clause in action.requires.items():
            if _negative_threshold(clause, positive=True):
                yield f"{action.name}.{name} has a threshold under a negation"


def _negative_threshold(formula: Formula, *, positive: bool) -> bool:
    match formula:
        case Not(body):
            return _negative_threshold(body, positive=not positive)
        case And(parts) | Or(parts):
            return any(_negative_threshold(part, positive=positive) for part in parts)
        case Every(_, body) | Some(_, body):
            return _negative_threshold(body, positive=positive)
        case Enough(_, _, body):
            return not positive or _negative_threshold(body, positive=positive)
    return False
