"""Fidelity stamps (definition 1, III.B). Theorem: φ = (ε+F)/((ε+F_max)(1+κD)) is a stamp as definition 1 asks for it.

Theorem: if stamps are proportional to 1/tr Σ, relative errors in [m, M] inflate the variance by at most (m+M)²/(4mM), so four bits on a log
scale cost 2.4% over a range of 100. Refuted: that a monotone map of the Fisher information gives near-optimal weights.

Assumptions: ε, κ > 0, F in [0, F_max], D in [0, 1]; unbiased nodes with uncorrelated noise. Method: real arithmetic, induction over the
nodes; density matrices for the witness.
"""

from fractions import Fraction

from ceas_formal.claims import judge, ledger
from ceas_formal.report.tables import claim_page
from ceas_formal.spec.stamps import Scale

if __name__ == "__main__":
    for name in ("STP-1", "STP-2", "STP-3"):
        row = ledger()[name]
        print(claim_page(judge(row), row.explanation))
    for bits, step in ((2, Fraction(93, 20)), (3, Fraction(97, 50)), (4, Fraction(34, 25)), (6, Fraction(27, 25))):
        scale = Scale(step, 2**bits)
        print(f"{bits} bits, step {float(step)}: range {float(scale.range):.1f}, variance at most {float(scale.inflation):.4f} times least")
