"""What breaks the protocols: each entry weakens one hypothesis, at the smallest sizes with a Byzantine node that show it.

The list is the other half of the theorems: a hypothesis is worth stating only if its absence is seen to do harm.
"""

from __future__ import annotations

from dataclasses import replace

from ceas_formal.spec.checkpoint import Node, Payload, Value, View, accepts, checkpoint, entered, quorum, unlocked, uses, vote
from ceas_formal.spec.checkpoint import blocking as blocking_set
from ceas_formal.spec.counting import Instance, Tuple
from ceas_formal.spec.epoch_weakenings import EPOCH_WEAKENINGS
from ceas_formal.spec.language import Formula, every, implies, same, some
from ceas_formal.spec.quantity import A, Whole
from ceas_formal.spec.quorum import certifying_size, quorum_size
from ceas_formal.spec.view_weakenings import VIEW_WEAKENINGS
from ceas_formal.spec.weakening import Numbers, Weakening, disjoint_honest_parts

__all__ = ["WEAKENINGS", "Weakening", "disjoint_honest_parts"]

def _sizes(nodes: int, faults: int, views: int, values: int, payloads: int) -> Instance:
    return Instance(nodes, faults, 0, {"View": views, "Value": values, "Payload": payloads})


def _own_verdicts(n: Node, view: View, value: Value, last: View) -> Formula:
    """The node itself accepts each payload that the value uses."""
    return every(implies(uses(value, p), accepts(n, p)) for p in Payload)


def _indirect_claims(n: Node, view: View, value: Value, last: View) -> Formula:
    """As the real clause, but VOTE2 for two other values at different views from `last` on also count as a claim."""

    def claims(m: Node) -> Formula:
        direct = some((last <= d) & (d < view) & vote[2](m, d, value) for d in View)
        indirect = some(
            (last <= d) & (d < e) & (e < view) & vote[2](m, d, x) & vote[2](m, e, y) & ~same(x, y)
            for d in View for e in View for x in Value for y in Value
        )  # fmt: skip
        return entered(m, view) & (direct | indirect)

    return quorum(unlocked(m, view, vote[3]) for m in Node) | ((last < view) & blocking_set(claims(m) for m in Node))


def _no_claims(n: Node, view: View, value: Value, last: View) -> Formula:
    """As the real clause, but without the f+1 claims."""
    return quorum(unlocked(m, view, vote[4]) for m in Node) | (last < view)


def _three_f(faults: Whole, false_accepts: Whole) -> Whole:
    """As few nodes as 3f, whatever a is."""
    return 3 * faults


def _missing_votes(nodes: int, faults: int, false_accepts: int) -> Numbers | None:
    size, honest = quorum_size(nodes, faults, false_accepts), nodes - faults
    return {"quorum": size, "honest": honest, "missing": size - honest} if honest < size else None


def _fatal_rejections(nodes: int, faults: int, false_accepts: int) -> Numbers | None:
    size, honest = quorum_size(nodes, faults, false_accepts), nodes - faults
    return {"quorum": size, "honest": honest, "honest_rejections_that_stop_it": max(0, honest - size + 1)}


def _false_certificate(fooled: int, wanted: int, nodes: int, faults: int) -> Numbers | None:
    possible = faults + fooled >= wanted and fooled <= nodes - faults
    return {"byzantine": faults, "fooled": fooled, "certifying": wanted} if possible else None


