"""The runs of the study of CEAS+: every attack against every rule on the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from ceas_formal.simulate.experiment.ceas import Ceas
from ceas_formal.simulate.experiment.plus.arena import EVERY, Arena
from ceas_formal.simulate.experiment.plus.columns import COLUMNS
from ceas_formal.simulate.experiment.plus.rows import Job, made
from ceas_formal.simulate.experiment.plus.rule import CeasPlus
from ceas_formal.simulate.experiment.rules import HonestMean, Mean, Robust, Rule
from ceas_formal.simulate.experiment.setting import Experiment, experiment

OURS, ORACLE = "ceas_plus", "honest_mean"
RULES: dict[str, Callable[[], Rule]] = {
    "mean": Mean,
    "stamp_weights": lambda: Ceas(quarantine=False, name="stamp_weights"),
    **{
        name: partial(Robust, name)
        for name in ("median", "trimmed_mean", "geometric_median", "krum", "multi_krum", "centred_clipping", "nnm_trimmed_mean")
    },
    "ceas": Ceas,
    ORACLE: HonestMean,
    OURS: CeasPlus,
}
"""``stamp_weights`` is the paper's weighted mean (5)."""
BASELINES = tuple(name for name in RULES if name not in (ORACLE, OURS))

ROUNDS, SEEDS, DRIFT_SEEDS = 300, tuple(range(12)), tuple(range(6))
LAST, SETTLED = 5, 40
"""The final accuracy is the mean of the last 5 measured ones; the lowest is looked for after 40 rounds."""
AT_ONCE = 6
"""Seeds in one batch: more leave the cache."""
DRIFT_COLUMNS = (
    "none", "reversal", "mix", "off_checkpoint", "sign_flip", "alie_1.5", "ipm_1.2", "mimic", "label_flip", "triple_flip", "barrier",
    "lasting_blur", "slow", "alternating", "inside_2.5", "wide_3", "two_crowds", "brake", "spokes",
)  # fmt: skip


def section_iv() -> Experiment:
    """Return the scenario of Section IV."""
    from ceas_formal.simulate.scenario import load, packaged

    return experiment(load(packaged("section_iv")))


def onset(seed: int) -> int:
    """Return the round in which attacks on a seed begin: 0, 20, or one drawn from 0 to 99, in turn.

    Examples
    --------
    >>> onset(0), onset(1), 0 <= onset(2) < 100
    (0, 20, True)
    """
    return (0, 20, int(np.random.default_rng([seed, 25]).integers(100)))[seed % 3]


def jobs(
    what: dict[str, Any],
    rules: Mapping[str, Callable[[], Rule]],
    columns: Sequence[str],
    seeds: Sequence[int],
    rounds: int,
    *,
    arena: Callable[[Sequence[int]], Arena],
    begins: Callable[[int], int] = onset,
) -> Iterator[Job]:
    """Yield the runs of every column and rule, few seeds at a time.

    Parameters
    ----------
    what : dict
        What the runs are beside column, rule, length and seed: its values enter the key.
    rules : mapping of str to callable
        Each call makes a new rule.
    columns : sequence of str
    seeds : sequence of int
    rounds : int
        Length of each run [rounds].
    arena : callable
        Makes the arena of some seeds; called only if a run is missing.
    begins : callable
        Gives the round in which attacks on a seed begin.
    """
    for start in range(0, len(seeds), AT_ONCE):
        batch = seeds[start : start + AT_ONCE]
        place = cache(partial(arena, batch))
        for column in columns:
            for name, rule in rules.items():
                run = {**what, "column": column, "rule": name, "rounds": rounds}
                yield Job(run, batch, partial(_ends, place, rule, column, [begins(seed) for seed in batch], rounds))


def table_jobs(rules: Sequence[str], columns: Sequence[str], seeds: Sequence[int], *, drift: bool, rounds: int) -> Iterator[Job]:
    """Yield the runs of the table: each column against each rule."""
    what, chosen = {"block": "table", "drift": drift}, {name: RULES[name] for name in rules}
    yield from jobs(what, chosen, columns, seeds, rounds, arena=lambda batch: Arena(section_iv(), batch, drift=drift))


def runs(
    rules: Sequence[str], columns: Sequence[str], seeds: Sequence[int], *, drift: bool, rounds: int, path: Path | None
) -> Iterator[dict[str, Any]]:
    """Yield one row for each column, rule and seed of the table: those of the file first made elsewhere, the others made now and appended.

    Parameters
    ----------
    path : Path, optional
        Lines of JSON.
    """
    yield from made(table_jobs(rules, columns, seeds, drift=drift, rounds=rounds), path)


def _ends(place: Callable[[], Arena], rule: Callable[[], Rule], column: str, onsets: Sequence[int], rounds: int) -> list[dict[str, Any]]:
    arena = place()
    honest = arena.experiment.honest
    outcome = arena.run(rule(), COLUMNS[column], onsets, rounds)
    settled = min(SETTLED // EVERY, outcome.accuracy.shape[1] - 1)
    return [
        {
            "final": round(float(curve[-LAST:].mean()), 6),
            "lowest": round(float(curve[settled:].min()), 6),
            "isolated_byzantine": round(float(outside[honest:].mean()), 6),
            "isolated_honest": round(float(outside[:honest].mean()), 6),
            "ever_honest": int(ever[:honest].sum()),
            "byzantine_weight": round(float(weight), 6),
        }
        for curve, outside, ever, weight in zip(outcome.accuracy, outcome.outside, outcome.ever, outcome.weight, strict=True)
    ]
