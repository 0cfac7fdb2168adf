"""`ceas reproduce`: results that go on after a kill, the document, the page, the figure, and bad input."""

import doctest
import json
from dataclasses import replace
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from ceas_formal.cli import main
from ceas_formal.errors import BadInput
from ceas_formal.report.experiment import reproduction_page
from ceas_formal.report.experiment_figure import figure_four
from ceas_formal.simulate.experiment import ablation, measures, options, results, section_iv
from ceas_formal.simulate.experiment.cadence import drift, simulated
from ceas_formal.simulate.experiment.measures import measure
from ceas_formal.simulate.experiment.readings import CALIBRATION_SEEDS, Cell, changed
from ceas_formal.simulate.experiment.reproduction import Plan
from ceas_formal.simulate.experiment.results import Results, key
from ceas_formal.simulate.experiment.separation import roc_area, separation
from ceas_formal.simulate.experiment.setting import TABLES
from ceas_formal.simulate.scenario import load, packaged

SCENARIO = changed(load(packaged("section_iv")), {"attack": {"first_round": 6}})
SHORT = ["--scenario", "SCENARIO", "--rounds", "60", "--seeds", "2", "--numpy"]


@pytest.fixture(scope="module")
def scenario_file(tmp_path_factory):
    text = packaged("section_iv").read_text(encoding="utf-8").replace("first_round = 30", "first_round = 6")
    path = tmp_path_factory.mktemp("scenario") / "short.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_examples_in_docstrings_run():
    assert sum(doctest.testmod(module).failed for module in (results, section_iv, measures, ablation)) == 0


def test_a_killed_run_goes_on_and_ends_the_same(tmp_path):
    whole, cut = tmp_path / "whole.ndjson", tmp_path / "cut.ndjson"
    first = Results(whole).found(SCENARIO, Cell(), range(4), rounds=8, compiled=False)
    content = whole.read_bytes()
    lines = content.splitlines(keepends=True)
    cut.write_bytes(b"".join(lines[:2]) + lines[2][:37])  # killed while it wrote the third
    made = list(Results(cut).runs(SCENARIO, Cell(), range(4), rounds=8, compiled=False))
    assert made == [2, 4]
    assert cut.read_bytes() == content
    again = Results(cut).found(SCENARIO, Cell(), range(4), rounds=8, compiled=False)
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_results_that_are_there_are_not_made_again(tmp_path, monkeypatch):
    path = tmp_path / "runs.ndjson"
    Results(path).found(SCENARIO, Cell(), range(2), rounds=8, compiled=False)
    monkeypatch.setattr(results, "train", None)
    Results(path).found(SCENARIO, Cell(), range(2), rounds=8, compiled=False)
    with pytest.raises(TypeError):
        Results(path).found(SCENARIO, Cell(), range(3), rounds=8, compiled=False)


@pytest.mark.parametrize(
    "other",
    [
        (SCENARIO, Cell(), 1, 8, False), (SCENARIO, Cell(), 0, 9, False), (SCENARIO, Cell(), 0, 8, True),
        (SCENARIO, Cell(rule="mean"), 0, 8, False),
        (SCENARIO, Cell(attack="none"), 0, 8, False), (SCENARIO, Cell(scheduled=False), 0, 8, False),
        (changed(SCENARIO, {"training": {"shots": 0}}), Cell(), 0, 8, False),
    ],
)  # fmt: skip
def test_all_that_affects_a_run_is_in_its_key(other):
    assert key(SCENARIO, Cell(), 0, 8, False) != key(*other)
    assert key(*other) == key(*other)


def test_the_key_changes_with_the_code(monkeypatch):
    before = key(SCENARIO, Cell(), 0, 8, False)
    monkeypatch.setattr(results, "source_digest", lambda: "another")
    assert key(SCENARIO, Cell(), 0, 8, False) != before


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("some notes\n", encoding="utf-8")
    with pytest.raises(BadInput, match="line 1"):
        Results(path)
    with pytest.raises(BadInput, match="a regular file"):
        Results(tmp_path)


def test_a_plan_needs_rounds_and_seeds_that_fit():
    with pytest.raises(BadInput, match="at least 56"):
        Plan(scenario=SCENARIO, seeds=range(1), rounds=40)
    with pytest.raises(BadInput, match="calibration"):
        Plan(scenario=SCENARIO, seeds=range(CALIBRATION_SEEDS.start, CALIBRATION_SEEDS.start + 2), rounds=60)


