"""How fast the aggregation rules are: n = 50 vectors, f = 20, against ByzFL on NumPy and on PyTorch in the same run.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/aggregation.py [--coordinates 1000 10000 100000]

One thread for all, and processor time. ByzFL on NumPy keeps the type; on PyTorch it casts everything to float32. Ours is plain NumPy.
Both sides take turns; each time is the median, each ratio the median of the ratios of the peer's time to ours in the same turn. The
results of both sides are compared in the same run. Attackers all send one vector, "a little is enough". The plain mean of 40 MB, and at
d = 100000 much of the other rules, is the time that the memory takes, for both sides.

The geometric median appears twice: ByzFL's default takes three Weiszfeld steps from 0, ours iterates until the gradient is below 1e-8 (1e-5
for float32); for equal results ByzFL gets our smoothing and the least number of steps, doubled from 1, that reaches the same gradient.
"""

import argparse
import warnings
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from turns import surroundings, times

from ceas_formal.learning import aggregation
from ceas_formal.learning.attacks import little_is_enough

NODES, FAULTS = 50, 20


def vectors(coordinates: int) -> np.ndarray:
    """Return honest normal vectors and copies of one attacking vector, shuffled."""
    random = np.random.default_rng([17, coordinates])
    honest = random.normal(size=(NODES - FAULTS, coordinates))
    return random.permutation(np.concatenate([honest, little_is_enough(honest, FAULTS)]))


def rules(coordinates: int, dtype: type) -> dict[str, tuple[Callable[..., Any], Callable[[Any], Callable[..., Any]]]]:
    """Return for each name our rule, and what builds ByzFL's from its module."""
    radius = float(np.sqrt(coordinates))
    faults = {"faults": FAULTS}
    clipping = {"centre": np.zeros(coordinates, dtype=dtype), "radius": radius, "steps": 1}
    return {
        "mean": (aggregation.mean, lambda peer: peer.Average()),
        "median": (partial(aggregation.median, **faults), lambda peer: peer.Median()),
        "trimmed mean": (partial(aggregation.trimmed_mean, **faults), lambda peer: peer.TrMean(FAULTS)),
        "geometric median, 3 steps": (partial(aggregation.geometric_median, **faults), lambda peer: peer.GeometricMedian()),
        "geometric median": (
            partial(aggregation.geometric_median, **faults),
            lambda peer: peer.GeometricMedian(nu=1e-6, T=steps_needed(peer, coordinates, 1e-8 if dtype is np.float64 else 1e-5)),
        ),
        "Krum": (partial(aggregation.krum, **faults), lambda peer: peer.Krum(FAULTS)),
        "MultiKrum": (partial(aggregation.multi_krum, **faults), lambda peer: peer.MultiKrum(FAULTS)),
        "centred clipping": (partial(aggregation.centred_clipping, **clipping), lambda peer: partial(fresh_clipping, peer, radius)),
        "NNM": (partial(aggregation.nearest_neighbour_mixing, **faults), lambda peer: peer.NNM(FAULTS)),
    }


@cache
def steps_needed(peer: Any, coordinates: int, tolerance: float) -> int:
    """Return how many of ByzFL's steps, doubled from 1, bring the gradient below the tolerance."""
    given, steps, gradient = vectors(coordinates), 1, np.inf
    while gradient > tolerance:
        steps *= 2
        rays = peer.GeometricMedian(nu=1e-6, T=steps)(given) - given
        gradient = np.linalg.norm((rays / np.linalg.norm(rays, axis=1, keepdims=True)).mean(axis=0))
    return steps


def fresh_clipping(peer: Any, radius: float, given: Any) -> Any:
    """Return ByzFL's centred clipping from 0: an object keeps its last result."""
    return peer.CenteredClipping(tau=radius)(given)


def compare(coordinates: int, turns: int, peer: Any) -> None:
    """Print one line for each rule."""
    import torch

    torch.set_num_threads(1)
    wide = vectors(coordinates)
    sides = ((np.float64, "NumPy", np.asarray), (np.float32, "NumPy", np.asarray), (np.float32, "PyTorch", torch.from_numpy))
    for dtype, library, convert in sides:
        given = wide.astype(dtype)
        theirs_given = convert(given)
        for name, (rule, build) in rules(coordinates, dtype).items():
            ours, theirs = partial(rule, given), partial(build(peer), theirs_given)
            found, expected = ours(), np.asarray(theirs())
            off = np.abs(found - expected).max() / np.abs(expected).max()
            taken = times([ours, theirs], turns)
            own, other = np.median(taken, axis=0)
            ratio = np.median(taken[:, 1] / taken[:, 0])
            print(
                f"d = {coordinates}, {np.dtype(dtype)}, {name}: {1e3 * own:.3f} ms; ByzFL on {library} {1e3 * other:.3f} ms, "
                f"{ratio:.2f} times as long; largest relative difference {off:.0e}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coordinates", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--turns", type=int, default=15)
    options = parser.parse_args()
    print(f"{surroundings()}; n = {NODES}, f = {FAULTS}")
    try:
        import byzfl as peer
    except ImportError:
        print("byzfl is not installed: nothing to compare with")
        return
    print("the krum package needs Python 3.12 and is not compared")
    warnings.simplefilter("ignore")
    for coordinates in options.coordinates:
        compare(coordinates, options.turns, peer)
    print(f"at the end: {surroundings()}")


if __name__ == "__main__":
    main()
