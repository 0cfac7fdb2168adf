"""Runs as lines of JSON, keyed by all that affects them: a run that is there is not made again, so what was killed goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ceas_formal.errors import BadInput
from ceas_formal.simulate.experiment.models import backend
from ceas_formal.simulate.experiment.readings import RULES, Cell, adversary
from ceas_formal.simulate.experiment.training import History, train
from ceas_formal.simulate.scenario import Scenario

CURVES = ("active_honest", "active_byzantine", "ever_honest", "ever_byzantine", "generated", "requested", "used", "expired")
"""Whole numbers in every round; the accuracy is kept to 8 digits beside them."""


@cache
def source_digest() -> str:
    """Return a hash of the code that runs depend on: all of ``learning``, the graphs, the scenario tables, and this package."""
    package = Path(__file__).resolve().parents[2]
    simulate = package / "simulate"
    files = [*(package / "learning").rglob("*.py"), *(simulate / "experiment").rglob("*.py"), *simulate.glob("*_tables.py")]
    files.append(package / "derive" / "gossip" / "mixing.py")
    return sha256(b"\0".join(file.read_bytes() for file in sorted(files))).hexdigest()


def key(scenario: Scenario, cell: Cell, seed: int, rounds: int, compiled: bool) -> str:
    """Return the hash of everything that affects one run: code, libraries, scenario, cell, seed, length."""
    tables = msgspec.to_builtins(cell.experiment(scenario).__dict__, enc_hook=str)
    parts = [source_digest(), np.__version__, tables, asdict(cell), seed, rounds, compiled]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Results:
    """The runs of a file, or of this process where there is none.

    Parameters
    ----------
    path : Path, optional
        Lines of JSON, appended to. A last line that is cut short is taken away first.

    Raises
    ------
    BadInput
        If the file cannot be read and written, or a line is not a result.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path, self.rows = path, dict[str, dict[str, Any]]()
        if path is None:
            return
        self.rows = read_rows(path)

    def runs(
        self, scenario: Scenario, cell: Cell, seeds: Sequence[int], *, rounds: int | None = None, compiled: bool | None = None
    ) -> Iterator[int]:
        """Make the missing runs of a cell; yield how many seeds are done, again and again.

        Parameters
        ----------
        scenario, cell, seeds
            What to run.
        rounds : int, optional
            Instead of ``training.rounds``.
        compiled : bool, optional
            As in :func:`~ceas_formal.simulate.experiment.training.train`.
        """
        setting, fast = cell.experiment(scenario), backend(compiled)[1]
        rounds = rounds or setting.training.rounds
        keys = {seed: key(scenario, cell, seed, rounds, fast) for seed in seeds}
        missing = [seed for seed in seeds if keys[seed] not in self.rows]
        yield len(seeds) - len(missing)
        for start in range(0, len(missing), 16):
            batch = missing[start : start + 16]
            enemy = adversary(cell.attack, setting)
            history = train(
                setting,
                batch,
                RULES[cell.rule](),
                enemy,
                rounds=rounds,
                assumption=cell.assumption,
                scheduled=cell.scheduled,
                compiled=fast,
            )
            rows = [{"key": keys[seed], **asdict(cell), "seed": seed, **_curves(history, k)} for k, seed in enumerate(batch)]
            self._add(rows)
            yield len(seeds) - len(missing) + start + len(batch)

    def found(
        self, scenario: Scenario, cell: Cell, seeds: Sequence[int], *, rounds: int | None = None, compiled: bool | None = None
    ) -> dict[str, Any]:
        """Return the curves (S, T) of a cell by name, making the missing runs."""
        for _ in self.runs(scenario, cell, seeds, rounds=rounds, compiled=compiled):
            pass
        fast, length = backend(compiled)[1], rounds or cell.experiment(scenario).training.rounds
        rows = [self.rows[key(scenario, cell, seed, length, fast)] for seed in seeds]
        return {name: np.array([row[name] for row in rows], dtype=float) for name in ("accuracy", *CURVES)}

    def _add(self, rows: list[dict[str, Any]]) -> None:
        self.rows |= {row["key"]: row for row in rows}
        if self.path is not None:
            append_rows(self.path, rows)


BEGINS = b'{"key":"'
"""How every line begins, so that a line that is cut short is known from the end of somebody else's file."""


def read_rows(path: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of a file by key, and take away a last line that is cut short; a file that is not there yet is made.

    Raises
    ------
    BadInput
        If the file cannot be read and written, or a line is not a result: then nothing of it is changed.
    """
    if path.exists() and not path.is_file():
        raise BadInput(str(path), "a regular file, or a new one")
    try:
        with path.open("a+b") as file:
            file.seek(0)
            content = file.read()
    except OSError as error:
        raise BadInput(str(path), f"a file that can be read and written ({error.strerror})") from None
    whole, rows = content.rfind(b"\n") + 1, dict[str, dict[str, Any]]()
    expected = "a result as a line of JSON, written by `ceas reproduce --results`"
    for number, line in enumerate(content[:whole].splitlines(), 1):
        try:
            row = json.loads(line)
            rows[row["key"]] = row
        except (ValueError, TypeError, KeyError):
            raise BadInput(str(path), expected, f"line {number}") from None
    tail = content[whole:]
    if tail[: len(BEGINS)] != BEGINS[: len(tail)]:
        raise BadInput(str(path), expected, "the last line")
    if tail:
        os.truncate(path, whole)
    return rows


def append_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Append rows to a file, one line each, the key first.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BadInput(str(path), f"a file that can be written ({error.strerror})") from None


def _curves(history: History, run: int) -> dict[str, Any]:
    whole = {name: [int(value) for value in getattr(history, name)[run]] for name in CURVES}
    return {"accuracy": [round(float(value), 8) for value in history.accuracy[run]], **whole}
