"""What counts as breaking a result, and results that a mutation breaks."""

import inspect

import pytest

from ceas_formal.derive.catalogue import derivations
from ceas_formal.derive.gossip import certified, mixing_depth, rates, stationary
from ceas_formal.derive.inventory import consumption
from ceas_formal.derive.proof import NotDerived, Proof
from ceas_formal.derive.training import aggregate_error, averaging, byzantine_bounds, noisy_gradients, quadratic_descent
from ceas_formal.derive.trust import detection, evasion, links

STAYS = {"weighted-minimiser", "local-steps"}
"""Where an equality shows that two things agree, which the result sets apart."""


def test_a_result_is_not_broken_by_a_number_that_equals_itself():
    equalities = {
        name
        for name in derivations()
        for step in derivations()[name]().steps
        if step.kind == "weakened" and step.formula.rel_op == "=="
    }
    assert equalities == STAYS


def test_a_result_is_broken_by_numbers_that_differ():
    for name in set(derivations()) - STAYS:
        assert all(step.formula.lhs != step.formula.rhs for step in derivations()[name]().steps if step.kind == "weakened"), name


MUTATED = [
    (averaging, "gossip_drift", "(ell * limit) ** 2", "(ell * limit) ** 2 / 2"),
    (quadratic_descent, "quadratic_descent", "2 * keep * eta * b * mean", "keep * eta * b * mean"),
    (aggregate_error, "aggregate_error", "w[nodes] ** 2 * s[nodes]", "w[nodes] * s[nodes]"),
    (byzantine_bounds, "byzantine_lower_bound", "beta / (1 - 2 * beta) * zeta", "beta / (1 - beta) * zeta"),
    (noisy_gradients, "amplitude_damping_tilt", "-u * (1 - gamma) * sin(theta)", "-u * sin(theta)"),
    (rates, "reversible_gossip_rate", "log(1 / (2 * eps * sqrt(least))) / rate", "log(1 / (2 * eps)) / rate"),
    (mixing_depth, "ring_mixing_depth", "3 * log(1 / (2 * eps))", "4 * log(1 / (2 * eps))"),
    (mixing_depth, "hypercube_mixing_depth", "greatest = (n - 1)", "greatest = (n - 2)"),
    (certified, "certified_contents_gossip", "missing * clip", "missing * clip / 2"),
    (stationary, "vanishing_weight", "(1 - phi) / 3)", "(1 - phi) / 2)"),
    (consumption, "consensus_failure", "at_most = (D - 1 + rest - m)", "at_most = (D + rest - m)"),
    (detection, "fastest_detection", "(log(gamma / m) - log(2))", "log(gamma / m)"),
    (detection, "sequential_test_errors", "(1 - r) / (1 - q)", "(1 - r) / q"),
    (evasion, "duty_cycle_evasion", "least = alpha * (1 - alpha ** (n - 1))", "least = alpha * (1 - alpha**n)"),
    (links, "isolation_by_tampering", "2 * m / g", "m / g"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name", "old", "new"), MUTATED)
def test_a_mutated_result_is_refused(module, name, old, new):
    source = inspect.getsource(getattr(module, name).__wrapped__)
    assert old in source
    scope = dict(vars(module))
    exec(source[source.index("def ") :].replace(old, new), scope)
    with pytest.raises(NotDerived):
        scope[name](Proof())
