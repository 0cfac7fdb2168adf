"""The training loop of section IV: streams, backends, rules, attacks, quarantine and consensus."""

import dataclasses
import doctest

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.errors import BadInput
from ceas_formal.learning.attacks import reversal, scaling
from ceas_formal.simulate.experiment import ablation, cadence, ceas, consensus, measures, mixing, readings, separation, setting
from ceas_formal.simulate.experiment.attacks import KINDS, Honest, Library, Paper, Sent, library_attacks
from ceas_formal.simulate.experiment.ceas import Ceas, bernoulli_divergence, readmitted, threshold
from ceas_formal.simulate.experiment.consensus import ASSUMPTIONS, decide, inside
from ceas_formal.simulate.experiment.mixing import matched
from ceas_formal.simulate.experiment.models import CircuitAngles
from ceas_formal.simulate.experiment.readings import RULES, Cell, adversary, attack_names, changed, read_as
from ceas_formal.simulate.experiment.rules import HonestMean, Mean, RandomSelection, Robust, weighted_mean
from ceas_formal.simulate.experiment.setting import experiment
from ceas_formal.simulate.experiment.training import train
from ceas_formal.simulate.scenario import load, packaged
from ceas_formal.spec.quorum import admissible
from ceas_formal.spec.value import Misbehaves, Rules, Value, well_formed

SCENARIO = load(packaged("section_iv"))
SMALL = {"attack": {"first_round": 6}}
WORKABLE = read_as(SCENARIO, "workable", SMALL)


@pytest.mark.parametrize("module", [ablation, cadence, ceas, consensus, measures, mixing, readings, separation, setting])
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(module).failed == 0


def played(rule=None, enemy=None, seeds=(0, 1), rounds=16, base=WORKABLE, compiled=False, **options):
    return train(base, seeds, rule or Ceas(), enemy or Paper(base.attack), rounds=rounds, compiled=compiled, **options)


def same(first, second):
    return all(getattr(first, name).tobytes() == getattr(second, name).tobytes() for name in ("accuracy", "active_honest", "used"))


def test_the_same_seed_gives_the_same_bytes():
    assert same(played(), played())


def test_a_run_does_not_depend_on_its_batch():
    together, alone = played(seeds=(3, 4, 5)), played(seeds=(4,))
    assert together.accuracy[1].tobytes() == alone.accuracy[0].tobytes()
    assert together.active_byzantine[1].tobytes() == alone.active_byzantine[0].tobytes()


def test_attacks_do_not_move_what_comes_before_them():
    quiet, attacked = played(enemy=Honest()), played()
    assert quiet.accuracy[:, :6].tobytes() == attacked.accuracy[:, :6].tobytes()
    assert quiet.accuracy[:, 6:].tobytes() != attacked.accuracy[:, 6:].tobytes()


@pytest.mark.parametrize("reading", ["workable", "pairs_matter"])
def test_numpy_and_compiled_runs_decide_alike(reading):
    pytest.importorskip("numba")
    base = read_as(SCENARIO, reading, SMALL)
    slow, fast = (played(base=base, rounds=24, keep=("rolling",), compiled=compiled) for compiled in (False, True))
    for name in ("active_honest", "active_byzantine", "ever_honest", "ever_byzantine", "used", "expired"):
        assert np.array_equal(getattr(slow, name), getattr(fast, name))
    np.testing.assert_allclose(slow.accuracy, fast.accuracy, atol=1e-6)
    np.testing.assert_allclose(slow.kept["rolling"], fast.kept["rolling"], atol=1e-8)


def test_compiled_gradients_agree():
    pytest.importorskip("numba")
    chance = np.random.default_rng(0)
    models = [CircuitAngles(SCENARIO.training, 2, compiled=compiled) for compiled in (False, True)]
    labels = np.where(chance.random((3, 5, 16)) < 0.5, 1.0, -1.0)
    features, angles, shrink = chance.standard_normal((3, 5, 16, 2)), chance.uniform(-3, 3, (3, 1, 6)), np.full((3, 5), 0.94)
    first, second = (model.gradient(angles, model.encode(features), labels, shrink) for model in models)
    np.testing.assert_allclose(first, second, rtol=0, atol=1e-12)


