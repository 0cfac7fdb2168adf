"""Telling just as many nodes as it takes, or one fewer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.adversaries.variants import another
from ceas_formal.simulate.wire import Decided, Message, Ok, Proof, Propose, Suggest, Vote
from ceas_formal.spec.quorum import quorum_size

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


class QuorumBoundary(Puppets):
    """Byzantine votes, OKs and proposals reach as many honest nodes as sit at a threshold, chosen anew for every view and phase.

    Tries to let some nodes lock or decide, and not the rest. Locks are followed by every later leader, and decided values by every quorum.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[object, ...], frozenset[int]] = {}

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Leave out whoever is not among the chosen."""
        match message:
            case Ok(epoch) | Decided(epoch):
                about: tuple[object, ...] = type(message), epoch, sender
            case Propose(epoch, view) | Proof(epoch, view) | Suggest(epoch, view):
                about = type(message), epoch, view, sender
            case Vote(epoch, view, phase):
                about = phase, epoch, view  # all Byzantine nodes vote for the same ones, or it would be no quorum
            case _:
                return (message,)
        if about not in self._told:
            self._told[about] = frozenset(random.sample(run.setting.honest, random.choice(self._sizes(run))))
        return (message,) if to in self._told[about] else ()

    def _sizes(self, run: Run) -> list[int]:
        rules, most = run.setting.rules, len(run.setting.honest)
        quorum, byzantine = quorum_size(rules.nodes, rules.faults, rules.false_accepts), len(run.setting.byzantine)
        sizes = {0, 1, rules.faults, rules.faults + 1, quorum - byzantine - 1, quorum - byzantine, quorum - 1, most - 1, most}
        return sorted(size for size in sizes if 0 <= size <= most)


class OneVictim(Puppets):
    """VOTE4 and DECIDED reach a single honest node before stabilisation, so it decides alone; Byzantine leaders then offer another value.

    The others learn the value from later views: a quorum has locked it, so no quorum reports that it is free to vote for another.
    """

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Tell the victim alone, and offer something else in later views."""
        if isinstance(message, Propose) and message.view > 0:
            return (replace(message, value=another(message.value)),)
        return (message,) if self._may_know(run, to, message) else ()

    def delays(self, run: Run, sender: int, to: int, message: Message, arrivals: Iterable[int], random: Random) -> Iterable[int]:
        """Lose what others than the victim must not know."""
        return arrivals if run.time >= run.setting.network.stable_from or self._may_know(run, to, message) else ()

    def _may_know(self, run: Run, to: int, message: Message) -> bool:
        secret = isinstance(message, Decided) or (isinstance(message, Vote) and message.phase == 4)
        return not secret or to == run.setting.honest[0]
