"""From a scenario to a run: the setting, the world and the adversary that it describes."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from ceas_formal.errors import BadInput
from ceas_formal.simulate.adversaries import STRATEGIES
from ceas_formal.simulate.adversary import Adversary
from ceas_formal.simulate.network import Network
from ceas_formal.simulate.properties import deadline
from ceas_formal.simulate.run import Setting
from ceas_formal.simulate.scenario import Scenario
from ceas_formal.simulate.world import NoisyPayloads, tag_chances
from ceas_formal.spec.quorum import quorum_size
from ceas_formal.spec.value import Rules


@dataclass(frozen=True)
class Prepared:
    """What a run needs beside its seed."""

    setting: Setting
    world: NoisyPayloads
    adversary: Adversary


MOST_NODES = 1000
"""More would take hours message by message."""


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
    until = wanted.stable_from + wanted.checkpoints * (training + deadline(consensus.faults, wanted.delay))
    setting = Setting(rules, network, byzantine, wanted.checkpoints, training=training, until=until)
    chances = tag_chances(wanted.payload_qubits, wanted.tag_qubits, wanted.channel_noise)
    world = NoisyPayloads(
        rules, byzantine, seed, wanted.spread, wanted.tolerance, rejection=chances["rejection"], soundness=chances["soundness"]
    )
    return Prepared(setting, world, STRATEGIES[wanted.adversary]())
