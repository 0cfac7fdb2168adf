"""The proof goes through, and it is a proof: whatever is taken away or weakened makes some obligation fail."""

from dataclasses import replace

import pytest

from ceas_formal.errors import BadInput
from ceas_formal.spec.checkpoint import Value, View, checkpoint, decided, honest
from ceas_formal.spec.language import FALSE, Formula, Relation, Sort, every, implies, none, same
from ceas_formal.spec.protocol import Protocol, Step
from ceas_formal.spec.quantity import F
from ceas_formal.spec.rewriting import relations_in
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify.catalogue import catalogue, specifications
from ceas_formal.verify.obligation import prefix
from ceas_formal.verify.obligations import Induction, Obligation, check, obligations
from ceas_formal.verify.reachability import reachability
from ceas_formal.verify.solving import ask

PROTOCOLS = list(specifications().values())
HARD = """(set-logic QF_NIA)(declare-const x Int)(declare-const y Int)(declare-const z Int)
(assert (and (> x 1) (> y 1) (> z 1) (= (+ (* x x x) (* y y y)) (* z z z))))(check-sat)"""


def verdict(protocol, name):
    return check(next(obligation for obligation in obligations(protocol) if obligation.name == name)).verdict


def without(protocol, clause):
    """Return a protocol without a clause, also where the outline of the proof names it."""
    consequences = {
        name: replace(found, since=tuple(key for key in found.since if key != clause)) for name, found in protocol.consequences.items()
    }
    return replace(protocol.without(clause), consequences=consequences)


# ---------------------------------------------------------------------- the real protocol


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_every_obligation_is_as_expected(solver):
    if solver == "cvc5":
        pytest.importorskip("cvc5")
    results = (check(item, solver=solver) for item in catalogue() if solver in item.solvers)
    assert {result.obligation.name: result.verdict for result in results if not result.as_expected} == {}


@pytest.mark.medium
@pytest.mark.parametrize("solver", ["z3", "cvc5"])
@pytest.mark.parametrize("seed", range(1, 10))
def test_every_obligation_is_as_expected_on_every_seed(solver, seed):
    if solver == "cvc5":
        pytest.importorskip("cvc5")
    results = (check(item, solver=solver, seed=seed) for item in catalogue() if solver in item.solvers)
    assert {result.obligation.name: result.verdict for result in results if not result.as_expected} == {}


def test_no_obligation_has_the_name_of_another():
    names = [obligation.name for obligation in catalogue()]
    assert len(names) == len(set(names))


def test_every_obligation_lies_in_a_decidable_fragment():
    fragments = {item.fragment for item in catalogue()}
    assert fragments == {"stratified EPR", "linear integer arithmetic", "EPR over linear real arithmetic", "finite, Boolean"}


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_the_induction_covers_every_invariant_at_first_and_after_every_action_that_touches_it(protocol):
    front = prefix(protocol)
    names = {obligation.name for obligation in Induction(protocol).proof()}
    for claimed in protocol.of_kind("invariant"):
        assert f"{front}initiation/{claimed.name}" in names
        for action in protocol.actions.values():
            touched = {insertion.relation.name for insertion in action.ensures} & relations_in(claimed.formula)
            assert (f"{front}consecution/{claimed.name}/{action.name}" in names) == bool(touched)
    for claimed in protocol.of_kind("lemma", "safety"):
        assert f"{front}{claimed.kind}/{claimed.name}" in names


def test_no_step_of_the_proof_rests_on_itself_or_on_what_is_not_shown():
    induction, lemmas = Induction(checkpoint), [claimed.name for claimed in checkpoint.of_kind("lemma", "safety")]
    invariants = {claimed.name for claimed in checkpoint.of_kind("invariant")}
    for claimed in checkpoint.of_kind("lemma", "safety"):
        earlier = set(lemmas[: lemmas.index(claimed.name)])
        assert set(claimed.since) <= invariants | set(induction.axioms) | earlier, claimed.name
    for claimed in checkpoint.of_kind("invariant"):
        assert set(claimed.since) <= invariants | set(induction.axioms) | set(induction.clauses) | set(induction.consequences), claimed.name
    for found in checkpoint.consequences.values():
        own = {name for name in induction.clauses if name.startswith(f"{found.action}.")}
        assert set(found.since) <= invariants | set(induction.axioms) | own, found.name


