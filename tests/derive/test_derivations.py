"""What the steps of a derivation accept, and what they refuse."""

import json
import subprocess
import sys
from fractions import Fraction

import pytest
import sympy
from sympy import Eq, Integer, Rational, Sum, oo, transpose

from ceas_formal.cli import main
from ceas_formal.derive.algebra import is_congruence, split, vanishes
from ceas_formal.derive.catalogue import derivations
from ceas_formal.derive.derivation import DERIVATIONS, derivation
from ceas_formal.derive.proof import NotDerived, Proof

x, y = sympy.symbols("x y", real=True)
k = sympy.Symbol("k", integer=True, nonnegative=True)
K = sympy.Symbol("K", integer=True, positive=True)
a = sympy.IndexedBase("a", real=True)
A, B = sympy.symbols("A B", commutative=False)


@pytest.mark.parametrize("name", list(derivations()))
def test_every_derivation_holds_and_says_what_it_rests_on(name):
    found = derivations()[name]()
    assert found.statement.endswith(".")
    assert found.rows
    assert found.assumptions
    assert any(step.formula == found.result for step in found.steps)
    assert set(found.arguments) <= set(found.symbols)


@pytest.mark.parametrize("name", list(derivations()))
def test_every_derivation_shows_what_breaks_without_an_assumption(name):
    assert any(step.kind == "weakened" for step in derivations()[name]().steps)


@pytest.mark.parametrize("name", list(derivations()))
def test_every_derivation_is_held_against_a_sample_or_an_exact_computation(name):
    assert any(step.kind in ("compared", "checked") for step in derivations()[name]().steps)


@pytest.mark.parametrize("name", list(derivations()))
def test_every_symbol_of_a_result_is_explained(name):
    found = derivations()[name]()
    known = {str(symbol) for symbol in found.symbols}
    bound = {str(symbol) for part in found.result.atoms(Sum) for symbol in part.bound_symbols}
    used = {str(symbol).split("[")[0] for symbol in found.result.free_symbols}
    assert used - bound <= known | {"k", "j", "t"}


def test_whole_set_is_derived_by_one_command():
    command = [sys.executable, "-c", "from ceas_formal.cli import command; command()", "derive", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["derivations"]) == len(derivations())


def test_false_identity_is_refused():
    with pytest.raises(NotDerived, match="was not shown"):
        Proof().equal("wrong", (x + y) ** 2, x**2 + y**2)


def test_same_expression_on_both_sides_is_no_step():
    proof = Proof()
    for left, right in ((x, x), (x + y, y + x), (Integer(1), x / x), ((x + y) / 2, x / 2 + y / 2)):
        with pytest.raises(NotDerived, match="on both sides"):
            proof.equal("nothing", left, right)
    proof.equal("a derivative that has to be taken", sympy.Derivative(x**2, x), 2 * x)


def test_result_is_more_than_a_definition():
    proof = Proof()
    proof.define("a name", x, y**2)
    made = proof.last()
    with pytest.raises(NotDerived, match="no later step"):
        proof.result(made, y)
    proof.equal("about something else", (y + 1) ** 2, y**2 + 2 * y + 1)
    proof.witness("numbers", Integer(1), "<", Integer(2))
    with pytest.raises(NotDerived, match="no later step"):
        proof.result(made, y)
    proof.at_least("about the name", x, Integer(0), y**2, {x: y**2})
    assert proof.result(made, y) == (made, (y,))


def test_equation_is_used_only_once_assumed():
    proof = Proof()
    with pytest.raises(NotDerived, match="neither assumed nor reached"):
        proof.equal("from nothing", x, y, {x: y})
    proof.assume("equal", "x is y", Eq(x, y, evaluate=False))
    proof.equal("by assumption", x, y, {x: y})
    proof.equal("or the other way", y, x, {y: x})


def test_witness_is_no_fact():
    proof = Proof()
    proof.witness("numbers", Integer(2), "==", Integer(2))
    with pytest.raises(NotDerived):
        proof.equal("from a witness", x, y, {x: y})


