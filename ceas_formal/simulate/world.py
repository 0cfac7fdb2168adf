"""What the nodes judge: the payloads of an epoch, their contents, and each honest node's verdicts on them.

A payload's content is a vector; an honest node's is its own noisy estimate. A node accepts a payload if its tag verifies and the content
lies within δ of the node's own estimate: that verdict is what becomes an OK. How often tags fail under honest noise is a number that the
physics gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Protocol

from ceas_formal.spec.influence import Vector, clipped, squared_norm
from ceas_formal.spec.value import Fact, Good, Level, Rules


class World(Protocol):
    """Where verdicts come from."""

    def verdicts(self, node: int, epoch: int) -> frozenset[Fact]:
        """Return what this node finds to be true in this epoch."""


@dataclass
class NoisyPayloads:
    """Payloads of nodes that estimate one truth with noise; Byzantine ones send what they like, the same to everybody.

    Parameters
    ----------
    rules : Rules
        The constants of the run.
    byzantine : frozenset of int
        Who sends `poison` in place of an estimate.
    seed : int
        Of the estimates and of the tags.
    noise : Fraction
        Entries of an estimate are off by up to this, uniformly.
    tolerance : Fraction
        δ: the greatest distance at which a node accepts a content.
    rejection : float
        The chance in [0, 1] that the tag of an honest payload fails at a node, from the physics of tags.
    stamp : Fraction
        The level that every payload is certified at.
    poison : Vector, optional
        The content of Byzantine payloads; an honest-looking one by default.

    Examples
    --------
    >>> rules = Rules(nodes=4, faults=1, false_accepts=0, cap=2, clip=1, dimension=2)
    >>> world = NoisyPayloads(rules, frozenset(), seed=0)
    >>> len(world.verdicts(0, 0)), world.verdicts(0, 0) == world.verdicts(1, 0)
    (8, True)
    """

    rules: Rules
    byzantine: frozenset[int]
    seed: int
    noise: Fraction = Fraction(1, 20)
    tolerance: Fraction = Fraction(1, 2)
    rejection: float = 0.0
    stamp: Fraction = Fraction(1, 2)
    poison: Vector | None = None
    _facts: dict[int, tuple[Good, ...]] = field(default_factory=dict, repr=False)

    def payloads(self, epoch: int) -> tuple[Good, ...]:
        """Return the payload of every node in this epoch, as the fact that it is good."""
        if epoch not in self._facts:
            random = Random(f"payloads {self.seed} {epoch}")
            truth = [Fraction(random.randint(-300, 300), 1000) for _ in range(self.rules.dimension)]
            contents = []
            for node in range(self.rules.nodes):
                own = [entry + self.noise * Fraction(random.randint(-1000, 1000), 1000) for entry in truth]
                bad = node in self.byzantine and self.poison is not None
                contents.append(Good(node, clipped(self.poison if bad and self.poison is not None else own, self.rules.clip)))
            self._facts[epoch] = tuple(contents)
        return self._facts[epoch]

    def verdicts(self, node: int, epoch: int) -> frozenset[Fact]:
        """Return the payloads that this node accepts, and their levels."""
        random = Random(f"verdicts {self.seed} {epoch} {node}")
        payloads = self.payloads(epoch)
        own = payloads[node].content
        found: set[Fact] = set()
        for payload in payloads:
            away = [theirs - mine for theirs, mine in zip(payload.content, own, strict=True)]
            if random.random() >= self.rejection and squared_norm(away) <= self.tolerance**2:
                found |= {payload, Level(payload.node, self.stamp)}
        return frozenset(found)
