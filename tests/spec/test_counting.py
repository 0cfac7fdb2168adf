"""One text, several readings: counting, Boolean and all-N must agree, and effects must be what the proof takes them to be."""

import functools
import itertools
import random

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.counting import Counting, Instance, Reports
from ceas_formal.spec.language import Enough, Not
from ceas_formal.spec.protocol import Containment, Meeting
from ceas_formal.spec.quorum import admissible
from ceas_formal.spec.rewriting import after, free_variables, parts_of
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.strategies import instances, settings_within_bounds, states, tuples_of
from ceas_formal.verify.bounded import ended
from ceas_formal.verify.breaking import find
from ceas_formal.verify.first_order import FirstOrder
from ceas_formal.verify.grounding import Grounding
from ceas_formal.verify.trace import states as states_of

few = functools.partial(settings, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
CLAUSES = [(action, name, clause) for action in checkpoint.actions.values() for name, clause in action.requires.items()]
FIRST_ORDER = FirstOrder(checkpoint)
READ = {
    (action.name, name, relaxed): FIRST_ORDER.read(clause, relaxed=relaxed)
    for action, name, clause in CLAUSES
    for relaxed in (True, False)
}
AXIOMS = FIRST_ORDER.hypotheses()
PROVED = checkpoint.of_kind("invariant", "lemma", "safety")
AFTER = {(claimed.name, action.name): after(claimed.formula, action) for claimed in PROVED for action in checkpoint.actions.values()}


@functools.lru_cache(maxsize=64)
def _counting(nodes, faults, false_accepts, counts):
    return Counting(checkpoint, Instance(nodes, faults, false_accepts, dict(counts)))


def counting(instance):
    return _counting(instance.nodes, instance.faults, instance.false_accepts, tuple(instance.sorts.items()))


def arguments_of(reading, action):
    return itertools.product(*(range(reading.size(type(parameter))) for parameter in action.parameters))


def sampled(rows, random_source, most=24):
    rows = list(rows)
    return rows if len(rows) <= most else random_source.sample(rows, most)


# ---------------------------------------------------------------------- Boolean and counting


@pytest.mark.parametrize("reports", Reports)
@few(max_examples=60)
@given(st.data(), instances(), st.randoms(use_true_random=False))
def test_boolean_and_counting_readings_agree_on_every_clause(reports, data, instance, source):
    state, reading = data.draw(states(checkpoint, instance)), counting(instance)
    ground = Grounding(checkpoint, instance, state)
    for action, name, clause in CLAUSES:
        holds = reading.predicate(clause, action.parameters, reports)
        for arguments in sampled(arguments_of(reading, action), source):
            values = {id(parameter): value for parameter, value in zip(action.parameters, arguments, strict=True)}
            assert ground.read(clause, values, reports) is holds(state, *arguments), (action.name, name, arguments)


@pytest.mark.parametrize("reports", Reports)
@few(max_examples=60)
@given(st.data(), instances(5))
def test_boolean_and_counting_readings_agree_on_every_property(reports, data, instance):
    state, reading = data.draw(states(checkpoint, instance)), counting(instance)
    ground = Grounding(checkpoint, instance, state)
    for claimed in checkpoint.properties.values():
        assert ground.read(claimed.formula, {}, reports) is reading.predicate(claimed.formula, (), reports)(state), claimed.name


@few(max_examples=60)
@given(st.data(), instances(), st.randoms(use_true_random=False))
def test_boolean_and_counting_readings_agree_on_every_effect(data, instance, source):
    state, reading = data.draw(states(checkpoint, instance)), counting(instance)
    ground = Grounding(checkpoint, instance, state)
    for action in checkpoint.actions.values():
        for arguments in sampled(arguments_of(reading, action), source):
            values = {id(parameter): value for parameter, value in zip(action.parameters, arguments, strict=True)}
            added = {name: set() for name in state}
            for insertion in action.ensures:
                for case in ground.cases(insertion.variables, values):
                    row = tuple(case[id(argument)] for argument in insertion.arguments)
                    if ground.read(insertion.condition, case) is True and row not in state[insertion.relation.name]:
                        added[insertion.relation.name].add(row)
            counted = reading.added(state, action.name, arguments)
            assert {name: rows for name, rows in added.items() if rows} == {name: rows for name, rows in counted.items() if rows}


@few(max_examples=15)
@given(st.data(), instances(4, most_views=2, most_payloads=1), st.randoms(use_true_random=False))
def test_boolean_formulas_over_unknown_states_agree_once_the_state_is_put_in(data, instance, source):
    state, reading, ground = data.draw(states(checkpoint, instance)), counting(instance), Grounding(checkpoint, instance)
    values = [
        (ground.variable(relation, row), z3.BoolVal(row in state[relation.name]))
        for relation in checkpoint.relations.values()
        for row in ground.tuples(relation)
    ]
    for action, name, clause in CLAUSES:
        holds = reading.predicate(clause, action.parameters)
        for arguments in sampled(arguments_of(reading, action), source, 3):
            read = ground.read(clause, {id(parameter): value for parameter, value in zip(action.parameters, arguments, strict=True)})
            read = read if isinstance(read, bool) else z3.is_true(z3.simplify(z3.substitute(read, *values)))
            assert read is holds(state, *arguments), (action.name, name)


@few(max_examples=60)
@given(st.data(), instances())
def test_the_bounds_of_the_boolean_search_are_the_assumptions_of_the_counting_reading(data, instance):
    state = data.draw(states(checkpoint, instance))
    broken = set(counting(instance).broken_assumptions(state)) - {"admissible"}
    assert all(value is True for value in Grounding(checkpoint, instance, state).assumptions()) == (not broken)


@few(max_examples=60)
@given(st.data(), instances())
def test_the_strategy_for_settings_stays_within_the_bounds(data, instance):
    setting = data.draw(settings_within_bounds(checkpoint, instance))
    reading = counting(instance)
    assert set(reading.broken_assumptions(reading.initial(setting))) <= {"admissible"}


# ---------------------------------------------------------------------- counting and all N


def with_sets(instance):
    """Return the finite structure of reading (a): for each threshold, all sets of at least that many nodes."""
    members, counts = {}, {}
    for name, threshold in checkpoint.thresholds.items():
        wanted = threshold.count(instance.nodes, instance.faults, instance.false_accepts)
        chosen = [
            nodes for size in range(max(wanted, 0), instance.nodes + 1) for nodes in itertools.combinations(range(instance.nodes), size)
        ]
        counts[FIRST_ORDER.sets[name].__name__] = len(chosen)
        members[FIRST_ORDER.member[name].name] = {(node, index) for index, nodes in enumerate(chosen) for node in nodes}
    sizes = (instance.nodes, instance.faults, instance.false_accepts)
    return Instance(*sizes, {**instance.sorts, **counts}), members


@few(max_examples=50)
@given(st.data(), instances(4, most_views=2, most_payloads=1), st.randoms(use_true_random=False))
def test_the_unrelaxed_all_n_guard_is_the_counting_guard_over_all_large_sets(data, instance, source):
    state, reading = data.draw(states(checkpoint, instance)), counting(instance)
    larger, members = with_sets(instance)
    sets = counting(larger)
    for action, name, clause in CLAUSES:
        counted = reading.predicate(clause, action.parameters)
        read = sets.predicate(READ[action.name, name, False], action.parameters, Reports.RECORDED)
        for arguments in sampled(arguments_of(reading, action), source, 8):
            assert counted(state, *arguments) == read(state | members, *arguments), (action.name, name)


@few(max_examples=60)
@given(st.data(), instances(5, most_views=2, most_payloads=1), st.randoms(use_true_random=False))
def test_the_counting_guard_implies_the_relaxed_all_n_guard_within_the_bounds(data, instance, source):
    setting = data.draw(settings_within_bounds(checkpoint, instance))
    state, reading = data.draw(states(checkpoint, instance, setting)), counting(instance)
    larger, members = with_sets(instance)
    sets = counting(larger)
    for action, name, clause in CLAUSES:
        counted = reading.predicate(clause, action.parameters)
        read = sets.predicate(READ[action.name, name, True], action.parameters, Reports.RECORDED)
        for arguments in sampled(arguments_of(reading, action), source, 8):
            assert not counted(state, *arguments) or read(state | members, *arguments), (action.name, name)


@few(max_examples=50)
@given(st.data(), instances(4, most_views=2, most_payloads=1))
def test_properties_mean_the_same_for_all_n_and_by_counting(data, instance):
    state, reading = data.draw(states(checkpoint, instance)), counting(instance)
    larger, members = with_sets(instance)
    sets = counting(larger)
    for claimed in checkpoint.properties.values():
        read = sets.predicate(_read_property(claimed.name), (), Reports.RECORDED)
        assert reading.predicate(claimed.formula)(state) == read(state | members), claimed.name


@functools.cache
def _read_property(name):
    return FIRST_ORDER.read(checkpoint.properties[name].formula)


@few(max_examples=60)
@given(st.data(), instances(5, most_views=2))
def test_the_axioms_hold_over_all_large_sets_within_the_bounds(data, instance):
    state = data.draw(states(checkpoint, instance, data.draw(settings_within_bounds(checkpoint, instance))))
    larger, members = with_sets(instance)
    sets = counting(larger)
    for name, axiom in AXIOMS.items():
        fact = checkpoint.set_facts.get(name)
        needs_admissible = isinstance(fact, Containment) and fact.inside is None
        if not needs_admissible or admissible(instance.nodes, instance.faults, instance.false_accepts):
            assert sets.predicate(axiom, (), Reports.RECORDED)(state | members), name


def test_meetings_fail_over_all_large_sets_outside_the_bounds():
    instance = Instance(4, 1, 0, {"View": 1, "Value": 1, "Payload": 1})
    larger, members = with_sets(instance)
    reading = counting(larger)
    state = reading.initial({"byzantine": {(0,), (1,), (2,)}}) | members
    failing = {name for name, axiom in AXIOMS.items() if not reading.predicate(axiom, (), Reports.RECORDED)(state)}
    meetings = {name for name, fact in checkpoint.set_facts.items() if isinstance(fact, Meeting)}
    assert meetings <= failing


def test_no_guard_has_a_threshold_in_a_negative_place():
    def negative(formula, positive=True):
        if isinstance(formula, Enough) and not positive:
            return True
        if isinstance(formula, Not):
            return negative(formula.body, not positive)
        parts = getattr(formula, "parts", None) or ([formula.body] if hasattr(formula, "body") else [])
        return any(negative(part, positive) for part in parts)

    # "Whatever helps" is the strongest report only where a threshold stands positively.
    assert [(action.name, name) for action, name, clause in CLAUSES if negative(clause)] == []


def test_no_guard_reads_a_ghost_and_no_effect_depends_on_the_state():
    for action, name, clause in CLAUSES:
        assert not [part for part in parts_of(clause) if getattr(getattr(part, "relation", None), "ghost", False)], (action.name, name)
    for action in checkpoint.actions.values():
        for insertion in action.ensures:
            assert not insertion.relation.rigid
            assert all(part.relation.rigid for part in parts_of(insertion.condition) if hasattr(part, "relation"))


def test_formulas_have_no_free_variables_but_their_own_parameters():
    for action, name, clause in CLAUSES:
        assert set(free_variables(clause)) <= {id(parameter) for parameter in action.parameters}, (action.name, name)
    for claimed in checkpoint.properties.values():
        assert not free_variables(claimed.formula), claimed.name


# ---------------------------------------------------------------------- the weakest precondition


@few(max_examples=40)
@given(st.data(), instances(4, most_views=2, most_payloads=1), st.randoms(use_true_random=False))
def test_a_formula_about_the_next_state_holds_before_a_step_exactly_if_it_holds_after(data, instance, source):
    state, reading = data.draw(states(checkpoint, instance)), counting(instance)
    for action in checkpoint.actions.values():
        for arguments in sampled(arguments_of(reading, action), source, 8):
            stepped = {name: set(rows) for name, rows in state.items()}
            reading.step(stepped, action.name, arguments)
            for claimed in PROVED:
                before = reading.predicate(AFTER[claimed.name, action.name], action.parameters)(state, *arguments)
                assert before == reading.predicate(claimed.formula)(stepped), (claimed.name, action.name, arguments)


@pytest.mark.medium
@few(max_examples=600)
@given(st.data(), instances(4, most_views=2, most_payloads=1))
def test_a_formula_about_the_next_state_holds_before_every_step_exactly_if_it_holds_after(data, instance):
    test_a_formula_about_the_next_state_holds_before_a_step_exactly_if_it_holds_after.hypothesis.inner_test(
        data, instance, random.Random(instance.nodes)
    )


# ---------------------------------------------------------------------- walks of the real protocol


def walk(instance, setting, choices, check=lambda reading, state: None):
    """Take steps, Byzantine nodes helpful; each choice picks an action, then its arguments. Entering a view is taken one time in three."""
    reading = counting(instance)
    leaders = {(view % instance.nodes, view) for view in range(instance.sorts["View"])}
    state = reading.initial({"leads": leaders, "well_formed": {(value,) for value in range(instance.sorts["Value"])}, **setting})
    for choice in choices:
        names = [name for name in checkpoint.actions if name != "enter" or choice % 3 == 0]
        source = random.Random(choice)
        source.shuffle(names)
        for name in names:
            if possible := list(reading.possible(state, name, Reports.HELPFUL)):
                reading.step(state, name, source.choice(possible))
                check(reading, state)
                break
    return reading, state


def check_proved(reading, state):
    assert reading.violated(state, "safety", "invariant", "lemma") == []


choices = st.lists(st.integers(0, 10**6), min_size=30, max_size=60)
walkable = st.sampled_from(
    [
        Instance(4, 1, 0, {"View": 3, "Value": 2, "Payload": 1}),
        Instance(5, 1, 0, {"View": 2, "Value": 2, "Payload": 2}),
        Instance(5, 1, 1, {"View": 2, "Value": 2, "Payload": 2}),
    ]
)


def walk_and_check(data, instance, chosen):
    setting = data.draw(settings_within_bounds(checkpoint, instance))
    setting.pop("leads")
    walk(instance, setting, chosen, check_proved)


@few(max_examples=30)
@given(st.data(), walkable, choices)
def test_no_walk_of_the_real_protocol_violates_a_proved_property(data, instance, chosen):
    walk_and_check(data, instance, chosen)


@pytest.mark.medium
@few(max_examples=600)
@given(st.data(), walkable, choices)
def test_no_walk_of_the_real_protocol_violates_a_proved_property_in_many_walks(data, instance, chosen):
    walk_and_check(data, instance, chosen)


@few(max_examples=15)
@given(st.data(), choices)
def test_no_walk_below_the_admissible_size_violates_safety(data, chosen):
    instance = Instance(3, 1, 0, {"View": 2, "Value": 2, "Payload": 1})
    walk_and_check(data, instance, chosen)


def test_walks_reach_decisions_also_in_later_views():
    reached = set()
    instance = Instance(4, 1, 0, {"View": 3, "Value": 2, "Payload": 0})
    for seed in range(12):
        _, state = walk(instance, {"byzantine": {(3,)}}, [random.Random(1000 * seed + index).randrange(10**6) for index in range(60)])
        reached |= {view for _, view, _ in state["decided"]}
    assert 0 in reached
    assert reached - {0}


@few(max_examples=25)
@given(st.data(), choices)
def test_boolean_and_counting_readings_agree_on_the_end_of_progress(data, chosen):
    instance = Instance(4, 1, 0, {"View": 1, "Value": 2, "Payload": 1})
    setting = data.draw(settings_within_bounds(checkpoint, instance))
    setting.pop("leads")
    reading, state = walk(instance, setting, data.draw(st.sampled_from([[], chosen])))
    state["ok"] |= data.draw(tuples_of(checkpoint, instance, checkpoint.relations["ok"]))
    for name in checkpoint.progress:
        assert ended(name)(Grounding(checkpoint, instance, state)) is reading.fails(state, name)


# ---------------------------------------------------------------------- so that the checks can fail


@pytest.mark.parametrize("name", [name for name, entry in WEAKENINGS.items() if entry.violates in checkpoint.properties])
def test_outside_the_assumptions_a_safety_property_and_an_invariant_or_lemma_fail(name):
    trace = find(WEAKENINGS[name]).trace
    last = states_of(trace, WEAKENINGS[name].protocol)[-1]
    reading = Counting(WEAKENINGS[name].protocol, trace.instance)
    assert WEAKENINGS[name].violates in reading.violated(last, "safety")
    assert reading.violated(last, "invariant", "lemma")
