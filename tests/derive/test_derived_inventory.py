"""The inventory: derived formulas against brute force, the exact chains against independent ones, the specification against both."""

from fractions import Fraction
from itertools import product
from math import comb, exp, log

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.derive.inventory.ages import age_chain, expected_ages_step
from ceas_formal.derive.inventory.chain import inventory_chain
from ceas_formal.derive.inventory.consumption import clamped_consumption, consensus_failure
from ceas_formal.derive.inventory.count_laws import Counts, Poisson, binomial, constant
from ceas_formal.derive.inventory.event_orders import EVENT_ORDERS
from ceas_formal.derive.inventory.expected import expected_inventory
from ceas_formal.derive.inventory.law import arrivals_within_a_round, inventory_variance
from ceas_formal.derive.inventory.lifetimes import lifetime_distance, residual_lifetime
from ceas_formal.derive.inventory.steps import expected_step
from ceas_formal.derive.proof import NotDerived, Proof
from ceas_formal.spec.inventory import clamped_inventory_step, expected_inventory_step

amount = st.fractions(min_value=0, max_value=20, max_denominator=20)
chance = st.fractions(min_value=Fraction(1, 20), max_value=1, max_denominator=20)
below_one = st.fractions(min_value=Fraction(1, 20), max_value=Fraction(19, 20), max_denominator=20)
BOUNDARY = EVENT_ORDERS[:3]
UNIFORM = EVENT_ORDERS[3:]


@given(amount, chance, amount, amount)
def test_derived_step_of_equation_7_is_that_of_the_specification(mean, p, r, c):
    assert expected_step("decay-arrive-consume", mean, p, r, c) == expected_inventory_step(mean, p, r, c)


@given(amount, below_one, amount, amount, st.integers(min_value=0, max_value=8))
def test_closed_form_is_the_iterated_specification(start, p, r, c, rounds):
    mean = Fraction(start)
    for _ in range(rounds):
        mean = expected_inventory_step(mean, p, r, c)
    assert expected_inventory().exact(p, start, r, c, rounds) == mean


@given(amount, amount, amount)
def test_all_orders_agree_when_nothing_decays(mean, r, c):
    assert len({expected_step(order, mean, 1, r, c) for order in EVENT_ORDERS}) == 1


@given(amount, below_one, amount, amount)
def test_uniform_arrivals_lie_between_arrivals_at_the_start_and_at_the_end(mean, p, r, c):
    early, uniform, late = (expected_step(EVENT_ORDERS[order], mean, p, r, c) for order in (2, 3, 0))
    assert float(early) - 1e-9 <= uniform <= float(late) + 1e-9


def enumerated(order, stored, p, arrivals, demand, memory):
    """Return the law after a round and P(S < D), pair by pair in Fractions."""
    law, failing = {}, Fraction(0)
    for (new, a), (wanted, d) in product(arrivals.items(), demand.items()):
        held = max(stored - wanted, 0) if order.startswith("consume") else stored
        before = min(stored + new, memory) if order.startswith("arrive") else held
        for kept in range(before + 1):
            q = a * d * comb(before, kept) * p**kept * (1 - p) ** (before - kept)
            there = kept if order.startswith("arrive") else min(kept + new, memory)
            after = there if order.startswith("consume") else max(there - wanted, 0)
            law[after] = law.get(after, 0) + q
            failing += q * ((stored if order.startswith("consume") else there) < wanted)
    return law, failing


