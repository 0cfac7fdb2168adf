"""The study pages: their numbers are the library's, their figures come out whole and the same each time."""

import importlib.util
import math
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from ceas_formal.errors import BadInput
from ceas_formal.physics.attacks import rotation
from ceas_formal.physics.bell_pairs import BellPair, concurrence, fidelity
from ceas_formal.physics.lifetimes import implied_loss_rate, usable_lifetime
from ceas_formal.physics.memories import Memory, dephasing
from ceas_formal.physics.tags import clifford_soundness, honest_acceptance
from ceas_formal.report.figures import COLOURS, drawn, label, write_figures
from ceas_formal.report.tables import numbers_table

STUDIES = Path(__file__).parents[2] / "models" / "studies"
FIGURES = {"bell_pair_decay": {"decay", "threshold", "platforms", "cutoffs"}, "tag_detection": {"detection", "acceptance", "budget"}}


def module(name):
    specification = importlib.util.spec_from_file_location(name, STUDIES / f"{name}.py")
    page = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(page)
    return page


@pytest.fixture(scope="module")
def decay():
    return module("bell_pair_decay").text()


@pytest.fixture(scope="module")
def tags():
    return module("tag_detection").text()


def row(text, name, section):
    """The cells of the first row of this name in a numbered section."""
    part = re.split(r"^(\d)\. ", text, flags=re.M)
    body = dict(zip(part[1::2], part[2::2], strict=True))[str(section)]
    found = next(line for line in body.splitlines() if line.startswith(name + "  "))
    return found[len(name) :].split()


def test_every_study_is_tested():
    assert {path.stem for path in STUDIES.glob("*.py")} == set(FIGURES)


def test_decay_prints_the_fidelities_and_concurrences_of_the_library(decay):
    pair, ages = BellPair("phi+", Memory(1.0, 1.0), Memory(1.0, 1.0)), (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
    assert row(decay, "phi+, T1 = T2", 1)[:-1] == [f"{F:.4f}" for F in fidelity(pair, ages)]
    assert row(decay, "phi+, T1 = T2", 2) == [*(f"{C:.4f}" for C in concurrence(pair, ages)), f"{math.log(2):.4f}"]
    still = BellPair("psi+", dephasing(1.0), dephasing(1.0))
    assert row(decay, "psi+, no relaxation", 1) == [*(f"{F:.4f}" for F in fidelity(still, ages)), "0.5000"]
    first = 0.5 - math.exp(-0.25) / 2 + math.exp(-0.5)
    assert row(decay, "F0·(1-γ)^t", 1)[:-1] == [f"{first ** (4 * age):.4f}" for age in ages]


def test_decay_prints_the_rates_of_each_threshold_and_how_far_they_move(decay):
    pair = BellPair("phi+", Memory(1.0, 1.0), Memory(1.0, 1.0), 0.95)
    for least in (0.5, 0.8, 0.9):
        assert row(decay, f"{least:g}", 4) == [f"{float(usable_lifetime(pair, least)):.4f}", f"{float(implied_loss_rate(pair, least)):.3f}"]
    ratio = float(implied_loss_rate(pair, 0.9) / implied_loss_rate(pair, 0.5))
    assert f"a λ that is {ratio:.1f} times as high" in decay
    assert 17 < ratio < 17.5


def test_tags_print_the_probabilities_of_the_library(tags):
    lengths = (1, 2, 4, 8, 16, 40)
    assert row(tags, "0.3", 1) == [f"{1 - rotation(0.3, 4, t).accepted:.6f}" for t in lengths]
    assert row(tags, "0.3", 2) == [f"{rotation(0.3, 4, t).harmed:.1e}" for t in lengths]
    assert row(tags, "any attack", 2) == [f"{float(clifford_soundness(4, t)):.1e}" for t in lengths]
    assert row(tags, "0.01", 3) == [f"{float(honest_acceptance(4, t, Fraction(1, 100))):.4f}" for t in lengths]
    # 50 payloads, 49 verifiers, 20 qubits a copy, over four rounds.
    assert row(tags, "4 + 16", 5)[:4] == [str(50 * 49 * 20), str(50 * 49 * 5), f"{50 * 49 * 20 / 1000:.1f}", "×"]


def sketch(figure):
    axes = figure.subplots()
    axes.plot(np.linspace(0, 1, 5), color=COLOURS["blue"])
    label(axes, 1, 0.2, "$t$ = 1", COLOURS["blue"])


def test_the_same_drawing_gives_the_same_bytes_whatever_style_is_set():
    import matplotlib

    first = drawn(sketch, width=60, height=40)
    with matplotlib.rc_context({"font.size": 20, "svg.hashsalt": None}):
        again = drawn(sketch, width=60, height=40)
        assert matplotlib.rcParams["font.size"] == 20
    assert first == again
    assert first["svg"].startswith(b"<?xml")
    assert first["png"].startswith(b"\x89PNG")
    assert b"<dc:date>" not in first["svg"]


def test_colours_differ_for_readers_who_see_two_of_three():
    """Linear light, projected as by deuteranopes and protanopes (Viénot, Brettel and Mollon 1999)."""
    # Deuteranopes, then protanopes: what red and green both become, and what of their difference blue takes.
    matrices = [[[red, 1 - red, 0], [red, 1 - red, 0], [blue, -blue, 1]] for red, blue in ((0.29275, -0.02234), (0.11238, 0.00401))]
    lights = {name: np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]) ** 2.2 for name, colour in COLOURS.items()}
    # The curves that stand in one panel.
    for together in (("blue", "orange", "green", "purple"), ("orange", "green", "blue"), ("sky", "green", "blue", "purple")):
        for matrix in map(np.array, matrices):
            seen = [np.clip(matrix @ lights[name], 0, 1) ** (1 / 2.2) for name in together]
            apart = [np.abs(one - other).max() for k, one in enumerate(seen) for other in seen[:k]]
            assert min(apart) > 0.1, together


