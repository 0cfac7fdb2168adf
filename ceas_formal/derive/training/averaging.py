"""What is averaged: parameters θ (paper II.B, equation 6), gradients g (equation 5), or the angles W of the circuit (section IV).

The simulator calls ``gossip-drift`` for the bias that parameters averaged inexactly add, and ``local-steps`` for where several local steps
between two averages lead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Function, Integer, Rational, Sum

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Given, Proof


@derivation("parameters-or-gradients", "II.B, III.A eq. 3, 5, 6", "CNV-1")
def parameters_or_gradients(proof: Proof) -> Any:
    """After one local step from a common θ, the weighted mean of the parameters is update (3) with the weighted mean of the gradients,
    for any K.

    So II.B and (5) agree there, and IV's angles W are a θ. From parameters that differ the means still obey (3), with every gradient taken
    where its node is: gossip (6) keeps the mean with weights π exactly, if π·W = π, however few its steps. The agreement is one of linear
    aggregators: medians that commute with shift and scale keep it, a norm clip does not. And angles are means of angles only while all
    nodes stay in one period: 0 and 2π are the same gate, and their mean π is another.
    """
    K = proof.symbol("K", "the number of nodes", integer=True, positive=True)
    k = sympy.Symbol("k", integer=True, nonnegative=True)
    over = (k, 0, K - 1)
    w, g = proof.sequence("w", "the weights", real=True), proof.sequence("g", "one coordinate of the gradient at node k", real=True)
    own = proof.sequence("theta", "the same coordinate of the parameters at node k", real=True)
    theta, eta, mean = (
        proof.symbol("theta_c", "the common parameter", real=True),
        proof.symbol("eta", "the step η", positive=True),
        proof.symbol("m", "Σ w_k θ_k", real=True),
    )
    proof.assume("weights sum to 1", "Σ w_k = 1", Eq(Sum(w[k], over), 1, evaluate=False))
    proof.assume("linear", "the aggregate is Σ w_k x_k of what is sent")
    proof.assume("one period", "parameters are numbers; angles are compared in one period")
    row, mixing, column = (
        proof.symbol(name, text, commutative=False)
        for name, text in (("pi", "the row of weights π"), ("W", "the mixing matrix"), ("x", "any column"))
    )
    proof.assume("stationary", "π·W = π", Eq(row * mixing, row, evaluate=False))
    proof.equal("one gossip step keeps the weighted mean", row * mixing * column, row * column, {row * mixing: row})
    proof.define("the mean of unequal parameters", mean, Sum(w[k] * own[k], over))
    averaged = Sum(w[k] * (own[k] - eta * g[k]), over)
    proof.equal(
        "after a local step from unequal parameters", averaged, mean - eta * Sum(w[k] * g[k], over), {Sum(w[k] * own[k], over): mean}
    )
    common = Sum(w[k] * (theta - eta * g[k]), over)
    update = theta - eta * Sum(w[k] * g[k], over)
    proof.equal("after a local step from a common one", common, update, {Sum(w[k], over): Integer(1)})
    made = proof.last()
    half = Rational(1, 2)
    proof.weakened(
        "weights sum to 1", "weight 1/2 for one node, 0 for the other: θ = 1 becomes 1/2 although both gradients are 0",
        sum(weight * 1 for weight in (half, Integer(0))), "!=", update.xreplace({theta: Integer(1), g[k]: Integer(0)}).doit(),
    )  # fmt: skip
    proof.weakened(
        "linear",
        "clip 1, θ = 10, g = 1/2, η = 1: the clipped parameter is 1, the update with the clipped gradient 19/2",
        Integer(1),
        "!=",
        10 - half,
    )
    angle = sympy.Symbol("theta", real=True)
    loss = 1 - sympy.cos(angle)
    proof.weakened(
        "one period", "angles 0 and 2π both minimise 1 - cos θ; their mean π has loss 2, while the mean of their gradients is 0",
        loss.subs(angle, sympy.pi), "!=", (loss.subs(angle, 0) + loss.subs(angle, 2 * sympy.pi)) / 2,
    )  # fmt: skip
    proof.weakened(
        "stationary", "π = (1/2, 1/2) and W = ((1, 0), (1, 0)) on x = (0, 1): the mean goes from 1/2 to 0", half, "!=", Integer(0)
    )
    stream = np.random.default_rng([0, 60])
    gradients, here = stream.normal(size=(7, 3)), stream.normal(size=3)
    same = np.allclose(np.median(here - 0.1 * gradients, axis=0), here - 0.1 * np.median(gradients, axis=0), atol=1e-14)
    proof.checked(
        "the coordinate median of the parameters is the update with that of the gradients",
        "seven nodes, 3 dimensions, seed [0, 60]",
        bool(same),
    )
    return proof.result(made, theta, eta, w, g, K)


@derivation("gossip-drift", "II.B, III.B.1 eq. 6", "CNV-1")
def gossip_drift(proof: Proof) -> Any:
    """Parameters that start from a common θ and are averaged by gossip that contracts disagreement by the factor m in a round stay within
    ηSm/(1 - m) of their mean, a squared bias of at most (ℓηSm/(1 - m))².

    S bounds how far the gradients of a round lie from their mean, in the norm in which gossip contracts; m is the spectral factor to
    the power of the gossip steps. With exact averaging, m = 0, no drift is left. It falls with the square of the step, unlike the
    error of averaging the gradients themselves with m, which is mS whatever the step.
    """
    K = proof.symbol("K", "the number of nodes", integer=True, positive=True)
    k, t = sympy.Symbol("k", integer=True, nonnegative=True), proof.symbol("t", "the round", integer=True, nonnegative=True)
    over = (k, 0, K - 1)
    w = proof.sequence("w", "the weights, at least 0", nonnegative=True)
    y = proof.sequence("y", "a coordinate of ∇L(θ_k) - ∇L(mean)", real=True)
    drift, ell, eta = (
        proof.symbol("Y", "Σ w_k y_k", real=True),
        proof.symbol("ell", "ℓ: ∇L is ℓ-Lipschitz", positive=True),
        proof.symbol("eta", "the step", positive=True),
    )
    proof.assume("weights sum to 1", "Σ w_k = 1", Eq(Sum(w[k], over), 1, evaluate=False))
    proof.assume("smooth", "‖∇L(θ_k) - ∇L(mean)‖ ≤ ℓ·‖θ_k - mean‖")
    proof.define("the bias by drift", drift, Sum(w[k] * y[k], over))
    given: Given = {Sum(w[k] * y[k], over): drift, Sum(w[k], over): Integer(1)}
    proof.at_least("Jensen, in each coordinate", Sum(w[k] * y[k] ** 2, over), drift**2, Sum(w[k] * (y[k] - drift) ** 2, over), given)
    distance, slack = (
        proof.sequence("D", "D_k = ‖θ_k - mean‖²", nonnegative=True),
        proof.sequence("r", "a slack, at least 0", nonnegative=True),
    )
    size = proof.sequence("n", "‖∇L(θ_k) - ∇L(mean)‖²", nonnegative=True)
    proof.assume("slack of smoothness", "n_k = ℓ²·D_k less a slack", Eq(size[k], ell**2 * distance[k] - slack[k], evaluate=False))
    proof.at_least(
        "its square, over all coordinates", ell**2 * Sum(w[k] * distance[k], over), Sum(w[k] * size[k], over), Sum(w[k] * slack[k], over),
        {size[k]: ell**2 * distance[k] - slack[k]},
    )  # fmt: skip
    m, start, S = (
        proof.symbol(name, text, nonnegative=True)
        for name, text in (
            ("m", "the contraction by the gossip of one round, below 1"),
            ("d_0", "the disagreement at the start"),
            ("S", "that of the gradients of a round"),
        )
    )
    proof.assume("contraction", "after a local step and the gossip of a round the disagreement is at most m·(d + ηS)")
    limit = eta * S * m / (1 - m)
    near = proof.symbol("h", "how far the start is below ηSm/(1 - m)", nonnegative=True)
    proof.assume(
        "common start", "the disagreement starts at or below ηSm/(1 - m), as from a common θ", Eq(start, limit - near, evaluate=False)
    )
    closed = limit + m**t * (start - limit)
    proof.induction("the recursion with equality", Function("d")(t), closed, t, start, lambda old: m * (old + eta * S))
    recursion = proof.symbol("d", "its value", nonnegative=True)
    less, spare = proof.symbol("x", "the disagreement", nonnegative=True), proof.symbol("q", "how far it is below d", nonnegative=True)
    after, rest = (
        proof.symbol("x'", "the disagreement a round later", nonnegative=True),
        proof.symbol("p", "the slack of the round", nonnegative=True),
    )
    proof.assume("induction", "x ≤ d, true at the start", Eq(recursion, less + spare, evaluate=False))
    proof.assume("round", "x' = m·(x + ηS) less a slack", Eq(after, m * (less + eta * S) - rest, evaluate=False))
    proof.at_least(
        "x' ≤ d' too", m * (recursion + eta * S), after, m * spare + rest, {recursion: less + spare, after: m * (less + eta * S) - rest}
    )
    held, below = (
        proof.symbol(name, text, nonnegative=True)
        for name, text in (("x_t", "the disagreement in round t"), ("e", "how far it is below d(t)"))
    )
    proof.assume("in round t", "x_t ≤ d(t), by the induction just made", Eq(held, closed - below, evaluate=False))
    proof.at_least(
        "the disagreement of every round", limit, held, m**t * near + below, {held: closed - below, start: limit - near}
    )
    room = proof.symbol("g", "the slack of this", nonnegative=True)
    bias = proof.symbol("eps2", "the bound on the squared bias")
    squared, lost = (
        proof.symbol(name, text, nonnegative=True)
        for name, text in (("B", "the squared bias by drift"), ("s", "a slack, at least 0"))
    )
    proof.assume("slack of the disagreement", "x_t = ηSm/(1 - m) - g, by the last step", Eq(held, limit - room, evaluate=False))
    proof.assume(
        "slack of the bias", "B = ℓ²·x_t² - s, by Jensen and smoothness; x_t² is Σ w_k D_k",
        Eq(squared, ell**2 * held**2 - lost, evaluate=False),
    )  # fmt: skip
    proof.define("the bound", bias, (ell * limit) ** 2)
    made = proof.last()
    proof.at_least(
        "the squared bias", bias, squared, ell**2 * room * (2 * held + room) + lost,
        {bias: (ell * limit) ** 2, squared: ell**2 * held**2 - lost, held: limit - room},
    )  # fmt: skip
    beyond = proof.symbol("b", "above 0, with m = 1/(1 + b)", positive=True)
    proof.limit("what the start adds dies out", (1 / (1 + beyond)) ** t, t, sympy.oo, Integer(0))
    half = Rational(1, 2)
    apart = {start: 1, S: 0, m: half, eta: 1, t: 1}
    proof.weakened(
        "common start", "from 1 apart, with equal gradients and m = 1/2: a round later 1/2 apart, not 0", closed.subs(apart), ">",
        limit.subs(apart),
    )  # fmt: skip
    proof.weakened(
        "contraction",
        "no gossip, gradients 1 and -1, η = 1: after two rounds each node is 2 from the mean, above the limit of m = 1/2, 1",
        Integer(1 + 1),
        ">",
        limit.subs({eta: 1, S: 1, m: half}),
    )
    proof.weakened(
        "smooth",
        "L = |θ| at θ_k = 1/10 and -1/10: gradients 1 and -1, each 1 off, not within ℓ/10 for ℓ = 1",
        Integer(1),
        ">",
        Rational(1, 10),
    )
    gradients, disagreement, mixing = np.array([1.0, -1.0]), np.zeros(2), np.array([[0.75, 0.25], [0.25, 0.75]])
    for _ in range(60):
        disagreement = mixing @ (disagreement - 0.1 * gradients)
    proof.compared("two nodes, m = 1/2, η = 1/10, 60 rounds: it is reached", 0.1, float(abs(disagreement[0])), 1e-12)
    return proof.result(made, ell, eta, S, m)


@derivation("local-steps", "II.B, III.A eq. 3", "CNV-1", "SYS-1")
def local_steps(proof: Proof) -> Any:
    """With E local steps between averages of θ, quadratic losses stop at Σ w_k c_k a_k / Σ w_k c_k, c_k = 1 - (1 - ηh_k)^E, which equal
    gradients' averages miss if E > 1.

    So averaging θ is averaging g for E = 1 alone, where c_k ∝ h_k. Curvatures 1 and 2, minima 0 and 1, equal weights, η = 1/2: the
    minimum of (1) is 2/3, two local steps stop at 4/7. Even equal weights then miss it. Known of FedAvg (Li et al. 2020).
    """
    K = proof.symbol("K", "the number of nodes", integer=True, positive=True)
    k, E = (
        sympy.Symbol("k", integer=True, nonnegative=True),
        proof.symbol("E", "the local steps between two averages", integer=True, nonnegative=True),
    )
    over = (k, 0, K - 1)
    w, h, c = (
        proof.sequence(name, text, positive=True)
        for name, text in (("w", "the weights"), ("h", "the curvatures, below 1/η"), ("c", "c_k = 1 - (1 - ηh_k)^E"))
    )
    a = proof.sequence("a", "a_k minimises the loss of node k", real=True)
    theta, eta, C = (
        proof.symbol("theta", "the common parameter", real=True),
        proof.symbol("eta", "the step", positive=True),
        proof.symbol("C", "Σ w_k c_k", positive=True),
    )
    P = proof.symbol("P", "Σ w_k c_k a_k", real=True)
    proof.assume("weights sum to 1", "Σ w_k = 1", Eq(Sum(w[k], over), 1, evaluate=False))
    proof.assume("unequal curvatures", "h_k differ, and so do the a_k")
    local = a[k] + (1 - eta * h[k]) ** E * (theta - a[k])
    proof.induction("local steps on h_k·(θ - a_k)²/2", Function("theta_k")(E), local, E, theta, lambda old: old - eta * h[k] * (old - a[k]))
    proof.define("the local pull", c[k], 1 - (1 - eta * h[k]) ** E)
    proof.define("short form", C, Sum(w[k] * c[k], over))
    proof.define("short form", P, Sum(w[k] * c[k] * a[k], over))
    pull = Sum(w[k] * (theta - c[k] * (theta - a[k])), over)
    sums: Given = {Sum(w[k], over): Integer(1), Sum(w[k] * c[k], over): C, Sum(w[k] * c[k] * a[k], over): P}
    proof.equal("the average after E local steps", pull, theta - C * (theta - P / C), sums)
    stop = Sum(w[k] * c[k] * a[k], over) / Sum(w[k] * c[k], over)
    proof.equal("where it stops", P / C, stop, {P: Sum(w[k] * c[k] * a[k], over), C: Sum(w[k] * c[k], over)})
    stops = proof.last()
    one, two, half = Integer(1), Integer(2), Rational(1, 2)
    pulls = [[1 - (1 - half * curve) ** steps for curve in (one, two)] for steps in (1, 2)]
    ends = [of[1] / (of[0] + of[1]) for of in pulls]
    proof.witness("curvatures 1 and 2, minima 0 and 1, η = 1/2: one step stops at 2/3, the minimum of (1)", ends[0], "==", two / 3)
    proof.witness("two steps stop at 4/7", ends[1], "!=", ends[0])
    equal = [1 - (1 - half) ** steps for steps in (1, 2)]
    proof.weakened(
        "unequal curvatures", "curvatures 1 and 1: both stop at 1/2", equal[0] / (2 * equal[0]), "==", equal[1] / (2 * equal[1])
    )
    at = 0.0
    for _ in range(200):
        each = [at, at]
        for _ in range(2):
            each = [each[0] - 0.5 * each[0], each[1] - (each[1] - 1)]
        at = sum(each) / 2
    proof.compared("200 rounds of two local steps", 4 / 7, at, 1e-12)
    return proof.result(stops, w, c, a, K)
