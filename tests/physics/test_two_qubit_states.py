"""Ageing and measures of any two-qubit state: against QuTiP, against the X-state forms, and at the borders of their input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.physics import reference, two_qubit_states, x_states
from ceas_formal.physics.bell_pairs import BellPair, x_state
from ceas_formal.physics.memories import Memory, depolarising
from ceas_formal.physics.two_qubit_states import aged, bell_fidelities, checked_states, concurrence, fully_entangled_fraction
from ceas_formal.physics.x_states import BELL_STATES, density_matrix
from ceas_formal.strategies import bell_pairs, memories

PATIENT = settings(deadline=None)
GRID = np.linspace(0, 3, 16)
CASES = {
    "asymmetric, cold": (Memory(1.0, 1.2), Memory(3.0, 0.5)),
    "warm": (Memory(1.0, 0.7, 0.05), Memory(2.0, 3.9, 0.3)),
    "one without relaxation": (Memory(np.inf, 1.0), Memory(0.4, 0.8, 0.1)),
    "depolarising": (depolarising(1.0), depolarising(2.0)),
}


def some_state(seed, rank=4):
    """A state drawn by the Hilbert-Schmidt measure of its rank: no entry vanishes."""
    real, imaginary = np.random.default_rng([2026, seed]).normal(size=(2, 4, rank))
    state = (real + 1j * imaginary) @ (real + 1j * imaginary).conj().T
    return state / np.trace(state).real


@st.composite
def states(draw):
    return some_state(draw(st.integers(0, 10**6)), draw(st.integers(1, 4)))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("rank", [1, 4])
def test_any_start_ages_as_in_qutip(name, rank):
    first, second = CASES[name]
    pair, start = BellPair("phi+", first, second), some_state(7, rank)
    found = aged(start, first, second, GRID)
    for matrices, tolerance in (
        (reference.exponentiated(pair, GRID, state=start), reference.EXPONENTIAL),
        (reference.solved(pair, GRID, reference.TIGHT_OPTIONS, state=start), reference.TIGHT),
        (reference.solved(pair, GRID, state=start), reference.DEFAULT),
    ):
        assert np.abs(found - matrices).max() < tolerance


@PATIENT
@given(bell_pairs(), st.floats(0, 10))
def test_on_x_states_everything_agrees_with_the_fast_path(pair, time):
    state = x_state(pair, time)
    matrix = density_matrix(state)
    np.testing.assert_allclose(aged(density_matrix(x_state(pair, 0.0)), pair.first, pair.second, time), matrix, rtol=0, atol=1e-12)
    np.testing.assert_allclose(bell_fidelities(matrix), x_states.bell_weights(state), rtol=0, atol=1e-12)
    # The concurrence has roots of eigenvalues: where one is 0, a rounding of 1e-16 in the matrix moves it by 1e-8.
    for name, tolerance in (("concurrence", 5e-8), ("fully_entangled_fraction", 1e-12), ("teleportation_fidelity", 1e-12)):
        ours, fast = (getattr(module, name) for module in (two_qubit_states, x_states))
        np.testing.assert_allclose(ours(matrix), fast(state), rtol=0, atol=tolerance)


@given(st.floats(0.5, 0.99), st.floats(0, 10))
def test_away_from_pure_states_concurrences_agree_to_rounding(fidelity, time):
    pair = BellPair("phi+", Memory(1.0, 2.0, 0.0), Memory(np.inf, 200.0, 0.0), fidelity)
    state = x_state(pair, time)
    np.testing.assert_allclose(two_qubit_states.concurrence(density_matrix(state)), x_states.concurrence(state), rtol=0, atol=1e-12)


@PATIENT
@given(states(), memories(), memories(), st.floats(0, 20))
def test_ageing_leaves_a_state(start, first, second, time):
    matrix = aged(start, first, second, time)
    assert abs(np.trace(matrix) - 1) < 1e-13
    assert np.linalg.eigvalsh(matrix).min() > -1e-15


@PATIENT
@given(states(), memories(), memories(), st.floats(0, 5), st.floats(0, 5))
def test_ageing_twice_is_ageing_once(start, first, second, one, other):
    twice = aged(aged(start, first, second, one), first, second, other)
    np.testing.assert_allclose(aged(start, first, second, one + other), twice, rtol=0, atol=1e-13)


@PATIENT
@given(states(), memories(), memories(), st.lists(st.floats(0, 10), min_size=2, max_size=6))
def test_concurrence_never_rises(start, first, second, times):
    values = concurrence(aged(start, first, second, np.sort(times)))
    assert (np.diff(values) <= 1e-7).all()


@PATIENT
@given(states())
def test_measures_agree_with_qutip_and_bound_each_other(state):
    found = reference.measured(state[None])
    np.testing.assert_allclose(bell_fidelities(state), [found[bell][0] for bell in BELL_STATES], rtol=0, atol=1e-12)
    C, f = concurrence(state), fully_entangled_fraction(state)
    # QuTiP takes square roots of eigenvalues, so rounding of 1e-16 comes out as 1e-8.
    assert abs(C - found["concurrence"][0]) < 1e-7
    assert max(0.25, bell_fidelities(state).max()) - 1e-12 <= f <= (1 + C) / 2 + 1e-7


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_concurrence_is_that_of_the_vectors_a_state_was_made_of(rank):
    """With ρ = VV† it follows from the singular values of Vᵀ(σy⊗σy)V, without ρ."""
    flip = np.fliplr(np.diag([-1, 1, 1, -1]))
    for seed in range(3000):
        real, imaginary = np.random.default_rng([2026, seed]).normal(size=(2, 4, rank))
        vectors = real + 1j * imaginary
        values = np.linalg.svd(vectors.T @ flip @ vectors)[1] / np.trace(vectors @ vectors.conj().T).real
        exact = max(0.0, values[0] - values[1:].sum())
        assert abs(concurrence(some_state(seed, rank)) - exact) < (1e-12 if rank < 4 else 1e-10)


@PATIENT
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_measures_do_not_change_under_local_rotations(seed, other):
    state = some_state(seed)
    left, right = (np.linalg.qr(some_state(number)[:2, :2])[0] for number in (other, other + 1))
    turned = np.kron(left, right) @ state @ np.kron(left, right).conj().T
    np.testing.assert_allclose(concurrence(turned), concurrence(state), rtol=0, atol=1e-12)
    np.testing.assert_allclose(fully_entangled_fraction(turned), fully_entangled_fraction(state), rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_no_maximally_entangled_state_is_nearer_than_the_fraction(seed):
    """The greatest overlap over local rotations of Φ+, found by a search, reaches the fraction and does not exceed it."""
    from scipy.optimize import minimize
    from scipy.stats import unitary_group

    state, rng = some_state(seed, 2), np.random.default_rng([3, seed])

    def overlap(vector):
        # Maximally entangled states are the real unit vectors in the magic basis, up to a phase.
        magic = np.array([[1, 0, 0, 1], [1j, 0, 0, -1j], [0, 1j, 1j, 0], [0, 1, -1, 0]]) / np.sqrt(2)
        ket = vector / np.linalg.norm(vector) @ magic
        return -float((ket.conj() @ state @ ket).real)

    best = max(-minimize(overlap, rng.normal(size=4)).fun for _ in range(8))
    assert best == pytest.approx(float(fully_entangled_fraction(state)), abs=1e-7)
    bell = np.array([1, 0, 0, 1]) / np.sqrt(2)
    for _ in range(50):
        ket = np.kron(unitary_group.rvs(2, random_state=rng), np.eye(2)) @ bell
        assert (ket.conj() @ state @ ket).real <= fully_entangled_fraction(state) + 1e-12


def test_numbers_by_hand():
    """|+⟩|+⟩ at T1 = T2, cold, e = 1/2: every qubit has 3/4 on |0⟩ and coherence 1/4, so it stays a product."""
    one = np.array([[3 / 4, 1 / 4], [1 / 4, 1 / 4]])
    memory = Memory(1.0, 1.0)
    np.testing.assert_allclose(aged(np.full((4, 4), 1 / 4), memory, memory, np.log(2)), np.kron(one, one), rtol=0, atol=1e-15)
    assert concurrence(np.kron(one, one)) < 1e-15
    # (√3|00⟩ + |11⟩)/2: C = 2·√3/4, f = (1 + C)/2.
    ket = np.array([np.sqrt(3), 0, 0, 1]) / 2
    assert concurrence(np.outer(ket, ket)) == pytest.approx(np.sqrt(3) / 2, abs=1e-15)
    assert fully_entangled_fraction(np.outer(ket, ket)) == pytest.approx((1 + np.sqrt(3) / 2) / 2, abs=1e-15)


def test_batches_broadcast():
    starts = np.array([some_state(seed) for seed in range(3)])
    memory = Memory(np.array([[1.0], [2.0]]), 1.0)
    found = aged(starts, memory, Memory(1.0, 0.5), 0.3)
    assert found.shape == (2, 3, 4, 4)
    np.testing.assert_array_equal(found[1, 2], aged(starts[2], Memory(2.0, 1.0), Memory(1.0, 0.5), 0.3))
    assert concurrence(found).shape == fully_entangled_fraction(found).shape == (2, 3)
    assert bell_fidelities(found).shape == (2, 3, 4)


def test_a_state_that_is_no_x_state_is_refused_by_the_fast_path_and_taken_here():
    with pytest.raises(ValueError, match="an X state has entries on its two diagonals only"):
        x_states.from_density_matrix(some_state(1))
    assert checked_states(some_state(1)).shape == (4, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: checked_states(np.eye(2) / 2), r"must have the shape \(..., 4, 4\); got \(2, 2\)"),
        (lambda: checked_states(np.full((4, 4), np.nan)), "every entry of the density matrix must be a finite number"),
        (lambda: checked_states(np.triu(np.ones((4, 4)))), "must be Hermitian"),
        (lambda: checked_states(np.eye(4)), r"the trace must lie in \[1 - 1e-09, 1 \+ 1e-09\]; got 4.0"),
        (lambda: concurrence(np.diag([1.2, -0.2, 0, 0])), r"the eigenvalues of the density matrix must lie in \[0, 1\]; got -0.2"),
        (lambda: aged(np.eye(4) / 4, Memory(1, 1), Memory(1, 1), -1.0), r"the time in s must lie in \[0, ∞\); got -1.0"),
        (lambda: two_qubit_states.fidelity(np.eye(4) / 4, "chi"), "the Bell state must be one of phi.*got 'chi'"),
    ],
)
def test_what_is_no_state_is_refused_with_the_quantity_and_its_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()
