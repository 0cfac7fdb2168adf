"""The bound on forged messages: against every forger over a small field, and statements that are too strong are refused."""

from fractions import Fraction
from itertools import combinations, product

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.derive.catalogue import derivations
from ceas_formal.derive.composition import forgery
from ceas_formal.derive.proof import NotDerived, Proof
from ceas_formal.simulate.channels import polynomial

NAME = "polynomial-authentication"


def bound(attempts, degree, prime):
    return derivations()[NAME]().exact(attempts, degree, prime)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=7), st.sampled_from([2, 3, 5, 7, 11]))
def test_a_polynomial_has_at_most_as_many_roots_as_its_degree(coefficients, prime):
    reduced = [c % prime for c in coefficients]
    while reduced and not reduced[-1]:
        reduced.pop()
    if reduced:
        assert sum(sum(c * x**k for k, c in enumerate(reduced)) % prime == 0 for x in range(prime)) < len(reduced)


@pytest.mark.parametrize("said", [(0,), (1, 0), (1, 3)])
def test_no_forger_beats_the_bound_and_one_reaches_it(said):
    # All keys (r, s, s') over 5 elements, all sets of attempts, at the number that was seen (s) and at the next (s').
    prime, messages = 5, [(0,), *((1, block) for block in range(5))]
    keys = list(product(range(prime), repeat=3))
    fits = {}
    for tag in range(prime):
        seen = {key for key in keys if (key[1] + polynomial(said, key[0], prime)) % prime == tag}
        assert len(seen) == len(keys) // prime
        assert [sum(key[0] == point for key in seen) for point in range(prime)] == [prime] * prime  # the tag tells nothing of r
        for pad, message, forged in product((1, 2), messages, range(prime)):
            if (pad, message) != (1, said):
                fits[tag, pad, message, forged] = {k for k in seen if (k[pad] + polynomial(message, k[0], prime)) % prime == forged}
    for attempts in (1, 2):
        best = max(
            Fraction(len(set.union(*(fits[choice] for choice in chosen))), len(keys) // prime)
            for tag in range(prime)
            for chosen in combinations([choice for choice in fits if choice[0] == tag], attempts)
        )
        assert best <= bound(attempts, 2, prime)
        assert attempts > 1 or best == Fraction(2, 5)
    assert all(Fraction(len(found), prime**2) == Fraction(1, 5) for choice, found in fits.items() if choice[1] == 2)


@pytest.mark.parametrize("prime", forgery.PRIMES)
def test_most_points_are_as_many_as_the_degree(prime):
    assert forgery.best_forgery(prime, 1) == 2
    assert forgery.best_forgery(prime, 1, with_length=False) == forgery.best_forgery(prime, 1, constant=True) == prime


@pytest.mark.parametrize(
    ("name", "mutant"),
    [
        ("best_forgery", lambda prime, most, **options: most + 2),
        ("best_forgery", lambda prime, most, **options: most),
        ("_best_with_shared_pad", lambda prime, first, second: sympy.Rational(2, prime)),
        ("_chance", lambda prime, points, fits: sympy.Rational(1, prime)),
        ("_tag", lambda block, point, pad, prime=7: (pad + block * point + pad * point) % prime),
    ],
)
def test_a_wrong_table_is_refused(monkeypatch, name, mutant):
    monkeypatch.setattr(forgery, name, mutant)
    with pytest.raises(NotDerived):
        derivations()[NAME].__wrapped__(Proof())


def test_one_root_less_is_not_derived():
    proof = Proof()
    D, m, q = (sympy.Symbol(name, integer=True, nonnegative=True) for name in "Dmq")
    proof.assume("different polynomials", "as there", sympy.Eq(q, D - m, evaluate=False))
    proof.at_least("at most D", D, m, q, {q: D - m})
    with pytest.raises(NotDerived):
        proof.at_least("at most D - 1", D - 1, m, q - 1, {q: D - m})


def test_every_assumption_that_is_broken_breaks_the_bound():
    broken = {step.reason.split("“")[1].split("”")[0] for step in derivations()[NAME]().steps if step.kind == "weakened"}
    assert broken == {"field", "different polynomials", "fresh pads", "secret point", "sequence numbers"}
