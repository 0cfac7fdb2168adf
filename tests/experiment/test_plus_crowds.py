"""CEAS+: who is kin, who leaves, who returns and when, and what places and shares are, each to the exact round and number."""

import numpy as np
import pytest

from ceas_formal.simulate.experiment.plus.arena import Arena
from ceas_formal.simulate.experiment.plus.crowds import uncrowded
from ceas_formal.simulate.experiment.plus.rule import CeasPlus, Defences
from ceas_formal.simulate.experiment.plus.study import section_iv
from ceas_formal.simulate.experiment.plus.yardstick import whitening, yardstick
from ceas_formal.simulate.experiment.rules import Seen

SEED, NODES, SIZE = 1000, 50, 6


@pytest.fixture(scope="module")
def batch():
    return Arena(section_iv(), (SEED,)).batch((SEED,))


class Course:
    """One run in which the model never moves, so that each message is a chosen deviation from it."""

    def __init__(self, batch, defences=None):
        self.rule = CeasPlus(defences or Defences())
        self.rule.begin(batch)
        self.model, self.round, self.random = np.full((1, SIZE), 0.3), 0, np.random.default_rng([43])
        self.active = np.ones((1, NODES), dtype=bool)
        lasting, fresh = yardstick(batch, self.model)
        self.update, self.place = whitening(lasting + fresh)[1], whitening(lasting + fresh / 39)[1]

    def far_apart(self):
        """Return half an honest deviation of all nodes, drawn anew."""
        return 0.5 * self.random.standard_normal((1, NODES, SIZE)) @ self.update

    def send(self, deviations, served=None, checkpoint=None):
        served = np.ones((1, NODES), dtype=bool) if served is None else served
        checkpoint = (self.round + 1) % 4 == 0 if checkpoint is None else checkpoint
        messages, stamps = self.model[:, None] + deviations, np.ones((1, NODES))
        step = self.rule.step(Seen(self.round, checkpoint, messages, self.model, self.active, served, stamps))
        self.active = self.active if step.active is None else step.active
        self.round += 1
        return step

    def until(self, round, deviations=None):
        """Send up to the end of the round given."""
        while self.round <= round:
            self.send(self.far_apart() if deviations is None else deviations)


def copied(sent, members):
    sent[:, members] = sent[:, members[:1]]
    return sent


FAMILY = np.arange(30, 42)
"""Twelve nodes: half of 20 Byzantine ones, an honest one whom they copy, and one more."""


@pytest.mark.parametrize(("size", "leave"), [(11, 0), (12, 12)])
def test_a_family_leaves_from_the_size_on_that_half_the_byzantine_nodes_and_an_honest_one_do_not_reach(batch, size, leave):
    course = Course(batch)
    course.send(copied(course.far_apart(), np.arange(30, 30 + size)), checkpoint=True)
    assert (~course.active).sum() == leave
    assert course.active[:, :30].all()


def test_messages_that_were_not_served_make_nobody_kin(batch):
    """Copies of node 0 that a tag check refuses must not drive node 0 out."""
    course, served = Course(batch), np.ones((1, NODES), dtype=bool)
    served[:, 30:] = False
    for _ in range(12):
        sent = course.far_apart()
        sent[:, 30:] = sent[:, :1]
        course.send(sent, served)
    assert course.active[:, :30].all()
    assert not course.active[:, 30:].any()


def test_one_round_of_strangeness_does_not_hide_a_family(batch):
    course = Course(batch)
    for _ in range(3):
        course.send(copied(course.far_apart(), FAMILY))
    sent = copied(course.far_apart(), FAMILY)
    sent[:, FAMILY] += 0.25 * course.random.standard_normal((1, len(FAMILY), SIZE)) @ course.update
    course.send(sent)
    assert not course.active[:, FAMILY].any()


def returns(course, since):
    """Send unlike messages and return how many rounds after `since` the family is active again."""
    while not course.active[:, FAMILY].any():
        course.send(course.far_apart())
        assert course.round < since + 400
    assert course.active[:, FAMILY].all()
    return course.round - 1 - since


