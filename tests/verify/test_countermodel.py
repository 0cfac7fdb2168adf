"""Finite countermodels are models of the assertions, small ones, and are found where there are any."""

from functools import cache

from ceas_formal.report.countermodels import document, text
from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.language import And, AtMost, Atom, Equal, Every, Not, Or, Ordered, Relation, Sort, every, implies, none, same, some
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify import countermodel
from ceas_formal.verify.countermodel import Search, search
from ceas_formal.verify.finite import holds
from ceas_formal.verify.first_order import linear
from ceas_formal.verify.obligation import Obligation, check
from ceas_formal.verify.obligations import Induction, thresholds
from ceas_formal.verify.reachability import reachability
from ceas_formal.verify.smtlib import order_name, script
from ceas_formal.verify.solving import ask


class Node(Sort):
    """A node."""


class Colour(Sort):
    """A colour."""


class Time(Ordered):
    """A moment."""


RED, LIKES, EARLY = Relation("red", (Node,)), Relation("likes", (Node, Node)), Relation("early", (Time,))
WEAK = checkpoint.without("vote1.claimed")
"""Without it a leader gets a value locked that nobody claimed."""
SOUND = [step for step in Induction(checkpoint).proof() if not isinstance(step.assertions, str)]


@cache
def failing():
    return [step for step in Induction(WEAK).proof() if check(step).verdict == "sat"]


def diagram(model, assertions):
    """Return the assertions together with everything about the model: its elements are all there are, and each tuple holds or not."""
    elements = {name: [sort(f"{name.lower()}_{index}") for index in range(model.sizes[name])] for name, sort in model.sorts.items()}
    relations = {part.name: part for part in relations_of(assertions)}
    facts = []
    for name, members in elements.items():
        variable = model.sorts[name]("x")
        facts.append(Every((variable,), Or(tuple(Equal(variable, member) for member in members))))
        facts += [Not(Equal(left, right)) for index, left in enumerate(members) for right in members[:index]]
        if issubclass(model.sorts[name], Ordered):
            rows = model.holds.get(order_name(model.sorts[name]))
            for left, low in enumerate(members):
                for right, high in enumerate(members):
                    fact = AtMost(low, high)
                    facts.append(fact if (left <= right if rows is None else (left, right) in rows) else Not(fact))
    for name, relation in relations.items():
        rows = [()]
        for sort in relation.sorts:
            rows = [(*row, index) for row in rows for index in range(model.sizes[sort.__name__])]
        for row in rows:
            fact = Atom(relation, tuple(elements[sort.__name__][index] for sort, index in zip(relation.sorts, row, strict=True)))
            facts.append(fact if row in model.holds[name] else Not(fact))
    return {**assertions, "diagram": And(tuple(facts))}


def relations_of(assertions):
    from ceas_formal.spec.rewriting import parts_of

    return [part.relation for formula in assertions.values() for part in parts_of(formula) if isinstance(part, Atom)]


# ---------------------------------------------------------------------- what is found is a model


def test_a_weakened_protocol_has_steps_that_fail():
    assert any(step.name.startswith("consequence/vote1.binds_before_last") for step in failing())


def test_each_failing_step_of_a_weakened_protocol_has_a_small_countermodel_that_a_solver_accepts():
    for step in failing():
        outcome = countermodel.of(step)
        model = outcome.found
        assert model is not None, step.name
        assert model.smallest
        assert sum(model.sizes.values()) <= 10
        assert holds(model, step.assertions)
        assert ask(script(diagram(model, step.assertions))).status == "sat"


def test_a_model_with_one_tuple_changed_is_not_accepted():
    (step, *_) = failing()
    model = countermodel.of(step).found
    changed = 0
    for name, rows in model.holds.items():
        for row in list(rows):
            rows.discard(row)
            changed += not holds(model, step.assertions)
            rows.add(row)
        assert holds(model, step.assertions), name
    assert changed == sum(map(len, model.holds.values())) > 0


def test_what_a_solver_proved_has_no_countermodel():
    for step in SOUND:
        assert search(step.assertions, most=2).found is None, step.name


# ---------------------------------------------------------------------- small, and honest about what was searched


def test_the_model_has_as_few_elements_as_possible():
    three = some(~same(x, y) & ~same(y, z) & ~same(x, z) for x in Node for y in Node for z in Node)
    found = search({"three": three, "two": some(~same(c, d) for c in Colour for d in Colour)})
    assert found.found.sizes == {"Node": 3, "Colour": 2}
    assert found.excluded == 2


def test_no_tuple_could_be_left_out():
    found = search({"likes": every(some(LIKES(x, y) for y in Node) for x in Node), "red": some(RED(x) for x in Node)}).found
    assert found.sizes == {"Node": 1}
    assert found.holds == {"likes": {(0, 0)}, "red": {(0,)}}


def test_fewer_tuples_do_not_cost_more_elements():
    alone = every(same(x, y) for x in Node for y in Node) & some(RED(x) & LIKES(x, x) for x in Node)
    several = some(~same(x, y) for x in Node for y in Node)
    found = search({"goal": alone | several, "colours": some(~same(c, d) for c in Colour for d in Colour)}).found
    assert found.sizes == {"Node": 1, "Colour": 2}
    assert found.holds == {"red": {(0,)}, "likes": {(0, 0)}}


