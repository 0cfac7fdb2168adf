"""The rows on stamps and hardware: STP-1, STP-2, STP-3, HWR-1."""

import math
from fractions import Fraction
from typing import ClassVar

import pytest
from row_frame import Seeded, Settled

from ceas_formal.claims import hardware
from ceas_formal.claims import stamps as judges
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.physics import channels, descriptors, fisher
from ceas_formal.simulate import platforms
from ceas_formal.spec import stamps


class TestRows(Settled, Seeded):
    rows: ClassVar = {"STP-1": "proved", "STP-2": "refuted", "STP-3": "proved", "HWR-1": "checked"}
    names: ClassVar = {
        "stamps": stamps, "fisher": fisher, "channels": channels, "descriptors": descriptors, "platforms": platforms, "math": math,
        "Fraction": Fraction,
    }  # fmt: skip
    solved = ("STP-1", "STP-2", "STP-3")
    seeds = range(1, 11)


@pytest.mark.parametrize("row", ["STP-1", "STP-2", "STP-3"])
def test_every_hypothesis_is_shown_to_be_needed(verdicts, row):
    tightness = verdicts[row].evidence["tightness"]
    assert len(tightness) >= 2
    assert all(found["confirmed"] for found in tightness)


@pytest.mark.parametrize(
    ("module", "name", "mutant", "row"),
    [
        (judges, "fidelity_stamp", lambda f, most, d, *, floor, penalty: Fraction(f, most), "STP-1"),
        (judges, "variance_inflation", lambda variances, used: Fraction(1), "STP-2"),
        (judges, "variance_inflation", lambda variances, used: Fraction(1), "STP-3"),
        (judges, "certified_level", lambda levels, needed: min(levels), "STP-3"),
        (judges, "linear_level", lambda stamp, bits: 1, "STP-3"),
        (judges, "inflation_bound", lambda low, high: high / low, "STP-3"),
        (fisher, "fisher_matrix", lambda state, slopes: fisher.np.eye(len(slopes)), "STP-2"),
        (descriptors, "_entropy", lambda chances: 1.0, "HWR-1"),
    ],
)
def test_a_wrong_function_is_noticed(monkeypatch, module, name, mutant, row):
    monkeypatch.setattr(module, name, mutant)
    assert LEDGER[row].judge().verdict == "unknown"


def test_numbers_of_the_ledger(verdicts):
    nodes = verdicts["STP-2"].evidence["witness"]["nodes"]
    assert [round(nodes[name][key], 2) for name in ("with ancillas, depolarised", "plain") for key in ("F", "variance")] == [
        3.25, 1.79, 1.00, 0.29,
    ]  # fmt: skip
    assert nodes["with ancillas"]["variance"] == nodes["plain"]["variance"]
    assert len({row["gradient"] for row in nodes.values()}) == 1
    few = verdicts["STP-3"].evidence
    assert round(few["four_bits"]["as_float"], 3) == 1.024
    assert round(few["linear_four_bits"]["share_of_log_uniform"], 2) == 0.26
    bits = verdicts["HWR-1"].evidence["bits"]
    assert (round(bits["about_the_platform"], 2), round(bits["of_the_platform"], 2)) == (2.30, 2.32)
    assert bits["about_the_values"] <= bits["sent"]


def test_evidence_on_stamps_is_what_independent_formulas_give(verdicts):
    example = {name: Fraction(value) for name, value in verdicts["STP-1"].evidence["example"].items()}
    top = (example["epsilon"] + example["F_max"]) * (1 + example["kappa"] * example["D"])
    assert example["phi"] == (example["epsilon"] + example["F"]) / top
    nodes = verdicts["STP-2"].evidence["witness"]["nodes"]
    for name, visibility in (("plain", 1.0), ("with ancillas, depolarised", 0.5)):
        variance = (1 - (visibility * math.sin(0.7)) ** 2) / (2 * visibility**2)
        assert nodes[name]["variance"] == pytest.approx(variance, abs=1e-6)
    few = verdicts["STP-3"].evidence
    assert Fraction(few["equal_weights"]) == Fraction(101**2, 400)
    assert Fraction(few["linear_four_bits"]["zero_below"]) == Fraction(1, 2) / 15
    assert 1 < few["four_bits"]["observed_on_48_geometric_stamps"] < few["four_bits"]["as_float"]
    levels = [Fraction(34, 25) ** -k for k in range(16)]
    exact = [Fraction(10, 11) ** k for k in range(48)]
    used = [next((level for level in levels if level <= stamp), levels[-1]) for stamp in exact]
    inflation = sum(q * q / s for s, q in zip(exact, used, strict=True)) * sum(exact) / sum(used) ** 2
    assert few["four_bits"]["observed_on_48_geometric_stamps"] == pytest.approx(float(inflation), abs=1e-6)


def test_evidence_on_hardware_is_what_independent_formulas_give(verdicts):
    evidence = verdicts["HWR-1"].evidence
    # One platform in five has no gates.
    assert evidence["bits"]["about_the_platform_by_absence_alone"] == pytest.approx(math.log2(5) - 4 / 5 * math.log2(4), abs=1e-4)
    assert [(row["success"], row["fidelity"]) for row in evidence["heralding"]] == [
        (pytest.approx(2 * alpha * 4e-4), pytest.approx(1 - alpha)) for alpha in (0.05, 0.25)
    ]


def test_a_finer_descriptor_says_more(monkeypatch):
    grids = {name: descriptors.Grid(grid.low, grid.high, 9) for name, grid in descriptors.COARSE.items()}
    known = [platforms.load_platform(path) for path in platforms.packaged_platforms().values()]
    assert descriptors.leak(known, grids).values > descriptors.leak(known).values
    assert hardware.DECADES == 0.5