def test_figures_are_written_whole_into_a_new_folder_or_over_old_ones(tmp_path):
    content = {"one": {"svg": b"<svg/>", "png": b"\x89PNG"}}
    written = write_figures(tmp_path / "deep" / "new", content)
    assert {path.name: path.read_bytes() for path in written} == {"one.svg": b"<svg/>", "one.png": b"\x89PNG"}
    write_figures(tmp_path / "deep" / "new", {"one": {"svg": b"<svg></svg>"}})
    assert (tmp_path / "deep" / "new" / "one.svg").read_bytes() == b"<svg></svg>"
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="a folder, or a place for a new one"):
        write_figures(tmp_path / "file", content)


def test_a_table_of_numbers_keeps_its_units_and_lines_up():
    lines = numbers_table(("t [s]", "F"), [("1", ".5"), ("10", "1")]).splitlines()
    assert lines[0].split() == ["t", "[s]", "F"]
    assert len({len(line) for line in lines[2:]}) == 1


@pytest.mark.medium
@pytest.mark.parametrize("name", FIGURES)
def test_a_page_runs_from_the_command_line_and_gives_the_same_bytes_twice(name, tmp_path, request):
    runs = []
    for place in ("first", "second"):
        (tmp_path / place).mkdir()
        done = subprocess.run(
            [sys.executable, str(STUDIES / f"{name}.py")], cwd=tmp_path / place, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        files = {path.name: path.read_bytes() for path in (tmp_path / place / name).iterdir()}
        assert set(files) == {f"{figure}.{kind}" for figure in FIGURES[name] for kind in ("svg", "png")}
        assert all(len(content) > 5000 for content in files.values())
        assert request.getfixturevalue({"bell_pair_decay": "decay", "tag_detection": "tags"}[name]) in done.stdout
        runs.append((done.stdout, files))
    assert runs[0] == runs[1]


@pytest.mark.medium
def test_a_place_that_cannot_be_written_ends_in_one_line(tmp_path):
    (tmp_path / "taken").write_text("")
    command = [sys.executable, str(STUDIES / "bell_pair_decay.py"), "--output", str(tmp_path / "taken")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1
    assert (tmp_path / "taken").read_text() == ""
