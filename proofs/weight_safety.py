"""Weight and influence (III.B, III.D). Theorem: a cap κ/|A| on weights and a norm clip C keep the share of f Byzantine nodes within κf/|A|.

The vector that they add is within κfC/|A|, and any two of their behaviours are within 2κfC/|A| of each other. Weighted quorums are safe and
live iff the Byzantine weight is below a third. Without cap and clip neither weight nor influence has a bound.

Assumptions: at most f Byzantine nodes; all nodes compute with one decided value. Method: real arithmetic, inductions over nodes and
coordinates.
"""

from fractions import Fraction

from ceas_formal.claims import judge, ledger
from ceas_formal.report.tables import claim_page
from ceas_formal.spec.weights import capped_weights

if __name__ == "__main__":
    for name in ("SAF-4", "SAF-4R", "VOT-1"):
        row = ledger()[name]
        print(claim_page(judge(row), row.explanation))
    stamps = [Fraction(1)] * 15 + [Fraction(3, 10)] * 35
    for kappa in (1, Fraction(11, 10), Fraction(3, 2), 50):
        print(f"15 of 50 at stamp 1 against .3, kappa = {kappa}: they weigh {sum(capped_weights(stamps, kappa)[:15])}")
