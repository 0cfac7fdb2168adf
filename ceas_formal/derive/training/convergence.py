"""How far the update (3) descends with a biased and noisy aggregate (paper abstract, III.A.2): bounds with every constant.

Everything here is about one aggregate g of round t with E[g | θ] = ∇L + b and tr Cov[g | θ] = V;
:mod:`ceas_formal.derive.training.aggregate_error` says what b and V are for weights, gossip and Byzantine nodes. The simulator calls
``convergence-smooth`` and ``convergence-polyak-lojasiewicz``; :mod:`ceas_formal.derive.training.quadratic_descent` shows how near to the
truth they are.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Eq, Function, Integer, Rational, Sum, Symbol

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Given, Proof
from ceas_formal.derive.training.descent_chain import mean_squares


def _one_round(proof: Proof) -> tuple[Any, ...]:
    """Enter the descent of one round and return η, ℓ, u, B and V: L' ≤ L - (η/2)·‖∇L‖² + (η/2)·B + (ℓη²/2)·V in expectation."""
    d, i = proof.symbol("d", "the dimension", integer=True, positive=True), Symbol("i", integer=True, nonnegative=True)
    eta, ell = proof.symbol("eta", "the step η", positive=True), proof.symbol("ell", "ℓ: ∇L is ℓ-Lipschitz", positive=True)
    room = proof.symbol("u", "1 - ηℓ, at least 0", nonnegative=True)
    gradient, bias = proof.sequence("g", "the coordinates of ∇L", real=True), proof.sequence("b", "those of the bias", real=True)
    B, V = proof.symbol("B", "a bound on E‖b‖²", nonnegative=True), proof.symbol("V", "a bound on E tr Cov[g | θ]", nonnegative=True)
    over = (i, 0, d - 1)
    now, then, slack = (
        proof.symbol(name, text, **known)
        for name, text, known in (
            ("L", "the loss at θ", {"real": True}), ("L'", "the expected loss after the round", {"real": True}),
            ("r", "the slack of smoothness, at least 0", {"nonnegative": True}),
        )
    )  # fmt: skip
    length = proof.symbol("Q", "E‖g‖²", nonnegative=True)
    proof.assume("small step", "ηℓ ≤ 1", Eq(ell, (1 - room) / eta, evaluate=False))
    along = Sum(gradient[i] * (gradient[i] + bias[i]), over)
    smooth = now - eta * along + ell * eta**2 / 2 * length - slack
    proof.assume("smooth", "L(θ - ηg) ≤ L - η·∇L·g + (ℓη²/2)·‖g‖², in expectation: E g = ∇L + b", Eq(then, smooth, evaluate=False))
    spread = Sum((gradient[i] + bias[i]) ** 2, over) + V
    proof.assume("mean and variance", "E‖g‖² = ‖E g‖² + tr Cov g", Eq(length, spread, evaluate=False))
    squares = Sum(gradient[i] ** 2, over), Sum(bias[i] ** 2, over)
    given: Given = {then: smooth, length: spread, ell: (1 - room) / eta}
    bound = now - eta / 2 * squares[0] + eta / 2 * squares[1] + ell * eta**2 / 2 * V
    descent = slack + eta / 2 * room * Sum((gradient[i] + bias[i]) ** 2, over)
    proof.at_least("one round", bound, then, descent, given)
    return eta, ell, room, B, V


