"""Noise gate by gate in the experiment: against density matrices, against QuTiP, and what training makes of it."""

import doctest

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.learning.circuits import Circuit, density, parameter_shift
from ceas_formal.learning.circuits.losses import losses
from ceas_formal.simulate.experiment import channels
from ceas_formal.simulate.experiment.attacks import Paper
from ceas_formal.simulate.experiment.ceas import Ceas
from ceas_formal.simulate.experiment.channels import noisy_expectations
from ceas_formal.simulate.experiment.models import FLOOR, CircuitAngles, NoisyGates
from ceas_formal.simulate.experiment.readings import changed, read_as
from ceas_formal.simulate.experiment.rules import Mean
from ceas_formal.simulate.experiment.setting import experiment
from ceas_formal.simulate.experiment.training import train
from ceas_formal.simulate.scenario import load, packaged

SCENARIO = load(packaged("section_iv"))
KRAUS = {"local_depolarising": density.depolarising, "dephasing": density.dephasing}
LOCAL = pytest.mark.parametrize("channel", KRAUS)


def test_examples_in_docstrings_run():
    assert doctest.testmod(channels).failed == 0


@LOCAL
@pytest.mark.parametrize("circuit", [Circuit(1, 2, 1), Circuit(), Circuit(2, 3, 1), Circuit(3, 2, 2), Circuit(4, 1, 3)])
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
@settings(max_examples=5)
def test_pauli_strings_agree_with_density_matrices(channel, circuit, seed, error):
    chance = np.random.default_rng(seed)
    angles, features = chance.uniform(-4, 4, (2, 1, circuit.parameters)), chance.standard_normal((2, 3, 4, circuit.features))
    exact = density.noisy_expectations(circuit, angles, features, [KRAUS[channel](error)])
    np.testing.assert_allclose(noisy_expectations(circuit, channel, angles, features, 1 - error), exact, rtol=0, atol=1e-12)


