"""Mixing depth against the number of nodes (paper IV, "logarithmic mixing depth"): exact spectra of the ring, the torus and the hypercube.

The lower bound ln(1/(2ε))/ln(1/μ) is that of derivation ``reversible-gossip-rate``; depths of other graphs are measured by
:func:`ceas_formal.derive.gossip.mixing.depth`. Logarithms are natural.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Integer, Rational, Sum, cos, log, pi, sin

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.gossip.mixing import depth, metropolis_hastings, second_modulus, topology
from ceas_formal.derive.gossip.rates import DISTANCE
from ceas_formal.derive.gossip.stationary import NODE, number_of_nodes
from ceas_formal.derive.proof import Proof


@derivation("ring-mixing-depth", "IV", "GOS-3")
def ring_mixing_depth(proof: Proof) -> Any:
    """On a ring the second modulus is at least (1 + 2cos(2π/N))/3, so the depth is at least ln(1/(2ε))·3N²/(4π²) in the limit: not ln N.

    W gives 1/3 to the node itself and each neighbour, as equal stamps do under metropolis-hastings-gossip. For weight w per neighbour the
    constant 3 becomes 1/w. On a torus of side n, N = n² nodes, the same gives 5N/(4π²): depth proportional to N. And no choice of weights
    helps: after ℓ steps a node on a ring has heard of 2ℓ + 1 nodes.
    """
    N, k = number_of_nodes(proof), NODE
    w, m = (
        proof.symbol("w", "the weight of each neighbour, in (0, 1/2]", positive=True),
        proof.symbol("m", "the number of the wave", integer=True),
    )
    proof.assume("ring", "each node is linked to two others, all links with the same weight w, as for equal stamps")

    def wave(node: Any) -> Any:
        return cos(2 * pi * m * node / N)

    eigenvalue = 1 - 2 * w + 2 * w * cos(2 * pi * m / N)
    step = (1 - 2 * w) * wave(k) + w * wave(k + 1) + w * wave(k - 1)
    proof.equal("a wave fits on the ring", wave(k + N), wave(k))
    proof.equal("and is an eigenvector", step, eigenvalue * wave(k))
    slowest = 1 - 4 * w * sin(pi / N) ** 2
    proof.equal("the slowest wave, m = 1", eigenvalue.subs(m, 1), slowest)
    x = proof.symbol("x", "1/N, as a real number", positive=True)
    eps = proof.symbol("epsilon", "the total variation allowed, below 1/2", positive=True)
    third = Rational(1, 3)
    proof.limit(
        "hence depth/N², x² times the bound ln(1/(2ε))/ln(1/μ) of reversible-gossip-rate, tends to at least",
        log(1 / (2 * eps)) * x**2 / -log(slowest.subs({w: third, N: 1 / x})), x, Integer(0), 3 * log(1 / (2 * eps)) / (4 * pi**2),
    )  # fmt: skip
    result = proof.last()
    steps = proof.symbol("ell", "the number of steps", integer=True, nonnegative=True)
    heard = sympy.Function("heard")(steps)
    reach = proof.induction(
        "whatever the weights, and if they change: a node has heard of so many nodes",
        heard,
        2 * steps + 1,
        steps,
        Integer(1),
        lambda n: n + 2,
    )
    missed = proof.symbol("M", "the share of the uniform law that a node misses, at most its distance from it", real=True)
    proof.define("that share", missed, 1 - reach / N)
    short = proof.symbol("s", "by how many steps ℓ is below ((1 - ε)·N - 1)/2", positive=True)
    proof.assume("few steps", "ℓ is below that", Eq(steps, ((1 - eps) * N - 1) / 2 - short, evaluate=False))
    proof.above(
        "so no W on a ring has a depth below ((1 - ε)·N - 1)/2", missed, eps, 2 * short / N,
        {missed: 1 - reach / N, steps: ((1 - eps) * N - 1) / 2 - short},
    )  # fmt: skip
    proof.witness("N = 50: after 6 > log₂50 steps", (1 - reach / N).subs({steps: 6, N: 50}), "==", Rational(37, 50))
    side = proof.symbol("n", "the side of the torus", integer=True, positive=True)
    first, second = (
        proof.symbol("f", "a wave along one side, at the node", real=True),
        proof.symbol("g", "a wave along the other", real=True),
    )
    along, across = (
        proof.symbol("alpha", "the angle of the first from node to node", real=True),
        proof.symbol("beta", "of the second", real=True),
    )
    five = first * second + 2 * cos(along) * first * second + first * 2 * cos(across) * second
    torus = (1 + 2 * cos(along) + 2 * cos(across)) / 5
    proof.equal("torus, weights 1/5: both waves' neighbours add up to 2cos times the wave, as above", five / 5, torus * first * second)
    proof.equal("the slowest", torus.subs({along: 2 * pi / side, across: 0}), 1 - Rational(4, 5) * sin(pi / side) ** 2)
    proof.limit("n²·ln(1/μ)", -log(1 - Rational(4, 5) * sin(pi * x) ** 2) / x**2, x, Integer(0), 4 * pi**2 / 5)
    for nodes in (8, 33, 64):
        found = second_modulus(metropolis_hastings(topology("ring", nodes), np.ones(nodes)))
        proof.compared(f"second modulus on the ring of {nodes}, by eigenvalues", (1 + 2 * np.cos(2 * np.pi / nodes)) / 3, found, 1e-9)
    nodes = 64
    found = depth(metropolis_hastings(topology("ring", nodes), np.ones(nodes)), DISTANCE) / nodes**2
    limit = float(result.rhs.subs(eps, DISTANCE))
    proof.compared(f"depth/N² on the ring of {nodes}, ε = {DISTANCE}, against the limit", limit, found, 0.02)
    moduli = sorted(map(abs, (sympy.ones(4, 4) / 4).eigenvals(multiple=True)))
    least = slowest.subs({w: third, N: 4})
    proof.weakened("ring", "all 4 nodes linked, weights 1/4: μ = 0, below (1 + 2cos(π/2))/3", moduli[-2], "<", least)
    return proof.result(result, eps)


@derivation("hypercube-mixing-depth", "IV", "GOS-3")
def hypercube_mixing_depth(proof: Proof) -> Any:
    """On a hypercube of N = 2^n nodes W = (1 + adjacency)/(n + 1) has second modulus (n - 1)/(n + 1): a depth of order ln N to (ln N)².

    Averaging along one dimension after the other instead, a W that changes, gives every node the exact mean after n = log₂N steps.
    """
    n, k = proof.symbol("n", "the dimension, log₂N", integer=True, positive=True), NODE
    signs = proof.symbol(
        "a", "how many of the n dimensions, beyond one, change the sign of the eigenvector", integer=True, nonnegative=True
    )
    rest = proof.symbol("b", "how many do not", integer=True, nonnegative=True)
    proof.assume("dimensions", "1 + a change the sign, b do not", Eq(n, 1 + signs + rest, evaluate=False))
    value = (1 + n - 2 * (1 + signs)) / (n + 1)
    proof.equal(
        "the node itself, b equal neighbours and 1 + a opposite ones", (1 + rest - (1 + signs)) / (n + 1), value, {n: 1 + signs + rest}
    )
    greatest = (n - 1) / (n + 1)
    mu = proof.define("the second modulus", proof.symbol("mu", "the greatest modulus beside 1", nonnegative=True), greatest)
    result = proof.last()
    proof.at_least(
        "none is beyond it", mu**2, value**2, 4 * signs * rest / (n + 1) ** 2, {mu: greatest, n: 1 + signs + rest}
    )
    proof.equal("and it is reached at a = 0", value.subs(signs, 0), mu, {mu: greatest})
    x = proof.symbol("x", "1/n, as a real number", positive=True)
    proof.limit("n·ln(1/μ)", log((1 + x) / (1 - x)) / x, x, Integer(0), Integer(2))
    rounds = proof.symbol("m", "the number of dimensions done", integer=True, nonnegative=True)
    proof.assume("in order", "step m averages each node with its neighbour in dimension m")
    count = proof.induction(
        "averaging with a disjoint set of as many contents doubles them",
        sympy.Function("contents")(rounds),
        2**rounds,
        rounds,
        Integer(1),
        lambda held: 2 * held,
    )
    weight = proof.induction(
        "and halves the weight of each", sympy.Function("weight")(rounds), 2**-rounds, rounds, Integer(1), lambda one: one / 2
    )
    proof.equal(
        "these weights always sum to 1, so at m = n each of the N = 2^n contents has 1/N", Sum(weight, (k, 0, count - 1)), Integer(1)
    )
    for size in (3, 5):
        found = second_modulus(metropolis_hastings(topology("hypercube", 2**size), np.ones(2**size)))
        proof.compared(f"second modulus at n = {size}, by eigenvalues", (size - 1) / (size + 1), found, 1e-9)
    proof.checked("the product of the n averages is exactly 1/N everywhere", "n = 1..5", all(_exchanged(size) for size in range(1, 6)))
    once = sympy.Matrix(4, 4, lambda one, other: Rational(1, 2) if one ^ other < 2 else 0)
    proof.weakened(
        "in order", "at n = 2 the same dimension twice leaves the mean of 2 contents", (once**2)[0], "!=", weight.subs(rounds, 2)
    )
    proof.weakened(
        "dimensions", "no sign changed at all is the first eigenvalue, 1, above 1/2 = μ at n = 3", value.subs({signs: -1, n: 3}), ">",
        greatest.subs(n, 3),
    )  # fmt: skip
    return proof.result(result, n)


def _exchanged(dimension: int) -> bool:
    """Return whether averaging along every dimension in turn is the exact mean."""
    nodes = np.arange(2**dimension)
    held = np.eye(len(nodes), dtype=int)
    for bit in range(dimension):
        held = held + held[nodes ^ (1 << bit)]
    return bool((held == 1).all())
