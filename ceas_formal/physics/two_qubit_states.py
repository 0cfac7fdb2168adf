"""Any two-qubit state in two memories: how its density matrix ages, and what it is worth, for batches of shape (..., 4, 4).

Each memory acts on its own qubit: populations relax, a coherence of that qubit shrinks by exp(-t/T2). The joint map is linear and acts on
every entry in closed form. Pairs that start as Bell or Werner states stay X states; :mod:`ceas_formal.physics.bell_pairs` is faster there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ceas_formal.physics.checked import ROUNDING, Floats, Seconds, near_one, real
from ceas_formal.physics.memories import Memory
from ceas_formal.physics.x_states import BELL_STATES, hermitian_pair

Matrices = NDArray[np.complex128]

_BELL = np.array([[1, 0, 0, 1], [1, 0, 0, -1], [0, 1, 1, 0], [0, 1, -1, 0]]) / np.sqrt(2)
_MAGIC = np.array([1, 1j, 1j, 1])[:, None] * _BELL
_FLIP = np.array([[0, 0, 0, -1], [0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 0]])
"""The Pauli matrices σy on both qubits."""


def checked_states(matrices: ArrayLike) -> Matrices:
    """Return density matrices of two qubits, shape (..., 4, 4), in the basis |00⟩, |01⟩, |10⟩, |11⟩.

    Raises
    ------
    ValueError
        If the shape is wrong, an entry is not finite, a matrix is not Hermitian, its trace is not 1, or an eigenvalue is below 0.

    Examples
    --------
    >>> checked_states(np.diag([1.5, -0.5, 0, 0]))
    Traceback (most recent call last):
    ValueError: the eigenvalues of the density matrix must lie in [0, 1]; got -0.5
    """
    entries: Matrices = np.asarray(hermitian_pair(matrices), dtype=np.complex128)
    near_one("the trace", np.einsum("...ii->...", entries).real)
    least = float(np.linalg.eigvalsh(entries)[..., 0].min(initial=0.0))
    if least < -ROUNDING:
        raise ValueError(f"the eigenvalues of the density matrix must lie in [0, 1]; got {least:.6g}")
    return entries


def aged(start: ArrayLike, first: Memory, second: Memory, time: Seconds) -> Matrices:
    """Return the density matrices after `time` in two memories.

    Parameters
    ----------
    start : array_like, shape (..., 4, 4)
        Any states of two qubits, in the basis |00⟩, |01⟩, |10⟩, |11⟩.
    first, second : Memory
        The memories of the first and the second qubit.
    time : float or array, in s
        In [0, ∞). Broadcasts with the memories and with the leading axes of `start`.

    Returns
    -------
    ndarray, shape (..., 4, 4)

    Raises
    ------
    ValueError
        If a start is no state, or a time is negative, infinite or NaN.

    Examples
    --------
    >>> memory = Memory(t1=1.0, t2=1.0)
    >>> aged(np.full((4, 4), 0.25), memory, memory, np.log(2)).real.round(4)[0]
    array([0.5625, 0.1875, 0.1875, 0.0625])

    Notes
    -----
    Generalised amplitude damping, then dephasing (Nielsen and Chuang 2000, 8.3.5 and 8.3.6), on each qubit.
    """
    elapsed = real("the time in s", time, "[0, ∞)")
    maps = (_one_qubit(first, elapsed), _one_qubit(second, elapsed))
    states = checked_states(start)
    tensors = states.reshape(*states.shape[:-2], 2, 2, 2, 2)
    # Axes: first qubit, second qubit, of the ket and then of the bra.
    tensors = np.einsum("...abcd,...csdt->...asbt", maps[0], tensors)
    tensors = np.einsum("...abcd,...sctd->...satb", maps[1], tensors)
    return np.asarray(tensors.reshape(*tensors.shape[:-4], 4, 4), dtype=np.complex128)


def _one_qubit(memory: Memory, time: Floats) -> Floats:
    """Return the map of one qubit, shape (..., 2, 2, 2, 2): ρ'[a, b] = Σ map[a, b, c, d]·ρ[c, d]."""
    kept, lost = np.exp(-time * memory.relaxation_rate), -np.expm1(-time * memory.relaxation_rate)
    coherent = np.exp(-time * memory.decoherence_rate)
    warm = memory.population
    kept, lost, coherent, warm = np.broadcast_arrays(kept, lost, coherent, warm)
    table = np.zeros((*kept.shape, 2, 2, 2, 2))
    table[..., 1, 1, 1, 1], table[..., 1, 1, 0, 0] = kept + warm * lost, warm * lost
    table[..., 0, 0, 1, 1], table[..., 0, 0, 0, 0] = (1 - warm) * lost, 1 - warm * lost
    table[..., 0, 1, 0, 1] = table[..., 1, 0, 1, 0] = coherent
    return table


