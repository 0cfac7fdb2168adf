"""The trap code: shallow, tolerant of noise, and sound only as far as the inner code's distance reaches.

One payload qubit goes into an inner code [[m, 1, d]]; k traps |0⟩ and k traps |+⟩ are added, all m+2k qubits are permuted at random and
encrypted with random Paulis. Encryption turns any attack into a mixture of Pauli errors, the permutation makes only the numbers of X, Y
and Z count. A |0⟩ trap shows X and Y, a |+⟩ trap Z and Y. Errors that reach a trap without showing are harmless.

There are two receivers. The detecting one (`allowed` is None) rejects on any syndrome and any trap that shows. The tolerant one corrects
the syndrome with the decoder of :mod:`ceas_formal.physics.inner_codes`, without judging it, and accepts up to `allowed` traps that show.

References
----------
Broadbent, Gutoski, Stebila, "Quantum one-time programs" (2013): the trap code.
Broadbent, Wainewright, "Efficient simulation for quantum message authentication" (2016).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ceas_formal.physics.inner_codes import Counts, InnerCode, miscorrected, placements
from ceas_formal.spec.exact import rational, whole

MOST_TRAPS = 4096
"""Of each kind; beyond this :func:`fewest_traps` does not search."""


class Attack(NamedTuple):
    """The counts of an error, and the chance, over the permutation, that it passes and changes the payload."""

    errors: Counts
    harmed: Fraction


def trap_harm(code: InnerCode, traps: int, errors: Counts, allowed: int | None = None) -> Fraction:
    """Return the chance that an error with these counts passes and changes the payload.

    Parameters
    ----------
    code : InnerCode
        Of a tolerant receiver: one of :data:`~ceas_formal.physics.inner_codes.PERFECT`.
    traps : int
        k ≥ 1 of each kind.
    errors : tuple of int
        Numbers of X, Y, Z, together at most m+2k.
    allowed : int, optional
        How many of the 2k traps may show an error, while syndromes are corrected. By default none may, and any syndrome rejects.

    Returns
    -------
    Fraction
        Exact, over the permutation.

    Examples
    --------
    >>> from ceas_formal.physics.inner_codes import inner_code
    >>> steane = inner_code("steane")
    >>> str(trap_harm(steane, 7, (3, 0, 0))), str(trap_harm(steane, 7, (3, 0, 0), allowed=0))
    ('1/190', '11/95')
    """
    return _passing(harmful_errors(code, allowed), code.qubits, traps, errors, allowed)


def trap_passing(code: InnerCode, traps: int, errors: Counts, allowed: int | None = None) -> Fraction:
    """Return the chance that an error with these counts passes, harmless or not. Parameters as in :func:`trap_harm`.

    Examples
    --------
    >>> from ceas_formal.physics.inner_codes import inner_code
    >>> str(trap_passing(inner_code("steane"), 7, (1, 0, 0)))
    '1/3'
    """
    size = code.qubits
    if allowed is not None:
        kinds = [(x, y, z) for x, y, z in product(range(size + 1), repeat=3) if x + y + z <= size]
        everything = {kind: placements(size, kind) for kind in kinds}
        return _passing(everything, size, traps, errors, allowed)
    silent = {kind: code.stabilisers.get(kind, 0) + code.logicals.get(kind, 0) for kind in {*code.stabilisers, *code.logicals}}
    return _passing(silent, size, traps, errors, None)


def trap_soundness(code: InnerCode, traps: int, allowed: int | None = None) -> Attack:
    """Return the worst attack and its exact chance to pass and change the payload, over every count of X, Y and Z.

    Examples
    --------
    >>> from ceas_formal.physics.inner_codes import inner_code
    >>> worst = trap_soundness(inner_code("steane"), 7)
    >>> worst.errors, round(float(worst.harmed), 5)
    ((0, 0, 4), 0.00819)
    >>> worst = trap_soundness(inner_code("steane"), 7, allowed=1)
    >>> worst.errors, round(float(worst.harmed), 5)
    ((0, 0, 4), 0.26667)

    Notes
    -----
    With k traps it falls as k^-d, and as k^-(t+1) if t errors are corrected, not exponentially: exponential soundness needs an inner code
    whose distance grows. It never rises with k: given what the permutation puts on one trap of each kind, the rest is an attack on k-1.

    Attacks so heavy that the |0⟩ traps, or the |+⟩ traps, alone show more than is allowed with a chance too large to beat the worst pure
    attack are left out. The others are compared in double precision, and exactly where they are within 10⁻⁶ of the largest.
    """
    worst, heaviest = _pure(code, traps, allowed)
    for errors in _candidates(harmful_errors(code, allowed), code.qubits, traps, allowed or 0, heaviest):
        worst = max(worst, Attack(errors, trap_harm(code, traps, errors, allowed)), key=lambda attack: attack.harmed)
    return worst


def fewest_traps(code: InnerCode, error: int | Fraction, allowed: int | None = None) -> int:
    """Return the fewest traps of each kind with which :func:`trap_soundness` is at most `error`.

    Parameters
    ----------
    code, allowed
        As in :func:`trap_harm`.
    error : int or Fraction
        In (0, 1].

    Raises
    ------
    ValueError
        If `error` is out of range, or needs more than `MOST_TRAPS`.

    Examples
    --------
    >>> from ceas_formal.physics.inner_codes import inner_code
    >>> [fewest_traps(inner_code(name), Fraction(1, 2**10)) for name in ("steane", "golay")]
    [20, 3]
    """
    bound, low, high = rational("the wanted soundness error", error, "(0, 1]"), 0, 1
    # Worst-case harm never rises with the number of traps, so that bisection finds the least; first against X alone and Z alone.
    while high <= MOST_TRAPS and _pure(code, high, allowed)[0].harmed > bound:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _pure(code, middle, allowed)[0].harmed > bound else (low, middle)
    while high <= MOST_TRAPS and trap_soundness(code, high, allowed).harmed > bound:
        high += 1
    if high > MOST_TRAPS:
        raise ValueError(f"the traps of each kind must lie in 1..{MOST_TRAPS}; a soundness error of {bound} needs more")
    return high


def harmful_errors(code: InnerCode, allowed: int | None) -> dict[Counts, int]:
    """Return how many errors of each count on the inner code pass its syndrome and change the payload. Parameters as in :func:`trap_harm`.

    Examples
    --------
    >>> from ceas_formal.physics.inner_codes import inner_code
    >>> harmful_errors(inner_code("steane"), None)[3, 0, 0], harmful_errors(inner_code("steane"), 0)[2, 0, 0]
    (7, 21)
    """
    if allowed is None:
        return code.logicals
    whole("the number of traps that may show an error", allowed, 0)
    return miscorrected(code.name)


def _passing(inside: dict[Counts, int], qubits: int, traps: int, errors: Counts, allowed: int | None) -> Fraction:
    """Return the chance that an error meets the inner code as one of those `inside`, and the traps pass."""
    k = whole("the number of traps of each kind", traps, 1)
    x, y, z = _checked(errors, qubits + 2 * k)
    limit = 0 if allowed is None else whole("the number of traps that may show an error", allowed, 0)
    ways = 0
    for (a, b, c), count in inside.items():
        if a <= x and b <= y <= b + limit and c <= z:
            ways += count * _unseen(k, limit, (x - a, y - b, z - c))
    return Fraction(ways, placements(qubits + 2 * k, (x, y, z)))


def _unseen(k: int, limit: int, errors: Counts) -> int:
    """Return in how many ways these errors can lie on k traps |0⟩ and k traps |+⟩ with at most `limit` of them showing."""
    x, y, z = errors
    total = 0
    # Shown: every Y, p of the X on |0⟩ traps, s of the Z on |+⟩ traps.
    for p in range(min(x, limit - y) + 1):
        for s in range(min(z, limit - y - p) + 1):
            total += placements(k, (p, 0, z - s)) * placements(k, (x - p, 0, s))
    return total * math.comb(2 * k - x - z, y) if total else 0


def _pure(code: InnerCode, traps: int, allowed: int | None) -> tuple[Attack, int]:
    """Return the worst attack of X alone or Z alone, and the weight beyond which no attack passes often enough to be worse."""
    k = whole("the number of traps of each kind", traps, 1)
    harmful, limit, worst, heaviest = harmful_errors(code, allowed), allowed or 0, Attack((0, 0, 0), Fraction(0)), 0
    alone = [[(kind[place], number) for kind, number in harmful.items() if kind[place] == sum(kind)] for place in (2, 0)]
    unseen: list[int] = []
    for weight, reach in _reaches(code.qubits, k, limit):
        if reach < worst.harmed:
            break
        heaviest = weight
        unseen += [_unseen(k, limit, (rest, 0, 0)) for rest in range(len(unseen), weight + 1)]
        for errors, parts in zip(((0, 0, weight), (weight, 0, 0)), alone, strict=True):
            ways = sum(number * unseen[weight - part] for part, number in parts if part <= weight)
            worst = max(worst, Attack(errors, Fraction(ways, math.comb(code.qubits + 2 * k, weight))), key=lambda attack: attack.harmed)
    return worst, heaviest


def _reaches(m: int, k: int, limit: int) -> Iterator[tuple[int, Fraction]]:
    """Yield weights w with the chance that w errors that show on |0⟩ traps show on at most `limit` of them; it falls with w."""
    size = m + 2 * k
    for weight in range(1, size + 1):
        ways = sum(math.comb(k, hit) * math.comb(size - k, weight - hit) for hit in range(min(limit, k, weight) + 1))
        yield weight, Fraction(ways, math.comb(size, weight))


def _candidates(harmful: dict[Counts, int], m: int, k: int, limit: int, heaviest: int) -> list[Counts]:
    """Return the counts with x+y and y+z up to the heaviest whose harm is within 10⁻⁶ of the largest, in double precision."""
    side, deep, size = heaviest + 1, min(heaviest, m + limit) + 1, m + 2 * k
    # Each error carries this factor above and below, so that neither leaves the range of doubles.
    factor = math.log(side / (math.e * k))
    ways = np.zeros((side, deep, side))
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        unseen = _unseen_table(k, limit, side, factor)
        for (a, b, c), number in harmful.items():
            if max(a, c) < side and b < deep:
                stop = min(deep, b + limit + 1)
                ways[a:, b:stop, c:] += number * math.exp((a + b + c) * factor) * unseen[: side - a, : stop - b, : side - c]
        x, y, z = np.ogrid[:side, :deep, :side]
        possible = (x + y <= heaviest) & (z + y <= heaviest) & (x + y + z <= size)
        logs = _log_binomials(size, x) + _log_binomials(size - x, y) + _log_binomials(size - x - y, z) + (x + y + z) * factor
        chances = np.where(possible, ways / np.exp(np.where(possible, logs, 0.0)), 0.0)
    found = np.argwhere(chances >= chances.max() * (1 - 1e-6))
    return [(int(x), int(y), int(z)) for x, y, z in found]


def _unseen_table(k: int, limit: int, side: int, factor: float) -> NDArray[np.float64]:
    """Return :func:`_unseen` times e^(factor·errors), x and z below `side`, y up to the limit: shape (side, limit+1, side)."""
    x, y, z = np.ogrid[:side, : limit + 1, :side]
    single = np.exp(_log_binomials(k, x) + _log_binomials(k - x, z) + (x + z) * factor)[:, 0, :]
    shown = np.zeros((limit + 1, side, side))
    for p in range(min(limit, side - 1) + 1):
        for s in range(min(limit - p, side - 1) + 1):
            shown[p + s, p:, s:] += np.outer(single[: side - p, s], single[p, : side - s])
    at_most = shown.cumsum(axis=0)[::-1]  # at place y: limit - y at most
    return np.asarray(at_most[y, x, z] * np.exp(_log_binomials(2 * k - x - z, y) + y * factor))


def _log_binomials(top: Any, below: Any) -> Any:
    """Return the logarithms of binomial coefficients, -∞ where they are 0; broadcasts."""
    from scipy.special import gammaln

    fits = (below <= top) & (top >= 0)
    t, b = np.where(fits, top, 0), np.where(fits, below, 0)
    return np.where(fits, gammaln(t + 1.0) - gammaln(b + 1.0) - gammaln(t - b + 1.0), -np.inf)


def _checked(errors: Counts, size: int) -> Counts:
    if len(errors) != 3:
        raise ValueError(f"the errors must be the numbers of X, Y and Z; got {errors!r}")
    x, y, z = (whole(f"the number of {letter} errors", count, 0) for letter, count in zip("XYZ", errors, strict=True))
    if x + y + z > size:
        raise ValueError(f"the number of errors must lie in 0..{size}; got {x + y + z}")
    return x, y, z
