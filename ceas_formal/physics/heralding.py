"""Heralded links (paper II.E): what one attempt gives, with dark counts, and how long its herald takes.

All probabilities are to leading order in the detection probability η and in the dark counts δ, both of which are small in every link so
far. A detector that clicks without a photon heralds a pair that is not there: such a pair is the mixture that the emitters are left in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ceas_formal.physics.checked import number

SPEED_OF_LIGHT = 299_792_458.0
"""c in vacuum [m/s]. Light in silica fibre takes 1.47 times as long."""


@dataclass(frozen=True)
class Heralding:
    """What one attempt gives: success probability, fidelity of the heralded pair, and latency from its start to the herald [s]."""

    success: float
    fidelity: float
    latency: float

    def rate(self, attempt: float | None = None, *, modes: int = 1) -> float:
        """Return heralds per second, if an attempt starts every `attempt` seconds in each of `modes`.

        Parameters
        ----------
        attempt : float, optional
            At least `latency` [s], which is the default.
        modes : int, optional
            At least 1.

        Raises
        ------
        ValueError
            If the attempt is shorter than the latency, or `modes` is no int above 0.

        Examples
        --------
        >>> round(heralding("two_photon", 0.02, 3000).rate(1e-4), 6)
        2.0
        """
        period = self.latency if attempt is None else attempt
        if not self.latency <= period < math.inf:
            raise ValueError(f"the duration of an attempt must lie in [{self.latency:.6g}, ∞) s; got {period:g}")
        if isinstance(modes, bool) or not isinstance(modes, int) or modes < 1:
            raise ValueError(f"the number of modes must be an int, at least 1; got {modes!r}")
        return modes * self.success / period


def least_latency(distance: float, *, index: float = 1.0) -> float:
    """Return L·n/c, the least time from the start of an attempt until both ends know its outcome, wherever the detectors stand.

    Parameters
    ----------
    distance : float
        L, positive [m].
    index : float
        Refractive index n in [1, 10⁶]; 1 gives a bound that holds for every channel.

    Returns
    -------
    float
        In seconds. A photon and its herald together cross the whole distance, also when they meet in the middle.

    Examples
    --------
    >>> f"{least_latency(33_000):.3g}"
    '0.00011'
    """
    return number("the distance", distance, "(0, ∞)") / SPEED_OF_LIGHT * number("the refractive index", index, "[1, 1e6]")


def dark_probability(rate: float, window: float) -> float:
    """Return δ = 1 - exp(-rate·window), the chance of a dark count in one detector while a photon is awaited.

    Parameters
    ----------
    rate : float
        Dark counts per second and detector, at least 0 [1/s].
    window : float
        How long a click counts, at least 0 [s].

    Examples
    --------
    >>> f"{dark_probability(10.0, 1e-7):.2g}"
    '1e-06'
    """
    return -math.expm1(-number("the dark count rate in 1/s", rate, "[0, ∞)") * number("the detection window in s", window, "[0, ∞)"))


def heralding(
    scheme: str,
    detection: float,
    distance: float,
    *,
    brightness: float = 0.5,
    visibility: float = 1.0,
    index: float = 1.0,
    dark: float = 0.0,
) -> Heralding:
    """Return what an attempt gives, to leading order in the detection probability and the dark counts.

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
    dark : float
        δ in [0, 1]: the chance of a dark count in one of the two detectors during one detection window.

    Raises
    ------
    ValueError
        If an argument is out of range, or the scheme has no herald.

    Examples
    --------
    >>> [round(heralding("single_photon", 4e-4, 2, brightness=a).fidelity, 2) for a in (0.05, 0.2)]
    [0.95, 0.8]
    >>> [round(heralding("two_photon", 1e-3, 2, dark=d).fidelity, 3) for d in (0, 1e-6, 1e-5)]
    [1.0, 0.994, 0.944]

    Notes
    -----
    Cabrillo et al., PRA 59, 1025 (1999); Barrett and Kok, PRA 71, 060310 (2005); as used by Humphreys et al., Nature 558, 268 (2018).

    Dark counts. One click: 2δ heralds of the emitters' product mixture, which has fidelity α(1-α), so p = 2αη + 2δ and
    pF = αη(1-α)(1+V) + 2δα(1-α). Two clicks, one in each of two windows: a photon and a dark count with 4ηδ, two dark counts with 4δ²,
    both of mean fidelity 1/4, so p = η²/2 + 4ηδ + 4δ² and pF = η²(1+V)/4 + ηδ + δ². So with one click dark counts matter where δ is near
    αη, with two already where it is near η/8.
    """
    eta, alpha = number("the detection probability", detection, "[0, 1]"), number("the brightness", brightness, "[0, 1]")
    clean, accidental = (1 + number("the visibility", visibility, "[0, 1]")) / 2, 2 * number("the dark count probability", dark, "[0, 1]")
    latency = least_latency(distance, index=index)
    match scheme:
        case "single_photon":
            true, false = 2 * alpha * eta, accidental
            good, chance = (1 - alpha) * clean, alpha * (1 - alpha)
        case "two_photon":
            true, false = eta**2 / 2, 2 * eta * accidental + accidental**2
            good, chance = clean, 0.25
        case _:
            raise ValueError(f'the scheme must be "single_photon" or "two_photon"; got {scheme!r}')
    fidelity = good if false == 0 else (true * good + false * chance) / (true + false)
    return Heralding(min(1.0, true + false), fidelity, latency)
