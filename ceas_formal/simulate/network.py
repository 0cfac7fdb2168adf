"""The network: when, and whether, a message arrives. Before stabilisation anything may happen to it; after, it takes at most Δ.

Times are whole numbers of ticks, so that a run is exact and the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ceas_formal.spec.exact import whole


@dataclass(frozen=True)
class Partition:
    """For some time, messages between the groups are lost.

    Parameters
    ----------
    start, end : int
        From this tick up to, and not including, that one.
    groups : sequence of frozenset of int
        Nodes in none of them are alone.
    """

    start: int
    end: int
    groups: tuple[frozenset[int], ...]

    def separates(self, time: int, one: int, other: int) -> bool:
        """Return whether a message sent at this time between the two is lost."""
        if one == other or not self.start <= time < self.end:
            return False
        return not any(one in group and other in group for group in self.groups)


@dataclass(frozen=True)
class Network:
    """Delays, loss and duplication, bounded from stabilisation on.

    Parameters
    ----------
    delay : int
        Δ ≥ 1, in ticks: the longest delay after stabilisation.
    stable_from : int
        The tick of stabilisation, at least 0. Nobody but the simulator knows it.
    loss, duplication : float
        Before stabilisation: the chance in [0, 1) that a message is lost, and that it arrives twice.
    slowest : int
        Before stabilisation: the longest delay in ticks, at least Δ.
    partitions : tuple of Partition
        Each ends by stabilisation.

    Raises
    ------
    ValueError
        If a quantity is out of range, or a partition outlasts stabilisation: then nothing is promised.

    Examples
    --------
    >>> network = Network(delay=10)
    >>> all(1 <= arrival <= 10 for arrival in network.arrivals(0, 0, 1, Random(0)))
    True
    """

    delay: int
    stable_from: int = 0
    loss: float = 0.0
    duplication: float = 0.0
    slowest: int = 0
    partitions: tuple[Partition, ...] = ()

    def __post_init__(self) -> None:
        whole("the delay Δ", self.delay, 1)
        whole("the tick of stabilisation", self.stable_from, 0)
        for quantity, chance in (("the loss", self.loss), ("the duplication", self.duplication)):
            if not 0 <= chance < 1:
                raise ValueError(f"{quantity} must lie in [0, 1); got {chance}")
        for partition in self.partitions:
            if partition.end > self.stable_from:
                raise ValueError(f"the end of a partition must lie in 0..{self.stable_from}, the stabilisation; got {partition.end}")

    def arrivals(self, time: int, sender: int, to: int, random: Random) -> Sequence[int]:
        """Return the ticks at which a message sent now arrives: none if it is lost, two if it is doubled. To oneself it takes one tick.

        A message sent before stabilisation that is not lost arrives within Δ of stabilisation at the latest.
        """
        if sender == to:
            return (time + 1,)
        if time >= self.stable_from:
            return (time + 1 + int(random.random() * self.delay),)
        if any(partition.separates(time, sender, to) for partition in self.partitions) or random.random() < self.loss:
            return ()
        latest = self.stable_from + self.delay
        copies = 2 if random.random() < self.duplication else 1
        longest = max(self.slowest, self.delay)
        return tuple(min(latest, time + 1 + int(random.random() * longest)) for _ in range(copies))
