"""Times of calls that take turns, in processor time, which waiting for others does not change."""

import os
import time
from collections.abc import Callable, Sequence

import numpy as np

ENOUGH = 2e-3
"""Seconds; calls shorter than this are repeated within their turn, as the clock and the first call after another's cost time."""


def times(calls: Sequence[Callable[[], object]], turns: int, limit: float = 10.0) -> np.ndarray:
    """Return the seconds that a call took, shape (turns, calls), after one untimed call each; after `limit` seconds 3 turns are enough."""
    repeats = []
    for call in calls:
        call()
        repeats.append(max(1, int(ENOUGH / seconds(call, 1))))
    rows: list[list[float]] = []
    begin = time.process_time()
    while len(rows) < turns and (len(rows) < 3 or time.process_time() - begin < limit):
        rows.append([seconds(call, count) for call, count in zip(calls, repeats, strict=True)])
    return np.array(rows)


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Return the mean time of `repeats` calls."""
    start = time.process_time()
    for _ in range(repeats):
        call()
    return max(time.process_time() - start, 1e-9) / repeats


def surroundings() -> str:
    """Return what else runs, and whether all sides are held to one thread."""
    threads = {os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    held = "one thread" if threads == {"1"} else "OMP_NUM_THREADS and OPENBLAS_NUM_THREADS are not both 1: the sides may differ in threads"
    return f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores, {held}"
