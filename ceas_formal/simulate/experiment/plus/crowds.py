"""Weights under which points look like honest ones: no wider than they may be, and nowhere denser than they may be."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from ceas_formal.learning.aggregation import median
from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.rules import Booleans

SAME = 0.3
"""Distance at which two places count as nearly the same."""
REFINEMENTS = 5
"""Of the centre of honest places."""


def squared_distances(points: Floats, others: Floats) -> Floats:
    """Return ‖x - y‖² (..., n, m) between points (..., n, P) and others (..., m, P).

    Examples
    --------
    >>> squared_distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 1.0]])).tolist()
    [[25.0, 1.0]]
    """
    lengths = np.square(points).sum(axis=-1)[..., :, None] + np.square(others).sum(axis=-1)[..., None, :]
    found: Floats = np.maximum(lengths - 2 * points @ others.swapaxes(-1, -2), 0.0)
    return found


def weighted_mean(points: Floats, weights: Floats) -> Floats:
    """Return the weighted mean (S, P) of points (S, N, P), and 0 where no weight is left."""
    found: Floats = (weights[:, None, :] @ points)[:, 0] / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-12)
    return found


def filtered(points: Floats, weights: Floats, excess: Floats | float, *, votes: Floats | None = None) -> Floats:
    """Return weights (S, N) under which points (S, N, P) vary by at most `excess` in every direction.

    While they vary more in some direction, weights fall with the squared distance from the median along it, to 0 at the farthest point:
    each step takes one point away, so there are fewer steps than points (spectral filter: I. Diakonikolas et al., "Being robust (in
    high dimensions) can be practical", ICML 2017). Of 20 points in 50 at distance a, with unit noise, the variance is 1 + .24a².

    Parameters
    ----------
    points : array, shape (S, N, P)
    weights : array, shape (S, N)
    excess : float or array, shape (S,)
    votes : array, shape (S, N), optional
        For how much a point of any weight counts in the median, instead of its weight.

    Examples
    --------
    >>> filtered(np.array([[[-1.0], [0.0], [1.0], [9.0]]]), np.ones((1, 4)), 2.0).round(2).tolist()
    [[0.97, 1.0, 1.0, 0.0]]
    """
    if not np.isfinite(excess).any():
        return weights
    for _ in range(weights.shape[-1]):
        share = weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-12)
        away = points - (share[:, None, :] @ points)
        variances, directions = np.linalg.eigh((away * share[..., None]).swapaxes(-1, -2) @ away)
        wide = variances[:, -1] > excess
        if not wide.any():
            break
        along = points @ directions[..., -1:]
        counted = weights if votes is None else votes * (weights > 0)
        middle = median(along, weights=np.where(wide[:, None], counted, 1.0))
        squares = np.square(along - middle[:, None])[..., 0] * (weights > 0)
        weights = np.where(wide[:, None], weights * (1 - squares / np.maximum(squares.max(axis=-1, keepdims=True), 1e-12)), weights)
    return weights


def uncrowded(places: Floats, members: Booleans, honest: Floats, majority: Booleans, excess: float) -> Floats:
    """Return weights (S, N) in [0, 1] that leave no crowd denser than honest places, which are drawn from N(c, 1), can be.

    Weigh the neighbours of a point x by exp(-d²/2). Of h honest places they are expected to weigh h·2^(-P/2)·exp(-|x-c|²/4) together. A
    crowd that weighs more shares the weight of as many as that, and of one more, as one near neighbour is chance. Nobody knows c: it is
    sought from the place from which most members are explained in this way, and is then the weighted mean of what the filter leaves.

    Early in training honest places are several times as wide as they should be. The excess is therefore in units of how far the nearer
    half of the honest nodes is from the median, if that is more than it should be; else the filter would take one after the other away.
    Honest places half as wide as they should be seem a crowd themselves: a looser one within 3 deviations gets more weight than they.

    Parameters
    ----------
    places : array, shape (S, N, P)
        Where nodes stay in the long run [deviations of an honest place].
    members : array of bool, shape (S, N)
        Whose places count; the others get 0.
    honest : array, shape (S,)
        h, how many places are honest at least.
    majority : array of bool, shape (S,)
        Whether more than half of the nodes are surely honest: then each place has a vote in the filter, else only its weight.
    excess : float
        Largest variance in a direction, as for :func:`filtered`.

    Examples
    --------
    Four honest places, and three that are one and the same:

    >>> places = np.array([[[-1.5], [-0.5], [0.5], [1.5], [6.0], [6.0], [6.0]]])
    >>> uncrowded(places, np.ones((1, 7), dtype=bool), np.array([4.0]), np.array([True]), np.inf).round(2).tolist()
    [[1.0, 1.0, 1.0, 1.0, 0.51, 0.51, 0.51]]
    """
    counted = members[:, None, :].astype(float)
    apart = squared_distances(places, places)
    crowd = np.maximum((np.exp(-apart / 2) * counted).sum(axis=-1) - 1, 1.0)[:, None, :]
    chance = honest[:, None, None] * 2 ** (-places.shape[-1] / 2)

    def shares(away: Floats) -> Floats:
        found: Floats = np.minimum(1.0, (1 + chance * np.exp(-away / 4)) / crowd) * counted
        return found

    tried = shares(apart)
    best = np.where(members, tried.sum(axis=-1), -1.0).argmax(axis=-1)
    found: Floats = tried[np.arange(len(places)), best]
    widened = excess * _width(places, members, honest)
    # With weights a loose crowd could outvote a dense majority; with a vote for each node, not place, copies could.
    votes = counted[:, 0] / np.maximum((np.exp(-apart / (2 * SAME**2)) * counted).sum(axis=-1), 1.0)
    for _ in range(1 + REFINEMENTS):
        away = squared_distances(weighted_mean(places, found)[:, None], places)
        share = shares(away)[:, 0]
        found = filtered(places, share, widened, votes=np.where(majority[:, None], votes, share))
    return found


def _width(places: Floats, members: Booleans, honest: Floats) -> Floats:
    """Return the variance (S,) of honest places, at least 1, from how far the nearer half of them is from the median of all members."""
    # Coordinate by coordinate: fewer than half can move it no farther than by a deviation.
    start = np.asarray(median(places, weights=np.where(members.any(axis=-1, keepdims=True), members, 1.0)), dtype=float)
    away = np.where(members, squared_distances(start[:, None], places)[:, 0], np.inf)
    middle = np.sort(away, axis=-1)[np.arange(len(places)), np.maximum((honest / 2).astype(int) - 1, 0)]
    found: Floats = np.maximum(1.0, middle / float(chi2.ppf(0.5, places.shape[-1])))
    return found
