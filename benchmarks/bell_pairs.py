"""How fast Bell pairs age: 10^5 different pairs at 60 times by the closed forms, against QuTiP pair by pair in the same run.

    python benchmarks/bell_pairs.py [--pairs 100000]

QuTiP runs on a sample; its time per pair is what the ratio compares. Both give fidelity and concurrence at all times.
"""

import argparse
import os
import time

import numpy as np

from ceas_formal.physics import reference
from ceas_formal.physics.bell_pairs import BellPair, concurrence, fidelity
from ceas_formal.physics.lifetimes import sudden_death_time, usable_lifetime
from ceas_formal.physics.memories import Memory

TIMES = np.linspace(0, 3, 60)


def memories(pairs: int, seed: int) -> Memory:
    """Return memories with T1 between 0.5 s and 5 s, T2 between 10% and 100% of its limit, up to 10% thermal population."""
    chance = np.random.default_rng(seed)
    t1 = chance.uniform(0.5, 5, (pairs, 1))
    return Memory(t1, 2 * t1 * chance.uniform(0.1, 1, (pairs, 1)), chance.uniform(0, 0.1, (pairs, 1)))


def one(pair: BellPair, index: int) -> BellPair:
    sides = (Memory(*(value[index, 0] for value in (side.t1, side.t2, side.excited))) for side in (pair.first, pair.second))
    return BellPair(pair.bell, *sides, pair.start_fidelity[index, 0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=20)
    options = parser.parse_args()
    starts = np.random.default_rng(0).uniform(0.8, 1, (options.pairs, 1))
    pair = BellPair("phi+", memories(options.pairs, 1), memories(options.pairs, 2), starts)
    print(f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
    fidelity(pair, TIMES[:2])
    reference.solved(one(pair, 0), TIMES)
    for _ in range(3):
        start = time.perf_counter()
        ours = fidelity(pair, TIMES), concurrence(pair, TIMES)
        batched = time.perf_counter() - start
        start, difference = time.perf_counter(), 0.0
        for index in range(options.sample):
            found = reference.measured(reference.solved(one(pair, index), TIMES))
            for mine, name in zip(ours, ("phi+", "concurrence"), strict=True):
                difference = max(difference, np.abs(mine[index] - found[name]).max())
        each = (time.perf_counter() - start) / options.sample
        start = time.perf_counter()
        for index in range(options.sample):
            reference.solved(one(pair, index), TIMES)
        states = (time.perf_counter() - start) / options.sample
        ratio, solving = each * options.pairs / batched, states * options.pairs / batched
        print(
            f"{options.pairs} pairs x {TIMES.size} times: {batched:.2f} s; QuTiP {1e3 * each:.1f} ms a pair, {ratio:,.0f} times as long; "
            f"its solver alone {1e3 * states:.1f} ms, {solving:,.0f} times; largest difference {difference:.1e}"
        )
    start = time.perf_counter()
    sudden_death_time(pair)
    death = time.perf_counter() - start
    start = time.perf_counter()
    usable_lifetime(pair, 0.7)
    print(f"sudden death of {options.pairs} pairs: {death:.2f} s; usable lifetime: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
