"""Section IV: the experiment."""

from __future__ import annotations

from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Model, conclude, find, prove
from ceas_formal.spec.quorum import admissible, largest_faults

NODES, BYZANTINE = 50, 20
"""N and |B| of section IV: 40% of 50 nodes are Byzantine."""


@claim("EXP-9", "IV", "the BFT guarantee covers the experiment", expected="refuted")
def experiment_exceeds_the_fault_bound() -> Verdict:
    """Section IV runs N = 50 nodes of which 40%, that is 20, are Byzantine; its guarantees need f < ⌊N/3⌋ = 16, or at least 3f < N.

    20 violates both: the first bound allows 15, the second 16. Isolating nodes changes the active set: after k Byzantine and h honest
    nodes are isolated, 3|B∩A| < |A| holds exactly when 2k > 10 + h. Six isolated Byzantine nodes are the least, with no honest node
    lost; with 18 (the reported 90%) at most 25 honest nodes may be lost. In general the condition is 2k > 3|B| - N + h.

    This is a statement about the true |B∩A|. A protocol fixes f before it knows who is Byzantine and isolates nodes by a decision that
    already needs the bound, so it may not rely on it.
    """
    import z3

    n, b, k, h = z3.Ints("N b k h")
    sizes = [b >= 0, b <= n, k >= 0, k <= b, h >= 0, h <= n - b]
    restored = 3 * (b - k) < n - k - h
    paper = [*sizes, n == NODES, b == BYZANTINE]
    lemmas = [
        prove("isolation: 3|B∩A| < |A| iff 2k > 3|B| - N + h", sizes, restored == (2 * k > 3 * b - n + h), "QF_LIA"),
        prove("section-iv: 3|B∩A| < |A| iff 2k > 10 + h", paper, restored == (2 * k > 10 + h), "QF_LIA"),
        prove("section-iv: at least 6 Byzantine nodes must be isolated", [*paper, restored], k >= 6, "QF_LIA"),
        prove("section-iv: 18 isolated suffice iff at most 25 honest are lost", [*paper, k == 18], restored == (h <= 25), "QF_LIA"),
    ]
    weakened = [
        find("6 isolated suffice if none is honest", [*paper, k == 6, restored], _restored, "QF_LIA"),
        find("6 isolated and honest nodes lost", [*paper, k == 6, z3.Not(restored)], lambda at: not _restored(at), "QF_LIA"),
    ]
    standard, stated = largest_faults(NODES), NODES // 3 - 1
    needed = next(k for k in range(BYZANTINE + 1) if 3 * (BYZANTINE - k) < NODES - k)
    checks = [standard < BYZANTINE, stated < BYZANTINE, not admissible(NODES, BYZANTINE, 0), needed == 6]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "Z3 for all k and h; bounds evaluated exactly",
        "N = 50, |B| = 20; the isolation condition for all N, |B|, k, h",
        {
            "witness": {"N": NODES, "byzantine": BYZANTINE, "largest_f_as_stated": stated, "largest_f_with_3f_below_N": standard},
            "isolation": {"condition": "2k > 10 + h", "least_isolated_with_no_honest_loss": needed},
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [witness.report() for witness in weakened],
            "recompute": "not quorum.admissible(50, 20, 0) and not 20 < 50 // 3 and 3 * (20 - 6) < 50 - 6 and not 3 * (20 - 5) < 50 - 5",
        },
    )


def _restored(at: Model) -> bool:
    return 3 * (at["b"] - at["k"]) < at["N"] - at["k"] - at["h"]
