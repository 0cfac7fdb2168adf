"""What fidelity-weighted training minimises when the nodes' data differ (paper III.A, equations 1, 3 and 5).

Weights w_k lead update 3 to the minimum of Σ w_k L_k, not of the global loss (1). The simulator calls ``weighted-minimiser`` for where
training stops and ``heterogeneity-gap`` for what that costs. Indices count from 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Function, Integer, Rational, Sum

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof


@derivation("weighted-minimiser", "III.A eq. 1, 5", "SYS-1")
def weighted_minimiser(proof: Proof) -> Any:
    """With quadratic losses h_k·(θ - a_k)²/2 the update (3) with weights w_k stops at Σ w_k h_k a_k / Σ w_k h_k, the minimum of (1) for
    all a_k only if all w_k are equal.

    Any number of nodes; in several dimensions coordinate by coordinate where the h_k are diagonal. The losses (θ - 1)² and (θ + 1)²
    with weights .8 and .2 stop at .6; their mean, θ² + 1, has its minimum at 0.
    """
    K = proof.symbol("K", "the number of nodes", integer=True, positive=True)
    k, t = sympy.Symbol("k", integer=True, nonnegative=True), proof.symbol("t", "the round", integer=True, nonnegative=True)
    w, h = (proof.sequence(name, text, positive=True) for name, text in (("w", "the weights, above 0"), ("h", "the curvatures, above 0")))
    a = proof.sequence("a", "a_k minimises the loss of node k", real=True)
    A, B = proof.symbol("A", "Σ w_k h_k", positive=True), proof.symbol("B", "Σ h_k", positive=True)
    P, R = proof.symbol("P", "Σ w_k h_k a_k", real=True), proof.symbol("R", "Σ h_k a_k", real=True)
    theta, start = proof.symbol("theta", "the parameter", real=True), proof.symbol("theta_0", "where training starts", real=True)
    eta = proof.symbol("eta", "the step η", positive=True)
    over = (k, 0, K - 1)
    sums = {Sum(w[k] * h[k], over): A, Sum(h[k], over): B, Sum(w[k] * h[k] * a[k], over): P, Sum(h[k] * a[k], over): R}
    proof.assume("quadratic losses", "L_k = h_k·(θ - a_k)²/2")
    proof.assume("unequal minima", "the data of the nodes differ, so that the a_k may be any numbers")
    for whole, short in sums.items():
        proof.define("short form", short, whole)
    aggregate = Sum(w[k] * h[k] * (theta - a[k]), over)
    proof.equal("the aggregate gradient", aggregate, A * (theta - P / A), sums)
    closed = P / A + (1 - eta * A) ** t * (start - P / A)
    proof.induction("update (3)", Function("theta")(t), closed, t, start, lambda old: old - eta * A * (old - P / A))
    shrinking = proof.symbol("x", "above 0, with 1 - ηA = 1/(1 + x) for steps below 1/A", positive=True)
    proof.limit("the power of 1 - ηA vanishes", (1 / (1 + shrinking)) ** t, t, sympy.oo, Integer(0))
    excess = (Sum(h[k] * (theta - a[k]) ** 2, over) - Sum(h[k] * (R / B - a[k]) ** 2, over)) / (2 * K)
    proof.equal("the global loss above its minimum, at R/B", excess, B * (theta - R / B) ** 2 / (2 * K), sums)
    # The data a_k = w_k set the two minima apart for any weights that are not all equal.
    apart = Sum(w[k] * h[k] * w[k], over) / A - Sum(w[k] * h[k], over) / B
    spread = Sum(h[k] * (w[k] - A / B) ** 2, over) / A
    proof.at_least("at a_k = w_k the two minima differ unless every w_k is A/B, so the same for all nodes", apart, Integer(0), spread, sums)
    same = proof.symbol("m", "a minimum that all nodes share", real=True)
    proof.equal("repaired: one minimum for all nodes is where any weights stop", Sum(w[k] * h[k] * same, over) / A, same, sums)
    uniform = Sum(h[k] * a[k] / K, over) / Sum(h[k] / K, over)
    proof.equal("repaired: equal weights stop at the minimum of (1)", uniform, R / B, sums)
    stop = Sum(w[k] * h[k] * a[k], over) / Sum(w[k] * h[k], over)
    proof.equal("where the update stops", P / A, stop, {P: Sum(w[k] * h[k] * a[k], over), A: Sum(w[k] * h[k], over)})
    stops = proof.last()
    one, four, two = Rational(1, 5), Rational(4, 5), Integer(2)
    proof.witness(
        "losses (θ - 1)² and (θ + 1)², weights 4/5 and 1/5: stop at 3/5, not 0",
        (four * two - one * two) / (four * two + one * two),
        "!=",
        Integer(0),
    )
    proof.weakened(
        "unequal minima", "with both minima at 1 the same weights stop at 1, the minimum of (1)",
        (four * two + one * two) / (four * two + one * two), "==", Integer(1),
    )  # fmt: skip
    # The loss θ² + θ⁴/2 - θ on one node, (θ + 1)² on the other: the fixed point solves a cubic, not the formula.
    quartic = four * (2 * theta + 2 * theta**3 - 1) + one * 2 * (theta + 1)
    proof.weakened(
        "quadratic losses", "θ² + θ⁴/2 - θ in place of (θ - 1/2)²: at 1/5, where the formula stops, the slope is not 0",
        quartic.subs(theta, (four * two / 2 - one * two) / two), "!=", Integer(0),
    )  # fmt: skip
    stream = np.random.default_rng([0, 1])
    weights, curvatures, minima = stream.dirichlet(np.ones(7)), stream.uniform(0.5, 2, 7), stream.normal(size=7)
    at = 0.0
    for _ in range(400):
        at -= 0.2 * float(weights @ (curvatures * (at - minima)))
    formula = float(weights @ (curvatures * minima) / (weights @ curvatures))
    proof.compared("seven random nodes, 400 rounds of update (3), seed [0, 1]", formula, at, 1e-9)
    return proof.result(stops, w, h, a, K)


@derivation("heterogeneity-gap", "III.A eq. 1, 5", "SYS-1", "CNV-1")
def heterogeneity_gap(proof: Proof) -> Any:
    """Weights w_k cost at most χ²ζ²/(2μ) of the global loss, χ² = K·Σ w_k² - 1 being their distance from equal ones and ζ² the mean of
    ‖∇L_k - ∇L‖².

    The aggregate gradient has the bias Σ (w_k - 1/K)·∇L_k, whose square is at most χ²ζ² by the Cauchy-Schwarz inequality; where the
    aggregate vanishes, ∇L is that bias, and ‖∇L‖² ≥ 2μ·(L - L*) gives the rest. Reached with equality: (θ - 1)² and (θ + 1)² with
    weights .8 and .2 have χ² = .36, ζ² = 4, μ = 2, and stop at .6, .36 above the minimum. As in Wang et al. 2020 (FedNova).
    """
    K, d = (proof.symbol(name, text, integer=True, positive=True) for name, text in (("K", "the number of nodes"), ("d", "the dimension")))
    k, i = (sympy.Symbol(name, integer=True, nonnegative=True) for name in "ki")
    w = proof.sequence("w", "the weights", real=True)
    y, x = proof.sequence("y", "one coordinate of ∇L_k - ∇L", real=True), proof.sequence("x", "w_k - 1/K", real=True)
    chi, C, S = (
        proof.symbol(name, text, **known)
        for name, text, known in (
            ("chi", "χ² = K·Σ w_k² - 1, above 0", {"positive": True}),
            ("C", "Σ y_k²", {"real": True}), ("S", "Σ x_k y_k, that coordinate of the bias", {"real": True}),
        )
    )  # fmt: skip
    over, along = (k, 0, K - 1), (i, 0, d - 1)
    proof.assume("weights sum to 1", "Σ w_k = 1", Eq(Sum(w[k], over), 1, evaluate=False))
    proof.assume("PL", "‖∇L‖² ≥ 2μ·(L - L*), as for a μ-strongly convex L")
    proof.define("the distance of the weights from equal ones", chi, K * Sum(w[k] ** 2, over) - 1)
    proof.define("off equal weights", x[k], w[k] - 1 / K)
    distance = {Sum(w[k], over): Integer(1), x[k]: w[k] - 1 / K, chi: K * Sum(w[k] ** 2, over) - 1}
    proof.equal("its other form", Sum(x[k] ** 2, over), chi / K, distance)
    proof.define("short form", C, Sum(y[k] ** 2, over))
    proof.define("short form", S, Sum(x[k] * y[k], over))
    square = Sum((y[k] - S * K / chi * x[k]) ** 2, over)
    short = {Sum(x[k] ** 2, over): chi / K, Sum(y[k] ** 2, over): C, Sum(x[k] * y[k], over): S}
    proof.at_least("Cauchy and Schwarz", C, S**2 * K / chi, square, short)
    slack, zeta, mu = (
        proof.sequence("r", "the slack of this in coordinate i, at least 0", nonnegative=True),
        proof.symbol("zeta", "ζ² = (1/K)·Σ ‖∇L_k - ∇L‖²", nonnegative=True), proof.symbol("mu", "μ of the PL inequality", positive=True),
    )  # fmt: skip
    bias, own = (
        proof.sequence("b", "the coordinates of the bias", real=True),
        proof.sequence("C_i", "Σ_k y_k² in coordinate i", nonnegative=True),
    )
    proof.assume(
        "each coordinate", "the inequality just reached, with its slack", Eq(own[i], bias[i] ** 2 * K / chi + slack[i], evaluate=False)
    )
    proof.assume("ζ", "ζ² adds up the coordinates", Eq(zeta, Sum(own[i], along) / K, evaluate=False))
    norm = Sum(bias[i] ** 2, along)
    proof.at_least(
        "the bias of the aggregate", chi * zeta, norm, chi / K * Sum(slack[i], along),
        {zeta: Sum(own[i], along) / K, own[i]: bias[i] ** 2 * K / chi + slack[i]},
    )  # fmt: skip
    squared, gap, rest, left = (
        proof.symbol(name, text, nonnegative=True)
        for name, text in (
            ("n", "‖∇L‖² where the aggregate vanishes: the squared bias"), ("Delta", "L - L* there"),
            ("r_1", "the slack of the bound on the bias"), ("r_2", "the slack of the PL inequality"),
        )
    )  # fmt: skip
    proof.assume("slack of the bias", "n = χ²ζ² less a slack, by the last step", Eq(squared, chi * zeta - rest, evaluate=False))
    proof.assume("slack of PL", "L - L* = n/(2μ) less a slack", Eq(gap, squared / (2 * mu) - left, evaluate=False))
    bound = proof.symbol("gap", "the bound", nonnegative=True)
    value = (K * Sum(w[k] ** 2, over) - 1) * zeta / (2 * mu)
    proof.define("the bound", bound, value)
    made = proof.last()
    proof.at_least(
        "what weighting costs of the global loss", bound, gap, rest / (2 * mu) + left,
        {gap: squared / (2 * mu) - left, squared: chi * zeta - rest, bound: value, chi: K * Sum(w[k] ** 2, over) - 1},
    )  # fmt: skip
    capped, room = (
        proof.sequence(name, text, nonnegative=True) for name, text in (("v", "weights between 0 and κ/K"), ("c", "κ/K - v_k, at least 0"))
    )
    cap = proof.symbol("kappa", "κ: no weight is above κ/K", positive=True)
    proof.assume("cap", "for weights capped as in SAF-4R", Eq(room[k], cap / K - capped[k], evaluate=False))
    proof.assume("capped weights sum to 1", "Σ v_k = 1", Eq(Sum(capped[k], over), 1, evaluate=False))
    proof.at_least(
        "a cap bounds χ²", cap - 1, K * Sum(capped[k] ** 2, over) - 1, K * Sum(capped[k] * room[k], over),
        {room[k]: cap / K - capped[k], Sum(capped[k], over): Integer(1)},
    )  # fmt: skip
    eight, two = Rational(4, 5), Rational(1, 5)
    at = sympy.Symbol("theta", real=True)
    loss = ((at - 1) ** 2 + (at + 1) ** 2) / 2
    proof.witness(
        "(θ - 1)² and (θ + 1)², weights 4/5 and 1/5: bound and gap are both 9/25",
        value.subs({K: 2, zeta: 4, mu: 2}).doit().subs({w[0]: eight, w[1]: two}), "==", loss.subs(at, eight - two) - loss.subs(at, 0),
    )
    proof.weakened(
        "weights sum to 1", "weights 1/2 on the first loss and 0 on the second: K·Σw² - 1 is negative, and the gap is 1",
        value.subs({K: 2, zeta: 4, mu: 2}).doit().subs({w[0]: Rational(1, 2), w[1]: 0}), "<", loss.subs(at, 1) - loss.subs(at, 0),
    )  # fmt: skip
    wells = (at**2 - 1) ** 2
    proof.weakened(
        "PL", "(θ² - 1)² on every node: at θ = 0 the slope and the bound vanish, the loss is 1 above its minimum",
        sympy.diff(wells, at).subs(at, 0) ** 2, "<", wells.subs(at, 0) - wells.subs(at, 1),
    )  # fmt: skip
    stream = np.random.default_rng([0, 2])
    weights, centres = stream.dirichlet(np.ones(5)), stream.normal(size=(5, 3))
    apart = weights @ centres - centres.mean(axis=0)
    spread = ((centres - centres.mean(axis=0)) ** 2).sum(axis=1).mean()
    ratio = float(apart @ apart / ((5 * weights @ weights - 1) * spread))
    proof.checked(f"the bound over the squared bias, {1 / ratio:.3g}", "five random nodes in 3 dimensions, seed [0, 2]", 0 < ratio <= 1)
    return proof.result(made, w, zeta, mu, K)
