"""The graph along which nodes gossip, and who stands where on it (II.A, III.B.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ceas_formal.derive.gossip.mixing import metropolis_hastings, topology
from ceas_formal.errors import BadInput
from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.streams import generator


def graph(name: str, nodes: int, source: str = "the scenario") -> Any:
    """Return the graph that ``gossip.topology`` names, if it is not complete: the same in all runs.

    Parameters
    ----------
    name : {"random_regular", "ring", "grid"}
        As in :func:`ceas_formal.derive.gossip.mixing.topology`, with the seed 0.
    nodes : int
        N.
    source : str
        What messages call the scenario.

    Raises
    ------
    BadInput
        If there is no such graph on so many nodes, or it is not connected.

    Examples
    --------
    >>> graph("ring", 50).number_of_edges()
    50
    """
    try:
        return topology(name, nodes)
    except ValueError as error:
        raise BadInput(source, f"a connected graph on {nodes} nodes: {error}", "gossip.topology") from None


def mixing_matrix(name: str, nodes: int) -> Floats:
    """Return Metropolis's matrix W (N, N) of a :func:`graph`: W_kj = 1/max(d_k, d_j) between neighbours, d counting the node itself.

    It is symmetric and doubly stochastic, so repeated mixing tends to the mean; on a complete graph one step would give it.

    Examples
    --------
    >>> (3 * mixing_matrix("ring", 5)[0]).round(12).tolist()
    [1.0, 1.0, 0.0, 0.0, 1.0]
    """
    found: Floats = metropolis_hastings(graph(name, nodes), np.ones(nodes))
    return found


def placed(matrix: Floats, seeds: Sequence[int]) -> Floats:
    """Return the matrix (S, N, N) of each run, after its nodes have taken their places on the graph at random."""
    orders = [generator(seed, "places").permutation(len(matrix)) for seed in seeds]
    return np.array([matrix[np.ix_(order, order)] for order in orders])


def edges(matrices: Floats) -> NDArray[np.intp]:
    """Return the edges (S, E, 2) of matrices (S, N, N) that belong to the same graph, in the order of the nodes.

    Examples
    --------
    >>> edges(mixing_matrix("ring", 5)[None])[0].tolist()
    [[0, 1], [0, 4], [1, 2], [2, 3], [3, 4]]
    """
    return np.array([np.argwhere(np.triu(matrix, 1) > 0) for matrix in matrices])
