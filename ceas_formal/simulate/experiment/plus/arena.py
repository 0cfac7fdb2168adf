"""Where CEAS+ is tried: full local batches, data that drift, attackers that touch data, tags, stamps or pairs, many seeds at once.

The loop is that of :mod:`ceas_formal.simulate.experiment.training` without its stock of pairs. All nodes start a round from one model, so
the score is one trigonometric polynomial for all of them: a product of matrices instead of a circuit per node and sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import pi
from typing import Any

import numpy as np

from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.models import FLOOR, Model, model_of
from ceas_formal.simulate.experiment.plus.attacks import Sight
from ceas_formal.simulate.experiment.plus.columns import SERVED, Column
from ceas_formal.simulate.experiment.plus.population import barrier
from ceas_formal.simulate.experiment.plus.worlds import DRIFT_FROM, DRIFT_TO, TwoGaussians, World
from ceas_formal.simulate.experiment.rules import Batch, Rule, Seen
from ceas_formal.simulate.experiment.setting import Experiment

EVERY = 10
"""Rounds from one measured accuracy to the next."""
LOOK = 100
"""Rounds for which an attacker trusts the direction that it computed."""
CAUGHT = 0.9
"""Chance that the tag check sees a message falsified on the wire."""


@dataclass(frozen=True)
class Moving(Batch):
    """A batch whose probe set follows the data."""

    arena: Any = None

    def predictions(self, parameters: Floats) -> Floats:
        """Return the probability of the label +1 on the present probe set."""
        found: Floats = (1 + self.shrink * arena_scores(self.arena, parameters)) / 2
        return found


def arena_scores(arena: Arena, parameters: Floats) -> Floats:
    """Return scores (S, n, m) on the present probe set."""
    return np.asarray(arena.coefficients(parameters)[0] @ arena.probe_basis.swapaxes(-1, -2))


@dataclass
class Outcome:
    """What a batch of runs gives.

    Parameters
    ----------
    accuracy : array, shape (S, T)
        After every `EVERY` rounds [share].
    outside, ever : array, shape (S, N)
        Share of the rounds after the onset and 40 more in which a node was out of the active set; whether it ever was.
    model : array, shape (S, P)
        The last.
    weight : array, shape (S,)
        Share of the Byzantine nodes in the weights of the last round, where the rule says them; else in the active set.
    """

    accuracy: Floats
    outside: Floats
    ever: Floats
    model: Floats
    weight: Floats


class Arena:
    """A batch of runs of one experiment.

    Parameters
    ----------
    experiment : Experiment
        The scenario: circuits whose noise acts on the whole of them, on a complete graph.
    seeds : sequence of int
        One run each.
    drift : bool
        Whether the data drift.
    byzantine : int, optional
        How many Byzantine nodes take part; the others of ``experiment.byzantine`` are absent.
    world : World, optional
        Other data than those of Section IV.

    Raises
    ------
    ValueError
        If the scenario names another model, noise or graph.
    """

    def __init__(
        self, experiment: Experiment, seeds: Sequence[int], *, drift: bool = False, byzantine: int | None = None, world: World | None = None
    ) -> None:
        needed = {"training.model": "circuit_angles", "noise.channel": "global_depolarising", "gossip.topology": "complete"}
        for place, value in needed.items():
            part, field = place.split(".")
            if (got := getattr(getattr(experiment, part), field)) != value:
                raise ValueError(f"{place} must be {value!r} in the study of CEAS+; got {got!r}")
        training = replace_struct(experiment.training, batch_size=experiment.data.honest.samples)
        self.byzantine = experiment.byzantine if byzantine is None else byzantine
        self.nodes, self.absent = experiment.honest + self.byzantine, experiment.byzantine - self.byzantine
        self.experiment, self.seeds = replace(experiment, training=training, nodes=self.nodes, byzantine=self.byzantine), tuple(seeds)
        self.model: Model = model_of(training, 2, compiled=False)
        table = self.model.basis.functions(self.model.basis.nodes)
        self.size = table.shape[0] ** 2
        first, second = np.meshgrid(self.model.basis.nodes, self.model.basis.nodes, indexing="ij")
        self._points = self.model.encode(np.stack([first.ravel(), second.ravel()], axis=-1))
        self._inverse = np.linalg.inv(np.kron(table, table)).T
        self.world: World = world or TwoGaussians(experiment, seeds, drift)
        self.labels = self.world.labels[:, : self.nodes]
        honest, poor = (experiment.shrink(rate) for rate in (experiment.noise.honest_error_rate, experiment.noise.byzantine_error_rate))
        self.shrink = np.where(np.arange(self.nodes) < experiment.honest, honest, poor)[:, None]
        self._drawn: int | None = None
        self.probe_basis: Floats = np.zeros(0)
        self._follow(0)

    def basis(self, features: Floats) -> Floats:
        """Return the products of trigonometric functions of both features (..., K²)."""
        one, two = (self.model.basis.functions(features[..., j].ravel()) for j in (0, 1))
        return (one[:, :, None] * two[:, None, :]).reshape(*features.shape[:-1], self.size)

    def coefficients(self, parameters: Floats, derivatives: bool = False) -> tuple[Floats, Floats | None]:
        """Return the coefficients (..., K²) of the score, and their derivatives (..., P, K²) by the parameter-shift rule."""
        given = parameters
        if derivatives:
            turn = pi / 2 * np.eye(self.model.parameters)
            given = parameters[..., None, :] + np.concatenate([np.zeros((1, len(turn))), turn, -turn])
        found = self.model.scores(given, self._points) @ self._inverse
        if not derivatives:
            return found, None
        count = self.model.parameters
        return found[..., 0, :], (found[..., 1 : count + 1, :] - found[..., count + 1 :, :]) / 2

    def _follow(self, round: int) -> None:
        """Draw near the data of the present round, if they have moved."""
        moving = getattr(self.world, "drift", False)
        place = min(max(round, DRIFT_FROM), DRIFT_TO) if moving else 0
        if place == self._drawn:
            return
        self._drawn = place
        own, honest_like = self.world.features(place)
        self.samples = self.basis(own[:, : self.nodes])
        self.spoilt = self.basis(honest_like[:, self.experiment.honest : self.nodes])
        self.probe_basis = self.basis(self.world.probe(place))

    def updates(
        self, score: Floats, derivatives: Floats, samples: Floats, labels: Floats, shrink: Floats, shots: Sequence[np.random.Generator]
    ) -> tuple[Floats, Floats]:
        """Return -η times the gradients (S, n, P) of the cross-entropy, with the noise of finitely many shots, and without."""
        training = self.experiment.training
        signed = labels * shrink * (samples @ score[:, None, :, None])[..., 0]
        slope = 1 / np.maximum(1 + signed, 2 * FLOOR)
        gradient = -((labels * shrink * slope)[..., None, :] @ samples)[..., 0, :] @ derivatives.swapaxes(-1, -2) / labels.shape[-1]
        noisy = gradient
        if training.shots:
            deviation = np.sqrt((slope**2).sum(axis=-1) / (2 * training.shots)) / labels.shape[-1]
            # Noise is drawn for absent nodes too: that of all others stays what it is with them.
            count, size = gradient.shape[1:]
            drawn = np.array([random.standard_normal((count + self.absent, size))[:count] for random in shots])
            noisy = gradient + deviation[..., None] * drawn
        return np.asarray(-training.learning_rate * noisy), np.asarray(-training.learning_rate * gradient)

    def batch(self, runs: Sequence[int]) -> Moving:
        """Return what a rule is told about `runs` runs on the probe set of this arena."""
        return Moving(
            experiment=self.experiment,
            seeds=tuple(runs),
            model=self.model,
            nodes=None,
            probe=np.zeros(0),
            shrink=float(self.shrink[0, 0]),
            arena=self,
        )

    def run(self, rule: Rule, column: Column, onsets: Sequence[int], rounds: int) -> Outcome:
        """Train under an attack that begins at the round given for each seed.

        Raises
        ------
        ValueError
            If the run is too short to be measured once.
        """
        if rounds < EVERY:
            raise ValueError(f"the number of rounds must be at least {EVERY}; got {rounds}")
        experiment, honest, runs = self.experiment, self.experiment.honest, len(self.seeds)
        shots, attack, chance = ([np.random.default_rng([seed, purpose]) for seed in self.seeds] for purpose in (21, 22, 23))
        self._follow(0)
        rule.begin(self.batch(self.seeds))
        model = np.array([self.model.initial(np.random.default_rng([seed, 24])) for seed in self.seeds])
        active = np.ones((runs, self.nodes), dtype=bool)
        outside, ever, counted = np.zeros(active.shape), ~active, np.zeros((runs, 1))
        memories: list[dict[str, Any]] = [{} for _ in self.seeds]
        accuracy = []
        for t in range(rounds):
            self._follow(t)
            score, derivatives = self.coefficients(model, derivatives=True)
            assert derivatives is not None
            updates, settled = self.updates(score, derivatives, self.samples, self.labels, self.shrink, shots)
            served = np.ones_like(active)
            flipped = updates[:, honest:]
            if column.name in ("label_flip", "triple_flip") and self.byzantine:
                flipped, _ = self.updates(
                    score, derivatives, self.spoilt, self.world.flipped[:, honest : self.nodes], self.shrink[honest:], shots
                )
            for s, onset in enumerate(onsets):
                if t < onset or not self.byzantine:
                    continue
                sight = Sight(
                    updates[s, :honest], settled[s, :honest], updates[s, honest:].copy(), flipped[s], model[s], t, t - onset,
                    attack[s], memories[s],
                    partial(self._worst, model[s], t, memories[s]),
                )  # fmt: skip
                updates[s, honest:] = column.tactic(sight)
                self._capabilities(rule, column, served[s], chance[s])
            stamps = np.ones(active.shape)
            if column.stamps:
                witnessed = getattr(rule, "witnesses_stamps", False)
                stamps[:, :honest] = self.shrink[0, 0]
                stamps[:, honest:] = self.shrink[-1, 0] if witnessed else 1.0
            checkpoint = (t + 1) % experiment.consensus.cadence == 0
            step = rule.step(Seen(t, checkpoint, model[:, None] + updates, model, active, served, stamps))
            model = step.model
            if checkpoint and step.active is not None:
                active = step.active
            after = np.array([[t >= onset + 40] for onset in onsets])
            outside, counted, ever = outside + after * ~active, counted + after, ever | ~active
            if (t + 1) % EVERY == 0:
                accuracy.append(self.world.accuracy(self, model, t))
        weights = active.astype(float) if step.weights is None else step.weights
        weight = weights[:, honest:].sum(axis=-1) / np.maximum(weights.sum(axis=-1), 1e-12)
        return Outcome(np.array(accuracy).T, outside / np.maximum(counted, 1), ever, model, weight)

    def _worst(self, model: Floats, round: int, memory: dict[str, Any]) -> Floats:
        """Return the direction of the barrier, found anew every `LOOK` rounds."""
        if "worst" not in memory or round - memory["looked"] >= LOOK:
            memory["worst"], memory["looked"] = barrier(self, model, 1.0, rounds=LOOK, round=round)[1], round
        return np.asarray(memory["worst"])

    def _capabilities(self, rule: Rule, column: Column, served: Any, random: np.random.Generator) -> None:
        """Take from `served` what a tag check refuses, and whom exhausted pairs leave out."""
        uniform, honest = random.random(served.shape), self.experiment.honest
        if column.tampered and getattr(rule, "checks_tags", False):
            served[honest:] = uniform[honest:] > CAUGHT
        if column.exhaustion and not getattr(rule, "reserves_pairs", False):
            served[:honest] = uniform[:honest] < SERVED


def replace_struct(table: Any, **changes: Any) -> Any:
    """Return a copy of a table of a scenario with some fields changed."""
    import msgspec

    return msgspec.structs.replace(table, **changes)
