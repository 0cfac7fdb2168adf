"""How near to the truth a committed aggregate is (paper III.D.2), whatever Byzantine nodes send and their leader leaves out."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Integer, Sum

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof


@derivation("committed-aggregate", "III.D.2", "SAF-5")
def committed_aggregate(proof: Proof) -> Any:
    """If honest estimates lie within ρ of the truth and every used content within δ of one of them, an aggregate of full weight lies
    within ρ + κfδ/|A| of the truth, for any number of uses and any dimension.

    Honest contents are estimates themselves, so only the Byzantine share pays δ. Which of the certified payloads a leader uses is its
    choice: two choices are at most 2(ρ + κfδ/|A|) apart, and if it uses one of two honest payloads at either end they are, for f = 0.
    Errors are measured along the direction u of the aggregate's own error, in which no content is further off than in all
    (Cauchy-Schwarz, aggregate-displacement).
    """
    H = proof.symbol("H", "the number of used honest payloads", integer=True, positive=True)
    B = proof.symbol("B", "the number of used Byzantine payloads", integer=True, positive=True)
    i, k = sympy.symbols("i k", integer=True, nonnegative=True)
    honest, byzantine = (i, 0, H - 1), (k, 0, B - 1)
    rho = proof.symbol("rho", "ρ: how far honest estimates are from the truth, at most", nonnegative=True)
    delta = proof.symbol("delta", "δ: how far from its own estimate a content may be for a node to accept it", nonnegative=True)
    share = proof.symbol("beta", "κf/|A|: the largest share of f nodes under the cap", nonnegative=True)
    v = proof.sequence("v", "the weight of an honest payload", nonnegative=True)
    w = proof.sequence("w", "the weight of a Byzantine payload", nonnegative=True)
    x = proof.sequence("x", "the error of an honest content along u", real=True)
    y = proof.sequence("y", "the error of a Byzantine content along u", real=True)
    p = proof.sequence("p", "ρ - x_i", nonnegative=True)
    q = proof.sequence("q", "ρ + δ - y_k", nonnegative=True)
    rest = proof.symbol("s", "κf/|A| less what the Byzantine payloads weigh", nonnegative=True)
    given = {p[i]: rho - x[i], q[k]: rho + delta - y[k]}
    proof.assume("honest estimates", "are within ρ of the truth", Eq(p[i], rho - x[i], evaluate=False))
    proof.assume("certified contents", "are within δ of an honest estimate, so within ρ + δ of the truth",
                 Eq(q[k], rho + delta - y[k], evaluate=False))  # fmt: skip
    full = Eq(Sum(v[i], honest), 1 - Sum(w[k], byzantine), evaluate=False)
    proof.assume("full weight", "all weights sum to 1", full)
    proof.assume("capped share", "the Byzantine ones to κf/|A| at most (SAF-4R)", Eq(rest, share - Sum(w[k], byzantine), evaluate=False))
    furthest = proof.symbol("D", "how far the aggregate is from the truth, at most", nonnegative=True)
    bound = proof.define("the bound", furthest, rho + share * delta)
    final = proof.last()
    error = Sum(v[i] * x[i], honest) + Sum(w[k] * y[k], byzantine)
    since = Sum(v[i] * p[i], honest) + Sum(w[k] * q[k], byzantine) + delta * rest
    facts = {bound: rho + share * delta, Sum(v[i], honest): 1 - Sum(w[k], byzantine), rest: share - Sum(w[k], byzantine), **given}
    proof.at_least("payload by payload", bound, error, since, facts)
    one = proof.symbol("e", "the error of one choice along the difference of two", real=True)
    other = proof.symbol("g", "that of the other", real=True)
    above, below = proof.symbol("a", "D - e", nonnegative=True), proof.symbol("b", "D + g", nonnegative=True)
    proof.assume("one choice", "has an error of at most D in any direction, as shown", Eq(above, bound - one, evaluate=False))
    proof.assume("another", "too, in the opposite one", Eq(below, bound + other, evaluate=False))
    proof.at_least("two choices of the leader", 2 * bound, one - other, above + below, {above: bound - one, below: bound + other})
    worst = _worst_error(7, 2, 3, 400)
    scope = "|A| = 7, f = 2, κ = 3/2, d = 3, 400 random draws, seed [0, 81]"
    proof.checked(f"the largest error over its bound is {worst:.3f}", scope, 0 < worst <= 1)
    tight = (rho + share * delta).subs({rho: 0, delta: 1, share: Integer(1) / 4})
    proof.weakened("certified contents", "a content 9 off, of share 1/4, with ρ = 0, δ = 1", Integer(9) / 4, ">", tight)
    proof.weakened("capped share", "a Byzantine payload alone, 1 off, with ρ = 0, δ = 1, κf/|A| = 1/4", Integer(1), ">", tight)
    none = (rho + share * delta).subs({rho: 0, share: 0})
    proof.weakened("honest estimates", "one honest payload, 5 off, with ρ = 0, f = 0", Integer(5), ">", none)
    proof.weakened("full weight", "nothing used, the truth 3 off the origin, ρ = 0, f = 0: the aggregate is 0", Integer(3), ">", none)
    return proof.result(final, rho, delta, share)


def _worst_error(active: int, faults: int, dimension: int, draws: int) -> float:
    """Return the largest error over its bound when Byzantine contents are as far off as they may be, all in one direction."""
    random = np.random.default_rng([0, 81])
    cap, spread, near, worst = 1.5, 0.3, 1.0, 0.0
    for _ in range(draws):
        direction = random.normal(size=dimension)
        direction /= np.linalg.norm(direction)
        estimates = random.normal(size=(active - faults, dimension))
        estimates *= spread * random.uniform(0, 1, (len(estimates), 1)) / np.linalg.norm(estimates, axis=1, keepdims=True)
        furthest = estimates[np.argmax(estimates @ direction)] + near * direction
        share = cap * faults / active
        aggregate = (1 - share) * estimates.mean(axis=0) + share * furthest
        worst = max(worst, float(np.linalg.norm(aggregate)) / (spread + share * near))
    return worst
