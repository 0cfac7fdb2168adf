"""All that `ceas reproduce --part plus` runs, and what it finds: everything is read from rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any

from ceas_formal.simulate.experiment.plus.columns import COLUMNS
from ceas_formal.simulate.experiment.plus.goals import goals
from ceas_formal.simulate.experiment.plus.graph import DEGREES, GRAPH_ATTACKS, graph_jobs, graphs
from ceas_formal.simulate.experiment.plus.harm import harm, harm_jobs
from ceas_formal.simulate.experiment.plus.population import section_iv_cost
from ceas_formal.simulate.experiment.plus.rows import Job, made
from ceas_formal.simulate.experiment.plus.same_protocol import same_protocol, same_protocol_jobs
from ceas_formal.simulate.experiment.plus.study import AT_ONCE, DRIFT_COLUMNS, DRIFT_SEEDS, ROUNDS, RULES, SEEDS, section_iv, table_jobs
from ceas_formal.simulate.experiment.plus.table import attack_rows, summary
from ceas_formal.simulate.experiment.plus.transfer import DATA_COLUMNS, DATA_SETS, data_jobs, other_data

DATA_ROUNDS, GRAPH_ROUNDS, GRAPH_SEEDS = 200, 160, 3
"""Longest runs on other data and on graphs [rounds], and how many of the seeds run on graphs."""


@dataclass(frozen=True)
class Plan:
    """What the study is made of.

    Parameters
    ----------
    seeds, drift_seeds : sequence of int
        For columns without and with drift; the first of `seeds` run on other data and on graphs too.
    rounds : int
        Length of each run [rounds].
    columns, drift_columns : sequence of str
        Of :data:`~ceas_formal.simulate.experiment.plus.columns.COLUMNS`.
    data_sets, data_columns : sequence of str
        Other data, and the columns tried on them.
    degrees : sequence of int
        Of the random regular graphs.
    graph_attacks : sequence of str
        Tried on them.
    """

    seeds: Sequence[int] = SEEDS
    drift_seeds: Sequence[int] = DRIFT_SEEDS
    rounds: int = ROUNDS
    columns: Sequence[str] = tuple(COLUMNS)
    drift_columns: Sequence[str] = DRIFT_COLUMNS
    data_sets: Sequence[str] = DATA_SETS
    data_columns: Sequence[str] = DATA_COLUMNS
    degrees: Sequence[int] = DEGREES
    graph_attacks: Sequence[str] = GRAPH_ATTACKS

    def jobs(self) -> Iterator[Job]:
        """Yield all work, in the order in which it is done."""
        rules, columns, rounds = list(RULES), self.columns, self.rounds
        return chain(
            table_jobs(rules, columns, self.seeds, drift=False, rounds=rounds),
            table_jobs(rules, self.drift_columns, self.drift_seeds, drift=True, rounds=rounds),
            same_protocol_jobs(columns, self.seeds, rounds),
            harm_jobs(columns, self.seeds, rounds),
            data_jobs(self.data_sets, self.data_columns, self.seeds[:AT_ONCE], min(DATA_ROUNDS, rounds)),
            graph_jobs(self.degrees, self.graph_attacks, self.seeds[:GRAPH_SEEDS], min(GRAPH_ROUNDS, rounds)),
        )

    def __len__(self) -> int:
        return sum(len(job.seeds) for job in self.jobs())

    def runs(self, path: Path | None = None) -> Iterator[dict[str, Any]]:
        """Yield the row of every run; those that the file holds, as lines of JSON, are not made again, and new ones are appended to it."""
        return made(self.jobs(), path)

    def found(self, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """Return what the rows of this plan show, for a page or a figure.

        Returns
        -------
        dict
            ``honest``, how many nodes are; ``ceiling`` and ``barrier``, the accuracy that training on the population reaches and what
            hidden nodes can take [share];
            ``table`` and ``same_protocol``, entries of :func:`~ceas_formal.simulate.experiment.plus.table.summary`; ``harm``, by column and
            rule; ``other_data``, entries by name; ``graphs``, one entry for each degree, attack and rule.
        """
        rows, setting = list(rows), section_iv()
        ceiling, price = section_iv_cost(setting.byzantine / setting.nodes, rounds=self.rounds)
        return {
            "honest": setting.honest,
            "ceiling": ceiling,
            "barrier": price,
            "table": summary(row for row in rows if row["block"] == "table"),
            "same_protocol": same_protocol(rows),
            "harm": harm(rows),
            "other_data": other_data(rows),
            "graphs": graphs(rows),
        }


def document(found: dict[str, Any]) -> dict[str, Any]:
    """Return what :meth:`Plan.found` returns as data: one entry for each attack and rule; an interval of one seed is none."""
    return {
        "goals": [{**goal, "reached": round(goal["reached"], 6), "bar": round(goal["bar"], 6)} for goal in goals(found)],
        "ceiling": round(found["ceiling"], 6),
        "barrier": round(found["barrier"], 6),
        "attacks": attack_rows(found["table"]),
        "same_protocol": attack_rows(found["same_protocol"]),
        "harm": [
            {"attack": column, "rule": rule, "harm": round(mean, 6), "half_width": round(half, 6) if isfinite(half) else None}
            for column, by_rule in found["harm"].items()
            for rule, (mean, half) in by_rule.items()
        ],
        "other_data": {name: attack_rows(entries) for name, entries in found["other_data"].items()},
        "graphs": found["graphs"],
    }
