"""Closed forms of ageing Bell pairs: against QuTiP, against numbers by hand, and at the borders of their input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.physics import reference, x_states
from ceas_formal.physics.bell_pairs import BellPair, concurrence, entanglement_margin, fidelity, fidelity_excess, x_state
from ceas_formal.physics.memories import Memory, dephasing, depolarising
from ceas_formal.physics.x_states import BELL_STATES, XState, bell_weights, density_matrix, from_density_matrix
from ceas_formal.strategies import bell_pairs, memories

PATIENT = settings(deadline=None)
GRID = np.linspace(0, 3, 31)
ONE = Memory(1.0, 1.0)
LIMITED = Memory(1.0, 2.0)
CASES = {
    "asymmetric, cold": (Memory(1.0, 1.2), Memory(3.0, 0.5), 1.0),
    "limited by relaxation": (LIMITED, Memory(2.5, 5.0), 1.0),
    "warm": (Memory(1.0, 0.7, 0.05), Memory(2.0, 3.9, 0.3), 1.0),
    "Werner, one memory without relaxation": (Memory(math.inf, 1.0), Memory(0.4, 0.8, 0.1), 0.8),
    "depolarising": (depolarising(1.0), depolarising(2.0), 0.9),
}


@pytest.fixture(params=[(bell, name) for bell in BELL_STATES for name in CASES], ids=lambda param: f"{param[0]} {param[1]}")
def pair(request):
    bell, name = request.param
    return BellPair(bell, *CASES[name])


def error(pair, matrices):
    return np.abs(density_matrix(x_state(pair, GRID)) - matrices).max()


def test_closed_form_is_the_exponential_of_the_liouvillian(pair):
    assert error(pair, reference.exponentiated(pair, GRID)) < reference.EXPONENTIAL


def test_closed_form_agrees_with_the_master_equation_at_tight_tolerances(pair):
    assert error(pair, reference.solved(pair, GRID, reference.TIGHT_OPTIONS)) < reference.TIGHT


def test_closed_form_agrees_with_the_master_equation_as_it_comes(pair):
    assert error(pair, reference.solved(pair, GRID)) < reference.DEFAULT


def test_derived_quantities_agree_with_qutip(pair):
    state = x_state(pair, GRID)
    found = reference.measured(density_matrix(state))
    np.testing.assert_allclose(fidelity(pair, GRID), found[pair.bell], rtol=0, atol=1e-12)
    np.testing.assert_allclose(fidelity_excess(pair, GRID), found[pair.bell] - 0.5, rtol=0, atol=1e-12)
    np.testing.assert_allclose(bell_weights(state), np.stack([found[bell] for bell in BELL_STATES], axis=-1), rtol=0, atol=1e-12)
    # QuTiP takes square roots of eigenvalues, so rounding of 1e-16 comes out as 1e-8.
    np.testing.assert_allclose(concurrence(pair, GRID), found["concurrence"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(concurrence(pair, GRID), x_states.concurrence(state), rtol=0, atol=1e-12)


@PATIENT
@given(bell_pairs(), st.floats(0, 20))
def test_every_state_is_physical(pair, time):
    matrix = density_matrix(x_state(pair, time))
    assert abs(np.trace(matrix) - 1) < 1e-14
    assert np.linalg.eigvalsh(matrix).min() > -1e-15
    np.testing.assert_array_equal(density_matrix(from_density_matrix(matrix)), matrix)


@PATIENT
@given(bell_pairs(), st.lists(st.floats(0, 20), min_size=2, max_size=8))
def test_concurrence_never_rises(pair, times):
    values = concurrence(pair, np.sort(times))
    assert (np.diff(values) <= 1e-14).all()


@PATIENT
@given(bell_pairs(), st.floats(0, 20))
def test_fidelity_and_concurrence_bound_each_other(pair, time):
    state = x_state(pair, time)
    f, C = x_states.fully_entangled_fraction(state), x_states.concurrence(state)
    assert -1e-15 <= fidelity(pair, time) <= f + 1e-15
    assert 1 / 4 - 1e-15 <= f <= (1 + C) / 2 + 1e-14
    assert 2 * f - 1 <= C + 1e-14
    assert x_states.teleportation_fidelity(state) == (2 * f + 1) / 3


@PATIENT
@given(bell_pairs(), st.floats(0, 5), st.floats(0, 5))
def test_ageing_twice_is_ageing_once(pair, first, second):
    """The two memories' channels are semigroups; they are applied here as linear maps on the state after the first time."""
    matrix = density_matrix(x_state(pair, first))
    for place, memory in enumerate((pair.first, pair.second)):
        matrix = aged_on_one_side(matrix, memory, second, place)
    np.testing.assert_allclose(density_matrix(x_state(pair, first + second)), matrix, rtol=0, atol=1e-13)


