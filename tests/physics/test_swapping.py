"""Swapping and distillation: exact maps against circuits in QuTiP, closed forms of Werner pairs, and bounds."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ceas_formal.physics import reference
from ceas_formal.physics.bell_pairs import BellPair, fidelity, x_state
from ceas_formal.physics.memories import Memory, depolarising
from ceas_formal.physics.swapping import (
    bbpssw,
    cutoff_time,
    dejmps,
    fidelity_for_chain,
    parity_checked,
    swapped,
    swapped_fidelity,
    werner_weights,
)
from ceas_formal.physics.x_states import BELL_STATES, bell_weights, density_matrix
from ceas_formal.strategies import bell_pairs
from ceas_formal.strategies import bell_weights as weights

PATIENT = settings(deadline=None)
SOME = (0.7, 0.1, 0.15, 0.05)


def matrix_and_weights(pair, time):
    state = x_state(pair, time)
    return density_matrix(state), bell_weights(state)


def weights_of(matrix):
    found = reference.measured(matrix[None])
    return [found[bell][0] for bell in BELL_STATES]


@settings(PATIENT, max_examples=20)
@given(bell_pairs(), bell_pairs(), st.floats(0, 3))
def test_swapping_is_what_the_circuit_does_to_aged_pairs(left, right, time):
    """Aged pairs are not Bell-diagonal; their Bell weights still decide those of the outcome."""
    (one, first), (other, second) = matrix_and_weights(left, time), matrix_and_weights(right, time / 2)
    np.testing.assert_allclose(swapped(first, second), weights_of(reference.swapped(one, other)), rtol=0, atol=1e-12)


@settings(PATIENT, max_examples=20)
@given(bell_pairs(), bell_pairs(), st.floats(0, 3), st.booleans())
def test_distillation_is_what_the_circuit_does_to_aged_pairs(kept, tested, time, rotated):
    (one, first), (other, second) = matrix_and_weights(kept, time), matrix_and_weights(tested, time / 2)
    # Conditioned on a chance this small, neither way keeps nine digits.
    phi = [0, 3] if rotated else [0, 1]
    agreeing, tested_agreeing = first[phi].sum(), second[phi].sum()
    assume(agreeing * tested_agreeing + (1 - agreeing) * (1 - tested_agreeing) > 1e-6)
    matrix, chance = reference.distilled(one, other, rotated=rotated)
    found, success = (dejmps if rotated else parity_checked)(first, second)
    assert math.isclose(success, chance, abs_tol=1e-12)
    np.testing.assert_allclose(found, weights_of(matrix), rtol=0, atol=1e-9)


@PATIENT
@given(weights(), weights(), weights())
def test_swapping_is_commutative_and_associative(a, b, c):
    np.testing.assert_allclose(swapped(a, b), swapped(b, a), rtol=0, atol=1e-15)
    np.testing.assert_allclose(swapped(swapped(a, b), c), swapped(a, swapped(b, c)), rtol=0, atol=1e-14)
    np.testing.assert_allclose(swapped(a, [1, 0, 0, 0]), a, rtol=0, atol=1e-15)


@PATIENT
@given(weights(), weights())
def test_swapping_makes_no_pair_better_than_either(a, b):
    """Swapping is local to the two halves of each pair, so the best Bell weight cannot exceed that of the worse pair."""
    assert swapped(a, b).max() <= min(max(a), max(b)) + 1e-12


@PATIENT
@given(weights(), weights())
def test_distillation_gives_weights_and_a_chance(a, b):
    for operation in (parity_checked, dejmps):
        one, other = (np.array(pair)[[0, 3, 2, 1] if operation is dejmps else [0, 1, 2, 3]] for pair in (a, b))
        if one[:2].sum() * other[:2].sum() + one[2:].sum() * other[2:].sum() == 0:
            continue
        found, success = operation(a, b)
        assert 0 < success <= 1 + 1e-12
        assert math.isclose(found.sum(), 1, rel_tol=1e-12)
        assert (found >= 0).all()


@PATIENT
@given(st.floats(0.25, 1), st.floats(0.25, 1))
def test_werner_pairs_swap_by_their_visibility(F, G):
    swap = swapped(werner_weights(F), werner_weights(G))
    assert math.isclose(swap[0], swapped_fidelity(F, G), rel_tol=1e-12)
    assert math.isclose(swap[0], F * G + (1 - F) * (1 - G) / 3, rel_tol=1e-12)


@PATIENT
@given(st.floats(0.25, 1), st.integers(1, 12))
def test_fidelity_for_chain_inverts_swapping(wanted, links):
    assert math.isclose(swapped_fidelity(*[fidelity_for_chain(wanted, links)] * links), wanted, rel_tol=1e-9)


@PATIENT
@given(st.floats(0.5001, 0.9999))
def test_bbpssw_formula_and_gain(F):
    """Bennett et al. 1996: F' exceeds F exactly for 1/2 < F < 1."""
    bad = (1 - F) / 3
    kept, success = bbpssw(F, F)
    assert math.isclose(success, F**2 + 2 * F * bad + 5 * bad**2, rel_tol=1e-12)
    assert math.isclose(kept, (F**2 + bad**2) / success, rel_tol=1e-12)
    assert kept > F
    assert bbpssw(1 - F, 1 - F)[0] <= 1 - F or 1 - F <= 0.25


