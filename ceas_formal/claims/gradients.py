"""Section III.A.2: gradients by parameter shift, and the bias that noise gives them."""

from __future__ import annotations

from fractions import Fraction

from ceas_formal.claims.evidence import derived_now, weakened_in
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import conclude
from ceas_formal.derive.training.gradients import parameter_shift
from ceas_formal.derive.training.noisy_gradients import depolarised_gradient


@claim(
    "GRD-1",
    "III.A eq. 2",
    "the parameter-shift rule is exact for the noiseless circuit; depolarising noise shrinks the gradient (a bias)",
    expected="proved",
)
def parameter_shift_is_exact_and_noise_shrinks_it() -> Verdict:
    """For a gate exp(-iθG/2) with G² = 1 an expectation is a + b·cos θ + c·sin θ, so its slope is (f(θ+π/2) - f(θ-π/2))/2, without error.

    Derived for every dimension, state, observable and generator; a parameter in m gates needs m such differences. The rule gives the exact
    slope of what the noisy circuit computes, too; the bias is that this is another function.

    With ρ ↦ (1-p)ρ + p·1/2 on each qubit that a Pauli string of weight w measures, the factor is s = (1-p)^w; with such noise on the whole
    register after each of D layers it is (1-p)^D. The bias is (s-1)·∇L, and where the loss is one expectation no minimiser moves
    and training reaches a stationary point (convergence-under-shrinkage). At p = 1% and weight 20 that is 18% of the gradient.

    No factor serves a sum of strings of unequal weight, whose gradient turns; a squared error, whose noisy gradient can point uphill; or
    amplitude damping, which adds γ to Z and moves the minimum of u·Z + v·X from tan θ = v/u to v/(u√(1-γ)).
    """
    derived = derived_now(
        "parameter-shift", "shared-parameter-shift", "depolarised-gradient", "amplitude-damping-tilt", "convergence-under-shrinkage"
    )
    checks = [derived["derived"]]
    lost = {}
    if derived["derived"]:
        strengths, noisy = (Fraction(1, 100), Fraction(1, 5)), depolarised_gradient().exact
        lost = {f"p = {p}, w = {w}": float(-noisy(Fraction(1), p, w)) for p in strengths for w in (1, 5, 20)}
        checks += [parameter_shift().exact(Fraction(3, 5), Fraction(-3, 5)) == Fraction(3, 5), 0.18 < lost["p = 1/100, w = 20"] < 0.19]
    return Verdict(
        conclude("proved", [], checks=checks),
        "SymPy, non-commuting generator, state and observable; density matrices as a check",
        "every dimension, state and observable; gates with G² = 1; depolarising noise as stated",
        {
            "share_of_the_gradient_lost": {case: round(value, 4) for case, value in lost.items()},
            **derived,
            "tightness": weakened_in(derived),
            "recompute": "derivations()['depolarised-gradient']().exact(1, Fraction(1, 2), 2) == Fraction(1, 4) - 1",
        },
        ("the noise does not depend on θ", "the loss is one expectation, for the statements about minimisers"),
    )
