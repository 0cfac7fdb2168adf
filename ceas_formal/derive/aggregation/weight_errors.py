"""Weights that are not the optimal ones: with biased nodes (paper III.A.2, equation 2), and with stamps known only within a factor
(III.B)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy import Eq, Integer, Rational, Sum, transpose

from ceas_formal.derive.aggregation.searches import greatest_inflation, least_error_under_bias
from ceas_formal.derive.aggregation.weights import NODE, number_of_nodes
from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof


@derivation("biased-weights", "III.A.2", "AGG-5")
def biased_weights(proof: Proof) -> Any:
    """With biases b_k the mean squared error of the aggregate is wᵀGw with G = diag(tr Σ_k) + BᵀB, and the weights G⁻¹1/γ with γ = 1ᵀG⁻¹1
    minimise it, for any K.

    Without bias G is diagonal, and these are the weights of proposition 1. With bias they differ, and some can be negative: for biases 1,
    2, 3 in one direction and traces 1/10 they are 27/21, 7/21 and -13/21. No stamp in (0, 1] can say that.
    """
    w = proof.symbol("w", "the column of the weights", commutative=False)
    u = proof.symbol("u", "the column of ones", commutative=False)
    G = proof.symbol("G", "diag(tr Σ_k) + BᵀB, with the biases as columns of B", commutative=False)
    gamma = proof.symbol("gamma", "uᵀ·G⁻¹·u, above 0", positive=True)
    proof.assume("weights sum to 1", "uᵀ·w is 1", Eq(transpose(u) * w, 1, evaluate=False))
    proof.assume("and so", "wᵀ·u is 1", Eq(transpose(w) * u, 1, evaluate=False))
    proof.assume("positive definite", "G is, and symmetric: every tr Σ_k is above 0", Eq(transpose(G), G, evaluate=False), positive=G)
    proof.assume("gamma", "is uᵀ·G⁻¹·u", Eq(transpose(u) / G * u, gamma, evaluate=False))
    proof.assume("uncorrelated", "the noise of different nodes is, so the error is Σ w_k²·tr Σ_k plus the squared length of Σ w_k·b_k")
    off = transpose(w - 1 / G * u / gamma)
    given = {
        transpose(u) * w: Integer(1), transpose(w) * u: Integer(1), transpose(G): G, transpose(u) / G * u: gamma,
    }  # fmt: skip
    proof.loewner("completing the square", transpose(w) * G * w, 1 / gamma, off * G * transpose(off), given)
    bound = proof.last()
    best, no_bias = minimal_error_weights([Rational(1, 10)] * 3, [[1], [2], [3]]), [Rational(1, 3)] * 3
    errors = [squared_error(weights, [Rational(1, 10)] * 3, [[1], [2], [3]]) for weights in (best, no_bias)]
    proof.witness("biases 1, 2, 3 and traces 1/10: the third weight", sympy.Rational(best[2]), "<", Integer(0))
    ratio = least_error_under_bias(5, 3, 20_000)
    scope = "5 nodes, 3 dimensions, 20,000 random weights, seed 0"
    proof.checked(f"the least error over the derived one is {ratio:.3f}", scope, ratio >= 1)
    proof.weakened("weights sum to 1", "w = 0 has no variance and weighs no bias", Integer(0), "<", sympy.Rational(errors[0]))
    proof.witness("and the weights of proposition 1 err more", sympy.Rational(errors[1]), ">", sympy.Rational(errors[0]))
    return proof.result(bound, gamma)


def minimal_error_weights(traces: Sequence[int | Fraction], biases: Sequence[Sequence[int | Fraction]]) -> tuple[Fraction, ...]:
    """Return the weights G⁻¹1/(1ᵀG⁻¹1) with the least mean squared error; some may be negative.

    Parameters
    ----------
    traces : sequence of int or Fraction
        tr Σ_k > 0, one for each node.
    biases : sequence of sequences of int or Fraction
        b_k, one vector for each node, all of one length.

    Raises
    ------
    ValueError
        If a trace is not above 0, or the shapes do not fit.

    Examples
    --------
    >>> [str(w) for w in minimal_error_weights([Fraction(1, 10)] * 3, [[1], [2], [3]])]
    ['9/7', '1/3', '-13/21']
    """
    solved = _gram(traces, biases).LUsolve(sympy.ones(len(traces), 1))
    total = sum(solved)
    return tuple(Fraction(int((entry / total).p), int((entry / total).q)) for entry in solved)


def squared_error(
    weights: Sequence[int | Fraction], traces: Sequence[int | Fraction], biases: Sequence[Sequence[int | Fraction]]
) -> Fraction:
    """Return wᵀGw, the mean squared error of the aggregate with these weights; parameters as in :func:`minimal_error_weights`.

    Examples
    --------
    >>> str(squared_error([Fraction(1, 2), Fraction(1, 2)], [1, 1], [[0], [2]]))
    '3/2'
    """
    column = sympy.Matrix([sympy.Rational(weight) for weight in weights])
    found = (column.T * _gram(traces, biases) * column)[0]
    return Fraction(int(found.p), int(found.q))


def _gram(traces: Sequence[int | Fraction], biases: Sequence[Sequence[int | Fraction]]) -> Any:
    if len(traces) != len(biases) or not traces or len({len(bias) for bias in biases}) != 1:
        raise ValueError(f"there must be one trace and one bias vector of one length for each node; got {len(traces)} and {len(biases)}")
    if any(trace <= 0 for trace in traces):
        raise ValueError(f"the traces must lie in (0, ∞); got {min(traces)}")
    columns = sympy.Matrix([[sympy.Rational(entry) for entry in bias] for bias in biases])
    return sympy.diag(*[sympy.Rational(trace) for trace in traces]) + columns * columns.T


@derivation("inflation-by-weight-errors", "III.B", "STP-3", "STP-4")
def inflation_by_weight_errors(proof: Proof) -> Any:
    """Weights that are e_k times the optimal ones, rescaled to sum 1, inflate the variance by at most (m+M)²/(4mM) if all e_k lie in [m,
    M], for any K.

    With p_k the optimal weights, the ratio to the least variance is Σp·e²/(Σp·e)². Quantised stamps are one source of such errors (STP-3),
    estimated variances another (STP-4). Kantorovich's inequality (1948); two nodes with p = M/(m+M), m/(m+M) and e = m, M reach it.
    """
    K, k = number_of_nodes(proof), NODE
    over = (k, 0, K - 1)
    p = proof.sequence("p", "the optimal weight of node k", nonnegative=True)
    e = proof.sequence("e", "the relative error of the weight used, in [m, M]", positive=True)
    low = proof.sequence("a", "e_k - m", nonnegative=True)
    high = proof.sequence("h", "M - e_k", nonnegative=True)
    m = proof.symbol("m", "the least relative error", positive=True)
    M = proof.symbol("M", "the greatest", positive=True)
    mu = proof.symbol("mu", "the mean error, the sum of p_k·e_k", positive=True)
    proof.assume("weights sum to 1", "the p_k do", Eq(Sum(p[k], over), 1, evaluate=False))
    proof.assume("errors at least m", "e_k - m is not negative", Eq(low[k], e[k] - m, evaluate=False))
    proof.assume("errors at most M", "M - e_k is not negative", Eq(high[k], M - e[k], evaluate=False))
    proof.define("a short form", mu, Sum(p[k] * e[k], over))
    given = {low[k]: e[k] - m, high[k]: M - e[k], Sum(p[k], over): Integer(1), Sum(p[k] * e[k], over): mu}
    squares = Sum(p[k] * e[k] ** 2, over)
    proof.at_least("node by node (M - e)(e - m) ≥ 0", (m + M) * mu - m * M, squares, Sum(p[k] * low[k] * high[k], over), given)
    bound = (m + M) ** 2 / (4 * m * M)
    root = (m + M) * mu / (2 * sympy.sqrt(m * M)) - sympy.sqrt(m * M)
    proof.at_least("a parabola below its tangent", bound * mu**2, (m + M) * mu - m * M, root**2)
    proof.at_least("together", bound * mu**2, squares, Sum(p[k] * low[k] * high[k], over) + root**2, given)
    two = (M / (m + M) * m**2 + m / (m + M) * M**2) / (M / (m + M) * m + m / (m + M) * M) ** 2
    proof.equal("two nodes reach it", two, bound)
    final = proof.last()
    extreme = (Rational(1, 2) * 4**2 + Rational(1, 2)) / (Rational(1, 2) * 5) ** 2
    worst = greatest_inflation(4, 20_000, of_shots=False)
    proof.checked(f"the largest inflation over its bound is {worst:.3f}", "4 nodes, 20,000 random errors, seed 0", worst <= 1 + 1e-12)
    proof.weakened("errors at most M", "p = (1/2, 1/2), e = (1, 4), M = 2", extreme, ">", bound.subs({m: 1, M: 2}))
    proof.weakened("errors at least m", "the same with m = 2, M = 4", extreme, ">", bound.subs({m: 2, M: 4}))
    return proof.result(final, m, M)
