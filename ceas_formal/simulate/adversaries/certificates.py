"""Lies about facts: OKs for some nodes only, for what is tampered with, against honest nodes, and for stamps that nobody measured."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.wire import Message, Ok
from ceas_formal.spec.value import Fact, Good, Level, MayReturn, Misbehaves

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


class SelectiveOks(Puppets):
    """Byzantine OKs for each payload go to some nodes only, so that f+a+1 OKs are there for some, and f+a for others.

    Who holds f+a+1 OKs sends its own. Behind 2f+a+1 at the leader are f+a+1 honest ones, which reach everybody.
    """

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Drop facts at random, for each recipient others."""
        if not isinstance(message, Ok):
            return (message,)
        return (Ok(message.epoch, frozenset(fact for fact in sorted(message.facts, key=repr) if random.random() < 0.5)),)


class FalseVerdicts(Puppets):
    """OK for every tampered payload and for a stamp of 1 of its sender, and none for a good one.

    With a fooled honest nodes they are f+a, one short. A good payload survives |A|-3f-a-1 rejections by honest nodes even so.
    """

    def verdicts(self, run: Run, node: int, face: int, epoch: int) -> frozenset[Fact]:
        """Turn the truth around."""
        tampered = run.world.tampered_facts(epoch)
        return tampered | {Level(fact.node, Fraction(1)) for fact in tampered if isinstance(fact, Good)}

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Keep what was taken over from others to oneself."""
        if not isinstance(message, Ok):
            return (message,)
        return (Ok(message.epoch, message.facts & self.verdicts(run, sender, 0, message.epoch)),)


class Accusations(Puppets):
    """Byzantine nodes accuse every honest one, and vouch for each other.

    f accusers certify nothing, so no honest node leaves the active set or loses its weight.
    """

    def verdicts(self, run: Run, node: int, face: int, epoch: int) -> frozenset[Fact]:
        """Add the accusations."""
        lies = {Misbehaves(honest) for honest in run.setting.honest} | {MayReturn(own) for own in run.setting.byzantine}
        return run.world.verdicts(node, epoch) | lies


class LyingStamps(Puppets):
    """Byzantine nodes say that their own stamps, and all others, are 1.

    A level is certified by an honest node that measured it, so a stamp is never above the best honest measurement.
    """

    def verdicts(self, run: Run, node: int, face: int, epoch: int) -> frozenset[Fact]:
        """Add the levels."""
        return run.world.verdicts(node, epoch) | {Level(other, Fraction(1)) for other in range(run.setting.rules.nodes)}
