"""Formulas of keyed codes and of thresholds, against counting and exact sums."""

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.physics import tags, thresholds
from ceas_formal.physics.clifford_code import counted
from ceas_formal.strategies import code_sizes, noise_rates


@pytest.mark.parametrize(("payload", "traps"), [(n, t) for n in range(1, 6) for t in range(6) if n + t <= 8])
def test_formulas_equal_the_count_of_all_pauli_errors(payload, traps):
    assert counted(payload, traps) == (tags.clifford_acceptance(payload, traps), tags.clifford_soundness(payload, traps))


@given(code_sizes())
def test_soundness_is_below_two_to_the_minus_t_and_falls_with_every_trap(sizes):
    payload, traps = sizes
    sound = tags.clifford_soundness(payload, traps)
    assert sound < tags.clifford_acceptance(payload, traps) < Fraction(1, 2**traps)
    assert sound > Fraction(1, 2**traps) * (1 - Fraction(1, 4**payload))
    assert tags.clifford_soundness(payload, traps + 1) < sound / Fraction(19, 10)


@given(st.integers(1, 6), st.integers(1, 60))
def test_least_traps_is_the_least(payload, bits):
    wanted = Fraction(1, 2**bits)
    traps = tags.least_traps(payload, wanted)
    assert tags.clifford_soundness(payload, traps) <= wanted < tags.clifford_soundness(payload, traps - 1)
    assert tags.least_traps(payload, tags.clifford_soundness(payload, traps)) == traps


def test_no_trap_no_security():
    assert tags.clifford_soundness(3, 0) == tags.clifford_acceptance(3, 0) == 1


@given(code_sizes(most_traps=20), noise_rates(), noise_rates())
def test_honest_acceptance_falls_with_noise_and_lies_above_the_error_free_chance(sizes, one, other):
    low, high = sorted((one, other))
    total = sum(sizes)
    assert tags.honest_acceptance(*sizes, high) <= tags.honest_acceptance(*sizes, low) <= 1
    assert tags.error_free(total, low) <= tags.honest_acceptance(*sizes, low)
    assert tags.honest_acceptance(*sizes, 0, 1 - low) == tags.honest_acceptance(*sizes, low)


@given(st.lists(st.integers(0, 20), min_size=4, max_size=4).filter(any), noise_rates(), st.integers(1, 4))
def test_noise_and_pair_leave_a_qubit_alone_as_their_product_does(weights, infidelity, qubits):
    noise = dict(zip("IXYZ", (Fraction(weight, sum(weights)) for weight in weights), strict=True))
    pair = dict(zip("IXYZ", (1 - infidelity, *[infidelity / 3] * 3), strict=True))
    alone = sum(noise[one] * pair[other] for one in "IXYZ" for other in "IXYZ" if one == other)
    assert tags.error_free(qubits, 1 - noise["I"], 1 - infidelity) == alone**qubits
    assert tags.honest_acceptance(qubits, 3, 1 - noise["I"], 1 - infidelity) >= (noise["I"] * pair["I"]) ** (qubits + 3)


def test_honest_acceptance_at_the_noise_of_the_paper():
    found = [round(float(tags.honest_acceptance(n, t, Fraction(1, 5))), 4) for n, t in ((1, 8), (4, 16))]
    assert found == [0.1376, 0.0115]


@given(st.integers(1, 4), st.fractions(0, Fraction(1, 200), max_denominator=5_000), st.integers(1, 20))
def test_two_sided_length_keeps_both_errors_or_none_does(payload, noise, bits):
    wanted = Fraction(1, 2**bits), Fraction(1, 20)

    def kept(traps):
        return tags.clifford_soundness(payload, traps) <= wanted[0] and 1 - tags.honest_acceptance(payload, traps, noise) <= wanted[1]

    lengths = [traps for traps in range(40) if kept(traps)]
    if lengths:
        assert tags.two_sided_traps(payload, noise, *wanted) == lengths[0]
    else:
        with pytest.raises(ValueError, match="the wanted false rejects must lie in"):
            tags.two_sided_traps(payload, noise, *wanted)


@given(st.integers(1, 1000), st.floats(0.01, 0.999))
def test_usable_gate_error_gives_the_wanted_acceptance(gates, acceptance):
    error = tags.usable_gate_error(gates, acceptance)
    assert math.isclose((1 - error) ** (2 * gates), acceptance, rel_tol=1e-9)


@given(st.integers(0, 30), st.fractions(0, 1, max_denominator=20), st.integers(-1, 32))
def test_upper_tail_is_the_sum_of_the_terms(trials, chance, more_than):
    terms = [math.comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(trials + 1)]
    assert thresholds.upper_tail(trials, chance, more_than) == sum(terms[more_than + 1 :])


