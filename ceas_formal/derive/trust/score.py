"""The trust score (paper III.D.1): τ ← α·τ + (1-α)·v, an exponentially weighted moving average of verdicts v, and what it can tell.

A simulation should call `derivations()["trust-closed-form"]().exact(alpha, tau_0, v, t)`; the other functions here are bounds.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy
from sympy import Eq, Function, Integer, Rational, Sum, Symbol, exp, floor, log

from ceas_formal.derive.algebra import one_more
from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof

ROUND = Symbol("s", integer=True, nonnegative=True)


def _rule(proof: Proof) -> tuple[Symbol, Symbol]:
    alpha = proof.symbol("alpha", "α, the memory, below 1", positive=True)
    return alpha, proof.symbol("t", "rounds since the start", integer=True, nonnegative=True)


def _rejects(proof: Proof) -> tuple[Symbol, Symbol]:
    q = proof.symbol("q", "the chance that a payload is rejected, above 0 and below 1", positive=True)
    proof.assume("independent verdicts", "each verdict is 0 with chance q, whatever the others are")
    return q, proof.symbol("p", "1 - q", positive=True)


@derivation("trust-closed-form", "III.D.1", "TRU-1")
def trust_closed_form(proof: Proof) -> Any:
    """After t rounds the trust score is α^t·τ(0) + (1-α)·Σ α^(t-1-s)·v(s), for any t and any verdicts.

    So it is an average of the verdicts with weights that fall by α each round, plus what is left of the start.
    """
    alpha, t = _rule(proof)
    start = proof.symbol("tau_0", "the trust before round 0, in [0, 1]", nonnegative=True)
    v = proof.sequence("v", "the verdict of a round: 1 if the tag verified, 0 if not", real=True)
    proof.assume("the rule", "τ(t+1) = α·τ(t) + (1-α)·v(t)")
    closed = alpha**t * start + (1 - alpha) * Sum(alpha ** (t - 1 - ROUND) * v[ROUND], (ROUND, 0, t - 1))
    first = closed.subs(t, 0)
    proof.checked("the sum has no term and is 0, so the closed form is τ(0)", "t = 0", first.doit() == start)
    proof.induction("the rule of III.D.1", Function("tau")(t), closed, t, first, lambda now: one_more(alpha * now + (1 - alpha) * v[t]))
    found = proof.last()
    half = Rational(1, 2)
    proof.weakened(
        "the rule", "with weights α and 1 in place of 1-α two verdicts of 1 lift trust above 1", half * (half + 1) + 1, ">", Integer(1)
    )
    return proof.result(found, alpha, start, v, t)


@derivation("trust-mean", "III.D.1", "TRU-1", "TRU-2")
def trust_mean(proof: Proof) -> Any:
    """If payloads are rejected with chance q, the mean trust after t rounds is 1-q + α^t·(τ(0) - (1-q)): it tends to 1-q.

    An honest node whose payloads fail often has little trust: at q = .395, tags of 40 traps on 10 qubits at 1 % noise, it tends to .605.
    """
    alpha, t = _rule(proof)
    start = proof.symbol("tau_0", "the trust before round 0, in [0, 1]", nonnegative=True)
    q = proof.symbol("q", "the chance that a payload is rejected", nonnegative=True)
    proof.assume("equal chances", "every verdict has mean 1 - q; they need not be independent")
    closed = 1 - q + alpha**t * (start - (1 - q))
    proof.induction(
        "the mean of the rule, which is linear", Function("m")(t), closed, t, start, lambda now: alpha * now + (1 - alpha) * (1 - q)
    )
    found = proof.last()
    memory = proof.symbol("h", "1/α - 1, so that α is below 1", positive=True)
    proof.limit("what is left of the start vanishes", closed.subs(alpha, 1 / (1 + memory)), t, sympy.oo, 1 - q)
    proof.weakened(
        "equal chances", "verdicts 1, 0, 1, 0, … at α = 1/2 end after each 0 at 1/3, not at their mean", Rational(1, 3), "!=",
        Rational(1, 2),
    )  # fmt: skip
    scores = _simulated()
    error = float(scores.std() / np.sqrt(scores.size))
    value = closed.subs({alpha: Rational(9, 10), t: 60, start: 1, q: Rational(1, 10)})
    proof.compared("20000 nodes, 60 rounds, α = .9, q = .1, seed 0, 4 standard errors", float(value), float(scores.mean()), 4 * error)
    return proof.result(found, alpha, start, q, t)


@derivation("trust-variance", "III.D.1", "TRU-1", "TRU-2")
def trust_variance(proof: Proof) -> Any:
    """If verdicts are independent, the variance of trust after t rounds is (1-α)/(1+α)·q(1-q)·(1-α^(2t)).

    At α = .9 and q = .1 the standard deviation tends to .069; a memory of .99 brings it to .021.
    """
    alpha, t = _rule(proof)
    q = proof.symbol("q", "the chance that a payload is rejected", nonnegative=True)
    proof.assume("independent verdicts", "each verdict is 0 with chance q, whatever the others are")
    closed = (1 - alpha) / (1 + alpha) * q * (1 - q) * (1 - alpha ** (2 * t))
    proof.induction(
        "the variances of independent terms add", Function("V")(t), closed, t, Integer(0),
        lambda now: alpha**2 * now + (1 - alpha) ** 2 * q * (1 - q),
    )
    found = proof.last()
    memory = proof.symbol("h", "1/α - 1, so that α is below 1", positive=True)
    limit = ((1 - alpha) / (1 + alpha) * q * (1 - q)).subs(alpha, 1 / (1 + memory))
    proof.limit("the stationary variance", closed.subs(alpha, 1 / (1 + memory)), t, sympy.oo, limit)
    proof.weakened(
        "independent verdicts", "one verdict for all rounds, q = 1/2, α = 1/2, t = 2: τ is 1/4 + 3/4·v, with variance 9/64",
        Rational(9, 16) / 4, ">", closed.subs({alpha: Rational(1, 2), q: Rational(1, 2), t: 2}),
    )  # fmt: skip
    scores = _simulated()
    # The variance of a sample variance: (fourth moment - variance²)/n.
    squares = (scores - scores.mean()) ** 2
    value = closed.subs({alpha: Rational(9, 10), t: 60, q: Rational(1, 10)})
    error = float(squares.std() / np.sqrt(scores.size))
    proof.compared("20000 nodes, 60 rounds, α = .9, q = .1, seed 0, 4 standard errors", float(value), float(squares.mean()), 4 * error)
    return proof.result(found, alpha, q, t)


@cache
def _simulated() -> np.ndarray[Any, np.dtype[np.float64]]:
    random, scores = np.random.default_rng([0, 51]), np.ones(20000)
    for _ in range(60):
        scores = 0.9 * scores + 0.1 * (random.random(scores.size) >= 0.1)
    return scores


@derivation("rounds-to-quarantine", "III.D.1", "TRU-1", "TRU-5")
def rounds_to_quarantine(proof: Proof) -> Any:
    """From trust τ(0) ≥ τ_min, ⌊ln(τ(0)/τ_min)/ln(1/α)⌋ + 1 rejections in a row quarantine a node, and fewer do not.

    At α = .9 and τ_min = .5 seven, from trust 1. `spec.trust.rounds_to_quarantine` counts exactly; logarithms round.
    """
    ratio = proof.symbol("rho", "τ(0)/τ_min, at least 1", positive=True)
    c = proof.symbol("c", "ln(1/α), above 0", positive=True)
    t = proof.symbol("t", "rounds since the start", integer=True, nonnegative=True)
    n = proof.symbol("n", "the round of quarantine", positive=True)
    u = proof.symbol("u", "the distance from ln(ρ)/c up to the next larger integer, in (0, 1]", positive=True)
    rest = proof.symbol("w", "1 - u", nonnegative=True)
    proof.assume("rejections only", "every verdict is 0")
    proof.induction("the rule with verdict 0: τ(t)/τ_min", Function("tau")(t), ratio * exp(-c * t), t, ratio, lambda now: exp(-c) * now)
    proof.define("the first integer above ln(ρ)/c", n, floor(log(ratio) / c) + 1)
    found = proof.last()
    proof.assume("floor", "that integer is ln(ρ)/c + u", Eq(n, log(ratio) / c + u, evaluate=False))
    proof.assume("u is at most 1", "and the one before is not above", Eq(rest, 1 - u, evaluate=False))
    after = {n: log(ratio) / c + u}
    proof.above("after n rounds ln(τ/τ_min) is below 0", Integer(0), log(ratio) - c * n, c * u, after)
    proof.at_least("one round before it is not", log(ratio) - c * (n - 1), Integer(0), c * rest, {**after, rest: 1 - u})
    alpha = Rational(9, 10)
    proof.witness("α = 9/10: six rejections leave trust 1 at or above 1/2", alpha**6, ">=", Rational(1, 2))
    proof.witness("and seven do not", alpha**7, "<", Rational(1, 2))
    memory, start, low, counted = _rejected()
    rounds = sympy.lambdify((ratio, c), found.rhs)(start / low, -np.log(memory))
    proof.checked(
        "the rule, stepped until trust is below τ_min, takes that many rounds",
        f"1000 draws of α in (.3, .99), τ_min in (.1, .9) and τ(0) above it, {counted.min()} to {counted.max()} rounds, seed [0, 58]",
        bool((rounds == counted).all()),
    )  # fmt: skip
    proof.weakened(
        "rejections only", "one acceptance among seven verdicts, the last: trust .63", alpha**7 + 1 - alpha, ">=", Rational(1, 2)
    )
    return proof.result(found, ratio, c)


def _rejected() -> tuple[np.ndarray[Any, Any], ...]:
    """Return draws of α, τ(0) and τ_min, and how many rejections the rule takes to get below τ_min."""
    random = np.random.default_rng([0, 58])
    memory, low = random.uniform(0.3, 0.99, 1000), random.uniform(0.1, 0.9, 1000)
    start = random.uniform(low, 1)
    trust, counted = start, np.zeros(1000, dtype=np.int64)
    while (trusted := trust >= low).any():
        trust, counted = np.where(trusted, memory * trust + (1 - memory) * 0, trust), counted + trusted
    return memory, start, low, counted


@derivation("honest-quarantine-by-a-run", "III.D.1", "TRU-2")
def waiting_for_a_run(proof: Proof) -> Any:
    """With honest reject rate q the mean number of rounds until m rejections in a row is (q^(-m) - 1)/(1-q), for any m.

    With m from rounds-to-quarantine it bounds the mean time until an honest node is quarantined, from whatever trust: m rejections in a row
    suffice, and weaker runs often do too. `detection_chain.quarantine_time` encloses the time itself. It is finite for all q > 0: every
    honest node is quarantined at last.
    """
    q, p = _rejects(proof)
    m = proof.symbol("m", "rejections in a row", integer=True, nonnegative=True)
    proof.assume("short form", "p is 1 - q", Eq(p, 1 - q, evaluate=False))
    proof.assume(
        "renewal", "after m in a row one more round ends the wait with chance q, else it starts again: W(m+1) = W(m) + 1 + (1-q)·W(m+1)"
    )
    closed = (q ** (-m) - 1) / (1 - q)
    following = closed.subs(m, m + 1)
    proof.equal("the renewal equation", following, closed + 1 + (1 - q) * following)
    proof.induction("solved for W(m+1)", Function("W")(m), closed, m, Integer(0), lambda now: (now + 1) / q)
    found = proof.last()
    half = Rational(1, 2)
    proof.weakened(
        "independent verdicts", "verdicts that alternate have no two rejections in a row in 100 rounds, or ever; coins do in 6 in the mean",
        Integer(100), ">", closed.subs({q: half, m: 2}),
    )  # fmt: skip
    lengths = _runs(3, 0.4)
    error = float(lengths.std() / np.sqrt(lengths.size))
    proof.compared(
        "20000 waits for three rejections in a row at q = .4, seed 0, 4 standard errors",
        float(closed.subs({q: Rational(2, 5), m: 3})), float(lengths.mean()), 4 * error,
    )  # fmt: skip
    return proof.result(found, q, m)


def _runs(length: int, rate: float) -> np.ndarray[Any, np.dtype[np.int64]]:
    random = np.random.default_rng([0, 52])
    run, wait = np.zeros(20000, dtype=np.int64), np.zeros(20000, dtype=np.int64)
    while (open_ := run < length).any():
        rejected = random.random(run.size) < rate
        wait += open_
        run = np.where(open_, np.where(rejected, run + 1, 0), run)
    return wait


@derivation("honest-trust-bound", "III.D.1", "TRU-2", "TRU-2R")
def honest_trust_bound(proof: Proof) -> Any:
    """In any round the chance that a node with reject rate q, started at trust 1, is below τ_min < 1-q is at most
    (1-α)/(1+α)·q(1-q)/(1-q-τ_min)².

    Chebyshev's inequality with trust-mean and trust-variance. It tends to 0 as α tends to 1: so the rule of the paper tells an honest node
    from one with a higher reject rate r if 1-r < τ_min < 1-q, at the price of a long memory. The bound is for one round, not for all.
    """
    alpha = proof.symbol("alpha", "α, the memory, below 1", positive=True)
    q, _ = _rejects(proof)
    low = proof.symbol("tau_min", "the threshold", positive=True)
    gap = proof.symbol("g", "1-q-τ_min, above 0", positive=True)
    chance = proof.symbol("P", "the chance that trust is below τ_min", nonnegative=True)
    variance = proof.symbol("V", "the mean of (τ-(1-q))² below the mean, at most the stationary variance", nonnegative=True)
    further, other, spare = (
        proof.symbol(name, meaning, nonnegative=True)
        for name, meaning in (
            ("x", "the mean of (τ-(1-q))² - g² over trusts below τ_min; not negative"),
            ("y", "the part of V from the other trusts"),
            ("z", "the stationary variance less V"),
        )
    )
    proof.assume("threshold below the mean", "g = 1-q-τ_min is above 0", Eq(gap, 1 - q - low, evaluate=False))
    proof.assume(
        "split", "V = P·(g² + x) + y: a trust below τ_min is more than g below 1-q, and the start at 1 keeps the mean at or above 1-q",
        Eq(variance, chance * (gap**2 + further) + other, evaluate=False),
    )  # fmt: skip
    stationary = (1 - alpha) / (1 + alpha) * q * (1 - q)
    proof.assume("variance", "trust-variance, at most its limit", Eq(spare, stationary - variance, evaluate=False))
    bound = proof.define("the bound", proof.symbol("B", "the bound", nonnegative=True), stationary / (1 - q - low) ** 2)
    found = proof.last()
    given = {
        bound: stationary / (1 - q - low) ** 2, spare: stationary - variance, variance: chance * (gap**2 + further) + other,
        gap: 1 - q - low,
    }  # fmt: skip
    proof.at_least("Chebyshev's inequality", bound, chance, (chance * further + other + spare) / gap**2, given)
    # One verdict for all rounds: trust 1/4 + 3/4·v at t = 2, q = 1/2, α = 1/2.
    values = {alpha: Rational(1, 2), q: Rational(1, 2)}
    proof.weakened(
        "independent verdicts", "one verdict for all rounds, q = α = 1/2: trust tends to 0 with chance 1/2, and B at τ_min = 1/20 is less",
        Rational(1, 2), ">", found.rhs.subs({**values, low: Rational(1, 20)}),
    )  # fmt: skip
    proof.weakened(
        "threshold below the mean", "at τ_min = 1, q = α = 1/2: trust is below 1 with chance 1 - 2^-10 after ten rounds, B is 1/3",
        1 - Rational(1, 2) ** 10, ">", found.rhs.subs({**values, low: Integer(1)}),
    )  # fmt: skip
    scores = _simulated()
    share = float((scores < 0.8).mean())
    proof.checked(f"20000 nodes, 60 rounds, α = .9, q = .1, seed 0: a share of {share:.4f} is below .8", "the bound .474", share <= 9 / 19)
    return proof.result(found, alpha, q, low)
