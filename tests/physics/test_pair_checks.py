"""Checks of stored pairs: states after measurements, chances to pass, and the cost of a test."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ceas_formal.physics.pair_checks import SEPARABLE, UNTRUSTED, after_measurement, agreement, checks_needed, escape_chance, pass_chance
from ceas_formal.strategies import bell_weights as weights

PATIENT = settings(deadline=None)
AXES = st.tuples(*[st.floats(-1, 1)] * 3)


@PATIENT
@given(weights(), AXES)
def test_a_measured_pair_is_no_better_than_a_separable_one(pair, axis):
    assume(math.hypot(*axis) > 1e-3)
    after = after_measurement(pair, axis)
    assert math.isclose(after.sum(), 1, rel_tol=1e-12)
    assert after.min() > -1e-12
    assert after.max() <= 0.5 + 1e-12
    assert agreement(np.clip(after, 0, 1)).mean() <= SEPARABLE + 1e-12


@PATIENT
@given(AXES)
def test_measuring_phi_plus_leaves_one_half_and_one_axis_sees_nothing(axis):
    assume(math.hypot(*axis) > 1e-3)
    after = after_measurement([1, 0, 0, 0], axis)
    x, y, z = np.array(axis) ** 2 / math.hypot(*axis) ** 2
    np.testing.assert_allclose(after, [0.5, z / 2, x / 2, y / 2], atol=1e-12)
    np.testing.assert_allclose(agreement(after), [(1 + x) / 2, (1 + y) / 2, (1 + z) / 2], atol=1e-12)


@PATIENT
@given(weights())
def test_a_random_axis_measures_the_fidelity(pair):
    assert math.isclose(agreement(pair).mean(), pass_chance(pair[0]), rel_tol=1e-12)


def test_product_states_pass_at_most_two_thirds_and_reach_it():
    turn = np.random.default_rng(0).normal(size=(2000, 3))
    for vector in turn / np.linalg.norm(turn, axis=1, keepdims=True):
        # A product of Bloch vectors v and (x, -y, z)·v has correlations v_i², the most that products reach.
        assert (1 + (vector**2).sum() / 3) / 2 <= SEPARABLE + 1e-12
        assert (1 + np.abs(vector).sum() / 3) / 2 <= UNTRUSTED + 1e-12
    assert math.isclose((1 + 3 * (1 / math.sqrt(3)) / 3) / 2, UNTRUSTED)


@PATIENT
@given(st.integers(0, 300), st.floats(0, 1))
def test_partial_attacks_escape_more_often(checks, share):
    assert escape_chance(checks, attacked=share) >= escape_chance(checks) - 1e-15


@pytest.mark.parametrize(("fidelity", "expected"), [(1.0, (35, 0)), (0.95, (118, 16)), (0.9, (177, 30)), (0.7, (979, 257))])
def test_cost_of_a_test(fidelity, expected):
    assert checks_needed(fidelity, 1e-6) == expected


def test_cost_falls_with_fidelity_and_with_the_errors_allowed():
    costs = [checks_needed(F, 1e-6)[0] for F in (0.6, 0.7, 0.8, 0.9, 1.0)]
    assert costs == sorted(costs, reverse=True)
    assert checks_needed(0.9, 1e-3)[0] < checks_needed(0.9, 1e-6)[0] < checks_needed(0.9, 1e-6, passes=UNTRUSTED)[0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: checks_needed(0.5, 1e-6), r"fidelity of honest pairs must lie in \(0.5, 1\]; got 0.5"),
        (lambda: checks_needed(0.6, 1e-6, passes=UNTRUSTED), r"\(0.683013, 1\]; got 0.6"),
        (lambda: checks_needed(0.50001, 1e-6), "may need more"),
        (lambda: checks_needed(0.9, 0.0), r"the wanted chance of a false accept must lie in \[1e-30, 0.5\]; got 0.0"),
        (lambda: checks_needed(math.nan, 1e-6), "got nan"),
        (lambda: escape_chance(-1), "the number of checks must be an int, at least 0; got -1"),
        (lambda: escape_chance(3, attacked=1.5), "the share of attacked pairs"),
        (lambda: after_measurement([1, 0, 0, 0], [0, 0, 0]), r"a length in \(0, ∞\)"),
        (lambda: after_measurement([1, 0, 0, 0], [1, 0]), r"the shape \(..., 3\)"),
        (lambda: after_measurement([1, 1, 0, 0], [1, 0, 0]), "the sum of the Bell weights"),
        (lambda: pass_chance(2.0), "the fidelity F"),
    ],
)
def test_bad_input_is_refused_with_the_quantity_and_its_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()
