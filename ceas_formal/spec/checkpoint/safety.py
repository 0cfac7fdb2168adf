"""Why it is safe: invariants, and the chain of lemmas that ends in agreement and in no tampered commit."""

from __future__ import annotations

from ceas_formal.spec.checkpoint.actions import vote1
from ceas_formal.spec.checkpoint.setting import (
    Node,
    Payload,
    Value,
    View,
    accepts,
    carried,
    certifying,
    checkpoint,
    decided,
    honest,
    left,
    ok,
    quorum,
    tampered,
    uses,
    vote,
    well_formed,
)
from ceas_formal.spec.language import Formula, Relation, every, implies, same, some

# Clauses that no safety proof uses: they say who acts, keep a step from being repeated, or serve progress.
checkpoint.not_for_safety(
    *(f"{name}.honest" for name in checkpoint.actions),
    *(f"propose.{name}" for name in checkpoint.actions["propose"].requires),
    *("certify.fresh", "enter.forward", "vote1.in_view", "vote1.proposed", "vote2.in_view", "vote2.once", "vote3.in_view", "vote3.once"),
    *("vote4.once", "decide.once"),
)


def some_honest(cast: Relation, view: View, value: Value) -> Formula:
    """Some honest node cast that vote."""
    return some(honest(n) & cast(n, view, value) for n in Node)


@checkpoint.invariant(since=["certifying_is_not_fooled"])
def false_facts_never_start(p: Payload) -> Formula:
    """An honest OK for a tampered payload comes from a fooled node."""
    return every(implies(honest(n) & ok(n, p) & tampered(p), accepts(n, p)) for n in Node)


@checkpoint.invariant(since=["false_facts_never_start", "certifying_is_not_fooled"])
def votes_are_for_untampered_values(view: View, value: Value, p: Payload) -> Formula:
    """No honest VOTE1 is for a value that uses a tampered payload."""
    return implies(some_honest(vote[1], view, value) & uses(value, p), ~tampered(p))


@checkpoint.invariant(since=["vote1.well_formed"])
def votes_are_well_formed(view: View, value: Value) -> Formula:
    """No honest VOTE1 is for a value that is not well formed."""
    return implies(some_honest(vote[1], view, value), well_formed(value))


@checkpoint.invariant(since=[])
def voters_send_ok(view: View, value: Value, p: Payload) -> Formula:
    """Whoever casts VOTE1 for a value has sent its own OK for each payload that the value uses."""
    return every(implies(honest(n) & vote[1](n, view, value) & uses(value, p), ok(n, p)) for n in Node)


@checkpoint.invariant(since=[])
def one_vote1(n: Node, view: View, x: Value, y: Value) -> Formula:
    """An honest node casts at most one VOTE1 in a view."""
    return implies(honest(n) & vote[1](n, view, x) & vote[1](n, view, y), same(x, y))


def _carried(phase: int) -> None:
    """State what a later vote says of the one before."""
    later = {1: vote[2], 2: vote[3], 3: vote[4], 4: decided}[phase]

    def needs(view: View, value: Value) -> Formula:
        return implies(some_honest(later, view, value), carried[phase](view, value))

    def means(view: View, value: Value) -> Formula:
        return implies(carried[phase](view, value), quorum(vote[phase](m, view, value) for m in Node))

    needs.__name__ = f"{later.name}_needs_vote{phase}"
    needs.__doc__ = f"An honest {later.name} is cast only where a quorum cast vote{phase}."
    means.__name__ = f"carried{phase}_means_quorum"
    means.__doc__ = f"Where carried{phase} is set, a quorum cast vote{phase}."
    checkpoint.invariant(since=[])(needs)
    checkpoint.invariant(since=[])(means)


for _phase in (1, 2, 3, 4):
    _carried(_phase)


def cannot_decide(view: View, value: Value) -> Formula:
    """In every quorum an honest node has left this view without VOTE4 for the value."""
    return ~quorum(~(left(m, view) & ~vote[4](m, view, value)) for m in Node)


@checkpoint.invariant(since=["vote1.binds_from_last", "vote1.binds_before_last"])
def votes_are_safe(c: View, view: View, x: Value, value: Value) -> Formula:
    """Where an honest node cast VOTE1, no lower view can ever decide another value."""
    return implies(some_honest(vote[1], view, value) & (c < view) & ~same(x, value), cannot_decide(c, x))


