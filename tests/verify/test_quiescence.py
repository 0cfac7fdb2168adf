"""Progress proofs and refinements: what is true goes through, and what is false or circular does not."""

import random
from dataclasses import replace

import pytest

from ceas_formal.spec.checkpoint import Node as CheckpointNode
from ceas_formal.spec.checkpoint import Payload, Value, View, byzantine, checkpoint, decided, honest, leads, uses, vote, well_formed
from ceas_formal.spec.checkpoint.setting import current
from ceas_formal.spec.counting import Counting, Instance
from ceas_formal.spec.declarations import Step
from ceas_formal.spec.epochs import active, admissible, epochs
from ceas_formal.spec.epochs import byzantine as epoch_byzantine
from ceas_formal.spec.language import FALSE, Formula, Ordered, Relation, Some, Sort, every, implies, none, same, some
from ceas_formal.spec.messages import messages
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.quantity import F
from ceas_formal.spec.quorum import blocking_size, quorum_size
from ceas_formal.spec.rewriting import free_variables, fresh, substituted
from ceas_formal.verify.catalogue import specifications
from ceas_formal.verify.obligation import prefix
from ceas_formal.verify.obligations import Induction, check, obligations
from ceas_formal.verify.reachability import reachability


class Node(Sort):
    """Somebody."""


class Time(Ordered):
    """When."""


def gossip(*, fair=True, fresh=True):
    """Return a protocol in which honest nodes learn a rumour once f+1 report it, some having started."""
    byzantine = Relation("byzantine", (Node,), rigid=True)
    protocol = Protocol("gossip", Node, byzantine)
    protocol.at_most("faults", F, (byzantine(m) for m in Node))
    protocol.threshold("quorum", quorum_size)
    blocking = protocol.threshold("blocking", blocking_size)
    started, knows = protocol.rigid("started", Node), protocol.grows("knows", Node)

    def tell(n: Node) -> Step:
        told = started(n) | blocking(knows(m) for m in Node)
        requires = {"honest": ~byzantine(n), "told": told}
        return Step(requires | ({"fresh": ~knows(n)} if fresh else {}), [knows(n)])

    protocol.action(fair=fair)(tell)

    def goal() -> Formula:
        return every(implies(~byzantine(n), knows(n)) for n in Node)

    def enough_started() -> Formula:
        return blocking.of_honest(started(m) for m in Node)

    return protocol, knows, started, byzantine, goal, enough_started


def proved(protocol, name):
    return check(next(item for item in Induction(protocol).proof() if item.name == f"gossip.{name}")).verdict


def with_stages(protocol, knows, byzantine, goal, enough_started, *, since=("premise", "done.tell", "starters_know")):
    wanted = protocol.never_ends(goal=goal, since=["everybody_knows"])(enough_started)

    def starters_know(n: Node) -> Formula:
        return implies(~byzantine(n) & protocol.relations["started"](n), knows(n))

    def everybody_knows(n: Node) -> Formula:
        return implies(~byzantine(n), knows(n))

    protocol.stage(wanted, since=["done.tell"])(starters_know)
    protocol.stage(wanted, since=list(since))(everybody_knows)
    return wanted


def test_a_rumour_that_enough_honest_nodes_start_reaches_all():
    protocol, knows, _, byzantine, goal, enough = gossip()
    with_stages(protocol, knows, byzantine, goal, enough)
    assert all(check(item).as_expected for item in Induction(protocol).proof())


@pytest.mark.parametrize("missing", ["premise", "done.tell", "starters_know"])
def test_each_hypothesis_of_a_stage_is_missed(missing):
    protocol, knows, _, byzantine, goal, enough = gossip()
    since = [name for name in ("premise", "done.tell", "starters_know") if name != missing]
    with_stages(protocol, knows, byzantine, goal, enough, since=since)
    assert proved(protocol, "stage/everybody_knows") == "sat"


def test_a_goal_that_the_stages_do_not_give_is_not_reached():
    protocol, _, _, _, goal, enough = gossip()
    protocol.never_ends(goal=goal, since=["premise"])(enough)
    assert proved(protocol, "progress/enough_started") == "sat"


def test_what_nobody_has_to_do_is_not_taken_to_be_done():
    protocol, knows, _, byzantine, goal, enough = gossip(fair=False)
    with_stages(protocol, knows, byzantine, goal, enough)
    with pytest.raises(ValueError, match=r"may not cite done\.tell"):
        Induction(protocol)


