"""The setting of the checkpoint protocol, its state, and the words in which its rules are said."""

from __future__ import annotations

from ceas_formal.spec.language import Formula, Ordered, Relation, Sort, every, implies, none, same, some
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.quantity import A, F
from ceas_formal.spec.quorum import blocking_size, certifying_size, quorum_size, usable_size


class Node(Sort):
    """A member of the active set A."""


class View(Ordered):
    """One attempt to decide, under one leader."""


class Value(Sort):
    """What a checkpoint decides: the epoch, the used payloads with contents and weights, the next active set."""


class Payload(Sort):
    """A quantum payload ρ_k with the classical content x claimed of it; other facts that a value rests on are certified alike."""


# ---------------------------------------------------------------------- setting

byzantine = Relation("byzantine", (Node,), rigid=True)
checkpoint = Protocol("checkpoint", Node, byzantine)

leads = checkpoint.rigid("leads", Node, View)
uses = checkpoint.rigid("uses", Value, Payload)
well_formed = checkpoint.rigid("well_formed", Value)  # what a node can check alone: the epoch, the caps, the next active set
tampered = checkpoint.rigid("tampered", Payload)
accepts = checkpoint.rigid("accepts", Node, Payload)  # the node's own verdict: the tag verifies and its own estimate is near x


def honest(n: Node) -> Formula:
    """Node n is in H."""
    return ~byzantine(n)


checkpoint.at_most("faults", F, (byzantine(m) for m in Node))
checkpoint.at_most("budget", A, (tampered(p) & honest(m) & accepts(m, p) for p in Payload for m in Node))


@checkpoint.assumption()
def one_leader(view: View, m: Node, n: Node) -> Formula:
    """A view has one leader at most, so what is proposed in it is that node's own state. No proof of safety uses it."""
    return implies(leads(m, view) & leads(n, view), same(m, n))


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
offered = checkpoint.ghost("offered", View, Value, View)  # PROPOSE, with the view `last` that its leader found


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
