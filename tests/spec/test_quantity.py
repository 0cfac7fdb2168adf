"""A size is written once and means the same to Python and to a solver."""

import doctest

import pytest
import z3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ceas_formal.spec import quantity, quorum
from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.language import Threshold
from ceas_formal.spec.quantity import A, F, N, Quantity, constant, half_rounded_up, largest
from ceas_formal.spec.quorum import admissible, blocking_size, certifying_size, largest_faults, quorum_size, spare_rejections, usable_size
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.strategies import sizes
from ceas_formal.verify.arithmetic import term

SIZES = [quorum_size, blocking_size, certifying_size, usable_size]


def quantities():
    leaves = st.one_of(st.sampled_from([N, F, A]), st.integers(-5, 5).map(constant))

    def extended(inner):
        return st.one_of(
            st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] - pair[1]),
            st.tuples(st.integers(-4, 4), inner).map(lambda pair: pair[0] * pair[1]),
            inner.map(half_rounded_up),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: largest(*parts)),
        )

    return st.recursive(leaves, extended, max_leaves=8)


def by_z3(size: Quantity, nodes: int, faults: int, false_accepts: int) -> int:
    names = {"N": z3.Int("N"), "f": z3.Int("f"), "a": z3.Int("a")}
    (claim,) = z3.parse_smt2_string(f"(assert (= r {term(size)}))", decls={**names, "r": z3.Int("r")})
    values = [(names["N"], z3.IntVal(nodes)), (names["f"], z3.IntVal(faults)), (names["a"], z3.IntVal(false_accepts))]
    return z3.simplify(z3.substitute(claim.arg(1), *values)).as_long()


@pytest.mark.parametrize("module", [quantity, quorum])
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("size", SIZES)
@given(sizes())
def test_a_size_as_a_quantity_has_the_value_of_the_plain_function(size, numbers):
    nodes, faults, false_accepts = numbers
    assert size(N, F, A).at({"N": nodes, "f": faults, "a": false_accepts}) == size(*numbers)


@pytest.mark.parametrize("size", SIZES)
@settings(max_examples=30)
@given(sizes())
def test_a_size_as_an_smt_term_has_the_value_of_the_plain_function(size, numbers):
    assert by_z3(size(N, F, A), *numbers) == size(*numbers)


@settings(max_examples=100)
@given(quantities(), sizes(12))
def test_every_quantity_has_the_same_value_in_python_and_z3(size, numbers):
    assert size.at(dict(zip("Nfa", numbers, strict=True))) == by_z3(size, *numbers)


@pytest.mark.parametrize("protocol", [checkpoint, *(entry.protocol for entry in WEAKENINGS.values())])
def test_every_declared_threshold_counts_what_its_quantity_says(protocol):
    for threshold in protocol.thresholds.values():
        for numbers in [(4, 1, 0), (5, 1, 0), (50, 16, 1), (3, 1, 0)]:
            assert threshold.quantity.at(dict(zip("Nfa", numbers, strict=True))) == threshold.count(*numbers)


def test_a_constant_threshold_has_a_quantity():
    assert isinstance(Threshold("one", lambda nodes, faults, false_accepts: 1).quantity, Quantity)


def good(size: int, nodes: int, faults: int, false_accepts: int) -> bool:
    """By counting: honest nodes alone reach the size, any two such sets share an honest node, the honest part certifies."""
    available = nodes - faults >= size
    smallest_overlap = max(0, 2 * size - nodes)
    honest_part = size - faults
    return available and smallest_overlap >= faults + 1 and honest_part >= faults + false_accepts + 1


@given(sizes(40))
def test_admissible_exactly_if_brute_force_finds_a_good_quorum_size(numbers):
    found = [size for size in range(numbers[0] + 1) if good(size, *numbers)]
    assert bool(found) == admissible(*numbers)
    if found:
        assert min(found) == quorum_size(*numbers)


@given(sizes())
def test_the_declared_quorum_is_the_least_that_meets_and_certifies(numbers):
    size, (nodes, faults, _) = quorum_size(*numbers), numbers

    def meets_and_certifies(q):
        return 2 * q - nodes > faults and q - faults >= certifying_size(*numbers)

    assert meets_and_certifies(size)
    assert not meets_and_certifies(size - 1)


@given(st.integers(1, 400), st.integers(0, 133))
def test_the_papers_size_is_ours_exactly_at_three_f_plus_one(nodes, faults):
    assume(3 * faults < nodes)
    assert (quorum_size(nodes, faults, 0) == 2 * faults + 1) == (nodes == 3 * faults + 1)


@given(st.integers(1, 200), st.integers(0, 40))
def test_the_largest_number_of_faults_is_the_largest_admissible_one(nodes, false_accepts):
    tolerated = [faults for faults in range(nodes + 1) if admissible(nodes, faults, false_accepts)]
    assert largest_faults(nodes, false_accepts) == max(tolerated, default=-1)


@given(sizes())
def test_spare_rejections_are_how_many_honest_nodes_may_reject_a_usable_payload(numbers):
    nodes, faults, _ = numbers
    spare = spare_rejections(*numbers)
    assert nodes - faults - spare == usable_size(*numbers)
    assert (spare >= 0) == admissible(*numbers)


@pytest.mark.parametrize("decide", [lambda: bool(N), lambda: not F, lambda: 1 if N - F else 2, lambda: N and F, lambda: max(N, F)])
def test_a_quantity_used_as_a_decision_raises(decide):
    with pytest.raises(TypeError):
        decide()


@pytest.mark.parametrize(
    ("size", "readings"), [(N - (F + 1), {"N-(f+1)", "N-f-1"}), (2 * (N + F), {"2(N+f)", "2N+2f"}), (N - (F - A), {"N-(f-a)", "N-f+a"})]
)
def test_a_printed_quantity_reads_as_its_value(size, readings):
    assert str(size) in readings
