"""Quantum Fisher information against the Bures metric of QuTiP, the Lyapunov equation of SciPy, and closed forms."""

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_continuous_lyapunov

from ceas_formal.physics.channels import PAULI, amplitude_damping, depolarising, rotation
from ceas_formal.physics.fisher import Circuit, Gate, fisher_matrix, layered, scalar_information
from ceas_formal.strategies import angles, error_rates


def generator_slope(state, generator):
    return -0.5j * (generator @ state - state @ generator)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_depolarising_one_qubit_keeps_the_square_of_the_visibility(p):
    circuit = Circuit(1, (Gate("Y", (0,), 0),), depolarising(p))
    assert circuit.fisher_matrix([0.7])[0, 0] == pytest.approx((1 - p) ** 2, abs=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.7, 2.0])
@pytest.mark.parametrize("damping", [0.0, 0.1, 0.5])
def test_amplitude_damping_one_qubit_keeps_its_square_of_coherence(angle, damping):
    circuit = Circuit(1, (Gate("Y", (0,), 0),), amplitude_damping(damping))
    bloch = lambda t: np.array([np.sqrt(1 - damping) * np.sin(t), damping + (1 - damping) * np.cos(t)])  # noqa: E731
    r, step = bloch(angle), np.array([np.sqrt(1 - damping) * np.cos(angle), -(1 - damping) * np.sin(angle)])
    radial = 0.0 if 1 - r @ r < 1e-9 else (r @ step) ** 2 / (1 - r @ r)
    assert circuit.fisher_matrix([angle])[0, 0] == pytest.approx(step @ step + radial, abs=1e-9)


def test_a_pure_state_has_four_times_the_covariance_of_the_generators():
    rng = np.random.default_rng(1)
    vector = rng.normal(size=4) + 1j * rng.normal(size=4)
    state = np.outer(vector, vector.conj()) / np.vdot(vector, vector)
    generators = [np.kron(PAULI["X"], PAULI["I"]), np.kron(PAULI["Z"], PAULI["Y"])]
    mean = [np.trace(state @ g).real for g in generators]
    expected = [[np.trace(state @ (g @ h + h @ g)).real / 2 - a * b for h, b in zip(generators, mean, strict=True)]
                for g, a in zip(generators, mean, strict=True)]  # fmt: skip
    assert fisher_matrix(state, [generator_slope(state, g) for g in generators]) == pytest.approx(np.array(expected), abs=1e-10)


@pytest.mark.parametrize("qubits", [1, 2, 4])
def test_a_ghz_state_has_the_square_of_its_qubits(qubits):
    state = np.zeros((2**qubits,) * 2, dtype=complex)
    state[np.ix_([0, -1], [0, -1])] = 0.5
    total = sum(np.kron(np.kron(np.eye(2**k), PAULI["Z"]), np.eye(2 ** (qubits - k - 1))) for k in range(qubits))
    assert fisher_matrix(state, [generator_slope(state, total)])[0, 0] == pytest.approx(qubits**2, abs=1e-10)


def test_a_degenerate_rank_deficient_state_is_right():
    # Two equal eigenvalues ½ on span{|00>, |01>}: rotating inside the span teaches nothing, rotating out of it does.
    state = np.diag([0.5, 0.5, 0, 0]).astype(complex)
    inside, outside = np.kron(PAULI["I"], PAULI["Y"]), np.kron(PAULI["Y"], PAULI["I"])
    matrix = fisher_matrix(state, [generator_slope(state, inside), generator_slope(state, outside)])
    assert matrix == pytest.approx(np.diag([0, 1]), abs=1e-12)