@derivation("convergence-smooth", "abstract, III.A eq. 3", "CNV-1")
def convergence_smooth(proof: Proof) -> Any:
    """For an ℓ-smooth loss, not convex, and ηℓ ≤ 1 the mean of E‖∇L‖² over T rounds is at most 2(L_0 - L*)/(ηT) + B + ℓηV, with squared
    bias B and variance V.

    The least of them, and a round drawn at random, are no worse. The variance is paid times the step, so a small step buys it off; the
    bias is paid in full whatever the step. On L = hθ²/2 the floor is B + hηV/(2 - ηh) exactly (quadratic-descent): the bias term is
    reached, the noise term within the factor 2 - ηh, and at η = 1/ℓ exactly.
    """
    eta, ell, _, B, V = _one_round(proof)
    T = proof.symbol("T", "the number of rounds", integer=True, nonnegative=True)
    n = proof.symbol("n", "T - 1, at least 0", integer=True, nonnegative=True)
    first, least = (proof.symbol(name, text, real=True) for name, text in (("L_0", "L at the start"), ("L_*", "a lower bound of L")))
    total, spare = (
        proof.sequence(name, text, nonnegative=True)
        for name, text in (
            ("A", "A_T: the sum of E‖∇L‖² over the first T rounds"),
            ("R", "R_T: the sum of the slacks of the first T rounds, 0 or more"),
        )
    )
    proof.assume("no rounds", "empty sums are 0", Eq(total[0], 0, evaluate=False))
    proof.assume("no slack", "empty sums are 0", Eq(spare[0], 0, evaluate=False))
    cost = eta / 2 * (B + ell * eta * V)
    value = Function("F")(T)
    start = first - eta / 2 * total[0] - spare[0]
    after = first + T * cost - eta / 2 * total[T] - spare[T]
    proof.induction(
        "the round just reached, once more, with b and V at most as bounded", value, after, T, start,
        lambda old: old - eta / 2 * (total[T + 1] - total[T]) + cost - (spare[T + 1] - spare[T]),
    )  # fmt: skip
    height = proof.symbol("D", "E L after T rounds, less L*: at least 0", nonnegative=True)
    proof.assume("bounded below", "L ≥ L*", Eq(value, least + height, evaluate=False))
    proof.assume("at least one round", "T = n + 1", Eq(T, n + 1, evaluate=False))
    proof.equal("solved for the sum", total[T], 2 / eta * (first + T * cost - spare[T] - value), {value: after})
    bound = proof.symbol("bound", "the bound on the mean of E‖∇L‖²", real=True)
    floor = 2 * (first - least) / (eta * T) + B + ell * eta * V
    proof.define("the bound", bound, floor)
    made = proof.last()
    solved = 2 / eta * (first + T * cost - spare[T] - value)
    proof.at_least(
        "divided by T", bound, total[T] / T, 2 * (height + spare[n + 1]) / (eta * (n + 1)),
        {bound: floor, total[T]: solved, value: least + height, T: n + 1},
    )  # fmt: skip
    proof.limit("with more rounds", floor, T, sympy.oo, B + ell * eta * V)
    proof.weakened(
        "small step", "L = θ²/2 with η = 3: from θ = 1 after one round θ = -2, and the mean of ‖∇L‖², (1 + 4)/2, is above 2·(1/2)/(3·2)",
        Rational(1 + 4, 2), ">", Rational(1, 6),
    )  # fmt: skip
    proof.weakened(
        "smooth", "L = |θ| from θ = 1/2 with η = 1: θ jumps between 1/2 and -1/2, ‖∇L‖² stays 1, and at T = 2 the bound is 1/2",
        Integer(1), ">", 2 * Rational(1, 2) / 2,
    )  # fmt: skip
    proof.weakened("bounded below", "L = θ from θ = 0 with L* = 0: ‖∇L‖² is 1 for ever, and the bound is 0", Integer(1), ">", Integer(0))
    proof.weakened(
        "mean and variance", "L = θ²/2 at 0, η = 1/2, g = ±1: the mean of ‖∇L‖² over rounds 0 and 1 is 1/8, above the bound without V, 0",
        Rational(1, 4) / 2, ">", Integer(0),
    )  # fmt: skip
    steps, curvature, start_at, rounds = 0.5, 1.5, 2.0, 40
    mean, error = mean_squares(start_at, curvature, steps, 0.3, 0.6, rounds, 4000, 0)
    limit = float(floor.subs({eta: steps, ell: curvature, T: rounds, first: curvature * start_at**2 / 2, least: 0, B: 0.09, V: 0.36}))
    measured = float((curvature**2 * mean[:rounds]).mean())
    slack = 4 * float((curvature**2 * error[:rounds]).mean())
    proof.checked(
        f"measured {measured:.3f} ± {slack:.3f}, bound {limit:.3f}", "h = 1.5, η = 1/2, bias .3, noise .6, 40 rounds, 4000 runs, seed 0",
        measured - slack <= limit,
    )  # fmt: skip
    return proof.result(made, first, least, eta, ell, T, B, V)


