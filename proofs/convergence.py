"""Convergence (abstract, III.A). Theorem: update 3 reaches, in the mean of T rounds, E‖∇L‖² ≤ 2(L_0 - L*)/(ηT) + B + ℓηV, for ηℓ ≤ 1.

B is the squared bias of the aggregate and V its variance; weights, gossip and a Byzantine share enter through them, and under PL the loss
falls linearly to (B + ℓηV)/(2μ). With a share β of Byzantine nodes nobody is sure of less than ζ²β/(1-2β); one aggregator pays four times
that. Weights that differ minimise another loss than (1).

Assumptions: ℓ-smooth losses, uncorrelated noise. Method: SymPy, a round by a square, rounds by induction; two worlds that look alike.
"""

from fractions import Fraction

from ceas_formal.claims import judge, ledger
from ceas_formal.derive.training.byzantine_bounds import byzantine_lower_bound, robust_aggregate
from ceas_formal.derive.training.convergence import convergence_smooth
from ceas_formal.derive.training.heterogeneity import heterogeneity_gap, weighted_minimiser
from ceas_formal.derive.training.quadratic_descent import floors
from ceas_formal.report.derivations import derivation_page
from ceas_formal.report.tables import claim_page

if __name__ == "__main__":
    for name in ("SYS-1", "SYS-1R", "CNV-1"):
        row = ledger()[name]
        print(claim_page(judge(row), row.explanation))
    print(derivation_page(convergence_smooth()))
    for first in (Fraction(1, 2), Fraction(4, 5), Fraction(99, 100)):
        weights = [first, 1 - first]
        stop, gap = weighted_minimiser().exact(weights, [2, 2], [1, -1], 2), heterogeneity_gap().exact(weights, 4, 2, 2)
        print(f"(θ-1)² and (θ+1)² with weight {first} on the first: stop at {stop}, {gap} above the minimum of (1)")
    for share in (0.01, 0.1, 0.5, 1.0):
        noise, both = floors(1.0, share, 0.0, 1.0)["ratio"], floors(1.0, share, 0.3, 1.0)["ratio"]
        print(f"ηh = {share:g}: the bound is {noise:.3f} times the true floor with noise alone, {both:.3f} times with bias .3 as well")
    for faults in (1, 5, 15, 20, 24):
        lower = byzantine_lower_bound().exact(Fraction(faults, 50), Fraction(1))
        kappa = robust_aggregate().exact(Fraction(faults), 50 - 2 * faults)
        print(f"{faults} of 50 Byzantine: ‖∇L‖² no less than {lower} ζ²; least spread is κ-robust with κ = {kappa}")
