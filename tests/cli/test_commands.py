"""The command as its user types it: output, exit status, and what bad input gets."""

import json
from pathlib import Path

import pytest

from ceas_formal.claims import ledger
from ceas_formal.cli import main
from ceas_formal.spec.weakenings import WEAKENINGS

ROOT = Path(__file__).parent.parent.parent
GOOD = """[network]
nodes = 4
byzantine_nodes = 1
[consensus]
faults = 1
false_accepts = 0
quorum_rule = "2f+1"
cadence = 4
"""
SECTION_IV = str(ROOT / "models" / "scenarios" / "section_iv.toml")


@pytest.fixture
def ceas(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str):
        status = main(list(arguments))
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def refused(outcome, *parts: str) -> None:
    status, out, err = outcome
    assert status == 3
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("ceas: ")
    for part in parts:
        assert part in err


# ---------------------------------------------------------------------- audit


def test_audit_judges_every_row_as_expected(ceas):
    status, out, _ = ceas("audit", "--json")
    document = json.loads(out)
    assert status == 0
    assert [row["id"] for row in document["claims"]] == list(ledger())
    keys = {"id", "paper", "statement", "verdict", "expected", "scope", "method", "seconds", "evidence", "assumptions"}
    assert all(set(row) == keys for row in document["claims"])
    assert sum(row["verdict"] != "open" for row in document["claims"]) >= 18


def test_audit_of_one_claim_shows_its_evidence(ceas):
    status, out, _ = ceas("audit", "ADV-2")
    assert status == 0
    assert "common: 12" in out
    assert "recompute:" in out


def test_audit_differs_when_a_verdict_is_not_the_expected_one(ceas, monkeypatch):
    from dataclasses import replace

    monkeypatch.setitem(ledger(), "ADV-1", replace(ledger()["ADV-1"], expected="proved"))
    assert ceas("audit", "ADV-1")[0] == 1


def test_audit_is_unknown_when_a_solver_gives_up(ceas, monkeypatch):
    from ceas_formal.claims import solving

    monkeypatch.setattr(solving, "ask", lambda *_, **__: solving.Answer("unknown"))
    assert ceas("audit", "ADV-2R")[0] == 2


def test_audit_of_a_network_says_what_is_not_guaranteed(ceas):
    status, out, _ = ceas("audit", "--scenario", SECTION_IV)
    assert status == 1
    assert "20 Byzantine nodes, f = 15" in out
    status, out, _ = ceas("audit", "--scenario", SECTION_IV, "--json")
    assert {row["guaranteed"] for row in json.loads(out)["guarantees"]} == {"yes", "no", "not judged"}


# ---------------------------------------------------------------------- verify


def test_verify_lists_without_solving(ceas):
    status, out, _ = ceas("verify", "--list")
    assert status == 0
    assert "safety/agreement" in out
    assert "undecided" not in out


def test_verify_has_one_entry_for_each_obligation_solver_and_seed(ceas):
    status, out, _ = ceas("verify", "--only", "safety/", "--seeds", "3", "--solver", "both", "--json")
    entries = json.loads(out)["obligations"]
    assert status == 0
    assert {(entry["name"], entry["solver"], entry["seed"]) for entry in entries} == {
        (name, solver, seed)
        for name in ("safety/agreement", "safety/no_tampered_commit")
        for solver in ("z3", "cvc5")
        for seed in range(3)
    }
    keys = {"name", "theorem", "verdict", "expected", "solver", "seed", "seconds", "fragment", "scope"}
    assert all(set(entry) == keys for entry in entries)


def test_verify_differs_when_an_obligation_fails(ceas, monkeypatch):
    monkeypatch.setattr("ceas_formal.spec.checkpoint.checkpoint", WEAKENINGS["no-lock"].protocol)
    monkeypatch.setattr("ceas_formal.verify.obligations.obligations", lambda _: list(broken_obligations()))
    status, out, _ = ceas("verify", "--only", "lemma/")
    assert status == 1
    assert "expected unsat, got sat" in out


def broken_obligations():
    from dataclasses import replace

    from ceas_formal.spec.checkpoint import checkpoint
    from ceas_formal.verify.obligations import Induction

    for item in Induction(checkpoint).proof():
        if item.name.startswith("lemma/"):
            yield replace(item, assertions={"goal": item.assertions["goal"]})


def test_verify_is_unknown_when_the_time_is_up(ceas, monkeypatch):
    from ceas_formal.verify.solving import Answer

    monkeypatch.setattr("ceas_formal.verify.obligations.ask", lambda *_, **__: Answer("unknown", 0.0))
    assert ceas("verify", "--only", "safety/")[0] == 2


# ---------------------------------------------------------------------- break, show


