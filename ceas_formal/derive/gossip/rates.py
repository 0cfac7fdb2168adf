"""How fast gossip mixes (paper III.B.1, equation 6): contraction of any primitive W, and the rate that the spectral gap gives.

μ is the second modulus: the greatest |eigenvalue| of W beside the first; the spectral gap is 1 - μ. Logarithms are natural.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
from sympy import Eq, Integer, Rational, Sum, exp, log, oo, sqrt

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.gossip.mixing import depth, metropolis_hastings, ratio_consensus, second_modulus, topology
from ceas_formal.derive.gossip.stationary import NODE, OTHER, number_of_nodes
from ceas_formal.derive.proof import Proof

DISTANCE = 1e-3
"""ε of the comparisons."""

ROUNDING = 1e-12
"""What rounding may add to a spread."""


def _step_count(proof: Proof) -> Any:
    return proof.symbol("ell", "the number of steps", integer=True, nonnegative=True)


@derivation("primitive-gossip", "eq. 6", "GOS-2", "GOS-2R")
def primitive_gossip(proof: Proof) -> Any:
    """If some power M = W^n has all entries M_kj ≥ δ·r_j for weights r and δ > 0, all nodes tend to Σ_j π_j·θ_j, and the spread of their
    values shrinks by the factor 1 - δ in every n steps.

    A connected graph with W_kk > 0 and positive weights on all links is enough: within as many steps as the diameter every node has a share
    of every other. Connectivity alone is not: two nodes that swap their values swap them for ever, and on an even ring with weights 1/2
    for the two neighbours the values 1, 0, 1, 0, … alternate. Nor is a W that changes: its limit depends on the order of the steps.
    """
    N, k, j = number_of_nodes(proof), NODE, OTHER
    i = sympy.Symbol("i", integer=True, nonnegative=True)
    Q = proof.sequence("Q", "row-stochastic, with M_kj = δ·r_j + (1 - δ)·Q_kj", nonnegative=True)
    x = proof.sequence("x", "the value of node j", real=True)
    u, v = proof.sequence("u", "h - x_j", nonnegative=True), proof.sequence("v", "x_j - l", nonnegative=True)
    high, low = proof.symbol("h", "the greatest value", real=True), proof.symbol("l", "the least value", real=True)
    common = proof.symbol("R", "Σ_j r_j·x_j, the same for all nodes", real=True)
    keep = proof.symbol("q", "1 - δ, in [0, 1)", nonnegative=True)
    over = (j, 0, N - 1)
    for node in (k, i):
        proof.assume(f"row {node} of Q", "sums to 1", Eq(Sum(Q[node, j], over), 1, evaluate=False))
    proof.assume("greatest", "x_j = h - u_j", Eq(x[j], high - u[j], evaluate=False))
    proof.assume("least", "x_j = l + v_j", Eq(x[j], low + v[j], evaluate=False))
    proof.assume("primitive", "some power of W dominates δ·r_j in every row, with δ > 0")
    proof.assume("constant", "the same W in every step")
    above, below = Sum(Q[k, j] * u[j], over), Sum(Q[i, j] * v[j], over)
    one = Integer(1)
    first, second = Sum(Q[k, j] * x[j], over), Sum(Q[i, j] * x[j], over)
    proof.equal("the mean that node k takes", first, high - above, {x[j]: high - u[j], Sum(Q[k, j], over): one})
    proof.equal("and node i", second, low + below, {x[j]: low + v[j], Sum(Q[i, j], over): one})
    after = (common + keep * first) - (common + keep * second)
    given = {first: high - above, second: low + below}
    proof.at_least("two values differ less by the factor q after M", keep * (high - low), after, keep * above + keep * below, given)
    blocks = proof.symbol("m", "how often M has been applied", integer=True, nonnegative=True)
    spread = proof.symbol("D", "the spread at the start, greatest minus least", nonnegative=True)
    proof.induction(
        "a bound that is multiplied by q", sympy.Function("spread")(blocks), keep**blocks * spread, blocks, spread, lambda b: keep * b
    )
    result = proof.last()
    rate, time = proof.symbol("g", "ln(1/q), above 0", positive=True), proof.symbol("t", "m, as a real number", positive=True)
    proof.limit("which tends to 0", exp(-rate * time) * spread, time, oo, Integer(0))
    link = proof.symbol("a", "the least weight of a link, or of a node for itself, above 0", positive=True)
    wider, more = proof.symbol("s", "W_kj - a", nonnegative=True), proof.symbol("y", "what node j has beyond a^m", nonnegative=True)
    proof.assume(
        "connected, all W_kk > 0", "enough for primitive: whoever is reached stays so, hence all are within as many steps as the diameter"
    )
    proof.at_least(
        "if j has the share a^m of a content, k has a^(m+1) one step later",
        (link + wider) * (link**blocks + more),
        link ** (blocks + 1),
        link * more + wider * link**blocks + wider * more,
    )
    W, law, state = (sympy.Symbol(name, commutative=False) for name in ("W", "p", "z"))
    proof.assume("π", "pW = p for the row p of the π_j, which sum to 1", Eq(law * W, law, evaluate=False))
    proof.equal("every step keeps Σ π_j·θ_j, so that is the common limit", law * W * state, law * state, {law * W: law})
    for graph, nodes, power in (("two nodes", 2, 1), ("a ring of 7 nodes", 7, 3)):
        share, off = _shrinking(nodes, power, sympy.lambdify((keep, blocks, spread), result.rhs))
        proof.checked(
            f"the spread is at most {share:.4f} of the bound, and after 400 steps all values are within 1e-9 of Σ π_j·θ_j",
            f"200 matrices of random weights on {graph}, n = {power}, m = 1..4, seed [0, {nodes}]",
            share <= 1 + 1e-9 and off < ROUNDING,
        )  # fmt: skip
    swap, kept = sympy.Matrix([[0, 1], [1, 0]]), Rational(99, 100)
    proof.weakened(
        "primitive",
        "two nodes that swap: after 100 steps 1 and 0 are still 1 apart, more than (99/100)^100, so no δ of 1/100 holds",
        (sympy.Matrix([[1, -1]]) * swap**100 * sympy.Matrix([1, 0]))[0],
        ">",
        result.rhs.subs({keep: kept, blocks: 100, spread: 1}),
    )
    six = sympy.Matrix(6, 6, lambda a, b: Rational(1, 2) if (a - b) % 6 in (1, 5) else 0)
    returned = six**2 * sympy.Matrix([1, 0] * 3)
    proof.weakened(
        "primitive", "ring of 6 with weights 1/2: 1, 0, 1, 0, 1, 0 returns after 2 steps, 1 apart, more than 99/100",
        returned[0] - returned[1], ">", result.rhs.subs({keep: kept, blocks: 1, spread: 1}),
    )  # fmt: skip
    left, right = sympy.Matrix([[1, 0], [1, 0]]), sympy.Matrix([[0, 1], [0, 1]])
    proof.weakened("constant", "all copy node 1, then node 2, or the other way round", (left * right)[0, 0], "!=", (right * left)[0, 0])
    return proof.result(result, keep, blocks, spread)


def _shrinking(nodes: int, power: int, bound: Callable[..., Any]) -> tuple[float, float]:
    """Return the greatest share of the bound that the spread reaches on a ring with random weights, and the distance to π in the end."""
    random, place = np.random.default_rng([0, nodes]), np.arange(nodes)
    near = np.minimum((place[:, None] - place) % nodes, (place - place[:, None]) % nodes) <= 1
    W = random.uniform(0.1, 1, (200, nodes, nodes)) * near
    W /= W.sum(axis=2, keepdims=True)
    M, values = np.linalg.matrix_power(W, power), random.normal(size=(200, nodes, 3))
    # δ·r_j is the least entry of column j.
    kept = np.repeat(1 - M.min(axis=1).sum(axis=1)[:, None], 3, axis=1)
    start, now, share = np.ptp(values, axis=1), values, 0.0
    for blocks in range(1, 5):
        now = M @ now
        share = max(share, float((np.ptp(now, axis=1) / (bound(kept, blocks, start) + ROUNDING)).max()))
    system = np.swapaxes(W, 1, 2) - np.eye(nodes)
    system[:, -1] = 1
    law = np.linalg.solve(system, np.tile(np.eye(nodes)[:, -1:], (200, 1, 1)))
    ends = np.linalg.matrix_power(W, 400) @ values - np.swapaxes(law, 1, 2) @ values
    return share, float(np.abs(ends).max())


@derivation("reversible-gossip-rate", "eq. 6", "GOS-2R", "GOS-3")
def reversible_gossip_rate(proof: Proof) -> Any:
    """A reversible W brings every row of W^ℓ within ε of π in total variation after ℓ = ln(1/(2ε√π_min))/ln(1/μ) steps, and not before
    ln(1/(2ε))/ln(1/μ): ‖W^ℓθ - πᵀθ‖_π ≤ μ^ℓ·‖θ - πᵀθ‖_π in the norm with weights π.

    By detailed balance W is self-adjoint for that norm, so it has an orthonormal eigenbasis (spectral theorem), with the constant vector
    first; c_i are the other coordinates. The error of one node is at most √(1/π_min) times the norm. So at uniform π the depth is at most
    logarithmic in N on graphs whose μ stays away from 1 (expanders), and at least proportional to 1/ln(1/μ) on all.
    """
    M = proof.symbol("M", "N - 1, the number of the other eigenvectors", integer=True, positive=True)
    i, k, j = sympy.Symbol("i", integer=True, nonnegative=True), NODE, OTHER
    law, W = proof.sequence("p", "π_k, the stationary law", positive=True), proof.sequence("W", "the mixing matrix", nonnegative=True)
    x, y = proof.sequence("x", "any vector", real=True), proof.sequence("y", "any vector", real=True)
    c = proof.sequence("c", "coordinate i of θ in the eigenbasis", real=True)
    value, gap = proof.sequence("lambda", "eigenvalue i", real=True), proof.sequence("g", "μ² - λ_i²", nonnegative=True)
    mu = proof.symbol("mu", "the greatest |λ_i|", nonnegative=True)
    ell = _step_count(proof)
    proof.assume("detailed balance", "π_k·W_kj = π_j·W_jk", Eq(law[k] * W[k, j], law[j] * W[j, k], evaluate=False))
    proof.assume("μ", "λ_i² = μ² - g_i with g_i ≥ 0", Eq(value[i] ** 2, mu**2 - gap[i], evaluate=False))
    proof.equal(
        "⟨x, Wy⟩ = ⟨Wx, y⟩, term by term",
        law[k] * W[k, j] * x[k] * y[j],
        law[j] * W[j, k] * x[k] * y[j],
        {law[k] * W[k, j]: law[j] * W[j, k]},
    )
    over = (i, 0, M - 1)
    squares = Sum(c[i] ** 2, over)
    proof.at_least(
        "a step multiplies c_i by λ_i",
        mu**2 * squares,
        Sum(value[i] ** 2 * c[i] ** 2, over),
        Sum(gap[i] * c[i] ** 2, over),
        {value[i] ** 2: mu**2 - gap[i]},
    )
    size = proof.symbol("E", "‖θ - πᵀθ‖² in the norm with weights π", nonnegative=True)
    proof.induction(
        "a bound that is multiplied by μ²", sympy.Function("E")(ell), (mu**2) ** ell * size, ell, size, lambda bound: mu**2 * bound
    )
    z = proof.sequence("z", "θ_k(ℓ) - πᵀθ", real=True)
    least, more = proof.symbol("p_min", "the least π_k", positive=True), proof.symbol("r", "π_k - π_min at one node", nonnegative=True)
    rest = proof.symbol("w", "the part of the squared norm that the other nodes have", nonnegative=True)
    proof.at_least(
        "one node's squared error is at most the squared norm over π_min",
        ((least + more) * z[k] ** 2 + rest) / least,
        z[k] ** 2,
        (more * z[k] ** 2 + rest) / least,
    )
    mean = proof.symbol("a", "πᵀθ, in [0, 1]", real=True)
    proof.at_least("contents in [0, 1] have Σ π_k·θ_k² - a² ≤ a - a² ≤ 1/4", Rational(1, 4), mean - mean**2, (mean - Rational(1, 2)) ** 2)
    rate, eps = proof.symbol("G", "ln(1/μ)", positive=True), proof.symbol("epsilon", "the total variation allowed", positive=True)
    proof.assume("contents in [0, 1]", "total variation is the greatest error of a node over all such θ")
    upper, lower = log(1 / (2 * eps * sqrt(least))) / rate, log(1 / (2 * eps)) / rate
    enough = sympy.Function("depth")(eps)
    proof.define("the depth", enough, upper)
    result = proof.last()
    apart = proof.symbol("s", "steps beyond the depth, or short of the lower bound", nonnegative=True)
    h = proof.symbol("h", "e^(Gs) - 1, at least 0 as G·s is", nonnegative=True)
    proof.assume("h", "e^(Gs) = 1 + h", Eq(exp(rate * apart), 1 + h, evaluate=False))
    proof.at_least(
        "from that depth on the bound μ^ℓ/(2√π_min) is at most ε", eps, exp(-rate * (enough + apart)) / (2 * sqrt(least)),
        eps * h / (1 + h), {enough: upper, exp(rate * apart): 1 + h},
    )  # fmt: skip
    proof.at_least(
        "up to ln(1/(2ε))/G steps θ = (1 + v)/2, for the eigenvector v of μ, |v| ≤ 1, has the error μ^ℓ/2 ≥ ε",
        exp(-rate * (lower - apart)) / 2, eps, eps * h, {exp(rate * apart): 1 + h},
    )  # fmt: skip
    for shape, nodes in (("ring", 16), ("hypercube", 16), ("random_regular", 64)):
        weights = metropolis_hastings(topology(shape, nodes), np.ones(nodes))
        gap_rate = -np.log(second_modulus(weights))
        bounds = np.log(1 / (2 * DISTANCE)) / gap_rate, np.log(np.sqrt(nodes) / (2 * DISTANCE)) / gap_rate
        proof.checked(
            "measured depth between the two",
            f"the {shape} of {nodes} nodes, seed 0, ε = .001",
            bool(bounds[0] <= depth(weights, DISTANCE) <= np.ceil(bounds[1])),
        )
    # πᵀ = (1, 2, 2)/5, the other eigenvalues are (-1 ± i)/2, so μ² = 1/2; both vectors have the variance 6/25.
    share = sympy.Matrix([[1, 2, 2]]) / 5
    before, after = (share[place] - share[place] ** 2 for place in (2, 1))
    proof.weakened(
        "detailed balance",
        "rows (0,1,0), (0,0,1), (1/2,1/2,0), where μ² = 1/2, take (0, 0, 1) to (0, 1, 0), which is as large",
        after,
        ">",
        (mu**2).subs(mu, sqrt(2) / 2) * before,
    )
    proof.weakened("contents in [0, 1]", "contents of 0 and 4 are 2 from their mean", Integer(4), ">", Rational(1, 4))
    return proof.result(result, eps, least, rate)


@derivation("ratio-consensus-rate", "eq. 6", "GOS-2R", "GOS-4")
def ratio_consensus_rate(proof: Proof) -> Any:
    """With a symmetric stochastic P of second modulus μ, every node's ratio is within μ^ℓ·‖φ(θ - q)‖/φ_min of q = Σφθ/Σφ after ℓ steps.

    μ belongs to the graph alone, so stamps enter only through the logarithm of φ_min; Metropolis-Hastings gossip has no such bound
    (vanishing-weight). The norm is Euclidean, over the nodes.
    """
    N, k, j = number_of_nodes(proof), NODE, OTHER
    P = proof.sequence("P", "symmetric, rows and columns sum to 1", nonnegative=True)
    phi, theta = proof.sequence("phi", "the stamp of node k", positive=True), proof.sequence("theta", "its content", real=True)
    s = proof.sequence("s", "y_j - φ_min", nonnegative=True)
    y, least = proof.sequence("y", "what node k holds of Σφ", positive=True), proof.symbol("phi_min", "the least stamp", positive=True)
    q, total = proof.symbol("q", "Σφθ/Σφ", real=True), proof.symbol("Phi", "Σφ", positive=True)
    over, other = (k, 0, N - 1), (j, 0, N - 1)
    proof.assume("q", "Σφθ = q·Φ", Eq(Sum(phi[k] * theta[k], over), q * total, evaluate=False))
    proof.assume("Φ", "= Σφ", Eq(Sum(phi[k], over), total, evaluate=False))
    proof.assume("rows of P sum to 1", "as the columns do", Eq(Sum(P[k, j], other), 1, evaluate=False))
    proof.assume("y ≥ φ_min", "true at the start", Eq(y[j], least + s[j], evaluate=False))
    proof.equal(
        "x - q·y starts with sum 0, so its mean is 0",
        Sum(phi[k] * theta[k] - q * phi[k], over),
        Integer(0),
        {Sum(phi[k] * theta[k], over): q * total, Sum(phi[k], over): total},
    )
    proof.at_least(
        "y ≥ φ_min is kept",
        Sum(P[k, j] * y[j], other),
        least,
        Sum(P[k, j] * s[j], other),
        {y[j]: least + s[j], Sum(P[k, j], other): Integer(1)},
    )
    norm, mu, ell = (
        proof.symbol("n", "‖φ(θ - q)‖", nonnegative=True),
        proof.symbol("mu", "the second modulus of P", positive=True),
        _step_count(proof),
    )
    miss = proof.symbol("e", "|x_k - q·y_k| after ℓ steps", nonnegative=True)
    spare = proof.symbol("r", "μ^ℓ·n - |x_k - q·y_k|", nonnegative=True)
    over_least = proof.symbol("s_k", "y_k - φ_min after ℓ steps", nonnegative=True)
    proof.assume(
        "contraction",
        "reversible-gossip-rate with π = 1/N bounds |x_k - q·y_k| by μ^ℓ·n",
        Eq(norm, (miss + spare) / mu**ell, evaluate=False),
    )
    bound = mu**ell * norm / least
    since = spare / least + miss * over_least / (least * (least + over_least))
    name = sympy.Function("error")(ell)
    proof.define("the bound", name, bound)
    result = proof.last()
    proof.at_least("the error of the ratio", name, miss / (least + over_least), since, {name: bound, norm: (miss + spare) / mu**ell})
    for shape in ("ring", "grid", "random_regular"):
        graph, random = topology(shape, 36), np.random.default_rng([0, 36])
        stamps, contents = np.where(random.random(36) < 0.4, 0.01, 1.0), random.standard_normal(36)
        target = stamps @ contents / stamps.sum()
        factor = second_modulus(metropolis_hastings(graph, np.ones(36)))
        size = np.linalg.norm(stamps * (contents - target))
        fine = [
            np.abs(ratio_consensus(graph, stamps, contents, steps) - target).max() <= factor**steps * size / 0.01
            for steps in (0, 5, 50, 200)
        ]
        proof.checked("measured errors stay below", f"the {shape} of 36 nodes, 40% stamps .01, seed [0, 36], ℓ = 0, 5, 50, 200", all(fine))
    proof.weakened("rows of P sum to 1", "P with rows (1/2, 0) and (1/2, 1): one step halves y_1 = φ_min", Rational(1, 2), "<", Integer(1))
    proof.weakened(
        "contraction",
        "two nodes that swap (μ = 1): 0 and 1 never reach 1/2, so no factor below 1 bounds the error after 10 steps",
        abs((sympy.Matrix([[0, 1], [1, 0]]) ** 10 * sympy.Matrix([0, 1]))[0] - Rational(1, 2)),
        ">",
        result.rhs.subs({mu: Rational(9, 10), ell: 10, norm: sqrt(2) / 2, least: 1}),
    )
    return proof.result(result, mu, ell, norm, least)