@settings(max_examples=40)
@given(st.sampled_from(BOUNDARY), chance, st.integers(min_value=0, max_value=5), st.data())
def test_chain_is_the_enumeration_of_every_pair(order, p, stored, data):
    share = data.draw(below_one)
    arrivals, demand = {1: share, 4: 1 - share}, {0: Fraction(1, 3), 2: Fraction(2, 3)}
    chain = inventory_chain(order, float(p), Counts(arrivals), Counts(demand), memory=5)
    law, failing = enumerated(order, stored, p, arrivals, demand, 5)
    assert np.allclose(chain.step[stored], [float(law.get(m, 0)) for m in range(6)], atol=1e-12)
    assert abs(chain.failing[stored] - float(failing)) < 1e-12
    mean, kept = sum(m * q for m, q in law.items()), chain.step[stored] @ chain.pairs
    assert abs(kept - float(mean)) < 1e-12


@settings(max_examples=30)
@given(st.sampled_from(BOUNDARY), st.integers(min_value=0, max_value=6), below_one)
def test_chain_balances_pairs_in_and_out(order, stored, p):
    survival, arrivals, demand = float(p), Poisson(3.0), binomial(4, 0.5)
    chain = inventory_chain(order, survival, arrivals, demand, memory=6)
    used, kept = demand.mean - chain.unmet[stored], arrivals.mean - chain.dropped[stored]
    after = {
        "decay-arrive-consume": survival * stored + kept - used,
        "consume-decay-arrive": survival * (stored - used) + kept,
        "arrive-decay-consume": survival * (stored + kept) - used,
    }[order]
    assert abs(chain.step[stored] @ chain.pairs - after) < 1e-10


@pytest.mark.parametrize("order", UNIFORM)
def test_chain_at_uniform_times_is_that_of_simulated_events(order):
    runs, rate, wanted, p, memory = 20_000, 3.0, 2.0, 0.4, 4
    both = order.endswith("consumption")
    chain = inventory_chain(order, p, Poisson(rate), Poisson(wanted), memory)
    stream = np.random.default_rng([0, 7])
    ends, short = np.zeros(memory + 1), 0
    for _ in range(runs):
        stored, clock, failed = 2, 0.0, False
        while True:
            rates = (rate, -log(p) * stored, wanted if both else 0.0)
            clock += stream.exponential(1 / sum(rates))
            if clock > 1:
                break
            event = stream.choice(3, p=np.array(rates) / sum(rates))
            failed |= bool(event == 2 and stored == 0)
            stored = min(stored + 1, memory) if event == 0 else max(stored - 1, 0)
        if not both:
            demand = stream.poisson(wanted)
            stored, failed = max(stored - demand, 0), stored < demand
        ends[stored] += 1
        short += failed
    law = chain.step[2]
    assert (np.abs(ends / runs - law) <= 4 * np.sqrt(law * (1 - law) / runs) + 1e-9).all()
    assert abs(short / runs - chain.failing[2]) <= 4 * np.sqrt(chain.failing[2] * (1 - chain.failing[2]) / runs)


@pytest.mark.parametrize("order", EVENT_ORDERS)
def test_stationary_law_is_where_the_chain_goes_and_error_bound_holds(order):
    demand = Poisson(2.0)
    small, large = (inventory_chain(order, 0.7, Poisson(2.5), demand, memory) for memory in (12, 60))
    law, wide = small.stationary(), large.stationary()
    assert np.abs(small.after(200) - law).max() < 1e-10
    assert law.sum() == pytest.approx(1)
    bound = small.error_without_limit(law)
    assert bound > 1e-9 > large.error_without_limit(wide)
    assert abs(law @ small.pairs - wide @ large.pairs) <= bound
    assert abs(law @ small.failing - wide @ large.failing) <= bound
    assert np.abs(np.pad(law, (0, 48)) - wide).sum() / 2 <= bound


@pytest.mark.parametrize(("demand", "mean", "equation_7"), [(4, 4.267061, 3.858296), (5, 1.943734, 0.0), (7, 0.344984, -7.716592)])
def test_unmet_demand_is_the_gap_of_the_mean(demand, mean, equation_7):
    p = exp(-0.3)
    chain = inventory_chain("decay-arrive-consume", p, Poisson(5.0), constant(demand), memory=80)
    law = chain.stationary()
    assert law @ chain.pairs == pytest.approx(mean, abs=1e-6)
    assert (5 - demand) / (1 - p) == pytest.approx(equation_7, abs=1e-6)
    assert law @ chain.pairs - (5 - demand) / (1 - p) == pytest.approx(clamped_consumption().numeric(law @ chain.unmet, p), abs=1e-8)


