"""The quorum size (II.D). Theorem: ⌈(N+f+1)/2⌉ is safe and live iff 3f < N. The paper's 2f+1 is neither safe off N = 3f+1 nor needed.

Assumptions: at most f Byzantine nodes, authenticated channels. Method: linear integer arithmetic, all N and f.
"""

from ceas_formal.claims import judge, ledger
from ceas_formal.report.tables import claim_page
from ceas_formal.spec.weakenings import disjoint_honest_parts

if __name__ == "__main__":
    for name in ("ADV-2R", "ADV-2"):
        row = ledger()[name]
        print(claim_page(judge(row), row.explanation))
    print("at N = 50, f = 15 two quorums of 31:", disjoint_honest_parts(31, 50, 15))
