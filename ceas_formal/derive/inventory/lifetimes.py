"""Lifetimes of stored pairs (paper III.C, definition 2): fixed, exponential or any; what ages reveal; the residual lifetime."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Eq, Function, Integer, Rational, Symbol, exp, log

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.inventory.ages import age_chain
from ceas_formal.derive.proof import Proof

ONE, HALF = Integer(1), Rational(1, 2)
RUNS = 2000
"""Of the sampled inventories."""


@derivation("lifetime-distance", "def. 2", "INV-5")
def lifetime_distance(proof: Proof) -> Any:
    """The fixed lifetime 1/λ and the exponential one with the same mean have Kolmogorov distance 1 - 1/e = .632, for every λ.

    No other fixed lifetime τ comes nearer than 1/2: the distance is max(1 - e^(-λτ), e^(-λτ)), least at τ = ln 2/λ, the median. So the
    two models of definition 2, a known coherence time τ_c and an exponential residual lifetime, are never within less than 1/2.
    """
    rate = proof.symbol("lambda", "the rate of the exponential lifetime, above 0", positive=True)
    tau = proof.symbol("tau", "the fixed lifetime", positive=True)
    x = proof.symbol("x", "a time since τ, or before it, at least 0", nonnegative=True)
    h = proof.symbol("h", "e^(λx) - 1, at least 0 as x is", nonnegative=True)
    distance = proof.symbol("d", "the distance at equal means")
    proof.assume("equal means", "τ = 1/λ", Eq(tau, 1 / rate, evaluate=False))
    proof.assume("h", "e^(λx) = 1 + h", Eq(exp(rate * x), 1 + h, evaluate=False))
    # Before τ no fixed lifetime has ended, and 1 - e^(-λt) of the exponential ones have; from τ on all fixed ones have.
    given = {exp(rate * x): 1 + h}
    early, late = 1 - exp(-rate * (tau - x)), exp(-rate * (tau + x))
    proof.at_least(
        "x before τ they differ by 1 - e^(-λ(τ-x)), no more than 1 - e^(-λτ)",
        1 - exp(-rate * tau), early, exp(-rate * tau) * h, given,
    )  # fmt: skip
    proof.at_least("x after τ by e^(-λ(τ+x)), no more than e^(-λτ)", exp(-rate * tau), late, exp(-rate * tau) * h / (1 + h), given)
    proof.define("just before τ, the larger of the two at equal means", distance, 1 - exp(-rate * tau))
    proof.equal("the distance at equal means", distance, 1 - exp(-1), {distance: 1 - exp(-rate * tau), tau: 1 / rate})
    result = proof.last()
    proof.witness("which is the larger of the two", 1 - exp(-ONE), ">", exp(-ONE))
    ends = 1 - exp(-rate * tau), exp(-rate * tau)
    proof.at_least(
        "for any τ their squares have a mean of 1/4 or more, so the larger one is at least 1/2; it is that only at the median",
        (ends[0] ** 2 + ends[1] ** 2) / 2, HALF**2, (exp(-rate * tau) - HALF) ** 2,
    )  # fmt: skip
    grid = np.linspace(0, 8, 80_001)
    steps = np.abs((grid > 1) - (1 - np.exp(-grid)))
    proof.compared("the largest difference on 80,001 times up to 8 mean lifetimes", 1 - exp(-ONE), steps.max(), 1e-4)
    sample = np.sort(np.random.default_rng([0, 5]).exponential(1.0, 100_000))
    ended = np.searchsorted(sample, 1.0) / len(sample)
    error = 4 * float(np.sqrt(ended * (1 - ended) / len(sample)))
    proof.compared("100,000 exponential lifetimes, seed [0, 5], ended before their mean, 4 standard errors", 1 - exp(-ONE), ended, error)
    median = sympy.Max(*ends).subs(tau, log(2) / rate)
    proof.weakened("equal means", "fixed lifetime ln 2/λ, the median: distance 1/2", median, "<", result.rhs)
    return proof.result(result)


@derivation("memoryless-lifetimes", "def. 2", "INV-5")
def memoryless_lifetimes(proof: Proof) -> Any:
    """An exponential lifetime has the same residual law at every age, and in whole rounds no other law has: then age and expiry order say
    nothing.

    Which pair is taken does not matter: oldest first, youngest first and at random leave the same law of the inventory, so
    earliest-expiring-first is vacuous under the exponential law of definition 2. Without memorylessness M(t) is no Markov process: its
    mean a round later depends on the ages (:mod:`ceas_formal.derive.inventory.ages` has the state that does).
    """
    rate = proof.symbol("lambda", "the decay rate, above 0", positive=True)
    age = proof.symbol("a", "the age of the pair", nonnegative=True)
    more = proof.symbol("u", "the further time", nonnegative=True)
    p = proof.symbol("p", "S(1), the probability to survive one round", positive=True)
    n = proof.symbol("n", "a number of whole rounds", integer=True, nonnegative=True)
    proof.assume("exponential", "a pair is there after the time t with probability S(t) = e^(-λt)")
    proof.equal("P(T > a + u | T > a) does not depend on the age", exp(-rate * (age + more)) / exp(-rate * age), exp(-rate * more))
    proof.assume("memoryless", "conversely, let S(n + 1) = S(n)·S(1) for all whole n")
    proof.induction(
        "then the survival is geometric, which is exponential in whole rounds",
        Function("S")(n), p**n, n, ONE, lambda of: of * p,
    )  # fmt: skip
    result = proof.last()
    memoryless, fixed = [HALF, HALF, HALF], [ONE, ONE, Integer(0)]
    same = {policy: age_chain([float(value) for value in memoryless], [0.3, 0.4, 0.3], 1, 3, policy) for policy in ("oldest", "youngest")}
    differs = {policy: age_chain([float(value) for value in fixed], [0.3, 0.4, 0.3], 1, 3, policy) for policy in ("oldest", "youngest")}
    rounds = 12
    after = {policy: chain.totals_after(rounds) for policy, chain in same.items()}
    distance = float(np.abs(after["oldest"] - after["youngest"]).max())
    proof.compared(f"exact chain of ages, p = 1/2: law after {rounds} rounds, oldest first less youngest first", 0.0, distance, 1e-12)
    short = [float(differs[policy].failing_after(rounds)) for policy in ("oldest", "youngest")]
    proof.checked(
        f"with lifetimes of {len(fixed)} rounds oldest first fails less often",
        f"the exact chain, {rounds} rounds, {short[0]:.4f} against {short[1]:.4f}", short[0] < short[1],
    )  # fmt: skip
    proof.weakened("exponential", "fixed at 2 rounds: a new pair survives the round, an old one does not", ONE, "!=", Integer(0))
    proof.weakened("memoryless", "S(1) = 1, S(2) = 0, a fixed lifetime: not geometric", Integer(0), "!=", ONE**2)
    return proof.result(result, p, n)


@derivation("residual-lifetime", "def. 2", "INV-5")
def residual_lifetime(proof: Proof) -> Any:
    """If τ_c is exponential, T_rem = max(0, τ + τ_c - t) is 0 with probability 1 - e^(-λa) at age a: it is not exponential, except at age
    0.

    Given that the pair is alive T_rem is exponential with the rate λ. So P[T_rem > Δt] = e^(-λΔt), as the paper has it, holds for pairs
    known to be there and is e^(-λ(a+Δt)) otherwise: the record of a pair does not tell whether it is lost. If τ_c is known, T_rem is no
    random variable at all.
    """
    rate = proof.symbol("lambda", "the decay rate, above 0", positive=True)
    age = proof.symbol("a", "t - τ, the age at which the record is read", positive=True)
    more = proof.symbol("x", "the residual lifetime asked for, at least 0", nonnegative=True)
    h = proof.symbol("h", "e^(λa) - 1, above 0 as a is", positive=True)
    atom = proof.symbol("P_0", "P(T_rem = 0)")
    proof.assume("exponential", "P(τ_c > s) = e^(-λs)")
    proof.assume("h", "e^(λa) = 1 + h", Eq(exp(rate * age), 1 + h, evaluate=False))
    beyond = exp(-rate * (age + more))
    proof.equal("P(T_rem > x) = P(τ_c > a + x)", beyond, exp(-rate * age) * exp(-rate * more))
    proof.limit("P(T_rem > 0), the chance that the pair is alive", beyond, more, Integer(0), exp(-rate * age))
    proof.equal("alive, the residual lifetime is exponential", beyond / beyond.subs(more, 0), exp(-rate * more))
    proof.above("with e^(λa) = 1 + h the atom at 0 is positive", 1 - 1 / (1 + h), Integer(0), h / (1 + h))
    proof.define("the atom at 0", atom, 1 - beyond.subs(more, 0))
    proof.equal("the atom at 0", atom, 1 - exp(-rate * age), {atom: 1 - beyond.subs(more, 0)})
    result = proof.last()
    integral = -exp(-rate * (age + more)) / rate
    proof.equal("an antiderivative of P(T_rem > x)", sympy.Derivative(integral, more), beyond)
    proof.limit("its value at infinity", integral, more, sympy.oo, Integer(0))
    proof.limit("less that at 0: E[T_rem] = e^(-λa)/λ, and 1/λ only if alive", -integral, more, Integer(0), exp(-rate * age) / rate)
    residual = np.maximum(0.0, np.random.default_rng([0, 6]).exponential(1.0, 100_000) - 0.5)
    gone = float((residual == 0).mean())
    proof.compared(
        "100,000 records at λ = 1, age 1/2, seed [0, 6], 4 standard errors",
        1 - exp(-HALF), gone, 4 * float(np.sqrt(gone * (1 - gone) / 1e5)),
    )  # fmt: skip
    proof.weakened("exponential", "τ_c fixed at 2, age 1: T_rem = 1 for certain, the atom at 0 is 0", Integer(0), "!=", 1 - exp(-HALF))
    return proof.result(result, rate, age)


@derivation("inventory-insensitivity", "eq. 7", "INV-4")
def inventory_insensitivity(proof: Proof) -> Any:
    """With Poisson arrivals at rate r and no consumption the inventory is Poisson(r·E[min(T, t)]) at time t, for any law of the lifetime T.

    It tends to Poisson(r·E[T]): only the mean lifetime matters (the M/G/∞ queue; Takács 1962). What the law of T does change: how fast that
    is reached, what happens once pairs are consumed, and what is known of a stored pair. After one mean lifetime fixed lifetimes are
    there in full, exponential ones at 1 - 1/e.
    """
    r = proof.symbol("r", "the rate of arrivals, in pairs per round", positive=True)
    t = proof.symbol("t", "the time since the start without pairs, in rounds", positive=True)
    z = proof.symbol("z", "the argument of the generating function", real=True)
    q = proof.symbol("q", "the probability that a pair made at a uniform time in (0, t) is there at t", nonnegative=True)
    a = Symbol("a", positive=True)
    w = proof.sequence("w", "the probability of the k-th lifetime", nonnegative=True)
    life = proof.sequence("l", "the part of the k-th lifetime below t, min(T, t)", nonnegative=True)
    rate, n = proof.symbol("lambda", "of exponential lifetimes", positive=True), Symbol("n", integer=True, nonnegative=True)
    values = proof.symbol("K", "the number of values of the lifetime, any", integer=True, positive=True)
    mean = proof.symbol("E", "E[min(T, t)] = Σ w_k·l_k", nonnegative=True)
    k = Symbol("k", integer=True, nonnegative=True)
    over = (k, 0, values - 1)
    proof.assume(
        "Poisson arrivals",
        "N pairs in (0, t), Poisson(r·t), so E z^N = e^(r·t·(z-1)); given N their times are independent and uniform",
    )  # fmt: skip
    proof.assume(
        "independent lifetimes",
        "of each other and of the arrivals; T takes finitely many values, which come as near to any law as wished",
    )  # fmt: skip
    proof.assume("no consumption", "no pair is taken out")
    proof.induction(
        "n pairs, a factor 1 - q + q·z for each",
        Function("S")(n), (1 - q + q * z) ** n, n, ONE, lambda of: of * (1 - q + q * z),
    )  # fmt: skip
    there = exp(a * (z - 1)).subs({z: 1 - q + q * z, a: r * t}, simultaneous=True)
    proof.equal("thinned: Poisson with mean r·t·q", there, exp(r * t * q * (z - 1)))
    # A pair of lifetime T made at a uniform time is there if it was made in the last min(T, t): probability min(T, t)/t.
    proof.define("the mean part of a lifetime below t", mean, sympy.Sum(w[k] * life[k], over))
    proof.equal(
        "q for any law of T: made within the last min(T, t)",
        sympy.Sum(w[k] * life[k] / t, over), mean / t, {sympy.Sum(w[k] * life[k], over): mean},
    )  # fmt: skip
    proof.equal("Poisson with mean r·E[min(T, t)]; as t grows E[min(T, t)] grows to E[T]", there.subs(q, mean / t), exp(r * mean * (z - 1)))
    result = proof.last()
    inside = -exp(-rate * t) / rate
    proof.equal("exponential T: E[min(T, t)] = ∫ e^(-λu) du has the derivative e^(-λt)", sympy.Derivative(inside, t), exp(-rate * t))
    grown = inside - inside.subs(t, 0)
    proof.equal("and is (1 - e^(-λt))/λ", grown, (1 - exp(-rate * t)) / rate)
    proof.limit("which tends to 1/λ", grown, t, sympy.oo, 1 / rate)
    proof.witness(
        "after one mean lifetime 1 - 1/e of the stationary mean; with fixed lifetimes all of it",
        sympy.expand((rate * grown).subs(t, 1 / rate)), "<", ONE,
    )  # fmt: skip
    for name, counts in _sampled_inventories():
        runs = f"{RUNS} runs, r = 5, {name} lifetimes of mean 4.5, at t = 40, seed [0, 4], 4 standard errors"
        proof.compared(f"the mean of {runs}", 22.5, float(counts.mean()), 4 * float(np.sqrt(22.5 / RUNS)))
        # The variance of a sample variance under a Poisson law of mean a is about (2a² + a)/n.
        proof.compared(f"the variance of {runs}", 22.5, float(counts.var()), 4 * float(np.sqrt((2 * 22.5**2 + 22.5) / RUNS)))
    proof.weakened(
        "Poisson arrivals", "one arrival a round, mean lifetime 2 rounds: variance 2/3 if memoryless, 0 if fixed",
        2 - 1 / (1 - Rational(1, 4)), ">", Integer(0),
    )  # fmt: skip
    proof.weakened(
        "independent lifetimes", "Poisson(2) pairs, all kept or all lost with equal chance: P(0) = (1 + e^(-2))/2, not 1/e",
        (1 + exp(-2 * ONE)) / 2, ">", exp(-ONE),
    )  # fmt: skip
    # Arrivals at the ends of rounds, mean 1, mean lifetime 2 rounds: before each consumption there are those of this round and of the last.
    proof.weakened(
        "no consumption", "all pairs taken every second round: 2 are there before if lifetimes are fixed, 3/2 if memoryless with p = 1/2",
        ONE + 1, ">", 1 + HALF,
    )  # fmt: skip
    return proof.result(result, r, mean, z)


def _sampled_inventories() -> list[tuple[str, NDArray[np.int64]]]:
    """Return for each law of the lifetime its name and the inventory of each run at t = 40, from arrivals one by one."""
    stream, rate, end, mean = np.random.default_rng([0, 4]), 5.0, 40.0, 4.5
    made = stream.poisson(rate * end, RUNS)
    first, total = np.concatenate([[0], made.cumsum()[:-1]]), int(made.sum())
    found = []
    for name, lifetimes in (
        ("fixed", np.full(total, mean)),
        ("exponential", stream.exponential(mean, total)),
        ("uniform", stream.uniform(3.0, 6.0, total)),
    ):
        there = stream.uniform(0.0, end, total) + lifetimes > end
        found.append((name, np.add.reduceat(there, first, dtype=np.int64)))
    return found