def test_definition_takes_a_new_name_only():
    proof = Proof()
    proof.define("new", x, y + 1)
    with pytest.raises(NotDerived, match="not new"):
        proof.define("again", x, y)
    with pytest.raises(NotDerived, match="not new"):
        proof.define("by itself", y, y + 1)
    with pytest.raises(NotDerived, match="not new"):
        proof.define("a number", Integer(1), Integer(2))


def test_inequality_needs_a_difference_whose_sign_shows():
    proof = Proof()
    proof.at_least("a square", x**2 + y**2, 2 * x * y, (x - y) ** 2)
    with pytest.raises(NotDerived, match="≥ 0 was not shown"):
        proof.at_least("no sign", x, y, x - y)
    with pytest.raises(NotDerived, match="was not shown"):
        proof.at_least("wrong difference", x**2 + y**2, x * y, (x - y) ** 2)
    with pytest.raises(NotDerived, match="> 0 was not shown"):
        proof.above("not strict", x**2 + y**2, 2 * x * y, (x - y) ** 2)
    proof.above("strict", x**2 + 1, Integer(0), x**2 + 1)


def test_loewner_order_needs_a_sum_of_congruences():
    proof = Proof()
    proof.assume("positive", "B is", Eq(transpose(B), B, evaluate=False), positive=B)
    proof.loewner("congruence", A * B * transpose(A), Integer(0), A * B * transpose(A))
    with pytest.raises(NotDerived, match="⪰ 0"):
        proof.loewner("no congruence", A * B * A, Integer(0), A * B * A)
    with pytest.raises(NotDerived, match="⪰ 0"):
        proof.loewner("negative", -A * B * transpose(A), Integer(0), -A * B * transpose(A))
    with pytest.raises(NotDerived, match="⪰ 0"):
        proof.loewner("another core", A * A * transpose(A), Integer(0), A * A * transpose(A))


def test_induction_needs_its_start_and_its_step():
    t = sympy.Symbol("t", integer=True, nonnegative=True)
    m = sympy.Function("m")
    proof = Proof()
    proof.induction("doubling", m(t), x * 2**t, t, x, lambda value: 2 * value)
    with pytest.raises(NotDerived, match="at t = 0"):
        Proof().induction("wrong start", m(t), x * 2 ** (t + 1), t, x, lambda value: 2 * value)
    with pytest.raises(NotDerived, match="step"):
        Proof().induction("wrong step", m(t), x * 2**t, t, x, lambda value: 3 * value)


def test_recursion_defines_a_new_function_only():
    t = sympy.Symbol("t", integer=True, nonnegative=True)
    m = sympy.Function("m")
    proof = Proof()
    for left in (Sum(x, (k, 0, t)), x, m(t + 1)):
        with pytest.raises(NotDerived, match="no new function"):
            proof.induction("a name that means something", left, Integer(0) * t, t, Integer(0), lambda value: value)
    proof.induction("new", m(t), x + 0 * t, t, x, lambda value: value)
    with pytest.raises(NotDerived, match="no new function"):
        proof.induction("another recursion for it", m(t), y + 0 * t, t, y, lambda value: value)


def test_sum_has_the_closed_form_of_its_own_terms():
    n = sympy.Symbol("n", integer=True, nonnegative=True)
    assert Proof().summed("Gauss", Sum(k, (k, 0, n)), n * (n + 1) / 2) == n * (n + 1) / 2
    with pytest.raises(NotDerived, match="at n = 0"):
        Proof().summed("wrong start", Sum(k, (k, 0, n)), n * (n + 1) / 2 + 1)
    with pytest.raises(NotDerived, match="step"):
        Proof().summed("wrong step", Sum(k, (k, 0, n)), n**2)
    with pytest.raises(NotDerived, match="no sum"):
        Proof().summed("terms that change with the end", Sum(k * n, (k, 0, n)), n * n * (n + 1) / 2)


