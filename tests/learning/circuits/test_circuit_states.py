"""The circuit, its states and expectation values against QuTiP, PennyLane and closed forms."""

import numpy as np
import pytest
import qutip
from circuit_problems import circuits, drawn, on, peer_state, problems
from hypothesis import given, settings

from ceas_formal.learning.circuits import Circuit, encoded, expectations, loss_gradient, probabilities, states

SHAPES = [Circuit(1, 1, 1), Circuit(), Circuit(2, 1, 1), Circuit(3, 2, 2), Circuit(4, 2, 3)]


@pytest.mark.parametrize("circuit", SHAPES)
def test_states_are_those_of_qutip_gate_by_gate(circuit):
    angles, features, _ = drawn(circuit, 2, 3)
    ours, values = states(circuit, angles, features), expectations(circuit, angles, features)
    for node in range(2):
        for sample in range(3):
            theirs = peer_state(circuit, angles[node], features[node, sample])
            assert np.abs(ours[node, sample] - theirs.full()[:, 0]).max() < 1e-10
            assert values[node, sample] == pytest.approx(qutip.expect(on(qutip.sigmaz(), 0, circuit.qubits), theirs), abs=1e-10)


def test_phases_are_those_of_half_the_angle_where_the_tangent_is_near_its_poles_as_well():
    poles = 2 * np.pi * np.arange(-51, 52)
    angles = np.concatenate([poles, poles + 1e-9, np.linspace(-7, 7, 1001), [0.0, 1e-300, -1e5, 1e300]])
    assert np.abs(encoded(Circuit(1, 1, 1), angles[:, None])[:, 0] - np.exp(0.5j * angles)).max() < 1e-15


@pytest.mark.parametrize("circuit", SHAPES)
def test_expectations_are_those_of_pennylane(circuit):
    qml = pytest.importorskip("pennylane")
    angles, features, _ = drawn(circuit, 2, 3, seed=1)

    @qml.qnode(qml.device("default.qubit", wires=circuit.qubits))
    def peer(theta, sample):
        for gate in circuit.gates():
            if len(gate.qubits) == 2:
                qml.CZ(wires=gate.qubits)
            else:
                qml.RY(sample[gate.feature] if gate.parameter is None else theta[gate.parameter], wires=gate.qubits[0])
        return qml.expval(qml.PauliZ(0))

    theirs = [[float(peer(angles[node], features[node, sample])) for sample in range(3)] for node in range(2)]
    assert np.abs(expectations(circuit, angles, features) - theirs).max() < 1e-10


RINGS = [(1, []), (2, [(0, 1)]), (3, [(0, 1), (1, 2), (0, 2)]), (4, [(0, 1), (1, 2), (2, 3), (0, 3)])]


@pytest.mark.parametrize(("qubits", "pairs"), RINGS)
def test_neighbours_on_a_ring_are_joined_once(qubits, pairs):
    assert list(Circuit(qubits, 1, 1).pairs) == pairs


@given(circuits())
def test_gates_use_each_parameter_once_and_each_feature_in_each_layer(circuit):
    gates = list(circuit.gates())
    assert [gate.parameter for gate in gates if gate.parameter is not None] == list(range(circuit.parameters))
    assert len(gates) == circuit.parameters + circuit.layers * (circuit.qubits + len(circuit.pairs))
    for gate in gates:
        assert gate.feature is None or gate.feature == gate.qubits[0] % circuit.features


@given(problems())
def test_states_have_norm_one_and_give_the_expectations(problem):
    found = states(problem.circuit, problem.angles, problem.features)
    half = found.shape[-1] // 2
    weights = found**2
    assert np.abs(weights.sum(axis=-1) - 1).max() < 1e-12
    direct = weights[..., :half].sum(axis=-1) - weights[..., half:].sum(axis=-1)
    assert np.abs(expectations(problem.circuit, problem.angles, problem.features) - direct).max() < 1e-12


@given(problems())
def test_a_full_turn_changes_no_expectation(problem):
    shifted = problem.angles + 2 * np.pi * np.eye(problem.circuit.parameters)[0]
    difference = expectations(problem.circuit, shifted, problem.features) - expectations(problem.circuit, problem.angles, problem.features)
    assert np.abs(difference).max() < 1e-12


