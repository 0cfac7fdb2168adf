"""Sections III.B and III.D: a bound on the number of Byzantine nodes bounds neither their weight nor what they do with it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ceas_formal.claims.evidence import derived_now
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Lemma, Model, conclude, find, prove
from ceas_formal.spec.influence import clipped, largest_displacement, largest_swing, squared_norm, weighted_sum
from ceas_formal.spec.weights import aggregation_weights, capped_weights, largest_share

NODES, FAULTS = 50, 15
HONEST_STAMP = Fraction(3, 10)
"""Of the examples: a noisy but honest node, beside Byzantine nodes that report a stamp of 1."""
CAP = Fraction(3, 2)
"""κ of the examples."""
UNIT = (Fraction(3, 5), Fraction(4, 5))
"""A direction of norm 1 with rational entries."""


def reported(honest: Fraction = HONEST_STAMP, byzantine: int = FAULTS) -> list[Fraction]:
    """Return the stamps when the first nodes, Byzantine, report 1 and the others, honest, report `honest`."""
    return [Fraction(1)] * byzantine + [honest] * (NODES - byzantine)


@claim("SAF-4", "III.B, D", "the Byzantine share of the aggregate is bounded by f/N", expected="refuted")
def counting_nodes_bounds_no_weight() -> Verdict:
    """Equation 4 takes the weight from the stamp, and the stamp is computed by the node itself. So f of N nodes may hold any share below 1.

    With f nodes at φ = 1 and honest ones at φ = h in the mean the share is f/(f+(N-f)h): above f/N whenever h < 1, and above every
    s < 1 once h is below f(1-s)/(s(N-f)). At N = 50 and h = .3, 15 nodes (30%) hold 10/17 = .588.

    Nor does weight bound influence: equation 5 is linear, so a node of any weight w > 0 moves the aggregate by M with a content of norm
    M/w. One of 50 nodes, with stamp .01 against 1, has the weight 1/4901 and moves it by a million. Repaired: SAF-4R.
    """
    import z3

    # H honest nodes with mean stamp h: equation 4 gives the Byzantine nodes a share that depends on the sum H·h alone.
    f, honest, h, s, w, limit = z3.Reals("f H h s w M")
    nodes = [f >= 1, honest >= 1, h > 0, h <= 1]
    weight = f + honest * h
    lemmas = [
        prove("share: above f/N whenever honest stamps are below 1", [*nodes, h < 1], f * (f + honest) > f * weight, "QF_NRA"),
        prove("share: above s if h < f(1-s)/(sH)", [*nodes, s > 0, s < 1, h * s * honest < f * (1 - s)], f > s * weight, "QF_NRA"),
        prove("influence: for all w > 0 and M the content 2M/w moves more", [w > 0, limit > 0], w * (2 * limit / w) > limit, "QF_NRA"),
    ]
    share = sum(aggregation_weights(reported())[:FAULTS])
    small = [Fraction(1, 100), *[Fraction(1)] * (NODES - 1)]
    weights = aggregation_weights(small)
    huge = 10**6 / weights[0]
    moved = weighted_sum(weights, [(huge,), *[(0,)] * (NODES - 1)], 1)
    checks = [share == Fraction(10, 17) > Fraction(FAULTS, NODES), weights[0] == Fraction(1, 4901), moved[0] == 10**6]
    return Verdict(
        conclude("refuted", lemmas, checks=checks),
        "witness evaluated exactly; Z3 for all sizes and stamps",
        "all f ≥ 1, N > f, honest stamps; witnesses at N = 50",
        {
            "witness": {
                "N": NODES, "f": FAULTS, "byzantine_stamp": "1", "honest_stamp": str(HONEST_STAMP), "share": str(share),
                "f_over_N": str(Fraction(FAULTS, NODES)),
            },
            "unbounded_influence": {"stamp": str(small[0]), "weight": str(weights[0]), "content": str(huge), "moves_by": str(moved[0])},
            "repaired": "SAF-4R",
            "lemmas": [lemma.report() for lemma in lemmas],
            "recompute": "sum(weights.aggregation_weights([1]*15 + [Fraction(3, 10)]*35)[:15]) == Fraction(10, 17) > Fraction(15, 50) and "
            "influence.weighted_sum(weights.aggregation_weights([Fraction(1, 100)] + [1]*49), [[4901 * 10**6]] + [[0]]*49, 1) == (10**6,)",
        },
        ("a node reports its own stamp, as III.B has it: \"computed locally and communicated\"",),
    )  # fmt: skip


@claim(
    "SAF-4R",
    "III.B, D",
    "a cap κ/|A| on weights and a norm clip C bound share by κf/|A| and displacement by κfC/|A|",
    expected="proved",
)
def cap_and_clip_bound_influence() -> Verdict:
    """Share: the weights min(κ/|A|, λφ) exist, sum to min(1, κm/|A|) over m used nodes, and f of them to at most κf/|A|.

    Displacement: what the Byzantine nodes add has norm at most κfC/|A|, so the aggregate is that near to the one with the same weights
    and their contents at zero. Between any two of their behaviours, with other contents, other stamps (which shift the honest weights
    too) or absent, it moves by at most (β + β' + |β - β'|)·C ≤ 2κfC/|A|, with β and β' their shares. All three bounds are reached.

    Norms are Euclidean in every dimension: Cauchy-Schwarz by induction over the coordinates, the rest by induction over the nodes.
    Share is of the weight 1 that equation 4 distributes. With m < |A|/κ used nodes some is left to nobody; rescaling breaks the bound.
    The honest payloads that count are the same on both sides: leaving some out is the leader's own influence (SAF-5).
    """
    lemmas = [*_water_filling(), *_euclidean(), *_induction_over_nodes(), *_two_behaviours()]
    weakened, derived = _weakened_bounds(), derived_now("aggregate-displacement")
    weights, bound = capped_weights(reported(), CAP), largest_displacement(CAP, FAULTS, NODES, 1)
    share, byzantine = sum(weights[:FAULTS]), list(weights[:FAULTS])
    back = tuple(-entry for entry in UNIT)
    there, opposite = (weighted_sum(byzantine, [content] * FAULTS, 2) for content in (UNIT, back))
    # Everybody at the cap and honest nodes against the Byzantine ones: leaving those out moves the aggregate by the whole swing.
    equal = weighted_sum(capped_weights([1] * NODES, 1), [UNIT] * FAULTS + [back] * (NODES - FAULTS), 2)
    without = weighted_sum(capped_weights([1] * (NODES - FAULTS), CAP, active=NODES), [back] * (NODES - FAULTS), 2)
    checks = [
        derived["derived"],
        share == largest_share(CAP, FAULTS, NODES),
        sum(weights) == 1 and max(weights) <= CAP / NODES,
        sum(capped_weights([1] * 20, CAP, active=NODES)) == min(Fraction(1), 20 * CAP / NODES) < 1,
        squared_norm(there) == bound**2,
        squared_norm([p - q for p, q in zip(there, opposite, strict=True)]) == largest_swing(CAP, FAULTS, NODES, 1) ** 2,
        squared_norm([p - q for p, q in zip(equal, without, strict=True)]) == largest_swing(1, FAULTS, NODES, 1) ** 2,
    ]
    return Verdict(
        conclude("proved", lemmas, weakened, checks),
        "Z3, inductions over nodes and coordinates; derived a second way for every N; equality cases evaluated exactly",
        "all |A|, f, κ ≥ 1, C > 0, stamps, contents of every dimension, every set of used nodes",
        {
            "at_N_50": {
                "kappa": str(CAP), "f": FAULTS, "share_uncapped": str(sum(aggregation_weights(reported())[:FAULTS])), "share": str(share),
                "displacement_over_C": str(bound), "swing_over_C": str(largest_swing(CAP, FAULTS, NODES, 1)), "reached": all(checks),
            },
            "derivation": derived,
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "sum(weights.capped_weights([1]*15 + [Fraction(3, 10)]*35, Fraction(3, 2))[:15]) == Fraction(9, 20) == "
            "weights.largest_share(Fraction(3, 2), 15, 50) == influence.largest_displacement(Fraction(3, 2), 15, 50, 1)",
        },
        ("at most f of the used nodes are Byzantine", "all nodes compute the aggregate of the same value (SAF-1)"),
    )  # fmt: skip


def _water_filling() -> list[Lemma]:
    """Prove what one node of the loop of `capped_weights` does: R is the weight left, T the stamps left, k the nodes left, c = κ/|A|."""
    import z3

    left, total, stamp, smaller, weight, later, cap, k = z3.Reals("R T phi psi w v c k")
    # Largest stamp first, so it is at least the mean of those left. The weight is min(c, Rφ/T).
    step = [left >= 0, stamp > 0, stamp <= 1, total >= stamp, cap > 0, k >= 1, stamp * k >= total]
    step += [z3.If(left * stamp <= cap * total, weight * total == left * stamp, weight == cap)]
    # The next node, with a smaller stamp ψ, gets a share at the level of what is left then.
    next_node = [smaller > 0, smaller <= stamp, total - stamp >= smaller, weight * total == left * stamp, weight <= cap]
    next_node += [later * (total - stamp) == (left - weight) * smaller]
    return [
        prove("weights: 0 ≤ w ≤ c, and no more than is left", step, z3.And(weight >= 0, weight <= cap, weight <= left), "QF_NRA"),
        prove("weights: the level never falls", step, (left - weight) * total >= left * (total - stamp), "QF_NRA"),
        prove("weights: below the cap it stays", [*step, *next_node], z3.And(later * total == left * smaller, later <= cap), "QF_NRA"),
        prove("weights: R ≤ ck survives, so all of 1 ≤ cm is spent", [*step, left <= cap * k], left - weight <= cap * (k - 1), "QF_NRA"),
        prove(
            "weights: R > ck survives at the cap, so cm < 1 is spent", [*step, left > cap * k],
            z3.And(weight == cap, left - weight > cap * (k - 1)), "QF_NRA",
        ),
    ]  # fmt: skip


def _euclidean() -> list[Lemma]:
    """Prove the norm in every dimension. Of vectors only a = ‖u‖², b = ‖v‖² and p = u·v enter; x and y are one coordinate more."""
    import z3

    a, b, p, x, y, r, s, w, scaled = z3.Reals("a b p x y r s w a'")
    vectors = [a >= 0, b >= 0, p * p <= a * b]
    within = [r >= 0, s >= 0, a <= r * r, b <= s * s]
    return [
        prove("norm: Cauchy-Schwarz, d = 0", [a == 0, b == 0, p == 0], p * p <= a * b, "QF_NRA"),
        prove("norm: Cauchy-Schwarz, d to d + 1", vectors, (p + x * y) * (p + x * y) <= (a + x * x) * (b + y * y), "QF_NRA"),
        prove("norm: u·v ≤ rs if ‖u‖ ≤ r and ‖v‖ ≤ s", [*vectors, *within], p <= r * s, "QF_NRA"),
        prove("norm: ‖u+v‖ ≤ r+s", [*vectors, *within, p <= r * s], a + 2 * p + b <= (r + s) * (r + s), "QF_NRA"),
        prove("norm: ‖wu‖² = w²‖u‖², d = 0", [a == 0, scaled == 0], scaled == w * w * a, "QF_NRA"),
        prove("norm: ‖wu‖² = w²‖u‖², d to d + 1", [scaled == w * w * a], scaled + (w * x) * (w * x) == w * w * (a + x * x), "QF_NRA"),
        prove("norm: ‖wu‖ ≤ wr", [a >= 0, r >= 0, a <= r * r, w >= 0], w * w * a <= (w * r) * (w * r), "QF_NRA"),
    ]


def _induction_over_nodes() -> list[Lemma]:
    """Prove that the first j of the Byzantine nodes have share β ≤ cj and add a vector of norm D ≤ βC, by one node more; then j ≤ f."""
    import z3

    share, norm, weight, added, cap, clip, j, f = z3.Reals("beta D w E c C j f")
    sizes = [cap > 0, clip > 0, j >= 0, share >= 0]
    node, norms = [weight >= 0, weight <= cap], [norm <= share * clip, added <= weight * clip]
    return [
        prove("share: j = 0", [*sizes, j == 0, share == 0], share <= cap * j, "QF_NRA"),
        prove("share: j to j + 1", [*sizes, *node, share <= cap * j], share + weight <= cap * (j + 1), "QF_NRA"),
        prove("share: at most cf = κf/|A|", [*sizes, share <= cap * j, j <= f], share <= cap * f, "QF_NRA"),
        prove("sum: none", [*sizes, share == 0, norm == 0], norm <= share * clip, "QF_NRA"),
        # ‖wx‖ ≤ wC and the triangle inequality, both above, give the two norms that are added.
        prove("sum: one node more", [*sizes, *node, *norms], norm + added <= (share + weight) * clip, "QF_NRA"),
        prove("displacement: βC ≤ cfC = κfC/|A|", [*sizes, share <= cap * f], share * clip <= cap * f * clip, "QF_NRA"),
    ]


def _two_behaviours() -> list[Lemma]:
    """Prove the swing: two levels λ ≥ λ' and shares β, β' of the Byzantine nodes; S and S' are the weights of the same honest nodes.

    The honest weights all move one way, so Σ|w - w'| = |S - S'|, and by the lemma "sum: one node more" they move the aggregate by at most
    |S - S'|·C. At the lower level either all weight is spent, or every node is at the cap already; then no honest weight moves.
    """
    import z3

    level, lower, stamp, cap, share, other, spent, kept, f, clip = z3.Reals("lambda lambda' phi c beta beta' S S' f C")

    def at(height: Any) -> Any:
        return z3.If(height * stamp <= cap, height * stamp, cap)

    shares = [share >= 0, other >= 0, spent >= kept, kept >= 0, spent + share <= 1]
    moved = z3.If(share >= other, share - other, other - share)
    bounded = [cap > 0, clip > 0, f >= 0, share >= 0, share <= cap * f, other >= 0, other <= cap * f]
    return [
        prove("swing: honest weights move one way", [cap > 0, stamp > 0, lower > 0, level >= lower], at(level) >= at(lower), "QF_NRA"),
        prove("swing: by |β-β'| in all, if all weight is spent at λ'", [*shares, kept + other == 1], spent - kept <= moved, "QF_LRA"),
        prove("swing: by nothing, if all nodes are at the cap at λ'", [*shares, spent == kept], spent - kept <= moved, "QF_LRA"),
        prove("swing: (β+β'+|β-β'|)C ≤ 2cfC", bounded, (share + other + moved) * clip <= 2 * cap * f * clip, "QF_NRA"),
    ]


def _weakened_bounds() -> list[Any]:
    """Drop the cap, its place after normalisation, the count of the faults, and the clip: each breaks the bound."""
    import z3

    h, cap, content, clip = z3.Reals("h kappa x C")
    stamps = [h > 0, h <= 1, cap >= 1, cap * FAULTS < NODES]
    honest = NODES - FAULTS

    def share(weights: Sequence[Fraction], byzantine: int = FAULTS) -> Fraction:
        return sum(weights[:byzantine], Fraction(0))

    def rescaled(at: Model) -> bool:
        cut = [min(at["kappa"] / NODES, weight) for weight in aggregation_weights(reported(at["h"]))]
        return share(aggregation_weights(cut)) > largest_share(at["kappa"], FAULTS, NODES) >= share(cut)

    def unclipped(at: Model) -> bool:
        weights, bound = capped_weights([1] * 4, 1), largest_displacement(1, 1, 4, at["C"])
        sent, zero = (at["x"],), [(Fraction(0),)] * 3
        moves = [squared_norm(weighted_sum(weights, [first, *zero], 1)) for first in (sent, clipped(sent, at["C"]))]
        return moves[0] > bound**2 >= moves[1]

    over = cap * (FAULTS + honest * h) < NODES  # the cap binds
    return [
        find(
            "no cap: equation 4 at 15 of 50", [*stamps, over],
            lambda at: share(aggregation_weights(reported(at["h"]))) > largest_share(at["kappa"], FAULTS, NODES), "QF_NRA",
        ),
        find("weights are cut at the cap, then scaled up to sum to 1", [*stamps, over], rescaled, "QF_NRA"),
        find(
            "one Byzantine node more than f", [*stamps, over, cap * (FAULTS + 1) < NODES],
            lambda at: share(capped_weights(reported(at["h"]), at["kappa"]), FAULTS) == largest_share(at["kappa"], FAULTS, NODES)
            < share(capped_weights(reported(at["h"], FAULTS + 1), at["kappa"]), FAULTS + 1), "QF_NRA",
        ),
        find("no clip: one of 4 nodes at equal weights", [clip > 0, content > clip], unclipped, "QF_NRA"),
    ]  # fmt: skip
