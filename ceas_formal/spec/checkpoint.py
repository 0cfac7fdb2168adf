"""The checkpoint protocol of CEAS: one epoch, all views, four votes, certified facts.

The paper asks for "a quorum of classically signed and quantum-authenticated states" (II.A, II.D). Its adversary is computationally
unbounded (definition 4), so nothing here is signed or hashed: channels are authenticated, contents are compared whole.

A value that some honest node *may* have decided in an earlier view must not be contradicted. A node therefore votes for a proposal
only if a quorum shows that no earlier view can have decided otherwise, or f+1 nodes show that they once found the same value safe.
What is Byzantine is not modelled: such a node reports whatever helps.

Notes
-----
The shape follows TetraBFT (Yu, Losa, Wang, PODC 2024) for consensus without signatures in four votes, and Bracha's reliable
broadcast (1987) for certified facts. Claims are direct: f+1 nodes name the very value.
"""

from __future__ import annotations

from ceas_formal.spec.language import Formula, Ordered, Relation, Sort, every, implies, none, same, some
from ceas_formal.spec.protocol import Protocol, Step
from ceas_formal.spec.quantity import A, F
from ceas_formal.spec.quorum import admissible, blocking_size, certifying_size, quorum_size, usable_size


class Node(Sort):
    """A member of the active set A."""


class View(Ordered):
    """One attempt to decide, under one leader."""


class Value(Sort):
    """What a checkpoint decides: the epoch, the used payloads with contents and weights, the next active set."""


class Payload(Sort):
    """A quantum payload ρ_k together with the classical content x that is claimed of it."""


# ---------------------------------------------------------------------- setting

byzantine = Relation("byzantine", (Node,), rigid=True)
checkpoint = Protocol("checkpoint", Node, byzantine, admissible=admissible)

leads = checkpoint.rigid("leads", Node, View)
uses = checkpoint.rigid("uses", Value, Payload)
tampered = checkpoint.rigid("tampered", Payload)
accepts = checkpoint.rigid("accepts", Node, Payload)  # the node's own verdict: the tag verifies and its own estimate is near x


def honest(n: Node) -> Formula:
    """Node n is in H."""
    return ~byzantine(n)


checkpoint.at_most("faults", F, (byzantine(m) for m in Node))
checkpoint.at_most("budget", A, (tampered(p) & honest(m) & accepts(m, p) for p in Payload for m in Node))

quorum = checkpoint.threshold("quorum", quorum_size)  # q = max(⌈(N+f+1)/2⌉, 2f+a+1)
blocking = checkpoint.threshold("blocking", blocking_size)  # f+1
certifying = checkpoint.threshold("certifying", certifying_size)  # f+a+1
usable = checkpoint.threshold("usable", usable_size)  # 2f+a+1

checkpoint.meet("quorums_meet", quorum, quorum, outside=["faults"])  # 2q - N > f
checkpoint.meet("blocking_is_honest", blocking, outside=["faults"])  # f+1 > f
checkpoint.meet("certifying_is_not_fooled", certifying, outside=["faults", "budget"])  # f+a+1 > f+a
checkpoint.contain("quorum_is_available", quorum, inside=None, outside=["faults"])  # N-f >= q, iff N > 3f+a
checkpoint.contain("usable_is_available", usable, inside=None, outside=["faults"])  # N-f >= 2f+a+1, iff N > 3f+a
checkpoint.contain("quorum_blocks", blocking, inside=quorum, outside=["faults"])  # q-f >= f+1
checkpoint.contain("quorum_certifies", certifying, inside=quorum, outside=["faults"])  # q-f >= f+a+1
checkpoint.contain("usable_certifies", certifying, inside=usable, outside=["faults"])  # 2f+a+1-f >= f+a+1

# ---------------------------------------------------------------------- state

ok = checkpoint.grows("ok", Node, Payload)  # OK(payload is good), sent to all
left = checkpoint.grows("left", Node, View)  # the node has entered a higher view
proposed = checkpoint.grows("proposed", View, Value)  # PROPOSE of an honest leader
vote = {phase: checkpoint.grows(f"vote{phase}", Node, View, Value) for phase in (1, 2, 3, 4)}
decided = checkpoint.grows("decided", Node, View, Value)
carried = {phase: checkpoint.ghost(f"carried{phase}", View, Value) for phase in (1, 2, 3, 4)}  # some quorum cast that vote


def entered(n: Node, view: View) -> Formula:
    """Node n has left every view below."""
    return every(implies(c < view, left(n, c)) for c in View)


def current(n: Node, view: View) -> Formula:
    """Node n is in this view."""
    return entered(n, view) & ~left(n, view)


def certified(value: Value) -> Formula:
    """The node holds f+a+1 OKs for each payload that the value uses."""
    return every(implies(uses(value, p), certifying(ok(m, p) for m in Node)) for p in Payload)


def locks_agree(n: Node, last: View, view: View, value: Value, lock: Relation) -> Formula:
    """Node n reports no lock after view `last`, and there only for this value."""
    return entered(n, view) & every(
        implies((last <= d) & (d < view) & lock(n, d, x), same(d, last) & same(x, value)) for d in View for x in Value
    )


def unlocked(n: Node, view: View, lock: Relation) -> Formula:
    """Node n reports no lock at all."""
    return entered(n, view) & none((d < view) & lock(n, d, x) for d in View for x in Value)


def claims(n: Node, last: View, view: View, value: Value, claim: Relation) -> Formula:
    """Node n reports a vote for this very value, at view `last` or later."""
    return entered(n, view) & some((last <= d) & (d < view) & claim(n, d, value) for d in View)


def justified(last: View, view: View, value: Value, lock: Relation, claim: Relation) -> dict[str, Formula]:
    """No view below can have decided another value: the rule that leaders (SUGGEST) and followers (PROOF) share."""
    claimed = (last < view) & blocking(claims(m, last, view, value, claim) for m in Node)
    return {
        "locks_agree": quorum(locks_agree(m, last, view, value, lock) for m in Node),
        "claimed": quorum(unlocked(m, view, lock) for m in Node) | claimed,
    }


# ---------------------------------------------------------------------- actions of honest nodes


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
            "usable": every(implies(uses(value, p), usable(ok(m, p) for m in Node)) for p in Payload),
            **justified(last, view, value, lock=vote[3], claim=vote[2]),
        },
        ensures=[proposed(view, value)],
    )


@checkpoint.action(fair=True, choices=["last"])
def vote1(n: Node, view: View, value: Value, last: View) -> Step:
    """VOTE1: the proposal is well formed, and a quorum of PROOFs shows that it contradicts no earlier decision."""
    return Step(
        requires={
            "honest": honest(n),
            "in_view": current(n, view),
            "once": none(vote[1](n, view, x) for x in Value),
            "proposed": some(leads(m, view) & (byzantine(m) | proposed(view, value)) for m in Node),
            "well_formed": certified(value),
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


# ---------------------------------------------------------------------- why it is safe

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


# ---------------------------------------------------------------------- what must be possible


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
