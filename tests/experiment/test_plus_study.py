"""The study of CEAS+: rows that can be resumed, paired differences, the columns, the drift, and a small table end to end."""

import dataclasses
import json
import re

import numpy as np
import pytest

from ceas_formal.cli import main
from ceas_formal.errors import BadInput
from ceas_formal.simulate.experiment.accuracy import Accuracy
from ceas_formal.simulate.experiment.plus.arena import Arena, replace_struct
from ceas_formal.simulate.experiment.plus.columns import COLUMNS
from ceas_formal.simulate.experiment.plus.graph import on_graph
from ceas_formal.simulate.experiment.plus.rows import made
from ceas_formal.simulate.experiment.plus.study import DRIFT_COLUMNS, ORACLE, OURS, RULES, runs, section_iv
from ceas_formal.simulate.experiment.plus.table import paired, share_interval, summary
from ceas_formal.simulate.experiment.plus.transfer import Sampled, data_jobs, other_data
from ceas_formal.simulate.experiment.plus.worlds import DRIFT_TO
from ceas_formal.simulate.experiment.results import Results
from ceas_formal.simulate.scenario import packaged

SEEDS = (1000, 1001)


def rows(path=None, rules=("mean", OURS), columns=("reversal",), rounds=60):
    return list(runs(rules, columns, SEEDS, drift=False, rounds=rounds, path=path))


def test_a_study_cut_short_goes_on_where_it_stopped_and_gives_the_same_rows(tmp_path):
    path = tmp_path / "plus.ndjson"
    first = rows(path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:3]) + lines[3][:20])
    assert rows(path) == first == rows()
    assert path.read_text() == "".join(lines)


def test_rows_that_are_there_are_not_made_again(tmp_path, monkeypatch):
    path = tmp_path / "plus.ndjson"
    first = rows(path)
    monkeypatch.setattr("ceas_formal.simulate.experiment.plus.study.Arena", None)
    assert rows(path) == first


def test_crude_attacks_are_isolated_and_the_mean_falls():
    entry = summary(rows(columns=("reversal",), rounds=160))[0]
    assert entry["final"]["mean"] < 0.7 < 0.84 < entry["final"][OURS]
    assert entry["isolated_byzantine"] == 1
    assert entry["isolated_honest"] == 0


@pytest.mark.medium
def test_every_rule_meets_every_column():
    found = list(runs(list(RULES), list(COLUMNS), (1000,), drift=False, rounds=10, path=None))
    assert {(row["rule"], row["column"]) for row in found} == {(rule, column) for rule in RULES for column in COLUMNS}
    assert all(0 <= row["lowest"] <= row["final"] + 1e-9 <= 1 for row in found)
    json.dumps(found)


def test_a_run_too_short_to_be_measured_is_refused():
    with pytest.raises(ValueError, match="rounds"):
        rows(rounds=9)


def test_columns_say_what_was_held_out():
    assert {column.status for column in COLUMNS.values()} == {"tuned", "seen", "new"}
    assert set(DRIFT_COLUMNS) <= set(COLUMNS)
    assert {OURS, ORACLE} <= set(RULES)


def test_one_difference_has_no_interval_and_equal_ones_have_none_to_show():
    assert paired([0.1]) == (pytest.approx(0.1), float("inf"))
    assert paired([0.2, 0.2, 0.2]) == (pytest.approx(0.2), pytest.approx(0.0))


@pytest.mark.parametrize("hits", [0, 3, 10])
def test_the_interval_of_a_share_holds_the_share(hits):
    low, high = share_interval(hits, 10)
    assert 0 <= low <= hits / 10 <= high <= 1


def test_accuracy_agrees_with_the_quadrature_of_the_experiment_where_training_ends():
    arena = Arena(section_iv(), SEEDS)
    data = arena.experiment.data
    other = Accuracy(data.test, data.separation_measure, arena.model.basis)
    points = arena.model.encode(other.points)
    for rule, column in ((ORACLE, "none"), (OURS, "barrier"), ("median", "alie_1.5")):
        model = arena.run(RULES[rule](), COLUMNS[column], (0, 20), 100).model
        assert np.allclose(arena.world.accuracy(arena, model, 0), other(arena.model.scores(model, points)), atol=5e-4)