@pytest.mark.parametrize("name", WEAKENINGS)
def test_break_saves_a_trace_that_show_accepts_and_the_real_protocol_refuses(ceas, name):
    status, out, _ = ceas("break", name, "--json")
    document = json.loads(out)
    assert status == 0
    assert set(document) >= {"name", "weakened", "violated", "seconds", "nodes", "steps", "trace"}
    refusal = document["refused_by_the_real_protocol"]
    assert refusal["assumptions"] or refusal["clauses"]
    status, out, _ = ceas("show", document["trace"])
    assert status == 0
    assert f"the protocol weakened by {name}: accepts" in out
    assert "the real protocol: " in out


def test_break_says_what_the_numbers_are_at_your_size(ceas):
    _, out, _ = ceas("break", "quorum-2f+1", "--nodes", "50", "--faults", "15")
    assert "they share 12, and 15 may be Byzantine" in out
    assert "replayed there" in out
    _, out, _ = ceas("break", "quorum-2f+1", "--nodes", "46", "--faults", "15")
    assert "no such numbers at these sizes" in out


def test_break_lists_every_weakening(ceas):
    status, out, _ = ceas("break", "--list", "--nodes", "50")
    assert status == 0
    assert all(name in out for name in WEAKENINGS)


# ---------------------------------------------------------------------- explain, export


def test_explain_knows_every_name_that_reports_use(ceas):
    for name in ("SAF-1", "agreement", "vote1.claimed", "budget", "admissible", "no-lock", "safety/agreement", "quorum", "vote1", "TAG-1"):
        status, out, _ = ceas("explain", name)
        assert status == 0
        assert out.startswith(f"{name} · ")


def test_explain_gives_every_claim_a_text(ceas):
    for name, row in ledger().items():
        if row.judge:
            assert len(row.explanation) > 80, name


def test_export_writes_every_obligation_as_a_script_with_its_expected_answer(ceas):
    from ceas_formal.verify.solving import ask

    status, out, _ = ceas("export", "--to", "smt2", "--output", "scripts")
    files = sorted(Path("scripts").glob("**/*.smt2"))
    assert status == 0
    assert out.startswith(f"{len(files)} scripts")
    chosen = Path("scripts/safety/agreement.smt2").read_text(encoding="utf-8")
    assert "expected unsat" in chosen
    assert ask(chosen).status == "unsat"


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ((), ("VERB",)),
        (("prove",), ("prove",)),
        (("audit", "SAF-99"), ("SAF-99",)),
        (("audit", "--scenario", "missing.toml"), ("missing.toml",)),
        (("verify", "--solver", "yices"), ("--solver", "yices")),
        (("verify", "--seeds", "0"), ("--seeds", "at least 1", "0")),
        (("verify", "--timeout", "nan"), ("--timeout", "nan")),
        (("verify", "--only", "nothing-like-this"), ("--only",)),
        (("break",), ("--list",)),
        (("break", "no-such"), ("no-such",)),
        (("break", "no-lock", "--nodes", "0"), ("--nodes", "at least 1")),
        (("break", "no-lock", "--nodes", "4", "--faults", "-1"), ("--faults",)),
        (("break", "no-lock", "--nodes", "4", "--faults", "5"), ("--faults", "at most --nodes")),
        (("break", "no-lock", "--nodes", "4.5"), ("--nodes", "4.5")),
        (("break", "no-lock", "--faults", "1"), ("--nodes",)),
        (("break", "quorum-2f", "--output", "no/such/folder/trace.json"), ("no/such/folder",)),
        (("show", "missing.json"), ("missing.json",)),
        (("explain", "nothing"), ("nothing",)),
        (("export", "--to", "pvs"), ("--to", "pvs")),
        (("export", "safety/nothing"), ("safety/nothing",)),
    ],
)
def test_bad_input_gets_one_message_and_status_3(ceas, arguments, parts):
    refused(ceas(*arguments), *parts)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[network\n", "line 1"),
        (GOOD.replace("nodes = 4", "nodes = 0", 1), "network.nodes"),
        (GOOD.replace("[consensus]", "modes = 3\n[consensus]"), "network.modes"),
        (GOOD.replace("faults = 1", "faults = -1"), "consensus.faults"),
        (GOOD.replace("faults = 1", "faults = 5"), "consensus.faults"),
    ],
)
def test_a_bad_scenario_is_refused_by_file_and_field(ceas, text, field):
    Path("network.toml").write_text(text, encoding="utf-8")
    refused(ceas("audit", "--scenario", "network.toml"), "network.toml", field)


def test_a_scenario_with_nan_is_refused(ceas):
    text = Path(SECTION_IV).read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("honest_error_rate"))
    Path("nan.toml").write_text(text.replace(line, "honest_error_rate = nan"), encoding="utf-8")
    refused(ceas("audit", "--scenario", "nan.toml"), "nan.toml", "noise.honest_error_rate")


def test_a_trace_cut_in_the_middle_is_refused(ceas):
    ceas("break", "quorum-2f")
    whole = Path("quorum-2f.itf.json").read_text(encoding="utf-8")
    Path("cut.itf.json").write_text(whole[: len(whole) // 2], encoding="utf-8")
    refused(ceas("show", "cut.itf.json"), "cut.itf.json", "line")
