"""The command as its user types it: output, exit status, and what bad input gets."""

import json
import os
import stat
from pathlib import Path

import pytest

from ceas_formal.claims import ledger
from ceas_formal.cli import main
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify.catalogue import catalogue

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
    assert {row["guaranteed"] for row in json.loads(out)["guarantees"]} == {"yes", "no"}


# ---------------------------------------------------------------------- verify


def test_verify_lists_without_solving(ceas):
    status, out, _ = ceas("verify", "--list")
    assert status == 0
    assert "safety/agreement" in out
    assert "undecided" not in out


def test_verify_has_one_entry_for_each_obligation_solver_and_seed(ceas):
    from ceas_formal.verify.catalogue import catalogue

    status, out, _ = ceas("verify", "--only", "safety/", "--seeds", "3", "--solver", "both", "--json")
    entries = json.loads(out)["obligations"]
    assert status == 0
    assert {(entry["name"], entry["solver"], entry["seed"]) for entry in entries} == {
        (item.name, solver, seed) for item in catalogue() if "safety/" in item.name for solver in ("z3", "cvc5") for seed in range(3)
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

    monkeypatch.setattr("ceas_formal.verify.obligation.ask", lambda *_, **__: Answer("unknown", 0.0))
    assert ceas("verify", "--only", "safety/")[0] == 2


# ---------------------------------------------------------------------- break, show


@pytest.mark.parametrize("name", WEAKENINGS)
def test_break_saves_a_trace_that_show_accepts_and_the_real_protocol_refuses(ceas, name):
    status, out, _ = ceas("break", name, "--json")
    document = json.loads(out)
    assert status == 0
    assert set(document) >= {"name", "weakened", "violated", "seconds", "nodes", "steps", "trace"}
    refusal = document["refused_by_the_real_protocol"]
    assert refusal["assumptions"] or refusal["clauses"] or refusal["goes_on_with"]
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


@pytest.mark.parametrize(("language", "suffix"), [("ivy", "ivy"), ("mypyvy", "pyv"), ("tla", "tla"), ("quint", "qnt")])
def test_export_prints_a_protocol_or_writes_it_whole(ceas, language, suffix):
    status, printed, _ = ceas("export", "--to", language)
    assert status == 0
    assert "checkpoint" in printed
    file = f"checkpoint.{suffix}"
    assert ceas("export", "--to", language, "--output", file)[0] == 0
    assert Path(file).read_text(encoding="utf-8") == printed
    assert [path.name for path in Path().iterdir()] == [file]
    assert "epochs" in ceas("export", "epochs", "--to", language)[1]


def test_export_says_when_the_tool_that_would_check_is_missing(ceas, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert ceas("export", "--to", "ivy", "--check")[:2] == (2, "ivy_check is not on PATH: skipped\n")
    assert ceas("export", "--to", "quint", "--check")[:2] == (2, "quint is not on PATH: skipped\n")


@pytest.mark.parametrize(("code", "status", "word"), [(0, 0, "accepted"), (1, 1, "refused")])
def test_export_takes_the_verdict_of_the_tool(ceas, monkeypatch, code, status, word):
    tool = Path("tools/ivy_check")
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\nhead -n 1 \"$1\"\nexit {code}\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent.resolve()}:/usr/bin:/bin")
    outcome = ceas("export", "--to", "ivy", "--check")
    assert outcome[0] == status
    assert outcome[1] == f"#lang ivy1.7\nivy_check checkpoint.ivy: {word}\n"


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
        (("export", "no-protocol", "--to", "ivy"), ("no-protocol",)),
        (("export", "--to", "tla", "--check"), ("--check", "ivy", "tla")),
        (("export", "--to", "ivy", "--check", "--output", "x.ivy"), ("--check", "--output")),
        (("export", "--to", "ivy", "--output", "no/such/x.ivy"), ("no/such/x.ivy",)),
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


# ---------------------------------------------------------------------- verify: a second opinion, countermodels, the manifest, proofs

UNSAT, SAT = "(set-logic QF_LIA)(assert false)(check-sat)", "(set-logic QF_LIA)(declare-const N Int)(assert (> N 2))(check-sat)"


def fake(name="lemma/fake", expected="unsat", assertions=UNSAT, **answers):
    """Return an obligation with given answers: by solver, or by solver and seed as in ``z3_1``; others are solved."""
    from ceas_formal.verify.obligation import Obligation
    from ceas_formal.verify.solving import Answer

    class Fake(Obligation):
        def answer(self, solver, seed, timeout):
            given = answers.get(f"{solver}_{seed}") or answers.get(solver)
            return Answer(given, 0.01) if given else super().answer(solver, seed, timeout)

    return Fake(name, "lemmas", expected, assertions)


@pytest.fixture
def verifies(ceas, monkeypatch):
    """Run ``ceas verify`` on these obligations, which are as recorded unless `recorded` says otherwise."""
    from ceas_formal.verify import manifest
    from ceas_formal.verify.obligation import Result

    def run(*arguments, items, recorded=None):
        usual = manifest.text([Result(item, item.expected, "z3", 0, 0.0) for item in items])
        entries = manifest.parsed(usual, "manifest.toml") if recorded is None else recorded
        monkeypatch.setattr("ceas_formal.verify.catalogue.catalogue", lambda: list(items))
        monkeypatch.setattr(manifest, "packaged", lambda: entries)
        return ceas("verify", *arguments)

    return run


def without_cvc5(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "cvc5", None)


def test_verify_asks_both_solvers_and_says_that_they_agree(ceas):
    pytest.importorskip("cvc5")
    status, out, _ = ceas("verify", "--only", "safety/agreement")
    assert status == 0
    assert "disagree on 0 of 1 obligations" in out
    assert "those of the manifest" in out


def test_verify_without_cvc5_says_that_there_is_no_second_opinion(ceas, monkeypatch):
    without_cvc5(monkeypatch)
    status, out, _ = ceas("verify", "--only", "safety/agreement")
    assert status == 0
    assert "cvc5 is not installed, so there is no second opinion" in out
    assert json.loads(ceas("verify", "--only", "safety/agreement", "--json")[1])["solvers"].keys() == {"z3"}


@pytest.mark.parametrize("arguments", [("--solver", "both"), ("--solver", "cvc5"), ("--proofs", "proofs")])
def test_verify_refuses_what_needs_cvc5_without_it(ceas, monkeypatch, arguments):
    without_cvc5(monkeypatch)
    refused(ceas("verify", "--only", "safety/", *arguments), arguments[0], "ceas-formal[cvc5]")
    assert list(Path().iterdir()) == []


def test_verify_refuses_a_solver_that_answers_none_of_the_obligations(ceas):
    refused(ceas("verify", "--only", "reached/", "--solver", "cvc5"), "--solver", "z3")


def test_verify_says_which_obligations_the_chosen_solver_does_not_answer(ceas):
    pytest.importorskip("cvc5")
    status, out, _ = ceas("verify", "--only", "_decides", "--solver", "cvc5")
    assert status == 0
    assert "NOT CHECKED, as no solver that was asked answers it: possible/a_good_view_decides" in out
    refused(ceas("verify", "--solver", "cvc5", "--write-manifest", "manifest.toml"), "--solver", "does not answer")
    assert list(Path().iterdir()) == []


def test_verify_differs_when_the_solvers_disagree_and_says_who_says_what(verifies):
    items = [fake(z3="unsat", cvc5="sat")]
    status, out, _ = verifies("--solver", "both", items=items)
    assert status == 1
    assert "lemma/fake: the solvers disagree: z3 says unsat (seed 0), cvc5 says sat (seed 0)" in out
    assert "disagree on 1 of 1 obligations" in out
    status, out, _ = verifies("--solver", "both", "--json", items=items)
    assert json.loads(out)["disagreements"] == [{"name": "lemma/fake", "answers": {"z3": {"unsat": [0]}, "cvc5": {"sat": [0]}}}]


def test_verify_tells_a_contradiction_beside_an_unknown(verifies):
    items = [fake(z3_0="unsat", z3_1="unknown", cvc5="sat")]
    status, out, _ = verifies("--seeds", "2", "--solver", "both", items=items)
    assert status == 1
    assert "lemma/fake: the solvers disagree: z3 says unsat (seed 0) and unknown (seed 1), cvc5 says sat (seeds 0, 1)" in out


def test_verify_names_the_slowest_call_of_each_obligation():
    from ceas_formal.report.tables import obligations_table
    from ceas_formal.verify.obligation import Result

    results = [Result(fake(), "unsat", "z3", seed, duration) for seed, duration in enumerate((0.1, 0.4, 0.2))]
    assert "slowest: lemma/fake (z3) 0.40 s\n" in obligations_table(results)


def test_verify_is_unknown_when_one_solver_gives_up_and_differs_when_another_obligation_fails(verifies):
    status, out, _ = verifies("--solver", "both", items=[fake(cvc5="unknown"), fake("lemma/good")])
    assert status == 2
    assert "expected unsat, got unknown (cvc5, seed 0)" in out
    assert "disagree on 0 of 1 obligations" in out
    assert verifies("--solver", "both", items=[fake(cvc5="unknown"), fake("lemma/bad", assertions=SAT)])[0] == 1


def test_verify_says_which_verdict_depends_on_the_seed(verifies):
    items = [fake(z3_1="unknown", cvc5="unsat"), fake("lemma/steady")]
    status, out, _ = verifies("--seeds", "3", "--solver", "z3", items=items)
    assert status == 2
    assert "lemma/fake: the verdict depends on the seed: z3 says unsat (seeds 0, 2) and unknown (seed 1)" in out
    assert "lemma/steady: the verdict" not in out
    status, out, _ = verifies("--seeds", "3", "--solver", "z3", "--json", items=items)
    assert [entry["name"] for entry in json.loads(out)["unstable"]] == ["lemma/fake"]
    status, out, _ = verifies("--seeds", "3", "--solver", "z3", items=items[1:])
    assert status == 0
    assert "no verdict depends on the seed (3 seeds)" in out
    assert "per seed in the median of 3" in out


def failing_step():
    from ceas_formal.spec.checkpoint import checkpoint
    from ceas_formal.verify.obligations import Induction

    return next(step for step in Induction(checkpoint.without("vote1.claimed")).proof() if "binds_before_last" in step.name)


def agreement_step():
    from ceas_formal.spec.checkpoint import checkpoint
    from ceas_formal.verify.obligations import Induction

    return next(step for step in Induction(checkpoint).proof() if step.name == "safety/agreement")


def test_verify_shows_what_an_unexpected_sat_means(verifies):
    status, out, _ = verifies("--solver", "z3", items=[failing_step(), fake("lemma/numbers", assertions=SAT)])
    assert status == 1
    assert "a smallest countermodel, " in out
    assert "view 0 < view 1" in out
    assert "lemma/numbers: a countermodel, N = 3" in out


def test_verify_shows_some_of_many_countermodels_and_names_the_rest(verifies):
    status, out, _ = verifies("--solver", "z3", items=[fake(f"lemma/bad{number}", assertions=SAT) for number in range(5)])
    assert status == 1
    assert out.count("a countermodel, N = 3") == 3
    assert "unexpected sat, not shown here (ceas verify --only NAME): lemma/bad3, lemma/bad4" in out


def test_verify_finds_the_countermodel_where_the_solvers_give_up(verifies):
    item = fake(assertions=failing_step().assertions, z3="unknown", cvc5="unknown")
    status, out, _ = verifies("--solver", "both", items=[item])
    assert status == 1
    assert "z3, seed 0, gave up after 0.01 s; the finite model answers sat" in out
    status, out, _ = verifies("--solver", "z3", "--json", items=[item])
    document = json.loads(out)
    assert [(entry["verdict"], entry["solver"]) for entry in document["obligations"]] == [("sat", "z3+finite")]
    assert document["countermodels"][0]["elements"]["Value"] == ["A", "B"]


def test_verify_accepts_a_finite_model_of_what_must_be_possible(verifies):
    item = fake(expected="sat", assertions=failing_step().assertions, z3="unknown")
    status, out, _ = verifies("--solver", "z3", items=[item])
    assert status == 0
    assert "a smallest model, " in out


def test_verify_stays_unknown_without_a_countermodel_and_says_up_to_which_sizes(verifies):
    status, out, _ = verifies("--solver", "z3", items=[fake(assertions=agreement_step().assertions, z3="unknown")])
    assert status == 2
    assert "no finite countermodel with at most 4 elements in each sort" in out


def test_verify_contradicts_a_solver_that_says_unsat_of_what_has_a_finite_model(verifies):
    item = fake(assertions=failing_step().assertions, z3="unknown", cvc5="unsat")
    status, out, _ = verifies("--solver", "both", items=[item])
    assert status == 1
    assert "lemma/fake: the solvers disagree: z3+finite says sat (seed 0), cvc5 says unsat (seed 0)" in out


def test_verify_stays_unknown_in_almost_no_time_or_is_right(ceas):
    status, out, _ = ceas("verify", "--only", "votes_are_safe/vote1", "--timeout", "0.001", "--json")
    verdicts = {entry["verdict"] for entry in json.loads(out)["obligations"] if entry["expected"] == "unsat"}
    assert verdicts <= {"unsat", "unknown"}
    assert status == (2 if "unknown" in {entry["verdict"] for entry in json.loads(out)["obligations"]} else 0)


def test_verify_differs_from_the_manifest_by_name(verifies):
    from ceas_formal.verify.manifest import Entry

    items = [fake("lemma/new"), fake("lemma/turned"), fake("lemma/moved")]
    arithmetic = "linear integer arithmetic"
    recorded = {
        "lemma/turned": Entry("sat", "instant", arithmetic), "lemma/moved": Entry("unsat", "instant", "stratified EPR"),
        "lemma/gone": Entry("unsat", "instant", arithmetic),
    }  # fmt: skip
    status, out, _ = verifies("--solver", "z3", items=items, recorded=recorded)
    assert status == 1
    for name in ("lemma/new", "lemma/turned", "lemma/moved", "lemma/gone"):
        assert f"not as in the manifest: {name}: " in out
    status, out, _ = verifies("--solver", "z3", "--json", items=items, recorded=recorded)
    found = {(entry["name"], entry["field"]) for entry in json.loads(out)["manifest"]["differences"]}
    assert found == {
        ("lemma/new", "presence"), ("lemma/gone", "presence"), ("lemma/turned", "expected"), ("lemma/moved", "fragment"),
    }  # fmt: skip


def test_verify_compares_only_what_was_chosen_with_the_manifest(verifies):
    from ceas_formal.verify.manifest import Entry

    recorded = {name: Entry("unsat", "instant", "linear integer arithmetic") for name in ("lemma/kept", "lemma/gone")}
    items = [fake("lemma/kept"), fake("lemma/new")]
    assert verifies("--solver", "z3", "--only", "kept", items=items, recorded=recorded)[0] == 0
    status, out, _ = verifies("--solver", "z3", "--only", "lemma", items=items, recorded=recorded)
    assert status == 1
    assert "lemma/gone: there is no such obligation" in out


def test_verify_never_fails_for_being_slow(verifies, monkeypatch):
    monkeypatch.setattr("ceas_formal.verify.manifest.CLEARLY", 0.01)
    status, out, _ = verifies("--solver", "z3", items=[fake(z3="unsat")])
    assert status == 0
    assert "slower than recorded (a remark, no failure): lemma/fake: time is 0.01 s, in the manifest instant" in out


def test_verify_writes_the_manifest_of_a_run_that_is_as_expected(verifies):
    from ceas_formal.verify import manifest

    items = [fake("lemma/new"), fake("needed/more", expected="sat", assertions=SAT)]
    status, out, _ = verifies("--solver", "z3", "--write-manifest", "manifest.toml", items=items, recorded={})
    assert status == 0
    assert "not as in the manifest: lemma/new" in out
    written = manifest.parsed(Path("manifest.toml").read_text(encoding="utf-8"), "manifest.toml")
    assert verifies("--solver", "z3", items=items, recorded=written)[0] == 0


@pytest.mark.parametrize(("answer", "expected"), [("sat", 1), ("unknown", 2)])
def test_verify_writes_no_manifest_of_a_run_that_is_not_as_expected(verifies, answer, expected):
    Path("manifest.toml").write_text("old", encoding="utf-8")
    status, out, _ = verifies("--solver", "z3", "--write-manifest", "manifest.toml", items=[fake(z3=answer), fake("lemma/good")])
    assert status == expected
    assert "manifest.toml not written" in out
    assert Path("manifest.toml").read_text(encoding="utf-8") == "old"


def test_verify_writes_no_manifest_of_a_part(ceas):
    refused(ceas("verify", "--only", "safety/", "--write-manifest", "manifest.toml"), "--write-manifest", "--only")
    assert list(Path().iterdir()) == []


def test_verify_writes_a_proof_of_every_chosen_theorem_without_steps_on_faith(ceas):
    pytest.importorskip("cvc5")
    status, out, _ = ceas("verify", "--only", "agreement", "--proofs", "proofs")
    files = sorted(str(path.relative_to("proofs")) for path in Path("proofs").glob("**/*.cpc"))
    assert status == 0
    assert files == ["safety/agreement.cpc"]  # what is needed has no proof, but a model
    proof = Path("proofs/safety/agreement.cpc").read_text(encoding="utf-8")
    assert "(step " in proof
    assert " false :rule " in proof.splitlines()[-2]
    assert "1 proof by cvc5 in proofs" in out
    assert "proofs with trust or hole steps: 0 of 1" in out


def test_verify_counts_steps_that_are_not_derived(verifies, monkeypatch):
    pytest.importorskip("cvc5")
    from ceas_formal.verify import certificates

    coarse = {**certificates.OPTIONS, "proof-granularity": "macro"}
    monkeypatch.setattr(certificates, "OPTIONS", coarse)
    _, out, _ = verifies("--proofs", "proofs", items=[fake(assertions=agreement_step().assertions)])
    assert "proofs with trust or hole steps: 1 of 1\n  lemma/fake: " in out


def test_verify_writes_all_proofs_or_none(verifies):
    pytest.importorskip("cvc5")
    items = [fake("lemma/good"), fake("lemma/bad", assertions=SAT, z3="unsat", cvc5="unsat")]
    status, out, _ = verifies("--proofs", "proofs", items=items)
    assert status == 1
    assert "proofs not written: cvc5 has no proof of lemma/bad (sat)" in out
    assert list(Path().iterdir()) == []


def test_verify_keeps_what_lies_in_the_folder_for_proofs_and_solves_nothing(ceas, monkeypatch):
    monkeypatch.setattr("ceas_formal.verify.obligation.ask", None)
    Path("proofs").mkdir()
    Path("proofs/mine.txt").write_text("mine", encoding="utf-8")
    refused(ceas("verify", "--only", "safety/", "--proofs", "proofs"), "proofs", "new or empty")
    assert [path.name for path in Path("proofs").iterdir()] == ["mine.txt"]


def test_explain_knows_the_symbols_of_reports(ceas):
    for symbol in ("N", "f", "a", "q", "EPR"):
        status, out, _ = ceas("explain", symbol)
        assert status == 0
        assert out.startswith(f"{symbol} · symbol")


def test_explain_says_what_an_obligation_of_any_kind_and_protocol_means():
    from ceas_formal.report.explanations import _obligation

    assert _obligation(fake("epochs.stage/everybody_learns"))["says"].startswith("in a state where all fair actions are done")
    assert _obligation(fake("timing/one_view"))["says"] == "linear arithmetic over the delays"
    assert _obligation(fake("epochs.novelty/x"))["says"] == ""


@pytest.mark.parametrize("place", ["pipe", "missing/manifest.toml"])
def test_the_manifest_is_written_to_regular_files_alone(ceas, verifies, place):
    if place == "pipe":
        os.mkfifo(place)
        refused(ceas("verify", "--write-manifest", place), place, "regular file")
        assert stat.S_ISFIFO(os.stat(place).st_mode)
    else:
        refused(verifies("--write-manifest", place, items=[fake(z3="unsat", cvc5="unsat")]), "manifest.toml", "can be written")


def test_every_obligation_that_a_script_states_can_be_exported(ceas):
    names = [item.name for item in catalogue() if item.assertions]
    for name in (names[0], names[-1], "messages.delivered/vote1", "needed/vote1.claimed", "epochs.safety/one_value_per_epoch"):
        status, out, _ = ceas("export", name)
        assert status == 0
        assert "(check-sat)" in out
