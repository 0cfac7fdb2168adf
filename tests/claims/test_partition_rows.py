"""The rows on figure 1: PAR-1, PAR-1R."""

import math
from typing import ClassVar

import numpy as np
import pytest
from row_frame import Settled, Solved

from ceas_formal.claims import partition_checks, solving
from ceas_formal.claims import partitions as judges
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.learning.circuits import Circuit
from ceas_formal.learning.partitions import cutting, division, model, noise, protocols, training

JUDGES = {
    "PAR-1": judges.aged_pairs_and_unequal_shards_train_another_model,
    "PAR-1R": judges.partitions_are_the_circuit_with_pauli_channels,
}


class TestRows(Settled, Solved):
    rows: ClassVar = {"PAR-1": "refuted", "PAR-1R": "proved"}
    names: ClassVar = {
        "model": model, "division": division, "protocols": protocols, "noise": noise, "Circuit": Circuit, "math": math, "np": np,
    }  # fmt: skip
    solved = ("PAR-1R",)

    def test_the_row_has_its_judge_and_states_what_it_assumes(self, verdicts, row):
        assert LEDGER[row].judge is JUDGES[row]
        assert verdicts[row].assumptions


def test_the_proof_is_tight_in_five_ways(verdicts):
    assert len(verdicts["PAR-1R"].evidence["tightness"]) == 5
    assert all(found["confirmed"] for found in verdicts["PAR-1R"].evidence["tightness"])


def swapped(weights):
    return np.asarray(weights)[..., [0, 2, 1, 3]]


ORIGINAL = {"hop": noise.hop, "gate": noise.noisy_gate, "weights": noise.bell_weights, "teleported": protocols.teleported}


@pytest.mark.parametrize(
    ("module", "name", "mutant", "row"),
    [
        (noise, "hop", lambda state, qubit, weights: ORIGINAL["hop"](state, qubit, swapped(weights)), "PAR-1R"),
        (noise, "noisy_gate", lambda state, a, b, weights, gate="CZ": ORIGINAL["gate"](state, a, b, swapped(weights), gate), "PAR-1R"),
        (noise, "noisy_gate", lambda state, a, b, weights, gate="CZ": ORIGINAL["gate"](state, b, a, weights, gate), "PAR-1R"),
        (noise, "ERRORS", {"CZ": noise.X, "CNOT": noise.X}, "PAR-1R"),
        (protocols, "PAULIS", protocols.PAULIS[[0, 2, 1, 3]], "PAR-1R"),
        (protocols, "SIGNS", protocols.SIGNS[::-1], "PAR-1R"),
        (cutting, "TERMS", cutting.TERMS[:4], "PAR-1R"),
        (cutting, "GAMMA", 2.5, "PAR-1R"),
        (noise, "bell_weights", lambda pairs: swapped(ORIGINAL["weights"](pairs)), "PAR-1"),
        (model, "teleported", lambda state, qubit, pair: ORIGINAL["teleported"](state, qubit, np.diag([0.5, 0, 0, 0.5])), "PAR-1"),
        (training, "aggregated", lambda rows, shares: np.mean(rows, axis=0), "PAR-1"),
        (division, "executions", lambda circuit, samples, shots: samples * shots * circuit.parameters, "PAR-1"),
        (model, "composed_expectations", lambda *given, **more: np.array(-0.28), "PAR-1R"),
    ],
)
def test_a_wrong_function_is_noticed(monkeypatch, module, name, mutant, row):
    monkeypatch.setattr(module, name, mutant)
    assert JUDGES[row]().verdict == "unknown"


def test_numbers_by_hand(verdicts):
    first, second = (verdicts[row].evidence for row in JUDGES)
    cos, sin = 3 / 5, 4 / 5
    assert first["witness"]["Z"]["data"] == pytest.approx(cos**2 - sin**2, abs=1e-12) == pytest.approx(-7 / 25, abs=1e-12)
    assert first["witness"]["Z"]["unitary"] == first["witness"]["Z"]["circuit"] == pytest.approx(cos**2 - sin**2 / 2, abs=1e-12)
    assert first["pairs_for_one_gradient"]["circuit"]["0-1"] == 16 * 100 * 13 * 2
    cut = second["cutting"]
    assert cut["gamma"] ** 2 == 9
    assert cut["law"] == pytest.approx(81 - cut["undivided"] ** 2)
    assert cut["interval"][0] < cut["variance_per_shot"] < cut["interval"][1]
    assert cut["interval"][1] / cut["interval"][0] < 1.5
    assert cut["shots_for_equal_error"] > 81


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(1, 6))
def test_verdict_does_not_depend_on_the_seed(seed, monkeypatch):
    monkeypatch.setattr(partition_checks, "CIRCUITS", 100 + seed)
    monkeypatch.setitem(solving.OPTIONS, "random_seed", seed)
    assert JUDGES["PAR-1R"]().verdict == "proved"
