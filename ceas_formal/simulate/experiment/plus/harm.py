"""How harmful one Byzantine node is: the accuracy gained when one of them is removed, seed by seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ceas_formal.simulate.experiment.plus.arena import Arena
from ceas_formal.simulate.experiment.plus.rows import Job
from ceas_formal.simulate.experiment.plus.study import OURS, RULES, jobs, section_iv
from ceas_formal.simulate.experiment.plus.table import paired
from ceas_formal.simulate.experiment.setting import Experiment

BLOCK = "harm"
HARMED = ("mean", OURS)
"""Harm to the plain mean says whom one would want out; harm to CEAS+, who still does harm."""


def one_less(setting: Experiment, seeds: Sequence[int]) -> Arena:
    """Return the arena without the last Byzantine node; the data and the shot noise of all others stay what they are with it."""
    return Arena(setting, seeds, byzantine=setting.byzantine - 1)


def harm_jobs(columns: Sequence[str], seeds: Sequence[int], rounds: int) -> Iterator[Job]:
    """Yield the runs with one Byzantine node less; those with all of them are in the table."""
    rules = {name: RULES[name] for name in HARMED}
    yield from jobs({"block": BLOCK, "drift": False}, rules, columns, seeds, rounds, arena=lambda batch: one_less(section_iv(), batch))


def harm(rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, tuple[float, float]]]:
    """Return by column and rule the accuracy gained when one Byzantine node is removed, with half its 95% interval over seeds [share].

    Parameters
    ----------
    rows : iterable of dict
        Of the table without drift, and of :func:`harm_jobs`; a seed counts if it is in both.

    Examples
    --------
    >>> run = {"column": "mix", "rule": "mean", "seed": 0}
    >>> found = harm([run | {"block": "table", "drift": False, "final": 0.75}, run | {"block": "harm", "final": 0.875}])
    >>> found["mix"]["mean"]
    (0.125, inf)
    """
    with_all: dict[tuple[str, str, int], float] = {}
    with_less: dict[tuple[str, str, int], float] = {}
    for row in rows:
        which = with_less if row["block"] == BLOCK else with_all if row["block"] == "table" and not row["drift"] else None
        if which is not None:
            which[row["column"], row["rule"], row["seed"]] = row["final"]
    gained: dict[str, dict[str, list[float]]] = {}
    for (column, rule, seed), final in with_less.items():
        if (column, rule, seed) in with_all:
            gained.setdefault(column, {}).setdefault(rule, []).append(final - with_all[column, rule, seed])
    return {column: {rule: paired(found) for rule, found in by_rule.items()} for column, by_rule in gained.items()}
