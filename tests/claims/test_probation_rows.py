"""The rows TRU-6 and TRU-6R, and what makes them fall."""

from fractions import Fraction
from typing import ClassVar

from row_frame import Settled

from ceas_formal.claims import probation as judges
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.simulate import standing
from ceas_formal.simulate.standing import rounds_on_probation
from ceas_formal.spec.trust import trust_after


class TestRows(Settled):
    rows: ClassVar = {"TRU-6": "refuted", "TRU-6R": "proved"}
    names: ClassVar = {"Fraction": Fraction, "trust_after": trust_after, "rounds_on_probation": rounds_on_probation}


def test_a_wrong_closed_form_is_noticed(monkeypatch):
    monkeypatch.setattr(standing, "rounds_on_probation", lambda p, m: Fraction(m) / p)
    assert LEDGER["TRU-6R"].judge().verdict == "unknown"


def test_runs_without_a_return_prove_nothing_and_runs_with_one_refute_nothing(monkeypatch):
    real = judges.stays_away
    monkeypatch.setattr(judges, "stays_away", lambda shadow, probation=2: real(not shadow, probation))
    assert LEDGER["TRU-6"].judge().verdict == "unknown"
    monkeypatch.setattr(judges, "stays_away", lambda shadow, probation=2: [False] + [True] * (judges.CHECKPOINTS - 2) + [False])
    assert LEDGER["TRU-6R"].judge().verdict == "unknown"
