"""A scenario, checked to be an experiment that can be run here, and its numbers as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ceas_formal.errors import BadInput
from ceas_formal.learning.circuits import Circuit
from ceas_formal.simulate.experiment.topology import graph
from ceas_formal.simulate.experiment_tables import Attack, Baseline, Data, Noise, Training
from ceas_formal.simulate.scenario import Scenario
from ceas_formal.simulate.scenario_tables import Consensus, Entanglement, Fidelity, Gossip, Quarantine

TABLES = ("gossip", "entanglement", "fidelity", "quarantine", "training", "noise", "data", "attack", "baseline")


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """The tables of a scenario that an experiment needs, all present, and its options known to be supported."""

    nodes: int
    byzantine: int
    consensus: Consensus
    gossip: Gossip
    entanglement: Entanglement
    fidelity: Fidelity
    quarantine: Quarantine
    training: Training
    noise: Noise
    data: Data
    attack: Attack
    baseline: Baseline

    @property
    def honest(self) -> int:
        """How many nodes are honest; they come first."""
        return self.nodes - self.byzantine

    @property
    def gates(self) -> int:
        """How many gates can fail: as the scenario says, or those of the circuit where the channel acts on each of them."""
        if self.noise.channel == "global_depolarising" or self.training.model != "circuit_angles":
            return self.noise.gates_per_circuit
        return sum(1 for _ in Circuit(self.training.qubits, self.training.layers, self.data.features).gates())

    def gate_fidelity(self, error_rate: float) -> float:
        """Return (1-ε)^gates, the chance that no gate fails."""
        return float((1 - error_rate) ** self.gates)

    def shrink(self, error_rate: float) -> float:
        """Return what noise leaves: λ = (1-ε)^gates of ⟨Z⟩ where it is global, and 1-ε of a gate where it acts gate by gate."""
        return self.gate_fidelity(error_rate) if self.noise.channel == "global_depolarising" else 1 - error_rate


def experiment(scenario: Scenario, source: str = "the scenario") -> Experiment:
    """Return the experiment that a scenario describes.

    Parameters
    ----------
    scenario : Scenario
        With every table of `TABLES`.
    source : str
        What messages call it.

    Raises
    ------
    BadInput
        If a table is missing, or an option has a value that is not simulated here.

    Examples
    --------
    >>> from ceas_formal.simulate.scenario import load, packaged
    >>> round(experiment(load(packaged("section_iv"))).shrink(0.01), 4)
    0.9415
    """
    tables: dict[str, Any] = {name: getattr(scenario, name) for name in TABLES}
    for name, table in tables.items():
        if table is None:
            raise BadInput(source, "a table; it is missing", name)
    if tables["data"].features != 2:
        raise BadInput(source, f"2 (what this experiment simulates); got {tables['data'].features}", "data.features")
    if tables["gossip"].topology != "complete":
        graph(tables["gossip"].topology, scenario.network.nodes, source)
    if tables["attack"].adaptation == "greedy" and (tables["attack"].coordination, tables["gossip"].averaged) != (
        "same_kind",
        "parameters",
    ):
        raise BadInput(source, "with greedy adaptation, coordination of the same kind and averaged parameters", "attack.adaptation")
    if scenario.network.byzantine_nodes >= scenario.network.nodes:
        raise BadInput(source, "at least one honest node", "network.byzantine_nodes")
    return Experiment(nodes=scenario.network.nodes, byzantine=scenario.network.byzantine_nodes, consensus=scenario.consensus, **tables)
