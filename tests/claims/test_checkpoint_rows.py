"""Rows that the checkpoint protocol decides, and what is guaranteed for one network."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from ceas_formal.claims import checkpoint as judges
from ceas_formal.claims import epochs, evidence, judge, ledger, liveness
from ceas_formal.claims.network import guarantees
from ceas_formal.simulate.scenario import Scenario, load
from ceas_formal.spec import inventory, quorum, timing, trust, weights
from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.quorum import largest_faults, quorum_size

MODELS = Path(__file__).parent.parent.parent / "models"
ROWS = ("ADV-2", "ADV-2R", "SAF-1", "SAF-2", "SAF-3", "SAF-7", "LIV-1", "LIV-2", "LIV-4", "LIV-4R", "TRU-3")
NAMES = {"quorum": quorum, "timing": timing, "trust": trust, "weights": weights, "inventory": inventory, "Fraction": Fraction}


@pytest.fixture(scope="module")
def verdicts():
    return {name: judge(ledger()[name]) for name in ROWS}


@pytest.mark.parametrize("name", ROWS)
def test_row_has_its_expected_verdict(verdicts, name):
    assert verdicts[name]["verdict"] == verdicts[name]["expected"] != "open"


@pytest.mark.parametrize("name", ROWS)
def test_evidence_can_be_recomputed(verdicts, name):
    assert eval(verdicts[name]["evidence"]["recompute"], NAMES) is True


@pytest.mark.parametrize("name", ["ADV-2R", "SAF-1", "SAF-2", "SAF-3", "LIV-1", "LIV-2", "LIV-4R"])
def test_proved_rows_show_that_they_are_tight(verdicts, name):
    assert verdicts[name]["evidence"]["tightness"]


@pytest.mark.parametrize("name", ["SAF-1", "SAF-2"])
def test_safety_rests_on_initiation_consecution_and_arithmetic(verdicts, name):
    names = verdicts[name]["evidence"]["obligations"]["names"]
    assert any(entry.startswith("consecution/") for entry in names)
    assert any(entry.startswith("initiation/") for entry in names)
    assert any(entry.startswith("thresholds/") for entry in names)


@pytest.mark.parametrize(("name", "wanted"), [("SAF-1", "safety/agreement"), ("SAF-2", "safety/no_tampered_commit")])
def test_the_proof_of_a_row_ends_in_its_own_property(verdicts, name, wanted):
    assert verdicts[name]["evidence"]["obligations"]["names"][-1] == wanted
    assert all(run["violates"] == wanted.split("/")[1] for run in verdicts[name]["evidence"]["tightness"])


@pytest.mark.parametrize("kind", ["run_of", "searched_now", "proved_now"])
@pytest.mark.parametrize(
    ("module", "row"),
    [(judges, "agreement"), (liveness, "good_views_decide"), (liveness, "decoupling"), (epochs, "safety_across_epochs")],
)
def test_a_row_is_not_judged_if_one_part_of_its_evidence_fails(monkeypatch, module, row, kind):
    failing = {"violates": None, "as_expected": False, "names": []}
    monkeypatch.setattr(module, kind, lambda *_: failing)
    assert getattr(module, row)().verdict == "unknown"


@pytest.mark.parametrize("kind", ["searched_now", "proved_now", "solved_now", "_fair_actions_cited", "_fails_without"])
def test_the_message_level_row_needs_every_part_of_its_evidence(monkeypatch, kind):
    nothing = {"as_expected": False, "names": []} if kind.endswith("now") else []
    monkeypatch.setattr(liveness, kind, lambda *_: nothing)
    assert liveness.a_view_under_an_honest_leader().verdict == "unknown"


def test_an_action_that_is_not_mirrored_at_message_level_leaves_the_row_unknown(monkeypatch):
    monkeypatch.setattr(liveness, "_fair_actions_cited", lambda _: {"vote1", "sing"})
    assert liveness.a_view_under_an_honest_leader().verdict == "unknown"


def test_the_stages_of_a_good_view_cite_every_fair_action_of_the_protocol():
    cited = liveness._fair_actions_cited("a_good_view_decides")
    assert cited == {action.name for action in checkpoint.actions.values() if action.fair}


def test_certification_rests_on_its_own_lemma(verdicts):
    assert "lemma/what_was_relied_on_is_certified" in verdicts["LIV-4R"]["evidence"]["certification"]["names"]
    assert verdicts["LIV-4R"]["evidence"]["certification"]["names"][-1] == "progress/a_good_view_decides"


@pytest.mark.parametrize(
    ("name", "row"),
    [("quorum-2f", judges.agreement), ("indirect-claim", liveness.good_views_decide), ("own-verdicts", liveness.decoupling)],
)
def test_a_weakened_protocol_loses_its_proof(monkeypatch, name, row):
    weak = evidence.WEAKENINGS[name].protocol
    monkeypatch.setattr("ceas_formal.spec.checkpoint.checkpoint", weak)
    assert row().verdict == "unknown"


def test_a_weakened_chain_loses_its_proof(monkeypatch):
    monkeypatch.setattr("ceas_formal.spec.epochs.epochs", evidence.WEAKENINGS["retire-early"].protocol)
    assert epochs.safety_across_epochs().verdict == "unknown"


def test_a_run_that_is_not_found_leaves_the_row_unknown(monkeypatch):
    shallow = replace(evidence.WEAKENINGS["own-verdicts"], layers=1)
    monkeypatch.setattr(evidence, "WEAKENINGS", {**evidence.WEAKENINGS, "own-verdicts": shallow})
    assert liveness.decoupling().verdict == "unknown"


def answers(scenario: Scenario) -> dict[str, str]:
    return {row["question"]: row["guaranteed"] for row in guarantees(scenario)}


def test_section_iv_lacks_safety_and_says_why():
    scenario = load(MODELS / "scenarios" / "section_iv.toml")
    found = {row["question"]: row for row in guarantees(scenario)}
    assert found["the Byzantine nodes stay within the declared bound"]["guaranteed"] == "no"
    assert found["two quorums share an honest node"]["guaranteed"] == "no"
    assert found["no two honest nodes commit different checkpoints"]["guaranteed"] == "no"
    assert "20 Byzantine nodes exceed f = 15" in found["no two honest nodes commit different checkpoints"]["why"]
    assert found["a Bell pair made at a checkpoint serves the next"]["guaranteed"] == "no"


def network(tmp_path: Path, nodes: int, byzantine: int, faults: int, rule: str) -> Scenario:
    path = tmp_path / "network.toml"
    path.write_text(
        f"[network]\nnodes = {nodes}\nbyzantine_nodes = {byzantine}\n"
        f'[consensus]\nfaults = {faults}\nfalse_accepts = 0\nquorum_rule = "{rule}"\ncadence = 2\n',
        encoding="utf-8",
    )
    return load(path)


@pytest.mark.parametrize("nodes", [4, 7, 10, 50, 100])
def test_the_repaired_quorum_at_the_largest_admissible_f_is_safe(tmp_path, nodes):
    faults = largest_faults(nodes)
    found = answers(network(tmp_path, nodes, faults, faults, "max(ceil((N+f+1)/2), 2f+a+1)"))
    assert found["no two honest nodes commit different checkpoints"] == "yes"
    assert found["no committed checkpoint uses a tampered payload"] == "conditional"
    assert found["the honest nodes alone are a quorum"] == "yes"


@pytest.mark.parametrize("nodes", range(4, 20))
def test_the_paper_quorum_is_called_safe_exactly_where_it_reaches_the_safe_size(tmp_path, nodes):
    faults = largest_faults(nodes)
    found = answers(network(tmp_path, nodes, faults, faults, "2f+1"))
    assert (found["no two honest nodes commit different checkpoints"] == "yes") == (2 * faults + 1 >= quorum_size(nodes, faults, 0))


def test_too_small_a_quorum_for_certification_is_no_reason_to_call_agreement_broken(tmp_path):
    found = answers(network(tmp_path, 50, 3, 3, "ceil((N+f+1)/2)"))
    assert found["no two honest nodes commit different checkpoints"] == "yes"


def test_byzantine_nodes_beyond_the_bound_are_not_counted_as_honest(tmp_path):
    found = answers(network(tmp_path, 50, 20, 15, "2f+1"))
    assert found["the honest nodes alone are a quorum"] == "no"
    assert found["a good payload survives honest rejections"] == "no"


DECIDED = "checkpoints are decided once the network is stable"
OURS = "max(ceil((N+f+1)/2), 2f+a+1)"


@pytest.mark.parametrize("nodes", [4, 7, 50])
def test_progress_is_guaranteed_on_condition_of_timing_where_the_theorem_applies(tmp_path, nodes):
    faults = largest_faults(nodes)
    assert answers(network(tmp_path, nodes, faults, faults, OURS))[DECIDED] == "conditional"


def test_progress_is_denied_where_silent_byzantine_nodes_stop_it_and_otherwise_not_judged(tmp_path):
    assert answers(network(tmp_path, 50, 20, 20, OURS))[DECIDED] == "no"
    assert answers(network(tmp_path, 50, 16, 15, "2f+1"))[DECIDED] == "not judged"
    assert answers(network(tmp_path, 50, 3, 3, "ceil((N+f+1)/2)"))[DECIDED] == "conditional"
    assert answers(network(tmp_path, 50, 3, 3, "2f+1"))[DECIDED] == "not judged"
