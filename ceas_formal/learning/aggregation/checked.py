"""Vectors, weights and numbers of faults at the entrance of the aggregation rules."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ceas_formal.spec.exact import whole

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Arrays of float64, or of float32 where the vectors came so."""


def rows(vectors: ArrayLike) -> Floats:
    """Return `vectors`, shape (..., n, d), as floats: float32 stays what it is, everything else becomes float64.

    Whether they are finite is checked by :func:`finite` on what a rule computes from them, which costs no further pass.

    Raises
    ------
    ValueError
        If they are no real numbers of the shape (..., n, d) with at least one vector and one coordinate.

    Examples
    --------
    >>> rows([[1, 2], [3, 4]])
    array([[1., 2.],
           [3., 4.]])
    """
    try:
        given = np.asarray(vectors)
    except ValueError:  # rows of unequal length
        given = np.array(None)
    if given.dtype.kind not in "iuf":
        raise ValueError("the vectors must be an array of real numbers of the shape (..., n, d)")
    if given.ndim < 2 or 0 in given.shape[-2:]:
        raise ValueError(f"the vectors must have the shape (..., n, d), n and d at least 1; got {given.shape}")
    return given if given.dtype == np.float32 else np.asarray(given, dtype=np.float64)


def finite(computed: Floats) -> Floats:
    """Return `computed` if all of it is finite; else refuse the vectors that it came from.

    Raises
    ------
    ValueError
        If a vector holds NaN or infinity, or is so large that sums of squares overflow. A caller drops such a message before aggregation:
        anyone can see that it is invalid.

    Examples
    --------
    >>> finite(np.array([1.0, np.nan]))
    Traceback (most recent call last):
    ValueError: the vectors must be finite, and so must be the sums and squares that the rule forms of them
    """
    # a finite sum of squares, which needs no further memory, shows that all is finite; one that overflows shows nothing
    if not (np.isfinite(np.vdot(computed, computed)) or np.isfinite(computed).all()):
        raise ValueError("the vectors must be finite, and so must be the sums and squares that the rule forms of them")
    return computed


def shares(weights: ArrayLike | None, nodes: int) -> Floats:
    """Return `weights`, shape (..., n), divided by their sum (paper eq. 4); equal shares for None.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, all are 0, or the last axis does not have `nodes` entries.

    Examples
    --------
    >>> shares([1, 3], 2)
    array([0.25, 0.75])
    >>> shares(None, 2)
    array([0.5, 0.5])
    """
    if weights is None:
        return np.full(nodes, 1 / nodes)
    given = np.asarray(weights, dtype=np.float64)
    if given.ndim == 0 or given.shape[-1] != nodes:
        raise ValueError(f"the weights must have the shape (..., {nodes}), one for each vector; got {given.shape}")
    total = given.sum(axis=-1, keepdims=True)
    if not ((given >= 0).all() and np.isfinite(total).all() and (total > 0).all()):
        raise ValueError("the weights must lie in [0, ∞) and not all be 0")
    share: Floats = given / total
    return share


def fewer_than_half(name: str, nodes: int, faults: int) -> int:
    """Return `faults` if 2f < n; `name` is for the message.

    Raises
    ------
    ValueError
        If f is negative or 2f ≥ n.

    Examples
    --------
    >>> fewer_than_half("the median", 50, 20)
    20
    >>> fewer_than_half("the median", 4, 2)
    Traceback (most recent call last):
    ValueError: the median needs more than 2f vectors; got n = 4, f = 2
    """
    if 2 * whole("the number of faults", faults, 0) >= nodes:
        raise ValueError(f"{name} needs more than 2f vectors; got n = {nodes}, f = {faults}")
    return faults


def unweighted(name: str, weights: ArrayLike | None) -> None:
    """Refuse weights for a rule that has no definition with them.

    Raises
    ------
    ValueError
        If `weights` is not None.
    """
    if weights is not None:
        raise ValueError(f"{name} is not defined with weights; weights must be None")
