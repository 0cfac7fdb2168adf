"""A run: honest nodes, a network, a world and an adversary, driven event by event. The same setting and seed give the same run."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any, Protocol

from ceas_formal.simulate.adversary import Adversary, Whisper
from ceas_formal.simulate.network import Network
from ceas_formal.simulate.node import Node
from ceas_formal.simulate.wire import Alarm, Decision, Effect, Message, Send, Timer
from ceas_formal.simulate.world import World
from ceas_formal.spec.value import Fact, Rules, Value


class Observer(Protocol):
    """Somebody who watches a run: the monitor, the recorder."""

    def judged(self, time: int, node: int, epoch: int, facts: frozenset[Fact]) -> None:
        """Hear which facts of the epoch an honest node finds to be true, before the node acts on them."""

    def delivered(self, time: int, to: int, sender: int, message: Message) -> None:
        """Hear that a message reaches an honest node, before the node acts on it."""

    def stepped(self, time: int, node: int, effects: list[Effect]) -> None:
        """Hear what an honest node does."""

    def crashed(self, time: int, node: int) -> None:
        """Hear that a node loses all but what it has stored, and starts again."""


@dataclass(frozen=True)
class Crash:
    """At this tick the node loses all but what it has stored; `down` ticks later it starts again."""

    time: int
    node: int
    down: int


@dataclass(frozen=True)
class Setting:
    """What a run is about.

    Parameters
    ----------
    rules : Rules
        The constants: N, f, a, cap, clip, dimension.
    network : Network
        Delays and losses.
    byzantine : frozenset of int
        B. More than f of them is allowed: then the run is outside what is promised.
    epochs : int
        How many checkpoints to decide.
    training : int
        Ticks of training before each checkpoint.
    genesis : frozenset of int, optional
        The first active set; all nodes by default.
    crashes : tuple of Crash
        Of honest nodes.
    most_events : int
        The run ends after so many events, decided or not.
    until : int, optional
        The run ends at this tick, decided or not.
    """

    rules: Rules
    network: Network
    byzantine: frozenset[int]
    epochs: int = 1
    training: int = 0
    genesis: frozenset[int] | None = None
    crashes: tuple[Crash, ...] = ()
    most_events: int = 10_000_000
    until: int | None = None

    def __post_init__(self) -> None:
        if strangers := self.byzantine - frozenset(range(self.rules.nodes)):
            raise ValueError(f"the Byzantine nodes must lie in 0..{self.rules.nodes - 1}; got {sorted(strangers)}")
        for crash in self.crashes:
            if crash.node not in self.honest:
                raise ValueError(f"the node of a crash must be honest: one of {list(self.honest)}; got {crash.node}")

    @cached_property
    def honest(self) -> tuple[int, ...]:
        """H, in order."""
        return tuple(node for node in range(self.rules.nodes) if node not in self.byzantine)

    @property
    def first_active(self) -> frozenset[int]:
        """The active set of epoch 0."""
        return frozenset(range(self.rules.nodes)) if self.genesis is None else self.genesis


@dataclass
class Outcome:
    """What came of a run.

    Parameters
    ----------
    decisions : dict
        By epoch and node: when, and what it decided.
    events, messages : int
        Events handled; messages that reached an honest node.
    time : int
        The last tick.
    complete : bool
        Whether every honest node decided every epoch.
    begun : dict
        By epoch and node: when its checkpoint began, or began again after a crash.
    """

    decisions: dict[int, dict[int, tuple[int, Value]]] = field(default_factory=dict)
    begun: dict[int, dict[int, int]] = field(default_factory=dict)
    events: int = 0
    messages: int = 0
    time: int = 0
    complete: bool = False

    def values(self, epoch: int) -> set[Value]:
        """Return what honest nodes decided in this epoch: one value at most, if all is well."""
        return {value for _, value in self.decisions.get(epoch, {}).values()}

    def lateness(self, epoch: int, stable_from: int) -> int:
        """Return the ticks from when the epoch could be decided to when the last honest node decided it, of those that did.

        It could be from stabilisation on, and once the checkpoint has begun at every honest node.
        """
        return max(time for time, _ in self.decisions[epoch].values()) - max(stable_from, *self.begun[epoch].values())


class Run:
    """A run in progress. The adversary may look at all of it.

    Parameters
    ----------
    setting : Setting
        What the run is about.
    world : World
        Verdicts.
    adversary : Adversary
        Moves the Byzantine nodes.
    seed : int
        Of the delays and of the adversary, each with a stream of its own.
    observers : iterable of Observer
        Who watches.
    make_node : function, optional
        Makes an honest node from its number and its memory; the reference node by default.
    """

    def __init__(
        self, setting: Setting, world: World, adversary: Adversary, seed: int, observers: Iterable[Observer] = (), make_node: Any = None
    ) -> None:
        self.setting, self.world, self.adversary, self.observers = setting, world, adversary, tuple(observers)
        self._make = make_node or self._reference
        self.nodes: dict[int, Node] = {node: self._make(node, None) for node in setting.honest}
        self.outcome = Outcome()
        self.time = 0
        self._network, self._mind = Random(f"network {seed}"), Random(f"adversary {seed}")
        self._queue: list[tuple[int, int, int, Any]] = []
        self._entered = 0
        self._delaying = type(adversary).delays is not Adversary.delays
        self._down: set[int] = set()
        self._lives = dict.fromkeys(setting.honest, 0)
        self._due: dict[tuple[int, int], int] = {}  # when the training before an epoch is over

    def _reference(self, node: int, memory: Any) -> Node:
        setting = self.setting
        return Node(node, setting.rules, setting.first_active, delay=Fraction(setting.network.delay), memory=memory)

    # ------------------------------------------------------------------ driving

    def play(self) -> Outcome:
        """Handle events until every honest node has decided every epoch, or nothing is left, or there were too many."""
        for node in self.setting.honest:
            self._train(node, 0)
        for crash in self.setting.crashes:
            self._at(crash.time, crash.node, crash)
        self._whisper(self.adversary.begins(self, self._mind))
        self._at(self.setting.network.delay, -1, None)
        while self._queue and self.outcome.events < self.setting.most_events and not self.outcome.complete:
            if self.setting.until is not None and self._queue[0][0] > self.setting.until:
                break
            self.time, _, node, event = heapq.heappop(self._queue)
            self.outcome.events += 1
            self._handle(node, event)
        self.outcome.time = self.time
        return self.outcome

    def _handle(self, node: int, event: Any) -> None:
        match event:
            case None:
                self._whisper(self.adversary.wakes(self, self._mind))
                self._at(self.time + self.setting.network.delay, -1, None)
            case Crash():
                self._crash(event)
            case (life, Timer() as timer):
                if life == self._lives[node]:
                    self._remind(node, timer)
            case (sender, message):
                self._deliver(node, sender, message)

    def _deliver(self, node: int, sender: int, message: Message) -> None:
        if node in self.setting.byzantine:
            self._whisper(self.adversary.hears(self, node, sender, message, self._mind))
            return
        if node in self._down:
            return
        self.outcome.messages += 1
        for observer in self.observers:
            observer.delivered(self.time, node, sender, message)
        self._do(node, self.nodes[node].on_message(sender, message))

    def _remind(self, node: int, timer: Timer) -> None:
        if node in self._down:
            return
        effects = []
        if timer.kind == "begin":
            self.outcome.begun.setdefault(timer.epoch, {})[node] = self.time
            verdicts = self.world.verdicts(node, timer.epoch)
            for observer in self.observers:
                observer.judged(self.time, node, timer.epoch, verdicts)
            effects += self.nodes[node].on_verdicts(timer.epoch, verdicts)
        self._do(node, effects + self.nodes[node].on_timer(timer))

    def _crash(self, crash: Crash) -> None:
        if crash.node not in self._down:
            self._down.add(crash.node)
            self._lives[crash.node] += 1  # timers of the former life are lost
            self._at(self.time + max(1, crash.down), crash.node, crash)
            return
        self._down.discard(crash.node)
        for observer in self.observers:
            observer.crashed(self.time, crash.node)
        node = self.nodes[crash.node] = self._make(crash.node, self.nodes[crash.node].memory)
        for epoch in sorted(node.epochs):
            if (crash.node, epoch) in self._due:
                self._at(max(self.time, self._due[crash.node, epoch]), crash.node, (self._lives[crash.node], Timer("begin", epoch)))

    def _train(self, node: int, epoch: int) -> None:
        self._due[node, epoch] = self.time + self.setting.training
        self._at(self._due[node, epoch], node, (self._lives[node], Timer("begin", epoch)))

    def _do(self, node: int, effects: list[Effect]) -> None:
        if not effects:
            return
        for observer in self.observers:
            observer.stepped(self.time, node, effects)
        self._whisper(self.adversary.sees(self, node, effects, self._mind))
        for effect in effects:
            match effect:
                case Send(message, to):
                    for recipient in range(self.setting.rules.nodes) if to is None else (to,):
                        self._send(node, recipient, message)
                case Alarm(timer, after):
                    self._at(self.time + int(after), node, (self._lives[node], timer))
                case Decision(epoch, value):
                    self._decided(node, epoch, value)

    # ------------------------------------------------------------------ messages

    def _send(self, sender: int, to: int, message: Message) -> None:
        arrivals = self.setting.network.arrivals(self.time, sender, to, self._network)
        if self._delaying and sender != to and arrivals:
            stable_from = self.setting.network.stable_from
            latest = max(self.time, stable_from) + self.setting.network.delay
            wanted = self.adversary.delays(self, sender, to, message, arrivals, self._mind)
            chosen = tuple(min(max(arrival, self.time + 1), latest) for arrival in wanted)
            arrivals = chosen if chosen or self.time < stable_from else arrivals
        for arrival in arrivals:
            self._at(arrival, to, (sender, message))

    def _whisper(self, whispers: Iterable[Whisper]) -> None:
        for whisper in whispers:
            if whisper.sender not in self.setting.byzantine:
                allowed = sorted(self.setting.byzantine)
                raise ValueError(f"the sender of a whisper must be Byzantine: one of {allowed}; got {whisper.sender}")
            self._at(self.time + max(1, whisper.after), whisper.to, (whisper.sender, whisper.message))

    def _at(self, time: int, node: int, event: Any) -> None:
        heapq.heappush(self._queue, (time, self._entered, node, event))
        self._entered += 1

    # ------------------------------------------------------------------ decisions

    def _decided(self, node: int, epoch: int, value: Value) -> None:
        self.outcome.decisions.setdefault(epoch, {})[node] = (self.time, value)
        if epoch + 1 < self.setting.epochs:
            self._train(node, epoch + 1)
        done = self.outcome.decisions
        self.outcome.complete = all(len(done.get(e, {})) == len(self.setting.honest) for e in range(self.setting.epochs))
