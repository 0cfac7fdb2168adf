"""Gossip of certified contents (for paper III.B.1 and IV): contents are flooded unchanged and averaged once, so nobody can bend a mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Eq, Integer, Rational, Sum

from ceas_formal.derive.derivation import derivation
from ceas_formal.derive.gossip.mixing import topology
from ceas_formal.derive.gossip.stationary import NODE
from ceas_formal.derive.proof import Proof

NODES, SILENT = 50, 15
"""Of the graph on which flooding is run."""


@derivation("certified-contents-gossip", "III.B.1, IV", "GOS-5R")
def certified_contents_gossip(proof: Proof) -> Any:
    """If nodes pass on certified contents unchanged, instead of running means, an honest node that lacks contents of total weight m is
    within m·C of the full aggregate; what an honest node had, all have after as many rounds as the diameter of the honest graph.

    C is the norm clip. Certified means that honest nodes accept one and the same content from a node, so that they all end with the same
    aggregate, moved by the Byzantine nodes by at most κfC/|A| (SAF-4R). The depth is a diameter: about log N on expanders.
    """
    K = proof.symbol("K", "the number of contents that the node lacks", integer=True, positive=True)
    k = NODE
    w, spare = (
        proof.sequence("w", "the capped weight of a missing content", nonnegative=True),
        proof.sequence("r", "C - ‖θ_k‖", nonnegative=True),
    )
    norm, clip = proof.sequence("n", "‖θ_k‖", nonnegative=True), proof.symbol("C", "the norm clip", positive=True)
    missing = proof.symbol("m", "the weight of all that it lacks", nonnegative=True)
    over = (k, 0, K - 1)
    proof.assume("clip", "‖θ_k‖ = C - r_k", Eq(norm[k], clip - spare[k], evaluate=False))
    proof.assume("m", "= Σ w_k over what is missing", Eq(Sum(w[k], over), missing, evaluate=False))
    proof.assume("connected", "the graph of the honest nodes is")
    error = sympy.Function("error")(missing)
    proof.define("the bound", error, missing * clip)
    result = proof.last()
    proof.at_least(
        "what is missing, by the triangle inequality",
        error,
        Sum(w[k] * norm[k], over),
        Sum(w[k] * spare[k], over),
        {error: missing * clip, norm[k]: clip - spare[k], Sum(w[k], over): missing},
    )
    rounds = proof.symbol("ell", "the number of rounds", integer=True, nonnegative=True)
    proof.induction(
        "each round brings a content one link further", sympy.Function("reach")(rounds), rounds, rounds, Integer(0), lambda far: far + 1
    )
    honest, diameter, late = _flooded()
    proof.compared(
        f"rounds until all {honest} honest of {NODES} nodes hold every honest content, random 4-regular graph, seed 0, the rest silent",
        diameter,
        late,
        0,
    )
    weight = Rational(1, NODES)
    proof.weakened(
        "clip", f"a missing content of norm 100 at weight {weight} with C = 1", weight * 100, ">",
        result.rhs.subs({missing: weight, clip: 1}),
    )  # fmt: skip
    proof.weakened(
        "connected", "an honest node whose neighbours are all silent never learns the others' contents, of norm 1, which all have at m = 0",
        Sum(Rational(1, honest), (k, 0, honest - 2)).doit(), ">", result.rhs.subs({missing: 0, clip: 1}),
    )  # fmt: skip
    return proof.result(result, missing, clip)


def _flooded() -> tuple[int, int, int]:
    """Return the number of nodes of an honest graph, its diameter, and the rounds that flooding takes on it."""
    import networkx

    graph, random = topology("random_regular", NODES), np.random.default_rng([0, 50])
    honest = graph.subgraph(max(networkx.connected_components(graph.subgraph(random.permutation(NODES)[SILENT:])), key=len))
    links = networkx.to_numpy_array(honest) + np.eye(len(honest))
    holds, rounds = np.eye(len(honest)), 0
    while not holds.all():
        holds, rounds = links @ holds, rounds + 1
    return len(honest), int(networkx.diameter(honest)), rounds
