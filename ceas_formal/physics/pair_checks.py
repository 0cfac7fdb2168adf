"""Checking stored pairs by correlations: what a measurement or any entanglement-breaking operation leaves, and how many pairs a test costs.

A check takes one pair, picks one of the axes x, y, z at random, measures both qubits along it, and compares the results with those of
Φ+ (equal for x and z, opposite for y). The checked pair is used up. Axis and pair must be picked after the attack.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ceas_formal.physics.checked import Floats, Probability, number, real, weights
from ceas_formal.physics.thresholds import least_checks

SEPARABLE = 2 / 3
"""Greatest chance that a separable pair passes a check: its fidelity with Φ+ is at most 1/2."""
UNTRUSTED = (1 + 1 / math.sqrt(3)) / 2
"""The same if one end is itself dishonest, knows a pure state of the other qubit, and announces the likelier result (steering bound)."""


def after_measurement(pair: Probability, axis: ArrayLike) -> Floats:
    """Return the Bell weights after one qubit was measured along an axis and the result forgotten.

    Parameters
    ----------
    pair : array_like, shape (..., 4)
        Bell weights of a Bell-diagonal pair.
    axis : array_like, shape (..., 3)
        Direction (x, y, z) on the Bloch sphere, of any length but 0.

    Returns
    -------
    ndarray, shape (..., 4)
        From Φ+ always with 1/2 on Φ+: (1, z², x², y²)/2.

    Raises
    ------
    ValueError
        If the weights are not four numbers in [0, 1] that sum to 1, or the axis is not three finite numbers, not all 0.

    Examples
    --------
    >>> [float(w) for w in after_measurement([1, 0, 0, 0], [0, 0, 2])]
    [0.5, 0.5, 0.0, 0.0]
    """
    before = weights("the Bell weights", pair)
    direction = real("a component of the axis", axis, "(-∞, ∞)")
    length = np.linalg.norm(direction, axis=-1, keepdims=True) if direction.shape[-1:] == (3,) else np.zeros(1)
    if not (length > 0).all():
        raise ValueError(f"the axis must have the shape (..., 3) and a length in (0, ∞); got {direction.tolist()}")
    # Rows: the signs of the xx, yy and zz correlations of Φ+, Φ-, Ψ+, Ψ-. Measuring along n leaves n_i² of correlation i.
    signs = np.array([[1, -1, 1], [-1, 1, 1], [1, 1, -1], [-1, -1, -1]])
    kept = (before @ signs) * (direction / length) ** 2
    after: Floats = np.maximum(0.0, (1 + kept @ signs.T) / 4)
    return after


def agreement(pair: Probability) -> Floats:
    """Return the chances, shape (..., 3), that a check along x, y and z passes.

    Examples
    --------
    >>> [float(p) for p in agreement(after_measurement([1, 0, 0, 0], [0, 0, 1]))]
    [0.5, 0.5, 1.0]
    """
    found = weights("the Bell weights", pair)
    return found[..., :1] + found[..., [2, 3, 1]]


def pass_chance(fidelity: Probability) -> Floats:
    """Return (1 + 2F)/3, the chance that a check along a random axis passes, for a pair of fidelity F with Φ+.

    Examples
    --------
    >>> float(pass_chance(1.0)), bool(pass_chance(0.5) == SEPARABLE)
    (1.0, True)
    """
    return np.asarray((1 + 2 * real("the fidelity F", fidelity, "[0, 1]")) / 3)


def escape_chance(checks: int, *, attacked: float = 1.0, passes: float = SEPARABLE) -> float:
    """Return the chance that every check passes although a share of the pairs was attacked: (1 - attacked·(1 - passes))^checks.

    Parameters
    ----------
    checks : int
        Number of checked pairs, at least 0.
    attacked : float, optional
        Share of the pairs that the attack breaks, in [0, 1], each pair on its own.
    passes : float, optional
        Chance that a broken pair passes, in [0, 1].

    Examples
    --------
    >>> escape_chance(34) > 1e-6 > escape_chance(35)
    True

    Notes
    -----
    At `attacked` = 1 the bound holds for attacks on all pairs together too: a product of k projectors on Φ+ has at most 2^-k on separable
    states, and the n-fold check is the mixture of such products.
    """
    if isinstance(checks, bool) or not isinstance(checks, int) or checks < 0:
        raise ValueError(f"the number of checks must be an int, at least 0; got {checks!r}")
    share = number("the share of attacked pairs", attacked, "[0, 1]")
    chance = number("the chance to pass", passes, "[0, 1]")
    return float((1 - share * (1 - chance)) ** checks)


def checks_needed(fidelity: float, wrong: float, *, passes: float = SEPARABLE) -> tuple[int, int]:
    """Return the least number n of checks and the failures k that it tolerates, so that both errors are at most `wrong`.

    Parameters
    ----------
    fidelity : float
        F of honest pairs with Φ+, in (1/2, 1].
    wrong : float
        Bound on the chance of more than k failures with honest pairs, and of at most k with broken ones; in [10⁻³⁰, 1/2].
    passes : float, optional
        Chance that a broken pair passes, below that of an honest pair.

    Returns
    -------
    checks, tolerated : int

    Raises
    ------
    ValueError
        If an argument is out of range, honest pairs are no likelier to pass than broken ones, or too many checks would be needed.

    Examples
    --------
    >>> checks_needed(1.0, 1e-6), checks_needed(0.95, 1e-6)
    ((35, 0), (118, 16))
    """
    chance = number("the chance to pass", passes, "[0, 1]")
    honest = float(pass_chance(number("the fidelity F", fidelity, "[0, 1]")))
    if honest <= chance:
        raise ValueError(f"the fidelity of honest pairs must lie in ({(3 * chance - 1) / 2:.6g}, 1]; got {fidelity}")
    return least_checks(1 - honest, 1 - chance, wrong, wrong)[:2]
