"""The expected inventory of one link (paper III.C, definition 2 and equation 7): closed form, fixed point, and what makes (7) exact."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Function, Integer, Rational, Sum, Symbol, exp, log, oo

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.inventory.chain import inventory_chain
from ceas_formal.derive.inventory.count_laws import Counts, constant
from ceas_formal.derive.proof import Proof

ONE, TWO, HALF = Integer(1), Integer(2), Rational(1, 2)


@derivation("expected-inventory", "eq. 7", "INV-1")
def expected_inventory(proof: Proof) -> Any:
    """Equation 7 with constant r and c has the solution E[M(t)] = p^t·M_0 + (r - c)(1 - p^t)/(1 - p) for every t, p = e^(-λ) < 1.

    The fixed point is (r - c)/(1 - p); the distance to it shrinks by the factor p in a round, so the mean converges from every start iff
    p < 1 (or r = c and the start is kept). It stays at or above 0 from every start iff c ≤ r. Each condition of (7) is named, with
    numbers that break it. That pairs decay independently is no condition: it matters for the variance alone.
    """
    t = proof.symbol("t", "the number of rounds since the start", integer=True, nonnegative=True)
    s = Symbol("s", integer=True, nonnegative=True)
    p = proof.symbol("p", "e^(-λ), the probability that a pair survives a round, in (0, 1)", positive=True)
    start = proof.symbol("M_0", "the expected inventory at t = 0, in pairs", nonnegative=True)
    r = proof.symbol("r", "the mean number of new pairs that are there at the end of the round", nonnegative=True)
    c = proof.symbol("c", "the mean number of pairs really taken out in a round", nonnegative=True)
    g = proof.symbol("g", "r - c, where it is not negative", nonnegative=True)
    rate = proof.symbol("lambda", "the decay rate per round, above 0", positive=True)
    m = Function("m")
    proof.assume(
        "one survival probability",
        "each pair survives the round with probability p, whatever its age, its quality and the choice of pairs",
    )  # fmt: skip
    proof.assume("arrivals counted at the end", "r counts new pairs that are still there at the end of the round")
    proof.assume("decay before consumption", "pairs are taken out after decay and arrivals")
    proof.assume("consumption is met", "c is the mean number of pairs taken out, not of pairs wanted")
    proof.assume("unlimited memory", "no new pair is dropped for lack of a place")
    proof.assume("no other gain or loss", "no swapping or purification changes the number of pairs")
    proof.assume("rate per round", "λ is per round: a round of duration Δt has p = e^(-λΔt)")
    solved = sympy.rsolve(m(t + 1) - p * m(t) - r + c, m(t), {m(0): start})
    closed = p**t * start + (r - c) * (1 - p**t) / (1 - p)
    proof.equal("the solution of the linear recursion", solved, closed)
    proof.induction("equation 7", m(t), closed, t, start, lambda mean: p * mean + r - c)
    solution, fixed = proof.last(), (r - c) / (1 - p)
    proof.equal("the fixed point is left as it is", p * fixed + r - c, fixed)
    proof.equal("the distance to it shrinks by p in each round", closed - fixed, p**t * (start - fixed))
    real = Symbol("t", positive=True)
    proof.limit("so the mean converges from every start, with p = e^(-λ)", exp(-rate * real), real, oo, Integer(0))
    proof.induction(
        "for p = 1, which converges only if r = c",
        Function("m_1")(t), start + t * (r - c), t, start, lambda mean: mean + r - c,
    )  # fmt: skip
    powers, geometric = Sum(p**s, (s, 0, t)), (1 - p ** (t + 1)) / (1 - p)
    proof.summed("the geometric sum", powers, geometric)
    proof.at_least(
        "with c ≤ r, that is r = c + g, it stays at or above 0; with c > r the fixed point, which is approached, is negative",
        closed.subs({r: c + g, t: t + 1}), Integer(0), p ** (t + 1) * start + g * powers, {powers: geometric},
    )  # fmt: skip
    stored, k = proof.symbol("n", "pairs stored", integer=True, nonnegative=True), Symbol("k", integer=True, nonnegative=True)
    chances = Sum(p, (k, 0, stored - 1))
    proof.equal("the mean adds up the chances, however pairs depend on each other: independence is not needed", chances, p * stored)
    chain = inventory_chain("decay-arrive-consume", 0.7, Counts({1: 0.5, 4: 0.5}), constant(1), memory=60)
    later = float(chain.after(6, stored=3) @ chain.pairs)
    value = closed.subs({p: Rational(7, 10), r: Rational(5, 2), c: 1, start: 3, t: 6})
    proof.compared("the exact chain, 1 or 4 arrivals, demand 1, from 3 pairs, 6 rounds", value, later, 1e-9)
    def lasting(age: int) -> Integer:
        return ONE if age + 1 < 2 else Integer(0)

    proof.weakened(
        "one survival probability", "pairs that last exactly 2 rounds: a new one survives the round, an old one does not",
        lasting(0), "!=", lasting(1),
    )  # fmt: skip
    proof.weakened(
        "arrivals counted at the end", "λ = ln 2: of pairs made at uniform times 1/(2 ln 2) are left, not 1",
        sympy.integrate(exp(-log(2) * real), (real, 0, 1)), "<", closed.subs({t: 1, start: 0, r: 1, c: 0, p: HALF}),
    )  # fmt: skip
    proof.weakened(
        "decay before consumption", "M = 2, p = 1/2, c = 1: consumed first 1/2 is left, not 0",
        HALF * (2 - 1), "!=", closed.subs({t: 1, p: HALF, start: 2, r: 0, c: 1}),
    )  # fmt: skip
    proof.weakened(
        "consumption is met", "X = 0 or 2 with equal chance, nothing decays, c = 1: 1/2 is left on average, not 0",
        HALF * sympy.Max(0 - 1, 0) + HALF * sympy.Max(2 - 1, 0), ">", (p * start + r - c).subs({p: 1, start: 1, r: 0, c: 1}),
    )  # fmt: skip
    kept = (p * start + r - c).subs({p: 1, r: 0, c: 0})
    proof.weakened(
        "unlimited memory", "one place, taken, nothing decays, one new pair: 1, not 2", sympy.Min(1 + 1, 1), "<", kept.subs(start, 1) + 1
    )
    proof.weakened("no other gain or loss", "purification makes one pair of two: 1, not 2", TWO / 2, "<", kept.subs(start, 2))
    one_round = {t: 1, start: 1, r: 0, c: 0}
    proof.weakened(
        "rate per round", "λ = ln 2 and Δt = 2 give 1/4, not 1/2", closed.subs({**one_round, p: exp(-2 * log(2))}), "<",
        closed.subs({**one_round, p: exp(-log(2))}),
    )  # fmt: skip
    return proof.result(solution, p, start, r, c, t)
