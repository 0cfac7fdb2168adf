"""The view synchroniser: how nodes come into one view after stabilisation, and stay there long enough.

A node whose timer runs out in a view sends VIEW for the next; who holds f+1 VIEW sends its own; who holds q enters. A VIEW for some view
counts for all lower ones, so that nobody is left behind. Nodes send their latest VIEW again and again, as messages may be lost before
stabilisation.

Two things are shown for every N. Nobody is rushed: a view is entered only after an honest node's timer ran out in the one before.
Nobody is left behind: where one honest node is, all come. How long that takes, and how long a timer has to be, is in
:mod:`ceas_formal.spec.timing`. The checkpoint protocol lets a node enter any higher view at any time, so every run of this one is a run
of that.
"""

from __future__ import annotations

from ceas_formal.spec.checkpoint.setting import Node, View
from ceas_formal.spec.declarations import Step
from ceas_formal.spec.language import Formula, Relation, every, implies, none, some
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.quantity import F
from ceas_formal.spec.quorum import blocking_size, quorum_size

byzantine = Relation("byzantine", (Node,), rigid=True)
synchroniser = Protocol("synchroniser", Node, byzantine)

first = synchroniser.rigid("first", View)
follows = synchroniser.rigid("follows", View, View)  # the second is the next one after the first

synchroniser.at_most("faults", F, (byzantine(m) for m in Node))
quorum = synchroniser.threshold("quorum", quorum_size)
blocking = synchroniser.threshold("blocking", blocking_size)
synchroniser.meet("quorum_is_honest", quorum, outside=["faults"])
synchroniser.meet("blocking_is_honest", blocking, outside=["faults"])
synchroniser.contain("quorum_blocks", blocking, inside=quorum, outside=["faults"])
synchroniser.contain("quorum_is_available", quorum, inside=None, outside=["faults"])


@synchroniser.assumption()
def the_first_is_least(view: View, d: View) -> Formula:
    """No view is before the first."""
    return implies(first(view), view <= d)


@synchroniser.assumption()
def the_next_follows_at_once(before: View, view: View, d: View) -> Formula:
    """No view is between one and the next."""
    return implies(follows(before, view), (before < view) & ((d <= before) | (view <= d)))


wants = synchroniser.grows("wants", Node, View)  # VIEW: the node wants this view or a higher one
reached = synchroniser.grows("reached", Node, View)  # the node is in this view or a higher one
expired = synchroniser.grows("expired", Node, View)  # the node's timer ran out in this view


def honest(n: Node) -> Formula:
    """Node n is in H."""
    return ~byzantine(n)


def inside(n: Node, view: View) -> Formula:
    """Node n is in this view."""
    return reached(n, view) & none((view < d) & reached(n, d) for d in View)


@synchroniser.action(fair=True)
def expire(n: Node, view: View, c: View) -> Step:
    """The timer of view c runs out: the node wants the next one."""
    return Step(
        requires={"honest": honest(n), "inside": inside(n, c), "next": follows(c, view), "fresh": ~wants(n, view)},
        ensures=[every(implies(d <= view, wants(n, d)) for d in View), expired(n, c)],
    )


@synchroniser.action(fair=True)
def amplify(n: Node, view: View) -> Step:
    """Want a view that f+1 nodes want."""
    return Step(
        requires={"honest": honest(n), "told": blocking(wants(m, view) for m in Node), "fresh": ~wants(n, view)},
        ensures=[every(implies(d <= view, wants(n, d)) for d in View)],
    )


@synchroniser.action(fair=True)
def enter(n: Node, view: View) -> Step:
    """Enter the first view, or one that a quorum wants."""
    return Step(
        requires={
            "honest": honest(n),
            "wanted": first(view) | quorum(wants(m, view) for m in Node),
            "fresh": ~reached(n, view),
        },
        ensures=[every(implies(d <= view, reached(n, d)) for d in View)],
    )


# ---------------------------------------------------------------------- nobody is rushed

synchroniser.not_for_safety("expire.honest", "expire.fresh", "amplify.honest", "amplify.fresh", "enter.honest", "enter.fresh")


@synchroniser.invariant(since=["expire.next", "View.linear"])
def wants_are_closed(n: Node, view: View, d: View) -> Formula:
    """Who wants a view wants all lower ones."""
    return implies(honest(n) & wants(n, view) & (d <= view), wants(n, d))