def aged_on_one_side(matrix, memory, time, place):
    kept, warm, coherent = math.exp(-time * memory.relaxation_rate), float(memory.population), math.exp(-time * memory.decoherence_rate)
    tensor = matrix.reshape(2, 2, 2, 2)
    if place:
        tensor = tensor.transpose(1, 0, 3, 2)
    out = np.zeros_like(tensor)
    up = kept + warm * (1 - kept)
    out[1, :, 1] = up * tensor[1, :, 1] + warm * (1 - kept) * tensor[0, :, 0]
    out[0, :, 0] = tensor[0, :, 0] + tensor[1, :, 1] - out[1, :, 1]
    out[0, :, 1], out[1, :, 0] = coherent * tensor[0, :, 1], coherent * tensor[1, :, 0]
    return (out.transpose(1, 0, 3, 2) if place else out).reshape(4, 4)


@PATIENT
@given(memories(), memories(), st.floats(0.25, 1), st.floats(0, 10))
def test_exchanging_the_memories_exchanges_the_qubits(first, second, start, time):
    one, other = (x_state(BellPair("psi-", *order, start), time) for order in ((first, second), (second, first)))
    np.testing.assert_allclose([one.p01, one.p10, one.inner], [other.p10, other.p01, other.inner], rtol=1e-13, atol=1e-16)


@PATIENT
@given(st.sampled_from(BELL_STATES), memories(), memories(), st.floats(0.25, 1), st.floats(0, 10))
def test_a_werner_start_is_the_mixture_of_the_four_bell_states(bell, first, second, start, time):
    mixed = (1 - start) / 3
    mixture = sum((start if name == bell else mixed) * density_matrix(x_state(BellPair(name, first, second), time)) for name in BELL_STATES)
    np.testing.assert_allclose(density_matrix(x_state(BellPair(bell, first, second, start), time)), mixture, rtol=0, atol=1e-14)


@PATIENT
@given(st.floats(0.25, 1), st.floats(0, 20), st.sampled_from(BELL_STATES))
def test_depolarising_memories_keep_a_werner_state(start, time, bell):
    pair = BellPair(bell, depolarising(1.0), depolarising(2.0), start)
    expected = 0.25 + (start - 0.25) * math.exp(-1.5 * time)
    assert math.isclose(fidelity(pair, time), expected, rel_tol=1e-13)
    assert math.isclose(concurrence(pair, time), max(0.0, 2 * expected - 1), abs_tol=1e-13)


def test_numbers_by_hand():
    """T1 = T2, cold, e = 1/2, 1/4, 1/8: F = 1/2 - e/2 + F0·e²."""
    times = np.log([1, 2, 4, 8])
    np.testing.assert_allclose(fidelity(BellPair("phi-", ONE, ONE), times), [1, 1 / 2, 7 / 16, 29 / 64], rtol=1e-15)
    np.testing.assert_allclose(fidelity(BellPair("phi-", ONE, ONE, 0.75), times), [3 / 4, 7 / 16, 27 / 64, 115 / 256], rtol=1e-15)
    np.testing.assert_allclose(fidelity(BellPair("psi+", LIMITED, LIMITED), times), [1, 1 / 2, 1 / 4, 1 / 8], rtol=1e-15)
    np.testing.assert_allclose(fidelity(BellPair("psi+", dephasing(2.0), dephasing(2.0)), times), [1, 3 / 4, 5 / 8, 9 / 16], rtol=1e-15)


