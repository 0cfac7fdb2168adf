"""A strategy that is data: a list of small moves and a list of delays, so that a search can vary it and shrink what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal, get_args

from ceas_formal.simulate.adversaries.puppets import Puppets
from ceas_formal.simulate.adversaries.variants import another
from ceas_formal.simulate.adversary import Whisper
from ceas_formal.simulate.wire import Decided, Effect, Message, Ok, Proof, Propose, Send, Suggest, Vote, WantView
from ceas_formal.spec.value import Fact, Level, Misbehaves, Value

if TYPE_CHECKING:
    from ceas_formal.simulate.run import Run

Kind = Literal["ok", "view", "proof", "suggest", "propose", "vote1", "vote2", "vote3", "vote4", "decided", "pass"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Move:
    """One thing that a Byzantine node says.

    Parameters
    ----------
    sender : int
        Which Byzantine node, counted from 0; modulo their number.
    recipients : int
        Bit i: the honest node number i, counted from 0, is told.
    kind : str
        Of what kind the message is; "pass" says nothing, but takes its turn.
    value : int
        Which of the values seen so far and their twins, counted from the latest; modulo their number. Of facts likewise.
    view : int
        How many views above the current one of the recipient.
    history : int
        Base-4 digits, for the views below from the latest: that view holds no vote, a claim, a lock, or both; for value `value`.
    """

    sender: int = 0
    recipients: int = 0
    kind: Kind = "pass"
    value: int = 0
    view: int = 0
    history: int = 0


class Moves(Puppets):
    """Makes one move after each step of an honest node, and again from the first when none is left; delays follow a list as well.

    Parameters
    ----------
    moves : sequence of Move
        What is said.
    schedule : sequence of int
        How long messages of honest nodes take, in turn: modulo Δ, plus one tick. Before stabilisation 0 means that it is lost.
    protocol : sequence of str
        Which kinds of messages Byzantine nodes send as the protocol asks; "ok", "view", …
    """

    def __init__(self, moves: Sequence[Move] = (), schedule: Sequence[int] = (), protocol: Sequence[str] = ()) -> None:
        super().__init__()
        self._moves, self._schedule, self._protocol = tuple(moves), tuple(schedule), frozenset(protocol)
        self._turn = self._sent = 0
        self._values: dict[int, dict[Value, None]] = {}
        self._facts: dict[int, dict[Fact, None]] = {}

    def says(self, run: Run, sender: int, to: int, message: Message, random: Random) -> Iterable[Message]:
        """Follow the protocol in the chosen kinds of messages."""
        return (message,) if _kind(message) in self._protocol else ()

    def sees(self, run: Run, node: int, effects: list[Effect], random: Random) -> Iterable[Whisper]:
        """Learn values and facts, and make the next move."""
        for effect in effects:
            match effect:
                case Send(Propose(epoch, value=value) | Vote(epoch, value=value)):
                    self._values.setdefault(epoch, {}).update({value: None, another(value): None})
                case Send(Ok(epoch, facts)):
                    known = self._facts.setdefault(epoch, {})
                    known.update(dict.fromkeys((fact for fact in sorted(facts, key=repr) if fact not in known), None))
        if not self._moves or not run.setting.byzantine:
            return
        move, self._turn = self._moves[self._turn % len(self._moves)], self._turn + 1
        sender = sorted(run.setting.byzantine)[move.sender % len(run.setting.byzantine)]
        for place, to in enumerate(run.setting.honest):
            if move.recipients >> place & 1:
                yield from (Whisper(sender, to, message) for message in self._messages(run, move, to))

    def delays(self, run: Run, sender: int, to: int, message: Message, arrivals: Iterable[int], random: Random) -> Iterable[int]:
        """Follow the schedule."""
        if not self._schedule:
            return arrivals
        chosen, self._sent = self._schedule[self._sent % len(self._schedule)], self._sent + 1
        if chosen == 0 and run.time < run.setting.network.stable_from:
            return ()
        return (run.time + 1 + chosen % run.setting.network.delay,)

    def _messages(self, run: Run, move: Move, to: int) -> Iterator[Message]:
        epoch, checkpoint = list(run.nodes[to].epochs.items())[-1]
        if epoch >= run.setting.epochs:
            epoch, checkpoint = list(run.nodes[to].epochs.items())[-2]
        view = max(0, checkpoint.record.view + move.view)
        values = list(self._values.get(epoch, {}))[::-1] or [Value(epoch, frozenset(), checkpoint.active)]
        value = values[move.value % len(values)]
        match move.kind:
            case "ok":
                facts = [*self._facts.get(epoch, {}), *run.world.tampered_facts(epoch), Misbehaves(to), Level(to, 1)]  # type: ignore[arg-type]
                yield Ok(epoch, frozenset({facts[move.value % len(facts)]}))
            case "view":
                yield WantView(epoch, view)
            case "proof" | "suggest":
                digits = [(view - 1 - place, move.history >> 2 * place & 3) for place in range(view)]
                claims = frozenset((cast, value) for cast, digit in digits if digit & 1)
                locks = frozenset((cast, value) for cast, digit in digits if digit & 2)
                yield (Proof if move.kind == "proof" else Suggest)(epoch, view, claims, locks)
            case "propose":
                yield Propose(epoch, view, value)
            case "vote1" | "vote2" | "vote3" | "vote4":
                yield Vote(epoch, view, int(move.kind[-1]), value)  # type: ignore[arg-type]
            case "decided":
                yield Decided(epoch, value)


def _kind(message: Message) -> str:
    if isinstance(message, Vote):
        return f"vote{message.phase}"
    return {Ok: "ok", WantView: "view", Proof: "proof", Suggest: "suggest", Propose: "propose", Decided: "decided"}[type(message)]
