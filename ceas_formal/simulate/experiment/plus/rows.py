"""Runs as lines of JSON, keyed by all that affects them: what a file holds is not made again, so a killed study goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ceas_formal.simulate.experiment.results import append_rows, read_rows

LIBRARIES = ("numpy", "scipy", "networkx")
"""Whose versions enter the key of a run."""


@dataclass(frozen=True)
class Job:
    """Runs that are made together, one row for each seed.

    Parameters
    ----------
    what : dict
        Beside the seed all that tells these runs from others. It enters the key and the rows.
    seeds : sequence of int
    make : callable
        Returns what each row holds beside, in the order of the seeds.
    """

    what: dict[str, Any]
    seeds: Sequence[int]
    make: Callable[[], list[dict[str, Any]]]

    def key(self, seed: int) -> str:
        """Return the key of a row."""
        return "/".join(map(str, (source_digest(), *self.what.values(), seed)))


@cache
def source_digest() -> str:
    """Return a hash of what all runs depend on: code, the scenario, and the versions of libraries."""
    from ceas_formal.simulate.experiment.results import source_digest as code
    from ceas_formal.simulate.scenario import packaged

    parts = (code(), packaged("section_iv").read_text(encoding="utf-8"), *map(version, LIBRARIES))
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def made(jobs: Iterable[Job], path: Path | None = None) -> Iterator[dict[str, Any]]:
    """Yield one row for each job and seed: those that the file holds as they are, the others made now and appended to it.

    Parameters
    ----------
    jobs : iterable of Job
        Made in this order, each only if one of its rows is missing.
    path : Path, optional
        Lines of JSON.

    Raises
    ------
    BadInput
        If the file cannot be read and written, or a line is not a result.

    Examples
    --------
    >>> next(made([Job({"column": "none", "rounds": 10}, [7], lambda: [{"final": 0.85}])]))["final"]
    0.85
    """
    kept = read_rows(path) if path is not None else {}
    for job in jobs:
        if any(job.key(seed) not in kept for seed in job.seeds):
            found = zip(job.seeds, job.make(), strict=True)
            rows = [{"key": job.key(seed), **job.what, "seed": seed, **row} for seed, row in found if job.key(seed) not in kept]
            if path is not None:
                append_rows(path, rows)
            kept |= {row["key"]: row for row in rows}
        yield from (kept[job.key(seed)] for seed in job.seeds)
