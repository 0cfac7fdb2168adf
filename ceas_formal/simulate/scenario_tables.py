"""The tables of a scenario that say who takes part and by which rules: nodes, consensus, gossip, entanglement, trust, quarantine.

Numbers that enter exact arithmetic are :class:`~fractions.Fraction`; fidelities, divergences and probabilities are floats.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ceas_formal.errors import BadInput
from ceas_formal.simulate.reading import shown

Whole = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Positive = Annotated[float, Meta(gt=0)]
NonNegative = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a scenario: immutable, without unknown fields."""

    def _require(self, holds: bool, field: str, expected: str, got: object) -> None:
        if not holds:
            raise BadInput(type(self).__name__, f"{expected}; got {shown(got)}", field)


class Network(Table, frozen=True, kw_only=True):
    """The nodes V, honest and Byzantine.

    Parameters
    ----------
    nodes : int
        N = |V|, at least 1 [nodes].
    byzantine_nodes : int
        |B|, the nodes that truly are Byzantine, at most N [nodes]. The protocol knows only ``consensus.faults``.
    """

    nodes: Count
    byzantine_nodes: Whole

    def __post_init__(self) -> None:
        self._require(self.byzantine_nodes <= self.nodes, "byzantine_nodes", f"at most network.nodes = {self.nodes}", self.byzantine_nodes)


class Consensus(Table, frozen=True, kw_only=True):
    """The checkpoint protocol as declared (II.D, III.D).

    Parameters
    ----------
    faults : int
        f, the Byzantine nodes that the protocol is to tolerate, at most N [nodes].
    false_accepts : int
        a, the honest nodes that may be fooled about one fact, at most N [nodes].
    quorum_rule : {"2f+1", "ceil((N+f+1)/2)", "max(ceil((N+f+1)/2), 2f+a+1)"}
        How many votes carry a step [votes].
    cadence : int
        Rounds from one checkpoint to the next, at least 1 [rounds].
    """

    faults: Whole
    false_accepts: Whole
    quorum_rule: Literal["2f+1", "ceil((N+f+1)/2)", "max(ceil((N+f+1)/2), 2f+a+1)"]
    cadence: Count


class Gossip(Table, frozen=True, kw_only=True):
    """Mixing between checkpoints (III.B).

    Parameters
    ----------
    topology : {"complete", "random_regular", "ring", "grid"}
        The graph G: everybody with everybody, 4 neighbours each at random, 2, or up to 4 on a grid as square as N allows. In an experiment
        who stands where is drawn for each seed, and the random baseline broadcasts its mean on any graph.
    mixing : {"exact", "random_matching"}
        The weighted mean itself, on other graphs than the complete one `depth` steps of (6) with Metropolis's weights; or `depth` random
        matchings along edges. Nodes mix weighted contents and weights, so that quotients tend to (5). Unless it is the mean itself, each
        node of an experiment starts the next round from its own estimate; accuracy is that of the mean (5), which a checkpoint commits.
    depth : int
        Gossip steps in a round [steps per round].
    averaged : {"parameters", "gradients"}
        What is averaged: θ as in II.B and (6), or g as in (5).
    weights : {"proportional_to_fidelity", "uniform"}
        The weights w_k of (4).
    """

    topology: Literal["complete", "random_regular", "ring", "grid"]
    mixing: Literal["exact", "random_matching"]
    depth: Count
    averaged: Literal["parameters", "gradients"]
    weights: Literal["proportional_to_fidelity", "uniform"]


class Entanglement(Table, frozen=True, kw_only=True):
    """Supply of Bell pairs, demand, and the order of use (III.C).

    Parameters
    ----------
    pairs_per_round : int
        Most pairs generated, and most pairs consumed, in a round of the whole network [pairs per round].
    pairs_per_active_node : int
        Pairs that each active node asks for in a round [pairs per node and round].
    policy : {"earliest_expiring_first", "freshest_first", "uniform_random"}
        Which stored pair is used next.
    coherence_time_minimum, coherence_time_maximum : Fraction
        τ_c is uniform between the two, above 0 [rounds].
    coherence_time_per : {"pair", "node"}
        What carries a τ_c of its own.
    lifetime_law : {"fixed", "exponential"}
        A pair lives for τ_c, or for an exponential time with mean τ_c.
    effect : {"counted", "gates_and_degrades"}
        Pairs are counted only; or a node without its pairs is not heard, and old pairs shrink a node's gradient by exp(-age/τ_c).
    """

    pairs_per_round: Whole
    pairs_per_active_node: Whole
    policy: Literal["earliest_expiring_first", "freshest_first", "uniform_random"]
    coherence_time_minimum: Fraction
    coherence_time_maximum: Fraction
    coherence_time_per: Literal["pair", "node"]
    lifetime_law: Literal["fixed", "exponential"]
    effect: Literal["counted", "gates_and_degrades"]

    def __post_init__(self) -> None:
        low, high = self.coherence_time_minimum, self.coherence_time_maximum
        self._require(low > 0, "coherence_time_minimum", "a number above 0", low)
        self._require(low <= high, "coherence_time_minimum", f"at most coherence_time_maximum = {shown(high)}", low)


