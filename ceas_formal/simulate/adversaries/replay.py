"""Old messages again, in the name of Byzantine nodes (paper III.D: replay of classical metadata)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.adversary import Whisper
from ceas_formal.simulate.wire import Effect, Message, Send

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


class Replay(Puppets):
    """Byzantine nodes repeat what anybody said before, of any epoch and view, among what the protocol asks of them.

    A message says of which epoch and view it is, and counts for those alone; a second copy from the same sender counts for nothing.
    """

    def __init__(self, memory: int = 2000, burst: int = 8) -> None:
        super().__init__()
        self._heard: deque[Message] = deque(maxlen=memory)
        self._burst = burst

    def sees(self, run: Run, node: int, effects: list[Effect], random: Random) -> Iterable[Whisper]:
        """Write down what honest nodes send."""
        self._heard.extend(effect.message for effect in effects if isinstance(effect, Send))
        return ()

    def wakes(self, run: Run, random: Random) -> Iterable[Whisper]:
        """Repeat some of it."""
        yield from super().wakes(run, random)
        for sender in sorted(run.setting.byzantine) if self._heard else ():
            for _ in range(self._burst):
                yield Whisper(sender, random.choice(run.setting.honest), random.choice(self._heard), random.randint(1, 50))
