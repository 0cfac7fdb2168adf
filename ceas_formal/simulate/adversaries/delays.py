"""Messages of honest nodes as late as the network allows. Byzantine nodes follow the protocol, or are silent in the view they lead."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.adversary import Adversary
from ceas_formal.simulate.wire import Message, Propose

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


def latest(run: Run) -> int:
    """Return the last tick at which a message sent now may arrive."""
    return max(run.time, run.setting.network.stable_from) + run.setting.network.delay


class AsLateAsAllowed(Adversary):
    """Byzantine nodes are silent, nothing arrives before stabilisation, and after it everything takes Δ.

    A view lasts 9Δ, which is enough for each step to take Δ: the longest run that is allowed.
    """

    def delays(self, run: Run, sender: int, to: int, message: Message, arrivals: Iterable[int], random: Random) -> Iterable[int]:
        """Lose what may be lost, and delay the rest."""
        return () if run.time < run.setting.network.stable_from else (latest(run),)


class LateForSome(Puppets):
    """Messages between the halves of the honest nodes take as long as allowed, those within a half one tick; Byzantine ones come at once.

    Tries to let one half run ahead. It needs the other for every quorum.
    """

    def delays(self, run: Run, sender: int, to: int, message: Message, arrivals: Iterable[int], random: Random) -> Iterable[int]:
        """Delay between even and odd nodes."""
        return (latest(run) if (sender - to) % 2 else run.time + 1,)


class LateLeader(Puppets):
    """What leaders send and receive takes as long as allowed, all else one tick; and Byzantine leaders propose nothing.

    Tries to let the view time out before its proposal is through. The time-out is long enough for that.
    """

    def delays(self, run: Run, sender: int, to: int, message: Message, arrivals: Iterable[int], random: Random) -> Iterable[int]:
        """Delay what concerns the leader of the view that the sender is in."""
        checkpoint = run.nodes[sender].epochs.get(message.epoch)
        leader = checkpoint.leader(max(0, checkpoint.record.view)) if checkpoint else None
        return (latest(run) if leader in (sender, to) else run.time + 1,)

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Keep proposals back."""
        return () if isinstance(message, Propose) else (message,)
