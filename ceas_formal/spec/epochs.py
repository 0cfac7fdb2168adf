"""Epochs: how the active set changes without ever splitting the network (paper III.D.1, repaired).

The paper drops a node from the quorums as soon as another one distrusts it, and lets nodes back in when few are left. Each node then
counts quorums of its own list, and two quorums of two lists need not share anybody. Here the active set of an epoch is a field of the value
decided in the epoch before: a node takes part in an epoch only once it has learned that value. f is a constant of the run: leaving
the active set buys no fault tolerance.

A value therefore stands for the active set that it names. Of the checkpoint protocol, which decides within an epoch among that set, only
what other epochs can see is left here: one vote of each honest member, its VOTE4 for the value that a quorum of VOTE4 carries in some view.
It may have cast others, in views that carried nothing; that what is carried is one value is agreement within the epoch (`one_carried4`
there), and that its next active set is admissible is `decided_values_are_well_formed`. This step between the two texts is an
argument on paper.

A decision is learned from q VOTE4 or from f+1 DECIDED; a node serves the old epoch until it holds q DECIDED. Messages arrive here, sooner
or later; where they can be lost for good, a node that has retired still has to answer whoever asks for the decision
(:mod:`ceas_formal.simulate.checkpoint` does).

N is the number of all nodes here; a threshold `among` an active set counts its members only.
"""

from __future__ import annotations

from ceas_formal.spec.checkpoint.setting import Node, Value
from ceas_formal.spec.declarations import Step
from ceas_formal.spec.language import Formula, Ordered, Relation, every, implies, none, same, some
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.quantity import A, F, N
from ceas_formal.spec.quorum import blocking_size, least_nodes, quorum_size


class Epoch(Ordered):
    """One checkpoint: ``cadence`` training rounds, and one decided value."""


byzantine = Relation("byzantine", (Node,), rigid=True)
epochs = Protocol("epochs", Node, byzantine)

active = epochs.rigid("active", Value, Node)  # the node is in the next active set that the value names
admissible = epochs.rigid("admissible", Value)  # that set has at least 3f+a+1 members
genesis = epochs.rigid("genesis", Value)  # the active set of the first epoch
first = epochs.rigid("first", Epoch)
follows = epochs.rigid("follows", Epoch, Epoch)  # the second is the next one after the first

epochs.at_most("faults", F, (byzantine(m) for m in Node))
epochs.at_most("admissible", N - least_nodes(F, A), (admissible(c) & ~active(c, m) for c in Value for m in Node))

quorum = epochs.threshold("quorum", quorum_size, members=active)
blocking = epochs.threshold("blocking", blocking_size, members=active)

epochs.meet("quorums_meet", quorum, quorum, outside=["faults"])
epochs.meet("blocking_is_honest", blocking, outside=["faults"])
epochs.contain("quorum_blocks", blocking, inside=quorum, outside=["faults"])
epochs.contain("quorum_is_available", quorum, inside=None, outside=["faults"], given=admissible)


@epochs.assumption()
def one_genesis(c: Value, d: Value) -> Formula:
    """Everybody starts from the same active set."""
    return implies(genesis(c) & genesis(d), same(c, d))


@epochs.assumption()
def genesis_is_admissible(c: Value) -> Formula:
    """The first active set is large enough."""
    return implies(genesis(c), admissible(c))


@epochs.assumption()
def the_first_is_least(e: Epoch, d: Epoch) -> Formula:
    """No epoch is before the first."""
    return implies(first(e), e <= d)


@epochs.assumption()
def the_next_follows_at_once(before: Epoch, e: Epoch, d: Epoch) -> Formula:
    """No epoch is between one and the next."""
    return implies(follows(before, e), (before < e) & ((d <= before) | (e <= d)))


# ---------------------------------------------------------------------- state

ruled = epochs.grows("ruled", Node, Epoch, Value)  # the node has learned which active set the epoch has
vote = epochs.grows("vote", Node, Epoch, Value, Value)  # in the epoch, among that active set, for that value
decided = epochs.grows("decided", Node, Epoch, Value, Value)  # DECIDED: in the epoch, among that active set, that value
retired = epochs.grows("retired", Node, Epoch, Value, Value)  # the node no longer serves the epoch
rules = epochs.ghost("rules", Epoch, Value)  # some honest node has learned it
carried = epochs.ghost("carried", Epoch, Value, Value)  # some quorum of that active set voted for that value
settled = epochs.ghost("settled", Epoch, Value)  # some honest node has decided that value


def honest(n: Node) -> Formula:
    """Node n is in H."""
    return ~byzantine(n)


def undecided(n: Node, e: Epoch) -> Formula:
    """Node n has decided nothing in this epoch."""
    return none(decided(n, e, c, x) for c in Value for x in Value)


