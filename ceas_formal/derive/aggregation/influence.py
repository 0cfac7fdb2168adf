"""What f Byzantine nodes can move (paper III.B and III.D, eq. 5): weights capped at κ/|A|, contents clipped at norm C."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import sympy
from sympy import Eq, Integer, Rational, Sum

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof
from ceas_formal.spec.influence import squared_norm, weighted_sum

DIRECTIONS = [(a * s, b * r) for a, b in ((3, 4), (4, 3), (5, 0), (0, 5)) for s in (1, -1) for r in (1, -1)]
"""Vectors of norm 5 with whole entries."""


@derivation("aggregate-displacement", "III.B, III.D", "SAF-4R")
def aggregate_displacement(proof: Proof) -> Any:
    """With weights of at most κ/|A| and contents of norm at most C, f Byzantine nodes displace the aggregate by at most κfC/|A|, for any N.

    The bound holds in every dimension and is reached; another behaviour of theirs, which also shifts the honest weights, moves the
    aggregate by at most twice that. The displacement is measured along its own direction u, so that norms become numbers.
    """
    f = proof.symbol("f", "the number of Byzantine nodes, at least 1", integer=True, positive=True)
    A = proof.symbol("A", "|A|, the number of active nodes", positive=True)
    cap = proof.symbol("kappa", "κ, at least 1: the cap on a weight is κ/|A|", positive=True)
    clip = proof.symbol("C", "the clip on the norm of a content", positive=True)
    d = proof.symbol("d", "the dimension", integer=True, positive=True)
    x, u = proof.sequence("x", "a content, by coordinate", real=True), proof.sequence("u", "a direction, by coordinate", real=True)
    p = proof.symbol("p", "u·x", real=True)
    i, k = sympy.symbols("i k", integer=True, nonnegative=True)
    coordinates, byzantine = (i, 0, d - 1), (k, 0, f - 1)
    proof.assume("unit direction", "Σ u_i² = 1", Eq(Sum(u[i] ** 2, coordinates), 1, evaluate=False))
    proof.assume("inner product", "p is Σ u_i·x_i", Eq(Sum(u[i] * x[i], coordinates), p, evaluate=False))
    given = {Sum(u[i] ** 2, coordinates): Integer(1), Sum(u[i] * x[i], coordinates): p}
    squares = Sum((x[i] - p * u[i]) ** 2, coordinates)
    proof.at_least("Cauchy-Schwarz: a content of norm C has at most C along u", Sum(x[i] ** 2, coordinates), p**2, squares, given)
    w = proof.sequence("w", "the weight of Byzantine node k", nonnegative=True)
    y = proof.sequence("y", "its content along u", real=True)
    h = proof.sequence("h", "κ/|A| - w_k, what the cap leaves", nonnegative=True)
    z = proof.sequence("z", "C - y_k, what the clip leaves", nonnegative=True)
    proof.assume("weights are capped", "w_k + h_k = κ/|A|", Eq(h[k], cap / A - w[k], evaluate=False))
    proof.assume("contents are clipped", "y_k + z_k = C", Eq(z[k], clip - y[k], evaluate=False))
    proof.assume("at most f nodes", "are Byzantine")
    room = {h[k]: cap / A - w[k], z[k]: clip - y[k]}
    proof.at_least("the share of f nodes", cap * f / A, Sum(w[k], byzantine), Sum(h[k], byzantine), room)
    added, left_over = Sum(w[k] * y[k], byzantine), Sum(h[k] * clip + w[k] * z[k], byzantine)
    bound = proof.define("the bound", proof.symbol("D", "the bound on the displacement"), cap * f * clip / A)
    proof.at_least("what they add, along u", bound, added, left_over, {bound: cap * f * clip / A, **room})
    proof.equal("reached when all are at the cap, with content C·u", Sum(cap / A * clip, byzantine), cap * f * clip / A)
    low = proof.symbol("beta", "β, their smaller share of two", nonnegative=True)
    high = proof.symbol("beta'", "β', the larger", nonnegative=True)
    moved = proof.symbol("m", "what the honest weights lose in all at β'", nonnegative=True)
    left, spare = proof.symbol("g", "κf/|A| - β'", nonnegative=True), proof.symbol("e", "β' - β - m", nonnegative=True)
    proof.assume("share", "the share is at most κf/|A|, as shown", Eq(left, cap * f / A - high, evaluate=False))
    gain = Eq(spare, high - low - moved, evaluate=False)
    proof.assume("one way", "honest weights all fall, in sum by what the Byzantine ones gain at most (SAF-4R)", gain)
    proof.at_least(
        "two behaviours: both contents, and the honest weights between them", 2 * cap * f * clip / A, (low + high + moved) * clip,
        (2 * left + spare) * clip, {spare: high - low - moved, left: cap * f / A - high},
    )  # fmt: skip
    # |A| = 4, κ = 1, C = 1.
    of_one = Rational(1, 4)
    proof.weakened("weights are capped", "one of 4 nodes at stamp 1 against 1/10 has the weight 10/13", Rational(10, 13), ">", of_one)
    proof.weakened("contents are clipped", "one of 4 nodes with weight 1/4 sends a content of norm 10⁶", 10**6 * of_one, ">", of_one)
    proof.weakened("at most f nodes", "two of 4 nodes at the cap, with equal contents", 2 * of_one, ">", of_one)
    largest = _largest(3, Fraction(3, 2) / 50)
    proof.compared(
        "3 nodes at weight 3/100, contents of norm 5 in 12 directions: the longest of 1,728 sums, squared",
        float(Fraction(9, 20) ** 2), float(largest), 0,
    )  # fmt: skip
    return proof.result(Eq(bound, cap * f * clip / A, evaluate=False), cap, f, clip, A)


def _largest(nodes: int, weight: Fraction) -> Fraction:
    """Return the squared length of the longest weighted sum of contents of norm 5, every choice of directions tried."""
    sums = (weighted_sum([weight] * nodes, choice, 2) for choice in product(sorted(set(DIRECTIONS)), repeat=nodes))
    return max(map(squared_norm, sums))
