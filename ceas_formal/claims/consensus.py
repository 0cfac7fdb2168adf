"""Section III.B: fidelity stamps, aggregation weights, gossip."""

from __future__ import annotations

from fractions import Fraction

from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import conclude, find, prove
from ceas_formal.spec.weights import aggregation_weights, gated_weights


@claim("AGG-1", "eq. 4", "w ∝ φ ∈ (0,1] and quarantined nodes have w ≈ 0", expected="refuted")
def stamps_leave_no_zero_weight() -> Verdict:
    """Equation 4 gives every node the weight φ_k / Σφ, and III.D.1 gives quarantined nodes the weight 0. Both cannot hold.

    A stamp is positive by definition 1, so no weight is 0, for any number of nodes K. Nor is it near 0: since no stamp exceeds 1,
    w_k ≥ φ_k / K, so a quarantined node keeps at least the fraction φ_k of an equal share. A quarantined node that reports φ = 1
    among K nodes with φ = 1 keeps its full share 1/K.

    Repaired: a gate in front of equation 4. Nodes in quarantine get exactly 0, the stamps of the others are renormalised. It needs
    one node outside quarantine.
    """
    import z3

    # The stamps enter through φ of one node, the sum R of the others, and their number: that covers every K.
    stamp, rest, others, weight, gate, total = z3.Reals("phi R others w gate S")
    node = [stamp > 0, stamp <= 1, rest >= 0, rest <= others]
    weighted = [*node, weight * (stamp + rest) == stamp]
    gated = [*node, z3.Or(gate == 0, gate == 1), total == gate * stamp + rest, total > 0, weight * total == gate * stamp]
    lemmas = [
        prove("sum-of-stamps: 0 ≤ R ≤ K-1 survives one more stamp", node, z3.And(rest + stamp >= 0, rest + stamp <= others + 1), "QF_LRA"),
        prove("no-weight-is-zero: φ > 0 implies w > 0", weighted, weight > 0, "QF_NRA"),
        prove("lower-bound: w ≥ φ / K", weighted, weight * (others + 1) >= stamp, "QF_NRA"),
        prove("gated: quarantine gives w = 0", [*gated, gate == 0], weight == 0, "QF_NRA"),
        prove("gated: outside quarantine w > 0", [*gated, gate == 1], weight > 0, "QF_NRA"),
    ]
    weakened = find(
        "stamps may be 0",
        [stamp >= 0, stamp <= 1, rest > 0, rest <= others, others == 1, weight * (stamp + rest) == stamp, weight == 0],
        lambda at: at["phi"] / (at["phi"] + at["R"]) == 0,
        "QF_NRA",
    )
    low, equal = [Fraction(1), Fraction(1), Fraction(1, 4)], [Fraction(1)] * 3
    kept, share, repaired = aggregation_weights(low)[2], aggregation_weights(equal)[2], gated_weights(low, {2})
    checks = [kept > 0, kept >= low[2] / 3, share == Fraction(1, 3), repaired[2] == 0, sum(repaired) == 1]
    return Verdict(
        conclude("refuted", lemmas, [weakened], checks),
        "Z3 for every K; witness evaluated exactly",
        "every number of nodes and all stamps in (0, 1]",
        {
            "witness": {"stamps": [str(s) for s in low], "quarantined": 2, "weight": str(kept), "weight_at_stamp_1": str(share)},
            "repaired": {"gated_weights": [str(w) for w in repaired]},
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [weakened.report()],
            "recompute": "weights.aggregation_weights([1, 1, Fraction(1, 4)])[2] == Fraction(1, 9)",
        },
        ("w ≈ 0 is read as: small against the equal share 1/K, whatever stamp the node reports",),
    )
