"""Gradients by parameter shift (paper III.A.2, equation 2): from which expectations the slope of a circuit is computed exactly.

The simulator calls ``parameter-shift``; what noise does to the slope is in :mod:`ceas_formal.derive.training.noisy_gradients`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Expr, Function, I, Integer, cos, pi, sin

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof
from ceas_formal.derive.training.small_circuits import expectation, involution, random_hermitian, rotated


@derivation("parameter-shift", "III.A.2", "GRD-1")
def parameter_shift(proof: Proof) -> Any:
    """The slope of an expectation in the angle of a gate exp(-iθG/2) with G² = 1 is half the difference of its values at θ + π/2 and θ
    - π/2.

    No approximation: it holds for every state, observable and dimension, whether or not G commutes with them. All that stands before the
    gate goes into the state and all that follows into the observable, noise included, as long as none of it depends on θ. So a noisy
    circuit gives the exact slope of its own, noisy expectation; depolarised-gradient says how far that is from the ideal one.
    Known as the parameter-shift rule (Mitarai et al. 2018; Schuld et al. 2019).
    """
    theta, shift = proof.symbol("theta", "the angle", real=True), proof.symbol("s", "a shift with sin s ≠ 0", real=True)
    G, O = (proof.symbol(name, text, commutative=False) for name, text in (("G", "the generator"), ("O", "the observable")))  # noqa: E741
    a, b, c = (proof.symbol(name, "a number that does not depend on θ", real=True) for name in "abc")
    slope = proof.symbol("f'", "the slope of f at θ", real=True)
    plus, minus = (proof.symbol(f"f_{sign}", f"f(θ {sign} π/2), a measured expectation", real=True) for sign in "+-")
    proof.assume("G² = 1", "the generator has no eigenvalues but 1 and -1", Eq(G**2, 1, evaluate=False))
    gate, reverse = cos(theta / 2) - I * sin(theta / 2) * G, cos(theta / 2) + I * sin(theta / 2) * G
    one = {G**2: Integer(1)}
    proof.equal("dU/dθ = -iGU/2, and U = 1 at θ = 0, so U = exp(-iθG/2)", sympy.diff(gate, theta), -I * G * gate / 2, one)
    proof.equal("U is unitary", sympy.expand(reverse * gate), Integer(1), {**one, **_half_angles(proof, theta)})
    turned = (O + G * O * G) / 2 + cos(theta) * (O - G * O * G) / 2 + sin(theta) * I * (G * O - O * G) / 2
    proof.equal("the observable seen before the gate", reverse * O * gate, turned, _half_angles(proof, theta))
    quarter = pi / 2
    above, below = turned.subs(theta, theta + quarter), turned.subs(theta, theta - quarter)
    proof.equal("its slope, as an operator", sympy.diff(turned, theta), (above - below) / 2)
    form = a + b * cos(theta) + c * sin(theta)
    proof.define("an expectation is linear in the observable", Function("f")(theta), form)
    proof.define("its slope", slope, sympy.diff(form, theta))
    proof.define("shifted forwards", plus, form.subs(theta, theta + quarter))
    proof.define("shifted backwards", minus, form.subs(theta, theta - quarter))
    values = {slope: sympy.diff(form, theta), plus: form.subs(theta, theta + quarter), minus: form.subs(theta, theta - quarter)}
    wider = (form.subs(theta, theta + shift) - form.subs(theta, theta - shift)) / (2 * sin(shift))
    proof.equal("any other shift, magnified", slope, wider, values)
    proof.equal("the shift π/2", slope, (plus - minus) / 2, values)
    rule = proof.last()
    at = pi / 4
    three = _expectation_of(sympy.diag(1, -1, 3), theta)
    proof.weakened(
        "G² = 1", "three eigenvalues 1, -1, 3 with f = (2/3)·cos 2θ: at θ = π/4 the rule gives 0 in place of -4/3",
        (three.subs(theta, at + quarter) - three.subs(theta, at - quarter)) / 2, "!=", sympy.diff(three, theta).subs(theta, at),
    )  # fmt: skip
    for side in (4, 6):
        stream = np.random.default_rng([0, side])
        generator, observable, state = involution(side, stream), random_hermitian(side, stream), random_hermitian(side, stream)
        ways = [expectation(rotated(state, generator, 0.7 + turn), observable) for turn in (np.pi / 2, -np.pi / 2)]
        here = rotated(state, generator, 0.7)
        found = expectation(-0.5j * (generator @ here - here @ generator), observable)
        proof.compared(f"matrices of side {side}, slope from the commutator, seed [0, {side}]", (ways[0] - ways[1]) / 2, found, 1e-10)
    return proof.result(rule, plus, minus)


def _half_angles(proof: Proof, theta: Expr) -> dict[Expr, Expr]:
    """Return, and enter, what products of half angles are."""
    half, values = theta / 2, {}
    for product, whole in (
        (cos(half) ** 2, (1 + cos(theta)) / 2),
        (sin(half) ** 2, (1 - cos(theta)) / 2),
        (sin(half) * cos(half), sin(theta) / 2),
    ):
        if all(step.formula != Eq(product, whole, evaluate=False) for step in proof.steps):
            proof.equal("half angles", product, whole)
        values[product] = whole
    return values


def _expectation_of(generator: Any, theta: Expr) -> Expr:
    """Return f(θ) for a diagonal generator of three levels, equal amplitudes, and the observable that exchanges the last two."""
    state = sympy.Matrix([sympy.exp(-I * theta * generator[level, level] / 2) for level in range(3)]) / sympy.sqrt(3)
    exchange = sympy.Matrix([[0, 0, 0], [0, 0, 1], [0, 1, 0]])
    value = (state.conjugate().T * exchange * state)[0]
    return sympy.simplify(sympy.expand(value.rewrite(cos), complex=False))


@derivation("shared-parameter-shift", "III.A.2", "GRD-1")
def shared_parameter_shift(proof: Proof) -> Any:
    """The slope in an angle that m gates share is the sum of m shift differences, in each of which one of the gates alone is shifted.

    It costs 2m expectations. Shifting all gates together costs 2 and is wrong: two rotations by θ about one axis are one by 2θ.
    """
    theta = proof.symbol("theta", "the shared angle", real=True)
    m = proof.symbol("m", "how many gates share it", integer=True, nonnegative=True)
    forwards, backwards = (
        proof.sequence(name, f"{name}_m: the sum over the first m gates of f with that gate alone shifted by {sign}π/2", real=True)
        for name, sign in (("P", "+"), ("M", "-"))
    )
    proof.assume("involutions", "each of the gates has a generator with G² = 1, so f is of the form A + B·cos + C·sin in its angle alone")
    A, B, C = (Function(name)(theta) for name in "ABC")
    together = A + B * cos(theta) + C * sin(theta)
    earlier = sympy.diff(A, theta) + sympy.diff(B, theta) * cos(theta) + sympy.diff(C, theta) * sin(theta)
    angle = sympy.Symbol("x", real=True)
    alone = together.subs({cos(theta): cos(angle), sin(theta): sin(angle)})
    difference = (alone.subs(angle, theta + pi / 2) - alone.subs(angle, theta - pi / 2)) / 2
    slope = sympy.Derivative(together, theta)
    proof.equal("one gate more, A, B and C being any functions of the angles before", slope, earlier + difference)
    total = (forwards[m] - backwards[m]) / 2
    proof.induction(
        "one gate more adds its own difference", Function("slope")(m), total, m, (forwards[0] - backwards[0]) / 2,
        lambda slope: slope + (forwards[m + 1] - forwards[m] - backwards[m + 1] + backwards[m]) / 2,
    )  # fmt: skip
    summed = proof.last()
    double, at = cos(2 * theta), pi / 4
    proof.witness(
        "f = cos 2θ, two rotations about one axis: shifted together at θ = π/4 they give 0, not -2",
        (double.subs(theta, at + pi / 2) - double.subs(theta, at - pi / 2)) / 2, "!=", sympy.diff(double, theta).subs(theta, at),
    )  # fmt: skip
    each = [cos(at + pi / 2 + at) - cos(at - pi / 2 + at)] * 2
    proof.witness("shifted one by one they give it", sum(each) / 2, "==", sympy.diff(double, theta).subs(theta, at))
    derived, found = _shared_slopes(summed.rhs, forwards, backwards, m)
    proof.compared(
        "three gates of side 4 with other gates between them, slope from five-point differences of f at step 1/1000, seed [0, 54]",
        derived, found, 1e-7,
    )  # fmt: skip
    quick = cos(2 * theta + theta)
    proof.weakened(
        "involutions", "a second gate with eigenvalues 2 and -2: f = cos 3θ, at θ = π/2 the sum gives 1, not 3",
        (cos(3 * pi / 2 + pi / 2) - cos(3 * pi / 2 - pi / 2)) / 2 + (cos(3 * pi / 2 + pi) - cos(3 * pi / 2 - pi)) / 2,
        "!=", sympy.diff(quick, theta).subs(theta, pi / 2),
    )  # fmt: skip
    return proof.result(summed, forwards, backwards, m)


def _shared_slopes(rule: Expr, forwards: Any, backwards: Any, m: Expr) -> tuple[float, float]:
    """Return the slope of a circuit in the angle that three of its gates share, by the rule, and by differences of f at nearby angles."""
    stream, side, gates, at, step = np.random.default_rng([0, 54]), 4, 3, 0.7, 1e-3
    observable, state = random_hermitian(side, stream) / side, random_hermitian(side, stream) / side
    shared = [involution(side, stream) for _ in range(gates)]
    between = [random_hermitian(side, stream) for _ in range(gates)]

    def value(angles: Any) -> float:
        seen = state
        for generator, other, angle in zip(shared, between, angles, strict=True):
            seen = rotated(rotated(seen, generator, float(angle)), other, 1.0)
        return expectation(seen, observable)

    turns = np.eye(gates) * np.pi / 2
    plus, minus = (sum(value(at + sign * turn) for turn in turns) for sign in (1, -1))
    derived = rule.subs({forwards[m]: plus, backwards[m]: minus})
    near = {shift: value(np.full(gates, at + shift * step)) for shift in (-2, -1, 1, 2)}
    return float(derived), (8 * (near[1] - near[-1]) - (near[2] - near[-2])) / (12 * step)