_SECOND_LEADER: dict[str, set[Tuple]] = {"byzantine": {(1,)}}  # of the views that matter
_ENTRIES = [
    Weakening(
        "quorum-2f", "q = max(⌈(N+f+1)/2⌉, 2f+a+1) reports carry a step", "2f reports do", "agreement",
        checkpoint.resized("quorum", lambda nodes, faults, false_accepts: 2 * faults), _sizes(4, 1, 1, 2, 0), 6, {"byzantine": {(0,)}},
        lambda nodes, faults, false_accepts: disjoint_honest_parts(2 * faults, nodes, faults),
    ),
    Weakening(
        "quorum-2f+1", "q = max(⌈(N+f+1)/2⌉, 2f+a+1) reports carry a step", "2f+1 do, as in II.D, though N ≠ 3f+1", "agreement",
        checkpoint.resized("quorum", lambda nodes, faults, false_accepts: 2 * faults + 1), _sizes(5, 1, 1, 2, 0), 6, {"byzantine": {(0,)}},
        lambda nodes, faults, false_accepts: disjoint_honest_parts(2 * faults + 1, nodes, faults),
    ),
    Weakening(
        "quorum-n-f", "N > 3f+a", "N = 3f, with all that can be waited for as the quorum: N-f", "agreement",
        replace(
            checkpoint.resized("quorum", lambda nodes, faults, false_accepts: nodes - faults),
            least_nodes=_three_f,
        ),
        _sizes(3, 1, 1, 2, 0), 6, {"byzantine": {(0,)}},
        lambda nodes, faults, false_accepts: disjoint_honest_parts(nodes - faults, nodes, faults),
    ),
    Weakening(
        "no-lock", "VOTE1 needs PROOFs that no lower view decided otherwise", "VOTE1 looks at no lower view", "agreement",
        checkpoint.without("vote1.locks_agree").without("vote1.claimed"), _sizes(4, 1, 2, 2, 0), 11, _SECOND_LEADER,
    ),
    Weakening(
        "lock-without-claim", "a value that is locked anywhere needs f+1 claims of VOTE1", "agreeing with the last lock is enough",
        "agreement",
        checkpoint.replacing("vote1.claimed", _no_claims), _sizes(4, 1, 3, 2, 0), 14, {"byzantine": {(2,)}},
    ),
    Weakening(
        "vote-in-left-view", "a node votes only in its current view", "VOTE4 is cast in views already left", "agreement",
        checkpoint.without("vote4.in_view"), _sizes(4, 1, 2, 2, 0), 12, _SECOND_LEADER,
    ),
    Weakening(
        "false-accept", "at most a honest nodes accept a tampered payload", "one more does", "no_tampered_commit",
        checkpoint.relimited("budget", A + 1), _sizes(4, 1, 1, 1, 1), 7, {"byzantine": {(0,)}},
        lambda nodes, faults, false_accepts: _false_certificate(
            false_accepts + 1, certifying_size(nodes, faults, false_accepts), nodes, faults
        ),
    ),
    Weakening(
        "certify-f+a", "f+a+1 OKs certify a payload", "f+a do", "no_tampered_commit",
        checkpoint.resized("certifying", lambda nodes, faults, false_accepts: faults + false_accepts),
        _sizes(4, 1, 1, 1, 1), 8, {"byzantine": {(0,)}},
        lambda nodes, faults, false_accepts: _false_certificate(false_accepts, faults + false_accepts, nodes, faults),
    ),
    Weakening(
        "indirect-claim", "the leader needs f+1 claims of VOTE2 for the very value",
        "two later VOTE2, for other values, count as a claim for any value", "a_good_view_decides",
        checkpoint.replacing("propose.claimed", _indirect_claims), _sizes(4, 1, 4, 3, 0), 12, {"byzantine": {(2,)}},
    ),
    Weakening(
        "own-verdicts", "a voter relies on f+a+1 OKs", "each voter needs its own verdict on every payload", "some_value_is_acceptable",
        checkpoint.replacing("vote1.certified", _own_verdicts), _sizes(4, 1, 2, 2, 1), 8,
        {"byzantine": {(0,)}, "uses": {(0, 0)}, "tampered": set(), "accepts": {(1, 0), (2, 0)}},
        _fatal_rejections,
    ),
    Weakening(
        "no-honest-quorum", "N > 3f+a", "N = 3f, with the declared quorum", "a_good_view_decides",
        replace(checkpoint, least_nodes=_three_f), _sizes(3, 1, 1, 1, 0), 6,
        {"byzantine": {(1,)}}, _missing_votes,
    ),
]  # fmt: skip

WEAKENINGS: dict[str, Weakening] = {entry.name: entry for entry in [*_ENTRIES, *EPOCH_WEAKENINGS, *VIEW_WEAKENINGS]}
"""Every weakening by name: disagreement first, a tampered commit, no decision; then what breaks the chain of active sets, and the views."""
