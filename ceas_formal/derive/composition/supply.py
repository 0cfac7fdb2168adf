"""The chances of :mod:`ceas_formal.derive.composition.checkpoint_time` as numbers, the smallest ones as logarithms to base 10."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import binom, poisson

TERMS = 400
"""Of the series for the far tail: its terms fall at least as (m/c)^k, and it is used for m ≤ c/2 only."""


def mean_pairs(made: float, life: float, rounds: float, kind: str = "exponential") -> float:
    """Return the mean number of pairs on a link, `rounds` rounds after its memory was empty.

    Parameters
    ----------
    made, life, rounds : float
        Pairs per round, mean lifetime in rounds and rounds, above 0; `rounds` may be ``math.inf``.
    kind : {"exponential", "fixed"}
        The law of the lifetimes.

    Examples
    --------
    >>> round(mean_pairs(1, 4.5, 4), 4), mean_pairs(1, 4.5, 4, "fixed"), mean_pairs(1, 4.5, math.inf)
    (2.65, 4, 4.5)
    """
    if min(made, life, rounds) <= 0:
        raise ValueError(f"pairs per round, lifetime and rounds must lie in (0, ∞); got {made}, {life}, {rounds}")
    return made * (-math.expm1(-rounds / life) * life if kind == "exponential" else min(rounds, life))


def log10_enough(mean: float, need: int, links: int = 1) -> float:
    """Return log10 of the chance that each of `links` links with Poisson(mean) pairs has at least `need`.

    Parameters
    ----------
    mean : float
        m > 0.
    need, links : int
        c ≥ 0 and L ≥ 1.

    Examples
    --------
    >>> round(log10_enough(1, 40), 3), round(log10_enough(3, 2, 2), 4)
    (-48.335, -0.1929)

    Notes
    -----
    Far below the mean a float cannot hold the tail; there the leading term times its series 1 + m/(c+1) + … is used.
    """
    if mean <= 0 or need < 0 or links < 1:
        raise ValueError(f"mean, need and links must lie in (0, ∞), [0, ∞) and [1, ∞); got {mean}, {need}, {links}")
    if 2 * mean > need:
        return links * float(poisson.logsf(need - 1, mean)) / math.log(10)
    factors = mean / (need + np.arange(1, TERMS))
    series = 1 + float(np.cumprod(factors).sum())
    return links * (need * math.log(mean) - mean - math.lgamma(need + 1) + math.log(series)) / math.log(10)


def least_mean(need: int, links: int, chance: float) -> float:
    """Return the smallest Poisson mean at which all links have at least `need` pairs with at least this chance, in (0, 1).

    Examples
    --------
    >>> round(least_mean(40, 1225, 0.5), 2)
    63.83
    """
    if not 0 < chance < 1:
        raise ValueError(f"the chance must lie in (0, 1); got {chance}")
    from scipy.optimize import brentq

    wanted = math.log10(chance)
    return float(brentq(lambda mean: log10_enough(mean, need, links) - wanted, 1e-9, 4.0 * need + 200))


def used_chance(honest: int, need: int, supplied: float) -> float:
    """Return the chance that at least `need` of the honest nodes are supplied and accept, each with chance `supplied`.

    Examples
    --------
    >>> round(used_chance(10, 8, 0.9), 4)
    0.9298
    """
    if need < 0 or honest < 0 or not 0 <= supplied <= 1:
        raise ValueError(f"counts must be at least 0 and the chance in [0, 1]; got {honest}, {need}, {supplied}")
    return float(binom.sf(need - 1, honest, supplied))
