"""Entanglement swapping and one round of distillation, as exact maps of Bell weights; cutoff times that follow from them.

Bell weights are the fidelities of a pair with Φ+, Φ-, Ψ+, Ψ-, last axis of length 4. Both operations act on them alone, whatever the rest
of the state: swapping averages over its four results (Bowen and Bose 2001), and distillation measures parities. Gates and measurements
are perfect here; their noise is to be put into the weights.
"""

from __future__ import annotations

import numpy as np

from ceas_formal.physics.bell_pairs import BellPair
from ceas_formal.physics.checked import Floats, Probability, real, weights
from ceas_formal.physics.lifetimes import usable_lifetime

# Row i, column j: the Bell state that two pairs in Bell states i and j make when swapped; labels (amplitude, phase) add modulo 2.
_SUM = np.array([[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]])


def werner_weights(fidelity: Probability) -> Floats:
    """Return the Bell weights (F, (1-F)/3, (1-F)/3, (1-F)/3) of the Werner state around Φ+, shape (..., 4).

    Examples
    --------
    >>> [float(w) for w in werner_weights(0.7).round(12)]
    [0.7, 0.1, 0.1, 0.1]
    """
    F = real("the fidelity F", fidelity, "[0, 1]")
    return np.stack([F, (1 - F) / 3, (1 - F) / 3, (1 - F) / 3], axis=-1)


def swapped(left: Probability, right: Probability) -> Floats:
    """Return the Bell weights of the outer pair after swapping, relative to Φ+ as the wanted state.

    Parameters
    ----------
    left, right : array_like, shape (..., 4)
        Bell weights of the two pairs.

    Returns
    -------
    ndarray, shape (..., 4)
        The mean over the four results of the Bell measurement, each corrected by its Pauli operator; the swap always succeeds.

    Raises
    ------
    ValueError
        If the weights are not four numbers in [0, 1] that sum to 1.

    Examples
    --------
    >>> swapped([0.9, 0.1, 0, 0], [0.8, 0, 0.2, 0]).round(12)
    array([0.72, 0.08, 0.18, 0.02])
    """
    first, second = weights("the left weights", left), weights("the right weights", right)
    return np.stack([(first * second[..., _SUM[row]]).sum(axis=-1) for row in range(4)], axis=-1)


def swapped_fidelity(*fidelities: Probability) -> Floats:
    """Return 1/4 + (3/4)·Π (4F-1)/3, the fidelity after swapping a chain of Werner pairs (Dür et al. 1999).

    Examples
    --------
    >>> float(swapped_fidelity(1.0, 0.85).round(12)), float(swapped_fidelity(0.85, 0.85).round(12))
    (0.85, 0.73)
    """
    product = np.asarray(1.0)
    for fidelity in fidelities:
        product = np.asarray(product * (1 - 4 * (1 - real("the fidelity F", fidelity, "[0.25, 1]")) / 3))
    return np.asarray((1 + 3 * product) / 4)


def fidelity_for_chain(wanted: Probability, links: int) -> Floats:
    """Return the fidelity that each of `links` equal Werner pairs needs, so that the swapped chain has `wanted`.

    Parameters
    ----------
    wanted : float or array
        End-to-end fidelity in [1/4, 1].
    links : int
        At least 1.

    Examples
    --------
    >>> float(fidelity_for_chain(0.73, 2).round(12))
    0.85
    """
    if isinstance(links, bool) or not isinstance(links, int) or links < 1:
        raise ValueError(f"the number of links must be an int, at least 1; got {links!r}")
    visibility = (4 * real("the wanted fidelity", wanted, "[0.25, 1]") - 1) / 3
    return np.asarray((1 + 3 * visibility ** (1 / links)) / 4)


