"""Total failure probabilities (paper III.D.1 and III.D.2): from one tag to every payload of a run, and from budgets to the theorems.

The simulator calls ``total-failure-probability`` and ``composed-error`` for the error that its safety verdicts carry.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Integer, Rational, Sum, binomial

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof

SAMPLES = 200_000


def _index(name: str) -> Any:
    return sympy.Symbol(name, integer=True, nonnegative=True)


def _whole(proof: Proof, name: str, meaning: str) -> Any:
    return proof.symbol(name, meaning, integer=True, positive=True)


@derivation("fooled-verifiers", "III.D.1", "TAG-5")
def fooled_verifiers(proof: Proof) -> Any:
    """More than a of V verifiers are fooled with chance at most C(V, a+1)·s^(a+1), if any a+1 of them together are with at most s^(a+1).

    For every V and a, and without independence of the verdicts: a count of at least a+1 has at least one subset of size a+1. For
    independent verdicts the bound exceeds the exact tail by at most (a+1)·C(V, a+2)·s^(a+2) (Bonferroni, 1936).

    By hand, two verifiers and a = 1 at n = t = 1: s = 2/5, both with (2/5)² = 4/25; a key that the two share makes it 2/5.
    """
    a = proof.symbol("a", "the budget: false accepts that the protocol tolerates, 0 or more", integer=True, nonnegative=True)
    V = _whole(proof, "V", "the honest verifiers of a payload, above a")
    s = proof.symbol("s", "the soundness error of one tag, above 0 and below 1", positive=True)
    law = proof.sequence("p", "p_x, the chance that exactly x verifiers are fooled", nonnegative=True)
    rest = proof.symbol("R", "V - a - 2, or V - a - 3 where a+2 is taken apart; smaller V are plain", integer=True, nonnegative=True)
    size, z, j = a + 1, _index("z"), _index("j")
    beyond, fooled = (z, 0, rest), binomial(size + 1 + z, size)
    excess = Sum(binomial(size + j, j + 1), (j, 0, z))
    proof.summed("subsets beyond the first, of a+2+z fooled (Pascal)", excess, fooled - 1)
    proof.at_least(
        "the mean number of fooled subsets of size a+1 is at least the chance of one", law[size] + Sum(law[size + 1 + z] * fooled, beyond),
        law[size] + Sum(law[size + 1 + z], beyond), Sum(law[size + 1 + z] * excess, beyond), {excess: fooled - 1},
    )  # fmt: skip
    pairs = binomial(size + 2 + z, size) - size * binomial(size + 2 + z, size + 1)
    short = Sum((j + 1) * binomial(size + 1 + j, size - 1), (j, 0, z))
    proof.summed("and from below, of a+3+z fooled", short, 1 - pairs)
    proof.at_least(
        "taking off a+1 times the mean number of fooled subsets of size a+2 goes below it", Sum(law[size + 2 + z], beyond),
        Sum(law[size + 2 + z] * pairs, beyond), Sum(law[size + 2 + z] * short, beyond), {short: 1 - pairs},
    )  # fmt: skip
    together = proof.sequence("q", "the chance that all of subset j are fooled", nonnegative=True)
    slack = proof.sequence("e", "s^(a+1) - q_j", nonnegative=True)
    count = _whole(proof, "J", "the number of subsets of size a+1")
    proof.assume("independent keys", "given all that the attacker does, a+1 chosen verifiers are all fooled with chance at most s^(a+1)",
                 Eq(slack[j], s**size - together[j], evaluate=False))  # fmt: skip
    proof.define("their number", count, binomial(V, size))
    subsets, mean = Sum(together[j], (j, 0, count - 1)), Sum(law[size + 1 + z] * fooled, beyond)
    twice = Eq(mean, subsets - law[size], evaluate=False)
    proof.assume("counted twice", "the mean number of fooled subsets is the sum of their chances", twice)
    proof.at_least(
        "so the chance that more than a are fooled", count * s**size, law[size] + Sum(law[size + 1 + z], beyond),
        Sum(slack[j], (j, 0, count - 1)) + Sum(law[size + 1 + z] * excess, beyond),
        {excess: fooled - 1, slack[j]: s**size - together[j], mean: subsets - law[size]},
    )  # fmt: skip
    bound = proof.equal("the bound", count * s**size, binomial(V, size) * s**size, {count: binomial(V, size)})
    proof.weakened("independent keys", "both of two verifiers share one key, n = t = 1", Rational(2, 5), ">", Rational(2, 5) ** 2)
    proof.weakened("independent keys", "35 verifiers share one key, n = 4, t = 16, a = 1: no better than one verifier",
                   Rational(255 * 2**16, 4**20 - 1), ">", binomial(35, 2) * Rational(255 * 2**16, 4**20 - 1) ** 2)  # fmt: skip
    chance, verifiers = 0.1, 12
    counts = np.random.default_rng([0, 51]).binomial(verifiers, chance, SAMPLES)
    for budget in (0, 1, 2):
        exact = sum(_binomial_mass(verifiers, x, Rational(1, 10)) for x in range(budget + 1, verifiers + 1))
        most = binomial(verifiers, budget + 1) * Rational(1, 10) ** (budget + 1)
        less = (budget + 1) * binomial(verifiers, budget + 2) * Rational(1, 10) ** (budget + 2)
        proof.checked("the exact tail lies between the two", f"V = 12, s = 1/10, a = {budget}", most - less <= exact <= most)
        error = 4 * float(exact * (1 - exact) / SAMPLES) ** 0.5
        proof.compared(f"sampled tail, a = {budget}, {SAMPLES:,} samples, 4 standard errors", exact, float(np.mean(counts > budget)), error)
    return proof.result(Eq(count * s**size, bound, evaluate=False), V, a, s)


@derivation("total-failure-probability", "III.D.1, III.D.2", "TAG-5")
def total_failure_probability(proof: Proof) -> Any:
    """Over T rounds with N payloads each, some payload fools more than a of its V verifiers with chance at most T·N·C(V, a+1)·s^(a+1).

    An adaptive attacker, which sees every verdict before it chooses its next attack, gains nothing: only a bound on the conditional chance
    of each payload enters, given any past. Clifford tags of t traps on n qubits have s < 2^-t, so (a+1)·t ≥ b + log2(T·N·C(V, a+1)) bits
    are enough for a total of 2^-b: each tolerated false accept divides the tag.
    """
    names = (("T", "rounds with tagged payloads"), ("N", "payloads of a round"), ("V", "honest verifiers of each"))
    T, N, V = (_whole(proof, name, meaning) for name, meaning in names)
    a = proof.symbol("a", "the budget, 0 or more", integer=True, nonnegative=True)
    n, t = _whole(proof, "n", "qubits of a payload"), proof.symbol("t", "traps, the tag length", integer=True, nonnegative=True)
    s = proof.symbol("s", "the soundness error of one tag", positive=True)
    code = 2**t * (2 ** (2 * n) - 1) / (2 ** (2 * n + 2 * t) - 1)
    proof.at_least("the Clifford code is below 2^-t (TAG-1)", 2**-t, code, (2 ** (2 * t) - 1) / (2**t * (2 ** (2 * n + 2 * t) - 1)))
    count, b = _whole(proof, "M", "T·N, all payloads"), proof.symbol("b", "the bound for one payload", positive=True)
    proof.define("all payloads", count, T * N)
    proof.define("of one payload (fooled-verifiers)", b, binomial(V, a + 1) * s ** (a + 1))
    before = proof.sequence("F", "the chance of a failure before payload i", nonnegative=True)
    fails = proof.sequence("p", "the chance that payload i fails, given none before", nonnegative=True)
    slack, i = proof.sequence("e", "b - p_i", nonnegative=True), _index("i")
    over = (i, 0, count - 1)
    proof.assume("fresh keys", "given everything that happened before, a payload fails with chance at most b",
                 Eq(slack[i], b - fails[i], evaluate=False))  # fmt: skip
    proof.at_least("the first failure is at some payload", count * b, Sum((1 - before[i]) * fails[i], over),
                   Sum(slack[i] + before[i] * fails[i], over), {slack[i]: b - fails[i]})  # fmt: skip
    one_payload = binomial(V, a + 1) * s ** (a + 1)
    total = proof.equal("the bound", count * b, T * N * one_payload, {count: T * N, b: one_payload})
    one = code.subs({n: 1, t: 1})
    # The attacker learns the key from the first payload; a key used twice lets an attack through for certain (TAG-1).
    proof.weakened("fresh keys", "one key for two payloads, n = t = 1, V = 1: the second attack passes", one + (1 - one) * 1, ">",
                   total.subs({T: 2, N: 1, V: 1, a: 0, s: one}))  # fmt: skip
    payloads, chance = 40, 0.02
    rng = np.random.default_rng([0, 52])
    failed = (rng.random((SAMPLES // 10, payloads)) < chance).any(axis=1).mean()
    exact = 1 - (1 - chance) ** payloads
    proof.compared("40 payloads at b = .02, sampled, 4 standard errors", exact, failed, 4 * (exact * (1 - exact) / (SAMPLES // 10)) ** 0.5)
    worst = _adaptive_worst(payloads, chance)
    proof.checked(
        "no adaptive attacker does better", "40 payloads, b = .02, all pasts by dynamic programming", bool(worst <= payloads * chance)
    )
    proof.compared("the best one attacks every payload in full", exact, worst, 1e-12)
    return proof.result(Eq(count * b, total, evaluate=False), T, N, V, a, s)


@derivation("composed-error", "III.D.2", "TAG-5")
def composed_error(proof: Proof) -> Any:
    """A theorem that holds whenever all budgets hold is violated in a run with chance at most Σ ε_i, the chances of the budgets to fail.

    Total probability, then the union bound; the sources may depend on each other. Agreement rests on authenticated channels alone, so only
    forged classical messages count; that no commit depends on a tampered payload rests on the budget a of every fact as well.
    """
    J = _whole(proof, "J", "sources of error")
    source = proof.sequence("epsilon", "the chance that the budget of source i is exceeded during the run", nonnegative=True)
    first = proof.sequence("r", "the chance that source i is the first in the list whose budget is exceeded", nonnegative=True)
    later, i = proof.sequence("e", "ε_i - r_i: exceeded, but not the first", nonnegative=True), _index("i")
    exceeded = proof.symbol("P", "the chance that some budget is exceeded", nonnegative=True)
    within = proof.symbol("v", "the chance of a violation given that all hold", nonnegative=True)
    without = proof.symbol("v'", "the chance of one given that some budget is exceeded", nonnegative=True)
    harmless = proof.symbol("h", "1 - v'", nonnegative=True)
    proof.assume("deterministic theorem", "no violation while all budgets hold (SAF-1, SAF-2)", Eq(within, 0, evaluate=False))
    proof.assume("a chance", "v' is at most 1", Eq(harmless, 1 - without, evaluate=False))
    proof.assume("list of sources", "complete: some budget is exceeded exactly if one of them is the first",
                 Eq(Sum(first[i], (i, 0, J - 1)), exceeded, evaluate=False))  # fmt: skip
    proof.assume("events", "a first one is one", Eq(later[i], source[i] - first[i], evaluate=False))
    violated = within * (1 - exceeded) + without * exceeded
    proof.at_least("total probability", exceeded, violated, harmless * exceeded, {within: Integer(0), harmless: 1 - without})
    over = (i, 0, J - 1)
    total = Sum(source[i], over)
    proof.at_least("union of the sources", total, Sum(first[i], over), Sum(later[i], over), {later[i]: source[i] - first[i]})
    bound = proof.define("the composed error", proof.symbol("B", "the bound on the chance of a violation"), total)
    proof.at_least(
        "so the chance of a violation", bound, violated, harmless * exceeded + Sum(later[i], over),
        {bound: total, within: Integer(0), harmless: 1 - without, Sum(first[i], over): exceeded, later[i]: source[i] - first[i]},
    )  # fmt: skip
    hidden = {within: 0, exceeded: Rational(1, 100), without: 1}
    proof.weakened(
        "list of sources", "a source of chance 1/100 that is not listed: the only one that is listed is 0", violated.subs(hidden), ">",
        total.xreplace({J: Integer(1), source[i]: Integer(0)}).doit(),
    )  # fmt: skip
    unsafe = {within: Rational(1, 10), exceeded: Rational(1, 100), without: 0}
    proof.weakened("deterministic theorem", "a protocol that is unsafe with chance 1/10 while all budgets hold, one source of 1/100",
                   violated.subs(unsafe), ">", total.xreplace({J: Integer(1), source[i]: Rational(1, 100)}).doit())  # fmt: skip
    # Three dependent sources, from one uniform number each run.
    drawn = np.random.default_rng([0, 53]).random(SAMPLES)
    held = [(drawn < 0.02), (drawn > 0.015) & (drawn < 0.03), (drawn > 0.9) & (drawn < 0.905)]
    joint = float(np.logical_or.reduce(held).mean())
    error = 4 * (0.035 / SAMPLES) ** 0.5
    proof.compared("three dependent sources of .02, .015, .005, sampled, 4 standard errors: one is exceeded", 0.035, joint, error)
    proof.checked("which is at most the sum", "these three", bool(joint <= 0.02 + 0.015 + 0.005))
    return proof.result(Eq(bound, total, evaluate=False), source, J)


def _binomial_mass(count: int, hits: int, chance: Any) -> Any:
    return binomial(count, hits) * chance**hits * (1 - chance) ** (count - hits)


def _adaptive_worst(payloads: int, chance: float, levels: int = 5) -> float:
    """Return the largest chance of a failure when each payload's chance is chosen in [0, b], given the past: backwards over payloads."""
    worst = 0.0
    for _ in range(payloads):
        worst = max(p + (1 - p) * worst for p in np.linspace(0, chance, levels))
    return worst