# ---------------------------------------------------------------------- what honest nodes do


@epochs.action(fair=True, choices=["before", "b"])
def learn(n: Node, e: Epoch, c: Value, before: Epoch, b: Value) -> Step:
    """Learn the active set of an epoch: the given one for the first, the decided one of the epoch before for any other."""
    return Step(
        requires={
            "honest": honest(n),
            "once": none(ruled(n, e, d) for d in Value),
            "source": (first(e) & genesis(c)) | (follows(before, e) & decided(n, before, b, c)),
        },
        ensures=[ruled(n, e, c), rules(e, c)],
    )


@epochs.action(fair=False)
def cast(n: Node, e: Epoch, value: Value, c: Value) -> Step:
    """Vote, as a member of the epoch's active set, for a value whose own next active set is admissible."""
    return Step(
        requires={
            "honest": honest(n),
            "member": active(c, n),
            "ruled": ruled(n, e, c),
            "once": none(vote(n, e, c, x) for x in Value),
            "well_formed": admissible(value),
        },
        ensures=[vote(n, e, c, value)],
    )


@epochs.action(fair=True)
def decide(n: Node, e: Epoch, value: Value, c: Value) -> Step:
    """Decide: a quorum of the epoch's active set voted for the value."""
    return Step(
        requires={
            "honest": honest(n),
            "ruled": ruled(n, e, c),
            "once": undecided(n, e),
            "carried": quorum((vote(m, e, c, value) for m in Node), among=c),
        },
        ensures=[decided(n, e, c, value), carried(e, c, value), settled(e, value)],
    )


@epochs.action(fair=True)
def adopt(n: Node, e: Epoch, value: Value, c: Value) -> Step:
    """Decide what f+1 members of the epoch's active set say they have decided."""
    return Step(
        requires={
            "honest": honest(n),
            "ruled": ruled(n, e, c),
            "once": undecided(n, e),
            "told": blocking((decided(m, e, c, value) for m in Node), among=c),
        },
        ensures=[decided(n, e, c, value), settled(e, value)],
    )


@epochs.action(fair=True)
def retire(n: Node, e: Epoch, value: Value, c: Value) -> Step:
    """Stop serving an epoch: a quorum of its active set has decided, so f+1 honest members will tell everybody."""
    return Step(
        requires={
            "honest": honest(n),
            "fresh": ~retired(n, e, c, value),
            "decided": decided(n, e, c, value),
            "told": quorum((decided(m, e, c, value) for m in Node), among=c),
        },
        ensures=[retired(n, e, c, value)],
    )


# ---------------------------------------------------------------------- why it is safe

epochs.not_for_safety(
    *("cast.honest", "adopt.honest", "retire.honest", "learn.once", "cast.member", "decide.once", "adopt.once", "retire.fresh"),
    "retire.decided",
)


@epochs.invariant(since=[])
def one_vote(n: Node, e: Epoch, c: Value, x: Value, y: Value) -> Formula:
    """An honest member votes for one value in an epoch."""
    return implies(honest(n) & vote(n, e, c, x) & vote(n, e, c, y), same(x, y))


@epochs.invariant(since=[])
def votes_are_admissible(n: Node, e: Epoch, c: Value, value: Value) -> Formula:
    """Honest members vote for admissible active sets only."""
    return implies(honest(n) & vote(n, e, c, value), admissible(value))


@epochs.invariant(since=[])
def carried_means_quorum(e: Epoch, c: Value, value: Value) -> Formula:
    """Where carried is set, a quorum of that active set voted so."""
    return implies(carried(e, c, value), quorum((vote(m, e, c, value) for m in Node), among=c))


@epochs.invariant(since=[])
def who_takes_part_has_learned(n: Node, e: Epoch, c: Value, value: Value) -> Formula:
    """Honest nodes vote and decide in epochs whose active set they have learned."""
    return implies(honest(n) & (vote(n, e, c, value) | decided(n, e, c, value)), ruled(n, e, c))


@epochs.invariant(since=[])
def what_is_learned_rules(n: Node, e: Epoch, c: Value) -> Formula:
    """An active set that an honest node has learned rules."""
    return implies(honest(n) & ruled(n, e, c), rules(e, c))


@epochs.invariant(since=[])
def decided_is_carried(n: Node, e: Epoch, c: Value, value: Value) -> Formula:
    """What an honest node decides, by votes or by f+1 DECIDED, a quorum voted for."""
    return implies(honest(n) & decided(n, e, c, value), carried(e, c, value) & settled(e, value))


@epochs.lemma(since=["carried_means_quorum", "quorums_meet", "votes_are_admissible"])
def carried_is_admissible(e: Epoch, c: Value, value: Value) -> Formula:
    """A quorum holds an honest member, who saw to it that the next active set is admissible."""
    return implies(carried(e, c, value), admissible(value))


