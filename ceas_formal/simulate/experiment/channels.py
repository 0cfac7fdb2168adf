"""Noise after each gate of a circuit, exactly, from the expectation values of Pauli strings (IV: error rates of 1% and 20% per gate).

CZ permutes strings, RY turns Z and X of a qubit into one another, and these channels scale each string: nothing else is needed.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ceas_formal.learning.circuits.circuit import Circuit, checked_angles, encoded
from ceas_formal.simulate.experiment.data import Floats

PAULIS = np.array([[[1, 0], [0, 1]], [[1, 0], [0, -1]], [[0, 1], [1, 0]], [[0, -1], [1, 0]]])
"""1, Z, X, and Y up to the phase -i, which keeps strings real."""


def noisy_expectations(circuit: Circuit, channel: str, angles: ArrayLike, features: ArrayLike, intact: ArrayLike) -> Floats:
    """Return ⟨Z⟩ of qubit 0, shape (..., n), where each gate is followed by a channel on each of its qubits.

    Parameters
    ----------
    circuit : Circuit
        The gates; RY(x) and RY(θ) count as two.
    channel : {"local_depolarising", "dephasing"}
        ρ ↦ (1-ε)ρ + ε·1/2, or ρ ↦ (1-ε)ρ + ε·ZρZ.
    angles : array_like, shape (..., parameters)
        In radians.
    features : array_like, shape (..., n, features)
        The samples in radians, or their phases.
    intact : array_like, shape (...)
        1 - ε, each in [0, 1]. All leading axes broadcast.

    Examples
    --------
    At θ = x = 0 the state stays |00⟩, which dephasing does not see; of the 12 gates 7 depolarise qubit 0:

    >>> still = np.zeros(6), np.zeros((1, 2)), 0.8
    >>> [noisy_expectations(Circuit(), name, *still).round(6).tolist() for name in ("dephasing", "local_depolarising")]
    [[1.0], [0.209715]]
    """
    centre, phases, left = checked_angles(circuit, angles), encoded(circuit, features), np.asarray(intact, dtype=float)[..., None]
    shape = np.broadcast_shapes((*centre.shape[:-1], 1), phases.shape[:-1], left.shape)
    left = left.reshape(*(1,) * (len(shape) - left.ndim), *left.shape)
    kept = (left, left, left) if channel == "local_depolarising" else (np.ones_like(left), 2 * left - 1, 2 * left - 1)
    trained, data = np.exp(1j * centre), phases**2
    strings = np.ones((1, *shape))
    for layer in range(circuit.layers):
        for qubit in range(circuit.qubits):
            gates = (data[..., qubit % circuit.features], trained[..., layer * circuit.qubits + qubit, None])
            z = _turned(_turned((1.0, 0.0), gates[0], kept), gates[1], kept)
            if layer == 0:  # |0…0⟩ has no Y and no X, and stays a product until the first CZ
                strings = np.stack([strings, strings * z[0], strings * z[1], np.zeros_like(strings)], axis=1).reshape(-1, *shape)
                continue
            x = _turned(_turned((0.0, 1.0), gates[0], kept), gates[1], kept)
            view = strings.reshape(4**qubit, 4, -1, *shape)
            strings = np.empty_like(view)
            strings[:, 0] = view[:, 0]
            strings[:, 1] = z[0] * view[:, 1] + x[0] * view[:, 2]
            strings[:, 2] = z[1] * view[:, 1] + x[1] * view[:, 2]
            strings[:, 3] = kept[2] ** 2 * view[:, 3]
        factors = np.stack([np.ones_like(left), *kept])
        for pair in circuit.pairs:
            source, sign = _conjugated()
            scale = sign.reshape(16, *(1,) * left.ndim) * (factors[:, None] * factors).reshape(16, *left.shape)
            front = np.moveaxis(strings.reshape(*(4,) * circuit.qubits, *shape), pair, (0, 1))
            after = (front.reshape(16, -1, *shape)[source] * scale[:, None]).reshape(front.shape)
            strings = np.ascontiguousarray(np.moveaxis(after, (0, 1), pair))
    strings = strings.reshape(4, -1, *shape)[:, 0]
    found: Floats = _turned((strings[1], strings[2]), trained[..., circuit.layers * circuit.qubits, None], kept)[0]
    return found


def _turned(pair: tuple[Any, Any], phase: Any, kept: tuple[Floats, ...]) -> tuple[Any, Any]:
    """Return ⟨Z⟩ and ⟨X⟩ after RY by an angle with this phase, and then the channel."""
    return kept[0] * (phase.real * pair[0] - phase.imag * pair[1]), kept[1] * (phase.imag * pair[0] + phase.real * pair[1])


@cache
def _conjugated() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which string of two qubits CZ makes of each, and with which sign."""
    gate = np.diag([1, 1, 1, -1])
    strings = np.array([np.kron(first, second) for first in PAULIS for second in PAULIS])
    overlaps = np.einsum("pab,qab->pq", strings, gate @ strings @ gate) // 4
    source = np.abs(overlaps).argmax(axis=1)
    return source, overlaps[np.arange(16), source]
