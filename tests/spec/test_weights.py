"""Aggregation weights (equation 4), the quarantine gate, the cap, and weighted quorums."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.spec import weights
from ceas_formal.spec.quorum import quorum_size
from ceas_formal.spec.weights import (
    aggregation_weights,
    capped_weights,
    gated_weights,
    is_weighted_quorum,
    largest_share,
    weights_admissible,
)
from ceas_formal.strategies import caps, stamps


def test_examples_in_docstrings_run():
    assert doctest.testmod(weights).failed == 0


@given(stamps())
def test_weights_are_positive_proportional_and_sum_to_one(phi):
    w = aggregation_weights(phi)
    assert sum(w) == 1
    assert all(w[j] * phi[k] == w[k] * phi[j] for j in range(len(phi)) for k in range(len(phi)))
    assert all(weight >= stamp / len(phi) > 0 for weight, stamp in zip(w, phi, strict=True))


@given(stamps(), st.data())
def test_gate_gives_exactly_zero_and_renormalises_the_rest(phi, data):
    quarantined = data.draw(st.sets(st.integers(0, len(phi) - 1), max_size=len(phi) - 1))
    w = gated_weights(phi, quarantined)
    kept = [k for k in range(len(phi)) if k not in quarantined]
    assert all(w[k] == 0 for k in quarantined)
    assert tuple(w[k] for k in kept) == aggregation_weights([phi[k] for k in kept])


@given(stamps())
def test_without_quarantine_the_gate_is_equation_4(phi):
    assert gated_weights(phi, []) == aggregation_weights(phi)


@given(stamps())
def test_everyone_quarantined_is_refused(phi):
    with pytest.raises(ValueError, match="quarantined nodes must lie in"):
        gated_weights(phi, range(len(phi)))


@pytest.mark.parametrize("bad", [0.5, True, "1/2", None])
def test_inexact_stamps_are_refused(bad):
    with pytest.raises(TypeError, match="stamp 1 must be an int or a Fraction"):
        aggregation_weights([Fraction(1, 2), bad])


@pytest.mark.parametrize("bad", [0, Fraction(-1, 2), Fraction(3, 2), 2])
def test_stamps_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=r"stamp 0 must lie in \(0, 1\]"):
        aggregation_weights([bad])


def test_no_stamps_are_refused():
    with pytest.raises(ValueError, match="number of stamps"):
        aggregation_weights([])


@pytest.mark.parametrize(("position", "error"), [(2, ValueError), (-1, ValueError), (True, TypeError), (1.0, TypeError)])
def test_bad_positions_are_refused(position, error):
    with pytest.raises(error, match="quarantined position"):
        gated_weights([1, 1], [position])


# ---------------------------------------------------------------------- the cap


@given(stamps(least=0), caps(), st.integers(1, 16), st.data())
def test_capped_weights_are_within_the_cap_and_spend_what_they_can(phi, cap, active, data):
    active = max(active, len(phi))
    quarantined = data.draw(st.sets(st.sampled_from(range(len(phi))))) if phi else set()
    w = capped_weights(phi, cap, active=active, quarantined=quarantined)
    counted = len(phi) - len(quarantined)
    assert all(0 < weight <= cap / active if k not in quarantined else weight == 0 for k, weight in enumerate(w))
    assert sum(w) == min(1, cap * counted / active)


@given(stamps(), caps())
def test_below_the_cap_weights_are_proportional_to_stamps_and_at_the_cap_no_lower(phi, cap):
    w, ceiling = capped_weights(phi, cap), cap / len(phi)
    below = [k for k in range(len(phi)) if w[k] < ceiling]
    levels = {w[k] / phi[k] for k in below}
    assert len(levels) <= 1
    assert all(w[k] <= level * phi[k] for level in levels for k in range(len(phi)))


@given(stamps(), st.data())
def test_a_cap_that_does_not_bind_leaves_equation_4(phi, data):
    quarantined = data.draw(st.sets(st.integers(0, len(phi) - 1), max_size=len(phi) - 1))
    assert capped_weights(phi, len(phi), quarantined=quarantined) == gated_weights(phi, quarantined)


@given(stamps())
def test_the_tightest_cap_makes_all_weights_equal(phi):
    assert set(capped_weights(phi, 1)) == {Fraction(1, len(phi))}


@given(stamps(), caps(), st.data())
def test_capped_weights_follow_the_nodes_when_they_are_renamed(phi, cap, data):
    order = data.draw(st.permutations(range(len(phi))))
    w = capped_weights(phi, cap)
    assert capped_weights([phi[k] for k in order], cap) == tuple(w[k] for k in order)


@given(stamps(least=2), caps(), st.data())
def test_leaving_a_node_out_lowers_no_other_weight(phi, cap, data):
    gone = data.draw(st.integers(0, len(phi) - 1))
    before, after = capped_weights(phi, cap), capped_weights(phi, cap, quarantined={gone})
    assert all(after[k] >= before[k] for k in range(len(phi)) if k != gone)
    assert sum(after) - sum(before) + before[gone] <= before[gone]


@given(stamps(), caps(), st.integers(0, 12), st.integers(0, 8))
def test_f_nodes_share_at_most_the_largest_share_whoever_is_used(phi, cap, faults, unused):
    active = len(phi) + unused
    heaviest = sorted(capped_weights(phi, cap, active=active), reverse=True)[:faults]
    assert sum(heaviest) <= largest_share(cap, faults, active)


def test_without_the_cap_or_with_rescaling_or_over_the_used_nodes_the_share_is_larger():
    phi, cap, bound = [1] * 15 + [Fraction(3, 10)] * 35, Fraction(3, 2), largest_share(Fraction(3, 2), 15, 50)
    uncapped = aggregation_weights(phi)
    rescaled = aggregation_weights([min(cap / 50, weight) for weight in uncapped])
    assert sum(capped_weights(phi, cap)[:15]) == bound == Fraction(9, 20)
    assert sum(uncapped[:15]) == Fraction(10, 17) > bound
    assert sum(rescaled[:15]) > bound
    assert sum(capped_weights(phi[:20], cap, active=50)[:15]) == bound < sum(capped_weights(phi[:20], cap, active=20)[:15])


@pytest.mark.parametrize("bad", [Fraction(9, 10), 0, -1])
def test_a_cap_below_1_is_refused(bad):
    with pytest.raises(ValueError, match=r"the cap κ must lie in \[1, ∞\)"):
        capped_weights([1], bad)
    with pytest.raises(ValueError, match=r"the cap κ must lie in \[1, ∞\)"):
        largest_share(bad, 1, 4)


def test_inexact_caps_and_too_few_active_nodes_are_refused():
    with pytest.raises(TypeError, match="the cap κ must be an int or a Fraction"):
        capped_weights([1], 1.5)
    with pytest.raises(ValueError, match="number of active nodes must be at least 2"):
        capped_weights([1, 1], 1, active=1)
    with pytest.raises(ValueError, match="number of active nodes must be at least 1"):
        capped_weights([], 1)
    with pytest.raises(ValueError, match=r"a quarantined position must lie in 0\.\.0; got 3"):
        capped_weights([1], 1, quarantined={3})


# ---------------------------------------------------------------------- weighted quorums

node_weights = st.lists(st.fractions(0, 1, max_denominator=12), min_size=1, max_size=6).filter(any)


def subsets(count):
    return [{k for k in range(count) if bits >> k & 1} for bits in range(2**count)]


@given(node_weights, st.fractions(0, 1, max_denominator=12))
def test_below_a_third_two_quorums_share_honest_weight_and_the_honest_nodes_are_one(weights, fraction):
    limit, nodes = fraction * sum(weights), frozenset(range(len(weights)))
    quorums = [group for group in subsets(len(weights)) if is_weighted_quorum(weights, group, limit)]
    faulty = [group for group in subsets(len(weights)) if sum(weights[k] for k in group) <= limit]
    shared = [one & other for one in quorums for other in quorums]
    assert all(any(weights[k] > 0 for k in common - group) for common in shared for group in faulty)
    if weights_admissible(sum(weights), limit):
        assert all(is_weighted_quorum(weights, nodes - group, limit) for group in faulty)
        assert not any(group in faulty for group in quorums)


@given(st.integers(1, 8), st.fractions(Fraction(1, 12), 2, max_denominator=12))
def test_at_a_third_no_rule_on_weight_is_safe_and_live_for_three_equal_groups(size, weight):
    weights, limit = [weight] * 3 * size, weight * size
    groups = [set(range(g * size, (g + 1) * size)) for g in range(3)]
    assert not weights_admissible(sum(weights), limit)
    # Live needs two groups to be a quorum, since the third may be silent. Then two quorums meet in one group, which may be Byzantine.
    assert not is_weighted_quorum(weights, groups[0] | groups[1], limit)
    assert (groups[0] | groups[1]) & (groups[1] | groups[2]) == groups[1]
    assert sum(weights[k] for k in groups[1]) <= limit


@given(st.integers(1, 40), st.integers(0, 20), st.integers(0, 40))
def test_equal_weights_are_the_counting_quorum(nodes, faults, members):
    if 3 * faults < nodes:
        weights = capped_weights([1] * nodes, 1)
        chosen = range(min(members, nodes))
        assert is_weighted_quorum(weights, chosen, largest_share(1, faults, nodes)) == (len(chosen) >= quorum_size(nodes, faults, 0))


@given(caps(), st.integers(1, 60), st.integers(0, 30))
def test_weighting_tolerates_no_more_faults_than_counting(cap, nodes, faults):
    assert not weights_admissible(1, largest_share(cap, faults, nodes)) or 3 * faults < nodes


def test_a_member_counts_once_and_strangers_are_refused():
    assert not is_weighted_quorum([1, 1, 1], [0, 0, 0], 0)
    with pytest.raises(ValueError, match=r"a member must lie in 0\.\.2; got 3"):
        is_weighted_quorum([1, 1, 1], {3}, 0)
    with pytest.raises(ValueError, match=r"weight 1 must lie in \[0, ∞\)"):
        is_weighted_quorum([1, -1], {0}, 0)
    with pytest.raises(TypeError, match="the Byzantine weight must be an int or a Fraction"):
        weights_admissible(1, 0.25)


def test_half_of_the_weight_is_too_low_a_threshold():
    weights = [3, 2, 3]
    assert weights_admissible(8, 2)
    assert is_weighted_quorum(weights, {0, 1}, 0)
    assert is_weighted_quorum(weights, {1, 2}, 0)
    assert not is_weighted_quorum(weights, {0, 1}, 2)
