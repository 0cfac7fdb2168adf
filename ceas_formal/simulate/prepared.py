"""From a scenario to a run: the setting, the world and the adversary that it describes."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING

from networkx import complete_graph

from ceas_formal.errors import BadInput
from ceas_formal.physics.bell_pairs import BellPair
from ceas_formal.physics.memories import Memory
from ceas_formal.simulate.adversaries import STRATEGIES
from ceas_formal.simulate.adversary import Adversary
from ceas_formal.simulate.broker import LinkFailures
from ceas_formal.simulate.entanglement import Entanglement, Supply
from ceas_formal.simulate.experiment.topology import graph as named_graph
from ceas_formal.simulate.network import Network
from ceas_formal.simulate.pair_world import PairWorld, Wear, passing
from ceas_formal.simulate.properties import deadline
from ceas_formal.simulate.scenario import Scenario
from ceas_formal.simulate.setting import Setting
from ceas_formal.simulate.standing import CumulativeSum
from ceas_formal.simulate.trainee import Training
from ceas_formal.simulate.world import NoisyPayloads, tag_chances
from ceas_formal.spec.quorum import quorum_size
from ceas_formal.spec.value import Rules

if TYPE_CHECKING:
    from networkx import Graph


@dataclass(frozen=True)
class Prepared:
    """What a run needs beside its seed."""

    setting: Setting
    world: NoisyPayloads | PairWorld
    adversary: Adversary


MOST_NODES = 1000
"""More would take hours message by message."""


MOST_PAIRS = 10**8
"""More would take hours, whatever is decided."""


def prepare(scenario: Scenario, seed: int, source: str = "scenario") -> Prepared:
    """Return what a run of the scenario needs.

    Parameters
    ----------
    scenario : Scenario
        With the table ``[simulation]``.
    seed : int
        Of the contents and the tags; the run takes its own.
    source : str
        What messages call the scenario, such as its file.

    Raises
    ------
    BadInput
        If the table is missing, the strategy is unknown, or the quorum rule is not the one that the nodes follow.

    Examples
    --------
    >>> from ceas_formal.simulate.scenario import load, packaged
    >>> ready = prepare(load(packaged("ten_nodes")), seed=0)
    >>> sorted(ready.setting.byzantine), ready.setting.training
    ([7, 8, 9], 200)
    """
    wanted, consensus, nodes = scenario.simulation, scenario.consensus, scenario.network.nodes
    if wanted is None:
        raise BadInput(source, "a table [simulation], as in models/scenarios/ten_nodes.toml", "simulation")
    if wanted.adversary not in STRATEGIES:
        near = get_close_matches(wanted.adversary, STRATEGIES, n=1)
        hint = f" (perhaps {near[0]!r})" if near else ""
        raise BadInput(source, f"one of {', '.join(STRATEGIES)}{hint}; got {wanted.adversary!r}", "simulation.adversary")
    if nodes > MOST_NODES:
        raise BadInput(source, f"an integer, at most {MOST_NODES}, for a run message by message; got {nodes}", "network.nodes")
    if scenario.network.byzantine_nodes == nodes:
        raise BadInput(source, f"at most {nodes - 1}, so that there is an honest node to watch; got {nodes}", "network.byzantine_nodes")
    followed = quorum_size(nodes, consensus.faults, consensus.false_accepts)
    if scenario.declared_quorum != followed:
        expected = f"a rule that gives the q = {followed} of the nodes at this N, f and a; this one gives {scenario.declared_quorum}"
        raise BadInput(source, expected, "consensus.quorum_rule")
    rules = Rules(nodes, consensus.faults, consensus.false_accepts, wanted.weight_cap, wanted.clip, wanted.dimension)
    byzantine = frozenset(range(nodes - scenario.network.byzantine_nodes, nodes))
    network = Network(wanted.delay, wanted.stable_from, wanted.loss, wanted.duplication, wanted.slowest)
    training = consensus.cadence * wanted.round_length
    # Within the assumptions every checkpoint is decided by then; outside them a run has to end as well.
    until = wanted.stable_from + wanted.checkpoints * (training + deadline(consensus.faults, wanted.delay, wanted.clock_drift))
    if scenario.rounds is not None and wanted.round_length < 1:
        raise BadInput(source, f"an integer, at least 1, beside [rounds]; got {wanted.round_length}", "simulation.round_length")
    rounds = None if scenario.rounds is None else _training(scenario, source)
    if rounds is not None and scenario.rounds is not None:
        tried = scenario.rounds.pair_rate * _graph(scenario, source).number_of_edges() * until
        if tried > MOST_PAIRS:
            expected = f"a rate at which at most {MOST_PAIRS:.0e} pairs are tried in the run; got {tried:.1e}"
            raise BadInput(source, expected, "rounds.pair_rate")
    if wanted.consensus == "abstract" and wanted.adversary != "silence":
        expected = f"'silence' beside consensus = 'abstract', where nobody plays an adversary; got {wanted.adversary!r}"
        raise BadInput(source, expected, "simulation.adversary")
    setting = Setting(
        rules, network, byzantine, wanted.checkpoints, training=training, rounds=rounds, drift=wanted.clock_drift, until=until,
        most_events=max(10**7, 100 * nodes**2 * wanted.checkpoints),
    )  # fmt: skip
    world = _pair_world(scenario, rules, byzantine, seed, source) if rounds else _noisy_payloads(scenario, rules, byzantine, seed)
    return Prepared(setting, world, STRATEGIES[wanted.adversary]())


def _noisy_payloads(scenario: Scenario, rules: Rules, byzantine: frozenset[int], seed: int) -> NoisyPayloads:
    wanted = scenario.simulation
    assert wanted is not None
    chances = tag_chances(wanted.payload_qubits, wanted.tag_qubits, wanted.channel_noise)
    return NoisyPayloads(
        rules, byzantine, seed, wanted.spread, wanted.tolerance, rejection=chances["rejection"], soundness=chances["soundness"]
    )


def _training(scenario: Scenario, source: str) -> Training:
    wanted, rounds = scenario.simulation, scenario.rounds
    assert wanted is not None
    assert rounds is not None
    graph = _graph(scenario, source)
    neighbours = {node: frozenset(graph.neighbors(node)) for node in graph.nodes}
    everybody = all(len(others) == len(graph) - 1 for others in neighbours.values())
    return Training(
        scenario.consensus.cadence, rounds.gossip_radius, wanted.tolerance,
        CumulativeSum(rounds.rejection_score, rounds.acceptance_score, rounds.distrust_limit), rounds.probation,
        shadow=rounds.shadow_payloads, neighbours=None if everybody else neighbours,
    )  # fmt: skip


def _pair_world(scenario: Scenario, rules: Rules, byzantine: frozenset[int], seed: int, source: str) -> PairWorld:
    wanted, rounds, entanglement = scenario.simulation, scenario.rounds, scenario.entanglement
    assert wanted is not None
    assert rounds is not None
    assert entanglement is not None
    memory, length = Memory(t1=rounds.relaxation_time, t2=rounds.dephasing_time), wanted.round_length
    shortest, longest = (float(time * length) for time in (entanglement.coherence_time_minimum, entanglement.coherence_time_maximum))
    supply = Supply(
        rounds.pair_rate, BellPair("phi+", memory, memory), rounds.pair_memory, shortest, longest, entanglement.lifetime_law
    )
    pairs = Entanglement(
        _graph(scenario, source), supply, entanglement.pairs_per_round, length, entanglement.policy, seed, record=True
    )
    wear = {node: Wear(rounds.worn_from, rounds.worn_noise, rounds.repair_after) for node in range(rounds.worn_nodes)}
    # Payloads go out as the last round begins, and are there Δ later.
    ahead = (scenario.consensus.cadence - 1) * length + wanted.delay if rounds.forecast else None
    honest = 1 - passing(wanted.payload_qubits, wanted.tag_qubits, wanted.channel_noise, Fraction(1))
    failures = LinkFailures(rules.faults, Fraction(honest).limit_denominator(1000)) if rounds.reroute else None
    return PairWorld(
        rules, byzantine, seed, pairs, wanted.payload_qubits, wanted.tag_qubits, wanted.spread, wanted.channel_noise, wear, ahead=ahead,
        failures=failures,
    )  # fmt: skip


def _graph(scenario: Scenario, source: str) -> Graph[int]:
    """Return who shares pairs, and gossips, with whom: everybody with everybody, where ``[gossip]`` does not say otherwise."""
    name, nodes = scenario.gossip.topology if scenario.gossip else "complete", scenario.network.nodes
    return complete_graph(nodes) if name == "complete" else named_graph(name, nodes, source)
