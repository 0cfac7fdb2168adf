"""Sudden death, usable lifetime and implied rate: closed forms, definitions as properties, and pairs that never die."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ceas_formal.physics import reference
from ceas_formal.physics.bell_pairs import BellPair, concurrence, entanglement_margin, fidelity
from ceas_formal.physics.lifetimes import entanglement_survives, implied_loss_rate, sudden_death_time, usable_lifetime
from ceas_formal.physics.memories import Memory, dephasing, depolarising
from ceas_formal.strategies import bell_pairs

PATIENT = settings(deadline=None)
ONE, LIMITED, STILL = Memory(1.0, 1.0), Memory(1.0, 2.0), Memory(math.inf, math.inf)
GOLDEN = (1 + 3 * (math.sqrt(5) - 1) / 2) / 4
"""The start fidelity at which v² = 1 - v."""


@PATIENT
@given(bell_pairs())
def test_sudden_death_is_where_concurrence_ends(pair):
    death = sudden_death_time(pair)
    if 0 < death < math.inf:
        assert concurrence(pair, death * (1 - 1e-6)) > 0
        assert concurrence(pair, death * (1 + 1e-6)) == 0
    elif death == 0:
        assert pair.start_fidelity <= 0.5
    else:
        rates = sum(rate for memory in (pair.first, pair.second) for rate in (memory.relaxation_rate, memory.decoherence_rate))
        assert (entanglement_margin(pair, np.array([0.1, 1.0, 10.0, 100.0]) / rates) > 0).all()


@PATIENT
@given(bell_pairs(), st.floats(0, 1))
def test_usable_lifetime_is_the_first_time_at_the_threshold(pair, threshold):
    lifetime = float(usable_lifetime(pair, threshold))
    before = np.linspace(0, min(lifetime, 100.0), 400)[:-1]
    if lifetime > 0:
        assert (fidelity(pair, before) > threshold - 1e-14).all()
    else:
        assert pair.start_fidelity <= threshold + 1e-14
    if 0 < lifetime < math.inf:
        assert math.isclose(fidelity(pair, lifetime), threshold, abs_tol=1e-13)


@PATIENT
@given(bell_pairs(), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_never_lasts_longer(pair, one, other):
    assume(abs(one - other) > 1e-9)
    assert usable_lifetime(pair, max(one, other)) <= usable_lifetime(pair, min(one, other))


@PATIENT
@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.3, 1), st.floats(0.01, 0.99))
def test_depolarising_closed_form(first, second, start, share):
    threshold = 0.25 + (start - 0.25) * share
    pair = BellPair("psi-", depolarising(first), depolarising(second), start)
    assert math.isclose(usable_lifetime(pair, threshold), math.log(1 / share) / (1 / first + 1 / second), rel_tol=1e-9)


@PATIENT
@given(st.floats(0.1, 10), st.floats(0.6, 1), st.floats(0.01, 0.99))
def test_dephasing_closed_form(time, start, share):
    """From a Werner start, F = (1 + 2·F0)/6 + (v/2)·exp(-2t/T2)."""
    v = (4 * start - 1) / 3
    pair = BellPair("phi+", dephasing(time), dephasing(time), start)
    assert math.isclose(usable_lifetime(pair, (1 + v) / 4 + v / 2 * share), time / 2 * math.log(1 / share), rel_tol=1e-9)


def test_a_threshold_just_above_the_floor_is_reached_late_but_is_reached():
    """At 20 time constants, F is 1e-9 above its floor."""
    pair = BellPair("phi+", depolarising(2.0), depolarising(2.0))
    assert math.isclose(usable_lifetime(pair, 0.25 + 0.75 * math.exp(-20)), 20, rel_tol=1e-7)


def test_the_population_of_a_memory_that_never_relaxes_does_not_matter():
    pair, cold = (BellPair("phi+", memory, memory) for memory in (Memory(math.inf, 1.0, 0.3), dephasing(1.0)))
    assert entanglement_survives(pair)
    assert entanglement_survives(cold)
    assert fidelity(pair, 0.7) == fidelity(cold, 0.7)


@pytest.mark.parametrize(
    ("t1", "t2", "start", "threshold", "expected"),
    [
        (1, 1, 0.95, 0.5, 0.642),
        (1, 1, 0.95, 0.8, 0.1237),
        (1, 1, 0.95, 0.9, 0.0373),
        (1, 0.1, 0.95, 0.8, 0.0181),
        (10, 1, 0.9, 0.8, 0.1234),
    ],
)
def test_lifetimes_of_phi_plus(t1, t2, start, threshold, expected):
    pair = BellPair("phi+", Memory(t1, t2), Memory(t1, t2), start)
    assert math.isclose(usable_lifetime(pair, threshold), expected, rel_tol=3e-3)


@PATIENT
@given(st.floats(0.6, 1), st.floats(0.45, 0.99))
def test_equal_times_closed_form(start, threshold):
    """T1 = T2, cold: F = 1/2 - e/2 + F0·e², whose greater root comes first; its least value is 1/2 - 1/(16·F0)."""
    assume(threshold < start)
    least = 0.5 - 1 / (16 * start)
    assume(abs(threshold - least) > 1e-6)
    lifetime = usable_lifetime(BellPair("phi+", ONE, ONE, start), threshold)
    if threshold < least:
        assert lifetime == math.inf
    else:
        root = (0.5 + math.sqrt(0.25 - 4 * start * (0.5 - threshold))) / (2 * start)
        assert math.isclose(lifetime, -math.log(root), rel_tol=1e-6)


@pytest.mark.parametrize(
    ("thermal", "phi", "psi"),
    [(0.01, 2.09, 3.13), (0.05, 1.45, 1.82), (0.2, 1.02, 1.08)],
)
def test_thermal_population_kills_both(thermal, phi, psi):
    memory = Memory(1.0, 2.0, thermal)
    for bell, expected in (("phi+", phi), ("psi+", psi)):
        assert math.isclose(sudden_death_time(BellPair(bell, memory, memory)), expected, abs_tol=0.006)


@pytest.mark.parametrize("thermal", [1e-30, 1e-15, 1e-6, 0.01, 0.5])
def test_sudden_death_by_heat_alone(thermal):
    """From Φ+ at T2 = 2·T1 in equal memories: C = e² - 2p(1-p)·g² while positive, so it ends at T1·ln(1 + 1/√(2p(1-p)))."""
    memory = Memory(1.0, 2.0, thermal)
    expected = math.log1p((2 * thermal * (1 - thermal)) ** -0.5)
    assert math.isclose(sudden_death_time(BellPair("phi-", memory, memory)), expected, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("bell", "first", "second", "start", "survives"),
    [
        ("phi+", LIMITED, LIMITED, 1.0, True),
        ("phi+", LIMITED, LIMITED, 1 - 1e-9, False),
        ("phi+", LIMITED, Memory(5.0, 9.9), 1.0, False),
        ("phi+", ONE, STILL, 1.0, True),
        ("phi+", ONE, STILL, 0.99, False),
        ("phi+", LIMITED, STILL, 0.63, True),
        ("phi+", LIMITED, STILL, 0.62, False),
        ("phi+", dephasing(1.0), dephasing(1.0), 1.0, True),
        ("phi+", dephasing(1.0), dephasing(1.0), 0.99, False),
        ("psi-", ONE, Memory(0.3, 0.1), 1.0, True),
        ("psi-", ONE, ONE, 0.99, False),
        ("psi-", LIMITED, LIMITED, GOLDEN + 1e-6, True),
        ("psi-", LIMITED, LIMITED, GOLDEN - 1e-6, False),
        ("psi-", LIMITED, Memory(1.0, 2.0, 1e-3), 1.0, False),
        ("psi-", STILL, Memory(math.inf, math.inf, 0.5), 0.6, True),
        ("psi-", STILL, STILL, 0.5, False),
    ],
)
def test_who_survives(bell, first, second, start, survives):
    pair = BellPair(bell, first, second, start)
    assert entanglement_survives(pair) == survives
    assert (sudden_death_time(pair) == math.inf) == survives


@pytest.mark.parametrize("ratio", [1.9, 1.0, 0.4])
def test_sudden_death_condition_of_equal_memories(ratio):
    """From Φ+ in equal cold memories: exp(-2t/T2) = g·e."""
    death = float(sudden_death_time(BellPair("phi+", Memory(1.0, ratio), Memory(1.0, ratio))))
    assert math.isclose(math.exp(-2 * death / ratio), -math.expm1(-death) * math.exp(-death), rel_tol=1e-10)


def test_sudden_death_agrees_with_qutip():
    pair = BellPair("phi-", Memory(1.0, 0.8, 0.02), Memory(2.0, 1.5), 0.9)
    death = float(sudden_death_time(pair))
    before, after = reference.measured(reference.exponentiated(pair, [0.999 * death, 1.001 * death]))["concurrence"]
    assert before > 1e-6
    assert after < 1e-7


def test_threshold_at_the_limit_is_never_reached():
    """From Φ+ without pure dephasing F stays above 1/2, by e²/2, which is below the rounding of F from 18·T1 on."""
    assert usable_lifetime(BellPair("phi+", LIMITED, LIMITED), 0.5) == math.inf
    assert usable_lifetime(BellPair("phi+", dephasing(1.0), dephasing(1.0)), 0.5) == math.inf
    assert usable_lifetime(BellPair("psi+", LIMITED, LIMITED), 0.0) == math.inf
    assert usable_lifetime(BellPair("psi+", STILL, STILL), 0.9) == math.inf


def test_psi_is_entangled_for_ever_yet_soon_below_one_half():
    pair = BellPair("psi+", LIMITED, LIMITED)
    assert sudden_death_time(pair) == math.inf
    assert math.isclose(usable_lifetime(pair, 0.5), math.log(2), rel_tol=1e-12)


def test_implied_rate_depends_on_the_threshold():
    pair = BellPair("phi+", ONE, ONE, 0.95)
    low, high = implied_loss_rate(pair, [0.5, 0.9])
    assert math.isclose(high / low, 17.2, abs_tol=0.05)
    assert implied_loss_rate(pair, 0.95) == math.inf
    assert implied_loss_rate(BellPair("phi+", STILL, STILL), 0.9) == 0


@settings(PATIENT, max_examples=20)
@given(st.lists(bell_pairs(), min_size=2, max_size=5), st.floats(0.3, 0.9))
def test_a_batch_is_its_pairs_one_by_one(pairs, threshold):
    bell = pairs[0].bell
    sides = ([getattr(pair, side) for pair in pairs] for side in ("first", "second"))
    memories = (Memory(*([getattr(memory, name) for memory in side] for name in ("t1", "t2", "excited"))) for side in sides)
    batch = BellPair(bell, *memories, [pair.start_fidelity for pair in pairs])
    singles = [BellPair(bell, pair.first, pair.second, pair.start_fidelity) for pair in pairs]
    np.testing.assert_allclose(sudden_death_time(batch), [sudden_death_time(pair) for pair in singles], rtol=1e-9)
    np.testing.assert_allclose(usable_lifetime(batch, threshold), [usable_lifetime(pair, threshold) for pair in singles], rtol=1e-12)
    assert usable_lifetime(batch, np.array([[0.5], [0.6], [0.7]])).shape == (3, len(pairs))


@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan])
def test_threshold_out_of_range(threshold):
    with pytest.raises(ValueError, match=r"the fidelity threshold must lie in \[0, 1\]; got"):
        usable_lifetime(BellPair("phi+", ONE, ONE), threshold)