def test_the_command_prints_every_row_and_draws_the_figure(scenario_file, tmp_path, capsys):
    options = [scenario_file if word == "SCENARIO" else word for word in SHORT]
    runs, figure = tmp_path / "runs.ndjson", tmp_path / "figure.png"
    arguments = ["reproduce", *options, "--part", "rows", "--results", str(runs)]
    status = main([*arguments, "--json", "--figure", str(figure)])
    found = json.loads(capsys.readouterr().out)
    assert {row["id"] for row in found["rows"]} == {f"EXP-{number}" for number in range(1, 9)}
    assert all({"id", "paper", "ours", "interval", "verdict"} <= set(row) for row in found["rows"])
    assert all(row["interval"][0] <= row["interval"][1] for row in found["rows"])
    assert figure.read_bytes()[:4] == b"\x89PNG"
    assert status in (0, 1)
    assert main(arguments) == status
    page = capsys.readouterr().out
    assert "20 of 50 nodes lie outside the paper's own guarantee" in page
    assert "trust: checkpoints decide because they are assumed to" in page


def test_the_other_parts_hold_what_their_names_say():
    plan = Plan(
        scenario=SCENARIO,
        seeds=range(2),
        rounds=56,
        parts=("attacks", "separation"),
        rules=("mean",),
        attacks=("reversal",),
        compiled=False,
    )
    document = plan.document(Results())
    assert [(row["attack"], row["rule"], row["reading"]) for row in document["attacks"]] == [
        ("reversal", "mean", "workable"), ("reversal", "ceas", "quadratic"),
    ]  # fmt: skip
    assert {"attack", "rule", "final", "worst", "isolated", "false_quarantine"} <= set(document["attacks"][0])
    assert 0 <= document["separation"][0]["area"] <= 1
    assert "ROC area" in reproduction_page(document)


@pytest.mark.medium
def test_ablation_and_cadence_are_tables_too():
    plan = Plan(scenario=SCENARIO, seeds=range(2), rounds=56, parts=("ablation", "cadence"), compiled=False)
    document = plan.document(Results())
    assert [len(entry["cells"]) for entry in document["ablation"]] == [8, 8, 8]
    assert [entry["cadence"] for entry in document["cadence"]] == [1, 2, 4, 8, 16]
    assert "main effect" in reproduction_page(document)


def test_every_option_changes_the_scenario_and_can_be_run():
    for table, name, value in options.OPTIONS:
        assert getattr(getattr(SCENARIO, table), name) != value or (table, name) == ("fidelity", "refresh")
        Cell(changes=((table, name, value),)).experiment(SCENARIO)
    assert len(set(options.OPTIONS)) == len(options.OPTIONS)


def test_every_named_value_of_every_option_is_the_default_or_in_the_table():
    without_effect = {("attack", "target"), ("consensus", "quorum_rule"), ("fidelity", "refresh")}  # the last is the workable reading
    for table in (*TABLES, "consensus"):
        values = getattr(SCENARIO, table)
        for name, hint in get_type_hints(type(values)).items():
            for value in get_args(hint) if get_origin(hint) is Literal else ():
                listed = (table, name, value) in options.OPTIONS
                assert listed or value == getattr(values, name) or (table, name) in without_effect, (table, name, value)


