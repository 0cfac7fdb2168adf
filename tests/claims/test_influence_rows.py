"""The rows on Byzantine weight and influence: SAF-4, SAF-4R, VOT-1."""

import json
from fractions import Fraction

import pytest

from ceas_formal.claims import influence as judges
from ceas_formal.claims import solving, voting
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.claims.solving import Answer
from ceas_formal.spec import influence, weights

ROWS = {"SAF-4": "refuted", "SAF-4R": "proved", "VOT-1": "refuted"}
NAMES = {"weights": weights, "influence": influence, "Fraction": Fraction}


@pytest.fixture(scope="module")
def verdicts():
    return {row: LEDGER[row].judge() for row in ROWS}


@pytest.mark.parametrize("row", ROWS)
def test_verdict_is_the_expected_one_and_its_evidence_is_json(verdicts, row):
    assert verdicts[row].verdict == LEDGER[row].expected == ROWS[row]
    assert json.loads(json.dumps(verdicts[row].evidence)) == verdicts[row].evidence


@pytest.mark.parametrize("row", ROWS)
def test_recompute_evaluates_to_true(verdicts, row):
    assert eval(verdicts[row].evidence["recompute"], dict(NAMES)) is True


@pytest.mark.parametrize("row", ROWS)
def test_judges_explain_themselves(row):
    assert 3 <= len(LEDGER[row].explanation.splitlines()) <= 14


@pytest.mark.parametrize("row", ["SAF-4R", "VOT-1"])
def test_every_hypothesis_is_shown_to_be_needed(verdicts, row):
    tightness = verdicts[row].evidence["tightness"]
    assert len(tightness) >= 3
    assert all(found["confirmed"] for found in tightness)


@pytest.mark.parametrize("row", ROWS)
def test_solver_that_gives_up_yields_unknown(row, monkeypatch):
    monkeypatch.setattr(solving, "ask", lambda constraints, logic, **options: Answer("unknown", reason="canceled"))
    assert LEDGER[row].judge().verdict == "unknown"


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


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(1, 11))
def test_verdicts_do_not_depend_on_the_seed(seed, monkeypatch):
    monkeypatch.setitem(solving.OPTIONS, "random_seed", seed)
    assert all(LEDGER[row].judge().verdict == expected for row, expected in ROWS.items())