@pytest.mark.parametrize(
    ("honest", "tampered", "checks"), [("0.01", "0.1", 443), ("0.01", "0.25", 119), ("0.05", "0.25", 247), ("0.2", "0.5", 214)]
)
def test_least_checks_keeps_both_errors_exactly_and_one_check_less_does_not(honest, tampered, checks):
    p, q, wanted = Fraction(honest), Fraction(tampered), Fraction(1, 10**6)
    found = thresholds.least_checks(float(p), float(q), 1e-6, 1e-6)
    assert found.checks == checks

    def kept(count, flips):
        return thresholds.upper_tail(count, p, flips) <= wanted and 1 - thresholds.upper_tail(count, q, flips) <= wanted

    assert kept(found.checks, found.flips)
    assert not any(kept(found.checks - 1, flips) for flips in range(found.flips - 3, found.flips + 4))
    assert math.isclose(found.false_reject, thresholds.upper_tail(checks, p, found.flips), rel_tol=1e-9)
    assert math.isclose(found.false_accept, 1 - thresholds.upper_tail(checks, q, found.flips), rel_tol=1e-9)


@pytest.mark.parametrize(("honest", "tampered"), [("1/20", "1/2"), ("0", "1/15"), ("1/7", "1"), ("0", "1"), ("1/10", "9/10")])
def test_least_checks_is_the_first_count_that_suffices(honest, tampered):
    p, q, wanted = Fraction(honest), Fraction(tampered), Fraction(1, 100)

    def kept(count):
        return any(
            thresholds.upper_tail(count, p, flips) <= wanted and 1 - thresholds.upper_tail(count, q, flips) <= wanted
            for flips in range(count)
        )

    found = thresholds.least_checks(float(p), float(q), 0.01, 0.01)
    assert found.checks == next(count for count in itertools.count(1) if kept(count))
    assert thresholds.upper_tail(found.checks, p, found.flips) <= wanted >= 1 - thresholds.upper_tail(found.checks, q, found.flips)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(1e-30, 0.5), st.floats(1e-30, 0.5))
def test_least_checks_answers_or_refuses_for_every_pair_of_rates(one, other, false_accept, false_reject):
    p, q = sorted((one, other))
    most = thresholds.MOST_CHECKS - 1
    if p == q or -math.log(min(false_accept, false_reject)) > most * thresholds.balanced_threshold(p, q)[1]:
        with pytest.raises(ValueError, match=r"tampered rate q must lie in|the number of checks must lie in \[1, 200000\]"):
            thresholds.least_checks(p, q, false_accept, false_reject)
    else:
        found = thresholds.least_checks(p, q, false_accept, false_reject)
        assert found.false_accept <= false_accept
        assert found.false_reject <= false_reject


@settings(max_examples=30)
@given(st.floats(0.005, 0.3), st.floats(0.1, 0.6), st.integers(2, 9))
def test_least_checks_stays_below_the_chernoff_bound(honest, gap, digits):
    wanted = 10.0**-digits
    exponent = thresholds.balanced_threshold(honest, honest + gap)[1]
    assert thresholds.least_checks(honest, honest + gap, wanted, wanted).checks <= math.log(1 / wanted) / exponent + 2


@pytest.mark.parametrize(("tau", "rate"), [(0.2, 0.0), (0.2, 1.0), (1.0, 0.0), (0.0, 1.0)])
def test_what_a_rate_of_0_or_1_never_gives_diverges(tau, rate):
    assert thresholds.divergence(tau, rate) == math.inf
    assert thresholds.divergence(rate, rate) == 0


@given(st.floats(0.01, 0.5), st.floats(0.01, 0.4))
def test_balanced_threshold_balances(honest, gap):
    tau, exponent = thresholds.balanced_threshold(honest, honest + gap)
    assert honest < tau < honest + gap
    assert math.isclose(thresholds.divergence(tau, honest + gap), exponent, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tags.clifford_soundness(0, 3), r"the payload, in qubits, must be at least 1; got 0"),
        (lambda: tags.clifford_acceptance(1, -1), r"the number of traps must be at least 0; got -1"),
        (lambda: tags.least_traps(1, 0), r"the wanted soundness error must lie in \(0, 1\]; got 0"),
        (lambda: tags.honest_acceptance(1, 1, Fraction(3, 2)), r"the noise per qubit must lie in \[0, 1\]; got 3/2"),
        (lambda: tags.honest_acceptance(1, 1, 0, 2), r"the pair fidelity must lie in \[0, 1\]; got 2"),
        (lambda: tags.usable_gate_error(0, 0.9), r"the number of two-qubit gates must be at least 1; got 0"),
        (lambda: tags.usable_gate_error(5, 1.5), r"the wanted acceptance must lie in \[1e-06, 1\]; got 1.5"),
        (lambda: thresholds.upper_tail(3, 2, 0), r"the chance of a trial must lie in \[0, 1\]; got 2"),
        (lambda: thresholds.least_checks(0.2, 0.1, 1e-6, 1e-6), r"the tampered rate q must lie in \(0.2, 1\].*got 0.1"),
        (lambda: thresholds.least_checks(0.2, 0.3, 0, 1e-6), r"the wanted chance of a false accept must lie in \[1e-30, 0.5\]; got 0"),
        (lambda: thresholds.least_checks(0.2, 0.2001, 1e-6, 1e-6), r"the number of checks must lie in \[1, 200000\]"),
        (lambda: thresholds.divergence(float("nan"), 0.5), r"the threshold τ must lie in \[0, 1\]; got nan"),
    ],
)
def test_bad_input_names_the_quantity_and_its_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_floats_are_refused_where_results_are_exact():
    with pytest.raises(TypeError, match="the noise per qubit must be an int or a Fraction"):
        tags.honest_acceptance(1, 1, 0.5)
