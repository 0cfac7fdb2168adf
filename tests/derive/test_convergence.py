"""Derived convergence bounds against exact recursions, enumerations and random runs."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer

from ceas_formal.derive.proof import NotDerived, Proof
from ceas_formal.derive.training.aggregate_error import aggregate_error, byzantine_convergence, honest_spread
from ceas_formal.derive.training.averaging import gossip_drift, local_steps, parameters_or_gradients
from ceas_formal.derive.training.byzantine_bounds import byzantine_lower_bound, robust_aggregate, two_honest_sets
from ceas_formal.derive.training.convergence import convergence_polyak_lojasiewicz, convergence_smooth, convergence_under_shrinkage
from ceas_formal.derive.training.descent_chain import mean_squares
from ceas_formal.derive.training.heterogeneity import heterogeneity_gap, weighted_minimiser
from ceas_formal.derive.training.quadratic_descent import floors, quadratic_descent
from ceas_formal.derive.training.robust_aggregators import hiding_nodes, smallest_spread_mean
from ceas_formal.spec.influence import weighted_sum
from ceas_formal.spec.weights import aggregation_weights, capped_weights

positive = st.fractions(min_value=Fraction(1, 20), max_value=1, max_denominator=20)
signed = st.fractions(min_value=-3, max_value=3, max_denominator=10)
nodes = st.lists(st.tuples(positive, positive, signed), min_size=1, max_size=6)


def of(table):
    stamps, curvatures, minima = (list(column) for column in zip(*table, strict=True))
    return list(aggregation_weights(stamps)), curvatures, minima


@given(nodes)
def test_weighted_training_stops_where_the_aggregate_of_the_specification_vanishes(table):
    weights, curvatures, minima = of(table)
    stop = weighted_minimiser().exact(weights, curvatures, minima, len(weights))
    assert weighted_sum(weights, [[h * (stop - a)] for h, a in zip(curvatures, minima, strict=True)], 1) == (0,)


@given(nodes)
def test_weights_cost_no_more_than_the_heterogeneity_gap(table):
    weights, curvatures, minima = of(table)
    count = len(weights)
    stop = weighted_minimiser().exact(weights, curvatures, minima, count)
    best = weighted_minimiser().exact([Fraction(1, count)] * count, curvatures, minima, count)

    def loss(at):
        return sum(h * (at - a) ** 2 for h, a in zip(curvatures, minima, strict=True)) / (2 * count)

    slopes = [h * (stop - a) for h, a in zip(curvatures, minima, strict=True)]
    mean = sum(slopes) / count
    spread = sum((slope - mean) ** 2 for slope in slopes) / count
    gap = heterogeneity_gap().exact(weights, spread, sum(curvatures) / count, count)
    assert 0 <= loss(stop) - loss(best) <= gap


@given(st.lists(positive, min_size=2, max_size=6), st.fractions(min_value=1, max_value=3, max_denominator=10))
def test_capped_weights_are_within_the_cap_of_equal_ones(stamps, cap):
    weights = capped_weights(stamps, cap)
    assert len(stamps) * sum(w**2 for w in weights) - 1 <= cap - 1


@given(nodes, signed, positive)
def test_parameters_and_gradients_average_alike_after_one_step(table, theta, step):
    weights, _, gradients = of(table)
    moved = weighted_sum(weights, [[theta - step * g] for g in gradients], 1)[0]
    assert moved == parameters_or_gradients().exact(theta, step, weights, gradients, len(weights))


@given(nodes, st.integers(1, 4))
def test_local_steps_stop_where_a_round_leaves_the_parameter(table, steps):
    weights, curvatures, minima = of(table)
    step = Fraction(1, 2)
    pulls = [1 - (1 - step * h) ** steps for h in curvatures]
    stop = local_steps().exact(weights, pulls, minima, len(weights))
    ends = []
    for h, a in zip(curvatures, minima, strict=True):
        here = stop
        for _ in range(steps):
            here -= step * h * (here - a)
        ends.append([here])
    assert weighted_sum(weights, ends, 1) == (stop,)


@given(signed, signed, positive, positive, st.fractions(0, 4, max_denominator=9), st.integers(1, 12))
def test_bounds_hold_for_the_exact_recursion_on_a_quadratic(start, bias, share, curvature, noise, rounds):
    step = share / curvature
    squares = [quadratic_descent().exact(start, curvature, step, bias, noise, t) for t in range(rounds + 1)]
    mean, variance = start, Fraction(0)
    for square in squares:
        assert square == curvature**2 * (mean**2 + variance)
        mean, variance = mean - step * (curvature * mean + bias), (1 - step * curvature) ** 2 * variance + step**2 * noise
    height = curvature * start**2 / 2
    smooth = convergence_smooth().exact(height, Fraction(0), step, curvature, rounds, bias**2, noise)
    assert sum(squares[:rounds]) / rounds <= smooth
    for t, square in enumerate(squares):
        assert square / (2 * curvature) <= convergence_polyak_lojasiewicz().exact(height, step, curvature, curvature, bias**2, noise, t)


@given(signed, positive, st.fractions(Fraction(1, 10), 1, max_denominator=10), st.fractions(0, 2, max_denominator=5), st.integers(1, 10))
def test_shrunk_gradients_leave_no_floor_but_that_of_the_noise(start, share, factor, noise, rounds):
    square, total = start**2, Fraction(0)
    for _ in range(rounds):
        total += square
        square = (1 - share * factor) ** 2 * square + share**2 * noise
    bound = convergence_under_shrinkage().exact(start**2 / 2, share, Fraction(1), Fraction(rounds), noise, factor)
    assert total / rounds <= bound


def test_random_runs_follow_the_exact_recursion():
    found, error = mean_squares(1.0, 0.8, 0.9, -0.4, 0.5, 25, 20_000, 3)
    derived = np.array([quadratic_descent().numeric(1.0, 0.8, 0.9, -0.4, 0.25, t) for t in range(26)]) / 0.8**2
    assert (np.abs(found - derived) <= 4.5 * error + 1e-12).all()


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_bound_is_exact_for_bias_and_within_two_for_noise(share):
    assert floors(1.0, share, 1.0, 0.0)["ratio"] == 1
    assert floors(1.0, share, 0.0, 2.0)["ratio"] == pytest.approx(2 - share)
    assert quadratic_descent().numeric(0.0, 1.0, share, 0.0, 2.0, 5000) == pytest.approx(floors(1.0, share, 0.0, 2.0)["actual"])


def test_floors_need_a_small_step():
    with pytest.raises(ValueError, match="step"):
        floors(1.0, 1.5, 1.0, 1.0)


@given(nodes)
def test_variance_of_the_aggregate_is_that_of_independent_signs(table):
    weights, scales, _ = of(table)
    total = Fraction(0)
    for signs in range(2 ** len(weights)):
        total += sum(w * s * (-1) ** (signs >> k & 1) for k, (w, s) in enumerate(zip(weights, scales, strict=True))) ** 2
    assert aggregate_error().exact(weights, [s**2 for s in scales], len(weights)) == total / 2 ** len(weights)


@given(st.lists(st.tuples(signed, positive), min_size=1, max_size=6))
def test_honest_spread_is_that_of_independent_signs(table):
    count, total = len(table), Fraction(0)
    for signs in range(2**count):
        draw = [m + s * (-1) ** (signs >> k & 1) for k, (m, s) in enumerate(table)]
        total += sum((g - sum(draw) / count) ** 2 for g in draw) / count
    means = [m for m, _ in table]
    spread = sum((m - sum(means) / count) ** 2 for m in means) / count
    variance = sum(s**2 for _, s in table) / count
    assert honest_spread().exact(variance, spread, Fraction(count)) == total / 2**count


@given(st.lists(signed, min_size=3, max_size=8), st.data())
def test_any_two_honest_sets_are_within_the_derived_distance(contents, data):
    faults = data.draw(st.integers(1, (len(contents) - 1) // 2))
    sets = list(combinations(contents, len(contents) - faults))
    one, two = data.draw(st.sampled_from(sets)), data.draw(st.sampled_from(sets))

    def moments(chosen):
        mean = sum(chosen) / len(chosen)
        return mean, sum((x - mean) ** 2 for x in chosen) / len(chosen)

    (first, spread), (second, other) = moments(one), moments(two)
    assert (first - second) ** 2 <= two_honest_sets().exact(Fraction(faults), len(contents) - 2 * faults, spread, other)


@pytest.mark.parametrize(("faults", "surplus"), [(1, 1), (2, 1), (1, 4), (3, 2)])
def test_lower_bound_is_what_the_best_answer_pays_in_the_worse_world(faults, surplus):
    sent = hiding_nodes(faults, surplus, 1.0)
    worlds = [sent[faults:], sent[:-faults]]
    floor = byzantine_lower_bound().numeric(faults / len(sent), worlds[0].var())
    paid = [max((at - world.mean()) ** 2 for world in worlds) for at in np.linspace(-1, 1, 2001)]
    assert min(paid) == pytest.approx(floor, abs=1e-12)
    assert worlds[0].var() == pytest.approx(worlds[1].var())


@pytest.mark.parametrize(("faults", "surplus"), [(1, 1), (2, 1), (2, 3)])
def test_least_spread_reaches_its_constant_and_never_passes_it(faults, surplus):
    kappa = robust_aggregate().numeric(faults, surplus)
    sent = hiding_nodes(faults, surplus, 1.0)
    chosen = smallest_spread_mean(sent[:, np.newaxis], faults)[0]
    assert max((chosen - world.mean()) ** 2 / world.var() for world in (sent[faults:], sent[:-faults])) == pytest.approx(kappa)
    stream = np.random.default_rng([13, faults, surplus])
    for reach in (0.1, 1.0, 3.0, 100.0):
        honest = stream.normal(size=(faults + surplus, 3))
        lies = honest.mean(axis=0) + reach * stream.normal(size=3) + 0.2 * stream.normal(size=(faults, 3))
        answer = smallest_spread_mean(np.concatenate([lies, honest]), faults)
        assert ((answer - honest.mean(axis=0)) ** 2).sum() <= kappa * honest.var(axis=0).sum() * (1 + 1e-12)


@pytest.mark.parametrize(("contents", "faults"), [([[0.0], [1.0]], 1), ([[0.0]], -1), ([0.0, 1.0], 0)])
def test_aggregator_refuses_what_it_cannot_aggregate(contents, faults):
    with pytest.raises(ValueError, match=r"must"):
        smallest_spread_mean(contents, faults)


@pytest.mark.parametrize("lie", ["mimic", "reverse", "far"])
def test_robust_training_stays_below_the_derived_bound(lie):
    stream = np.random.default_rng([14, len(lie)])
    minima, deviation, step, rounds = np.array([-0.5, 0.0, 0.5, 1.0, -1.0]), 0.4, 0.2, 60
    theta, total, runs = np.full(50, 3.0), 0.0, 50
    for _ in range(rounds):
        total += float((theta**2).mean())
        honest = theta[:, np.newaxis] - minima + deviation * stream.normal(size=(runs, 5))
        lies = {"mimic": honest[:, [0]], "reverse": -3 * honest.mean(axis=1, keepdims=True), "far": np.full((runs, 1), 1e3)}[lie]
        theta = theta - step * np.array([smallest_spread_mean(row[:, np.newaxis], 1)[0] for row in np.concatenate([honest, lies], axis=1)])
    kappa = robust_aggregate().numeric(1, 4)
    bound = byzantine_convergence().numeric(4.5, step, 1.0, rounds, 0.0, 0.0, kappa, deviation**2, minima.var(), 5)
    assert total / rounds <= bound


@pytest.mark.parametrize("steps", [1, 3])
def test_gossip_drift_is_what_a_path_of_four_nodes_keeps_below(steps):
    mixing = np.linalg.matrix_power(np.eye(4) - 0.25 * np.array([[1, -1, 0, 0], [-1, 2, -1, 0], [0, -1, 2, -1], [0, 0, -1, 1]]), steps)
    contraction = float(np.sort(np.abs(np.linalg.eigvalsh(mixing)))[-2])
    gradients, apart, step = np.array([1.0, 0.0, -2.0, 1.0]), np.zeros(4), 0.1
    spread = float(np.sqrt((gradients**2).mean()))
    for _ in range(500):
        apart = mixing @ (apart - step * gradients)
        assert (apart**2).mean() <= gossip_drift().numeric(1.0, step, spread, contraction) * (1 + 1e-12)


def test_stronger_bounds_are_refused():
    proof = Proof()
    x, y = sympy.symbols("x y", real=True)
    w = sympy.IndexedBase("w", real=True)
    k, K = sympy.Symbol("k", integer=True, nonnegative=True), sympy.Symbol("K", integer=True, positive=True)
    over = (k, 0, K - 1)
    with pytest.raises(NotDerived):
        proof.at_least("two parts in place of three", 2 * (x**2 + y**2), (x + y) ** 2, (x - y) ** 2 + 1)
    with pytest.raises(NotDerived):
        proof.at_least("half of it", x**2 + y**2, (x + y) ** 2, (x - y) ** 2 / 2)
    with pytest.raises(NotDerived):
        proof.equal("without Σ w = 1", sympy.Sum(w[k] * (x - y), over), x - y)
    f, m = sympy.symbols("f m", integer=True, positive=True)
    with pytest.raises(NotDerived):
        proof.at_least("a lower bound twice as high", x**2 + f / m, 2 * f / m, x**2)
    t = sympy.Symbol("t", integer=True, nonnegative=True)
    with pytest.raises(NotDerived):
        proof.induction("no floor", sympy.Function("E")(t), x**t, t, Integer(1), lambda old: x * old + y)


def test_without_faults_the_least_spread_is_that_of_all():
    contents = np.array([[0.0, 1.0], [2.0, 5.0], [4.0, 0.0]])
    assert np.allclose(smallest_spread_mean(contents, 0), contents.mean(axis=0))
