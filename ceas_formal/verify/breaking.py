"""From a weakening to a trace that shows what it costs: found by search, made short, and replayed on the counting reading."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ceas_formal.spec.counting import Counting
from ceas_formal.spec.weakenings import Weakening
from ceas_formal.verify.bounded import Goal, Run, ended, false_property, search
from ceas_formal.verify.trace import Replay, Step, Trace, replay


@dataclass(frozen=True)
class Counterexample:
    """A run that the weakened protocol allows and the real one does not.

    Parameters
    ----------
    trace : Trace
        The run, without steps that it could do without.
    weakened : Replay
        On the weakened protocol: accepted, and the property is violated.
    real : Replay
        On the real protocol: refused, by a clause or because an assumption fails.
    seconds : float
        Search, shortening and replay.
    """

    weakening: Weakening
    trace: Trace
    weakened: Replay
    real: Replay
    seconds: float


class NotBroken(Exception):
    """The search found no run that violates the property at these sizes and this depth."""


def find(weakening: Weakening) -> Counterexample:
    """Return a short run of the weakened protocol that violates the property.

    Raises
    ------
    NotBroken
        If there is none within the weakening's sizes and layers.

    Examples
    --------
    >>> from ceas_formal.spec.weakenings import WEAKENINGS
    >>> found = find(WEAKENINGS["quorum-2f"])
    >>> found.weakened.violated, found.real.clauses
    (['agreement'], ['vote2.carried'])
    """
    start = time.perf_counter()
    goal: Goal = (ended if weakening.violates in weakening.protocol.progress else false_property)(weakening.violates)
    run = search(weakening.protocol, weakening.instance, goal, weakening.layers, weakening.given)
    if run is None:
        raise NotBroken(f"{weakening.name}: {weakening.violates} holds to depth {weakening.layers}")
    steps = shortest(run, Counting(weakening.protocol, weakening.instance), weakening.violates)
    trace = Trace(weakening.name, weakening.instance, run.setting, steps, weakening.real.name)
    weakened = replay(trace, weakening.protocol)
    if not weakened.accepted or weakening.violates not in weakened.violated:
        raise AssertionError(f"{weakening.name}: the Boolean reading and the counting reading disagree: {weakened}")
    return Counterexample(weakening, trace, weakened, replay(trace, weakening.real), time.perf_counter() - start)


def shortest(run: Run, reading: Counting, violates: str) -> list[Step]:
    """Return steps of the run, none of which can be left out, that still violate the property, with all choices made."""

    def bad(steps: list[Step]) -> list[Step] | None:
        return _violating(steps, run, reading, violates)

    return _without_needless(run.steps, bad)


def _violating(steps: list[Step], run: Run, reading: Counting, violates: str) -> list[Step] | None:
    """Return the steps with all choices made if they are allowed and end in a violation."""
    state, made = reading.initial(run.setting), []
    for action, offered in steps:
        arguments = reading.choose(state, action, offered)
        if arguments is None:
            return None
        reading.step(state, action, arguments)
        made.append((action, arguments))
    return made if reading.fails(state, violates) else None


def _without_needless(steps: list[Step], bad: Callable[[list[Step]], list[Step] | None]) -> list[Step]:
    """Leave out steps one at a time, later ones first, as long as the rest is still bad."""
    index = len(steps) - 1
    while index >= 0:
        fewer = steps[:index] + steps[index + 1 :]
        if bad(fewer) is not None:
            steps = fewer
        index -= 1
    made = bad(steps)
    if made is None:
        raise AssertionError("the Boolean reading and the counting reading disagree")
    return made
