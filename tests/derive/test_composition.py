"""Failure probabilities over a run, and the time to a checkpoint: derived formulas against brute force, and mutations that are refused."""

import math
from fractions import Fraction
from itertools import combinations, product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.derive.aggregation import influence
from ceas_formal.derive.catalogue import derivations
from ceas_formal.derive.composition import checkpoint_time, supply
from ceas_formal.derive.composition import total_failure as composition
from ceas_formal.derive.proof import NotDerived, Proof
from ceas_formal.physics.tags import clifford_soundness
from ceas_formal.physics.thresholds import upper_tail
from ceas_formal.spec.influence import largest_displacement
from ceas_formal.spec.quorum import admissible, spare_rejections, usable_size
from ceas_formal.spec.timing import decision_bound

NAMES = [
    "aggregate-displacement", "fooled-verifiers", "total-failure-probability", "composed-error", "pairs-at-checkpoint", "enough-pairs",
    "usable-payload", "time-to-checkpoint", "mean-stock-and-progress",
]  # fmt: skip
chances = st.fractions(0, 1, max_denominator=50)


def value(name, *arguments):
    made = derivations()[name]()
    found = made.value.subs(dict(zip(made.arguments, map(sympy.sympify, arguments), strict=True)))
    return Fraction(int(found.p), int(found.q))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_derived_compared_and_weakened(name):
    made = derivations()[name]()
    kinds = {step.kind for step in made.steps}
    assert {"inequality", "identity"} & kinds
    assert {"weakened", "compared"} <= kinds
    assert {assumption for assumption in made.assumptions if any(f"“{assumption}”" in step.reason for step in made.steps)}


@given(st.integers(1, 9), st.integers(0, 4), chances.filter(bool))
def test_bound_on_fooled_verifiers_holds_for_the_exact_tail(verifiers, budget, s):
    bound = value("fooled-verifiers", verifiers, budget, s)
    exact = upper_tail(verifiers, s, budget)
    assert exact <= bound
    assert bound - exact <= (budget + 1) * math.comb(verifiers, budget + 2) * s ** (budget + 2)


@given(st.lists(st.integers(0, 9), min_size=8, max_size=8).filter(any), st.integers(0, 2))
def test_bound_on_fooled_verifiers_needs_no_independence(weights, budget):
    # Any joint law on three verifiers: s^(a+1) is the largest chance that a+1 chosen ones are fooled together.
    law = {outcome: Fraction(weight, sum(weights)) for outcome, weight in zip(product((0, 1), repeat=3), weights, strict=True)}
    together = max(sum(p for out, p in law.items() if all(out[i] for i in chosen)) for chosen in combinations(range(3), budget + 1))
    assert sum(p for out, p in law.items() if sum(out) > budget) <= math.comb(3, budget + 1) * together


@given(st.lists(st.tuples(chances, chances), min_size=1, max_size=6))
def test_total_failure_is_at_most_the_sum_for_every_adaptive_choice(choices):
    # Two pasts are told apart; each payload fails with a chance that depends on the past, at most `worst`.
    worst = max(max(pair) for pair in choices)
    alive = {0: Fraction(1)}
    for pair in choices:
        after = {0: Fraction(0), 1: Fraction(0)}
        for past, weight in alive.items():
            after[1 - past] += weight * (1 - pair[past]) / 2
            after[past] += weight * (1 - pair[past]) / 2
        alive = after
    assert 1 - sum(alive.values()) <= len(choices) * worst


@given(st.integers(1, 4), st.integers(0, 20))
def test_soundness_of_the_code_is_below_two_to_minus_t(n, t):
    assert clifford_soundness(n, t) <= Fraction(1, 2**t)


@given(st.integers(1, 40), st.fractions(1, 3, max_denominator=9), st.integers(0, 9), st.fractions(Fraction(1, 9), 9, max_denominator=9))
def test_displacement_is_that_of_the_specification(active, cap, faults, clip):
    faults = min(faults, active)
    if faults:
        assert derivations()["aggregate-displacement"]().exact(cap, faults, clip, active) == largest_displacement(cap, faults, active, clip)


@given(st.fractions(1, 9), chances.filter(bool), st.integers(0, 20), st.fractions(9, 30), st.just(1))
def test_time_to_a_checkpoint_ends_with_the_bound_of_the_specification(w, p, faults, timeout, delay):
    found = derivations()["time-to-checkpoint"]().exact(w, p, faults, timeout, delay)
    assert found == (faults + 1) * w / p + decision_bound(faults, delay, timeout)


@given(st.integers(1, 25), st.integers(0, 5), st.integers(0, 5), chances)
def test_usable_payload_is_the_tail_and_possible_iff_admissible(nodes, faults, budget, g):
    if nodes <= faults:
        return
    need = usable_size(nodes, faults, budget)
    expected = upper_tail(nodes - faults, g, need - 1)
    assert (expected > 0) == (g > 0 and admissible(nodes, faults, budget))
    if admissible(nodes, faults, budget):
        assert nodes - faults - need == spare_rejections(nodes, faults, budget)
        found = derivations()["usable-payload"]().numeric(nodes, faults, budget, float(g))
        assert found == pytest.approx(float(expected), abs=1e-9)
        assert supply.used_chance(nodes - faults, need, float(g)) == pytest.approx(float(expected), abs=1e-9)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=9).filter(any), st.integers(1, 9))
