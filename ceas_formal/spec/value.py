"""The value that a checkpoint decides: which payloads are used, with which contents and stamps, and who is active next (paper II.A, III.D).

Weights are no part of it: the aggregate is a function of the value, so nodes that agree on the value agree on what it means.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from fractions import Fraction

from ceas_formal.spec.exact import rational, whole
from ceas_formal.spec.influence import Vector, clipped, squared_norm, vector, weighted_sum
from ceas_formal.spec.quorum import admissible
from ceas_formal.spec.weights import capped_weights


@dataclass(frozen=True)
class Good:
    """The fact that the payload of node k in this epoch is authentic, with this classical content."""

    node: int
    content: Vector

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.node, self.content)))

    def __hash__(self) -> int:
        return int(self._hash)  # type: ignore[attr-defined]  # Fractions are slow to hash, and facts are looked up for every OK


@dataclass(frozen=True)
class Level:
    """The fact that the fidelity stamp of node k is at least this."""

    node: int
    stamp: Fraction

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.node, self.stamp)))

    def __hash__(self) -> int:
        return int(self._hash)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Misbehaves:
    """The fact that node k misbehaves: it may be quarantined, and may leave the active set."""

    node: int


@dataclass(frozen=True)
class MayReturn:
    """The fact that node k may enter the active set."""

    node: int


Fact = Good | Level | Misbehaves | MayReturn
"""What f+a+1 nodes can certify."""


@dataclass(frozen=True)
class Use:
    """A payload that the value uses: its sender, its content, and the stamp that gives its weight. Exact numbers only."""

    node: int
    content: Vector
    stamp: Fraction

    def __post_init__(self) -> None:
        whole("the node of a use", self.node, 0)
        object.__setattr__(self, "content", vector(f"the content of node {self.node}", self.content))
        object.__setattr__(self, "stamp", rational(f"the stamp of node {self.node}", self.stamp, "(-∞, ∞)"))


@dataclass(frozen=True)
class Value:
    """What a checkpoint decides. Values are compared whole; nothing is hashed for identity.

    Parameters
    ----------
    epoch : int
        The epoch that it decides.
    uses : frozenset of Use
        The used payloads. Well formed values use each node at most once.
    next_active : frozenset of int
        The active set of the next epoch.
    quarantined : frozenset of int
        The nodes in soft quarantine: their payloads weigh 0, their votes count.
    """

    epoch: int
    uses: frozenset[Use]
    next_active: frozenset[int]
    quarantined: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        whole("the epoch", self.epoch, 0)
        for name in ("uses", "next_active", "quarantined"):
            object.__setattr__(self, name, frozenset(getattr(self, name)))
        for node in self.next_active | self.quarantined:
            whole("a node", node, 0)


@dataclass(frozen=True)
class Rules:
    """The constants of a run.

    Parameters
    ----------
    nodes : int
        |V|; the nodes are 0, 1, …, |V|-1.
    faults, false_accepts : int
        f and a.
    cap, clip : int or Fraction
        κ, at least 1, and C, positive.
    dimension : int
        d, the number of entries of a content.

    Raises
    ------
    TypeError, ValueError
        If a constant is inexact or out of range.
    """

    nodes: int
    faults: int
    false_accepts: int
    cap: int | Fraction
    clip: int | Fraction
    dimension: int

    def __post_init__(self) -> None:
        whole("the number of nodes", self.nodes, 1)
        whole("the number of faults", self.faults, 0)
        whole("the number of false accepts", self.false_accepts, 0)
        whole("the dimension", self.dimension, 1)
        rational("the cap κ", self.cap, "[1, ∞)")
        rational("the clip C", self.clip, "(0, ∞)")


def well_formed(value: Value, *, epoch: int, active: Collection[int], certified: Collection[Fact], rules: Rules) -> list[str]:
    """Return the names of what is wrong with the value: none, if it is well formed.

    Parameters
    ----------
    value : Value
        What is proposed.
    epoch : int
        The epoch to decide.
    active : collection of int
        A, the active set of that epoch.
    certified : collection of Fact
        What the caller holds enough OKs for: f+a+1 as a voter, 2f+a+1 as the leader.
    rules : Rules
        The constants of the run.

    Returns
    -------
    list of str
        Names of violated clauses: ``epoch``; ``one_use_per_node``, ``active_uses``, ``dimension``, ``clip``, ``stamps``,
        ``certified_contents``, ``certified_stamps`` of the uses; ``active_quarantine``, ``certified_quarantine``;
        ``known_nodes``, ``certified_leaving``, ``certified_entering``, ``admissible`` of the next active set.

    Examples
    --------
    >>> rules = Rules(nodes=4, faults=1, false_accepts=0, cap=1, clip=5, dimension=2)
    >>> use = Use(2, (Fraction(3), Fraction(4)), Fraction(1, 2))
    >>> value, facts = Value(7, frozenset({use}), frozenset(range(4))), [Good(2, use.content), Level(2, Fraction(3, 4))]
    >>> well_formed(value, epoch=7, active=range(4), certified=facts, rules=rules)
    []
    >>> well_formed(value, epoch=8, active=range(4), certified=facts[:1], rules=rules)
    ['epoch', 'certified_stamps']

    Notes
    -----
    A certified level ℓ covers every stamp up to ℓ, so a leader may understate a stamp, but never overstate it. There is no clause for
    the cap: :func:`aggregate` computes the weights. Senders clip their contents themselves (:func:`ceas_formal.spec.influence.clipped`).
    """
    facts, members, uses = frozenset(certified), frozenset(active), value.uses
    users = frozenset(use.node for use in uses)
    levels = [fact for fact in facts if isinstance(fact, Level)]
    clauses = {
        "epoch": value.epoch == epoch,
        "one_use_per_node": len(users) == len(uses),
        "active_uses": users <= members,
        "dimension": all(len(use.content) == rules.dimension for use in uses),
        "clip": all(squared_norm(use.content) <= Fraction(rules.clip) ** 2 for use in uses),
        "stamps": all(0 < use.stamp <= 1 for use in uses),
        "certified_contents": all(Good(use.node, use.content) in facts for use in uses),
        "certified_stamps": all(any(level.node == use.node and level.stamp >= use.stamp for level in levels) for use in uses),
        "active_quarantine": value.quarantined <= members,
        "certified_quarantine": all(Misbehaves(node) in facts for node in value.quarantined),
        "known_nodes": value.next_active <= frozenset(range(rules.nodes)),
        "certified_leaving": all(Misbehaves(node) in facts for node in members - value.next_active),
        "certified_entering": all(MayReturn(node) in facts for node in value.next_active - members),
        "admissible": admissible(len(value.next_active), rules.faults, rules.false_accepts),
    }
    return [name for name, holds in clauses.items() if not holds]


def aggregate(value: Value, *, active: Collection[int], rules: Rules) -> Vector:
    """Return Σ w_k·x_k over the uses, with capped weights and clipped contents (equation 5).

    Parameters
    ----------
    value : Value
        Well formed, or at least with one use per node, stamps in (0, 1] and contents of the right dimension.
    active : collection of int
        A, the active set of the epoch: a weight is at most κ/|A|.
    rules : Rules
        The constants of the run.

    Returns
    -------
    tuple of Fraction
        A vector of dimension d and norm at most C; zero if nothing is used. Contents are clipped here once more, which leaves those of
        well formed values as they are, so that the bounds of :mod:`ceas_formal.spec.influence` rest on nobody's checks.

    Raises
    ------
    ValueError
        If a node is used twice, a stamp lies outside (0, 1], a content has another dimension, or more nodes are used than are active.

    Examples
    --------
    >>> rules = Rules(nodes=4, faults=1, false_accepts=0, cap=1, clip=5, dimension=2)
    >>> uses = [Use(1, (Fraction(3), Fraction(4)), Fraction(1, 2)), Use(2, (Fraction(6), Fraction(8)), Fraction(1))]
    >>> [str(x) for x in aggregate(Value(7, frozenset(uses), frozenset(range(4))), active=range(4), rules=rules)]
    ['3/2', '2']
    """
    uses = sorted(value.uses, key=lambda use: use.node)
    nodes = [use.node for use in uses]
    if len(set(nodes)) < len(nodes):
        raise ValueError(f"the number of uses of each node must lie in 0..1; got the nodes {nodes}")
    silenced = {place for place, node in enumerate(nodes) if node in value.quarantined}
    weights = capped_weights([use.stamp for use in uses], rules.cap, active=len(set(active)), quarantined=silenced)
    return weighted_sum(weights, [clipped(use.content, rules.clip) for use in uses], rules.dimension)
