"""Progress (III.D.2). Theorem: in a good view every honest node decides, for every N; and good views come, long enough.

Good: all honest nodes are in the view, its leaders are honest, and some value needs no payload. Assumptions: fairness after stabilisation,
finitely many views so far, Δ for the times. Method: state only grows and a fair action taken is disabled, so fair steps come to an end;
there the stages lead to the decision. Tightness: with an indirect claim in the leader's rule the view is lost.
"""

from ceas_formal.report.spacetime import diagram, violation
from ceas_formal.report.tables import obligations_table
from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.synchroniser import synchroniser
from ceas_formal.spec.timing import decision_bound, least_timeout
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify.breaking import find
from ceas_formal.verify.obligations import Induction, check
from ceas_formal.verify.timing import timing

if __name__ == "__main__":
    steps = Induction(checkpoint).supports("a_good_view_decides")
    steps += Induction(synchroniser).supports("nobody_is_rushed", "nobody_is_left_behind", "views_go_on")
    print(obligations_table([check(obligation) for obligation in [*steps, *timing()]]))
    bound = decision_bound(16, 1, least_timeout(1))
    print(f"time-out at least {least_timeout(1)} Δ; at f = 16 all have decided {bound} Δ after stabilisation")
    weakening = WEAKENINGS["indirect-claim"]
    found = find(weakening)
    print(f"\n{weakening.instead}:\n{diagram(found.trace, weakening.protocol)}")
    print(violation(found.trace, weakening.protocol, weakening.violates))
