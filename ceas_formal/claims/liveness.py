"""Sections II.D, III.D and III.D.2: when the protocol decides, and what honest noise costs."""

from __future__ import annotations

from fractions import Fraction

from ceas_formal.claims.evidence import FAULT_MODEL, proved_now, run_of, searched_now, solved_now, thresholds_now
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import conclude, find, prove
from ceas_formal.spec.quorum import admissible, quorum_size, spare_rejections
from ceas_formal.spec.weakenings import WEAKENINGS

PROGRESS_MODEL = (
    "fairness: after stabilisation every honest node takes each step that stays possible, and messages of honest nodes arrive",
    "at any time finitely many views have been entered, so among those with locks one is the highest",
    "finitely many values and payloads are in play",
    "OKs of the epoch and messages of the current view are sent again until they arrive",
    "a checkpoint that uses no payload is well formed: it can always be proposed",
)
"""What progress rests on beside the fault model; Δ bounds the delays where times are stated."""


@claim("LIV-1", "III.D.2", "after stabilisation an honest leader's view decides (message level)", expected="proved")
def a_view_under_an_honest_leader() -> Verdict:
    """Nodes here know only what they have received, and a Byzantine node may tell each of them something else, at any time.

    Take a state in which all honest nodes are in one view whose leader is honest, all messages of honest nodes have arrived, and every
    action that a node must take is taken or impossible. Then every honest node has decided, for every N. Each clause that honest
    nodes fulfil is seen to be fulfilled by whoever has received their messages, so an action that is done on messages is done in the
    specification, where LIV-2 applies. Conversely what a node received implies the clause of the specification, and no other step
    touches its state: safety carries over. In time: seven message delays after the last honest node has entered, all have decided.
    Six are not enough: a value locked just before has OKs that are still to be amplified.

    A report in transit from an honest node is what its votes below that view are, because it votes in its current view only. Without that
    clause, for any of the four votes, the proof fails.
    """
    from ceas_formal.verify.catalogue import specifications
    from ceas_formal.verify.obligations import Induction, thresholds
    from ceas_formal.verify.timing import STEPS, timing

    messages = specifications()["messages"]
    induction = Induction(messages)
    steps = [*induction.relaxations(), *induction.proof()]
    axioms = {f"messages.thresholds/{name}" for item in steps for name in item.assertions if name in messages.set_facts}
    mirrored = solved_now([*(item for item in thresholds(messages) if item.name in axioms), *steps])
    specification = proved_now(["a_good_view_decides"])
    timed = solved_now([item for item in timing() if item.name == "synchroniser.timing/every_step_takes_a_delay"])
    reached = searched_now("reached/", "messages")
    possible = searched_now("possible/a_good_view_decides")
    cited = _fair_actions_cited("a_good_view_decides")
    covered = cited and cited == set(STEPS) and all(f"messages.delivered/{action}" in mirrored["names"] for action in cited)
    frozen = {clause: _fails_without(clause) for clause in ("vote1.in_view", "vote2.in_view", "vote3.in_view", "vote4.in_view")}
    checks = [found["as_expected"] for found in (mirrored, specification, timed, reached, possible)] + [bool(covered)]
    return Verdict(
        conclude("proved", [], checks=[*checks, *(bool(failed) for failed in frozen.values())]),
        "induction and staged quiescence in stratified EPR (Z3); linear real arithmetic for the delays",
        "all N, all views and values, one epoch",
        {
            "from_messages_to_the_specification": mirrored, "specification": specification, "delays": timed,
            "not_vacuous": [reached, possible],
            "tightness": frozen, "reproduce": "ceas verify --only messages.", "recompute": "timing.least_timeout(1) == 2 + 7",
        },
        (FAULT_MODEL, *PROGRESS_MODEL),
    )  # fmt: skip


