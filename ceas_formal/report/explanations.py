"""What stands behind every name in a report: claims, properties, obligations, clauses, assumptions, weakenings, and the symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ceas_formal.claims import ledger
from ceas_formal.derive.catalogue import derivations
from ceas_formal.derive.derivation import Derivation
from ceas_formal.report.formulas import text
from ceas_formal.spec.declarations import Action, Bound, Progress
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.timing import least_timeout
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify.catalogue import catalogue, specifications
from ceas_formal.verify.obligation import Obligation, prefix

Entry = Callable[[], dict[str, Any]]


def explanations() -> dict[str, Entry]:
    """Return, for every name, what produces its explanation.

    Names of protocols other than the checkpoint protocol begin with that protocol's name; where a name is unique, it will do alone.
    """
    entries: dict[str, Entry] = {item.name: _bound_to(_obligation, item) for item in catalogue()}
    for protocol in specifications().values():
        for name, entry in _of_protocol(protocol):
            entries[f"{prefix(protocol)}{name}"] = entry
    for protocol in specifications().values():
        for name, entry in _of_protocol(protocol):
            entries.setdefault(name, entry)
    entries |= {entry.name: _bound_to(_weakening, entry) for entry in WEAKENINGS.values()}
    entries |= {name: _bound_to(_derivation, derive) for name, derive in derivations().items()}
    entries |= {word: _bound_to(_symbol, meaning) for word, meaning in WORDS.items()}
    return entries | {row.id: _bound_to(_claim, row) for row in ledger().values()}


def _bound_to(describe: Callable[..., dict[str, Any]], *things: Any) -> Entry:
    return lambda: describe(*things)


def _of_protocol(protocol: Protocol) -> Iterator[tuple[str, Entry]]:
    """Yield every name of one protocol, relations first: where a property or an action has the same name, it is the one that is meant."""
    for relation in protocol.relations.values():
        kind = "the setting" if relation.rigid else "the proof alone" if relation.ghost else "the state"
        sorts = ", ".join(sort.__name__ for sort in relation.sorts)
        yield relation.name, _bound_to(dict, {"kind": "relation", "of": sorts, "belongs to": kind})
    for action in protocol.actions.values():
        yield action.name, _bound_to(_action, action)
        for name in action.requires:
            yield f"{action.name}.{name}", _bound_to(_clause, protocol, action, name)
    yield "admissible", _bound_to(dict, {"kind": "assumption", "limit": "|A| > 3f+a"})
    for sort in {sort for relation in protocol.relations.values() for sort in relation.sorts}:
        order = f"≤ on {sort.__name__.lower()}s is reflexive, antisymmetric, transitive and total"
        yield f"{sort.__name__}.linear", _bound_to(dict, {"kind": "axiom", "statement": order})
    for bound in protocol.bounds.values():
        yield bound.name, _bound_to(dict, {"kind": "assumption", "limit": _limit(bound)})
    for threshold in protocol.thresholds.values():
        yield threshold.name, _bound_to(dict, {"kind": "threshold", "nodes": str(threshold.quantity)})
    for name, claimed in {**protocol.properties, **protocol.consequences, **protocol.stages}.items():
        yield name, _bound_to(_property, claimed)
    for wanted in protocol.progress.values():
        yield wanted.name, _bound_to(_progress, protocol, wanted)
        for name, granted in wanted.granted.items():
            yield name, _bound_to(dict, {"kind": "assumption", "of": wanted.name, "statement": text(granted)})


def _limit(bound: Bound) -> str:
    each = "".join(f"for each {type(parameter).__name__.lower()} {parameter.name}, " for parameter in bound.parameters)
    return f"{each}at most {bound.limit} nodes {bound.counted.name} with {text(bound.body)}"


def _action(action: Action) -> dict[str, Any]:
    fair = "after stabilisation a node takes it once it stays possible" if action.fair else "nobody has to take it"
    clauses = [f"{action.name}.{name}" for name in action.requires]
    return {"kind": "action", "explanation": action.explanation, "fair": fair, "clauses": clauses}


def _clause(protocol: Protocol, action: Action, name: str) -> dict[str, Any]:
    entry = {"kind": "clause", "of": action.explanation, "statement": text(action.requires[name])}
    if protocol.of_kind("safety"):
        unused = f"{action.name}.{name}" in protocol.unused_for_safety
        entry["used"] = "not by the safety proof (shown: the proof does without it)" if unused else "by the safety proof"
    return entry


def _property(claimed: Any) -> dict[str, Any]:
    kind = getattr(claimed, "kind", "step of a proof")
    return {"kind": kind, "explanation": claimed.explanation, "since": list(claimed.since), "statement": text(claimed.formula)}


def _progress(protocol: Protocol, wanted: Progress) -> dict[str, Any]:
    goal = wanted.goal if wanted.goal is not None else protocol.acceptance(wanted)
    entry = {"kind": "progress property", "explanation": wanted.explanation, "premise": text(wanted.premise), "goal": text(goal)}
    if not wanted.since:
        return entry | {"shown": "by bounded search only"}
    actions = [action.name for action in protocol.actions.values() if action.fair]
    assumed = [f"fairness of {', '.join(actions)}", *(f"{name}: {text(granted)}" for name, granted in wanted.granted.items())]
    stages = [stage.name for stage in protocol.stages.values() if stage.of == wanted.name]
    return entry | {"assumed": assumed, "stages": stages, "proof": f"ceas verify --only {prefix(protocol)}stage/"}


def _obligation(item: Obligation) -> dict[str, Any]:
    kind = item.name.split("/")[0].split(".")[-1]
    hypotheses = [name for name in item.assertions if name != "goal"] if not isinstance(item.assertions, str) else []
    return {
        "kind": "obligation", "says": MEANINGS.get(kind, ""), "theorem": item.theorem,
        "expected": item.expected + (" (of the negation: proved)" if item.expected == "unsat" else ""),
        "scope": item.scope, "fragment": item.fragment,
        "hypotheses": hypotheses, "script": f"ceas export {item.name}" if item.assertions else "",
    }  # fmt: skip


def _weakening(entry: Any) -> dict[str, Any]:
    return {
        "kind": "weakening", "of": f"the {entry.real.name} protocol", "hypothesis": entry.hypothesis, "instead": entry.instead,
        "violates": entry.violates, "trace": f"ceas break {entry.name}",
    }  # fmt: skip


def _derivation(derive: Callable[[], Derivation]) -> dict[str, Any]:
    found = derive()
    return {
        "kind": "derivation", "paper": found.paper, "claims": ", ".join(found.rows), "statement": found.statement,
        "assumed": [f"{name}: {text}" for name, text in found.assumptions.items()], "result": found.text,
        "steps": f"ceas derive {found.name}",
    }  # fmt: skip


def _symbol(meaning: str) -> dict[str, Any]:
    return {"kind": "symbol", "meaning": meaning}


def _claim(row: Any) -> dict[str, Any]:
    return {
        "kind": "claim", "paper": row.paper, "statement": row.statement, "verdict expected": row.expected,
        "explanation": row.explanation, "evidence": f"ceas audit {row.id} --json" if row.judge else "",
    }  # fmt: skip


MEANINGS = {
    "initiation": "the invariant holds at first",
    "consecution": "the action keeps the invariant",
    "consequence": "the clauses of the action imply a step of the proof",
    "lemma": "it follows from its hypotheses in one state",
    "safety": "it follows from its hypotheses in one state",
    "thresholds": "the sizes of the sets imply it, by counting Venn regions",
    "relaxed": "f+1 reports include one of an honest node",
    "axioms": "the axioms have a model",
    "needed": "without this hypothesis there is a countermodel",
    "reached": "a run reaches such a state",
    "bounded": "no run of these sizes comes to such an end",
    "stage": "in a state where all fair actions are done, it follows from its hypotheses",
    "progress": "the stages together imply that the goal is reached",
    "disables": "a fair action, once taken, is no longer possible with the same parameters",
    "evidence": "what a node received implies the guard of the specification",
    "delivered": "once everything is delivered, the guard of the specification implies that the node has the evidence",
    "stays": "a fair action keeps the premise",
    "timing": "linear arithmetic over the delays",
}
"""What an obligation says, by its kind: the first part of its name, after the protocol's name if there is one."""

WORDS = {
    "N": "the number of nodes; of the active set, where that is smaller",
    "f": "the most Byzantine nodes that the protocol is run with; it never changes during a run",
    "a": "the most honest nodes that may be fooled about one fact, such as a tampered payload that passes its tag check",
    "q": "the size of a quorum, max(⌈(N+f+1)/2⌉, 2f+a+1): any two share an honest node, and honest nodes alone can form one if N > 3f+a",
    "EPR": "effectively propositional: quantifiers alternate without a cycle of sorts (here the extended, stratified form), so that "
    "satisfiability is decidable and whatever has a model has a finite one",
    "Δ": "the longest delay of a message after stabilisation; known to the nodes",
    "T": f"the time that a timer runs in a view; at least {least_timeout(1)}Δ, see ceas_formal.spec.timing",
    "stabilisation": "the unknown time after which messages arrive within Δ and those of the current view are sent again",
    "fairness": "after stabilisation every honest node takes each step that stays possible, and messages of honest nodes arrive: assumed "
    "by every theorem of progress; the actions that it concerns are those declared fair",
    "done": "done.action: the action is not possible without Byzantine help, or has nothing to add",
    "premise": "what a progress property starts from, such as a good view",
}
"""What the symbols in reports stand for."""
