"""What breaks the chain of active sets: the paper's trust lists, its floor of 15, its re-admission of everybody, and two shortcuts."""

from __future__ import annotations

from ceas_formal.spec.checkpoint.setting import Node, Value
from ceas_formal.spec.counting import Instance, Tuple
from ceas_formal.spec.epochs import Epoch, active, byzantine, decided, epochs, genesis
from ceas_formal.spec.language import Formula
from ceas_formal.spec.quantity import A, F, N
from ceas_formal.spec.quorum import admissible, least_nodes, quorum_size
from ceas_formal.spec.weakening import Numbers, Weakening


def _disjoint_across(first: int, second: int, nodes: int, faults: int, false_accepts: int) -> Numbers | None:
    """Return quorums of two active sets of these sizes whose common nodes can all be Byzantine, where every node is in one of the sets."""
    sizes = quorum_size(first, faults, false_accepts), quorum_size(second, faults, false_accepts)
    common = max(0, sum(sizes) - nodes)
    if common > faults or not admissible(min(first, second), faults, false_accepts):
        return None
    return {"active": first, "other_active": second, "quorum": sizes[0], "other_quorum": sizes[1], "common": common, "faults": faults}


def _two_lists(nodes: int, faults: int, false_accepts: int) -> Numbers | None:
    """Two nodes each leave out as few others as do harm, not the same ones."""
    found = (_disjoint_across(nodes - k, nodes - k, nodes, faults, false_accepts) for k in range(1, nodes // 2 + 1))
    return next(filter(None, found), None)


def _stale_list(nodes: int, faults: int, false_accepts: int) -> Numbers | None:
    """One node goes by all, another by the set that was decided; or, an epoch later, by two such sets."""
    found = (_disjoint_across(nodes, nodes - k, nodes, faults, false_accepts) for k in range(1, nodes))
    return next(filter(None, found), None) or _two_lists(nodes, faults, false_accepts)


PAPER_FLOOR = 15
"""The paper re-admits nodes when fewer than 15 are active (IV)."""


def _below_the_floor(nodes: int, faults: int, false_accepts: int) -> Numbers | None:
    """Return what an active set at the paper's floor has, or at the largest that is not admissible if that is smaller."""
    floor = min(PAPER_FLOOR, 3 * faults + false_accepts)
    size, honest = quorum_size(floor, faults, false_accepts), floor - faults
    return {"active": floor, "quorum": size, "honest": max(0, honest)} if faults and floor <= nodes and size > honest else None


def _everybody(nodes: int, faults: int, false_accepts: int) -> Numbers | None:
    """Return how many Byzantine members undo the bound once everybody is back: f+1 of them have anything adopted."""
    outside = nodes - least_nodes(faults, false_accepts)
    return {"active": nodes, "faults": faults, "byzantine_that_suffice": faults + 1} if outside > 0 else None


def _known_list(n: Node, e: Epoch, c: Value, before: Epoch, b: Value) -> Formula:
    """The active set that was given at the start, or any that the node has seen decided in an earlier epoch."""
    return genesis(c) | ((before < e) & decided(n, before, b, c))


def _epochs(nodes: int, how_many: int, values: int) -> Instance:
    return Instance(nodes, 1, 0, {"Epoch": how_many, "Value": values})


def _sets(*members: str) -> set[Tuple]:
    """Return the active sets A, B, … with these members, such as ``"0123"``."""
    return {(value, int(node)) for value, nodes in enumerate(members) for node in nodes}


_CHAIN: dict[str, set[Tuple]] = {"byzantine": {(0,)}, "first": {(0,)}, "follows": {(0, 1)}, "genesis": {(0,)}}
_BEFORE = "the active set of an epoch was decided in the epoch before"
EPOCH_WEAKENINGS = [
    Weakening(
        "local-trust-lists", _BEFORE, "each node goes by a trust list of its own", "one_value_per_epoch",
        epochs.without("learn.source"), _epochs(5, 1, 2), 3, {"byzantine": {(0,)}, "first": {(0,)}, "active": _sets("0123", "0134")},
        _two_lists, epochs,
    ),
    Weakening(
        "stale-active-set", _BEFORE, "any active set that a node has seen will do", "one_value_per_epoch",
        epochs.replacing("learn.source", _known_list), _epochs(5, 2, 2), 6, {**_CHAIN, "active": _sets("0123", "0234")},
        _stale_list, epochs,
    ),
    Weakening(
        "readmission-floor", "an active set has at least 3f+a+1 members", "it may have fewer, as with the paper's floor of 15",
        "every_active_set_has_an_honest_quorum", epochs.relimited("admissible", N - (3 * F + A)), _epochs(4, 2, 2), 4,
        {**_CHAIN, "active": _sets("0123", "012")}, _below_the_floor, epochs,
    ),
    Weakening(
        "readmit-everybody", "at most f of all nodes are Byzantine, in or out of quarantine",
        "f counts those in the active set, and everybody is let back in", "one_value_per_epoch",
        epochs.rebounded("faults", (byzantine(m) & genesis(g) & active(g, m) for g in Value for m in Node)), _epochs(5, 2, 2), 6,
        {**_CHAIN, "byzantine": {(0,), (1,)}, "active": _sets("0234", "01234")}, _everybody, epochs,
    ),
    Weakening(
        "retire-early", "a node serves an epoch until a quorum has decided", "it stops serving once it has decided itself",
        "every_epoch_is_decided_by_all", epochs.without("retire.told"), _epochs(4, 1, 1), 4,
        {"byzantine": {(0,)}, "first": {(0,)}, "genesis": {(0,)}, "active": _sets("0123")}, None, epochs,
    ),
]  # fmt: skip
