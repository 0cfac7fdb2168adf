"""Process distance against closed forms, QuTiP, and certificates that are checked afresh."""

import itertools

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from ceas_formal.physics.channels import PAULI, amplitude_damping, depolarising, pauli_channel, pauli_string, probabilities, rotation
from ceas_formal.physics.process_distance import (
    Certified,
    amplitude_damping_distance,
    choi,
    entanglement_fidelity,
    pauli_distance,
    process_distance,
    rotation_distance,
    verify,
)
from ceas_formal.physics.states import hermitian, kraus_operators
from ceas_formal.strategies import error_rates

GAP = 1e-6
IDENTITY = [np.eye(2)]


def random_channel(seed, dimension, operators):
    rng = np.random.default_rng(seed)
    shape = (dimension * operators, dimension)
    isometry, _ = np.linalg.qr(rng.normal(size=shape) + 1j * rng.normal(size=shape))
    return list(isometry.reshape(operators, dimension, dimension))


def both(one, other):
    return [np.kron(a, b) for a, b in itertools.product(one, other)]


def test_choi_matrix_is_that_of_qutip():
    for kraus in (amplitude_damping(0.3), random_channel(1, 2, 3)):
        theirs = qutip.to_choi(qutip.kraus_to_super([qutip.Qobj(k) for k in kraus])).full()
        assert choi(kraus) == pytest.approx(theirs, abs=1e-12)


@given(st.lists(st.integers(0, 20), min_size=8, max_size=8).filter(lambda n: sum(n[:4]) and sum(n[4:])))
@settings(max_examples=25, deadline=None)
def test_pauli_channels_are_their_total_variation_apart(counts):
    one, other = (np.array(part) / sum(part) for part in (counts[:4], counts[4:]))
    found = process_distance(pauli_channel(one), pauli_channel(other))
    assert found.lower == pytest.approx(pauli_distance(one, other), abs=GAP)
    assert found.gap <= GAP


@given(error_rates())
@settings(max_examples=15, deadline=None)
def test_amplitude_damping_is_its_damping_apart(damping):
    found = process_distance(amplitude_damping(damping), IDENTITY)
    assert found.lower - 1e-12 <= amplitude_damping_distance(damping) <= found.upper + 1e-12
    assert found.gap <= GAP


@pytest.mark.parametrize("angle", [0.0, 0.2, 1.0, 3.0, np.pi])
@pytest.mark.parametrize("axis", ["X", "Z"])
def test_a_rotation_is_the_sine_of_half_its_angle_apart(axis, angle):
    found = process_distance([rotation(axis, angle)], IDENTITY)
    assert found.lower - 1e-9 <= rotation_distance(angle) <= found.upper + 1e-9
    assert found.gap <= GAP


@pytest.mark.parametrize(("axis", "angle"), [("ZZ", 0.3), ("XY", 1.7), ("ZI", 2.5)])
def test_unitaries_are_apart_by_what_their_eigenvalues_span(axis, angle):
    # The distance of U from 1 is √(1-ν²), with ν that of the origin from the convex hull of the eigenvalues (Aharonov, Kitaev, Nisan 1998).
    values = np.linalg.eigvals(rotation(axis, angle))
    nearest = min(abs(t * a + (1 - t) * b) for a, b in itertools.combinations(values, 2) for t in np.linspace(0, 1, 2001))
    assert process_distance([rotation(axis, angle)], [np.eye(4)]).lower == pytest.approx(np.sqrt(1 - nearest**2), abs=1e-6)


def test_two_qubits_with_independent_noise():
    found = process_distance(both(amplitude_damping(0.1), depolarising(0.05)), [np.eye(4)])
    assert found.lower == pytest.approx(0.13375, abs=GAP)
    assert found.gap <= GAP


@pytest.mark.parametrize(("dimension", "seed"), [(2, 1), (2, 2), (2, 3), (4, 1), (4, 2), (8, 1)])
def test_certificates_of_random_channels_are_tight_and_check_afresh(dimension, seed):
    one, other = random_channel(seed, dimension, 2), random_channel(seed + 100, dimension, 3)
    found = process_distance(one, other)
    assert 0 <= found.lower <= found.upper <= 1
    assert found.gap <= GAP
    assert verify(found, one, other)


@pytest.mark.parametrize(
    ("dimension", "seed", "expected"), [(2, 0, 0.458890678), (2, 2, 0.878024720), (2, 4, 0.884996283), (4, 0, 0.993343516)]
)
def test_random_channels_agree_with_a_solver_of_semidefinite_programs(dimension, seed, expected):
    # ½·qutip.dnorm with QuTiP 5.3.1, CVXPY 1.9.3 and CVXOPT 1.3.3, which stop within about 1e-7.
    found = process_distance(random_channel(seed, dimension, 2), random_channel(seed + 100, dimension, 3))
    assert found.lower - 2e-7 <= expected <= found.upper + 2e-7


def test_no_input_state_of_qutip_beats_the_upper_bound():
    one, other = random_channel(5, 2, 2), random_channel(6, 2, 2)
    found = process_distance(one, other)
    best = 0.0
    for seed in range(200):
        ket = qutip.rand_ket(4, seed=seed).full()
        state = ket @ ket.conj().T
        outputs = []
        for kraus in (one, other):
            lifted = [np.kron(k, np.eye(2)) for k in kraus]
            outputs.append(sum(k @ state @ k.conj().T for k in lifted))
        best = max(best, qutip.tracedist(*map(qutip.Qobj, outputs)))
    assert 0.9 * found.lower <= best <= found.upper + 1e-9


