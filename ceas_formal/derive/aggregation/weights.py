"""Optimal weights (paper III.B.1, proposition 1): which linear combination of unbiased gradients has the least covariance.

Node k sends g_k with mean ∇L and covariance Σ_k; the aggregate is Σ w_k·g_k, equation 5. Indices count from 0.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Eq, Integer, Rational, Sum, oo, sqrt, transpose

from ceas_formal.derive.aggregation.searches import (
    greatest_loss_of_scalar_weights,
    least_eigenvalue_above_matrix_weights,
    sampled_trace,
)
from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof

NODE = sympy.Symbol("k", integer=True, nonnegative=True)
"""The index of a sum over nodes."""


def number_of_nodes(proof: Proof) -> sympy.Symbol:
    """Return K, the number of nodes of a sum, any."""
    return proof.symbol("K", "the number of nodes, at least 1", integer=True, positive=True)


@derivation("trace-optimal-weights", "prop. 1", "AGG-3")
def trace_optimal_weights(proof: Proof) -> Any:
    """Among scalar weights with sum 1, those proportional to 1/tr Σ_k minimise the trace of the aggregate's covariance, for any K.

    The trace is the mean squared length of the aggregate's error. The least value is the harmonic sum 1/(Σ_k 1/tr Σ_k), and no other
    weights reach it.
    """
    K, k = number_of_nodes(proof), NODE
    over = (k, 0, K - 1)
    s = proof.sequence("s", "s_k = tr Σ_k, above 0", positive=True)
    w = proof.sequence("w", "the weight of node k, any real number", real=True)
    S = proof.symbol("S", "the sum of all 1/s_k", positive=True)
    proof.assume("weights sum to 1", "so the aggregate of unbiased gradients is unbiased", Eq(Sum(w[k], over), 1, evaluate=False))
    proof.assume("uncorrelated", "the noise of different nodes is, so the trace of the covariance is the sum of w_k²·s_k")
    proof.define("a short form", S, Sum(1 / s[k], over))
    given = {Sum(w[k], over): Integer(1), Sum(1 / s[k], over): S}
    squares = Sum(s[k] * (w[k] - 1 / (S * s[k])) ** 2, over)
    proof.at_least("completing the square, node by node", Sum(s[k] * w[k] ** 2, over), 1 / S, squares, given)
    best = Sum(s[k] * (1 / (S * s[k])) ** 2, over)
    proof.equal("reached at w_k = 1/(S·s_k), and only there, since every square must vanish", best, 1 / S, {Sum(1 / s[k], over): S})
    least = 1 / Sum(1 / s[k], over)
    proof.equal("the least trace", 1 / S, least, {S: Sum(1 / s[k], over)})
    final = proof.last()
    mean, error = sampled_trace([1.0, 4.0], [0.8, 0.2], 40_000, 0)
    proof.compared("s = (1, 4), 40,000 Gaussian gradients, seed 0, 4 standard errors", 1 / (1 / 1 + 1 / 4), mean, 4 * error)
    proof.weakened("weights sum to 1", "w = (0, 0) has trace 0 < 1/(1/1 + 1/4), and estimates nothing", Integer(0), "<", Rational(4, 5))
    proof.weakened(
        "uncorrelated", "errors x and 2x, so s = (1, 4): w = (2, -1) has (2 - 2)² and w = (4/5, 1/5) has (4/5 + 2/5)²",
        Integer(0), "<", Rational(4 + 2, 5) ** 2,
    )  # fmt: skip
    return proof.result(final, s, K)


@derivation("matrix-weights", "prop. 1", "AGG-2R")
def matrix_weights(proof: Proof) -> Any:
    """Matrix weights W_k = P·Σ_k⁻¹ with P = (Σ_j Σ_j⁻¹)⁻¹ give the least covariance of all unbiased linear combinations, for any K and
    dimension.

    Least in the Loewner order, so in every direction at once: the difference to P is positive semidefinite. This is what proposition 1
    needs; scalar weights cannot do it (no-least-scalar-weights). The Gauss-Markov theorem (Aitken 1936), for one unknown vector.
    """
    K, k = number_of_nodes(proof), NODE
    over, identity = (k, 0, K - 1), Integer(1)
    covariance = proof.sequence("Sigma", "Σ_k, the covariance of node k", commutative=False)
    W = proof.sequence("W", "the matrix weight of node k", commutative=False)
    P = proof.symbol("P", "(Σ_j Σ_j⁻¹)⁻¹", commutative=False)
    proof.assume("weights sum to 1", "Σ W_k is the identity, here written 1", Eq(Sum(W[k], over), identity, evaluate=False))
    proof.assume("and their transposes", "follows from it", Eq(Sum(transpose(W[k]), over), identity, evaluate=False))
    symmetric = Eq(transpose(covariance[k]), covariance[k], evaluate=False)
    proof.assume("positive definite", "every Σ_k is, and symmetric", symmetric, positive=covariance[k])
    proof.assume("P", "is the inverse of Σ_j Σ_j⁻¹", Eq(Sum(1 / covariance[k], over), 1 / P, evaluate=False))
    proof.assume("P is symmetric", "as such an inverse is", Eq(transpose(P), P, evaluate=False))
    proof.assume("uncorrelated", "the noise of different nodes is, so the covariance is Σ W_k·Σ_k·W_kᵀ")
    given = {
        transpose(P): P, transpose(covariance[k]): covariance[k], Sum(W[k], over): identity, Sum(transpose(W[k]), over): identity,
        Sum(1 / covariance[k], over): 1 / P,
    }  # fmt: skip
    off, aggregate = W[k] - P / covariance[k], Sum(W[k] * covariance[k] * transpose(W[k]), over)
    proof.loewner("completing the square, node by node", aggregate, P, Sum(off * covariance[k] * transpose(off), over), given)
    bound, own = proof.last(), P / covariance[k]
    proof.equal("reached at W_k = P·Σ_k⁻¹", Sum(own * covariance[k] * transpose(own), over), P, given)
    least = least_eigenvalue_above_matrix_weights(5, 3, 100)
    proof.checked("no random weights have a covariance that is not above P", "5 nodes, 3 dimensions, 100 draws, seed 0", least >= -1e-9)
    proof.weakened(
        "uncorrelated", "errors x and 2x in one dimension: W = (2, -1) has variance (2 - 2)², the weights of the theorem (4/5 + 2/5)²",
        Integer(0), "<", Rational(6, 5) ** 2,
    )  # fmt: skip
    proof.weakened("weights sum to 1", "W = (0, 0), for variances 1 and 4 in one dimension", Integer(0), "<", Rational(4, 5))
    return proof.result(bound, P)


@derivation("no-least-scalar-weights", "prop. 1", "AGG-2")
def no_least_scalar_weights(proof: Proof) -> Any:
    """For covariances diag(1, 4) and diag(4, 1) no scalar weight minimises the covariance: each entry wants another weight.

    The first entry of the covariance is least at w = 4/5 alone, the second at w = 1/5 alone. At either place the other entry is 13/5,
    while the matrix weights diag(4/5, 1/5) and diag(1/5, 4/5) reach 4/5 in both. In a direction where the two nodes have variances u and v
    the best weight is v/(u+v): one weight is best in all directions only if u/v is the same in all, so if the covariances are proportional.
    """
    w = proof.symbol("w", "the weight of node 1; node 2 has 1 - w", real=True)
    u = proof.symbol("u", "the variance of node 1 in some direction", positive=True)
    v = proof.symbol("v", "the variance of node 2 in that direction", positive=True)
    proof.assume("proportional covariances", "the variances u and v have one ratio in all directions; proposition 1 does not assume it")
    line = u * w**2 + v * (1 - w) ** 2
    proof.at_least("in one direction, with equality only at w = v/(u+v)", line, u * v / (u + v), (u + v) * (w - v / (u + v)) ** 2)
    bound = proof.last()
    first, second = line.subs({u: 1, v: 4}), line.subs({u: 4, v: 1})
    least = Rational(4, 5)
    proof.at_least("first entry, with equality only at w = 4/5", first, least, 5 * (w - Rational(4, 5)) ** 2)
    proof.at_least("second entry, with equality only at w = 1/5", second, least, 5 * (w - Rational(1, 5)) ** 2)
    grid = [Rational(step, 20) for step in range(-20, 41)]
    best = [min(grid, key=lambda place, entry=entry: entry.subs(w, place)) for entry in (first, second)]  # type: ignore[misc]
    proof.checked("the entries are least at 4/5 and 1/5", "w = -1, -19/20, …, 2", best == [Rational(4, 5), Rational(1, 5)])
    for place, entry, name in ((Rational(4, 5), second, "second"), (Rational(1, 5), first, "first")):
        proof.weakened("proportional covariances", f"at w = {place} the {name} entry is not least", entry.subs(w, place), ">", least)
    proof.witness("matrix weights reach 4/5 in both entries: (4/5)²·1 + (1/5)²·4", Rational(16, 25) + Rational(4, 25), "==", least)
    proof.equal("the trace, which has a least value 5/2 at w = 1/2", first + second, 5 * (2 * w**2 - 2 * w + 1))
    return proof.result(bound, u, v)


@derivation("efficiency-of-scalar-weights", "prop. 1", "AGG-4", "AGG-4R")
def efficiency_of_scalar_weights(proof: Proof) -> Any:
    """Trace-optimal scalar weights have at most (m+M)²/(4mM) times the covariance of the best matrix weights, with m and M bounds on the
    eigenvalues of all Σ_k/tr Σ_k, for any K and dimension; without such bounds no constant does.

    With p_k = w_k the covariance of the scalar weights is the arithmetic mean of A_k = Σ_k/tr Σ_k (times 1/S), that of the matrix weights
    their harmonic mean H (times 1/S). The inequality between the two is Kantorovich's for operators (Mond and Pečarić 1993). It is sharp:
    for diag(1, L) and diag(L, 1) it is an equality, so the ratio of traces (1+L)²/(4L) grows without bound as L does.
    """
    K, k = number_of_nodes(proof), NODE
    over = (k, 0, K - 1)
    m = proof.symbol("m", "the least eigenvalue of any A_k", positive=True)
    M = proof.symbol("M", "the greatest", positive=True)
    p = proof.sequence("p", "1/(S·tr Σ_k), the weight of node k", positive=True)
    A = proof.sequence("A", "Σ_k/tr Σ_k", commutative=False)
    Q = proof.sequence("Q", "(M - A_k)·A_k⁻¹·(A_k - m)", commutative=False)
    H = proof.symbol("H", "the harmonic mean of the A_k", commutative=False)
    proof.assume("weights sum to 1", "the p_k do", Eq(Sum(p[k], over), 1, evaluate=False))
    proof.define("three functions of one matrix, which commute", Q[k], (M - A[k]) / A[k] * (A[k] - m))
    proof.assume("eigenvalues in [m, M]", "so M - A_k, A_k⁻¹ and A_k - m are not negative, nor is their product Q_k", positive=Q[k])
    harmonic = Eq(Sum(p[k] / A[k], over), 1 / H, evaluate=False)
    proof.assume("H", "is the inverse of the mean of A_k⁻¹, positive definite", harmonic, positive=1 / H)
    proof.assume("H is symmetric", "as such an inverse is", Eq(transpose(H), H, evaluate=False))
    root = (m + M) / (2 * sqrt(m * M)) * H - sqrt(m * M)
    bound = (m + M) ** 2 / (4 * m * M)
    given = {
        Q[k]: (M - A[k]) / A[k] * (A[k] - m), Sum(p[k] / A[k], over): 1 / H, Sum(p[k], over): Integer(1), transpose(H): H,
    }  # fmt: skip
    since = Sum(p[k] * Q[k], over) + root / H * transpose(root)
    proof.loewner("node by node, then once more for H", bound * H, Sum(p[k] * A[k], over), since, given)
    L = proof.symbol("L", "the condition number of the example diag(1, L), diag(L, 1)", positive=True)
    scalar, matrix = 2 * (1 + L) / 4, 2 / (1 + 1 / L)
    ratio = (1 + L) ** 2 / (4 * L)
    proof.equal("the example: trace at weights 1/2, over that of the matrix weights", scalar / matrix, ratio)
    final = proof.last()
    proof.equal("the bound at m = 1/(1+L), M = L/(1+L): reached", bound.subs({m: 1 / (1 + L), M: L / (1 + L)}), ratio)
    proof.limit("so no constant bounds all covariances", ratio, L, oo, oo)
    worst = greatest_loss_of_scalar_weights(4, 3, 200)
    proof.checked(f"the largest loss over its bound is {worst:.3f}", "4 nodes, 3 dimensions, 200 random covariances, seed 0", worst <= 1)
    proof.weakened("eigenvalues in [m, M]", "at L = 4 the ratio is above the bound 1 for m = M", ratio.subs(L, 4), ">", Integer(1))
    return proof.result(final, L)
