"""X states: two-qubit states whose density matrix is non-zero on the two diagonals only. Bell pairs stay among them as they age.

Closed forms: concurrence (Wootters 1998; Yu and Eberly 2007 for X states), fully entangled fraction (Bennett et al. 1996), and the
fidelity of teleportation (Horodecki, Horodecki and Horodecki 1999).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ceas_formal.physics.checked import ROUNDING, Floats, Probability, near_one, real, snapped

BELL_STATES = ("phi+", "phi-", "psi+", "psi-")
"""Φ± = (|00⟩ ± |11⟩)/√2 and Ψ± = (|01⟩ ± |10⟩)/√2, in the order of every array of four weights."""


@dataclass(frozen=True, eq=False)
class XState:
    """An X state, or an array of them, in the basis |00⟩, |01⟩, |10⟩, |11⟩.

    Parameters
    ----------
    p00, p01, p10, p11 : float or array
        Populations in [0, 1], with sum 1.
    outer, inner : float, complex or array
        The coherences ⟨00|ρ|11⟩ and ⟨01|ρ|10⟩.

    Raises
    ------
    ValueError
        If the state is not physical: a population outside [0, 1], a trace other than 1, or a negative eigenvalue.

    Examples
    --------
    >>> float(concurrence(XState(0.5, 0, 0, 0.5, outer=0.5)))
    1.0
    >>> XState(0.5, 0, 0, 0.5, outer=0.6)
    Traceback (most recent call last):
    ValueError: |⟨00|ρ|11⟩| must lie in [0, sqrt(p00·p11)], so that no eigenvalue is negative; got 0.6 above 0.5
    """

    p00: Probability
    p01: Probability
    p10: Probability
    p11: Probability
    outer: ArrayLike = 0.0
    inner: ArrayLike = 0.0

    def __post_init__(self) -> None:
        for name in ("p00", "p01", "p10", "p11"):
            object.__setattr__(self, name, real(f"the population {name}", snapped(getattr(self, name)), "[0, 1]"))
        for name in ("outer", "inner"):
            coherence = np.asarray(getattr(self, name))
            if coherence.dtype.kind not in "iufc":
                raise ValueError(f"the coherence {name} must be a number; got {getattr(self, name)!r}")
            object.__setattr__(self, name, coherence)
        near_one("the trace", self._p("00") + self._p("01") + self._p("10") + self._p("11"))
        for name, first, second in (("outer", "00", "11"), ("inner", "01", "10")):
            size, limit = np.broadcast_arrays(np.abs(getattr(self, name)), np.sqrt(self._p(first) * self._p(second)))
            if (above := ~(size <= limit + ROUNDING)).any():
                raise ValueError(
                    f"|⟨{first}|ρ|{second}⟩| must lie in [0, sqrt(p{first}·p{second})], so that no eigenvalue is negative; "
                    f"got {size[above].flat[0]:.12g} above {limit[above].flat[0]:.12g}"
                )

    def _p(self, level: str) -> Floats:
        return np.asarray(getattr(self, f"p{level}"), dtype=np.float64)

    @property
    def even(self) -> Floats:
        """Return p00 + p11, the probability that both qubits give the same result in the computational basis."""
        return np.asarray(self._p("00") + self._p("11"))


def density_matrix(state: XState) -> NDArray[np.complex128]:
    """Return the density matrices, shape (..., 4, 4), in the basis |00⟩, |01⟩, |10⟩, |11⟩.

    Examples
    --------
    >>> density_matrix(XState(0.5, 0, 0, 0.5, outer=0.25)).real[0]
    array([0.5 , 0.  , 0.  , 0.25])
    """
    entries = [state.p00, state.p01, state.p10, state.p11, state.outer, state.inner]
    p00, p01, p10, p11, outer, inner = np.broadcast_arrays(*map(np.asarray, entries))
    matrices = np.zeros((*p00.shape, 4, 4), dtype=np.complex128)
    for level, population in enumerate((p00, p01, p10, p11)):
        matrices[..., level, level] = population
    for row, column, coherence in ((0, 3, outer), (1, 2, inner)):
        matrices[..., row, column], matrices[..., column, row] = coherence, np.conj(coherence)
    return matrices


def hermitian_pair(matrices: ArrayLike) -> NDArray[Any]:
    """Return matrices of shape (..., 4, 4) if their entries are finite and they are Hermitian.

    Raises
    ------
    ValueError
        Otherwise.

    Examples
    --------
    >>> hermitian_pair([[1, 0], [0, 0]])
    Traceback (most recent call last):
    ValueError: the density matrix of a pair must have the shape (..., 4, 4); got (2, 2)
    """
    entries: NDArray[Any] = np.asarray(matrices)
    if entries.shape[-2:] != (4, 4):
        raise ValueError(f"the density matrix of a pair must have the shape (..., 4, 4); got {entries.shape}")
    if entries.dtype.kind not in "iufc" or not np.isfinite(entries).all():
        raise ValueError("every entry of the density matrix must be a finite number")
    if not (off := float(np.abs(entries - np.conj(np.swapaxes(entries, -1, -2))).max(initial=0.0))) <= ROUNDING:
        raise ValueError(f"the density matrix must be Hermitian: |ρ - ρ†| must lie in [0, {ROUNDING}]; got {off:.3g}")
    return entries


def from_density_matrix(matrices: ArrayLike) -> XState:
    """Return the X states with these density matrices.

    Parameters
    ----------
    matrices : array_like, shape (..., 4, 4)
        In the basis |00⟩, |01⟩, |10⟩, |11⟩.

    Raises
    ------
    ValueError
        If the shape is wrong, an entry is not finite, a matrix is not Hermitian, has an entry off the two diagonals, or is not a state.

    Examples
    --------
    >>> from_density_matrix([[1, 0], [0, 0]])
    Traceback (most recent call last):
    ValueError: the density matrix of a pair must have the shape (..., 4, 4); got (2, 2)
    """
    entries = hermitian_pair(matrices)
    outside = ~(np.eye(4, dtype=bool) | np.eye(4, dtype=bool)[::-1])
    if not (off := float(np.abs(entries[..., outside]).max(initial=0.0))) <= ROUNDING:
        raise ValueError(f"an X state has entries on its two diagonals only: the others must lie in [0, {ROUNDING}]; got {off:.3g}")
    p00, p01, p10, p11 = (entries[..., level, level].real for level in range(4))
    return XState(p00, p01, p10, p11, outer=entries[..., 0, 3], inner=entries[..., 1, 2])


def bell_weights(state: XState) -> Floats:
    """Return the fidelities with Φ+, Φ-, Ψ+ and Ψ-, shape (..., 4). They sum to 1.

    Examples
    --------
    >>> bell_weights(XState(0.5, 0, 0, 0.5, outer=0.25))
    array([0.75, 0.25, 0.  , 0.  ])
    """
    outer, inner = np.real(np.asarray(state.outer)), np.real(np.asarray(state.inner))
    odd = state._p("01") + state._p("10")
    overlaps = (state.even / 2 + outer, state.even / 2 - outer, odd / 2 + inner, odd / 2 - inner)
    weights: Floats = np.stack(np.broadcast_arrays(*overlaps), axis=-1)
    return np.minimum(np.maximum(weights, 0.0), 1.0)


def fully_entangled_fraction(state: XState) -> Floats:
    """Return the greatest fidelity with any maximally entangled state, in [1/4, 1].

    Examples
    --------
    >>> float(fully_entangled_fraction(XState(0.5, 0, 0, 0.5, outer=-0.25)))
    0.75

    Notes
    -----
    The greatest eigenvalue of the real part of ρ in the magic basis (Bennett et al. 1996), which for an X state splits in two blocks.
    """
    outer, inner = np.abs(np.asarray(state.outer)), np.abs(np.asarray(state.inner))
    return np.asarray(np.maximum(state.even / 2 + outer, (state._p("01") + state._p("10")) / 2 + inner))


def concurrence(state: XState) -> Floats:
    """Return the concurrence, in [0, 1]; it is 0 exactly when the state is separable.

    Examples
    --------
    >>> float(concurrence(XState(0.25, 0.25, 0.25, 0.25)))
    0.0
    """
    outer = np.abs(np.asarray(state.outer)) - np.sqrt(state._p("01") * state._p("10"))
    inner = np.abs(np.asarray(state.inner)) - np.sqrt(state._p("00") * state._p("11"))
    return np.asarray(np.minimum(1.0, 2 * np.maximum(0.0, np.maximum(outer, inner))))


def teleportation_fidelity(state: XState) -> Floats:
    """Return (2f + 1)/3, with f the fully entangled fraction: the mean fidelity of teleporting an unknown qubit through the pair.

    Above 2/3 it beats every procedure without entanglement. Local operations before teleporting can raise f: below 2/3 the pair may
    still be entangled, as an aged Ψ+ is.

    Examples
    --------
    >>> round(float(teleportation_fidelity(XState(0.25, 0.25, 0.25, 0.25))), 12)
    0.5
    """
    return np.asarray((2 * fully_entangled_fraction(state) + 1) / 3)
