"""Byzantine nodes that follow the protocol, but for what a strategy twists: most attacks are honest behaviour with one lie in it."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

from ceas_formal.simulate.adversary import Adversary, Whisper
from ceas_formal.simulate.node import Node
from ceas_formal.simulate.wire import Alarm, Decision, Effect, Message, Send, Timer
from ceas_formal.spec.value import Fact

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run


class Puppets(Adversary):
    """Every Byzantine node runs the honest protocol; `says` decides what of it goes to whom. By itself it is no attack at all.

    A Byzantine node may have several faces, each with a node of its own that hears and addresses some nodes only.
    """

    def __init__(self) -> None:
        self.minds: dict[tuple[int, int], Node] = {}
        self._alarms: list[tuple[int, int, int, int, Timer]] = []
        self._set = 0

    # ------------------------------------------------------------------ what strategies override

    def faces(self, run: Run) -> int:
        """Return how many faces each Byzantine node has."""
        return 1

    def shows(self, run: Run, face: int, other: int) -> bool:
        """Return whether this face hears and addresses that node."""
        return True

    def verdicts(self, run: Run, node: int, face: int, epoch: int) -> frozenset[Fact]:
        """Return what the node finds to be true, or says so."""
        return run.world.verdicts(node, epoch)

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Return what goes to that node in place of a message of the protocol."""
        return (message,)

    # ------------------------------------------------------------------ the protocol

    def begins(self, run: Run, random: Random) -> Iterable[Whisper]:
        """Make the nodes, and let their first checkpoint begin."""
        setting = run.setting
        for face in range(self.faces(run)):
            for node in sorted(setting.byzantine):
                delay = Fraction(setting.network.delay)
                self.minds[node, face] = Node(node, setting.rules, setting.first_active, delay=delay)
                self._remember(setting.training, node, face, Timer("begin", 0))
        return self.wakes(run, random)

    def hears(self, run: Run, node: int, sender: int, message: Message, random: Random) -> Iterable[Whisper]:
        """Let every face that shows itself to the sender take the message in."""
        for face in range(self.faces(run)):
            if sender in run.setting.byzantine or self.shows(run, face, sender):
                yield from self._act(run, node, face, self.minds[node, face].on_message(sender, message), random)

    def wakes(self, run: Run, random: Random) -> Iterable[Whisper]:
        """Handle the alarms that are due; Byzantine clocks have the grain of Δ."""
        while self._alarms and self._alarms[0][0] <= run.time:
            _, _, node, face, timer = heapq.heappop(self._alarms)
            mind = self.minds[node, face]
            if timer.kind == "begin":
                yield from self._act(run, node, face, mind.on_verdicts(timer.epoch, self.verdicts(run, node, face, timer.epoch)), random)
            yield from self._act(run, node, face, mind.on_timer(timer), random)

    def _act(self, run: Run, node: int, face: int, effects: list[Effect], random: Random) -> Iterator[Whisper]:
        steps = deque([(node, effects)])
        while steps:
            node, effects = steps.popleft()
            for effect in effects:
                match effect:
                    case Send(message, to):
                        for other in range(run.setting.rules.nodes) if to is None else (to,):
                            if other in run.setting.byzantine:  # one mind: what it says to itself takes no time
                                steps.append((other, self.minds[other, face].on_message(node, message)))
                            elif self.shows(run, face, other):
                                yield from (Whisper(node, other, said) for said in self.says(run, node, other, message, random))
                    case Alarm(timer, after):
                        self._remember(run.time + int(after), node, face, timer)
                    case Decision(epoch, _):
                        if epoch + 1 < run.setting.epochs:
                            self._remember(run.time + run.setting.training, node, face, Timer("begin", epoch + 1))

    def _remember(self, time: int, node: int, face: int, timer: Timer) -> None:
        heapq.heappush(self._alarms, (time, self._set, node, face, timer))
        self._set += 1
