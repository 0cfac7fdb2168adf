"""The quantifier-alternation graph: cycles are found wherever negation hides them, and only there."""

import doctest

import pytest

from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.language import Relation, Sort, every, implies, none, some
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify import fragment
from ceas_formal.verify.first_order import FirstOrder
from ceas_formal.verify.fragment import alternations, cycle
from ceas_formal.verify.obligations import obligations


class Node(Sort):
    """A node."""


class Thing(Sort):
    """A thing."""


class Group(Sort):
    """A group."""


knows = Relation("knows", (Node, Node))
owns = Relation("owns", (Node, Thing))
inside = Relation("inside", (Thing, Group))
has = Relation("has", (Group, Node))
red = Relation("red", (Node,))

NODE_HAS_THING = every(some(owns(n, t) for t in Thing) for n in Node)
THING_HAS_GROUP = every(some(inside(t, g) for g in Group) for t in Thing)
GROUP_HAS_NODE = every(some(has(g, n) for n in Node) for g in Group)


def test_examples_in_docstrings_run():
    assert doctest.testmod(fragment).failed == 0


@pytest.mark.parametrize(
    ("formula", "edges"),
    [
        (NODE_HAS_THING, {("Node", "Thing")}),
        (~NODE_HAS_THING, set()),
        (none(every(owns(n, t) for n in Node) for t in Thing), {("Thing", "Node")}),
        (some(every(owns(n, t) for t in Thing) for n in Node), set()),
        (~some(every(owns(n, t) for t in Thing) for n in Node), {("Node", "Thing")}),
        (every(implies(every(owns(n, t) for t in Thing), red(n)) for n in Node), {("Node", "Thing")}),
        (every(implies(some(owns(n, t) for t in Thing), red(n)) for n in Node), set()),
        (every(~~some(owns(n, t) for t in Thing) for n in Node), {("Node", "Thing")}),
        (every(some(some(inside(t, g) for g in Group) & owns(n, t) for t in Thing) for n in Node), {("Node", "Thing"), ("Node", "Group")}),
        (every(some(owns(m, t) for m in Node for t in Thing) | red(n) for n in Node), set()),
    ],
    ids=range(10),
)
def test_an_alternation_is_from_each_universal_sort_that_an_existential_depends_on(formula, edges):
    assert alternations(formula) == edges


def test_a_cycle_through_three_formulas_is_found():
    assert cycle([NODE_HAS_THING, THING_HAS_GROUP]) is None
    assert set(cycle([NODE_HAS_THING, THING_HAS_GROUP, GROUP_HAS_NODE])) == {"Node", "Thing", "Group"}


def test_a_cycle_in_one_sort_is_found_and_negation_removes_it():
    serial = every(some(knows(m, n) for n in Node) for m in Node)
    assert cycle([serial]) == ["Node", "Node"]
    assert cycle([~serial]) is None


def test_dependence_passes_through_an_existential_in_between():
    # n determines t, and t (so n) determines m.
    formula = every(some(owns(n, t) & some(owns(m, t) for m in Node) for t in Thing) for n in Node)
    assert cycle([formula]) == ["Node", "Node"]


@pytest.mark.parametrize("protocol", [checkpoint, *(entry.protocol for name, entry in WEAKENINGS.items() if name != "no-lock")])
def test_every_obligation_is_decidable(protocol):
    for obligation in obligations(protocol):
        assert obligation.fragment in ("stratified EPR", "linear integer arithmetic"), obligation.name
        for others in obligation.others:
            assert isinstance(others, str) or cycle(others.values()) is None, obligation.name


def test_the_unrelaxed_reading_of_the_claim_would_leave_the_fragment():
    reading = FirstOrder(checkpoint)
    clause = checkpoint.actions["vote1"].requires["claimed"]
    axioms = [reading.axiom(checkpoint.set_facts["quorums_meet"]), reading.axiom(checkpoint.set_facts["blocking_is_honest"])]
    goal = ~reading.read(checkpoint.consequences["vote1.binds_before_last"].formula)
    assert cycle([reading.read(clause), *axioms, goal, reading.read(checkpoint.properties["votes_are_safe"].formula)]) is not None
