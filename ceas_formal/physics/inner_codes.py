"""Inner codes of the trap code: one qubit in m, as exact counts of operators by their numbers of X, Y and Z.

"two-qubit" [[2, 1, 1]] and "four-qubit" [[4, 1, 2]] are small enough for states of every permutation. "five-qubit" [[5, 1, 3]], "steane"
[[7, 1, 3]] and "golay" [[23, 1, 7]] are perfect: every syndrome belongs to exactly one correctable error. For the five-qubit code that is
an error on at most one qubit; for the other two X part and Z part are decoded separately, each as a word of weight at most t = (d-1)/2.

References
----------
Calderbank, Shor (1996), Steane (1996): codes of an X part and a Z part (CSS). Golay (1949): the perfect binary code [23, 12, 7].
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ceas_formal.physics.random_clifford import Gate

Counts = tuple[int, int, int]
"""How many X, Y and Z a Pauli operator has."""


class InnerCode(NamedTuple):
    """A code of one qubit, by the counts of its stabilisers, the identity among them, and of its logical operators."""

    name: str
    qubits: int
    distance: int
    stabilisers: dict[Counts, int]
    logicals: dict[Counts, int]


class Words(NamedTuple):
    """The words of a CSS code as bits: X and Z parts of its logical operators and stabilisers; the stabilisers' come first."""

    qubits: int
    x: list[int]
    z: list[int]


