"""The inventory of one link (definition 2, equation 7)."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.spec import inventory
from ceas_formal.spec.inventory import clamped_inventory_step, expected_inventory_step, residual_lifetime
from ceas_formal.strategies import coherence_times, pairs, positive_unit_fractions


def test_examples_in_docstrings_run():
    assert doctest.testmod(inventory).failed == 0


@given(pairs(), positive_unit_fractions(), pairs(), pairs())
def test_clamped_step_is_the_positive_part_of_equation_7(mean, p, r, c):
    step = expected_inventory_step(mean, p, r, c)
    assert clamped_inventory_step(mean, p, r, c) == (step if step > 0 else 0)
    assert (step >= 0) == (c <= p * mean + r)


@given(pairs(), positive_unit_fractions(), pairs(), pairs(), st.integers(0, 6))
def test_iterated_equation_7_has_its_closed_form(mean, p, r, c, rounds):
    value = mean
    for _ in range(rounds):
        value = expected_inventory_step(value, p, r, c)
    assert value == p**rounds * mean + (r - c) * sum(p**s for s in range(rounds))


@given(st.integers(-9, 9), coherence_times(), pairs(), pairs())
def test_residual_lifetime_falls_with_time_and_stays_in_range(created, life, wait, longer):
    now, later = (residual_lifetime(created, life, created + w) for w in (wait, wait + longer))
    assert 0 <= later <= now <= life
    assert (now > 0) == (wait < life)


@pytest.mark.parametrize("bad", [0.5, True, "1"])
@pytest.mark.parametrize("position", range(4))
def test_inexact_arguments_are_refused(bad, position):
    arguments = [1, 1, 1, 1]
    arguments[position] = bad
    for step in (expected_inventory_step, clamped_inventory_step):
        with pytest.raises(TypeError, match="must be an int or a Fraction"):
            step(*arguments)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((1, 0, 1, 1), r"survival probability p must lie in \(0, 1\]"),
        ((1, Fraction(5, 4), 1, 1), "survival probability p"),
        ((1, 1, -1, 1), "pairs generated"),
        ((1, 1, 1, -1), "pairs consumed"),
        ((-1, 1, 1, 1), "the inventory must lie in"),
    ],
)
def test_arguments_out_of_range_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        clamped_inventory_step(*arguments)


def test_lifetimes_out_of_range_are_refused():
    with pytest.raises(ValueError, match="coherence time must lie in"):
        residual_lifetime(0, 0, 1)
    with pytest.raises(ValueError, match=r"present time must lie in \[2, ∞\); got 1"):
        residual_lifetime(2, 3, 1)
    with pytest.raises(TypeError, match="creation time"):
        residual_lifetime(0.0, 3, 1)
