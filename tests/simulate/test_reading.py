"""Reading TOML: how a bad file is refused, in which words, and that whatever a file says, it loads or is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenario_files import FIELDS, SECTION_IV, SMALL, refusal, with_value

from ceas_formal.errors import BadInput
from ceas_formal.simulate.reading import LARGEST_FILE
from ceas_formal.simulate.scenario import load

# What is refused, and in which words.


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    cases: list[tuple[Path, str]] = [
        (tmp_path / "none.toml", "No such file"),
        (tmp_path, "Is a directory"),
        (tmp_path / "a\0b", "null"),
        (Path("/dev/zero"), "64 KiB"),
    ]
    for path, reason in cases:
        with pytest.raises(BadInput, match=reason) as caught:
            load(path)
        assert caught.value.source == str(path)


def test_a_file_without_permission_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(BadInput, match=r"net\.toml: expected a TOML file that can be read; Permission denied"):
        load(tmp_path / "net.toml")


@pytest.mark.parametrize(
    ("content", "field", "expected"),
    [
        (b"title = 'a'\nx = '\xff'", "line 2", "text in UTF-8; got the byte 0xff"),
        (SMALL + "nodes = ]", "line 9, column 9", "valid TOML; "),
        (SMALL + "cadence = 5\n\n", "line 9, column 12", "valid TOML; Cannot overwrite a value"),
        (SMALL + "cadence = 5", "line 9", "valid TOML; Cannot overwrite a value"),
        ("[network]\nnodes = " + "9" * 5000 + "\n[consensus]", "line 2", "valid TOML; "),
        ("x = " + "[" * 20_000, None, "nested too deeply"),
        ("#" * (LARGEST_FILE + 1), None, "at most 64 KiB"),
    ],
    ids=["not UTF-8", "broken", "twice", "twice at the end", "digits", "nested", "large"],
)
def test_text_that_is_no_toml_is_refused_with_its_line(tmp_path: Path, content: str | bytes, field: str | None, expected: str) -> None:
    error = refusal(tmp_path / "net.toml", content)
    assert (error.field, expected in error.expected) == (field, True)


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("network.nodes", "0", "an integer, at least 1; got 0"),
        ("network.nodes", "true", "an integer, at least 1; got true"),
        ("network.nodes", "50.0", "an integer, at least 1; got 50.0"),
        ("network.nodes", '"50"', 'an integer, at least 1; got "50"'),
        ("network.nodes", "[50]", "an integer, at least 1; got an array"),
        ("network.nodes", "{ a = 1 }", "an integer, at least 1; got a table"),
        ("network.nodes", "2026-01-01", "an integer, at least 1; got 2026-01-01"),
        ("network.nodes", "9223372036854775808", "below 2^63; got an integer of 64 bits"),
        ("network.byzantine_nodes", "-1", "an integer, at least 0; got -1"),
        ("consensus.faults", "-1", "an integer, at least 0; got -1"),
        ("consensus.cadence", "0", "an integer, at least 1; got 0"),
        ("consensus.quorum_rule", '"majority"', 'one of "2f+1", "ceil((N+f+1)/2)", "max(ceil((N+f+1)/2), 2f+a+1)"; got "majority"'),
        ("consensus.quorum_rule", "3", '"max(ceil((N+f+1)/2), 2f+a+1)"; got 3'),
        ("title", "3", "a text; got 3"),
        ("trust.memory_factor", "false", "a number; got false"),
        ("trust.memory_factor", '"9/10"', 'a number; got "9/10"'),
        ("noise.honest_error_rate", "1.5", "a number, at least 0, at most 1; got 1.5"),
        ("data.test.label_noise", "-0.5", "a number, at least 0, at most 1; got -0.5"),
        ("data.honest.class_separation", "-1", "a number, at least 0; got -1"),
        ("quarantine.probability_floor", "0", "a number, above 0, at most 0.5; got 0"),
        ("baseline.quarantine", "0", "true or false; got 0"),
        ("attack.scaling_factor", "1e99999999999999999999", "a finite number"),
        ("attack.scaling_factor", "1e-400", "0 or of size 1e-300 to 1e300"),
    ],
)
def test_a_value_out_of_place_is_refused_by_field_and_expectation(tmp_path: Path, field: str, text: str, expected: str) -> None:
    error = refusal(tmp_path / "net.toml", with_value(field, text))
    assert error.field == field
    assert expected in error.expected


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("field", [field for field, value in FIELDS.items() if isinstance(value, int | float)])
def test_no_number_may_be_nan_or_infinite(tmp_path: Path, field: str, number: str) -> None:
    assert refusal(tmp_path / "net.toml", with_value(field, number)).field == field


@pytest.mark.parametrize("field", [field for field in FIELDS if field != "title"])
def test_a_table_that_is_present_is_complete(tmp_path: Path, field: str) -> None:
    error = refusal(tmp_path / "net.toml", with_value(field, None))
    assert (error.field, error.expected.endswith("; it is missing")) == (field, True)


@pytest.mark.parametrize("table", ["network", "consensus"])
def test_network_and_consensus_are_required(tmp_path: Path, table: str) -> None:
    error = refusal(tmp_path / "net.toml", re.sub(rf"\[{table}\][^\[]*", "", SMALL))
    assert (error.field, error.expected) == (table, "a table; it is missing")


@pytest.mark.parametrize(
    ("content", "field", "near"),
    [
        (SMALL + "cadense = 4", "consensus.cadense", "consensus.cadence"),
        (SMALL + "[trusts]", "trusts", "trust"),
        (SECTION_IV.replace("[data.honest]", "[data.honset]"), "data.honset", "data.honest"),
        (SMALL + '"a - at `$.network`" = 1', "consensus.a - at `$.network`", "consensus."),
        (SMALL + '"" = 1', "consensus.", "consensus."),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_known_one(tmp_path: Path, content: str, field: str, near: str) -> None:
    error = refusal(tmp_path / "net.toml", content)
    assert error.field == field
    assert error.expected.startswith(f"a known field, such as {near}")


def test_a_table_where_a_value_stands_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path / "net.toml", "network = 3\n[consensus]\nfaults = 1\nfalse_accepts = 0\nquorum_rule = '2f+1'\ncadence = 4")
    assert (error.field, error.expected) == ("network", "a table; got 3")


# Whatever the file says: a scenario or a refusal.


def loads_or_refuses(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        scenario = load(path)
    except BadInput as error:
        assert error.source == str(path)  # noqa: PT017
    else:
        assert 0 <= scenario.network.byzantine_nodes <= scenario.network.nodes
        assert 0 <= scenario.consensus.faults <= scenario.network.nodes
        assert scenario.declared_quorum >= 1


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "net.toml"


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_load_or_are_refused(scratch: Path, content: bytes) -> None:
    loads_or_refuses(scratch, content)


@given(data=st.data())
def test_section_iv_with_a_cut_or_an_insertion_loads_or_is_refused(scratch: Path, data: st.DataObject) -> None:
    content = SECTION_IV.encode()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 30)))
    inserted = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"=", b"\n", b"[", b"]", b"'", b'"', b"e9", b"-", b".", b"nan", b"9" * 5000])
    )
    loads_or_refuses(scratch, content[:start] + inserted + content[end:])


TOML_VALUES = st.recursive(
    st.booleans().map(lambda value: str(value).lower())
    | st.integers().map(str)
    | st.floats().map(lambda value: repr(value).replace("e+", "e"))
    | st.from_regex(r"-?[0-9]\.[0-9]{1,30}e-?[1-9][0-9]{0,25}", fullmatch=True)
    | st.sampled_from(['"2f+1"', "''", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "9" * 4000, "0x" + "f" * 5000, "0e999999", "1_0"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda values: f"[{', '.join(values)}]") | inner.map(lambda value: f"{{ a = {value} }}"),
    max_leaves=4,
)


@given(field=st.sampled_from(sorted(FIELDS)), value=TOML_VALUES)
def test_section_iv_with_another_value_loads_or_is_refused_at_a_field(scratch: Path, field: str, value: str) -> None:
    loads_or_refuses(scratch, with_value(field, value).encode())
