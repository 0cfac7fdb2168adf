"""Each weakening does harm, and just because of what it weakens."""

import doctest
import functools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.spec import weakenings
from ceas_formal.spec.checkpoint import Node, checkpoint
from ceas_formal.spec.counting import Counting, Instance, Reports
from ceas_formal.spec.language import Formula, Relation, implies, none, same
from ceas_formal.spec.protocol import Protocol, Step
from ceas_formal.spec.quorum import admissible
from ceas_formal.spec.weakenings import WEAKENINGS, disjoint_honest_parts
from ceas_formal.verify.bounded import completed, ended, false_property, search, true_property
from ceas_formal.verify.breaking import NotBroken, find
from ceas_formal.verify.catalogue import specifications
from ceas_formal.verify.reachability import reachability
from ceas_formal.verify.trace import Trace, read, replay, states, write

found = functools.cache(lambda name: find(WEAKENINGS[name]))

# Which clause refuses the run, or which assumption it breaks, from reading the protocol.
REFUSED_BY = {
    "quorum-2f": {"vote2.carried"},  # one honest VOTE1 and a Byzantine one are not 3 of 4
    "quorum-2f+1": {"vote2.carried"},  # two honest VOTE1 and a Byzantine one are not 4 of 5
    "no-lock": {"vote1.locks_agree", "vote1.claimed"},  # the two clauses that are gone
    "lock-without-claim": {"vote1.claimed"},
    "vote-in-left-view": {"vote4.in_view"},
    "certify-f+a": {"vote1.certified"},  # a Byzantine OK alone certifies nothing
    "indirect-claim": {"propose.claimed"},
    "own-verdicts": {"vote1.certified"},  # no OK has been sent, whatever the node thinks itself
    "local-trust-lists": {"learn.source"},
    "stale-active-set": {"learn.source"},
    "retire-early": {"retire.told"},
    "amplify-f": {"amplify.told"},
}
BROKEN_ASSUMPTION = {"quorum-n-f": "admissible", "false-accept": "budget", "no-honest-quorum": "admissible"}
BROKEN_ASSUMPTION |= {"readmission-floor": "admissible", "readmit-everybody": "faults"}
NOT_AN_END = {"no-amplification": "amplify"}  # the run is one of the real protocol, but there it goes on with this action


def test_examples_in_docstrings_run():
    assert doctest.testmod(weakenings).failed == 0


def test_every_weakening_has_an_expected_reason():
    assert set(REFUSED_BY) | set(BROKEN_ASSUMPTION) | set(NOT_AN_END) == set(WEAKENINGS)


@pytest.mark.parametrize("name", WEAKENINGS)
def test_the_weakened_protocol_accepts_the_trace_and_violates_the_named_property(name):
    entry, result = WEAKENINGS[name], found(name)
    again = replay(result.trace, entry.protocol)
    assert again == result.weakened
    assert again.accepted
    assert entry.violates in again.violated
    # Agreement, integrity and progress are separate: a trace shows one kind of harm.
    kinds = {violated in entry.real.progress for violated in again.violated}
    assert len(kinds) == 1


@pytest.mark.parametrize("name", REFUSED_BY)
def test_the_real_protocol_refuses_the_trace_by_the_clause_that_was_weakened(name):
    real = replay(found(name).trace, WEAKENINGS[name].real)
    assert not real.accepted
    assert real.broken_assumptions == []
    assert real.clauses
    assert set(real.clauses) <= REFUSED_BY[name]


@pytest.mark.parametrize("name", BROKEN_ASSUMPTION)
def test_the_trace_breaks_the_assumption_that_was_weakened_and_no_other(name):
    assert replay(found(name).trace, WEAKENINGS[name].real).broken_assumptions == [BROKEN_ASSUMPTION[name]]