def bell_fidelities(states: ArrayLike) -> Floats:
    """Return the fidelities with Φ+, Φ-, Ψ+ and Ψ-, shape (..., 4). They sum to 1.

    Examples
    --------
    >>> [float(F) for F in bell_fidelities(np.full((4, 4), 0.25)).round(12)]
    [0.5, 0.0, 0.5, 0.0]
    """
    overlaps = np.einsum("ka,...ab,kb->...k", _BELL, checked_states(states), _BELL).real
    return np.asarray(np.clip(overlaps, 0.0, 1.0))


def fidelity(states: ArrayLike, bell: str) -> Floats:
    """Return the fidelity with one Bell state.

    Parameters
    ----------
    states : array_like, shape (..., 4, 4)
    bell : {"phi+", "phi-", "psi+", "psi-"}

    Raises
    ------
    ValueError
        If the Bell state is unknown, or a matrix is no state.

    Examples
    --------
    >>> float(fidelity(np.diag([0.5, 0, 0, 0.5]), "phi-").round(12))
    0.5
    """
    if bell not in BELL_STATES:
        raise ValueError(f"the Bell state must be one of {', '.join(BELL_STATES)}; got {bell!r}")
    return np.asarray(bell_fidelities(states)[..., BELL_STATES.index(bell)])


NOTHING = 16 * float(np.finfo(np.float64).eps)
"""What rounding may leave of a state of trace 1 where there is nothing."""


def concurrence(states: ArrayLike) -> Floats:
    """Return the concurrence (Wootters 1998), in [0, 1]; it is 0 exactly when the state is separable.

    Examples
    --------
    >>> turned = np.array([0.6, 0, 0.48, 0.64])
    >>> round(float(concurrence(np.outer(turned, turned))), 12) == round(2 * 0.6 * 0.64, 12)
    True

    Notes
    -----
    With ρ = LL† the square roots of the eigenvalues of ρ·ρ̃ are the singular values of Lᵀ(σy⊗σy)L: no root is taken of a rounded 0,
    which would turn 1e-16 into 1e-8. Close to states of lower rank the concurrence itself is that sensitive to the entries of ρ.
    """
    factor = _factor(checked_states(states))
    values = np.linalg.svd(np.swapaxes(factor, -1, -2) @ _FLIP @ factor, compute_uv=False)
    return np.asarray(np.clip(values[..., 0] - values[..., 1:].sum(axis=-1), 0.0, 1.0))


def _factor(states: Matrices) -> Matrices:
    """Return L with ρ = LL†, by Cholesky's method with the largest diagonal entry first, so that ρ may be singular."""
    rest, columns = states.copy(), []
    for _ in range(4):
        diagonal = np.einsum("...ii->...i", rest).real
        chosen: NDArray[Any] = diagonal.argmax(axis=-1)[..., None]
        pivot = np.take_along_axis(diagonal, chosen, axis=-1)
        column = np.take_along_axis(rest, chosen[..., None], axis=-1)[..., 0]
        # A pivot that rounding left over, divided by its own root, would be a column of its own: the state has no such rank.
        real = pivot > NOTHING
        column = np.where(real, column / np.sqrt(np.where(real, pivot, 1.0)), 0.0)
        columns.append(column)
        rest = rest - column[..., :, None] * column[..., None, :].conj()
        # What is left of the chosen row and column is rounding.
        done = np.arange(4) == chosen
        rest[done[..., :, None] | done[..., None, :]] = 0.0
    return np.stack(columns, axis=-1)


def fully_entangled_fraction(states: ArrayLike) -> Floats:
    """Return the greatest fidelity with any maximally entangled state, in [1/4, 1] (Bennett et al. 1996).

    Examples
    --------
    >>> float(fully_entangled_fraction(np.diag([1, 0, 0, 0])).round(12))
    0.5

    Notes
    -----
    The greatest eigenvalue of the real part of ρ in the magic basis Φ+, iΦ-, iΨ+, Ψ-, in which maximally entangled states are real.
    """
    magic = np.einsum("ka,...ab,lb->...kl", _MAGIC.conj(), checked_states(states), _MAGIC).real
    return np.asarray(np.clip(np.linalg.eigvalsh(magic)[..., -1], 0.25, 1.0))


def teleportation_fidelity(states: ArrayLike) -> Floats:
    """Return (2f + 1)/3, with f the fully entangled fraction: the mean fidelity of teleporting an unknown qubit through the state.

    Examples
    --------
    >>> round(float(teleportation_fidelity(np.eye(4) / 4)), 12)
    0.5
    """
    return np.asarray((2 * fully_entangled_fraction(states) + 1) / 3)
