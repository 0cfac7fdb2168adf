"""Grids of descriptors at their edges, which grids are coarser than which, and the limit that heralding sets on a pair rate."""

import math

import numpy as np
import pytest

from ceas_formal.errors import BadInput
from ceas_formal.physics.descriptors import COARSE, Grid, leak
from ceas_formal.simulate.platforms import load_platform, packaged_platforms

PATHS = packaged_platforms()
KNOWN = [load_platform(path) for path in PATHS.values()]


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_a_value_at_an_edge_has_the_level_that_starts_there(levels):
    grid = Grid(1e-3, 1e1, levels)
    assert [grid.level(edge) for edge in grid.edges] == list(range(1, levels))


def leaked(levels):
    return leak(KNOWN, {"coherence_time": Grid(1e-4, 1e1, levels)}).platform


def test_fewer_levels_leak_less_if_they_merge_those_of_the_finer_grid_and_else_may_leak_more():
    assert set(Grid(1e-4, 1e1, 4).edges.round(12)) <= set(Grid(1e-4, 1e1, 6).edges.round(12))
    assert leaked(4) < leaked(6)
    assert leaked(4) > leaked(5) + 0.004


def test_what_is_leaked_on_the_values_of_a_known_platform_is_the_rest_of_the_entropy():
    # I(values; descriptor | platform), the mean of the entropies of single platforms.
    rest = np.mean([leak([platform]).values for platform in KNOWN])
    found = leak(KNOWN)
    assert found.values - found.platform == pytest.approx(rest, abs=1e-12)
    assert rest == pytest.approx(2.941, abs=1e-3)


@pytest.mark.parametrize("spread", [5e-324, 1e-300, 0.0])
def test_a_vanishing_spread_gives_levels_for_certain(spread):
    assert Grid(1, 100, 3).distribution(10, spread).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Grid(1, 2, 1.5), TypeError, "number of levels must be an int"),
        (lambda: Grid(1, 2, math.nan), TypeError, "number of levels must be an int"),
        (lambda: Grid("1", 2, 3), TypeError, "low end of a grid must be a number"),
        (lambda: Grid(1, math.inf, 3), ValueError, "high end of a grid must lie in"),
        (lambda: Grid(1, 2, 3).level(True), TypeError, "the value must be a number"),
        (lambda: Grid(1, 2, 3).distribution(math.nan, 1), ValueError, "the central value must lie in"),
        (lambda: Grid(1, 2, 3).distribution(-1, 1), ValueError, "the central value must lie in"),
        (lambda: leak(KNOWN, decades=1j), TypeError, "the spread must be a number"),
    ],
)
def test_bad_grids_are_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_attempts_under_way_together_raise_the_limit_of_the_pair_rate(tmp_path):
    text = PATHS["trapped_ion"].read_text(encoding="utf-8").replace("value = 182\n", "value = 300\n")
    path = tmp_path / "any.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"modes·success_probability·1/attempt_time = 218; got 300"):
        load_platform(path)
    path.write_text(text.replace("modes = 1\n", "modes = 2\n"), encoding="utf-8")
    assert load_platform(path).link.pair_rate.value == 300


def test_the_descriptor_has_three_levels_of_each_quantity():
    assert {grid.levels for grid in COARSE.values()} == {3}
