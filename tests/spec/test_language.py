"""The language refuses what Python would decide at once, and binds what it says it binds."""

import doctest

import pytest

from ceas_formal.spec import language
from ceas_formal.spec.counting import Counting, Instance
from ceas_formal.spec.language import (
    FALSE,
    TRUE,
    Enough,
    Every,
    Ordered,
    Relation,
    Some,
    Sort,
    SymbolicTruthError,
    Threshold,
    every,
    implies,
    none,
    same,
    some,
)
from ceas_formal.spec.protocol import Protocol, Step, insertion
from ceas_formal.spec.rewriting import after


class Node(Sort):
    """A node."""


class Place(Ordered):
    """An ordered place."""


byzantine = Relation("byzantine", (Node,), rigid=True)
flag = Relation("flag", (Node,))
edge = Relation("edge", (Node, Node))
at = Relation("at", (Node, Place))
switch = Relation("switch", ())


def toy() -> Protocol:
    protocol = Protocol("toy", Node, byzantine)
    for relation in (flag, edge, at, switch):
        protocol.relations[relation.name] = relation
    return protocol


def holds(formula, nodes=3, places=3, protocol=None, **state):
    protocol = protocol or toy()
    reading = Counting(protocol, Instance(nodes, 1, 0, {"Place": places}))
    full = {name: set(state.get(name, ())) for name in protocol.relations}
    return reading.predicate(formula)(full)


n, m, p, q = Node("n"), Node("m"), Place("p"), Place("q")
FORMULAS = [flag(n), ~flag(n), flag(n) & flag(m), flag(n) | flag(m), p <= q, p < q, same(n, m), every(flag(k) for k in Node), TRUE, FALSE]


def test_examples_in_docstrings_run():
    assert doctest.testmod(language).failed == 0


@pytest.mark.parametrize("formula", FORMULAS, ids=range(len(FORMULAS)))
@pytest.mark.parametrize(
    "decide",
    [
        lambda f: f and TRUE,
        lambda f: f or TRUE,
        lambda f: not f,
        lambda f: 1 if f else 2,
        lambda f: f == TRUE,
        lambda f: f != TRUE,
        lambda f: f in [flag(Node("k"))],
        lambda f: [flag(Node("k"))].index(f),
        lambda f: bool(f),
        lambda f: all([f]),
        lambda f: [x for x in [1] if f],
    ],
    ids=["and", "or", "not", "if", "==", "!=", "in", "index", "bool", "all", "filter"],
)
def test_a_formula_used_as_a_decision_raises(formula, decide):
    with pytest.raises(SymbolicTruthError):
        decide(formula)


@pytest.mark.parametrize(
    "decide", [lambda: n == m, lambda: n != m, lambda: not n, lambda: n in [m], lambda: p == q, lambda: 1 if n else 2, lambda: p and q]
)
def test_a_variable_used_as_a_decision_raises(decide):
    with pytest.raises(SymbolicTruthError):
        decide()


@pytest.mark.parametrize("chain", [lambda: p <= q <= p, lambda: p < q < p, lambda: p <= q < p, lambda: p >= q > p])
def test_a_chained_comparison_raises(chain):
    with pytest.raises(SymbolicTruthError):
        chain()


@pytest.mark.parametrize("outside", [lambda: list(Node), lambda: [flag(k) for k in Node], lambda: next(iter(Place)), lambda: tuple(Node)])
def test_a_sort_iterated_outside_a_quantifier_raises(outside):
    with pytest.raises(SymbolicTruthError):
        outside()


def test_membership_in_a_sort_raises():
    with pytest.raises(SymbolicTruthError):
        n in Node  # noqa: B015


def test_a_filter_in_a_quantifier_raises_and_leaves_no_trace():
    with pytest.raises(SymbolicTruthError):
        every(flag(k) for k in Node if byzantine(k))
    with pytest.raises(SymbolicTruthError):
        list(Node)