def test_limit_in_an_integer_is_that_along_the_reals():
    n = sympy.Symbol("n", integer=True, positive=True)
    expression = n**2 * (1 - sympy.cos(2 * sympy.pi / n))
    with pytest.raises(NotDerived, match="2\\*pi"):
        Proof().limit("what SymPy says of integers", expression, n, oo, Integer(0))
    Proof().limit("what is true", expression, n, oo, 2 * sympy.pi**2)


def test_wrong_limit_is_refused():
    proof = Proof()
    proof.limit("grows", x**2, x, oo, oo)
    with pytest.raises(NotDerived, match="limit is oo"):
        proof.limit("does not", x**2, x, oo, Integer(0))


@pytest.mark.parametrize(("left", "relation", "right"), [(1, "<", 1), (1, "==", 2), (x, "<", 1), (0.5, "<", 1)])
def test_witness_is_a_true_relation_of_exact_numbers(left, relation, right):
    with pytest.raises(NotDerived):
        Proof().witness("false, symbolic or rounded", left, relation, right)


@pytest.mark.parametrize("rounded", [0.1, 1 / 3, 0.001])
def test_rounded_number_is_not_exact(rounded):
    for left in (Rational(rounded), 1 + sympy.exp(Rational(rounded))):
        with pytest.raises(NotDerived, match="rounded"):
            Proof().witness("a float in disguise", left, ">", Integer(0))
    Proof().witness("a power of two", Rational(1, 2**80), ">", Integer(0))
    Proof().witness("a float without rounding", Rational(0.375), ">", Integer(0))


def test_weakened_names_an_assumption():
    with pytest.raises(NotDerived, match="nothing named"):
        Proof().weakened("unheard of", "numbers", Integer(0), "<", Integer(1))


def test_comparison_and_check_can_fail():
    with pytest.raises(NotDerived, match="not within"):
        Proof().compared("far", 1.0, 2.0, 0.5)
    with pytest.raises(NotDerived, match="not within"):
        Proof().compared("no number", float("nan"), 2.0, 0.5)
    with pytest.raises(NotDerived, match="does not hold"):
        Proof().checked("false", "one case", False)


def test_result_is_a_step_with_all_its_arguments():
    proof = Proof()
    proof.equal("expanded", (x + y) ** 2, x**2 + 2 * x * y + y**2)
    with pytest.raises(NotDerived, match="no step"):
        proof.result(Eq(x, y, evaluate=False), x, y)
    with pytest.raises(NotDerived, match="no argument"):
        proof.result(proof.last(), x)


def test_sums_split_with_a_symbolic_number_of_terms():
    assert split(Sum((a[k] - x) ** 2, (k, 0, K - 1))) == Sum(a[k] ** 2, (k, 0, K - 1)) - 2 * x * Sum(a[k], (k, 0, K - 1)) + K * x**2
    assert not vanishes(Sum(a[k] ** 2, (k, 0, K - 1)) - Sum(a[k], (k, 0, K - 1)) ** 2)


def test_factors_that_do_not_commute_keep_their_places_in_a_sum():
    W = sympy.IndexedBase(sympy.Symbol("W", commutative=False))
    total = Sum(W[k], (k, 0, K - 1))
    assert split(Sum(A * W[k] * B, (k, 0, K - 1))) == A * total * B
    assert not vanishes(Sum(A * W[k], (k, 0, K - 1)) - total * A)


def test_congruence_of_a_product_reads_backwards_transposed():
    assert is_congruence(A * B * A * transpose(B) * transpose(A), {A})
    assert not is_congruence(A * B * A * transpose(A) * transpose(B), {A})


def test_exact_function_keeps_fractions():
    @derivation("half-of-both", "nowhere", "NONE-1")
    def half(proof):
        """Half of both."""
        proof.equal("halved", x - x / 2 + y / 2, sympy.Mul(x + y, Rational(1, 2), evaluate=False))
        return proof.result(proof.last(), x, y)

    try:
        assert half().exact(Fraction(1, 3), 1) == Fraction(2, 3)
        assert half().exact(1, 2) == Fraction(3, 2)
        assert isinstance(half().exact(1, 2), Fraction)
        assert half().numeric(1.0, 2.0) == 1.5
        with pytest.raises(ValueError, match="twice"):
            derivation("half-of-both", "nowhere")(lambda proof: None)
    finally:
        del DERIVATIONS["half-of-both"]


