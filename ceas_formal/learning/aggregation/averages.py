"""The averages that no attacker needs to fear: the mean, and the fidelity-weighted mean of the paper (eq. 5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ceas_formal.learning.aggregation.checked import Floats, finite, rows, shares, unweighted
from ceas_formal.learning.aggregation.distances import combination
from ceas_formal.spec.exact import whole

FAR = 1 << 25
"""From so many bytes on vectors are likely not to lie in the cache; then sums, which read memory in order, beat a product of matrices."""


@np.errstate(over="ignore", invalid="ignore")
def mean(vectors: ArrayLike, *, faults: int = 0, weights: None = None) -> Floats:
    """Return the mean of the vectors, every node counted alike.

    It is computable for every number of faults and withstands none: one Byzantine vector moves it to any point.

    Parameters
    ----------
    vectors : array_like, shape (..., n, d)
        One vector for each node.
    faults : int
        How many may be Byzantine; ignored.
    weights : None
        Refused; see :func:`weighted_mean`.

    Returns
    -------
    ndarray, shape (..., d)

    Raises
    ------
    ValueError
        If the vectors are not finite, `faults` is negative, or weights are given.

    Examples
    --------
    >>> mean([[1, 2], [3, 6]])
    array([2., 4.])
    """
    given = rows(vectors)
    whole("the number of faults", faults, 0)
    unweighted("the plain mean", weights)
    nodes = given.shape[-2]
    if given.nbytes < FAR:
        return finite(combination(np.full(nodes, 1 / nodes, dtype=given.dtype), given))
    total: Floats = np.add.reduce(given, axis=-2)
    total *= 1 / nodes
    return finite(total)


@np.errstate(over="ignore", invalid="ignore")
def weighted_mean(vectors: ArrayLike, *, faults: int = 0, weights: ArrayLike | None = None) -> Floats:
    """Return Σ w_k g_k with w_k proportional to the fidelity weights (paper eqs. 4 and 5).

    It withstands no fault: one Byzantine vector with a positive weight moves it to any point.

    Parameters
    ----------
    vectors : array_like, shape (..., n, d)
        One vector g_k for each node.
    faults : int
        How many may be Byzantine; ignored.
    weights : array_like of float, shape (..., n), optional
        At least 0, not all 0; only their ratios count. None: equal weights.

    Returns
    -------
    ndarray, shape (..., d)

    Raises
    ------
    ValueError
        If the vectors are not finite, `faults` is negative, or the weights are not as said.

    Examples
    --------
    >>> weighted_mean([[1, 2], [3, 6]], weights=[3, 1])
    array([1.5, 3. ])
    """
    given = rows(vectors)
    whole("the number of faults", faults, 0)
    share = shares(weights, given.shape[-2]).astype(given.dtype, copy=False)
    return finite(combination(share, given))
