"""Laws of how many pairs arrive or are wanted in a round: the inputs of :mod:`ceas_formal.derive.inventory.chain`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Poisson:
    """The Poisson law with this mean, in pairs per round.

    Examples
    --------
    >>> Poisson(4.0).probabilities(2).round(3)
    array([0.018, 0.073, 0.908])
    """

    mean: float

    def __post_init__(self) -> None:
        if not 0 <= self.mean < np.inf:
            raise ValueError(f"the mean of a Poisson law must lie in [0, ∞); got {self.mean}")

    @property
    def variance(self) -> float:
        """Return the variance, in pairs²."""
        return self.mean

    def probabilities(self, most: int) -> Floats:
        """Return the probabilities of 0 … most - 1, and of `most` or more: shape (most + 1,), sum 1."""
        from scipy.special import gammaln, pdtrc, xlogy

        counts = np.arange(most)
        below = np.exp(xlogy(counts, self.mean) - self.mean - gammaln(counts + 1.0))
        return np.append(below, pdtrc(most - 1, self.mean) if most else 1.0)


@dataclass(frozen=True)
class Counts:
    """The law that gives the count k the probability ``of[k]``.

    Raises
    ------
    ValueError
        If a count is no int of at least 0, a probability is negative, or they do not sum to 1 within 1e-12.

    Examples
    --------
    >>> law = Counts({0: 0.5, 8: 0.5})
    >>> law.mean, law.variance, law.probabilities(2)
    (4.0, 16.0, array([0.5, 0. , 0.5]))
    """

    of: Mapping[int, float]

    def __post_init__(self) -> None:
        if not self.of or any(isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0 for count in self.of):
            raise ValueError(f"the counts of a law must be ints of at least 0; got {list(self.of)}")
        if not all(chance >= 0 for chance in self.of.values()) or not abs(sum(self.of.values()) - 1) <= 1e-12:
            raise ValueError(f"the probabilities of a law must be at least 0 and sum to 1; got {list(self.of.values())}")

    @property
    def mean(self) -> float:
        """Return the mean, in pairs."""
        return float(sum(count * chance for count, chance in self.of.items()))

    @property
    def variance(self) -> float:
        """Return the variance, in pairs²."""
        return float(sum((count - self.mean) ** 2 * chance for count, chance in self.of.items()))

    def probabilities(self, most: int) -> Floats:
        """Return the probabilities of 0 … most - 1, and of `most` or more: shape (most + 1,), sum 1."""
        law = np.zeros(most + 1)
        for count, chance in self.of.items():
            law[min(count, most)] += float(chance)
        return law


CountLaw: TypeAlias = Poisson | Counts
"""What the chain takes for arrivals and for the demand."""


def constant(count: int) -> Counts:
    """Return the law of a count that is always the same.

    Examples
    --------
    >>> constant(3).mean, constant(3).variance
    (3.0, 0.0)
    """
    return Counts({count: 1.0})


def binomial(attempts: int, success: float) -> Counts:
    """Return the law of the successes among independent attempts, such as heralded generation on a link.

    Parameters
    ----------
    attempts : int
        Per round, at least 0.
    success : float
        The chance that one attempt succeeds, in [0, 1].

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> binomial(2, 0.5).probabilities(2)
    array([0.25, 0.5 , 0.25])
    """
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 0:
        raise ValueError(f"the number of attempts must be an int of at least 0; got {attempts!r}")
    if not 0 <= success <= 1:
        raise ValueError(f"the chance of success must lie in [0, 1]; got {success}")
    return Counts(dict(enumerate(survivors(attempts, success)[attempts].tolist())))


def survivors(most: int, survival: float) -> Floats:
    """Return the law of how many of m pairs survive, each with the same chance and independently, for every m up to `most`.

    Returns
    -------
    ndarray of float, shape (most + 1, most + 1)
        Row m holds the binomial law of m pairs: row m + 1 is row m with one more pair, lost or not.

    Examples
    --------
    >>> survivors(2, 0.5)
    array([[1.  , 0.  , 0.  ],
           [0.5 , 0.5 , 0.  ],
           [0.25, 0.5 , 0.25]])
    """
    laws: Any = np.zeros((most + 1, most + 1))
    laws[0, 0] = 1.0
    for pairs in range(most):
        laws[pairs + 1] = (1 - survival) * laws[pairs]
        laws[pairs + 1, 1:] += survival * laws[pairs, :-1]
    return np.asarray(laws)
