"""Authenticated channels: one-time tags by a polynomial over GF(2^127 - 1), and numbers that only grow (paper III.D).

Wegman and Carter (1981): both ends share a secret point r for the link and a fresh secret pad s_i for each message; message i, as blocks
m_1, …, m_d, has the tag s_i + m_1·r + … + m_d·r^d. No computing power helps: ``ceas derive polynomial-authentication`` bounds the chance
that any of A attempts to forge is accepted by A·D/p. The block m_1 is the length in bytes, so two messages never share a polynomial.

A link has a key for each direction, shared beforehand. Its pads are deleted as they are used; a node that starts again has to have stored
how far it was, else it must take a new key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ceas_formal.spec.exact import whole

FIELD = 2**127 - 1
"""p, a prime."""
BITS = 127
"""Of a point, a pad and a tag."""
BLOCK = 15
"""Bytes of a block, 120 bits: below p."""
LONGEST = 2**20
"""Bytes that a message may have, which bounds the degree."""


class Refused(ValueError):
    """What a channel does not seal or accept, and why."""


@dataclass(frozen=True)
class Key:
    """What both ends of one direction of a link share, and nobody else knows.

    Parameters
    ----------
    point : int
        r, in 0..p-1.
    pads : tuple of int
        s_0, s_1, … in 0..p-1, one for each message.
    """

    point: int = field(repr=False)
    pads: tuple[int, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not all(0 <= part < FIELD for part in (self.point, *self.pads)):
            raise ValueError(f"the point and the pads of a key must lie in 0..{FIELD - 1}")

    @property
    def bits(self) -> int:
        """Bits of the whole key."""
        return BITS * (1 + len(self.pads))


@dataclass(frozen=True)
class Frame:
    """What is sent: the number of the message, the message, and its tag."""

    number: int
    message: bytes
    tag: int


def draw_key(messages: int, stream: np.random.Generator) -> Key:
    """Return a key for so many messages, at least 0, uniform if the stream is.

    Examples
    --------
    >>> draw_key(3, np.random.default_rng([0, 1])).bits
    508
    """
    parts = [_element(stream) for _ in range(1 + whole("the number of messages", messages, 0))]
    return Key(parts[0], tuple(parts[1:]))


def _element(stream: np.random.Generator) -> int:
    while (drawn := int.from_bytes(stream.bytes(16), "big") >> 1) == FIELD:  # 127 bits; one of their values is no element
        pass
    return drawn


def blocks(message: bytes) -> list[int]:
    """Return m_1, …, m_d: the length in bytes, then 15 bytes each.

    Examples
    --------
    >>> blocks(b""), blocks(b"a"), blocks(bytes([0, 97]))
    ([0], [1, 97], [2, 97])
    """
    return [len(message), *(int.from_bytes(message[start : start + BLOCK], "big") for start in range(0, len(message), BLOCK))]


def degree(length: int) -> int:
    """Return d, the degree of the polynomial of a message of so many bytes.

    Examples
    --------
    >>> degree(0), degree(15), degree(16), degree(LONGEST)
    (1, 2, 3, 69907)
    """
    return 1 + -(-whole("the length", length, 0) // BLOCK)


def polynomial(coefficients: Sequence[int], point: int, field: int = FIELD) -> int:
    """Return m_1·r + … + m_d·r^d over the prime field, by Horner's rule.

    Examples
    --------
    >>> polynomial([1, 2], 3, 7)  # 1·3 + 2·9 = 21
    0
    """
    value = 0
    for coefficient in reversed(coefficients):
        value = (value + coefficient) * point % field
    return value


class Sender:
    """The end that seals.

    Parameters
    ----------
    key : Key
        Of this direction of this link. Two senders must never have the same.

    Examples
    --------
    >>> key = draw_key(2, np.random.default_rng([0, 2]))
    >>> sender, receiver = Sender(key), Receiver(key)
    >>> frame = sender.seal(b"accept")
    >>> receiver.open(frame)
    b'accept'
    >>> receiver.open(frame)
    Traceback (most recent call last):
    ceas_formal.simulate.channels.Refused: message 0 is no later than one that was accepted
    >>> sender.bits_used
    254
    """

    def __init__(self, key: Key) -> None:
        self._point, self._pads = key.point, dict(enumerate(key.pads))
        self._next = 0

    @property
    def bits_used(self) -> int:
        """Key bits used so far: the point once, and the pad of each message."""
        return BITS * (1 + self._next) if self._next else 0

    def seal(self, message: bytes) -> Frame:
        """Return the message with its number and tag.

        Raises
        ------
        Refused
            If the key has no pad left, or the message is longer than `LONGEST`.
        """
        if len(message) > LONGEST:
            raise Refused(f"a message must have at most {LONGEST} bytes; got {len(message)}")
        if self._next not in self._pads:
            raise Refused(f"the key is used up: it had pads for {self._next} messages")
        number, self._next = self._next, self._next + 1
        return Frame(number, message, (self._pads.pop(number) + polynomial(blocks(message), self._point)) % FIELD)


class Receiver:
    """The end that accepts a message at most once, and in the order of sending; messages in between may be missing.

    Parameters
    ----------
    key : Key
        As the sender's.
    """

    def __init__(self, key: Key) -> None:
        self._point, self._pads = key.point, dict(enumerate(key.pads))
        self._next, self._size = 0, len(key.pads)
        self.attempts = 0
        """Tags that were checked, right or wrong: A of the bound."""

    def open(self, frame: Frame) -> bytes:
        """Return the message of a frame that the sender sealed.

        Raises
        ------
        Refused
            If its number is not above those accepted, the key has no pad for it, it is too long, or its tag is wrong.
        """
        if frame.number < self._next:
            raise Refused(f"message {frame.number} is no later than one that was accepted")
        if frame.number >= self._size:
            raise Refused(f"the key is used up: it had pads for {self._size} messages, none for message {frame.number}")
        if len(frame.message) > LONGEST:
            raise Refused(f"a message must have at most {LONGEST} bytes; got {len(frame.message)}")
        self.attempts += 1
        if frame.tag != (self._pads[frame.number] + polynomial(blocks(frame.message), self._point)) % FIELD:
            raise Refused(f"the tag of message {frame.number} is wrong")
        for passed in range(self._next, frame.number + 1):
            del self._pads[passed]
        self._next = frame.number + 1
        return frame.message