@LOCAL
def test_each_node_has_its_own_error_rate(channel):
    chance = np.random.default_rng(0)
    angles, features, errors = chance.uniform(-3, 3, (3, 6)), chance.standard_normal((5, 2)), np.array([0.0, 0.01, 0.2])
    together = noisy_expectations(Circuit(), channel, angles, features, 1 - errors)
    alone = [noisy_expectations(Circuit(), channel, one, features, 1 - error) for one, error in zip(angles, errors, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-14)


@LOCAL
def test_qutip_agrees(channel):
    qutip = pytest.importorskip("qutip")
    chance, error = np.random.default_rng(1), 0.13
    angles, features = chance.uniform(-3, 3, 6), chance.standard_normal(2)
    one, paulis = qutip.qeye(2), [qutip.sigmax(), qutip.sigmay(), qutip.sigmaz()]
    if channel == "dephasing":
        kraus = [np.sqrt(1 - error) * one, np.sqrt(error) * paulis[2]]
    else:
        kraus = [np.sqrt(1 - 3 * error / 4) * one, *(np.sqrt(error / 4) * pauli for pauli in paulis)]

    def on(operator, qubit):
        return qutip.tensor(operator, one) if qubit == 0 else qutip.tensor(one, operator)

    state = qutip.ket2dm(qutip.basis([2, 2], [0, 0]))
    for gate in Circuit().gates():
        if len(gate.qubits) == 2:
            unitary = qutip.Qobj(np.diag([1, 1, 1, -1]), dims=[[2, 2], [2, 2]])
        else:
            angle = features[gate.feature] if gate.parameter is None else angles[gate.parameter]
            unitary = on((-0.5j * angle * paulis[1]).expm(), gate.qubits[0])
        state = unitary * state * unitary.dag()
        for qubit in gate.qubits:
            state = sum(on(k, qubit) * state * on(k, qubit).dag() for k in kraus)
    theirs = qutip.expect(on(paulis[2], 0), state)
    assert noisy_expectations(Circuit(), channel, angles, features[None], 1 - error)[0] == pytest.approx(theirs, abs=1e-9)


def noisy_model(channel, **training):
    noise = msgspec.structs.replace(SCENARIO.noise, channel=channel)
    return NoisyGates(msgspec.structs.replace(SCENARIO.training, **training), 2, noise, compiled=False)


def problem(starts):
    chance = np.random.default_rng(2)
    labels = np.where(chance.random((2, 4, 8)) < 0.5, 1.0, -1.0)
    errors = np.broadcast_to(np.array([0.01, 0.01, 0.2, 0.2]), (2, 4))
    return chance.uniform(-3, 3, (2, starts, 6)), chance.standard_normal((2, 4, 8, 2)), labels, errors


@LOCAL
@pytest.mark.parametrize("loss", ["cross_entropy", "squared"])
@pytest.mark.parametrize("starts", [1, 4])
def test_gradients_are_those_of_noisy_density_matrices(channel, loss, starts):
    model = noisy_model(channel, loss=loss)
    angles, features, labels, errors = problem(starts)
    found = model.gradient(angles, model.encode(features), labels, 1 - errors)
    for run, node in np.ndindex(2, 4):
        operators, own = [KRAUS[channel](errors[run, node])], angles[run, node % starts]

        def measured(circuit, angles, features, operators=operators):
            return density.noisy_expectations(circuit, angles, features, operators)

        samples = 0.3 * features[run, node]
        slope = losses(measured(Circuit(), own, samples), labels[run, node], np.array(1.0), loss, FLOOR)[1]
        exact = (slope[:, None] * parameter_shift(Circuit(), own, samples, measured)).mean(axis=0)
        np.testing.assert_allclose(found[run, node], exact, rtol=0, atol=1e-12)


@LOCAL
def test_scores_are_those_of_honest_hardware(channel):
    model = noisy_model(channel)
    angles, features, _, _ = problem(4)
    exact = density.noisy_expectations(Circuit(), angles, 0.3 * features, [KRAUS[channel](0.01)])
    scores = model.scores(angles, model.encode(features))
    np.testing.assert_allclose(scores, exact, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.probabilities(scores, 0.3), (1 + exact) / 2, rtol=0, atol=1e-12)


@LOCAL
@pytest.mark.parametrize("loss", ["cross_entropy", "squared"])
def test_gates_that_never_fail_leave_everything_as_it_was(channel, loss):
    angles, features, labels, _ = problem(4)
    perfect = msgspec.structs.replace(SCENARIO.noise, channel=channel, honest_error_rate=0.0)
    training = msgspec.structs.replace(SCENARIO.training, loss=loss)
    models = CircuitAngles(training, 2, compiled=False), NoisyGates(training, 2, perfect, compiled=False)
    made = [
        (m.gradient(angles, e, labels, ones), m.deviation(angles, e, labels, ones, 100), m.probabilities(m.scores(angles, e), 1.0))
        for m, e, ones in ((m, m.encode(features), np.ones((2, 4))) for m in models)
    ]
    for clean, noisy in zip(*made, strict=True):
        np.testing.assert_allclose(noisy, clean, rtol=0, atol=1e-12)


def played(rule, noise, rounds=12, seeds=(0, 1), **more):
    base = read_as(SCENARIO, "workable", {"attack": {"first_round": 6}, "noise": noise, **more})
    return train(base, seeds, rule, Paper(base.attack), rounds=rounds, compiled=False, keep=("rolling",) if isinstance(rule, Ceas) else ())


@LOCAL
def test_a_run_on_perfect_hardware_does_not_ask_for_the_channel(channel):
    perfect = {"honest_error_rate": 0.0, "byzantine_error_rate": 0.0}
    clean, noisy = (played(Ceas(), perfect | {"channel": name}) for name in ("global_depolarising", channel))
    np.testing.assert_allclose(noisy.accuracy, clean.accuracy, rtol=0, atol=1e-12)
    np.testing.assert_allclose(noisy.kept["rolling"], clean.kept["rolling"], rtol=0, atol=1e-10)


@LOCAL
def test_a_noisy_run_repeats_itself_and_does_not_depend_on_its_batch(channel):
    together, again, alone = (played(Ceas(), {"channel": channel}, seeds=seeds) for seeds in ((0, 1), (0, 1), (1,)))
    assert together.accuracy.tobytes() == again.accuracy.tobytes()
    assert together.accuracy[1].tobytes() == alone.accuracy[0].tobytes()


@LOCAL
def test_the_channel_changes_circuits_and_leaves_classical_models_alone(channel):
    for model, same in (("circuit_angles", False), ("quadratic_weights", True)):
        runs = [played(Mean(), {"channel": name}, training={"model": model}) for name in ("global_depolarising", channel)]
        assert (runs[0].accuracy.tobytes() == runs[1].accuracy.tobytes()) is same


@LOCAL
def test_gates_are_those_of_the_circuit_where_each_has_noise_of_its_own(channel):
    local, whole = (experiment(changed(SCENARIO, {"noise": {"channel": name}})) for name in (channel, "global_depolarising"))
    assert (local.gates, whole.gates) == (12, 6)
    assert local.gate_fidelity(0.01) == pytest.approx(0.99**12)
    assert whole.gate_fidelity(0.01) == whole.shrink(0.01)
    other = experiment(changed(SCENARIO, {"noise": {"channel": channel, "gates_per_circuit": 1}}))
    assert (other.gates, other.shrink(0.01)) == (12, 0.99)