def test_derive_prints_the_steps_and_the_result(capsys):
    assert main(["derive", "trace-optimal-weights"]) == 0
    shown = capsys.readouterr().out
    assert "completing the square" in shown
    assert "LaTeX" in shown
    assert "without “uncorrelated”" in shown


def test_derivation_that_fails_is_reported_and_nothing_claimed(capsys):
    @derivation("false-statement", "nowhere", "NONE-1")
    def wrong(proof):
        """One is two."""
        proof.equal("wrong", Integer(1), Integer(2))

    try:
        assert main(["derive", "false-statement"]) == 2
        assert "not derived" in capsys.readouterr().err
        assert main(["derive", "false-statement", "--json"]) == 2
        assert "not shown" in json.loads(capsys.readouterr().out)["not_derived"]["false-statement"]
    finally:
        del DERIVATIONS["false-statement"]


def test_unknown_derivation_is_bad_input(capsys):
    assert main(["derive", "trace-optimal-weight"]) == 3
    assert "trace-optimal-weights" in capsys.readouterr().err


def test_rational_is_exact_in_the_weakened_variant():
    proof = Proof()
    proof.assume("named", "something")
    proof.weakened("named", "numbers", Rational(1, 3), "<", Rational(1, 2))
    assert proof.steps[-1].formula.lhs == Rational(1, 3)


def test_name_that_is_known_for_more_than_its_meaning_brings_an_assumption():
    proof = Proof()
    S = proof.symbol("S", "above 0", positive=True)
    with pytest.raises(NotDerived, match="is not positive"):
        proof.define("a sign from nowhere", S, -(x**2) - 1)
    proof.define("a sign that is not seen", S, x - y)
    assert proof.assumptions == {"positive S": "x - y is positive"}


def test_definitions_of_one_sequence_or_function_do_not_contradict_each_other():
    f = sympy.Function("f")
    proof = Proof()
    proof.define("all", a[k], Integer(0))
    proof.define("all", f(x), x)
    for name in (a[0], f(y), f(0)):
        with pytest.raises(NotDerived, match="not new"):
            proof.define("one of them again", name, Integer(1))


def test_matrix_assumed_positive_is_not_defined_afterwards():
    proof = Proof()
    proof.assume("positive", "A is", positive=A)
    with pytest.raises(NotDerived, match="not new"):
        proof.define("minus", A, -B)


def test_name_is_introduced_and_assumed_once():
    proof = Proof()
    proof.symbol("s", "any", real=True)
    for again in (lambda: proof.symbol("s", "another", positive=True), lambda: proof.sequence("s", "another")):
        with pytest.raises(NotDerived, match="introduced twice"):
            again()
    proof.assume("named", "something")
    with pytest.raises(NotDerived, match="assumed twice"):
        proof.assume("named", "something else")


def test_assumption_does_not_contradict_what_is_known_of_its_symbols():
    proof = Proof()
    S = proof.symbol("S", "above 0", positive=True)
    with pytest.raises(NotDerived, match="contradicts"):
        proof.assume("below 0", "S is -1", Eq(S, -1, evaluate=False))


def test_equation_about_one_index_is_not_used_under_a_sum():
    total = Sum(x, (k, 0, K - 1))
    proof = Proof()
    proof.assume("one number", "x is k", Eq(x, k, evaluate=False))
    with pytest.raises(NotDerived, match="about one index"):
        proof.equal("captured", total, Sum(k, (k, 0, K - 1)), {x: k})
    low = proof.symbol("k", "the low node", integer=True, nonnegative=True)
    proof.assume("low", "its stamp is 0", Eq(a[low], 0, evaluate=False))
    with pytest.raises(NotDerived, match="cannot be the index"):
        proof.equal("one node for all", Sum(a[k], (k, 0, K - 1)), Integer(0), {a[k]: Integer(0)})


