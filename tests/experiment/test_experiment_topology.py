"""Gossip on graphs in the experiment: what moves along edges, what it tends to, and what training makes of it."""

import doctest

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.errors import BadInput
from ceas_formal.simulate.experiment import mixing, topology
from ceas_formal.simulate.experiment.attacks import Honest, Paper
from ceas_formal.simulate.experiment.ceas import Ceas
from ceas_formal.simulate.experiment.mixing import Mixing, matched, met
from ceas_formal.simulate.experiment.readings import changed, read_as
from ceas_formal.simulate.experiment.rules import Mean, RandomSelection, weighted_mean
from ceas_formal.simulate.experiment.setting import experiment
from ceas_formal.simulate.experiment.topology import edges, mixing_matrix, placed
from ceas_formal.simulate.experiment.training import train
from ceas_formal.simulate.scenario import load, packaged
from ceas_formal.simulate.scenario_tables import Gossip

SCENARIO = load(packaged("section_iv"))
GRAPHS, SCHEMES = ("random_regular", "ring", "grid"), ("exact", "random_matching")
ON_GRAPHS = pytest.mark.parametrize("graph", GRAPHS)
BY_SCHEMES = pytest.mark.parametrize("scheme", SCHEMES)
SEEDS = (0, 1)


@pytest.mark.parametrize("module", [mixing, topology])
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(module).failed == 0


def gossip(graph, scheme, depth):
    return Gossip(topology=graph, mixing=scheme, depth=depth, averaged="parameters", weights="uniform")


def contents(nodes=12):
    chance = np.random.default_rng(3)
    return chance.standard_normal((2, nodes, 4)), chance.random((2, nodes))


@ON_GRAPHS
@BY_SCHEMES
def test_many_steps_bring_every_node_to_the_weighted_mean(graph, scheme):
    messages, weights = contents()
    weights[:, :3] = 0.0
    mean = weighted_mean(messages, weights, np.zeros((2, 4)))[:, None]
    apart = []
    for depth in (1, 12, 1500):
        apart.append(np.abs(Mixing(gossip(graph, scheme, depth), 12, SEEDS)(messages, weights, messages) - mean).max())
    assert apart[0] > apart[1] > apart[2]
    assert apart[2] < 1e-9


def test_where_all_are_neighbours_one_step_is_the_mean():
    messages, weights = contents(5)  # 5 nodes of degree 4
    found = Mixing(gossip("random_regular", "exact", 1), 5, SEEDS)(messages, weights, messages)
    mean = weighted_mean(messages, weights, np.zeros((2, 4)))
    np.testing.assert_allclose(found, np.broadcast_to(mean[:, None], found.shape), rtol=0, atol=1e-12)


@ON_GRAPHS
@BY_SCHEMES
@pytest.mark.parametrize("depth", [1, 3])
def test_in_one_step_a_message_moves_one_edge_at_most(graph, scheme, depth):
    messages, weights = contents()
    other = messages.copy()
    other[:, 0] += 100.0
    first, second = (Mixing(gossip(graph, scheme, depth), 12, SEEDS)(told, weights, messages) for told in (messages, other))
    for run, matrix in enumerate(placed(mixing_matrix(graph, 12), SEEDS)):
        near = networkx.single_source_shortest_path_length(networkx.from_numpy_array(matrix), 0, cutoff=depth)
        changed_at = set(np.flatnonzero(np.abs(first[run] - second[run]).max(axis=-1) > 0).tolist())
        assert 0 in changed_at
        assert changed_at <= set(near)
        assert scheme == "random_matching" or changed_at == set(near)


@BY_SCHEMES
def test_a_node_that_no_weight_has_reached_keeps_what_it_had(scheme):
    messages, weights = contents()
    weights[:, 1:] = 0.0
    found = Mixing(gossip("ring", scheme, 2), 12, SEEDS)(messages, weights, messages + 7)
    reached = np.isclose(found, messages[:, :1]).all(axis=-1)
    assert np.array_equal(found[~reached], (messages + 7)[~reached])
    assert (reached.sum(axis=-1) <= 5).all()
    assert reached[:, 0].all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(GRAPHS))
