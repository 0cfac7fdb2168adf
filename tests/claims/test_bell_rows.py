"""The rows on Bell pairs: BEL-1, BEL-2, BEL-3, BEL-4."""

import json
import math
from functools import cache

import numpy as np
import pytest

from ceas_formal.claims import bell_pairs as judges
from ceas_formal.claims import solving
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.claims.solving import Answer
from ceas_formal.physics import bell_pairs, lifetimes, memories, pair_checks

ROWS = {"BEL-1": "refuted", "BEL-2": "refuted", "BEL-3": "refuted", "BEL-4": "checked"}
JUDGES = {
    "BEL-1": judges.decay_is_no_exponential,
    "BEL-2": judges.rate_depends_on_the_threshold,
    "BEL-3": judges.fidelity_has_a_floor,
    "BEL-4": judges.broken_pairs_fail_correlation_checks,
}
NAMES = {"bell_pairs": bell_pairs, "lifetimes": lifetimes, "memories": memories, "pair_checks": pair_checks, "math": math}


@cache
def verdict_of(row):
    return JUDGES[row]()


@pytest.mark.parametrize("row", ROWS)
def test_verdict_is_the_expected_one_and_its_evidence_is_json(row):
    assert verdict_of(row).verdict == LEDGER[row].expected == ROWS[row]
    assert LEDGER[row].judge is JUDGES[row]
    assert json.loads(json.dumps(verdict_of(row).evidence)) == verdict_of(row).evidence


@pytest.mark.parametrize("row", ROWS)
def test_recompute_evaluates_to_true(row):
    assert eval(verdict_of(row).evidence["recompute"], dict(NAMES)) is True


@pytest.mark.parametrize("row", ROWS)
def test_judges_explain_themselves(row):
    assert 3 <= len(LEDGER[row].explanation.splitlines()) <= 14
    assert verdict_of(row).assumptions


@pytest.mark.parametrize("row", ROWS)
def test_solver_that_gives_up_yields_unknown(row, monkeypatch):
    monkeypatch.setattr(solving, "ask", lambda constraints, logic, **options: Answer("unknown", reason="canceled"))
    assert JUDGES[row]().verdict == "unknown"


ORIGINAL = {name: getattr(bell_pairs, name) for name in ("fidelity", "entanglement_margin", "x_state")}


@pytest.mark.parametrize(
    ("module", "name", "mutant", "row"),
    [
        (bell_pairs, "fidelity", lambda pair, time: np.exp(-np.asarray(time)), "BEL-1"),
        (bell_pairs, "entanglement_margin", lambda pair, time: 2 * ORIGINAL["fidelity"](pair, time) - 1, "BEL-1"),
        (bell_pairs, "x_state", lambda pair, time: ORIGINAL["x_state"](pair, 1.0001 * np.asarray(time)), "BEL-1"),
        (lifetimes, "entanglement_survives", lambda pair: np.array(True), "BEL-1"),
        (lifetimes, "implied_loss_rate", lambda pair, threshold: np.ones(np.shape(threshold)), "BEL-2"),
        (bell_pairs, "fidelity", lambda pair, time: np.exp(-np.asarray(time)), "BEL-3"),
        (memories, "depolarising", lambda time: memories.dephasing(time), "BEL-3"),
        (pair_checks, "after_measurement", lambda pair, axis: np.broadcast_to(pair, (len(axis), 4)), "BEL-4"),
        (pair_checks, "pass_chance", lambda fidelity: np.asarray(fidelity), "BEL-4"),
        (pair_checks, "checks_needed", lambda fidelity, wrong, **rest: (35, 0), "BEL-4"),
    ],
)
def test_a_wrong_physics_function_is_noticed(monkeypatch, module, name, mutant, row):
    monkeypatch.setattr(module, name, mutant)
    assert JUDGES[row]().verdict == "unknown"


def test_numbers():
    evidence = {row: verdict_of(row).evidence for row in ROWS}
    assert evidence["BEL-1"]["witness"]["fidelity"] == ["1", "1/2", "7/16", "29/64"]
    assert 17.2 < evidence["BEL-2"]["ratio"] < 17.21
    assert evidence["BEL-3"]["factors"]["phi+, T1 = T2"] == ["1/2", "7/8", "29/28"]
    assert evidence["BEL-4"]["pairs_and_tolerated_failures_by_fidelity"]["0.95"] == [118, 16]


def test_closed_forms_agree_with_qutip_within_the_stated_tolerances():
    for found in verdict_of("BEL-1").evidence["qutip"].values():
        assert found["largest_difference"] < found["tolerance"]


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(1, 6))
def test_verdicts_do_not_depend_on_the_seed(seed, monkeypatch):
    monkeypatch.setitem(solving.OPTIONS, "random_seed", seed)
    assert all(JUDGES[row]().verdict == expected for row, expected in ROWS.items())
