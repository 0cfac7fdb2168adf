"""The Clifford code at small sizes, with nothing assumed: every key and every Pauli error, one by one.

Three readings of increasing cost, which must agree with the formulas of :mod:`ceas_formal.physics.tags`: counting Pauli errors (the key
maps an error to all others equally often), counting over the whole group modulo Paulis (720 elements at two qubits; that it maps so is a
result there), and averaging any operator over all 11,520 keys as matrices.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ceas_formal.physics.tags import sizes
from ceas_formal.spec.exact import whole

Matrix = NDArray[np.complex128]

I2: Matrix = np.eye(2, dtype=complex)
X: Matrix = np.array([[0, 1], [1, 0]], dtype=complex)
Y: Matrix = np.array([[0, -1j], [1j, 0]], dtype=complex)
Z: Matrix = np.array([[1, 0], [0, -1]], dtype=complex)
PAULIS = {"I": I2, "X": X, "Y": Y, "Z": Z}

LARGEST_GROUP = 2
"""Qubits up to which the whole group is made. Three would be 92,897,280 keys."""
LARGEST_COUNT = 10
"""Qubits up to which all 4^N Pauli errors are counted."""


class Outcome(NamedTuple):
    """What an attack achieves, over the key: P(passes), and P(passes and the payload, entangled with a reference, is changed)."""

    accepted: float
    harmed: float


def pauli(letters: str) -> Matrix:
    """Return the Pauli operator such as ``"XIZ"``, first qubit first; shape (2^N, 2^N).

    Examples
    --------
    >>> pauli("XI").shape
    (4, 4)
    """
    if not isinstance(letters, str) or not letters or set(letters) - set(PAULIS):
        raise ValueError(f"a Pauli operator must be letters of I, X, Y, Z; got {letters!r}")
    product: Matrix = np.eye(1, dtype=complex)
    for letter in letters:
        product = np.kron(product, PAULIS[letter]).astype(np.complex128)
    return product


def all_paulis(qubits: int) -> list[str]:
    """Return all 4^N Pauli operators as letters, the identity first.

    Examples
    --------
    >>> all_paulis(1)
    ['I', 'X', 'Y', 'Z']
    """
    words = [""]
    for _ in range(whole("the number of qubits", qubits, 1)):
        words = [word + letter for word in words for letter in "IXYZ"]
    return words


def counted(payload: int, traps: int) -> tuple[Fraction, Fraction]:
    """Return (acceptance, soundness) by counting: of all P ≠ I, those that flip no trap, and those that besides change the payload.

    Parameters
    ----------
    payload, traps : int
        n ≥ 1 and t ≥ 0, in qubits; n + t at most `LARGEST_COUNT`.

    Examples
    --------
    >>> [str(share) for share in counted(1, 1)]
    ['7/15', '2/5']
    """
    n, t = sizes(payload, traps)
    _at_most(n + t, LARGEST_COUNT)
    # Bit i of x and z: the X and Z parts on qubit i; the payload comes first.
    x, z = np.meshgrid(*[np.arange(2 ** (n + t), dtype=np.int64)] * 2, indexing="ij")
    passes = (x >> n) == 0
    changes = ((x | z) & (2**n - 1)) != 0
    errors = 4 ** (n + t) - 1
    return Fraction(int(passes.sum()) - 1, errors), Fraction(int((passes & changes).sum()), errors)


@cache
def keys(qubits: int) -> NDArray[np.complex128]:
    """Return every Clifford operation on one or two qubits modulo phases, as matrices: shape (24, 2, 2) or (11520, 4, 4).

    Made as the closure of H, S and CX modulo Paulis (6 or 720 elements), times the Paulis.

    Examples
    --------
    >>> keys(1).shape, keys(2).shape
    ((24, 2, 2), (11520, 4, 4))
    """
    _at_most(qubits, LARGEST_GROUP)
    words = np.array([pauli(word) for word in all_paulis(qubits)])
    found = {_action(np.eye(2**qubits, dtype=complex), words): np.eye(2**qubits, dtype=complex)}
    waiting = list(found.values())
    while waiting:
        element = waiting.pop()
        for generator in _generators(qubits):
            product = generator @ element
            action = _action(product, words)
            if action not in found:
                found[action] = product
                waiting.append(product)
    group: Matrix = np.einsum("pij,kjl->kpil", words, np.array(list(found.values()))).reshape(-1, 2**qubits, 2**qubits)
    return group


def images(letters: str) -> dict[str, int]:
    """Return to which Pauli operators the keys take this one, and how often, up to sign.

    Examples
    --------
    >>> set(images("XI").values()), len(images("XI"))
    ({768}, 15)
    """
    words = all_paulis(len(letters))
    group = keys(len(letters))
    turned = group.conj().transpose(0, 2, 1) @ pauli(letters) @ group
    table = np.array([pauli(word) for word in words])
    places = np.abs(np.einsum("pij,kji->kp", table, turned)).argmax(axis=1)
    return {words[place]: int(times) for place, times in zip(*np.unique(places, return_counts=True), strict=True)}


def syndromes(letters: str, payload: int, chosen: NDArray[np.complex128] | None = None) -> dict[str, float]:
    """Return the chance of each pattern of trap readings after this Pauli error, over the keys of a code on one or two qubits.

    Examples
    --------
    >>> {readings: round(chance, 6) for readings, chance in syndromes("ZI", 1).items()}
    {'0': 0.466667, '1': 0.533333}
    """
    group = keys(len(letters)) if chosen is None else chosen
    payload, traps = sizes(payload, len(letters) - payload)
    turned = (group.conj().transpose(0, 2, 1) @ pauli(letters) @ group).reshape(len(group), 2**payload, 2**traps, 2**payload, 2**traps)
    weights = (np.abs(turned[..., 0]) ** 2).sum(axis=(1, 3)).mean(axis=0) / 2**payload
    return {f"{reading:0{traps}b}": float(weight) for reading, weight in enumerate(weights)}


def averaged(attack: Matrix, payload: int, chosen: NDArray[np.complex128] | None = None) -> Outcome:
    """Return what any operator on the transmitted qubits achieves, averaged over the keys.

    Parameters
    ----------
    attack : ndarray of complex, shape (2^N, 2^N)
        A unitary or a Kraus operator; N is the number of payload and trap qubits.
    payload : int
        n, with 1 ≤ n ≤ N.
    chosen : ndarray of complex, shape (K, 2^N, 2^N), optional
        The keys, by default all of them (N ≤ `LARGEST_GROUP`). Give others to see what a weaker key costs.

    Returns
    -------
    Outcome
        Exact up to rounding, below 10⁻¹². The payload is maximally entangled with a reference; "changed" is 1 - entanglement fidelity.

    Examples
    --------
    >>> outcome = averaged(pauli("XI"), 1)
    >>> round(outcome.accepted, 6), round(outcome.harmed, 6)
    (0.466667, 0.4)
    """
    qubits = qubits_of(attack)
    n, t = sizes(payload, qubits - payload)
    group = keys(qubits) if chosen is None else chosen
    turned = group.conj().transpose(0, 2, 1) @ attack @ group
    # The Kraus operator on the payload when every trap is prepared in 0 and reads 0.
    kraus = turned.reshape(len(group), 2**n, 2**t, 2**n, 2**t)[:, :, 0, :, 0]
    accepted = (np.abs(kraus) ** 2).sum(axis=(1, 2)) / 2**n
    unchanged = np.abs(np.trace(kraus, axis1=1, axis2=2)) ** 2 / 4**n
    return Outcome(float(accepted.mean()), float((accepted - unchanged).mean()))


def identity_weight(attack: Matrix) -> float:
    """Return |a_I|² = |tr A|²/4^N, the part of an attack that does nothing: with this chance the keyed code sees no error.

    Examples
    --------
    >>> identity_weight(pauli("II")), identity_weight(pauli("XI"))
    (1.0, 0.0)
    """
    qubits_of(attack)
    return float(abs(np.trace(attack)) ** 2 / len(attack) ** 2)


def qubits_of(attack: Matrix) -> int:
    """Return N of a matrix of shape (2^N, 2^N), N ≥ 1.

    Examples
    --------
    >>> qubits_of(pauli("XYZ"))
    3
    """
    shape = np.shape(attack)
    qubits = shape[0].bit_length() - 1 if shape else 0
    if qubits < 1 or shape != (2**qubits, 2**qubits):
        raise ValueError(f"the attack must be a matrix of shape (2^N, 2^N), N ≥ 1; got {shape}")
    return qubits


def _generators(qubits: int) -> list[Matrix]:
    hadamard = (X + Z) / np.sqrt(2)
    phase = np.diag([1, 1j])
    if qubits == 1:
        return [hadamard, phase]
    cx = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], dtype=complex)
    return [np.kron(hadamard, I2), np.kron(I2, hadamard), np.kron(phase, I2), np.kron(I2, phase), cx]


def _action(element: Matrix, words: NDArray[np.complex128]) -> bytes:
    """Return where conjugation takes each Pauli operator, signs left out: the element modulo Paulis and phases."""
    turned = element @ words @ element.conj().T
    places = np.abs(np.einsum("pij,wji->wp", words, turned)).argmax(axis=1)
    return bytes(places.astype(np.uint8))


def _at_most(qubits: int, largest: int) -> None:
    if whole("the number of qubits", qubits, 1) > largest:
        raise ValueError(f"the number of qubits must lie in 1..{largest}; got {qubits}")
