"""Witnessed stamps: what a verifier can find out about a peer's channel without tomography and without believing the peer.

The verifier draws the secret (which Pauli to check, which Clifford encodes a tag), keeps it until the peer answered, and counts failures
itself; the peer sends back qubits, never numbers. What is estimated is the entanglement fidelity F_e, and from it bounds of the distance D.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from scipy.stats import beta

from ceas_formal.physics.checked import number
from ceas_formal.physics.thresholds import least_checks
from ceas_formal.spec.exact import rational, whole
from ceas_formal.spec.stamps import Scale, fidelity_stamp

Method = Literal["clopper-pearson", "hoeffding"]


@dataclass(frozen=True)
class Interval:
    """A confidence interval.

    Parameters
    ----------
    low, high : float
        Its ends, 0 ≤ low ≤ high ≤ 1.
    confidence : float
        The chance, at least, that an interval found in this way holds the true value.
    shots : int
        What it cost: checks whose payload is spent.

    Raises
    ------
    ValueError
        If an end lies outside [0, 1], or the low one above the high one.
    """

    low: float
    high: float
    confidence: float
    shots: int

    def __post_init__(self) -> None:
        if number("the low end", self.low, "[0, 1]") > number("the high end", self.high, "[0, 1]"):
            raise ValueError(f"the low end must lie in [0, {self.high:g}], up to the high end; got {self.low:g}")


def failure_rate(failures: int, shots: int, *, confidence: float = 0.95, method: Method = "clopper-pearson") -> Interval:
    """Return a two-sided confidence interval of the chance that a check fails.

    Parameters
    ----------
    failures, shots : int
        0 ≤ failures ≤ shots, shots ≥ 1.
    confidence : float
        In (0, 1).
    method : {"clopper-pearson", "hoeffding"}
        The first is exact for independent checks of one chance (Clopper and Pearson, Biometrika 26, 404, 1934). The second also holds for a
        peer that behaves differently from one position to the next, if the positions to check are a uniform sample of a fixed sequence
        (Hoeffding, JASA 58, 13, 1963, section 6); the rate is then the mean over that sequence.

    Returns
    -------
    Interval
        Of the failure rate, within [0, 1].

    Raises
    ------
    TypeError
        If a count is not an int.
    ValueError
        If a count or the confidence is out of range, or the method is unknown.

    Examples
    --------
    >>> found = failure_rate(3, 100)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0062, 0.0852)
    """
    whole("the number of shots", shots, 1)
    if whole("the number of failures", failures, 0) > shots:
        raise ValueError(f"the number of failures must lie in 0..{shots}; got {failures}")
    tail = (1 - _open_unit("the confidence", confidence)) / 2
    match method:
        case "clopper-pearson":
            low = float(beta.ppf(tail, failures, shots - failures + 1)) if failures else 0.0
            high = float(beta.isf(tail, failures + 1, shots - failures)) if failures < shots else 1.0
        case "hoeffding":
            width = math.sqrt(math.log(1 / tail) / (2 * shots))
            low, high = max(0.0, failures / shots - width), min(1.0, failures / shots + width)
        case _:
            raise ValueError(f'the method must be "clopper-pearson" or "hoeffding"; got {method!r}')
    return Interval(low, high, confidence, shots)


def pauli_witness(failures: int, shots: int, qubits: int, *, confidence: float = 0.95, method: Method = "clopper-pearson") -> Interval:
    """Return an interval of the fidelity of an n-qubit stabiliser state, from one random stabiliser measured per shot.

    Parameters
    ----------
    failures, shots : int
        How often the outcome was -1, of how many shots. The verifier draws each element uniformly among the 2^n - 1 other than 1.
    qubits : int
        n ≥ 1. For a channel on m qubits the state is its Choi state, n = 2m: half of m Bell pairs goes through, and the fidelity is F_e.
    confidence, method
        As in :func:`failure_rate`.

    Returns
    -------
    Interval
        Of F, within [0, 1].

    Examples
    --------
    >>> found = pauli_witness(3, 100, 2)
    >>> round(found.low, 4), round(found.high, 4)
    (0.8722, 0.9907)

    Notes
    -----
    The projector is the mean of the stabilisers, so 1 - F = 2(1 - 2^-n)·P(fail) (Flammia and Liu, PRL 106, 230501, 2011; Pallister, Linden
    and Montanaro, PRL 120, 170502, 2018). For a Bell pair the factor is 3/2, and the cost does not grow with n.
    """
    factor = 2 * (1 - 0.5 ** whole("the number of qubits", qubits, 1))
    return _fidelity(failure_rate(failures, shots, confidence=confidence, method=method), factor)


def syndrome_witness(
    rejections: int, shots: int, payload: int, traps: int, *, confidence: float = 0.95, method: Method = "clopper-pearson"
) -> Interval:
    """Return an interval of F_e from the rate at which Clifford tags are rejected: no extra shots beyond the tags that are checked anyway.

    Parameters
    ----------
    rejections, shots : int
        Tags whose syndrome was not 0, of how many.
    payload, traps : int
        n ≥ 1 data qubits and t ≥ 1 trap qubits |0⟩, encoded by a uniform secret Clifford per tag.
    confidence, method
        As in :func:`failure_rate`.

    Returns
    -------
    Interval
        Of the entanglement fidelity of the channel on all n + t qubits, within [0, 1].

    Examples
    --------
    >>> found = syndrome_witness(10, 1000, 1, 8)
    >>> round(found.low, 4), round(found.high, 4)
    (0.9816, 0.9952)

    Notes
    -----
    The secret Clifford twirls any channel into the identity with weight F_e and otherwise a uniform Pauli other than 1, of which
    4^n·2^t - 1 of 4^(n+t) - 1 leave every trap alone. So 1 - F_e = P(reject)/(1 - that share), exactly.
    """
    n, t = whole("the number of data qubits", payload, 1), whole("the number of trap qubits", traps, 1)
    undetected = Fraction(4**n * 2**t - 1, 4 ** (n + t) - 1)
    return _fidelity(failure_rate(rejections, shots, confidence=confidence, method=method), float(1 / (1 - undetected)))


def distance_interval(fidelity: Interval, qubits: int, *, twirled: bool) -> Interval:
    """Return an interval of D, ½ of the diamond norm between the channel and its target, from one of F_e.

    Parameters
    ----------
    fidelity : Interval
        Of F_e.
    qubits : int
        m ≥ 1 that the channel acts on; d = 2^m.
    twirled : bool
        Whether the channel is used under a random Pauli that is undone afterwards, as inside a tag. Then it is a Pauli channel and
        D = 1 - F_e. Otherwise only 1 - F_e ≤ D ≤ d√(1 - F_e) (Wallman and Flammia 2014), and coherent errors may reach the square root.

    Examples
    --------
    >>> found = distance_interval(Interval(0.96, 0.99, 0.95, 1000), 1, twirled=False)
    >>> round(found.low, 3), round(found.high, 3)
    (0.01, 0.4)
    """
    dimension = 2 ** whole("the number of qubits", qubits, 1)
    low, high = 1 - fidelity.high, 1 - fidelity.low
    return Interval(low, high if twirled else min(1.0, dimension * math.sqrt(high)), fidelity.confidence, fidelity.shots)


def witnessed_level(distance: Interval, scale: Scale, *, penalty: int | Fraction) -> int:
    """Return the level of the stamp that is certain at the confidence of `distance`: its upper end, rounded towards a lower stamp.

    The stamp is that of definition 1 with F = F_max, because F itself is not witnessed: the peer's circuit family is public, its noise is
    what D measures. The node then states the facts "level at least ℓ" up to this level.

    Examples
    --------
    >>> witnessed_level(Interval(0.01, 0.04, 0.95, 1000), Scale(Fraction(34, 25), 16), penalty=10)
    13
    """
    # D is rounded up to a multiple of 2^-30, so that the exact stamp is no larger than what was witnessed.
    exact = min(Fraction(1), Fraction(math.ceil(distance.high * 2**30), 2**30))
    return scale.level(fidelity_stamp(1, 1, exact, floor=1, penalty=penalty))


def shots_to_certify(infidelity: float, qubits: int, *, confidence: float = 0.95) -> int:
    """Return the fewest shots after which a Pauli witness without a single failure shows F ≥ 1 - `infidelity`, one-sided.

    Examples
    --------
    >>> shots_to_certify(0.01, 2)
    448
    """
    factor = 2 * (1 - 0.5 ** whole("the number of qubits", qubits, 1))
    rate = number("the infidelity", infidelity, "[1e-15, 1)") / factor
    return math.ceil(math.log1p(-_open_unit("the confidence", confidence)) / math.log1p(-rate))


def shots_for_level(level: int, scale: Scale, qubits: int, *, penalty: int | Fraction, error: float) -> int:
    """Return what the fact "level at least `level`" costs: the fewest Pauli witnesses that tell this level from the one below.

    Parameters
    ----------
    level : int
        In 1..L-1 for the L levels of `scale`.
    scale : Scale
        Of the stamps.
    qubits : int
        m ≥ 1 that the channel acts on; a witness spends m Bell pairs.
    penalty : int or Fraction
        κ of the stamp. A larger one tells smaller distances apart, so the same level costs more shots.
    error : float
        Chance of either mistake, in [10⁻³⁰, 1/2].

    Returns
    -------
    int
        For a twirled channel, where D = 1 - F_e.

    Raises
    ------
    ValueError
        If an argument is out of range, or the distance of the lower level is above 1, where the stamp never gets.

    Examples
    --------
    >>> [shots_for_level(level, Scale(2, 4), 1, penalty=10, error=1e-3) for level in (3, 2)]
    [101, 232]
    """
    if whole("the level", level, 1) >= scale.levels:
        raise ValueError(f"the level must lie in 1..{scale.levels - 1}; got {level}")
    cost = rational("the penalty κ", penalty, "(0, ∞)")
    distances = [(1 / scale.value(near) - 1) / cost for near in (level, level - 1)]
    if distances[1] > 1:
        raise ValueError(f"the distance at level {level - 1} must lie in [0, 1]; got {float(distances[1]):.3g}")
    factor = 2 * (1 - 0.25 ** whole("the number of qubits", qubits, 1))
    return least_checks(float(distances[0]) / factor, float(distances[1]) / factor, error, error).checks


def _fidelity(rate: Interval, factor: float) -> Interval:
    return Interval(max(0.0, 1 - factor * rate.high), max(0.0, 1 - factor * rate.low), rate.confidence, rate.shots)


def _open_unit(quantity: str, value: float) -> float:
    return number(quantity, value, "(0, 1)")