@epochs.lemma(since=["carried_means_quorum", "quorums_meet", "one_vote"])
def one_carried(e: Epoch, c: Value, x: Value, y: Value) -> Formula:
    """Two quorums of one active set share an honest member, who voted for one value."""
    return implies(carried(e, c, x) & carried(e, c, y), same(x, y))


@epochs.invariant(since=["learn.honest", "learn.source", "genesis_is_admissible", "decided_is_carried", "carried_is_admissible"])
def what_rules_is_admissible(e: Epoch, c: Value) -> Formula:
    """Every active set that rules is admissible."""
    return implies(rules(e, c), admissible(c))


@epochs.invariant(since=["learn.source", "the_first_is_least", "the_next_follows_at_once"])
def the_first_rule_is_genesis(e: Epoch, c: Value) -> Formula:
    """The first epoch has the given active set."""
    return implies(rules(e, c) & first(e), genesis(c))


@epochs.invariant(since=["learn.honest", "learn.source", "decided_is_carried", "the_first_is_least", "the_next_follows_at_once",
                         "Epoch.linear"])  # fmt: skip
def later_rules_are_settled(before: Epoch, e: Epoch, c: Value) -> Formula:
    """Every other epoch has an active set that was decided in the epoch before."""
    return implies(rules(e, c) & follows(before, e), settled(before, c))


@epochs.invariant(since=["what_is_learned_rules", "decide.honest", "decide.ruled", "adopt.honest", "adopt.ruled"])
def settled_epochs_are_ruled(e: Epoch) -> Formula:
    """Where something is decided, some active set rules."""
    return implies(some(settled(e, x) for x in Value), some(rules(e, c) for c in Value))


@epochs.invariant(since=["learn.agrees", "settled_epochs_are_ruled", "one_rule", "what_is_learned_rules", "decided_is_carried",
                         "decide.honest", "decide.ruled", "adopt.honest", "adopt.ruled", "adopt.told"])  # fmt: skip
def settled_is_carried(e: Epoch, c: Value, value: Value) -> Formula:
    """What is decided in an epoch was carried among the active set that rules."""
    return implies(settled(e, value) & rules(e, c), carried(e, c, value))


@epochs.lemma(since=["settled_epochs_are_ruled", "settled_is_carried", "one_carried"])
def one_settled(e: Epoch, x: Value, y: Value) -> Formula:
    """One value is decided in an epoch."""
    return implies(settled(e, x) & settled(e, y), same(x, y))


@epochs.consequence(learn, since=["learn.honest", "learn.source", "the_first_rule_is_genesis", "later_rules_are_settled", "one_genesis",
                                  "decided_is_carried", "one_settled"])  # fmt: skip
def agrees(e: Epoch, c: Value) -> Formula:
    """Who learns an active set learns the one that rules: both come from the one decision of the epoch before."""
    return every(implies(rules(e, d), same(c, d)) for d in Value)


@epochs.invariant(since=["learn.agrees"])
def one_rule(e: Epoch, c: Value, d: Value) -> Formula:
    """One active set rules an epoch."""
    return implies(rules(e, c) & rules(e, d), same(c, d))


@epochs.invariant(since=["learn.source"], pointwise=True)
def every_rule_has_a_decided_source(n: Node, e: Epoch, c: Value) -> Formula:
    """Behind every active set that an honest node goes by stands a decision of the epoch before; or it is the first."""
    source = some(follows(d, e) & honest(m) & decided(m, d, b, c) for d in Epoch for m in Node for b in Value)
    return implies(honest(n) & ruled(n, e, c), (first(e) & genesis(c)) | source)


@epochs.safety(since=["decided_is_carried", "one_settled"])
def one_value_per_epoch(m: Node, n: Node, e: Epoch, b: Value, c: Value, x: Value, y: Value) -> Formula:
    """No two honest nodes decide differently in an epoch, whatever became of the active sets."""
    return implies(honest(m) & honest(n) & decided(m, e, b, x) & decided(n, e, c, y), same(x, y))


@epochs.safety(since=["what_is_learned_rules", "what_rules_is_admissible"])
def every_active_set_is_admissible(n: Node, e: Epoch, c: Value) -> Formula:
    """Every active set that an honest node goes by has at least 3f+a+1 members."""
    return implies(honest(n) & ruled(n, e, c), admissible(c))


@epochs.safety(since=["every_active_set_is_admissible", "quorum_is_available"])
def every_active_set_has_an_honest_quorum(n: Node, e: Epoch, c: Value) -> Formula:
    """Every active set that an honest node goes by can decide without its Byzantine members."""
    return implies(honest(n) & ruled(n, e, c), quorum.of_honest((active(c, m) for m in Node), among=c))


