"""Quantum Fisher information of parametrised states: the matrix, its scalars, and variational circuits with noise.

F bounds what a measurement of the *state* can tell about its parameters (Braunstein and Caves, PRL 72, 3439, 1994; Paris, Int. J. Quantum
Inf. 7, 125, 2009). It is no bound on the variance of a gradient estimator: that is row STP-2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ceas_formal.physics.channels import pauli_string, rotation
from ceas_formal.physics.checked import number, real
from ceas_formal.physics.states import Matrix, density_matrix, hermitian, kraus_operators
from ceas_formal.spec.exact import whole

Real = NDArray[np.float64]
Scalar = Literal["trace", "least", "harmonic"]

CUTOFF = 1e-11
"""Pairs of eigenvalues whose sum is at most this count as 0 + 0: there the derivative of a state of fixed rank vanishes."""


def fisher_matrix(state: ArrayLike, derivatives: Sequence[ArrayLike]) -> Real:
    """Return the quantum Fisher information matrix F_ij = Σ 2 Re(⟨a|∂_iρ|b⟩⟨b|∂_jρ|a⟩)/(p_a + p_b), over p_a + p_b > 0.

    Parameters
    ----------
    state : array_like
        ρ, of shape (d, d), a density matrix of any rank.
    derivatives : sequence of array_like
        ∂ρ/∂θ_i, each of shape (d, d), Hermitian and traceless [1/rad].

    Returns
    -------
    ndarray of float
        Of shape (m, m) for m derivatives, symmetric and positive semidefinite [1/rad²].

    Raises
    ------
    ValueError
        If the state is unphysical, a derivative is not Hermitian or not traceless, or shapes differ.

    Examples
    --------
    >>> plus, y = np.full((2, 2), 0.5), np.array([[0, -1j], [1j, 0]])
    >>> fisher_matrix(plus, [-0.5j * (y @ plus - plus @ y)]).round(12).tolist()
    [[1.0]]

    Notes
    -----
    The sum needs no inverse, so pure, degenerate and other rank-deficient states need no case of their own. It is four times the Bures
    metric except where an eigenvalue touches 0 with a curvature: there the metric keeps 2∂_i∂_j p and this sum does not, so F jumps
    (Šafránek, PRA 95, 052320, 2017; example diag(cos²θ, sin²θ), F = 4 beside θ = 0 and 0 at it).
    """
    rho = density_matrix(state)
    slopes = [hermitian(f"derivative {i}", slope, len(rho)) for i, slope in enumerate(derivatives)]
    for i, slope in enumerate(slopes):
        if abs(slope.trace()) > 1e-9:
            raise ValueError(f"the trace of derivative {i} must be 0 within 1e-09; got {slope.trace().real:.3g}")
    values, vectors = np.linalg.eigh(rho)
    sums = np.clip(values, 0, None)[:, None] + np.clip(values, 0, None)[None, :]
    weight = np.divide(2, sums, out=np.zeros_like(sums), where=sums > CUTOFF)
    turned = [vectors.conj().T @ slope @ vectors for slope in slopes]
    return np.array([[float(np.sum(weight * one * two.conj()).real) for two in turned] for one in turned]).reshape(len(slopes), len(slopes))


def scalar_information(matrix: ArrayLike, by: Scalar = "trace") -> float:
    """Return one number for a Fisher matrix, which a stamp needs and the paper leaves open.

    Parameters
    ----------
    matrix : array_like
        F, of shape (m, m), real symmetric, positive semidefinite [1/rad²].
    by : {"trace", "least", "harmonic"}
        tr F; the least eigenvalue, the information of the worst direction; or m / tr F⁻¹, which bounds the mean variance. The last two
        are 0 for a singular matrix: some direction cannot be estimated at all. Nodes may rank differently under the three.

    Raises
    ------
    ValueError
        If the matrix is not Hermitian or has an eigenvalue below 0, or `by` is unknown.

    Examples
    --------
    >>> [scalar_information([[4, 0], [0, 1]], by) for by in ("trace", "least", "harmonic")]
    [5.0, 1.0, 1.6]
    """
    values = np.linalg.eigvalsh(hermitian("the Fisher matrix", matrix))
    small = 1e-9 * max(1.0, float(values[-1]))
    if values[0] < -small:
        raise ValueError(f"the eigenvalues of the Fisher matrix must lie in [0, ∞); got {values[0]:.3g}")
    singular = values[0] <= small
    match by:
        case "trace":
            return float(values.sum())
        case "least":
            return 0.0 if singular else float(values[0])
        case "harmonic":
            return 0.0 if singular else len(values) / float((1 / values).sum())
    raise ValueError(f'the scalar must be "trace", "least" or "harmonic"; got {by!r}')


@dataclass(frozen=True)
class Gate:
    """exp(-iθP/2) with the Pauli P on one or two qubits; θ is parameter `parameter`, or the fixed `angle` [rad] where that is None.

    A gate that is not `noisy` is followed by no noise, as a Z rotation that only shifts the phase of later pulses.
    """

    axis: str
    qubits: tuple[int, ...]
    parameter: int | None = None
    angle: float = 0.0
    noisy: bool = True


@dataclass(frozen=True)
class Circuit:
    """Gates on |0…0⟩, with one-qubit noise on every qubit that a noisy gate has touched.

    Parameters
    ----------
    qubits : int
        1 to 8; the state has 4^qubits entries.
    gates : sequence of Gate
        In order of time.
    noise : sequence of array_like, optional
        Kraus operators of shape (2, 2), by default none.

    Raises
    ------
    ValueError
        If the number of qubits, a gate's qubits, or the noise are out of range.
    """

    qubits: int
    gates: tuple[Gate, ...]
    noise: Sequence[ArrayLike] = field(default=(np.eye(2),))

    def __post_init__(self) -> None:
        if whole("the number of qubits", self.qubits, 1) > 8:
            raise ValueError(f"the number of qubits must lie in 1..8; got {self.qubits}")
        for gate in self.gates:
            pauli_string(gate.axis)
            number("the angle of a gate", gate.angle, "(-∞, ∞)")
            if len(gate.axis) != len(gate.qubits) or len(set(gate.qubits)) != len(gate.qubits):
                raise ValueError(f"a gate must name one distinct qubit per letter of its axis; got {gate.axis} on {gate.qubits}")
            if len(gate.qubits) not in (1, 2):
                raise ValueError(f"a gate must act on 1 or 2 qubits; got {len(gate.qubits)}")
            if not all(whole("a qubit of a gate", qubit, 0) < self.qubits for qubit in gate.qubits):
                raise ValueError(f"the qubits of a gate must lie in 0..{self.qubits - 1}; got {gate.qubits}")
            if gate.parameter is not None:
                whole("the parameter of a gate", gate.parameter, 0)
        kraus_operators(self.noise, 2)

    @property
    def parameters(self) -> int:
        """One more than the largest parameter index."""
        return 1 + max((gate.parameter for gate in self.gates if gate.parameter is not None), default=-1)

    def state(self, angles: ArrayLike) -> Matrix:
        """Return ρ(θ), of shape (2^n, 2^n), for `parameters` angles [rad]."""
        return np.asarray(self._run(angles, 0)[0], dtype=np.complex128)

    def derivatives(self, angles: ArrayLike) -> list[Matrix]:
        """Return every ∂ρ/∂θ_i, exact: (ρ(θ+π/2) - ρ(θ-π/2))/2 for each place at which θ_i occurs, summed."""
        return list(self._run(angles, self.parameters)[1:])

    def fisher_matrix(self, angles: ArrayLike) -> Real:
        """Return the quantum Fisher information matrix at `angles`, of shape (parameters, parameters) [1/rad²]."""
        state, *slopes = self._run(angles, self.parameters)
        return fisher_matrix(state, slopes)

    def _angles(self, angles: ArrayLike) -> Real:
        values = real("an angle", angles, "(-∞, ∞)")
        if values.shape != (self.parameters,):
            raise ValueError(f"the angles must be {self.parameters} finite numbers; got shape {values.shape}")
        return values

    def _run(self, angles: ArrayLike, slopes: int) -> Matrix:
        """Return ρ and its first `slopes` derivatives, of shape (1 + slopes, 2^n, 2^n), all carried through the circuit together."""
        values, size = self._angles(angles), 2**self.qubits
        stack = np.zeros((1 + slopes,) + (2,) * (2 * self.qubits), dtype=np.complex128)
        stack.flat[0] = 1
        kraus = kraus_operators(self.noise)
        pairs = [np.asarray(np.kron(one, other), dtype=np.complex128) for one in kraus for other in kraus]
        noise = {1: _superoperator(kraus), 2: _superoperator(pairs)}
        for gate in self.gates:
            angle = gate.angle if gate.parameter is None else float(values[gate.parameter])
            up, here, down = (self._map(gate, angle + shift, noise) for shift in (np.pi / 2, 0.0, -np.pi / 2))
            before, stack = stack[:1], self._applied(stack, here, gate.qubits)
            if gate.parameter is not None and slopes:
                stack[1 + gate.parameter] += self._applied(before, (up - down) / 2, gate.qubits)[0]
        return np.asarray(stack.reshape(1 + slopes, size, size), dtype=np.complex128)

    def _map(self, gate: Gate, angle: float, noise: dict[int, Matrix]) -> Matrix:
        own = _superoperator([rotation(gate.axis, angle)])
        return np.asarray(noise[len(gate.qubits)] @ own if gate.noisy else own, dtype=np.complex128)

    def _applied(self, stack: Matrix, operator: Matrix, qubits: tuple[int, ...]) -> Matrix:
        """Return a map of the given qubits applied to each matrix; axis 0 counts the matrices, ket axes come next, bra axes last."""
        k = len(qubits)
        axes = (*(1 + q for q in qubits), *(1 + self.qubits + q for q in qubits))
        moved = np.tensordot(operator.reshape((2,) * (4 * k)), stack, axes=(range(2 * k, 4 * k), axes))
        return np.asarray(np.moveaxis(moved, range(2 * k), axes), dtype=np.complex128)


def _superoperator(kraus: Sequence[Matrix]) -> Matrix:
    """Return Σ K ⊗ K*, of shape (d², d²): the map of a matrix read row by row."""
    return np.asarray(sum(np.kron(operator, operator.conj()) for operator in kraus), dtype=np.complex128)


def layered(qubits: int, layers: int, noise: Sequence[ArrayLike] = (np.eye(2),)) -> Circuit:
    """Return layers of RY on every qubit and CZ along the line, then a closing layer of RY: the usual hardware-efficient ansatz.

    Every parameter occurs once, so tr F is at most their number, whatever the noise: the F_max of a stamp.

    Examples
    --------
    >>> circuit = layered(2, 1)
    >>> circuit.parameters, round(scalar_information(circuit.fisher_matrix([0.3, 0.4, 0.5, 0.6])), 9) <= 4
    (4, True)
    """
    gates: list[Gate] = []
    whole("the number of qubits", qubits, 1)
    whole("the number of layers", layers, 0)
    for layer in range(layers + 1):
        gates += [Gate("Y", (qubit,), layer * qubits + qubit) for qubit in range(qubits)]
        for qubit in range(qubits - 1) if layer < layers else ():
            # Up to a phase CZ is a ZZ rotation by -π/2 and Z rotations by π/2 on both.
            gates += [Gate("Z", (end,), None, np.pi / 2, noisy=False) for end in (qubit, qubit + 1)]
            gates.append(Gate("ZZ", (qubit, qubit + 1), None, -np.pi / 2))
    return Circuit(qubits, tuple(gates), noise)
