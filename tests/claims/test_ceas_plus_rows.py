"""The row on CEAS+: EXP-10."""

import json
from statistics import NormalDist

import pytest

from ceas_formal.claims import ceas_plus
from ceas_formal.claims.ledger import LEDGER
from ceas_formal.simulate.experiment.plus import barrier


@pytest.fixture(scope="module")
def verdict():
    return ceas_plus.at_the_ceiling_less_the_barrier()


@pytest.mark.medium
def test_verdict_is_the_expected_one_and_its_evidence_is_json(verdict):
    assert verdict.verdict == LEDGER["EXP-10"].expected == "checked"
    assert json.loads(json.dumps(verdict.evidence)) == verdict.evidence


@pytest.mark.medium
def test_recompute_evaluates_to_true(verdict):
    assert eval(verdict.evidence["recompute"], {"barrier": barrier, "NormalDist": NormalDist}) is True


@pytest.mark.medium
def test_ours_loses_least_in_its_worst_column(verdict):
    worst = verdict.evidence["worst_column"]
    assert max(worst, key=worst.get) == "ceas_plus"


def test_the_judge_explains_itself():
    assert 3 <= len(LEDGER["EXP-10"].explanation.splitlines()) <= 14


@pytest.mark.medium
def test_a_rule_without_its_filter_is_not_passed(monkeypatch):
    from ceas_formal.simulate.experiment.plus import study
    from ceas_formal.simulate.experiment.plus.rule import CeasPlus, Defences

    monkeypatch.setitem(study.RULES, "ceas_plus", lambda: CeasPlus(Defences(excess=float("inf"), crowds=False)))
    assert ceas_plus.at_the_ceiling_less_the_barrier().verdict == "not-reproduced"
