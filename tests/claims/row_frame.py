"""What every judged row of the ledger owes its reader, and what takes its verdict away. Test files subclass with their rows as data."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import numpy as np
import pytest

from ceas_formal.claims import ledger, solving
from ceas_formal.claims.ledger import Verdict
from ceas_formal.claims.solving import Answer
from ceas_formal.derive.catalogue import derivations
from ceas_formal.derive.proof import NotDerived

LEDGER = ledger()


class Verdicts(dict[str, Verdict]):
    """The verdict of each row, judged when it is first asked for: ask before you change what it rests on."""

    def __missing__(self, row: str) -> Verdict:
        judge = LEDGER[row].judge
        assert judge is not None
        self[row] = judge()
        return self[row]


def judged_again(row: str) -> str:
    """Return the verdict on a row as things are now."""
    judge = LEDGER[row].judge
    assert judge is not None
    return judge().verdict


def not_derived() -> None:
    raise NotDerived("a step was not shown")


class Rows:
    """Tests of rows: their expected verdicts, and what the text that recomputes their evidence may name."""

    rows: ClassVar[dict[str, str]]
    names: ClassVar[dict[str, Any]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        data = {"row": "rows", "settled_row": "settled", "solved_row": "solved", "derived_row": "derived", "seed": "seeds"}
        for argument in data.keys() & metafunc.fixturenames:
            metafunc.parametrize(argument, getattr(self, data[argument]))

    def test_verdict_is_the_expected_one_and_its_evidence_is_json(self, verdicts: Verdicts, row: str) -> None:
        assert verdicts[row].verdict == LEDGER[row].expected == self.rows[row]
        assert json.loads(json.dumps(verdicts[row].evidence)) == verdicts[row].evidence

    def test_recompute_evaluates_to_true(self, verdicts: Verdicts, row: str) -> None:
        found = eval(verdicts[row].evidence["recompute"], dict(self.names))
        assert isinstance(found, bool | np.bool_)
        assert found

    def test_judges_explain_themselves(self, row: str) -> None:
        assert 3 <= len(LEDGER[row].explanation.splitlines()) <= 14


class Settled(Rows):
    """Tests of those rows that are proved or refuted."""

    @property
    def settled(self) -> list[str]:
        return [row for row, verdict in self.rows.items() if verdict in ("proved", "refuted")]

    def test_refutations_have_a_witness_and_proofs_are_tight(self, verdicts: Verdicts, settled_row: str) -> None:
        evidence = verdicts[settled_row].evidence
        assert evidence[{"refuted": "witness", "proved": "tightness"}[self.rows[settled_row]]]
        if not isinstance(tightness := evidence.get("tightness", []), str):
            assert all(found.get("confirmed", True) for found in tightness)


class Solved:
    """Tests of those rows that rest on answers of a solver."""

    solved: ClassVar[tuple[str, ...]]

    def test_solver_that_gives_up_yields_unknown(self, solved_row: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(solving, "ask", lambda constraints, logic, **options: Answer("unknown", reason="canceled"))
        assert judged_again(solved_row) == "unknown"


class Seeded(Solved):
    """The same rows, and all others of the file, with other seeds of the solver."""

    rows: ClassVar[dict[str, str]]
    seeds: ClassVar[range]

    @pytest.mark.medium
    def test_verdicts_do_not_depend_on_the_seed(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(solving.OPTIONS, "random_seed", seed)
        assert {row: judged_again(row) for row in self.rows} == self.rows


class Derived:
    """Tests of those rows that rest on derivations: without the first of them there is no verdict."""

    derived: ClassVar[tuple[str, ...]]

    def test_a_derivation_that_fails_yields_unknown(
        self, verdicts: Verdicts, derived_row: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        evidence = verdicts[derived_row].evidence
        parts = [evidence, *(part for part in evidence.values() if isinstance(part, dict))]
        first, *_ = [name for name in derivations() if any(isinstance(part.get(name), dict) for part in parts)]
        monkeypatch.setitem(derivations(), first, not_derived)
        assert judged_again(derived_row) == "unknown"
