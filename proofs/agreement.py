"""Agreement (III.D.2). Theorem: no two honest nodes decide differently, for every N, in whatever views.

Assumptions: at most f Byzantine nodes, of which nothing else is assumed; authenticated channels. Method: induction; every
obligation is in a decidable fragment. Tightness: without the lock, two honest nodes decide differently.
"""

from ceas_formal.report.spacetime import diagram, violation
from ceas_formal.report.tables import obligations_table
from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify.breaking import find
from ceas_formal.verify.obligations import Induction, check

if __name__ == "__main__":
    print(obligations_table([check(obligation) for obligation in Induction(checkpoint).supports("agreement")]))
    weakening = WEAKENINGS["no-lock"]
    found = find(weakening)
    print(f"{weakening.instead}:\n{diagram(found.trace, weakening.protocol)}")
    print(violation(found.trace, weakening.protocol, "agreement"))
