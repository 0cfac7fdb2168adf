"""Diagrams show every step once, in an order that is possible, and mark what rested on lies."""

import pytest

from ceas_formal.report.spacetime import LIE, diagram, violation
from ceas_formal.spec.counting import Counting, Reports
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify.breaking import find


@pytest.fixture(scope="module", params=["quorum-2f", "no-lock", "own-verdicts", "false-accept"])
def found(request):
    return find(WEAKENINGS[request.param])


def cells(text: str) -> list[str]:
    rows = [line[6:] for line in text.splitlines()[1:] if line[:4].strip().isdigit()]
    columns = [row[start : start + 17].strip() for row in rows for start in range(0, len(row), 17)]
    return [cell for cell in columns if cell not in ("", "│", "·")]


def test_every_step_has_one_cell(found):
    assert len(cells(diagram(found.trace, found.weakening.protocol))) == len(found.trace.steps)


def test_daggers_mark_exactly_the_steps_that_silent_byzantine_nodes_would_have_prevented(found):
    reading = Counting(found.weakening.protocol, found.trace.instance)
    state = reading.initial(found.trace.setting)
    lied = 0
    for action, arguments in found.trace.steps:
        lied += bool(reading.refusals(state, action, arguments, Reports.SILENT))
        reading.step(state, action, arguments)
    assert sum(cell.endswith(LIE) for cell in cells(diagram(found.trace, found.weakening.protocol))) >= lied


def test_the_violation_names_values_that_make_the_property_false(found):
    text = violation(found.trace, found.weakening.protocol, found.weakening.violates)
    assert text.startswith(f"violates {found.weakening.violates} at ")
    assert "view 0" in text or "view 1" in text


def test_columns_stay_aligned(found):
    lines = diagram(found.trace, found.weakening.protocol).splitlines()
    starts = [lines[0].index(f"n{node}") for node in range(found.trace.instance.nodes)]
    assert starts == [6 + 17 * node for node in range(found.trace.instance.nodes)]