def test_an_action_that_can_be_taken_again_and_again_is_noticed():
    protocol, knows, _, byzantine, goal, enough = gossip(fresh=False)
    with_stages(protocol, knows, byzantine, goal, enough)
    assert proved(protocol, "disables/tell") == "sat"


def test_a_stage_cannot_cite_itself_or_a_later_one():
    protocol, knows, _, byzantine, goal, enough = gossip()
    with_stages(protocol, knows, byzantine, goal, enough, since=["everybody_knows"])
    with pytest.raises(ValueError, match="everybody_knows may not cite everybody_knows"):
        Induction(protocol)


def test_a_lemma_cannot_cite_a_stage_or_what_is_done():
    for cited in ("starters_know", "done.tell", "premise"):
        protocol, knows, _, byzantine, goal, enough = gossip()
        with_stages(protocol, knows, byzantine, goal, enough)
        protocol.lemma(since=[cited])(_named("everybody_always_knows", goal))
        with pytest.raises(ValueError, match="may not cite"):
            Induction(protocol)


def test_a_premise_that_a_fair_action_ends_is_noticed():
    protocol, knows, _, _, goal, _ = gossip()
    protocol.never_ends(goal=goal, since=["premise"])(_named("nobody_knows", lambda: none(knows(n) for n in Node)))
    assert proved(protocol, "stays/nobody_knows/tell") == "sat"


def test_an_assumption_about_the_state_is_refused():
    protocol, knows, *_ = gossip()
    protocol.assumption()(_named("everybody_knew", lambda: every(knows(n) for n in Node)))
    with pytest.raises(ValueError, match="speaks of knows, which changes"):
        Induction(protocol)


def test_contradictory_assumptions_are_noticed():
    protocol, *_ = gossip()
    protocol.assumption()(_named("never", lambda: FALSE))
    assert check(Induction(protocol).satisfiable()).verdict == "unsat"


def _named(name, function):
    def claimed() -> Formula:
        return function()

    claimed.__name__ = name
    return claimed


# ---------------------------------------------------------------------- pointwise properties


def clock():
    """Return a protocol in which time stamps are set, with no order between them."""
    byzantine = Relation("byzantine", (Node,), rigid=True)
    protocol = Protocol("gossip", Node, byzantine)
    protocol.threshold("quorum", quorum_size)
    stamped = protocol.grows("stamped", Node, Time)

    def stamp(n: Node, t: Time) -> Step:
        return Step({"honest": ~byzantine(n)}, [stamped(n, t)])

    protocol.action(fair=False)(stamp)
    return protocol, stamped


def test_a_false_pointwise_invariant_fails():
    protocol, stamped = clock()

    def somebody_later(n: Node, t: Time) -> Formula:
        return implies(stamped(n, t), some((t < u) & stamped(n, u) for u in Time))

    protocol.invariant(since=["Time.linear"], pointwise=True)(somebody_later)
    assert proved(protocol, "consecution/somebody_later/stamp") == "sat"


def test_a_pointwise_property_is_cited_only_where_its_parameters_are_named():
    protocol, stamped = clock()

    def true_of(n: Node, t: Time) -> Formula:
        return implies(stamped(n, t), some(stamped(n, u) for u in Time))

    def lemma(m: Node) -> Formula:
        return none(stamped(m, u) for u in Time)

    protocol.invariant(since=[], pointwise=True)(true_of)
    protocol.lemma(since=["true_of"])(lemma)
    with pytest.raises(ValueError, match="without parameters of the same names"):
        Induction(protocol)


# ---------------------------------------------------------------------- refinement


def failing(protocol, part):
    return [item.name for item in Induction(protocol).proof() if part in item.name and check(item).verdict == "sat"]


@pytest.mark.parametrize("clause", ["vote1.locks_agree", "vote1.certified", "vote2.carried", "propose.claimed", "decide.carried"])
def test_a_clause_that_is_gone_at_message_level_has_no_evidence(clause):
    assert f"messages.evidence/{clause}" in failing(messages.without(clause), "evidence/")


@pytest.mark.parametrize("clause", ["vote1.once", "vote3.in_view", "enter.forward"])
def test_a_clause_that_is_the_same_at_both_levels_cannot_be_dropped_at_message_level(clause):
    assert f"messages.evidence/{clause}" in failing(messages.without(clause), "evidence/")