@derivation("convergence-polyak-lojasiewicz", "abstract, III.A eq. 3", "CNV-1")
def convergence_polyak_lojasiewicz(proof: Proof) -> Any:
    """If moreover ‖∇L‖² ≥ 2μ·(L - L*), then E L - L* falls by the factor 1 - ημ in each round, towards a floor of at most (B + ℓηV)/(2μ).

    For L = hθ²/2, where ℓ = μ = h, the bias part B/(2h) of the floor is reached, and the noise part within the factor 2 - ηh.
    """
    eta, ell, _, B, V = _one_round(proof)
    T = proof.symbol("T", "the number of rounds", integer=True, nonnegative=True)
    mu = proof.symbol("mu", "μ of the PL inequality, at most ℓ", positive=True)
    rate = proof.symbol("rho", "ρ = 1 - ημ, at least 0 since ημ ≤ ηℓ ≤ 1", nonnegative=True)
    squared, excess, after, slack, spare = (
        proof.symbol(name, text, nonnegative=True)
        for name, text in (
            ("G", "E‖∇L‖² in a round"), ("e", "E L - L* before it"), ("e'", "E L - L* after it"),
            ("p", "the slack of the PL inequality"), ("q", "the slack of the round"),
        )
    )  # fmt: skip
    cost = eta / 2 * (B + ell * eta * V)
    proof.assume("PL", "‖∇L‖² ≥ 2μ·(L - L*)", Eq(squared, 2 * mu * excess + slack, evaluate=False))
    proof.assume(
        "each round", "the round just reached, with its slack", Eq(after, excess - eta / 2 * squared + cost - spare, evaluate=False)
    )
    proof.assume("rate", "ρ = 1 - ημ", Eq(mu, (1 - rate) / eta, evaluate=False))
    given: Given = {after: excess - eta / 2 * squared + cost - spare, squared: 2 * mu * excess + slack, mu: (1 - rate) / eta}
    proof.at_least("a round, with PL", rate * excess + cost, after, eta / 2 * slack + spare, given)
    first = proof.symbol("e_0", "L - L* at the start", nonnegative=True)
    floor = (B + ell * eta * V) / (2 * mu)
    closed = floor + (1 - eta * mu) ** T * (first - floor)
    value = Function("E")(T)
    proof.induction("the recursion with equality", value, closed, T, first, lambda old: (1 - eta * mu) * old + cost)
    solved = proof.last()
    above = proof.symbol("Delta", "how far e is below E after T rounds", nonnegative=True)
    solution = proof.symbol("E_T", "E after T rounds", nonnegative=True)
    proof.assume("induction", "after T rounds e ≤ E, true at T = 0 where they are equal", Eq(solution, excess + above, evaluate=False))
    proof.at_least(
        "then after T + 1 rounds too", rate * solution + cost, after, rate * above + eta / 2 * slack + spare,
        {**given, solution: excess + above},
    )  # fmt: skip
    shrinking = proof.symbol("x", "above 0, with ρ = 1/(1 + x) if ρ > 0", positive=True)
    proof.limit("the powers of ρ vanish, and the floor is left", (1 / (1 + shrinking)) ** T, T, sympy.oo, Integer(0))
    wells = sympy.Symbol("theta", real=True)
    double = (wells**2 - 1) ** 2
    proof.weakened(
        "PL", "(θ² - 1)² started at its stationary point 0 stays 1 above the minimum; the bound at μ = 1, η = 1/4, T = 3 is (3/4)³",
        double.subs(wells, 0), ">", Rational(3, 4) ** 3,
    )  # fmt: skip
    proof.weakened(
        "small step",
        "L = θ²/2 with η = 3 from θ = 1: L = 2 after one round, the formula gives -1",
        Integer(2),
        ">",
        (1 - 3) * Rational(1, 2),
    )
    mean, error = mean_squares(2.0, 1.5, 0.5, 0.3, 0.6, 40, 4000, 0)
    numbers = {eta: 0.5, ell: 1.5, mu: 1.5, B: 0.09, V: 0.36, first: 3.0}
    held = all(0.75 * (m - 4 * s) <= float(closed.subs({**numbers, T: t})) for t, (m, s) in enumerate(zip(mean, error, strict=True)))
    proof.checked("E L - L* is below E_T in every round", "h = 1.5, η = 1/2, bias .3, noise .6, 40 rounds, 4000 runs, seed 0", held)
    return proof.result(solved, first, eta, ell, mu, B, V, T)


