"""Hardware platforms (paper II.E): what a file in ``models/hardware`` may say. :mod:`ceas_formal.physics.heralding` has the links.

Every value carries its unit, the condition under which it holds, a citation, and whether that experiment measured it or it is typical for
the platform. A record value and a typical one differ by decades, so a value without these four cannot be used.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ceas_formal.errors import BadInput
from ceas_formal.physics.checked import real
from ceas_formal.physics.heralding import least_latency

Scheme = Literal["single_photon", "two_photon", "direct"]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A number with where it comes from.

    Parameters
    ----------
    mark : {"measured", "typical"}
        Reported by the cited experiment; or representative of the platform, with the citation as one example.
    condition : str
        Device and circumstances: species, decoupling, distance.
    source : str
        The citation.
    """

    mark: Literal["measured", "typical"]
    condition: str
    source: str

    def __post_init__(self) -> None:
        for field in ("condition", "source"):
            if not getattr(self, field).strip():
                raise BadInput(type(self).__name__, "a text that is not empty", field)


class Duration(Value, frozen=True, kw_only=True):
    """A time, above 0, with `unit` "s"."""

    value: Annotated[float, Meta(gt=0)]
    unit: Literal["s"]


class Probability(Value, frozen=True, kw_only=True):
    """An error, a fidelity or a chance in [0, 1], with `unit` "1"."""

    value: Annotated[float, Meta(ge=0, le=1)]
    unit: Literal["1"]


class Rate(Value, frozen=True, kw_only=True):
    """Events per second, above 0, with `unit` "1/s"."""

    value: Annotated[float, Meta(gt=0)]
    unit: Literal["1/s"]


class Length(Value, frozen=True, kw_only=True):
    """A distance, above 0, with `unit` "m"."""

    value: Annotated[float, Meta(gt=0)]
    unit: Literal["m"]


Quantity = Duration | Probability | Rate | Length


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Remote entanglement between two nodes of the platform.

    Parameters
    ----------
    scheme : {"single_photon", "two_photon", "direct"}
        One click heralds, so that brightness trades fidelity for rate; two clicks herald; or the state itself is sent, without a herald.
    modes : int
        Attempts under way at a time, at least 1 [attempts].
    distance : Length
        L between the nodes, along the channel [m].
    pair_rate : Rate
        Pairs per second [1/s].
    fidelity : Probability
        Of a fresh pair with the intended Bell state [1].
    success_probability : Probability, optional
        Per attempt and mode [1].
    attempt_time : Duration, optional
        From the start of an attempt to that of the next in the same mode [s]; at least L/c where a herald has to come back.
    """

    scheme: Scheme
    modes: Annotated[int, Meta(ge=1)]
    distance: Length
    pair_rate: Rate
    fidelity: Probability
    success_probability: Probability | None = None
    attempt_time: Duration | None = None

    def __post_init__(self) -> None:
        if self.scheme == "direct":
            return
        attempt, per_attempt = least_latency(self.distance.value), "c/L"
        if self.attempt_time is not None:
            if self.attempt_time.value < attempt:
                raise BadInput("Link", f"at least L/c = {attempt:.6g}; got {self.attempt_time.value:.6g}", "attempt_time")
            attempt, per_attempt = self.attempt_time.value, "1/attempt_time"
        if self.success_probability is not None:
            most = self.modes * self.success_probability.value / attempt
            if self.pair_rate.value > most:
                expected = f"at most modes·success_probability·{per_attempt} = {most:.6g}; got {self.pair_rate.value:.6g}"
                raise BadInput("Link", expected, "pair_rate")


class Platform(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A hardware platform.

    Parameters
    ----------
    name : str
        For reports.
    coherence_time : Duration
        T2 of the qubit that its `condition` names [s]; at most 2·T1.
    link : Link
        Remote entanglement.
    relaxation_time : Duration, optional
        T1 [s]; absent where loss is described by an efficiency instead.
    single_qubit_error, two_qubit_error, measurement_error : Probability, optional
        Average infidelity of a gate, chance of a wrong readout [1]; absent where the platform has no such operation.
    single_qubit_time, two_qubit_time, measurement_time : Duration, optional
        How long these operations take [s].
    retrieval_efficiency : Probability, optional
        η0, the chance that a stored photon comes out after a storage time of nearly 0 [1]; ensemble memories only.
    retrieval_time : Duration, optional
        τ of its decay η0·exp(-t/τ) [s]; given exactly where `retrieval_efficiency` is.
    """

    name: str
    coherence_time: Duration
    link: Link
    relaxation_time: Duration | None = None
    single_qubit_error: Probability | None = None
    two_qubit_error: Probability | None = None
    measurement_error: Probability | None = None
    single_qubit_time: Duration | None = None
    two_qubit_time: Duration | None = None
    measurement_time: Duration | None = None
    retrieval_efficiency: Probability | None = None
    retrieval_time: Duration | None = None

    def __post_init__(self) -> None:
        if self.relaxation_time is not None and self.coherence_time.value > 2 * self.relaxation_time.value:
            limit = 2 * self.relaxation_time.value
            raise BadInput("Platform", f"at most 2·T1 = {limit:.6g}; got {self.coherence_time.value:.6g}", "coherence_time")
        if (self.retrieval_efficiency is None) != (self.retrieval_time is None):
            missing = "retrieval_efficiency" if self.retrieval_efficiency is None else "retrieval_time"
            raise BadInput("Platform", "the efficiency and the decay time of retrieval, or neither; one is missing", missing)

    def values(self) -> dict[str, Quantity]:
        """Return every value that the file gives, by its dotted name."""
        own = {name: getattr(self, name) for name in self.__struct_fields__}
        own |= {f"link.{name}": getattr(self.link, name) for name in self.link.__struct_fields__}
        return {name: value for name, value in own.items() if isinstance(value, Quantity)}

    def retrieval(self, time: float) -> float:
        """Return η0·exp(-t/τ), the chance that a photon stored for `time` comes out; 1 where no efficiency is given.

        Parameters
        ----------
        time : float
            Storage time, at least 0 [s].

        Raises
        ------
        ValueError
            If the time is negative, infinite or NaN.
        """
        elapsed = float(real("the storage time in s", time, "[0, ∞)"))
        if self.retrieval_efficiency is None or self.retrieval_time is None:
            return 1.0
        return self.retrieval_efficiency.value * math.exp(-elapsed / self.retrieval_time.value)