# ---------------------------------------------------------------------- why every epoch is decided by everybody


@epochs.invariant(since=["retire.decided"], purpose="progress")
def who_retires_has_decided(n: Node, e: Epoch, c: Value, value: Value) -> Formula:
    """An honest node serves an epoch at least until it has decided."""
    return implies(honest(n) & retired(n, e, c, value), decided(n, e, c, value))


@epochs.invariant(since=["retire.told"], purpose="progress")
def who_retires_holds_a_quorum(n: Node, e: Epoch, c: Value, value: Value) -> Formula:
    """An honest node serves an epoch at least until a quorum of its active set has decided."""
    return implies(honest(n) & retired(n, e, c, value), quorum((decided(m, e, c, value) for m in Node), among=c))


def decided_by_all(e: Epoch) -> Formula:
    """All honest nodes have decided, and the same."""
    return some(every(implies(honest(n), decided(n, e, c, x)) for n in Node) for c in Value for x in Value)


def a_served_epoch_decides(e: Epoch) -> Formula:
    """While no honest node has retired, the checkpoint protocol lets the honest members decide (`a_good_view_decides` there)."""
    served = none(honest(r) & retired(r, e, c, x) for r in Node for c in Value for x in Value)
    members = some(
        some(honest(m) & ruled(m, e, c) for m in Node) & every(implies(honest(n) & active(c, n), decided(n, e, c, x)) for n in Node)
        for c in Value for x in Value
    )  # fmt: skip
    return implies(served, members)


@epochs.never_ends(
    goal=decided_by_all,
    granted=[a_served_epoch_decides],
    since=["a_retired_epoch_is_decided", "a_served_epoch_is_decided", "a_served_epoch_decides"],
)
def every_epoch_is_decided_by_all(e: Epoch) -> Formula:
    """Where all honest nodes have decided the epoch before, and everything possible has been done, all have decided this one."""
    begins = first(e) & some(genesis(c) for c in Value)
    return begins | some(follows(d, e) & decided_by_all(d) for d in Epoch)


@epochs.stage(
    every_epoch_is_decided_by_all,
    since=["premise", "done.learn", "what_is_learned_rules", "one_rule", "the_first_rule_is_genesis",
           "later_rules_are_settled", "decided_is_carried", "one_settled"],
)  # fmt: skip
def everybody_learns(e: Epoch, n: Node, c: Value) -> Formula:
    """Every honest node has learned which active set rules."""
    return implies(honest(n) & rules(e, c), ruled(n, e, c))


@epochs.stage(
    every_epoch_is_decided_by_all,
    since=["done.adopt", "everybody_learns", "what_is_learned_rules", "who_takes_part_has_learned", "decided_is_carried", "one_rule",
           "one_settled", "blocking_is_honest"],
)  # fmt: skip
def what_honest_members_tell_is_adopted(e: Epoch, n: Node, c: Value, value: Value) -> Formula:
    """What f+1 honest members of the ruling active set have decided, every honest node decides."""
    told = blocking.of_honest((decided(m, e, c, value) for m in Node), among=c)
    return implies(honest(n) & rules(e, c) & told, decided(n, e, c, value))


@epochs.stage(
    every_epoch_is_decided_by_all,
    since=["who_retires_has_decided", "who_retires_holds_a_quorum", "quorum_blocks", "what_honest_members_tell_is_adopted",
           "who_takes_part_has_learned", "what_is_learned_rules"],
)  # fmt: skip
def a_retired_epoch_is_decided(e: Epoch, r: Node, c: Value, value: Value) -> Formula:
    """If anybody has stopped serving the epoch, f+1 honest members tell everybody."""
    return implies(honest(r) & retired(r, e, c, value), every(implies(honest(n), decided(n, e, c, value)) for n in Node))


@epochs.stage(
    every_epoch_is_decided_by_all,
    since=["what_is_learned_rules", "every_active_set_has_an_honest_quorum", "quorum_blocks", "what_honest_members_tell_is_adopted"],
)
def a_served_epoch_is_decided(e: Epoch, c: Value, value: Value) -> Formula:
    """If all honest members have decided, so has everybody."""
    learned = some(honest(m) & ruled(m, e, c) for m in Node)
    members = every(implies(honest(n) & active(c, n), decided(n, e, c, value)) for n in Node)
    return implies(learned & members, every(implies(honest(n), decided(n, e, c, value)) for n in Node))


# ---------------------------------------------------------------------- what must be possible


@epochs.witness()
def a_decision_under_a_new_active_set(n: Node, m: Node, e: Epoch, b: Value, c: Value, value: Value) -> Formula:
    """An active set that one node has left decides, by votes."""
    left_out = genesis(b) & active(b, m) & ~active(c, m)
    return honest(n) & honest(m) & left_out & decided(n, e, c, value)
