"""What was asked of CEAS+ before it was built, held against what the study found; bars that are missed stay where they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ceas_formal.simulate.experiment.plus.study import BASELINES, OURS

MARGIN, LOWEST, BEHIND = 0.005, 0.82, 0.003
"""What may be lost beside the barrier, the least accuracy of a run, and what may be lost to the best baseline of a column [shares]."""
HARMFUL, ISOLATED, HONEST_OUT = 0.001, 0.99, 0.005
"""Accuracy that removing a harmful node gains, and how many of the harmful and of the honest nodes are to be out [shares]."""


def goals(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what was asked: the goal in words, the column that decides, what it reaches, the bar, and whether it is met.

    Parameters
    ----------
    found : dict
        As :meth:`~ceas_formal.simulate.experiment.plus.plan.Plan.found` returns it.

    Yields
    ------
    dict
        ``goal``, ``drift``, ``column``, ``reached``, ``bar``, ``met``; a node counts as harmful where without it the plain mean gains.
    """
    for drift in (False, True):
        entries = [entry for entry in found["table"] if entry["drift"] == drift and "best" in entry]
        if not entries:
            continue
        final, lowest, behind = (
            _least(entries, value)
            for value in (lambda entry: entry["final"][OURS], lambda entry: entry["lowest"][OURS], lambda entry: entry["difference"][0])
        )
        bound = found["ceiling"] - found["barrier"] - MARGIN
        yield _goal("final accuracy, the ceiling less the barrier and half a point", drift, final, bound)
        yield _goal("lowest run", drift, lowest, LOWEST)
        yield _goal("less the best baseline of a column", drift, behind, -BEHIND)
        rivals = {rule: min(entry["final"][rule] for entry in entries) for rule in BASELINES if rule in entries[0]["final"]}
        rival = max(rivals, key=lambda rule: rivals[rule])
        yield _goal(f"worst column, more than the best worst column of a baseline ({rival})", drift, final, rivals[rival], strictly=True)
        honest = max(entries, key=lambda entry: entry["isolated_honest"])
        yield _goal("honest nodes out", drift, (honest["column"], honest["isolated_honest"]), HONEST_OUT, most=True)
        harmful = [entry for entry in entries if not drift and found["harm"].get(entry["column"], {}).get("mean", (0.0,))[0] > HARMFUL]
        if harmful:
            yield _goal("harmful nodes out", drift, _least(harmful, lambda entry: entry["isolated_byzantine"]), ISOLATED)
    left = {column: harm[OURS][0] for column, harm in found["harm"].items() if OURS in harm}
    if left:
        worst = max(left, key=lambda column: left[column])
        yield _goal("what one node more still costs", False, (worst, left[worst]), HARMFUL, most=True)


def _least(entries: Sequence[dict[str, Any]], value: Any) -> tuple[str, float]:
    entry = min(entries, key=value)
    return entry["column"], float(value(entry))


def _goal(
    goal: str, drift: bool, least: tuple[str, float], bar: float, *, most: bool = False, strictly: bool = False
) -> dict[str, Any]:
    column, reached = least
    met = reached <= bar if most else reached > bar if strictly else reached >= bar
    return {"goal": goal, "drift": drift, "column": column, "reached": reached, "bar": bar, "met": met}
