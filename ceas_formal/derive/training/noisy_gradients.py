"""What noise does to gradients by parameter shift (paper III.A.2, equation 2): the bias of an honest node.

Depolarising noise is ρ ↦ (1-p)·ρ + p·1/2 throughout, the convention of :mod:`ceas_formal.physics.channels`. Where q is instead the
probability of a Pauli error, p = 4q/3. The simulator calls ``depolarised-gradient`` for the bias that such noise adds to a gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Expr, Function, I, Integer, Rational, cos, pi, sin

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof
from ceas_formal.derive.training.small_circuits import depolarised, expectation, involution, random_hermitian, rotated


@derivation("depolarised-gradient", "III.A.2", "GRD-1")
def depolarised_gradient(proof: Proof) -> Any:
    """Depolarising noise of strength p on every qubit of a Pauli observable of weight w shrinks value and gradient by (1-p)^w, so the
    bias is ((1-p)^w - 1)·∇L.

    The same holds, with the number of layers for w, for a depolarising channel on the whole register after each layer, whatever the
    observable: there only the offset of the value depends on its trace. In both, a loss that is one expectation keeps its minimisers.

    It is no rule for all losses. In a sum of Pauli strings of unequal weight each shrinks by its own factor, and the gradient turns. Noise
    between Clifford layers shrinks a string by 1-p to the sum of the weights that it had on its way, each from 1 to the number of qubits.
    And the noisy gradient of a loss that is not linear in the expectation can point uphill: the squared error with target 1/2 and s = 4/5
    descends from 9/16 to 5/8.
    """
    p = proof.symbol("p", "the strength of the noise, in [0, 1]", nonnegative=True)
    w = proof.symbol("w", "the weight of the Pauli string, or the number of layers", integer=True, nonnegative=True)
    g, bias = proof.symbol("g", "∇L of the noiseless circuit", real=True), proof.symbol("b", "the bias: the noisy slope less g", real=True)
    X, Y, Z = (proof.symbol(name, "a Pauli matrix", commutative=False) for name in "XYZ")
    plus, minus, s, m = (
        proof.symbol(name, text, real=True)
        for name, text in (
            ("f_+", "f(θ + π/2)"), ("f_-", "f(θ - π/2)"), ("s", "the factor by which f shrinks"), ("m", "tr O / 2^n, 0 for a Pauli string"),
        )
    )  # fmt: skip
    proof.assume(
        "one Pauli string", "the observable is one Pauli string with noise after the last gate, or the noise acts on the whole register"
    )
    proof.assume("one expectation", "the loss is the expectation itself")
    given: dict[Expr, Expr] = {X**2: Integer(1), Y**2: Integer(1), Z**2: Integer(1), X * Z: -Z * X, Y * Z: -Z * Y}
    for left, right in given.items():
        proof.assume(f"Pauli {left}", f"{left} = {right}", Eq(left, right, evaluate=False))
    noisy = (1 - 3 * p / 4) * Z + p / 4 * (X * Z * X + Y * Z * Y + Z * Z * Z)
    proof.equal("on one qubit the other two Pauli matrices turn the sign of the measured one", noisy, (1 - p) * Z, given)
    q = proof.symbol("q", "the probability of an error drawn from X, Y, Z", real=True)
    errors = (1 - q) * Z + q / 3 * (X * Z * X + Y * Z * Y + Z * Z * Z)
    proof.equal("in the other convention p is 4q/3", errors, (1 - 4 * q / 3) * Z, given)
    factor = Function("shrinkage")(w)
    local = proof.induction("one qubit more", factor, (1 - p) ** w, w, Integer(1), lambda value: (1 - p) * value)
    depth = proof.symbol("l", "the number of layers of Clifford gates", integer=True, nonnegative=True)
    total = proof.sequence("W", "W_l: the weights of the string after each of the last l layers, added up", integer=True, nonnegative=True)
    proof.induction(
        "one layer more of Clifford gates, with noise on every qubit after it", Function("path")(depth), (1 - p) ** total[depth], depth,
        (1 - p) ** total[0], lambda value: (1 - p) ** (total[depth + 1] - total[depth]) * value,
    )  # fmt: skip
    proof.define("the factor", s, local)
    value, ideal = Function("F")(w), proof.symbol("f", "the noiseless expectation", real=True)
    layers = local * ideal + (1 - local) * m
    proof.induction("one layer more, with ρ ↦ (1-p)·ρ + p·1/2^n after it", value, layers, w, ideal, lambda old: (1 - p) * old + p * m)
    shifted = (s * plus + (1 - s) * m - s * minus - (1 - s) * m) / 2
    proof.equal("the shift rule on the noisy values", shifted, s * (plus - minus) / 2)
    other = proof.symbol("f_o", "the noiseless expectation at another angle", real=True)
    proof.equal("the order of two angles is kept if s > 0", s * ideal + (1 - s) * m - s * other - (1 - s) * m, s * (ideal - other))
    proof.define("the bias", bias, s * g - g)
    proof.equal("the bias", bias, (local - 1) * g, {bias: s * g - g, s: local})
    shrunk = proof.last()
    # Z on one qubit plus ZZ on both, product state, both angles with cosine 3/5 and sine 4/5.
    c, n, half = Rational(3, 5), Rational(4, 5), Rational(1, 2)
    slopes = [[-n * (f + f**2 * c), -(f**2) * c * n] for f in (Integer(1), half)]
    proof.weakened(
        "one Pauli string", "Z1 + Z1Z2 at cos θ = 3/5 and p = 1/2: (-32/25, -12/25) becomes (-13/25, -3/25), another direction",
        slopes[0][0] / slopes[0][1], "!=", slopes[1][0] / slopes[1][1],
    )  # fmt: skip
    target, f = half, Rational(9, 16)
    proof.weakened(
        "one expectation", "squared error at f = 9/16, target 1/2, factor 4/5: f - y and 4f/5 - y have opposite signs",
        (f - target) * (n * f - target), "<", Integer(0),
    )  # fmt: skip
    proof.witness(
        "its noisy minimum is at f = 5/8, where the noiseless loss is not 0 but 1/64", (half / n - target) ** 2, "==", Rational(1, 64)
    )
    stream = np.random.default_rng([0, 2])
    state, generator, string = random_hermitian(4, stream), involution(4, stream), np.diag([1, -1, -1, 1]).astype(complex)
    ends = [rotated(state, generator, 0.4 + turn) for turn in (np.pi / 2, -np.pi / 2)]
    clean = [expectation(end, string) for end in ends]
    found = [expectation(depolarised(depolarised(end, 0.3, 0), 0.3, 1), string) for end in ends]
    expected = float(local.subs({p: Rational(3, 10), w: 2})) * (clean[0] - clean[1]) / 2
    proof.compared("two qubits, ZZ, p = 3/10, density matrices, seed [0, 2]", expected, (found[0] - found[1]) / 2, 1e-12)
    return proof.result(shrunk, g, p, w)


@derivation("amplitude-damping-tilt", "III.A.2", "GRD-1")
def amplitude_damping_tilt(proof: Proof) -> Any:
    """Amplitude damping γ shrinks Z by 1-γ, X by √(1-γ), and adds γ to Z: the minimum of u·Z + v·X over rotations moves from tan θ =
    v/u to v/(u·√(1-γ)).

    So relaxation is no shrink factor: it turns gradients, and where a rotation follows it adds one, -γ·sin θ for the maximally mixed
    state, where the noiseless gradient is 0.
    """
    gamma = proof.symbol("gamma", "the damping, in [0, 1)", nonnegative=True)
    r = proof.symbol("r", "√(1-γ)", positive=True)
    u, v = (
        proof.symbol(name, f"the part of {axis} in the observable, not 0", real=True, nonzero=True)
        for name, axis in (("u", "Z"), ("v", "X"))
    )
    C = proof.symbol("C", "any scale", real=True)
    theta = proof.symbol("theta", "the angle of the rotation about Y that is applied to |0⟩", real=True)
    state = [proof.symbol(name, f"the part of {name.upper()} in the state before the damping", real=True) for name in "xyz"]
    proof.assume("damped last", "the rotated state is damped, then measured")
    proof.define("r", r, sympy.sqrt(1 - gamma))
    paulis = [sympy.eye(2), sympy.Matrix([[0, 1], [1, 0]]), sympy.Matrix([[0, -I], [I, 0]]), sympy.diag(1, -1)]
    kraus = [sympy.diag(1, r), sympy.Matrix([[0, sympy.sqrt(gamma)], [0, 0]])]
    known = {r: sympy.sqrt(1 - gamma)}
    rho = paulis[0] / 2
    for part, matrix in zip(state, paulis[1:], strict=True):
        rho += part * matrix / 2
    for name, seen in (("Z", gamma + (1 - gamma) * state[2]), ("X", r * state[0])):
        measured = paulis["IXYZ".index(name)]
        found = sum((rho * operator.T * measured * operator).trace() for operator in kraus)
        proof.equal(f"{name} of any state after the damping", found, seen, known)
    value = u * (gamma + (1 - gamma) * cos(theta)) + v * r * sin(theta)
    slope = -u * (1 - gamma) * sin(theta) + v * r * cos(theta)
    proof.equal("the noisy slope", sympy.Derivative(value, theta), slope)
    at = {sin(theta): v * C, cos(theta): u * r * C}
    proof.equal("it vanishes where sin θ : cos θ = v : u·r", slope.subs(at), Integer(0), known)
    tangent = proof.symbol("tan", "tan θ at the noisy extremum", real=True)
    proof.define("tan θ there", tangent, v / (u * r))
    proof.equal("the noisy extremum", tangent, v / (u * sympy.sqrt(1 - gamma)), {tangent: v / (u * r), **known})
    tilted = proof.last()
    proof.witness("Z + X at γ = 3/4: tan θ = 2, not 1", 1 / sympy.sqrt(1 - Rational(3, 4)), "==", Integer(2))
    proof.witness(
        "after damping 1/2 a rotation by π/2 of the maximally mixed state has slope -1/2, not 0",
        -Rational(1, 2) * sin(pi / 2),
        "!=",
        Integer(0),
    )
    strong = Rational(3, 4)
    kept = strong + (1 - strong) * 1
    tan = tilted.rhs.subs({u: 1, v: 1, gamma: strong})
    proof.weakened(
        "damped last",
        "damping before the rotation leaves |0⟩, of Z = 1, as it is: at γ = 3/4 Z + X has the slope cos θ - sin θ, not 0 at tan θ = 2",
        kept * (1 - tan) / sympy.sqrt(1 + tan**2),
        "!=",
        Integer(0),
    )
    angles = np.linspace(0, np.pi / 2, 100_001)
    values = 2 * (0.3 + 0.7 * np.cos(angles)) + np.sqrt(0.7) * np.sin(angles)
    proof.compared("2Z + X at γ = 3/10, largest of 100001 angles", 1 / (2 * np.sqrt(0.7)), np.tan(angles[values.argmax()]), 1e-4)
    return proof.result(tilted, u, v, gamma)
