"""How far from each other honest updates lie, known without asking anybody: what lasts of it, and what is new in each round."""

from __future__ import annotations

import numpy as np

from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.rules import Batch

STEP = 1e-4
"""Of the central difference of predictions [parameter]."""
FLOOR = 1e-3
"""Least probability of a prediction."""
NARROWEST = 1e-5
"""Least variance in units of the largest: it keeps the yardstick invertible where a parameter hardly acts."""


def yardstick(batch: Batch, models: Floats) -> tuple[Floats, Floats]:
    """Return two covariances (S, P, P) of an honest update at each model (S, P): of the choice of samples, and of finitely many shots.

    An update is -η times a mean of n sample gradients. Of a model that predicts well, their covariance is the Fisher information
    Σ ∂p ∂pᵀ/(p(1-p)) over the shared probe set, which needs no labels. A node keeps its samples, so that part lasts; shots add
    1/(2·shots·4p(1-p)) to each diagonal entry, anew in each round. Nobody reports either, so nobody can falsify them. In section IV both
    are right to a factor of 2 in length from round 10 on; before, predictions are sure and wrong, and the variance is up to 12 times that.
    """
    training, size = batch.experiment.training, models.shape[-1]
    steps = STEP * np.concatenate([np.eye(size), -np.eye(size)])
    moved = batch.predictions(models[:, None] + steps)
    slopes = (moved[:, :size] - moved[:, size:]) / (2 * STEP)
    p = np.clip(batch.predictions(models[:, None]), FLOOR, 1 - FLOOR)
    spread = p * (1 - p)
    scale = training.learning_rate**2 / training.batch_size
    lasting: Floats = scale * (slopes / spread) @ slopes.swapaxes(-1, -2) / p.shape[-1]
    fresh = np.zeros_like(lasting)
    if training.shots:
        fresh = fresh + scale * np.mean(1 / (4 * spread), axis=-1, keepdims=True) / (2 * training.shots) * np.eye(size)
    return lasting, fresh


def whitening(covariance: Floats, whitened: bool = True) -> tuple[Floats, Floats]:
    """Return matrices (S, P, P) to the right: into units of one deviation, and back.

    Parameters
    ----------
    covariance : array, shape (S, P, P)
    whitened : bool
        If not, the unit is the mean variance, the same in all directions.

    Examples
    --------
    >>> there, back = whitening(np.diag([4.0, 1.0])[None])
    >>> np.round(np.abs([[2.0, 0.0], [0.0, 1.0]] @ there[0]), 6).tolist(), bool(np.allclose(there @ back, np.eye(2)))
    ([[0.0, 1.0], [1.0, 0.0]], True)
    """
    variances, directions = np.linalg.eigh(covariance)
    if not whitened:
        directions = np.broadcast_to(np.eye(variances.shape[-1]), directions.shape)
        variances = np.broadcast_to(variances.mean(axis=-1, keepdims=True), variances.shape)
    deviations = np.sqrt(np.maximum(variances, NARROWEST * variances[..., -1:]) + 1e-18)[..., None, :]
    return directions / deviations, (directions * deviations).swapaxes(-1, -2)
