"""Checks at the entrance of the quantum functions: what is no density matrix or no channel is refused with the quantity and its range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.complex128]

TOLERANCE = 1e-9
"""How far trace, Hermiticity and positivity may be off: far above rounding, far below any physical error rate."""


def square(quantity: str, value: ArrayLike, side: int | None = None) -> Matrix:
    """Return `value` as a finite square complex matrix, of the given side if one is given.

    Raises
    ------
    ValueError
        If an entry is no number, NaN or infinite, or the shape differs.

    Examples
    --------
    >>> square("the state", [[1, 0]])
    Traceback (most recent call last):
    ValueError: the shape of the state must be (d, d) with d at least 1; got (1, 2)
    """
    try:
        given = np.asarray(value)
    except ValueError:  # rows of unequal length
        given = np.array(None)
    if given.dtype.kind not in "iufc":
        raise ValueError(f"the entries of {quantity} must be numbers; got {value!r}")
    matrix = given.astype(np.complex128)
    wanted = "(d, d) with d at least 1" if side is None else f"({side}, {side})"
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0 or side not in (None, matrix.shape[0]):
        raise ValueError(f"the shape of {quantity} must be {wanted}; got {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError(f"the entries of {quantity} must be finite; got NaN or infinity")
    return matrix


def hermitian(quantity: str, value: ArrayLike, side: int | None = None) -> Matrix:
    """Return `value` as a Hermitian matrix, its rounding removed.

    Raises
    ------
    ValueError
        If it is not square, not finite, or not Hermitian within `TOLERANCE`.

    Examples
    --------
    >>> hermitian("the derivative", [[0, 1], [0, 0]])
    Traceback (most recent call last):
    ValueError: the derivative must be Hermitian within 1e-09; got a deviation of 1
    """
    matrix = square(quantity, value, side)
    deviation = float(np.abs(matrix - matrix.conj().T).max())
    if deviation > TOLERANCE:
        raise ValueError(f"{quantity} must be Hermitian within {TOLERANCE:g}; got a deviation of {deviation:.3g}")
    return (matrix + matrix.conj().T) / 2


def density_matrix(value: ArrayLike, side: int | None = None) -> Matrix:
    """Return a density matrix: Hermitian, of trace 1, without negative eigenvalues, each within `TOLERANCE`.

    Raises
    ------
    ValueError
        Names the property that fails and its allowed range.

    Examples
    --------
    >>> density_matrix([[0.5, 0], [0, 0.4]])
    Traceback (most recent call last):
    ValueError: the trace of the state must be 1 within 1e-09; got 0.9
    """
    state = hermitian("the state", value, side)
    trace = float(state.trace().real)
    if abs(trace - 1) > TOLERANCE:
        raise ValueError(f"the trace of the state must be 1 within {TOLERANCE:g}; got {trace:.12g}")
    least = float(np.linalg.eigvalsh(state)[0])
    if least < -TOLERANCE:
        raise ValueError(f"the eigenvalues of the state must lie in [0, 1]; got {least:.3g}")
    return state


def kraus_operators(value: Sequence[ArrayLike], side: int | None = None) -> list[Matrix]:
    """Return the Kraus operators of a channel: square, of one size, with Σ K†K = 1 within `TOLERANCE`.

    Raises
    ------
    ValueError
        If there is none, the sizes differ, an entry is not finite, or the trace is not preserved.

    Examples
    --------
    >>> len(kraus_operators([[[1, 0], [0, 1]]]))
    1
    """
    if len(value) == 0:
        raise ValueError("the number of Kraus operators must be at least 1; got 0")
    first = square("Kraus operator 0", value[0], side)
    operators = [first, *(square(f"Kraus operator {k}", entry, len(first)) for k, entry in enumerate(value[1:], 1))]
    total = sum(operator.conj().T @ operator for operator in operators)
    deviation = float(np.abs(total - np.eye(len(first))).max())
    if deviation > TOLERANCE:
        raise ValueError(f"the sum of K†K must be the identity within {TOLERANCE:g}; got a deviation of {deviation:.3g}")
    return operators
