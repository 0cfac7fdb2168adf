"""Waiting for two pairs at once: two links try side by side, the pair that is there first is discarded once it is too old.

In each attempt, of a fixed duration, link 1 succeeds with chance p and link 2 with chance q. A link that has a pair stops trying. Both
pairs are delivered as soon as both are there; a pair that has waited for `cutoff` without its partner is discarded, and both links try
again. One *try* lasts from empty memories to delivery or discard. With r = p + q - pq a try sees its first pair after a geometric number
of attempts of mean 1/r; the ages then differ by d = 0, 1, ... attempts, and everything is a sum of truncated geometric series.

Known limits at p = q: without a cutoff (3 - 2p)/(p(2 - p)) attempts on average, with cutoff 0 it takes 1/p².
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ceas_formal.physics.checked import Floats, Probability, Seconds, real

LONGEST = 10**6
"""Attempts that a distribution is computed for at most."""


@dataclass(frozen=True, eq=False)
class TwoLinks:
    """Two links that try side by side, or an array of such settings.

    Parameters
    ----------
    first, second : float or array
        Chances p and q in (0, 1] that an attempt succeeds.
    attempt : float or array, in s
        Duration of an attempt, in (0, ∞): at least the latency of its herald.
    cutoff : float or array, in s, optional
        Age in [0, ∞] at which a pair without its partner is discarded; by default never. Whole attempts count: a pair is kept for
        k = ⌊cutoff/attempt⌋ attempts of its partner.

    Raises
    ------
    ValueError
        If a parameter is out of range, or the arrays do not broadcast.

    Examples
    --------
    >>> float(mean_waiting(TwoLinks(0.5, 0.5, attempt=3.0)))
    8.0
    >>> TwoLinks(0.0, 0.5, attempt=1.0)
    Traceback (most recent call last):
    ValueError: the success probability of the first link must lie in (0, 1]; got 0.0
    """

    first: Probability
    second: Probability
    attempt: Seconds
    cutoff: Seconds = math.inf

    def __post_init__(self) -> None:
        for name, quantity, interval in (
            ("first", "the success probability of the first link", "(0, 1]"),
            ("second", "the success probability of the second link", "(0, 1]"),
            ("attempt", "the duration of an attempt in s", "(0, ∞)"),
            ("cutoff", "the cutoff in s", "[0, ∞]"),
        ):
            object.__setattr__(self, name, real(quantity, getattr(self, name), interval))
        self.shape  # noqa: B018  # raises if the arrays do not broadcast

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the array of settings; () for one."""
        shapes = [np.shape(value) for value in (self.first, self.second, self.attempt, self.cutoff)]
        try:
            return np.broadcast_shapes(*shapes)
        except ValueError:
            raise ValueError(f"the chances, the duration and the cutoff must broadcast; got the shapes {shapes}") from None

    @property
    def patience(self) -> Floats:
        """Return k, the attempts of its partner that a pair lives through; a cutoff of nearly k attempts counts as k."""
        return np.asarray(np.floor(np.asarray(self.cutoff) / np.asarray(self.attempt) * (1 + 1e-12)))

    @property
    def any_success(self) -> Floats:
        """Return r = p + q - pq, the chance that an attempt of both links gives at least one pair."""
        p, q = np.asarray(self.first), np.asarray(self.second)
        return np.asarray(p + q - p * q)


def success_probability(links: TwoLinks) -> Floats:
    """Return the chance that a try ends in a delivery, and not in a discarded pair.

    Examples
    --------
    >>> [round(float(success_probability(TwoLinks(0.1, 0.1, 1.0, cutoff=k))), 4) for k in (0, 10, math.inf)]
    [0.0526, 0.6697, 1.0]
    """
    return np.asarray(delivery_chances(links).sum(axis=0) / links.any_success)


def mean_waiting(links: TwoLinks) -> Floats:
    """Return the mean time from empty memories to the delivery of both pairs, in s.

    Examples
    --------
    >>> [round(float(mean_waiting(TwoLinks(0.1, 0.1, 1.0, cutoff=k))), 4) for k in (0, 10, math.inf)]
    [100.0, 17.0734, 14.7368]
    """
    first, _, _ = _moments(links)
    return np.asarray(first / success_probability(links) * np.asarray(links.attempt))


def waiting_variance(links: TwoLinks) -> Floats:
    """Return the variance of that time, in s².

    Examples
    --------
    >>> bool(np.isclose(waiting_variance(TwoLinks(0.1, 0.1, 1.0, cutoff=0)), 100**2 - 100))
    True
    """
    first, second, discarded = _moments(links)
    success = success_probability(links)
    mean = first / success
    return np.asarray(((second + 2 * discarded * mean) / success - mean**2) * np.asarray(links.attempt) ** 2)