def cutoff_time(pair: BellPair, wanted: Probability, links: int) -> Floats:
    """Return the age, in s, at which a pair is to be discarded so that a chain of `links` such pairs still reaches `wanted` when swapped.

    Exact if the pairs are twirled to Werner states before swapping, which keeps their fidelity. Every pair younger than this suffices,
    so the rule needs no knowledge of the other links.

    Parameters
    ----------
    pair : BellPair
        One pair or an array.
    wanted : float or array
        End-to-end fidelity in [1/4, 1].
    links : int
        At least 1.

    Returns
    -------
    ndarray, in s
        0 if even fresh pairs do not suffice, infinity if pairs of any age do.

    Examples
    --------
    >>> from ceas_formal.physics.memories import depolarising
    >>> pair = BellPair("phi+", depolarising(2.0), depolarising(2.0))
    >>> bool(np.isclose(cutoff_time(pair, 0.73, 2), -np.log(0.8)))
    True
    """
    return usable_lifetime(pair, fidelity_for_chain(wanted, links))


def parity_checked(kept: Probability, tested: Probability) -> tuple[Floats, Floats]:
    """Return the Bell weights of the kept pair, and the chance of success, after a bilateral CNOT and agreeing results on the tested pair.

    Parameters
    ----------
    kept, tested : array_like, shape (..., 4)
        Bell weights. The CNOTs are controlled by the kept pair.

    Returns
    -------
    weights : ndarray, shape (..., 4)
        Given success.
    success : ndarray, shape (...)
        In (0, 1].

    Raises
    ------
    ValueError
        If the weights are not four numbers in [0, 1] that sum to 1, or success is impossible.

    Examples
    --------
    >>> kept, success = parity_checked([0.75, 0, 0.25, 0], [0.75, 0, 0.25, 0])
    >>> kept.round(12), float(success)
    (array([0.9, 0. , 0.1, 0. ]), 0.625)
    """
    source, target = weights("the weights of the kept pair", kept), weights("the weights of the tested pair", tested)
    # The amplitude bits must agree; the phase bit of the tested pair goes over to the kept one.
    phi, psi, phi_t, psi_t = source[..., :2], source[..., 2:], target[..., :2], target[..., 2:]
    halves = [np.stack([(s * t).sum(axis=-1), (s * t[..., ::-1]).sum(axis=-1)], axis=-1) for s, t in ((phi, phi_t), (psi, psi_t))]
    together = np.concatenate(np.broadcast_arrays(*halves), axis=-1)
    success = together.sum(axis=-1)
    if (success <= 0).any():
        raise ValueError("the chance of success must lie in (0, 1]; got 0.0: the two pairs never give agreeing results")
    return together / success[..., None], success


def bbpssw(first: Probability, second: Probability) -> tuple[Floats, Floats]:
    """Return the fidelity and the chance of success of one BBPSSW round on two Werner pairs (Bennett et al. 1996).

    Parameters
    ----------
    first, second : float or array
        Fidelities F of Werner pairs, in [0, 1].

    Returns
    -------
    fidelity, success : ndarray
        Fidelity of the kept pair given success, and the chance of success.

    Examples
    --------
    >>> [round(float(x), 12) for x in bbpssw(0.7, 0.7)]
    [0.735294117647, 0.68]
    """
    kept, success = parity_checked(werner_weights(first), werner_weights(second))
    return kept[..., 0], success


def dejmps(kept: Probability, tested: Probability) -> tuple[Floats, Floats]:
    """Return the Bell weights of the kept pair and the chance of success of one DEJMPS round (Deutsch et al. 1996).

    Parameters
    ----------
    kept, tested : array_like, shape (..., 4)
        Bell weights.

    Returns
    -------
    weights, success
        As in :func:`parity_checked`.

    Examples
    --------
    >>> weights, success = dejmps([0.75, 0.25, 0, 0], [0.75, 0.25, 0, 0])
    >>> weights.round(12), float(success)
    (array([0.9, 0. , 0.1, 0. ]), 0.625)

    Notes
    -----
    The rotations about x exchange Φ- and Ψ-. Repeating the round on its own output converges to Φ+ from any weight of Φ+ above 1/2
    (Macchiavello 1998).
    """
    exchange = [0, 3, 2, 1]
    first, second = weights("the weights of the kept pair", kept), weights("the weights of the tested pair", tested)
    return parity_checked(first[..., exchange], second[..., exchange])
