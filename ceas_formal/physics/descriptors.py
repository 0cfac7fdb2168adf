"""Coarse capability descriptors (paper II.E): a few log-levels per node, and how much they give away, in bits, under a stated prior.

"Privacy-preserving" has no meaning without a prior and a number. Here the prior is: a node is one of the known platforms with equal chance,
and each of its values is log-normal around that platform's, independently. The leak is the mutual information with what is to be hidden.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from ceas_formal.physics.checked import number
from ceas_formal.physics.hardware import Platform
from ceas_formal.spec.exact import whole

Distribution = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Log-spaced levels for one quantity: level 0 below `low`, `levels` - 1 at or above `high`, equal ratios between.

    Parameters
    ----------
    low, high : float
        0 < low < high, in the quantity's own unit. With two levels only `low` counts.
    levels : int
        At least 1; log2(levels) bits are sent, and one level says nothing, if no platform lacks the quantity.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> grid = Grid(1e-4, 1e2, 4)
    >>> [grid.level(value) for value in (1e-6, 1e-2, 5.0, 1e6)]
    [0, 1, 2, 3]
    """

    low: float
    high: float
    levels: int

    def __post_init__(self) -> None:
        if not number("the low end of a grid", self.low, "(0, ∞)") < number("the high end of a grid", self.high, "(0, ∞)"):
            raise ValueError(f"the ends of a grid must satisfy 0 < low < high < ∞; got {self.low:g} and {self.high:g}")
        whole("the number of levels", self.levels, 1)

    @property
    def edges(self) -> Distribution:
        """The levels - 1 values at which the next level starts."""
        if self.levels == 2:
            return np.array([self.low], dtype=np.float64)
        return np.geomspace(self.low, self.high, self.levels - 1) if self.levels > 2 else np.array([])

    def level(self, value: float) -> int:
        """Return the level of a positive value."""
        return int(np.searchsorted(self.edges, number("the value", value, "(0, ∞)"), side="right"))

    def distribution(self, centre: float, decades: float) -> Distribution:
        """Return the chance of each level for a value log-normal around `centre`, with standard deviation `decades` ≥ 0 of its log10."""
        spread, middle = number("the spread", decades, "[0, ∞)"), number("the central value", centre, "(0, ∞)")
        if spread == 0 or self.levels == 1:
            return np.asarray(np.eye(self.levels)[self.level(middle)], dtype=np.float64)
        with np.errstate(over="ignore"):  # infinitely many spreads away is fine
            cumulative = norm.cdf((np.log10(self.edges) - math.log10(middle)) / spread)
        return np.asarray(np.diff(np.concatenate([[0.0], cumulative, [1.0]])), dtype=np.float64)


COARSE: dict[str, Grid] = {
    "coherence_time": Grid(1e-3, 1e1, 3),
    "two_qubit_error": Grid(1e-3, 1e-2, 3),
    "link.pair_rate": Grid(1e0, 1e3, 3),
    "link.infidelity": Grid(0.1, 0.3, 3),
}
"""A descriptor that a scheduler can use: storage [s], gate error, pairs per second, 1 - F of a fresh pair; three levels each."""


def descriptor(platform: Platform, grids: Mapping[str, Grid] = COARSE) -> dict[str, int | None]:
    """Return the level of each quantity, None where the platform has no such operation.

    Raises
    ------
    ValueError
        If a quantity of the grids is none that platforms have.
    """
    values = _values(platform)
    _check_names(grids)
    return {name: grid.level(values[name]) if name in values else None for name, grid in grids.items()}


@dataclass(frozen=True)
class Leak:
    """What a descriptor gives away, in bits.

    Parameters
    ----------
    platform : float
        I(platform; descriptor), out of log2 of the number of platforms.
    values : float
        I(exact values and platform; descriptor). A descriptor is a function of these, so it is the entropy of the descriptor.
    sent : float
        Bits on the wire, Σ log2 of the number of levels, one more where a platform lacks the quantity: a bound of `values`.
    """

    platform: float
    values: float
    sent: float


def leak(platforms: Sequence[Platform], grids: Mapping[str, Grid] = COARSE, *, decades: float = 0.5) -> Leak:
    """Return the leak of the descriptor, summed over all of its values.

    Parameters
    ----------
    platforms : sequence of Platform
        Equally likely; at least one.
    grids : mapping of str to Grid
        Which quantities are sent, how coarsely; at most about 10⁶ combinations of levels.
    decades : float
        Standard deviation of the log10 of each value around that of its platform, at least 0. Errors above 1 count as the highest level.

    Returns
    -------
    Leak
        In bits.

    Raises
    ------
    ValueError
        If there is no platform, a name is unknown, the spread is out of range, or there are too many combinations.

    Notes
    -----
    That a quantity is absent (None) is part of the descriptor, and gives the platform away as a level does.
    """
    if not platforms:
        raise ValueError("the number of platforms must be at least 1; got 0")
    _check_names(grids)
    if math.prod(grid.levels + 1 for grid in grids.values()) > 10**6:
        raise ValueError("the number of combinations of levels must be at most 10⁶")
    joint = np.array([_combined(platform, grids, decades) for platform in platforms]) / len(platforms)
    total = _entropy(joint.sum(axis=0))
    within = sum(_entropy(row * len(platforms)) for row in joint) / len(platforms)
    present = [_values(platform) for platform in platforms]
    sent = sum(math.log2(grid.levels + any(name not in values for values in present)) for name, grid in grids.items())
    return Leak(max(0.0, total - within), total, float(sent))


def _combined(platform: Platform, grids: Mapping[str, Grid], decades: float) -> Distribution:
    """Return the chance of every combination of levels; the last level of each quantity stands for its absence."""
    values = _values(platform)
    combined: Distribution = np.ones(1)
    for name, grid in grids.items():
        own = np.zeros(grid.levels + 1)
        if name in values:
            own[:-1] = grid.distribution(values[name], decades)
        else:
            own[-1] = 1
        combined = np.outer(combined, own).ravel()
    return combined


def _values(platform: Platform) -> dict[str, float]:
    """Return what a descriptor can be made of. On a log scale the distance of a fidelity from 1 says more than the fidelity."""
    values = {name: quantity.value for name, quantity in platform.values().items()}
    return values | {"link.infidelity": max(1 - values.pop("link.fidelity"), 1e-12)}


def _entropy(chances: Distribution) -> float:
    positive = chances[chances > 0]
    return float(-(positive * np.log2(positive)).sum())


def _check_names(grids: Mapping[str, Grid]) -> None:
    known = [name for name in Platform.__struct_fields__ if name not in ("name", "link")]
    known += [f"link.{name}" for name in ("distance", "pair_rate", "infidelity", "success_probability", "attempt_time")]
    for name in itertools.filterfalse(known.__contains__, grids):
        raise ValueError(f"a quantity of a descriptor must be one of {', '.join(known)}; got {name}")
