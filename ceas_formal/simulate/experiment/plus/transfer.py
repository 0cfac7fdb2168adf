"""CEAS+ on other data sets, for which nothing was tuned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.plus.arena import Arena
from ceas_formal.simulate.experiment.plus.rows import Job
from ceas_formal.simulate.experiment.plus.study import RULES, jobs, section_iv
from ceas_formal.simulate.experiment.plus.table import summary
from ceas_formal.simulate.experiment.setting import Experiment

BLOCK = "data"
DATA_SETS = ("breast_cancer", "moons")
DATA_COLUMNS = ("none", "reversal", "mix", "sign_flip", "alie_1.5", "ipm_1.2", "label_flip", "lasting_blur", "slow")


class Sampled:
    """A data set of scikit-learn with two features of deviation 1: half of it is the test set, nodes draw from the other, with repetition.

    Parameters
    ----------
    experiment : Experiment
        Numbers of nodes and samples; a Byzantine node's labels are flipped at its rate.
    seeds : sequence of int
    name : {"breast_cancer", "moons"}
        Breast cancer by its first two principal components, or two moons with noise .3.

    Raises
    ------
    ValueError
        If there is no such data set.
    """

    drift = False

    def __init__(self, experiment: Experiment, seeds: Sequence[int], name: str) -> None:
        points, sides = _data_set(name)
        nodes, samples, honest = experiment.nodes, experiment.data.honest.samples, experiment.honest
        order = np.random.default_rng(26).permutation(len(points))
        train, self._test = order[: len(order) // 2], order[len(order) // 2 :]
        streams = [np.random.default_rng([seed, 27]) for seed in seeds]
        drawn = np.array([random.choice(train, (nodes, samples)) for random in streams])
        spoilt = np.array([random.random((nodes, samples)) for random in streams]) < experiment.data.byzantine.label_noise
        self._points, self._sides, self._own = points, sides, points[drawn]
        self.labels: Floats = np.where(spoilt & (np.arange(nodes) >= honest)[:, None], -sides[drawn], sides[drawn])
        self.flipped: Floats = -sides[drawn]
        self._probe = points[np.array([random.choice(train, experiment.quarantine.probe_samples) for random in streams])]

    def features(self, round: int) -> tuple[Floats, Floats]:
        """Return the samples of all nodes, twice: label flipping changes no features."""
        return self._own, self._own

    def probe(self, round: int) -> Floats:
        """Return samples without labels."""
        found: Floats = self._probe
        return found

    def accuracy(self, arena: Any, model: Floats, round: int) -> Floats:
        """Return the accuracy on the test half."""
        scores = arena.coefficients(model)[0] @ arena.basis(self._points[self._test]).T
        return np.asarray(((scores > 0) == (self._sides[self._test] > 0)).mean(axis=-1))


def _data_set(name: str) -> tuple[Floats, Floats]:
    from sklearn.datasets import load_breast_cancer, make_moons

    if name == "breast_cancer":
        table, labels = load_breast_cancer(return_X_y=True)
        scaled = (table - table.mean(axis=0)) / table.std(axis=0)
        points = scaled @ np.linalg.svd(scaled, full_matrices=False)[2][:2].T
    elif name == "moons":
        points, labels = make_moons(2000, noise=0.3, random_state=0)
    else:
        raise ValueError(f'the data set must be "breast_cancer" or "moons"; got {name!r}')
    return (points - points.mean(axis=0)) / points.std(axis=0), np.where(labels == 1, 1.0, -1.0)


def data_jobs(names: Sequence[str], columns: Sequence[str], seeds: Sequence[int], rounds: int) -> Iterator[Job]:
    """Yield the runs of all rules on other data sets; attacks begin at round 20."""
    for name in names:
        place = partial(_arena, name)
        what = {"block": BLOCK, "data": name, "drift": False}
        yield from jobs(what, RULES, columns, seeds, rounds, arena=place, begins=lambda seed: 20)


def _arena(name: str, seeds: Sequence[int]) -> Arena:
    setting = section_iv()
    return Arena(setting, seeds, world=Sampled(setting, seeds, name))


def other_data(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return entries of :func:`~ceas_formal.simulate.experiment.plus.table.summary` for each data set: accuracy on its test half."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["block"] == BLOCK:
            found.setdefault(row["data"], []).append(row)
    return {name: summary(chosen) for name, chosen in found.items()}
