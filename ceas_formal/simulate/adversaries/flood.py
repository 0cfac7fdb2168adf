"""Trying to fill the memory of honest nodes, or to keep them busy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.adversary import Whisper
from ceas_formal.simulate.wire import Decided, Message, Ok, Proof, Propose, Suggest, Vote, WantView
from ceas_formal.spec.value import Good, Value

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


class Flood(Puppets):
    """Thousands of facts, values, views and epochs in every Δ.

    What a node keeps of one sender is bounded, and what it does for one message hardly depends on what it keeps.
    """

    def __init__(self, amount: int = 100) -> None:
        super().__init__()
        self._amount = amount
        self._sent = 0

    def wakes(self, run: Run, random: Random) -> Iterable[Whisper]:
        """Send a new lot of it."""
        yield from super().wakes(run, random)
        for sender in sorted(run.setting.byzantine):
            for message in self._junk(run):
                for to in run.setting.honest:
                    yield Whisper(sender, to, message)

    def _junk(self, run: Run) -> Iterator[Message]:
        epoch = max(max(node.epochs) for node in run.nodes.values())
        active, dimension = run.setting.first_active, run.setting.rules.dimension
        start, self._sent = self._sent, self._sent + self._amount
        yield Ok(epoch, frozenset(Good(0, (Fraction(1, 2 + number),) * dimension) for number in range(start, start + self._amount)))
        for number in range(start, start + self._amount):
            value = Value(epoch, frozenset(), active, frozenset({number}))
            history = frozenset((view, Value(epoch, frozenset(), active, frozenset({number, view}))) for view in range(20))
            yield WantView(epoch, number)
            yield Propose(epoch, number % 3, value)
            yield Decided(epoch, value)
            for phase in (1, 2, 3, 4):
                yield Vote(epoch, number % 3, phase, value)
                yield Vote(epoch, number, phase, value)
            for view in (number, number % 3 + 1):
                yield Proof(epoch, view, history, history)
                yield Suggest(epoch, view, history, history)
            yield Vote(epoch + number, 0, 1, value)
