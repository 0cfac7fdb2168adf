"""Why a step of a node is refused, in a sentence: what the violated clause asks for, and what the node had."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ceas_formal.spec.compiling import Tuple
from ceas_formal.spec.messages import REPORTS
from ceas_formal.spec.quorum import certifying_size, usable_size

if TYPE_CHECKING:
    from ceas_formal.simulate.monitored_epoch import MonitoredEpoch

Histories = dict[int, set[tuple[int, int]]]
"""By sender, the views and values of the votes that it reported."""


class Reasons:
    """Sentences about one epoch; arguments are those of the action, as positions and numbers."""

    def __init__(self, epoch: MonitoredEpoch) -> None:
        self.epoch = epoch

    def why(self, clause: str, arguments: Tuple) -> str:
        """Return the sentence for a clause, as ``action.clause``, that forbids the action with these arguments."""
        action, name = clause.split(".")
        known: dict[str, Callable[[str, Tuple], str]] = {
            "verdict": self._verdict, "in_view": self._in_view, "leader": self._leader, "proposed": self._proposed,
            "well_formed": self._well_formed, "usable": self._few_oks, "certified": self._few_oks, "locks_agree": self._locks,
            "claimed": self._claims, "carried": self._carried, "once": self._once, "forward": self._forward,
        }  # fmt: skip
        return known[name](action, arguments) if name in known else f"the clause {name} of {action} is false"

    def _count(self, relation: str, n: int, *rest: int) -> int:
        return sum((n, m, *rest) in self.epoch.state[relation] for m in range(len(self.epoch.members)))

    def _verdict(self, action: str, arguments: Tuple) -> str:
        n, fact = arguments
        needed = certifying_size(*self.epoch.size)
        return f"{self._count('got_ok', n, fact)} of the {needed} OKs needed have arrived, and the node does not find the fact to be true"

    def _in_view(self, action: str, arguments: Tuple) -> str:
        n, view = arguments[:2]
        return f"the node has left {sum(row[0] == n for row in self.epoch.state['left'])} views, and acts in view {view}"

    def _leader(self, action: str, arguments: Tuple) -> str:
        members = self.epoch.members
        return f"node {members[(self.epoch.epoch + arguments[1]) % len(members)]} leads view {arguments[1]}"

    def _proposed(self, action: str, arguments: Tuple) -> str:
        return f"the leader's PROPOSE of this value for view {arguments[1]} has not arrived"

    def _well_formed(self, action: str, arguments: Tuple) -> str:
        return f"the value violates {', '.join(self.epoch.flaws[arguments[2]])}"

    def _few_oks(self, action: str, arguments: Tuple) -> str:
        n, _, value, _ = arguments
        needed = (usable_size if action == "propose" else certifying_size)(*self.epoch.size)
        facts = [fact for used, fact in self.epoch.state["uses"] if used == value]
        fewest = min(self._count("got_ok", n, fact) for fact in facts)
        return f"{fewest} of the {needed} OKs needed have arrived for a fact that the value rests on"

    def _heard(self, action: str, n: int, view: int) -> tuple[str, Histories, Histories]:
        """Return the name of the report, and by sender its locks and claims."""
        lock, claim = (3, 2) if action == "propose" else (4, 1)
        state, kind = self.epoch.state, REPORTS[lock]
        senders = [m for m in range(len(self.epoch.members)) if (n, m, view) in state[f"got_{kind}"]]

        def held(phase: int) -> Histories:
            rows = [row for row in state[f"heard{phase}"] if row[0] == n and row[2] == view and 0 <= row[3] < view]
            return {m: {(cast, x) for _, sender, _, cast, x in rows if sender == m} for m in senders}

        return kind.upper(), held(lock), held(claim)

    def _locks(self, action: str, arguments: Tuple) -> str:
        n, view, value, last = arguments
        kind, locks, _ = self._heard(action, n, view)
        agree = sum(all(cast < last or (cast == last and x == value) for cast, x in held) for held in locks.values())
        return f"{agree} of the {self.epoch.quorum} {kind}s needed hold no lock after view {last}, and there only for the value"

    def _claims(self, action: str, arguments: Tuple) -> str:
        n, view, value, last = arguments
        kind, locks, claims = self._heard(action, n, view)
        free = sum(not held for held in locks.values())
        claim = sum(any(cast >= last and x == value for cast, x in held) for held in claims.values())
        return (
            f"{free} of the {self.epoch.quorum} {kind}s needed hold no lock at all, "
            f"and {claim} of the {self.epoch.blocking} needed claim the value from view {last} on"
        )

    def _carried(self, action: str, arguments: Tuple) -> str:
        n, view, value = arguments
        phase = 4 if action == "decide" else int(action[-1]) - 1
        return f"{self._count(f'got_vote{phase}', n, view, value)} of the {self.epoch.quorum} VOTE{phase} needed have arrived"

    def _once(self, action: str, arguments: Tuple) -> str:
        return f"the node has taken the step {action} before, for another value"

    def _forward(self, action: str, arguments: Tuple) -> str:
        return f"the node has entered or left view {arguments[1]} before"
