"""Gossip (III.B.1): what each node ends up with after finitely many steps (IV: "logarithmic mixing depth").

Nodes hold w_k·x_k and w_k, and mix both; their quotient estimates Σ w_k·x_k / Σ w_k, the mean of (5), at each node (push-sum: Kempe, Dobra,
Gehrke 2003). What was sent is falsified, if at all, before mixing; in mixing all nodes do as told. Nodes in quarantine relay with weight 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.streams import generator
from ceas_formal.simulate.experiment.topology import edges, mixing_matrix, placed
from ceas_formal.simulate.scenario_tables import Gossip


class Mixing:
    """Gossip of a batch of runs, as the scenario has it.

    On the complete graph ``exact`` is the mean itself, which all nodes then share. In all other cases each node keeps an estimate of its
    own: after `depth` random matchings, or after `depth` steps of (6) with Metropolis's weights, along the edges of the graph.

    Parameters
    ----------
    table : Gossip
        Graph, scheme and depth.
    nodes : int
        N.
    seeds : sequence of int
        One run each: they differ in who stands where on the graph, and in who meets.
    """

    def __init__(self, table: Gossip, nodes: int, seeds: Sequence[int]) -> None:
        complete, matching = table.topology == "complete", table.mixing == "random_matching"
        self.shared, self.depth = complete and not matching, table.depth
        """Whether all nodes end up with the mean itself, so that there is nothing to call."""
        self._random = [generator(seed, "gossip") for seed in seeds] if matching else []
        matrices = None if complete else placed(mixing_matrix(table.topology, nodes), seeds)
        self._edges = None if matrices is None or not matching else edges(matrices)
        self._power = None if matrices is None or matching else np.linalg.matrix_power(matrices, table.depth)

    def __call__(self, messages: Floats, weights: Floats, previous: Floats) -> Floats:
        """Return each node's estimate (S, N, P) of the weighted mean; the arguments are those of :func:`matched`."""
        if self._power is None:
            return matched(messages, weights, previous, self.depth, self._random, self._edges)
        return _quotient(self._power @ _held(messages, weights), previous)


def matched(
    messages: Floats,
    weights: Floats,
    previous: Floats,
    depth: int,
    random: Sequence[np.random.Generator],
    along: NDArray[np.intp] | None = None,
) -> Floats:
    """Return each node's estimate of the weighted mean after `depth` random matchings, in which both of a pair take the average.

    On the complete graph all nodes pair up at random; of an odd number one rests. Along edges, these are gone through in random order,
    and two nodes meet if neither has met another: nobody rests beside a neighbour who rests.

    Parameters
    ----------
    messages : array, shape (S, N, P)
        What nodes sent.
    weights : array, shape (S, N)
        At least 0.
    previous : array, broadcasts to (S, N, P)
        What a node keeps that no weight has reached.
    depth : int
        Matchings in a round [steps].
    random : sequence of Generator
        One for each of the S runs.
    along : array of int, shape (S, E, 2), optional
        The edges of a graph; without them it is complete.

    Examples
    --------
    Two nodes meet once and agree:

    >>> both = matched(np.array([[[0.0], [3.0]]]), np.array([[1.0, 2.0]]), np.zeros((1, 2, 1)), 1, [np.random.default_rng(0)])
    >>> both.ravel().tolist()
    [2.0, 2.0]
    """
    held = _held(messages, weights)
    nodes, rows = messages.shape[1], np.arange(len(messages))[:, None]
    for _ in range(depth):
        if along is None:
            order = np.argsort([one.random(nodes) for one in random], axis=-1)
            left, right = order[:, 0 : nodes - 1 : 2], order[:, 1:nodes:2]
            average = (held[rows, left] + held[rows, right]) / 2
            held[rows, left], held[rows, right] = average, average
        else:
            held = (held + held[rows, met(along, nodes, random)]) / 2
    return _quotient(held, previous)


def met(along: NDArray[np.intp], nodes: int, random: Sequence[np.random.Generator]) -> NDArray[np.intp]:
    """Return whom each node meets (S, N), itself if nobody: a maximal matching of a graph with the edges (S, E, 2).

    Examples
    --------
    >>> met(np.array([[[0, 1], [1, 2]]]), 3, [np.random.default_rng(0)]).tolist()
    [[0, 2, 1]]
    """
    order = np.argsort([one.random(along.shape[1]) for one in random], axis=-1)
    rows = np.arange(len(along))
    partner = np.tile(np.arange(nodes), (len(along), 1))
    for place in order.T:
        first, second = along[rows, place].T
        free = (partner[rows, first] == first) & (partner[rows, second] == second)
        partner[rows[free], first[free]], partner[rows[free], second[free]] = second[free], first[free]
    return partner


def _held(messages: Floats, weights: Floats) -> Floats:
    return np.concatenate([weights[..., None] * messages, weights[..., None]], axis=-1)


def _quotient(held: Floats, previous: Floats) -> Floats:
    mass = held[..., -1:]
    found: Floats = np.where(mass > 0, held[..., :-1] / np.where(mass > 0, mass, 1.0), previous)
    return found
