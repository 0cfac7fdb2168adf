"""How often a checkpoint finds the pairs that it needs, and how long that takes (paper III.C, III.D.2 and the numbers of IV).

The simulator calls ``pairs-at-checkpoint`` for the stock of a link and ``usable-payload`` for the chance that a payload is used;
:mod:`ceas_formal.derive.composition.supply` has the same chances as logarithms, where they are far below what a float can hold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Function, Integer, Rational, Sum, binomial, exp, factorial, log, oo

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof

SAMPLES = 40_000
ATTEMPTS = 400


def _index(name: str) -> Any:
    return sympy.Symbol(name, integer=True, nonnegative=True)


@derivation("pairs-at-checkpoint", "III.C, III.D.2", "LIV-3R")
def pairs_at_checkpoint(proof: Proof) -> Any:
    """Pairs made at rate r and each lost at rate λ: w rounds after an empty memory their number is Poisson with mean m = r(1 - e^(-λw))/λ.

    The mean never exceeds r/λ, however long one waits. For a lifetime of exactly τ rounds the number is Poisson with mean r·min(w, τ): the
    pairs of the last τ rounds. By the forward equation of arrivals and losses (immigration and death), solved by its generating function.
    """
    r = proof.symbol("r", "pairs made per round on the link, above 0", positive=True)
    rate = proof.symbol("lambda", "losses per pair and round, above 0", positive=True)
    w = proof.symbol("w", "rounds since the memory was empty", positive=True)
    x = proof.symbol("x", "of the generating function", positive=True)
    m = proof.symbol("m", "the mean number of pairs", positive=True)
    proof.assume("Poisson arrivals", "pairs are made independently, at a constant rate")
    proof.assume("memoryless losses", "each pair is lost at rate λ whatever its age")
    proof.assume("enough memory", "no pair is dropped for lack of room")
    mean = r * (1 - exp(-rate * w)) / rate
    law = exp(mean * (x - 1))
    proof.equal("the mean: what is made, less what is lost", sympy.diff(mean, w), r - rate * mean)
    proof.equal("forward equation, for E x^M = e^(m(x-1))", sympy.diff(law, w), (x - 1) * (r * law - rate * sympy.diff(law, x)))
    proof.limit("from an empty memory", law, w, Integer(0), Integer(1))
    proof.limit("waiting for ever", mean, w, oo, r / rate)
    proof.define("mean number of pairs", m, mean)
    proof.above("never more than that", r / rate, m, r * exp(-rate * w) / rate, {m: mean})
    rounds, made, loss = 4, 5.0, 1 / 4.5
    at_one = law.subs(r, rate / (1 - exp(-rate * w))).simplify()
    two_or_more = 1 - at_one.subs(x, 0) - sympy.diff(at_one, x).subs(x, 0)
    proof.weakened("enough memory", "memory for one pair: two with chance 0, not 1 - 2/e as at m = 1", Integer(0), "<", two_or_more)
    proof.weakened("Poisson arrivals", "at most one pair is made, of mean 1: the same", Integer(0), "<", two_or_more)
    proof.weakened("memoryless losses", "lifetime exactly 3 rounds, r = 1, w = 4: mean 3, not 3(1 - e^(-4/3))",
                   mean.subs({r: 1, rate: Rational(1, 3), w: 4}), "<", sympy.Min(3, 4))  # fmt: skip
    stocks = {kind: sampled_stock(made, rounds, 4.5, kind) for kind in ("exponential", "fixed")}
    expected = {"exponential": float(made * (1 - np.exp(-loss * rounds)) / loss), "fixed": made * min(rounds, 4.5)}
    for kind, stock in stocks.items():
        error = 4 * (expected[kind] / SAMPLES) ** 0.5
        where = f"{kind} lifetimes of mean 4.5, r = 5, w = 4, 4 standard errors"
        proof.compared(f"sampled mean, {where}", expected[kind], float(stock.mean()), error)
        spread = 4 * ((expected[kind] + 2 * expected[kind] ** 2) / SAMPLES) ** 0.5
        proof.compared(f"sampled variance, {where}", expected[kind], float(stock.var()), spread)
    return proof.result(Eq(m, mean, evaluate=False), r, rate, w)


@derivation("enough-pairs", "III.C, III.D.2", "LIV-3R")
def enough_pairs(proof: Proof) -> Any:
    """All of L links hold c pairs or more, at Poisson mean m each, with chance (1 - Σ_{j<c} e^(-m)·m^j/j!)^L, at most (m^c/c!)^L.

    The bound is the mean number of subsets of c pairs. It can be evaluated by hand: at m = 1 and c = 40 a link has enough with less than
    1/40!, some 10^-48. The chance is never 0 at any m > 0; a memory for fewer than c pairs, or a cap on what is made, makes it exactly 0.
    """
    m = proof.symbol("m", "the mean number of pairs on a link, above 0", positive=True)
    c = proof.symbol("c", "pairs that a checkpoint needs on a link, at least 1", integer=True, positive=True)
    L = proof.symbol("L", "the links that are needed", integer=True, nonnegative=True)
    more = proof.symbol("R", "how far the sums go, as far as wanted", integer=True, nonnegative=True)
    y, j = _index("y"), _index("j")
    proof.assume("independent links", "their numbers of pairs are independent and Poisson")

    def mass(count: Any) -> Any:
        return exp(-m) * m**count / factorial(count)

    beyond, subsets = (y, 0, more), binomial(c + 1 + y, c)
    excess = Sum(binomial(c + j, j + 1), (j, 0, y))
    proof.summed("subsets beyond the first, of c+1+y pairs (Pascal)", excess, subsets - 1)
    proof.at_least("the mean number of subsets of c pairs is at least the chance of one", mass(c) + Sum(mass(c + 1 + y) * subsets, beyond),
                   mass(c) + Sum(mass(c + 1 + y), beyond), Sum(mass(c + 1 + y) * excess, beyond), {excess: subsets - 1})  # fmt: skip
    mean = m**c / factorial(c)
    proof.equal("that mean, term by term: what is left is a Poisson law again, of sum 1", mass(c + 1 + y) * subsets, mean * mass(y + 1))
    one = 1 - Sum(exp(-m) * m**j / factorial(j), (j, 0, c - 1))
    chance = one**L
    proof.induction(
        "all links have enough: one link more, independent of the others", Function("P")(L), chance, L, Integer(1),
        lambda before: before * one,
    )  # fmt: skip
    found = proof.last()
    held, before, room, spare = (
        proof.symbol(name, text, nonnegative=True)
        for name, text in (
            ("q", "the chance of one link"), ("P_L", "that of L links"), ("e", "m^c/c! - q, by the first bound"),
            ("s", "(m^c/c!)^L - P_L, 0 at L = 0"),
        )
    )  # fmt: skip
    proof.at_least("at most (m^c/c!)^L: true of one link more if of L", (held + room) * (before + spare), held * before,
                   held * spare + room * before + room * spare)  # fmt: skip
    half = {m: log(2), c: 1}
    proof.weakened(
        "independent links", "two links of one source, c = 1, m = ln 2: both supplied with 1/2, not with 1/4", one.subs(half).doit(), ">",
        chance.subs({**half, L: 2}).doit(),
    )  # fmt: skip
    drawn = np.random.default_rng([0, 54]).poisson(3.0, (SAMPLES, 2))
    derived = float(chance.subs({m: 3, c: 2, L: 2}).doit())
    error = 4 * (derived * (1 - derived) / SAMPLES) ** 0.5
    proof.compared("two links at m = 3, c = 2, sampled, 4 standard errors", derived, float((drawn >= 2).all(axis=1).mean()), error)
    proof.checked("the bound", "m in 1/4..2, c in 1..12", all(
        1 - sum(float(mass(x).subs(m, at)) for x in range(need)) <= float(at**need / factorial(need)) + 1e-12
        for at in (Rational(1, 4), Integer(1), Integer(2)) for need in range(1, 13)
    ))  # fmt: skip
    return proof.result(found, m, c, L)


@derivation("usable-payload", "III.D.2", "LIV-3R")
def usable_payload(proof: Proof) -> Any:
    """A payload is usable whatever f Byzantine nodes do if 2f+a+1 of the N - f honest ones hold pairs and accept: a binomial tail,
    here by how many do not, and at least g^(N-f).

    Each honest node does so with chance g, independently: pairs on its link, times honest acceptance of the tag. It can happen at all
    exactly if N > 3f+a, the admissibility of a configuration; then N - 3f - a - 1 honest nodes may be without pairs.
    """
    N = proof.symbol("N", "the nodes", integer=True, positive=True)
    f, a = (proof.symbol(name, text, integer=True, nonnegative=True) for name, text in (("f", "the faults"), ("a", "the budget")))
    g = proof.symbol("g", "the chance that an honest node is supplied and accepts, above 0", positive=True)
    less = proof.symbol("h", "1 - g", nonnegative=True)
    spare = proof.symbol("s", "honest nodes that may be without, 1 or more; with none u is g^(N-f) itself", integer=True, positive=True)
    some, x = proof.symbol("H", "some honest nodes", integer=True, nonnegative=True), _index("x")
    z = proof.symbol("z", "of the generating function, at least 0", nonnegative=True)
    proof.assume("admissible", "N = 3f + a + 1 + s: N is above 3f + a", Eq(N, 3 * f + a + 1 + spare, evaluate=False))
    proof.assume(
        "independent supplies",
        "of the honest nodes, given what was before: one node more multiplies E z^M, M nodes without, by g + (1-g)·z",
    )  # fmt: skip
    proof.assume("1 - g", "is h", Eq(less, 1 - g, evaluate=False))
    need, honest = 2 * f + a + 1, N - f
    proof.equal("honest nodes that may be without", honest - need, spare, {N: 3 * f + a + 1 + spare})
    proof.induction("how many of H honest nodes are without", Function("G")(some), (g + (1 - g) * z) ** some, some, Integer(1),
                    lambda value: value * (g + (1 - g) * z))  # fmt: skip

    def without(nodes: Any, count: Any) -> Any:
        return binomial(nodes, count) * (1 - g) ** count * g ** (nodes - count)

    proof.equal("its coefficients are binomial: one node more is without or not (Pascal)", without(some + 1, x + 1),
                g * without(some, x + 1) + (1 - g) * without(some, x))  # fmt: skip
    most = honest - need
    tail = without(honest, 0) + Sum(without(honest, x), (x, 1, most))
    bound = proof.define("at most N - 3f - a - 1 are without", proof.symbol("u", "the chance that the payload is usable"), tail)
    proof.at_least("no less than that all are supplied", bound, g**honest,
                   Sum(binomial(need + spare, x) * less**x * g ** (need + spare - x), (x, 1, spare)),
                   {bound: tail, less: 1 - g, N: 3 * f + a + 1 + spare})  # fmt: skip
    outside = {N: 3, f: 1, a: 0}
    proof.weakened("admissible", "N = 3, f = 1, a = 0: 3 honest OKs of 2 honest nodes", need.subs(outside), ">", honest.subs(outside))
    proof.weakened(
        "independent supplies", "N = 5, f = 1, g = 1/2: 3 of 4 with 5/16; all or none with 1/2", Rational(1, 2), ">",
        tail.subs({N: 5, f: 1, a: 0, g: Rational(1, 2)}).doit(),
    )  # fmt: skip
    numbers = {N: 13, f: 3, a: 1, g: Rational(9, 10)}
    derived = float(tail.subs(numbers).doit())
    drawn = np.random.default_rng([0, 55]).random((SAMPLES, 10)) < 0.9
    error = 4 * (derived * (1 - derived) / SAMPLES) ** 0.5
    proof.compared("N = 13, f = 3, a = 1, g = .9, sampled, 4 standard errors", derived, float((drawn.sum(axis=1) >= 8).mean()), error)
    return proof.result(Eq(bound, tail, evaluate=False), N, f, a, g)


@derivation("time-to-checkpoint", "III.D.2", "LIV-3R")
def time_to_checkpoint(proof: Proof) -> Any:
    """If a payload is usable at every attempt with chance at least p > 0 given the past, one is used almost surely, in a bounded mean time.

    The attempts may depend on each other and on the adversary. A Byzantine leader may leave a usable payload out, so an attempt counts only
    if its first leader is honest: one of any f+1 in a row, w rounds apart. The mean number of such rows is at most 1/p, and the last view
    adds (f+1)(T+Δ) + 11Δ. With honest leaders throughout, f+1 becomes 1 in the first term. A positive chance each time is not enough.
    """
    p = proof.symbol("p", "the least chance that an attempt finds a usable payload, above 0, at most 1", positive=True)
    w = proof.symbol("w", "time between attempts", positive=True)
    f = proof.symbol("f", "the faults", integer=True, nonnegative=True)
    T = proof.symbol("T", "the time-out, at least 9Δ", positive=True)
    delay = proof.symbol("Delta", "Δ, the longest message delay after stabilisation", positive=True)
    count = proof.symbol("M", "rows of f+1 attempts", integer=True, positive=True)
    none_yet = proof.sequence("S", "the chance that no row before i uses a payload", nonnegative=True)
    chance = proof.sequence("q", "the chance of row i, given none before", nonnegative=True)
    slack, i = proof.sequence("e", "q_i - p", nonnegative=True), _index("i")
    over = (i, 0, count - 1)
    proof.assume("rotation", "the first leader of one of f+1 attempts in a row is honest, and proposes what is usable")
    proof.assume("bounded below", "q_i is at least p, given any past", Eq(slack[i], chance[i] - p, evaluate=False))
    proof.assume("first success", "it comes in one of the first M rows, or in none of them",
                 Eq(Sum(none_yet[i] * chance[i], over), 1 - none_yet[count], evaluate=False))  # fmt: skip
    proof.assume("partial synchrony", "a view under an honest leader decides (LIV-2), so an attempt has ended after (f+1)(T+Δ) + 11Δ")
    proof.assume("cadence", "w is at least that, so that attempts do not overlap")
    given = {slack[i]: chance[i] - p, Sum(none_yet[i] * chance[i], over): 1 - none_yet[count]}
    proof.at_least("the mean number of rows, up to any M", 1 / p, Sum(none_yet[i], over),
                   (none_yet[count] + Sum(none_yet[i] * slack[i], over)) / p, given)  # fmt: skip
    proof.at_least("one row more", (1 - p) * none_yet[i], none_yet[i] * (1 - chance[i]), none_yet[i] * slack[i], {slack[i]: chance[i] - p})
    at_most = Function("U")(i)
    proof.induction("so none of the first i with chance at most", at_most, (1 - p) ** i, i, Integer(1), lambda value: value * (1 - p))
    odds = proof.symbol("o", "(1-p)/p, the odds of a failure", positive=True)
    proof.limit("which tends to 0: almost surely one succeeds", (odds / (1 + odds)) ** i, i, oo, Integer(0))
    never = _never_found(proof)
    proof.weakened("bounded below", "row i succeeds with chance 1/(i+2)²: with chance 1/2 none ever does", never, ">", Integer(0))
    proof.weakened(
        "rotation", "one Byzantine node leads first at every attempt: every checkpoint is empty, at p = 1", Integer(0), "<", Integer(1)
    )
    total = (f + 1) * w / p + (f + 1) * (T + delay) + 11 * delay
    bound = proof.define("expected time, at most", proof.symbol("E", "a bound on the expected time until a payload is used"), total)
    taken = (f + 1) * w * Sum(none_yet[i], over) + (f + 1) * (T + delay) + 11 * delay
    proof.at_least("a row is f+1 attempts; then the last view", bound, taken,
                   (f + 1) * w * (none_yet[count] + Sum(none_yet[i] * slack[i], over)) / p, {**given, bound: total})  # fmt: skip
    waits = np.random.default_rng([0, 56]).geometric(0.2, SAMPLES)
    proof.compared("rows at p = 1/5, sampled, 4 standard errors", 5.0, float(waits.mean()), 4 * (0.8 / 0.04 / SAMPLES) ** 0.5)
    return proof.result(Eq(bound, total, evaluate=False), w, p, f, T, delay)


def _never_found(proof: Proof) -> Any:
    """Enter the chance that of attempts with chances 1/4, 1/9, 1/16 … none ever succeeds, and return it."""
    i = _index("i")
    left = proof.induction(
        "chances 1/(i+2)², each above 0, independent: none of the first i+1", Function("N")(i), (i + 3) / (2 * (i + 2)), i,
        Rational(3, 4), lambda value: value * (1 - 1 / (i + 3) ** 2),
    )  # fmt: skip
    return proof.limit("none of them ever", left, i, oo, Rational(1, 2))


@derivation("mean-stock-and-progress", "eq. 7, III.D.2", "LIV-3", "LIV-3R")
def mean_stock_and_progress(proof: Proof) -> Any:
    """A memory for at most K pairs, with mean stock μ, holds c or more with chance at least (μ - c + 1)/(K - c + 1).

    So a mean above c - 1, which is what equation 7 is about, gives progress in a bounded memory. In an unbounded one it does not: let the
    stock at attempt i be c·(i+2)² with chance 1/(i+2)² and 0 else. Its mean is c at every attempt, and with chance 1/2 none ever finds c.
    """
    c = proof.symbol("c", "pairs needed, at least 1", integer=True, positive=True)
    spare = proof.symbol("D", "K - c, 0 or more: memory beyond the need", integer=True, nonnegative=True)
    enough, mu = (
        proof.symbol("P", "the chance of c pairs or more", nonnegative=True),
        proof.symbol("mu", "μ, the mean stock", nonnegative=True),
    )
    low = proof.sequence("l", "l_i, the chance of c-1-i pairs", nonnegative=True)
    high = proof.sequence("h", "h_i, the chance of K-i pairs", nonnegative=True)
    i, K = _index("i"), proof.symbol("K", "the memory, in pairs, at least c", integer=True, positive=True)
    below, above = (i, 0, c - 1), (i, 0, spare)
    proof.define("the memory", K, c + spare)
    proof.assume("law", "the chances below c sum to 1 - P", Eq(Sum(low[i], below), 1 - enough, evaluate=False))
    proof.assume("bounded memory", "the others, from c to K, sum to P", Eq(Sum(high[i], above), enough, evaluate=False))
    given = {Sum(low[i], below): 1 - enough, Sum(high[i], above): enough}
    mean = Sum(low[i] * (c - 1 - i), below) + Sum(high[i] * (c + spare - i), above)
    proof.at_least("the mean is at most that of the two extremes (reverse Markov)", enough * (spare + 1), mean - (c - 1),
                   Sum(i * low[i], below) + Sum(i * high[i], above), given)  # fmt: skip
    value = (mu - c + 1) / (K - c + 1)
    proof.assume("mean", "μ is the mean of this law", Eq(mu, mean, evaluate=False))
    bound = proof.define("the bound on P", proof.symbol("P'", "the bound on P"), value)
    proof.at_least("so P is at least", enough, bound, (Sum(i * low[i], below) + Sum(i * high[i], above)) / (spare + 1),
                   {bound: value, K: c + spare, mu: mean, **given})  # fmt: skip
    there = proof.sequence("z", "the chance that the stock that escapes is there at attempt i", positive=True)
    proof.define("it falls off", there[i], 1 / (i + 2) ** 2)
    proof.equal("the mean of the stock that escapes", c * (i + 2) ** 2 * there[i], c, {there[i]: 1 / (i + 2) ** 2})
    never = _never_found(proof)
    proof.weakened("bounded memory", "mean stock c at every attempt, and with chance 1/2 none ever finds c", never, ">", Integer(0))
    proof.witness(
        "reached: K or c-1 pairs, with chance 1/2 each, K = 9, c = 6", value.subs({K: 9, c: 6, mu: Rational(9 + 5, 2)}), "==",
        Rational(1, 2),
    )
    rng = np.random.default_rng([0, 57])
    attempts = 1 / (np.arange(ATTEMPTS) + 2.0) ** 2
    stuck = np.mean([not (rng.random(ATTEMPTS) < attempts).any() for _ in range(4000)])
    proof.compared(
        f"{ATTEMPTS} attempts of the stock that escapes, 4,000 samples, 4 standard errors", (ATTEMPTS + 2) / (2 * (ATTEMPTS + 1)),
        float(stuck), 4 * (0.25 / 4000) ** 0.5,
    )  # fmt: skip
    return proof.result(Eq(bound, value, evaluate=False), mu, c, K)


def sampled_stock(made: float, rounds: float, life: float, kind: str, samples: int = SAMPLES) -> Any:
    """Return sampled numbers of pairs at the checkpoint, each pair with its own time of making and its own lifetime.

    Parameters
    ----------
    made, rounds, life : float
        Pairs per round, rounds since the memory was empty, and mean lifetime in rounds; all above 0.
    kind : {"exponential", "fixed"}
        The law of the lifetimes.
    samples : int
        At least 1.

    Examples
    --------
    >>> bool(abs(sampled_stock(5, 4, 2, "fixed", 2000).mean() - 10) < 0.5)
    True
    """
    rng = np.random.default_rng([0, 58])
    counts = rng.poisson(made * rounds, samples)
    owner = np.repeat(np.arange(samples), counts)
    age = rng.uniform(0, rounds, owner.size)
    lifetime = rng.exponential(life, owner.size) if kind == "exponential" else np.full(owner.size, life)
    return np.bincount(owner[lifetime > age], minlength=samples)