def test_mean_stock_bounds_the_chance_of_enough(weights, need):
    memory = len(weights) - 1
    if need > memory:
        return
    law = [Fraction(weight, sum(weights)) for weight in weights]
    mean = sum(x * p for x, p in enumerate(law))
    assert sum(law[need:]) >= derivations()["mean-stock-and-progress"]().exact(mean, need, memory)


@pytest.mark.parametrize("made", [0.2, 1.0, 30.0])
@pytest.mark.parametrize("need", [1, 3, 40])
@pytest.mark.parametrize("links", [1, 1225])
def test_logarithm_of_enough_pairs_agrees_with_many_digits(made, need, links):
    import mpmath

    with mpmath.workdps(160):
        tail = 1 - sum(mpmath.e ** (-mpmath.mpf(made)) * mpmath.mpf(made) ** j / mpmath.factorial(j) for j in range(need))
        assert supply.log10_enough(made, need, links) == pytest.approx(float(links * mpmath.log10(tail)), rel=1e-6, abs=1e-9)
    if need < 10 and links == 1:
        assert derivations()["enough-pairs"]().numeric(made, need, links) == pytest.approx(float(tail), rel=1e-6)


@settings(max_examples=20)
@given(st.integers(1, 60), st.integers(1, 50))
def test_least_mean_gives_the_wanted_chance(need, links):
    assert supply.log10_enough(supply.least_mean(need, links, 0.5), need, links) == pytest.approx(math.log10(0.5), abs=1e-6)


def test_mean_pairs_is_the_derived_mean():
    found = derivations()["pairs-at-checkpoint"]().numeric(2.0, 1 / 4.5, 4.0)
    assert found == pytest.approx(supply.mean_pairs(2, 4.5, 4))
    assert supply.mean_pairs(2, 4.5, math.inf, "fixed") == 9


@pytest.mark.parametrize(
    "call",
    [
        lambda: supply.mean_pairs(0, 1, 1), lambda: supply.log10_enough(0, 1), lambda: supply.least_mean(1, 1, 1),
        lambda: supply.used_chance(1, 1, 2),
    ],
)  # fmt: skip
def test_bad_numbers_are_refused(call):
    with pytest.raises(ValueError, match=r"must lie in|in \[0, 1\]"):
        call()


def test_a_wrong_closed_form_of_a_sum_is_refused():
    a, z, j = (sympy.Symbol(name, integer=True, nonnegative=True) for name in "azj")
    subsets = sympy.Sum(sympy.binomial(a + 1 + j, j + 1), (j, 0, z))
    assert Proof().summed("", subsets, sympy.binomial(a + 2 + z, a + 1) - 1)
    with pytest.raises(NotDerived):
        Proof().summed("", subsets, sympy.binomial(a + 2 + z, a + 1) - 2)


@pytest.mark.parametrize(
    ("module", "name", "body", "old", "new"),
    [
        (composition, "fooled", composition.fooled_verifiers, "excess, fooled - 1)", "excess, fooled)"),
        (composition, "total", composition.total_failure_probability, "slack[i] + before[i] * fails[i]", "slack[i]"),
        (composition, "composed", composition.composed_error, "harmless * exceeded", "harmless"),
        (influence, "displacement", influence.aggregate_displacement, "h[k] * clip + w[k] * z[k]", "w[k] * z[k]"),
        (checkpoint_time, "pairs", checkpoint_time.pairs_at_checkpoint, "r * (1 - exp(-rate * w)) / rate", "r * exp(-rate * w) / rate"),
        (checkpoint_time, "usable", checkpoint_time.usable_payload, "need, honest = 2 * f + a + 1", "need, honest = 2 * f + a"),
        (checkpoint_time, "usable", checkpoint_time.usable_payload, "binomial(nodes, count)", "binomial(nodes + 1, count)"),
        (checkpoint_time, "enough", checkpoint_time.enough_pairs, "chance = one**L", "chance = one ** (L + 1)"),
        (checkpoint_time, "time", checkpoint_time.time_to_checkpoint, "(f + 1) * w / p", "(f + 1) * w * p"),
        (checkpoint_time, "mean", checkpoint_time.mean_stock_and_progress, "(mu - c + 1)", "(mu - c + 2)"),
        (checkpoint_time, "time", checkpoint_time.time_to_checkpoint, "Sum(none_yet[i] * slack[i], over)) / p", "0) / p"),
        (checkpoint_time, "mean", checkpoint_time.mean_stock_and_progress, "mean - (c - 1)", "mean - (c - 2)"),
    ],
)  # fmt: skip
def test_a_mutated_derivation_is_refused(module, name, body, old, new):
    import inspect

    source = inspect.getsource(body.__wrapped__)
    assert source.count(old) >= 1
    text = source[source.index("def ") :].replace(old, new)
    scope = dict(vars(module))
    exec(text, scope)
    with pytest.raises(NotDerived):
        scope[body.__wrapped__.__name__](Proof())


def test_every_chance_inside_is_accepted_and_the_ends_are_not():
    assert supply.used_chance(3, 0, 0.5) == 1
    assert supply.used_chance(3, 4, 1.0) == 0
    for chance in (0, 1):
        with pytest.raises(ValueError, match=r"in \(0, 1\)"):
            supply.least_mean(2, 1, chance)
    assert supply.least_mean(2, 1, 0.999) > supply.least_mean(2, 1, 0.001) > 0
