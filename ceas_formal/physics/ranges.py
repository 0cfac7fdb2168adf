"""One number in a closed range given by its ends."""

from __future__ import annotations

from ceas_formal.physics.checked import number


def real(quantity: str, value: float, least: float, most: float) -> float:
    """Return `value` as a float if it is a number in [least, most]; :func:`ceas_formal.physics.checked.number` with the ends as numbers.

    Examples
    --------
    >>> real("the acceptance", 1.5, 0, 1)
    Traceback (most recent call last):
    ValueError: the acceptance must lie in [0, 1]; got 1.5
    """
    return number(quantity, value, f"[{least}, {most}]")
