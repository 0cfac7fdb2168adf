"""Section III.C, definition 2 and equation 7: when the recursion of means is exact, and what it leaves out."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ceas_formal.claims.evidence import derived_now, weakened_in
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import conclude
from ceas_formal.derive.inventory.event_orders import EVENT_ORDERS
from ceas_formal.spec.inventory import expected_inventory_step, residual_lifetime

HALF = Fraction(1, 2)


@claim("INV-1", "eq. 7", "closed form, fixed point, and the exact conditions under which (7) holds", expected="proved")
def equation_7_solved() -> Verdict:
    """E[M(t)] = p^t·M_0 + (r - c)(1 - p^t)/(1 - p) for every t. The fixed point (r - c)/(1 - p) is approached by the factor p a round iff
    p < 1.

    (7) is exact if p is the same for every pair and age; r counts new pairs that are there at the end of the round; pairs are taken after
    decay and arrivals; c is the mean really taken, not wanted; memory is unlimited; nothing else makes or uses pairs; λ is per round. Each
    is needed: numbers break (7) without it. Independence of the pairs is not needed, other than the first study says.

    Other orders within a round have other fixed points: (r - pc)/(1 - p) if consumption comes first, (pr - c)/(1 - p) if arrivals do,
    r/λ - c/(1 - p) with arrivals at uniform times, (r - c)/λ with consumption spread too. With the demand for c the true mean is above
    (7): in the end by the mean unmet demand/(1 - p).
    """
    derived = derived_now("expected-inventory", *(f"inventory-{order}" for order in EVENT_ORDERS), "clamped-consumption")
    steps = [Fraction(1)]
    for _ in range(4):
        steps.append(expected_inventory_step(steps[-1], HALF, 4, 1))
    checks = [derived["derived"], steps[-1] == HALF**4 + 3 * (1 - HALF**4) / HALF, all(6 - b == (6 - a) / 2 for a, b in pairwise(steps))]
    return Verdict(
        conclude("proved", [], checks=checks),
        "SymPy, induction over rounds; compared with the exact chain",
        "all p in (0, 1), r, c, M_0 ≥ 0 and rounds; five orders of events within a round",
        {
            **derived,
            "tightness": weakened_in(derived),
            "example": {"p": "1/2", "r": 4, "c": 1, "means": [str(mean) for mean in steps], "fixed_point": "6"},
            "recompute": "inventory.expected_inventory_step(6, Fraction(1, 2), 4, 1) == 6",
        },
        ("the conditions named in the derivation",),
    )


@claim("INV-3", "eq. 7", "r new pairs per round count in full", expected="refuted")
def arrivals_decay_within_their_round() -> Verdict:
    """The paper calls r a rate. Pairs made at a constant rate are exposed to part of the round's decay: a share (1 - e^(-λ))/λ is left.

    By hand at p = 1/4: half of the pairs are made in the first half of the round, and of those at most e^(-λ/2) = 1/2 are left, so at
    most 3/4 in all; equation 7 counts 1. Exactly it is (3/4)/ln 4 = .541. Without consumption the stationary mean is r/λ, and equation 7
    is too high by the factor λ/(1 - e^(-λ)), which is above 1 for every λ: 1.10 at λ = .2, 1.58 at 1, 2.31 at 2.

    Repaired: put r·(1 - e^(-λ))/λ for r. Counting every pair as made at the start, p·r, is too low.
    """
    derived = derived_now("arrivals-within-a-round", "inventory-uniform-arrivals-then-consume")
    counted = expected_inventory_step(0, Fraction(1, 4), 1, 0)
    at_most = HALF * HALF + HALF * 1
    checks = [derived["derived"], counted == 1 > at_most, Fraction(1, 4) < 0.75 / math.log(4) < at_most]
    factors = {str(rate): round(rate / -math.expm1(-rate), 4) for rate in (0.2, 1.0, 2.0)}
    return Verdict(
        conclude("refuted", [], checks=checks),
        "SymPy; witness bounded by hand; compared with the exact chain in continuous time",
        "all λ > 0",
        {
            "witness": {"p": "1/4", "r": 1, "equation_7": str(counted), "at_most": str(at_most), "exactly": round(0.75 / math.log(4), 4)},
            "overestimate_of_the_stationary_mean": factors,
            **derived,
            "recompute": "inventory.expected_inventory_step(0, Fraction(1, 4), 1, 0) == 1 > Fraction(1, 2)**2 + Fraction(1, 2)",
        },
        ("pairs are made at uniform times in the round, as from a constant rate",),
    )


@claim("INV-4", "eq. 7", "stationary law and variance", expected="proved")
def law_of_the_inventory() -> Verdict:
    """With Poisson arrivals and no consumption every start tends to the law Poisson(r/(1 - p)), and a Poisson inventory stays Poisson at
    every t.

    With arrivals at uniform times it is Poisson(r/λ). For any law of the lifetime T it is Poisson(r·E[min(T, t)]) at t and Poisson(r·E[T])
    in the end: only the mean lifetime matters (M/G/∞). The law of T does matter for transients and for consumption.

    The variance obeys V' = p²V + p(1-p)E[M] + a + d and tends to (p(r - c) + a + d)/(1 - p²), a and d the variances of arrivals and of a
    demand that is met. Each assumption is needed: constant arrivals, correlated losses or unmet demand give other numbers.
    """
    derived = derived_now("inventory-law", "inventory-variance", "inventory-insensitivity")
    mean = variance = Fraction(6)
    after = Fraction(1, 4) * variance + Fraction(1, 4) * mean + 3
    return Verdict(
        conclude("proved", [], checks=[derived["derived"], after == variance, expected_inventory_step(mean, HALF, 3, 0) == mean]),
        "SymPy, generating functions, induction over rounds; compared with the exact chain and with sampled arrivals",
        "all p in (0, 1), r ≥ 0, starts and rounds; lifetimes of any law",
        {
            **derived,
            "tightness": weakened_in(derived),
            "recompute": "Fraction(1, 4) * 6 + Fraction(1, 4) * 6 + 3 == 6 == inventory.expected_inventory_step(6, Fraction(1, 2), 3, 0)",
        },
        ("Poisson arrivals, independent lifetimes, no consumption; for the variance: independent arrivals, demand that is met",),
    )


@claim("INV-5", "def. 2", "the deterministic and the exponential residual life are interchangeable", expected="refuted")
def fixed_and_exponential_lifetimes_differ() -> Verdict:
    """With equal means 1/λ their Kolmogorov distance is 1 - 1/e = .632 for every λ: just before its mean no fixed lifetime has ended, and
    of the exponential ones 63% have. No choice of the fixed lifetime brings it below 1/2.

    The two are incompatible in kind, too. Exponential lifetimes have the same residual law at every age, so expiry order says nothing and
    earliest-expiring-first is vacuous; with fixed ones oldest first fails less often, and M(t) alone is no Markov process. And T_rem =
    max(0, τ + τ_c - t) with exponential τ_c is 0 with probability 1 - e^(-λa) at age a: exponential only given that the pair is alive.
    """
    derived = derived_now("lifetime-distance", "memoryless-lifetimes", "residual-lifetime")
    time = Fraction(99, 100)
    ended = 1 - 1 / (1 + time + time**2 / 2)  # a lower bound of 1 - e^(-t)
    checks = [derived["derived"], residual_lifetime(0, 1, time) > 0, HALF < ended < 1 - math.exp(-time) < 1 - math.exp(-1)]
    return Verdict(
        conclude("refuted", [], checks=checks),
        "SymPy; witness bounded by hand; compared with the exact chain of ages",
        "all λ > 0",
        {
            "witness": {"mean": 1, "time": str(time), "fixed_ended": 0, "exponential_ended_at_least": str(ended)},
            "distance": "1 - 1/e", "least_distance_for_any_fixed_lifetime": "1/2",
            **derived,
            "recompute": "inventory.residual_lifetime(0, 1, Fraction(99, 100)) > 0 and "
            "1 - 1 / (1 + Fraction(99, 100) + Fraction(99, 100)**2 / 2) > Fraction(59, 100)",
        },
    )  # fmt: skip


@claim("INV-6", "III.C", "consensus-failure probability follows from the mean inventory", expected="refuted")
def a_mean_gives_no_failure_probability() -> Verdict:
    """A mean m and a demand D leave P(S < D) anywhere between max(0, 1 - m/D) and 1; with L places up to (L - m)/(L - D + 1). Both ends
    are reached.

    For m = D = 4: a Poisson stock fails with 71/(3e⁴) = .433, a constant one never, and 0 or 8 pairs with equal chance half of the time.
    All three obey equation 7 with the same p, r and c: from an empty memory, after one round with arrivals of mean 4.

    Repaired: the exact chain of the inventory gives P(S < D), for Poisson or any other arrivals and demand, memory limit and order of
    events, with the mean of the unmet demand; ceas_formal.derive.inventory.chain.
    """
    derived = derived_now("consensus-failure", "clamped-consumption")
    exact, rows = _failures()
    terms = sum(Fraction(4**k, math.factorial(k)) for k in range(4))
    checks = [
        derived["derived"],
        terms == Fraction(71, 3),
        all(abs(exact[name] - value) < 1e-12 for name, value in (("Poisson", 71 / 3 * math.exp(-4)), ("constant", 0), ("0 or 8", 0.5))),
        all(abs(row["mean_without_consumption"] - 8) < 1e-9 for row in rows),
        len({round(row["failure_probability"], 3) for row in rows}) == len(rows),
    ]
    return Verdict(
        conclude("refuted", [], checks=checks),
        "witness evaluated exactly; bounds by SymPy; exact Markov chain",
        "all means, demands and memory limits; chain at p = 1/2",
        {
            "witness": {
                "mean": 4, "demand": 4, "poisson": "71/3 · e^-4", "constant": "0", "0_or_8": "1/2",
                "chain": {name: round(value, 6) for name, value in exact.items()},
            },
            "stationary_p_1/2_r_4_demand_3": rows,
            **derived,
            "recompute": "sum(Fraction(4**k, (1, 1, 2, 6)[k]) for k in range(4)) == Fraction(71, 3) and "
            "0 < Fraction(71, 3) / Fraction(27, 10)**4 < Fraction(1, 2)",
        },
        ("S is what is there when the demand comes, and does not depend on it",),
    )  # fmt: skip


def _failures() -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Return P(S < 4) after a round from an empty memory, and the stationary chain at p = 1/2 with demand 3, for arrivals of mean 4."""
    from ceas_formal.derive.inventory.chain import inventory_chain
    from ceas_formal.derive.inventory.consumption import equal_means
    from ceas_formal.derive.inventory.count_laws import constant

    exact, rows = {}, []
    for name, law, _ in equal_means():
        exact[name] = float(inventory_chain("decay-arrive-consume", 0.5, law, constant(4), memory=48).failing[0])
        chain = inventory_chain("decay-arrive-consume", 0.5, law, constant(3), memory=48)
        idle = inventory_chain("decay-arrive-consume", 0.5, law, constant(0), memory=48)
        stationary = chain.stationary()
        rows.append({
            "arrivals": name,
            "failure_probability": round(float(stationary @ chain.failing), 6),
            "mean": round(float(stationary @ chain.pairs), 6),
            "mean_without_consumption": round(float(idle.stationary() @ idle.pairs), 9),
            "error_of_the_memory_limit_at_most": float(f"{chain.error_without_limit(stationary):.1e}"),
        })  # fmt: skip
    return exact, rows
