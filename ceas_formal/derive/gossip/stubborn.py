"""Gossip beside one Byzantine node (paper III.B.1 and IV): a node that never changes its value takes all others to it.

What bounds the influence of Byzantine nodes instead is in :mod:`ceas_formal.derive.gossip.clipped`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Eq, Integer, Rational, Sum, exp, oo

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.gossip.mixing import Weights, row_stochastic, topology
from ceas_formal.derive.gossip.stationary import NODE, OTHER
from ceas_formal.derive.proof import Proof


def with_stubborn_node(weights: Weights, node: int) -> NDArray[Any]:
    """Return W with the row of one node replaced: it gives all weight to itself, and so never changes its value.

    Parameters
    ----------
    weights : array_like
        W, shape (N, N), row-stochastic.
    node : int
        The stubborn node, in 0..N-1.

    Raises
    ------
    ValueError
        If W is not row-stochastic or there is no such node.

    Examples
    --------
    >>> third = Fraction(1, 3)
    >>> W = with_stubborn_node([[third] * 3] * 3, 0)
    >>> [str(value) for value in np.linalg.matrix_power(W, 2) @ [9, 0, 0]]
    ['9', '5', '5']
    """
    W = row_stochastic(weights).copy()
    if not 0 <= node < len(W):
        raise ValueError(f"the stubborn node must lie in 0..{len(W) - 1}; got {node}")
    W[node] = 0
    W[node, node] = 1
    return W


@derivation("stubborn-node", "III.B.1, IV", "GOS-5")
def stubborn_node(proof: Proof) -> Any:
    """One node that never changes its value v takes every other node to v on any connected graph: after m·D steps the greatest distance to
    v has shrunk by (1 - a^D)^m, with D the largest number of links to it and a the least positive weight.

    The others average v in again and again, and nothing holds them back. Stamps do not help, as long as the node has some weight.
    By hand: with 3 nodes and weights 1/3 the distance to v shrinks by 2/3 a step.
    """
    k, j = NODE, OTHER
    H = proof.symbol("H", "the number of the other nodes", integer=True, positive=True)
    W = proof.sequence("W", "the weights that honest node k gives to honest node j", nonnegative=True)
    theta = proof.sequence("theta", "the value of honest node j", real=True)
    to_it, v = (
        proof.sequence("b", "the weight that k gives to the stubborn node", nonnegative=True),
        proof.symbol("v", "its value", real=True),
    )
    over = (j, 0, H - 1)
    proof.assume("rows sum to 1", "Σ_j W_kj + b_k = 1", Eq(Sum(W[k, j], over), 1 - to_it[k], evaluate=False))
    proof.assume("connected", "every node hears the stubborn one over at most D links")
    proof.assume("no defence", "a node takes what it hears as it is")
    step = Sum(W[k, j] * theta[j], over) + to_it[k] * v
    proof.equal(
        "distances to v mix without v's share: mass leaks out at the stubborn node",
        step - v,
        Sum(W[k, j] * (theta[j] - v), over),
        {Sum(W[k, j], over): 1 - to_it[k]},
    )
    a = proof.symbol("a", "the least positive weight", positive=True)
    more = proof.symbol("s", "W_kj - a, for the next node j on the way to it", nonnegative=True)
    D = proof.symbol("D", "the largest distance, in links", integer=True, positive=True)
    far = proof.symbol("e", "the greatest |θ_j - v| at the start", nonnegative=True)
    share = a + more
    proof.at_least(
        "a node at distance D: share W_kj has shrunk by 1 - a^(D-1), the rest has not grown",
        (1 - a**D) * far,
        share * (1 - a ** (D - 1)) * far + (1 - share) * far,
        more * a ** (D - 1) * far,
    )
    leak = proof.symbol("c", "a^D", positive=True)
    blocks = proof.symbol("m", "the number of D steps", integer=True, nonnegative=True)
    name = sympy.Function("distance")(blocks)
    proof.induction("every D steps", name, (1 - leak) ** blocks * far, blocks, far, lambda bound: (1 - leak) * bound)
    result = proof.last()
    rate, time = proof.symbol("g", "-ln(1 - a^D), above 0", positive=True), proof.symbol("t", "m, as a real number", positive=True)
    proof.limit("which tends to 0: all values tend to v", exp(-rate * time) * far, time, oo, Integer(0))
    third = Fraction(1, 3)
    nobody = Fraction(0)
    around = [[third, third, nobody, third], [third, third, third, nobody], [nobody, third, third, third], [third, nobody, third, third]]
    ring = with_stubborn_node(around, 0)
    dragged = (np.linalg.matrix_power(ring, 100) @ np.array([10**6, 0, 0, 0], dtype=object))[1:]
    proof.witness(
        "ring of 4 with weights 1/3, honest nodes at 0, v = 10^6: the least after 100 steps",
        sympy.Rational(min(dragged)),
        ">",
        Integer(999_999),
    )
    complete = with_stubborn_node([[third] * 3] * 3, 0)
    proof.witness(
        "3 nodes, weights 1/3: (2/3)^5 of the distance is left after 5 steps",
        sympy.Rational((np.linalg.matrix_power(complete, 5) @ np.array([0, 1, 1], dtype=object))[1]),
        "==",
        Rational(2, 3) ** 5,
    )
    for graph, links in (("complete", 1), ("ring", 3)):
        share, off = _dragged(graph, 7, links, sympy.lambdify((leak, blocks, far), result.rhs))
        proof.checked(
            f"the greatest distance to v is at most {share:.4f} of the bound, and below 1e-9 after 2000 steps",
            f"100 matrices of random weights on the {graph} graph of 7 nodes, D = {links}, m = 1..5, seed [0, 57]",
            share <= 1 + 1e-9 and off < 1e-9,
        )  # fmt: skip
    alone = with_stubborn_node([[1, 0], [0, 1]], 0)
    proof.weakened(
        "connected", "a node that does not hear it keeps its value", sympy.Rational((alone @ [0, 1])[1]), ">",
        result.rhs.subs({leak: Rational(1, 3), blocks: 1, far: 1}),
    )  # fmt: skip
    away, radius, weight = Integer(9), Integer(1), Rational(1, 3)
    proof.weakened(
        "no defence", "3 nodes, 0, 0 and v = 9, clipped at radius 1: a step leaves 26/3 of the distance, not 6 or less",
        away - weight * sympy.Min(radius, away), ">", result.rhs.subs({leak: weight, blocks: 1, far: away}),
    )  # fmt: skip
    return proof.result(result, leak, blocks, far)


def _dragged(graph: str, nodes: int, links: int, bound: Callable[..., Any]) -> tuple[float, float]:
    """Return the greatest share of the bound that the distance to v reaches, and what is left of it in the end."""
    import networkx

    random, near = np.random.default_rng([0, 57]), networkx.to_numpy_array(topology(graph, nodes)) + np.eye(nodes)
    share = left = 0.0
    for draw in range(100):
        weights = near * (1 if draw == 0 else random.uniform(0.2, 1, (nodes, nodes)))
        W = with_stubborn_node(weights / weights.sum(axis=1, keepdims=True), 0)
        values, v = np.ones(nodes) if draw == 0 else random.normal(size=nodes), 2.0
        values[0] = v
        least, start = float(W[W > 0].min()), float(np.abs(values - v).max())
        for blocks in range(1, 6):
            distance = np.abs(np.linalg.matrix_power(W, links * blocks) @ values - v).max()
            share = max(share, float(distance / bound(least**links, blocks, start)))
        left = max(left, float(np.abs(np.linalg.matrix_power(W, 2000) @ values - v).max()))
    return share, left
