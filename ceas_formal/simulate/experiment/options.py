"""What each ambiguity of section IV decides: one option changed at a time, against the workable reading."""

from __future__ import annotations

from typing import Any

from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.measures import LAST, final, trough
from ceas_formal.simulate.experiment.readings import Cell
from ceas_formal.simulate.scenario import Scenario

OPTIONS: tuple[tuple[str, str, Any], ...] = (
    ("data", "separation_measure", "total"), ("data", "separation_measure", "half_total"),
    ("training", "model", "quadratic_weights"), ("training", "model", "logistic_weights"), ("training", "feature_scale", 1.0),
    ("training", "initial_spread", 1.0), ("training", "learning_rate", 0.3), ("training", "learning_rate", 1.0), ("training", "shots", 0),
    ("training", "local_steps", 4), ("training", "loss", "squared"),
    ("noise", "channel", "local_depolarising"), ("noise", "channel", "dephasing"), ("noise", "gates_per_circuit", 12),
    ("gossip", "topology", "random_regular"), ("gossip", "topology", "grid"), ("gossip", "topology", "ring"),
    ("gossip", "mixing", "random_matching"), ("gossip", "averaged", "gradients"),
    ("gossip", "weights", "uniform"), ("fidelity", "refresh", "never"), ("fidelity", "refresh", "every_checkpoint"),
    ("fidelity", "decay_factor", "reciprocal"), ("fidelity", "gate_errors", "included"),
    ("quarantine", "divergence_window_unit", "checkpoints"), ("quarantine", "divergence_reference", "geometric_median"),
    ("quarantine", "divergence_direction", "reference_from_node"), ("quarantine", "threshold_rule", "inverse"),
    ("quarantine", "threshold_rule", "constant"), ("quarantine", "threshold_scale", 0.6), ("quarantine", "threshold_scale", 2.4),
    ("quarantine", "readmission", "highest_fidelity"), ("quarantine", "readmission", "lowest_divergence"),
    ("attack", "first_round", 0), ("attack", "gaussian_scale_is", "variance"), ("attack", "gaussian_reference", "across_honest_nodes"),
    ("attack", "gaussian_mode", "replacing"), ("attack", "adaptation", "checkpoint_evading"), ("attack", "adaptation", "greedy"),
    ("attack", "coordination", "independent_kinds"), ("baseline", "selected_nodes", 1), ("baseline", "selected_nodes", 5),
    ("baseline", "selected_nodes", 25), ("baseline", "selected_nodes", 50), ("entanglement", "policy", "freshest_first"),
    ("entanglement", "policy", "uniform_random"), ("entanglement", "lifetime_law", "exponential"),
    ("entanglement", "coherence_time_per", "node"),
    ("entanglement", "effect", "gates_and_degrades"), ("consensus", "cadence", 8),
)  # fmt: skip
"""Table, field and value: every option that the scenario names and the experiment simulates, at another value than section_iv.toml has."""


def cells(option: tuple[str, str, Any] | None) -> tuple[Cell, Cell]:
    """Return CEAS and the baseline with one option changed; with None, as they are."""
    changes = () if option is None else (option,)
    return Cell(changes=changes), Cell(rule="random", changes=changes)


def row(scenario: Scenario, option: tuple[str, str, Any] | None, ours: dict[str, Floats], baseline: dict[str, Floats]) -> dict[str, Any]:
    """Return what came of an option: accuracies of CEAS, its lead, and shares of nodes out in the last rounds.

    ``start`` is missing where attacks begin at once.
    """
    setting = cells(option)[0].experiment(scenario)
    first, honest, byzantine = setting.attack.first_round, setting.honest, max(setting.byzantine, 1)
    return {
        "option": "as it is" if option is None else f"{option[0]}.{option[1]}", "value": None if option is None else option[2],
        "start": round(float(ours["accuracy"][:, first - 1].mean()), 4) if first else None,
        "lowest": round(trough(ours["accuracy"], first), 4), "final": round(final(ours["accuracy"]), 4),
        "lead": round(final(ours["accuracy"]) - final(baseline["accuracy"]), 4),
        "isolated": round(1 - float(ours["active_byzantine"][:, -LAST:].mean()) / byzantine, 4),
        "false_quarantine": round(1 - float(ours["active_honest"][:, -LAST:].mean()) / honest, 4),
        "pairs_used": round(float(ours["used"].sum() / ours["generated"].sum()), 4),
    }  # fmt: skip