@derivation("convergence-under-shrinkage", "III.A eq. 2, 3", "CNV-1", "GRD-1")
def convergence_under_shrinkage(proof: Proof) -> Any:
    """Where the bias is that of depolarising noise, (s - 1)·∇L with 0 < s ≤ 1, it leaves no floor: the mean of E‖∇L‖² is at most (2(L_0
    - L*)/(ηT) + ℓηV)/(s(2 - s)).

    It slows training down and moves nothing: a bias that vanishes with the gradient is harmless, one that does not is paid in full.
    """
    eta, ell, _, _, V = _one_round(proof)
    s, beyond = (
        proof.symbol("s", "the factor by which gradients shrink, in (0, 1]", positive=True),
        proof.symbol("x", "1/s - 1", nonnegative=True),
    )
    T = proof.symbol("T", "the number of rounds", integer=True, positive=True)
    mean, rest, drop, B = (
        proof.symbol(name, text, nonnegative=True)
        for name, text in (("M", "the mean of E‖∇L‖² over T rounds"), ("r_1", "a slack"), ("D", "L_0 - L*"), ("B_s", "the mean of E‖b‖²"))
    )
    smooth = 2 * drop / (eta * T) + B + ell * eta * V - mean
    proof.assume("shrinkage", "b = (s - 1)·∇L, so ‖b‖² = (1 - s)²·‖∇L‖²", Eq(B, (1 - s) ** 2 * mean, evaluate=False))
    proof.assume("convergence-smooth", "its bound less the mean is a slack r_1 ≥ 0", Eq(rest, smooth, evaluate=False))
    proof.assume("s ≤ 1", "noise does not magnify: s = 1/(1 + x)", Eq(s, 1 / (1 + beyond), evaluate=False))
    left = 2 * drop / (eta * T) + ell * eta * V
    proof.at_least("what is left of the gradient's own term", left, s * (2 - s) * mean, rest, {rest: smooth, B: (1 - s) ** 2 * mean})
    bound = proof.symbol("bound", "the bound", nonnegative=True)
    value = left / (s * (2 - s))
    proof.define("the bound", bound, value)
    made = proof.last()
    proof.at_least(
        "divided by s(2 - s) = (1 + 2x)/(1 + x)², which is above 0", bound, mean, rest * (1 + beyond) ** 2 / (1 + 2 * beyond),
        {bound: value, rest: smooth, B: (1 - s) ** 2 * mean, s: 1 / (1 + beyond)},
    )  # fmt: skip
    factor, start_at, rounds = 0.6, 2.0, 40
    # On L = hθ²/2 the aggregate is s·hθ with noise.
    squares, error = mean_squares(start_at, factor * 1.5, 0.5, 0.0, 0.6, rounds, 4000, 0)
    limit = float(value.subs({drop: 1.5 * start_at**2 / 2, eta: 0.5, ell: 1.5, T: rounds, V: 0.36, s: factor}))
    measured, slack = 1.5**2 * float(squares[:rounds].mean()), 4 * 1.5**2 * float(error[:rounds].mean())
    proof.checked(
        f"measured {measured:.3f} ± {slack:.3f} (4 standard errors), bound {limit:.3f}",
        "h = 1.5, η = 1/2, s = .6, noise .6, 40 rounds, 4000 runs, seed [0, 40]", measured + slack <= limit,
    )  # fmt: skip
    proof.weakened(
        "shrinkage", "θ²/2 from θ = -1 with constant bias 1: the aggregate is 0, ‖∇L‖² stays 1, the bound at η = s = 1, T = 2 is 1/2",
        Integer(1), ">", 2 * Rational(1, 2) / 2,
    )  # fmt: skip
    return proof.result(made, drop, eta, ell, T, V, s)
