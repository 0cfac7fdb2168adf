"""From rows to numbers: final accuracy by column and rule, ours less the best baseline seed by seed, and who was isolated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any

import numpy as np
from scipy.stats import beta, t

from ceas_formal.simulate.experiment.plus.columns import COLUMNS
from ceas_formal.simulate.experiment.plus.study import BASELINES, OURS, RULES


def paired(differences: Sequence[float]) -> tuple[float, float]:
    """Return the mean of paired differences and half the width of its 95% interval by Student's t; infinite for fewer than two.

    Examples
    --------
    >>> tuple(round(x, 3) for x in paired([0.1, 0.2, 0.3]))
    (0.2, 0.248)
    """
    values = np.asarray(differences, dtype=float)
    if len(values) < 2:
        return float(values.mean()), float("inf")
    return float(values.mean()), float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / sqrt(len(values)))


def share_interval(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95% interval of Clopper and Pearson for a share.

    Examples
    --------
    >>> tuple(round(x, 4) for x in share_interval(0, 180))
    (0.0, 0.0203)
    """
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, trials - hits + 1))
    return low, 1.0 if hits == trials else float(beta.ppf(0.975, hits + 1, trials - hits))


def summary(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry for each column: final accuracy of each rule, ours less the best baseline seed by seed, and who was isolated.

    Rows are those of one block: the table, one other data set, or one protocol for all rules.

    The best baseline of a column is known after the fact only: no one rule is it in all columns.
    """
    table: dict[tuple[bool, str], dict[str, dict[int, dict[str, Any]]]] = {}
    for row in rows:
        table.setdefault((row["drift"], row["column"]), {}).setdefault(row["rule"], {})[row["seed"]] = row
    found = []
    for (drift, column), by_rule in table.items():
        final = {rule: float(np.mean([row["final"] for row in by_rule[rule].values()])) for rule in RULES if rule in by_rule}
        baselines = {rule: final[rule] for rule in BASELINES if rule in final}
        entry: dict[str, Any] = {
            "column": column,
            "drift": drift,
            "status": COLUMNS[column].status,
            "final": final,
            "seeds": len(by_rule.get(OURS, {})),
        }
        if OURS in by_rule and baselines:
            best = max(baselines, key=lambda rule: baselines[rule])
            ours = by_rule[OURS]
            entry |= {
                "best": best,
                "difference": paired([ours[seed]["final"] - by_rule[best][seed]["final"] for seed in ours]),
                "lowest": {rule: min(row["lowest"] for row in seeds.values()) for rule, seeds in by_rule.items()},
                "isolated_byzantine": float(np.mean([row["isolated_byzantine"] for row in ours.values()])),
                "isolated_honest": float(np.mean([row["isolated_honest"] for row in ours.values()])),
                "byzantine_weight": float(np.mean([row["byzantine_weight"] for row in ours.values()])),
                "ever_honest": sum(row["ever_honest"] for row in ours.values()),
            }
        found.append(entry)
    return found


def attack_rows(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the table as data: one entry for each attack and rule; who was isolated is told for CEAS+ only."""
    found = []
    for entry in entries:
        for rule, final in entry["final"].items():
            ours = rule == OURS and "best" in entry
            found.append(
                {
                    "attack": entry["column"], "drift": entry["drift"], "status": entry["status"], "rule": rule, "seeds": entry["seeds"],
                    "final": round(final, 6), "worst": round(entry["lowest"][rule], 6) if "lowest" in entry else None,
                    "isolated": entry["isolated_byzantine"] if ours else None,
                    "false_quarantine": entry["isolated_honest"] if ours else None,
                }
            )  # fmt: skip
    return found
