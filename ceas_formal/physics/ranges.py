"""Floating-point numbers at the entrance of the physics: finite and in their range. Exact ones go through :mod:`ceas_formal.spec.exact`."""

from __future__ import annotations

import math


def real(quantity: str, value: float, least: float, most: float) -> float:
    """Return `value` as a float if it is a number in [least, most].

    Raises
    ------
    TypeError
        If `value` is a bool or no number.
    ValueError
        If `value` is not finite, or outside the range. The message names the quantity and the range.

    Examples
    --------
    >>> real("the angle", 3, 0, 4)
    3.0
    >>> real("the acceptance", 1.5, 0, 1)
    Traceback (most recent call last):
    ValueError: the acceptance must lie in [0, 1]; got 1.5
    """
    try:
        number = float(value) if not isinstance(value, bool | str) else None
    except TypeError:
        number = None
    if number is None:
        raise TypeError(f"{quantity} must be a number; got {value!r}, a {type(value).__name__}")
    if not (math.isfinite(number) and least <= number <= most):
        raise ValueError(f"{quantity} must lie in [{least:g}, {most:g}]; got {value}")
    return number
