"""Admissible configurations (III.D). Theorem: a quorum size that is available, meets in an honest node and certifies exists iff |A| > 3f+a.

Assumptions: at most f Byzantine nodes; at most a honest nodes accept one tampered payload. Method: Venn regions in linear integer
arithmetic, all N, f and a. Tightness: each size less one, and |A| = 3f+a, has a countermodel.
"""

from ceas_formal.report.tables import obligations_table
from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.verify.obligations import check, thresholds

if __name__ == "__main__":
    for name, threshold in checkpoint.thresholds.items():
        print(f"{name:<11} {threshold.quantity}")
    results = [check(obligation) for obligation in thresholds(checkpoint)]
    for result in results:
        print(f"{result.verdict:<6} {result.obligation.name}")
    print(obligations_table(results), end="")