@settings(max_examples=30)
@given(st.integers(min_value=0, max_value=6), below_one, st.integers(min_value=0, max_value=6), st.integers(min_value=0, max_value=12))
def test_mean_of_clamped_pairs_is_at_or_above_the_fluid_model(stored, p, made, wanted):
    chain = inventory_chain("decay-arrive-consume", float(p), constant(made), constant(wanted), memory=12)
    assert chain.step[stored] @ chain.pairs >= float(clamped_inventory_step(stored, p, made, wanted)) - 1e-12


@settings(max_examples=30)
@given(st.lists(st.integers(min_value=1, max_value=20), min_size=9, max_size=9), st.integers(min_value=1, max_value=8))
def test_failure_probability_of_any_law_is_within_the_derived_bounds(parts, demand):
    law = [Fraction(part, sum(parts)) for part in parts]
    mean, short = sum(m * q for m, q in enumerate(law)), sum(law[:demand])
    assert max(0, 1 - mean / demand) <= short <= consensus_failure().exact(mean, demand, 8 - demand + 1)


def test_survival_share_and_variance_of_the_chain_are_the_derived_ones():
    chain = inventory_chain("uniform-arrivals-then-consume", exp(-1.0), Poisson(1.0), constant(0), memory=20)
    assert 1 / (1 - exp(-1)) / (chain.stationary() @ chain.pairs) == pytest.approx(arrivals_within_a_round().numeric(1.0), abs=1e-9)
    chain = inventory_chain("decay-arrive-consume", 0.5, Counts({1: 0.5, 3: 0.5}), constant(1), memory=40)
    law = chain.stationary()
    assert law @ chain.pairs**2 - (law @ chain.pairs) ** 2 == pytest.approx(float(inventory_variance().exact(Fraction(1, 2), 2, 1, 1, 0)))
    assert residual_lifetime().numeric(2.0, 0.5) == pytest.approx(1 - exp(-1))
    assert lifetime_distance().numeric() == pytest.approx(1 - exp(-1))


@given(st.lists(st.tuples(amount, chance), min_size=1, max_size=5), amount)
def test_one_survival_probability_at_every_age_gives_equation_7(pairs, arrived):
    stored, p = [pairs_of_age for pairs_of_age, _ in pairs], pairs[0][1]
    taken = [pairs_of_age / 3 for pairs_of_age in stored]
    after = expected_ages_step(stored, [p] * len(stored), taken, arrived)
    assert sum(after) == expected_step("consume-decay-arrive", sum(stored), p, arrived, sum(taken))


def test_chain_of_ages_is_that_of_numbers_when_memoryless_under_any_policy():
    chain = inventory_chain("consume-decay-arrive", 0.6, Counts({0: 0.3, 1: 0.4, 2: 0.3}), constant(1), memory=4)
    for policy in ("oldest", "youngest"):
        ages = age_chain([0.6, 0.6, 0.6], [0.3, 0.4, 0.3], 1, 4, policy)
        assert np.abs(ages.totals_after(9) - chain.after(9)).max() < 1e-12
        assert ages.failing_after(9) == pytest.approx(chain.after(9) @ chain.failing)


def test_oldest_first_fails_less_often_with_fixed_lifetimes():
    oldest, youngest = (age_chain([1.0, 1.0, 0.0], [0.3, 0.4, 0.3], 1, 4, policy).failing_after(9) for policy in ("oldest", "youngest"))
    assert oldest < youngest - 0.01


