"""What honest nodes do: OK, view change, PROPOSE, VOTE1 to VOTE4, and the decision."""

from __future__ import annotations

from ceas_formal.spec.checkpoint.setting import (
    Node,
    Payload,
    Value,
    View,
    accepts,
    byzantine,
    carried,
    certified,
    certifying,
    checkpoint,
    current,
    decided,
    entered,
    honest,
    justified,
    leads,
    left,
    offered,
    ok,
    proposed,
    quorum,
    usable,
    uses,
    vote,
    well_formed,
)
from ceas_formal.spec.declarations import Step
from ceas_formal.spec.language import every, implies, none, some


@checkpoint.action(fair=True)
def certify(n: Node, p: Payload) -> Step:
    """Send OK: on the node's own verdict, or once it holds f+a+1 OKs."""
    return Step(
        requires={"honest": honest(n), "fresh": ~ok(n, p), "verdict": accepts(n, p) | certifying(ok(m, p) for m in Node)},
        ensures=[ok(n, p)],
    )


@checkpoint.action(fair=False)
def enter(n: Node, view: View) -> Step:
    """Enter a view, leaving all lower ones, before PROOF and SUGGEST are sent."""
    return Step(
        requires={"honest": honest(n), "forward": ~left(n, view) & ~entered(n, view)},
        ensures=[every(implies(c < view, left(n, c)) for c in View)],
    )


@checkpoint.action(fair=True, choices=["last"])
def propose(n: Node, view: View, value: Value, last: View) -> Step:
    """PROPOSE: the leader offers a value that its SUGGESTs allow, made of facts with 2f+a+1 OKs."""
    return Step(
        requires={
            "honest": honest(n),
            "leader": leads(n, view),
            "in_view": current(n, view),
            "once": none(proposed(view, x) for x in Value),
            "well_formed": well_formed(value),
            "usable": every(implies(uses(value, p), usable(ok(m, p) for m in Node)) for p in Payload),
            **justified(last, view, value, lock=vote[3], claim=vote[2]),
        },
        ensures=[proposed(view, value), offered(view, value, last)],
    )


@checkpoint.action(fair=True, choices=["last"])
def vote1(n: Node, view: View, value: Value, last: View) -> Step:
    """VOTE1: the proposal is well formed, certified, and a quorum of PROOFs shows that it contradicts no earlier decision."""
    return Step(
        requires={
            "honest": honest(n),
            "in_view": current(n, view),
            "once": none(vote[1](n, view, x) for x in Value),
            "proposed": some(leads(m, view) & (byzantine(m) | proposed(view, value)) for m in Node),
            "well_formed": well_formed(value),
            "certified": certified(value),
            **justified(last, view, value, lock=vote[4], claim=vote[1]),
        },
        # It holds f+a+1 OKs for each payload, so it has sent its own: what a quorum of VOTE1 relied on becomes certified everywhere.
        ensures=[vote[1](n, view, value), every(implies(uses(value, p), ok(n, p)) for p in Payload)],
    )


def follow(n: Node, view: View, value: Value, phase: int) -> Step:
    """VOTE i+1 needs a quorum of VOTE i."""
    return Step(
        requires={
            "honest": honest(n),
            "in_view": current(n, view),
            "once": ~vote[phase](n, view, value),
            "carried": quorum(vote[phase - 1](m, view, value) for m in Node),
        },
        ensures=[vote[phase](n, view, value), carried[phase - 1](view, value)],
    )


@checkpoint.action(fair=True)
def vote2(n: Node, view: View, value: Value) -> Step:
    """VOTE2: a quorum cast VOTE1."""
    return follow(n, view, value, 2)


@checkpoint.action(fair=True)
def vote3(n: Node, view: View, value: Value) -> Step:
    """VOTE3: a quorum cast VOTE2."""
    return follow(n, view, value, 3)


@checkpoint.action(fair=True)
def vote4(n: Node, view: View, value: Value) -> Step:
    """VOTE4: a quorum cast VOTE3."""
    return follow(n, view, value, 4)


@checkpoint.action(fair=True)
def decide(n: Node, view: View, value: Value) -> Step:
    """Decide: a quorum cast VOTE4, in whatever view the node is by now."""
    return Step(
        requires={
            "honest": honest(n),
            "once": none(decided(n, c, x) for c in View for x in Value),
            "carried": quorum(vote[4](m, view, value) for m in Node),
        },
        ensures=[decided(n, view, value), carried[4](view, value)],
    )