def test_every_axiom_that_the_proof_uses_is_shown_from_the_sizes():
    shown = {obligation.name for obligation in obligations(checkpoint)}
    induction = Induction(checkpoint)
    used = {name for step in induction.proof() for name in step.assertions if name in induction.axioms}
    assert {f"thresholds/{name}" for name in used - {"View.linear"}} <= shown
    # Of those, only facts that need no |A| > 3f+a: safety holds at every size.
    of_safety = {name for step in induction.proof() if step.theorem == "safety" for name in step.assertions}
    assert not of_safety & {"quorum_is_available", "usable_is_available"}


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_the_hypotheses_of_every_step_have_a_model(protocol):
    for step in Induction(protocol).proof():
        hypotheses = {name: formula for name, formula in step.assertions.items() if name != "goal"}
        assert check(Obligation(step.name, "", "sat", hypotheses)).as_expected, step.name


def test_the_proof_does_without_all_clauses_that_are_marked_as_unused():
    bare = checkpoint
    for clause in checkpoint.unused_for_safety:
        bare = without(bare, clause)
    # Progress is another matter: without these clauses nobody has to do anything.
    idle = {name: replace(action, fair=False) for name, action in bare.actions.items()}
    bare = replace(bare, actions=idle, progress={}, stages={})
    safety = [step for step in Induction(bare).proof() if step.theorem == "safety"]
    assert safety
    assert [step.name for step in safety if not check(step).as_expected] == []


# ---------------------------------------------------------------------- so that checks can fail

CLAUSES = [f"{action.name}.{name}" for action in checkpoint.actions.values() for name in action.requires]


def test_marks_name_clauses():
    assert checkpoint.unused_for_safety <= set(CLAUSES)


@pytest.mark.parametrize("clause", [clause for clause in CLAUSES if clause not in checkpoint.unused_for_safety])
def test_without_a_clause_that_is_not_marked_some_step_of_the_proof_fails(clause):
    assert any(check(step).verdict == "sat" for step in Induction(without(checkpoint, clause)).proof())
    assert check(next(item for item in Induction(checkpoint).needed() if item.name == f"needed/{clause}")).as_expected


# What fails, from reading the protocol.
EXPECTED = {
    "quorum-2f": "thresholds/quorums_meet",
    "quorum-2f+1": "thresholds/quorums_meet",
    "quorum-n-f": "thresholds/quorums_meet",
    "lock-without-claim": "consequence/vote1.binds_before_last[2]",
    "vote-in-left-view": "consecution/votes_are_safe/vote4",
    "false-accept": "thresholds/certifying_is_not_fooled",
    "certify-f+a": "thresholds/certifying_is_not_fooled",
    # An honest node that is fooled votes for the tampered payload all by itself.
    "own-verdicts": "consecution/votes_are_for_untampered_values/vote1",
    "indirect-claim": "consecution/offers_are_claimed/propose",
    "no-honest-quorum": "thresholds/quorum_is_available",
    "local-trust-lists": "epochs.consecution/later_rules_are_settled/learn",
    "stale-active-set": "epochs.consecution/later_rules_are_settled/learn",
    "readmission-floor": "epochs.thresholds/quorum_is_available",
    "readmit-everybody": "epochs.lemma/one_carried",
    "retire-early": "epochs.consecution/who_retires_holds_a_quorum/retire",
    "amplify-f": "synchroniser.thresholds/blocking_is_honest",
    "no-amplification": "synchroniser.stage/what_is_wanted_is_entered",
}
PROGRESS_ONLY = {"indirect-claim", "no-honest-quorum"}


