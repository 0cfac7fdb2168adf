"""The reproduction of section IV as one document: which runs it needs, and what it says once they are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ceas_formal.errors import BadInput
from ceas_formal.simulate.experiment import ablation, options, section_iv
from ceas_formal.simulate.experiment.cadence import kept
from ceas_formal.simulate.experiment.measures import LAST, measure
from ceas_formal.simulate.experiment.readings import CALIBRATION_SEEDS, Cell
from ceas_formal.simulate.experiment.results import Results
from ceas_formal.simulate.experiment.section_iv import BASELINE, CEAS, CLASSICAL, CLASSICAL_BASELINE, LITERAL, TRUST
from ceas_formal.simulate.experiment.separation import separation
from ceas_formal.simulate.scenario import Scenario

PARTS = ("rows", "attacks", "ablation", "separation", "cadence", "options")
"""The last takes as long as the others together, so it is made on demand only."""
ATTACKS = (
    "none", "mix", "gaussian", "reversal", "scaling", "off_checkpoint_mix", "greedy_mix", "sign_flip", "little_is_enough",
    "optimal_little_is_enough", "inner_product", "mimic", "min_max", "label_flip",
)  # fmt: skip
"""Of the table of attacks, unless others are asked for."""
RULES = ("ceas", "random")
CADENCES = (1, 2, 4, 8, 16)
WINDOW = 32
"""Rounds after the first attack over which the vulnerability window is measured [rounds]."""
ABLATIONS = {
    "as in IV": ("pairs_matter", ""),
    "stamps that know gate errors": ("witnessed_pairs_matter", ""),
    "freshest pairs first": ("pairs_matter", "freshest_first"),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to reproduce.

    Parameters
    ----------
    scenario : Scenario
        With all tables, ``reported`` included.
    seeds : range
        Seeds of the runs, below those kept for calibration.
    rounds : int
        Length of a run, more than `LAST` rounds beyond the first attack.
    parts, rules, attacks : tuple of str
        Which tables, and their columns and lines.
    assumption : str
        What stands behind the checkpoints of the main runs.
    compiled : bool, optional
        As in :func:`~ceas_formal.simulate.experiment.training.train`.

    Raises
    ------
    BadInput
        If the scenario lacks a table, or a number does not fit.
    """

    scenario: Scenario
    seeds: range
    rounds: int
    parts: tuple[str, ...] = PARTS[:-1]
    rules: tuple[str, ...] = RULES
    attacks: tuple[str, ...] = ATTACKS
    assumption: str = "checkpoint_assumed"
    compiled: bool | None = None

    def __post_init__(self) -> None:
        CEAS.experiment(self.scenario)
        if self.scenario.reported is None or self.scenario.attack is None:
            raise BadInput("the scenario", "a table; it is missing", "reported")
        if not self.scenario.network.byzantine_nodes:
            raise BadInput("the scenario", "at least 1, so that there is an attack; got 0", "network.byzantine_nodes")
        least = self.scenario.attack.first_round + LAST
        if self.rounds < least:
            raise BadInput("--rounds", f"at least {least}: {LAST} rounds beyond the first attack; got {self.rounds}")
        if not self.seeds or self.seeds[-1] >= CALIBRATION_SEEDS.start:
            raise BadInput(
                "--seeds", f"from 1 to {CALIBRATION_SEEDS.start} seeds; those from {CALIBRATION_SEEDS.start} on are for calibration"
            )

    def cells(self) -> list[Cell]:
        """Return the cells whose curves are needed, each once."""
        found = [self._assumed(cell) for cell in (CEAS, BASELINE, LITERAL)]
        if "rows" in self.parts:
            found += [LITERAL, *CLASSICAL.values(), *CLASSICAL_BASELINE.values(), *TRUST.values()]
        if "attacks" in self.parts:
            found += [cell for _, cell in self.table()]
        if "ablation" in self.parts:
            found += [cell for reading, policy in ABLATIONS.values() for cell in ablation.cells(reading, policy=policy).values()]
        if "cadence" in self.parts:
            found += self.windows().values()
        if "options" in self.parts:
            found += [self._assumed(cell) for option in (None, *options.OPTIONS) for cell in options.cells(option)]
        return list(dict.fromkeys(found))

    def table(self) -> list[tuple[str, Cell]]:
        """Return the cells of the table of attacks, the classical model of equal size last in each line."""
        lines = []
        for attack in self.attacks:
            lines += [(attack, self._assumed(Cell(rule=rule, attack=attack))) for rule in self.rules]
            lines.append((attack, self._assumed(Cell(reading="quadratic", attack=attack))))
        return lines

    def windows(self) -> dict[int, Cell]:
        """Return the cells of the table of cadences."""
        return {cadence: self._assumed(Cell(changes=(("consensus", "cadence", cadence),))) for cadence in CADENCES}

    def _assumed(self, cell: Cell) -> Cell:
        return replace(cell, assumption=self.assumption)

    def made(self, results: Results) -> Iterator[tuple[int, int]]:
        """Make all runs; yield how many are done, of how many."""
        cells = self.cells()
        total = len(cells) * len(self.seeds)
        for number, cell in enumerate(cells):
            for done in results.runs(self.scenario, cell, self.seeds, rounds=self.rounds, compiled=self.compiled):
                yield number * len(self.seeds) + done, total

    def document(self, results: Results) -> dict[str, Any]:
        """Return everything found, JSON-ready: ``rows`` and ``attacks``, and what explains them."""
        ours, baseline = self._curves(results, self._assumed(CEAS)), self._curves(results, self._assumed(BASELINE))
        found: dict[str, Any] = {
            "title": self.scenario.title, "nodes": self.scenario.network.nodes, "byzantine": self.scenario.network.byzantine_nodes,
            "seeds": [self.seeds[0], self.seeds[-1]], "rounds": self.rounds, "trust": self.assumption,
            "intervals": "95%, percentile bootstrap over seeds (it covers 90% with 16 of them, 77% with 4)",
            "bayes_accuracy": round(section_iv.ceiling(self.scenario), 4),
            "rows": [], "attacks": [],
        }  # fmt: skip
        if "rows" in self.parts:
            found["rows"] = section_iv.rows(self.scenario, ours, baseline)
            others: dict[str, list[float]] = {"literal": self._values(results, LITERAL, BASELINE)}
            others |= {name: self._values(results, cell, CLASSICAL_BASELINE[name]) for name, cell in CLASSICAL.items()}
            others |= {name: self._values(results, cell, BASELINE) for name, cell in TRUST.items()}
            for number, row in enumerate(found["rows"]):
                row["also"] = {name: values[number] for name, values in others.items()}
            found["guarantee"] = section_iv.guarantee_by_round(self.scenario, ours)
            runs = {self.assumption: ours} | {name: self._curves(results, cell) for name, cell in TRUST.items()}
            found["checkpoints"] = {name: section_iv.blocked_checkpoints(self.scenario, name, curves) for name, curves in runs.items()}
        if "attacks" in self.parts:
            found["attacks"] = [
                section_iv.attack_row(attack, cell.rule, cell.reading, self.scenario, self._curves(results, cell))
                for attack, cell in self.table()
            ]
        if "ablation" in self.parts:
            found["ablation"] = [self._ablation(results, name, *choice) for name, choice in ABLATIONS.items()]
        if "separation" in self.parts:
            found["separation"] = [
                {"attack": attack, **separation(self.scenario, attack, self.seeds, compiled=self.compiled)} for attack in self.attacks
            ]
        if "cadence" in self.parts:
            found["cadence"] = [self._window(results, cadence, cell) for cadence, cell in self.windows().items()]
        if "options" in self.parts:
            found["options"] = [self._option(results, option) for option in (None, *options.OPTIONS)]
        return found

    def curves(self, results: Results) -> dict[str, Any]:
        """Return the accuracy curves that figure 4 shows, seeds first."""
        cells = {"CEAS": CEAS, "random selection": BASELINE, "CEAS with decay as written": LITERAL}
        return {name: self._curves(results, self._assumed(cell))["accuracy"] for name, cell in cells.items()}

    def _curves(self, results: Results, cell: Cell) -> dict[str, Any]:
        return results.found(self.scenario, cell, self.seeds, rounds=self.rounds, compiled=self.compiled)

    def _values(self, results: Results, cell: Cell, baseline: Cell) -> list[float]:
        curves = [self._curves(results, one) for one in (cell, baseline)]
        return [round(float(question.statistic(*question.inputs(*curves))), 4) for question in section_iv.questions(self.scenario)]

    def _ablation(self, results: Results, name: str, reading: str, policy: str) -> dict[str, Any]:
        accuracy = {level: self._curves(results, cell)["accuracy"] for level, cell in ablation.cells(reading, policy=policy).items()}
        effects = {factor: effect.rounded() for factor, effect in ablation.main_effects(accuracy).items()}
        return {
            "variant": name,
            "effects": {factor: {"effect": value, "interval": interval} for factor, (value, interval) in effects.items()},
            "cells": ablation.table(accuracy),
        }

    def _option(self, results: Results, option: tuple[str, str, Any] | None) -> dict[str, Any]:
        ours, baseline = (self._curves(results, self._assumed(cell)) for cell in options.cells(option))
        return options.row(self.scenario, option, ours, baseline)

    def _window(self, results: Results, cadence: int, cell: Cell) -> dict[str, Any]:
        assert self.scenario.attack is not None
        first, byzantine = self.scenario.attack.first_round, self.scenario.network.byzantine_nodes
        curves = self._curves(results, cell)
        loss, interval = measure(lambda a: a[:, first - 1].mean() - a[:, first : first + WINDOW].mean(), curves["accuracy"]).rounded()
        gone = curves["active_byzantine"][:, first:] <= 0.1 * byzantine
        rounds = np.where(gone.any(axis=1), gone.argmax(axis=1) + 1, np.inf)
        median = float(np.median(rounds))
        left = kept(Fraction(byzantine, self.scenario.network.nodes), Fraction(str(self.scenario.attack.reversal_factor)), cadence)
        return {
            "cadence": cadence, "loss": loss, "interval": interval, "rounds_until_isolated": median if np.isfinite(median) else None,
            "left_of_angles_after_a_window_of_reversal": float(f"{float(left):.3g}"),
        }  # fmt: skip