def test_an_option_gets_a_line_of_the_table():
    cells = options.cells(("attack", "first_round", 0))
    curves = [Results().found(SCENARIO, cell, range(2), rounds=12, compiled=False) for cell in cells]
    line = options.row(SCENARIO, ("attack", "first_round", 0), *curves)
    assert line["start"] is None
    assert line["lowest"] <= line["final"]
    head = {"title": "", "seeds": [0, 1], "rounds": 12, "intervals": "", "trust": "checkpoint_assumed", "bayes_accuracy": 0.85}
    page = reproduction_page({**head, "options": [line]})
    assert "attack.first_round" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rounds", "20"], "at least 80"), (["--seeds", "0"], "at least 1"), (["--part", "poetry"], "a known name"),
        (["--rule", "median of all"], "a known name"), (["--attack", "earthquake"], "a known name"),
        (["--figure", "figure.pdf"], ".png or .svg"),
        (["--trust", "blind"], "a known name"), (["--results", "/"], "a regular file"),
        (["--scenario", "/nowhere.toml"], "can be read"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_line_and_status_3(arguments, message, capsys):
    assert main(["reproduce", *arguments]) == 3
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_figure_has_the_same_bytes_for_the_same_curves():
    curves = {
        name: np.random.default_rng(0).uniform(0.5, 0.8, (3, 80)) for name in ("CEAS", "random selection", "CEAS with decay as written")
    }
    assert figure_four(curves, 20, 0.849, "checkpoint_assumed") == figure_four(curves, 20, 0.849, "checkpoint_assumed")


def test_intervals_hold_the_value_and_shrink_with_seeds():
    chance = np.random.default_rng(0)
    few, many = (measure(np.mean, chance.standard_normal(count)) for count in (8, 400))
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low


def test_intervals_of_means_hold_the_truth_about_as_often_as_they_say():
    chance = np.random.default_rng(1)
    found = [measure(np.mean, chance.standard_normal(16)) for _ in range(100)]
    assert 82 <= sum(one.low <= 0 <= one.high for one in found) <= 99


def test_main_effects_are_recovered_where_they_add_up():
    chance = np.random.default_rng(2)
    noise = chance.normal(0, 0.01, (16, 60))
    curves = {level: noise + 0.1 * level[0] + 0.2 * level[1] - 0.05 * level[2] for level in ablation.cells("workable")}
    effects = ablation.main_effects(curves)
    np.testing.assert_allclose([effects[factor].value for factor in ablation.FACTORS], [0.1, 0.2, -0.05], atol=1e-12)


def test_a_divergence_of_noise_does_not_separate():
    chance = np.random.default_rng(3)
    assert abs(roc_area(chance.random(4000), chance.random(4000)) - 0.5) < 0.03


def test_byzantine_nodes_that_attack_nothing_look_better_than_honest_ones():
    found = separation(SCENARIO, "none", range(2), rounds=20, compiled=False)
    assert found["area"] < 0.2
    assert found["byzantine"] < found["honest"]


def test_no_bounded_attack_drifts_further_than_a_constant_one():
    from fractions import Fraction
    from itertools import product

    share = Fraction(2, 5)
    for contraction in (Fraction(0), Fraction(1, 3), Fraction(1)):
        largest = drift(share, 1, contraction, 4)
        reached = [abs(simulated(share, list(offsets), contraction)) for offsets in product((-1, 0, 1), repeat=4)]
        assert max(reached) == largest
        assert largest <= 4 * share
    # Beyond the minimum, with ρ < 0, an alternating attack does more: the assumption is needed.
    beyond = [abs(simulated(share, offsets, Fraction(-1, 2))) for offsets in ([1, 1], [-1, 1])]
    assert beyond[0] < beyond[1]


def test_every_round_is_counted_once_in_the_guarantee():
    curves = {"active_byzantine": np.array([[20.0] * 3 + [4.0] * 5]), "active_honest": np.array([[30.0] * 8])}
    stretches = section_iv.guarantee_by_round(SCENARIO, curves)
    assert [entry["rounds"] for entry in stretches] == [[0, 2], [3, 7]]
    assert [entry["hindsight"] for entry in stretches] == [0, 1]
    assert [entry["declared"] for entry in stretches] == [0, 0]


def test_a_checkpoint_is_judged_by_the_set_that_decides_it():
    curves = {"active_byzantine": np.array([[20.0] * 3 + [4.0] * 5]), "active_honest": np.array([[30.0] * 8])}
    found = {name: section_iv.blocked_checkpoints(SCENARIO, name, curves) for name in ("checkpoint_enforced", "synchronous_signed")}
    assert found["checkpoint_enforced"] == {"outside": 1, "of": 2, "rounds": [3, 3]}
    assert found["synchronous_signed"] == {"outside": 0, "of": 2, "rounds": None}


def test_plans_run_each_cell_once():
    plan = Plan(scenario=SCENARIO, seeds=range(2), rounds=60)
    assert len(plan.cells()) == len(set(plan.cells()))
    assert replace(plan, parts=("rows",)).cells()[0] == Cell()