def test_every_weakening_is_accounted_for():
    assert set(EXPECTED) | {"no-lock"} == set(WEAKENINGS)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_weakened_protocol_fails_the_obligation_that_it_should(name):
    assert verdict(WEAKENINGS[name].real, EXPECTED[name]) == "unsat"
    assert verdict(WEAKENINGS[name].protocol, EXPECTED[name]) == "sat"


def test_own_verdicts_break_the_proof_of_progress_where_followers_must_accept_what_the_leader_offers():
    assert verdict(WEAKENINGS["own-verdicts"].protocol, "stage/offers_get_vote1") == "sat"


def test_without_the_lock_nothing_binds_later_votes():
    protocol = without(without(checkpoint, "vote1.locks_agree"), "vote1.claimed")
    assert protocol.actions["vote1"].requires.keys() == WEAKENINGS["no-lock"].protocol.actions["vote1"].requires.keys()
    failing = {step.name for step in Induction(protocol).proof() if check(step).verdict == "sat"}
    assert {"consequence/vote1.binds_from_last", "consequence/vote1.binds_before_last"} <= failing


@pytest.mark.parametrize("name", sorted(PROGRESS_ONLY))
def test_a_weakening_that_only_stops_progress_keeps_the_safety_proof(name):
    safety = [step for step in Induction(WEAKENINGS[name].protocol).proof() if step.theorem == "safety"]
    assert [step.name for step in safety if not check(step).as_expected] == []


@pytest.mark.parametrize("clause", [clause for clause in CLAUSES if clause not in checkpoint.unused_for_safety])
def test_a_guard_that_is_never_true_is_noticed(clause):
    dead = checkpoint.replacing(clause, lambda *parameters: FALSE)
    assert any(not check(obligation).as_expected for obligation in reachability(dead))


def claimed_falsely(kind, since, formula):
    """Return the checkpoint protocol with one more claim, which is false."""
    protocol = replace(checkpoint, properties=dict(checkpoint.properties))
    {"invariant": protocol.invariant, "lemma": protocol.lemma, "safety": protocol.safety}[kind](since=since)(formula)
    return protocol


def nobody_decides(view: View, value: Value) -> Formula:
    """Wrong."""
    return none(honest(n) & decided(n, view, value) for n in checkpoint.node)


def one_decision_in_all(view: View, c: View, x: Value) -> Formula:
    """Wrong: decisions agree in value, not in view."""
    node = checkpoint.node
    return none(honest(m) & honest(n) & decided(m, view, x) & decided(n, c, x) & ~same(view, c) for m in node for n in node)


@pytest.mark.parametrize("formula", [nobody_decides, one_decision_in_all])
@pytest.mark.parametrize(("kind", "stage"), [("invariant", "consecution"), ("safety", "safety")])
def test_a_false_claim_is_answered_sat(formula, kind, stage):
    since = ["agreement", "decided_needs_vote4"] if kind == "safety" else []
    name = f"safety/{formula.__name__}" if stage == "safety" else f"consecution/{formula.__name__}/decide"
    assert verdict(claimed_falsely(kind, since, formula), name) == "sat"


def test_a_claim_that_is_false_at_first_fails_at_its_start():
    def somebody_has_decided(view: View, value: Value) -> Formula:
        return ~none(decided(n, view, value) for n in checkpoint.node)

    assert verdict(claimed_falsely("invariant", [], somebody_has_decided), "initiation/somebody_has_decided") == "sat"


class Node(Sort):
    """A node of toy protocols."""


def toy() -> tuple[Protocol, Relation]:
    protocol = Protocol("toy", Node, Relation("byzantine", (Node,), rigid=True))
    moved = protocol.grows("moved", Node)

    @protocol.action(fair=True)
    def move(n: Node) -> Step:
        return Step(requires={"fresh": every(~moved(m) for m in Node)}, ensures=[moved(n)])

    return protocol, moved


def refused_or_fails(protocol: Protocol) -> bool:
    try:
        return any(not check(obligation).as_expected for obligation in Induction(protocol).all())
    except (ValueError, TypeError, KeyError):
        return True


