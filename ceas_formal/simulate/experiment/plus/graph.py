"""CEAS+ on a graph, on which every node aggregates for itself what its neighbours send it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ceas_formal.learning.aggregation import median
from ceas_formal.learning.aggregation.gossip import clipped_gossip, clipping_radii
from ceas_formal.learning.attacks.dissensus import dissensus
from ceas_formal.simulate.experiment.plus.arena import EVERY, Arena
from ceas_formal.simulate.experiment.plus.attacks import Sight
from ceas_formal.simulate.experiment.plus.columns import COLUMNS
from ceas_formal.simulate.experiment.plus.rows import Job
from ceas_formal.simulate.experiment.plus.rule import CeasPlus
from ceas_formal.simulate.experiment.plus.study import section_iv
from ceas_formal.simulate.experiment.rules import Seen

BLOCK = "graph"
GOSSIP_RULES = ("gossip", "clipped_gossip", "median", "ceas_plus")
GRAPH_ATTACKS = ("none", "dissensus", "alie_1.5", "reversal", "mix")
DEGREES = (16, 30)


def on_graph(
    rule: str, attack: str, seed: int, *, degree: int = 16, rounds: int = 200, onset: int = 20, byzantine: int = 20
) -> dict[str, float]:
    """Train on a random regular graph; every honest node has a model of its own and combines what its neighbours send it.

    Parameters
    ----------
    rule : str
        Of `GOSSIP_RULES`; clipped gossip knows the Byzantine share of the weight, as its authors assume.
    attack : str
        ``"dissensus"``, or a column whose tactic needs honest updates alone.
    seed : int
    degree : int
        Neighbours of each node.
    rounds, onset : int
        Length, and first round of the attack [rounds].
    byzantine : int
        How many nodes, at random places, are Byzantine.

    Returns
    -------
    dict
        ``final``, the mean accuracy of honest nodes; ``lowest``, that of the worst; ``spread``, the mean distance of their parameters from
        the mean; ``outvoted``, honest nodes with more Byzantine neighbours than honest ones, themselves included.
    """
    import networkx

    setting = section_iv()
    arena = Arena(setting, [seed])
    nodes = setting.nodes
    graph = networkx.random_regular_graph(degree, nodes, seed=seed)
    # Nodes of the graph are numbered so that the Byzantine ones come last, as everywhere here.
    order = np.random.default_rng([seed, 28]).permutation(nodes)
    linked = networkx.to_numpy_array(graph, nodelist=list(order)) + np.eye(nodes)
    mixing = linked / linked.sum(axis=1, keepdims=True)
    lying = np.arange(nodes) >= nodes - byzantine
    streams = [np.random.default_rng([seed, node, 29]) for node in range(nodes)]
    random, memory = np.random.default_rng([seed, 30]), dict[str, Any]()
    models = np.tile(arena.model.initial(np.random.default_rng([seed, 24])), (nodes, 1))
    ours = CeasPlus()
    batch = arena.batch(tuple(range(nodes)))
    ours.begin(batch)
    active = np.ones((nodes, nodes), dtype=bool)
    measured = []
    for t in range(rounds):
        score, derivatives = arena.coefficients(models, derivatives=True)
        assert derivatives is not None
        samples, labels = arena.samples.swapaxes(0, 1), arena.labels.swapaxes(0, 1)
        updates, settled = arena.updates(score, derivatives, samples, labels, arena.shrink[:, None], streams)
        sent, lasting = models + updates[:, 0], models + settled[:, 0]
        received = np.broadcast_to(sent, (nodes, nodes, sent.shape[-1])).copy()
        if t >= onset and attack == "dissensus":
            received = dissensus(sent, mixing, lying)
        elif t >= onset:
            mean = models[~lying].mean(axis=0)
            own = sent[lying] - mean
            sight = Sight(
                sent[~lying] - mean, lasting[~lying] - mean, own, own, mean, t, t - onset, random, memory, partial(np.zeros, mean.size)
            )  # fmt: skip
            received[:, lying] = mean + COLUMNS[attack].tactic(sight)
        if rule == "gossip":
            models = np.einsum("ij,ijp->ip", mixing, received)
        elif rule == "clipped_gossip":
            weight = float((mixing * lying).sum(axis=1).max())
            models = np.asarray(clipped_gossip(sent, mixing, clipping_radii(sent, mixing, weight), messages=received), dtype=float)
        elif rule == "median":
            models = np.asarray(median(received, weights=linked))
        elif rule == "ceas_plus":
            checkpoint = (t + 1) % setting.consensus.cadence == 0
            step = ours.step(Seen(t, checkpoint, received, models, active, linked > 0, np.ones((nodes, nodes))))
            models = step.model
            active = active if step.active is None else step.active
        else:
            raise ValueError(f"the rule must be one of {', '.join(GOSSIP_RULES)}; got {rule!r}")
        if (t + 1) % EVERY == 0 and t >= rounds - 5 * EVERY:
            measured.append(arena.world.accuracy(arena, models[~lying], t))
    honest = models[~lying]
    return {
        "final": round(float(np.mean(measured)), 6),
        "lowest": round(float(np.min(measured)), 6),
        "spread": round(float(np.linalg.norm(honest - honest.mean(axis=0), axis=-1).mean()), 6),
        "outvoted": int((2 * (linked * lying)[~lying].sum(axis=1) > linked[~lying].sum(axis=1)).sum()),
    }


def graph_jobs(degrees: Sequence[int], attacks: Sequence[str], seeds: Sequence[int], rounds: int) -> Iterator[Job]:
    """Yield the runs on random regular graphs: each rule under each attack, one seed at a time."""
    for degree in degrees:
        for attack in attacks:
            for rule in GOSSIP_RULES:
                for seed in seeds:
                    what = {"block": BLOCK, "degree": degree, "attack": attack, "rule": rule, "rounds": rounds}
                    yield Job(what, (seed,), partial(_one, rule, attack, seed, degree, rounds))


def _one(rule: str, attack: str, seed: int, degree: int, rounds: int) -> list[dict[str, Any]]:
    return [dict(on_graph(rule, attack, seed, degree=degree, rounds=rounds))]


def graphs(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry for each degree, attack and rule: the mean and the worst accuracy of honest nodes, and how many are outvoted."""
    found: dict[tuple[int, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row["block"] == BLOCK:
            found.setdefault((row["degree"], row["attack"], row["rule"]), []).append(row)
    return [
        {
            "degree": degree, "attack": attack, "rule": rule, "seeds": len(runs),
            "final": round(float(np.mean([run["final"] for run in runs])), 6), "worst": min(run["lowest"] for run in runs),
            "outvoted": sum(run["outvoted"] for run in runs),
        }
        for (degree, attack, rule), runs in found.items()
    ]  # fmt: skip