def test_a_clause_that_asks_for_more_than_the_specification_is_noticed():
    vote2 = messages.actions["vote2"]
    stricter = replace(messages, actions={**messages.actions, "vote2": replace(vote2, requires={**vote2.requires, "never": FALSE})})
    assert "messages.delivered/vote2" in failing(stricter, "delivered/")


def test_another_effect_at_message_level_is_refused():
    vote2 = messages.actions["vote2"]
    other = replace(messages, actions={**messages.actions, "vote2": replace(vote2, ensures=vote2.ensures[:1])})
    with pytest.raises(ValueError, match="another effect"):
        list(Induction(other).proof())


@pytest.mark.parametrize("delivery", ["receive_ok", "receive_proof", "receive_vote3", "report"])
def test_without_a_delivery_something_is_not_seen(delivery):
    unfair = replace(messages, actions={**messages.actions, delivery: replace(messages.actions[delivery], fair=False)})
    without = {
        clause: tuple(name for name in since if name != f"done.{delivery}") for clause, since in unfair.delivery.items()
    }
    assert failing(replace(unfair, delivery=without), "delivered/")


def test_what_is_never_delivered_is_not_taken_to_be_delivered():
    unfair = replace(messages, actions={**messages.actions, "receive_proof": replace(messages.actions["receive_proof"], fair=False)})
    with pytest.raises(ValueError, match=r"may not cite done\.receive_proof"):
        Induction(unfair)


def test_a_witness_is_no_evidence():
    cited = replace(messages, evidence={**messages.evidence, "decide.carried": ("a_decision_from_messages",)})
    with pytest.raises(ValueError, match=r"decide\.carried may not cite a_decision_from_messages"):
        Induction(cited)


def test_a_progress_property_without_a_proof_is_not_mirrored():
    with pytest.raises(ValueError, match="some_value_is_acceptable, which it mirrors, has no proof"):
        Induction(replace(messages, mirrored=checkpoint.progress["some_value_is_acceptable"]))


def test_an_action_cannot_be_fair_at_one_level_only():
    lazy = replace(messages, actions={**messages.actions, "vote2": replace(messages.actions["vote2"], fair=False)})
    with pytest.raises(ValueError, match="vote2 is fair at one level only"):
        Induction(lazy)


def test_a_step_that_the_specification_does_not_know_is_refused():
    cheating = replace(messages, actions=dict(messages.actions))

    def cheat(n: CheckpointNode, view: View, value: Value) -> Step:
        return Step({"honest": honest(n)}, [decided(n, view, value)])

    cheating.action(fair=False)(cheat)
    with pytest.raises(ValueError, match="cheat changes decided, and checkpoint has no such action"):
        Induction(cheating)


# ---------------------------------------------------------------------- no help from Byzantine nodes, and nothing demanded of them


def test_a_byzantine_leader_is_not_counted_on_for_progress():
    protocol = replace(checkpoint, progress=dict(checkpoint.progress), stages=dict(checkpoint.stages))

    def goal(view: View) -> Formula:
        return every(implies(honest(n), some(vote[1](n, view, x) for x in Value)) for n in CheckpointNode)

    def led_by_a_byzantine_node(view: View) -> Formula:
        first = every(view <= c for c in View)
        led = some(leads(m, view) & byzantine(m) for m in CheckpointNode)
        return first & led & every(implies(honest(n), current(n, view)) for n in CheckpointNode)

    wanted = protocol.never_ends(goal=goal, since=["they_vote"])(led_by_a_byzantine_node)

    def they_vote(view: View, n: CheckpointNode, value: Value, last: View) -> Formula:
        uncontested = well_formed(value) & none(uses(value, p) for p in Payload)
        return implies(honest(n) & uncontested, some(vote[1](n, view, x) for x in Value))

    protocol.stage(wanted, since=["premise", "done.vote1", "quorum_is_available"])(they_vote)
    step = next(item for item in Induction(protocol).proof() if item.name == "stage/they_vote")
    assert check(step).verdict == "sat"


def test_nothing_is_demanded_of_byzantine_nodes():
    protocol, *_ = gossip()

    def speak(n: Node) -> Step:
        return Step({"fresh": ~protocol.relations["knows"](n)}, [protocol.relations["knows"](n)])

    protocol.action(fair=True)(speak)
    with pytest.raises(ValueError, match="speak is fair, but no clause says that the node is honest"):
        Induction(protocol)


