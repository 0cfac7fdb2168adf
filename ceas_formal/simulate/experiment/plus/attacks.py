"""What Byzantine nodes do in the study of CEAS+: attacks of Section IV and of the literature, and variants that no constant was tuned on.

All attackers know every honest message of the round. Section IV acts on parameters W; all other attacks act on updates, W less the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ceas_formal.learning.attacks import ATTACKS
from ceas_formal.learning.attacks.moments import inner_product, little_is_enough
from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.plus.barrier import hidden_deviates, symmetric_root


@dataclass
class Sight:
    """What an attacker sees in a round of one run.

    Parameters
    ----------
    honest : array, shape (h, P)
        Updates of honest nodes.
    settled : array, shape (h, P)
        The same without the noise of finitely many shots: what lasts of each node's deviation from the others.
    own : array, shape (b, P)
        The updates that Byzantine nodes would send if they followed the protocol, on their own data.
    flipped : array, shape (b, P)
        The same from data of honest quality with all labels flipped.
    model : array, shape (P,)
        W at the start of the round.
    round, since : int
        t, and rounds since the onset.
    random : numpy.random.Generator
        Of this run.
    memory : dict
        What the attacker keeps between rounds.
    worst : callable
        Gives the direction (P,) of length 1 in which a shift of updates, in units of their noise, costs most accuracy.
    """

    honest: Floats
    settled: Floats
    own: Floats
    flipped: Floats
    model: Floats
    round: int
    since: int
    random: np.random.Generator
    memory: dict[str, Any] = field(default_factory=dict)
    worst: Callable[[], Floats] = lambda: np.zeros(0)

    @property
    def mean(self) -> Floats:
        """Mean of the honest updates."""
        found: Floats = self.honest.mean(axis=0)
        return found

    @property
    def deviation(self) -> Floats:
        """Standard deviation of the honest updates in each coordinate."""
        found: Floats = self.honest.std(axis=0, ddof=1)
        return found

    def blurred(self, centre: Floats, size: float) -> Floats:
        """Return updates about `centre`, each with normal noise of `size` honest deviations, drawn anew."""
        return centre + size * self.deviation * self.random.standard_normal(self.own.shape)

    def hiding(self, places: Floats) -> Floats:
        """Return updates at lasting deviations `places` (b, P) from the honest mean, with shot noise of honest size, drawn anew."""
        shots = (self.honest - self.settled).std()
        return np.asarray(self.mean + places + shots * self.random.standard_normal(places.shape))

    def copies(self, update: Floats) -> Floats:
        """Return the same update for all."""
        return np.repeat(update[None], len(self.own), axis=0)

    def paper(self, kind: str) -> Floats:
        """Return the updates that an attack of Section IV on W amounts to."""
        own = self.model + self.own
        return ATTACKS[kind](own, len(own), random=self.random, own=own) - self.model


Tactic = Callable[[Sight], Floats]


def mix(sight: Sight) -> Floats:
    """Section IV: all take one of the three kinds, drawn anew in each round."""
    return sight.paper(("gaussian", "reversal", "scaling")[sight.random.integers(3)])


def off_checkpoint(sight: Sight) -> Floats:
    """The mix, but honest behaviour in rounds that a checkpoint ends (every fourth)."""
    return sight.own if sight.round % 4 == 3 else mix(sight)


def little(deviations: float, blur: float = 0.0) -> Tactic:
    """ALIE at z deviations, each copy blurred by fresh noise of `blur` deviations."""

    def send(sight: Sight) -> Floats:
        vectors = little_is_enough(sight.honest, len(sight.own), deviations=deviations)
        return vectors if blur == 0 else sight.blurred(vectors[0], blur)

    return send


def lasting_blur(deviations: float, blur: float) -> Tactic:
    """ALIE whose copies differ by noise drawn once, as honest data do."""

    def send(sight: Sight) -> Floats:
        noise = sight.memory.setdefault("noise", sight.random.standard_normal(sight.own.shape))
        return np.asarray(sight.mean + sight.deviation * (deviations + blur * noise))

    return send


def inner(factor: float) -> Tactic:
    """IPM: minus `factor` times the honest mean."""
    return lambda sight: inner_product(sight.honest, len(sight.own), factor=factor)


def mimic(sight: Sight) -> Floats:
    """Copies of the honest node that stands out most along the widest direction when the attack begins."""
    if "target" not in sight.memory:
        centred = sight.honest - sight.mean
        sight.memory["target"] = int((centred @ np.linalg.svd(centred)[2][0]).argmax())
    return sight.copies(sight.honest[sight.memory["target"]])


def slow(sight: Sight) -> Floats:
    """A blurred offset of alternating signs that grows by one deviation in 40 rounds, up to 4."""
    signs = np.where(np.arange(sight.mean.size) % 2 == 0, 1.0, -1.0)
    return sight.blurred(sight.mean + min(4.0, sight.since / 40) * sight.deviation * signs, 0.5)


def alternating(sight: Sight) -> Floats:
    """Ten rounds of reversal, thirty of honest behaviour."""
    return sight.paper("reversal") if sight.since % 40 < 10 else sight.own


def pairs_of_copies(sight: Sight) -> Floats:
    """Ten of the farthest honest nodes on one side, copied twice each: too few copies of each to stand out."""
    centred = sight.honest - sight.mean
    if "targets" not in sight.memory:
        sight.memory["targets"] = np.argsort(centred @ np.linalg.svd(centred)[2][0])[-10:]
    return sight.honest[np.resize(sight.memory["targets"], len(sight.own))]


def hidden(sight: Sight) -> Floats:
    """The witness of the barrier: each attacker is one sample of the law that makes two worlds look alike, and keeps its place in it.

    The shift lies where it costs most accuracy; in all other directions attackers are as noisy as honest nodes. Shot noise is drawn anew,
    for a node whose shots never change can be told from an honest one.
    """
    towards, root = sight.worst(), symmetric_root(np.cov(sight.settled.T))
    if "place" not in sight.memory:
        sight.memory["place"] = hidden_deviates(len(sight.own), 0.4, sight.random)
        sight.memory["noise"] = sight.random.standard_normal(sight.own.shape)
    noise = sight.memory["noise"]
    noise = noise - np.outer(noise @ towards, towards) + np.outer(sight.memory["place"], towards)
    return sight.hiding(noise @ root)


def inside(length: float, blur: float = 0.3) -> Tactic:
    """A crowd `length` honest deviations away where it costs most, `blur` deviations wide: aimed at CEAS+."""

    def send(sight: Sight) -> Floats:
        noise = sight.memory.setdefault("noise", sight.random.standard_normal(sight.own.shape))
        return sight.hiding((length * sight.worst() + blur * noise) @ symmetric_root(np.cov(sight.settled.T)))

    return send


def two_crowds(sight: Sight) -> Floats:
    """Half of the attackers as in :func:`inside` at 2.5, half as in :func:`lasting_blur` at 2."""
    half = len(sight.own) // 2
    return np.concatenate([inside(2.5, 0.5)(sight)[:half], lasting_blur(2.0, 0.5)(sight)[half:]])


def burst(sight: Sight) -> Floats:
    """The mix in one round of twelve, honest behaviour in the others."""
    return mix(sight) if sight.since % 12 == 0 else sight.own


def estranged(sight: Sight) -> Floats:
    """Ten rounds in which each goes its own way, 4 deviations out, then fifty of ALIE: against the memory that finds copies."""
    if sight.since % 60 >= 10:
        return little(1.5)(sight)
    way = sight.memory.setdefault("way", sight.random.standard_normal(sight.own.shape))
    way = 4 * way / np.linalg.norm(way, axis=-1, keepdims=True)
    return np.asarray(sight.mean + way @ symmetric_root(np.cov(sight.honest.T)))


def turning(sight: Sight) -> Floats:
    """A crowd 2.5 deviations away whose direction changes every 25 rounds, from one axis of honest noise to the next."""
    noise = sight.memory.setdefault("noise", sight.random.standard_normal(sight.own.shape))
    values, axes = np.linalg.eigh(np.cov(sight.honest.T))
    axis = -1 - sight.since // 25 % len(values)
    roots = np.sqrt(np.maximum(values, 0.0))
    return np.asarray(sight.mean + 2.5 * roots[axis] * axes[:, axis] + 0.4 * (noise * roots) @ axes.T)
