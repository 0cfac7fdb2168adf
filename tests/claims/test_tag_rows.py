"""The rows on authentication tags and their cost: TAG-1 to TAG-4, TAG-6, BUD-1."""

import json
from fractions import Fraction

import pytest

from ceas_formal.claims import noisy_tags, solving
from ceas_formal.claims import tags as judges
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.claims.solving import Answer
from ceas_formal.physics import attacks, budget, clifford_code, inner_codes, tag_comparison, tags, trap_code, trap_noise

ROWS = {"TAG-1": "proved", "TAG-2": "refuted", "TAG-3": "refuted", "TAG-4": "refuted", "TAG-6": "refuted", "BUD-1": "refuted"}
NAMES = {module.__name__.split(".")[-1]: module for module in (tags, attacks, budget, clifford_code, inner_codes, trap_noise)}
NAMES |= {"Fraction": Fraction}


@pytest.fixture(scope="module")
def verdicts():
    assert judges.CODES
    assert noisy_tags.PERCENT
    return {row: LEDGER[row].judge() for row in ROWS}


@pytest.mark.parametrize("row", ROWS)
def test_verdict_is_the_expected_one_and_its_evidence_is_json(verdicts, row):
    assert verdicts[row].verdict == LEDGER[row].expected == ROWS[row]
    assert json.loads(json.dumps(verdicts[row].evidence)) == verdicts[row].evidence


@pytest.mark.parametrize("row", ROWS)
def test_recompute_evaluates_to_true(verdicts, row):
    assert eval(verdicts[row].evidence["recompute"], dict(NAMES)) is True


@pytest.mark.parametrize("row", ROWS)
def test_judges_explain_themselves(row):
    assert 3 <= len(LEDGER[row].explanation.splitlines()) <= 14


@pytest.mark.parametrize("row", ROWS)
def test_refutations_have_a_witness_and_the_proof_is_tight(verdicts, row):
    evidence = verdicts[row].evidence
    assert evidence["tightness" if row == "TAG-1" else "witness"]
    assert all(found["confirmed"] for found in evidence.get("tightness", []))


@pytest.mark.parametrize("row", ["TAG-1", "TAG-2", "TAG-3", "TAG-6", "BUD-1"])
def test_solver_that_gives_up_yields_unknown(row, monkeypatch):
    monkeypatch.setattr(solving, "ask", lambda constraints, logic, **options: Answer("unknown", reason="canceled"))
    assert LEDGER[row].judge().verdict == "unknown"


@pytest.mark.parametrize(
    ("module", "name", "mutant", "row"),
    [
        (tags, "clifford_soundness", lambda n, t: Fraction(1, 2**t), "TAG-1"),
        (tags, "clifford_acceptance", lambda n, t: Fraction(1, 2**t), "TAG-1"),
        (tags, "honest_acceptance", lambda n, t, noise: Fraction(1), "TAG-2"),
        (clifford_code, "syndromes", lambda word, payload: {"0": word.count("I") / 2}, "TAG-2"),
        (trap_code, "trap_soundness", lambda code, traps, rule=None: trap_code.Attack((0, 0, 1), Fraction(1, 2**traps)), "TAG-2"),
        (trap_noise, "tolerance_floor", lambda code, noise: noise**code.distance, "TAG-2"),
        (tag_comparison, "encoder_gates", lambda name: 300, "TAG-2"),
        (attacks, "key_holder", lambda n, t: attacks.substitution(n, t), "TAG-3"),
        (attacks, "key_holder", lambda n, t: attacks.substitution(n, t), "TAG-4"),
        (attacks, "rotation", lambda angle, n, t: attacks.substitution(n, t), "TAG-6"),
        (budget, "demand", lambda payloads, verifiers, n, t: budget.Demand(payloads, verifiers, n + t, payloads * (n + t), 1_000), "BUD-1"),
        (budget, "standing_stock", lambda: 150_000, "BUD-1"),
    ],
)
def test_a_wrong_function_is_noticed(monkeypatch, module, name, mutant, row):
    monkeypatch.setattr(module, name, mutant)
    assert LEDGER[row].judge().verdict == "unknown"


def test_numbers_of_the_paper(verdicts):
    assert verdicts["TAG-2"].evidence["witness"]["accepted_at"] == {"1/100": 0.8179, "1/5": 0.0115}
    lengths = verdicts["TAG-2"].evidence["trap_code"]["two_sided"]
    assert lengths["lengths"]["golay, p=1/100, correcting"]["traps_of_each_kind"] == 398
    assert lengths["golay, p=1/100, false accepts 2^-20"] is None
    ways = verdicts["TAG-2"].evidence["one_payload_qubit_at_matched_soundness"]["2^-20"]
    named = ("Clifford code", "trap code steane, detecting", "trap code golay, detecting")
    assert [ways[name]["qubits"] for name in named] == [21, 479, 73]
    assert verdicts["TAG-6"].evidence["witness"]["passes"]["4+60"] == 0.977668
    assert verdicts["BUD-1"].evidence["witness"]["needed"] == 49_000
    assert verdicts["BUD-1"].evidence["table"]["4+16"] == {"pairs": 49_000, "verifiers_affordable": 1}


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(1, 6))
def test_verdicts_do_not_depend_on_the_seed(seed, monkeypatch):
    monkeypatch.setitem(solving.OPTIONS, "random_seed", seed)
    assert all(LEDGER[row].judge().verdict == expected for row, expected in ROWS.items())
