"""Section I: votes that are weighted by fidelity."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ceas_formal.claims.influence import FAULTS, HONEST_STAMP, NODES, reported
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Lemma, Model, conclude, find, prove
from ceas_formal.spec.quorum import quorum_size
from ceas_formal.spec.weights import aggregation_weights, capped_weights, is_weighted_quorum, largest_share, weights_admissible

CAP = Fraction(11, 10)
"""κ of the examples: κf/|A| = .33 is below a third at 15 of 50. The largest such κ is below 10/9."""


@claim("VOT-1", "I", "fidelity-weighted consensus voting", expected="refuted")
def self_reported_weights_decide_alone() -> Verdict:
    """With the stamps of III.B, which each node computes for itself, votes weighted by equation 4 give Byzantine nodes any majority.

    At N = 50, 15 nodes at φ = 1 against honest .3 hold 10/17 of the votes, so they decide alone, and no honest majority exists. Whatever
    share t < 1 a decision needs, f ≥ 1 nodes have it once honest stamps are below f(1-t)/(t(N-f)).

    Repaired: certified weights under the cap κ/|A|, fixed for an epoch, and a quorum is what weighs more than (W + w_B)/2. Two
    quorums share honest weight, and the honest nodes are a quorum for all weights iff w_B < W/3; κf/|A| < 1/3 suffices. At 15 of 50
    that means κ < 10/9. Since κ ≥ 1, it implies 3f < N: weighting tolerates no more faults than counting, which is the case κ = 1.
    Each part is needed: at w_B = W/3, at the threshold W/2, and if two nodes count with different weights, an example breaks it.
    """
    import z3

    f, honest, h, t = z3.Reals("f H h t")
    alone = prove(
        "self-reported: f ≥ 1 nodes reach any t < 1",
        [f >= 1, honest >= 1, h > 0, h <= 1, t > 0, t < 1, h * t * honest < f * (1 - t)],
        f > t * (f + honest * h),
        "QF_NRA",
    )
    lemmas, weakened = [alone, *_safe_and_live(), *_suffices()], _weakened_quorums()
    votes, capped, limit = aggregation_weights(reported()), capped_weights(reported(), CAP), largest_share(CAP, FAULTS, NODES)
    byzantine, honest_nodes = range(FAULTS), range(FAULTS, NODES)
    share = sum(votes[:FAULTS])
    checks = [
        share == Fraction(10, 17),
        is_weighted_quorum(votes, byzantine, 0) and not is_weighted_quorum(votes, honest_nodes, 0),
        weights_admissible(1, limit) and not weights_admissible(1, largest_share(Fraction(10, 9), FAULTS, NODES)),
        sum(capped) == 1 and sum(capped[:FAULTS]) <= limit,
        is_weighted_quorum(capped, honest_nodes, limit) and not is_weighted_quorum(capped, byzantine, limit),
        all(is_weighted_quorum([1] * 50, range(size), f) == (size >= quorum_size(50, f, 0)) for size in range(51) for f in range(17)),
    ]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "witness evaluated exactly; real arithmetic over Venn regions for the repair",
        "every threshold t < 1, all f ≥ 1 and N > f; the repair for all nodes, weights and w_B; witness at N = 50",
        {
            "witness": {
                "N": NODES, "f": FAULTS, "byzantine_stamp": "1", "honest_stamp": str(HONEST_STAMP), "byzantine_votes": str(share),
                "honest_votes": str(1 - share),
            },
            "repaired": {
                "quorum": "weight above (W + w_B)/2", "safe_and_live": "iff w_B < W/3", "w_B": "kappa f / |A|", "kappa": str(CAP),
                "w_B_at_N_50": str(limit), "byzantine_votes": str(sum(capped[:FAULTS])), "kappa_below": str(Fraction(NODES, 3 * FAULTS)),
            },
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "sum(weights.aggregation_weights([1]*15 + [Fraction(3, 10)]*35)[:15]) == Fraction(10, 17) > Fraction(1, 2) and "
            "weights.weights_admissible(1, weights.largest_share(Fraction(11, 10), 15, 50))",
        },
        (
            "a node reports its own stamp, as III.B has it",
            "repair: within an epoch all nodes count with the same weights, computed from certified stamps of the last decided value",
            "repair: what a quorum certifies needs 2f+a+1 nodes, whatever they weigh (LIV-4R)",
        ),
    )  # fmt: skip


def _safe_and_live() -> list[Lemma]:
    """Prove that weight above (W + w_B)/2 is safe and live iff w_B < W/3, with a weight for each Venn region of two quorums and B."""
    import z3

    regions = {inside: z3.Real("r_" + "".join(inside)) for inside in itertools.product("10", repeat=3)}
    total, limit, bar = z3.Reals("W w_B t")

    def weight(**where: str) -> Any:
        places = {"first": 0, "second": 1, "byzantine": 2}
        return z3.Sum([region for inside, region in regions.items() if all(inside[places[name]] == bit for name, bit in where.items())])

    def quorum(members: Any) -> Any:
        return 2 * members > total + limit

    nodes = [*(region >= 0 for region in regions.values()), total == weight(), total > 0, weight(byzantine="1") <= limit]
    first, second, honest = weight(first="1"), weight(second="1"), weight(byzantine="0")
    shared = weight(first="1", second="1", byzantine="0")
    # The split against any bar t: all of w_B, Byzantine, in both sets, and half of the rest, honest, in each of them.
    half = (total - limit) / 2
    third = [total > 0, limit >= 0, limit <= total, 3 * limit >= total]
    return [
        prove("safe: two quorums share honest weight", [*nodes, quorum(first), quorum(second)], shared > 0, "QF_LRA"),
        prove("live: the honest nodes are a quorum if w_B < W/3", [*nodes, 3 * limit < total], quorum(honest), "QF_LRA"),
        prove("only if: w_B ≥ W/3, and a bar t that the honest nodes reach is reached by w_B + (W-w_B)/2, twice",
              [*third, bar <= total - limit], z3.And(half >= 0, limit + half >= bar), "QF_LRA"),
    ]  # fmt: skip


def _suffices() -> list[Lemma]:
    """Prove what the cap contributes, and that equal weights are the counting quorum."""
    import z3

    cap, share, faults, active = z3.Reals("kappa w_B f A")
    n, f, q = z3.Ints("N f' q")
    capped = [cap >= 1, faults >= 0, active >= 1, share * active <= cap * faults]
    return [
        prove("cap: κf/|A| < 1/3 makes w_B < 1/3", [*capped, 3 * cap * faults < active], 3 * share < 1, "QF_NRA"),
        prove("cap: it makes 3f < N: weighting tolerates no more", [*capped, 3 * cap * faults < active], 3 * faults < active, "QF_NRA"),
        prove("equal weights: q/N > (1+f/N)/2 iff q ≥ ⌈(N+f+1)/2⌉", [n >= 1, f >= 0], (2 * q > n + f) == (q >= (n + f + 2) / 2), "QF_LIA"),
    ]


def _weakened_quorums() -> list[Any]:
    """A third of the weight, half of the weight as the threshold, and weights that two nodes see differently: each breaks the repair."""
    import z3

    limit, rest = z3.Reals("w_B x")
    n, f, heavy = z3.Ints("N f m")

    def third(at: Model) -> bool:
        weights = [at["w_B"]] * 3
        silent, pairs = is_weighted_quorum(weights, {0, 1}, at["w_B"]), [{0, 1}, {1, 2}]
        # A lower threshold lets the two honest nodes decide, but then so do two pairs that meet in one node, which may be Byzantine.
        lowered = all(is_weighted_quorum(weights, pair, 0) for pair in pairs)
        return not silent and lowered and not weights_admissible(sum(weights), at["w_B"])

    def half(at: Model) -> bool:
        weights: Sequence[Fraction] = [at["x"], at["w_B"], at["x"]]
        both = [all(is_weighted_quorum(weights, pair, bar) for pair in ({0, 1}, {1, 2})) for bar in (Fraction(0), at["w_B"])]
        return both == [True, False] and weights_admissible(sum(weights), at["w_B"])

    def two_tables(at: Model) -> bool:
        nodes, faults, size = int(at["N"]), int(at["f"]), int(at["m"])
        stamps, bound = [Fraction(1)] * size + [Fraction(1, 1000)] * (nodes - size), largest_share(CAP, faults, nodes)
        one, other = capped_weights(stamps, CAP), capped_weights(stamps[::-1], CAP)
        quorums = is_weighted_quorum(one, range(size), bound) and is_weighted_quorum(other, range(nodes - size, nodes), bound)
        return quorums and weights_admissible(1, bound) and max(0, 2 * size - nodes) <= faults

    # The m heavy nodes are at the cap: their weight mκ/N exceeds (1 + κf/N)/2, and 2m - N of them are in both sets.
    p, q = CAP.as_integer_ratio()
    drift = [n >= 1, n <= NODES, f >= 1, 3 * p * f < q * n, heavy >= 1, p * heavy <= q * n]
    drift += [2 * p * heavy > q * n + p * f, 2 * heavy - n <= f]
    return [
        find("w_B = W/3: three nodes of equal weight", [limit > 0], third, "QF_LRA"),
        find("threshold W/2: two quorums meet in a Byzantine node only", [limit > 0, rest > 0, 2 * rest > 2 * limit], half, "QF_LRA"),
        find("weights not fixed: quorums under two capped tables share at most f nodes", drift, two_tables, "QF_LIA"),
    ]
