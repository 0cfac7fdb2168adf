"""README, proofs and citation say what is true."""

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ceas_formal
from ceas_formal.cli import VERBS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROOFS = sorted((ROOT / "proofs").glob("*.py"))
MODULES = sorted(
    "ceas_formal." + ".".join(path.relative_to(Path(ceas_formal.__file__).parent).with_suffix("").parts)
    for path in Path(ceas_formal.__file__).parent.glob("*/**/*.py")
    if path.name != "__init__.py"
)


def test_readme_gives_one_command_for_the_audit_and_one_for_the_tests():
    assert len(re.findall(r"^pip install .* && ceas audit$", README, re.M)) == 1
    assert len(re.findall(r"^pip install .* && pytest$", README, re.M)) == 1


def test_readme_names_every_verb_and_no_other(capsys):
    with pytest.raises(SystemExit):
        importlib.import_module("ceas_formal.cli").main(["--help"])
    verbs = set(re.findall(r"^    ([a-z]+)  ", capsys.readouterr().out, re.M))
    assert len(verbs) == len(VERBS)
    assert set(re.findall(r"^\| `ceas ([a-z]+)", README, re.M)) == verbs


def test_readme_examples_run():
    failures, count = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert count >= 4
    assert failures == 0


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0


@pytest.mark.parametrize("page", PROOFS, ids=lambda page: page.stem)
def test_proof_pages_run_and_are_listed(page):
    done = subprocess.run([sys.executable, str(page)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 5
    assert "not as expected" not in done.stdout
    assert f"`{page.name}`" in (ROOT / "proofs" / "README.md").read_text(encoding="utf-8")


def test_versions_agree():
    assert f"version: {ceas_formal.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f'version = "{ceas_formal.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"## {ceas_formal.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
