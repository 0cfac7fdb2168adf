"""The rows on Bell pairs: BEL-1, BEL-2, BEL-3, BEL-4."""

import math
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from row_frame import Seeded, Settled
from scipy.stats import binom

from ceas_formal.claims import bell_pairs as judges
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.physics import bell_pairs, lifetimes, memories, pair_checks
from ceas_formal.physics.memories import Memory
from ceas_formal.physics.x_states import BELL_STATES

LIMITED = Memory(1.0, 2.0)
JUDGES = {
    "BEL-1": judges.decay_is_no_exponential,
    "BEL-2": judges.rate_depends_on_the_threshold,
    "BEL-3": judges.fidelity_has_a_floor,
    "BEL-4": judges.broken_pairs_fail_correlation_checks,
}


class TestRows(Settled, Seeded):
    rows: ClassVar = {"BEL-1": "refuted", "BEL-2": "refuted", "BEL-3": "refuted", "BEL-4": "checked"}
    names: ClassVar = {"bell_pairs": bell_pairs, "lifetimes": lifetimes, "memories": memories, "pair_checks": pair_checks, "math": math}
    solved = tuple(rows)
    seeds = range(1, 6)

    def test_the_row_has_its_judge_and_states_what_it_assumes(self, verdicts, row):
        assert LEDGER[row].judge is JUDGES[row]
        assert verdicts[row].assumptions


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


def test_numbers(verdicts):
    evidence = {row: verdicts[row].evidence for row in JUDGES}
    assert evidence["BEL-1"]["witness"]["fidelity"] == ["1", "1/2", "7/16", "29/64"]
    assert 17.2 < evidence["BEL-2"]["ratio"] < 17.21
    assert evidence["BEL-3"]["factors"]["phi+, T1 = T2"] == ["1/2", "7/8", "29/28"]
    assert evidence["BEL-4"]["cost_by_fidelity"]["0.95"] == {"pairs": 118, "failures_up_to": 16}


def test_evidence_is_what_hand_formulas_give(verdicts):
    evidence = {row: verdicts[row].evidence for row in JUDGES}
    e, start = Fraction(1, 4), Fraction(19, 20)
    law = "1/2 - e/2 + F0·e²"
    assert all(evidence[row]["witness"]["law"].startswith(law) for row in ("BEL-1", "BEL-2"))
    assert evidence["BEL-1"]["witness"]["fidelity"][2] == str(Fraction(1, 2) - e / 2 + e**2)
    assert Fraction(evidence["BEL-1"]["witness"]["limit"]) == Fraction(1, 2)
    assert evidence["BEL-1"]["sudden_death_in_T1"]["phi+, T1 = T2"] == pytest.approx(math.log(2))
    certificate = evidence["BEL-2"]["certificate"]
    half, below = Fraction(certificate["e_at_1/2"]), Fraction(certificate["below_9/10_at_e"])
    assert Fraction(1, 2) - half / 2 + start * half**2 == Fraction(1, 2)
    assert Fraction(1, 2) - below / 2 + start * below**2 < Fraction(9, 10)
    assert below ** (certificate["power"] + 1) < half <= below ** certificate["power"]
    for bell in ("phi+", "psi+"):
        values = bell_pairs.fidelity(bell_pairs.BellPair(bell, LIMITED, LIMITED), np.arange(4.0))
        geometric = np.ptp(values[1:] / values[:-1]) < 1e-12
        assert geometric == (bell == "psi+")
    assert evidence["BEL-3"]["exact_for"].startswith("Ψ±")
    escapes = evidence["BEL-4"]["escapes"]
    assert escapes["1% of pairs broken, 100 checks"] == pytest.approx((1 - 0.01 / 3) ** 100, abs=1e-4)
    checks, tolerated = escapes["dishonest end at F = .95"].values()
    assert binom.sf(tolerated, checks, 0.1 / 3) <= 1e-6
    assert binom.cdf(tolerated, checks, (1 - 1 / math.sqrt(3)) / 2) <= 1e-6


def test_psi_falls_to_0_in_any_cold_memories_that_relax():
    """Going to 0 is no mark of a geometric sequence: with pure dephasing or unequal T1 it goes there too."""
    for first, second in ((Memory(1, 1), Memory(1, 1)), (Memory(1, 0.3), Memory(3, 6))):
        pair = bell_pairs.BellPair("psi+", first, second)
        values = bell_pairs.fidelity(pair, np.arange(4.0))
        assert bell_pairs.fidelity(pair, 200.0) < 1e-20
        assert np.ptp(values[1:] / values[:-1]) > 1e-3


def test_the_coherence_of_every_pair_is_one_exponential():
    first, second, times = Memory(1, 1.3, 0.2), Memory(2, 0.7, 0.1), np.linspace(0, 5, 21)
    for bell in BELL_STATES:
        state = bell_pairs.x_state(bell_pairs.BellPair(bell, first, second), times)
        left = np.abs(state.outer) + np.abs(state.inner)
        np.testing.assert_allclose(left, np.exp(-times * (1 / 1.3 + 1 / 0.7)) / 2, rtol=1e-13)


def test_closed_forms_agree_with_qutip_within_the_stated_tolerances(verdicts):
    for found in verdicts["BEL-1"].evidence["qutip"].values():
        assert found["largest_difference"] < found["tolerance"]
