"""Authenticated channels: what was sealed is opened once and in order, nothing else is, and the judge notices a channel that errs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.claims import channels as judges
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.physics.budget import mac_key_bits
from ceas_formal.simulate import channels
from ceas_formal.simulate.channels import FIELD, Frame, Key, Receiver, Refused, Sender, blocks, degree, draw_key, polynomial

texts = st.one_of(st.binary(max_size=50), st.integers(0, 50).map(bytes))


def link(messages=8, seed=0):
    key = draw_key(messages, np.random.default_rng([0, 70, seed]))
    return Sender(key), Receiver(key)


def test_the_field_is_prime_and_holds_a_block():
    assert sympy.isprime(FIELD)
    assert 256**channels.BLOCK <= FIELD
    assert FIELD.bit_length() == channels.BITS


@given(st.lists(texts, max_size=8), st.data())
def test_what_is_sealed_is_opened_once_and_in_order(messages, data):
    sender, receiver = link()
    sealed = [sender.seal(message) for message in messages]
    last = -1
    for number in data.draw(st.lists(st.sampled_from(range(len(sealed))), max_size=12) if sealed else st.just([])):
        if number > last:
            assert receiver.open(sealed[number]) == messages[number]
            last = number
        else:
            with pytest.raises(Refused, match=f"message {number} is no later"):
                receiver.open(sealed[number])


@given(texts, texts, st.integers(0, 3), st.integers(-(2**130), 2**130))
def test_nothing_else_is_opened(message, other, number, tag):
    sender, receiver = link()
    frame = sender.seal(message)
    for forged in (replace(frame, message=other), replace(frame, tag=tag), replace(frame, number=number), Frame(number, other, tag)):
        if forged != frame:
            with pytest.raises(Refused):
                receiver.open(forged)
    assert receiver.open(frame) == message


@given(texts, texts)
def test_two_messages_never_share_a_polynomial(one, other):
    # Missing coefficients are 0, so the lists are compared without zeros at their end.
    first, second = ("".join(f"{block:032x}" for block in blocks(text)) for text in (one, other))
    width = max(len(first), len(second))
    assert (first.ljust(width, "0") == second.ljust(width, "0")) == (one == other)
    assert all(0 <= block < FIELD for block in blocks(one))
    assert len(blocks(one)) == degree(len(one))


@given(st.lists(st.integers(0, FIELD - 1), max_size=5), st.integers(0, FIELD - 1), st.sampled_from([5, 7, 11, FIELD]))
def test_polynomial_is_the_sum_of_its_terms(coefficients, point, field):
    assert polynomial(coefficients, point, field) == sum(c * point ** (k + 1) for k, c in enumerate(coefficients)) % field


def test_a_key_that_is_used_up_is_refused_and_never_used_again():
    sender, receiver = link(2)
    frames = [sender.seal(b"same"), sender.seal(b"same")]
    assert frames[0].tag != frames[1].tag
    for _ in range(2):
        with pytest.raises(Refused, match="the key is used up: it had pads for 2 messages"):
            sender.seal(b"same")
    with pytest.raises(Refused, match="none for message 2"):
        receiver.open(Frame(2, b"same", 0))


def test_used_pads_are_gone_at_both_ends():
    sender, receiver = link(3)
    sender.seal(b"lost")
    receiver.open(sender.seal(b""))
    assert list(sender._pads) == list(receiver._pads) == [2]


def test_a_refusal_changes_nothing_but_the_count_of_attempts():
    sender, receiver = link()
    frame = sender.seal(b"x")
    for forged in (replace(frame, tag=0), replace(frame, number=-1), replace(frame, number=99)):
        with pytest.raises(Refused):
            receiver.open(forged)
    assert receiver.attempts == 1  # only one reached a pad
    assert receiver.open(frame) == b"x"


def test_a_message_has_a_largest_size():
    sender, receiver = link()
    for attempt in (sender.seal, lambda message: receiver.open(Frame(0, message, 0))):
        with pytest.raises(Refused, match="at most 1048576 bytes; got 1048577"):
            attempt(bytes(channels.LONGEST + 1))
    assert sender.bits_used == 0


@given(st.integers(2, 6), st.integers(1, 8))
@settings(max_examples=20)
def test_key_use_is_that_of_the_budget(nodes, messages):
    senders = [link(messages, seed)[0] for seed in range(nodes - 1)]
    for sender in senders:
        for _ in range(messages):
            sender.seal(b"")
    assert sum(sender.bits_used for sender in senders) == mac_key_bits(nodes, messages, channels.BITS)


def test_keys_are_those_of_their_stream():
    assert draw_key(3, np.random.default_rng([1])) == draw_key(3, np.random.default_rng([1])) != draw_key(3, np.random.default_rng([2]))
    assert str(draw_key(1, np.random.default_rng([1]))) == "Key()"
    with pytest.raises(ValueError, match="must lie in 0"):
        Key(FIELD, ())


class TwiceAccepting(Receiver):
    """Accepts a number again."""

    def __init__(self, key):
        super().__init__(key)
        self._all = dict(self._pads)

    def open(self, frame):
        self._pads, self._next = dict(self._all), min(self._next, frame.number)
        return super().open(frame)


class Unchecking(Receiver):
    """Looks at the lower half of the tag."""

    def open(self, frame):
        tag = self._pads.get(frame.number, 0) + polynomial(blocks(frame.message), self._point)
        return super().open(replace(frame, tag=tag % FIELD) if (tag % FIELD - frame.tag) % 2**64 == 0 else frame)


def shared_pad(messages, stream):
    key = draw_key(1, stream)
    return Key(key.point, key.pads * messages)


@pytest.mark.parametrize(
    ("name", "mutant"),
    [
        ("Receiver", TwiceAccepting),
        ("Receiver", Unchecking),
        ("draw_key", shared_pad),
        ("blocks", lambda message: blocks(message)[1:]),
        ("blocks", lambda message: [1, *blocks(message)[1:]]),
        ("polynomial", lambda coefficients, point, field=FIELD: sum(c * point**k for k, c in enumerate(coefficients)) % field),
        ("polynomial", lambda coefficients, point, field=FIELD: sum(coefficients) * point % field),
        ("degree", lambda length: 2**24),
        ("BITS", 64),
    ],
)
def test_the_judge_notices_a_channel_that_errs(monkeypatch, name, mutant):
    assert LEDGER["ADV-4"].judge().verdict == "proved"
    monkeypatch.setattr(channels, name, mutant)
    assert LEDGER["ADV-4"].judge().verdict == "unknown"


def test_attacks_are_all_refused_and_each_was_tried():
    assert all(tried and not accepted for accepted, tried in judges.attacks().values())