def test_shot_noise_has_the_deviation_of_measured_shifts_at_most():
    chance, shots, runs = np.random.default_rng(1), 100, 4000
    model = CircuitAngles(SCENARIO.training, 2, compiled=False)
    angles, features = chance.uniform(-1, 1, 6), chance.standard_normal((16, 2))
    labels, encoded = np.where(chance.random(16) < 0.5, 1.0, -1.0), model.encode(features)
    shift = np.zeros(6)
    shift[2] = np.pi / 2
    values = [0.94 * model.scores(angles + side * shift, encoded) for side in (1, -1)]
    up, down = (2 * chance.binomial(shots, (1 + value) / 2, (runs, 16)) / shots - 1 for value in values)
    slope = 0.998 / (1 + 0.998 * labels * 0.94 * model.scores(angles, encoded))
    measured = float((slope * (up - down) / 2).mean(axis=1).std())
    stated = float(model.deviation(angles, encoded, labels, np.array(0.94), shots))
    assert 0.6 * stated < measured < 1.05 * stated


def test_the_mean_of_equal_messages_is_that_message_and_nobody_leaves_the_model_as_it_was():
    messages = np.broadcast_to(np.arange(3.0), (2, 5, 3))
    assert np.allclose(weighted_mean(messages, np.ones((2, 5)), np.zeros((2, 3))), np.arange(3.0))
    assert np.array_equal(weighted_mean(messages, np.zeros((2, 5)), np.full((2, 3), 7.0)), np.full((2, 3), 7.0))


def test_the_oracle_of_honest_nodes_ignores_what_attackers_send():
    assert played(HonestMean()).accuracy.tobytes() == played(HonestMean(), Honest()).accuracy.tobytes()
    assert played(Mean()).accuracy.tobytes() != played(Mean(), Honest()).accuracy.tobytes()


def test_all_nodes_selected_at_random_are_the_mean():
    base = read_as(SCENARIO, "workable", {**SMALL, "baseline": {"selected_nodes": 50}})
    np.testing.assert_allclose(played(RandomSelection(), base=base).accuracy, played(Mean(), base=base).accuracy, atol=1e-9)


def test_every_rule_and_attack_by_name_runs():
    for name, make in RULES.items():
        assert np.isfinite(played(make(), seeds=(0,), rounds=9).accuracy).all(), name
    for name in attack_names():
        assert np.isfinite(played(Mean(), adversary(name, WORKABLE), seeds=(0,), rounds=9).accuracy).all(), name


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="the attack must be one of none"):
        adversary("earthquake", WORKABLE)
    with pytest.raises(ValueError, match="the aggregation rule must be one of"):
        played(Robust("earthquake"))
    with pytest.raises(ValueError, match="the reading must be one of"):
        read_as(SCENARIO, "earthquake")
    with pytest.raises(ValueError, match="the kinds of attack must be among"):
        Paper(WORKABLE.attack, ())
    with pytest.raises(ValueError, match="the attack must be one of"):
        Library("reversal", 3)


def test_more_features_than_two_are_refused():
    with pytest.raises(BadInput, match=r"data\.features: .* got 3"):
        experiment(changed(SCENARIO, {"data": {"features": 3}}))


def test_missing_tables_are_refused():
    with pytest.raises(BadInput, match="training"):
        experiment(msgspec.structs.replace(SCENARIO, training=None))


def sent(round_number=9, checkpoint=False):
    vectors = np.random.default_rng(2).standard_normal((3, 7, 6))
    return Sent(round_number, checkpoint, np.zeros((3, 6)), vectors, 2, np.ones((3, 7), dtype=bool))


@pytest.mark.parametrize(("kind", "function"), [("reversal", reversal), ("scaling", scaling)])
def test_attacks_are_those_of_the_learning_room(kind, function):
    enemy, seen = Paper(WORKABLE.attack, (kind,)), sent()
    enemy.begin((0, 1, 2))
    honest, own = seen.vectors[:, :5], seen.vectors[:, 5:]
    np.testing.assert_allclose(enemy.falsified(seen), [function(h, 2, own=o, random=None) for h, o in zip(honest, own, strict=True)])


def test_gaussian_noise_has_the_deviation_asked_for():
    enemy, seen = Paper(WORKABLE.attack, ("gaussian",)), sent()
    enemy.begin((0, 1, 2))
    scaled = np.array([(enemy.falsified(seen) - seen.vectors[:, 5:]) / seen.vectors[:, 5:].std(axis=-1, keepdims=True) for _ in range(400)])
    assert abs(scaled.std() - 0.6) < 0.02


def test_coordinated_attackers_choose_alike_and_others_do_not():
    distinct = {}
    for coordination in ("same_kind", "independent_kinds"):
        enemy, seen = Paper(msgspec.structs.replace(WORKABLE.attack, coordination=coordination), ("reversal", "scaling")), sent()
        enemy.begin((0, 1, 2))
        factors = np.array([enemy.falsified(seen)[..., 0] / seen.vectors[:, 5:, 0] for _ in range(40)])
        distinct[coordination] = (np.abs(factors[..., 0] - factors[..., 1]) > 0.1).any()
    assert distinct == {"same_kind": False, "independent_kinds": True}


