"""Sections II.D, III.D and III.D.2: quorums, agreement, tampered payloads, and what honest noise costs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Model, conclude, find, prove
from ceas_formal.spec.quorum import admissible, quorum_size, spare_rejections
from ceas_formal.spec.weakenings import WEAKENINGS, disjoint_honest_parts

FAULT_MODEL = "authenticated channels, at most f Byzantine nodes, f constant"


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
    numbers, run = disjoint_honest_parts(31, 50, 15), _run("quorum-2f+1")
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


@claim("SAF-7", "II.D", "the construction decouples safety from liveness", expected="refuted")
def decoupling() -> Verdict:
    """As the paper builds it, each of 2f+1 nodes validates the authentication syndrome itself. Then a rejection is a missing vote.

    At N = 4 a Byzantine leader gets a value locked by the honest nodes that accept its payload; the others never follow, and no
    value can be accepted by an honest quorum any more. Safety has eaten liveness. With certified facts the two do come apart:
    what a quorum of VOTE1 relied on is certified at every honest node (all N), and no such dead end exists in the sizes searched.
    """
    run = _run("own-verdicts")
    certified = _results(["what_was_relied_on_is_certified"])
    searched = _searched("bounded/")
    sound = run["violates"] == "some_value_is_acceptable" and certified["as_expected"] and searched["as_expected"]
    return Verdict(
        "refuted" if sound else "unknown",
        "bounded search and replay; induction for the repaired protocol",
        "the run at N = 4, f = 1; certification for all N; absence of dead ends at N = 4 only",
        {"run": run, "repaired": {"all N": certified, "N = 4": searched}, "recompute": "quorum.quorum_size(4, 1, 0) == 3 > 2"},
        (FAULT_MODEL, "one honest node rejects the payload"),
    )


@claim("LIV-4", "III.D", "f at its maximum tolerates honest noise", expected="refuted")
def noise_at_full_f() -> Verdict:
    """If every voter needs its own verdict, an honest rejection is a missing vote, and at the largest f there is none to spare.

    At N = 50, f = 16 a quorum is 34 and there are 34 honest nodes: one rejection stops a view. With 1% rejections, independent, a
    view with one payload fails with probability 1 - .99^34, about .29; with 34 payloads nearly always. Nor is it a matter of
    luck: a Byzantine leader can make it permanent (SAF-7). At a smaller f it is better: f = 12 has six votes to spare.
    """
    nodes, faults, rejection = 50, 16, Fraction(1, 100)
    size, honest = quorum_size(nodes, faults, 0), nodes - faults
    failing = 1 - (1 - rejection) ** honest
    all_payloads = 1 - (1 - rejection) ** (honest * honest)
    run = _run("own-verdicts")
    checks = [size == honest, failing > Fraction(1, 4), all_payloads > Fraction(99, 100), run["violates"] == "some_value_is_acceptable"]
    return Verdict(
        conclude("refuted", [], checks=checks),
        "exact arithmetic; bounded search and replay",
        "N = 50, f = 16; the run at N = 4, f = 1",
        {
            "witness": {
                "N": nodes, "f": faults, "quorum": size, "honest": honest, "spare_votes": honest - size,
                "view_fails_with_one_payload": f"{float(failing):.4f}", "view_fails_with_34_payloads": f"{float(all_payloads):.6f}",
                "spare_votes_at_f_12": nodes - 12 - quorum_size(nodes, 12, 0),
            },
            "run": run,
            "recompute": "quorum.quorum_size(50, 16, 0) == 50 - 16 and 1 - Fraction(99, 100)**34 > Fraction(28, 100)",
        },
        (FAULT_MODEL, "honest rejections are independent, 1% for each voter and payload"),
    )  # fmt: skip


@claim(
    "LIV-4R",
    "III.D",
    "with certified facts an honest rejection costs at most its payload: a configuration is admissible iff |A| > 3f+a, "
    "a good payload survives |A|-3f-a-1 honest rejections, and what a VOTE1 quorum relied on becomes certified everywhere",
    expected="proved",
)
def certified_facts() -> Verdict:
    """A quorum size that is available, meets in an honest node, and certifies exists exactly if |A| > 3f+a; the declared one is such.

    A leader uses a payload at 2f+a+1 OKs. With silent Byzantine nodes |A|-f-r OKs remain after r honest rejections, so up to
    |A|-3f-a-1 do no harm. A voter needs f+a+1, which any 2f+a+1 contain honestly. Every VOTE1 sends an OK, so a quorum of VOTE1
    leaves f+a+1 honest OKs for each payload it relied on. That the protocol then decides in a good view is the row LIV-2, not
    this one.
    """
    import z3

    n, f, a, r = z3.Ints("N f a r")
    sizes = [n >= 1, f >= 0, a >= 0, r >= 0, n > 3 * f + a]
    survives = n - f - r >= 2 * f + a + 1
    lemmas = [prove("a payload survives r rejections iff r <= N-3f-a-1", sizes, survives == (r <= n - 3 * f - a - 1), "QF_LIA")]
    weakened = [
        find(
            "one rejection more", [*sizes, r == n - 3 * f - a, z3.Not(survives)],
            lambda at: spare_rejections(int(at["N"]), int(at["f"]), int(at["a"])) < at["r"], "QF_LIA",
        ),
        find(
            "|A| = 3f+a: honest nodes are too few to make a payload usable",
            [n >= 1, f >= 0, a >= 0, n == 3 * f + a, n - f < 2 * f + a + 1],
            lambda at: not admissible(int(at["N"]), int(at["f"]), int(at["a"])), "QF_LIA",
        ),
    ]  # fmt: skip
    certified, sufficient = _results(["what_was_relied_on_is_certified"]), _thresholds()
    return Verdict(
        conclude("proved", lemmas, weakened, [certified["as_expected"], sufficient["as_expected"]]),
        "linear integer arithmetic; induction",
        "all N, f, a",
        {
            "lemmas": [lemma.report() for lemma in lemmas],
            "thresholds": sufficient,
            "certification": certified,
            "tightness": [witness.report() for witness in weakened],
            "recompute": "quorum.spare_rejections(50, 16, 0) == 1 and quorum.spare_rejections(50, 12, 0) == 13 "
            "and not quorum.admissible(48, 16, 0)",
        },
        (FAULT_MODEL, "OKs of honest nodes arrive"),
    )


# ---------------------------------------------------------------------- evidence


def _proved(name: str, broken_by: Sequence[str], recompute: str, *assumptions: str) -> Verdict:
    """Judge a safety property: every obligation that it rests on, and the runs that show its hypotheses are needed."""
    proof, runs, reached = _results([name]), [_run(weakening) for weakening in broken_by], _searched("reached/")
    checks = [proof["as_expected"], reached["as_expected"], *(run["violates"] == name for run in runs)]
    return Verdict(
        conclude("proved", [], checks=checks),
        "induction in stratified EPR (Z3), Venn arithmetic for the quorums",
        "all N, all views and values, one epoch",
        {"obligations": proof, "not_vacuous": reached, "tightness": runs, "reproduce": "ceas verify", "recompute": recompute},
        (FAULT_MODEL, *assumptions),
    )


def _results(names: Sequence[str]) -> dict[str, Any]:
    """Return the obligations that the named properties rest on, solved now."""
    from ceas_formal.spec.checkpoint import checkpoint
    from ceas_formal.verify.obligations import Induction

    return _solved(Induction(checkpoint).supports(*names))


def _thresholds() -> dict[str, Any]:
    from ceas_formal.spec.checkpoint import checkpoint
    from ceas_formal.verify.obligations import thresholds

    return _solved(list(thresholds(checkpoint)))


def _searched(kind: str) -> dict[str, Any]:
    from ceas_formal.spec.checkpoint import checkpoint
    from ceas_formal.verify.reachability import reachability

    return _solved([item for item in reachability(checkpoint) if item.name.startswith(kind)])


def _solved(items: Sequence[Any]) -> dict[str, Any]:
    from ceas_formal.verify.obligations import check

    results = [check(item) for item in items]
    return {
        "as_expected": bool(results) and all(result.as_expected for result in results),
        "count": len(results),
        "solver": "z3",
        "names": [item.name for item in items],
        "not_as_expected": [f"{result.obligation.name}: {result.verdict}" for result in results if not result.as_expected],
    }


def _run(name: str) -> dict[str, Any]:
    """Return the run that a weakening allows, found, replayed and put to the real protocol now."""
    from ceas_formal.verify.bounded import GaveUp
    from ceas_formal.verify.breaking import NotBroken, find
    from ceas_formal.verify.wording import sentence

    weakening = WEAKENINGS[name]
    try:
        found = find(weakening)
    except (NotBroken, GaveUp) as error:
        return {"weakening": name, "violates": None, "reason": str(error)}
    refused = found.real.broken_assumptions + found.real.clauses
    return {
        "weakening": name,
        "instead": weakening.instead,
        "violates": weakening.violates if refused or weakening.violates not in found.real.violated else None,
        "nodes": weakening.instance.nodes,
        "steps": [sentence(step, weakening.protocol) for step in found.trace.steps],
        "real_protocol_refuses_by": refused,
    }
