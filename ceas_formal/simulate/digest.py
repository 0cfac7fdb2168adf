"""A run as one number: two runs with the same digest have delivered and decided the same things in the same order."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

from ceas_formal.simulate.wire import Decision, Effect, Message
from ceas_formal.spec.value import Fact


def canonical(thing: Any) -> str:
    """Return a text that is the same for equal things, in every process: sets in the order of their elements' texts.

    Examples
    --------
    >>> from ceas_formal.simulate.wire import WantView
    >>> canonical((WantView(0, 2), frozenset({3, 10})))
    '(WantView(0,2),{10,3})'
    """
    if is_dataclass(thing):
        return f"{type(thing).__name__}({','.join(canonical(getattr(thing, entry.name)) for entry in fields(thing))})"
    if isinstance(thing, frozenset | set):
        return f"{{{','.join(sorted(map(canonical, thing)))}}}"
    if isinstance(thing, tuple | list):
        return f"({','.join(map(canonical, thing))})"
    return str(thing)


class Digest:
    """An observer of a run that keeps a SHA-256 of everything delivered, judged, decided and crashed, in order."""

    def __init__(self) -> None:
        self._sum = sha256()

    def hexdigest(self) -> str:
        """Return the digest of the run so far."""
        return self._sum.hexdigest()

    def judged(self, time: int, node: int, epoch: int, facts: frozenset[Fact]) -> None:
        """Add verdicts."""
        self._add("judged", time, node, epoch, facts)

    def delivered(self, time: int, to: int, sender: int, message: Message) -> None:
        """Add a message."""
        self._add("delivered", time, to, sender, message)

    def stepped(self, time: int, node: int, effects: list[Effect]) -> None:
        """Add decisions; what is sent shows when it arrives."""
        for effect in effects:
            if isinstance(effect, Decision):
                self._add("decided", time, node, effect)

    def crashed(self, time: int, node: int) -> None:
        """Add a new start."""
        self._add("crashed", time, node)

    def _add(self, *things: Any) -> None:
        self._sum.update(canonical(things).encode() + b"\n")
