"""Wanting views that nobody else wants."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.adversary import Whisper
from ceas_formal.simulate.wire import WantView

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


class ViewSpam(Puppets):
    """VIEW for huge views, to each node another, all the time; and to the next one, so that views end early.

    f nodes move nobody: honest nodes want a view that f+1 want, and enter one that a quorum wants.
    """

    def wakes(self, run: Run, random: Random) -> Iterable[Whisper]:
        """Want views."""
        yield from super().wakes(run, random)
        for to in run.setting.honest:
            for epoch, checkpoint in list(run.nodes[to].epochs.items())[-2:]:
                for sender in sorted(run.setting.byzantine):
                    yield Whisper(sender, to, WantView(epoch, random.choice((checkpoint.record.view + 1, 10**3, 10**9, 10**18))))
