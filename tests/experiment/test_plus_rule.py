"""CEAS+: what its parts do, what leaves it unchanged, and which attack each defence answers."""

import dataclasses
from math import inf

import numpy as np
import pytest

from ceas_formal.simulate.experiment.plus.arena import Arena
from ceas_formal.simulate.experiment.plus.columns import COLUMNS
from ceas_formal.simulate.experiment.plus.crowds import filtered, uncrowded
from ceas_formal.simulate.experiment.plus.rule import CeasPlus, Defences
from ceas_formal.simulate.experiment.plus.study import section_iv
from ceas_formal.simulate.experiment.plus.yardstick import whitening, yardstick
from ceas_formal.simulate.experiment.rules import Seen

SEEDS, ONSETS = (1000, 1001), (0, 20)


@pytest.fixture(scope="module")
def arena():
    return Arena(section_iv(), SEEDS)


def seen(messages, previous, round=0, checkpoint=False, served=None, fidelity=None):
    shape = messages.shape[:2]
    yes = np.ones(shape, dtype=bool)
    return Seen(
        round, checkpoint, messages, previous, yes, yes if served is None else served, np.ones(shape) if fidelity is None else fidelity
    )


def messages(size=6, nodes=50):
    random = np.random.default_rng([33])
    return 0.3 + 0.02 * random.standard_normal((2, nodes, size)), 0.3 + 0.01 * random.standard_normal((2, size))


def begun(arena):
    rule = CeasPlus()
    rule.begin(arena.batch(SEEDS))
    return rule


def test_the_model_does_not_depend_on_the_order_of_nodes(arena):
    sent, previous = messages()
    order = np.random.default_rng([34]).permutation(50)
    assert np.allclose(begun(arena).step(seen(sent, previous)).model, begun(arena).step(seen(sent[:, order], previous)).model)


def test_equal_messages_are_answered_by_that_message(arena):
    sent, previous = messages()
    sent[:] = sent[:, :1]
    assert np.allclose(begun(arena).step(seen(sent, previous)).model, sent[:, 0])


def test_a_message_that_is_absurd_or_no_number_does_no_harm(arena):
    sent, previous = messages()
    usual = begun(arena).step(seen(sent, previous)).model
    for absurd in (np.nan, np.inf, 1e300, -1e12):
        spoilt = sent.copy()
        spoilt[:, 30:] = absurd
        assert np.linalg.norm(begun(arena).step(seen(spoilt, previous)).model - usual) < 0.05


def test_nothing_served_changes_nothing(arena):
    sent, previous = messages()
    assert np.array_equal(begun(arena).step(seen(sent, previous, served=np.zeros((2, 50), dtype=bool))).model, previous)


def test_a_stamp_above_the_others_gains_no_weight(arena):
    sent, previous = messages()
    stamps = np.full((2, 50), 0.5)
    higher = stamps.copy()
    higher[:, 0] = 1.0
    lower = stamps.copy()
    lower[:, 0] = 0.0
    models = [begun(arena).step(seen(sent, previous, fidelity=f)).model for f in (stamps, higher, lower)]
    assert np.array_equal(models[0], models[1])
    assert not np.allclose(models[0], models[2])


def test_a_run_does_not_depend_on_its_batch(arena):
    both = arena.run(CeasPlus(), COLUMNS["mix"], ONSETS, 30)
    alone = Arena(section_iv(), SEEDS[1:]).run(CeasPlus(), COLUMNS["mix"], ONSETS[1:], 30)
    assert np.allclose(both.model[1], alone.model[0])


def test_the_yardstick_is_the_spread_of_honest_updates(arena):
    """Over 30 nodes the spread along the yardstick's own axes is within the factor 2 of 1 where training has settled."""
    trained = arena.run(CeasPlus(), COLUMNS["none"], ONSETS, 80).model
    score, derivatives = arena.coefficients(trained, derivatives=True)
    shots = [np.random.default_rng([seed, 35]) for seed in SEEDS]
    noisy, settled = arena.updates(score, derivatives, arena.samples, arena.labels, arena.shrink, shots)
    lasting, fresh = yardstick(arena.batch(SEEDS), trained)
    for updates, covariance in ((noisy, lasting + fresh), (settled, lasting)):
        spread = (updates @ whitening(covariance)[0])[:, :30].std(axis=1)
        assert (spread < 2).all()
        assert (spread[:, 1:] > 0.5).all()