@pytest.mark.parametrize("name", NOT_AN_END)
def test_where_the_weakened_protocol_ends_the_real_one_goes_on(name):
    trace, real = found(name).trace, WEAKENINGS[name].real
    said = replay(trace, real)
    assert said.accepted
    assert WEAKENINGS[name].violates not in said.violated
    reading = Counting(real, trace.instance)
    assert next(reading.possible(states(trace, real)[-1], NOT_AN_END[name], Reports.SILENT), None) is not None


@pytest.mark.parametrize("name", WEAKENINGS)
def test_no_step_of_the_trace_can_be_left_out(name):
    entry, trace = WEAKENINGS[name], found(name).trace
    for index in range(len(trace.steps)):
        fewer = replay(replace(trace, steps=trace.steps[:index] + trace.steps[index + 1 :]), entry.protocol)
        assert not fewer.accepted or entry.violates not in fewer.violated, index


@pytest.mark.parametrize("name", WEAKENINGS)
def test_only_honest_nodes_act_and_byzantine_ones_leave_no_state(name):
    trace, real = found(name).trace, WEAKENINGS[name].real
    byzantine = {node for (node,) in trace.setting["byzantine"]}
    assert len(byzantine) <= trace.instance.faults or BROKEN_ASSUMPTION.get(name) == "faults"
    last = states(trace, WEAKENINGS[name].protocol)[-1]
    of_nodes = [relation.name for relation in real.relations.values() if not relation.rigid and relation.sorts[0] is real.node]
    assert of_nodes
    for relation in of_nodes:
        assert not [row for row in last[relation] if row[0] in byzantine]


@pytest.mark.parametrize("name", WEAKENINGS)
def test_a_trace_is_the_same_after_writing_and_reading(name, tmp_path):
    trace = found(name).trace
    write(trace, WEAKENINGS[name].protocol, tmp_path / "trace.itf.json")
    assert read(tmp_path / "trace.itf.json", specifications()) == trace


def test_finding_again_gives_the_same_trace():
    names = ["quorum-2f", "quorum-2f+1", "quorum-n-f", "false-accept", "certify-f+a"]
    assert [find(WEAKENINGS[name]).trace for name in names] == [find(WEAKENINGS[name]).trace for name in names]


@pytest.mark.parametrize("name", [name for name in WEAKENINGS if name != "no-honest-quorum"])
def test_the_real_protocol_has_no_such_run_at_the_same_sizes_and_depth(name):
    entry = WEAKENINGS[name]
    goal = (ended if entry.violates in entry.real.progress else false_property)(entry.violates)
    assert search(entry.real, entry.instance, goal, entry.layers, entry.given) is None


def test_the_real_protocol_makes_progress_with_one_more_node_than_three_f():
    entry = WEAKENINGS["no-honest-quorum"]
    instance = replace(entry.instance, nodes=entry.instance.nodes + 1)
    assert admissible(instance.nodes, instance.faults, instance.false_accepts)
    given = {**entry.given, "leads": {(0, 0)}}
    assert search(checkpoint, instance, ended(entry.violates), entry.layers, given) is None


@pytest.mark.parametrize("name", [name for name, entry in WEAKENINGS.items() if entry.violates == "agreement"])
def test_one_layer_is_not_enough_and_says_so(name):
    with pytest.raises(NotBroken, match=name.replace("+", r"\+")):
        find(replace(WEAKENINGS[name], layers=1))


@given(st.integers(1, 120), st.integers(0, 60), st.integers(1, 130))
def test_disjoint_honest_parts_are_two_quorums_that_share_only_what_can_be_byzantine(nodes, faults, size):
    numbers = disjoint_honest_parts(size, nodes, faults)
    least_overlap = max(0, 2 * size - nodes)
    assert (numbers is None) == (size > nodes or least_overlap > faults)
    if numbers:
        one = set(range(numbers["first_from"], numbers["first_to"] + 1))
        two = set(range(numbers["second_from"], numbers["second_to"] + 1))
        assert len(one) == len(two) == size == numbers["quorum"]
        assert one | two <= set(range(nodes))
        assert len(one & two) == numbers["common"] <= faults == numbers["faults"]