def test_nodes_meet_neighbours_and_nobody_rests_beside_a_neighbour_who_rests(seed, graph):
    along = edges(placed(mixing_matrix(graph, 12), SEEDS))
    partner = met(along, 12, [np.random.default_rng([seed, run]) for run in SEEDS])
    for whom, pairs in zip(partner, along, strict=True):
        assert np.array_equal(whom[whom], np.arange(12))
        there = {frozenset(pair) for pair in pairs.tolist()}
        assert all(node == other or frozenset((node, other)) in there for node, other in enumerate(whom.tolist()))
        assert all(whom[first] != first or whom[second] != second for first, second in pairs)


def test_matchings_without_edges_are_those_of_the_complete_graph():
    messages, weights = contents()
    named = Mixing(gossip("complete", "random_matching", 6), 12, SEEDS)(messages, weights, messages)
    streams = [mixing.generator(seed, "gossip") for seed in SEEDS]
    assert named.tobytes() == matched(messages, weights, messages, 6, streams).tobytes()


def test_each_seed_has_its_own_places_on_the_same_graph():
    first, second = placed(mixing_matrix("ring", 12), SEEDS)
    assert not np.array_equal(first, second)
    assert networkx.is_isomorphic(networkx.from_numpy_array(first), networkx.from_numpy_array(second))
    assert np.array_equal(second, placed(mixing_matrix("ring", 12), (1,))[0])


def played(rule, enemy=None, rounds=16, seeds=SEEDS, **gossip):
    base = read_as(SCENARIO, "workable", {"attack": {"first_round": 6}, "gossip": gossip})
    return train(base, seeds, rule, enemy or Paper(base.attack), rounds=rounds, compiled=False)


@pytest.mark.parametrize("rule", [Mean, Ceas])
def test_a_ring_that_mixes_for_long_trains_like_the_complete_graph(rule):
    np.testing.assert_allclose(played(rule(), topology="ring", depth=8000).accuracy, played(rule()).accuracy, rtol=0, atol=1e-9)


def test_a_full_matrix_on_a_graph_is_the_default(monkeypatch):
    plain = played(Ceas())
    monkeypatch.setattr(mixing, "mixing_matrix", lambda name, nodes: np.full((nodes, nodes), 1 / nodes))
    np.testing.assert_allclose(played(Ceas(), topology="ring", depth=1).accuracy, plain.accuracy, rtol=0, atol=1e-9)


@ON_GRAPHS
@BY_SCHEMES
def test_a_run_on_a_graph_repeats_itself_and_does_not_depend_on_its_batch(graph, scheme):
    named = {"topology": graph, "mixing": scheme}
    together, again, alone = (played(Ceas(), rounds=9, seeds=seeds, **named) for seeds in (SEEDS, SEEDS, (1,)))
    assert together.accuracy.tobytes() == again.accuracy.tobytes()
    assert together.accuracy[1].tobytes() == alone.accuracy[0].tobytes()
    assert together.accuracy.tobytes() != played(Ceas(), rounds=9).accuracy.tobytes()


def test_without_attack_few_steps_on_a_graph_train_about_as_well_as_the_mean():
    exact = played(Mean(), Honest(), rounds=40).accuracy[:, -5:].mean()
    for graph in GRAPHS:
        assert abs(played(Mean(), Honest(), rounds=40, topology=graph).accuracy[:, -5:].mean() - exact) < 0.02


def test_the_baseline_broadcasts_and_knows_no_graph():
    assert played(RandomSelection(), topology="ring").accuracy.tobytes() == played(RandomSelection()).accuracy.tobytes()


@pytest.mark.parametrize("named", [{"topology": "ring"}, {"mixing": "random_matching"}])
def test_gradients_are_averaged_where_nodes_start_apart_too(named):
    assert np.isfinite(played(Mean(), rounds=9, averaged="gradients", **named).accuracy).all()


def test_graphs_that_cannot_be_are_refused(monkeypatch):
    few = {
        "network": {"nodes": 4, "byzantine_nodes": 1}, "consensus": {"faults": 1}, "quarantine": {"minimum_active_nodes": 2},
        "baseline": {"selected_nodes": 2}, "gossip": {"topology": "ring"},
    }  # fmt: skip
    with pytest.raises(BadInput, match=r"gossip\.topology.*at least 5; got 4"):
        experiment(changed(SCENARIO, few))
    apart = networkx.disjoint_union(networkx.complete_graph(5), networkx.complete_graph(5))
    monkeypatch.setattr(networkx, "random_regular_graph", lambda *arguments, **options: apart)
    with pytest.raises(BadInput, match=r"gossip\.topology.*connected"):
        experiment(changed(SCENARIO, {"gossip": {"topology": "random_regular"}}))
