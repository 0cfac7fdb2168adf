"""Process distance: ½ of the diamond norm between two channels, in [0, 1], with a certificate on each side.

The norm is a semidefinite program (Watrous, Theory of Computing 5, 217, 2009). For Δ = Φ - Ψ with Choi matrix J both sides have feasible
points that need no solver, only an eigendecomposition: every input state ρ gives a lower bound, and the optimal dual of that ρ an upper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from ceas_formal.physics.channels import probabilities
from ceas_formal.physics.checked import number
from ceas_formal.physics.states import Matrix, hermitian, kraus_operators, square

ASCENTS = 4
"""How often the input state is improved at most; for up to three qubits one or two were enough for a gap of 1e-6."""


def choi(operators: Sequence[ArrayLike]) -> Matrix:
    """Return J = Σ_ij |i⟩⟨j| ⊗ Φ(|i⟩⟨j|) of the channel with these Kraus operators, of shape (d², d²) and trace d; the input comes first.

    Examples
    --------
    >>> choi([[[1, 0], [0, 1]]]).real.astype(int).tolist()
    [[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]]
    """
    columns = [operator.T.reshape(-1) for operator in kraus_operators(operators)]
    return np.asarray(sum(np.outer(column, column.conj()) for column in columns), dtype=np.complex128)


@dataclass(frozen=True)
class Certified:
    """½‖Φ - Ψ‖_⋄ between two bounds, and the operators from which anybody can compute both again.

    Parameters
    ----------
    lower, upper : float
        lower ≤ ½‖Φ - Ψ‖_⋄ ≤ upper, in [0, 1], up to rounding of about 1e-12.
    input_state : ndarray
        ρ, of shape (d, d): the reduced input, whose purification tells the channels apart with the advantage `lower`.
    dual : ndarray
        Z, of shape (d², d²), with Z ≥ 0 and Z ≥ J; `upper` is the largest eigenvalue of Z traced over the output.
    """

    lower: float
    upper: float
    input_state: Matrix
    dual: Matrix

    @property
    def gap(self) -> float:
        """The upper bound less the lower one."""
        return self.upper - self.lower


def process_distance(one: Sequence[ArrayLike], other: Sequence[ArrayLike], *, gap: float = 1e-6) -> Certified:
    """Bracket ½‖Φ - Ψ‖_⋄ for two channels given by Kraus operators.

    Parameters
    ----------
    one, other : sequence of array_like
        Kraus operators of shape (d, d), with one d.
    gap : float
        Stop once upper - lower is at most this; positive. The bounds hold whether or not it is reached.

    Returns
    -------
    Certified
        Two bounds and their certificates.

    Raises
    ------
    ValueError
        If the operators are no channels, their dimensions differ, or `gap` is not positive.

    Examples
    --------
    >>> from ceas_formal.physics.channels import amplitude_damping
    >>> found = process_distance(amplitude_damping(0.1), [np.eye(2)])
    >>> round(found.lower, 6), round(found.upper, 6)
    (0.1, 0.1)

    Notes
    -----
    With M = √ρ ⊗ 1 the lower bound is f(ρ) = tr (MJM)₊, and Z = M⁻¹(MJM)₊M⁻¹ is feasible for the dual. f is concave with gradient
    G = tr_out Z and f = tr ρG, so the gap is λ_max(G) - tr ρG: a large gap shows by itself in which direction ρ has to move.
    """
    first, second = kraus_operators(one), kraus_operators(other)
    if len(first[0]) != len(second[0]):
        raise ValueError(f"the dimension of both channels must be {len(first[0])}; got {len(second[0])}")
    enough = number("the gap", gap, "(0, ∞)")
    difference = choi(first) - choi(second)
    d = len(first[0])
    # The Choi matrix of the first channel is a dual of its own: no two channels are further apart than 1.
    best = Certified(0.0, 1.0, np.eye(d, dtype=np.complex128) / d, choi(first))
    factor = np.eye(d, dtype=np.complex128)
    for _ in range(ASCENTS):
        # A singular ρ has no dual of this form, so a little of the maximally mixed state is added, as little as gives the best bound.
        rho = _normalised(factor)
        for share in (0.0, 1e-10, 1e-8, 1e-6, 1e-4):
            best = _tighter(best, _bounds(difference, (1 - share) * rho + share * np.eye(d) / d))
        if best.gap <= enough:
            break
        factor = _improved(difference, factor)
    return best


def verify(found: Certified, one: Sequence[ArrayLike], other: Sequence[ArrayLike], *, rounding: float = 1e-9) -> bool:
    """Return whether the certificates are feasible and give the bounds, computed afresh, up to `rounding`.

    Examples
    --------
    >>> from ceas_formal.physics.channels import depolarising
    >>> verify(process_distance(depolarising(0.2), [np.eye(2)]), depolarising(0.2), [np.eye(2)])
    True
    """
    difference = choi(one) - choi(other)
    d = len(found.input_state)
    rho, dual = hermitian("the input state", found.input_state), hermitian("the dual", found.dual, d * d)
    values, vectors = np.linalg.eigh(rho)
    root = np.kron((vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.conj().T, np.eye(d))
    lower = np.linalg.svd(root @ difference @ root, compute_uv=False).sum() / 2
    least = min(np.linalg.eigvalsh(dual)[0], np.linalg.eigvalsh(dual - difference)[0])
    upper = np.linalg.eigvalsh(_output_traced(dual, d))[-1]
    physical = values[0] >= -rounding and abs(rho.trace() - 1) <= rounding and least >= -rounding
    return bool(physical and found.lower <= lower + rounding and found.upper >= upper - rounding)


def pauli_distance(one: ArrayLike, other: ArrayLike) -> float:
    """Return ½‖·‖_⋄ of two Pauli channels: the total variation ½Σ|p_P - q_P| of their rates, in the same order, of any number of qubits.

    Examples
    --------
    >>> round(pauli_distance([0.85, 0.05, 0.05, 0.05], [1, 0, 0, 0]), 12)
    0.15
    """
    p = probabilities("the first Pauli error rates", one)
    return float(np.abs(p - probabilities("the second Pauli error rates", other, p.size)).sum() / 2)


def amplitude_damping_distance(damping: float) -> float:
    """Return ½‖·‖_⋄ of amplitude damping from the identity: γ itself. The best input is |1⟩, so entanglement does not help."""
    return number("the damping", damping, "[0, 1]")


def rotation_distance(angle: float) -> float:
    """Return ½‖·‖_⋄ of a one-qubit rotation by `angle` [rad] from the identity: sin(α/2) up to π, and 1 at π.

    Examples
    --------
    >>> round(rotation_distance(0.2), 12) == round(float(np.sin(0.1)), 12)
    True
    """
    return float(abs(np.sin(number("the angle", angle, "(-∞, ∞)") / 2)))


def entanglement_fidelity(operators: Sequence[ArrayLike], target: ArrayLike | None = None) -> float:
    """Return F_e = Σ|tr U†K|²/d², the fidelity of the Choi state with that of the unitary `target`, by default the identity.

    Always 1 - F_e ≤ ½‖Φ - U‖_⋄ ≤ d√(1 - F_e) (Wallman and Flammia, New J. Phys. 16, 103032, 2014); for a Pauli channel and U = 1 the lower
    bound is reached.

    Examples
    --------
    >>> from ceas_formal.physics.channels import depolarising
    >>> round(entanglement_fidelity(depolarising(0.2)), 12)
    0.85
    """
    kraus = kraus_operators(operators)
    unitary = np.eye(len(kraus[0])) if target is None else square("the target", target, len(kraus[0]))
    kraus_operators([unitary])
    return float(sum(abs(np.trace(unitary.conj().T @ k)) ** 2 for k in kraus)) / len(unitary) ** 2


def _output_traced(operator: Matrix, d: int) -> Matrix:
    return np.asarray(np.trace(operator.reshape(d, d, d, d), axis1=1, axis2=3), dtype=np.complex128)


def _normalised(factor: Matrix) -> Matrix:
    rho = factor @ factor.conj().T
    return np.asarray(rho / rho.trace().real, dtype=np.complex128)


def _positive_part(operator: Matrix) -> Matrix:
    values, vectors = np.linalg.eigh((operator + operator.conj().T) / 2)
    return np.asarray((vectors * np.clip(values, 0, None)) @ vectors.conj().T, dtype=np.complex128)


def _dual(difference: Matrix, rho: Matrix) -> Matrix:
    """Return Z = M⁻¹(MJM)₊M⁻¹; ρ needs full rank."""
    values, vectors = np.linalg.eigh(rho)
    d = len(rho)
    roots = np.sqrt(np.clip(values, 1e-30, None))
    root, inverse = (np.kron((vectors * entry) @ vectors.conj().T, np.eye(d)) for entry in (roots, 1 / roots))
    part = inverse @ _positive_part(root @ difference @ root) @ inverse
    return np.asarray((part + part.conj().T) / 2, dtype=np.complex128)


def _bounds(difference: Matrix, rho: Matrix) -> Certified:
    d = len(rho)
    values, vectors = np.linalg.eigh(rho)
    root = np.kron((vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.conj().T, np.eye(d))
    lower = float(_positive_part(root @ difference @ root).trace().real)
    dual = _dual(difference, rho)
    # Rounding, large for a nearly singular ρ, may leave Z slightly infeasible; a multiple of 1 makes good for it and is counted.
    slack = max(0.0, -float(np.linalg.eigvalsh(dual)[0]), -float(np.linalg.eigvalsh(dual - difference)[0]))
    dual = dual + slack * np.eye(d * d)
    return Certified(lower, float(np.linalg.eigvalsh(_output_traced(dual, d))[-1]), rho, dual)


def _tighter(one: Certified, other: Certified) -> Certified:
    low, high = max((one, other), key=lambda c: c.lower), min((one, other), key=lambda c: c.upper)
    return Certified(min(low.lower, high.upper), high.upper, low.input_state, high.dual)


def _improved(difference: Matrix, factor: Matrix) -> Matrix:
    """Return a factor of a better ρ = LL†/tr LL†, by a quasi-Newton ascent of f; ρ is kept away from the boundary by rounding only."""
    d = len(factor)

    def loss(flat: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        current = (flat[: d * d] + 1j * flat[d * d :]).reshape(d, d)
        size = float(np.vdot(current, current).real)
        rho = (1 - 1e-10) * _normalised(current) + 1e-10 * np.eye(d) / d
        slope = _output_traced(_dual(difference, rho), d)
        value = float(np.trace(rho @ slope).real)
        gradient = 2 * (slope - value * np.eye(d)) @ current / size
        return -value, -np.concatenate([gradient.real.ravel(), gradient.imag.ravel()])

    start = np.concatenate([factor.real.ravel(), factor.imag.ravel()])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-16, "gtol": 1e-10}).x
    return np.asarray((found[: d * d] + 1j * found[d * d :]).reshape(d, d), dtype=np.complex128)