@claim("LIV-2", "III.D.2", "the multi-view protocol decides in a good view", expected="proved")
def good_views_decide() -> Verdict:
    """Theorem, for every N: from any reachable state in which all honest nodes are in one view and its leaders are honest, as long as they
    stay there, every honest node decides.

    A fair action, once taken, is disabled, and none of them ends the premise. Where all are done, the leader has proposed: the value of
    the highest lock if there is one, for that is certified and claimed by f+1. What an honest leader offers, every honest node accepts,
    with the same view r₂, however the SUGGESTs and PROOFs differ; nothing that happens later undoes it. Then the four votes follow.

    Such views come: the synchroniser brings all honest nodes into a view within 2Δ of the first, none leaves before T, and with
    T ≥ 9Δ there is time to decide. Leaders rotate, so one of f+1 views in a row has an honest one: all have decided
    (f+1)(T+Δ) + 11Δ after stabilisation. Without amplification, with an indirect claim in the leader's rule, or with own verdicts
    in the followers' rule, it fails.
    """
    from ceas_formal.verify.timing import timing

    proof = proved_now(["a_good_view_decides"])
    views = proved_now(["nobody_is_rushed", "nobody_is_left_behind", "views_go_on"], "synchroniser")
    timed = solved_now(list(timing()))
    kinds = ("bounded/", "reached/", "possible/")
    searched = [searched_now(kind, protocol) for protocol in ("checkpoint", "synchroniser") for kind in kinds]
    runs = {name: run_of(name) for name in ("indirect-claim", "own-verdicts", "no-honest-quorum", "no-amplification", "amplify-f")}
    checks = [proof["as_expected"], views["as_expected"], timed["as_expected"], *(found["as_expected"] for found in searched)]
    return Verdict(
        conclude("proved", [], checks=[*checks, *(run["violates"] == WEAKENINGS[name].violates for name, run in runs.items())]),
        "invariants and staged quiescence in stratified EPR (Z3); EPR with linear real arithmetic for the times",
        "all N, all views and values, one epoch",
        {
            "good_view": proof, "synchroniser": views, "timing": timed, "searched": searched,
            "tightness": runs, "reproduce": "ceas verify", "recompute": "timing.decision_bound(16, 1, 9) == 17 * 10 + 11",
        },
        (FAULT_MODEL, *PROGRESS_MODEL),
    )  # fmt: skip


def _fair_actions_cited(progress: str) -> set[str]:
    """Return the actions that the stages of a progress property take to be done."""
    from ceas_formal.spec.checkpoint import checkpoint

    stages = [stage for stage in checkpoint.stages.values() if stage.of == progress]
    return {name.removeprefix("done.") for stage in stages for name in stage.since if name.startswith("done.")}


def _fails_without(clause: str) -> list[str]:
    """Return the steps about reports that fail at message level if a clause is gone."""
    from ceas_formal.verify.catalogue import specifications
    from ceas_formal.verify.obligations import Induction, check

    weaker = specifications()["messages"].without(clause)
    steps = [item for item in Induction(weaker).proof() if "_is_true/" in item.name]
    return [item.name for item in steps if check(item).verdict == "sat"]


@claim("SAF-7", "II.D", "the construction decouples safety from liveness", expected="refuted")
def decoupling() -> Verdict:
    """As the paper builds it, each of 2f+1 nodes validates the authentication syndrome itself. Then a rejection is a missing vote.

    At N = 4 a Byzantine leader gets a value locked by the honest nodes that accept its payload; the others never follow, and no
    value can be accepted by an honest quorum any more. Safety has eaten liveness. With certified facts the two do come apart:
    what a quorum of VOTE1 relied on is certified at every honest node, and every good view decides, for every N and whatever
    honest nodes reject.
    """
    run = run_of("own-verdicts")
    repaired = proved_now(["what_was_relied_on_is_certified", "a_good_view_decides"])
    searched = {kind: searched_now(kind) for kind in ("bounded/", "possible/")}
    shown = [repaired["as_expected"], *(found["as_expected"] for found in searched.values())]
    sound = run["violates"] == "some_value_is_acceptable" and all(shown)
    return Verdict(
        "refuted" if sound else "unknown",
        "bounded search and replay; induction and staged quiescence for the repaired protocol",
        "the run at N = 4, f = 1, a = 0 (2 views, 2 values, 1 payload); the repaired protocol for all N",
        {"run": run, "repaired": {"all N": repaired, "N = 4": searched}, "recompute": "quorum.quorum_size(4, 1, 0) == 3 > 2"},
        (FAULT_MODEL, "one honest node rejects the payload", *PROGRESS_MODEL),
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
    run = run_of("own-verdicts")
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
    leaves f+a+1 honest OKs for each payload it relied on. A good view decides whatever honest nodes reject (LIV-2).
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
    certified, sufficient = proved_now(["what_was_relied_on_is_certified", "a_good_view_decides"]), thresholds_now()
    possible = searched_now("possible/")
    return Verdict(
        conclude("proved", lemmas, weakened, [found["as_expected"] for found in (certified, sufficient, possible)]),
        "linear integer arithmetic; induction",
        "all N, f, a",
        {
            "lemmas": [lemma.report() for lemma in lemmas],
            "thresholds": sufficient,
            "certification": certified,
            "not_vacuous": possible,
            "tightness": [witness.report() for witness in weakened],
            "recompute": "quorum.spare_rejections(50, 16, 0) == 1 and quorum.spare_rejections(50, 12, 0) == 13 "
            "and not quorum.admissible(48, 16, 0)",
        },
        (FAULT_MODEL, *PROGRESS_MODEL),
    )
