"""The rows on gossip: GOS-1 to GOS-5R."""

from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from row_frame import Derived, Settled

from ceas_formal.claims import gossip as judges
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.derive.gossip import mixing, stubborn
from ceas_formal.spec import gossip


class TestRows(Settled, Derived):
    rows: ClassVar = {
        "GOS-1": "refuted", "GOS-2": "refuted", "GOS-2R": "proved", "GOS-3": "refuted", "GOS-4": "refuted", "GOS-5": "refuted",
        "GOS-5R": "proved",
    }  # fmt: skip
    names: ClassVar = {"mixing": mixing, "stubborn": stubborn, "gossip": gossip, "Fraction": Fraction, "np": np}
    derived = ("GOS-1", "GOS-2", "GOS-2R", "GOS-4", "GOS-5", "GOS-5R")


def wrongly_scaled(graph, stamps):
    return mixing.proportional_weights(graph, stamps)


@pytest.mark.parametrize(
    ("module", "name", "mutant", "row"),
    [
        (mixing, "stationary_law", lambda W: np.array([Fraction(1, 2)] * len(W)), "GOS-1"),
        (mixing, "second_modulus", lambda W: 0.5, "GOS-2"),
        (mixing, "metropolis_hastings", wrongly_scaled, "GOS-2R"),
        (mixing, "ratio_depth", lambda graph, stamps, distance: mixing.depth(mixing.metropolis_hastings(graph, stamps), distance), "GOS-4"),
        (stubborn, "with_stubborn_node", lambda W, node: np.array(W), "GOS-5"),
        (gossip, "largest_drag", lambda nodes, faults, spread: Fraction(faults, nodes), "GOS-5R"),
    ],
)
def test_a_wrong_function_is_noticed(monkeypatch, module, name, mutant, row):
    monkeypatch.setattr(module, name, mutant)
    assert LEDGER[row].judge().verdict == "unknown"


def test_logarithmic_depth_on_every_graph_would_not_be_refuted(monkeypatch):
    flat = {shape: {"exponent_of_N": 0.2} for shape in ("random_regular", "hypercube", "small_world", "grid", "star", "ring")}
    monkeypatch.setattr(judges, "mixing_depths", lambda: flat)
    assert LEDGER["GOS-3"].judge().verdict == "unknown"


def test_numbers_of_the_rows(verdicts):
    at_fifty = verdicts["GOS-2R"].evidence["at_N_50"]
    assert (at_fifty["metropolis_hastings_depth"], at_fifty["ratio_consensus_depth"]) == (1160, 37)
    assert verdicts["GOS-4"].evidence["witness"]["their_stationary_weight"] == "1/16"
    assert verdicts["GOS-5R"].evidence["at_N_50"]["honest_mean_moves_by_over_r0"]["10"] == "1/2"
    depths = verdicts["GOS-3"].evidence["depths"]
    assert [depths[shape]["depth"]["256"] for shape in ("hypercube", "grid", "star", "ring")] == [29, 840, 1764, 32151]
