"""Density matrices of a few levels: what derived gradients are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]


def random_hermitian(side: int, stream: np.random.Generator) -> Matrix:
    """Return a random Hermitian matrix: an observable, or in place of a state, since what is compared is linear in the state.

    Examples
    --------
    >>> random_hermitian(3, np.random.default_rng(0)).shape
    (3, 3)
    """
    entries = stream.normal(size=(side, side)) + 1j * stream.normal(size=(side, side))
    return np.asarray(entries + entries.conj().T, dtype=np.complex128)


def involution(side: int, stream: np.random.Generator) -> Matrix:
    """Return a random Hermitian G with G² = 1, half of its eigenvalues 1.

    Examples
    --------
    >>> G = involution(4, np.random.default_rng(0))
    >>> bool(np.allclose(G @ G, np.eye(4)))
    True
    """
    vectors = np.linalg.eigh(random_hermitian(side, stream))[1]
    return np.asarray(vectors @ np.diag([(-1) ** level for level in range(side)]) @ vectors.conj().T, dtype=np.complex128)


def rotated(state: Matrix, generator: Matrix, angle: float) -> Matrix:
    """Return exp(-i·angle·G/2)·ρ·exp(i·angle·G/2), by the eigenvectors of G."""
    values, vectors = np.linalg.eigh(generator)
    gate = vectors @ np.diag(np.exp(-0.5j * angle * values)) @ vectors.conj().T
    return np.asarray(gate @ state @ gate.conj().T, dtype=np.complex128)


def depolarised(state: Matrix, strength: float, qubit: int) -> Matrix:
    """Return the state of two qubits after (1-p)·ρ + p·1/2 on one of them, numbered 0 or 1."""
    tensor = state.reshape(2, 2, 2, 2)
    rest = np.trace(tensor, axis1=qubit, axis2=qubit + 2)
    pair = (np.eye(2) / 2, rest) if qubit == 0 else (rest, np.eye(2) / 2)
    return np.asarray((1 - strength) * state + strength * np.kron(*pair), dtype=np.complex128)


def expectation(state: Matrix, observable: Matrix) -> float:
    """Return Re tr(ρO)."""
    return float(np.trace(state @ observable).real)
