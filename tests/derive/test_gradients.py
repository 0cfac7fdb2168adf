"""Derived gradients against circuits: the shift rule, and what noise does to it."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import I, Integer, cos, sin

from ceas_formal.derive.proof import NotDerived, Proof
from ceas_formal.derive.training.gradients import parameter_shift, shared_parameter_shift
from ceas_formal.derive.training.noisy_gradients import amplitude_damping_tilt, depolarised_gradient
from ceas_formal.derive.training.small_circuits import depolarised, expectation, involution, random_hermitian, rotated
from ceas_formal.physics.channels import PAULI, amplitude_damping, depolarising, pauli_string

unit = st.fractions(min_value=0, max_value=1, max_denominator=100)
QUARTER = np.pi / 2


def slope_by_commutator(state, generator, observable):
    return expectation(-0.5j * (generator @ state - state @ generator), observable)


@pytest.mark.parametrize("side", [2, 3, 5, 8])
@pytest.mark.parametrize("angle", [0.0, 0.3, 2.5])
def test_shift_rule_gives_the_slope_in_every_dimension(side, angle):
    stream = np.random.default_rng([10, side])
    generator, observable, state = involution(side, stream), random_hermitian(side, stream), random_hermitian(side, stream)
    plus, minus = (expectation(rotated(state, generator, angle + turn), observable) for turn in (QUARTER, -QUARTER))
    slope = slope_by_commutator(rotated(state, generator, angle), generator, observable)
    assert parameter_shift().numeric(plus, minus) == pytest.approx(slope, abs=1e-10)


def test_shift_rule_gives_the_slope_of_the_noisy_expectation_too():
    stream = np.random.default_rng([10, 20])
    observable, state = random_hermitian(4, stream), random_hermitian(4, stream)
    first, second = involution(4, stream), involution(4, stream)

    def noisy(angle):
        between = depolarised(rotated(state, first, angle), 0.3, 0)
        return expectation(depolarised(rotated(between, second, 0.8), 0.2, 1), observable)

    exact = parameter_shift().numeric(noisy(0.5 + QUARTER), noisy(0.5 - QUARTER))
    assert exact == pytest.approx((noisy(0.5 + 1e-5) - noisy(0.5 - 1e-5)) / 2e-5, abs=1e-6)


def test_three_eigenvalues_break_the_shift_rule():
    generator = np.diag([1.0, -1.0, 3.0]).astype(complex)
    state = np.full((3, 3), 1 / 3, dtype=complex)
    exchange = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0]], dtype=complex)
    plus, minus = (expectation(rotated(state, generator, np.pi / 4 + turn), exchange) for turn in (QUARTER, -QUARTER))
    slope = slope_by_commutator(rotated(state, generator, np.pi / 4), generator, exchange)
    assert parameter_shift().numeric(plus, minus) == pytest.approx(0, abs=1e-12)
    assert slope == pytest.approx(-4 / 3)


@pytest.mark.parametrize("gates", [1, 2, 4])
def test_shared_angle_needs_one_difference_for_each_gate(gates):
    stream = np.random.default_rng([11, gates])
    generators, state, observable = [involution(4, stream) for _ in range(gates)], random_hermitian(4, stream), random_hermitian(4, stream)

    def value(angles):
        here = state
        for generator, angle in zip(generators, angles, strict=True):
            here = rotated(here, generator, angle)
        return expectation(here, observable)

    def shifted(sign):
        return [value([0.4 + sign * QUARTER * (gate == other) for other in range(gates)]) for gate in range(gates)]

    forwards, backwards = (np.concatenate([[0.0], np.cumsum(shifted(sign))]) for sign in (1, -1))
    slope = (value([0.4 + 1e-5] * gates) - value([0.4 - 1e-5] * gates)) / 2e-5
    assert shared_parameter_shift().numeric(forwards, backwards, gates) == pytest.approx(slope, abs=1e-6)


@given(st.fractions(min_value=-3, max_value=3, max_denominator=20), unit, st.integers(0, 6))
def test_depolarised_gradient_loses_what_the_factor_leaves_out(slope, strength, weight):
    bias = depolarised_gradient().exact(slope, strength, weight)
    assert isinstance(bias, Fraction)
    assert slope + bias == (1 - strength) ** weight * slope


@pytest.mark.parametrize("label", ["X", "Y", "Z"])
@pytest.mark.parametrize("strength", [0.0, 0.2, 1.0])
def test_factor_is_that_of_the_channel_of_the_package(label, strength):
    seen = sum(operator.conj().T @ PAULI[label] @ operator for operator in depolarising(strength))
    assert np.allclose(seen, (1 + depolarised_gradient().numeric(1.0, strength, 1)) * PAULI[label])


@pytest.mark.parametrize(("label", "weight"), [("ZZ", 2), ("XI", 1), ("IY", 1), ("YX", 2)])
def test_noise_on_both_qubits_shrinks_a_string_by_its_weight(label, weight):
    stream = np.random.default_rng([12, 0])
    state, generator = random_hermitian(4, stream), involution(4, stream)
    turned = rotated(state, generator, 1.1)
    clean = slope_by_commutator(turned, generator, pauli_string(label))
    noisy = sum(sign * _noisy(state, generator, 1.1 + sign * QUARTER, pauli_string(label)) for sign in (1, -1)) / 2
    assert noisy - clean == pytest.approx(depolarised_gradient().numeric(clean, 0.3, weight), abs=1e-12)


def _noisy(state, generator, angle, observable):
    return expectation(depolarised(depolarised(rotated(state, generator, angle), 0.3, 0), 0.3, 1), observable)


def test_noise_before_an_entangling_gate_shrinks_by_the_weight_on_the_way():
    cnot = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], dtype=complex)
    state = random_hermitian(4, np.random.default_rng([12, 1]))
    both = depolarised(depolarised(state, 0.3, 0), 0.3, 1)
    after = cnot @ both @ cnot
    end = depolarised(depolarised(after, 0.3, 0), 0.3, 1)
    # ZZ after the gate is IZ before it: weights 2 and 1.
    assert expectation(end, pauli_string("ZZ")) == pytest.approx(0.7**3 * expectation(cnot @ state @ cnot, pauli_string("ZZ")))


def test_amplitude_damping_turns_the_gradient():
    damping = 0.36
    angles = np.linspace(0, QUARTER, 200_001)
    seen = [sum(operator.conj().T @ PAULI[axis] @ operator for operator in amplitude_damping(damping)) for axis in "ZX"]
    total = 3 * seen[0] + 2 * seen[1]
    values = np.cos(angles / 2) ** 2 * total[0, 0].real + np.sin(angles / 2) ** 2 * total[1, 1].real + np.sin(angles) * total[0, 1].real
    assert np.tan(angles[values.argmax()]) == pytest.approx(amplitude_damping_tilt().numeric(3.0, 2.0, damping), abs=1e-4)


def test_other_shifts_and_other_factors_are_refused():
    theta, G = sympy.Symbol("theta", real=True), sympy.Symbol("G", commutative=False)
    proof = Proof()
    proof.assume("G² = 1", "an involution", sympy.Eq(G**2, 1, evaluate=False))
    gate = cos(theta / 2) - I * sin(theta / 2) * G
    with pytest.raises(NotDerived):
        proof.equal("the wrong speed", sympy.diff(gate, theta), -I * G * gate, {G**2: Integer(1)})
    with pytest.raises(NotDerived):
        proof.equal("without the assumption", sympy.diff(gate, theta), -I * G * gate / 2)
    p, w = sympy.Symbol("p", nonnegative=True), sympy.Symbol("w", integer=True, nonnegative=True)
    with pytest.raises(NotDerived):
        proof.induction("the other convention", sympy.Function("s")(w), (1 - 4 * p / 3) ** w, w, Integer(1), lambda old: (1 - p) * old)
