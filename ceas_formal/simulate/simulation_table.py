"""The table of a scenario that says how to run it: the network's time, what is sent, and what Byzantine nodes do."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from msgspec import Meta

from ceas_formal.simulate.reading import shown
from ceas_formal.simulate.scenario_tables import Table

Loss = Annotated[float, Meta(ge=0, lt=1)]
Ticks = Annotated[int, Meta(ge=0, le=10**9)]


class Simulation(Table, frozen=True, kw_only=True):
    """A run of the checkpoint protocol over a network that stabilises.

    Parameters
    ----------
    checkpoints : int
        How many are to be decided [checkpoints].
    delay : int
        Δ, the longest delay of a message after stabilisation [ticks].
    round_length : int
        How long a training round takes; a checkpoint follows every ``consensus.cadence`` of them [ticks per round].
    stable_from : int
        When the network stabilises [ticks].
    loss, duplication : float
        Before that: the chance that a message is lost, and that it arrives twice, from 0 to below 1 [probability].
    slowest : int
        Before that: the longest delay, at least Δ [ticks].
    adversary : str
        What Byzantine nodes do, by the name of a strategy, such as ``"silence"`` or ``"collusion"``.
    weight_cap : Fraction
        κ: no node weighs more than κ/|A|; at least 1 [equal shares].
    clip : Fraction
        C, the longest content that a value may use, above 0 [gradient].
    dimension : int
        Entries of a content [entries].
    spread : Fraction
        How far an honest estimate is off in each entry, at most, from 0 [gradient].
    tolerance : Fraction
        δ: a node accepts contents this near to its own estimate, from 0 [gradient].
    payload_qubits, tag_qubits : int
        n ≥ 1 and t of the Clifford code that carries a payload [qubits].
    channel_noise : Fraction
        The chance of an error on each qubit sent, from 0 to 1 [probability].
    """

    checkpoints: Annotated[int, Meta(ge=1, le=10**4)]
    delay: Annotated[int, Meta(ge=1, le=10**9)]
    round_length: Ticks
    stable_from: Ticks
    loss: Loss
    duplication: Loss
    slowest: Ticks
    adversary: str
    weight_cap: Fraction
    clip: Fraction
    dimension: Annotated[int, Meta(ge=1, le=10**4)]
    spread: Fraction
    tolerance: Fraction
    payload_qubits: Annotated[int, Meta(ge=1, le=1000)]
    tag_qubits: Annotated[int, Meta(ge=0, le=1000)]
    channel_noise: Fraction

    def __post_init__(self) -> None:
        self._require(self.slowest >= self.delay, "slowest", f"at least delay = {self.delay}", self.slowest)
        self._require(self.weight_cap >= 1, "weight_cap", "a number, at least 1", self.weight_cap)
        self._require(self.clip > 0, "clip", "a number above 0", self.clip)
        for field in ("spread", "tolerance"):
            self._require(getattr(self, field) >= 0, field, "a number, at least 0", getattr(self, field))
        self._require(0 <= self.channel_noise <= 1, "channel_noise", "a number from 0 to 1", self.channel_noise)
        self._require(self.adversary.strip() != "", "adversary", "the name of a strategy", shown(self.adversary))