def test_two_lemmas_cannot_prove_each_other():
    protocol, moved = toy()
    protocol.lemma(since=["never"])(_named("still", lambda n: ~moved(n)))
    protocol.safety(since=["still"])(_named("never", lambda n: ~moved(n)))
    assert refused_or_fails(protocol)


def test_a_safety_property_cannot_prove_itself():
    protocol, moved = toy()
    protocol.safety(since=["never"])(_named("never", lambda n: ~moved(n)))
    assert refused_or_fails(protocol)


def test_a_guard_is_no_hypothesis_of_a_lemma():
    protocol, moved = toy()
    protocol.safety(since=["move.fresh"])(_named("never", lambda n: ~moved(n)))
    assert refused_or_fails(protocol)


def test_a_witness_is_no_hypothesis():
    protocol, moved = toy()

    @protocol.witness()
    def at_rest() -> Formula:
        return none(moved(m) for m in Node)

    protocol.safety(since=["at_rest"])(_named("never", lambda n: ~moved(n)))
    assert refused_or_fails(protocol)


def test_a_lemma_with_the_name_of_an_axiom_does_not_prove_itself():
    protocol, moved = toy()
    protocol.at_most("faults", F, (protocol.byzantine(m) for m in Node))
    protocol.meet("meet", protocol.threshold("all", lambda nodes, faults, false_accepts: nodes), outside=["faults"])
    protocol.lemma(since=["meet"])(_named("meet", lambda n: ~moved(n)))
    assert refused_or_fails(protocol)


def test_two_relations_of_one_name_are_not_taken_for_one():
    def build():
        protocol, moved = toy()
        other = protocol.rigid("moved", Node)
        protocol.invariant(since=[])(_named("alike", lambda n: implies(moved(n), other(n))))
        return protocol

    try:
        protocol = build()
    except (ValueError, TypeError):
        return
    assert [step.name for step in Induction(protocol).proof() if check(step).verdict == "sat"]


def test_a_threshold_under_a_negation_in_a_guard_is_refused():
    protocol, moved = toy()
    most = protocol.threshold("most", lambda nodes, faults, false_accepts: nodes)

    @protocol.action(fair=True)
    def wait(n: Node) -> Step:
        return Step(requires={"few": ~most(moved(m) for m in Node)}, ensures=[moved(n)])

    with pytest.raises(ValueError, match=r"wait\.few"):
        Induction(protocol)


def test_a_search_that_runs_out_of_time_is_unknown():
    deep = next(item for item in reachability(checkpoint) if item.name == "bounded/a_good_view_decides")
    assert check(deep, timeout=0.001).verdict == "unknown"


def test_a_bounded_search_is_not_reported_under_another_solver():
    with pytest.raises(ValueError, match="z3 only"):
        check(next(iter(reachability(checkpoint))), solver="cvc5")


def _named(name, formula):
    def function(n: Node) -> Formula:
        return formula(n)

    function.__name__ = name
    return function


# ---------------------------------------------------------------------- solvers


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_a_script_with_a_wrong_goal_is_answered_sat(solver):
    if solver == "cvc5":
        pytest.importorskip("cvc5")
    script = """(set-logic UF)(declare-sort Node 0)(declare-fun red (Node) Bool)(declare-const n Node)
(assert (exists ((m Node)) (red m)))(assert (not (red n)))(check-sat)"""
    assert ask(script, solver=solver).status == "sat"


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_a_time_out_is_unknown_and_never_unsat(solver):
    if solver == "cvc5":
        pytest.importorskip("cvc5")
    answer = ask(HARD, solver=solver, timeout=0.3)
    assert answer.status == "unknown"
    assert answer.seconds < 10
    for expected in ("unsat", "sat"):
        assert not check(Obligation("hard", "", expected, HARD), solver=solver, timeout=0.3).as_expected