def test_the_jump_at_a_vanishing_eigenvalue_is_the_known_one():
    for theta, expected in ((0.0, 0.0), (1e-3, 4.0)):
        state, slope = np.diag([np.cos(theta) ** 2, np.sin(theta) ** 2]), np.sin(2 * theta) * np.diag([-1, 1])
        assert fisher_matrix(state, [slope])[0, 0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("noise", [depolarising(0.05), amplitude_damping(0.1)])
def test_a_full_rank_state_agrees_with_the_lyapunov_equation(noise):
    circuit = layered(2, 2, noise)
    values = np.random.default_rng(3).uniform(-np.pi, np.pi, circuit.parameters)
    state, slopes = circuit.state(values), circuit.derivatives(values)
    logs = [solve_continuous_lyapunov(state, 2 * slope) for slope in slopes]
    expected = np.array([[np.trace(state @ (a @ b + b @ a)).real / 2 for b in logs] for a in logs])
    assert circuit.fisher_matrix(values) == pytest.approx(expected, abs=1e-9)


def test_a_noisy_circuit_agrees_with_the_bures_metric_of_qutip():
    circuit, step = layered(2, 1, depolarising(0.1)), 2e-3
    values = np.array([0.3, 1.1, -0.4, 0.8])
    direction = np.array([1.0, -0.5, 0.3, 0.7])
    ends = [qutip.Qobj(circuit.state(values + sign * step / 2 * direction)) for sign in (1, -1)]
    bures = 8 * (1 - qutip.fidelity(*ends)) / step**2
    assert direction @ circuit.fisher_matrix(values) @ direction == pytest.approx(bures, abs=1e-4)


def test_states_agree_with_qutip():
    circuit = layered(2, 1)
    ry, cz = (lambda t: qutip.Qobj(rotation("Y", t))), qutip.Qobj(np.diag([1, 1, 1, -1]), dims=[[2, 2], [2, 2]])
    first, second = qutip.tensor(ry(0.3), ry(0.4)), qutip.tensor(ry(0.5), ry(0.6))
    psi = second * cz * first * qutip.tensor(qutip.basis(2, 0), qutip.basis(2, 0))
    assert circuit.state([0.3, 0.4, 0.5, 0.6]) == pytest.approx((psi * psi.dag()).full(), abs=1e-12)


def test_derivatives_are_the_shift_rule_and_the_finite_difference():
    circuit, values = layered(3, 1, amplitude_damping(0.2)), np.linspace(-2, 2, 6)
    for i, slope in enumerate(circuit.derivatives(values)):
        unit = np.eye(6)[i]
        shifted = (circuit.state(values + np.pi / 2 * unit) - circuit.state(values - np.pi / 2 * unit)) / 2
        finite = (circuit.state(values + 1e-5 * unit) - circuit.state(values - 1e-5 * unit)) / 2e-5
        assert slope == pytest.approx(shifted, abs=1e-12)
        assert slope == pytest.approx(finite, abs=1e-9)


def test_a_shared_parameter_sums_over_its_places():
    shared = Circuit(1, (Gate("Y", (0,), 0), Gate("Y", (0,), 0)), depolarising(0.1))
    assert shared.fisher_matrix([0.4])[0, 0] == pytest.approx(4 * 0.9**4, abs=1e-12)


@given(angles(4), error_rates(0.5))
@settings(max_examples=25, deadline=None)
def test_the_trace_stays_within_the_number_of_parameters(values, p):
    matrix = layered(2, 1, depolarising(p)).fisher_matrix(values)
    assert np.linalg.eigvalsh(matrix)[0] >= -1e-9
    assert -1e-9 <= scalar_information(matrix) <= 4 + 1e-9


@given(angles(4), error_rates(0.9))
@settings(max_examples=25, deadline=None)
def test_noise_after_the_encoding_never_raises_the_information(values, p):
    circuit = layered(2, 1)
    state, slopes = circuit.state(values), circuit.derivatives(values)
    mixed = (1 - p) * state + p * np.eye(4) / 4
    difference = fisher_matrix(state, slopes) - fisher_matrix(mixed, [(1 - p) * slope for slope in slopes])
    assert np.linalg.eigvalsh(difference)[0] >= -1e-8


def test_noise_between_encodings_can_raise_it():
    # |+i> carries no information about a Y rotation; damping it first gives γ².
    damping = 0.5
    prepared = np.array([[0.5, -0.5j], [0.5j, 0.5]])
    damped = sum(k @ prepared @ k.conj().T for k in amplitude_damping(damping))
    assert fisher_matrix(prepared, [generator_slope(prepared, PAULI["Y"])])[0, 0] == pytest.approx(0, abs=1e-12)
    assert fisher_matrix(damped, [generator_slope(damped, PAULI["Y"])])[0, 0] == pytest.approx(damping**2, abs=1e-12)


def test_scalars_disagree_on_which_node_is_better():
    one, other = np.diag([3.0, 0.1]), np.diag([1.0, 1.0])
    assert scalar_information(one) > scalar_information(other)
    for by in ("least", "harmonic"):
        assert scalar_information(one, by) < scalar_information(other, by)
    assert [scalar_information(np.diag([1.0, 0.0]), by) for by in ("trace", "least", "harmonic")] == [1, 0, 0]


@pytest.mark.parametrize(("smaller", "expected"), [(1e-10, 4.0), (1e-13, 0.0)])
def test_a_pair_of_eigenvalues_below_the_cutoff_counts_as_0(smaller, expected):
    theta = np.sqrt(smaller)
    state, slope = np.diag([np.cos(theta) ** 2, np.sin(theta) ** 2]), np.sin(2 * theta) * np.diag([-1, 1])
    assert fisher_matrix(state, [slope])[0, 0] == pytest.approx(expected, abs=1e-6)


def test_rounding_below_0_in_a_fisher_matrix_counts_as_0():
    assert scalar_information(np.diag([1.0, -1e-12]), "least") == 0


@given(st.integers(2, 4), st.integers(0, 10**6), st.data())
@settings(max_examples=25, deadline=None)
def test_any_rank_and_degeneracy_agrees_with_the_symmetric_logarithmic_derivative(side, seed, data):
    # An independent way: least squares for ρL + Lρ = 2∂ρ as one linear system, F = tr ρL².
    rank, rng = data.draw(st.integers(1, side)), np.random.default_rng([seed, 1])
    basis, _ = np.linalg.qr(rng.normal(size=(side, side)) + 1j * rng.normal(size=(side, side)))
    weights = np.where(np.arange(side) < rank, 1 / rank if data.draw(st.booleans()) else 1.0 + np.arange(side), 0.0)
    state = (basis * (weights / weights.sum())) @ basis.conj().T
    half = rng.normal(size=(side, side)) + 1j * rng.normal(size=(side, side))
    slope = generator_slope(state, half + half.conj().T)
    both = np.kron(state, np.eye(side)) + np.kron(np.eye(side), state.T)
    log = np.linalg.lstsq(both, 2 * slope.ravel(), rcond=1e-10)[0].reshape(side, side)
    assert fisher_matrix(state, [slope])[0, 0] == pytest.approx(np.trace(state @ log @ log).real, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize(("qubits", "gate"), [(1.5, Gate("X", (0,))), (1, Gate("X", (0,), 0.5)), (1, Gate("X", (0.0,)))])
def test_counts_of_a_circuit_are_whole(qubits, gate):
    with pytest.raises(TypeError, match="must be an int"):
        Circuit(qubits, (gate,))


ZERO = np.zeros((2, 2))
HALF = np.eye(2) / 2


@pytest.mark.parametrize(
    ("state", "slopes", "message"),
    [
        ([[1, 0]], [], "shape of the state"),
        ([[np.nan, 0], [0, 1]], [], "entries of the state must be finite"),
        ([[0.5, 0], [0, 0.4]], [], "trace of the state must be 1"),
        ([[1.5, 0], [0, -0.5]], [], "eigenvalues of the state"),
        ([[0.5, 0.5], [0, 0.5]], [], "state must be Hermitian"),
        (HALF, [np.zeros((3, 3))], "shape of derivative 0"),
        (HALF, [ZERO, [[0, 1], [0, 0]]], "derivative 1 must be Hermitian"),
        (HALF, [np.eye(2)], "trace of derivative 0"),
    ],
)
def test_unphysical_input_is_refused_by_name(state, slopes, message):
    with pytest.raises(ValueError, match=message):
        fisher_matrix(state, slopes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Circuit(9, ()), "number of qubits"),
        (lambda: Circuit(1, (Gate("XX", (0,)),)), "one distinct qubit per letter"),
        (lambda: Circuit(1, (Gate("X", (1,)),)), "qubits of a gate"),
        (lambda: Circuit(3, (Gate("XXX", (0, 1, 2)),)), "act on 1 or 2 qubits; got 3"),
        (lambda: Circuit(1, (Gate("X", (0,), -1),)), "parameter of a gate"),
        (lambda: Circuit(1, (), [2 * np.eye(2)]), "sum of K†K"),
        (lambda: layered(1, 0).state([0.1, 0.2]), "angles must be 1"),
        (lambda: layered(1, 0).state([np.nan]), "an angle must lie in"),
        (lambda: layered(1, 0).state([1j]), "an angle must be a real number"),
        (lambda: layered(1, 0).state(["a"]), "an angle must be a real number"),
        (lambda: layered(1, -1), "number of layers"),
        (lambda: Circuit(1, (Gate("Q", (0,)),)), "Pauli string"),
        (lambda: Circuit(1, (Gate("X", (0,), None, np.inf),)), "angle of a gate"),
        (lambda: fisher_matrix([["a", "b"], ["c", "d"]], []), "entries of the state must be numbers"),
        (lambda: scalar_information(-np.eye(2)), "eigenvalues of the Fisher matrix"),
        (lambda: scalar_information(np.eye(2), "median"), "scalar must be"),
    ],
)
def test_circuits_and_scalars_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
