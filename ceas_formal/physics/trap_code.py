"""The trap code: shallow, tolerant of noise, and sound only as far as the inner code's distance reaches.

One payload qubit goes into an inner code [[m, 1, d]]; k traps |0⟩ and k traps |+⟩ are added, all m+2k qubits are permuted at random and
encrypted with random Paulis. Encryption turns any attack into a mixture of Pauli errors, the permutation makes only the numbers of X, Y
and Z count. A |0⟩ trap shows X and Y, a |+⟩ trap Z and Y. Errors that reach a trap without showing are harmless.

References
----------
Broadbent, Gutoski, Stebila, "Quantum one-time programs" (2013): the trap code.
Broadbent, Wainewright, "Efficient simulation for quantum message authentication" (2016).
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import product
from typing import NamedTuple

from ceas_formal.physics.thresholds import upper_tail
from ceas_formal.spec.exact import rational, whole

Counts = tuple[int, int, int]
"""How many X, Y and Z a Pauli operator has."""


class InnerCode(NamedTuple):
    """A stabiliser code of one qubit, by the counts of its stabilisers and of its logical operators (the identity excluded)."""

    name: str
    qubits: int
    distance: int
    stabilisers: dict[Counts, int]
    logicals: dict[Counts, int]


class Attack(NamedTuple):
    """The counts of an error, and the chance, over the permutation, that it passes and changes the payload."""

    errors: Counts
    harmed: Fraction


@cache
def inner_code(name: str) -> InnerCode:
    """Return one of the inner codes: ``"five-qubit"`` [[5, 1, 3]] or ``"steane"`` [[7, 1, 3]].

    Raises
    ------
    ValueError
        If there is no code of this name.

    Examples
    --------
    >>> code = inner_code("steane")
    >>> sum(code.stabilisers.values()), sum(code.logicals.values()), min(map(sum, code.logicals))
    (64, 192, 3)
    """
    if name not in _GENERATORS:
        raise ValueError(f"the inner code must be one of {', '.join(sorted(_GENERATORS))}; got {name!r}")
    stabilisers, logicals = _GENERATORS[name]
    inside: Counter[Counts] = Counter()
    outside: Counter[Counts] = Counter()
    for choice in product((0, 1), repeat=len(stabilisers) + 2):
        chosen = [word for word, taken in zip(stabilisers + logicals, choice, strict=True) if taken]
        counts = _counts(chosen, len(stabilisers[0]))
        (outside if any(choice[-2:]) else inside)[counts] += 1
    return InnerCode(name, len(stabilisers[0]), min(map(sum, outside)), dict(inside), dict(outside))


def trap_harm(code: InnerCode, traps: int, errors: Counts) -> Fraction:
    """Return the chance that an error with these counts shows in no trap and no syndrome, and changes the payload.

    Parameters
    ----------
    code : InnerCode
        Used to detect: any syndrome rejects.
    traps : int
        k ≥ 1 of each kind.
    errors : tuple of int
        Numbers of X, Y, Z, together at most m+2k.

    Returns
    -------
    Fraction
        Exact, over the permutation.

    Examples
    --------
    >>> str(trap_harm(inner_code("steane"), 7, (3, 0, 0)))
    '1/190'
    """
    size, (x, y, z) = code.qubits + 2 * whole("the number of traps of each kind", traps, 1), _errors(errors, code.qubits + 2 * traps)
    ways = 0
    for (a, b, c), count in code.logicals.items():
        # Hidden elsewhere: the other X on |+⟩ traps, the other Z on |0⟩ traps; a Y always shows.
        if b == y and a <= x and c <= z:
            ways += count * math.comb(traps, x - a) * math.comb(traps, z - c)
    placements = math.factorial(size) // math.prod(math.factorial(k) for k in (x, y, z, size - x - y - z))
    return Fraction(ways, placements)


def trap_soundness(code: InnerCode, traps: int) -> Attack:
    """Return the worst attack and its exact chance to pass and change the payload, over every count of X, Y and Z.

    Examples
    --------
    >>> worst = trap_soundness(inner_code("steane"), 7)
    >>> worst.errors, round(float(worst.harmed), 5)
    ((0, 0, 4), 0.00819)

    Notes
    -----
    With k traps it falls as k^-d, not exponentially: exponential soundness needs an inner code whose distance grows.
    """
    k = whole("the number of traps of each kind", traps, 1)
    # A harmful error puts at most m errors of each kind on the code and k on traps.
    single, double = range(code.qubits + k + 1), range(code.qubits + 1)
    kinds = [(x, y, z) for x, y, z in product(single, double, single) if 0 < x + y + z <= code.qubits + 2 * k]
    worst = max(kinds, key=lambda errors: trap_harm(code, k, errors))
    return Attack(worst, trap_harm(code, k, worst))


def trap_acceptance(code: InnerCode, traps: int, noise: int | Fraction) -> Fraction:
    """Return the chance that depolarising noise passes: no trap shows it and no syndrome does.

    Parameters
    ----------
    code, traps
        As in :func:`trap_harm`.
    noise : int or Fraction
        p in [0, 1], the chance of X, Y or Z (each p/3) on a qubit.

    Examples
    --------
    >>> round(float(trap_acceptance(inner_code("steane"), 7, Fraction(1, 100))), 3)
    0.849
    """
    p = rational("the noise per qubit", noise, "[0, 1]")
    quiet = (1 - 2 * p / 3) ** (2 * whole("the number of traps of each kind", traps, 1))
    weights = Counter(code.stabilisers) + Counter(code.logicals)
    silent = sum(count * (p / 3) ** sum(kind) * (1 - p) ** (code.qubits - sum(kind)) for kind, count in weights.items())
    return Fraction(quiet * silent)


def tolerant_acceptance(traps: int, noise: int | Fraction, allowed: int) -> Fraction:
    """Return the chance that at most `allowed` of the 2k traps show depolarising noise, when syndromes are corrected and not judged.

    Examples
    --------
    >>> round(float(tolerant_acceptance(7, Fraction(1, 100), 1)), 4)
    0.9962
    """
    count = 2 * whole("the number of traps of each kind", traps, 1)
    limit = whole("the number of traps that may show an error", allowed, 0)
    return 1 - upper_tail(count, 2 * rational("the noise per qubit", noise, "[0, 1]") / 3, limit)


def _counts(words: list[str], qubits: int) -> Counts:
    bits = [[0, 0] for _ in range(qubits)]
    for word in words:
        for place, letter in enumerate(word):
            bits[place][0] ^= letter in "XY"
            bits[place][1] ^= letter in "YZ"
    return bits.count([1, 0]), bits.count([1, 1]), bits.count([0, 1])


def _errors(errors: Counts, size: int) -> Counts:
    x, y, z = (whole(f"the number of {letter} errors", count, 0) for letter, count in zip("XYZ", errors, strict=True))
    if x + y + z > size:
        raise ValueError(f"the number of errors must lie in 0..{size}; got {x + y + z}")
    return x, y, z


_HAMMING = ("IIIXXXX", "IXXIIXX", "XIXIXIX")
_GENERATORS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "five-qubit": (("XZZXI", "IXZZX", "XIXZZ", "ZXIXZ"), ("XXXXX", "ZZZZZ")),
    "steane": (_HAMMING + tuple(word.replace("X", "Z") for word in _HAMMING), ("XXXXXXX", "ZZZZZZZ")),
}
"""Stabiliser generators and the logical X and Z."""
