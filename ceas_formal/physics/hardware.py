"""Hardware platforms (paper II.E): what a file in ``models/hardware`` may say, and what heralding allows at a distance.

Every value carries its unit, the condition under which it holds, a citation, and whether that experiment measured it or it is typical for
the platform. A record value and a typical one differ by decades, so a value without these four cannot be used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ceas_formal.errors import BadInput
from ceas_formal.physics.states import fraction_of_one

SPEED_OF_LIGHT = 299_792_458.0
"""c in vacuum [m/s]. Light in silica fibre takes 1.47 times as long."""

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
    """

    scheme: Scheme
    modes: Annotated[int, Meta(ge=1)]
    distance: Length
    pair_rate: Rate
    fidelity: Probability
    success_probability: Probability | None = None

    def __post_init__(self) -> None:
        if self.scheme != "direct" and self.success_probability is not None:
            most = self.modes * self.success_probability.value / least_latency(self.distance.value)
            if self.pair_rate.value > most:
                raise BadInput("Link", f"at most modes·success_probability·c/L = {most:.6g}; got {self.pair_rate.value:.6g}", "pair_rate")


class Platform(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A hardware platform.

    Parameters
    ----------
    name : str
        For reports.
    coherence_time : Duration
        T2 of the qubit that stores [s]; at most 2·T1.
    link : Link
        Remote entanglement.
    relaxation_time : Duration, optional
        T1 [s]; absent where loss is described by an efficiency instead.
    single_qubit_error, two_qubit_error, measurement_error : Probability, optional
        Average infidelity of a gate, chance of a wrong readout [1]; absent where the platform has no such operation.
    """

    name: str
    coherence_time: Duration
    link: Link
    relaxation_time: Duration | None = None
    single_qubit_error: Probability | None = None
    two_qubit_error: Probability | None = None
    measurement_error: Probability | None = None

    def __post_init__(self) -> None:
        if self.relaxation_time is not None and self.coherence_time.value > 2 * self.relaxation_time.value:
            limit = 2 * self.relaxation_time.value
            raise BadInput("Platform", f"at most 2·T1 = {limit:.6g}; got {self.coherence_time.value:.6g}", "coherence_time")

    def values(self) -> dict[str, Quantity]:
        """Return every value that the file gives, by its dotted name."""
        own = {name: getattr(self, name) for name in self.__struct_fields__}
        own |= {f"link.{name}": getattr(self.link, name) for name in self.link.__struct_fields__}
        return {name: value for name, value in own.items() if isinstance(value, Quantity)}


@dataclass(frozen=True)
class Heralding:
    """What one attempt gives: success probability, fidelity of the heralded pair, and latency from its start to the herald [s]."""

    success: float
    fidelity: float
    latency: float


def least_latency(distance: float, *, index: float = 1.0) -> float:
    """Return L·n/c, the least time from the start of an attempt until both ends know its outcome, wherever the detectors stand.

    Parameters
    ----------
    distance : float
        L, positive [m].
    index : float
        Refractive index n, at least 1; 1 gives a bound that holds for every channel.

    Returns
    -------
    float
        In seconds. A photon and its herald together cross the whole distance, also when they meet in the middle.

    Examples
    --------
    >>> f"{least_latency(33_000):.3g}"
    '0.00011'
    """
    if not 0 < distance < math.inf:
        raise ValueError(f"the distance must lie in (0, ∞); got {distance:g}")
    if not 1 <= index < math.inf:
        raise ValueError(f"the refractive index must lie in [1, ∞); got {index:g}")
    return distance * index / SPEED_OF_LIGHT


def heralding(
    scheme: Scheme, detection: float, distance: float, *, brightness: float = 0.5, visibility: float = 1.0, index: float = 1.0
) -> Heralding:
    """Return what an attempt gives, to leading order in the detection probability.

    Parameters
    ----------
    scheme : {"single_photon", "two_photon"}
        With one click p = 2αη and F = (1-α)(1+V)/2: rate is bought with fidelity. With two p = η²/2 and F = (1+V)/2, whatever α.
    detection : float
        η in [0, 1]: the chance that an emitted photon is detected, its fibre included.
    distance : float
        L, positive [m].
    brightness : float
        α in [0, 1], the weight of the state that emits; used by one click only.
    visibility : float
        V in [0, 1], of the interference.
    index : float
        Refractive index, for the latency.

    Raises
    ------
    ValueError
        If an argument is out of range, or the scheme has no herald.

    Examples
    --------
    >>> [round(heralding("single_photon", 4e-4, 2, brightness=a).fidelity, 2) for a in (0.05, 0.2)]
    [0.95, 0.8]

    Notes
    -----
    Cabrillo et al., PRA 59, 1025 (1999); Barrett and Kok, PRA 71, 060310 (2005); as used by Humphreys et al., Nature 558, 268 (2018).
    """
    eta, alpha = fraction_of_one("the detection probability", detection), fraction_of_one("the brightness", brightness)
    clean = (1 + fraction_of_one("the visibility", visibility)) / 2
    latency = least_latency(distance, index=index)
    match scheme:
        case "single_photon":
            return Heralding(min(1.0, 2 * alpha * eta), (1 - alpha) * clean, latency)
        case "two_photon":
            return Heralding(eta**2 / 2, clean, latency)
    raise ValueError(f'the scheme must be "single_photon" or "two_photon"; got {scheme!r}')