# ---------------------------------------------------------------------- what would prove anything


def test_a_false_statement_about_the_setting_fails_at_first():
    protocol, _, started, *_ = gossip()
    protocol.invariant(since=[])(_named("nobody_starts", lambda: none(started(n) for n in Node)))
    assert proved(protocol, "initiation/nobody_starts") == "sat"


def test_an_assumption_that_removes_the_adversary_is_noticed():
    protocol, _, _, byzantine, *_ = gossip()
    protocol.assumption()(_named("all_are_honest", lambda: none(byzantine(n) for n in Node)))
    assert check(Induction(protocol).satisfiable()).verdict == "unsat"


def test_nothing_rests_on_a_witness_or_on_progress_that_is_only_searched():
    for name in ("a_decision_in_the_first_view", "some_value_is_acceptable"):
        with pytest.raises(KeyError):
            Induction(checkpoint).supports(name)


@pytest.mark.parametrize("protocol", specifications().values(), ids=lambda protocol: protocol.name)
def test_every_progress_property_with_a_proof_can_be_reached_with_everything_done(protocol):
    searched = {item.name for item in reachability(protocol)}
    wanted = {f"{prefix(protocol)}possible/{name}" for name, stated in protocol.progress.items() if stated.since}
    assert wanted <= searched


def test_what_is_granted_about_a_good_view_holds_in_every_finite_state():
    # So it excludes no run of finitely many steps: there is always a highest lock, if there is any.
    wanted = checkpoint.progress["a_good_view_decides"]
    (top,) = wanted.witnesses
    granted = Some((top,), wanted.granted["locks_end"])
    reading = Counting(checkpoint, Instance(3, 1, 0, {"View": 3, "Value": 2, "Payload": 0}))
    holds = reading.predicate(granted, wanted.parameters)
    source = random.Random(7)
    rows = [(n, d, x) for n in range(3) for d in range(3) for x in range(2)]
    for _ in range(200):
        state = reading.initial({"byzantine": {(0,)}})
        state["vote3"] = {row for row in rows if source.random() < source.choice([0.05, 0.4])}
        assert all(holds(state, view) for view in range(3))


def test_a_bound_that_says_something_else_of_groups_is_refused():
    other = epochs.rebounded("admissible", (admissible(c) & active(c, m) & epoch_byzantine(m) for c in Value for m in CheckpointNode))
    with pytest.raises(ValueError, match="the bound admissible does not limit the nodes outside"):
        Induction(other)


def test_a_variable_is_not_captured():
    x, y = Value("x"), Value("y")
    inside = Some((x,), uses(x, Payload("p")) & ~same(x, y))
    with pytest.raises(ValueError, match="x is bound inside"):
        substituted(inside, {id(y): x})
    assert free_variables(fresh(inside)).keys() == free_variables(inside).keys()


def test_an_effect_that_shares_its_formula_with_an_invariant_proves_nothing_false():
    protocol = Protocol("gossip", Node, Relation("byzantine", (Node,), rigid=True))
    protocol.threshold("quorum", quorum_size)
    r, s, closed = protocol.grows("r", Node), protocol.rigid("s", Node, Node), protocol.grows("closed", Node)
    shared = every(implies(some(r(z) & s(z, a) & ~same(z, a) for z in Node), r(a)) for a in Node)

    def close(n: Node) -> Step:
        return Step({}, [shared, closed(n)])

    def closure(n: Node) -> Formula:
        return implies(closed(n), shared)

    protocol.action(fair=False)(close)
    protocol.invariant(since=[])(closure)
    # One step closes one link of a chain of two, not both.
    assert proved(protocol, "consecution/closure/close") == "sat"


# ---------------------------------------------------------------------- sizes of sets among groups


@pytest.mark.parametrize("fact", list(epochs.set_facts))
def test_every_fact_about_members_of_active_sets_needs_the_size_of_its_sets(fact):
    names = [item.name for item in obligations(epochs) if fact in item.name and item.theorem == "needed"]
    assert any(name.startswith(f"epochs.needed/{fact}-") for name in names)


def test_the_progress_of_the_checkpoint_protocol_needs_an_admissible_size():
    used = {name for item in Induction(checkpoint).supports("a_good_view_decides") for name in item.assertions}
    assert {"quorum_is_available", "usable_is_available"} <= used
