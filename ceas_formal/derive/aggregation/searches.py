"""Searches for weights and shots that do better than the derived ones: what their derivations are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]


def covariances(random: np.random.Generator, nodes: int, dimension: int) -> Real:
    """Return random positive definite matrices, shape (nodes, dimension, dimension)."""
    halves = random.normal(size=(nodes, dimension, dimension))
    return halves @ halves.transpose(0, 2, 1) + 0.05 * np.eye(dimension)


def sampled_trace(traces: list[float], weights: list[float], samples: int, seed: int) -> tuple[float, float]:
    """Return the mean squared error of an aggregate of Gaussian gradients in one dimension, and its standard error.

    Examples
    --------
    >>> mean, error = sampled_trace([1.0, 4.0], [0.8, 0.2], 10_000, 0)
    >>> abs(mean - 0.8) < 4 * error
    True
    """
    noise = np.random.default_rng([seed, 90]).normal(size=(samples, len(traces))) * np.sqrt(traces)
    squares = (noise @ np.asarray(weights)) ** 2
    return float(squares.mean()), float(squares.std(ddof=1) / np.sqrt(samples))


def least_eigenvalue_above_matrix_weights(nodes: int, dimension: int, draws: int) -> float:
    """Return the least eigenvalue of Cov - P over random matrix weights with sum 1, relative to the size of Cov."""
    random = np.random.default_rng([0, 91])
    least = np.inf
    for _ in range(draws):
        sigma = covariances(random, nodes, dimension)
        weights = random.normal(size=sigma.shape)
        weights[-1] = np.eye(dimension) - weights[:-1].sum(axis=0)
        covariance = (weights @ sigma @ weights.transpose(0, 2, 1)).sum(axis=0)
        gap = covariance - np.linalg.inv(np.linalg.inv(sigma).sum(axis=0))
        least = min(least, float(np.linalg.eigvalsh(gap).min() / np.linalg.norm(covariance)))
    return least


def greatest_loss_of_scalar_weights(nodes: int, dimension: int, draws: int) -> float:
    """Return the greatest ratio of traces, scalar weights over matrix weights, relative to its bound, over random covariances."""
    random = np.random.default_rng([0, 92])
    worst = 0.0
    for _ in range(draws):
        sigma = covariances(random, nodes, dimension)
        traces = np.trace(sigma, axis1=1, axis2=2)
        spectrum = np.linalg.eigvalsh(sigma / traces[:, None, None])
        bound = (spectrum.min() + spectrum.max()) ** 2 / (4 * spectrum.min() * spectrum.max())
        best = np.trace(np.linalg.inv(np.linalg.inv(sigma).sum(axis=0)))
        worst = max(worst, float(1 / (1 / traces).sum() / best / bound))
    return worst


def least_error_under_bias(nodes: int, dimension: int, draws: int) -> float:
    """Return the least mean squared error over random weights with sum 1, relative to that of the weights G⁻¹1, over random biases."""
    random = np.random.default_rng([0, 93])
    traces, biases = random.uniform(0.1, 2, nodes), random.normal(size=(nodes, dimension))
    best = 1 / np.linalg.inv(np.diag(traces) + biases @ biases.T).sum()
    weights = random.normal(size=(draws, nodes))
    weights /= weights.sum(axis=1, keepdims=True)
    errors = (weights**2 @ traces) + ((weights @ biases) ** 2).sum(axis=1)
    return float(errors.min() / best)


def greatest_inflation(nodes: int, draws: int, *, of_shots: bool) -> float:
    """Return the greatest inflation by random relative errors, relative to its bound: of weights, or of shares of shots."""
    random = np.random.default_rng([0, 94 + of_shots])
    shares = random.dirichlet(np.full(nodes, 0.3), draws)
    errors = np.exp(random.normal(size=(draws, nodes)))
    mean = (shares * errors).sum(axis=1)
    ratio = mean * (shares / errors).sum(axis=1) if of_shots else (shares * errors**2).sum(axis=1) / mean**2
    low, high = errors.min(axis=1), errors.max(axis=1)
    return float((ratio / ((low + high) ** 2 / (4 * low * high))).max())


def least_variance_of_shots(nodes: int, draws: int) -> float:
    """Return the least variance over random shots of one budget, relative to (Σ w·√(v·c))²/C."""
    random = np.random.default_rng([0, 96])
    weights, variances, costs = random.uniform(0.1, 1, (3, nodes))
    shots = random.dirichlet(np.ones(nodes), draws) / costs
    return float((weights**2 * variances / shots).sum(axis=1).min() / (weights * np.sqrt(variances * costs)).sum() ** 2)
