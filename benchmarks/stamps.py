"""How fast the physics of a stamp is: process distance against ``qutip.dnorm``, Fisher information against one derivative at a time.

    OMP_NUM_THREADS=1 python benchmarks/stamps.py [--pairs 20]

One thread, since the matrices are small and threads only wait for each other. Times are medians.

Both sides run on the same channels in the same process, so that the ratio of their times means something on any machine. ``qutip.dnorm``
solves a semidefinite program with CVXPY and CVXOPT, which are no dependencies of this library: without them that column is left out, and
the page says so. For a difference of two unitary channels it has a closed form and needs neither.
"""

import argparse
import importlib.util
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ceas_formal.physics.channels import amplitude_damping, depolarising
from ceas_formal.physics.fisher import fisher_matrix, layered
from ceas_formal.physics.process_distance import process_distance, verify

SOLVERS = ("cvxpy", "cvxopt")


def random_channel(dimension: int, rank: int, stream: np.random.Generator) -> list[np.ndarray]:
    """Return Kraus operators of a channel drawn as the first columns of a random isometry."""
    real, imaginary = stream.normal(size=(2, rank * dimension, dimension))
    isometry = np.linalg.qr(real + 1j * imaginary)[0]
    return list(isometry.reshape(rank, dimension, dimension))


def near_identity(dimension: int, stream: np.random.Generator) -> list[np.ndarray]:
    """Return a random channel that errs in one of ten uses."""
    return [np.sqrt(0.9) * np.eye(dimension), *(np.sqrt(0.1) * operator for operator in random_channel(dimension, 2, stream))]


def by_qutip(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    """Return half of the diamond norm, by QuTiP."""
    import qutip

    size = len(one[0])
    dims = [[2] * (size.bit_length() - 1)] * 2
    channels = [qutip.kraus_to_super([qutip.Qobj(np.asarray(operator), dims=dims) for operator in kraus]) for kraus in (one, other)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the solvers' own interfaces
        return float(qutip.dnorm(*channels)) / 2


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    found = call()
    return found, time.perf_counter() - start


def one_by_one(circuit: Any, angles: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Return the Fisher matrix from central differences of the state, one parameter at a time."""
    slopes = []
    for shift in step * np.eye(len(angles)):
        slope = (circuit.state(angles + shift) - circuit.state(angles - shift)) / (2 * step)
        slopes.append((slope + slope.conj().T) / 2 - np.eye(len(slope)) * slope.trace().real / len(slope))
    return fisher_matrix(circuit.state(angles), slopes)


def distances(pairs: int, compared: bool) -> None:
    for qubits in (1, 2):
        stream, size = np.random.default_rng([7, qubits]), 2**qubits
        channels = [(near_identity(size, stream), near_identity(size, stream)) for _ in range(pairs)]
        if qubits == 1:
            channels[:2] = [(amplitude_damping(0.1), [np.eye(2)]), (depolarising(0.2), [np.eye(2)])]
        process_distance(*channels[0])
        ours, own = zip(*(timed(lambda pair=pair: process_distance(*pair)) for pair in channels), strict=True)
        certified = all(verify(found, *pair) for found, pair in zip(ours, channels, strict=True))
        line = f"process distance, {qubits} qubit(s), {pairs} pairs: {1e3 * np.median(own):.1f} ms each, "
        line += f"largest gap {max(found.gap for found in ours):.1e}, {'all' if certified else 'NOT all'} certificates hold"
        if compared:
            by_qutip(*channels[0])
            theirs, other = zip(*(timed(lambda pair=pair: by_qutip(*pair)) for pair in channels), strict=True)
            outside = max(max(found.lower - value, value - found.upper, 0.0) for found, value in zip(ours, theirs, strict=True))
            line += f"; qutip.dnorm {1e3 * np.median(other):.1f} ms each, {np.median(other) / np.median(own):.1f} times as long, "
            line += f"at most {outside:.1e} outside of our bounds"
        print(line)


def information() -> None:
    for qubits, layers in ((2, 2), (4, 2), (5, 3)):
        circuit = layered(qubits, layers, depolarising(0.01))
        angles = np.random.default_rng([8, qubits]).uniform(-np.pi, np.pi, circuit.parameters)
        circuit.fisher_matrix(angles)
        ours, own = timed(lambda circuit=circuit, angles=angles: circuit.fisher_matrix(angles))
        theirs, other = timed(lambda circuit=circuit, angles=angles: one_by_one(circuit, angles))
        print(
            f"Fisher information, {qubits} qubits, {circuit.parameters} parameters: {1e3 * own:.1f} ms; by differences "
            f"{1e3 * other:.1f} ms, {other / own:.1f} times as long; largest difference {np.abs(ours - theirs).max():.1e}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=20)
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
    if os.environ.get("OMP_NUM_THREADS") != "1":
        print("OMP_NUM_THREADS is not 1: times may vary tenfold")
    missing = [name for name in SOLVERS if importlib.util.find_spec(name) is None]
    if missing:
        print(f"not installed: {', '.join(missing)}; so qutip.dnorm is not compared")
    for _ in range(3):
        distances(options.pairs, not missing)
        information()


if __name__ == "__main__":
    main()
