"""Section III.C: the entanglement inventory, its ageing, and the checkpoint cadence."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Model, conclude, find, prove
from ceas_formal.spec.inventory import clamped_inventory_step, expected_inventory_step, residual_lifetime

CADENCE = 4
"""Rounds between checkpoints, section IV."""
LIFETIMES = (3, 6)
"""The range of coherence times τ_c in rounds, section IV."""


@claim("INV-2", "eq. 7", "(7) keeps E[M] ≥ 0", expected="refuted")
def inventory_mean_goes_negative() -> Verdict:
    """Equation 7 subtracts the demand c whether or not the pairs are there, so it can predict a negative number of pairs.

    From M = 1 with survival probability 1/4, no new pairs and c = 1/2, which is less than M, it gives -1/4.
    Repaired: c ≤ p·E[M] + r keeps the mean non-negative, and is the weakest condition that does; so does consuming before ageing,
    p·(M - c) + r with c ≤ M.

    Clamping consumption at what is there does not rescue the recursion of means. By Jensen's inequality E[max(X - c, 0)] is at least
    max(E[X] - c, 0), often strictly more: X = 0 or 2 with equal chance and c = 1 give 1/2 against 0. The clamped recursion of means
    is a lower bound on the true mean.
    """
    import z3

    mean, p, r, c = z3.Reals("M p r c")
    rates = [mean >= 0, p > 0, p <= 1, r >= 0, c >= 0]
    step = p * mean + r - c
    q, x, y = z3.Reals("q x y")
    law = [q >= 0, q <= 1, x >= 0, y >= 0, c >= 0]
    clamped_mean = q * _positive_part(x - c) + (1 - q) * _positive_part(y - c)
    mean_clamped = _positive_part(q * x + (1 - q) * y - c)
    lemmas = [
        prove("repaired: non-negative iff c ≤ p·E[M] + r", rates, (step >= 0) == (c <= p * mean + r), "QF_NRA"),
        prove("repaired: p·(M - c) + r ≥ 0 if c ≤ M", [*rates, c <= mean], p * (mean - c) + r >= 0, "QF_NRA"),
        prove("jensen: E[max(X-c,0)] ≥ max(E[X]-c,0), two-point laws", law, clamped_mean >= mean_clamped, "QF_NRA"),
        prove("jensen: max(x-c,0) dominates x-c and 0 pointwise", [x >= 0, c >= 0], _dominates(x, c), "QF_LRA"),
    ]

    def negative(at: Model) -> bool:
        return expected_inventory_step(at["M"], at["p"], at["r"], at["c"]) < 0

    weakened = [
        find("c ≤ M in place of c ≤ p·E[M] + r", [*rates, c <= mean, step < 0], negative, "QF_NRA"),
        find("equality in Jensen", [*law, clamped_mean > mean_clamped], lambda at: _jensen_gap(at) > 0, "QF_NRA"),
    ]
    witness = {"M": Fraction(1), "p": Fraction(1, 4), "r": Fraction(0), "c": Fraction(1, 2)}
    two_point = {"q": Fraction(1, 2), "x": Fraction(0), "y": Fraction(2), "c": Fraction(1)}
    checks = [negative(witness), witness["c"] <= witness["M"], _jensen_gap(two_point) == Fraction(1, 2)]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "witness evaluated exactly; repair and inequality by Z3",
        "all real M ≥ 0, p in (0, 1], r ≥ 0, c ≥ 0; Jensen by the solver for every two-point law, pointwise for every law",
        {
            "witness": {**{name: str(v) for name, v in witness.items()}, "next": str(expected_inventory_step(*_arguments(witness)))},
            "jensen": {**{name: str(v) for name, v in two_point.items()}, "gap": str(_jensen_gap(two_point)), "sign": "≥ 0"},
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "inventory.expected_inventory_step(1, Fraction(1, 4), 0, Fraction(1, 2)) == Fraction(-1, 4)",
        },
        ("for laws on more than two points: expectation is linear and monotone",),
    )


def _positive_part(value: Any) -> Any:
    import z3

    return z3.If(value >= 0, value, 0)


def _dominates(x: Any, c: Any) -> Any:
    import z3

    clamped = _positive_part(x - c)
    return z3.And(clamped >= x - c, clamped >= 0)


def _jensen_gap(at: Model) -> Fraction:
    """Return E[max(X - c, 0)] - max(E[X] - c, 0) for X = x with probability q, else y."""
    of_x, of_y, of_mean = (
        clamped_inventory_step(pairs, 1, 0, at["c"]) for pairs in (at["x"], at["y"], at["q"] * at["x"] + (1 - at["q"]) * at["y"])
    )
    return at["q"] * of_x + (1 - at["q"]) * of_y - of_mean


def _arguments(at: Model) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    return at["M"], at["p"], at["r"], at["c"]


@claim("INV-7", "IV", "cadence 4 and τ_c ∈ [3,6] fit together", expected="refuted")
def pairs_expire_between_checkpoints() -> Verdict:
    """Section IV checkpoints every fourth round and stores pairs with coherence times between 3 and 6 rounds. Some do not last that long.

    A pair made at a checkpoint is usable at the next if its residual lifetime of definition 2, max(0, τ + τ_c - t), is positive there,
    which holds exactly when cadence < τ_c. At cadence 4 a pair with τ_c = 3 expired a round before, and one with τ_c = 4 expires at
    that moment.

    Repaired: every pair survives from checkpoint to checkpoint exactly when the cadence is below the smallest τ_c, so at τ_c ≥ 3 a
    checkpoint at least every second round; or pairs for the checkpoint are made later than the last one.
    """
    import z3

    made, life, cadence, shortest, longest = z3.Reals("tau tau_c cadence shortest longest")
    at_next = made + life - (made + cadence)
    residual = z3.If(at_next >= 0, at_next, 0)
    times = [shortest > 0, shortest <= life, life <= longest, cadence > 0]
    lemmas = [
        prove("one pair: usable at the next checkpoint iff cadence < τ_c", times, (residual > 0) == (cadence < life), "QF_LRA"),
        prove("all pairs: cadence < shortest τ_c suffices", [*times, cadence < shortest], residual > 0, "QF_LRA"),
        prove("all pairs: and is necessary", [*times, cadence >= shortest, life == shortest], residual == 0, "QF_LRA"),
    ]

    def expired(at: Model) -> bool:
        return residual_lifetime(at["tau"], at["tau_c"], at["tau"] + at["cadence"]) == 0

    stated = [cadence == CADENCE, shortest == LIFETIMES[0], longest == LIFETIMES[1]]
    weakened = [
        find("section IV's numbers", [*times, *stated, residual == 0], expired, "QF_LRA"),
        find("cadence ≤ τ_c in place of <", [*times, cadence == life, residual == 0], expired, "QF_LRA"),
    ]
    whole = range(LIFETIMES[0], LIFETIMES[1] + 1)
    left = {str(tau_c): int(residual_lifetime(0, tau_c, CADENCE)) for tau_c in whole}
    fits = [every for every in range(1, LIFETIMES[1]) if all(residual_lifetime(0, tau_c, every) > 0 for tau_c in whole)]
    checks = [left[str(LIFETIMES[0])] == 0, max(fits) == LIFETIMES[0] - 1]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "witness evaluated exactly; exact condition by Z3",
        "all creation times, coherence times and cadences, real-valued; deterministic residual lifetime (definition 2)",
        {
            "witness": {"created": 0, "tau_c": LIFETIMES[0], "next_checkpoint": CADENCE, "residual": left[str(LIFETIMES[0])]},
            "residual_at_next_checkpoint": left,
            "condition": "cadence < smallest tau_c",
            "largest_whole_cadence_that_fits": max(fits),
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "inventory.residual_lifetime(0, 3, 4) == 0 and inventory.residual_lifetime(0, 3, 2) > 0",
        },
    )
