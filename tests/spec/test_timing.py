"""Time-outs and bounds: exact numbers, and what they mean for a clock that is run."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.spec import timing
from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.timing import PHASES, decision_bound, entry_skew, least_timeout
from ceas_formal.verify.timing import BOUND, STEPS

delays = st.fractions(Fraction(1, 100), 100)


def test_examples_in_docstrings_run():
    assert doctest.testmod(timing).failed == 0


@given(delays)
def test_the_least_time_out_leaves_a_delay_for_each_fair_action_after_the_last_entry(delay):
    fair = [action.name for action in checkpoint.actions.values() if action.fair]
    assert sorted(STEPS) == sorted(fair)
    assert least_timeout(delay) - entry_skew(delay) == len(fair) * delay == PHASES * delay


@given(st.integers(0, 40), delays, st.fractions(9, 50))
def test_the_bound_is_the_one_that_the_obligations_derive(faults, delay, factor):
    timeout = factor * delay
    limit = (faults + 1) * (timeout + delay)
    stated = BOUND.goal.removeprefix("(<= decided (+ stable limit (* ").removesuffix(" d)))")
    assert decision_bound(faults, delay, timeout) == limit + int(stated) * delay


@given(st.integers(0, 40), delays, st.fractions(9, 50))
def test_more_faults_longer_delays_and_longer_time_outs_never_shorten_the_bound(faults, delay, factor):
    bound = decision_bound(faults, delay, factor * delay)
    assert decision_bound(faults + 1, delay, factor * delay) > bound
    assert decision_bound(faults, delay, (factor + 1) * delay) > bound


@given(delays)
def test_a_time_out_that_is_too_short_promises_nothing(delay):
    with pytest.raises(ValueError, match="at least 9Δ"):
        decision_bound(1, delay, least_timeout(delay) - delay / 100)


@pytest.mark.parametrize("wrong", [0.5, True, "1"])
def test_inexact_numbers_are_refused(wrong):
    with pytest.raises(TypeError):
        least_timeout(wrong)


def test_a_delay_of_zero_is_refused():
    with pytest.raises(ValueError, match="delay"):
        least_timeout(0)
