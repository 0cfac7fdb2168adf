"""Aggregation weights (equation 4) and the quarantine gate."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.spec import weights
from ceas_formal.spec.weights import aggregation_weights, gated_weights
from ceas_formal.strategies import stamps


def test_examples_in_docstrings_run():
    assert doctest.testmod(weights).failed == 0


@given(stamps())
def test_weights_are_positive_proportional_and_sum_to_one(phi):
    w = aggregation_weights(phi)
    assert sum(w) == 1
    assert all(w[j] * phi[k] == w[k] * phi[j] for j in range(len(phi)) for k in range(len(phi)))
    assert all(weight >= stamp / len(phi) > 0 for weight, stamp in zip(w, phi, strict=True))


@given(stamps(), st.data())
def test_gate_gives_exactly_zero_and_renormalises_the_rest(phi, data):
    quarantined = data.draw(st.sets(st.integers(0, len(phi) - 1), max_size=len(phi) - 1))
    w = gated_weights(phi, quarantined)
    kept = [k for k in range(len(phi)) if k not in quarantined]
    assert all(w[k] == 0 for k in quarantined)
    assert tuple(w[k] for k in kept) == aggregation_weights([phi[k] for k in kept])


@given(stamps())
def test_without_quarantine_the_gate_is_equation_4(phi):
    assert gated_weights(phi, []) == aggregation_weights(phi)


@given(stamps())
def test_everyone_quarantined_is_refused(phi):
    with pytest.raises(ValueError, match="quarantined nodes must lie in"):
        gated_weights(phi, range(len(phi)))


@pytest.mark.parametrize("bad", [0.5, True, "1/2", None])
def test_inexact_stamps_are_refused(bad):
    with pytest.raises(TypeError, match="stamp 1 must be an int or a Fraction"):
        aggregation_weights([Fraction(1, 2), bad])


@pytest.mark.parametrize("bad", [0, Fraction(-1, 2), Fraction(3, 2), 2])
def test_stamps_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=r"stamp 0 must lie in \(0, 1\]"):
        aggregation_weights([bad])


def test_no_stamps_are_refused():
    with pytest.raises(ValueError, match="number of stamps"):
        aggregation_weights([])


@pytest.mark.parametrize(("position", "error"), [(2, ValueError), (-1, ValueError), (True, TypeError), (1.0, TypeError)])
def test_bad_positions_are_refused(position, error):
    with pytest.raises(error, match="quarantined position"):
        gated_weights([1, 1], [position])
