"""Saying one thing to some nodes, and another to the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.adversaries.variants import another
from ceas_formal.simulate.adversary import Whisper
from ceas_formal.simulate.wire import Decided, Effect, Message, Propose, Send, Vote

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


class Equivocation(Puppets):
    """A Byzantine leader proposes one value to half of the nodes and another to the rest, and every Byzantine node votes for both.

    Two quorums share an honest node, which votes once in a phase: so two values are never carried, and the next honest leader decides.
    """

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Give odd nodes the other value."""
        match message:
            case Propose(value=value) | Vote(value=value) | Decided(value=value) if to % 2:
                return (replace(message, value=another(value)),)
        return (message,)


class VotesForAll(Puppets):
    """Every Byzantine node votes for whatever anybody votes for or proposes, in all four phases, at once; and says that it is decided.

    f votes more than there should be for each value: quorums count with them, and f+1 DECIDED need an honest one.
    """

    def sees(self, run: Run, node: int, effects: list[Effect], random: Random) -> Iterable[Whisper]:
        """Add votes to everything that an honest node proposes or votes for."""
        for effect in effects:
            match effect:
                case Send(Propose(epoch, view, value) | Vote(epoch, view, value=value)):
                    for sender in sorted(run.setting.byzantine):
                        for to in run.setting.honest:
                            for said in (value, another(value)):
                                yield from (Whisper(sender, to, Vote(epoch, view, phase, said)) for phase in (1, 2, 3, 4))
                                yield Whisper(sender, to, Decided(epoch, said))
