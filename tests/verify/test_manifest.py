"""The manifest is of this package's obligations, and every way of not being as recorded is told by name."""

from dataclasses import replace
from importlib.resources import files

import pytest

from ceas_formal.errors import BadInput
from ceas_formal.verify import manifest
from ceas_formal.verify.catalogue import catalogue
from ceas_formal.verify.manifest import CLASSES, CLEARLY, Entry
from ceas_formal.verify.obligation import Obligation, Result

TRUE, FALSE = "(set-logic QF_LIA)(assert true)(check-sat)", "(set-logic QF_LIA)(assert false)(check-sat)"
ITEMS = [
    Obligation("z/last", "t", "sat", TRUE),
    Obligation("a/first[1]", "t", "unsat", FALSE),
    Obligation('odd."name"/x', "t", "sat", TRUE),
]


def results(seconds=0.01):
    return [Result(item, item.expected, "z3", 0, seconds) for item in ITEMS]


def recorded():
    return manifest.parsed(manifest.text(results()), "manifest.toml")


def differences(entries, items):
    return [(difference.name, difference.field) for difference in manifest.compare(entries, items)]


def test_the_packaged_manifest_is_of_the_obligations_that_there_are():
    assert [str(difference) for difference in manifest.compare(manifest.packaged(), catalogue())] == []


def test_the_packaged_manifest_is_in_the_order_of_the_argument_with_one_line_for_each():
    text = (files("ceas_formal.verify") / "manifest.toml").read_text(encoding="utf-8")
    names = [item.name for item in catalogue()]
    assert list(manifest.packaged()) == names
    assert [line.split('"')[1] for line in text.splitlines() if line.startswith('"')] == names
    assert max(map(len, text.splitlines())) <= 200


def test_what_is_written_is_read_again_in_the_same_order():
    assert recorded() == {item.name: Entry(item.expected, "instant", "linear integer arithmetic") for item in ITEMS}
    assert list(recorded()) == [item.name for item in ITEMS]


def test_the_same_obligations_do_not_differ():
    assert differences(recorded(), ITEMS) == []
    assert differences(recorded(), list(reversed(ITEMS))) == []


def test_an_obligation_that_is_not_recorded_is_told():
    entries = recorded()
    del entries["a/first[1]"]
    assert differences(entries, ITEMS) == [("a/first[1]", "presence")]
    (difference,) = manifest.compare(entries, ITEMS)
    assert "no such entry" in str(difference)


def test_an_obligation_that_is_gone_is_told():
    (difference,) = manifest.compare(recorded(), ITEMS[1:])
    assert (difference.name, difference.field) == ("z/last", "presence")
    assert "there is no such obligation" in str(difference)


def test_another_expected_answer_is_told():
    (difference,) = manifest.compare(recorded(), [replace(ITEMS[0], expected="unsat"), *ITEMS[1:]])
    assert str(difference) == "z/last: expected is unsat, in the manifest sat"


def test_another_fragment_is_told():
    class Undecided(Obligation):
        fragment = "undecided: Node → Node"

    changed = Undecided(ITEMS[0].name, "t", "sat", TRUE)
    assert differences(recorded(), [changed, *ITEMS[1:]]) == [("z/last", "fragment")]


@pytest.mark.parametrize(("seconds", "name"), [(0.0, "instant"), (0.049, "instant"), (0.05, "short"), (0.5, "long"), (7.0, "very long")])
def test_a_time_class_begins_where_the_one_before_ends(seconds, name):
    assert manifest.time_class(seconds) == name


def test_the_time_class_is_that_of_the_slowest_call():
    entries = manifest.parsed(manifest.text([*results(0.01), *results(0.7)]), "manifest.toml")
    assert {entry.time for entry in entries.values()} == {"long"}


def test_writing_again_changes_a_time_class_only_if_the_time_is_clearly_another():
    for seconds, name in ((0.04, "instant"), (0.2, "instant"), (0.3, "short"), (3.0, "long")):
        again = manifest.parsed(manifest.text(results(seconds), recorded()), "manifest.toml")
        assert {entry.time for entry in again.values()} == {name}
    slow = {name: Entry("sat", "long", "linear integer arithmetic") for name in recorded()}
    assert {entry.time for entry in manifest.parsed(manifest.text(results(0.11), slow), "x").values()} == {"long"}
    assert {entry.time for entry in manifest.parsed(manifest.text(results(0.09), slow), "x").values()} == {"short"}


def test_only_clearly_slower_is_told_and_never_as_a_difference():
    limit = CLEARLY * CLASSES["instant"]
    assert list(manifest.slower(recorded(), results(0.99 * limit))) == []
    assert [remark.name for remark in manifest.slower(recorded(), results(1.01 * limit))] == [item.name for item in ITEMS]
    assert differences(recorded(), [result.obligation for result in results(1.01 * limit)]) == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[obligations", "TOML"),
        ("", r"\[obligations\]"),
        ("[obligations]\n[others]", "one table"),
        ("obligations = 3", r"\[obligations\]"),
        ('[obligations]\n"a/b" = 3', "a/b"),
        ('[obligations]\n"a/b" = { expected = "unsat", time = "short" }', "a/b"),
        ('[obligations]\n"a/b" = { expected = "unsat", time = "short", fragment = "EPR", extra = 1 }', "a/b"),
        ('[obligations]\n"a/b" = { expected = "proved", time = "short", fragment = "EPR" }', r"a/b\.expected"),
        ('[obligations]\n"a/b" = { expected = "unsat", time = "slow", fragment = "EPR" }', r"a/b\.time"),
        ('[obligations]\n"a/b" = { expected = "unsat", time = "short", fragment = 1 }', r"a/b\.fragment"),
        ('[obligations]\n"a/b" = { expected = [], time = "short", fragment = "EPR" }', r"a/b\.expected"),
        ('[obligations]\n"a/b" = 1\n"a/b" = 2', "TOML"),
    ],
)
def test_what_is_no_manifest_is_refused_by_file_and_entry(text, part):
    with pytest.raises(BadInput, match=part) as caught:
        manifest.parsed(text, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
