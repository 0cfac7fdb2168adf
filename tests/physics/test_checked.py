"""The checks at the entrance: numbers, arrays and weights in their range, everything else refused with the quantity."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.physics import checked
from ceas_formal.physics.memories import Memory
from ceas_formal.physics.x_states import XState


@given(st.floats())
def test_a_number_and_an_array_pass_the_same_values(value):
    for interval in ("[0, 1]", "(0, 1)", "(-∞, ∞)", "[0, ∞]"):
        try:
            expected = float(checked.real("the value", [value], interval)[0])
        except ValueError as error:
            with pytest.raises(ValueError, match=re.escape(str(error))):
                checked.number("the value", value, interval)
        else:
            assert checked.number("the value", value, interval) == expected


@pytest.mark.parametrize("one", [0.5, Fraction(1, 2), np.float32(0.5), np.array(0.5)])
def test_a_number_may_come_in_any_real_type(one):
    assert checked.number("the value", one, "[0, 1]") == 0.5


@pytest.mark.parametrize("wrong", [True, np.bool_(True), np.array(True), 1j, "1", b"1", None, [1], np.array([1.0])])
def test_what_is_no_number_is_refused(wrong):
    with pytest.raises(TypeError, match="the value must be a number"):
        checked.number("the value", wrong, "[0, 1]")


@pytest.mark.parametrize("huge", [10**400, -(10**400), Fraction(10**400, 3)])
def test_a_number_beyond_the_floats_is_out_of_range(huge):
    with pytest.raises(ValueError, match="the value must lie in"):
        checked.number("the value", huge, "(-∞, ∞)")


@pytest.mark.parametrize("wrong", [True, [True, False], 1j, "1", None, [[1], [1, 2]], 10**400])
def test_what_is_no_array_of_real_numbers_is_refused(wrong):
    with pytest.raises(ValueError, match="the value must be a real number"):
        checked.real("the value", wrong, "[0, 1]")


@pytest.mark.parametrize(("interval", "ends"), [("[0, 1]", (0, 1)), ("(0, 1]", (1,)), ("[0, 1)", (0,)), ("(0, 1)", ())])
def test_open_ends_are_left_out(interval, ends):
    for end in (0, 1):
        if end in ends:
            assert checked.real("the value", end, interval) == end
        else:
            with pytest.raises(ValueError, match="the value must lie in"):
                checked.real("the value", end, interval)


def test_rounding_of_weights_is_put_back_on_the_border():
    assert checked.weights("the weights", [1 + 1e-12, -1e-12, 0, 0]).tolist() == [1, 0, 0, 0]
    with pytest.raises(ValueError, match="the weights must lie in"):
        checked.weights("the weights", [1 + 1e-6, -1e-6, 0, 0])


@pytest.mark.parametrize("wrong", ["0.5", None, [True]])
def test_a_coherence_is_a_number(wrong):
    with pytest.raises(ValueError, match="the coherence outer must be a number"):
        XState(0.5, 0, 0, 0.5, outer=wrong)


def test_a_relaxation_time_near_the_greatest_float_bounds_nothing():
    assert Memory(1e308, math.inf).dephasing_rate == 0
