"""The stamp map, its levels, and what quantisation costs."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.spec.stamps import Scale, certified_level, fidelity_stamp, inflation_bound, linear_level, variance_inflation
from ceas_formal.strategies import positive_unit_fractions, stamp_inputs, stamp_steps, stamps

positive = st.fractions(Fraction(1, 20), 20, max_denominator=20)


@given(stamp_inputs())
def test_a_stamp_lies_in_its_range_and_is_1_only_without_any_loss(values):
    information, largest, distance, floor, penalty = values
    stamp = fidelity_stamp(information, largest, distance, floor=floor, penalty=penalty)
    assert floor / ((floor + largest) * (1 + penalty)) <= stamp <= 1
    assert (stamp == 1) == (information == largest and distance == 0)


@given(stamp_inputs(), stamp_inputs())
def test_a_stamp_rises_with_the_information_and_falls_with_the_distance(values, others):
    information, largest, distance, floor, penalty = values
    more, farther = largest * others[0] / others[1], others[2]
    here = fidelity_stamp(information, largest, distance, floor=floor, penalty=penalty)
    assert (fidelity_stamp(more, largest, distance, floor=floor, penalty=penalty) > here) == (more > information)
    assert (fidelity_stamp(information, largest, farther, floor=floor, penalty=penalty) < here) == (farther > distance)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("the Fisher information must lie in", (5, 4, 0, 1, 1)),
        ("the Fisher information must lie in", (-1, 4, 0, 1, 1)),
        ("F_max must lie in", (0, 0, 0, 1, 1)),
        ("the process distance must lie in", (0, 4, Fraction(11, 10), 1, 1)),
        ("the floor ε must lie in", (0, 4, 0, 0, 1)),
        ("the penalty κ must lie in", (0, 4, 0, 1, 0)),
    ],
)
def test_arguments_out_of_range_are_named(name, arguments):
    information, largest, distance, floor, penalty = arguments
    with pytest.raises(ValueError, match=name):
        fidelity_stamp(information, largest, distance, floor=floor, penalty=penalty)


def test_floats_are_refused():
    with pytest.raises(TypeError, match="process distance"):
        fidelity_stamp(1, 2, 0.5, floor=1, penalty=1)
    with pytest.raises(TypeError, match="step"):
        Scale(1.5, 4)


@given(stamp_steps(), st.integers(1, 16), positive_unit_fractions())
def test_a_level_never_promises_more_than_the_stamp_and_loses_less_than_one_step(step, levels, stamp):
    scale = Scale(step, levels)
    level = scale.level(stamp)
    if stamp >= 1 / scale.range:
        assert scale.value(level) <= stamp < scale.value(level) * step
    else:
        assert level == 0
    assert scale.facts(stamp) == tuple(range(1, level + 1))


@given(stamp_steps(), st.integers(1, 16))
def test_levels_are_fixed_points_and_the_top_is_1(step, levels):
    scale = Scale(step, levels)
    assert [scale.level(scale.value(level)) for level in range(levels)] == list(range(levels))
    assert scale.value(levels - 1) == 1
    assert scale.value(0) == 1 / scale.range


@pytest.mark.parametrize(("step", "levels"), [(1, 4), (Fraction(1, 2), 4), (2, 0)])
def test_scales_out_of_range_are_refused(step, levels):
    with pytest.raises(ValueError, match=r"the step ρ must lie in|the number of levels must be"):
        Scale(step, levels)


def test_levels_out_of_range_are_refused():
    for level in (-1, 4):
        with pytest.raises(ValueError, match="the level must"):
            Scale(2, 4).value(level)
    for stamp in (0, Fraction(3, 2)):
        with pytest.raises(ValueError, match="the stamp must lie in"):
            Scale(2, 4).level(stamp)


@given(st.lists(st.integers(0, 15), min_size=1, max_size=8), st.lists(st.integers(0, 15), max_size=3), st.integers(1, 11))
def test_a_certified_level_lies_between_honest_measurements(honest, lies, needed):
    if len(lies) < needed <= len(honest):
        assert min(honest) <= certified_level([*honest, *lies], needed) <= max(honest)


def test_support_within_reach_of_the_liars_lets_them_choose():
    assert certified_level([3, 3, 15], needed=1) == 15
    assert certified_level([3, 3, 0], needed=3) == 0


@pytest.mark.parametrize("needed", [0, 3])
def test_support_out_of_range_is_refused(needed):
    with pytest.raises(ValueError, match="the needed support must"):
        certified_level([1, 2], needed)


@given(stamps(1, 8), stamp_steps())
def test_levels_inflate_the_variance_by_at_most_the_bound(exact, step):
    levels = 1
    while Scale(step, levels).range < 60:
        levels += 1
    scale = Scale(step, levels)
    quantised = [scale.value(scale.level(stamp)) for stamp in exact]
    assert 1 <= variance_inflation([1 / stamp for stamp in exact], quantised) <= scale.inflation


@given(positive, positive)
def test_the_bound_is_reached_by_two_nodes(one, other):
    low, high = sorted((one, other))
    # Node 1 has the share M/(m+M) of the inverse variance, and its weight is too low.
    assert variance_inflation([1 / high, 1 / low], [high * low, low * high]) == inflation_bound(low, high)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=8))
def test_no_weights_inflate_by_more_than_their_relative_errors_allow(nodes):
    errors = [error for _, error in nodes]
    used = variance_inflation([s for s, _ in nodes], [error / s for s, error in nodes])
    assert 1 <= used <= inflation_bound(min(errors), max(errors))


def test_four_linear_bits_remove_every_stamp_below_a_thirtieth():
    assert linear_level(Fraction(1, 30), 4) == 1
    assert linear_level(Fraction(1, 30) - Fraction(1, 10**9), 4) == 0


@pytest.mark.parametrize(("low", "high"), [(0, 1), (2, 1), (-1, 1)])
def test_relative_errors_out_of_range_are_refused(low, high):
    with pytest.raises(ValueError, match="relative error"):
        inflation_bound(low, high)


@pytest.mark.parametrize(
    ("variances", "used", "message"),
    [([1], [1, 1], "number of stamps"), ([0], [1], "variance 0"), ([1], [-1], "stamp 0"), ([1, 2], [0, 0], "sum of the stamps")],
)
def test_bad_variances_and_stamps_are_refused(variances, used, message):
    with pytest.raises(ValueError, match=message):
        variance_inflation(variances, used)