def waiting_distribution(links: TwoLinks, attempts: int) -> Floats:
    """Return P(delivery at the end of attempt n) for n = 1..attempts, shape (attempts,).

    Parameters
    ----------
    links : TwoLinks
        One setting, shape ().
    attempts : int
        In 1..`LONGEST`.

    Examples
    --------
    >>> waiting_distribution(TwoLinks(0.5, 0.5, 1.0, cutoff=1.0), 3)
    array([0.25    , 0.3125  , 0.140625])

    Notes
    -----
    The generating function is z·c(z)/(1 - (1-r)z - f·z^(k+1)), with c_d the chance that an attempt starts a try that delivers d attempts
    later, and f the chance that it starts one that discards.
    """
    from scipy.signal import lfilter

    p, q, k = single_setting(links)
    count = _whole("the number of attempts", attempts)
    age = np.arange(1, int(min(k, count)) + 1)
    later = p * q * ((1 - p) * (1 - p) ** (age - 1) + (1 - q) * (1 - q) ** (age - 1))
    numerator = np.concatenate([[p * q], later])
    denominator = np.zeros(int(min(k, count)) + 2)
    denominator[:2] = 1.0, -(1 - float(links.any_success))
    if k < count:
        denominator[-1] -= p * (1 - q) ** (k + 1) + q * (1 - p) ** (k + 1)
    impulse = np.zeros(count)
    impulse[0] = 1.0
    return np.asarray(lfilter(numerator, denominator, impulse))


def age_difference(links: TwoLinks, attempts: int) -> Floats:
    """Return the law of the age difference at delivery: P(d) for d = 0..attempts, in attempts, shape (attempts + 1,).

    Parameters
    ----------
    links : TwoLinks
        One setting, shape ().
    attempts : int
        In 1..`LONGEST`; from the cutoff on all chances are 0, and they sum to 1 if `attempts` reaches it.

    Examples
    --------
    >>> age_difference(TwoLinks(0.5, 0.5, 1.0, cutoff=1.0), 2).round(4)
    array([0.5, 0.5, 0. ])
    """
    p, q, k = single_setting(links)
    age = np.arange(1, _whole("the number of attempts", attempts) + 1)
    later = np.where(age <= k, p * q * ((1 - p) ** age + (1 - q) ** age), 0.0)
    law = np.concatenate([[p * q], later])
    return np.asarray(law / float(links.any_success * success_probability(links)))


def within(chance: Floats, patience: Floats) -> Floats:
    """Return 1 - (1 - chance)^patience, the chance of a success within so many attempts, with its digits where it is small."""
    with np.errstate(divide="ignore"):
        log = np.log1p(-chance)
    return np.asarray(-np.expm1(np.where(patience > 0, log, 0.0) * np.where(patience > 0, patience, 0.0)))


def delivery_chances(links: TwoLinks) -> Floats:
    """Return the chances, shape (3, ...), that an attempt starts a delivery with both pairs fresh, the first older, the second older."""
    p, q, k = np.broadcast_arrays(links.first, links.second, links.patience)
    return np.stack([p * q, p * (1 - q) * within(q, k), q * (1 - p) * within(p, k)])


def single_setting(links: TwoLinks) -> tuple[float, float, float]:
    """Return p, q and k if `links` is one setting, and refuse an array of them."""
    if links.shape:
        raise ValueError(f"this takes one setting at a time: the shape of the links must be (); got {links.shape}")
    p, q, k = (float(np.asarray(value)) for value in (links.first, links.second, links.patience))
    return p, q, k


def _moments(links: TwoLinks) -> tuple[Floats, Floats, Floats]:
    """Return E[L], E[L²] and E[L; discarded] for the length L of a try, in attempts."""
    p, q, k = np.broadcast_arrays(links.first, links.second, links.patience)
    r = links.any_success
    search, search_square = 1 / r, (2 - r) / r**2
    wait, wait_square, late, discarded = (np.zeros_like(p) for _ in range(4))
    for own, other in ((p, q), (q, p)):
        # W = min(geometric, k): E[W] = (1 - m^k)/c, E[W²] = Σ (2d - 1)·m^(d-1) over d = 1..k, with m = 1 - c the chance to miss.
        tail, weight = 1 - within(other, k), own * (1 - other) / r
        last = np.where(tail > 0, np.where(np.isinf(k), 0.0, k), 0.0) * tail
        mean = within(other, k) / other
        wait, wait_square = wait + weight * mean, wait_square + weight * (2 * (mean - last) / other - mean)
        late, discarded = late + weight * last, discarded + weight * tail
    return search + wait, search_square + 2 * search * wait + wait_square, search * discarded + late


def _whole(quantity: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST:
        raise ValueError(f"{quantity} must be an int in [1, {LONGEST}]; got {value!r}")
    return value
