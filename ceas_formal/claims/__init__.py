"""The ledger of claims: what of CEAS is true, row by row."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ceas_formal.claims.ledger import LEDGER, Claim, Verdict

MODULES = (
    "gradients", "convergence", "consensus", "partitions", "aggregation", "stamps", "measurement", "inventory", "gossip", "entanglement",
    "bell_pairs", "adversary", "channels", "checkpoint", "contents", "liveness", "influence", "voting", "tags", "noisy_tags", "composition",
    "trust", "detection", "probation", "epochs", "hardware", "cross_layer", "experiment", "experiment_causes", "ceas_plus", "results",
    "unjudged",
)  # fmt: skip
"""One module for each section of the paper, and one for what nobody has judged yet."""


def ledger() -> dict[str, Claim]:
    """Return every row, by id, in the paper's order."""
    for module in MODULES:
        import_module(f"ceas_formal.claims.{module}")
    return LEDGER


def _judged(judge: Callable[[], Verdict]) -> Verdict:
    """Return the verdict; a row that computes with a derivation of which a step was not shown is unknown."""
    from ceas_formal.derive.proof import NotDerived

    try:
        return judge()
    except NotDerived as problem:
        return Verdict("unknown", "a step of a derivation was not shown", "", {"problem": str(problem)})


def judge(row: Claim) -> dict[str, Any]:
    """Judge one row now and return it as JSON-ready data."""
    start = time.perf_counter()
    entry = {"id": row.id, "paper": row.paper, "statement": row.statement}
    if row.judge is None:
        outcome: dict[str, Any] = {"verdict": "open", "expected": "open", "scope": "", "method": "", "evidence": {}, "assumptions": []}
    else:
        found = _judged(row.judge)
        outcome = {"verdict": found.verdict, "expected": row.expected, "scope": found.scope, "method": found.method}
        outcome |= {"evidence": found.evidence, "assumptions": list(found.assumptions)}
    seconds = round(time.perf_counter() - start, 6)
    ordered = ("verdict", "expected", "scope", "method")
    return entry | {key: outcome[key] for key in ordered} | {"seconds": seconds, **outcome}
