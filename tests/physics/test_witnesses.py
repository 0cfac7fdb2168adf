"""Witnesses: coverage of the intervals, exactness of the estimators, cost, and levels that never overstate."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import stim
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from ceas_formal.physics.channels import amplitude_damping, depolarising, pauli_string, rotation
from ceas_formal.physics.process_distance import choi, entanglement_fidelity, process_distance
from ceas_formal.physics.witnesses import (
    Interval,
    distance_interval,
    failure_rate,
    pauli_witness,
    shots_for_level,
    shots_to_certify,
    syndrome_witness,
    witnessed_level,
)
from ceas_formal.spec.stamps import Scale, fidelity_stamp

SCALE = Scale(Fraction(34, 25), 16)
outcomes = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(outcomes, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
@settings(deadline=None)
def test_the_exact_interval_is_that_of_scipy(counts, confidence):
    failures, shots = counts
    theirs = binomtest(failures, shots).proportion_ci(confidence, "exact")
    found = failure_rate(failures, shots, confidence=confidence)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize("method", ["clopper-pearson", "hoeffding"])
@pytest.mark.parametrize("rate", [0.001, 0.02, 0.3, 0.5])
@pytest.mark.parametrize("shots", [5, 50, 400])
def test_intervals_cover_with_the_chance_they_state(method, rate, shots):
    held = [failure_rate(k, shots, method=method) for k in range(shots + 1)]
    covered = sum(binom.pmf(k, shots, rate) for k, found in enumerate(held) if found.low <= rate <= found.high)
    assert covered >= 0.95 - 1e-9


@given(outcomes)
@settings(deadline=None)
def test_the_interval_without_independence_is_wider(counts):
    exact, free = failure_rate(*counts), failure_rate(*counts, method="hoeffding")
    assert free.low <= exact.low + 1e-9
    assert exact.high <= free.high + 1e-9


@pytest.mark.parametrize("kraus", [depolarising(0.2), amplitude_damping(0.3), [rotation("X", 0.5)]])
def test_a_random_stabiliser_of_the_choi_state_measures_the_entanglement_fidelity(kraus):
    state = choi(kraus) / 2
    # The stabilisers of the Bell pair with their signs; the verifier draws one of them.
    stabilisers = [pauli_string("XX"), -pauli_string("YY"), pauli_string("ZZ")]
    failing = np.mean([(1 - np.trace(state @ s).real) / 2 for s in stabilisers])
    assert 1 - 1.5 * failing == pytest.approx(entanglement_fidelity(kraus), abs=1e-12)
    shots = 10**9
    found = pauli_witness(round(failing * shots), shots, 2)
    assert found.low <= entanglement_fidelity(kraus) <= found.high
    assert found.high - found.low < 3e-4


def test_clifford_tags_reject_as_often_as_the_formula_says():
    payload, traps, shots = 1, 3, 4000
    qubits, rng = payload + traps, np.random.default_rng(7)
    rejected = 0
    for _ in range(shots):
        error = stim.PauliString(["I", "X", "Y", "Z"][rng.choice(4, p=[0.7, 0.1, 0.1, 0.1])] + "I" * (qubits - 1))
        decoded = stim.Tableau.random(qubits)(error)
        rejected += any(decoded[q] in (1, 2) for q in range(payload, qubits))
    found = syndrome_witness(rejected, shots, payload, traps, confidence=0.9999)
    assert found.low <= 0.7 <= found.high


def test_undetected_share_is_exact_by_enumeration():
    payload, traps = 1, 2
    strings = [s for s in itertools.product("IXYZ", repeat=payload + traps) if set(s) != {"I"}]
    silent = Fraction(sum(all(letter in "IZ" for letter in s[payload:]) for s in strings), len(strings))
    # All rejected: the interval's lower end is 0, its upper end says which factor was used.
    shots = 1000
    rate = failure_rate(100, shots)
    assert syndrome_witness(100, shots, payload, traps).low == pytest.approx(1 - rate.high / float(1 - silent), abs=1e-12)


@pytest.mark.parametrize("kraus", [depolarising(0.05), amplitude_damping(0.1), [rotation("Z", 0.2)]])
def test_distances_lie_between_what_the_fidelity_allows(kraus):
    fidelity = entanglement_fidelity(kraus)
    found = distance_interval(Interval(fidelity, fidelity, 0.95, 1), 1, twirled=False)
    assert found.low - 1e-9 <= process_distance(kraus, [np.eye(2)]).lower <= found.high + 1e-6


def test_a_pauli_channel_reaches_the_twirled_bound_and_a_rotation_does_not():
    pauli, coherent = depolarising(0.05), [rotation("Z", 0.2)]
    losses = [1 - entanglement_fidelity(kraus) for kraus in (pauli, coherent)]
    apart = [process_distance(kraus, [np.eye(2)]).lower for kraus in (pauli, coherent)]
    assert apart[0] == pytest.approx(losses[0], abs=1e-9)
    assert apart[1] > 9 * losses[1]


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 50))
def test_a_witnessed_level_never_overstates_any_distance_in_the_interval(one, other, penalty):
    low, high = sorted((one, other))
    level = witnessed_level(Interval(low, high, 0.95, 1), SCALE, penalty=penalty)
    exact = fidelity_stamp(1, 1, Fraction(high), floor=1, penalty=penalty)
    assert level == 0 or SCALE.value(level) <= exact
    assert level >= SCALE.level(exact) - 1


def test_the_cost_of_certifying_is_the_first_count_that_suffices():
    for loss, qubits in ((0.01, 2), (0.1, 1), (0.001, 4)):
        shots = shots_to_certify(loss, qubits)
        rate = loss / (2 * (1 - 2.0**-qubits))
        assert (1 - rate) ** shots <= 0.05 + 1e-12 < (1 - rate) ** (shots - 1)


def test_a_level_costs_as_many_shots_as_its_distance_and_the_next_need():
    # Levels 1 and 1/2 at κ = 10: distances 0 and 1/10, failing with chance 0 and 1/15. Without any failure 1 - (14/15)^n tells them apart.
    assert shots_for_level(3, Scale(2, 4), 1, penalty=10, error=1e-3) == math.ceil(math.log(1e-3) / math.log(14 / 15))
    costs = [shots_for_level(3, Scale(2, 4), 1, penalty=penalty, error=1e-3) for penalty in (5, 10, 20)]
    assert costs == sorted(costs)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: failure_rate(5, 4), "number of failures must lie in 0..4"),
        (lambda: failure_rate(-1, 4), "number of failures must be at least 0"),
        (lambda: failure_rate(0, 0), "number of shots must be at least 1"),
        (lambda: failure_rate(0, 4, confidence=1), "confidence must lie in"),
        (lambda: failure_rate(0, 4, confidence=math.nan), "confidence must lie in"),
        (lambda: failure_rate(0, 4, method="wald"), "method must be"),
        (lambda: pauli_witness(0, 4, 0), "number of qubits must be at least 1"),
        (lambda: syndrome_witness(0, 4, 0, 1), "number of data qubits"),
        (lambda: syndrome_witness(0, 4, 1, 0), "number of trap qubits"),
        (lambda: shots_to_certify(0, 1), "infidelity must lie in"),
        (lambda: shots_for_level(4, Scale(2, 4), 1, penalty=10, error=0.1), "level must lie in 1..3"),
        (lambda: shots_for_level(1, Scale(2, 4), 1, penalty=1, error=0.1), "distance at level 0"),
        (lambda: shots_for_level(1, Scale(2, 4), 1, penalty=0, error=0.1), "the penalty κ must lie in"),
        (lambda: shots_for_level(3, Scale(2, 4), 1, penalty=10, error=0), "the wanted chance of a false accept must lie in"),
        (lambda: shots_to_certify(5e-324, 1), "infidelity must lie in"),
        (lambda: Interval(math.nan, 1, 0.95, 1), "low end must lie in"),
        (lambda: Interval(0, 1.5, 0.95, 1), "high end must lie in"),
        (lambda: Interval(0.6, 0.5, 0.95, 1), r"low end must lie in \[0, 0.5\]"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("truth", [0.0, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("shots", [1, 2, 3, 8])
@pytest.mark.parametrize("method", ["clopper-pearson", "hoeffding"])
def test_fidelity_intervals_cover_at_the_smallest_counts_and_at_the_borders(truth, shots, method):
    # The chances to fail of the two witnesses at this fidelity: factors 3/2 for a Bell pair and 15/8 for a tag of one qubit and one trap.
    for factor, found in (
        (1.5, [pauli_witness(k, shots, 2, method=method) for k in range(shots + 1)]),
        (15 / 8, [syndrome_witness(k, shots, 1, 1, method=method) for k in range(shots + 1)]),
    ):
        held = [interval.low - 1e-12 <= truth <= interval.high + 1e-12 for interval in found]
        assert sum(binom.pmf(k, shots, (1 - truth) / factor) for k in range(shots + 1) if held[k]) >= 0.95 - 1e-9


@given(outcomes, st.booleans())
@settings(deadline=None)
def test_intervals_stay_within_0_and_1(counts, twirled):
    fidelity = pauli_witness(*counts, 2)
    distance = distance_interval(fidelity, 1, twirled=twirled)
    assert 0 <= fidelity.low <= fidelity.high <= 1
    assert 0 <= distance.low <= distance.high <= 1


def test_certifying_takes_at_least_one_shot():
    assert shots_to_certify(0.9, 2, confidence=1e-12) == 1


def test_counts_are_whole():
    with pytest.raises(TypeError, match="number of shots"):
        failure_rate(1, 4.0)
