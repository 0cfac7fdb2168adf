"""Messages that no honest node would send: forged metadata (paper III.D)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.adversaries.variants import ILL_FORMED
from ceas_formal.simulate.adversary import Whisper
from ceas_formal.simulate.wire import Decided, Effect, Message, Ok, Proof, Propose, Send, Suggest, Vote, WantView
from ceas_formal.spec.value import Fact, Good, Level, MayReturn, Misbehaves, Value

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run

ABSURD = (-1, 0, 1, 2, 10**6, 10**18)
"""Epochs and views beside the current ones."""


class Garbage(Puppets):
    """Ill-formed values, wrong epochs, absurd views and phases, histories that contradict themselves, facts about nobody.

    Nobody votes for a value that is not well formed; what is of another epoch or view counts there alone.
    """

    def __init__(self, burst: int = 6) -> None:
        super().__init__()
        self._value: Value | None = None
        self._burst = burst

    def sees(self, run: Run, node: int, effects: list[Effect], random: Random) -> Iterable[Whisper]:
        """Note a value to spoil."""
        self._value = next((e.message.value for e in effects if isinstance(e, Send) and isinstance(e.message, Propose)), self._value)
        return ()

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Spoil the proposals of Byzantine leaders."""
        return (Propose(message.epoch, message.view, self._spoilt(run, random)),) if isinstance(message, Propose) else (message,)

    def wakes(self, run: Run, random: Random) -> Iterable[Whisper]:
        """Add garbage."""
        yield from super().wakes(run, random)
        for sender in sorted(run.setting.byzantine):
            for _ in range(self._burst):
                yield Whisper(sender, random.choice(run.setting.honest), self._garbage(run, random), random.randint(1, 20))

    def _spoilt(self, run: Run, random: Random) -> Value:
        value = self._value or Value(0, frozenset(), run.setting.first_active)
        return ILL_FORMED[random.choice(sorted(ILL_FORMED))](value, run.setting.rules)

    def _garbage(self, run: Run, random: Random) -> Message:
        value, other = self._spoilt(run, random), self._spoilt(run, random)
        epoch, view = random.choice((value.epoch, value.epoch, *ABSURD)), random.choice(ABSURD)
        history = frozenset((cast, said) for cast in ABSURD for said in (value, other))  # two votes in one view, some in the future
        nobody = run.setting.rules.nodes + 3
        facts = frozenset[Fact]({Good(nobody, ()), Level(nobody, Fraction(view)), Misbehaves(nobody), MayReturn(nobody), Good(0, ())})
        makers = (
            lambda: Ok(epoch, facts),
            lambda: WantView(epoch, view),
            lambda: Proof(epoch, view, history, history),
            lambda: Suggest(epoch, view, history, history),
            lambda: Propose(epoch, view, value),
            lambda: Vote(epoch, view, random.choice((0, 1, 2, 3, 4, 5)), value),  # type: ignore[arg-type]
            lambda: Decided(epoch, value),
        )
        return random.choice(makers)()
