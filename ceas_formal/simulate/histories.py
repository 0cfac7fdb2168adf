"""The rule that keeps a later view from contradicting an earlier one, on reports as a node has received them.

A leader applies it to SUGGESTs (locks are VOTE3, claims VOTE2), a follower to PROOFs (locks are VOTE4, claims VOTE1). It is
:func:`ceas_formal.spec.messages.justified` in plain Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ceas_formal.simulate.wire import History, Proof, Suggest
from ceas_formal.spec.value import Value


@dataclass
class Report:
    """What one node has reported for one view; a node that reports again adds to it."""

    claims: set[tuple[int, Value]] = field(default_factory=set)
    locks: set[tuple[int, Value]] = field(default_factory=set)


class Reports:
    """The reports for one view, by sender."""

    def __init__(self, view: int) -> None:
        self.view = view
        self.by_sender: dict[int, Report] = {}

    def add(self, sender: int, message: Proof | Suggest) -> None:
        """Take in a report. What it says of the view itself or later ones is no history, and is dropped."""
        report = self.by_sender.setdefault(sender, Report())
        report.claims |= _below(message.claims, self.view)
        report.locks |= _below(message.locks, self.view)

    def allows(self, value: Value, quorum: int, blocking: int) -> int | None:
        """Return a view `last` with which the rule allows the value, the latest if there are several; None if there is none.

        Parameters
        ----------
        value : Value
            What is proposed.
        quorum, blocking : int
            q and f+1.

        Returns
        -------
        int or None
            A quorum reports no lock after this view, and there only for the value; and f+1 nodes claim the value itself, there or later.
            If a quorum reports no lock at all, any view will do, and it is 0.
        """
        reports = self.by_sender.values()
        if len(reports) < quorum:
            return None
        if sum(not report.locks for report in reports) >= quorum:
            return 0
        for last in sorted({view for report in reports for view, _ in report.claims | report.locks}, reverse=True):
            claimed = sum(any(view >= last and said == value for view, said in report.claims) for report in reports)
            if claimed < blocking:
                continue
            if sum(_agrees(report.locks, last, value) for report in reports) >= quorum:
                return last
        return None

    def free(self, quorum: int) -> bool:
        """Return whether a quorum reports no lock at all: then any value may be proposed."""
        return sum(not report.locks for report in self.by_sender.values()) >= quorum

    def mentioned(self) -> list[Value]:
        """Return the values that somebody claims, those of the latest views first."""
        said = {entry for report in self.by_sender.values() for entry in report.claims}
        latest: dict[Value, int] = {}
        for view, value in said:
            latest[value] = max(view, latest.get(value, view))
        return sorted(latest, key=lambda value: (-latest[value], _order(value)))


def _below(history: Iterable[tuple[int, Value]], view: int) -> set[tuple[int, Value]]:
    return {(cast, value) for cast, value in history if 0 <= cast < view}


def _agrees(locks: Iterable[tuple[int, Value]], last: int, value: Value) -> bool:
    return all(view < last or (view == last and locked == value) for view, locked in locks)


def _order(value: Value) -> list[object]:
    """Return something to sort values by, so that nodes are deterministic; which order it is does not matter."""
    uses = sorted((use.node, use.content, use.stamp) for use in value.uses)
    return [uses, sorted(value.next_active), sorted(value.quarantined)]


def votes_below(votes: Mapping[int, Value], view: int) -> History:
    """Return the own votes of one phase below a view."""
    return frozenset((cast, value) for cast, value in votes.items() if cast < view)
