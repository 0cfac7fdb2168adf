"""A trace file is read whole and right, or refused with one message that names it."""

import copy
import doctest
import functools
import itertools
import json
import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceas_formal.errors import BadInput
from ceas_formal.report import spacetime
from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.counting import Counting
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify import trace as trace_module
from ceas_formal.verify.breaking import find
from ceas_formal.verify.trace import Trace, read, replay, states, write

NAME = "false-accept"
PROTOCOL = WEAKENINGS[NAME].protocol
found = functools.cache(lambda: find(WEAKENINGS[NAME]).trace)


@functools.cache
def text():
    with tempfile.TemporaryDirectory() as folder:
        write(found(), PROTOCOL, Path(folder) / "t.itf.json")
        return (Path(folder) / "t.itf.json").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("traces") / "some trace.itf.json"


def refused(path, content):
    """Assert that the content is refused with the path in the message; return the message."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput) as refusal:
        read(path, {PROTOCOL.name: PROTOCOL})
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def places(value, here=()):
    """Yield the place of everything inside a document."""
    if here:
        yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*here, key))


def at(document, place):
    for key in place:
        document = document[key]
    return document


def changed(place, new=None, *, delete=False):
    document = json.loads(text())
    inner = at(document, place[:-1])
    if delete:
        del inner[place[-1]]
    else:
        inner[place[-1]] = new
    return json.dumps(document)


PLACES = list(places(json.loads(text())))
NEEDED_META = [("#meta", key) for key in ("protocol", "weakening", "nodes", "faults", "false_accepts", "sorts")]
NEEDED = [
    *[("#meta",), ("states",), *NEEDED_META],
    *[("#meta", "sorts", key) for key in ("View", "Value", "Payload")],
    *[("states", 1, "mbt::actionTaken"), ("states", 1, "mbt::nondetPicks"), ("states", 1, "mbt::nondetPicks", "#map")],
    *[("states", 2, name) for name in checkpoint.relations],
]
STRANGE = [{"#bigint": "99"}, {"#tup": []}, {"#set": [{}]}, {"#map": [[1]]}, 2**70, "\ud800", 0, None, True, 1.5, [], {}, [[]], -1]
WRONG = [None, True, 1.5, "x", [], {}, [[]], {"#bigint": 1}, -1, 10**9]


def test_a_written_trace_is_read_unchanged(path):
    path.write_text(text(), encoding="utf-8")
    assert read(path, {PROTOCOL.name: PROTOCOL}) == found()


def test_what_is_written_is_itf_with_one_state_more_than_steps():
    document = json.loads(text())
    assert len(document["states"]) == len(found().steps) + 1
    assert set(document["vars"]) >= set(checkpoint.relations)
    assert document["#meta"]["format"] == "ITF"


@pytest.mark.parametrize("part", range(4))
def test_a_file_cut_anywhere_is_refused(path, part):
    content = text().encode()
    whole = len(content.rstrip())
    for end in range(97 * part, whole, 97 * 4):
        refused(path, content[:end])


def test_a_file_cut_inside_a_letter_is_refused(path):
    refused(path, '{"#meta": "é'.encode()[:-1])


@pytest.mark.parametrize("place", NEEDED, ids=str)
def test_a_missing_field_is_refused_by_name(path, place):
    message = refused(path, changed(place, delete=True))
    assert str(place[-1]) in message


@pytest.mark.parametrize("place", NEEDED, ids=str)
@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_a_field_of_a_wrong_type_is_refused_unless_it_fits(path, place, wrong):
    if isinstance(wrong, str) and place in [("#meta", "weakening")]:
        pytest.skip("a name that the caller looks up")
    refused(path, changed(place, wrong))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES))
def test_a_file_without_any_one_field_is_refused_or_is_still_a_trace(path, place):
    path.write_text(changed(place, delete=True), encoding="utf-8")
    try:
        trace = read(path, {PROTOCOL.name: PROTOCOL})
    except BadInput as refusal:
        assert str(path) in str(refusal)  # noqa: PT017
    else:
        assert trace.steps == found().steps[: len(trace.steps)]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), st.sampled_from(STRANGE))
def test_a_file_with_anything_in_place_of_a_field_is_refused_or_is_still_a_trace(path, place, wrong):
    path.write_text(changed(place, wrong), encoding="utf-8")
    try:
        trace = read(path, {PROTOCOL.name: PROTOCOL})
    except BadInput as refusal:
        assert str(path) in str(refusal)  # noqa: PT017
    else:
        assert trace.steps == found().steps[: len(trace.steps)]


def test_every_element_out_of_range_is_refused(path):
    numbers = [place for place in PLACES if place[-1] == "#bigint"]
    assert len(numbers) > 50
    for place in random.Random(0).sample(numbers, 50):
        for wrong in ("99", "-1", "", "0x1", "1.0", "٣", 0, None, "9" * 30):
            refused(path, changed(place, wrong))


def test_every_tuple_that_does_not_follow_from_the_step_is_refused(path):
    document = json.loads(text())
    for index, state in enumerate(document["states"]):
        for name in ("ok", "vote1", "left", "decided"):
            rows = state[name]["#set"]
            if rows:
                message = refused(path, changed(("states", index, name, "#set"), rows[1:]))
            else:
                row = [{"#bigint": "0"}] * len(checkpoint.relations[name].sorts)
                message = refused(path, changed(("states", index, name, "#set"), [{"#tup": row}]))
            assert name in message or index == 0


def test_a_setting_that_changes_on_the_way_is_refused(path):
    assert "states[3].byzantine" in refused(path, changed(("states", 3, "byzantine", "#set"), []))


def test_a_state_left_out_in_the_middle_is_refused(path):
    document = json.loads(text())
    del document["states"][4]
    refused(path, json.dumps(document))


def test_steps_in_another_order_than_the_states_are_refused(path):
    document = json.loads(text())
    one, two = document["states"][1], document["states"][-1]
    one["mbt::actionTaken"], two["mbt::actionTaken"] = two["mbt::actionTaken"], one["mbt::actionTaken"]
    one["mbt::nondetPicks"], two["mbt::nondetPicks"] = two["mbt::nondetPicks"], one["mbt::nondetPicks"]
    refused(path, json.dumps(document))


def test_a_trace_of_another_protocol_is_refused(path):
    assert "another" in refused(path, changed(("#meta", "protocol"), "another"))


def test_an_action_that_does_not_exist_is_refused_with_those_that_do(path):
    assert "certify, enter, propose" in refused(path, changed(("states", 1, "mbt::actionTaken"), "vote5"))


@pytest.mark.parametrize("content", ["", "null", "[]", "{}", "3", "[" * 100_000, '{"#meta": NaN}', "\ufeff{}", "{'a': 1}", b"\xff\xfe"])
def test_what_is_not_a_trace_is_refused(path, content):
    refused(path, content)


def test_an_endless_number_is_refused(path):
    refused(path, '{"#meta": ' + "1" * 5000 + "}")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for wrong in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(BadInput) as refusal:
            read(wrong, {PROTOCOL.name: PROTOCOL})
        assert str(wrong) in str(refusal.value)


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
def test_writing_that_fails_leaves_no_file_and_keeps_the_old_one(tmp_path, monkeypatch, failure):
    target = tmp_path / "t.itf.json"
    target.write_text("old", encoding="utf-8")

    def fail(*arguments):
        raise failure

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(BadInput if isinstance(failure, OSError) else type(failure)):
        write(found(), PROTOCOL, target)
    assert [file.name for file in tmp_path.iterdir()] == ["t.itf.json"]
    assert target.read_text(encoding="utf-8") == "old"


def test_a_trace_that_cannot_be_run_leaves_no_file(tmp_path):
    broken = Trace(None, found().instance, found().setting, [("no such action", (0,))])
    with pytest.raises(KeyError):
        write(broken, PROTOCOL, tmp_path / "t.itf.json")
    assert list(tmp_path.iterdir()) == []


def test_writing_into_a_missing_folder_or_over_a_folder_is_bad_input(tmp_path):
    (tmp_path / "folder").mkdir()
    for wrong in (tmp_path / "missing" / "t.json", tmp_path / "folder"):
        with pytest.raises(BadInput) as refusal:
            write(found(), PROTOCOL, wrong)
        assert str(wrong) in str(refusal.value)
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_written_file_replaces_the_old_one(tmp_path):
    target = tmp_path / "t.itf.json"
    target.write_text("old", encoding="utf-8")
    write(found(), PROTOCOL, target)
    assert target.read_text(encoding="utf-8") == text()


def test_replay_stops_at_the_first_refused_step_with_all_clauses_that_refuse_it():
    trace = found()
    twice = Trace(None, trace.instance, trace.setting, [*trace.steps, trace.steps[-1]])
    result = replay(twice, PROTOCOL)
    assert (result.refused_at, result.violated) == (len(trace.steps), [])
    assert f"{trace.steps[-1][0]}.once" in result.clauses


def test_states_grow_with_every_step():
    reached = states(found(), PROTOCOL)
    for before, then in itertools.pairwise(reached):
        assert all(before[name] <= then[name] for name in before)
        assert before != then
    assert reached[0] == Counting(PROTOCOL, found().instance).initial(found().setting)


def test_reading_does_not_change_its_protocol(path):
    before = copy.copy(PROTOCOL.__dict__)
    path.write_text(text(), encoding="utf-8")
    read(path, {PROTOCOL.name: PROTOCOL})
    assert PROTOCOL.__dict__.keys() == before.keys()
    assert all(PROTOCOL.__dict__[key] is before[key] for key in before)


@pytest.mark.parametrize("module", [trace_module, spacetime])
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", WEAKENINGS)
def test_a_diagram_shows_every_step_once_in_the_column_of_its_node(name):
    trace, protocol = find(WEAKENINGS[name]).trace, WEAKENINGS[name].protocol
    lines = [line for line in spacetime.diagram(trace, protocol).splitlines()[1:] if line[:4].strip().isdigit()]
    for node in range(trace.instance.nodes):
        column = [line[6 + 17 * node : 6 + 17 * (node + 1)].strip().rstrip(spacetime.LIE) for line in lines]
        shown = [cell for cell in column if cell not in ("", "·", "│")]
        assert shown == [spacetime.cell(step, protocol) for step in trace.steps if step[1][0] == node]
