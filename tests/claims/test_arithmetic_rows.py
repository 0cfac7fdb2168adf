"""The rows that arithmetic decides, and the list of all rows."""

import doctest
import importlib
from fractions import Fraction
from typing import ClassVar

import pytest
import z3
from row_frame import Derived, Settled, Solved

from ceas_formal.claims import models, solving
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.claims.solving import Answer, Lemma, ask, conclude, find, prove
from ceas_formal.derive.catalogue import derivations
from ceas_formal.derive.composition import forgery
from ceas_formal.derive.trust import detection_chain, links
from ceas_formal.simulate import channels
from ceas_formal.spec import inventory, quorum, trust, weights

JUDGED = (
    "gradients", "convergence", "consensus", "partitions", "aggregation", "measurement", "stamps", "gossip", "inventory", "entanglement",
    "bell_pairs", "adversary", "channels", "influence", "voting", "tags", "noisy_tags", "composition", "trust", "detection", "probation",
    "hardware", "cross_layer", "experiment", "experiment_causes", "ceas_plus", "results", "contents",
)  # fmt: skip
for module in (*JUDGED, "unjudged"):
    importlib.import_module(f"ceas_formal.claims.{module}")

JUDGED_HERE = [
    "SYS-1", "SYS-1R", "GRD-1", "CNV-1", "AGG-1", "AGG-2", "AGG-2R", "AGG-3", "AGG-4", "AGG-4R", "AGG-5", "STP-4", "INV-1", "INV-2",
    "INV-3", "INV-4", "INV-5", "INV-6", "INV-7", "ADV-1", "ADV-3", "ADV-4", "ADV-5", "ADV-6", "TRU-1", "TRU-2", "TRU-2R", "TRU-5", "TRU-5R",
    "TRU-4", "SAF-5", "EXP-9",
]  # fmt: skip
JUDGED_IN_CHECKPOINT = {"ADV-2", "ADV-2R", "SAF-1", "SAF-2", "SAF-3", "SAF-7", "LIV-1", "LIV-2", "LIV-4", "LIV-4R", "TRU-3"}
ROWS = [
    "SYS-1", "SYS-1R", "GRD-1", "CNV-1", "STP-1", "STP-2", "STP-3", "STP-4", "PAR-1", "PAR-1R", "AGG-1", "AGG-2", "AGG-2R", "AGG-3",
    "AGG-4", "AGG-4R", "AGG-5", "GOS-1", "GOS-2", "GOS-2R", "GOS-3", "GOS-4", "GOS-5", "GOS-5R", "INV-1", "INV-2", "INV-3", "INV-4",
    "INV-5", "INV-6", "INV-7", "BEL-4", "BEL-1", "BEL-2", "BEL-3", "SCH-1", "SCH-2", "SCH-3", "SCH-4", "SCH-5", "ADV-1", "ADV-3",
    "ADV-5", "ADV-4", "ADV-6", "SAF-6", "TAG-1", "TAG-2", "TAG-3", "TAG-4", "TAG-5", "TAG-6", "BUD-1", "TRU-1", "TRU-2", "TRU-2R",
    "TRU-5", "TRU-5R", "TRU-4", "TRU-6", "TRU-6R", "SAF-4", "SAF-4R", "VOT-1", "SAF-5", "LIV-3", "LIV-3R", "HWR-1", "HWR-2", "XLY-1",
    "EXP-1", "EXP-2", "EXP-3", "EXP-4", "EXP-5", "EXP-6", "EXP-7", "EXP-8", "EXP-9", "EXP-10", "EXP-11", "QUA-1", "CAD-1", "PAR-2",
    "FAI-1", "DQM-1", "DQM-2", "DQM-3", "DQM-4", "DQM-5", "DQM-6", "DQM-7", "DQM-8",
]
RECOMPUTE = {
    "models": models, "trust": trust, "weights": weights, "inventory": inventory, "quorum": quorum, "derivations": derivations,
    "detection_chain": detection_chain, "links": links, "forgery": forgery, "channels": channels, "Fraction": Fraction,
}  # fmt: skip


def test_ledger_holds_every_row_once():
    assert len(ROWS) == len(set(ROWS))
    assert set(LEDGER) - JUDGED_IN_CHECKPOINT == set(ROWS)


class TestRows(Settled, Solved, Derived):
    rows: ClassVar = {row: LEDGER[row].expected for row in JUDGED_HERE}
    names: ClassVar = RECOMPUTE
    solved = ("AGG-1", "INV-2", "INV-7", "ADV-1", "ADV-5", "TRU-1", "TRU-2", "TRU-4", "EXP-9")
    derived = (
        "SYS-1", "SYS-1R", "GRD-1", "CNV-1", "AGG-2", "AGG-2R", "AGG-3", "AGG-4", "AGG-4R", "AGG-5", "STP-4", "INV-1", "INV-3", "INV-4",
        "INV-5", "INV-6", "ADV-4", "TRU-1", "TRU-2", "TRU-2R", "TRU-5", "TRU-5R", "SAF-5",
    )  # fmt: skip


@pytest.mark.parametrize("module", [models, solving])
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(module).failed == 0


def test_models_are_exact():
    x, y = z3.Reals("x y")
    assert ask([3 * x == 1, y == y], "QF_LRA").model["x"] == Fraction(1, 3)


def test_irrational_models_are_unknown():
    x = z3.Real("x")
    assert ask([x * x == 2], "QF_NRA").status == "unknown"


def test_a_lemma_needs_unsat_and_hypotheses_that_can_hold():
    x = z3.Int("x")
    assert prove("holds", [x > 1], x > 0, "QF_LIA").holds
    assert not prove("fails", [x > 1], x > 2, "QF_LIA").holds
    assert not prove("vacuous", [x > 1, x < 1], x > 2, "QF_LIA").holds
    assert not Lemma("gave up", "QF_LIA", Answer("unknown"), Answer("sat")).holds


def test_a_witness_that_does_not_evaluate_gives_no_verdict():
    x = z3.Int("x")
    bad = find("wrong", [x > 1], lambda at: at["x"] < 0, "QF_LIA")
    assert bad.status == "sat"
    assert conclude("refuted", [], [bad]) == "unknown"