def test_index_is_known_for_no_more_than_its_range_has():
    i, end = sympy.Symbol("i", integer=True, positive=True), sympy.Symbol("m", integer=True)
    with pytest.raises(NotDerived, match="cannot be the index"):
        Proof().at_least("a sum of negative numbers", Sum(k, (k, -5, -1)), Integer(0), Sum(k, (k, -5, -1)))
    with pytest.raises(NotDerived, match="cannot be the index"):
        Proof().above("a sum that is 0", Sum(i, (i, 0, 0)), Integer(0), Sum(i, (i, 0, 0)))
    proof, W = Proof(), sympy.IndexedBase(sympy.Symbol("W", commutative=False))
    proof.assume("positive", "B is", positive=B)
    turned = Sum(W[k] * B * transpose(W[k]), (k, 0, end))
    with pytest.raises(NotDerived, match="⪰ 0"):
        proof.loewner("a sum that may run backwards", turned, Integer(0), turned)


def test_nothing_is_divided_by_what_is_zero():
    u, v, z = sympy.symbols("u v z")
    proof = Proof()
    proof.define("nothing", z, Integer(0))
    with pytest.raises(NotDerived, match="z is 0"):
        proof.equal("cancelled", (z * u + z * v) / z, u + v)
    proof.assume("equal", "u is v", Eq(u, v, evaluate=False))
    with pytest.raises(NotDerived, match="is 0"):
        proof.equal("cancelled", (u**2 - v**2) / (u - v), u + v)


def test_limit_at_a_point_is_taken_from_both_sides():
    for expression, value in ((1 / x, oo), (sympy.Abs(x) / x, Integer(1))):
        with pytest.raises(NotDerived):
            Proof().limit("from the right alone", expression, x, Integer(0), value)
    with pytest.raises(NotDerived, match="sign"):
        Proof().limit("depends on a sign", sympy.exp(-y * x), x, oo, Integer(0))


def test_induction_counts():
    with pytest.raises(NotDerived, match="does not count"):
        Proof().induction("over the reals", sympy.Function("m")(x), sympy.cos(2 * sympy.pi * x), x, Integer(1), lambda value: value)


def test_any_tolerance_is_none():
    with pytest.raises(NotDerived, match="not within"):
        Proof().compared("everything agrees", 1.0, 2.0, float("inf"))


def test_broken_numbers_are_no_result():
    proof = Proof()
    proof.assume("named", "something")
    proof.weakened("named", "numbers", Integer(1), "<", Integer(2))
    with pytest.raises(NotDerived, match="no step"):
        proof.result(proof.last())


def test_exact_function_divides_by_counts_and_indices_exactly():
    @derivation("mean-of-shares", "nowhere", "NONE-1")
    def shares(proof):
        """A mean."""
        proof.equal("the mean", Sum(a[k] / (k * K + K), (k, 0, K - 1)), Sum(a[k] / (k + 1), (k, 0, K - 1)) / K)
        return proof.result(proof.last(), a, K)

    try:
        assert shares().exact([1, 1], 2) == Fraction(3, 4)
        assert isinstance(shares().exact([1, 1], 2), Fraction)
    finally:
        del DERIVATIONS["mean-of-shares"]


def test_binomials_are_exact_beyond_floats():
    found = derivations()["usable-payload"]().exact(200, 60, 1, Fraction(9, 10))
    assert isinstance(found, Fraction)
    assert 0 < found < 1


def test_value_with_a_free_function_says_why_it_cannot_be_evaluated():
    with pytest.raises(ValueError, match="any function G_0"):
        derivations()["inventory-law"]().exact  # noqa: B018


def test_text_is_no_number():
    with pytest.raises(TypeError, match="'ab'"):
        derivations()["trace-optimal-weights"]().exact("ab", 2)


@pytest.mark.parametrize("name", list(derivations()))
def test_python_text_of_a_result_is_an_expression(name):
    compile(derivations()[name]().python.split("\n")[-1], name, "eval")


def test_claim_names_its_derivations(capsys):
    assert main(["derive", "agg-3"]) == 0
    assert "trace-optimal-weights · paper prop. 1" in capsys.readouterr().out
