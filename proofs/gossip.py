"""Gossip (III.B.1, equation 6, and IV). Theorem: Metropolis-Hastings gossip and ratio consensus tend to the fidelity-weighted mean.

A doubly stochastic W tends to the plain mean, connectivity alone to nothing, and one stubborn node takes all. Depth is logarithmic on
expanders only. Clipped gossip and certified contents bound what Byzantine nodes move.

Assumptions: a connected graph, stamps that stay as they are, honest nodes (in the last row f < N/3 Byzantine ones). Method: derivations
for any N (`ceas derive metropolis-hastings-gossip`), exact witnesses, and depths measured by matrix powers.
"""

from ceas_formal.claims import judge, ledger
from ceas_formal.claims.gossip import SIZES
from ceas_formal.report.tables import claim_page

if __name__ == "__main__":
    for name in ("GOS-1", "GOS-2", "GOS-2R", "GOS-3", "GOS-4", "GOS-5", "GOS-5R"):
        row = ledger()[name]
        judged = judge(row)
        print(claim_page(judged, row.explanation))
        if name == "GOS-3":
            depths = judged["evidence"]["depths"]
    print("steps until every node is within .001 of the uniform law (mean over seeds for the random graphs), and p in depth ~ N^p")
    print(f"{'graph':16}" + "".join(f"{f'N = {size}':>10}" for size in SIZES) + f"{'p':>8}")
    for shape, entry in depths.items():
        print(f"{shape:16}" + "".join(f"{entry['depth'][str(size)]:10.1f}" for size in SIZES) + f"{entry['exponent_of_N']:8.2f}")
