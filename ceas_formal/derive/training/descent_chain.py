"""Runs of update (3) on a quadratic loss: what derived bounds are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]


def mean_squares(
    start: float, curvature: float, step: float, bias: float, noise: float, rounds: int, runs: int, seed: int
) -> tuple[Real, Real]:
    """Return the mean of θ² after 0, 1, …, `rounds` rounds of θ ← θ - η·(hθ + b + noise), and its standard errors.

    Parameters
    ----------
    start, curvature, step, bias : float
        θ_0, h, η and b.
    noise : float
        The standard deviation of the Gaussian noise of a round.
    rounds, runs, seed : int
        How long, how many independent runs, and the stream [seed, 40].

    Examples
    --------
    >>> mean, error = mean_squares(1.0, 1.0, 0.5, 0.0, 0.0, 2, 10, 0)
    >>> mean.tolist(), error.tolist()
    ([1.0, 0.25, 0.0625], [0.0, 0.0, 0.0])
    """
    stream = np.random.default_rng([seed, 40])
    theta = np.full(runs, start)
    squares = [theta**2]
    for _ in range(rounds):
        theta = theta - step * (curvature * theta + bias + noise * stream.normal(size=runs))
        squares.append(theta**2)
    table = np.array(squares)
    return table.mean(axis=1), table.std(axis=1) / np.sqrt(runs)
