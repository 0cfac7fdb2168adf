"""No tampered commit (III.D.2). Theorem: no decided value uses a tampered payload, for every N.

Assumptions: at most f Byzantine nodes; at most a honest nodes accept any one tampered payload. Method: induction in a
decidable fragment. Tightness: one false accept more, and a tampered payload is committed.
"""

from ceas_formal.report.spacetime import diagram, violation
from ceas_formal.report.tables import obligations_table
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