class Fidelity(Table, frozen=True, kw_only=True):
    """Decay F ← F(1 - γ) of a node's fidelity (IV).

    Parameters
    ----------
    initial : float
        F_0, from 0 to 1 [fidelity].
    decay_factor : {"one_minus_exponential", "reciprocal"}
        γ = 1 - exp(-1/τ_c), or γ = 1/τ_c [per round].
    refresh : {"never", "every_round", "every_checkpoint"}
        When F returns to F_0.
    gate_errors : {"left_out", "included"}
        Whether F also has the factor (1-ε)^gates of its node, as a witness would measure it.
    """

    initial: Share
    decay_factor: Literal["one_minus_exponential", "reciprocal"]
    refresh: Literal["never", "every_round", "every_checkpoint"]
    gate_errors: Literal["left_out", "included"]


class Trust(Table, frozen=True, kw_only=True):
    """Trust scores τ_k ← α τ_k + (1 - α) v_k (III.D).

    Parameters
    ----------
    memory_factor : Fraction
        α, above 0 and below 1 [weight of the past per round].
    minimum : Fraction
        τ_min, below which a node is quarantined, from 0 to 1 [trust].
    initial : Fraction
        τ_k at round 0, from 0 to 1 [trust].
    """

    memory_factor: Fraction
    minimum: Fraction
    initial: Fraction

    def __post_init__(self) -> None:
        self._require(0 < self.memory_factor < 1, "memory_factor", "a number above 0 and below 1", self.memory_factor)
        self._require(0 <= self.minimum <= 1, "minimum", "a number from 0 to 1", self.minimum)
        self._require(0 <= self.initial <= 1, "initial", "a number from 0 to 1", self.initial)


class Quarantine(Table, frozen=True, kw_only=True):
    """Quarantine by rolling divergence, and the way back (IV).

    Parameters
    ----------
    divergence_window : int
        Terms of the rolling sum, at least 1 [terms].
    divergence_window_unit : {"rounds", "checkpoints"}
        What one term stands for.
    divergence_reference : {"aggregate", "geometric_median"}
        What a node's predictions are compared with.
    divergence_direction : {"node_from_reference", "reference_from_node"}
        KL(node ‖ reference), or the other way round [nats].
    probe_samples : int
        Shared samples on which predictions are compared [samples].
    probability_floor : float
        Probabilities are clipped to at least this, above 0, at most ½ [probability].
    threshold_rule : {"proportional", "inverse", "constant"}
        Θ(F) is θF, θ/F, or θ.
    threshold_scale : float
        θ, above 0 [nats].
    minimum_active_nodes : int
        Below so many active nodes, quarantined ones return, at most N [nodes].
    readmission : {"all", "highest_fidelity", "lowest_divergence"}
        Who returns then: all, or as many as are missing, in that order.
    recovery_fidelity : float
        A quarantined node at or above it returns, from 0 to 1 [fidelity].
    """

    divergence_window: Count
    divergence_window_unit: Literal["rounds", "checkpoints"]
    divergence_reference: Literal["aggregate", "geometric_median"]
    divergence_direction: Literal["node_from_reference", "reference_from_node"]
    probe_samples: Count
    probability_floor: Annotated[float, Meta(gt=0, le=0.5)]
    threshold_rule: Literal["proportional", "inverse", "constant"]
    threshold_scale: Positive
    minimum_active_nodes: Whole
    readmission: Literal["all", "highest_fidelity", "lowest_divergence"]
    recovery_fidelity: Share
