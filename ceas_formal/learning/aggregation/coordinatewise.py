"""Coordinate by coordinate: the median and the trimmed mean, with or without weights.

Each coordinate is sorted on its own, in blocks that stay in the cache. In the (f, κ)-robust averaging inequality of Allouah et
al., AISTATS 2023, table 1, with r = f/(n - 2f): the median has κ = 4(1 + r)², the trimmed mean κ = 6r(1 + r).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ceas_formal.learning.aggregation.checked import Floats, fewer_than_half, finite, rows, shares

BLOCK = 1 << 17
"""Numbers sorted at a time: 1 MB of float64, about what the second-level cache holds."""
ROUNDING = 1e-12
"""How near to a half the cumulated weight counts as a half."""


def median(vectors: ArrayLike, *, faults: int = 0, weights: ArrayLike | None = None) -> Floats:
    """Return the coordinate-wise median (Yin et al., ICML 2018), the mean of the two middle values if n is even.

    With weights: the value at which the cumulated weight of the sorted values passes 1/2, the mean of this and the next value where it
    equals 1/2. It withstands Byzantine nodes that hold less than half of the weight; without weights, 2f < n.

    Parameters
    ----------
    vectors : array_like, shape (..., n, d)
        One vector for each node.
    faults : int
        How many may be Byzantine, f; only checked.
    weights : array_like of float, shape (..., n), optional
        At least 0, not all 0; only their ratios count.

    Returns
    -------
    ndarray, shape (..., d)

    Raises
    ------
    ValueError
        If 2f ≥ n, the vectors are not finite, or the weights are not as said.

    Examples
    --------
    >>> median([[1, 9], [2, 8], [100, 7]], faults=1)
    array([2., 8.])
    >>> median([[1, 9], [2, 8], [100, 7]], weights=[3, 1, 1])
    array([1., 9.])
    """
    given = rows(vectors)
    nodes = given.shape[-2]
    fewer_than_half("the median", nodes, faults)
    if weights is None:
        return by_columns(given, lambda values: (values[..., (nodes - 1) // 2] + values[..., nodes // 2]) / 2)
    values, shares_sorted = weighted_order(given, weights)
    below = np.cumsum(shares_sorted, axis=-2)
    lower = np.argmax(below >= 0.5 - ROUNDING, axis=-2)[..., None, :]
    upper = np.argmax(below > 0.5 + ROUNDING, axis=-2)[..., None, :]
    middle = (np.take_along_axis(values, lower, axis=-2) + np.take_along_axis(values, upper, axis=-2)) / 2
    return middle[..., 0, :].astype(given.dtype, copy=False)


def trimmed_mean(vectors: ArrayLike, *, faults: int, weights: ArrayLike | None = None) -> Floats:
    """Return the mean of each coordinate without its f largest and f smallest values (Yin et al., ICML 2018).

    With weights: without the share f/n of the weight at each end, a value on the border counted with what is left of its weight. It
    withstands Byzantine nodes that hold at most the share f/n of the weight; without weights, 2f < n.

    Parameters
    ----------
    vectors : array_like, shape (..., n, d)
        One vector for each node.
    faults : int
        How many may be Byzantine, f.
    weights : array_like of float, shape (..., n), optional
        At least 0, not all 0; only their ratios count.

    Returns
    -------
    ndarray, shape (..., d)

    Raises
    ------
    ValueError
        If 2f ≥ n, the vectors are not finite, or the weights are not as said.

    Examples
    --------
    >>> trimmed_mean([[1, 9], [2, 8], [100, 7]], faults=1)
    array([2., 8.])
    >>> trimmed_mean([[1], [2], [100]], faults=1, weights=[2, 3, 1])
    array([2.])
    """
    given = rows(vectors)
    nodes = given.shape[-2]
    fewer_than_half("the trimmed mean", nodes, faults)
    if weights is None:
        kept_share = np.full(nodes - 2 * faults, 1 / (nodes - 2 * faults), dtype=given.dtype)
        return by_columns(given, lambda values: values[..., faults : nodes - faults] @ kept_share)
    values, shares_sorted = weighted_order(given, weights)
    trimmed = faults / nodes
    reached = np.clip(np.cumsum(shares_sorted, axis=-2), trimmed, 1 - trimmed)
    kept = np.diff(reached, axis=-2, prepend=trimmed)
    average: Floats = (kept * values).sum(axis=-2) / (1 - 2 * trimmed)
    return average.astype(given.dtype, copy=False)


def by_columns(vectors: Floats, reduce: Callable[[Floats], Floats]) -> Floats:
    """Return `reduce` of the sorted coordinates of `vectors`, shape (..., n, d); it takes (..., coordinates, n) to (..., coordinates)."""
    *batch, nodes, coordinates = vectors.shape
    result = np.empty((*batch, coordinates), dtype=vectors.dtype)
    width = min(coordinates, max(1, BLOCK * coordinates // max(1, vectors.size)))
    near = np.empty((*batch, nodes, width), dtype=vectors.dtype)  # new arrays for each block would cost new pages of memory
    lines = np.empty((*batch, width, nodes), dtype=vectors.dtype)
    for start in range(0, coordinates, width):
        count = min(width, coordinates - start)
        near[..., :count] = vectors[..., start : start + width]  # far memory is read in order, then transposed in the cache
        block = lines[..., :count, :]
        block[...] = near[..., :count].swapaxes(-1, -2)
        block.sort(axis=-1)  # contiguous values sort faster
        finite(block[..., :: max(1, nodes - 1)])  # the least and the largest; NaN sorts to the end
        result[..., start : start + width] = reduce(block)
    return result


def weighted_order(vectors: Floats, weights: ArrayLike) -> tuple[Floats, Floats]:
    """Return the columns sorted, and the share of the weight that belongs to each value, both of the shape (..., n, d)."""
    order = np.argsort(vectors, axis=-2, kind="stable")
    values = np.take_along_axis(vectors, order, axis=-2)
    finite(values[..., [0, -1], :])
    share = np.broadcast_to(shares(weights, vectors.shape[-2])[..., None], vectors.shape)
    return values, np.take_along_axis(share, order, axis=-2)
