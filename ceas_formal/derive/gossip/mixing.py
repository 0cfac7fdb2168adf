"""Mixing matrices of gossip on a graph (paper equation 6), their stationary laws, and how many steps they need.

Call :func:`metropolis_hastings` for a matrix whose limit is the fidelity-weighted mean of equation 4, and :func:`ratio_consensus` for the
same limit at a rate that does not depend on the stamps. A neighbourhood holds the node itself, as in the paper: its size is the degree
plus 1. Exact for Fractions and ints; floats are handled by the same code, faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[Any]
"""Of floats, or of Fractions where the input was exact."""

Weights: TypeAlias = ArrayLike | Sequence[Sequence[Any]]
"""A matrix of floats, ints or Fractions."""

ROUNDING = 1e-9
"""How far rounding may take the sum of a row of floats from 1."""
DOUBLINGS = 40
"""A measured depth lies below 2 to this power."""
TOPOLOGIES = ("complete", "random_regular", "small_world", "hypercube", "grid", "star", "ring")


def topology(name: str, nodes: int, seed: int = 0) -> Any:
    """Return a connected graph on the nodes 0, 1, ….

    Parameters
    ----------
    name : str
        One of :data:`TOPOLOGIES`: ``random_regular`` has degree 4, ``small_world`` is Watts-Strogatz with 4 neighbours of which a tenth is
        rewired, ``grid`` is as square as the number of nodes allows, ``hypercube`` has a power of 2 of them.
    nodes : int
        N, at least 5.
    seed : int
        Of the two random graphs.

    Returns
    -------
    networkx.Graph

    Raises
    ------
    ValueError
        For another name, a number of nodes that the graph cannot have, or a seed whose graph is not connected.

    Examples
    --------
    >>> topology("grid", 50).number_of_edges(), topology("hypercube", 8).number_of_edges()
    (85, 12)
    """
    import networkx

    if name not in TOPOLOGIES:
        raise ValueError(f"the topology must be one of {', '.join(TOPOLOGIES)}; got {name!r}")
    if nodes < 5:
        raise ValueError(f"the number of nodes must be at least 5; got {nodes}")
    if name == "hypercube" and nodes & (nodes - 1):
        raise ValueError(f"the number of nodes of a hypercube must be a power of 2; got {nodes}")
    rows = max(side for side in range(1, int(nodes**0.5) + 1) if nodes % side == 0)
    made = {
        "complete": lambda: networkx.complete_graph(nodes),
        "random_regular": lambda: networkx.random_regular_graph(4, nodes, seed=seed),
        "small_world": lambda: networkx.connected_watts_strogatz_graph(nodes, 4, 0.1, seed=seed),
        "hypercube": lambda: networkx.hypercube_graph(nodes.bit_length() - 1),
        "grid": lambda: networkx.grid_2d_graph(rows, nodes // rows),
        "star": lambda: networkx.star_graph(nodes - 1),
        "ring": lambda: networkx.cycle_graph(nodes),
    }[name]()
    if not networkx.is_connected(made):
        raise ValueError(f"the seed must be one that gives a connected graph; got {seed}, which gives none for {nodes} nodes")
    return networkx.convert_node_labels_to_integers(made, ordering="sorted")


def metropolis_hastings(graph: Any, stamps: Sequence[Any] | NDArray[Any]) -> Matrix:
    """Return the mixing matrix W_kj = min(φ_k/d_k, φ_j/d_j)/φ_k between neighbours, the rest of each row on its diagonal.

    Parameters
    ----------
    graph : networkx.Graph
        Connected, on the nodes 0, 1, …, N-1.
    stamps : sequence of int, Fraction or float
        φ, shape (N,), each in (0, 1]. Equal stamps give a symmetric matrix, which is doubly stochastic.

    Returns
    -------
    numpy.ndarray
        W, shape (N, N): row-stochastic and primitive, with stationary law φ/Σφ (derivation ``metropolis-hastings-gossip``). A node needs
        the stamps and degrees of its neighbours only.

    Raises
    ------
    ValueError
        If the graph is not connected or not on 0, 1, …, or a stamp is outside (0, 1].

    Examples
    --------
    >>> path = topology("ring", 5)
    >>> W = metropolis_hastings(path, [1, 1, 1, 1, Fraction(1, 2)])
    >>> [str(entry) for entry in W[0]], [str(share) for share in stationary_law(W)]
    (['1/2', '1/3', '0', '0', '1/6'], ['2/9', '2/9', '2/9', '2/9', '1/9'])
    """
    closed, phi = _neighbourhoods(graph), _stamps(stamps, graph)
    share = phi / (closed.sum(axis=1) if phi.dtype != object else _exact(closed.sum(axis=1)))
    flow = np.where(closed, np.minimum(share[:, None], share[None, :]), 0 * share)
    weights = flow / phi[:, None]
    np.fill_diagonal(weights, 0)
    weights[np.diag_indices_from(weights)] = 1 - weights.sum(axis=1)
    return np.asarray(weights)


def proportional_weights(graph: Any, stamps: Sequence[Any] | NDArray[Any]) -> Matrix:
    """Return W_kj = φ_j/Σ_i φ_i over the neighbourhood of k: the plain reading of equation 6, whose limit is *not* the weighted mean.

    Parameters, result and errors are those of :func:`metropolis_hastings`; the law is that of derivation ``proportional-gossip``.

    Examples
    --------
    >>> [str(share) for share in stationary_law(proportional_weights(topology("star", 5), [Fraction(1, 2), 1, 1, 1, 1]))]
    ['3/11', '2/11', '2/11', '2/11', '2/11']
    """
    closed, phi = _neighbourhoods(graph), _stamps(stamps, graph)
    weights = np.where(closed, phi[None, :], 0 * phi)
    return np.asarray(weights / weights.sum(axis=1)[:, None])


def stationary_law(weights: Weights) -> NDArray[Any]:
    """Return π with πᵀW = πᵀ and Σπ = 1.

    Parameters
    ----------
    weights : array_like
        W, shape (N, N): entries at least 0, rows that sum to 1.

    Raises
    ------
    ValueError
        If W is no such matrix, or has more than one stationary law.

    Examples
    --------
    >>> [str(share) for share in stationary_law([[Fraction(1, 2), Fraction(1, 2)], [1, 0]])]
    ['2/3', '1/3']
    """
    import networkx

    W = row_stochastic(weights)
    closed = list(networkx.attracting_components(networkx.from_numpy_array(W > 0, create_using=networkx.DiGraph)))
    if len(closed) != 1:
        raise ValueError(f"the number of stationary laws of W must be 1; got {len(closed)} sets of nodes that hear only each other")
    # The equations of πᵀW = πᵀ sum to 0 = 0, so one of them can make room for Σπ = 1.
    balance, total = W.T - np.eye(len(W), dtype=int), np.zeros(len(W), dtype=int)
    balance[-1], total[-1] = 1, 1
    if W.dtype != object:
        return np.linalg.solve(balance, total.astype(float))
    import sympy

    shares = sympy.Matrix(balance.tolist()).LUsolve(sympy.Matrix(total.tolist()))
    return np.array([Fraction(int(share.p), int(share.q)) for share in shares], dtype=object)


def second_modulus(weights: Weights) -> float:
    """Return μ, the greatest modulus of an eigenvalue of W other than the first: 1 for a matrix that is not primitive.

    Examples
    --------
    >>> second_modulus([[0, 1], [1, 0]]), round(second_modulus(metropolis_hastings(topology("ring", 6), [1.0] * 6)), 9)
    (1.0, 0.666666667)
    """
    moduli = np.sort(np.abs(np.linalg.eigvals(row_stochastic(weights).astype(float))))
    return float(moduli[-2])


def depth(weights: Weights, distance: float = 1e-3) -> int:
    """Return how many gossip steps bring every row of W^ℓ within `distance` of the stationary law, in total variation.

    Parameters
    ----------
    weights : array_like
        W, shape (N, N), row-stochastic and primitive.
    distance : float
        ε, in (0, 1). With contents in [0, 1] no node's value is then further than ε from the limit.

    Raises
    ------
    ValueError
        If W is not row-stochastic, ε lies outside (0, 1), or 2^40 steps are not enough.

    Examples
    --------
    >>> [depth(metropolis_hastings(topology("ring", nodes), [1.0] * nodes)) for nodes in (16, 32, 64)]
    [124, 501, 2008]
    """
    if not 0 < distance < 1:
        raise ValueError(f"the distance ε must lie in (0, 1); got {distance}")
    law = stationary_law(weights).astype(float)
    return _steps_until(row_stochastic(weights).astype(float), lambda power: _distance(power, law) <= distance)


def distance_after(weights: Weights, steps: int) -> float:
    """Return the greatest distance in total variation between a row of W^steps and the stationary law; W as for :func:`depth`.

    Examples
    --------
    >>> round(distance_after(metropolis_hastings(topology("ring", 50), [1.0] * 50), 6), 3)
    0.801
    """
    return _distance(np.linalg.matrix_power(row_stochastic(weights).astype(float), steps), stationary_law(weights).astype(float))


def ratio_consensus(graph: Any, stamps: Sequence[Any] | NDArray[Any], contents: Sequence[Any] | NDArray[Any], steps: int) -> NDArray[Any]:
    """Return what the nodes hold after some steps of ratio consensus: x/y, where x = φθ and y = φ are mixed by the same matrix.

    Parameters
    ----------
    graph, stamps
        As for :func:`metropolis_hastings`.
    contents : sequence
        θ, shape (N,) or (N, d).
    steps : int
        ℓ, at least 0.

    Returns
    -------
    numpy.ndarray
        The shape of `contents`; every entry tends to Σφθ/Σφ (derivations ``ratio-consensus`` and ``ratio-consensus-rate``).

    Raises
    ------
    ValueError
        As there, or if the contents are not N or the steps negative.

    Examples
    --------
    >>> [str(value) for value in ratio_consensus(topology("complete", 5), [1, 1, 1, 1, Fraction(1, 2)], [0, 0, 0, 9, 9], 1)]
    ['3', '3', '3', '3', '3']
    """
    phi = _stamps(stamps, graph)
    theta = np.asarray(contents)
    if len(theta) != len(phi) or steps < 0:
        raise ValueError(f"there must be {len(phi)} contents and at least 0 steps; got {len(theta)} and {steps}")
    mixing = metropolis_hastings(graph, [1] * len(phi) if phi.dtype == object else np.ones(len(phi)))
    column = phi.reshape(-1, *[1] * (theta.ndim - 1))
    x, y = column * theta, column
    for _ in range(steps):
        x, y = mixing @ x, mixing @ y
    return np.asarray(x / y)


def ratio_depth(graph: Any, stamps: Sequence[Any] | NDArray[Any], distance: float = 1e-3) -> int:
    """Return how many steps of ratio consensus bring the weights that every node gives to the contents within `distance` of φ/Σφ.

    Parameters and errors are those of :func:`ratio_consensus` and :func:`depth`; the distance is in total variation.

    Examples
    --------
    >>> skewed = [1.0, 0.01] * 25
    >>> [ratio_depth(topology("ring", 50), skewed), depth(metropolis_hastings(topology("ring", 50), skewed))]
    [1226, 62261]
    """
    if not 0 < distance < 1:
        raise ValueError(f"the distance ε must lie in (0, 1); got {distance}")
    phi = _stamps(stamps, graph).astype(float)
    law = phi / phi.sum()

    def near(power: NDArray[Any]) -> bool:
        shares = power * phi
        return _distance(shares / shares.sum(axis=1)[:, None], law) <= distance

    return _steps_until(metropolis_hastings(graph, np.ones(len(phi))), near)


def growth(nodes: Sequence[int], depths: Sequence[float]) -> tuple[float, float]:
    """Return the exponents of depth ∝ N^p and depth ∝ (log N)^q between the smallest and the largest N, fitted by least squares.

    Logarithmic depth has q about 1 and a p that shrinks with N; depth proportional to N² has p = 2.

    Examples
    --------
    >>> growth([16, 64, 256], [16, 256, 4096])[0], round(growth([16, 64, 256], [4, 6, 8])[1], 9)
    (2.0, 1.0)
    """
    sizes = np.log(np.asarray(nodes, dtype=float))
    fits = [np.polyfit(axis, np.log(depths), 1)[0] for axis in (sizes, np.log(sizes))]
    return round(float(fits[0]), 12), round(float(fits[1]), 12)


def row_stochastic(weights: Weights) -> Matrix:
    """Return the matrix, of Fractions or of floats, if its entries are at least 0 and its rows sum to 1.

    Raises
    ------
    ValueError
        Otherwise.

    Examples
    --------
    >>> row_stochastic([[1, 1], [0, 1]])
    Traceback (most recent call last):
    ValueError: the sum of row 0 of W must be 1; got 2
    """
    W = np.asarray(weights)
    if W.ndim != 2 or W.shape[0] != W.shape[1] or len(W) < 2:
        raise ValueError(f"W must be a square matrix of at least 2 rows; got the shape {W.shape}")
    if W.dtype.kind in "Oiu":
        W = _exact(W) if all(isinstance(entry, int | Fraction | np.integer) for entry in W.flat) else W.astype(float)
    if not (W >= 0).all():
        raise ValueError(f"the entries of W must lie in [0, 1]; got {W.min()}")
    off = np.abs(W.sum(axis=1) - 1) > (0 if W.dtype == object else ROUNDING)
    if off.any():
        raise ValueError(f"the sum of row {int(np.argmax(off))} of W must be 1; got {W.sum(axis=1)[int(np.argmax(off))]}")
    return W


def _exact(values: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.vectorize(lambda value: value if isinstance(value, Fraction) else Fraction(int(value)), otypes=[object])(values))


def _stamps(stamps: Sequence[Any] | NDArray[Any], graph: Any) -> NDArray[Any]:
    phi = np.asarray(stamps)
    if phi.shape != (graph.number_of_nodes(),):
        raise ValueError(f"there must be {graph.number_of_nodes()} stamps, one for each node; got the shape {phi.shape}")
    if phi.dtype.kind in "Oiu":
        phi = _exact(phi) if all(isinstance(stamp, int | Fraction | np.integer) for stamp in phi) else phi.astype(float)
    for k, stamp in enumerate(phi):
        if not 0 < stamp <= 1:
            raise ValueError(f"stamp {k} must lie in (0, 1]; got {stamp}")
    return phi


def _neighbourhoods(graph: Any) -> NDArray[np.bool_]:
    """Return who hears whom, each node itself included, as a matrix."""
    import networkx

    nodes = range(graph.number_of_nodes())
    if set(graph.nodes) != set(nodes):
        raise ValueError(f"the nodes of the graph must be 0, 1, …, {len(nodes) - 1}; got {sorted(map(str, graph.nodes))[:5]}")
    if len(nodes) < 2 or not networkx.is_connected(graph):
        raise ValueError("the graph must be connected, with at least 2 nodes; got one that is not")
    return np.asarray(networkx.to_numpy_array(graph, nodelist=nodes, weight=None) > 0) | np.eye(len(nodes), dtype=bool)


def _steps_until(matrix: NDArray[Any], near: Callable[[NDArray[Any]], bool]) -> int:
    """Return the least ℓ ≥ 1 for which the power ℓ is near, where every later one is near too: found bit by bit from the powers 2^i."""
    powers = [matrix]
    while not near(powers[-1]):
        if len(powers) > DOUBLINGS:
            raise ValueError(f"the depth must lie in 1..2^{DOUBLINGS}; got more: W must be primitive")
        powers.append(powers[-1] @ powers[-1])
    steps, reached = 0, np.eye(len(matrix))
    for bit in reversed(range(len(powers))):
        if not near(further := reached @ powers[bit]):
            steps, reached = steps + (1 << bit), further
    return steps + 1


def _distance(power: NDArray[Any], law: NDArray[Any]) -> float:
    return float(np.abs(power - law).sum(axis=1).max() / 2)