@cache
def inner_code(name: str) -> InnerCode:
    """Return an inner code by its name, one of `NAMES`.

    Raises
    ------
    ValueError
        If there is no code of this name.

    Examples
    --------
    >>> code = inner_code("steane")
    >>> sum(code.stabilisers.values()), sum(code.logicals.values()), min(map(sum, code.logicals))
    (64, 192, 3)
    >>> inner_code("golay").distance
    7
    """
    if name not in NAMES:
        raise ValueError(f"the inner code must be one of {', '.join(NAMES)}; got {name!r}")
    if name == "five-qubit":
        qubits, inside, outside = 5, *_five_qubit()
    else:
        words = css_words(name)
        qubits, half = words.qubits, (len(words.x) // 2, len(words.z) // 2)
        inside = _joint(words.x[: half[0]], words.z[: half[1]], qubits)
        outside = _joint(words.x, words.z, qubits) - inside
    return InnerCode(name, qubits, min(map(sum, outside)), dict(inside), dict(outside))


@cache
def css_words(name: str) -> Words:
    """Return the words of a CSS code.

    Raises
    ------
    ValueError
        If the code is not one of `CSS`.

    Examples
    --------
    >>> words = css_words("golay")
    >>> len(words.x), len(words.z), sorted({word.bit_count() for word in words.x})
    (4096, 4096, [0, 7, 8, 11, 12, 15, 16, 23])
    """
    if name not in CSS:
        raise ValueError(f"the CSS code must be one of {', '.join(CSS)}; got {name!r}")
    qubits, rows, logical = CSS[name]
    x = _span([*rows, logical])
    # The Z stabilisers commute with all of x; the logical Z commutes with the stabilisers and not with the logical X.
    logical_z = next(word for word in _commuting(rows, qubits) if (word & logical).bit_count() % 2)
    return Words(qubits, x, _span([*_commuting((*rows, logical), qubits), logical_z]))


@cache
def miscorrected(name: str) -> dict[Counts, int]:
    """Return how many errors of each count the decoder of a perfect code turns into a logical error.

    Parameters
    ----------
    name : str
        One of `PERFECT`.

    Returns
    -------
    dict
        Of all 4^m errors exactly three quarters, since each syndrome is shared by four classes of errors.

    Notes
    -----
    What is set right is a stabiliser times a correctable error. These products are all different, so they are counted by placing the
    error's letters on the I, X, Y and Z of the stabiliser: only the stabiliser's counts enter.

    Examples
    --------
    >>> harmful = miscorrected("golay")
    >>> min(map(sum, harmful)), harmful[4, 0, 0], 4 * sum(harmful.values()) == 3 * 4**23
    (4, 8855, True)
    """
    if name not in PERFECT:
        raise ValueError(f"the code that corrects must be one of {', '.join(PERFECT)}; got {name!r}")
    code, right = inner_code(name), Counter[Counts]()
    for counts, number in code.stabilisers.items():
        for shifted, ways in _neighbours(name, code, counts).items():
            right[shifted] += number * ways
    size = code.qubits
    harmful: dict[Counts, int] = {}
    for x, y, z in product(range(size + 1), repeat=3):
        if x + y + z <= size:
            rest = placements(size, (x, y, z)) - right[x, y, z]
            if rest:
                harmful[x, y, z] = rest
    return harmful


def placements(size: int, counts: Counts) -> int:
    """Return in how many ways X, Y and Z in these numbers can be put on `size` qubits; 0 if they do not fit.

    Examples
    --------
    >>> placements(4, (1, 1, 1)), placements(2, (3, 0, 0))
    (24, 0)
    """
    x, y, z = counts
    return math.comb(size, x) * math.comb(size - x, y) * math.comb(size - x - y, z) if x + y + z <= size else 0


@cache
def encoder(name: str) -> tuple[int, tuple[Gate, ...]]:
    """Return the qubit that carries the payload, and the gates that encode it; all other qubits start in |0⟩.

    Parameters
    ----------
    name : str
        One of `CSS`.

    Returns
    -------
    tuple
        H on one qubit of every X stabiliser, CX from the payload along the logical X, CX from those qubits along their stabilisers.

    Examples
    --------
    >>> {name: sum(gate == "CX" for gate, _ in encoder(name)[1]) for name in ("four-qubit", "steane", "golay")}
    {'four-qubit': 4, 'steane': 11, 'golay': 83}
    """
    if name not in CSS:
        raise ValueError(f"the CSS code must be one of {', '.join(CSS)}; got {name!r}")
    _, rows, logical = CSS[name]
    reduced = _reduced(rows)
    for pivot, row in reduced.items():
        logical ^= row if logical >> pivot & 1 else 0
    payload = logical.bit_length() - 1
    gates: list[Gate] = [("H", (pivot,)) for pivot in reduced]
    for control, row in [(payload, logical), *reduced.items()]:
        gates += [("CX", (control, target)) for target in range(row.bit_length()) if target != control and row >> target & 1]
    return payload, tuple(gates)


def bits(words: Sequence[int], qubits: int) -> NDArray[np.float32]:
    """Return words as rows of bits, shape (words, qubits); a matrix product of two such arrays counts what the words share.

    Examples
    --------
    >>> bits([5, 2], 3).tolist()
    [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    found: NDArray[np.float32] = (np.array(words, dtype=np.int64)[:, None] >> np.arange(qubits) & 1).astype(np.float32)
    return found


def _span(rows: Sequence[int]) -> list[int]:
    words = [0]
    for row in rows:
        words += [word ^ row for word in words]
    return words


def _reduced(rows: Sequence[int]) -> dict[int, int]:
    """Return the rows by pivot, a bit that no other row has."""
    reduced: dict[int, int] = {}
    for row in rows:
        for pivot, other in reduced.items():
            row ^= other if row >> pivot & 1 else 0
        place = row.bit_length() - 1
        reduced = {pivot: other ^ (row if other >> place & 1 else 0) for pivot, other in reduced.items()} | {place: row}
    return reduced


def _commuting(rows: Sequence[int], qubits: int) -> list[int]:
    """Return a basis of the words that share an even number of bits with every row."""
    reduced = _reduced(rows)
    free = [place for place in range(qubits) if place not in reduced]
    return [1 << place | sum(1 << pivot for pivot, row in reduced.items() if row >> place & 1) for place in free]


def _joint(x_words: Sequence[int], z_words: Sequence[int], qubits: int) -> Counter[Counts]:
    """Count the X, Y and Z of every pair of an X part and a Z part."""
    side = qubits + 1
    found = np.zeros(side**3, dtype=np.int64)
    z = bits(z_words, qubits)
    for first in range(0, len(x_words), 256):
        x = bits(x_words[first : first + 256], qubits)
        common = (x @ z.T).astype(np.int64)
        letters = (x.sum(axis=1).astype(np.int64)[:, None] - common, common, z.sum(axis=1).astype(np.int64) - common)
        found += np.bincount(((letters[0] * side + letters[1]) * side + letters[2]).ravel(), minlength=side**3)
    return Counter({(key // side**2, key // side % side, key % side): int(found[key]) for key in np.flatnonzero(found).tolist()})


def _neighbours(name: str, code: InnerCode, counts: Counts) -> Counter[Counts]:
    """Count the products of an operator of these counts with every correctable error, by the counts of the product."""
    reach = (code.distance - 1) // 2
    # Per letter of the operator: what the error letters X, Y, Z turn it into, as changes of the counts.
    cells = (
        (code.qubits - sum(counts), ((1, 0, 0), (0, 1, 0), (0, 0, 1))),
        (counts[0], ((-1, 0, 0), (-1, 0, 1), (-1, 1, 0))),
        (counts[1], ((0, -1, 1), (0, -1, 0), (1, -1, 0))),
        (counts[2], ((0, 1, -1), (1, 0, -1), (0, 0, -1))),
    )
    states: Counter[tuple[Counts, Counts]] = Counter({((0, 0, 0), counts): 1})
    for size, changes in cells:
        following: Counter[tuple[Counts, Counts]] = Counter()
        for (used, now), ways in states.items():
            for error in _errors_within(reach, name):
                total = (used[0] + error[0], used[1] + error[1], used[2] + error[2])
                if (count := placements(size, error)) and _correctable(total, reach, name):
                    moved = [now[i] + sum(error[j] * changes[j][i] for j in range(3)) for i in range(3)]
                    following[total, (moved[0], moved[1], moved[2])] += ways * count
        states = following
    found: Counter[Counts] = Counter()
    for (_, now), ways in states.items():
        found[now] += ways
    return found


@cache
def _errors_within(reach: int, name: str) -> list[Counts]:
    return [(x, y, z) for x, y, z in product(range(reach + 1), repeat=3) if _correctable((x, y, z), reach, name)]


def _correctable(error: Counts, reach: int, name: str) -> bool:
    x, y, z = error
    return x + y + z <= reach if name == "five-qubit" else max(x + y, z + y) <= reach


def _five_qubit() -> tuple[Counter[Counts], Counter[Counts]]:
    inside: Counter[Counts] = Counter()
    outside: Counter[Counts] = Counter()
    for choice in product((0, 1), repeat=6):
        parts = [[0, 0] for _ in range(5)]
        for word, taken in zip(FIVE_QUBIT, choice, strict=True):
            for place, letter in enumerate(word if taken else ""):
                parts[place][0] ^= letter in "XY"
                parts[place][1] ^= letter in "YZ"
        (outside if any(choice[-2:]) else inside)[parts.count([1, 0]), parts.count([1, 1]), parts.count([0, 1])] += 1
    return inside, outside


FIVE_QUBIT = ("XZZXI", "IXZZX", "XIXZZ", "ZXIXZ", "XXXXX", "ZZZZZ")
"""Generators of the stabilisers, then logical X and Z."""
_GOLAY = 0b101011100011
"""The generator polynomial x¹¹+x⁹+x⁷+x⁶+x⁵+x+1 of the cyclic Golay code; times x+1 it generates the words of even weight."""
CSS: dict[str, tuple[int, tuple[int, ...], int]] = {
    "two-qubit": (2, (), 0b11),
    "four-qubit": (4, (0b1111,), 0b0011),
    "steane": (7, (0b1111000, 0b1100110, 0b1010101), 0b1111111),
    "golay": (23, tuple((_GOLAY ^ _GOLAY << 1) << shift for shift in range(11)), _GOLAY),
}
"""Qubits, X stabilisers and logical X as bits; the Z stabilisers are all that commute with them."""
NAMES = ("two-qubit", "four-qubit", "five-qubit", "steane", "golay")
PERFECT = ("five-qubit", "steane", "golay")
