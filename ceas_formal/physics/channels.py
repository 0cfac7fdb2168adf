"""Channels of one qubit, as Kraus operators: what the noise models here are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ceas_formal.physics.checked import number, real, snapped
from ceas_formal.physics.states import TOLERANCE, Matrix

IDENTITY: Matrix = np.eye(2, dtype=np.complex128)
PAULI: dict[str, Matrix] = {
    "I": IDENTITY,
    "X": np.array([[0, 1], [1, 0]], dtype=np.complex128),
    "Y": np.array([[0, -1j], [1j, 0]], dtype=np.complex128),
    "Z": np.array([[1, 0], [0, -1]], dtype=np.complex128),
}


def pauli_string(label: str) -> Matrix:
    """Return the tensor product that `label`, such as ``"XIZ"``, spells.

    Raises
    ------
    ValueError
        If the label is empty or holds a letter other than I, X, Y, Z.

    Examples
    --------
    >>> pauli_string("ZZ").diagonal().real.astype(int).tolist()
    [1, -1, -1, 1]
    """
    if not isinstance(label, str) or not label or set(label) - set(PAULI):
        raise ValueError(f"a Pauli string must be made of I, X, Y and Z; got {label!r}")
    product: Matrix = np.eye(1, dtype=np.complex128)
    for letter in label:
        product = np.asarray(np.kron(product, PAULI[letter]), dtype=np.complex128)
    return product


def probabilities(quantity: str, value: ArrayLike, size: int | None = None) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a probability distribution, checked: entries at least 0, sum 1.

    Examples
    --------
    >>> probabilities("the Pauli error rates", [0.9, 0.2])
    Traceback (most recent call last):
    ValueError: the sum of the Pauli error rates must be 1 within 1e-09; got 1.1
    """
    table = real(quantity, snapped(value), "[0, 1]")
    if table.ndim != 1 or size not in (None, table.size) or table.size == 0:
        raise ValueError(f"the shape of {quantity} must be ({size or 'k'},); got {table.shape}")
    if not abs(table.sum() - 1) <= TOLERANCE:
        raise ValueError(f"the sum of {quantity} must be 1 within {TOLERANCE:g}; got {table.sum():.12g}")
    return table


def pauli_channel(rates: ArrayLike) -> list[Matrix]:
    """Return ρ ↦ Σ p_P PρP with the rates of I, X, Y, Z, which sum to 1."""
    return [np.sqrt(rate) * PAULI[name] for name, rate in zip("IXYZ", probabilities("the Pauli error rates", rates, 4), strict=True)]


def depolarising(strength: float) -> list[Matrix]:
    """Return ρ ↦ (1-p)ρ + p·1/2, with p in [0, 1].

    Examples
    --------
    >>> [round(float(abs(operator[0, 0]) ** 2), 3) for operator in depolarising(0.2)]
    [0.85, 0.0, 0.0, 0.05]
    """
    p = number("the depolarising strength", strength, "[0, 1]")
    return pauli_channel([1 - 3 * p / 4, p / 4, p / 4, p / 4])


def amplitude_damping(damping: float) -> list[Matrix]:
    """Return relaxation to |0⟩ with probability γ in [0, 1]; after a time t of T1 decay γ = 1 - exp(-t/T1)."""
    gamma = number("the damping", damping, "[0, 1]")
    return [np.diag([1, np.sqrt(1 - gamma)]).astype(np.complex128), np.array([[0, np.sqrt(gamma)], [0, 0]], dtype=np.complex128)]


def rotation(axis: str, angle: float) -> Matrix:
    """Return exp(-i·angle·P/2) for the Pauli string P = `axis` and a finite angle in radians.

    Examples
    --------
    >>> np.allclose(rotation("X", np.pi), -1j * PAULI["X"])
    True
    """
    string, half = pauli_string(axis), number("the angle", angle, "(-∞, ∞)") / 2
    return np.asarray(np.cos(half) * np.eye(len(string)) - 1j * np.sin(half) * string, dtype=np.complex128)
