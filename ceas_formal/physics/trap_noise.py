"""The trap code on noisy channels: what honest noise does to it, and the fewest traps that keep both errors.

Receivers are those of :mod:`ceas_formal.physics.trap_code`: detecting, or tolerant of `allowed` traps that show.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ceas_formal.physics.inner_codes import Counts, InnerCode
from ceas_formal.physics.thresholds import upper_tail
from ceas_formal.physics.trap_code import fewest_traps, harmful_errors, trap_soundness
from ceas_formal.spec.exact import rational, whole

MOST_ALLOWED = 16
"""Traps that may show; beyond this :func:`two_sided` does not search."""


class Length(NamedTuple):
    """A trap code that keeps both errors: traps of each kind, how many may show (None: detecting), and the two errors."""

    traps: int
    allowed: int | None
    false_accept: Fraction
    false_reject: Fraction


def trap_acceptance(code: InnerCode, traps: int, noise: int | Fraction, allowed: int | None = None) -> Fraction:
    """Return the chance that depolarising noise passes.

    Parameters
    ----------
    code, traps, allowed
        As in :func:`~ceas_formal.physics.trap_code.trap_harm`.
    noise : int or Fraction
        p in [0, 1], the chance of X, Y or Z (each p/3) on a qubit.

    Examples
    --------
    >>> from ceas_formal.physics.inner_codes import inner_code
    >>> steane, noise = inner_code("steane"), Fraction(1, 100)
    >>> round(float(trap_acceptance(steane, 7, noise)), 3), round(float(trap_acceptance(steane, 7, noise, allowed=1)), 4)
    (0.849, 0.9962)
    """
    quiet = _quiet(traps, noise, allowed or 0)
    return quiet if allowed is not None else quiet * (_share(code.stabilisers, code, noise) + _share(code.logicals, code, noise))


def trap_damage(code: InnerCode, traps: int, noise: int | Fraction, allowed: int | None = None) -> Fraction:
    """Return the chance that depolarising noise passes *and* has changed the payload. Parameters as in :func:`trap_acceptance`.

    Examples
    --------
    >>> from ceas_formal.physics.inner_codes import inner_code
    >>> noise = Fraction(1, 100)
    >>> [f"{float(trap_damage(inner_code(name), 7, noise, allowed=1)):.1e}" for name in ("steane", "golay")]
    ['1.6e-03', '3.0e-05']
    """
    return _quiet(traps, noise, allowed or 0) * _share(harmful_errors(code, allowed), code, noise)


def two_sided(
    code: InnerCode, noise: int | Fraction, false_accept: int | Fraction, false_reject: int | Fraction, *, corrects: bool
) -> Length:
    """Return the fewest traps, and how many of them may show, that keep both errors within the wanted ones.

    Parameters
    ----------
    code : InnerCode
        As in :func:`~ceas_formal.physics.trap_code.trap_harm`.
    noise : int or Fraction
        As in :func:`trap_acceptance`.
    false_accept, false_reject : int or Fraction
        Wanted bounds in (0, 1] on :func:`~ceas_formal.physics.trap_code.trap_soundness`, and on the chance that noise rejects or damages
        the payload.
    corrects : bool
        Whether syndromes are corrected; if not, no trap may show.

    Raises
    ------
    ValueError
        If a quantity is out of range, or nothing within the limits of the search keeps both.

    Examples
    --------
    >>> from ceas_formal.physics.inner_codes import inner_code
    >>> two_sided(inner_code("golay"), Fraction(1, 1000), Fraction(1, 2**10), Fraction(1, 10), corrects=True)[:2]
    (70, 0)
    >>> two_sided(inner_code("golay"), Fraction(1, 1000), Fraction(1, 2**20), Fraction(1, 10), corrects=False)[:2]
    (25, None)

    Notes
    -----
    Every trap that may show more needs more traps, and more traps show more noise. Traps that may show a fixed share of errors let an
    attack of that rate pass at any length: :func:`tolerance_floor`.
    """
    wanted = rational("the wanted false rejects", false_reject, "(0, 1]")
    traps = 1
    for allowed in range(MOST_ALLOWED + 1) if corrects else (None,):
        # What rejects too often with too few traps does so with more.
        if _rejected(code, traps, noise, allowed) > wanted:
            continue
        traps = fewest_traps(code, false_accept, allowed)
        rejects = _rejected(code, traps, noise, allowed)
        if rejects <= wanted:
            return Length(traps, allowed, trap_soundness(code, traps, allowed).harmed, rejects)
    raise ValueError(f"the wanted false rejects must be larger at noise {noise} and false accepts {false_accept}; got {wanted}")


def tolerance_floor(code: InnerCode, noise: int | Fraction) -> Fraction:
    """Return what an attack achieves, in the limit of many traps, against a tolerance that grows with them to accept noise p.

    The noise shows on a share 2p/3 of the traps. X errors on a share 4p/3 of the qubits show on |0⟩ traps only, as often in all, and
    change the payload with this chance: no number of traps is sounder, only a longer inner code.

    Parameters
    ----------
    code : InnerCode
        One of :data:`~ceas_formal.physics.inner_codes.PERFECT`.
    noise : int or Fraction
        p in [0, 3/4].

    Examples
    --------
    >>> from ceas_formal.physics.inner_codes import inner_code
    >>> [f"{float(tolerance_floor(inner_code(name), Fraction(1, 100))):.1e}" for name in ("steane", "golay")]
    ['3.5e-03', '2.2e-04']
    """
    rate, m = 4 * rational("the noise per qubit", noise, "[0, 3/4]") / 3, code.qubits
    pure = {x: number for (x, y, z), number in harmful_errors(code, 0).items() if y == z == 0}
    return sum((number * rate**x * (1 - rate) ** (m - x) for x, number in pure.items()), Fraction(0))


def _rejected(code: InnerCode, traps: int, noise: int | Fraction, allowed: int | None) -> Fraction:
    return 1 - trap_acceptance(code, traps, noise, allowed) + trap_damage(code, traps, noise, allowed)


def _share(kinds: dict[Counts, int], code: InnerCode, noise: int | Fraction) -> Fraction:
    """Return the chance that depolarising noise on the inner code is one of these operators."""
    p = rational("the noise per qubit", noise, "[0, 1]")
    by_weight = [0] * (code.qubits + 1)
    for kind, number in kinds.items():
        by_weight[sum(kind)] += number
    terms = (number * (p / 3) ** weight * (1 - p) ** (code.qubits - weight) for weight, number in enumerate(by_weight))
    return sum(terms, Fraction(0))


def _quiet(traps: int, noise: int | Fraction, allowed: int) -> Fraction:
    count = 2 * whole("the number of traps of each kind", traps, 1)
    limit = whole("the number of traps that may show an error", allowed, 0)
    return 1 - upper_tail(count, 2 * rational("the noise per qubit", noise, "[0, 1]") / 3, limit)
