"""Consumption limited to what is there, and the probability that a round fails for lack of pairs (paper III.C, after equation 7)."""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import Eq, Function, Integer, Rational, Sum, Symbol, exp, factorial

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.inventory.chain import inventory_chain
from ceas_formal.derive.inventory.count_laws import CountLaw, Counts, Poisson, constant
from ceas_formal.derive.proof import Proof

ONE, HALF = Integer(1), Rational(1, 2)


@derivation("clamped-consumption", "eq. 7", "INV-1", "INV-6")
def clamped_consumption(proof: Proof) -> Any:
    """With consumption min(S, D) what is left has the mean E[S] - E[D] + E[unmet]: at least max(E[S] - E[D], 0), for any joint law of S
    and D.

    So equation 7 with c = demand is a lower bound, and the stationary mean exceeds its fixed point by exactly E[unmet]/(1 - p). At λ = .3
    and r = 5 with Poisson arrivals: demand 4 leaves 4.267 against 3.858, demand 5 leaves 1.944 against 0, demand 7 leaves .345
    against -7.717. With c = E[min(S, D)] equation 7 is exact again, but then c is no input: it depends on the whole law.
    """
    K = proof.symbol("K", "the number of pairs of values of S and D, any", integer=True, positive=True)
    k, t = Symbol("k", integer=True, nonnegative=True), Symbol("t", integer=True, nonnegative=True)
    chance = proof.sequence("P", "the probability of the k-th pair of values", nonnegative=True)
    used = proof.sequence("C", "C_k = min(S_k, D_k), what is consumed", nonnegative=True)
    left = proof.sequence("L", "L_k = S_k - C_k, what is left", nonnegative=True)
    unmet = proof.sequence("U", "U_k = D_k - C_k, what is wanted but not there", nonnegative=True)
    p = proof.symbol("p", "the probability that a pair survives a round, in (0, 1)", positive=True)
    r = proof.symbol("r", "the mean number of new pairs left at the end of the round", nonnegative=True)
    c = proof.symbol("c", "the mean demand", nonnegative=True)
    u = proof.symbol("u", "the mean unmet demand in a round", nonnegative=True)
    start = proof.symbol("M_0", "the mean at t = 0", nonnegative=True)
    over = (k, 0, K - 1)
    proof.assume("as much as there is", "consumption is min(S, D), so C, L and U are not negative, and L or U is 0")
    wanted_more = Sum(chance[k] * (used[k] + left[k]), over) - Sum(chance[k] * (used[k] + unmet[k]), over)
    what_is_left = Sum(chance[k] * left[k], over)
    proof.equal("E[left] = E[S] - E[D] + E[unmet]", what_is_left, wanted_more + Sum(chance[k] * unmet[k], over))
    proof.at_least("so equation 7 with the demand for c is a lower bound", what_is_left, wanted_more, Sum(chance[k] * unmet[k], over))
    proof.at_least("and so is 0: together E max(S - D, 0) ≥ max(E[S] - E[D], 0)", what_is_left, Integer(0), what_is_left)
    fixed = (r - c + u) / (1 - p)
    proof.equal("with unmet demand u in each round the fixed point of M' = p·M + r - c + u", p * fixed + r - c + u, fixed)
    lower = p**t * start + (r - c) * (1 - p**t) / (1 - p)
    known = p**t * start + (r - c + u) * (1 - p**t) / (1 - p)
    proof.induction("at every t, for constant u", Function("m")(t), known, t, start, lambda mean: p * mean + r - c + u)
    proof.equal("above equation 7 by the discounted unmet demand", known - lower, u * (1 - p**t) / (1 - p))
    proof.equal("in the limit", fixed - (r - c) / (1 - p), u / (1 - p))
    result = proof.last()
    survival = float(np.exp(-0.3))
    for demand in (4, 5, 7):
        chain = inventory_chain("decay-arrive-consume", survival, Poisson(5.0), constant(demand), memory=50)
        law = chain.stationary()
        gap = float(law @ chain.pairs) - (5 - demand) / (1 - survival)
        missing = float(law @ chain.unmet)
        proof.compared(f"the exact chain, λ = .3, r = 5, demand {demand}: the gap of the mean", missing / (1 - survival), gap, 1e-8)
    proof.weakened(
        "as much as there is", "debts allowed, S = 0 or 2, D = 1: E[S - D] = 0, where E[left] = 1/2",
        Integer(0), "<", HALF * 0 + HALF * (2 - 1),
    )  # fmt: skip
    proof.witness("S = 0 or 2 with equal chance, D = 1: the gap is E[unmet] = 1/2, not 0", HALF * (2 - 1) - (HALF * 2 - 1), "==", HALF)
    return proof.result(result, u, p)


