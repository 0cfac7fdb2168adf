"""Changing active sets (III.D.1). Theorem: one value per epoch, every active set decided before and admissible, for all N and all chains.

And no epoch is left half decided: where all honest nodes have decided an epoch, all decide the next. Assumptions: at most f Byzantine nodes
in the whole network, in or out of quarantine; within an epoch the checkpoint protocol. Tightness: with trust lists of their own, two
honest nodes decide differently.
"""

from ceas_formal.report.spacetime import diagram, violation
from ceas_formal.report.tables import obligations_table
from ceas_formal.spec.epochs import epochs
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify.breaking import find
from ceas_formal.verify.obligations import Induction, check

THEOREM = ("one_value_per_epoch", "every_rule_has_a_decided_source", "every_active_set_is_admissible", "every_epoch_is_decided_by_all")

if __name__ == "__main__":
    print(obligations_table([check(obligation) for obligation in Induction(epochs).supports(*THEOREM)]))
    for name in ("local-trust-lists", "readmission-floor"):
        weakening = WEAKENINGS[name]
        found = find(weakening)
        print(f"{weakening.instead}:\n{diagram(found.trace, weakening.protocol)}")
        print(f"{violation(found.trace, weakening.protocol, weakening.violates)}\n")
