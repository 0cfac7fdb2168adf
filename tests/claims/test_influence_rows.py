"""The rows on Byzantine weight and influence: SAF-4, SAF-4R, VOT-1."""

from fractions import Fraction
from typing import ClassVar

import pytest
from row_frame import Seeded, Settled

from ceas_formal.claims import influence as judges
from ceas_formal.claims import voting
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.spec import influence, weights


class TestRows(Settled, Seeded):
    rows: ClassVar = {"SAF-4": "refuted", "SAF-4R": "proved", "VOT-1": "refuted"}
    names: ClassVar = {"weights": weights, "influence": influence, "Fraction": Fraction}
    solved = tuple(rows)
    seeds = range(1, 11)


@pytest.mark.parametrize("row", ["SAF-4R", "VOT-1"])
def test_every_hypothesis_is_shown_to_be_needed(verdicts, row):
    tightness = verdicts[row].evidence["tightness"]
    assert len(tightness) >= 3
    assert all(found["confirmed"] for found in tightness)


def uncapped(stamps, cap, *, active=None, quarantined=()):
    return weights.gated_weights(stamps, quarantined) if stamps else ()


@pytest.mark.parametrize(
    ("module", "name", "mutant", "row"),
    [
        (judges, "aggregation_weights", lambda stamps: (Fraction(1, len(stamps)),) * len(stamps), "SAF-4"),
        (judges, "capped_weights", uncapped, "SAF-4R"),
        (judges, "clipped", lambda content, clip: content, "SAF-4R"),
        (judges, "largest_displacement", lambda *sizes: influence.largest_displacement(*sizes) / 2, "SAF-4R"),
        (judges, "largest_swing", lambda *sizes: influence.largest_swing(*sizes) * 2, "SAF-4R"),
        (voting, "capped_weights", uncapped, "VOT-1"),
        (voting, "weights_admissible", lambda total, byzantine: 2 * byzantine < total, "VOT-1"),
        (voting, "is_weighted_quorum", lambda table, members, byzantine: 2 * len(set(members)) > len(table), "VOT-1"),
    ],
)
def test_a_wrong_specification_function_is_noticed(monkeypatch, module, name, mutant, row):
    monkeypatch.setattr(module, name, mutant)
    assert LEDGER[row].judge().verdict == "unknown"


def test_numbers_of_the_paper(verdicts):
    assert verdicts["SAF-4"].evidence["witness"]["share"] == "10/17"
    assert verdicts["SAF-4R"].evidence["at_N_50"]["share"] == "9/20"
    assert verdicts["VOT-1"].evidence["repaired"]["kappa_below"] == "10/9"
