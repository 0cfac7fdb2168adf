"""How fast the gradient of a mean cross-entropy is: NumPy and the compiled kernel, against PennyLane in the same run.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/circuits.py [--turns 15]

One thread for all, and processor time. All take turns; each time is the median, each ratio the median of the ratios in the same turn.
PennyLane runs ``default.qubit`` with parameter broadcasting and backpropagation, by autograd and by torch, with RY(x) and RY(θ) as two
gates and as one; each line takes the fastest of the four that runs. All have the same circuit, the same loss, float64, and a warm-up.
Kept phases: the cosines and sines of the data are taken once, as in training. The kernel leaves out what lies outside
the observable's cone: with 2 layers, 8 or 12 qubits cost it what 5 do; 6 layers reach all 12.
"""

import argparse
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
from turns import surroundings, times

from ceas_formal.learning.circuits import Circuit, compiled, encoded, loss_gradient

FLOOR = 1e-3
CASES = [(2, 2, 1), (2, 2, 800), (2, 2, 20_000), (4, 2, 64), (8, 2, 64), (12, 2, 64), (4, 6, 64), (8, 6, 64), (12, 6, 16)]
NODES = [(50, 16), (500, 16), (5000, 16)]


def problem(circuit: Circuit, *shape: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng([2026, circuit.qubits, *shape])
    angles = chance.uniform(-3, 3, (*shape[:-1], circuit.parameters))
    return angles, chance.normal(size=(*shape, circuit.features)), chance.choice([-1.0, 1.0], shape)


def peers(circuit: Circuit, angles: np.ndarray, features: np.ndarray, labels: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    """Return the gradient of the same loss by PennyLane, in four ways."""
    import pennylane as qml
    import torch

    def build(interface: str, merged: bool, data, truth):
        @qml.qnode(qml.device("default.qubit", wires=circuit.qubits), interface=interface, diff_method="backprop")
        def node(theta):
            for layer in range(circuit.layers + 1):
                for qubit in range(circuit.qubits):
                    angle = theta[layer * circuit.qubits + qubit]
                    if layer < circuit.layers:
                        sample = data[:, qubit % circuit.features]
                        if merged:
                            angle = sample + angle
                        else:
                            qml.RY(sample, wires=qubit)
                    qml.RY(angle, wires=qubit)
                if layer < circuit.layers:
                    for pair in circuit.pairs:
                        qml.CZ(wires=pair)
            return qml.expval(qml.PauliZ(0))

        return lambda theta: -qml.math.mean(qml.math.log((1 + (1 - 2 * FLOOR) * truth * node(theta)) / 2))

    theta = qml.numpy.array(angles, requires_grad=True)
    theirs = torch.tensor(angles, requires_grad=True)
    ways: dict[str, Callable[[], np.ndarray]] = {}
    for merged in (False, True):
        gradient = qml.grad(build("autograd", merged, features, labels))
        cost = build("torch", merged, torch.tensor(features), torch.tensor(labels))
        name = "one RY" if merged else "two RY"
        ways[f"autograd, {name}"] = lambda gradient=gradient: gradient(theta)
        ways[f"torch, {name}"] = lambda cost=cost: torch.autograd.grad(cost(theirs), theirs)[0].numpy()
    return ways


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=15)
    turns = parser.parse_args().turns
    warnings.simplefilter("ignore")
    print(surroundings())
    for qubits, layers, batch in CASES:
        against_pennylane(Circuit(qubits, layers, 2), batch, turns)
    for nodes, samples in NODES:
        many_nodes(Circuit(), nodes, samples, turns)
    print(f"at the end: {surroundings()}")


def against_pennylane(circuit: Circuit, batch: int, turns: int) -> None:
    """Print one line: NumPy, the kernel, the kernel with kept phases, and the fastest way of PennyLane."""
    angles, features, labels = problem(circuit, batch)
    phases = encoded(circuit, features)
    ours = [
        lambda: loss_gradient(circuit, angles, features, labels, floor=FLOOR)[1],
        lambda: compiled.loss_gradient(circuit, angles, features, labels, floor=FLOOR)[1],
        lambda: compiled.loss_gradient(circuit, angles, phases, labels, floor=FLOOR)[1],
    ]
    plain, theirs = ours[0](), {}
    difference = max(np.abs(way() - plain).max() for way in ours)
    for name, way in peers(circuit, angles, features, labels).items():
        try:
            difference = max(difference, np.abs(way() - plain).max())
        except ValueError as error:
            print(f"PennyLane ({name}) fails at {circuit.qubits} qubits and batch {batch}: {error}")
            continue
        theirs[name] = way
    taken = times([*ours, *theirs.values()], turns)
    best = int(np.argmin(np.median(taken[:, 3:], axis=0)))
    milliseconds = 1e3 * np.median(taken, axis=0)
    ratios = np.median(taken[:, 3 + best, None] / taken[:, :3], axis=0)
    print(
        f"{circuit.qubits:2} qubits, {circuit.layers} layers, batch {batch:5}: "
        f"PennyLane {milliseconds[3 + best]:8.2f} ms ({list(theirs)[best]}); "
        f"NumPy {milliseconds[0]:8.3f} ms, {ratios[0]:.1f} times as fast; compiled {milliseconds[1]:8.3f} ms, {ratios[1]:.1f} times; "
        f"with kept phases {milliseconds[2]:8.3f} ms, {ratios[2]:.1f} times; largest difference {difference:.0e}"
    )


def many_nodes(circuit: Circuit, nodes: int, samples: int, turns: int) -> None:
    """Print one line for each of ours: nodes with parameters of their own, as in training."""
    angles, features, labels = problem(circuit, nodes, samples)
    phases = encoded(circuit, features)
    for name, function in (("NumPy", loss_gradient), ("compiled", compiled.loss_gradient)):
        ways = [partial(function, circuit, angles, data, labels) for data in (features, phases)]
        fresh, kept = np.median(times(ways, turns), axis=0)
        print(
            f"{nodes} nodes x {samples} samples, {name}: {1e3 * fresh:.3f} ms, "
            f"{1e3 * kept:.3f} ms with kept phases ({1 / kept:,.0f} a second)"
        )


if __name__ == "__main__":
    main()
