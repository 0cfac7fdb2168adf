"""Named random streams: each purpose of a seed has a generator of its own, so that adding an attack does not move the data."""

from __future__ import annotations

import numpy as np

PURPOSES = {
    "data": 1, "probe": 2, "initial": 3, "shots": 4, "attack": 5, "selection": 6, "coherence": 7, "pairs": 8, "gossip": 9, "resampling": 10,
    "places": 11,
}  # fmt: skip
"""What chance is used for, and the number that stands for it. A number is never given to another purpose."""


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator of one purpose of one seed.

    Parameters
    ----------
    seed : int
        At least 0.
    purpose : str
        A key of `PURPOSES`.

    Raises
    ------
    ValueError
        If there is no such purpose.

    Examples
    --------
    >>> float(generator(0, "data").random()) == float(generator(0, "shots").random())
    False
    >>> float(generator(0, "data").random()) == float(generator(0, "data").random())
    True
    """
    if purpose not in PURPOSES:
        raise ValueError(f"the purpose of a stream must be one of {', '.join(PURPOSES)}; got {purpose!r}")
    return np.random.default_rng([seed, PURPOSES[purpose]])
