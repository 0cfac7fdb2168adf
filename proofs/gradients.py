"""Gradients (III.A.2, equation 2). Theorem: the parameter-shift rule is exact for gates exp(-iθG/2) with G² = 1, in every dimension.

Depolarising noise of strength p on the w qubits of a Pauli observable shrinks the gradient by (1-p)^w: a bias that leaves the minimisers of
an expectation where they are, and no floor in convergence. Sums of strings, nonlinear losses and amplitude damping have no such factor.

Assumptions: noise that does not depend on θ. Method: SymPy with a generator, a state and an observable that do not commute.
"""

from fractions import Fraction

from ceas_formal.claims import judge, ledger
from ceas_formal.derive.training.gradients import parameter_shift
from ceas_formal.derive.training.noisy_gradients import amplitude_damping_tilt, depolarised_gradient
from ceas_formal.report.derivations import derivation_page
from ceas_formal.report.tables import claim_page

if __name__ == "__main__":
    row = ledger()["GRD-1"]
    print(claim_page(judge(row), row.explanation))
    print(derivation_page(parameter_shift()))
    for strength in (Fraction(1, 1000), Fraction(1, 100), Fraction(1, 5)):
        left = [1 + float(depolarised_gradient().exact(Fraction(1), strength, weight)) for weight in (1, 5, 20)]
        print(f"depolarising p = {float(strength):g}: weights 1, 5, 20 keep {', '.join(f'{share:.3f}' for share in left)} of the gradient")
    for damping in (0.01, 0.2, 0.75):
        tangent = amplitude_damping_tilt().numeric(1, 1, damping)
        print(f"amplitude damping {damping:g}: the extremum of Z + X is at tan θ = {tangent:.3f}, not 1")
