"""Derived weights against brute force."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.derive.aggregation.shots import gain_of_adaptive_shots, gain_of_optimal_shots, optimal_shots, shots_by_estimated_noise
from ceas_formal.derive.aggregation.weight_errors import inflation_by_weight_errors, minimal_error_weights, squared_error
from ceas_formal.derive.aggregation.weights import efficiency_of_scalar_weights, no_least_scalar_weights, trace_optimal_weights
from ceas_formal.derive.proof import NotDerived, Proof
from ceas_formal.spec.stamps import inflation_bound, variance_inflation

positive = st.fractions(min_value=Fraction(1, 50), max_value=50, max_denominator=50)
signed = st.fractions(min_value=-5, max_value=5, max_denominator=20)
RANDOM = np.random.default_rng([5, 0])


def covariances(count, dimension):
    halves = RANDOM.normal(size=(count, dimension, dimension))
    return halves @ halves.transpose(0, 2, 1) + 0.05 * np.eye(dimension)


@given(st.lists(positive, min_size=1, max_size=6), st.data())
def test_no_weights_have_a_trace_below_the_derived_one(traces, data):
    least = trace_optimal_weights().exact(traces, len(traces))
    weights = data.draw(st.lists(signed, min_size=len(traces) - 1, max_size=len(traces) - 1))
    weights.append(1 - sum(weights))
    assert sum(w**2 * s for w, s in zip(weights, traces, strict=True)) >= least
    best = [least / s for s in traces]
    assert sum(best) == 1
    assert sum(w**2 * s for w, s in zip(best, traces, strict=True)) == least


@given(st.lists(positive, min_size=1, max_size=6), st.data())
def test_specification_measures_inflation_against_the_derived_least_trace(traces, data):
    stamps = data.draw(st.lists(positive, min_size=len(traces), max_size=len(traces)))
    weights = [stamp / sum(stamps) for stamp in stamps]
    least = trace_optimal_weights().exact(traces, len(traces))
    assert variance_inflation(traces, stamps) * least == sum(w**2 * s for w, s in zip(weights, traces, strict=True))


@pytest.mark.parametrize(("count", "dimension"), [(2, 2), (3, 4), (6, 3), (10, 5)])
def test_matrix_weights_are_least_in_every_direction_among_random_ones(count, dimension):
    sigma = covariances(count, dimension)
    least = np.linalg.inv(np.linalg.inv(sigma).sum(axis=0))
    for _ in range(50):
        weights = RANDOM.normal(size=(count, dimension, dimension))
        weights[-1] = np.eye(dimension) - weights[:-1].sum(axis=0)
        covariance = (weights @ sigma @ weights.transpose(0, 2, 1)).sum(axis=0)
        assert np.linalg.eigvalsh(covariance - least).min() >= -1e-9 * np.linalg.norm(covariance)


@given(positive, positive, signed)
def test_best_weight_of_one_direction_is_the_derived_one(u, v, w):
    assert w**2 * u + (1 - w) ** 2 * v >= no_least_scalar_weights().exact(u, v)


@pytest.mark.parametrize(("count", "dimension"), [(2, 2), (4, 3), (8, 5)])
def test_scalar_weights_lose_at_most_the_bound_on_random_covariances(count, dimension):
    for _ in range(50):
        sigma = covariances(count, dimension)
        traces = np.trace(sigma, axis1=1, axis2=2)
        eigenvalues = np.linalg.eigvalsh(sigma / traces[:, None, None])
        low, high = eigenvalues.min(), eigenvalues.max()
        scalar = (sigma / traces[:, None, None] ** 2).sum(axis=0) / (1 / traces).sum() ** 2
        least = np.linalg.inv(np.linalg.inv(sigma).sum(axis=0))
        bound = (low + high) ** 2 / (4 * low * high) * least - scalar
        assert np.linalg.eigvalsh(bound).min() >= -1e-9 * np.linalg.norm(scalar)


@given(st.integers(min_value=1, max_value=10_000))
def test_two_crossed_covariances_reach_the_bound(stretch):
    assert efficiency_of_scalar_weights().exact(stretch) == inflation_bound(1, stretch)


@settings(max_examples=50)
@given(st.lists(st.tuples(positive, st.tuples(signed, signed)), min_size=1, max_size=4), st.data())
def test_no_weights_err_less_than_the_derived_ones_under_bias(nodes, data):
    traces, biases = [trace for trace, _ in nodes], [bias for _, bias in nodes]
    best = minimal_error_weights(traces, biases)
    other = data.draw(st.lists(signed, min_size=len(nodes) - 1, max_size=len(nodes) - 1))
    other.append(1 - sum(other))
    assert sum(best) == 1
    assert squared_error(best, traces, biases) <= squared_error(other, traces, biases)


def test_error_of_a_biased_aggregate_is_that_of_a_sample():
    biases, deviations, weights = np.array([[1.0, 0.0], [-0.5, 2.0]]), np.array([0.5, 1.5]), np.array([0.7, 0.3])
    noise = RANDOM.normal(size=(200_000, 2, 2)) * deviations[:, None] + biases
    lengths = ((weights[:, None] * noise).sum(axis=1) ** 2).sum(axis=1)
    traces = [2 * Fraction(d) ** 2 for d in (Fraction(1, 2), Fraction(3, 2))]
    derived = squared_error([Fraction(7, 10), Fraction(3, 10)], traces, [[1, 0], [Fraction(-1, 2), 2]])
    assert abs(lengths.mean() - float(derived)) <= 4 * lengths.std() / np.sqrt(len(lengths))


@pytest.mark.parametrize(
    ("traces", "biases", "message"),
    [([1], [[1], [2]], "one trace and one bias"), ([], [], "one trace and one bias"), ([1, 1], [[1], [1, 2]], "of one length"),
     ([0], [[1]], r"\(0, ∞\)")],
)  # fmt: skip
def test_weights_under_bias_refuse_bad_input(traces, biases, message):
    with pytest.raises(ValueError, match=message):
        minimal_error_weights(traces, biases)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=8))
def test_wrong_weights_inflate_the_variance_by_at_most_the_bound(pairs):
    share, errors = [p for p, _ in pairs], [e for _, e in pairs]
    p = [one / sum(share) for one in share]
    ratio = sum(a * e**2 for a, e in zip(p, errors, strict=True)) / sum(a * e for a, e in zip(p, errors, strict=True)) ** 2
    assert ratio <= inflation_by_weight_errors().exact(min(errors), max(errors))


@given(st.lists(st.tuples(positive, positive, positive, positive), min_size=1, max_size=6))
def test_no_shots_have_a_variance_below_the_derived_one(nodes):
    w, v, c, n = map(list, zip(*nodes, strict=True))
    budget = sum(cost * count for cost, count in zip(c, n, strict=True))
    variance = sum(a**2 * b / d for a, b, d in zip(w, v, n, strict=True))
    assert float(variance) >= optimal_shots().exact(w, v, c, budget, len(nodes)) * (1 - 1e-12)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=8))
def test_shots_by_wrong_noise_inflate_the_variance_by_at_most_the_bound(pairs):
    share, errors = [p for p, _ in pairs], [e for _, e in pairs]
    p = [one / sum(share) for one in share]
    ratio = sum(a * e for a, e in zip(p, errors, strict=True)) * sum(a / e for a, e in zip(p, errors, strict=True))
    assert ratio <= shots_by_estimated_noise().exact(min(errors), max(errors))


def test_pilot_of_two_stages_gains_what_full_simulation_finds():
    deviations = np.array([1.0, 4.0])
    mean, error = gain_of_adaptive_shots(deviations, 100, 20, 4000, seed=0)
    pilots = RANDOM.normal(size=(20_000, 2, 20)) * deviations[:, None]
    spread = pilots.std(axis=2, ddof=1)
    counts = 160 * spread / spread.sum(axis=1, keepdims=True)
    full = ((deviations**2).sum() / 100) / (deviations**2 / counts).sum(axis=1)
    assert abs(mean - full.mean()) <= 4 * np.hypot(error, full.std() / np.sqrt(20_000))
    assert mean < gain_of_optimal_shots(deviations)


@pytest.mark.parametrize("deviations", [[], [0.0], [-1.0], [float("nan")], [[1.0]]])
def test_gain_refuses_deviations_that_are_none(deviations):
    with pytest.raises(ValueError, match=r"\(0, ∞\)"):
        gain_of_optimal_shots(deviations)


@pytest.mark.parametrize(("pilot", "repetitions", "message"), [(1, 10, "2..99"), (100, 10, "2..99"), (10, 1, "at least 2")])
def test_gain_refuses_pilots_that_cannot_be(pilot, repetitions, message):
    with pytest.raises(ValueError, match=message):
        gain_of_adaptive_shots([1.0, 2.0], 100, pilot, repetitions, seed=0)


def test_scalar_weights_by_the_root_of_the_trace_are_refused():
    import sympy
    from sympy import Eq, Integer, Sum

    k = sympy.Symbol("k", integer=True, nonnegative=True)
    proof = Proof()
    K = proof.symbol("K", "nodes", integer=True, positive=True)
    s, w = proof.sequence("s", "traces", positive=True), proof.sequence("w", "weights", real=True)
    S = proof.symbol("S", "sum", positive=True)
    over = (k, 0, K - 1)
    proof.assume("sum", "to 1", Eq(Sum(w[k], over), 1, evaluate=False))
    proof.define("short", S, Sum(1 / sympy.sqrt(s[k]), over))
    squares = Sum(s[k] * (w[k] - 1 / (S * sympy.sqrt(s[k]))) ** 2, over)
    given_ = {Sum(w[k], over): Integer(1), Sum(1 / sympy.sqrt(s[k]), over): S}
    with pytest.raises(NotDerived):
        proof.at_least("wrong weights", Sum(s[k] * w[k] ** 2, over), 1 / S, squares, given_)


def test_numbers_of_the_correlated_example_are_those_of_one_common_error():
    from ceas_formal.derive.aggregation.weights import matrix_weights, trace_optimal_weights

    best = [Fraction(4, 5), Fraction(1, 5)]
    for made in (trace_optimal_weights(), matrix_weights()):
        step = next(step for step in made.steps if "uncorrelated" in step.reason and step.kind == "weakened")
        assert (step.formula.lhs, step.formula.rhs) == ((2 * 1 - 1 * 2) ** 2, (best[0] * 1 + best[1] * 2) ** 2)
