"""Uniform Clifford keys as gate lists, from a seeded stream, and what they cost in two-qubit gates.

The sampler sweeps a random anticommuting pair of Pauli operators to X and Z of one qubit after the other, which fixes one coset
representative at a time (van den Berg, "A simple method for sampling random Clifford operators", 2021). About 3N²/4 CX gates on N qubits.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ceas_formal.spec.exact import whole

Gate = tuple[str, tuple[int, ...]]
"""A name of stim's (H, S, CX, SWAP, X, Y, Z), and the qubits it acts on."""


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the random stream of a purpose, independent of all others under the same seed.

    Parameters
    ----------
    seed : int
        At least 0.
    purpose : str
        Its bytes are the spawn key, so that a new purpose moves no other stream.

    Examples
    --------
    >>> int(stream(7, "keys").integers(100)) == int(stream(7, "keys").integers(100))
    True
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(whole("the seed", seed, 0), spawn_key=tuple(purpose.encode()))))


def random_clifford(qubits: int, rng: np.random.Generator) -> list[Gate]:
    """Return the gates of a Clifford operation on `qubits` qubits, uniform over the group modulo phases.

    Parameters
    ----------
    qubits : int
        N ≥ 1.
    rng : numpy.random.Generator
        Such as :func:`stream`.

    Returns
    -------
    list of Gate
        In the order of application. A SWAP is a relabelling and costs no gate.

    Examples
    --------
    >>> {name for name, _ in random_clifford(6, stream(1, "keys"))} <= {"H", "S", "CX", "SWAP", "X", "Y", "Z"}
    True
    """
    gates: list[Gate] = []
    for first in range(whole("the number of qubits", qubits, 1)):
        _sweep(first, qubits, rng, gates)
    for qubit, pauli in enumerate(rng.integers(4, size=qubits)):
        if pauli:
            gates.append(("IXYZ"[pauli], (qubit,)))
    return gates


def two_qubit_gates(gates: list[Gate]) -> int:
    """Return the number of CX gates; relabellings are free.

    Examples
    --------
    >>> two_qubit_gates([("H", (0,)), ("CX", (0, 1)), ("SWAP", (0, 1))])
    1
    """
    return sum(name == "CX" for name, _ in gates)


def mean_two_qubit_gates(qubits: int, samples: int, seed: int = 0) -> tuple[float, float]:
    """Return the mean number of CX gates of a key and its standard error, over `samples` ≥ 2 sampled keys.

    Examples
    --------
    >>> mean, error = mean_two_qubit_gates(20, 50)
    >>> 260 < mean < 300 and error < 2
    True
    """
    count, rng = whole("the number of samples", samples, 2), stream(seed, "gate counts")
    found = [two_qubit_gates(random_clifford(qubits, rng)) for _ in range(count)]
    return float(np.mean(found)), float(np.std(found, ddof=1) / math.sqrt(count))


class _Pair(NamedTuple):
    """Two Pauli rows as lists of X bits and Z bits; gates act on both at once."""

    x: tuple[list[int], list[int]]
    z: tuple[list[int], list[int]]

    def apply(self, gate: Gate) -> None:
        name, (a, *rest) = gate
        for x, z in zip(self.x, self.z, strict=True):
            if name == "H":
                x[a], z[a] = z[a], x[a]
            elif name == "S":
                z[a] ^= x[a]
            elif name == "CX":
                x[rest[0]] ^= x[a]
                z[a] ^= z[rest[0]]
            else:
                x[a], x[rest[0]], z[a], z[rest[0]] = x[rest[0]], x[a], z[rest[0]], z[a]


def random_checks(qubits: int, checks: int, rng: np.random.Generator) -> list[Gate]:
    """Return gates that take r uniformly random commuting Pauli checks to Z on the first r qubits: the shallow part of a key.

    Parameters
    ----------
    qubits, checks : int
        N ≥ 1, and r in 0..N.

    Returns
    -------
    list of Gate
        About 3rN/4 - 3r²/8 CX, half of a full key's at r = N.

    Examples
    --------
    >>> two_qubit_gates(random_checks(40, 4, stream(1, "keys"))) < 140
    True
    """
    gates: list[Gate] = []
    if whole("the number of checks", checks, 0) > whole("the number of qubits", qubits, 1):
        raise ValueError(f"the number of checks must lie in 0..{qubits}; got {checks}")
    for first in range(checks):
        pair = _random_pair(first, qubits, rng)
        _to_x(pair, 0, first, qubits, gates)
        gates.append(("H", (first,)))
    return gates


def _sweep(first: int, qubits: int, rng: np.random.Generator, gates: list[Gate]) -> None:
    """Draw a uniform anticommuting pair on the qubits from `first` on and append the gates that take it to X and Z of `first`."""
    pair = _random_pair(first, qubits, rng)
    _to_x(pair, 0, first, qubits, gates)
    if any(pair.x[1]) or sum(pair.z[1]) != 1:
        _apply(pair, gates, "H", first)
        _to_x(pair, 1, first, qubits, gates)
        _apply(pair, gates, "H", first)


def _apply(pair: _Pair, gates: list[Gate], name: str, *where: int) -> None:
    gates.append((name, where))
    pair.apply((name, where))


def _to_x(pair: _Pair, row: int, first: int, qubits: int, gates: list[Gate]) -> None:
    """Append the gates that take a row to X of `first`."""
    x, z = pair.x[row], pair.z[row]
    for qubit in range(first, qubits):
        if z[qubit]:
            _apply(pair, gates, "S" if x[qubit] else "H", qubit)
    support = [qubit for qubit in range(first, qubits) if x[qubit]]
    # In pairs, so that the depth is logarithmic; the first of the support is never a target.
    while len(support) > 1:
        for control, target in zip(support[::2], support[1::2], strict=False):
            _apply(pair, gates, "CX", control, target)
        support = support[::2]
    if support[0] != first:
        _apply(pair, gates, "SWAP", first, support[0])


def _random_pair(first: int, qubits: int, rng: np.random.Generator) -> _Pair:
    width = qubits - first
    while True:
        (x0, z0), (x1, z1) = rng.integers(2, size=(2, 2, width))
        if (int(x0 @ z1) + int(z0 @ x1)) % 2:
            pad = [0] * first
            return _Pair((pad + x0.tolist(), pad + x1.tolist()), (pad + z0.tolist(), pad + z1.tolist()))
