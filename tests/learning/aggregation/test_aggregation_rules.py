"""What every rule shares: the table, symmetry, batches, weights, refusals; and what the means and medians are by hand."""

import doctest
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ceas_formal.learning import aggregation
from ceas_formal.learning.aggregation import (
    RULES,
    averages,
    centred_clipping,
    checked,
    clipping,
    coordinatewise,
    distances,
    gossip,
    mean,
    median,
    rules,
    trimmed_mean,
    weighted_mean,
)
from ceas_formal.learning.aggregation import krum as _krum  # noqa: F401  (the function hides its module)

WEIGHTED = [name for name, rule in RULES.items() if rule.weighted]
TIED = {"nnm_krum", "nnm_multi_krum"}
"""After mixing many vectors are alike and scores tie: which of equals comes first depends on the order."""
VECTORS = arrays(np.float64, st.tuples(st.integers(5, 8), st.integers(1, 4)), elements=st.floats(-50, 50, width=32))


def vectors(*shape, seed=0):
    return np.random.default_rng([6, seed]).normal(size=shape)


@pytest.mark.parametrize("module", [averages, checked, clipping, coordinatewise, distances, gossip, rules])
def test_examples(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("name", ["geometric_median", "krum", "mixing"])
def test_examples_of_modules_that_share_their_name_with_a_function(name):
    import sys

    result = doctest.testmod(sys.modules[f"ceas_formal.learning.aggregation.{name}"])
    assert result.attempted
    assert not result.failed


def test_the_table_names_what_the_package_offers():
    assert {name for name in RULES if not name.startswith("nnm_")} <= set(aggregation.__all__)
    assert all(RULES[name].name == name for name in RULES)
    assert all(f"nnm_{name}" in RULES for name in ("median", "trimmed_mean", "geometric_median", "krum", "centred_clipping"))


@pytest.mark.parametrize("name", RULES)
def test_rules_can_be_sent_to_another_process(name):
    again = pickle.loads(pickle.dumps(RULES[name]))
    assert np.array_equal(again(vectors(7, 3), faults=2), RULES[name](vectors(7, 3), faults=2))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_applies_exactly_where_it_computes(name):
    rule = RULES[name]
    for nodes in range(1, 8):
        for faults in range(-1, 5):
            if rule.applies(nodes, faults):
                assert rule(vectors(nodes, 3), faults=faults).shape == (3,)
            else:
                with pytest.raises(ValueError, match=r"faults must be at least 0|needs more than 2f vectors"):
                    rule(vectors(nodes, 3), faults=faults)


@pytest.mark.parametrize("name", sorted(set(RULES) - TIED))
@settings(max_examples=20)
@given(given_vectors=VECTORS, data=st.data())
def test_the_order_of_the_nodes_does_not_matter(name, given_vectors, data):
    rule = RULES[name]
    given_vectors = given_vectors + vectors(*given_vectors.shape)  # no two alike: Krum takes the first of equals
    order = data.draw(st.permutations(range(len(given_vectors))))
    np.testing.assert_allclose(rule(given_vectors[order], faults=2), rule(given_vectors, faults=2), atol=2e-6)


@pytest.mark.parametrize("name", sorted(TIED))
def test_the_order_of_the_nodes_decides_between_equals_only(name):
    pairs = np.array([[0.0], [1.0], [8.0], [9.0]])  # mixed: .5, .5, 8.5, 8.5 up to rounding, all as good
    found = RULES[name](pairs, faults=1), RULES[name](pairs[::-1], faults=1)
    assert found[0] + found[1] == 9


@pytest.mark.parametrize("name", WEIGHTED)
def test_the_order_of_the_nodes_does_not_matter_if_weights_move_with_them(name):
    order = np.random.default_rng([7]).permutation(9)
    weights = np.random.default_rng([8]).uniform(0, 1, 9)
    found = RULES[name](vectors(9, 4)[order], faults=3, weights=weights[order])
    np.testing.assert_allclose(found, RULES[name](vectors(9, 4), faults=3, weights=weights), atol=1e-6)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("offset", [1e3, 1e8])
def test_moving_all_vectors_moves_the_aggregate(name, offset):
    for seed in range(5):
        near = vectors(9, 4, seed=seed)
        moved = (near + offset) - offset  # what is left of the vectors after the rounding
        np.testing.assert_allclose(RULES[name](near + offset, faults=3) - offset, RULES[name](moved, faults=3), atol=1e-6)


@pytest.mark.parametrize("name", RULES)
def test_scaling_all_vectors_scales_the_aggregate(name):
    found = RULES[name](-1000 * vectors(9, 4), faults=3)
    np.testing.assert_allclose(found, -1000 * RULES[name](vectors(9, 4), faults=3), atol=1e-3)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("coordinates", [1, 6, 40])
def test_a_batch_is_aggregated_one_by_one(name, coordinates):
    batch = vectors(2, 3, 9, coordinates)
    weights = {"weights": np.random.default_rng([9]).uniform(0, 1, (3, 9))} if RULES[name].weighted else {}
    found = RULES[name](batch, faults=3, **weights)
    assert found.shape == (2, 3, coordinates)
    for first, second in np.ndindex(2, 3):
        one = RULES[name](batch[first, second], faults=3, **{key: value[second] for key, value in weights.items()})
        np.testing.assert_allclose(found[first, second], one, atol=1e-7)


@pytest.mark.parametrize("name", WEIGHTED)
@pytest.mark.parametrize(("nodes", "coordinates"), [(9, 4), (8, 4), (8, 40)])
def test_equal_weights_change_nothing(name, nodes, coordinates):
    given_vectors = vectors(nodes, coordinates)
    np.testing.assert_allclose(
        RULES[name](given_vectors, faults=3, weights=np.full(nodes, 0.3)), RULES[name](given_vectors, faults=3), atol=1e-7
    )


@pytest.mark.parametrize("name", ["weighted_mean", "median", "geometric_median", "centred_clipping"])
def test_a_whole_weight_counts_as_that_many_vectors(name):
    given_vectors, weights = vectors(6, 4), [3, 1, 2, 1, 0, 4]
    repeated = np.repeat(given_vectors, weights, axis=0)
    np.testing.assert_allclose(RULES[name](given_vectors, faults=2, weights=weights), RULES[name](repeated, faults=2), atol=1e-7)


def test_the_weighted_trimmed_mean_counts_a_whole_weight_as_that_many_vectors_where_the_share_is_whole():
    given_vectors, weights = vectors(6, 4), [3, 1, 2, 1, 1, 4]  # f/n = 1/3: of 12 vectors 4 go at each end
    found = trimmed_mean(given_vectors, faults=2, weights=weights)
    np.testing.assert_allclose(found, trimmed_mean(np.repeat(given_vectors, weights, axis=0), faults=4), atol=1e-12)


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_vector_without_weight_does_not_count(name):
    weights = np.array([1.0, 2, 1, 3, 2, 1, 0])
    given_vectors = vectors(7, 4)
    moved = given_vectors.copy()
    moved[6] += 1e-3 * vectors(4)  # near, so that it does not change who is whose neighbour
    found = RULES[name](moved, faults=2, weights=weights)
    np.testing.assert_allclose(found, RULES[name](given_vectors, faults=2, weights=weights), atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_mean_of_vectors_in_the_cache_is_that_of_vectors_beyond_it(dtype, monkeypatch):
    vectors = np.random.default_rng([5, 50]).normal(size=(2, 50, 30)).astype(dtype)
    near = mean(vectors)
    monkeypatch.setattr(averages, "FAR", 0)
    far = mean(vectors)
    assert near.dtype == far.dtype == dtype
    assert np.abs(near - far).max() < 4 * np.finfo(dtype).eps
    with pytest.raises(ValueError, match="must be finite"):
        mean([[1.0, np.inf], [1.0, -np.inf]])


@pytest.mark.parametrize(("large", "dtype"), [(1e30, np.float32), (1e300, np.float64)])
def test_values_whose_squares_overflow_are_no_reason_to_refuse(large, dtype):
    vectors = np.array([[large, -large]] * 3, dtype=dtype)
    for result in (mean(vectors), median(vectors), trimmed_mean(vectors, faults=1)):
        assert result == pytest.approx(vectors[0])
    vectors[2, 1] = np.inf
    for rule in (mean, median):
        with pytest.raises(ValueError, match="must be finite"):
            rule(vectors)


def test_medians_and_means_by_hand():
    four = np.array([[1.0, 8.0], [2.0, 6.0], [4.0, 4.0], [9.0, 2.0]])
    assert median(four, faults=1).tolist() == [3, 5]
    assert trimmed_mean(four, faults=1).tolist() == [3, 5]
    assert weighted_mean(four, weights=[1, 0, 0, 3]).tolist() == [7, 3.5]
    assert median(four, weights=[1, 1, 1, 2]).tolist() == [4, 4]
    assert median(four, weights=[2, 1, 1, 4]).tolist() == [6.5, 3]  # exactly half of the weight: between 4 and 9, 2 and 4
    # a quarter of the weight, 2, goes at each end of (1, 1), (2, 1), (4, 2), (9, 4)
    np.testing.assert_allclose(trimmed_mean(four, faults=1, weights=[1, 1, 2, 4]), [(2 * 4 + 2 * 9) / 4, (2 * 2 + 2 * 4) / 4])


@pytest.mark.parametrize("shape", [(5, 3 * coordinatewise.BLOCK // 5 + 7), (3, 5, coordinatewise.BLOCK // 5)])
def test_more_coordinates_than_a_block_are_all_sorted(shape):
    given_vectors = vectors(*shape)
    assert np.array_equal(median(given_vectors, faults=1), np.median(given_vectors, axis=-2))
    expected = np.sort(given_vectors, axis=-2)[..., 1:-1, :].mean(axis=-2)
    np.testing.assert_allclose(trimmed_mean(given_vectors, faults=1), expected, atol=1e-14)


def test_clipping_by_hand():
    assert centred_clipping([[3.0, 4.0], [0.0, 1.0]], centre=[0.0, 0.0], radius=2.5, steps=1).tolist() == [0.75, 1.5]
    # the median of (0, 1, 11) is 1, that of the distances (1, 0, 10) is 1: 1 + (-1 + 0 + 1)/3
    assert centred_clipping([[0.0], [1.0], [11.0]], faults=1, steps=1).tolist() == [1.0]
    assert centred_clipping([[0.0], [8.0]], weights=[3, 1], centre=[0.0], radius=4.0, steps=2).tolist() == [1.25]  # 1, then 1 + (4 - 3)/4


@pytest.mark.parametrize("name", RULES)
def test_float32_stays_float32(name):
    for coordinates in (4, 40):
        wide = vectors(9, coordinates)
        found = RULES[name](wide.astype(np.float32), faults=3)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, RULES[name](wide, faults=3), atol=2e-4)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("coordinates", [3, 40])
def test_vectors_that_are_not_finite_are_refused(name, value, coordinates):
    for node in (0, 4, 8):
        bad = vectors(9, coordinates)
        bad[node, 1] = value
        with pytest.raises(ValueError, match="vectors must be finite"):
            RULES[name](bad, faults=3)
        if RULES[name].weighted:
            with pytest.raises(ValueError, match="vectors must be finite"):
                RULES[name](bad, faults=3, weights=np.arange(1, 10))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("bad", [[1.0, 2.0], [[1.0], [2.0, 3.0]], [["a"]], np.zeros((3, 0)), [[1j]]])
def test_other_shapes_and_kinds_are_refused(name, bad):
    with pytest.raises(ValueError, match="vectors must"):
        RULES[name](bad, faults=0)


@pytest.mark.parametrize("name", WEIGHTED)
@pytest.mark.parametrize("bad", [[1, 1], [1, 1, -1], [0, 0, 0], [1, np.nan, 1], 3.0])
def test_weights_that_are_no_weights_are_refused(name, bad):
    with pytest.raises(ValueError, match="the weights must"):
        RULES[name](vectors(3, 2), faults=1, weights=bad)


@pytest.mark.parametrize("name", sorted(set(RULES) - set(WEIGHTED)))
def test_rules_without_weights_refuse_them(name):
    with pytest.raises(ValueError, match="weights must be None"):
        RULES[name](vectors(3, 2), faults=1, weights=[1, 1, 1])


@pytest.mark.parametrize(
    "wrong",
    [{"radius": 0.0}, {"radius": np.inf}, {"steps": 0}, {"centre": [0.0, 0.0, 0.0]}, {"centre": [0.0, np.nan]}],
)
def test_clipping_refuses_parameters_outside_their_range(wrong):
    with pytest.raises(ValueError, match="must"):
        centred_clipping(vectors(5, 2), **wrong)
