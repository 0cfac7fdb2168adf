"""What turns the messages of a round into the next model and, at checkpoints, into the next active set: the interface, and plain rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.models import Model
from ceas_formal.simulate.experiment.setting import Experiment
from ceas_formal.simulate.experiment.streams import generator

Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Batch:
    """What is fixed for a batch of runs.

    Parameters
    ----------
    experiment : Experiment
        The tables of the scenario.
    seeds : tuple of int
        One run each; S of them.
    model : Model
        What is trained.
    nodes : object
        The encoded points at which a score is evaluated.
    probe : array, shape (S, K², probe samples)
        What takes scores there to scores on the shared probe set of each seed.
    shrink : float
        What noise leaves on honest hardware, at which predictions are compared.
    """

    experiment: Experiment
    seeds: tuple[int, ...]
    model: Model
    nodes: Any
    probe: Floats
    shrink: float

    def predictions(self, parameters: Floats) -> Floats:
        """Return the probability of the label +1 on the probe set (S, n, probe samples) for parameters (S, n, P)."""
        return self.model.probabilities(self.model.scores(parameters, self.nodes) @ self.probe, self.shrink)


@dataclass(frozen=True)
class Seen:
    """What a rule sees at the end of a round. A rule must not change these arrays.

    Parameters
    ----------
    round : int
        t, from 0.
    checkpoint : bool
        Whether a checkpoint ends this round.
    messages : array, shape (S, N, P)
        The parameters that each node sent, falsified ones included. Nodes in quarantine send too.
    previous : array, shape (S, P)
        The model that the round started from.
    active : array of bool, shape (S, N)
        The active set.
    served : array of bool, shape (S, N)
        Whose message arrived: False for nodes that got too few Bell pairs, where pairs gate messages.
    fidelity : array, shape (S, N)
        F of each node in this round, in [0, 1]: the stamp in (4).
    """

    round: int
    checkpoint: bool
    messages: Floats
    previous: Floats
    active: Booleans
    served: Booleans
    fidelity: Floats


@dataclass(frozen=True)
class Step:
    """What a rule answers.

    Parameters
    ----------
    model : array, shape (S, P)
        The next model.
    active : array of bool, shape (S, N), optional
        The active set that it puts before the checkpoint; None keeps the present one.
    measured : dict of str to array, optional
        Quantities (S, N) that a history may keep, such as ``"divergence"``.
    weights : array, shape (S, N), optional
        Of the messages, where the model is their weighted mean: what gossip needs. None stands for a model that is broadcast.
    """

    model: Floats
    active: Booleans | None = None
    measured: dict[str, Floats] = field(default_factory=dict)
    weights: Floats | None = None


class Rule(Protocol):
    """A rule with a state of its own for each run of a batch. One object serves one batch at a time."""

    name: str

    def begin(self, batch: Batch) -> None:
        """Start new runs: forget everything."""

    def step(self, seen: Seen) -> Step:
        """Return the next model, and at checkpoints the active set proposed."""


def weighted_mean(messages: Floats, weights: Floats, previous: Floats) -> Floats:
    """Return Σ w_k·x_k / Σ w_k over nodes (5), and the previous model where all weights are 0.

    Parameters
    ----------
    messages : array, shape (S, N, P)
    weights : array, shape (S, N)
        At least 0.
    previous : array, shape (S, P)
    """
    total = weights.sum(axis=-1, keepdims=True)
    mean = np.einsum("sn,snp->sp", weights, messages) / np.where(total > 0, total, 1.0)
    found: Floats = np.where(total > 0, mean, previous)
    return found


@dataclass
class Mean:
    """The plain mean of the messages of all nodes that arrived: no weights, no quarantine."""

    name: str = "mean"

    def begin(self, batch: Batch) -> None:
        """Start new runs."""

    def step(self, seen: Seen) -> Step:
        """Return the mean."""
        weights = (seen.active & seen.served).astype(float)
        return Step(weighted_mean(seen.messages, weights, seen.previous), weights=weights)


@dataclass
class HonestMean:
    """The mean of honest nodes alone, as an oracle would take it: what no rule can know."""

    name: str = "honest_mean"
    _honest: int = 0

    def begin(self, batch: Batch) -> None:
        """Start new runs."""
        self._honest = batch.experiment.honest

    def step(self, seen: Seen) -> Step:
        """Return the mean of honest nodes."""
        honest = self._honest
        return Step(weighted_mean(seen.messages[:, :honest], seen.served[:, :honest].astype(float), seen.previous))


@dataclass
class RandomSelection:
    """The baseline of section IV: the mean of m nodes drawn uniformly at random, without repetition, in each round."""

    name: str = "random"
    _random: list[np.random.Generator] = field(default_factory=list, repr=False)
    _selected: int = 0

    def begin(self, batch: Batch) -> None:
        """Start new runs."""
        self._random = [generator(seed, "selection") for seed in batch.seeds]
        self._selected = batch.experiment.baseline.selected_nodes

    def step(self, seen: Seen) -> Step:
        """Return the mean of the nodes drawn."""
        nodes = seen.active.shape[-1]
        keys = np.array([random.random(nodes) for random in self._random])
        last = np.partition(keys, self._selected - 1, axis=-1)[:, self._selected - 1 : self._selected]
        return Step(weighted_mean(seen.messages, ((keys <= last) & seen.active & seen.served).astype(float), seen.previous))


@dataclass
class Robust:
    """A rule of :data:`ceas_formal.learning.aggregation.RULES` over all messages, without weights or quarantine.

    Parameters
    ----------
    rule : str
        Its name there.
    """

    rule: str
    name: str = ""
    _aggregate: Callable[..., Any] | None = field(default=None, repr=False)
    _faults: int = 0

    def __post_init__(self) -> None:
        self.name = self.name or self.rule

    def begin(self, batch: Batch) -> None:
        """Start new runs.

        Raises
        ------
        ValueError
            If there is no such rule, or it does not apply to so many nodes and faults.
        """
        from ceas_formal.learning.aggregation import RULES

        size, self._faults = batch.experiment.nodes, batch.experiment.byzantine
        if self.rule not in RULES:
            raise ValueError(f"the aggregation rule must be one of {', '.join(RULES)}; got {self.rule!r}")
        if not RULES[self.rule].applies(size, self._faults):
            raise ValueError(f"the rule {self.rule} does not apply to {size} nodes of which {self._faults} are Byzantine")
        self._aggregate = RULES[self.rule]

    def aggregate(self, vectors: Floats) -> Floats:
        """Return what becomes of the vectors (N, P) of one run: what an attack on this rule looks up."""
        assert self._aggregate is not None
        found: Floats = self._aggregate(vectors, faults=self._faults)
        return found

    def step(self, seen: Seen) -> Step:
        """Return the aggregate of the messages."""
        return Step(np.array([self.aggregate(rows) for rows in seen.messages]))
