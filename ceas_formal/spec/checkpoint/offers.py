"""Why a proposal stays acceptable: invariants about what an honest leader has offered, for the proof of progress.

The rule of the leader (SUGGEST: no VOTE3 after `last`, f+1 claims of VOTE2) is stronger than that of its followers (PROOF: no VOTE4 after
`last`, f+1 claims of VOTE1), with the same `last`: an honest VOTE4 follows a quorum of VOTE3, an honest VOTE2 a quorum of VOTE1. And
nothing that happens later can undo it: below the view, every quorum holds an honest node that has left.
"""

from __future__ import annotations

from ceas_formal.spec.checkpoint.safety import some_honest
from ceas_formal.spec.checkpoint.setting import (
    Node,
    Payload,
    Value,
    View,
    blocking,
    byzantine,
    certifying,
    checkpoint,
    honest,
    leads,
    left,
    offered,
    ok,
    proposed,
    quorum,
    uses,
    vote,
    well_formed,
)
from ceas_formal.spec.language import Formula, every, implies, same, some


def cannot_lock(view: View, value: Value) -> Formula:
    """In every quorum an honest node has left this view without VOTE3 for the value."""
    return ~quorum(~(left(m, view) & ~vote[3](m, view, value)) for m in Node)


@checkpoint.invariant(since=[], pointwise=True, purpose="progress")
def proposals_are_offered(view: View, value: Value) -> Formula:
    """Behind every PROPOSE of an honest leader is a view that it found."""
    return implies(proposed(view, value), some(offered(view, value, last) for last in View))


@checkpoint.invariant(since=["propose.honest", "propose.leader"], purpose="progress")
def leaders_propose(view: View, value: Value) -> Formula:
    """What an honest leader is said to have proposed, an honest leader of that view has: views have one leader, so it knows."""
    return implies(proposed(view, value), some(honest(m) & leads(m, view) for m in Node))


@checkpoint.invariant(since=["propose.once"], purpose="progress")
def one_proposal(view: View, x: Value, y: Value) -> Formula:
    """Honest leaders propose one value in a view."""
    return implies(proposed(view, x) & proposed(view, y), same(x, y))


@checkpoint.invariant(since=["vote1.proposed"], purpose="progress")
def votes_follow_proposals(n: Node, view: View, x: Value) -> Formula:
    """An honest VOTE1 is for what an honest leader proposed, or the view has a Byzantine leader."""
    return implies(honest(n) & vote[1](n, view, x), proposed(view, x) | some(leads(m, view) & byzantine(m) for m in Node))


@checkpoint.invariant(since=["propose.well_formed"], purpose="progress")
def proposals_are_well_formed(view: View, value: Value) -> Formula:
    """An honest leader proposes well-formed values."""
    return implies(proposed(view, value), well_formed(value))


@checkpoint.invariant(since=["propose.usable", "usable_certifies"], purpose="progress")
def proposals_are_certified(view: View, value: Value, p: Payload) -> Formula:
    """What an honest leader proposes uses payloads with f+a+1 honest OKs: certified at every voter."""
    return implies(proposed(view, value) & uses(value, p), certifying.of_honest(ok(m, p) for m in Node))


@checkpoint.invariant(since=["propose.locks_agree", "vote3.in_view", "quorums_meet"], purpose="progress")
def no_lock_from_last(view: View, value: Value, last: View, d: View, x: Value) -> Formula:
    """From `last` to the view, nothing but the offered value, at `last`, can ever be locked."""
    between = offered(view, value, last) & (last <= d) & (d < view)
    return implies(between & ~(same(d, last) & same(x, value)), cannot_lock(d, x))


@checkpoint.invariant(since=["propose.claimed", "vote3.in_view", "quorums_meet"], pointwise=True, purpose="progress")
def offers_are_claimed(view: View, value: Value, last: View) -> Formula:
    """Some honest node cast VOTE2 for the offered value from `last` on, or nothing below the view can ever be locked."""
    free = every(implies(d < view, cannot_lock(d, x)) for d in View for x in Value)
    claim = some((last <= d) & (d < view) & some_honest(vote[2], d, value) for d in View)
    return implies(offered(view, value, last), free | ((last < view) & claim))


@checkpoint.lemma(since=["vote4_needs_vote3", "carried3_means_quorum", "no_lock_from_last"], purpose="progress")
def no_vote4_from_last(view: View, value: Value, last: View, d: View, x: Value) -> Formula:
    """From `last` to the view, no honest VOTE4 is for anything but the offered value, at `last`."""
    between = offered(view, value, last) & (last <= d) & (d < view)
    return implies(between & some_honest(vote[4], d, x), same(d, last) & same(x, value))


@checkpoint.lemma(since=["vote4_needs_vote3", "carried3_means_quorum"], purpose="progress")
def what_cannot_be_locked_has_no_vote4(d: View, x: Value) -> Formula:
    """An honest VOTE4 needs a quorum of VOTE3."""
    return implies(cannot_lock(d, x), ~some_honest(vote[4], d, x))


@checkpoint.lemma(since=["offers_are_claimed", "what_cannot_be_locked_has_no_vote4"], pointwise=True, purpose="progress")
def offers_are_claimed_or_unlocked(view: View, value: Value, last: View) -> Formula:
    """Some honest node cast VOTE2 for the offered value from `last` on, or there is no honest VOTE4 below the view."""
    unlocked = every(implies(d < view, ~some_honest(vote[4], d, x)) for d in View for x in Value)
    claim = some((last <= d) & (d < view) & some_honest(vote[2], d, value) for d in View)
    return implies(offered(view, value, last), unlocked | ((last < view) & claim))


@checkpoint.lemma(since=["vote2_needs_vote1", "carried1_means_quorum", "quorum_blocks"], purpose="progress")
def claims_of_vote2_are_claims_of_vote1(d: View, value: Value) -> Formula:
    """Behind an honest VOTE2 are f+1 honest VOTE1."""
    return implies(some_honest(vote[2], d, value), blocking.of_honest(vote[1](m, d, value) for m in Node))


@checkpoint.lemma(since=["vote3_needs_vote2", "carried2_means_quorum", "quorum_blocks"], purpose="progress")
def locks_are_claimed(last: View, value: Value) -> Formula:
    """Behind an honest VOTE3 are f+1 honest VOTE2."""
    return implies(some_honest(vote[3], last, value), blocking.of_honest(vote[2](m, last, value) for m in Node))


@checkpoint.lemma(since=["vote3_needs_vote2", "carried2_implies_carried1", "one_value_per_view"], purpose="progress")
def one_lock_per_view(d: View, x: Value, y: Value) -> Formula:
    """Honest nodes cast VOTE3 for one value in a view."""
    return implies(some_honest(vote[3], d, x) & some_honest(vote[3], d, y), same(x, y))


@checkpoint.lemma(
    since=["vote3_needs_vote2", "carried2_implies_carried1", "carried1_implies_honest_vote1", "votes_are_well_formed"], purpose="progress"
)
def locked_values_are_well_formed(last: View, value: Value) -> Formula:
    """What an honest node locks is well formed."""
    return implies(some_honest(vote[3], last, value), well_formed(value))


@checkpoint.lemma(since=["vote3_needs_vote2", "carried2_implies_carried1", "what_was_relied_on_is_certified"], purpose="progress")
def locked_values_are_certified(last: View, value: Value, p: Payload) -> Formula:
    """Payloads of a value that an honest node locks have f+a+1 honest OKs."""
    return implies(some_honest(vote[3], last, value) & uses(value, p), certifying.of_honest(ok(m, p) for m in Node))