def test_evasive_attackers_rest_at_checkpoints_and_all_rest_before_their_first_round():
    enemy = Paper(msgspec.structs.replace(WORKABLE.attack, adaptation="checkpoint_evading"))
    enemy.begin((0, 1, 2))
    assert enemy.falsified(sent(checkpoint=True)) is None
    assert enemy.falsified(sent()) is not None
    assert enemy.falsified(sent(round_number=5)) is None


def test_greedy_attackers_choose_what_makes_the_mean_least_accurate():
    seen, greedy = sent(), Paper(msgspec.structs.replace(WORKABLE.attack, adaptation="greedy"))
    greedy.begin((0, 1, 2))
    for wanted in ("reversal", "scaling"):
        alone = Paper(WORKABLE.attack, (wanted,))
        alone.begin((0, 1, 2))
        target = np.concatenate([seen.vectors[:, :5], alone.falsified(seen)], axis=1).mean(axis=1)
        told = dataclasses.replace(seen, accuracy=lambda mean, target=target: np.abs(mean - target).sum(axis=-1))
        np.testing.assert_allclose(greedy.falsified(told), alone.falsified(seen))


def test_greedy_attackers_do_more_harm_than_random_ones():
    greedy = read_as(SCENARIO, "workable", {"attack": {"first_round": 6, "adaptation": "greedy"}})
    assert played(Mean(), base=greedy, rounds=30).accuracy[:, 6:].mean() < played(Mean(), rounds=30).accuracy[:, 6:].mean() - 0.05


def test_optimal_attacks_are_aimed_at_the_rule_if_it_is_robust():
    enemy, seen = Library("optimal_little_is_enough", 0), sent()
    enemy.begin((0, 1, 2))
    bounded = dataclasses.replace(seen, aggregate=lambda vectors: np.clip(vectors, -5, 5).mean(axis=0))
    blind, aimed = (np.abs(enemy.falsified(one)).max() for one in (seen, bounded))
    assert aimed < 100 < 1e4 < blind
    rule = Robust("nnm_trimmed_mean")
    told = played(rule, Library("optimal_little_is_enough", 6), seeds=(0,), rounds=9).accuracy
    assert told.tobytes() != played(rule, Library("little_is_enough", 6), seeds=(0,), rounds=9).accuracy.tobytes()


def test_library_attacks_act_on_updates():
    enemy, seen = Library("sign_flip", 0), sent()
    enemy.begin((0, 1, 2))
    moved = Sent(9, False, np.ones((3, 6)), seen.vectors + 1, 2, seen.active)
    np.testing.assert_allclose(enemy.falsified(moved), enemy.falsified(seen) + 1)
    assert not set(library_attacks()) & {"none", *KINDS}


@given(st.floats(0, 1), st.floats(0, 1))
def test_divergence_is_at_least_zero_and_zero_for_equals(p, q):
    assert bernoulli_divergence(np.array(p), np.array(q), 1e-3) >= -1e-15
    assert bernoulli_divergence(np.array(p), np.array(p), 1e-3) == 0


@given(st.integers(0, 2**32 - 1), st.sampled_from(["all", "highest_fidelity", "lowest_divergence"]))
def test_readmission_brings_the_active_set_to_the_minimum(seed, order):
    chance = np.random.default_rng(seed)
    table = msgspec.structs.replace(WORKABLE.quarantine, readmission=order)
    active, fidelity, divergence = chance.random((4, 50)) < 0.3, chance.random((4, 50)), chance.random((4, 50))
    found = readmitted(table, active, fidelity, divergence)
    assert (found >= active).all()
    short = active.sum(axis=-1) < 15
    assert np.array_equal(found[~short], active[~short])
    assert (found[short].sum(axis=-1) == (50 if order == "all" else 15)).all()


def test_thresholds_follow_their_rule():
    fidelity = np.array([1.0, 0.5, 0.0])
    made = {
        rule: threshold(msgspec.structs.replace(WORKABLE.quarantine, threshold_rule=rule), fidelity)
        for rule in ("proportional", "inverse", "constant")
    }
    np.testing.assert_allclose(made["proportional"], [1.2, 0.6, 0.0])
    np.testing.assert_allclose(made["inverse"], [1.2, 2.4, np.inf])
    np.testing.assert_allclose(made["constant"], [1.2, 1.2, 1.2])