def wrong_claims():
    p, r, z = sympy.symbols("p r z", positive=True)
    t = sympy.Symbol("t", integer=True, nonnegative=True)
    m = sympy.Function("m")(t)
    return [
        lambda proof: proof.induction("c forgotten", m, r * (1 - p**t) / (1 - p), t, sympy.Integer(0), lambda mean: p * mean + r - 1),
        lambda proof: proof.induction("λ for 1 - p", m, r * (1 - p**t) / -sympy.log(p), t, sympy.Integer(0), lambda mean: p * mean + r),
        lambda proof: proof.equal("Poisson(r) kept", sympy.exp(r * (1 - p + p * z - 1) + r * (z - 1)), sympy.exp(r * (z - 1))),
        lambda proof: proof.at_least("Jensen the wrong way", sympy.Integer(0), p, -p),
        lambda proof: proof.weakened("unnamed", "nothing was assumed", sympy.Integer(1), ">", sympy.Integer(0)),
    ]


@pytest.mark.parametrize("claim", wrong_claims())
def test_wrong_statements_are_not_derived(claim):
    with pytest.raises(NotDerived):
        claim(Proof())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: inventory_chain("never", 0.5, Poisson(1.0), constant(1), 5), "event order"),
        (lambda: inventory_chain("decay-arrive-consume", 0.0, Poisson(1.0), constant(1), 5), r"\(0, 1\]"),
        (lambda: inventory_chain("decay-arrive-consume", 0.5, Poisson(1.0), constant(1), 0), "at least 1"),
        (lambda: inventory_chain(UNIFORM[0], 0.5, constant(2), constant(1), 5), "Poisson"),
        (lambda: inventory_chain(UNIFORM[1], 0.5, Poisson(2.0), constant(1), 5), "demand at uniform times"),
        (lambda: inventory_chain("decay-arrive-consume", 1.0, constant(0), constant(0), 5).stationary(), "6 stationary laws"),
        (lambda: inventory_chain("decay-arrive-consume", 1.0, constant(1), constant(0), 5).error_without_limit(np.eye(6)[5]), r"\(0, 1\)"),
        (lambda: inventory_chain("decay-arrive-consume", 0.5, constant(1), constant(0), 5).after(1, stored=6), r"\[0, 5\]"),
        (lambda: inventory_chain("decay-arrive-consume", 0.5, constant(1), constant(0), 5).after(-1), "rounds"),
        (lambda: Poisson(-1.0), r"\[0, ∞\)"),
        (lambda: Poisson(float("nan")), r"\[0, ∞\)"),
        (lambda: Counts({0: 0.5}), "sum to 1"),
        (lambda: Counts({-1: 1.0}), "at least 0"),
        (lambda: binomial(2, 1.5), r"\[0, 1\]"),
        (lambda: binomial(-1, 0.5), "attempts"),
        (lambda: expected_step("never", 1, 1, 1, 1), "event order"),
        (lambda: expected_step("decay-arrive-consume", 1, 2, 1, 1), r"\(0, 1\]"),
        (lambda: expected_ages_step([1], [1, 1], [0], 0), "entry for each age"),
        (lambda: expected_ages_step([1], [1], [2], 0), "number taken"),
        (lambda: age_chain([1.0], [1.0], 1, 2, "random"), "oldest or youngest"),
        (lambda: age_chain([1.5], [1.0], 1, 2, "oldest"), r"\[0, 1\]"),
        (lambda: age_chain([1.0], [0.5], 1, 2, "oldest"), "sum to 1"),
        (lambda: age_chain([1.0], [1.0], -1, 2, "oldest"), "demand and memory"),
        (lambda: age_chain([1.0], [1.0], 0.5, 2, "oldest"), "demand and memory"),
        (lambda: age_chain([1.0], [1.0], 1, True, "oldest"), "demand and memory"),
        (lambda: age_chain([1.0], [1.0], 1, 2, "oldest").after(-1), "number of rounds"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
