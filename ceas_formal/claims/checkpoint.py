"""Sections II.D and III.D.2: quorums, agreement, and tampered payloads."""

from __future__ import annotations

from collections.abc import Sequence

from ceas_formal.claims.evidence import FAULT_MODEL, proved_now, run_of, searched_now
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Model, conclude, find, prove
from ceas_formal.spec.weakenings import disjoint_honest_parts


@claim("ADV-2", "II.D", "2f+1 is a safe quorum", expected="refuted")
def paper_quorum() -> Verdict:
    """II.D accepts what "a supermajority of nodes (2f+1 out of 3f+1)" validates. Off N = 3f+1 that is too few.

    Two sets of 2f+1 share at least 2(2f+1) - N nodes; if that is at most f, all of them can be Byzantine. At N = 50, f = 15 two quorums of
    31 share 12 nodes, so two halves of the honest nodes can decide differently. 2f+1 equals the safe size ⌈(N+f+1)/2⌉
    exactly when N = 3f+1 (among 3f < N). ``ceas break quorum-2f+1`` gives the run at N = 5.
    """
    import z3

    n, f = z3.Ints("N f")
    sizes = [n >= 1, f >= 0, 3 * f < n]
    safe = (n + f + 2) / 2
    lemmas = [prove("2f+1 = ⌈(N+f+1)/2⌉ iff N = 3f+1", sizes, (2 * f + 1 == safe) == (n == 3 * f + 1), "QF_LIA")]
    unsafe = find(
        "two quorums of 2f+1 whose common nodes can all be Byzantine",
        [*sizes, f >= 1, 2 * f + 1 <= n, 2 * (2 * f + 1) - n <= f],
        lambda at: disjoint_honest_parts(int(2 * at["f"] + 1), int(at["N"]), int(at["f"])) is not None,
        "QF_LIA",
    )
    numbers, run = disjoint_honest_parts(31, 50, 15), run_of("quorum-2f+1")
    return Verdict(
        conclude("refuted", lemmas, [unsafe], [numbers is not None, run["violates"] == "agreement"]),
        "linear integer arithmetic; bounded search; replay",
        "every N > 3f+1; the run at N = 5, f = 1",
        {
            "witness": {"N": 50, **(numbers or {})},
            "run": run,
            "lemmas": [lemma.report() for lemma in lemmas],
            "recompute": "len(set(range(0, 31)) & set(range(19, 50))) == 12 <= 15",
        },
        (FAULT_MODEL,),
    )


@claim("ADV-2R", "II.D", "⌈(N+f+1)/2⌉ is a safe and live quorum iff 3f < N", expected="proved")
def repaired_quorum() -> Verdict:
    """Safe: two quorums share an honest node. Live: the honest nodes alone are one. Both hold for ⌈(N+f+1)/2⌉ if 3f < N.

    And if 3f >= N no size at all has both properties, so the condition is exact. One vote less and two quorums can miss each other; at
    N = 3f the honest nodes are no quorum.
    """
    import z3

    n, f, q = z3.Ints("N f q")
    sizes = [n >= 1, f >= 0]
    declared = (n + f + 2) / 2
    safe, live = 2 * q - n > f, q <= n - f
    lemmas = [
        prove("3f < N: the declared size is safe and live", [*sizes, 3 * f < n, q == declared], z3.And(safe, live), "QF_LIA"),
        prove("any size that is safe and live makes 3f < N", [*sizes, safe, live], 3 * f < n, "QF_LIA"),
    ]
    weakened = [
        find("one vote less", [*sizes, f >= 1, 3 * f < n, q == declared - 1, z3.Not(safe)], _shared_are_byzantine, "QF_LIA"),
        find("3f = N", [n >= 1, f >= 1, 3 * f == n, q == declared, z3.Not(live)], lambda at: at["N"] - at["f"] < at["q"], "QF_LIA"),
    ]
    return Verdict(
        conclude("proved", lemmas, weakened),
        "linear integer arithmetic",
        "all N, f",
        {
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [witness.report() for witness in weakened],
            "recompute": "all(any(2 * q - n > f and q <= n - f for q in range(n + 1)) == (3 * f < n) "
            "for n in range(1, 40) for f in range(n))",
        },
        (FAULT_MODEL,),
    )


def _shared_are_byzantine(at: Model) -> bool:
    return disjoint_honest_parts(int(at["q"]), int(at["N"]), int(at["f"])) is not None


@claim("SAF-1", "III.D.2", "no two honest nodes commit different checkpoints", expected="proved")
def agreement() -> Verdict:
    """The paper promises safety "analogous to classical Byzantine consensus" and gives no protocol. The checkpoint protocol here has it.

    For every N, every number of views and values, and |B| <= f: no two honest nodes decide differently. The proof is inductive; the key
    invariant says that where an honest node cast VOTE1, no lower view can ever decide anything else. Tightness: smaller quorums, no
    lock, a lock without claims, and votes in views already left each give two different decisions (``ceas break``).
    """
    runs = ["quorum-2f", "no-lock", "lock-without-claim", "vote-in-left-view"]
    return _proved("agreement", runs, "2 * quorum.quorum_size(50, 15, 0) - 50 == 16 > 15")


@claim("SAF-2", "III.D.2", "no committed checkpoint depends on a tampered payload", expected="proved")
def no_tampered_commit() -> Verdict:
    """Holds if at most a honest nodes accept one tampered payload, whatever the Byzantine nodes say: certification needs f+a+1 OKs.

    An honest OK for a tampered payload then comes from one of the a fooled nodes, so f+a OKs are all there can be. Sharp in a: one more
    fooled node, or certification at f+a, commits a tampered payload. How likely the budget a is to hold is physics (TAG-1, TAG-5).
    """
    recompute = "quorum.certifying_size(50, 15, 2) == 18 > 15 + 2"
    return _proved("no_tampered_commit", ["false-accept", "certify-f+a"], recompute, "at most a honest nodes accept one tampered payload")


def _proved(name: str, broken_by: Sequence[str], recompute: str, *assumptions: str) -> Verdict:
    """Judge a safety property: every obligation that it rests on, and the runs that show its hypotheses are needed."""
    proof, runs, reached = proved_now([name]), [run_of(weakening) for weakening in broken_by], searched_now("reached/")
    checks = [proof["as_expected"], reached["as_expected"], *(run["violates"] == name for run in runs)]
    return Verdict(
        conclude("proved", [], checks=checks),
        "induction in stratified EPR (Z3), Venn arithmetic for the quorums",
        "all N, all views and values, one epoch",
        {"obligations": proof, "not_vacuous": reached, "tightness": runs, "reproduce": "ceas verify", "recompute": recompute},
        (FAULT_MODEL, *assumptions),
    )