@synchroniser.invariant(since=["enter.wanted", "wants_are_closed", "the_first_is_least", "View.linear"])
def reached_means_quorum(n: Node, view: View) -> Formula:
    """An honest node is in a view, or above, because a quorum wants it; or it is the first."""
    return implies(honest(n) & reached(n, view), first(view) | quorum(wants(m, view) for m in Node))


@synchroniser.invariant(
    since=["expire.inside", "expire.next", "amplify.told", "wants_are_closed", "reached_means_quorum", "quorum_is_honest",
           "the_first_is_least", "the_next_follows_at_once", "View.linear"],
)  # fmt: skip
def wants_follow_a_time_out(n: Node, c: View, view: View) -> Formula:
    """An honest node wants a view only once an honest node's timer ran out in the one before."""
    return implies(honest(n) & wants(n, view) & follows(c, view), some(honest(m) & expired(m, c) for m in Node))


@synchroniser.safety(
    since=["reached_means_quorum", "wants_follow_a_time_out", "quorum_is_honest", "the_first_is_least", "the_next_follows_at_once"],
)
def nobody_is_rushed(n: Node, c: View, view: View) -> Formula:
    """An honest node is in a view, or above, only once an honest node's timer ran out in the one before."""
    return implies(honest(n) & reached(n, view) & follows(c, view), some(honest(m) & expired(m, c) for m in Node))


# ---------------------------------------------------------------------- nobody is left behind


def all_reach(view: View) -> Formula:
    """Every honest node is in the view or above."""
    return every(implies(honest(n), reached(n, view)) for n in Node)


@synchroniser.never_ends(
    goal=all_reach,
    since=["premise", "reached_means_quorum", "done.enter", "quorum_blocks", "what_is_wanted_is_entered", "View.linear"],
)
def nobody_is_left_behind(view: View) -> Formula:
    """Where one honest node is, all come."""
    return some(honest(n) & reached(n, view) for n in Node)


@synchroniser.stage(nobody_is_left_behind, since=["done.amplify", "done.enter", "quorum_is_available", "View.linear"])
def what_is_wanted_is_entered(view: View) -> Formula:
    """What f+1 honest nodes want, all want; and they are a quorum."""
    return implies(blocking.of_honest(wants(m, view) for m in Node), all_reach(view))


@synchroniser.invariant(since=["View.linear"], purpose="progress")
def reached_is_closed(n: Node, view: View, d: View) -> Formula:
    """Who is in a view or above is in all lower ones or above."""
    return implies(honest(n) & reached(n, view) & (d <= view), reached(n, d))


def all_reach_the_next(c: View, view: View) -> Formula:
    """Every honest node is in the next view or above."""
    return all_reach(view)


@synchroniser.never_ends(goal=all_reach_the_next, since=["somebody_ahead_pulls_all", "time_outs_move_all"])
def views_go_on(c: View, view: View) -> Formula:
    """Where all honest nodes are in a view, they come into the next: timers run out."""
    return all_reach(c) & follows(c, view)


def ahead(view: View) -> Formula:
    """An honest node is in the view or above."""
    return some(honest(n) & reached(n, view) for n in Node)


@synchroniser.stage(
    views_go_on,
    since=["done.amplify", "done.enter", "reached_means_quorum", "quorum_blocks", "quorum_is_available", "View.linear"],
)
def somebody_ahead_pulls_all(c: View, view: View) -> Formula:
    """If an honest node is there already, all come."""
    return implies(ahead(view), all_reach(view))


@synchroniser.stage(
    views_go_on,
    since=["premise", "done.expire", "done.enter", "reached_is_closed", "the_next_follows_at_once", "quorum_is_available"],
)
def time_outs_move_all(c: View, view: View) -> Formula:
    """If none is, all timers run out, and all want the next view."""
    return implies(~ahead(view), all_reach(view))


# ---------------------------------------------------------------------- what must be possible


@synchroniser.witness()
def the_second_view_is_entered(n: Node, c: View, view: View) -> Formula:
    """A time-out moves a node on."""
    return honest(n) & first(c) & follows(c, view) & inside(n, view)
