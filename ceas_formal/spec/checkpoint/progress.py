"""What must be possible: states that are reachable, and ends that are not."""

from __future__ import annotations

from ceas_formal.spec.checkpoint.actions import vote1
from ceas_formal.spec.checkpoint.safety import some_honest
from ceas_formal.spec.checkpoint.setting import (
    Node,
    Payload,
    Value,
    View,
    byzantine,
    certifying,
    checkpoint,
    current,
    decided,
    honest,
    justified,
    leads,
    offered,
    ok,
    proposed,
    usable,
    uses,
    vote,
    well_formed,
)
from ceas_formal.spec.language import Formula, every, implies, none, same, some
from ceas_formal.spec.rewriting import helpless


def first(view: View) -> Formula:
    """The least view."""
    return every(view <= c for c in View)


@checkpoint.witness()
def a_decision_in_the_first_view(n: Node, view: View, value: Value, p: Payload) -> Formula:
    """A value that uses a payload is decided at once."""
    return honest(n) & first(view) & decided(n, view, value) & uses(value, p)


@checkpoint.witness()
def a_decision_in_the_second_view(n: Node, c: View, view: View, value: Value) -> Formula:
    """A decision after a view that decided nothing, led by an honest node."""
    led = some(honest(m) & leads(m, view) for m in Node)
    return honest(n) & first(c) & (c < view) & every((d <= c) | (view <= d) for d in View) & led & decided(n, view, value)


@checkpoint.witness()
def a_locked_value_is_decided_later(n: Node, c: View, view: View, value: Value) -> Formula:
    """An honest VOTE4 in one view, the first decision in a later one: the lock is followed, not only avoided."""
    undecided = none(decided(m, c, x) for m in Node for x in Value)
    return honest(n) & (c < view) & some_honest(vote[4], c, value) & undecided & decided(n, view, value)


def good(view: View) -> Formula:
    """All honest nodes are in the view, its leaders are honest, and some well-formed value uses no payload: a checkpoint that waits."""
    together = every(implies(honest(m), current(m, view)) for m in Node)
    led = some(leads(m, view) for m in Node) & every(implies(leads(m, view), honest(m)) for m in Node)
    return together & led & some(waits(x) for x in Value)


def waits(value: Value) -> Formula:
    """The value is well formed and uses no payload."""
    return well_formed(value) & none(uses(value, p) for p in Payload)


def every_honest_node_has_decided(view: View) -> Formula:
    """Every honest node has decided, in whatever view."""
    return every(implies(honest(n), some(decided(n, c, x) for c in View for x in Value)) for n in Node)


def locked(d: View, view: View, value: Value) -> Formula:
    """An honest node cast VOTE3 in view d below."""
    return (d < view) & some_honest(vote[3], d, value)


def no_locks(view: View) -> Formula:
    """No honest node cast VOTE3 in a view below."""
    return none(locked(d, view, x) for d in View for x in Value)


def locks_end(view: View, top: View) -> Formula:
    """Of the views below in which honest nodes cast VOTE3, if there are any, `top` is the highest: so far there are finitely many."""
    return every(implies(locked(d, view, x), d <= top) for d in View for x in Value) & (
        no_locks(view) | some(locked(top, view, x) for x in Value)
    )


@checkpoint.never_ends(goal=every_honest_node_has_decided, granted=[locks_end], since=["everybody_decides"])
def a_good_view_decides(view: View) -> Formula:
    """A good view in which everything possible has been done, with no help from Byzantine nodes, has decided."""
    return good(view)


@checkpoint.never_ends(quorum_of=vote1, waived=("proposed", "once"))
def some_value_is_acceptable(view: View) -> Formula:
    """In a good view some value, if proposed, would get the vote of an honest quorum."""
    return good(view)


# ---------------------------------------------------------------------- why a good view decides


def something_is_offered(view: View) -> Formula:
    """Some value is proposed."""
    return some(proposed(view, x) for x in Value)


def offerable(view: View, value: Value, last: View) -> dict[str, Formula]:
    """What a leader asks of SUGGESTs, met by honest nodes alone."""
    return {name: helpless(clause, byzantine) for name, clause in justified(last, view, value, lock=vote[3], claim=vote[2]).items()}


def accepted(view: View, value: Value, last: View) -> dict[str, Formula]:
    """What a follower asks of PROOFs, met by honest nodes alone."""
    return {name: helpless(clause, byzantine) for name, clause in justified(last, view, value, lock=vote[4], claim=vote[1]).items()}


@checkpoint.stage(a_good_view_decides, since=["done.certify"])
def what_is_certified_becomes_usable(p: Payload) -> Formula:
    """Once a fact has f+a+1 honest OKs, every honest node sends its own, so there are 2f+a+1 for any leader."""
    certified = certifying.of_honest(ok(m, p) for m in Node)
    return implies(certified, every(implies(honest(n), ok(n, p)) for n in Node))


@checkpoint.stage(a_good_view_decides, since=["premise", "locks_end", "one_lock_per_view", "quorum_is_available", "View.linear"])
def the_last_lock_agrees(view: View, top: View, value: Value) -> Formula:
    """Every honest node reports to the leader that it locked nothing after the highest lock, and there only that value."""
    return implies(locked(top, view, value), offerable(view, value, top)["locks_agree"])


