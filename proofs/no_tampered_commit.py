"""No tampered commit (III.D.2). Theorem: no decided value uses a tampered payload, for every N.

Assumptions: at most f Byzantine nodes; at most a honest nodes accept any one tampered payload. Method: induction in a
decidable fragment. Tightness: one false accept more, and a tampered payload is committed.

With "tampered" read as "accepted by at most a honest nodes" the budget holds by definition: so each content that is committed lies near the
own estimates of at least a+1 honest nodes (SAF-5), and the aggregate near the truth.
"""

from ceas_formal.claims import judge, ledger
from ceas_formal.derive.aggregation.committed import committed_aggregate
from ceas_formal.report.derivations import derivation_page
from ceas_formal.report.spacetime import diagram, violation
from ceas_formal.report.tables import claim_page, obligations_table
from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify.breaking import find
from ceas_formal.verify.obligations import Induction, check

if __name__ == "__main__":
    print(obligations_table([check(obligation) for obligation in Induction(checkpoint).supports("no_tampered_commit")]))
    weakening = WEAKENINGS["false-accept"]
    found = find(weakening)
    print(f"{weakening.instead}:\n{diagram(found.trace, weakening.protocol)}")
    print(violation(found.trace, weakening.protocol, "no_tampered_commit"))
    row = ledger()["SAF-5"]
    print(claim_page(judge(row), row.explanation))
    print(derivation_page(committed_aggregate()))
