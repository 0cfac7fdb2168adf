"""Where gossip leads (paper III.B.1, equation 6): stationary laws of mixing matrices, and two that give the fidelity-weighted mean.

A step is θ_k ← Σ_j W_kj·θ_j over the neighbourhood of k, itself included; W is row-stochastic. The limit is Σ_j π_j·θ_j with πᵀW = πᵀ
(derivation ``primitive-gossip``). The matrices themselves are made by :mod:`ceas_formal.derive.gossip.mixing`, how fast they mix is
derived in :mod:`ceas_formal.derive.gossip.rates`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Integer, Rational, Sum

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.gossip.mixing import metropolis_hastings, proportional_weights, ratio_consensus, topology
from ceas_formal.derive.proof import Proof

NODE = sympy.Symbol("k", integer=True, nonnegative=True)
OTHER = sympy.Symbol("j", integer=True, nonnegative=True)
SIZE = 20
"""Of the graphs on which a derived law is compared with gossip that is run, seed 0."""


def number_of_nodes(proof: Proof) -> Any:
    """Return N, the symbol."""
    return proof.symbol("N", "the number of nodes", integer=True, positive=True)


def _example() -> tuple[Any, Any, Any]:
    """Return a random regular graph, stamps in (0, 1] and contents."""
    random = np.random.default_rng([0, 6])
    return topology("random_regular", SIZE), random.uniform(0.05, 1, SIZE), random.standard_normal(SIZE)


@derivation("doubly-stochastic-gossip", "eq. 6", "GOS-1")
def doubly_stochastic_gossip(proof: Proof) -> Any:
    """If the columns of W sum to 1 as well as its rows, π is uniform, for any N and whatever stamps its entries incorporate.

    So the condition that the paper names (doubly stochastic) excludes what it claims next (stationary weights that follow fidelity).
    By hand: the sum of all values never changes, so the common limit is their plain mean.
    """
    N, k, j = number_of_nodes(proof), NODE, OTHER
    W = proof.sequence("W", "the weight that node k gives to node j", nonnegative=True)
    over = (k, 0, N - 1)
    columns = Eq(Sum(W[k, j], over), 1, evaluate=False)
    proof.assume("columns sum to 1", "W is doubly stochastic", columns)
    proof.equal("π_j = 1/N is stationary: (πᵀW)_j = Σ_k W_kj/N", Sum(W[k, j] / N, over), 1 / N, {Sum(W[k, j], over): Integer(1)})
    result = proof.last()
    phi = proof.sequence("phi", "the stamp of node k, in (0, 1]", positive=True)
    proof.assume("primitive", "some power of W has no entry 0; then no other law is stationary (primitive-gossip)")
    total = proof.symbol("Phi", "Σφ", positive=True)
    proof.define("the sum of the stamps", total, Sum(phi[k], over))
    own = 1 - (phi[j] * total / N - phi[j] ** 2 / N)
    proof.equal(
        "W_kj = φ_k·φ_j/N for k ≠ j, the rest of the row on the diagonal, incorporates stamps, and its columns sum to 1 too",
        Sum(phi[k] * phi[j] / N, over) - phi[j] ** 2 / N + own, Integer(1), {Sum(phi[k], over): total},
    )  # fmt: skip
    third, stamps = Rational(1, 3), sympy.Matrix([1, 1, Rational(1, 10)])
    example = stamps * stamps.T / 3
    example += sympy.diag(*[1 - sum(example[row, :]) + example[row, row] for row in range(3)]) - sympy.diag(*example.diagonal())
    kept = (sympy.ones(1, 3) * third * example)[2]
    proof.witness("N = 3, φ = (1, 1, 1/10): π = (1/3, 1/3, 1/3) is kept at node 3", kept, "==", third)
    proof.witness("while equation 4 gives node 3 the weight 1/21", stamps[2] / sum(stamps), "<", kept)
    rows, uniform = sympy.Matrix([[1, 1], [2, 0]]) / 2, sympy.ones(1, 2) / 2
    proof.weakened("columns sum to 1", "rows (1/2, 1/2) and (1, 0) take (1/2, 1/2) to (3/4, 1/4)", (uniform * rows)[0], "!=", uniform[0])
    graph, stamped, theta = _example()
    flow = metropolis_hastings(graph, stamped) * stamped[:, None]
    np.fill_diagonal(flow, 0)
    doubly = flow + np.diag(1 - flow.sum(axis=1))
    mixed = np.linalg.matrix_power(doubly, 5000) @ theta
    proof.compared(f"5000 steps of a doubly stochastic W with stamps .05 to 1, {SIZE} nodes, seed 0", theta.mean(), mixed[0], 1e-9)
    return proof.result(result, N)


@derivation("proportional-gossip", "eq. 6", "GOS-1")
def proportional_gossip(proof: Proof) -> Any:
    """The plain reading W_kj = φ_j/S_k, with S_k the stamps of the neighbourhood of k added up, has π_k ∝ φ_k·S_k: not φ_k, on any graph.

    A well-connected node counts for more than its stamp says. In a star of one hub with stamp 1/2 and four leaves with stamp 1 the noisy
    hub weighs 3/11 and each perfect leaf 2/11. The two laws agree exactly if all neighbourhoods add up to the same S_k.
    """
    N, k = number_of_nodes(proof), NODE
    j = proof.symbol("j", "a node", integer=True, nonnegative=True)
    phi = proof.sequence("phi", "the stamp of node k, in (0, 1]", positive=True)
    b = proof.sequence("b", "1 if k and j are neighbours or the same node, else 0", nonnegative=True)
    S = proof.sequence("S", "the sum of the stamps in the neighbourhood of k", positive=True)
    over = (k, 0, N - 1)
    proof.assume("links work both ways", "b_kj = b_jk", Eq(b[k, j], b[j, k], evaluate=False))
    total = Eq(Sum(b[j, k] * phi[k], over), S[j], evaluate=False)
    proof.assume("S", "S_j = Σ_k b_jk·φ_k", total)
    proof.equal(
        "detailed balance: φ_k·S_k times the weight b_kj·φ_j/S_k is symmetric in k and j",
        phi[k] * S[k] * b[k, j] * phi[j] / S[k],
        phi[j] * S[j] * b[j, k] * phi[k] / S[j],
        {b[k, j]: b[j, k]},
    )
    stationary = phi[j] * S[j]
    proof.equal(
        "so φ_j·S_j is stationary",
        Sum(phi[k] * S[k] * b[k, j] * phi[j] / S[k], over),
        stationary,
        {b[k, j]: b[j, k], Sum(b[j, k] * phi[k], over): S[j]},
    )
    result = proof.last()
    half = Rational(1, 2)
    hub, leaf = half * (half + 4), 1 + half
    proof.witness("star, hub 1/2 and four leaves 1: the hub outweighs a leaf", hub / (hub + 4 * leaf), ">", leaf / (hub + 4 * leaf))
    # Node 1 hears 2, 2 hears 3, 3 hears 1, each also itself; φ = (1, 1, 1/2) gives φ_1·S_1 = 2, and (πᵀW)_1 = φ_1² + φ_3·φ_1.
    proof.weakened(
        "links work both ways",
        "on the directed ring 1 ← 2 ← 3 ← 1 with φ = (1, 1, 1/2) φ_1·S_1 = 2 is not kept",
        1 + half,
        "!=",
        Integer(2),
    )
    graph, stamps, theta = _example()
    weights = proportional_weights(graph, stamps)
    neighbourhoods = (weights > 0) @ stamps
    derived = (stamps * neighbourhoods) @ theta / (stamps @ neighbourhoods)
    proof.compared(
        f"500 steps on a random 4-regular graph, {SIZE} nodes, seed 0", derived, np.linalg.matrix_power(weights, 500)[0] @ theta, 1e-9
    )
    return proof.result(result, phi, S, j)


@derivation("metropolis-hastings-gossip", "eq. 6", "GOS-2R", "GOS-4")
def metropolis_hastings_gossip(proof: Proof) -> Any:
    """W_kj = min(φ_k/d_k, φ_j/d_j)/φ_k between neighbours, the rest of the row on the diagonal, has π_k = φ_k/Σφ on any graph.

    This is the chain of Metropolis and Hastings (1970) with target φ, which proposes a member of the neighbourhood uniformly; d_k is the
    size of the neighbourhood, k included. Hence W_kk ≥ 1/d_k > 0, so a connected graph is enough. π_k is the weight w_k of equation 4.
    """
    N, k = number_of_nodes(proof), NODE
    j = proof.symbol("j", "a node", integer=True, nonnegative=True)
    phi = proof.sequence("phi", "the stamp of node k, in (0, 1]", positive=True)
    W = proof.sequence("W", "the weight that node k gives to node j", nonnegative=True)
    degree = proof.symbol("d_k", "the size of the neighbourhood of k, k included", integer=True, positive=True)
    mass = proof.symbol("m", "the smaller of φ_k/d_k and φ_j/d_j, for neighbours k and j", positive=True)
    rest = proof.symbol("r", "φ_k/d_k - m, so at least 0", nonnegative=True)
    total = proof.symbol("Phi", "Σφ", positive=True)
    over = (k, 0, N - 1)
    proof.assume("links work both ways", "k hears j exactly if j hears k, so the flow m has one value for the pair")
    proof.assume("φ_k/d_k", "is m + r", Eq(degree, phi[k] / (mass + rest), evaluate=False))
    there, back = proof.symbol("a", "the weight that k gives to a neighbour j"), proof.symbol("b", "that j gives to k")
    weights = {there: mass / phi[k], back: mass / phi[j]}
    for name, weight in weights.items():
        proof.define("W between neighbours", name, weight)
    proof.equal("detailed balance for a pair of neighbours", phi[k] * there, phi[j] * back, weights)
    proof.at_least(
        "no neighbour gets more than 1/d_k, and there are d_k - 1, so 1/d_k or more is left for W_kk",
        1 / degree,
        mass / phi[k],
        rest / phi[k],
        {degree: phi[k] / (mass + rest)},
    )
    balance = Eq(phi[k] * W[k, j], phi[j] * W[j, k], evaluate=False)
    proof.assume("detailed balance", "φ_k·W_kj = φ_j·W_jk: just shown for neighbours; for other pairs both sides are 0", balance)
    proof.assume("rows sum to 1", "by the choice of the diagonal", Eq(Sum(W[j, k], over), 1, evaluate=False))
    proof.assume("Φ", "is the sum of all stamps", Eq(Sum(phi[k], over), total, evaluate=False))
    given = {phi[k] * W[k, j]: phi[j] * W[j, k], Sum(W[j, k], over): Integer(1)}
    proof.equal("φ is stationary: Σ_k φ_k·W_kj = φ_j·Σ_k W_jk", Sum(phi[k] * W[k, j], over), phi[j], given)
    proof.equal("and sums to 1 once divided by Φ", Sum(phi[k] / total, over), Integer(1), {Sum(phi[k], over): total})
    share = phi[j] / total
    proof.equal("the law", Sum(phi[k] / total * W[k, j], over), share, {Sum(phi[k] * W[k, j], over): phi[j]})
    proof.equal("with Φ written out", share, phi[j] / Sum(phi[k], over), {total: Sum(phi[k], over)})
    result = proof.last()
    proof.weakened(
        "links work both ways",
        "on the directed 3-ring with weights 1/2, φ = (1, 1, 1/2) is not kept: node 1 gets φ_1/2 + φ_3/2",
        Rational(1, 2) + Rational(1, 4),
        "!=",
        Integer(1),
    )
    proof.weakened("rows sum to 1", "rows (1/2, 0) and (0, 1/2) balance, but keep half", Rational(1, 2), "!=", Integer(1))
    proof.weakened("detailed balance", "rows (1/2, 1/2), (1, 0): φ = (1, 1) is not kept", Rational(1, 2) + 1, "!=", Integer(1))
    graph, stamps, theta = _example()
    found = np.linalg.matrix_power(metropolis_hastings(graph, stamps), 20_000)[0] @ theta
    proof.compared(f"20000 steps on a random 4-regular graph, {SIZE} nodes, seed 0", stamps @ theta / stamps.sum(), found, 1e-9)
    return proof.result(result, phi, N, j)


@derivation("vanishing-weight", "III.B.1", "GOS-4")
def vanishing_weight(proof: Proof) -> Any:
    """Under Metropolis-Hastings gossip a node of stamp φ keeps a stationary weight of φ/(φ + N - 1) or more, above 0 for every φ in (0, 1].

    The weight vanishes only as φ → 0, and there the mixing stalls: where a low node joins good ones (good, low, good in a row) the second
    eigenvalue is 1 - φ/3. Under a doubly stochastic W the weight is 1/N, whatever the stamp (doubly-stochastic-gossip).
    """
    phi = proof.symbol("phi", "the stamp of the low node, in (0, 1]", positive=True)
    others = proof.symbol("T", "the sum of the other N - 1 stamps", positive=True)
    slack = proof.symbol("s", "by how much it is below N - 1", nonnegative=True)
    N = proof.symbol("N", "the number of nodes", integer=True, positive=True)
    proof.assume("stamps at most 1", "the other N - 1 stamps sum to N - 1 - s with s ≥ 0", Eq(N, others + slack + 1, evaluate=False))
    bound = phi / (phi + N - 1)
    since = phi * slack / ((phi + others) * (phi + others + slack))
    proof.above("the bound is above 0", bound, Integer(0), phi / (phi + others + slack), {N: others + slack + 1})
    proof.at_least("the stationary weight", phi / (phi + others), bound, since, {N: others + slack + 1})
    result = proof.last()
    proof.limit("it vanishes with the stamp", phi / (phi + others), phi, Integer(0), Integer(0))
    # Good (1), low (φ ≤ 1), good (1) in a row: d = (2, 3, 2), so the good nodes give the low one min(1/2, φ/3) = φ/3.
    low, value = phi / 3, proof.symbol("lambda", "an eigenvalue", real=True)
    W = sympy.Matrix([[1 - low, low, 0], [low / phi, 1 - 2 * low / phi, low / phi], [0, low, 1 - low]])
    proof.equal(
        "good, low, good: the eigenvalues are 1, 1 - φ/3 and (1 - φ)/3", (value * sympy.eye(3) - W).det(),
        (value - 1) * (value - 1 + phi / 3) * (value - (1 - phi) / 3),
    )  # fmt: skip
    proof.limit("which tends to 1: no mixing in the limit", 1 - phi / 3, phi, Integer(0), Integer(1))
    proof.witness(
        "40% of 50 nodes at φ = 1/10, the others at 1, keep this share together",
        20 * Rational(1, 10) / (20 * Rational(1, 10) + 30),
        "==",
        Rational(1, 16),
    )
    proof.weakened(
        "stamps at most 1",
        "beside another stamp of 3 the stamp 1 of two nodes weighs less than 1/(1 + 2 - 1)",
        Rational(1, 4),
        "<",
        Rational(1, 2),
    )
    path = metropolis_hastings(_path(), [1.0, 0.01, 1.0])
    proof.compared("good, low, good at φ = .01", 1 - 0.01 / 3, float(np.sort(np.abs(np.linalg.eigvals(path)))[-2]), 1e-12)
    return proof.result(result, phi, N)


def _path() -> Any:
    import networkx

    return networkx.path_graph(3)


@derivation("ratio-consensus", "eq. 6", "GOS-2R")
def ratio_consensus_limit(proof: Proof) -> Any:
    """If x = φθ and y = φ are mixed by the same column-stochastic P, all ratios x_k/y_k that agree equal Σφθ/Σφ, after any number of steps.

    Both totals are kept by every step, even if P changes from step to step or links work one way only (Kempe, Dobra and Gehrke 2003).
    That the ratios come to agree follows from primitive-gossip for a primitive P; ratio-consensus-rate says how fast.
    """
    N, k = number_of_nodes(proof), NODE
    P = proof.symbol("P", "the matrix of one step", commutative=False)
    ones = proof.symbol("u", "the row of N ones", commutative=False)
    state = proof.symbol("z", "x or y, a column", commutative=False)
    steps = proof.symbol("ell", "the number of steps", integer=True, nonnegative=True)
    start = proof.symbol("Z", "the total at the start", real=True)
    proof.assume("columns of P sum to 1", "each node shares out all that it holds", Eq(ones * P, ones, evaluate=False))
    proof.equal("a step keeps the total", ones * P * state, ones * state, {ones * P: ones})
    proof.induction("the total after ℓ steps", sympy.Function("total")(steps), start, steps, start, lambda total: total)
    x, y = proof.sequence("x", "what node k holds of Σφθ", real=True), proof.sequence("y", "what it holds of Σφ", positive=True)
    phi, theta = proof.sequence("phi", "the stamp of node k", positive=True), proof.sequence("theta", "its content", real=True)
    ratio = proof.symbol("q", "the common ratio", real=True)
    over = (k, 0, N - 1)
    proof.assume("agreement", "x_k = q·y_k at every node", Eq(x[k], ratio * y[k], evaluate=False))
    given = {Sum(x[k], over): Sum(phi[k] * theta[k], over), Sum(y[k], over): Sum(phi[k], over)}
    for total, value in given.items():
        proof.assume(f"total of {total.function.base}", "as at the start, by the induction above", Eq(total, value, evaluate=False))
    proof.equal("agreement, added up", Sum(x[k], over), ratio * Sum(y[k], over), {x[k]: ratio * y[k]})
    mean = Sum(phi[k] * theta[k], over) / Sum(phi[k], over)
    proof.equal("hence the common ratio", Sum(x[k], over) / Sum(y[k], over), mean, given)
    result = proof.last()
    # One node keeps half of what it holds and passes on nothing: x = (1, 0), y = (1, 1) end at x = (1/2, 0), y = (1/2, 1).
    proof.weakened(
        "columns of P sum to 1",
        "a node that drops half its mass changes Σx/Σy from 1/2",
        Rational(1, 2) / (Rational(1, 2) + 1),
        "!=",
        Rational(1, 2),
    )
    proof.weakened("agreement", "before any step x/y is each node's own content, such as 1 beside 0", Integer(1), "!=", Rational(1, 2))
    proof.weakened(
        "total of x", "a node that adds 1 to x once, of two with y = 1, moves the limit from 1/2 to 1", Integer(2) / 2, "!=", Rational(1, 2)
    )
    graph, stamps, contents = _example()
    found = ratio_consensus(graph, stamps, contents, 500)
    proof.compared(f"500 steps on a random 4-regular graph, {SIZE} nodes, seed 0", stamps @ contents / stamps.sum(), found[0], 1e-9)
    return proof.result(result, phi, theta, N)
