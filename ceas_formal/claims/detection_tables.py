"""Numbers for the rows on trust (III.D.1): which settings of the paper's rule and of a CUSUM work, and how fast they are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ceas_formal.claims.trust import MEMORY, THRESHOLD
from ceas_formal.derive.trust.detection_chain import (
    Enclosure,
    cusum_time,
    cusum_within,
    limit_for,
    quarantine_time,
    quarantined_within,
)
from ceas_formal.physics.tags import clifford_acceptance, honest_acceptance

NOISE = Fraction(1, 100)
TAGS = ((1, 8), (4, 16), (10, 40))
"""Payload and trap qubits of the Clifford code in the examples."""
HONEST_RATE = Fraction(1, 10)
SCORES = (4, 1)
"""What a rejection adds and an acceptance takes: rates above 1/5 make the score rise."""


def reject_rates(payload: int, traps: int, duty: Fraction) -> tuple[float, float]:
    """Return the reject rate of an honest node and of a cheater whose honest payloads fail as often: q and q + d(1-s-q).

    Parameters
    ----------
    payload, traps : int
        Qubits of the Clifford code, at :data:`NOISE` per qubit.
    duty : Fraction
        d in [0, 1].

    Examples
    --------
    >>> [round(rate, 3) for rate in reject_rates(1, 8, Fraction(1, 2))]
    [0.086, 0.541]
    """
    q, s = 1 - honest_acceptance(payload, traps, NOISE), clifford_acceptance(payload, traps)
    return float(q), float(q + duty * (1 - s - q))


def settings(
    honest: float, cheater: float, stays: int = 1000, falls: int = 100, chance: float = 0.99, cells: int = 500
) -> dict[str, list[str]]:
    """Return which (α, τ_min) keep an honest node in for `stays` rounds and quarantine a cheater within `falls`, each with this chance.

    Parameters
    ----------
    honest, cheater : float
        The reject rates, in (0, 1]. The cheater throws coins; one that counts is another matter (row TRU-2).
    stays, falls : int
        Rounds.
    chance : float
        In (0, 1).
    cells : int
        Cells of the grid that encloses both chances.

    Returns
    -------
    dict
        Pairs ``"α/τ_min"`` under ``works``, ``fails`` (one of the two demands is not met) and ``undecided`` (the enclosure is too wide).
    """
    found: dict[str, list[str]] = {"works": [], "fails": [], "undecided": []}
    for alpha in (Fraction(4, 5), Fraction(9, 10), Fraction(19, 20), Fraction(49, 50)):
        for low in (Fraction(tenths, 10) for tenths in range(3, 9)):
            caught = _at_least(quarantined_within(cheater, alpha, low, falls, cells), chance)
            if caught is not False:
                out = quarantined_within(honest, alpha, low, stays, cells)
                kept = _at_least(Enclosure(1 - out.high, 1 - out.low), chance)
            kind = "fails" if False in (caught, caught is not False and kept) else "works" if caught and kept else "undecided"
            found[kind].append(f"{float(alpha)}/{float(low)}")
    return found


def cusum_settings(honest: float, cheater: float, stays: int = 1000, falls: int = 100, chance: float = 0.99) -> list[str]:
    """Return which CUSUMs ``"u:v, h"`` meet the demands of :func:`settings`, each with the least limit that keeps honest nodes in.

    Parameters
    ----------
    honest, cheater, stays, falls, chance
        As in :func:`settings`.

    Examples
    --------
    >>> cusum_settings(0.1, 0.9)
    ['1:1, 6', '3:2, 16', '2:1, 12', '3:1, 20']
    """
    found = []
    for reject, accept in ((1, 1), (3, 2), (2, 1), (3, 1)):
        if not honest < accept / (reject + accept) < cheater:
            continue
        limit = reject
        while cusum_within(honest, reject, accept, limit, stays) > 1 - chance:
            limit += 1
        if cusum_within(cheater, reject, accept, limit, falls) >= chance:
            found.append(f"{reject}:{accept}, {limit}")
    return found


def _at_least(value: Enclosure, wanted: float) -> bool | None:
    return True if value.low >= wanted else False if value.high < wanted else None


def delays(duties: tuple[Fraction, ...], cells: int = 1000) -> dict[str, Any]:
    """Return mean rounds until quarantine under the paper's rule, at the examples' α and τ_min, and for a CUSUM with as rare false alarms.

    Cheaters throw coins, their honest payloads fail like others, and tampered ones are always rejected.

    Parameters
    ----------
    duties : tuple of Fraction
        In (0, 1].
    cells : int
        Cells of the grid that encloses the times under the paper's rule.
    """
    q = float(HONEST_RATE)
    alarms = quarantine_time(q, MEMORY, THRESHOLD, cells)
    limit = limit_for(alarms.high, q, *SCORES)
    rates = {str(duty): q + float(duty) * (1 - q) for duty in duties}
    return {
        "honest_rate": str(HONEST_RATE), "false_alarms": {"trust": _rounded(alarms), "cusum": round(cusum_time(q, *SCORES, limit))},
        "cusum": {"scores": list(SCORES), "limit": limit},
        "by_duty": {
            duty: {
                "trust": _rounded(quarantine_time(rate, MEMORY, THRESHOLD, cells)), "cusum": round(cusum_time(rate, *SCORES, limit), 1),
            }
            for duty, rate in rates.items()
        },
    }  # fmt: skip


def _rounded(value: Enclosure) -> list[float]:
    return [round(value.low, 1), round(value.high, 1)]