def test_one_open_script_among_several_leaves_the_whole_unknown():
    false = "(set-logic QF_LIA)(assert false)(check-sat)"
    true = "(set-logic QF_LIA)(assert true)(check-sat)"
    assert check(Obligation("mixed", "", "sat", false, others=(HARD,)), timeout=0.3).verdict == "unknown"
    assert check(Obligation("mixed", "", "sat", HARD, others=(true,)), timeout=0.3).verdict == "sat"
    assert check(Obligation("mixed", "", "sat", false, others=(false,))).verdict == "unsat"


def test_an_unknown_solver_is_bad_input():
    with pytest.raises(BadInput, match="z3, cvc5"):
        ask("(check-sat)", solver="guess")


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
@pytest.mark.parametrize("broken", ["(declare-fun", "(assert undeclared)(check-sat)"])
def test_a_script_that_does_not_parse_has_no_answer(solver, broken):
    if solver == "cvc5":
        pytest.importorskip("cvc5")
    with pytest.raises(Exception, match=r"\w"):
        ask(broken, solver=solver)


def test_what_supports_a_property_is_closed_under_its_hypotheses():
    proof = Induction(checkpoint)
    names = {item.name for item in proof.supports("agreement")}
    for claimed in ("votes_are_safe", "one_vote1", "carried4_means_quorum", "decided_needs_vote4"):
        assert f"initiation/{claimed}" in names
        touching = [item.name for item in proof.proof() if item.name.startswith(f"consecution/{claimed}/")]
        assert touching
        assert set(touching) <= names
    assert {"safety/agreement", "lemma/one_carried4", "consequence/vote1.binds_from_last", "thresholds/quorums_meet"} <= names
    assert "relaxed/blocking" in names


def test_nothing_supports_a_name_that_is_no_property():
    with pytest.raises(KeyError):
        Induction(checkpoint).supports("agrement")


def test_every_axiom_that_supports_a_property_is_itself_shown():
    for name in ("agreement", "no_tampered_commit", "what_was_relied_on_is_certified"):
        items = Induction(checkpoint).supports(name)
        assumed = {key for item in items if not isinstance(item.assertions, str) for key in item.assertions} & set(checkpoint.set_facts)
        assert {f"thresholds/{fact}" for fact in assumed} <= {item.name for item in items}


def test_agreement_is_not_supported_if_blocking_sets_may_be_byzantine_at_larger_f():
    from ceas_formal.spec.quantity import half_rounded_up

    weak = checkpoint.resized("blocking", lambda nodes, faults, false_accepts: half_rounded_up(faults) + 1)
    failed = [item.name for item in Induction(weak).supports("agreement") if not check(item).as_expected]
    assert failed == ["thresholds/blocking_is_honest"]


@pytest.mark.parametrize("shadowed", ["View.linear", "move.fresh"])
def test_a_name_that_shadows_a_clause_or_an_order_axiom_is_refused(shadowed):
    protocol, _ = toy()
    if shadowed == "View.linear":
        protocol = replace(checkpoint, properties=dict(checkpoint.properties))
        protocol.lemma(since=[shadowed])(_named(shadowed, lambda n: FALSE))
    else:
        move = protocol.actions["move"]
        protocol.consequence(move, since=[shadowed])(_named("fresh", lambda n: FALSE))
    with pytest.raises(ValueError, match="two things"):
        Induction(protocol)


def test_a_lemma_may_not_cite_a_later_one():
    protocol, moved = toy()
    protocol.lemma(since=["later"])(_named("early", lambda n: ~moved(n)))
    protocol.lemma(since=[])(_named("later", lambda n: ~moved(n)))
    with pytest.raises(ValueError, match="early may not cite later"):
        Induction(protocol)


def test_searches_for_dead_ends_are_deeper_than_a_decision():
    deepest = max(item.layers for item in reachability(checkpoint) if item.name.startswith("reached/"))
    depths = [item.layers for item in reachability(checkpoint) if item.name.startswith("bounded/")]
    assert depths
    assert min(depths) >= deepest
