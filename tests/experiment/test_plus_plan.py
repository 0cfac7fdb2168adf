"""The whole study of CEAS+: every row is kept and found again, harm by seed, one protocol for all, the page, the figure, the command."""

import json
from functools import partial

import numpy as np
import pytest

from ceas_formal.cli import main
from ceas_formal.learning.aggregation import trimmed_mean
from ceas_formal.report.ceas_plus import plus_page
from ceas_formal.report.ceas_plus_figure import attacks_against_rules
from ceas_formal.simulate.experiment.plus import graph, harm
from ceas_formal.simulate.experiment.plus.arena import Arena
from ceas_formal.simulate.experiment.plus.columns import COLUMNS
from ceas_formal.simulate.experiment.plus.goals import goals
from ceas_formal.simulate.experiment.plus.harm import harm_jobs, one_less
from ceas_formal.simulate.experiment.plus.plan import Plan, document
from ceas_formal.simulate.experiment.plus.rows import Job, made
from ceas_formal.simulate.experiment.plus.same_protocol import PROTOCOL_COLUMNS, Protected
from ceas_formal.simulate.experiment.plus.study import ORACLE, OURS, RULES, section_iv, table_jobs
from ceas_formal.simulate.experiment.rules import Robust, Seen

SEEDS = (1001, 1002)
SMALL = Plan(
    seeds=SEEDS, drift_seeds=SEEDS[:1], rounds=20, columns=("tampered_channel", "alie_1.5"), drift_columns=("mix",),
    data_sets=("moons",), data_columns=("mix",), degrees=(30,), graph_attacks=("mix",),
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("plus") / "rows.ndjson"
    return list(SMALL.runs(path)), path


def test_every_unit_of_work_is_a_row_that_the_length_counts(whole):
    found, path = whole
    assert len(SMALL) == len(found) == len(path.read_text().splitlines()) == len({row["key"] for row in found})
    assert {row["block"] for row in found} == {"table", "same_protocol", "harm", "data", "graph"}


@pytest.mark.parametrize("block", ["table", "same_protocol", "harm", "data", "graph"])
def test_a_study_killed_in_any_block_ends_with_the_same_bytes(whole, tmp_path, block):
    found, path = whole
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    # The last row of the block is cut short: the job that it belongs to is made again, and no other.
    last = max(number for number, row in enumerate(found) if row["block"] == block)
    again = tmp_path / "again.ndjson"
    again.write_bytes(b"".join(lines[:last]) + lines[last][:30])
    started = []
    for row in made(counted(SMALL.jobs(), started), again):
        if row["key"] == found[last]["key"]:
            break
    assert again.read_bytes() == b"".join(lines[: last + 1])
    assert started == [found[last]["key"].split("/", 1)[1].rsplit("/", 1)[0]]


def counted(jobs, started):
    """Yield the jobs, each noting when it is made."""

    def noted(job):
        started.append(job.key(job.seeds[-1]).split("/", 1)[1].rsplit("/", 1)[0])
        return job.make()

    for job in jobs:
        yield Job(job.what, job.seeds, partial(noted, job))


def test_all_is_read_from_rows(whole, monkeypatch):
    found, path = whole
    monkeypatch.setattr(Arena, "run", None)
    monkeypatch.setattr(graph, "on_graph", None)
    assert list(SMALL.runs(path)) == found
    page = plus_page(SMALL.found(found))
    for words in ("without drift", "with drift", "the same protocol for all rules", "moons", "degree 30", "harm to mean", "ceiling"):
        assert words in page
    assert "nan" not in page


def test_the_document_is_json_also_with_one_seed(whole):
    one = [row for row in whole[0] if row["seed"] == SEEDS[0]]
    shown = document(SMALL.found(one))
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert {entry["half_width"] for entry in shown["harm"]} == {None}


def test_a_node_is_harmful_under_reversal_and_not_under_honest_behaviour():
    columns = ("none", "reversal")
    made_rows = [*made(table_jobs(harm.HARMED, columns, SEEDS, drift=False, rounds=60)), *made(harm_jobs(columns, SEEDS, 60))]
    found = harm.harm(made_rows)
    (reversal, half), (none, _) = found["reversal"]["mean"], found["none"]["mean"]
    assert reversal > 0.001 > none
    assert 0 < half < np.inf
    assert abs(found["reversal"][OURS][0]) < reversal


def test_without_a_node_the_data_and_the_shot_noise_of_all_others_stay_what_they_are():
    setting = section_iv()
    whole, fewer = Arena(setting, SEEDS), one_less(setting, SEEDS)
    ends = [arena.run(RULES[ORACLE](), COLUMNS["none"], (0, 0), 20).model for arena in (whole, fewer)]
    np.testing.assert_allclose(*ends, atol=1e-12)


def test_a_rule_of_the_literature_trims_what_arrived_by_the_faults_that_are_left():
    setting = section_iv()
    arena, rule = Arena(setting, SEEDS), Protected(Robust("trimmed_mean"))
    rule.begin(arena.batch(SEEDS))
    random = np.random.default_rng(0)
    messages, served = random.normal(size=(2, 50, 6)), np.ones((2, 50), dtype=bool)
    served[0, 32:] = False
    served[1] = False
    previous = random.normal(size=(2, 6))
    step = rule.step(Seen(0, True, messages, previous, np.ones((2, 50), dtype=bool), served, np.ones((2, 50))))
    np.testing.assert_array_equal(step.model[0], trimmed_mean(messages[0, :32], faults=2))
    np.testing.assert_array_equal(step.model[1], previous[1])


def test_one_protocol_for_all_lifts_every_rule_that_falsified_messages_move(whole):
    assert set(PROTOCOL_COLUMNS) == {"tampered_channel", "lying_stamps", "pair_exhaustion"}
    found = SMALL.found(whole[0])
    (alike,) = found["same_protocol"]
    (alone,) = (entry for entry in found["table"] if entry["column"] == "tampered_channel")
    assert set(alike["final"]) == set(RULES)
    assert alike["final"][OURS] == alone["final"][OURS]
    # These neither select nor isolate, so fewer falsified messages are surely better for them.
    moved = ("mean", "stamp_weights", "median", "trimmed_mean", "geometric_median", "centred_clipping")
    assert all(alike["final"][rule] > alone["final"][rule] + 0.01 for rule in moved)


def test_the_figure_has_the_same_bytes_for_the_same_rows(whole):
    found = SMALL.found(whole[0])
    first, second = (attacks_against_rules(found) for _ in range(2))
    assert first == second
    assert first["png"][:4] == b"\x89PNG"
    assert b"<svg" in first["svg"]


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_command_resumes_and_draws_the_same_figure(whole, tmp_path, monkeypatch, capsys, suffix):
    _, path = whole
    monkeypatch.setattr("ceas_formal.simulate.experiment.plus.plan.Plan", lambda: SMALL)
    again, figure = tmp_path / "again.ndjson", tmp_path / f"figure.{suffix}"
    again.write_bytes(path.read_bytes())
    arguments = ["reproduce", "--part", "plus", "--results", str(again)]
    assert main([*arguments, "--figure", str(figure)]) == 0
    assert capsys.readouterr().out == plus_page(SMALL.found(whole[0]))
    assert figure.read_bytes() == attacks_against_rules(SMALL.found(whole[0]))[suffix]
    assert again.read_bytes() == path.read_bytes()
    assert main([*arguments, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {"attacks", "same_protocol", "harm", "other_data", "graphs", "ceiling", "barrier"} <= set(shown)


def test_the_figure_of_ceas_plus_needs_a_known_kind_of_file(capsys):
    assert main(["reproduce", "--part", "plus", "--figure", "figure.pdf"]) == 3
    assert ".png or .svg" in capsys.readouterr().err


def entry(column, ours, other, **changes):
    found = {
        "column": column, "drift": False, "status": "seen", "final": {"mean": other, OURS: ours}, "seeds": 2, "best": "mean",
        "difference": (ours - other, 0.001), "lowest": {"mean": other, OURS: ours - 0.01}, "isolated_byzantine": 1.0,
        "isolated_honest": 0.0, "byzantine_weight": 0.0, "ever_honest": 0,
    }  # fmt: skip
    return found | changes


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, set()),
        ({"ours": 0.83}, {"final accuracy"}),
        ({"other": 0.846, "ours": 0.842}, {"less the best", "worst column"}),
        ({"lowest": {"mean": 0.8, OURS: 0.81}}, {"lowest run"}),
        ({"isolated_honest": 0.01}, {"honest nodes"}),
        ({"isolated_byzantine": 0.98}, {"harmful nodes"}),
    ],
)
def test_a_goal_is_missed_in_the_column_that_misses_it_and_no_other_is(changes, missed):
    spoilt = entry("mix", **({"ours": 0.845, "other": 0.7} | changes))
    harmed = {"mix": {"mean": (0.02, 0.001), OURS: (0.0, 0.001)}, "none": {"mean": (0.0, 0.001), OURS: (0.0, 0.001)}}
    whole = {"table": [entry("none", 0.847, 0.847), spoilt], "harm": harmed, "ceiling": 0.847, "barrier": 0.0066}
    found = [goal for goal in goals(whole) if not goal["met"]]
    assert len(found) == len(missed)
    assert all(any(goal["goal"].startswith(words) for goal in found) for words in missed)
    assert {goal["column"] for goal in found} <= {"mix"}


def test_a_node_that_still_costs_ours_accuracy_is_told():
    whole = {"table": [entry("mix", 0.845, 0.7)], "harm": {"mix": {OURS: (0.002, 0.001)}}, "ceiling": 0.847, "barrier": 0.0066}
    assert [goal["goal"] for goal in goals(whole) if not goal["met"]] == ["what one node more still costs"]
