"""The rows TRU-2R, TRU-5 and TRU-5R lose their verdict when what they rest on is changed."""

import pytest

from ceas_formal.claims import detection
from ceas_formal.claims.ledger import LEDGER


@pytest.mark.parametrize(
    ("name", "mutant", "row"),
    [
        ("cusum_time", lambda rate, reject, accept, limit: 10.0 * limit, "TRU-2R"),
        ("counting_cheater", lambda memory, threshold, rounds: 1 / 3, "TRU-2R"),
        ("cusum_settings", lambda honest, cheater: [], "TRU-2R"),
        ("trust_after", lambda trust, verdicts, memory: trust, "TRU-5"),
        ("isolated_nodes", lambda distrusted, threshold: {0}, "TRU-5"),
        ("isolated_nodes", lambda distrusted, threshold: set(), "TRU-5R"),
        ("cheapest_tampering", lambda honest, isolated, margin: [(0, 1)], "TRU-5R"),
        ("least_tampering", lambda isolated, margin: margin, "TRU-5R"),
    ],
)
def test_mutants_are_not_confirmed(monkeypatch, name, mutant, row):
    monkeypatch.setattr(detection, name, mutant)
    assert LEDGER[row].judge().verdict == "unknown"


def test_forty_traps_need_more_than_the_trust_score():
    rates = detection.reject_rates(10, 40, detection.Fraction(1, 2))
    assert detection.settings(*rates, cells=200)["works"] == []
    assert "1:1, 21" in detection.cusum_settings(*rates)