@checkpoint.stage(a_good_view_decides, since=["premise", "here.locks_are_claimed", "View.linear"])
def the_last_lock_has_claims(view: View, value: Value, last: View) -> Formula:
    """Behind a lock are f+1 honest claims of VOTE2."""
    return implies(locked(last, view, value), offerable(view, value, last)["claimed"])


@checkpoint.stage(a_good_view_decides, since=["locked_values_are_certified", "what_is_certified_becomes_usable", "usable_is_available"])
def locked_values_are_usable(view: View, value: Value, last: View, p: Payload) -> Formula:
    """The payloads of a locked value have 2f+a+1 honest OKs by now."""
    return implies(locked(last, view, value) & uses(value, p), usable.of_honest(ok(m, p) for m in Node))


@checkpoint.stage(
    a_good_view_decides,
    since=["premise", "done.propose", "here.the_last_lock_agrees", "here.the_last_lock_has_claims", "here.locked_values_are_usable",
           "here.locked_values_are_well_formed"],
)  # fmt: skip
def the_last_lock_is_proposed(view: View, top: View, n: Node, value: Value, last: View) -> Formula:
    """If there are locks, the leader may propose the value of the highest one: so it has proposed."""
    return implies(leads(n, view) & locked(top, view, value) & same(last, top), something_is_offered(view))


@checkpoint.stage(a_good_view_decides, since=["premise", "done.propose", "quorum_is_available"])
def without_locks_anything_is_proposed(view: View, n: Node, value: Value, last: View) -> Formula:
    """If there are no locks, the leader may propose any well-formed value of usable payloads, so it has proposed."""
    return implies(leads(n, view) & waits(value) & no_locks(view), something_is_offered(view))


@checkpoint.stage(a_good_view_decides, since=["premise", "locks_end", "the_last_lock_is_proposed", "without_locks_anything_is_proposed"])
def something_is_proposed(view: View) -> Formula:
    """An honest leader has proposed."""
    return something_is_offered(view)


@checkpoint.stage(a_good_view_decides, since=["premise", "here.no_vote4_from_last", "quorum_is_available"])
def offers_agree_with_locks(view: View, value: Value, last: View) -> Formula:
    """No VOTE4 contradicts what an honest leader found from its SUGGESTs: all see it from their PROOFs, with the same `last`."""
    return implies(offered(view, value, last), accepted(view, value, last)["locks_agree"])


@checkpoint.stage(a_good_view_decides, since=["premise", "here.claims_of_vote2_are_claims_of_vote1"])
def claims_are_enough(view: View, value: Value, last: View, d: View) -> Formula:
    """One honest claim to the leader means f+1 honest claims to everybody."""
    claim = (last <= d) & (d < view) & (last < view) & some_honest(vote[2], d, value)
    return implies(claim, accepted(view, value, last)["claimed"])


@checkpoint.stage(
    a_good_view_decides,
    since=["premise", "offers_are_claimed_or_unlocked", "here.claims_are_enough", "quorum_is_available"],
)
def offers_have_claims(view: View, value: Value, last: View) -> Formula:
    """What an honest leader offers is claimed by f+1 honest nodes; or there is no VOTE4 at all."""
    return implies(offered(view, value, last), accepted(view, value, last)["claimed"])


@checkpoint.stage(
    a_good_view_decides,
    since=["premise", "done.vote1", "here.offers_agree_with_locks", "here.offers_have_claims", "proposals_are_well_formed",
           "proposals_are_certified", "here.votes_follow_proposals", "one_proposal"],
)  # fmt: skip
def offers_get_vote1(view: View, n: Node, value: Value, last: View) -> Formula:
    """Every honest node accepts what the leader offers, and it can have voted for nothing else."""
    return implies(honest(n) & proposed(view, value) & offered(view, value, last), vote[1](n, view, value))


def everybody_casts(phase: int, view: View, value: Value) -> Formula:
    """Every honest node has cast that vote for what is proposed."""
    return implies(proposed(view, value), every(implies(honest(m), vote[phase](m, view, value)) for m in Node))


@checkpoint.stage(a_good_view_decides, since=["proposals_are_offered", "offers_get_vote1"])
def everybody_casts_vote1(view: View, value: Value) -> Formula:
    """Every honest node casts VOTE1 for what is proposed."""
    return everybody_casts(1, view, value)


def _everybody_follows(phase: int) -> None:
    """State that one vote of all honest nodes brings the next."""

    def follows(view: View, value: Value) -> Formula:
        return everybody_casts(phase, view, value)

    follows.__name__ = f"everybody_casts_vote{phase}"
    follows.__doc__ = f"All honest nodes are a quorum of vote{phase - 1}, so each casts vote{phase}."
    since = ["premise", f"done.vote{phase}", f"everybody_casts_vote{phase - 1}", "quorum_is_available"]
    checkpoint.stage(a_good_view_decides, since=since)(follows)


for _phase in (2, 3, 4):
    _everybody_follows(_phase)


@checkpoint.stage(a_good_view_decides, since=["done.decide", "something_is_proposed", "everybody_casts_vote4", "quorum_is_available"])
def everybody_decides(view: View, n: Node) -> Formula:
    """All honest nodes are a quorum of VOTE4, so each decides, if it has not done so before."""
    return implies(honest(n), some(decided(n, c, x) for c in View for x in Value))
