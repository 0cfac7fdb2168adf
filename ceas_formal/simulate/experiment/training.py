"""The training loop of section IV over abstract consensus: many seeds at once, any rule, any adversary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from ceas_formal.simulate.experiment.accuracy import Accuracy
from ceas_formal.simulate.experiment.attacks import Adversary, Sent
from ceas_formal.simulate.experiment.basis import interpolation
from ceas_formal.simulate.experiment.consensus import decide
from ceas_formal.simulate.experiment.data import Floats, node_data, probe
from ceas_formal.simulate.experiment.fidelity import fidelity_at
from ceas_formal.simulate.experiment.mixing import Mixing
from ceas_formal.simulate.experiment.models import CircuitAngles, model_of
from ceas_formal.simulate.experiment.pairs import COUNTS, Stock
from ceas_formal.simulate.experiment.rules import Batch, Booleans, Rule, Seen
from ceas_formal.simulate.experiment.setting import Experiment
from ceas_formal.simulate.experiment.streams import generator

NODES_AT_ONCE = 1000
"""Seeds are batched up to so many nodes: more leave the cache and gain nothing."""


@dataclass
class History:
    """What happened, round by round, in each of S runs of T rounds.

    Parameters
    ----------
    accuracy : array, shape (S, T)
        Population accuracy of the model after each round [share]: of what the rule makes of all messages, also where gossip leaves each
        node with an estimate of its own.
    active_honest, active_byzantine : array, shape (S, T)
        Members of the active set at the end of each round [nodes].
    ever_honest, ever_byzantine : array, shape (S, T)
        Nodes that have left the active set at least once so far [nodes].
    generated, requested, used, expired : array, shape (S, T)
        Bell pairs in each round [pairs].
    kept : dict of str to array, shape (S, T, N)
        Quantities of the rule that were asked for by name.
    """

    accuracy: Floats
    active_honest: Floats
    active_byzantine: Floats
    ever_honest: Floats
    ever_byzantine: Floats
    generated: Floats
    requested: Floats
    used: Floats
    expired: Floats
    kept: dict[str, Floats] = field(default_factory=dict)


def train(
    experiment: Experiment,
    seeds: Sequence[int],
    rule: Rule,
    adversary: Adversary,
    *,
    rounds: int | None = None,
    assumption: str = "checkpoint_assumed",
    scheduled: bool = True,
    keep: Sequence[str] = (),
    compiled: bool | None = None,
) -> History:
    """Train once for each seed and return what happened.

    Parameters
    ----------
    experiment : Experiment
        The scenario.
    seeds : sequence of int
        One run each. A run depends on its own seed alone, not on the others of the batch.
    rule : Rule
        What turns messages into the next model, and proposes active sets.
    adversary : Adversary
        What Byzantine nodes send.
    rounds : int, optional
        Instead of ``training.rounds``.
    assumption : str
        What stands behind checkpoints: one of :data:`~ceas_formal.simulate.experiment.consensus.ASSUMPTIONS`.
    scheduled : bool
        Whether Bell pairs go to active nodes by the scenario's policy, or to all nodes at random.
    keep : sequence of str
        Quantities of the rule to keep for every round and node.
    compiled : bool, optional
        Whether circuits run compiled; by default if numba is installed.

    Returns
    -------
    History
        For the seeds in the order given.
    """
    size = max(1, NODES_AT_ONCE // experiment.nodes)
    parts = []
    for start in range(0, len(seeds), size):
        run = _Run(experiment, tuple(seeds[start : start + size]), rule, adversary, assumption, scheduled, compiled)
        parts.append(run.play(rounds or experiment.training.rounds, tuple(keep)))
    names = [entry.name for entry in fields(History) if entry.name != "kept"]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return History(**joined, kept={name: np.concatenate([part.kept[name] for part in parts]) for name in keep})


class _Run:
    """A batch of runs that fits the cache."""

    def __init__(
        self,
        experiment: Experiment,
        seeds: tuple[int, ...],
        rule: Rule,
        adversary: Adversary,
        assumption: str,
        scheduled: bool,
        compiled: bool | None,
    ) -> None:
        self.experiment, self.rule, self.adversary, self.assumption, self.scheduled = experiment, rule, adversary, assumption, scheduled
        nodes, data, training = experiment.nodes, experiment.data, experiment.training
        self.model = model_of(training, data.features, experiment.noise, compiled=compiled)
        self.accuracy = Accuracy(data.test, data.separation_measure, self.model.basis, compiled=getattr(self.model, "compiled", False))
        self.points = self.model.encode(self.accuracy.points)
        drawn = [node_data(data, nodes, experiment.byzantine, seed) for seed in seeds]
        samples, labels = self.model.encode(np.array([features for features, _ in drawn])), np.array([labels for _, labels in drawn])
        if adversary.flips_labels:
            labels[:, experiment.honest :] *= -1
        size = min(training.batch_size, labels.shape[-1])
        chosen = [slice(first, first + size) for first in range(0, labels.shape[-1] - size + 1, size)]
        self.minibatches: list[tuple[Any, Floats]] = [
            (np.ascontiguousarray(samples[:, :, rows]), np.ascontiguousarray(labels[:, :, rows])) for rows in chosen
        ]
        probes = interpolation(self.model.basis, np.array([probe(data, experiment.quarantine.probe_samples, seed) for seed in seeds]))
        good, poor = experiment.noise.honest_error_rate, experiment.noise.byzantine_error_rate
        self.shrink, self.gate_fidelity = (
            np.broadcast_to(np.where(np.arange(nodes) < experiment.honest, of(good), of(poor)), (len(seeds), nodes))
            for of in (experiment.shrink, experiment.gate_fidelity)
        )
        self.batch = Batch(experiment, seeds, self.model, self.points, probes, experiment.shrink(good))
        self.stock = Stock(experiment.entanglement, nodes, seeds)
        self.shots = [generator(seed, "shots") for seed in seeds]
        self.mixing = Mixing(experiment.gossip, nodes, seeds)
        self.parameters: Floats = np.array([self.model.initial(generator(seed, "initial")) for seed in seeds])
        self.starts: Floats = self.parameters[:, None]
        """What each node starts from (S, N, P); (S, 1, P) where it is the same for all."""
        rule.begin(self.batch)
        adversary.begin(seeds)

    def play(self, rounds: int, keep: tuple[str, ...]) -> History:
        experiment, seeds, nodes = self.experiment, len(self.batch.seeds), self.experiment.nodes
        cadence, honest = experiment.consensus.cadence, experiment.honest
        numbers = {entry.name: np.zeros((seeds, rounds)) for entry in fields(History) if entry.name != "kept"}
        kept = {name: np.zeros((seeds, rounds, nodes)) for name in keep}
        active: Booleans = np.ones((seeds, nodes), dtype=bool)
        ever = ~active
        for t in range(rounds):
            checkpoint = (t + 1) % cadence == 0
            served = self.stock.round(t, active, scheduled=self.scheduled)
            gated = experiment.entanglement.effect == "gates_and_degrades"
            arrived = served.nodes if gated else np.ones_like(active)
            messages = self._falsified(t, checkpoint, self._refined(t, served.quality if gated else None), active)
            fidelity = fidelity_at(experiment.fidelity, self.stock.coherence, t, cadence, self.gate_fidelity)
            if self.adversary.claims_fidelity:
                fidelity[:, honest:] = 1.0
            step = self.rule.step(Seen(t, checkpoint, messages, self.parameters, active, arrived, fidelity))
            if self.mixing.shared or step.weights is None:
                self.starts = step.model[:, None]
            else:
                self.starts = self.mixing(messages, step.weights, self.starts)
            self.parameters = step.model
            if checkpoint and step.active is not None:
                active = decide(self.assumption, step.active, active, experiment.byzantine, experiment.consensus.false_accepts)
                ever = ever | ~active
            numbers["accuracy"][:, t] = self._judged(self.parameters)
            for name, members in (("active", active), ("ever", ever)):
                numbers[f"{name}_honest"][:, t] = members[:, :honest].sum(axis=-1)
                numbers[f"{name}_byzantine"][:, t] = members[:, honest:].sum(axis=-1)
            for name in COUNTS:
                numbers[name][:, t] = served.counts[name]
            for name, found in kept.items():
                found[:, t] = step.measured[name]
        return History(**numbers, kept=kept)

    def _refined(self, t: int, quality: Floats | None) -> Floats:
        """Return the parameters of all nodes (S, N, P) after their own steps, by (3); poor pairs shrink their gradients."""
        training = self.experiment.training
        parameters = self.starts
        for number in range(training.local_steps):
            # Samples are independent, so minibatches are taken in turn.
            samples, labels = self.minibatches[(t * training.local_steps + number) % len(self.minibatches)]
            gradient = self.model.gradient(parameters, samples, labels, self.shrink)
            if training.shots and isinstance(self.model, CircuitAngles):
                deviation = self.model.deviation(parameters, samples, labels, self.shrink, training.shots)
                normal = np.array([random.standard_normal(gradient.shape[1:]) for random in self.shots])
                gradient = gradient + deviation[..., None] * normal
            if quality is not None:
                gradient = gradient * quality[..., None]
            parameters = parameters - training.learning_rate * gradient
        return parameters

    def _judged(self, parameters: Floats) -> Floats:
        """Return the accuracy (S,) of parameters (S, P)."""
        return self.accuracy(self.model.scores(parameters, self.points))

    def _falsified(self, t: int, checkpoint: bool, own: Floats, active: Booleans) -> Floats:
        """Return the messages (S, N, P): parameters, or what stands for gradients, with those of Byzantine nodes falsified."""
        experiment, gradients = self.experiment, self.experiment.gossip.averaged == "gradients"
        rate, honest = experiment.training.learning_rate, experiment.honest
        vectors = (self.starts - own) / rate if gradients else own
        aggregate = getattr(self.rule, "aggregate", None)
        sent = Sent(t, checkpoint, self.parameters, vectors, experiment.byzantine, active, self._judged, aggregate)
        false = self.adversary.falsified(sent)
        if false is None:
            return own
        if gradients:
            false = (self.starts if self.starts.shape[1] == 1 else self.starts[:, honest:]) - rate * false
        return np.concatenate([own[:, :honest], false], axis=1)