def test_the_first_return_takes_48_rounds_and_each_further_one_twice_as_long(batch):
    course = Course(batch, Defences(forgetting=0.01))
    waited = []
    for _ in range(3):
        course.until((course.round // 4 + 1) * 4 - 2)
        course.send(copied(course.far_apart(), FAMILY))
        assert not course.active[:, FAMILY].any()
        waited.append(returns(course, course.round - 1))
    assert waited == [48, 96, 192]


def test_who_misbehaves_outside_waits_anew_but_not_longer(batch):
    course = Course(batch, Defences(forgetting=0.01))
    for last in (3, 7):
        course.until(last - 1)
        course.send(copied(course.far_apart(), FAMILY))
    assert returns(course, 7) == 48


def test_who_was_only_not_heard_returns_as_soon_as_heard(batch):
    course, served = Course(batch), np.ones((1, NODES), dtype=bool)
    served[:, 40:] = False
    for _ in range(8):
        course.send(course.far_apart(), served)
    assert not course.active[:, 40:].any()
    course.until(19)
    assert course.active.all()


def lasting_places(course, length):
    """Return deviations that last: those of the last five nodes are `length` away along the second-widest axis of places."""
    found = np.random.default_rng([45]).standard_normal((1, NODES, SIZE))
    found[:, 45:] = length * np.eye(SIZE)[-2]
    return found @ course.place


@pytest.mark.parametrize(("length", "back"), [(8.0, False), (5.0, True)])
def test_whose_place_is_still_beyond_two_thirds_of_the_limit_stays_outside(batch, length, back):
    course = Course(batch)
    far, near = lasting_places(course, 20.0), lasting_places(course, length)
    course.until(39, far)
    assert not course.active[:, 45:].any()
    course.until(180, near)
    assert (course.active[:, 45:] == back).all()
    assert course.active[:, :45].all()


def test_where_all_places_scatter_widely_nobody_leaves(batch):
    """All are 12 to 18 deviations from their centre: the limit is then twice the median, not 10."""
    course = Course(batch)
    sent = course.random.standard_normal((1, NODES, SIZE))
    sent *= course.random.uniform(12, 18, (1, NODES, 1)) / np.linalg.norm(sent, axis=-1, keepdims=True)
    course.until(59, sent @ course.place)
    assert course.active.all()


def test_one_absurd_message_is_forgotten_in_time(batch):
    """Of 10⁴ deviations along the widest axis 300 count and a place shows 15; below two thirds of 10 it is 16 rounds later."""
    course = Course(batch, Defences(probation=0))
    course.until(38)
    sent = course.far_apart()
    sent[:, 49] += 1e4 * course.update[:, -1]
    course.send(sent)
    assert not course.active[0, 49]
    course.until(67)
    assert course.active.all()


def test_who_is_out_has_no_weight(batch):
    course = Course(batch)
    course.active[:, 40:] = False
    weights = course.send(course.far_apart()).weights
    assert not weights[:, 40:].any()
    assert weights[:, :40].all()


@pytest.mark.parametrize("rounds", [1, 4, 20, 100])
def test_places_of_honest_nodes_scatter_by_one_at_any_time(batch, rounds):
    """Deviations as the yardstick says, samples kept and shots drawn anew: 15% beside it, as the mean fades and is not cut off."""
    course = Course(batch)
    lasting, fresh = (whitening(part)[1] for part in yardstick(batch, course.model))
    kept = course.random.standard_normal((1, NODES, SIZE)) @ lasting
    for _ in range(rounds):
        course.send(kept + course.random.standard_normal((1, NODES, SIZE)) @ fresh, checkpoint=False)
    assert np.square(course.rule._places()).mean() == pytest.approx(1, rel=0.2)


def test_shares_are_those_among_active_nodes_with_30_honest_ones_in_50(batch):
    course = Course(batch)
    course.send(course.far_apart(), checkpoint=False)
    places = np.random.default_rng([44]).standard_normal((1, NODES, SIZE))
    places[:, 25:45] = places[:, 25:26]
    active = np.arange(NODES)[None] < 45
    expected = uncrowded(places, active, np.array([30.0]), np.array([True]), Defences().excess)
    assert np.array_equal(course.rule._shares(places, active), expected)


@pytest.mark.parametrize("order", [np.arange(NODES), np.arange(NODES)[::-1]], ids=["honest first", "crowd first"])
def test_the_centre_is_sought_from_the_place_that_explains_most(order):
    """30 honest places .4 wide, 20 others .3 wide and 6 away: from these the centre would be theirs."""
    random = np.random.default_rng([46])
    found = 0.4 * random.standard_normal((1, NODES, SIZE))
    found[0, 30:] *= 0.75
    found[0, 30:, 1] += 6
    weights = uncrowded(found[:, order], np.ones((1, NODES), dtype=bool), np.array([30.0]), np.array([True]), 2.5)[:, np.argsort(order)]
    assert weights[0, 30:].sum() < 1 < 5 < weights[0, :30].sum()