def test_up_to_which_size_there_is_none_is_told():
    nobody = {"goal": And((some(RED(x) for x in Node), none(RED(x) for x in Node)))}
    assert search(nobody, most=3) == Search(None, 3)
    # Red nodes have red friends, nobody is their own friend, and friendship is a strict order: an infinite chain only.
    chain = {
        "red": some(RED(x) for x in Node),
        "friends": every(some(LIKES(x, y) for y in Node) for x in Node),
        "strict": none(LIKES(x, x) for x in Node),
        "transitive": every(implies(LIKES(x, y) & LIKES(y, z), LIKES(x, z)) for x in Node for y in Node for z in Node),
    }
    assert search(chain) == Search(None, countermodel.MOST)


def test_no_size_is_excluded_that_the_time_did_not_suffice_for():
    assert search(SOUND[-1].assertions, seconds=0.0) == Search(None, 0)


def test_an_arithmetic_obligation_gets_small_numbers_instead():
    weak = WEAKENINGS["quorum-2f+1"].protocol
    meeting = next(item for item in thresholds(weak) if item.name == "thresholds/quorums_meet")
    outcome = countermodel.of(meeting)
    assert (outcome.numbers["N"], outcome.numbers["f"]) == ("2", "0")
    assert text("a/b", outcome).startswith("a/b: a countermodel, N = 2, f = 0, a = 0, r_")
    real = next(item for item in thresholds(checkpoint) if item.name == "thresholds/quorums_meet")
    assert countermodel.of(real) == Search(None, 0)


def test_the_numbers_are_small_in_the_order_in_which_they_are_declared():
    declared = "(declare-const N Int)(declare-const f Int)(assert (>= N 0))(assert (>= f 0))"
    assert countermodel.numbers(declared + "(assert (or (= (+ N f) 9) (and (= N 5) (= f 7))))") == {"N": "0", "f": "9"}
    assert countermodel.numbers(declared + "(assert (or (= N 8) (= N 5) (= N 13)))(assert (> f 3))") == {"N": "5", "f": "4"}
    assert countermodel.numbers(declared + "(assert (< N 0))") == {}


def test_a_search_for_runs_is_not_searched_again():
    assert countermodel.of(next(iter(reachability(checkpoint)))) is None


def test_any_of_several_assertions_will_do():
    no, yes = {"goal": And((some(RED(x) for x in Node), none(RED(x) for x in Node)))}, {"goal": some(RED(x) for x in Node)}
    assert countermodel.of(Obligation("a/b", "", "sat", no, others=(yes,))).found is not None
    assert countermodel.of(Obligation("a/b", "", "sat", no, others=(no,)), most=2) == Search(None, 2)


def test_free_variables_may_be_equal_or_different():
    x, y = Node("x"), Node("y")
    assert search({"goal": Equal(x, y)}).found.sizes == {"Node": 1}
    different = search({"goal": Not(Equal(x, y)), "red": RED(x), "other": Not(RED(y))}).found
    assert different.sizes == {"Node": 2}
    assert different.holds == {"red": {(different.variables["x"][1],)}}


def test_an_order_is_that_of_the_numbers_unless_only_another_one_will_do():
    early_last = some(EARLY(s) & ~EARLY(t) & (t <= s) for s in Time for t in Time)
    found = search({"Time.linear": linear(Time), "goal": early_last}).found
    assert found.holds == {"early": {(1,)}}
    assert order_name(Time) not in found.signature
    loop = {"goal": some(~same(s, t) & (s <= t) & (t <= s) for s in Time for t in Time)}
    free = search(loop).found
    assert order_name(Time) in free.signature
    printed = text("a/b", Search(free, 0))
    assert "Time: time 0, time 1" in printed
    assert order_name(Time) in printed
    assert "time 0 < time 1" in text("a/b", Search(found, 1))
    assert search({"Time.linear": linear(Time), **loop}, most=2) == Search(None, 2)


def test_a_later_free_variable_of_an_ordered_sort_may_be_earlier():
    s, t = Time("s"), Time("t")
    assert search({"Time.linear": linear(Time), "goal": Not(AtMost(s, t))}).found.sizes == {"Time": 2}


# ---------------------------------------------------------------------- readable


def test_a_countermodel_names_elements_relations_and_the_variables_of_the_goal():
    step = next(step for step in failing() if step.name.startswith("consequence/vote1.binds_before_last"))
    printed = text(step.name, countermodel.of(step))
    assert printed.startswith(f"{step.name}: a smallest countermodel, ")
    assert "Value: A, B" in printed
    assert "view 0 < view 1" in printed
    assert "the claim fails for " in printed
    assert len(printed.splitlines()) <= 20
    assert max(map(len, printed.splitlines())) <= 140


def test_a_countermodel_is_data_too():
    outcome = search({"goal": ~every(RED(n) for n in Node), "some": some(RED(n) for n in Node)})
    told = document("a/b", outcome)
    assert told["elements"] == {"Node": ["n0", "n1"]}
    assert told["variables"] == {"n": "n0"}
    assert told["holds"] == {"red": [["n1"]]}
    assert told["none_up_to"] == 1
    assert document("a/b", Search(None, 3)) == {"name": "a/b", "found": False, "none_up_to": 3}


def test_no_countermodel_is_told_with_the_sizes_or_that_the_time_was_up():
    assert "at most 3 elements" in text("a/b", Search(None, 3))
    assert "in the time given" in text("a/b", Search(None, 0))


def test_elements_of_two_sorts_are_never_written_alike():
    class Net(Sort):
        """A net; its elements would be called n0, n1 as well."""

    outcome = search({"goal": And((some(same(x, x) for x in Node), some(same(x, x) for x in Net)))})
    assert "Net: net0; Node: node0" in text("a/b", outcome)
