"""Time-outs and bounds: exact numbers, and what they mean for a clock that is run."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.spec import timing
from ceas_formal.spec.timing import decision_bound, entry_skew, least_timeout

delays = st.fractions(Fraction(1, 100), 100)


def test_examples_in_docstrings_run():
    assert doctest.testmod(timing).failed == 0


@given(delays)
def test_the_least_time_out_leaves_six_delays_after_the_last_entry(delay):
    assert least_timeout(delay) - entry_skew(delay) == 6 * delay


@given(st.integers(0, 40), delays, st.fractions(8, 50))
def test_more_faults_longer_delays_and_longer_time_outs_never_shorten_the_bound(faults, delay, factor):
    bound = decision_bound(faults, delay, factor * delay)
    assert decision_bound(faults + 1, delay, factor * delay) > bound
    assert decision_bound(faults, delay, (factor + 1) * delay) > bound


@given(delays)
def test_a_time_out_that_is_too_short_promises_nothing(delay):
    with pytest.raises(ValueError, match="at least 8Δ"):
        decision_bound(1, delay, least_timeout(delay) - delay / 100)


@pytest.mark.parametrize("wrong", [0.5, True, "1"])
def test_inexact_numbers_are_refused(wrong):
    with pytest.raises(TypeError):
        least_timeout(wrong)


def test_a_delay_of_zero_is_refused():
    with pytest.raises(ValueError, match="delay"):
        least_timeout(0)
