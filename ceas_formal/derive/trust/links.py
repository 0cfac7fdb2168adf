"""Trust per link in place of trust per sender (paper III.D.1): how many honest nodes tampering can isolate.

A rejected payload proves that something is wrong between two nodes, not with whom. So the link loses trust, and a node is isolated once at
least `threshold` of its links are distrusted. A simulation should call :func:`isolated_nodes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import combinations
from typing import Any

from sympy import Eq, Integer, Sum, Symbol

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.proof import Proof
from ceas_formal.spec.exact import whole

Link = tuple[int, int]
NODE = Symbol("i", integer=True, nonnegative=True)


def isolated_nodes(distrusted: Iterable[Link], threshold: int) -> set[int]:
    """Return the nodes at which at least `threshold` distrusted links end.

    Parameters
    ----------
    distrusted : iterable of pairs of int
        Links, each a pair of nodes in any order; repeated ones count once.
    threshold : int
        θ ≥ 1.

    Examples
    --------
    >>> isolated_nodes([(0, 1), (0, 2), (1, 0)], 2)
    {0}
    """
    links = {frozenset(link) for link in distrusted}
    nodes = frozenset().union(*links) if links else frozenset()
    return {node for node in nodes if sum(node in link for link in links) >= whole("the threshold", threshold, 1)}


def least_tampering(isolated: int, margin: int) -> int:
    """Return the least number of links between honest nodes that must be tampered with to isolate so many honest nodes.

    Parameters
    ----------
    isolated : int
        k ≥ 0.
    margin : int
        g = threshold - f ≥ 1: what each still needs once all f Byzantine nodes distrust it.

    Returns
    -------
    int
        max(⌈k·g/2⌉, k·g - k(k-1)/2).

    Examples
    --------
    >>> [least_tampering(k, 4) for k in range(8)]
    [0, 4, 7, 9, 10, 10, 12, 14]
    """
    k, g = whole("the number of isolated nodes", isolated, 0), whole("the margin", margin, 1)
    return max(-(-k * g // 2), k * g - k * (k - 1) // 2)


def most_isolated(honest: int, margin: int, tampered: int) -> int:
    """Return the largest number of honest nodes that tampering can isolate.

    Parameters
    ----------
    honest, tampered : int
        How many honest nodes, and how many tampered links between them.
    margin : int
        θ-f ≥ 1, below `honest`: at or above it nobody can be isolated.

    Examples
    --------
    >>> most_isolated(35, 20, 19), most_isolated(35, 20, 20), most_isolated(35, 1, 3)
    (0, 1, 6)
    """
    if margin >= whole("the number of honest nodes", honest, 0):
        return 0
    return max(k for k in range(honest + 1) if least_tampering(k, margin) <= tampered)


def cheapest_tampering(honest: int, isolated: int, margin: int) -> list[Link]:
    """Return as few links between honest nodes 0, 1, … as possible, such that `margin` or more of them end at each of 0, …, isolated - 1.

    Parameters
    ----------
    honest, isolated, margin : int
        How many honest nodes there are, how many to isolate, and θ-f. :func:`least_tampering` gives the number of links.

    Raises
    ------
    ValueError
        If the margin is not below the number of honest nodes: then an honest node cannot be isolated at all.

    Examples
    --------
    >>> cheapest_tampering(5, 3, 2), cheapest_tampering(5, 2, 3)
    ([(0, 1), (0, 2), (1, 2)], [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3)])
    """
    import networkx as nx

    k, g = whole("the number of isolated nodes", isolated, 0), whole("the margin", margin, 1)
    if g >= honest or k > honest:
        raise ValueError(f"the margin must lie in [1, {honest - 1}] and the number of isolated nodes in [0, {honest}]; got {g} and {k}")
    if k <= g:
        outside = [(node, other) for other in range(k, g + 1) for node in range(k)]
        return [*combinations(range(k), 2), *outside]
    # Degrees g, and one g+1 if the sum would be odd: such a graph exists, since g+1 < k in that case.
    degrees = [g + k * g % 2, *[g] * (k - 1)]
    return sorted((min(link), max(link)) for link in nx.havel_hakimi_graph(degrees).edges())


@derivation("isolation-by-tampering", "III.D.1", "TRU-5", "TRU-5R")
def isolation_by_tampering(proof: Proof) -> Any:
    """If a node is isolated once θ > f of its links are distrusted, then f Byzantine nodes and m tampered links between honest nodes
    isolate at most 2m/(θ-f) honest nodes, in any network; and no fewer than k·(θ-f) - k(k-1)/2 tampered links isolate k.

    Links with a Byzantine end cost the adversary nothing: that end may call every payload rejected. With m = 0 no honest node is isolated.
    Both bounds together are sharp: `cheapest_tampering` reaches them for all k and θ-f below the number of honest nodes. So θ = f+1 lets
    each tampered link isolate two nodes; θ = N-f, the largest that still isolates a node that all honest nodes distrust, makes the first
    cost N-2f links.
    """
    g = proof.symbol("g", "the margin θ-f, at least 1", integer=True, positive=True)
    k = proof.symbol("k", "the number of isolated honest nodes: 0, …, k-1", integer=True, positive=True)
    H = proof.symbol("H", "the number of other honest nodes", integer=True, positive=True)
    m = proof.symbol("m", "tampered links between honest nodes", nonnegative=True)
    h = proof.sequence("h", "tampered links of honest node i to honest nodes", nonnegative=True)
    excess = proof.sequence("x", "distrusted links of isolated node i above θ", nonnegative=True)
    spare = proof.sequence("c", "Byzantine nodes that have no distrusted link to node i", nonnegative=True)
    both = proof.symbol("b", "tampered links with both ends isolated", nonnegative=True)
    other = proof.symbol("o", "pairs of isolated nodes without a tampered link", nonnegative=True)
    rest = proof.symbol("z", "tampered links with no end isolated", nonnegative=True)
    over, others = (NODE, 0, k - 1), (NODE, k, k + H - 1)
    proof.assume("at most f Byzantine nodes", "f of them: an honest node has f - c_i distrusted links to them")
    proof.assume(
        "θ distrusted links", "an isolated node has θ + x_i = (f - c_i) + h_i of them",
        Eq(h[NODE], g + excess[NODE] + spare[NODE], evaluate=False),
    )  # fmt: skip
    of_isolated, of_others, beyond = (
        proof.symbol(name, text, nonnegative=True)
        for name, text in (
            ("U", "ends of tampered links at isolated nodes"), ("W", "at the other honest nodes"), ("s", "how far U is above k·g"),
        )
    )  # fmt: skip
    proof.define("ends at isolated nodes", of_isolated, Sum(h[NODE], over))
    proof.define("ends at the other honest nodes", of_others, Sum(h[NODE], others))
    proof.assume("two ends", "each tampered link is counted at two honest nodes", Eq(m, (of_isolated + of_others) / 2, evaluate=False))
    isolated = {h[NODE]: g + excess[NODE] + spare[NODE]}
    slack = Sum(excess[NODE] + spare[NODE], over)
    proof.at_least("ends of tampered links at isolated nodes", Sum(h[NODE], over), k * g, slack, isolated)
    proof.assume("slack of the ends", "U = k·g + s, by the last step", Eq(of_isolated, k * g + beyond, evaluate=False))
    bound = proof.define("the bound", proof.symbol("k_max", "what k is at most", nonnegative=True), 2 * m / g)
    found = proof.last()
    proof.at_least(
        "both kinds of ends are 2m, so k is at most", bound, k, (beyond + of_others) / g,
        {bound: 2 * m / g, m: (of_isolated + of_others) / 2, of_isolated: k * g + beyond},
    )  # fmt: skip
    pairs = k * (k - 1) / 2
    proof.assume("pairs", "two nodes have one link: b = k(k-1)/2 - o", Eq(both, pairs - other, evaluate=False))
    inside = Sum(h[NODE], over) - both + rest
    proof.at_least(
        "a link inside is counted twice, so m = Σ h_i - b + z", inside, k * g - pairs, slack + other + rest,
        {**isolated, both: pairs - other},
    )  # fmt: skip
    four, star = byzantine_ends(10, range(6, 10)), [(0, other) for other in range(1, 11)]
    proof.weakened(
        "at most f Byzantine nodes", "4 of 10 distrust the 6 honest ones at θ = 4, with m = 0",
        _count(four, 4, 6), ">", found.rhs.subs({m: 0, g: 1}),
    )  # fmt: skip
    proof.weakened(
        "two ends", "one repeater carries ten links of a node, and is counted as m = 1 at θ-f = 10",
        _count(star, 10, 1), ">", found.rhs.subs({m: 1, g: 10}),
    )  # fmt: skip
    proof.weakened(
        "θ distrusted links", "θ = 1, as with trust per sender: one tampered link, f = 0, θ-f = 20",
        _count([(0, 1)], 1, 2), ">", found.rhs.subs({m: 1, g: 20}),
    )  # fmt: skip
    few, many = 5, 12
    proof.checked(
        "largest number of isolated nodes by trying all sets of links", f"up to {few} honest nodes, every margin and m", _by_trial(few)
    )
    reached = all(_reached(many, size, margin) for margin in range(1, many) for size in range(many + 1))
    proof.checked("the construction reaches max(⌈kg/2⌉, kg - k(k-1)/2)", f"{many} honest nodes, every k and margin", reached)
    return proof.result(found, m, g)


def _count(distrusted: list[Link], threshold: int, honest: int) -> Integer:
    return Integer(len(isolated_nodes(distrusted, threshold) & set(range(honest))))


def _reached(honest: int, isolated: int, margin: int) -> bool:
    links = cheapest_tampering(honest, isolated, margin)
    return len(set(links)) == least_tampering(isolated, margin) and set(range(isolated)) <= isolated_nodes(links, margin)


def _by_trial(most: int) -> bool:
    for honest in range(2, most + 1):
        links = list(combinations(range(honest), 2))
        best = {(margin, m): 0 for margin in range(1, honest) for m in range(len(links) + 1)}
        for chosen in range(2 ** len(links)):
            degrees = [0] * honest
            for number, (one, other) in enumerate(links):
                if chosen >> number & 1:
                    degrees[one] += 1
                    degrees[other] += 1
            for margin in range(1, honest):
                place = margin, chosen.bit_count()
                best[place] = max(best[place], sum(degree >= margin for degree in degrees))
        if any(found != most_isolated(honest, margin, m) for (margin, m), found in best.items()):
            return False
    return True


def byzantine_ends(nodes: int, byzantine: Collection[int]) -> list[Link]:
    """Return all links with a Byzantine end: those that it costs nothing to have distrusted.

    Parameters
    ----------
    nodes : int
        Nodes are 0, …, nodes - 1.
    byzantine : collection of int
        The Byzantine ones.

    Examples
    --------
    >>> byzantine_ends(4, [3])
    [(0, 3), (1, 3), (2, 3)]
    """
    return [link for link in combinations(range(nodes), 2) if set(link) & set(byzantine)]
