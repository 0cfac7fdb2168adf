"""Floats at the entrance of the physics: finite, real and in their range; the message names the quantity and the range.

`real` takes a number or an array, `number` one number only. Units are part of the signatures, as aliases of NumPy's ``ArrayLike``. Exact
numbers go through :mod:`ceas_formal.spec.exact`, matrices through :mod:`ceas_formal.physics.states`.
"""

from __future__ import annotations

from fractions import Fraction
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Seconds: TypeAlias = ArrayLike
"""Times in seconds. Any other unit does as well, if all times of a call share it."""
Probability: TypeAlias = ArrayLike
"""Numbers without a unit in [0, 1]: fidelities, populations, weights of Bell states."""
Floats: TypeAlias = NDArray[np.float64]

ROUNDING = 1e-9
"""How far rounding may take a trace from 1 or an eigenvalue below 0."""


def real(quantity: str, values: ArrayLike, interval: str) -> Floats:
    """Return `values` as an array of floats if all of them lie in `interval`.

    Parameters
    ----------
    quantity : str
        What the numbers are, for the message.
    values : array_like of float
        The numbers, of any shape.
    interval : str
        The allowed range, such as ``"(0, ∞]"``; only a closed end lets infinity in.

    Raises
    ------
    ValueError
        If a value is not a real number, is NaN, or lies outside `interval`; the first such value is shown.

    Examples
    --------
    >>> real("the fidelity", [0.5, 1], "[0, 1]")
    array([0.5, 1. ])
    >>> real("the time in s", [1.0, -2.0], "[0, ∞)")
    Traceback (most recent call last):
    ValueError: the time in s must lie in [0, ∞); got -2.0
    """
    try:
        given = np.asarray(values)
    except ValueError:  # rows of unequal length
        given = np.array(None)
    if given.dtype.kind not in "iuf":
        raise ValueError(f"{quantity} must be a real number in {interval}; got {values!r}")
    floats = np.asarray(given, dtype=np.float64)
    low, high = (float(bound.replace("∞", "inf")) for bound in interval[1:-1].split(", "))
    above = floats >= low if interval[0] == "[" else floats > low
    below = floats <= high if interval[-1] == "]" else floats < high
    if not (fine := above & below).all():
        raise ValueError(f"{quantity} must lie in {interval}; got {float(floats[~fine].flat[0])}")
    return floats


def number(quantity: str, value: float | Fraction, interval: str) -> float:
    """Return `value` as a float if it is one number in `interval`, written as for :func:`real`.

    Raises
    ------
    TypeError
        If `value` is a bool, an array with axes, or no real number.
    ValueError
        If `value` is NaN or lies outside `interval`.

    Examples
    --------
    >>> number("the angle", 3, "[0, 4]")
    3.0
    >>> number("the acceptance", 1.5, "[0, 1]")
    Traceback (most recent call last):
    ValueError: the acceptance must lie in [0, 1]; got 1.5
    """
    given = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if isinstance(given, bool) or not isinstance(given, Real):
        raise TypeError(f"{quantity} must be a number; got {value!r}, a {type(value).__name__}")
    try:
        return float(real(quantity, float(given), interval))
    except OverflowError:
        raise ValueError(f"{quantity} must lie in {interval}; got a number beyond the range of floats") from None


def weights(quantity: str, values: ArrayLike) -> Floats:
    """Return `values`, shape (..., 4), if they are the weights of the four Bell states: at least 0, with sum 1.

    Raises
    ------
    ValueError
        If the last axis does not hold four values, one lies outside [0, 1], or they do not sum to 1.

    Examples
    --------
    >>> weights("the weights", [0.5, 0.5, 0.5, 0])
    Traceback (most recent call last):
    ValueError: the sum of the weights must lie in [1 - 1e-09, 1 + 1e-09]; got 1.5
    """
    floats = real(quantity, snapped(values), "[0, 1]")
    if floats.shape[-1:] != (4,):
        raise ValueError(f"{quantity} must have the shape (..., 4), one for each Bell state; got {floats.shape}")
    near_one(f"the sum of {quantity}", floats.sum(axis=-1))
    return floats


def snapped(values: ArrayLike) -> NDArray[Any]:
    """Return `values` with those that rounding took below 0 or above 1 put back on the border; everything else stays as it is.

    Examples
    --------
    >>> snapped([-1e-17, 0.5, 1.1])
    array([0. , 0.5, 1.1])
    """
    given = np.asarray(values)
    if given.dtype.kind != "f":
        return given
    given = np.where((given < 0) & (given >= -ROUNDING), 0.0, given)
    return np.where((given > 1) & (given <= 1 + ROUNDING), 1.0, given)


def near_one(quantity: str, values: Floats) -> None:
    """Refuse values that differ from 1 by more than rounding.

    Raises
    ------
    ValueError
        With the first value that does.
    """
    off = ~(np.abs(values - 1) <= ROUNDING)
    if off.any():
        raise ValueError(f"{quantity} must lie in [1 - {ROUNDING}, 1 + {ROUNDING}]; got {float(values[off].flat[0])}")
