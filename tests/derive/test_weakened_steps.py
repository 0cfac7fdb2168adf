"""What counts as breaking a result."""

from ceas_formal.derive.catalogue import derivations

STAYS = {"amplitude-damping-tilt", "weighted-minimiser", "local-steps", "doubly-stochastic-gossip", "clipped-gossip"}
"""Where an equality shows that something stops, or is kept, elsewhere than the result says, or that an exclusion was needed."""


def test_a_result_is_not_broken_by_a_number_that_equals_itself():
    equalities = {
        name
        for name in derivations()
        for step in derivations()[name]().steps
        if step.kind == "weakened" and step.formula.rel_op == "=="
    }
    assert equalities <= STAYS
