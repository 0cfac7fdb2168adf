"""The law of the inventory (paper III.C, equation 7 says only its mean): arrivals within a round, generating function, variance."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Function, Integer, Rational, Symbol, exp, log

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.inventory.chain import inventory_chain
from ceas_formal.derive.inventory.count_laws import Counts, Poisson, constant
from ceas_formal.derive.proof import Proof

ONE, HALF = Integer(1), Rational(1, 2)
SAMPLES = 200_000


@derivation("arrivals-within-a-round", "eq. 7", "INV-3")
def arrivals_within_a_round(proof: Proof) -> Any:
    """Of pairs made at uniform times in a round a share s = (1 - e^(-λ))/λ is left at its end, less than 1: of r pairs r·s count, not r.

    Equation 7, which counts r in full, has the fixed point r/(1 - e^(-λ)) without consumption; the true one is r/λ, by Little's law. It
    is too high by the factor λ/(1 - e^(-λ)): 1.10 at λ = .2, 1.58 at 1 and 2.31 at 2. Counting p·r instead, as if all were made at the
    start, is too low: p < s < 1.
    """
    rate = proof.symbol("lambda", "the decay rate per round, above 0", positive=True)
    u = proof.symbol("u", "how long before the end of the round the pair was made, in [0, 1]", nonnegative=True)
    h = proof.symbol("h", "u = 1/(1+h) runs through the times inside the round", positive=True)
    factor = proof.symbol("f", "by how much equation 7 overestimates the stationary mean")
    proof.assume("uniform times", "a pair is made at any time of the round with equal chance, as from a constant rate")
    proof.assume("exponential lifetime", "it is left after u with probability e^(-λu)")
    share = (1 - exp(-rate)) / rate
    inside = -exp(-rate * u) / rate
    proof.equal("an antiderivative of the survival probability", sympy.Derivative(inside, u), exp(-rate * u))
    proof.equal("the mean over the round", inside.subs(u, 1) - inside.subs(u, 0), share)
    lost, kept = (1 - u) * exp(-rate * u), u * exp(-rate * u)
    at = 1 / (1 + h)
    proof.above(
        "what is lost of the full count: 1 - s is λ times an integral of this, positive inside the round",
        lost.subs(u, at), Integer(0), h / (1 + h) * exp(-rate * at),
    )  # fmt: skip
    lost_until = sympy.integrate(lost, u)
    proof.equal("its antiderivative", sympy.diff(lost_until, u), lost)
    proof.equal("which gives s < 1", rate * (lost_until.subs(u, 1) - lost_until.subs(u, 0)), 1 - share)
    proof.above("and s - e^(-λ) is λ times an integral of this, positive too", kept.subs(u, at), Integer(0), at * exp(-rate * at))
    kept_until = sympy.integrate(kept, u)
    proof.equal("its antiderivative", sympy.diff(kept_until, u), kept)
    proof.equal("which gives e^(-λ) < s", rate * (kept_until.subs(u, 1) - kept_until.subs(u, 0)), share - exp(-rate))
    proof.equal("the fixed point of m' = e^(-λ)·m + r·s is r/λ; here for r = 1", exp(-rate) / rate + share, 1 / rate)
    proof.define("the overestimate of the stationary mean", factor, (1 / (1 - exp(-rate))) / (1 / rate))
    proof.equal("the overestimate", factor, rate / (1 - exp(-rate)), {factor: (1 / (1 - exp(-rate))) / (1 / rate)})
    result = proof.last()
    for value, known in ((0.2, 1.103331), (1.0, 1.581977), (2.0, 2.313035)):
        chain = inventory_chain("uniform-arrivals-then-consume", float(np.exp(-value)), Poisson(0.5), constant(0), memory=24)
        mean = float(chain.stationary() @ chain.pairs)
        proof.compared(f"the exact chain in continuous time, λ = {value}, r = 1/2", known, 0.5 / (1 - np.exp(-value)) / mean, 1e-6)
    born = np.random.default_rng([0, 3]).random((2, SAMPLES))
    alive = float((born[0] < np.exp(-born[1])).mean())
    error = float(np.sqrt(alive * (1 - alive) / SAMPLES))
    proof.compared(f"{SAMPLES} pairs at λ = 1, seed [0, 3], 4 standard errors", share.subs(rate, 1), alive, 4 * error)
    proof.weakened(
        "uniform times", "made at the end of the round all are left, so (7) is exact: at λ = ln 2 uniform times leave 1/(2 ln 2)",
        1 / (2 * log(2)), "<", ONE,
    )  # fmt: skip
    proof.weakened(
        "exponential lifetime", "pairs that last exactly 1/λ ≥ 1 round are all left: at λ = 1/2 the share is 1",
        ONE, ">", share.subs(rate, HALF),
    )  # fmt: skip
    return proof.result(result, rate)


@derivation("inventory-law", "eq. 7", "INV-4")
def inventory_law(proof: Proof) -> Any:
    """With Poisson arrivals and no consumption G_t(z) = G_0(1 - p^t + p^t·z)·e^((1-p^t)·a·(z-1)) for every start and t, a = r/(1 - p).

    So a Poisson inventory stays Poisson at every t, and every start tends to the law Poisson(r/(1 - p)); with arrivals at uniform times,
    r·s in place of r, it tends to Poisson(r/λ). The variance equals the mean. From a known stock M_0 the law at t is a binomial one plus
    a Poisson one.
    """
    p = proof.symbol("p", "the probability that a pair survives a round, in (0, 1)", positive=True)
    r = proof.symbol("r", "the mean number of new pairs left at the end of a round", nonnegative=True)
    z = proof.symbol("z", "the argument of the generating function G(z) = E z^M", real=True)
    b = proof.symbol("b", "the mean of a Poisson start", nonnegative=True)
    rate = proof.symbol("lambda", "the decay rate per round, above 0", positive=True)
    t = proof.symbol("t", "the number of rounds since the start", integer=True, nonnegative=True)
    m = Symbol("m", integer=True, nonnegative=True)
    start, law = proof.function("G_0", "the generating function of the start, any"), Function("G")
    proof.assume("independent decay", "pairs survive with probability p each, independently")
    proof.assume("Poisson arrivals", "their generating function is e^(r(z-1)), and they do not depend on the inventory")
    proof.assume("no consumption", "no pair is taken out")
    proof.induction(
        "m pairs, a factor 1 - p + p·z for each: decay puts that for z",
        Function("S")(m), (1 - p + p * z) ** m, m, ONE, lambda of: of * (1 - p + p * z),
    )  # fmt: skip
    a = r / (1 - p)
    solution = start(1 - p**t + p**t * z) * exp((1 - p**t) * a * (z - 1))

    def step(of: Any) -> Any:
        return of.subs(z, 1 - p + p * z) * exp(r * (z - 1))

    proof.induction("a round, G(z) → G(1 - p + p·z)·e^(r(z-1))", law(t), solution, t, start(z), step)
    result = proof.last()
    poisson = exp(b * (z - 1))
    proof.equal("a Poisson law stays one, with the mean of equation 7", step(poisson), exp((p * b + r) * (z - 1)))
    proof.equal("and the one with mean r/(1 - p) stays as it is", step(exp(a * (z - 1))), exp(a * (z - 1)))
    real = Symbol("t", positive=True)
    proof.limit("p^t tends to 0, p = e^(-λ), so every start tends to that law", exp(-rate * real), real, sympy.oo, Integer(0))
    share = (1 - exp(-rate)) / rate
    proof.equal("with arrivals at uniform times, r·s for r, the mean r/λ is left as it is", exp(-rate) * (r / rate) + r * share, r / rate)
    chain = inventory_chain("decay-arrive-consume", 0.5, Poisson(3.0), constant(0), memory=40)
    proof.compared(
        "the exact chain, p = .5, r = 3: total distance from Poisson(6)", 0.0,
        float(np.abs(chain.stationary() - Poisson(6.0).probabilities(40)).sum()), 1e-10,
    )  # fmt: skip
    late = inventory_chain("uniform-arrivals-then-consume", 0.5, Poisson(1.0), constant(0), memory=24).stationary()
    exact = Poisson(1.0 / float(np.log(2))).probabilities(24)
    proof.compared("arrivals at uniform times: total distance from Poisson(1/ln 2)", 0.0, float(np.abs(late - exact).sum()), 1e-10)
    three, known = chain.after(3, stored=4), solution.subs(start(1 - p**t + p**t * z), (1 - p**t + p**t * z) ** 4)
    value = known.subs({t: 3, p: HALF, r: 3, z: HALF})
    proof.compared("three rounds from 4 pairs, G(1/2)", value, float(three @ 0.5**chain.pairs), 1e-10)
    proof.weakened(
        "Poisson arrivals", "one arrival a round, p = 1/2: mean 2, variance Σ 2^(-j)·(1 - 2^(-j)) = 2/3",
        2 - 1 / (1 - Rational(1, 4)), "<", Integer(2),
    )  # fmt: skip
    proof.weakened(
        "no consumption", "Poisson(1) stored, p = 1, one taken: P(0) = 2/e, so mean 1/e is not -ln P(0)",
        exp(-ONE), "!=", 1 - log(Integer(2)),
    )  # fmt: skip
    proof.weakened("independent decay", "2 pairs, p = 1/2, lost together: G(0) = 1/2, not 1/4", HALF, "!=", HALF**2)
    return proof.result(result, p, r, z, t, start)


@derivation("inventory-variance", "eq. 7", "INV-4")
def inventory_variance(proof: Proof) -> Any:
    """The variance under equation 7 follows V' = p²·V + p(1-p)·E[M] + a + d and tends to (p·(r - c) + a + d)/(1 - p²).

    a and d are the variances of arrivals and consumption. With Poisson arrivals and no consumption this is r/(1 - p), the mean; a fixed
    demand that is met takes from the mean and leaves the noise, so the ratio of variance to mean exceeds 1.
    """
    p = proof.symbol("p", "the probability that a pair survives a round, in (0, 1)", positive=True)
    r = proof.symbol("r", "the mean number of arrivals in a round", nonnegative=True)
    c = proof.symbol("c", "the mean number of pairs consumed in a round", nonnegative=True)
    a, d = proof.symbol("a", "the variance of the arrivals", nonnegative=True), proof.symbol("d", "that of consumption", nonnegative=True)
    m, v = proof.symbol("M_0", "the mean at t = 0", nonnegative=True), proof.symbol("V_0", "the variance at t = 0", nonnegative=True)
    t = Symbol("t", integer=True, nonnegative=True)
    proof.assume("independent decay", "pairs survive with probability p each, independently")
    proof.assume("consumption is met", "consumption is what is wanted, and is independent of the inventory")
    proof.assume("independent arrivals", "arrivals are independent of the inventory and of earlier ones")
    mean = (r - c) / (1 - p)
    stationary = (p * (r - c) + a + d) / (1 - p**2)
    # One round of variances is a step of inventory-decay-arrive-consume.
    at_fixed_mean = p**2 * stationary + p * (1 - p) * mean + a + d
    proof.equal("left as it is by a round", at_fixed_mean, stationary)
    result = Eq(at_fixed_mean, stationary, evaluate=False)
    gap = m - mean
    closed = stationary + p**t * gap * (1 - p**t) + p ** (2 * t) * (v - stationary)
    # E[M(t)] - M* = p^t·gap, expected-inventory.
    proof.induction(
        "the variance from every start",
        Function("V")(t), closed, t, v, lambda value: p**2 * value + p * (1 - p) * (mean + p**t * gap) + a + d,
    )  # fmt: skip
    proof.equal("Poisson arrivals, no consumption: variance = mean", stationary.subs({a: r, c: 0, d: 0}), r / (1 - p))
    excess = (c / (1 - p**2)) / (r - c) * (1 - p)
    proof.equal(
        "Poisson arrivals, a fixed demand: the ratio to the mean is 1 + c/((1 + p)(r - c))",
        stationary.subs({a: r, d: 0}) / mean, 1 + excess,
    )  # fmt: skip
    chain = inventory_chain("decay-arrive-consume", 0.8, Counts({2: 0.5, 6: 0.5}), Counts({0: 0.5, 2: 0.5}), memory=60)
    law = chain.stationary()
    found = float(law @ chain.pairs**2 - (law @ chain.pairs) ** 2)
    value = stationary.subs({p: Rational(4, 5), r: 4, c: 1, a: 4, d: 1})
    proof.compared("the exact chain, p = .8, arrivals 2 or 6, demand 0 or 2", value, found, 1e-8)
    proof.weakened("independent decay", "M = 2, p = 1/2, both or none survive: variance 1, not 1/2", ONE, ">", 2 * HALF * (1 - HALF))
    proof.weakened("consumption is met", "X = 0 or 2, one wanted: 0 or 1 left, variance 1/4, not 1", Rational(1, 4), "<", ONE)
    proof.weakened("independent arrivals", "X = 0 or 2 and arrivals 2 - X: variance 0, not 1 + 1", Integer(0), "<", Integer(2))
    return proof.result(result, p, r, c, a, d)