@checkpoint.consequence(vote1, since=["vote1.locks_agree", "quorums_meet"])
def binds_from_last(view: View, value: Value, last: View) -> Formula:
    """From `last` on, each quorum meets the reporting one in an honest node that left without VOTE4 for anything else."""
    return every(implies((last <= c) & (c < view) & ~same(x, value), cannot_decide(c, x)) for c in View for x in Value)


@checkpoint.consequence(vote1, since=["vote1.claimed", "votes_are_safe", "quorums_meet", "View.linear"])
def binds_before_last(view: View, value: Value, last: View) -> Formula:
    """Before `last`, some honest node that claims the value found the same when it cast VOTE1; or nothing is locked."""
    return every(implies((c < last) & (c < view) & ~same(x, value), cannot_decide(c, x)) for c in View for x in Value)


def _descends(phase: int) -> None:
    """State that a carried vote implies the one before it."""

    def descends(view: View, value: Value) -> Formula:
        return implies(carried[phase](view, value), carried[phase - 1](view, value))

    descends.__name__ = f"carried{phase}_implies_carried{phase - 1}"
    descends.__doc__ = f"A quorum of vote{phase} holds an honest node, which saw a quorum of vote{phase - 1}."
    checkpoint.lemma(since=["quorums_meet", f"carried{phase}_means_quorum", f"vote{phase}_needs_vote{phase - 1}"])(descends)


for _phase in (4, 3, 2):
    _descends(_phase)


@checkpoint.lemma(since=["carried4_implies_carried3", "carried3_implies_carried2", "carried2_implies_carried1"])
def carried4_implies_carried1(view: View, value: Value) -> Formula:
    """The four votes are a chain."""
    return implies(carried[4](view, value), carried[1](view, value))


@checkpoint.lemma(since=["quorums_meet", "carried1_means_quorum"])
def carried1_implies_honest_vote1(view: View, value: Value) -> Formula:
    """A quorum of VOTE1 holds an honest node."""
    return implies(carried[1](view, value), some_honest(vote[1], view, value))


@checkpoint.lemma(since=["carried1_means_quorum", "voters_send_ok", "quorum_certifies"])
def what_was_relied_on_is_certified(view: View, value: Value, p: Payload) -> Formula:
    """Where a quorum cast VOTE1, so many honest nodes have sent OK for each used payload that it is certified everywhere."""
    return implies(carried[1](view, value) & uses(value, p), certifying.of_honest(ok(n, p) for n in Node))


@checkpoint.lemma(since=["quorums_meet", "carried1_means_quorum", "one_vote1"])
def one_value_per_view(view: View, x: Value, y: Value) -> Formula:
    """At most one value is carried in a view."""
    return implies(carried[1](view, x) & carried[1](view, y), same(x, y))


@checkpoint.lemma(since=["carried4_means_quorum", "votes_are_safe", "carried1_implies_honest_vote1"])
def decision_binds_later_views(c: View, view: View, x: Value, y: Value) -> Formula:
    """What can be decided in a view is all that can be carried later."""
    return implies((c < view) & carried[4](c, x) & carried[1](view, y), same(x, y))


@checkpoint.lemma(since=["one_value_per_view", "decision_binds_later_views", "carried4_implies_carried1", "View.linear"])
def one_carried4(c: View, view: View, x: Value, y: Value) -> Formula:
    """Two values that can be decided are equal."""
    return implies(carried[4](c, x) & carried[4](view, y), same(x, y))


@checkpoint.safety(since=["one_carried4", "decided_needs_vote4"])
def agreement(m: Node, n: Node, c: View, view: View, x: Value, y: Value) -> Formula:
    """No two honest nodes decide differently, in whatever views."""
    return implies(honest(m) & honest(n) & decided(m, c, x) & decided(n, view, y), same(x, y))


@checkpoint.safety(
    since=["decided_needs_vote4", "carried4_implies_carried1", "carried1_implies_honest_vote1", "votes_are_for_untampered_values"]
)
def no_tampered_commit(n: Node, view: View, value: Value, p: Payload) -> Formula:
    """No decided value uses a tampered payload."""
    return implies(honest(n) & decided(n, view, value) & uses(value, p), ~tampered(p))


@checkpoint.safety(
    since=["decided_needs_vote4", "carried4_implies_carried1", "carried1_implies_honest_vote1", "votes_are_well_formed"]
)
def decided_values_are_well_formed(n: Node, view: View, value: Value) -> Formula:
    """Every decided value is well formed: of its epoch, within the caps, with an admissible next active set."""
    return implies(honest(n) & decided(n, view, value), well_formed(value))
