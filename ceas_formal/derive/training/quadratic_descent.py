"""What update (3) does exactly on a quadratic loss, with bias and noise: how good the bounds of convergence are (paper III.A.2).

The simulator calls ``quadratic-descent`` for the mean squared gradient round by round.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Eq, Function, Integer, Symbol

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof
from ceas_formal.derive.training.descent_chain import mean_squares


@derivation("quadratic-descent", "III.A eq. 3", "CNV-1")
def quadratic_descent(proof: Proof) -> Any:
    """On L = hθ²/2, with bias b and noise V in every round, E‖∇L‖² tends to b² + ηhV/(2 - ηh), for every step below 2/h.

    Exact, so it shows how good the bounds are: convergence-smooth says b² + ηhV. The mean of θ is off by -b/h, whatever the step.
    """
    h, eta = proof.symbol("h", "the curvature", positive=True), proof.symbol("eta", "the step η", positive=True)
    b, start = proof.symbol("b", "the bias", real=True), proof.symbol("theta_0", "where training starts", real=True)
    V, t = (
        proof.symbol("V", "the variance of the aggregate", nonnegative=True),
        proof.symbol("t", "the round", integer=True, nonnegative=True),
    )
    proof.assume("quadratic", "L = hθ²/2, and g = hθ + b + a noise of mean 0 and variance V, new in each round")
    proof.assume("stable", "0 < η < 2/h")
    keep = 1 - eta * h
    mean = keep**t * (start + b / h) - b / h
    proof.induction("the mean of θ", Function("m")(t), mean, t, start, lambda old: keep * old - eta * b)
    variance = eta * V / (h * (2 - eta * h)) * (1 - keep ** (2 * t))
    proof.induction("the variance of θ", Function("v")(t), variance, t, Integer(0), lambda old: keep**2 * old + eta**2 * V)
    second, squared = Function("s")(t), Function("G")(t)
    proof.induction(
        "so the mean of θ², by its own recursion", second, mean**2 + variance, t, start**2,
        lambda old: keep**2 * old - 2 * keep * eta * b * mean + eta**2 * (b**2 + V),
    )  # fmt: skip
    value = h**2 * (mean**2 + variance)
    proof.define("E‖∇L‖² in round t, ∇L = hθ", squared, h**2 * second)
    proof.equal("E‖∇L‖² in round t", squared, value, {squared: h**2 * second, second: mean**2 + variance})
    made = proof.last()
    rate = proof.symbol("x", "above 0, with |1 - ηh| = 1/(1 + x)", positive=True)
    proof.limit("the powers vanish", (1 / (1 + rate)) ** t, t, sympy.oo, Integer(0))
    floor = b**2 + eta * h * V / (2 - eta * h)
    power = Symbol("P", real=True)
    proof.equal("what is left without them", value.subs({keep ** (2 * t): power**2, keep**t: power}).subs(power, 0), floor)
    room = proof.symbol("u", "1 - ηh, at least 0 for steps up to 1/h", nonnegative=True)
    bound = b**2 + eta * h * V
    proof.assume("u", "1 - ηh", Eq(h, (1 - room) / eta, evaluate=False))
    fraction = Eq(h, (1 - room) / eta, evaluate=False)
    proof.equal(
        "the bound of convergence-smooth above it: room, the share of the noise",
        bound - floor,
        V * (1 - room) * room / (1 + room),
        {h: fraction.rhs},
    )
    proof.weakened("stable", "at η = 3/h, without bias or noise, θ = 1 becomes -2: E‖∇L‖² grows", Integer(1 - 3) ** 2, ">", Integer(1))
    found, error = mean_squares(2.0, 1.5, 0.5, 0.3, 0.6, 40, 4000, 0)
    for when in (1, 5, 40):
        numbers = {h: 1.5, eta: 0.5, b: 0.3, start: 2.0, V: 0.36, t: when}
        derived = float(value.subs(numbers)) / 1.5**2
        proof.compared(
            f"E θ² after {when} rounds, 4000 runs, seed 0, four standard errors", derived, float(found[when]), 4 * float(error[when])
        )
    return proof.result(made, start, h, eta, b, V, t)


def floors(curvature: float, step: float, bias: float, variance: float) -> dict[str, float]:
    """Return the floor of E‖∇L‖² on hθ²/2 as bounded and as it is, and the ratio of the two.

    Parameters
    ----------
    curvature, step : float
        h and η, with 0 < ηh ≤ 1.
    bias, variance : float
        b, and V ≥ 0, not both 0.

    Examples
    --------
    >>> floors(1.0, 0.5, 0.0, 1.0)
    {'bound': 0.5, 'actual': 0.3333333333333333, 'ratio': 1.5}
    >>> floors(1.0, 0.5, 1.0, 0.0)["ratio"]
    1.0
    """
    if not (0 < step * curvature <= 1 and variance >= 0 and (bias or variance)):
        raise ValueError(f"the step times the curvature must lie in (0, 1], with bias or variance; got {step * curvature:g}")
    bound = bias**2 + step * curvature * variance
    actual = bias**2 + step * curvature * variance / (2 - step * curvature)
    return {"bound": bound, "actual": actual, "ratio": bound / actual}