def test_filtered_points_vary_by_no_more_than_allowed_in_any_direction():
    random = np.random.default_rng([36])
    points = np.concatenate([random.standard_normal((30, 5)), 4 + 0.3 * random.standard_normal((20, 5))])[None]
    weights = filtered(points, np.ones((1, 50)), 1.8)
    assert np.linalg.eigvalsh(np.cov(points[0].T, aweights=weights[0], ddof=0))[-1] <= 1.8
    assert weights[0, 30:].mean() < 0.05 < 0.5 < weights[0, :30].mean()


def test_points_that_vary_as_allowed_keep_their_weights():
    points = np.random.default_rng([37]).standard_normal((1, 50, 4)) * 0.8
    assert np.array_equal(filtered(points, np.ones((1, 50)), 1.8), np.ones((1, 50)))


def places(random, count, size=6):
    return random.standard_normal((1, count, size))


def crowd(members, seed=38):
    """30 honest places, and 20 others of which `members` are 3 deviations away on one side, half a deviation wide."""
    random = np.random.default_rng([seed])
    found = places(random, 50)
    found[0, 50 - members :] = 3 * np.eye(6)[0] + 0.5 * found[0, 50 - members :]
    return found


def test_a_crowd_shares_the_weight_of_few_and_honest_places_keep_theirs():
    weights = uncrowded(crowd(20), np.ones((1, 50), dtype=bool), np.array([30.0]), np.array([True]), 2.5)
    assert weights[0, 30:].mean() < 0.45 < 0.8 < weights[0, :30].mean()


@pytest.mark.parametrize("seed", range(5))
def test_honest_places_alone_share_nearly_nothing(seed):
    found = places(np.random.default_rng([39, seed]), 50)
    weights = uncrowded(found, np.ones((1, 50), dtype=bool), np.array([50.0]), np.array([True]), 2.5)
    assert weights.mean() > 0.9


def test_the_smaller_of_two_crowds_is_the_one_that_shares():
    """Both are as dense as honest places are; the centre must be that of the 30, not of the 20, from whichever it is sought."""
    random = np.random.default_rng([40])
    found = places(random, 50)
    found[0, 30:] += 6 * np.eye(6)[1]
    for order in (np.arange(50), np.arange(50)[::-1]):
        weights = uncrowded(found[:, order], np.ones((1, 50), dtype=bool), np.array([30.0]), np.array([True]), 2.5)[:, np.argsort(order)]
        assert weights[0, 30:].sum() < 3 < 20 < weights[0, :30].sum()


def test_who_is_not_a_member_counts_for_nothing():
    members = np.arange(50)[None] < 30
    weights = uncrowded(crowd(20), members, np.array([30.0]), np.array([True]), 2.5)
    assert not weights[0, 30:].any()
    assert np.allclose(weights[:, :30], uncrowded(crowd(20)[:, :30], members[:, :30], np.array([30.0]), np.array([True]), 2.5))


@pytest.mark.parametrize(("honest", "other"), [(0.5, 1.0), (0.7, 1.0), (1.0, 1.0), (1.0, 0.5), (3.0, 0.5)])
@pytest.mark.parametrize("length", [5, 7, 10])
def test_neither_a_loose_nor_a_dense_crowd_of_fewer_than_half_takes_the_place_of_honest_nodes(honest, other, length):
    """Honest places may be narrower or wider than the yardstick says; early in training they are three times as wide."""
    random = np.random.default_rng([42, length])
    for _ in range(10):
        found = places(random, 50)
        found[0, :30] *= honest
        found[0, 30:] = other * found[0, 30:] + length * max(1.0, honest / 2) * np.eye(6)[2]
        weights = uncrowded(found, np.ones((1, 50), dtype=bool), np.array([30.0]), np.array([True]), 2.5)[0]
        assert weights[30:].sum() < weights[:30].sum()


ABLATIONS = {
    "whitened": ({"whitened": False}, "lasting_blur_3"),
    "spectral filter": ({"excess": inf}, "lasting_blur"),
    "shared weight of crowds": ({"crowds": False}, "inside_3"),
}