def test_literal_decay_quarantines_everybody_and_readmits_everybody():
    history = played(base=read_as(SCENARIO, "literal", SMALL), rounds=80)
    assert (history.ever_honest[:, -1] + history.ever_byzantine[:, -1] < 50).all()  # a set that falls below 15 returns whole at once
    assert (history.active_honest + history.active_byzantine >= 15).all()


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 5))
def test_the_condition_is_that_of_the_specification(active, byzantine, false_accepts):
    assert bool(inside("checkpoint_enforced", active, byzantine, false_accepts)) == admissible(active, byzantine, false_accepts)


def test_outside_of_the_guarantee_an_enforced_checkpoint_changes_nothing():
    active = np.ones((1, 50), dtype=bool)
    proposed = active & (np.arange(50) >= 3)
    kept = {name: bool((decide(name, proposed, active, 20, 0) == active).all()) for name in ASSUMPTIONS}
    assert kept == {"checkpoint_assumed": False, "checkpoint_enforced": True, "synchronous_signed": False}


def test_inside_of_the_guarantee_the_decided_value_is_well_formed():
    active = np.ones((1, 50), dtype=bool)
    proposed = active & (np.arange(50) < 48)
    decided = decide("checkpoint_enforced", proposed, active, 10, 0)
    assert np.array_equal(decided, proposed)
    rules = Rules(nodes=50, faults=10, false_accepts=0, cap=1, clip=1, dimension=1)
    value = Value(0, frozenset(), frozenset(np.flatnonzero(decided[0]).tolist()))
    assert well_formed(value, epoch=0, active=range(50), certified=[Misbehaves(48), Misbehaves(49)], rules=rules) == []


def test_section_iv_never_isolates_anybody_where_the_guarantee_is_enforced():
    assert not played(assumption="checkpoint_enforced", rounds=30).ever_byzantine.any()
    assert played(assumption="checkpoint_assumed", rounds=30).ever_byzantine.any()


def test_pairs_that_matter_change_training_and_counted_ones_do_not():
    counted, gating = (read_as(SCENARIO, reading, SMALL) for reading in ("workable", "pairs_matter"))
    orders = [
        msgspec.structs.replace(base.entanglement, policy=policy)
        for base in (counted, gating)
        for policy in ("earliest_expiring_first", "freshest_first")
    ]
    made = [played(Mean(), base=dataclasses.replace(counted, entanglement=table)).accuracy.tobytes() for table in orders]
    assert made[0] == made[1]
    assert len({made[0], made[2]}) == 2


def test_gradients_and_parameters_average_alike_without_attack():
    base = read_as(SCENARIO, "workable", {**SMALL, "gossip": {"averaged": "gradients"}})
    np.testing.assert_allclose(played(Mean(), Honest(), base=base).accuracy, played(Mean(), Honest()).accuracy, atol=1e-12)
    assert not np.allclose(played(Mean(), base=base).accuracy, played(Mean()).accuracy)


@pytest.mark.parametrize("nodes", [6, 7])
def test_matchings_keep_the_weighted_mean_and_come_to_agree_on_it(nodes):
    chance = np.random.default_rng(3)
    messages, weights = chance.standard_normal((2, nodes, 4)), chance.random((2, nodes))
    mean, previous = weighted_mean(messages, weights, np.zeros((2, 4)))[:, None], np.zeros((2, nodes, 4))
    spread = []
    for depth in (1, 4, 60):
        found = matched(messages, weights, previous, depth, [np.random.default_rng(seed) for seed in (0, 1)])
        spread.append(np.abs(found - mean).max())
    assert spread[0] > spread[1] > spread[2]
    assert spread[2] < 1e-9


def test_gossip_of_logarithmic_depth_trains_about_as_well_as_the_mean_itself():
    accuracy = {}
    for depth in (1, 6, 40):
        base = read_as(SCENARIO, "workable", {**SMALL, "gossip": {"mixing": "random_matching", "depth": depth}})
        accuracy[depth] = played(Mean(), Honest(), base=base, rounds=30).accuracy[:, -5:].mean()
    exact = played(Mean(), Honest(), rounds=30).accuracy[:, -5:].mean()
    assert abs(accuracy[40] - exact) < 1e-3
    assert abs(accuracy[6] - exact) < 0.01


def test_cells_name_all_that_differs():
    assert Cell(changes=(("consensus", "cadence", 8),)).experiment(SCENARIO).consensus.cadence == 8
    assert len(set(ablation.cells("pairs_matter").values())) == 8
