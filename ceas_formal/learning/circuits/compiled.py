"""The same expectation values and loss gradients from a compiled kernel; needs the extra ``fast`` (numba).

The kernel takes the samples of a node in blocks that stay in the cache; its innermost loops run over the samples of a block and write
at most two rows each, so the compiler turns them into vector instructions. Qubits and turns outside the observable's cone are left out,
which changes nothing and makes wide, shallow circuits as cheap as those of 2·layers + 1 qubits. Sums keep their order: the same input
gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ceas_formal.learning.circuits.circuit import Circuit, Floats, Phases, checked_angles, checked_labels, encoded, signs
from ceas_formal.learning.circuits.losses import Loss, check
from ceas_formal.learning.circuits.statevector import checked_shrink

SAMPLES_IN_A_BLOCK = 128
"""Enough for long vector loops; more would leave the cache."""
FACTORS_OF_A_LOGARITHM = 16
"""Probabilities multiplied before a logarithm is taken: at the least floor, 1e-12, 27 would leave the range of normal floats."""
AMPLITUDES_IN_A_BLOCK = 2**24
"""128 MB for each of the two state vectors: beyond 17 qubits blocks get shorter."""


def expectations(circuit: Circuit, angles: ArrayLike, features: ArrayLike) -> Floats:
    """Return what :func:`ceas_formal.learning.circuits.expectations` does.

    Raises
    ------
    ModuleNotFoundError
        If numba is missing; the message names the extra.
    ValueError
        As there.
    """
    centre, phases = checked_angles(circuit, angles), encoded(circuit, features)
    shape = np.broadcast_shapes((*centre.shape[:-1], 1), phases.shape[:-1])
    without_labels, without_shrink = np.empty((0, 0)), np.empty(0)
    values, _, _ = _swept(circuit, centre, phases, shape, without_labels, without_shrink, False, 0.0)
    return values.reshape(shape)


def loss_gradient(
    circuit: Circuit,
    angles: ArrayLike,
    features: ArrayLike,
    labels: ArrayLike,
    *,
    shrink: ArrayLike = 1.0,
    loss: Loss = "cross_entropy",
    floor: float = 1e-3,
) -> tuple[Floats, Floats]:
    """Return what :func:`ceas_formal.learning.circuits.loss_gradient` does.

    Raises
    ------
    ModuleNotFoundError
        If numba is missing; the message names the extra.
    ValueError
        As there.
    """
    check(loss, floor)
    centre, phases = checked_angles(circuit, angles), encoded(circuit, features)
    shape = np.broadcast_shapes((*centre.shape[:-1], 1), phases.shape[:-1])
    signs = _rows(checked_labels(labels, shape[-1]), shape, 1)
    factors = _rows(checked_shrink(shrink), shape[:-1], 0)
    _, cost, slopes = _swept(circuit, centre, phases, shape, signs, factors, loss == "squared", floor)
    return cost.reshape(shape[:-1]), slopes.reshape(*shape[:-1], -1)


def _rows(values: Any, shape: tuple[int, ...], kept: int) -> Any:
    """Return `values` broadcast to `shape`, with all but the last `kept` axes made one.

    Contiguous and writeable, since the kernel is compiled anew for each kind of memory.
    """
    if values.shape != shape:
        values = np.broadcast_to(values, shape)
    return np.require(values, requirements=["C", "W"]).reshape(-1, *shape[len(shape) - kept :])


def _swept(
    circuit: Circuit, angles: Floats, phases: Phases, shape: tuple[int, ...], labels: Floats, shrink: Floats, squared: bool, floor: float
) -> tuple[Floats, Floats, Floats]:
    turns = _rows(angles, (*shape[:-1], circuit.parameters), 1)
    data = _rows(phases, (*shape, circuit.features), 2)
    result: tuple[Floats, Floats, Floats] = _kernel()(*_plan(circuit), turns, data, labels, shrink, squared, floor)
    return result


@cache
def _plan(circuit: Circuit) -> tuple[NDArray[np.bool_], NDArray[np.intp], NDArray[np.intp], int]:
    """Return the cone of the qubits that are kept, what they are called in `circuit`, the amplitudes that CZ flips, and all qubits.

    The two outermost qubits of the cone become neighbours if others are left out between them; that CZ is outside the cone.
    """
    cone = circuit.cone()
    kept = np.flatnonzero(cone[0])
    flips = np.flatnonzero(signs(Circuit(len(kept), circuit.layers, 1)) < 0)
    return np.ascontiguousarray(cone[:, kept]), kept, flips, circuit.qubits


@cache
def _kernel() -> Callable[..., Any]:
    try:
        import numba
    except ModuleNotFoundError:
        raise ModuleNotFoundError("the compiled circuits need numba; install the extra: pip install 'ceas-formal[fast]'") from None
    compiled: Callable[..., Any] = numba.njit(cache=True, error_model="numpy")(_sweep)
    return compiled


def _sweep(
    cone: NDArray[np.bool_],
    kept: NDArray[np.intp],
    flips: NDArray[np.intp],
    all_qubits: int,
    angles: Floats,
    data: Phases,
    labels: Floats,
    shrink: Floats,
    squared: bool,
    floor: float,
) -> tuple[Floats, Floats, Floats]:
    """Return ⟨Z⟩ (nodes, n), mean losses (nodes,) and gradients (nodes, parameters); without labels the last two stay empty."""
    nodes, samples, features = data.shape
    layers, qubits, backward = cone.shape[0] - 1, cone.shape[1], labels.size > 0
    size = 2**qubits
    width = min(samples, SAMPLES_IN_A_BLOCK, max(1, AMPLITUDES_IN_A_BLOCK // size))
    values = np.empty((nodes, samples))
    cost, slopes = np.zeros(len(labels)), np.zeros((len(labels), angles.shape[1]))
    state, adjoint, product, doubled = np.empty((size, width)), np.empty((size, width)), np.empty(width), np.empty(width)
    turns = (layers + 1) * qubits
    cosine, sine, slope = np.empty((turns, width)), np.empty((turns, width)), np.empty((turns, width))
    for node in range(nodes):
        slope[:] = 0.0
        for start in range(0, samples, width):
            block = min(width, samples - start)
            for turn in range(turns):
                layer, qubit = divmod(turn, qubits)
                if not cone[layer, qubit]:
                    continue
                angle, feature = angles[node, layer * all_qubits + kept[qubit]] / 2, kept[qubit] % features
                c, s = math.cos(angle), math.sin(angle)
                if layer == layers:
                    cosine[turn, :block], sine[turn, :block] = c, s
                    continue
                for k in range(block):
                    phase = data[node, start + k, feature]
                    cosine[turn, k] = c * phase.real - s * phase.imag
                    sine[turn, k] = s * phase.real + c * phase.imag
            # Forward: the first layer leaves a product state, built from the last qubit to the first.
            state[0, :block] = 1.0
            for qubit in range(qubits - 1, -1, -1):
                stride = 2 ** (qubits - 1 - qubit)
                for low in range(stride):
                    for k in range(block):
                        state[low + stride, k] = sine[qubit, k] * state[low, k]
                        state[low, k] *= cosine[qubit, k]
            for layer in range(1, layers + 1):
                for flip in flips:
                    for k in range(block):
                        state[flip, k] = -state[flip, k]
                for qubit in range(qubits):
                    if not cone[layer, qubit]:
                        continue
                    stride, turn = 2 ** (qubits - 1 - qubit), layer * qubits + qubit
                    for pair in range(size // 2):
                        low = pair // stride * 2 * stride + pair % stride
                        high = low + stride
                        for k in range(block):
                            zero, one = state[low, k], state[high, k]
                            state[low, k] = cosine[turn, k] * zero - sine[turn, k] * one
                            state[high, k] = sine[turn, k] * zero + cosine[turn, k] * one
            product[:block] = 0.0
            for low in range(size // 2):
                for k in range(block):
                    product[k] += state[low, k] ** 2 - state[low + size // 2, k] ** 2
            for k in range(block):
                values[node, start + k] = product[k]
            if not backward:
                continue
            # The derivative of each sample's loss weighs Z|state⟩, which then walks back with the state.
            if squared:
                for k in range(block):
                    residual = shrink[node] * product[k] - labels[node, start + k]
                    cost[node] += residual * residual
                    product[k] = 2 * shrink[node] * residual
            else:
                for k in range(block):
                    signed = (1 - 2 * floor) * shrink[node] * labels[node, start + k]
                    doubled[k] = 1 + signed * product[k]
                    product[k] = -signed / doubled[k]
                for first in range(0, block, FACTORS_OF_A_LOGARITHM):
                    factor = 1.0
                    for k in range(first, min(first + FACTORS_OF_A_LOGARITHM, block)):
                        factor *= doubled[k]
                    cost[node] -= math.log(factor)
            for low in range(size // 2):
                for k in range(block):
                    adjoint[low, k] = product[k] * state[low, k]
                for k in range(block):
                    adjoint[low + size // 2, k] = -product[k] * state[low + size // 2, k]
            for layer in range(layers, -1, -1):
                for qubit in range(qubits):
                    if not cone[layer, qubit]:
                        continue
                    stride, turn = 2 ** (qubits - 1 - qubit), layer * qubits + qubit
                    for pair in range(size // 2):
                        low = pair // stride * 2 * stride + pair % stride
                        high = low + stride
                        for k in range(block):
                            slope[turn, k] += adjoint[high, k] * state[low, k] - adjoint[low, k] * state[high, k]
                        if not layer:
                            continue
                        for k in range(block):
                            zero, one = state[low, k], state[high, k]
                            state[low, k] = cosine[turn, k] * zero + sine[turn, k] * one
                            state[high, k] = cosine[turn, k] * one - sine[turn, k] * zero
                        for k in range(block):
                            zero, one = adjoint[low, k], adjoint[high, k]
                            adjoint[low, k] = cosine[turn, k] * zero + sine[turn, k] * one
                            adjoint[high, k] = cosine[turn, k] * one - sine[turn, k] * zero
                if not layer:
                    break
                for flip in flips:
                    for k in range(block):
                        state[flip, k] = -state[flip, k]
                    for k in range(block):
                        adjoint[flip, k] = -adjoint[flip, k]
        if backward:
            cost[node] = cost[node] / samples + (0.0 if squared else math.log(2.0))
            for turn in range(turns):
                layer, qubit = divmod(turn, qubits)
                total = 0.0
                for k in range(width):
                    total += slope[turn, k]
                slopes[node, layer * all_qubits + kept[qubit]] = total / samples
    return values, cost, slopes