def test_an_error_inside_a_nested_quantifier_leaves_no_variable_open():
    with pytest.raises(ZeroDivisionError):
        every(some(edge(k, j) if 1 // 0 else TRUE for j in Node) for k in Node)
    assert len(every(flag(k) for k in Node).variables) == 1
    with pytest.raises(SymbolicTruthError):
        list(Node)


@pytest.mark.parametrize(
    "wrong",
    [lambda: edge(n), lambda: edge(n, m, n), lambda: edge(n, p), lambda: flag(), lambda: at(p, n), lambda: flag("n"), lambda: switch(n)],
)
def test_a_wrong_number_or_sort_of_arguments_raises(wrong):
    with pytest.raises(TypeError):
        wrong()


def test_elements_of_different_sorts_are_never_the_same():
    with pytest.raises(TypeError):
        same(n, p)


@pytest.mark.parametrize("wrong", [lambda: every(1 for k in Node), lambda: some(k for k in Node), lambda: none(True for k in Node)])
def test_a_quantifier_over_anything_but_formulas_raises(wrong):
    with pytest.raises(TypeError):
        wrong()


def test_a_threshold_binds_exactly_one_variable():
    with pytest.raises(ValueError, match="unpack"):
        Threshold("most", lambda nodes, faults, false_accepts: nodes)(edge(k, j) for k in Node for j in Node)


@pytest.mark.parametrize(
    "ranges_over_python_values",
    [
        lambda: every(relation(k) for k in Node for relation in (flag, byzantine)),
        lambda: every(relation(n) for relation in (flag, byzantine)),
        lambda: some(relation(k) for relation in (flag, byzantine) for k in Node),
    ],
)
def test_a_quantifier_over_python_values_raises_instead_of_reading_only_the_first(ranges_over_python_values):
    with pytest.raises(TypeError):
        ranges_over_python_values()


def test_bound_variables_take_the_names_of_the_generator():
    formula = every(some(edge(sender, receiver) for receiver in Node) for sender in Node)
    assert isinstance(formula, Every)
    assert isinstance(formula.body, Some)
    assert [variable.name for variable in (*formula.variables, *formula.body.variables)] == ["sender", "receiver"]


def test_two_variables_of_one_generator_are_different_and_in_order():
    formula = every(at(first, second) for first in Node for second in Place)
    assert [(variable.name, type(variable)) for variable in formula.variables] == [("first", Node), ("second", Place)]


def test_a_threshold_names_its_variable():
    formula = Threshold("most", lambda nodes, faults, false_accepts: nodes)(flag(voter) for voter in Node)
    assert isinstance(formula, Enough)
    assert formula.variable.name == "voter"


def test_nested_quantifiers_of_the_same_name_do_not_capture():
    inner = lambda k: some(edge(k, m) & ~same(k, m) for m in Node)  # noqa: E731
    formula = every(inner(m) for m in Node)
    assert holds(formula, edge={(0, 1), (1, 2), (2, 0)})
    assert not holds(formula, edge={(0, 0), (1, 1), (2, 2)})
    assert not holds(formula, edge={(0, 1), (1, 2)})


def test_a_macro_used_under_two_quantifiers_of_its_own_name_does_not_capture():
    def reaches(m):
        return some(edge(m, k) & some(edge(k, m) for m in Node) for k in Node)

    formula = every(implies(flag(m), reaches(m)) for m in Node)
    assert holds(formula, flag={(0,)}, edge={(0, 1), (1, 2)})
    assert not holds(formula, flag={(0,)}, edge={(0, 1)})


def test_a_macro_of_the_same_name_in_a_threshold_does_not_capture():
    protocol = toy()
    two = protocol.threshold("two", lambda nodes, faults, false_accepts: 2)
    formula = some(two(edge(k, m) for m in Node) & two(edge(m, k) for m in Node) for k in Node)
    assert holds(formula, protocol=protocol, edge={(0, 1), (0, 2), (1, 0), (2, 0)})
    assert not holds(formula, protocol=protocol, edge={(0, 1), (0, 2), (1, 0)})


def test_order_comparisons_mean_what_python_means():
    for low in range(3):
        for high in range(3):
            x, y = Place("x"), Place("y")
            reading = Counting(toy(), Instance(2, 0, 0, {"Place": 3}))
            values = [reading.predicate(formula, (x, y))({"byzantine": set()}, low, high) for formula in (x <= y, x < y, x >= y, x > y)]
            assert values == [low <= high, low < high, low >= high, low > high]


def test_empty_conjunction_is_true_and_empty_disjunction_is_false():
    assert holds(TRUE)
    assert not holds(FALSE)


def test_double_negation_is_the_formula_itself():
    formula = flag(n)
    assert ~~formula is formula


def test_a_relation_without_arguments_can_be_read():
    assert holds(switch(), switch={()})
    assert not holds(switch())


@pytest.mark.parametrize("wrong", [lambda: ~flag(n), lambda: flag(n) & flag(m), lambda: some(flag(k) for k in Node), lambda: p <= q])
def test_an_action_ensures_only_insertions(wrong):
    with pytest.raises(TypeError):
        insertion(wrong())


def test_the_weakest_precondition_knows_that_a_repeated_variable_inserts_only_the_diagonal():
    protocol = toy()

    @protocol.action(fair=True)
    def mark(n: Node) -> Step:
        return Step(requires={}, ensures=[every(edge(k, k) for k in Node)])

    everywhere = every(edge(k, j) for k in Node for j in Node)
    reading = Counting(protocol, Instance(2, 0, 0, {"Place": 1}))
    state = reading.initial({})
    before = reading.predicate(after(everywhere, mark), mark.parameters)(state, 0)
    reading.step(state, "mark", (0,))
    assert before == reading.predicate(everywhere)(state)


def test_the_weakest_precondition_of_a_variable_that_only_the_condition_has_is_existential_or_refused():
    protocol = toy()
    try:

        @protocol.action(fair=True)
        def mark(n: Node) -> Step:
            return Step(requires={}, ensures=[every(implies(byzantine(j), flag(k)) for k in Node for j in Node)])
    except TypeError:
        return
    everywhere = every(flag(k) for k in Node)
    reading = Counting(protocol, Instance(2, 0, 0, {"Place": 1}))
    state = reading.initial({"byzantine": {(1,)}})
    before = reading.predicate(after(everywhere, mark), mark.parameters)(state, 0)
    reading.step(state, "mark", (0,))
    assert before == reading.predicate(everywhere)(state)


def test_an_action_cannot_change_the_setting():
    protocol = toy()

    def corrupt(n: Node) -> Step:
        return Step(requires={}, ensures=[byzantine(n)])

    with pytest.raises(TypeError):
        protocol.action(fair=True)(corrupt)


def test_a_predicate_is_compiled_for_the_order_of_its_parameters():
    reading = Counting(toy(), Instance(2, 0, 0, {"Place": 1}))
    formula, state = edge(n, m), {"edge": {(0, 1)}, "byzantine": set()}
    assert reading.predicate(formula, (n, m))(state, 0, 1)
    assert not reading.predicate(formula, (m, n))(state, 0, 1)
