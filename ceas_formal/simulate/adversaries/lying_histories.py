"""Lies about earlier votes, in PROOF and SUGGEST."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.adversaries.variants import another
from ceas_formal.simulate.wire import Message, Proof, Suggest, Vote
from ceas_formal.spec.value import Value

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


class HiddenLocks(Puppets):
    """Byzantine nodes report no vote at all.

    Any quorum of reports holds an honest node of any quorum of votes: what may have been decided is seen.
    """

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Empty the reports."""
        return (replace(message, claims=frozenset(), locks=frozenset()),) if isinstance(message, Proof | Suggest) else (message,)


class InventedLocks(Puppets):
    """Byzantine nodes report locks and claims, in the latest views and of each value that exists, to every node others; and cut views
    short of a decision by keeping their VOTE3 and VOTE4 to themselves.

    A lock that nobody has stands in the way only if it is in every quorum of reports; honest nodes are a quorum without it. A claim needs
    f+1 nodes, so an honest one.
    """

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Invent reports."""
        match message:
            case Proof(epoch, view) | Suggest(epoch, view) if view > 0:
                known = self._known(run, epoch)
                if not known:
                    return (message,)
                votes = [(cast, value) for cast in range(max(0, view - 3), view) for value in known]
                claims = frozenset(vote for vote in votes if random.random() < 0.7)
                locks = {cast: value for cast, value in votes if random.random() < 0.5}
                return (replace(message, claims=claims, locks=frozenset(locks.items())),)
            case Vote(phase=3 | 4):
                return ()
        return (message,)

    def _known(self, run: Run, epoch: int) -> list[Value]:
        found: dict[Value, None] = {}
        for node in run.setting.honest:
            record = run.nodes[node].memory.records.get(epoch)
            for value in record.votes[1].values() if record else ():
                found |= {value: None, another(value): None}
        return list(found)
