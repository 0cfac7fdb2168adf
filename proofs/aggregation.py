"""Optimal weights (III.B.1, proposition 1). Theorem: scalar weights ∝ 1/tr Σ_k minimise the trace of the covariance, for any K.

Matrix weights (ΣΣ_j⁻¹)⁻¹Σ_k⁻¹ minimise the covariance itself; scalar ones cannot, and lose up to (m+M)²/(4mM), with m and M the extreme
eigenvalues of all Σ_k/tr Σ_k. With biased nodes other weights are best, some of them negative.

Assumptions: unbiased gradients, uncorrelated noise. Method: SymPy, squares completed under sums with a symbolic number of terms.
"""

from fractions import Fraction

from ceas_formal.claims import judge, ledger
from ceas_formal.derive.aggregation.weight_errors import minimal_error_weights, squared_error
from ceas_formal.derive.aggregation.weights import efficiency_of_scalar_weights
from ceas_formal.report.derivations import derivation_page
from ceas_formal.report.tables import claim_page

if __name__ == "__main__":
    for name in ("AGG-2", "AGG-2R", "AGG-3", "AGG-4", "AGG-4R", "AGG-5", "STP-4"):
        row = ledger()[name]
        print(claim_page(judge(row), row.explanation))
    print(derivation_page(efficiency_of_scalar_weights()))
    for stretch in (1, 2, 4, 10, 100):
        print(f"diag(1, {stretch}) and diag({stretch}, 1): scalar weights lose {efficiency_of_scalar_weights().exact(stretch)}")
    traces, equal = [Fraction(1, 10), *[Fraction(1)] * 3], [Fraction(1, 4)] * 4
    for bias in (0, Fraction(1, 10), Fraction(1, 2), 1):
        biases = [[bias] * 6, *[[0] * 6] * 3]
        best = minimal_error_weights(traces, biases)
        errors = [float(squared_error(weights, traces, biases)) for weights in ([Fraction(10, 13), *[Fraction(1, 13)] * 3], equal, best)]
        print(f"first node of trace 1/10 with bias {bias}: proposition 1 errs {errors[0]:.3f}, equal {errors[1]:.3f}, best {errors[2]:.3f}")