@pytest.mark.parametrize("time", [1e-12, 1e-6, 18.0, 20.0, 37.0, 100.0, 300.0])
def test_small_differences_keep_their_digits(time):
    """At T2 = 2·T1, from Φ+: F - 1/2 = e²/2 and C = e². The plain sum gives 0 from about 18·T1 on."""
    pair = BellPair("phi+", LIMITED, LIMITED)
    assert math.isclose(fidelity_excess(pair, time), math.exp(-2 * time) / 2, rel_tol=1e-13)
    assert math.isclose(entanglement_margin(pair, time), math.exp(-2 * time), rel_tol=1e-13)


def test_the_plain_sum_would_report_sudden_death():
    e = np.exp(-40.0)
    assert e / 2 - e * (1 - e) / 2 == 0
    assert concurrence(BellPair("phi+", LIMITED, LIMITED), 40.0) > 0


@PATIENT
@given(st.floats(0, 30), st.floats(0.5, 2))
def test_unequal_memories_without_dephasing_match_exact_rationals(time, ratio):
    """C = √(ea·eb)·(1 - √(ga·gb)) with every factor from expm1."""
    pair = BellPair("phi+", LIMITED, Memory(ratio, 2 * ratio))
    ga, gb = -math.expm1(-time), -math.expm1(-time / ratio)
    ea, eb = math.exp(-time), math.exp(-time / ratio)
    expected = math.sqrt(ea * eb) * (ea + eb - ea * eb) / (1 + math.sqrt(ga * gb))
    assert math.isclose(concurrence(pair, time), expected, rel_tol=1e-12)


def test_dephasing_memories_keep_their_digits_late():
    pair = BellPair("phi+", dephasing(1.0), dephasing(1.0))
    assert math.isclose(fidelity_excess(pair, 50.0), math.exp(-100) / 2, rel_tol=1e-13)
    assert math.isclose(concurrence(pair, 50.0), math.exp(-100), rel_tol=1e-13)


