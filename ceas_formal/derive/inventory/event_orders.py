"""In which order decay, arrivals and consumption happen within a round (paper III.C, equation 7, which leaves it open).

The derivations of :mod:`ceas_formal.derive.inventory.expected`, the exact chain of :mod:`ceas_formal.derive.inventory.chain` and
simulators name the order by the same words.
"""

from __future__ import annotations

EVENT_ORDERS = (
    "decay-arrive-consume",
    "consume-decay-arrive",
    "arrive-decay-consume",
    "uniform-arrivals-then-consume",
    "uniform-arrivals-and-consumption",
)
"""The orders. The first is that of equation 7; in the last two pairs arrive at uniform times, and in the last they are consumed at such
times too."""


def event_order(name: str) -> str:
    """Return `name` if it is one of :data:`EVENT_ORDERS`.

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> event_order("decay-arrive-consume")
    'decay-arrive-consume'
    >>> event_order("random")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: the event order must be one of decay-arrive-consume, ...; got 'random'
    """
    if name not in EVENT_ORDERS:
        raise ValueError(f"the event order must be one of {', '.join(EVENT_ORDERS)}; got {name!r}")
    return name
