"""What must be possible: states that are reachable, and ends that are not."""

from __future__ import annotations

from ceas_formal.spec.checkpoint.actions import vote1
from ceas_formal.spec.checkpoint.safety import some_honest
from ceas_formal.spec.checkpoint.setting import (
    Node,
    Payload,
    Value,
    View,
    checkpoint,
    current,
    decided,
    honest,
    leads,
    uses,
    vote,
)
from ceas_formal.spec.language import Formula, every, implies, none, some


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
    """All honest nodes are in the view, its leader is honest, and there is a value without payloads: a checkpoint that waits."""
    together = every(implies(honest(m), current(m, view)) for m in Node)
    waiting = some(none(uses(x, p) for p in Payload) for x in Value)
    return together & some(honest(m) & leads(m, view) for m in Node) & waiting


def decision_in(view: View) -> Formula:
    """Some honest node has decided, in whatever view."""
    return some(honest(m) & decided(m, c, x) for m in Node for c in View for x in Value)


@checkpoint.never_ends(goal=decision_in)
def a_good_view_decides(view: View) -> Formula:
    """A good view in which everything possible has been done, with no help from Byzantine nodes, has decided."""
    return good(view)


@checkpoint.never_ends(quorum_of=vote1, waived=("proposed", "once"))
def some_value_is_acceptable(view: View) -> Formula:
    """In a good view some value, if proposed, would get the vote of an honest quorum."""
    return good(view)