@given(st.integers(1, 80), st.integers(0, 26), st.integers(0, 5))
def test_numbers_are_given_only_where_the_weakened_size_really_fails(nodes, faults, false_accepts):
    for name in ("quorum-2f", "quorum-2f+1", "quorum-n-f"):
        entry = WEAKENINGS[name]
        size = entry.protocol.thresholds["quorum"].count(nodes, faults, false_accepts)
        overlap_is_honest = 2 * size - nodes > faults
        assert (entry.at(nodes, faults, false_accepts) is None) == (overlap_is_honest or size > nodes)
    assert (WEAKENINGS["no-honest-quorum"].at(nodes, faults, false_accepts) is None) == admissible(nodes, faults, false_accepts)


@pytest.mark.parametrize(("nodes", "faults", "false_accepts"), [(1, 0, 3), (4, 3, 2)])
def test_no_more_nodes_are_fooled_than_are_honest(nodes, faults, false_accepts):
    numbers = WEAKENINGS["false-accept"].at(nodes, faults, false_accepts)
    assert numbers is None or numbers["byzantine"] + numbers["fooled"] <= nodes


def test_the_papers_quorum_withstands_exactly_where_it_is_ours():
    assert WEAKENINGS["quorum-2f+1"].at(4, 1, 0) is None
    assert WEAKENINGS["quorum-2f+1"].at(5, 1, 0)["common"] == 1
    assert WEAKENINGS["quorum-2f+1"].at(50, 15, 0) is not None


# ---------------------------------------------------------------------- the search itself


@pytest.mark.parametrize("obligation", list(reachability(checkpoint)), ids=lambda obligation: obligation.name)
def test_bounded_searches_are_as_expected_and_their_runs_replay(obligation):
    kind, name = obligation.name.split("/")
    leaders = {(view % 4, view) for view in range(obligation.instance.sorts["View"])}
    goal = {"reached": true_property, "possible": completed, "bounded": ended}[kind](name)
    run = search(checkpoint, obligation.instance, goal, obligation.layers, {"leads": leaders})
    assert (run is not None) == (obligation.expected == "sat")
    if run:
        reading = Counting(checkpoint, obligation.instance)
        state, steps = reading.initial(run.setting), []
        for action, offered in run.steps:
            arguments = reading.choose(state, action, offered)
            assert arguments is not None, (action, offered)
            reading.step(state, action, arguments)
            steps.append((action, arguments))
        assert reading.completed(state, name) if kind == "possible" else not reading.fails(state, name)
        assert replay(Trace(None, obligation.instance, run.setting, steps), checkpoint).violated == []


def test_a_run_that_is_found_is_a_run_also_where_one_step_forbids_another():
    node = checkpoint.node
    protocol = Protocol("race", node, Relation("byzantine", (node,), rigid=True))
    moved = protocol.grows("moved", node)

    @protocol.action(fair=True)
    def move(n: Node) -> Step:
        return Step(requires={"first": none(moved(m) for m in node)}, ensures=[moved(n)])

    @protocol.invariant(since=[])
    def one_moves(m: Node, n: Node) -> Formula:
        return implies(moved(m) & moved(n), same(m, n))

    run = search(protocol, Instance(2, 0, 0, {}), false_property("one_moves"), 2, {})
    assert run is None or replay(Trace(None, Instance(2, 0, 0, {}), run.setting, run.steps), protocol).accepted


@pytest.mark.medium
@pytest.mark.parametrize("name", [name for name in WEAKENINGS if name != "no-honest-quorum"])
def test_the_real_protocol_has_no_such_run_two_layers_deeper_whoever_is_byzantine(name):
    entry = WEAKENINGS[name]
    goal = (ended if entry.violates in entry.real.progress else false_property)(entry.violates)
    given = {key: rows for key, rows in entry.given.items() if key != "byzantine"}
    assert search(entry.real, entry.instance, goal, entry.layers + 2, given) is None