@derivation("consensus-failure", "III.C", "INV-6")
def consensus_failure(proof: Proof) -> Any:
    """A mean inventory m and a demand D leave P(S < D) anywhere from max(0, 1 - m/D) up to 1, or up to (L - m)/(L - D + 1) with L places.

    Both ends are reached: at 0 or D pairs, and at D - 1 or L pairs. For m = D = 4: Poisson 71/(3e⁴) = .433, constant 0, 0 or 8 pairs 1/2.
    All three are inventories with the same recursion of means: from an empty memory, one round with arrivals of mean 4. So a threshold on
    the failure probability is no statement about equation 7; :mod:`ceas_formal.derive.inventory.chain` gives it exactly.
    """
    K = proof.symbol("K", "the number of values that S takes, any", integer=True, positive=True)
    k = Symbol("k", integer=True, nonnegative=True)
    enough = proof.sequence("P", "the probability of the k-th value of D or more", nonnegative=True)
    short = proof.sequence("Q", "the probability of the k-th value below D", nonnegative=True)
    extra = proof.sequence("e", "by how much the k-th value of D or more exceeds D", nonnegative=True)
    below = proof.sequence("b", "the k-th value below D", nonnegative=True)
    gap = proof.sequence("g", "how far the k-th value below D is from D - 1", nonnegative=True)
    room = proof.sequence("f", "how far the k-th value of D or more is from L", nonnegative=True)
    D = proof.symbol("D", "the demand, in pairs", integer=True, positive=True)
    rest = proof.symbol("R", "L - D + 1, L the number of places", integer=True, positive=True)
    q = proof.symbol("q", "P(S < D)", nonnegative=True)
    m = proof.symbol("m", "the mean inventory E[S]", nonnegative=True)
    over = (k, 0, K - 1)
    shortfall, surplus = Sum(short[k], over), Sum(enough[k], over)
    largest = proof.symbol("q_max", "the largest P(S < D) with L places")
    proof.assume("values below D", "have the probability q together", Eq(shortfall, q, evaluate=False))
    proof.assume("values of D or more", "have the probability 1 - q", Eq(surplus, 1 - q, evaluate=False))
    given = {shortfall: q, surplus: 1 - q}
    mean = Sum(enough[k] * (D + extra[k]), over) + Sum(short[k] * below[k], over)
    slack = Sum(enough[k] * extra[k], over) + Sum(short[k] * below[k], over)
    proof.at_least("m ≥ D·(1 - q), so q ≥ 1 - m/D (Markov), with equality at 0 or D pairs", mean, D * (1 - q), slack, given)
    proof.assume("memory limit", "S ≤ L = D - 1 + R: values of D or more are L - f, those below D are D - 1 - g")
    limited = Sum(enough[k] * (D - 1 + rest - room[k]), over) + Sum(short[k] * (D - 1 - gap[k]), over)
    slack = Sum(enough[k] * room[k], over) + Sum(short[k] * gap[k], over)
    proof.at_least("m ≤ (D - 1)·q + L·(1 - q), so q ≤ (L - m)/(L - D + 1)", (D - 1) * q + (D - 1 + rest) * (1 - q), limited, slack, given)
    at_most = (D - 1 + rest - m) / rest
    proof.assume("mean", "m is the mean of these values", Eq(m, limited, evaluate=False))
    proof.define("the upper end, with L places", largest, at_most)
    result = proof.last()
    proof.at_least("q is at most (L - m)/(L - D + 1)", largest, q, slack / rest, {largest: at_most, m: limited, **given})
    proof.equal("reached at D - 1 or L pairs", (D - 1) * at_most + (D - 1 + rest) * (1 - at_most), m)
    poisson = Sum(exp(-4) * Integer(4) ** k / factorial(k), (k, 0, 3)).doit()
    proof.witness("m = D = 4, Poisson: e⁻⁴(1 + 4 + 8 + 32/3)", poisson, "==", Rational(71, 3) * exp(-4))
    proof.witness("more than with a constant stock of 4", poisson, ">", Integer(0))
    proof.witness("less than with 0 or 8 pairs", poisson, "<", HALF)
    for name, law, value in equal_means():
        chain = inventory_chain("decay-arrive-consume", 0.5, law, constant(4), memory=40)
        proof.compared(f"the exact chain from an empty memory, arrivals of mean 4, {name}", value, chain.failing[0], 1e-12)
    proof.weakened(
        "memory limit", "0 or 1000 pairs, mean 4: P(S < 4) = 249/250, above (8 - 4)/(8 - 4 + 1)",
        1 - Rational(4, 1000), ">", at_most.subs({D: 4, rest: 8 - 4 + 1, m: 4}),
    )  # fmt: skip
    return proof.result(result, m, D, rest)


def equal_means() -> list[tuple[str, CountLaw, float]]:
    """Return three laws of arrivals with mean 4, by name, and for each the exact probability that fewer than 4 arrive.

    Examples
    --------
    >>> [(name, law.mean, round(chance, 3)) for name, law, chance in equal_means()]
    [('Poisson', 4.0, 0.433), ('constant', 4.0, 0.0), ('0 or 8', 4.0, 0.5)]
    """
    return [
        ("Poisson", Poisson(4.0), 71 / 3 * float(np.exp(-4.0))),
        ("constant", constant(4), 0.0),
        ("0 or 8", Counts({0: 0.5, 8: 0.5}), 0.5),
    ]