@settings(PATIENT, max_examples=25)
@given(st.lists(bell_pairs(), min_size=2, max_size=4), st.lists(st.floats(0, 5), min_size=1, max_size=3))
def test_a_batch_is_its_pairs_one_by_one(pairs, times):
    def column(name, side):
        return np.array([getattr(getattr(pair, side), name) for pair in pairs])[:, None]

    bell = pairs[0].bell
    batch = BellPair(
        bell,
        *(Memory(*(column(name, side) for name in ("t1", "t2", "excited"))) for side in ("first", "second")),
        np.array([pair.start_fidelity for pair in pairs])[:, None],
    )
    singles = [BellPair(bell, pair.first, pair.second, pair.start_fidelity) for pair in pairs]
    for function in (fidelity, fidelity_excess, concurrence):
        together, alone = function(batch, times), np.array([function(single, times) for single in singles])
        assert together.shape == (len(pairs), len(times))
        np.testing.assert_allclose(together, alone, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Memory(0.0, 1.0), r"T1 in s must lie in \(0, ∞\]; got 0.0"),
        (lambda: Memory(1.0, -1.0), r"T2 in s must lie in \(0, ∞\]; got -1.0"),
        (lambda: Memory(1.0, 2.0 + 1e-9), r"T2 must lie in \(0, 2·T1\] = \(0, 2.0\] s, since relaxation alone .* got 2.000000001 s"),
        (lambda: Memory([1.0, 2.0], [1.0, 5.0]), r"\(0, 4.0\] s.* got 5.0 s"),
        (lambda: Memory(math.nan, 1.0), "T1 in s .* got nan"),
        (lambda: Memory(1.0, 1.0, 0.6), r"the thermal population must lie in \[0, 0.5\]; got 0.6"),
        (lambda: Memory("1", 1.0), "T1 in s must be a real number"),
        (lambda: Memory([1.0, 2.0], [1.0, 1.0, 1.0]), "must broadcast"),
        (lambda: BellPair("phi", ONE, ONE), "must be one of phi\\+, phi-, psi\\+, psi-; got 'phi'"),
        (lambda: BellPair("phi+", ONE, ONE, 1.1), r"the start fidelity F0 must lie in \[0.25, 1\]; got 1.1"),
        (lambda: BellPair("phi+", Memory([1.0, 2.0], 1.0), ONE, [0.9] * 3), "must broadcast"),
        (lambda: fidelity(BellPair("phi+", ONE, ONE), -1.0), r"the time in s must lie in \[0, ∞\); got -1.0"),
        (lambda: fidelity(BellPair("phi+", ONE, ONE), math.nan), r"the time in s must lie in \[0, ∞\); got nan"),
        (lambda: concurrence(BellPair("phi+", ONE, ONE), math.inf), "got inf"),
        (lambda: x_state(BellPair("phi+", ONE, ONE), 1j), "the time in s must be a real number"),
        (lambda: XState(0.5, 0.0, 0.0, 0.6), r"the trace must lie in .*; got 1.1"),
        (lambda: XState(-0.1, 0.5, 0.5, 0.1), r"the population p00 must lie in \[0, .*; got -0.1"),
        (lambda: XState(0.25, 0.25, 0.25, 0.25, inner=0.3j), r"\|⟨01\|ρ\|10⟩\| must lie in .* got 0.3 above 0.25"),
        (lambda: XState(0.25, 0.25, 0.25, 0.25, outer=math.nan), "got nan"),
        (lambda: from_density_matrix(np.eye(3) / 3), r"the shape \(..., 4, 4\); got \(3, 3\)"),
        (lambda: from_density_matrix(np.full((4, 4), math.nan)), "finite"),
        (lambda: from_density_matrix(np.diag([0.5, 0.0, 0.0, 0.5]) + np.eye(4)[::-1] * [[1], [0], [0], [0]]), "Hermitian"),
        (lambda: from_density_matrix(np.full((4, 4), 0.25)), "two diagonals only"),
        (lambda: reference.collapse_operators(Memory([1.0, 2.0], 1.0)), "one memory at a time"),
        (lambda: reference.bell_state("phi"), "the Bell state must be one of phi\\+, phi-, psi\\+, psi-; got 'phi'"),
        (lambda: reference.solved(BellPair("phi+", ONE, ONE), [1.0, 2.0]), r"the times in s must rise from 0; got \[1.0, 2.0\]"),
        (lambda: reference.solved(BellPair("phi+", ONE, ONE), [0.0, 1.0, 1.0]), "the times in s must rise from 0"),
        (lambda: reference.solved(BellPair("phi+", ONE, ONE), []), "the times in s must rise from 0"),
    ],
)
def test_bad_input_is_refused_with_the_quantity_and_its_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_time_beyond_the_floats_in_units_of_t1_is_the_late_limit():
    pair = BellPair("phi+", Memory(1e-9, 1e-9), Memory(1e-9, 2e-9))
    assert fidelity(pair, 1e308) == fidelity(pair, 1.0) == 0.5


@PATIENT
@given(st.floats(0, 2 * math.pi), st.floats(0, 0.5), st.floats(0, 0.5))
def test_complex_coherences(angle, outer, inner):
    """Quantities that no choice of local phases changes agree with QuTiP on X states that no memory here makes."""
    even = outer + (1 - outer - inner) / 2
    phased = np.exp(1j * angle)
    state = XState(even / 2, (1 - even) / 2, (1 - even) / 2, even / 2, outer=outer / 2 * phased, inner=inner / 2 * phased.conjugate())
    assert math.isclose(x_states.concurrence(state), reference.measured(density_matrix(state)[None])["concurrence"][0], abs_tol=1e-7)
    turn = np.diag(np.exp(1j * np.array([-angle / 2, 0, 0, angle / 2])))
    turned = bell_weights(from_density_matrix(turn @ density_matrix(state) @ turn.conj().T))
    assert turned.max() <= x_states.fully_entangled_fraction(state) + 1e-14
