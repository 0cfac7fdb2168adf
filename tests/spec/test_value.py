"""The value of a checkpoint: what makes it well formed, and the aggregate that it means."""

import pickle
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.spec.influence import clipped, largest_swing, squared_norm
from ceas_formal.spec.value import Good, Level, MayReturn, Misbehaves, Rules, Use, Value, aggregate, well_formed
from ceas_formal.strategies import caps, clips, contents, positive_unit_fractions

RULES = Rules(nodes=6, faults=1, false_accepts=0, cap=Fraction(3, 2), clip=5, dimension=2)
ACTIVE = frozenset(range(5))
HALF = Fraction(1, 2)
USES = frozenset({Use(0, (3, 4), HALF), Use(3, (0, -1), Fraction(1))})
VALUE = Value(7, USES, frozenset({0, 1, 2, 3, 5}), frozenset({3}))
FACTS = frozenset(
    {Good(0, (3, 4)), Good(3, (0, -1)), Level(0, Fraction(3, 4)), Level(3, Fraction(1)), Misbehaves(3), Misbehaves(4), MayReturn(5)}
)


def wrong(value=VALUE, *, epoch=7, active=ACTIVE, facts=FACTS, rules=RULES):
    return well_formed(value, epoch=epoch, active=active, certified=facts, rules=rules)


def with_use(use, *facts):
    return wrong(replace(VALUE, uses=USES | {use}), facts=FACTS | {Good(use.node, use.content), Level(use.node, use.stamp), *facts})


def test_a_value_that_violates_nothing_is_well_formed():
    assert wrong() == []
    assert with_use(Use(1, (1, 1), HALF)) == []


@pytest.mark.parametrize(
    ("value", "clause"),
    [
        (replace(VALUE, epoch=6), "epoch"),
        (replace(VALUE, quarantined={3, 0}), "certified_quarantine"),
        (replace(VALUE, next_active=VALUE.next_active - {5, 3}), "admissible"),
        (replace(VALUE, next_active=VALUE.next_active - {1}), "certified_leaving"),
    ],
)
def test_each_part_of_the_value_is_judged(value, clause):
    assert wrong(value) == [clause]


@pytest.mark.parametrize(
    ("use", "clause"),
    [
        (Use(0, (4, 3), HALF), "one_use_per_node"),
        (Use(5, (1, 1), HALF), "active_uses"),
        (Use(1, (1, 1, 1), HALF), "dimension"),
        (Use(1, (3, Fraction(41, 10)), HALF), "clip"),
        (Use(1, (1, 1), Fraction(3, 2)), "stamps"),
        (Use(1, (1, 1), 0), "stamps"),
    ],
)
def test_each_part_of_a_use_is_judged(use, clause):
    assert with_use(use) == [clause]


@pytest.mark.parametrize(
    ("fact", "clause"),
    [
        (Good(0, (3, 4)), "certified_contents"),
        (Level(0, Fraction(3, 4)), "certified_stamps"),
        (Misbehaves(3), "certified_quarantine"),
        (Misbehaves(4), "certified_leaving"),
        (MayReturn(5), "certified_entering"),
    ],
)
def test_every_fact_that_is_relied_on_is_needed(fact, clause):
    assert wrong(facts=FACTS - {fact}) == [clause]


def test_a_content_certified_for_one_node_serves_no_other():
    assert "certified_contents" in wrong(replace(VALUE, uses={Use(1, (3, 4), HALF)}), facts=FACTS | {Level(1, Fraction(1))})


@given(positive_unit_fractions(), positive_unit_fractions())
def test_a_certified_level_covers_lower_stamps_only(stamp, level):
    facts = FACTS | {Good(1, (1, 1)), Level(1, level)}
    found = wrong(replace(VALUE, uses=USES | {Use(1, (1, 1), stamp)}), facts=facts)
    assert found == ([] if stamp <= level else ["certified_stamps"])


def test_quarantine_outside_the_active_set_and_unknown_nodes_are_named():
    assert wrong(replace(VALUE, quarantined={3, 5}), facts=FACTS | {Misbehaves(5)}) == ["active_quarantine"]
    assert wrong(replace(VALUE, next_active=VALUE.next_active | {6}), facts=FACTS | {MayReturn(6)}) == ["known_nodes"]