@given(problems())
def test_a_layer_sees_the_sum_of_feature_and_parameter_alone(problem):
    circuit = problem.circuit
    moved = problem.angles.copy()
    for layer in range(circuit.layers):
        for qubit in range(circuit.qubits):
            moved[:, layer * circuit.qubits + qubit] += 0.3 * (qubit % circuit.features + 1)
    back = problem.features - 0.3 * (np.arange(circuit.features) + 1)
    assert np.abs(expectations(circuit, moved, back) - expectations(circuit, problem.angles, problem.features)).max() < 1e-12


def test_one_qubit_follows_the_cosine_of_the_sum_of_its_angles():
    circuit = Circuit(1, 2, 1)
    angles, features, _ = drawn(circuit, 4, 5)
    direct = np.cos(2 * features[..., 0] + angles.sum(axis=-1)[:, None])
    assert np.abs(expectations(circuit, angles, features) - direct).max() < 1e-12


def test_two_qubits_and_one_layer_follow_their_closed_form():
    circuit = Circuit(2, 1, 2)
    angles, features, _ = drawn(circuit, 4, 5)
    first, second = features[..., 0] + angles[:, :1], features[..., 1] + angles[:, 1:2]
    last = angles[:, 2:3]
    direct = np.cos(last) * np.cos(first) - np.sin(last) * np.sin(first) * np.cos(second)  # CZ maps X₁ to X₁Z₂
    assert np.abs(expectations(circuit, angles, features) - direct).max() < 1e-12


@given(problems(most=3))
@settings(max_examples=30)
def test_leading_axes_broadcast_and_phases_replace_features(problem):
    circuit, angles, features = problem.circuit, problem.angles, problem.features
    grid = expectations(circuit, angles[:, None], features[None])
    assert grid.shape == (len(angles), len(features), features.shape[1])
    for i, one in enumerate(angles):
        for j, batch in enumerate(features):
            assert np.abs(grid[i, j] - expectations(circuit, one, batch)).max() < 1e-14
    phases = encoded(circuit, features)
    assert np.array_equal(expectations(circuit, angles, phases), expectations(circuit, angles, features))
    assert encoded(circuit, phases) is phases


def test_probabilities_follow_their_formula():
    assert probabilities([[1.0, -0.5]], [[0.8]]).tolist() == [[0.9, 0.3]]


@pytest.mark.parametrize("numbers", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 2)])
def test_numbers_outside_their_range_make_no_circuit(numbers):
    with pytest.raises(ValueError, match="must"):
        Circuit(*numbers)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"angles": np.zeros(5)}, "the last axis of the angles must have the length 6"),
        ({"angles": np.full(6, np.nan)}, "the angles must be finite; got nan"),
        ({"angles": np.full(6, "a")}, "the angles must be finite real numbers"),
        ({"features": np.zeros((3, 3))}, "the last axis of the features must have the length 2"),
        ({"features": np.zeros(2)}, r"the features must have the shape \(..., n, 2\)"),
        ({"features": np.zeros((0, 2))}, "with n at least 1"),
        ({"features": np.full((3, 2), 2j)}, "of modulus 1"),
        ({"labels": [1, -1, 0]}, r"the labels must be \+1 or -1; got 0.0"),
        ({"labels": [1, -1]}, "the last axis of the labels must have the length 3"),
        ({"shrink": 1.5}, r"the shrink factor must lie in \[0, 1\]; got 1.5"),
        ({"loss": "hinge"}, "the loss must be one of cross_entropy, squared; got 'hinge'"),
        ({"floor": 0.5}, "the probability floor must lie in"),
    ],
)
def test_wrong_inputs_are_named(change, message):
    compiled = pytest.importorskip("ceas_formal.learning.circuits.compiled")
    usual = {"angles": np.zeros(6), "features": np.zeros((3, 2)), "labels": [1, -1, 1]} | change
    for function in (loss_gradient, compiled.loss_gradient):
        with pytest.raises(ValueError, match=message):
            function(Circuit(), **usual)
