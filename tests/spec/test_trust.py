"""The trust score (III.D.1)."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ceas_formal.spec import trust
from ceas_formal.spec.trust import limit_cycle, rounds_to_quarantine, smallest_cycle_trust, trust_after, trust_step
from ceas_formal.strategies import quarantine_thresholds, trust_memories, trust_scores, unit_fractions, verdict_sequences


def test_examples_in_docstrings_run():
    assert doctest.testmod(trust).failed == 0


@given(trust_scores(), unit_fractions(), trust_memories())
def test_one_round_keeps_trust_between_its_arguments(score, verdict, alpha):
    after = trust_step(score, verdict, alpha)
    assert min(score, verdict) <= after <= max(score, verdict)


@given(trust_scores(), verdict_sequences(), trust_memories())
def test_closed_form_equals_iteration(score, verdicts, alpha):
    iterated = score
    for verdict in verdicts:
        iterated = trust_step(iterated, verdict, alpha)
    assert trust_after(score, verdicts, alpha) == iterated


@given(trust_scores(), trust_memories(), quarantine_thresholds())
def test_rounds_to_quarantine_is_the_first_round_below_the_threshold(score, alpha, threshold):
    rounds = rounds_to_quarantine(score, alpha, threshold)
    assert trust_after(score, [0] * rounds, alpha) < threshold
    assert rounds == 0 or trust_after(score, [0] * (rounds - 1), alpha) >= threshold


@given(verdict_sequences(least=1), trust_memories())
def test_limit_cycle_repeats(verdicts, alpha):
    cycle = limit_cycle(verdicts, alpha)
    assert trust_after(cycle[-1], verdicts, alpha) == cycle[-1]
    assert len(cycle) == len(verdicts)


@given(verdict_sequences(least=1, most=5), trust_memories(), st.integers(1, 4))
def test_trust_from_one_never_falls_below_the_limit_cycle(verdicts, alpha, periods):
    score = Fraction(1)
    for verdict in verdicts * periods:
        score = trust_step(score, verdict, alpha)
        assert score >= smallest_cycle_trust(verdicts, alpha)


@given(st.integers(2, 9), trust_memories())
def test_periodic_cheater_has_the_known_minimum(period, alpha):
    minimum = smallest_cycle_trust([0] + [1] * (period - 1), alpha)
    assert minimum == alpha * (1 - alpha ** (period - 1)) / (1 - alpha**period)


@given(trust_memories(), trust_memories())
def test_longer_memory_hides_a_second_round_cheater_better(alpha, longer):
    assume(alpha < longer)
    assert smallest_cycle_trust([0, 1], alpha) < smallest_cycle_trust([0, 1], longer) < Fraction(1, 2)


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: trust_step(0.5, 1, Fraction(1, 2)), TypeError, "trust score must be an int or a Fraction"),
        (lambda: trust_step(1, True, Fraction(1, 2)), TypeError, "verdict"),
        (lambda: trust_step(1, 1, 0.9), TypeError, "memory α"),
        (lambda: trust_step(2, 1, Fraction(1, 2)), ValueError, r"trust score must lie in \[0, 1\]; got 2"),
        (lambda: trust_step(1, -1, Fraction(1, 2)), ValueError, "verdict"),
        (lambda: trust_step(1, 1, 1), ValueError, r"memory α must lie in \(0, 1\)"),
        (lambda: trust_after(1, [1, 2], Fraction(1, 2)), ValueError, "verdict"),
        (lambda: rounds_to_quarantine(1, Fraction(1, 2), 0), ValueError, "threshold"),
        (lambda: limit_cycle([], Fraction(1, 2)), ValueError, "period"),
    ],
)
def test_bad_arguments_are_named(call, error, named):
    with pytest.raises(error, match=named):
        call()
