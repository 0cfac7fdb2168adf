"""How a cheater stays in under the rule of III.D.1, which the paper gives as τ ← α·τ + (1-α)·v with quarantine below τ_min."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Function, Integer, Rational, Sum, Symbol, oo

from ceas_formal.derive.algebra import one_more
from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof
from ceas_formal.derive.trust.detection_chain import counting_cheater
from ceas_formal.derive.trust.score import ROUND
from ceas_formal.spec.trust import smallest_cycle_trust


def _memory(proof: Proof) -> Symbol:
    return proof.symbol("alpha", "α, the memory, below 1", positive=True)


@derivation("duty-cycle-evasion", "III.D.1", "TRU-2")
def duty_cycle_evasion(proof: Proof) -> Any:
    """A node at trust 1 that is rejected once every n rounds tends to trust α(1-α^(n-1))/(1-α^n) after each rejection, from above, for
    every n.

    So it is never quarantined iff τ_min is at most that number, which at n = 2 is α/(1+α), below 1/2. The largest such duty 1/n for given α
    and τ_min is `detection_chain.largest_periodic_duty`; evasion-by-counting does better.
    """
    alpha = _memory(proof)
    n = proof.symbol("n", "the length of the period: one rejection, then n-1 acceptances", integer=True, positive=True)
    j = proof.symbol("j", "acceptances since the rejection", integer=True, nonnegative=True)
    k = proof.symbol("k", "periods since the start", integer=True, nonnegative=True)
    x = proof.symbol("x", "trust at some time", real=True)
    G = proof.symbol("G", "Σ α^j over j < n, above 0", positive=True)
    low = proof.symbol("tau_min", "the threshold", positive=True)
    proof.assume("periodic verdicts", "one rejection, then n-1 acceptances, for ever")
    proof.assume("starts at trust 1", "as a new node does")
    proof.induction("j acceptances from trust x", Function("a")(j), 1 - alpha**j * (1 - x), j, x, lambda now: alpha * now + 1 - alpha)
    count = Symbol("n", integer=True, nonnegative=True)
    proof.induction(
        "the geometric sum over j < n", Function("G")(count), (1 - alpha**count) / (1 - alpha), count, Integer(0),
        lambda now: alpha * now + 1,
    )  # fmt: skip
    proof.define("short form", G, (1 - alpha**n) / (1 - alpha))
    fixed = (1 - alpha ** (n - 1)) / (1 - alpha**n)

    def period(now: Any) -> Any:
        return 1 - alpha ** (n - 1) * (1 - alpha * now)

    proof.equal("a period takes x to 1 - α^(n-1)·(1 - αx); its fixed point", period(fixed), fixed)
    after = fixed + alpha ** (n * k) * (1 - fixed)
    proof.induction("trust before the rejection of period k", Function("x")(k), after, k, Integer(1), period)
    proof.above("it stays above the fixed point", after, fixed, alpha ** (n * k) * alpha ** (n - 1) / G, {G: (1 - alpha**n) / (1 - alpha)})
    least = alpha * (1 - alpha ** (n - 1)) / (1 - alpha**n)
    left = alpha ** (n * k) * alpha**n / G
    proof.above("so after each rejection trust is above", alpha * after, least, left, {G: (1 - alpha**n) / (1 - alpha)})
    found = proof.last()
    shrink = proof.symbol("y", "above 0, with α^n = 1/(1 + y)", positive=True)
    proof.limit("and tends to it: (α^n)^k vanishes", (1 / (1 + shrink)) ** k, k, oo, Integer(0))
    proof.equal(
        "with α > τ_min it is at least τ_min iff α^(n-1) ≤ (α-τ_min)/(α(1-τ_min)), since the other factors are positive",
        least - low, alpha * (1 - low) / (1 - alpha**n) * ((alpha - low) / (alpha * (1 - low)) - alpha ** (n - 1)),
    )  # fmt: skip
    proof.equal("every second round: n = 2", least.subs(n, 2), alpha / (1 + alpha))
    memory, third = Rational(9, 10), Integer(3)
    proof.witness("α = 9/10: a one-in-three cheater stays above 1/2", least.subs({alpha: memory, n: third}), ">", Rational(1, 2))
    proof.witness("a one-in-two cheater does not", least.subs({alpha: memory, n: 2}), "<", Rational(1, 2))
    proof.weakened(
        "periodic verdicts", "three rejections, then six acceptances: the same duty 1/3, at α = 9/10", _cycle(3, 6), "<", _cycle(1, 2)
    )
    proof.weakened(
        "starts at trust 1", "from trust 1/2 the first rejection leads below the number for n = 3", memory / 2, "<",
        least.subs({alpha: memory, n: 3}),
    )  # fmt: skip
    agree = all(
        smallest_cycle_trust([0] + [1] * (size - 1), _fraction(memory)) == least.subs({alpha: memory, n: size}) for size in range(1, 12)
    )
    proof.checked("the limit cycle of the specification has this minimum", "n = 1 … 11 at α = 9/10", agree)
    return proof.result(found, alpha, n)


def _cycle(rejections: int, acceptances: int) -> Rational:
    least = smallest_cycle_trust([0] * rejections + [1] * acceptances, _fraction(Rational(9, 10)))
    return Rational(least.numerator, least.denominator)


def _fraction(number: Rational) -> Any:
    from fractions import Fraction

    return Fraction(int(number.p), int(number.q))


@derivation("evasion-by-counting", "III.D.1", "TRU-2", "TRU-2R")
def evasion_by_counting(proof: Proof) -> Any:
    """A node whose trust is at least τ_min after each of T rounds had at most (1-τ_min)·T + (τ(0)-τ(T))/(1-α) rejections, in whatever
    order; and one that cheats whenever it can afford it is rejected at a rate of at least α-τ_min, for ever.

    So no order of verdicts with a rate above 1-τ_min evades quarantine, and α-τ_min is safe for a cheater that counts. At α = .9 and τ_min
    = .5 that lies between .4 and .5: more than the 1/3 of a fixed period, and above honest reject rates of useful tags. To catch a duty d
    in every order, τ_min must be above 1-d. Cheats whenever it can afford it: when α·τ ≥ τ_min.
    """
    alpha, low = _memory(proof), proof.symbol("tau_min", "the threshold", positive=True)
    t = proof.symbol("T", "the number of rounds, at least 1", integer=True, positive=True)
    tau = proof.sequence("tau", "trust before each round", real=True)
    margin = proof.sequence("e", "trust less τ_min, not negative", nonnegative=True)
    room = proof.sequence("g", "τ_min+1-α less trust, not negative", nonnegative=True)
    rest = proof.symbol("beta", "1-α", positive=True)
    over = (ROUND, 0, t - 1)
    # With v = (τ(s+1) - α·τ(s))/(1-α) from the rule, rejections are a telescoping sum.
    count = Symbol("T", integer=True, nonnegative=True)
    rejections = (tau[0] - tau[count]) / (1 - alpha) + Sum(1 - tau[ROUND], (ROUND, 0, count - 1))
    proof.assume("the rule", "1-v(s) = 1 - (τ(s+1)-α·τ(s))/(1-α)")
    first = rejections.subs(count, 0)
    proof.checked("the sum has no term, so the number is 0", "T = 0", first.doit() == 0)
    proof.induction(
        "the number of rejections in T rounds", Function("R")(count), rejections, count, first,
        lambda now: one_more(now) + 1 - (tau[count + 1] - alpha * tau[count]) / (1 - alpha),
    )  # fmt: skip
    proof.assume("never quarantined", "trust is at least τ_min in every round", Eq(tau[ROUND], low + margin[ROUND], evaluate=False))
    total = (tau[0] - tau[t]) / (1 - alpha) + Sum(1 - tau[ROUND], over)
    most = (1 - low) * t + (tau[0] - tau[t]) / (1 - alpha)
    bound = proof.define("the bound", proof.symbol("R_max", "the largest number of rejections in T rounds"), most)
    found = proof.last()
    proof.at_least("rejections in T rounds", bound, total, Sum(margin[ROUND], over), {bound: most, tau[ROUND]: low + margin[ROUND]})
    now = proof.symbol("y", "trust at some time, in the band from τ_min to τ_min+1-α", positive=True)
    short = proof.symbol("z", "by how much α·y is below τ_min, when it is", positive=True)
    proof.assume(
        "cheats when it can afford it", "it is rejected when α·τ ≥ τ_min and accepted otherwise: then α·τ = τ_min - z",
        Eq(now, (low - short) / alpha, evaluate=False),
    )  # fmt: skip
    proof.assume("rest", "β = 1-α", Eq(rest, 1 - alpha, evaluate=False))
    given = {now: (low - short) / alpha}
    proof.above(
        "an acceptance leads to at most τ_min+1-α, the upper end of the band", low + 1 - alpha, alpha * now + 1 - alpha, short, given
    )
    proof.above("and a rejection lowers trust, so it leads not above the band", now, alpha * now, rest * now, {rest: 1 - alpha})
    proof.assume("in the band", "from then on trust is at most τ_min+1-α", Eq(tau[ROUND], low + 1 - alpha - room[ROUND], evaluate=False))
    least = (alpha - low) * t + (tau[0] - tau[t]) / (1 - alpha)
    proof.at_least("at least this many", total, least, Sum(room[ROUND], over), {tau[ROUND]: low + 1 - alpha - room[ROUND]})
    rate = counting_cheater(0.9, 0.5, 20000)
    half, memory = Rational(1, 2), Rational(9, 10)
    proof.compared("20000 rounds of a counting cheater at α = .9, τ_min = .5: the middle of [.4, .5]", 0.45, rate, 0.05)
    proof.weakened(
        "never quarantined", "ten rejections in ten rounds at α = 9/10, τ_min = 1/2 are more", Integer(10), ">",
        half * 10 + (1 - memory**10) / (1 - memory) * half,
    )  # fmt: skip
    proof.weakened(
        "cheats when it can afford it", "an honest node is rejected in no round, less than (α-τ_min)·T for T = 1", Integer(0), "<",
        memory - half,
    )  # fmt: skip
    return proof.result(found, alpha, low, t, tau)