@given(error_rates(), error_rates(), error_rates())
@settings(max_examples=10, deadline=None)
def test_distance_is_a_metric_on_examples(a, b, c):
    channels = [amplitude_damping(a), depolarising(b), amplitude_damping(c)]
    near, far, across = (process_distance(channels[i], channels[j]) for i, j in ((0, 1), (1, 2), (0, 2)))
    assert across.lower <= near.upper + far.upper + 1e-9
    assert process_distance(channels[1], channels[0]).lower == pytest.approx(near.lower, abs=GAP)


@given(error_rates(0.9))
@settings(max_examples=10, deadline=None)
def test_the_choi_state_alone_underestimates_by_at_most_the_dimension(damping):
    kraus = amplitude_damping(damping)
    apart = np.abs(np.linalg.eigvalsh(choi(kraus) - choi(IDENTITY))).sum() / 4
    distance = amplitude_damping_distance(damping)
    assert apart - 1e-12 <= distance <= 2 * apart + 1e-12


@pytest.mark.parametrize("kraus", [amplitude_damping(0.1), depolarising(0.2), [rotation("X", 0.3)], random_channel(3, 2, 2)])
def test_fidelity_brackets_the_distance(kraus):
    loss, found = 1 - entanglement_fidelity(kraus), process_distance(kraus, IDENTITY)
    assert loss - 1e-9 <= found.upper
    assert found.lower <= 2 * np.sqrt(loss) + 1e-9


def test_fidelity_with_a_target_agrees_with_qutip():
    target = rotation("Y", 0.7)
    kraus = [k @ target for k in depolarising(0.3)]
    theirs = qutip.process_fidelity(qutip.kraus_to_super([qutip.Qobj(k) for k in kraus]), qutip.to_super(qutip.Qobj(target)))
    assert entanglement_fidelity(kraus, target) == pytest.approx(1 - 0.75 * 0.3, abs=1e-12)
    # QuTiP takes square roots of rounding errors here.
    assert theirs == pytest.approx(1 - 0.75 * 0.3, abs=1e-6)


def test_forged_certificates_are_noticed():
    kraus = depolarising(0.2)
    found = process_distance(kraus, IDENTITY)
    forged = [
        Certified(found.lower + 0.1, found.upper + 0.1, found.input_state, found.dual),
        Certified(found.lower, found.upper - 0.01, found.input_state, found.dual),
        Certified(found.lower, found.upper, found.input_state, 0.5 * found.dual),
        Certified(found.lower, found.upper, 2 * found.input_state, found.dual),
        Certified(found.lower, found.upper, np.diag([1.5, -0.5]), found.dual),
    ]
    assert not any(verify(one, kraus, IDENTITY) for one in forged)


@given(st.floats(-20, 20), st.sampled_from(["X", "YZ"]))
@settings(max_examples=25, deadline=None)
def test_a_rotation_is_the_exponential_of_its_generator(angle, axis):
    assert rotation(axis, angle) == pytest.approx(expm(-0.5j * angle * pauli_string(axis)), abs=1e-12)
    if axis == "X":
        found = process_distance([rotation(axis, angle)], IDENTITY)
        assert found.lower - 1e-9 <= rotation_distance(angle) <= found.upper + 1e-9


@pytest.mark.parametrize("call", [lambda wrong: rotation("X", wrong), rotation_distance, depolarising, amplitude_damping_distance])
@pytest.mark.parametrize("wrong", [1j, True, np.bool_(True), "0.5", b"1", None, [0.5], np.array([0.5])])
def test_what_is_no_number_is_refused_by_name(call, wrong):
    with pytest.raises(TypeError, match="must be a number"):
        call(wrong)


def test_rounding_in_a_hermitian_matrix_is_removed():
    found = hermitian("the state", [[1, 1e-10], [0, 1]])
    assert (found == found.conj().T).all()


def test_letters_spell_operators():
    assert pauli_string("XI") == pytest.approx(np.kron(PAULI["X"], np.eye(2)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: process_distance([], IDENTITY), "number of Kraus operators"),
        (lambda: process_distance([2 * np.eye(2)], IDENTITY), "sum of K†K"),
        (lambda: process_distance([np.eye(2) * np.nan], IDENTITY), "entries of Kraus operator 0"),
        (lambda: process_distance([np.eye(4)], IDENTITY), "dimension of both channels must be 4; got 2"),
        (lambda: process_distance(IDENTITY, IDENTITY, gap=0), "gap must lie in"),
        (lambda: process_distance([np.ones((2, 3))], IDENTITY), "shape of Kraus operator 0"),
        (lambda: pauli_distance([0.5, 0.6], [1, 0]), "sum of the first Pauli error rates"),
        (lambda: pauli_distance([1, 0], [1, 0, 0]), "shape of the second Pauli error rates"),
        (lambda: probabilities("rates", [1.5, -0.5]), "rates must lie in"),
        (lambda: amplitude_damping_distance(1.1), "damping must lie in"),
        (lambda: depolarising(float("nan")), "depolarising strength must lie in"),
        (lambda: rotation_distance(np.inf), "angle must lie in"),
        (lambda: rotation("X", np.nan), "angle must lie in"),
        (lambda: probabilities("rates", [0.5j, 1]), "rates must be a real number"),
        (lambda: probabilities("rates", ["a", "b"]), "rates must be a real number"),
        (lambda: choi([[["a", "b"], ["c", "d"]]]), "entries of Kraus operator 0 must be numbers"),
        (lambda: choi([[[1, 0], [0]]]), "entries of Kraus operator 0 must be numbers"),
        (lambda: kraus_operators([np.eye(4)], 2), r"shape of Kraus operator 0 must be \(2, 2\)"),
        (lambda: pauli_string(3), "Pauli string"),
        (lambda: pauli_string("XQ"), "Pauli string"),
        (lambda: entanglement_fidelity(IDENTITY, 2 * np.eye(2)), "sum of K†K"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
