"""`ceas simulate`: scenario in, summary and trace out."""

import json
from pathlib import Path

import pytest

from ceas_formal.cli import main
from ceas_formal.simulate.scenario import packaged

TEN = packaged("ten_nodes").read_text(encoding="utf-8")


def scenario(folder, **changes):
    """Write the small scenario with other values and return its path."""
    text = TEN
    for field, value in changes.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{field} = "))
        text = text.replace(line, f"{field} = {value}")
    path = folder / "changed.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def summary_of(capsys, *arguments):
    status = main(["simulate", *arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_packaged_scenario_decides_and_nothing_is_violated(capsys):
    assert main(["simulate", str(packaged("ten_nodes"))]) == 0
    shown = capsys.readouterr().out
    assert "every honest node decided" in shown
    assert "no two honest nodes decided differently" in shown
    assert "all allowed" in shown


def test_summary_counts_what_the_page_shows(capsys, tmp_path):
    status, found = summary_of(capsys, scenario(tmp_path, checkpoints=2))
    assert status == 0
    assert [entry["epoch"] for entry in found["decisions"]] == [0, 1]
    assert all(entry["nodes"] == 7 and entry["values"] == 1 for entry in found["decisions"])
    assert found["rounds"] == 8
    assert found["monitor"]["steps"] > found["messages"] > 0
    assert found["monitor"]["outside_the_assumptions"] == {}


def test_same_scenario_and_seed_give_the_same_trace(capsys, tmp_path):
    path = scenario(tmp_path, checkpoints=1, nodes=4, byzantine_nodes=1, faults=1)
    texts = []
    for name in ("one", "two", "other"):
        seed = "1" if name == "other" else "0"
        assert main(["simulate", path, "--seed", seed, "--trace", str(tmp_path / name)]) == 0
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    assert texts[0] == texts[1] != texts[2]


def test_trace_tells_every_decision_and_names_values_before_it_uses_them(capsys, tmp_path):
    path = scenario(tmp_path, checkpoints=1, nodes=4, byzantine_nodes=1, faults=1)
    assert main(["simulate", path, "--trace", str(tmp_path / "trace")]) == 0
    lines = [json.loads(line) for line in (tmp_path / "trace").read_text(encoding="utf-8").splitlines()]
    assert lines[0]["event"] == "run"
    assert lines[-1] == {"event": "end", "time": lines[-1]["time"], "complete": True, "events": lines[-1]["events"]}
    known = set()
    for line in lines:
        used = {line["value"]} if line["event"] != "name" and "value" in line else set(line.get("facts", []))
        assert used <= known
        if line["event"] == "name":
            known.add(line.get("value") or line.get("fact"))
    decided = {line["node"]: line["value"] for line in lines if line["event"] == "decide"}
    assert sorted(decided) == [0, 1, 2]
    assert len(set(decided.values())) == 1


def test_what_is_delivered_from_an_honest_node_was_sent(tmp_path):
    path = scenario(tmp_path, checkpoints=1, nodes=4, byzantine_nodes=1, faults=1)
    assert main(["simulate", path, "--trace", str(tmp_path / "trace")]) == 0
    lines = [json.loads(line) for line in (tmp_path / "trace").read_text(encoding="utf-8").splitlines()]
    sent = set()
    for line in lines:
        content = {key: value for key, value in line.items() if key not in ("time", "event", "node", "to", "from")}
        key = json.dumps(content, sort_keys=True)
        if line["event"] == "send":
            sent.add((line["node"], key))
        elif line["event"] == "deliver" and line["from"] < 3:
            assert (line["from"], key) in sent


def test_more_byzantine_nodes_than_promised_are_said_to_be_outside_the_assumptions(capsys, tmp_path):
    _, found = summary_of(capsys, scenario(tmp_path, byzantine_nodes=4, checkpoints=1, adversary='"obedience"'))
    assert found["monitor"]["outside_the_assumptions"]["0"] == ["faults"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"adversary": '"colusion"'}, "perhaps 'collusion'"),
        ({"quorum_rule": '"2f+1"', "nodes": 12}, "q = 8"),
        ({"loss": 1.0}, "loss"),
        ({"slowest": 50}, "at least delay = 100"),
        ({"clip": 0}, "above 0"),
        ({"channel_noise": 2}, "from 0 to 1"),
        ({"delay": 0}, "delay"),
        ({"byzantine_nodes": 10}, "network.byzantine_nodes"),
        ({"nodes": 2000}, "at most 1000"),
        ({"tag_qubits": 10**9}, "tag_qubits"),
        ({"checkpoints": 10**12}, "checkpoints"),
    ],
)
def test_bad_scenarios_are_refused_in_one_line(capsys, tmp_path, changes, expected):
    assert main(["simulate", scenario(tmp_path, **changes)]) == 3
    problem = capsys.readouterr().err
    assert expected in problem
    assert len(problem.splitlines()) == 1
    assert "changed.toml" in problem


def test_scenario_without_the_table_is_refused(capsys):
    assert main(["simulate", str(packaged("section_iv"))]) == 3
    assert "[simulation]" in capsys.readouterr().err


def test_trace_that_cannot_be_written_is_refused(capsys, tmp_path):
    path = scenario(tmp_path, checkpoints=1, nodes=4, byzantine_nodes=1, faults=1)
    assert main(["simulate", path, "--trace", str(tmp_path / "no" / "where")]) == 3
    assert not (tmp_path / "no").exists()
    assert Path(path).exists()


def test_trace_never_replaces_the_scenario(capsys, tmp_path):
    path = scenario(tmp_path, checkpoints=1, nodes=4, byzantine_nodes=1, faults=1)
    before = Path(path).read_text(encoding="utf-8")
    assert main(["simulate", path, "--trace", path]) == 3
    assert Path(path).read_text(encoding="utf-8") == before


@pytest.mark.parametrize(("nodes", "faults"), [(3, 1), (4, 2), (4, 4)])
def test_run_outside_the_assumptions_ends_and_says_so(capsys, tmp_path, nodes, faults):
    rule = '"max(ceil((N+f+1)/2), 2f+a+1)"'
    path = scenario(tmp_path, checkpoints=1, nodes=nodes, byzantine_nodes=1, faults=faults, quorum_rule=rule, adversary='"silence"')
    assert main(["simulate", path]) == 1
    shown = capsys.readouterr().out
    assert "admissible" in shown
    assert "not every honest node decided: stopped at tick" in shown


def test_run_in_which_nothing_is_used_says_so(capsys, tmp_path):
    assert main(["simulate", scenario(tmp_path, checkpoints=1, channel_noise=1, adversary='"silence"')]) == 0
    assert "no payload was used in epoch 0" in capsys.readouterr().out


def test_title_cannot_write_to_the_terminal(capsys, tmp_path):
    path = scenario(tmp_path, checkpoints=1, nodes=4, byzantine_nodes=1, faults=1, title='"\\u001b[31mRED"')
    assert main(["simulate", path]) == 0
    assert chr(27) not in capsys.readouterr().out
