"""The rows on errors over a run and on progress: TAG-5, LIV-3, LIV-3R."""

from fractions import Fraction
from typing import ClassVar

import pytest
from row_frame import Settled, Solved, not_derived

from ceas_formal import claims
from ceas_formal.claims import composition as judges
from ceas_formal.claims import evidence, frontier
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.derive.catalogue import derivations
from ceas_formal.derive.composition import supply
from ceas_formal.physics import budget, tags
from ceas_formal.physics.thresholds import upper_tail
from ceas_formal.spec import quorum, timing


class TestRows(Settled, Solved):
    rows: ClassVar = {"TAG-5": "proved", "LIV-3": "refuted", "LIV-3R": "proved"}
    names: ClassVar = {"tags": tags, "budget": budget, "quorum": quorum, "timing": timing, "Fraction": Fraction}
    solved = ("LIV-3",)

    def test_every_hypothesis_is_shown_to_be_needed(self, verdicts, row):
        assert verdicts[row].evidence["tightness"]

    def test_a_failed_derivation_yields_unknown(self, row, monkeypatch):
        """Where the row reports it; what else a judge computes from derivations it may take for granted."""
        real = evidence.derived_now

        def derived_now(*names):
            with monkeypatch.context() as patch:
                patch.setitem(derivations(), names[0], not_derived)
                return real(*names)

        monkeypatch.setattr(judges, "derived_now", derived_now)
        assert LEDGER[row].judge().verdict == "unknown"


@pytest.mark.parametrize(
    ("module", "name", "mutant", "row"),
    [
        (frontier, "total_failure", lambda payloads, verifiers, a, s: payloads * verifiers * s ** (a + 1), "TAG-5"),
        (frontier, "forged", lambda attempts, degree, field: Fraction(attempts, field), "TAG-5"),
        (budget, "standing_stock", lambda: 150_000, "LIV-3"),
        (budget, "most_verifiers", lambda *arguments: 2, "LIV-3"),
        (supply, "log10_enough", lambda mean, need, links=1: (mean - need) / 100, "LIV-3"),
        (supply, "used_chance", lambda honest, need, supplied: supplied**need, "LIV-3R"),
    ],
)
def test_a_wrong_function_is_noticed(monkeypatch, module, name, mutant, row):
    frontier.least_length.cache_clear()
    monkeypatch.setattr(module, name, mutant)
    found = LEDGER[row].judge().verdict
    frontier.least_length.cache_clear()
    assert found == "unknown"


def test_numbers_of_the_paper(verdicts):
    assert judges.ROUNDS == 300
    assert verdicts["TAG-5"].evidence["least_tag"]["by_a"] == {"0": 59, "1": 32, "2": 23, "3": 18, "4": 15}
    assert verdicts["TAG-5"].evidence["least_tag"]["one_key_for_all_verifiers_any_a"] == 54
    assert verdicts["LIV-3"].evidence["if_poisson"]["log10_chance_of_all_links"] == {"exponential": -72053, "fixed": -63434}
    assert verdicts["LIV-3"].evidence["smallest_change"]["rate"]["exactly_made"] == 12_250
    assert verdicts["LIV-3R"].evidence["section_IV"]["f=12, n=4, used with .9"]["used"] == 0.9283


@pytest.mark.parametrize(("payloads", "verifiers", "a"), [(1, 1, 0), (1, 35, 34), (75, 50, 19), (3750, 35, 4), (1, 4, 3)])
@pytest.mark.parametrize("n", [1, 4])
def test_least_length_is_least(n, payloads, verifiers, a):
    t = frontier.least_length(n, payloads, verifiers, a)
    assert frontier.total_failure(payloads, verifiers, a, tags.clifford_soundness(n, t)) <= frontier.TOTAL
    assert t == 0 or frontier.total_failure(payloads, verifiers, a, tags.clifford_soundness(n, t - 1)) > frontier.TOTAL


def test_least_length_has_no_budget_beyond_the_verifiers():
    with pytest.raises(ValueError, match="the verifiers must be at least 4"):
        frontier.least_length(4, 1, 3, 3)


@pytest.mark.parametrize("faults", [12, 15])
def test_affordable_plans_keep_all_three_limits(faults):
    for found in frontier.affordable(4, faults, Fraction(1, 100)):
        assert found.pairs == found.payloads * (found.holders - 1) * (4 + found.traps) <= 1_000
        assert found.failure <= frontier.TOTAL
        assert quorum.admissible(found.holders, faults, found.budget)
        assert found.used == upper_tail(found.holders - faults, found.accepted, 2 * faults + found.budget)


@pytest.mark.parametrize(("row", "derivation"), [("TAG-5", "total-failure-probability"), ("LIV-3R", "usable-payload")])
def test_a_row_that_computes_with_a_failed_derivation_is_unknown(monkeypatch, row, derivation):
    monkeypatch.setitem(derivations(), derivation, not_derived)
    assert claims.judge(LEDGER[row])["verdict"] == "unknown"
