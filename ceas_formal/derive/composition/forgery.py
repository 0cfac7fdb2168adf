"""Forged and replayed classical messages (paper III.D): one-time authentication by polynomials (Wegman and Carter 1981).

Both ends of a link share a point r and, for each message, a pad s, all secret and uniform in a field of p elements. A message with blocks
m_1, …, m_d, the first of which is its length, has the tag s + m_1·r + … + m_d·r^d. ``ceas_formal.simulate.channels`` does that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import numpy as np
import sympy
from sympy import Eq, Integer, Rational, Sum

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof

PRIMES = (5, 7, 11)
"""Fields small enough for all keys and all pairs of messages."""


def best_forgery(prime: int, most: int, constant: bool = False, with_length: bool = True) -> int:
    """Return the most points r, of p, at which one forged tag fits, over all pairs of different messages of up to `most` blocks.

    Who saw the tag t of m puts t + δ on another message m'. It fits where the two polynomials differ by δ, whatever the pad.

    Parameters
    ----------
    prime : int
        p.
    most : int
        Blocks, each in 0..p-1, without that of the length.
    constant : bool
        Let blocks begin at r^0 in place of r^1.
    with_length : bool
        Whether the first block is the number of the others.

    Examples
    --------
    >>> best_forgery(5, 2), best_forgery(5, 2, constant=True), best_forgery(5, 2, with_length=False)
    (3, 5, 5)
    """
    texts = [text for length in range(most + 1) for text in product(range(prime), repeat=length)]
    coefficients = np.zeros((len(texts), most + 2), dtype=np.int64)
    for row, text in enumerate(texts):
        whole = (len(text), *text) if with_length else text
        coefficients[row, 1 - constant : 1 - constant + len(whole)] = whole
    powers = np.array([[pow(point, power, prime) for point in range(prime)] for power in range(most + 2)])
    values = coefficients @ powers % prime
    best = 0
    for row in range(len(texts) - 1):
        differences = (values[row + 1 :] - values[row]) % prime
        best = max(best, *((differences == delta).sum(axis=1).max() for delta in range(prime)))
    return int(best)


@derivation("polynomial-authentication", "III.D", "ADV-4")
def polynomial_authentication(proof: Proof) -> Any:
    """Any of A attempts to forge or replay a message is accepted with chance at most A·D/p, whatever the forger saw, chose and can compute.

    D is the largest degree, one more than the blocks of the longest message. An attempt at a number whose message was seen fits at the
    roots of a polynomial, at most D of p; one at a number not used yet fits with chance 1/p. Tags seen before tell nothing of the point,
    and a forger who is told of each refusal gains nothing, since until its first success it only ever hears that one.

    By hand, p = 5: the tag of the empty message is s + 0·r; for the one with block 1, s + 1·r + 1·r² = s + δ has at most two solutions r.
    """
    D = proof.symbol("D", "the largest degree of a polynomial, at least 1", integer=True, positive=True)
    p = proof.symbol("p", "the elements of the field", integer=True, positive=True)
    A = proof.symbol("A", "attempts: frames that are not as the sender sealed them, and reach the receiver", integer=True, positive=True)
    _few_roots(proof, D)
    _tags_tell_nothing(proof, p)
    bound = proof.define("the bound", proof.symbol("F", "the bound on the chance that some forgery is accepted"), A * D / p)
    final = proof.last()
    _attempts(proof, A, D, p, bound)
    _without(proof)
    for prime in PRIMES:
        for most in (1, 2) if prime > PRIMES[0] else (1, 2, 3):
            found, degree = best_forgery(prime, most), most + 1
            scope = f"p = {prime}, all points and pairs of messages of at most {most} blocks"
            proof.checked("no forged tag fits more than D points", scope, found <= degree)
            if degree < prime - 1:
                proof.compared(f"and one fits D points, {scope}", Rational(degree, prime), found / prime, 1e-12)
    return proof.result(final, A, D, p)


def _few_roots(proof: Proof, D: Any) -> None:
    """A polynomial of degree D ≥ 0 has at most D roots in a field."""
    x, a = (proof.symbol(name, meaning) for name, meaning in (("x", "any element of the field"), ("a", "a root")))
    k = proof.symbol("k", "a power", integer=True, nonnegative=True)
    h, left = proof.function("h", "x^k - a^k"), proof.function("R", "the degree that is left")
    c = proof.sequence("c", "the coefficients")
    proof.assume("field", "a product is 0 only if a factor is")
    proof.induction("each power adds a multiple of x - a, in any ring", h(k), x**k - a**k, k, Integer(0), lambda v: x * v + (x - a) * a**k)
    j = sympy.Symbol("j", integer=True, nonnegative=True)
    over = (j, 0, D)
    value = Eq(Sum(c[j] * a**j, over), 0, evaluate=False)
    proof.assume("root", "the polynomial Σ c_j·x^j vanishes at a", value)
    proof.equal("so x - a divides a polynomial with the root a", Sum(c[j] * x**j, over), Sum(c[j] * (x**j - a**j), over),
                {Sum(c[j] * a**j, over): Integer(0)})  # fmt: skip
    m = proof.symbol("m", "the number of roots", integer=True, nonnegative=True)
    proof.induction("and its other roots are those of the quotient (field): m roots taken out", left(m), D - m, m, D, lambda v: v - 1)
    rest = proof.symbol("q", "the degree of what is left", integer=True, nonnegative=True)
    proof.assume("different polynomials", "those of two messages differ in more than a constant: a difference, less that of the tags, is "
                 "not 0, and its degree not negative once all roots are taken out", Eq(rest, D - m, evaluate=False))  # fmt: skip
    proof.at_least("so there are at most D roots", D, m, rest, {rest: D - m})


def _tags_tell_nothing(proof: Proof, p: Any) -> None:
    """All that is seen fits each point equally."""
    sent = proof.symbol("L", "messages seen with their tags", integer=True, nonnegative=True)
    keys, fitting = (proof.function(name, meaning) for name, meaning in (("K", "keys"), ("S", "keys that fit all tags seen")))
    r = sympy.Symbol("r", integer=True, nonnegative=True)
    proof.assume("fresh pads", "each message has a secret pad of its own, uniform, and so has each number that is not used yet")
    proof.assume("secret point", "uniform, and independent of the pads")
    proof.induction("a point and L pads", keys(sent), p ** (sent + 1), sent, p, lambda count: count * p)
    points = Sum(1, (r, 0, p - 1))
    proof.induction("of the p pads of one more message, one fits its tag, at each point", fitting(sent), p + 0 * sent, sent, p,
                    lambda count: count * p * (1 / p))  # fmt: skip
    proof.equal("so each list of tags fits p keys, one for each point, and all have the same chance", points / p ** (sent + 1), p**-sent)
    proof.equal("and a tag at an unused number fits one pad of p, at each point", Sum(Integer(1) / p, (r, 0, p - 1)) / p, 1 / p)


def _attempts(proof: Proof, A: Any, D: Any, p: Any, bound: Any) -> None:
    """The first success is at some attempt, each of which was chosen before the point was known."""
    i = sympy.Symbol("i", integer=True, nonnegative=True)
    fits = proof.sequence("n", "the points at which attempt i fits", nonnegative=True)
    slack = proof.sequence("e", "D - n_i", nonnegative=True)
    proof.assume("sequence numbers", "a number is accepted once: a frame sent again is refused, and one that arrives first is no forgery")
    proof.assume("attempts", "until its first success the forger hears only of refusals, so the tags seen determine each attempt; it fits "
                 "at the at most D roots of one polynomial, or on one pad of p", Eq(slack[i], D - fits[i], evaluate=False))  # fmt: skip
    proof.at_least("union over the attempts", bound, Sum(fits[i] / p, (i, 0, A - 1)), Sum(slack[i] / p, (i, 0, A - 1)),
                   {slack[i]: D - fits[i], bound: A * D / p})  # fmt: skip


def _without(proof: Proof) -> None:
    """What happens without each assumption, over small fields."""
    zeros = sum((x * x + x) % 6 == 0 for x in range(6))
    proof.weakened("field", f"x² + x has {zeros} roots modulo 6", Integer(zeros), ">", Integer(2))
    shared = best_forgery(7, 1, with_length=False)
    proof.weakened("different polynomials", "no length: the empty message and a block 0, p = 7", Rational(shared, 7), ">", Rational(1, 7))
    shifted = best_forgery(7, 1, constant=True)
    proof.weakened("different polynomials", "blocks from r^0 on, p = 7: the empty message and a block 0 differ by 1, and so do their tags",
                   Rational(shifted, 7), ">", Rational(2, 7))  # fmt: skip
    revealed = min(_best_with_shared_pad(7, *pair) for pair in product(range(7), repeat=2) if pair[0] != pair[1])
    proof.weakened("fresh pads", "one pad for two messages of one block, p = 7: with their tags the best forger is certain", revealed, ">",
                   Rational(2, 7))  # fmt: skip
    again = _chance(7, range(7), lambda point, pad: _tag(1, point, pad) == _tag(1, point, pad))
    proof.weakened("sequence numbers", "a frame sent again fits all keys, p = 7", again, ">", Rational(2, 7))
    known = _chance(7, [3], lambda point, pad: (_tag(1, point, pad) + 2 * 9) % 7 == _tag(3, point, pad))
    proof.weakened("secret point", "r = 3 is known, p = 7: t + 2·3² is the tag of the block that is 2 more", known, ">", Rational(2, 7))


def _tag(block: int, point: int, pad: int, prime: int = 7) -> int:
    """Return the tag of a message of one block."""
    return (pad + point + block * point**2) % prime


def _chance(prime: int, points: Iterable[int], fits: Callable[[int, int], bool]) -> Any:
    """Return the share of the keys, a point and a pad, with which something fits."""
    keys = list(product(points, range(prime)))
    return Rational(sum(fits(*key) for key in keys), len(keys))


def _best_with_shared_pad(prime: int, first: int, second: int) -> Any:
    """Return the chance to forge a third message after two tags with the same pad, by the best guess for each pair of tags."""
    third = next(block for block in range(prime) if block not in (first, second))
    seen: dict[tuple[int, int], Counter[int]] = {}
    for point, pad in product(range(prime), repeat=2):
        tags = _tag(first, point, pad, prime), _tag(second, point, pad, prime)
        seen.setdefault(tags, Counter())[_tag(third, point, pad, prime)] += 1
    return Rational(sum(max(counts.values()) for counts in seen.values()), prime**2)