@pytest.mark.parametrize("name", ABLATIONS)
def test_each_defence_is_needed_against_a_named_attack(arena, name):
    weakened, column = ABLATIONS[name]
    ends = [
        arena.run(CeasPlus(dataclasses.replace(Defences(), **change)), COLUMNS[column], ONSETS, 100).accuracy[:, -3:].mean()
        for change in ({}, weakened)
    ]
    assert ends[0] - ends[1] > 0.001


JUDGEMENTS = {
    "places": ({"far": inf}, "lasting_blur_3"),
    "families": ({"kinship": 0.0}, "alie_1.5"),
    "absurd messages": ({"absurd": inf}, "amends"),
}


@pytest.mark.parametrize("name", JUDGEMENTS)
def test_each_verdict_isolates_those_whom_the_others_let_pass(arena, name):
    weakened, column = JUDGEMENTS[name]
    outside = [
        arena.run(CeasPlus(dataclasses.replace(Defences(), **change)), COLUMNS[column], ONSETS, 100).outside[:, 30:].mean()
        for change in ({}, weakened)
    ]
    assert outside[0] > outside[1] + 0.3


def test_of_a_family_in_which_all_are_alike_honest_and_copies_stay_equally_often():
    """21 send one message from the first round on; 30 nodes must remain, so one of the 21 stays, drawn by lot."""
    seeds = tuple(range(60))
    rule = CeasPlus()
    rule.begin(Arena(section_iv(), seeds).batch(seeds))
    random = np.random.default_rng([41])
    sent = 0.3 + 0.02 * random.standard_normal((60, 50, 6))
    sent[:, 29:] = sent[:, 29:30]
    active = rule.step(seen(sent, np.full((60, 6), 0.3), checkpoint=True)).active
    assert active[:, :29].all()
    assert (active[:, 29:].sum(axis=1) == 1).all()
    stays = active[:, 29:].sum(axis=0)
    assert stays.max() < 12
    assert (stays > 0).sum() > 15


def test_without_reserved_pairs_starved_nodes_cost_accuracy(arena):
    starved = CeasPlus(reserves_pairs=False)
    ends = [arena.run(rule, COLUMNS["pair_exhaustion"], ONSETS, 100).accuracy.min(axis=1).mean() for rule in (CeasPlus(), starved)]
    assert ends[0] > ends[1]


def test_without_verdicts_nobody_leaves_and_with_them_only_attackers_do(arena):
    lenient = Defences(absurd=inf, far=inf, kinship=0.0)
    kept, judged = (arena.run(CeasPlus(defences), COLUMNS["reversal"], ONSETS, 80) for defences in (lenient, Defences()))
    assert not kept.ever.any()
    assert judged.ever[:, 30:].all()
    assert not judged.ever[:, :30].any()


def test_nodes_outside_do_not_bring_out_honest_ones_whom_they_copy(arena):
    """11 copies of one honest node after another: the first family leaves, but for one as 30 must remain, and no further honest node."""
    outcome = arena.run(CeasPlus(), COLUMNS["frame"], (0, 0), 160)
    assert (outcome.ever[:, :30].sum(axis=1) <= 1).all()
    assert outcome.outside[:, 30:].mean() > 0.9


def test_who_misbehaves_from_time_to_time_stays_outside(arena):
    """Each twelfth round is an attack: good conduct must last longer than that, and is counted anew."""
    outside = [arena.run(CeasPlus(Defences(probation=rounds)), COLUMNS["burst"], ONSETS, 160).outside[:, 30:].mean() for rounds in (48, 0)]
    assert outside[0] > 0.9 > outside[1] + 0.05


def test_whose_messages_are_refused_is_out_as_long_as_they_are(arena):
    outcome = arena.run(CeasPlus(), COLUMNS["tampered_channel"], (20, 20), 100)
    assert outcome.outside[:, 30:].mean() > 0.99
    assert not outcome.outside[:, :30].any()


@pytest.mark.medium
def test_it_also_holds_in_the_loop_of_section_iv():
    from ceas_formal.simulate.experiment.attacks import Paper
    from ceas_formal.simulate.experiment.rules import Mean
    from ceas_formal.simulate.experiment.training import train

    setting = section_iv()
    ends = [train(setting, SEEDS, rule, Paper(setting.attack), rounds=90).accuracy[:, -10:].mean() for rule in (CeasPlus(), Mean())]
    assert ends[0] > 0.83 > ends[1]
