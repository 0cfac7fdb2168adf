"""The norm clip, and how far Byzantine contents and stamps move the aggregate."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.spec.influence import CLIP_BITS, clipped, largest_displacement, largest_swing, squared_norm, weighted_sum
from ceas_formal.spec.weights import aggregation_weights, capped_weights
from ceas_formal.strategies import caps, clips, contents, positive_unit_fractions

DIMENSION = 3


@given(contents(DIMENSION), clips())
def test_clipped_contents_are_within_the_clip_keep_their_direction_and_lose_almost_nothing(x, clip):
    y = clipped(x, clip)
    assert squared_norm(y) <= clip**2
    scales = {q / p for p, q in zip(x, y, strict=True) if p}
    assert len(scales) <= 1
    assert all(0 < scale <= 1 for scale in scales)
    if squared_norm(x) <= clip**2:
        assert y == x
    else:
        assert squared_norm(y) >= (clip * (1 - Fraction(1, 2**CLIP_BITS))) ** 2


@given(contents(DIMENSION), clips())
def test_clipping_twice_changes_nothing_more(x, clip):
    assert clipped(clipped(x, clip), clip) == clipped(x, clip)


@given(st.integers(1, 50), clips())
def test_clip_is_exact_where_the_norm_is_rational(multiple, clip):
    x = (3 * clip * multiple, 4 * clip * multiple)
    assert clipped(x, clip) == (3 * clip / 5, 4 * clip / 5)


@given(clips())
def test_extremely_long_contents_are_not_clipped_to_zero(clip):
    assert squared_norm(clipped((10**30, 1), clip)) > (clip / 2) ** 2


@pytest.mark.parametrize(("bad", "error"), [(0, ValueError), (-1, ValueError), (1.0, TypeError), (True, TypeError)])
def test_bad_clips_are_refused(bad, error):
    with pytest.raises(error, match="the clip C"):
        clipped((1,), bad)


def test_inexact_contents_and_mismatched_lengths_are_refused():
    with pytest.raises(TypeError, match="entry 1 of the content must be an int or a Fraction"):
        clipped((1, 0.5), 1)
    with pytest.raises(ValueError, match="number of contents must equal the number of weights, 2; got 1"):
        weighted_sum([1, 1], [(1,)], 1)
    with pytest.raises(ValueError, match="dimension of content 0 must be 2; got 1"):
        weighted_sum([1], [(1,)], 2)


def test_nothing_used_sums_to_zero():
    assert weighted_sum([], [], 2) == (0, 0)


# ---------------------------------------------------------------------- the two bounds

payloads = st.tuples(positive_unit_fractions(), contents(DIMENSION))
behaviours = st.lists(st.one_of(st.none(), payloads), min_size=2, max_size=2)


def summed(uses, cap, active, clip):
    weights = capped_weights([stamp for stamp, _ in uses], cap, active=active)
    return weighted_sum(weights, [clipped(content, clip) for _, content in uses], DIMENSION)


def squared_distance(one, other):
    return squared_norm([p - q for p, q in zip(one, other, strict=True)])


@given(st.lists(payloads, max_size=5), behaviours, behaviours, st.integers(0, 3), caps(), clips())
def test_two_behaviours_of_the_byzantine_nodes_differ_by_at_most_the_swing(honest, one, other, idle, cap, clip):
    active = len(honest) + 2 + idle
    sums = [summed(honest + [use for use in byzantine if use], cap, active, clip) for byzantine in (one, other)]
    assert squared_distance(*sums) <= largest_swing(cap, 2, active, clip) ** 2


@given(st.lists(payloads, max_size=5), st.lists(payloads, min_size=1, max_size=3), caps(), clips())
def test_byzantine_contents_move_the_aggregate_by_at_most_the_displacement_from_zero(honest, byzantine, cap, clip):
    active, silenced = len(honest) + len(byzantine), [(stamp, (0,) * DIMENSION) for stamp, _ in byzantine]
    sums = [summed(honest + part, cap, active, clip) for part in (byzantine, silenced)]
    assert squared_distance(*sums) <= largest_displacement(cap, len(byzantine), active, clip) ** 2


@given(st.integers(1, 4), st.integers(0, 8), clips())
def test_both_bounds_are_reached(faults, others, clip):
    active, up, down = faults + others, (clip, 0, 0), (-clip, 0, 0)
    honest, byzantine = [(1, down)] * others, [(1, up)] * faults
    silent, without = summed(honest + [(1, (0, 0, 0))] * faults, 1, active, clip), summed(honest, active, active, clip)
    assert squared_distance(summed(honest + byzantine, 1, active, clip), silent) == largest_displacement(1, faults, active, clip) ** 2
    opposite = summed(honest + [(1, down)] * faults, 1, active, clip)
    assert squared_distance(summed(honest + byzantine, 1, active, clip), opposite) == largest_swing(1, faults, active, clip) ** 2
    # Without the Byzantine nodes the others share their weight, here all of it: they go all the way to the other side.
    if others:
        assert without == down


@given(clips(), st.integers(2, 50))
def test_without_the_clip_one_node_exceeds_every_bound(clip, factor):
    weights = capped_weights([1] * 4, 1)
    moved = weighted_sum(weights, [(factor * clip,), *[(0,)] * 3], 1)
    assert squared_norm(moved) > largest_displacement(1, 1, 4, clip) ** 2


def test_without_the_cap_clipped_contents_exceed_the_bound():
    stamps, contents_ = [1] * 15 + [Fraction(3, 10)] * 35, [clipped((7,), 1)] * 15 + [(0,)] * 35
    moved = weighted_sum(aggregation_weights(stamps), contents_, 1)
    assert moved == (Fraction(10, 17),)
    assert moved[0] > largest_displacement(Fraction(3, 2), 15, 50, 1)


def test_rounding_the_scale_up_would_exceed_the_clip():
    scale = clipped((1, 1), 1)[0] + Fraction(1, 2**CLIP_BITS)
    assert squared_norm((scale, scale)) > 1
