"""What two links deliver together: the pairs' mean Bell weights, hence fidelity after swapping or distilling, and the best cutoff.

:mod:`ceas_formal.physics.waiting` says how the links try; here the pair that was there first has aged while it waited.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ceas_formal.physics.bell_pairs import BellPair
from ceas_formal.physics.checked import Floats, real
from ceas_formal.physics.swapping import parity_checked, swapped
from ceas_formal.physics.waiting import TwoLinks, delivery_chances, mean_waiting, single_setting, within
from ceas_formal.physics.x_states import BELL_STATES

EACH = 500
"""Cutoffs up to so many attempts are tried one by one."""


class Delivery(NamedTuple):
    """Both pairs at delivery: which is older, the chance of that, and the mean Bell weights of each, last axis of length 4."""

    older: str
    chance: Floats
    first: Floats
    second: Floats


def deliveries(links: TwoLinks, first: BellPair, second: BellPair) -> tuple[Delivery, Delivery, Delivery]:
    """Return the three cases of a delivery: both pairs fresh, the first older, the second older. Their chances sum to 1.

    Parameters
    ----------
    links : TwoLinks
        One setting or an array.
    first, second : BellPair
        The pair that each link makes, at the moment it is heralded. Shapes broadcast with `links`.

    Examples
    --------
    >>> from ceas_formal.physics.memories import dephasing
    >>> pair = BellPair("phi+", dephasing(20.0), dephasing(20.0))
    >>> [(case.older, round(float(case.chance), 4)) for case in deliveries(TwoLinks(0.1, 0.1, 1.0, cutoff=10.0), pair, pair)]
    [('neither', 0.0786), ('first', 0.4607), ('second', 0.4607)]

    Notes
    -----
    Bell weights of an ageing pair are sums of exponentials in its age, and the older pair's age is geometric up to the cutoff. So the means
    are exact, for any number of attempts. Operations that are linear in each pair's weights need no more.
    """
    p, q, k = np.asarray(links.first), np.asarray(links.second), links.patience
    fresh = [_mean_weights(pair, links, np.ones_like(p), np.zeros_like(k)) for pair in (first, second)]
    chances = delivery_chances(links)
    chances = chances / chances.sum(axis=0)
    return (
        Delivery("neither", np.asarray(chances[0]), *fresh),
        Delivery("first", np.asarray(chances[1]), _mean_weights(first, links, q, k), fresh[1]),
        Delivery("second", np.asarray(chances[2]), fresh[0], _mean_weights(second, links, p, k)),
    )


def delivered_fidelity(links: TwoLinks, first: BellPair, second: BellPair) -> Floats:
    """Return the mean fidelity of the pair that swapping the two delivered ones makes, with the Bell state that perfect ones would.

    Parameters
    ----------
    links, first, second
        As in :func:`deliveries`. The swap is perfect and immediate.

    Examples
    --------
    >>> from ceas_formal.physics.memories import dephasing
    >>> pair = BellPair("phi+", dephasing(20.0), dephasing(20.0))
    >>> [round(float(delivered_fidelity(TwoLinks(0.1, 0.1, 1.0, cutoff=k), pair, pair)), 4) for k in (0, 10, math.inf)]
    [1.0, 0.8398, 0.7572]
    """
    perfect = [np.eye(4)[BELL_STATES.index(pair.bell)] for pair in (first, second)]
    wanted = int(swapped(*perfect).argmax())
    return np.asarray(sum(case.chance * swapped(case.first, case.second)[..., wanted] for case in deliveries(links, first, second)))


def distilled_fidelity(links: TwoLinks, kept: BellPair, tested: BellPair) -> tuple[Floats, Floats]:
    """Return the mean fidelity with Φ+, given success, and the chance of success of one BBPSSW round on the two delivered pairs.

    Parameters
    ----------
    links, kept, tested
        As in :func:`deliveries`: the first link makes the pair that is kept. The round is perfect and immediate.

    Examples
    --------
    >>> from ceas_formal.physics.memories import dephasing
    >>> pair = BellPair("phi+", dephasing(20.0), dephasing(20.0), 0.7)
    >>> [round(float(x), 12) for x in distilled_fidelity(TwoLinks(0.1, 0.1, 1.0, cutoff=0), pair, pair)]
    [0.735294117647, 0.68]
    """
    joint, success = np.asarray(0.0), np.asarray(0.0)
    for case in deliveries(links, kept, tested):
        found, chance = parity_checked(case.first, case.second)
        joint, success = joint + case.chance * chance * found[..., 0], success + case.chance * chance
    return np.asarray(joint / success), np.asarray(success)


class Cutoff(NamedTuple):
    """A cutoff, in s, and what it gives: the mean fidelity after swapping and the deliveries per second."""

    cutoff: float
    fidelity: float
    rate: float


def best_cutoff(links: TwoLinks, first: BellPair, second: BellPair, wanted: float) -> Cutoff:
    """Return the cutoff with the highest rate among those whose mean fidelity after swapping is at least `wanted`.

    Parameters
    ----------
    links : TwoLinks
        One setting; its own cutoff does not count.
    first, second : BellPair
        One pair each.
    wanted : float
        In (0, 1].

    Returns
    -------
    Cutoff
        `cutoff` is infinite if no pair has to be discarded.

    Raises
    ------
    ValueError
        If no cutoff reaches `wanted`.

    Examples
    --------
    >>> from ceas_formal.physics.memories import dephasing
    >>> pair = BellPair("phi+", dephasing(20.0), dephasing(20.0))
    >>> best = best_cutoff(TwoLinks(0.1, 0.1, 1.0), pair, pair, 0.9)
    >>> best.cutoff, round(best.fidelity, 4), round(best.rate, 4)
    (4.0, 0.9113, 0.0444)

    Notes
    -----
    Keeping a pair for longer never costs time, so the rate rises with the cutoff and the best one is the last that suffices. The mean
    fidelity need not fall with it: with unequal links a longer cutoff also changes which pair is the older one. So all cutoffs up to
    `EACH` attempts are tried, then steps of 1%, and the last step that suffices is refined by bisection; a stretch of cutoffs that suffice
    and is shorter than such a step could be missed.
    """
    p, q, _ = single_setting(links)
    least = float(real("the wanted fidelity", wanted, "(0, 1]"))
    attempt = float(np.asarray(links.attempt))

    def reached(patience: float | Floats) -> Floats:
        return delivered_fidelity(TwoLinks(p, q, attempt, patience * attempt), first, second)

    if first.shape or second.shape:
        raise ValueError(f"this takes one pair of each link: their shapes must be (); got {first.shape} and {second.shape}")
    # Beyond so many attempts what is left of the geometric laws is below rounding.
    last = max(EACH, 40 / min(p, q))
    tried = np.concatenate([np.arange(EACH), np.unique(np.geomspace(EACH, last, 2 + int(100 * math.log(last / EACH))).round()), [math.inf]])
    found = reached(tried)
    enough = np.flatnonzero(found >= least - 1e-12)
    if not enough.size:
        raise ValueError(f"the wanted fidelity must lie in (0, {found.max():.6g}], which some cutoff gives; got {least}")
    low, high = float(tried[enough[-1]]), float(tried[min(enough[-1] + 1, tried.size - 1)])
    while 1 < high - low < math.inf:
        middle = (low + high) // 2
        low, high = (middle, high) if reached(middle) >= least else (low, middle)
    chosen = TwoLinks(p, q, attempt, low * attempt)
    return Cutoff(low * attempt, float(reached(low)), float(1 / mean_waiting(chosen)))


def _mean_weights(pair: BellPair, links: TwoLinks, chance: Floats, patience: Floats) -> Floats:
    """Return the mean Bell weights of a pair whose partner came after 1..patience attempts of this chance; fresh if patience is 0."""
    a, b, sign = pair.first, pair.second, 1.0 if pair.even else -1.0

    def mean(rate: Floats) -> Floats:
        return _mean_decay(np.asarray(links.attempt) * rate, chance, patience)

    ra, rb = a.relaxation_rate, b.relaxation_rate
    both, warm = mean(ra + rb), (1 - 2 * a.population) * (1 - 2 * b.population)
    # ⟨ZZ⟩ is v or -v at the start, where each qubit alone has ⟨Z⟩ = 0; the rest is what relaxation to thermal populations makes.
    parity = sign * pair.visibility * both + warm * (1 - mean(ra) - mean(rb) + both)
    coherence = pair.visibility * mean(a.decoherence_rate + b.decoherence_rate) / 2
    coherence = coherence if pair.bell.endswith("+") else -coherence
    even, odd = (1 + parity) / 4, (1 - parity) / 4
    none = np.zeros_like(coherence)
    outer, inner = (coherence, none) if pair.even else (none, coherence)
    weights = np.stack(np.broadcast_arrays(even + outer, even - outer, odd + inner, odd - inner), axis=-1)
    return np.asarray(np.clip(weights, 0.0, 1.0))


def _mean_decay(rate: Floats, chance: Floats, patience: Floats) -> Floats:
    """Return the mean of exp(-rate·d) over the geometric law of d = 1..patience, conditioned on its range; 1 if patience is 0."""
    some = np.where(patience > 0, patience, 1.0)
    with np.errstate(divide="ignore"):
        log = np.asarray(np.log1p(-chance) - rate)
    # Σ chance·(1-chance)^(d-1)·exp(-rate·d) over d = 1..k, over the chance of the range; expm1 keeps the digits where both are small.
    mean = chance * np.exp(-rate) * np.expm1(log * some) / np.expm1(log) / within(chance, some)
    return np.asarray(np.where(patience > 0, mean, 1.0))
