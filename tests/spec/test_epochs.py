"""The chain of active sets, executed: thresholds count members alone, and walks keep what is proved."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceas_formal.spec.counting import Counting, Instance, Reports
from ceas_formal.spec.epochs import epochs
from ceas_formal.spec.quorum import least_nodes, quorum_size
from ceas_formal.strategies import tuples_of
from ceas_formal.verify.grounding import Grounding

SIZES = Instance(6, 1, 0, {"Epoch": 3, "Value": 3})
READING = Counting(epochs, SIZES)
CHAIN = {"first": {(0,)}, "follows": {(0, 1), (1, 2)}, "genesis": {(0,)}}


def setting(sets, byzantine):
    """Return a setting with these active sets; those that are large enough are admissible."""
    active = {(value, node) for value, nodes in enumerate(sets) for node in nodes}
    large = {(value,) for value, nodes in enumerate(sets) if len(nodes) >= least_nodes(1, 0)}
    return {**CHAIN, "active": active, "admissible": large, "byzantine": {(byzantine,)}}


subsets = st.sets(st.integers(0, 5))
large_subsets = st.sets(st.integers(0, 5), min_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(large_subsets, subsets, subsets, st.integers(0, 5), st.lists(st.integers(0, 10**6), min_size=30, max_size=60))
def test_no_walk_violates_what_is_proved_of_the_chain(first, second, third, byzantine, seeds):
    state = READING.initial(setting([first, second, third], byzantine))
    assert READING.broken_assumptions(state) == []
    for seed in seeds:
        source = random.Random(seed)
        names = list(epochs.actions)
        source.shuffle(names)
        for name in names:
            if possible := list(READING.possible(state, name, Reports.HELPFUL)):
                READING.step(state, name, source.choice(possible))
                break
    assert READING.violated(state, "invariant", "lemma", "safety") == []


def test_walks_reach_a_second_epoch_under_another_active_set():
    reached = set()
    for seed in range(20):
        source = random.Random(seed)
        state = READING.initial(setting([range(6), range(4), range(1, 6)], 5))
        for _ in range(120):
            steps = [(name, row) for name in epochs.actions for row in READING.possible(state, name, Reports.HELPFUL)]
            READING.step(state, *source.choice(steps)) if steps else None
        reached |= {(epoch, among) for _, epoch, among, _ in state["decided"]}
    assert {epoch for epoch, _ in reached} >= {0, 1}
    assert any(epoch == 1 and among != 0 for epoch, among in reached)


@settings(max_examples=60, deadline=None)
@given(st.data(), subsets, st.integers(0, 5), st.sampled_from(list(Reports)))
def test_a_quorum_of_an_active_set_counts_its_members_alone_in_both_finite_readings(data, members, byzantine, reports):
    state = READING.initial(setting([members, set(), set()], byzantine))
    state["vote"] = data.draw(tuples_of(epochs, Instance(6, 1, 0, {"Epoch": 1, "Value": 1}), epochs.relations["vote"]))
    votes = {node for node, *_ in state["vote"]}
    helped = {Reports.HELPFUL: votes | {byzantine}, Reports.SILENT: votes - {byzantine}, Reports.RECORDED: votes}[reports]
    enough = len(helped & members) >= quorum_size(len(members), 1, 0)
    decide = epochs.actions["decide"]
    clause, parameters = decide.requires["carried"], decide.parameters
    assert READING.predicate(clause, parameters, reports)(state, 0, 0, 0, 0) == enough
    ground = Grounding(epochs, SIZES, fixed=state)
    assert ground.read(clause, {id(parameter): 0 for parameter in parameters}, reports) is enough


def test_a_threshold_among_groups_is_not_counted_among_all():
    with pytest.raises(TypeError, match="among a Value"):
        epochs.thresholds["quorum"](epochs.relations["byzantine"](m) for m in epochs.node)