@given(st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_no_value_shrinks_the_active_set_below_3f_a_1(leaving, entering):
    facts = FACTS | {Misbehaves(node) for node in range(6)} | {MayReturn(node) for node in range(6)}
    following = (ACTIVE - leaving) | entering
    assert wrong(replace(VALUE, next_active=following), facts=facts) == ([] if len(following) >= 4 else ["admissible"])


# ---------------------------------------------------------------------- equality and input


def test_equal_values_are_one_value_however_they_were_built():
    rebuilt = Value(7, [Use(3, [Fraction(0), -1], 1), Use(0, (Fraction(3), 4), Fraction(2, 4))], [5, 3, 2, 1, 0], [3])
    assert rebuilt == VALUE
    assert len({rebuilt, VALUE, pickle.loads(pickle.dumps(VALUE))}) == 1


@pytest.mark.parametrize("bad", [{"content": (0.5, 1)}, {"stamp": 0.5}, {"node": "0"}, {"stamp": True}])
def test_inexact_uses_are_refused(bad):
    with pytest.raises(TypeError, match=r"of node 0 must be|node of a use must be"):
        Use(**({"node": 0, "content": (1, 1), "stamp": HALF} | bad))


@pytest.mark.parametrize("bad", [{"epoch": -1}, {"next_active": {-1}}, {"quarantined": {-2}}])
def test_impossible_values_are_refused(bad):
    with pytest.raises(ValueError, match="must be at least 0"):
        replace(VALUE, **bad)


@pytest.mark.parametrize("bad", [{"cap": HALF}, {"clip": 0}, {"dimension": 0}, {"nodes": 0}, {"faults": -1}])
def test_impossible_rules_are_refused(bad):
    with pytest.raises(ValueError, match=r"must (lie in|be at least)"):
        replace(RULES, **bad)


# ---------------------------------------------------------------------- the aggregate


def test_aggregate_is_the_capped_mean_of_what_is_outside_quarantine():
    # Node 0 alone counts: it is at the cap (3/2)/5, and the rest of the weight is nobody's.
    assert aggregate(VALUE, active=ACTIVE, rules=RULES) == (Fraction(9, 10), Fraction(6, 5))
    assert aggregate(replace(VALUE, uses=frozenset()), active=ACTIVE, rules=RULES) == (0, 0)


def test_values_without_a_meaning_are_refused():
    twice = replace(VALUE, uses=USES | {Use(0, (1, 1), HALF)})
    with pytest.raises(ValueError, match=r"number of uses of each node must lie in 0\.\.1"):
        aggregate(twice, active=ACTIVE, rules=RULES)
    with pytest.raises(ValueError, match=r"stamp 0 must lie in \(0, 1\]"):
        aggregate(replace(VALUE, uses={Use(0, (1, 1), 2)}), active=ACTIVE, rules=RULES)
    with pytest.raises(ValueError, match="number of active nodes must be at least 2"):
        aggregate(VALUE, active={0}, rules=RULES)


uses_by_node = st.dictionaries(st.integers(0, 5), st.tuples(contents(2), positive_unit_fractions()))


@given(uses_by_node, st.sets(st.integers(0, 5)), caps(), clips(), st.randoms())
def test_aggregate_is_within_the_clip_and_depends_on_no_order(by_node, quarantined, cap, clip, random):
    uses = [Use(node, content, stamp) for node, (content, stamp) in by_node.items()]
    rules, shuffled = replace(RULES, cap=cap, clip=clip), random.sample(uses, len(uses))
    one, other = (aggregate(Value(0, part, range(6), quarantined), active=range(6), rules=rules) for part in (uses, shuffled))
    assert one == other
    assert squared_norm(one) <= clip**2


@given(uses_by_node, st.tuples(contents(2), positive_unit_fractions()), st.integers(0, 5), caps(), clips())
def test_one_byzantine_node_moves_the_aggregate_by_at_most_the_swing(by_node, sent, node, cap, clip):
    rules = replace(RULES, cap=cap, clip=clip)
    chosen = (by_node, by_node | {node: sent})
    values = [Value(0, [Use(k, content, stamp) for k, (content, stamp) in uses.items()], range(6)) for uses in chosen]
    one, other = (aggregate(value, active=range(6), rules=rules) for value in values)
    assert squared_norm([p - q for p, q in zip(one, other, strict=True)]) <= largest_swing(cap, 1, 6, clip) ** 2


@given(uses_by_node, caps(), clips())
def test_contents_that_are_clipped_already_mean_the_same(by_node, cap, clip):
    rules = replace(RULES, cap=cap, clip=clip)
    raw = [Use(k, content, stamp) for k, (content, stamp) in by_node.items()]
    sent = [replace(use, content=clipped(use.content, clip)) for use in raw]
    one, other = (aggregate(Value(0, uses, range(6)), active=range(6), rules=rules) for uses in (raw, sent))
    assert one == other
