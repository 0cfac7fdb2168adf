"""Messages as bytes: one encoding for each message, and a clear refusal of everything else."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ceas_formal.errors import BadInput
from ceas_formal.simulate.encoding import decode, encode
from ceas_formal.simulate.wire import Decided, Message, Ok, Proof, Propose, Suggest, Vote, WantView
from ceas_formal.spec.value import Good, Level, MayReturn, Misbehaves, Use, Value

numbers = st.one_of(st.integers(-2, 12), st.integers(-(10**40), 10**40))
nodes = st.integers(0, 60)
rationals = st.one_of(st.fractions(max_denominator=50), st.integers(-(10**40), 10**40).map(lambda n: Fraction(n, 3**60)))
contents = st.lists(rationals, max_size=3).map(tuple)
good, level = st.builds(Good, nodes, contents), st.builds(Level, nodes, rationals)
facts = st.frozensets(st.one_of(good, level, st.builds(Misbehaves, nodes), st.builds(MayReturn, nodes)), max_size=5)
sets = st.frozensets(nodes, max_size=5)
values = st.builds(Value, st.integers(0, 9), st.frozensets(st.builds(Use, nodes, contents, rationals), max_size=4), sets, sets)
histories = st.frozensets(st.tuples(numbers, values), max_size=3)
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Ok, numbers, facts),
    st.builds(WantView, numbers, numbers),
    st.builds(Proof, numbers, numbers, histories, histories),
    st.builds(Suggest, numbers, numbers, histories, histories),
    st.builds(Propose, numbers, numbers, values),
    st.builds(Vote, numbers, numbers, st.sampled_from([1, 2, 3, 4]), values),
    st.builds(Decided, numbers, values),
)
junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["kind", "epoch", "num", "den", "é"]), inner)),
    max_leaves=6,
)
VOTE = json.loads(encode(Vote(1, 2, 3, Value(1, frozenset({Use(0, (Fraction(1, 2),), Fraction(1, 3))}), frozenset({0, 1, 2})))))


@given(messages)
def test_a_message_comes_back(message):
    assert decode(encode(message)) == message


@given(messages, messages)
@example(Proof(0, 1, frozenset(), frozenset()), Suggest(0, 1, frozenset(), frozenset()))
def test_bytes_are_equal_exactly_if_messages_are(one, other):
    assert (encode(one) == encode(other)) == (one == other)


def test_bytes_do_not_depend_on_the_order_of_a_set():
    facts = [Misbehaves(n) for n in (10, 9, 1, 40)]
    assert encode(Ok(0, frozenset(facts))) == encode(Ok(0, frozenset(reversed(facts))))
    assert b'"next_active":[2,9,10]' in encode(Decided(0, Value(0, frozenset(), frozenset({10, 9, 2}))))


@given(messages, st.data())
def test_changed_bytes_are_another_message_or_refused(message, data):
    sealed = bytearray(encode(message))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = decode(bytes(sealed))
    except BadInput:
        return
    assert found != message


@given(st.binary(max_size=37))
def test_bytes_shorter_than_any_message_are_refused(data):
    with pytest.raises(BadInput):
        decode(data)


@given(junk, st.sampled_from(["epoch", "view", "phase", "value", "kind", None]))
def test_other_json_is_refused(found, name):
    # A whole message that is no message, or one field of a vote that holds something else.
    data = json.dumps(found if name is None else {**VOTE, name: found}, sort_keys=True, separators=(",", ":")).encode()
    try:
        message = decode(data)
    except BadInput:
        return
    assert encode(message) == data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"epoch":0,"kind":"WantView"}', "a message: view: expected a value; it is missing"),
        (b'{"a":1,"epoch":0,"kind":"WantView","view":1}', "a message: a: expected no field but epoch, kind, view"),
        (b'{"epoch":"0","kind":"WantView","view":1}', 'epoch: expected an integer; got "0"'),
        (b'{"epoch":1.0,"kind":"WantView","view":1}', "epoch: expected an integer; got 1.0"),
        (b'{"epoch":0,"kind":"Timer","view":1}', "an object with a kind, one of Ok, WantView, Proof, Suggest"),
        (b'{"epoch":0,"kind":"WantView", "view":1}', "expected canonical JSON"),
        (b'{"epoch":0,"epoch":0,"kind":"WantView","view":1}', "expected canonical JSON"),
        (b'{"epoch":0,"facts":[{"kind":"Misbehaves","node":2},{"kind":"Misbehaves","node":1}],"kind":"Ok"}', "expected canonical JSON"),
        (b'{"epoch":0,"facts":[{"kind":"Level","node":2,"stamp":{"den":4,"num":2}}],"kind":"Ok"}', "expected canonical JSON"),
        (b'{"epoch":0,"facts":[{"kind":"Level","node":2,"stamp":{"den":0,"num":2}}],"kind":"Ok"}', "facts.0.stamp.den: expected an"),
        (b'{"epoch":0,"facts":[{"kind":"Level","node":2,"stamp":0.5}],"kind":"Ok"}', "facts.0.stamp: expected an object; got 0.5"),
        (b'{"epoch":0,"facts":{},"kind":"Ok"}', "facts: expected an array; got {}"),
        (json.dumps({**VOTE, "phase": 5}).encode(), "phase: expected one of 1, 2, 3, 4; got 5"),
        (json.dumps({**VOTE, "phase": True}).encode(), "phase: expected one of 1, 2, 3, 4; got true"),
        (json.dumps({**VOTE, "value": {**VOTE["value"], "epoch": -1}}).encode(), "value: expected a Value within its ranges; the"),
        (json.dumps({**VOTE, "value": {**VOTE["value"], "kind": "Use"}}).encode(), 'value.kind: expected "Value"; got "Use"'),
        (b"[" * 100_000, "JSON in ASCII, not deeply nested"),
        (b"9" * 10_000, "integers of ordinary size"),
        (b'{"epoch":' + b"9" * 4_000 + b',"kind":"WantView","view":1}', "epoch: expected an integer; got a larger one"),
        ("é".encode(), "JSON in ASCII"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field_and_what_was_expected(data, words):
    with pytest.raises(BadInput) as caught:
        decode(data)
    assert words in str(caught.value)


@pytest.mark.parametrize("epoch", [True, 1.5, "1", None, 2**5000])
def test_what_no_message_holds_is_not_encoded(epoch):
    with pytest.raises(BadInput, match="a message"):
        encode(WantView(epoch, 0))
