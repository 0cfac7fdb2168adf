"""The message level, executed: what nodes do on messages is allowed by the specification, and six delays are enough."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.counting import Counting, Instance, Reports
from ceas_formal.spec.messages import messages
from ceas_formal.spec.rewriting import after
from ceas_formal.spec.timing import PHASES
from ceas_formal.strategies import states

SIZES = Instance(4, 1, 0, {"View": 2, "Value": 2, "Payload": 1})
ON_MESSAGES, SPECIFIED = Counting(messages, SIZES), Counting(checkpoint, SIZES)
NETWORK = [name for name in messages.actions if name not in checkpoint.actions]
SETTING = {
    "byzantine": {(3,)}, "leads": {(0, 0), (3, 1)}, "well_formed": {(0,), (1,)}, "uses": {(1, 0)}, "accepts": {(0, 0), (1, 0), (2, 0)},
}  # fmt: skip


def walk(seeds, check):
    """Take steps on messages; Byzantine nodes count only for what they were heard to say, which may be anything."""
    state = ON_MESSAGES.initial(SETTING)
    for seed in seeds:
        source = random.Random(seed)
        # Walks get somewhere only if a view is rarely left; half of the steps are the network's, one in eight a lie.
        own = [name for name in checkpoint.actions if name != "enter" or seed % 21 == 0]
        names = own if seed % 2 else [name for name in NETWORK if name.startswith("lie") == (seed % 8 == 0)]
        source.shuffle(names)
        for name in names:
            if possible := list(ON_MESSAGES.possible(state, name, Reports.RECORDED)):
                arguments = source.choice(possible)
                check(state, name, arguments)
                ON_MESSAGES.step(state, name, arguments)
                break
    return state


def allowed_by_the_specification(state, name, arguments):
    if name in checkpoint.actions:
        abstract = {relation: state[relation] for relation in checkpoint.relations}
        assert SPECIFIED.refusals(abstract, name, arguments) == []


walks = st.lists(st.integers(0, 10**6), min_size=40, max_size=90)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(walks)
def test_what_a_node_does_on_messages_the_specification_allows_whatever_is_lied(seeds):
    state = walk(seeds, allowed_by_the_specification)
    assert ON_MESSAGES.violated(state, "invariant") == []


def test_walks_on_messages_reach_votes():
    reached = set()
    for start in range(8):
        seeds = [random.Random(1000 * start + index).randrange(10**6) for index in range(120)]
        reached |= {name for name, rows in walk(seeds, lambda *_: None).items() if rows}
    assert {"vote1", "got_proof", "heard1", "reported", "proposed"} <= reached


def all_possible(reading, state, names):
    """Take every possible step of these actions, without Byzantine help, until none is left."""
    while steps := [(name, row) for name in names for row in reading.possible(state, name, Reports.SILENT)]:
        for name, row in steps:
            if not reading.refusals(state, name, row, Reports.SILENT):
                reading.step(state, name, row)


def delays_until_all_have_decided(reading, state):
    """Deliver everything that is in transit, let nodes act, and count how often until every honest node has decided.

    A node has its own messages at once.
    """
    own = [name for name, action in messages.actions.items() if action.fair and not name.startswith("receive")]
    arriving = [name for name in messages.actions if name.startswith("receive")]
    honest = set(range(reading.instance.nodes)) - {node for (node,) in state["byzantine"]}

    def in_transit():
        return [(name, row) for name in arriving for row in reading.possible(state, name, Reports.SILENT)]

    for delays in range(20):
        all_possible(reading, state, own)
        while at_once := [(name, row) for name, row in in_transit() if row[0] == row[1]]:
            for name, row in at_once:
                reading.step(state, name, row)
            all_possible(reading, state, own)
        if {row[0] for row in state["decided"]} == honest:
            return delays
        for name, row in in_transit():
            reading.step(state, name, row)
    return None


def test_in_the_first_view_six_message_delays_are_enough():
    assert delays_until_all_have_decided(ON_MESSAGES, ON_MESSAGES.initial(SETTING)) == PHASES - 1


def test_a_lock_made_just_before_the_last_node_enters_takes_the_seventh_delay():
    reading = Counting(messages, Instance(7, 2, 0, {"View": 2, "Value": 1, "Payload": 1}))
    voters, others, byzantine = [4, 5, 6], [2, 3], [0, 1]
    setting = {"leads": {(0, 0), (2, 1)}, "uses": {(0, 0)}, "well_formed": {(0,)}, "accepts": {(4, 0)}, "byzantine": {(0,), (1,)}}
    state = reading.initial(setting)

    def take(name, *arguments):
        assert reading.refusals(state, name, arguments) == []
        reading.step(state, name, arguments)

    take("certify", 4, 0)  # the one honest node whose own verdict is good
    for n in voters + others:
        take("report", n, 0)
    for n in voters + others:
        take("receive_ok", n, 4, 0)
        for m in voters + others:
            take("receive_proof", n, m, 0)
    for n in others:
        take("enter", n, 1)
        take("report", n, 1)
    # The Byzantine leader of view 0 and its friend get a value locked by the other three, who then enter as the last.
    for n in voters:
        take("lie_proposal", n, 0, 0, 0)
        for b in byzantine:
            take("lie_ok", n, b, 0)
        take("vote1", n, 0, 0, 0)
    for phase in (1, 2):
        for n in voters:
            for m in voters:
                take(f"receive_vote{phase}", n, m, 0, 0)
            for b in byzantine:
                take(f"lie_vote{phase}", n, b, 0, 0)
        for n in voters:
            take(f"vote{phase + 1}", n, 0, 0)
    for n in voters:
        take("enter", n, 1)
    assert delays_until_all_have_decided(reading, state) == PHASES


SMALL = Instance(2, 1, 0, {"View": 2, "Value": 1, "Payload": 1})
CONDITIONAL = ["report", "receive_proof", "receive_suggest"]  # what they insert depends on the state before


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(CONDITIONAL), st.randoms(use_true_random=False))
def test_a_formula_about_the_state_after_a_report_holds_before_it_exactly_if_it_holds_after(data, name, source):
    reading, action = Counting(messages, SMALL), messages.actions[name]
    state = data.draw(states(messages, SMALL))
    arguments = tuple(source.randrange(reading.size(type(parameter))) for parameter in action.parameters)
    stepped = {relation: set(rows) for relation, rows in state.items()}
    reading.step(stepped, name, arguments)
    for claimed in messages.of_kind("invariant"):
        before = reading.predicate(after(claimed.formula, action), action.parameters)(state, *arguments)
        assert before == reading.predicate(claimed.formula)(stepped), claimed.name
