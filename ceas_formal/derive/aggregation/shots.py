"""Shots (paper II.C): how to spend a budget of measurements across nodes of unequal noise, and what it costs not to know the noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sympy import Eq, Integer, Rational, Sum, sqrt

from ceas_formal.derive.aggregation.searches import greatest_inflation, least_variance_of_shots
from ceas_formal.derive.aggregation.weights import NODE, number_of_nodes
from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof


@derivation("optimal-shots", "II.C", "STP-4")
def optimal_shots(proof: Proof) -> Any:
    """A budget C of measurements is spent best with n_k proportional to w_k·√(v_k/c_k), and the variance of the aggregate is then
    (Σ w_k·√(v_k·c_k))²/C, for any K, weights w_k, variances v_k and costs c_k per shot.

    Neyman's allocation (1934). Equal shots for two nodes with v = (1, 9), equal weights and costs give 5/4 times that variance. Shots are
    counted as real numbers; rounding each n_k up costs at most one shot a node.
    """
    K, k = number_of_nodes(proof), NODE
    over = (k, 0, K - 1)
    w = proof.sequence("w", "the weight of node k, above 0", positive=True)
    v = proof.sequence("v", "the variance of one shot on node k", positive=True)
    c = proof.sequence("c", "the cost of one shot on node k, in pairs or seconds", positive=True)
    n = proof.sequence("n", "the number of shots on node k", positive=True)
    C = proof.symbol("C", "the budget, in units of the costs", positive=True)
    D = proof.symbol("D", "Σ w_k·√(v_k·c_k)", positive=True)
    proof.assume("the budget is spent", "Σ c_k·n_k is C", Eq(Sum(c[k] * n[k], over), C, evaluate=False))
    proof.assume("independent shots", "so the aggregate has the variance Σ w_k²·v_k/n_k")
    proof.define("a short form", D, Sum(w[k] * sqrt(v[k]) * sqrt(c[k]), over))
    short = {Sum(w[k] * sqrt(v[k]) * sqrt(c[k]), over): D}
    variance = Sum(w[k] ** 2 * v[k] / n[k], over)
    squares = Sum((w[k] * sqrt(v[k]) / sqrt(n[k]) - sqrt(c[k]) * sqrt(n[k]) * D / C) ** 2, over)
    proof.at_least("completing the square, node by node", variance, D**2 / C, squares, {**short, Sum(c[k] * n[k], over): C})
    own = C * w[k] * sqrt(v[k]) / (sqrt(c[k]) * D)
    proof.equal("the squares vanish at n_k = C·w_k·√(v_k/c_k)/D, and only there", Sum(w[k] ** 2 * v[k] / own, over), D**2 / C, short)
    proof.equal("which spends the budget", Sum(c[k] * own, over), C, short)
    total = Sum(w[k] * sqrt(v[k]) * sqrt(c[k]), over)
    proof.equal("the least variance", D**2 / C, total**2 / C, {D: total})
    final = proof.last()
    ratio = least_variance_of_shots(4, 20_000)
    proof.checked(f"the least variance over the derived one is {ratio:.4f}", "4 nodes, 20,000 random allocations, seed 0", ratio >= 1)
    equal, best = Rational(1 + 9, 4 * 4), Rational(1, 4 * 2) + Rational(9, 4 * 6)
    proof.witness("two nodes, w = 1/2, v = (1, 9), 8 shots: 4 each against 2 and 6", equal, ">", best)
    proof.weakened("the budget is spent", "w = 1/2, v = 1: 8 shots give less than the optimum for 4", Rational(1, 8), "<", Rational(1, 4))
    proof.weakened(
        "independent shots", "if both nodes see the same error, w = 1/2, v = (1, 9), 2 and 6 shots: ((1/√2 + 3/√6)/2)² > 1/2",
        ((1 / sqrt(2) + 3 / sqrt(6)) / 2) ** 2, ">", Rational(1, 2),
    )  # fmt: skip
    return proof.result(final, w, v, c, C, K)


@derivation("shots-by-estimated-noise", "II.C", "STP-4")
def shots_by_estimated_noise(proof: Proof) -> Any:
    """Shots allotted by wrong noise, n_k = e_k times the optimum and rescaled to the budget, inflate the variance by at most (m+M)²/(4mM)
    if all e_k lie in [m, M], for any K.

    With p_k the share of the budget that node k should get, the ratio to the least variance is Σp·e · Σp/e. If a pilot spends the share x
    of the budget and gives √v_k within factors [m, M], the whole variance is at most (m+M)²/(4mM)/(1-x) times the least: that is the trade
    of accuracy against overhead, and it pays as soon as that number is below what equal shots lose.
    """
    K, k = number_of_nodes(proof), NODE
    over = (k, 0, K - 1)
    p = proof.sequence("p", "the best share of the budget for node k", nonnegative=True)
    e = proof.sequence("e", "the factor by which node k's share is wrong, in [m, M]", positive=True)
    low = proof.sequence("a", "e_k - m", nonnegative=True)
    high = proof.sequence("h", "M - e_k", nonnegative=True)
    m = proof.symbol("m", "the least factor", positive=True)
    M = proof.symbol("M", "the greatest", positive=True)
    mu = proof.symbol("mu", "Σ p_k·e_k", positive=True)
    proof.assume("shares sum to 1", "the p_k do", Eq(Sum(p[k], over), 1, evaluate=False))
    proof.assume("factors at least m", "e_k - m is not negative", Eq(low[k], e[k] - m, evaluate=False))
    proof.assume("factors at most M", "M - e_k is not negative", Eq(high[k], M - e[k], evaluate=False))
    proof.define("a short form", mu, Sum(p[k] * e[k], over))
    given = {low[k]: e[k] - m, high[k]: M - e[k], Sum(p[k], over): Integer(1), Sum(p[k] * e[k], over): mu}
    inverse = Sum(p[k] / e[k], over)
    rest = Sum(p[k] * low[k] * high[k] / e[k], over) / (m * M)
    proof.at_least("node by node (M - e)(e - m)/e ≥ 0", (m + M - mu) / (m * M), inverse, rest, given)
    bound = (m + M) ** 2 / (4 * m * M)
    gap = (mu - (m + M) / 2) ** 2 / (m * M)
    proof.at_least("times Σp·e, a parabola below its top", bound, mu * (m + M - mu) / (m * M), gap)
    proof.at_least("together", bound, mu * inverse, gap + mu * rest, given)
    proof.equal("p = (1/2, 1/2), e = (m, M) reach it", (m + M) / 2 * (1 / m + 1 / M) / 2, bound)
    final = proof.last()
    worst = greatest_inflation(4, 20_000, of_shots=True)
    proof.checked(f"the largest inflation over its bound is {worst:.3f}", "4 nodes, 20,000 random factors, seed 0", worst <= 1 + 1e-12)
    lost = bound.subs({m: 1, M: 4})
    proof.weakened("factors at most M", "the same at m = 1, M = 4, with the bound for M = 2", lost, ">", bound.subs({m: 1, M: 2}))
    proof.weakened("factors at least m", "and with the bound for m = 2", lost, ">", bound.subs({m: 2, M: 4}))
    return proof.result(final, m, M)


def gain_of_optimal_shots(deviations: Sequence[float]) -> float:
    """Return the variance with equal shots over the least variance, K·Σσ²/(Σσ)², for equal weights and costs.

    Parameters
    ----------
    deviations : sequence of float
        σ_k = √v_k > 0, the standard deviation of one shot on each node.

    Examples
    --------
    >>> gain_of_optimal_shots([1.0, 3.0])
    1.25
    """
    spread = _deviations(deviations)
    return float(len(spread) * (spread**2).sum() / spread.sum() ** 2)


def gain_of_adaptive_shots(deviations: Sequence[float], shots: int, pilot: int, repetitions: int, *, seed: int) -> tuple[float, float]:
    """Return the variance with equal shots over that with a pilot, as the mean over pilots and its standard error.

    Parameters
    ----------
    deviations : sequence of float
        σ_k of one shot on each node; the outcomes are Gaussian.
    shots, pilot : int
        The budget, and the shots of the pilot, both per node: 2 ≤ pilot < shots. The pilot only estimates σ_k; its outcomes are not used
        again, so that the aggregate stays unbiased.
    repetitions : int
        Pilots drawn, at least 2.
    seed : int
        Of the random stream.

    Examples
    --------
    >>> mean, error = gain_of_adaptive_shots([1.0, 3.0], 1000, 10, 4000, seed=0)
    >>> 1.17 < mean < 1.23, error < 0.001
    (True, True)

    Notes
    -----
    Given a pilot, the variance is (Σσ²/n)/K² exactly, so nothing but the pilot is sampled.
    """
    spread = _deviations(deviations)
    if not 2 <= pilot < shots:
        raise ValueError(f"the shots of the pilot must lie in 2..{shots - 1}; got {pilot}")
    if repetitions < 2:
        raise ValueError(f"the number of repetitions must be at least 2; got {repetitions}")
    random = np.random.default_rng([seed, 0])
    estimates = spread * np.sqrt(random.chisquare(pilot - 1, (repetitions, len(spread))) / (pilot - 1))
    counts = len(spread) * (shots - pilot) * estimates / estimates.sum(axis=1, keepdims=True)
    gains = (spread**2).sum() / shots / (spread**2 / counts).sum(axis=1)
    return float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(repetitions))


def _deviations(deviations: Sequence[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    spread = np.asarray(deviations, dtype=np.float64)
    if spread.ndim != 1 or not spread.size or not (np.isfinite(spread) & (spread > 0)).all():
        raise ValueError(f"the standard deviations must be one or more numbers in (0, ∞); got {deviations!r}")
    return spread
