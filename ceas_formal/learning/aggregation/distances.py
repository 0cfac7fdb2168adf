"""Combinations of vectors, distances to a point, and squared distances of all pairs by one matrix product, without its cancellation."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ceas_formal.learning.aggregation.checked import Floats, finite

Indices: TypeAlias = NDArray[np.intp]

CANCELLED = 1e-4
"""A squared distance below this part of the squared lengths it is the difference of is computed again: of 16 digits 4 may be lost."""
FEW = 16
"""Up to so many coordinates the differences themselves are as fast."""
BLOCK = 1 << 12
"""Columns of which differences are formed at a time, so that they stay in the cache."""


def combination(coefficients: Floats, vectors: Floats) -> Floats:
    """Return Σ a_i x_i, shape (..., d), of coefficients (..., n) and vectors (..., n, d).

    Examples
    --------
    >>> combination(np.array([0.5, 2.0]), np.array([[2.0, 0.0], [0.0, 1.0]]))
    array([1., 2.])
    """
    if coefficients.ndim == 1:
        return coefficients @ vectors
    combined: Floats = (coefficients[..., None, :] @ vectors)[..., 0, :]
    return combined


def lengths(vectors: Floats, centre: Floats) -> Floats:
    """Return ‖x_i - c‖, shape (..., n), of vectors (..., n, d) and a centre (..., d).

    Raises
    ------
    ValueError
        If a result is not finite.

    Examples
    --------
    >>> lengths(np.array([[3.0, 4.0], [0.0, 1.0]]), np.zeros(2))
    array([5., 1.])
    """
    squares = np.zeros(np.broadcast_shapes(vectors.shape[:-1], (*centre.shape[:-1], 1)), dtype=vectors.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, vectors.shape[-1], BLOCK):
            difference = vectors[..., start : start + BLOCK] - centre[..., None, start : start + BLOCK]
            squares += np.einsum("...d,...d->...", difference, difference)
    return finite(np.sqrt(squares))


def squared_distances(vectors: Floats) -> Floats:
    """Return ‖x_i - x_j‖² for all i, j.

    For more than a few coordinates, ‖x_i‖² + ‖x_j‖² - 2 x_i·x_j costs one matrix product, but loses all digits where the vectors lie far
    from the origin compared with their distance. So lengths are counted from the first vector, and each group of vectors that is still
    narrow compared with its distance from there is treated again by itself.

    Parameters
    ----------
    vectors : ndarray, shape (..., n, d)
        Floats, as :func:`~ceas_formal.learning.aggregation.checked.rows` returns them.

    Returns
    -------
    ndarray, shape (..., n, n)
        Symmetric, at least 0, the diagonal 0.

    Raises
    ------
    ValueError
        If the vectors are not finite or their squares overflow.

    Examples
    --------
    >>> squared_distances(np.array([[1e8, 0.0], [1e8, 3.0], [1e8 + 4.0, 0.0]]))
    array([[ 0.,  9., 16.],
           [ 9.,  0., 25.],
           [16., 25.,  0.]])
    """
    *batch, nodes, coordinates = vectors.shape
    if coordinates <= FEW:
        with np.errstate(over="ignore", invalid="ignore"):
            columns = np.moveaxis(vectors, -1, 0)
            return finite(sum((np.square(column[..., :, None] - column[..., None, :]) for column in columns), np.zeros(())))
    result = np.empty((*batch, nodes, nodes), dtype=vectors.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for index in np.ndindex(*batch):
            result[index] = group_distances(vectors[index], np.arange(nodes))
    return result


def group_distances(vectors: Floats, members: Indices) -> Floats:
    """Return the squared distances of the `members`, shape (k,), of `vectors`, shape (n, d), as (k, k)."""
    everyone = len(members) == len(vectors)
    products = np.zeros((len(members), len(members)), dtype=vectors.dtype)
    for start in range(0, vectors.shape[1], BLOCK):
        columns = vectors[:, start : start + BLOCK]
        block = (columns if everyone else columns[members]) - columns[members[0]]
        products += block @ block.T
    lengths_squared = finite(products.diagonal())
    sums = lengths_squared[:, None] + lengths_squared
    squares: Floats = sums - 2 * products
    np.fill_diagonal(squares, 0)
    cancelled = squares < CANCELLED * sums
    np.fill_diagonal(cancelled, False)
    # distances from the first vector are not differences, so it is in no group: groups get smaller
    for group in groups(cancelled) if cancelled.any() else ():
        squares[np.ix_(group, group)] = group_distances(vectors, members[group])
    return squares


def groups(linked: NDArray[np.bool_]) -> list[Indices]:
    """Return the connected components of at least two nodes, as arrays of indices, of the graph with the adjacency matrix `linked`."""
    left = set(np.flatnonzero(linked.any(axis=1)).tolist())
    found = []
    while left:
        members = np.zeros(len(linked), dtype=bool)
        members[min(left)] = True
        while not np.array_equal(grown := members | linked[members].any(axis=0), members):
            members = grown
        found.append(np.flatnonzero(members))
        left -= set(found[-1].tolist())
    return found
