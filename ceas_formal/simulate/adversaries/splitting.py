"""Two worlds: what more Byzantine nodes than f can do (why N > 3f+a is needed)."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.wire import Message
from ceas_formal.spec.value import Fact, Good

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


class TwoFaces(Puppets):
    """Each Byzantine node shows one face to one half of the honest nodes and another to the other half; the halves do not hear each other
    before stabilisation.

    With |B| ≤ f a half and B are no quorum, so nothing is decided until stabilisation, and one value after. With
    |B| + ⌊|H|/2⌋ ≥ q both halves decide: the second face finds no payload good that an honest node of the first half sent.
    """

    def faces(self, run: Run) -> int:
        """Show two."""
        return 2

    def shows(self, run: Run, face: int, other: int) -> bool:
        """Show the first face to the first half."""
        return self._half(run, other) == face

    def verdicts(self, run: Run, node: int, face: int, epoch: int) -> frozenset[Fact]:
        """Let the faces differ in what they accept, so that the values do."""
        seen = run.world.verdicts(node, epoch)
        disliked = run.setting.honest[0]
        return frozenset(fact for fact in seen if not (face and isinstance(fact, Good) and fact.node == disliked))

    def delays(self, run: Run, sender: int, to: int, message: Message, arrivals: Iterable[int], random: Random) -> Iterable[int]:
        """Keep the halves apart as long as the network allows."""
        if to in run.setting.byzantine or run.time >= run.setting.network.stable_from:
            return arrivals
        return arrivals if self._half(run, sender) == self._half(run, to) else ()

    def _half(self, run: Run, node: int) -> int:
        return run.setting.honest.index(node) % 2  # leaders of both halves come soon