def test_a_model_that_stays_as_it_was_fails_after_the_drift():
    arena = Arena(section_iv(), SEEDS, drift=True)
    model = arena.run(RULES[ORACLE](), COLUMNS["none"], (0, 0), 100).model
    before, after = (arena.world.accuracy(arena, model, t) for t in (100, DRIFT_TO))
    assert (before > 0.83).all()
    assert (after < 0.74).all()


def test_another_data_set_is_learnt_and_an_unknown_one_refused():
    found = other_data(made(data_jobs(["moons"], ("reversal",), SEEDS, 80)))["moons"][0]["final"]
    assert set(found) == set(RULES)
    assert found[OURS] > found["mean"]
    with pytest.raises(ValueError, match="data set"):
        Sampled(section_iv(), SEEDS, "iris")


def test_on_a_graph_without_outvoted_nodes_ours_keeps_honest_nodes_together_under_dissensus():
    ours, plain = (on_graph(rule, "dissensus", 1000, rounds=50, degree=30) for rule in ("ceas_plus", "gossip"))
    assert ours["outvoted"] == 0
    assert ours["spread"] < plain["spread"] / 10


def test_on_a_graph_outvoted_nodes_can_be_lost():
    found = [on_graph("ceas_plus", "dissensus", seed, rounds=50, degree=16) for seed in (1000, 1001, 1002)]
    assert all(run["outvoted"] > 0 for run in found)
    assert min(run["lowest"] for run in found) < 0.6


def test_an_unknown_rule_on_a_graph_is_refused():
    with pytest.raises(ValueError, match="rule"):
        on_graph("krum", "none", 1000, rounds=4)


@pytest.mark.parametrize("content", [b"notes of somebody, no newline at the end", b"a,b\n1,2\n", b"\xff\xfe", b'{"key":1', b"{}\n"])
def test_a_file_of_somebody_else_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    for make in (lambda: rows(path), lambda: Results(path)):
        with pytest.raises(BadInput, match="a result as a line of JSON"):
            make()
        assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--part", "plus", "--part", "rows"], "plus alone"),
        (["--part", "plus", "--rounds", "1"], "at least"),
        (["--part", "plus", "--numpy"], "no such option beside --part plus"),
        (["--part", "plus", "--trust", "synchronous_signed"], "no such option beside --part plus"),
        (["--part", "plus", "--results", "."], "a regular file"),
    ],
)
def test_what_the_table_of_ceas_plus_cannot_do_is_said(capsys, arguments, said):
    assert main(["reproduce", *arguments]) == 3
    assert said in capsys.readouterr().err


def test_without_byzantine_nodes_there_is_nothing_to_reproduce(tmp_path, capsys):
    text = packaged("section_iv").read_text(encoding="utf-8")
    path = tmp_path / "peace.toml"
    path.write_text(re.sub(r"^byzantine_nodes = \d+", "byzantine_nodes = 0", text, flags=re.M), encoding="utf-8")
    assert main(["reproduce", "--scenario", str(path), "--seeds", "1"]) == 3
    assert "network.byzantine_nodes: expected at least 1" in capsys.readouterr().err


def test_the_page_needs_scikit_learn_and_says_so_at_once(capsys, monkeypatch):
    monkeypatch.setattr("ceas_formal.cli.reproduce.find_spec", lambda name: None)
    assert main(["reproduce", "--part", "plus"]) == 3
    assert "ceas-formal[data]" in capsys.readouterr().err


def test_an_arena_refuses_noise_that_it_does_not_simulate():
    setting = section_iv()
    local = dataclasses.replace(setting, noise=replace_struct(setting.noise, channel="dephasing"))
    with pytest.raises(ValueError, match=r"noise\.channel must be 'global_depolarising' in the study of CEAS\+; got 'dephasing'"):
        Arena(local, (1000,))