@pytest.mark.parametrize("F", [0.25, 0.5, 1.0])
def test_fixed_points_of_bbpssw(F):
    assert math.isclose(bbpssw(F, F)[0], F, rel_tol=1e-12)


def test_dejmps_formula():
    """Deutsch et al. 1996, weights of Φ+, Ψ-, Ψ+, Φ-: N = (a+b)² + (c+d)² and (a²+b², 2cd, c²+d², 2ab)/N."""
    a, d, c, b = SOME
    # Order here: Φ+, Φ-, Ψ+, Ψ-.
    total = (a + b) ** 2 + (c + d) ** 2
    found, success = dejmps(SOME, SOME)
    assert math.isclose(success, total, rel_tol=1e-15)
    np.testing.assert_allclose(found * total, [a**2 + b**2, 2 * a * b, c**2 + d**2, 2 * c * d], rtol=1e-14)


def test_dejmps_converges_where_its_target_has_over_half_the_weight():
    pair = np.array([0.52, 0.2, 0.2, 0.08])
    for _ in range(16):
        pair, _ = dejmps(pair, pair)
    assert pair[0] > 1 - 1e-9


def test_batches_broadcast():
    many = np.broadcast_to(SOME, (5, 1, 4))
    assert swapped(many, np.broadcast_to(SOME, (3, 4))).shape == (5, 3, 4)
    kept, success = dejmps(many, np.broadcast_to(SOME, (3, 4)))
    assert kept.shape == (5, 3, 4)
    assert success.shape == (5, 3)
    assert bbpssw(np.full(7, 0.8), 0.9)[0].shape == (7,)


def test_pairs_younger_than_the_cutoff_suffice():
    pair = BellPair("phi+", Memory(1.0, 0.8), Memory(2.0, 0.5), 0.97)
    limit = float(cutoff_time(pair, 0.7, 3))
    assert 0 < limit < math.inf
    assert math.isclose(swapped_fidelity(*[fidelity(pair, limit)] * 3), 0.7, rel_tol=1e-9)
    assert swapped_fidelity(*fidelity(pair, np.array([0.1, 0.5, 0.99]) * limit)) > 0.7
    assert cutoff_time(pair, 0.95, 3) == 0
    assert cutoff_time(BellPair("phi+", depolarising(1.0), depolarising(1.0)), 0.25, 2) == math.inf


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: swapped([0.5, 0.5, 0.0], SOME), r"the left weights must have the shape \(..., 4\).* got \(3,\)"),
        (lambda: swapped(SOME, [0.5, 0.5, 0.5, 0.0]), r"the sum of the right weights must lie in .* got 1.5"),
        (lambda: swapped(SOME, [1.5, -0.5, 0.0, 0.0]), r"the right weights must lie in \[0, 1\]; got 1.5"),
        (lambda: dejmps(SOME, [math.nan] * 4), "got nan"),
        (lambda: parity_checked([1, 0, 0, 0], [0, 0, 1, 0]), r"the chance of success must lie in \(0, 1\]; got 0.0"),
        (lambda: bbpssw(1.2, 0.9), r"the fidelity F must lie in \[0, 1\]; got 1.2"),
        (lambda: swapped_fidelity(0.9, 0.2), r"the fidelity F must lie in \[0.25, 1\]; got 0.2"),
        (lambda: fidelity_for_chain(0.9, 0), "the number of links must be an int, at least 1; got 0"),
        (lambda: cutoff_time(BellPair("phi+", Memory(1, 1), Memory(1, 1)), 0.9, True), "the number of links"),
    ],
)
def test_bad_input_is_refused_with_the_quantity_and_its_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()
