"""The rows on the control plane between consensus and scheduler: XLY-1, HWR-2."""

from functools import cache
from typing import ClassVar

import pytest
from row_frame import Rows

from ceas_formal.claims import cross_layer as judges
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.simulate import broker_study, hardware_study
from ceas_formal.simulate.broker import LinkFailures
from ceas_formal.simulate.entanglement import Entanglement

JUDGES = {"XLY-1": judges.broker_helps_when_pairs_are_scarce_or_broken, "HWR-2": judges.descriptors_help_a_mixed_network}


class TestRows(Rows):
    rows: ClassVar = dict.fromkeys(JUDGES, "reproduced")
    names: ClassVar = {"broker_study": broker_study, "hardware_study": hardware_study}

    def test_the_row_has_its_judge(self, row):
        assert LEDGER[row].judge is JUDGES[row]


@pytest.mark.parametrize("row", JUDGES)
def test_every_interval_holds_its_mean_and_gains_are_differences(verdicts, row):
    for rows in verdicts[row].evidence["measured"].values():
        for quantity in rows.values():
            assert all(low <= mean <= high for mean, low, high in quantity.values())
            assert quantity["gain"][0] == pytest.approx(quantity["with"][0] - quantity["without"][0], abs=2e-4)


def test_the_ranges_of_the_explanation_are_those_of_the_evidence(verdicts):
    forecast, both = (verdicts["XLY-1"].evidence["measured"][name] for name in ("forecast, pairs short", "both, 6 links tampered with"))
    assert forecast["verified"]["with"][0] / forecast["verified"]["without"][0] > 1.7
    assert both["verified"]["with"][0] / both["verified"]["without"][0] > 4
    short, long = (verdicts["HWR-2"].evidence["measured"][f"routes and cadence against 4 rounds of {ms} ms"] for ms in (5, 100))
    assert short["verified"]["with"][0] / short["verified"]["without"][0] > 4
    assert long["throughput"]["with"][0] / long["throughput"]["without"][0] > 4


@pytest.mark.medium
@pytest.mark.parametrize(
    ("owner", "name", "mutant", "row"),
    [
        (Entanglement, "demand", lambda self, forecast, at, time: self.advance(time), "XLY-1"),
        (LinkFailures, "avoided", lambda self: frozenset(), "XLY-1"),
        (hardware_study, "link_costs", lambda known: dict.fromkeys(known, 1.0), "HWR-2"),
        (hardware_study, "cadence", lambda times, vouchers, seconds, longest: 4, "HWR-2"),
    ],
)
def test_a_broker_that_does_nothing_is_noticed(monkeypatch, owner, name, mutant, row):
    monkeypatch.setattr(judges, "SEEDS", range(8))
    assert JUDGES[row]().verdict == "reproduced"  # with these few seeds, too
    for module, function in ((broker_study, "_measured"), (hardware_study, "work"), (hardware_study, "_known")):
        monkeypatch.setattr(module, function, cache(getattr(module, function).__wrapped__))  # nothing remembered, now or afterwards
    monkeypatch.setattr(owner, name, mutant)
    assert JUDGES[row]().verdict == "unknown"
