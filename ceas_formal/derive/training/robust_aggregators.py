"""Aggregators and attacks on few nodes, by enumeration: what derived Byzantine bounds are compared with."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Real = NDArray[np.float64]


def smallest_spread_mean(contents: ArrayLike, faults: int) -> Real:
    """Return the mean of the N - f contents with the least spread, the first such set in lexicographic order.

    Parameters
    ----------
    contents : array_like, shape (N, d)
        What the nodes send.
    faults : int
        f, with 0 ≤ 2f < N. The search takes N!/(f!(N-f)!) steps.

    Returns
    -------
    ndarray, shape (d,)

    Raises
    ------
    ValueError
        If the contents are no table, or f is out of range.

    Examples
    --------
    >>> smallest_spread_mean([[0.0], [1.0], [50.0]], 1).tolist()
    [0.5]

    Notes
    -----
    Known as minimum variance, or smallest ball, averaging. :mod:`ceas_formal.derive.training.byzantine_bounds` derives its robustness.
    """
    table = np.asarray(contents, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"the contents must have the shape (N, d); got {table.shape}")
    if not 0 <= 2 * faults < len(table):
        raise ValueError(f"f must lie in [0, N/2), N = {len(table)}; got {faults}")
    sets = np.array(list(combinations(range(len(table)), len(table) - faults)))
    spreads = table[sets].var(axis=1).sum(axis=1)
    return np.asarray(table[sets[int(spreads.argmin())]].mean(axis=0))


def hiding_nodes(faults: int, surplus: int, distance: float) -> Real:
    """Return the contents of the lower bound: f at -c, N - 2f at 0 and f at c, so that either end may be the Byzantine one.

    Examples
    --------
    >>> hiding_nodes(2, 1, 1.0).tolist()
    [-1.0, -1.0, 0.0, 1.0, 1.0]
    """
    return np.repeat([-distance, 0.0, distance], [faults, surplus, faults])
