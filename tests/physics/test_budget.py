"""Pairs, keys, and what tags mean for the protocol, against independent counts."""

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from ceas_formal.physics import budget
from ceas_formal.physics.tags import clifford_soundness, honest_acceptance
from ceas_formal.spec.quorum import least_nodes, spare_rejections
from ceas_formal.strategies import noise_rates


def test_the_paper_needs_49000_pairs_and_has_1000():
    found = budget.demand(50, 49, 4, 16)
    assert (found.pairs, found.available, found.affordable) == (49_000, 1_000, False)
    assert budget.standing_stock() == 1_500
    assert budget.demand(50, 1, 4, 16).affordable


@given(st.integers(1, 60), st.integers(1, 6), st.integers(0, 40), st.integers(0, 5_000))
def test_most_verifiers_is_the_most_that_is_paid_for(payloads, payload, traps, pairs):
    most = budget.most_verifiers(payloads, payload, traps, pairs)
    assert budget.demand(payloads, most, payload, traps).pairs <= pairs < budget.demand(payloads, most + 1, payload, traps).pairs


@given(st.integers(1, 50), st.data())
def test_set_error_is_the_hypergeometric_tail(nodes, data):
    faults, verifiers = data.draw(st.integers(0, nodes)), data.draw(st.integers(1, nodes))
    least = math.ceil(verifiers / 2)
    assert float(budget.set_error(nodes, faults, verifiers)) == pytest.approx(hypergeom.sf(least - 1, nodes, faults, verifiers), abs=1e-9)


def test_set_error_counts_the_sets():
    lost = sum(sum(node < 3 for node in chosen) >= 2 for chosen in itertools.combinations(range(8), 4))
    assert budget.set_error(8, 3, 4) == Fraction(lost, math.comb(8, 4))


def test_key_bits_are_those_of_the_group():
    assert [2 ** budget.clifford_key_bits(n) >= order > 2 ** (budget.clifford_key_bits(n) - 1) for n, order in ((1, 24), (2, 11_520))] == [
        True,
        True,
    ]
    assert budget.clifford_key_bits(3) == math.ceil(math.log2(92_897_280))
    assert budget.mac_key_bits(50, 57, 64) == 49 * (64 + 57 * 64)


@settings(max_examples=60)
@given(noise_rates(), st.integers(1, 4), st.integers(1, 12), st.integers(0, 5), st.integers(0, 2), st.integers(0, 10))
def test_effect_is_binomial(noise, payload, traps, faults, false_accepts, spare):
    nodes = least_nodes(faults, false_accepts) + spare
    found = budget.effect(noise, payload, traps, nodes, faults, false_accepts)
    honest, rejects = nodes - faults, float(1 - honest_acceptance(payload, traps, noise))
    assert found.rejections == honest * (1 - honest_acceptance(payload, traps, noise))
    assert float(found.fooled) == pytest.approx(
        binom.sf(false_accepts, honest, float(clifford_soundness(payload, traps))), rel=1e-6, abs=1e-12
    )
    assert float(found.lost) == pytest.approx(
        binom.sf(spare_rejections(nodes, faults, false_accepts), honest, rejects), rel=1e-6, abs=1e-12
    )


@given(noise_rates(), st.integers(1, 30))
def test_longer_tags_fool_fewer_and_reject_more(noise, traps):
    short, long = (budget.effect(noise, 4, t, 50, 15, 1) for t in (traps, traps + 1))
    assert long.fooled < short.fooled
    assert long.rejections >= short.rejections


def test_a_tag_that_is_long_enough_for_safety_can_cost_every_payload():
    traps = budget.least_tag(4, 50, 15, 0, Fraction(1, 2**40))
    found = budget.effect(Fraction(1, 100), 4, traps, 50, 15, 0)
    assert traps == 46
    assert found.fooled <= Fraction(1, 2**40)
    assert found.lost > Fraction(99, 100)


@given(noise_rates(), st.integers(1, 4), st.integers(0, 8))
def test_imperfect_pairs_reject_as_noise_of_the_same_chance_does(noise, payload, traps):
    assert budget.effect(0, payload, traps, 10, 2, 1, pair_fidelity=1 - noise) == budget.effect(noise, payload, traps, 10, 2, 1)


def test_a_tag_that_reaches_the_wanted_chance_exactly_suffices():
    assert budget.least_tag(4, 50, 12, 1, budget.effect(0, 4, 7, 50, 12, 1).fooled) == 7


@pytest.mark.parametrize("false_accepts", [0, 1, 4])
def test_least_tag_is_the_least(false_accepts):
    wanted = Fraction(1, 10**9)
    traps = budget.least_tag(4, 50, 12, false_accepts, wanted)
    assert budget.effect(0, 4, traps, 50, 12, false_accepts).fooled <= wanted
    assert budget.effect(0, 4, traps - 1, 50, 12, false_accepts).fooled > wanted


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: budget.demand(-1, 1, 1, 1), r"the number of payloads must be at least 0; got -1"),
        (lambda: budget.demand(1, 1, 1, 1, rounds=0), r"the number of rounds must be at least 1; got 0"),
        (lambda: budget.most_verifiers(0, 1, 1), r"the number of payloads must be at least 1; got 0"),
        (lambda: budget.standing_stock(life=0), r"the life of a pair, in rounds, must be at least 1; got 0"),
        (lambda: budget.set_error(5, 6, 1), r"faults and verifiers must lie in 0..5; got 6 and 1"),
        (lambda: budget.clifford_key_bits(0), r"the number of qubits must be at least 1; got 0"),
        (lambda: budget.mac_key_bits(1, 1, 1), r"the number of nodes must be at least 2; got 1"),
        (lambda: budget.effect(0, 1, 1, 50, 17, 0), r"the number of nodes N must lie in \[52, ∞\): more than 3f \+ a; got 50"),
        (lambda: budget.effect(2, 1, 1, 50, 15, 0), r"the noise per qubit must lie in \[0, 1\]; got 2"),
        (lambda: budget.least_tag(1, 50, 15, 0, 1), r"the wanted failure probability must lie in \(0, 1\); got 1"),
    ],
)
def test_bad_input_names_the_quantity_and_its_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
