"""``ceas explain``: what stands behind a name: a claim, a property, an obligation, a clause, an assumption, or a weakening."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from ceas_formal.cli.options import AS_EXPECTED, known, print_json


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "explain",
        help="say what a claim, property, obligation, clause, assumption or weakening means",
        description="Say what a name in any report of this command means.",
    )
    parser.add_argument("id", help="such as SAF-1, agreement, vote1.claimed, budget, no-lock")
    parser.add_argument("--json", action="store_true", help="as data")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look the name up and print it."""
    entries = _entries()
    name = options.id if options.id in entries else known("ceas explain", options.id, entries)
    entry = {"id": name, **entries[name]()}
    if options.json:
        print_json(entry)
        return AS_EXPECTED
    print(f"{entry.pop('id')} · {entry.pop('kind')}\n")
    for key, value in entry.items():
        if value:
            lines = value if isinstance(value, list) else str(value).splitlines()
            print(f"{key}:" if len(lines) > 1 else f"{key}: {lines[0]}")
            if len(lines) > 1:
                print("\n".join(f"  {line.strip()}" for line in lines))
    return AS_EXPECTED


def _entries() -> dict[str, Callable[[], dict[str, Any]]]:
    """Return, for every name, what produces its explanation."""
    from ceas_formal.claims import ledger
    from ceas_formal.spec.checkpoint import checkpoint
    from ceas_formal.spec.weakenings import WEAKENINGS
    from ceas_formal.verify.catalogue import catalogue

    entries: dict[str, Callable[[], dict[str, Any]]] = {}
    for item in catalogue():
        entries[item.name] = lambda item=item: _obligation(item)  # type: ignore[misc]
    for action in checkpoint.actions.values():
        entries[action.name] = lambda action=action: {  # type: ignore[misc]
            "kind": "action", "explanation": action.explanation, "clauses": [f"{action.name}.{name}" for name in action.requires],
        }  # fmt: skip
        for name in action.requires:
            entries[f"{action.name}.{name}"] = lambda action=action, name=name: _clause(action, name)  # type: ignore[misc]
    for bound in checkpoint.bounds.values():
        entries[bound.name] = lambda bound=bound: {"kind": "assumption", "limit": _limit(bound)}  # type: ignore[misc]
    for relation in checkpoint.relations.values():
        entries.setdefault(relation.name, lambda relation=relation: {  # type: ignore[misc]
            "kind": "relation", "of": ", ".join(sort.__name__ for sort in relation.sorts),
            "belongs to": "the setting" if relation.rigid else "the proof alone" if relation.ghost else "the state",
        })  # fmt: skip
    entries["View.linear"] = lambda: {"kind": "axiom", "statement": "≤ on views is reflexive, antisymmetric, transitive and total"}
    entries["admissible"] = lambda: {"kind": "assumption", "limit": "|A| > 3f+a"}
    for threshold in checkpoint.thresholds.values():
        entries[threshold.name] = lambda threshold=threshold: {"kind": "threshold", "nodes": str(threshold.quantity)}  # type: ignore[misc]
    stated = {**checkpoint.properties, **checkpoint.consequences}
    for name, claimed in stated.items():
        entries[name] = lambda claimed=claimed: {  # type: ignore[misc]
            "kind": getattr(claimed, "kind", "step of a proof"), "explanation": claimed.explanation, "since": list(claimed.since),
            "statement": readable(claimed.formula),
        }  # fmt: skip
    for wanted in checkpoint.progress.values():
        entries[wanted.name] = lambda wanted=wanted: {"kind": "progress property", "explanation": wanted.explanation}  # type: ignore[misc]
    for weakening in WEAKENINGS.values():
        entries[weakening.name] = lambda weakening=weakening: {  # type: ignore[misc]
            "kind": "weakening", "hypothesis": weakening.hypothesis, "instead": weakening.instead, "violates": weakening.violates,
            "trace": f"ceas break {weakening.name}",
        }  # fmt: skip
    for word, meaning in WORDS.items():
        entries[word] = lambda meaning=meaning: {"kind": "symbol", "meaning": meaning}  # type: ignore[misc]
    for row in ledger().values():
        entries[row.id] = lambda row=row: {  # type: ignore[misc]
            "kind": "claim", "paper": row.paper, "statement": row.statement, "verdict expected": row.expected,
            "explanation": row.explanation, "evidence": f"ceas audit {row.id} --json" if row.judge else "",
        }  # fmt: skip
    return entries


def _limit(bound: Any) -> str:
    each = "".join(f"for each {type(parameter).__name__.lower()} {parameter.name}, " for parameter in bound.parameters)
    return f"{each}at most {bound.limit} nodes {bound.counted.name} with {readable(bound.body)}"


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
}
"""What the symbols in reports stand for."""


def _obligation(item: Any) -> dict[str, Any]:
    kind = item.name.split("/")[0].split(".")[-1]
    hypotheses = [name for name in item.assertions if name != "goal"] if not isinstance(item.assertions, str) else []
    return {
        "kind": "obligation", "says": MEANINGS.get(kind, ""), "theorem": item.theorem,
        "expected": item.expected + (" (of the negation: proved)" if item.expected == "unsat" else ""),
        "scope": item.scope, "fragment": item.fragment,
        "hypotheses": hypotheses, "script": f"ceas export {item.name}" if item.assertions else "",
    }  # fmt: skip


def _clause(action: Any, name: str) -> dict[str, Any]:
    from ceas_formal.spec.checkpoint import checkpoint

    unused = f"{action.name}.{name}" in checkpoint.unused_for_safety
    used = "not by the safety proof (shown: the proof does without it)" if unused else "by the safety proof"
    return {"kind": "clause", "of": action.explanation, "statement": readable(action.requires[name]), "used": used}


def readable(formula: Any) -> str:
    """Return a formula as text, in the words of the specification."""
    from ceas_formal.report.formulas import text

    return text(formula)
