"""The re-uploading circuit: which gates act in which order, and what its inputs must look like (paper III.A.1, U_k(θ); IV).

A layer writes the sample and turns by the parameters: RY(x) on each qubit, RY(θ) on each qubit, CZ between neighbours on a ring. After
the last layer each qubit turns once more. All gates are real matrices, so real amplitudes suffice. Re-uploading: A. Pérez-Salinas,
A. Cervera-Lierta, E. Gil-Fuster, J. I. Latorre, "Data re-uploading for a universal quantum classifier", Quantum 4, 226 (2020).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ceas_formal.spec.exact import whole

Floats: TypeAlias = NDArray[np.float64]
Phases: TypeAlias = NDArray[np.complex128]


@dataclass(frozen=True)
class Gate:
    """One gate: RY by a feature or by a parameter on one qubit, or CZ on two.

    Parameters
    ----------
    qubits : tuple of int
        One qubit for RY, two for CZ; qubit 0 is the most significant bit of a basis state.
    feature, parameter : int, optional
        Where the angle of RY stands; both are None for CZ.
    """

    qubits: tuple[int, ...]
    feature: int | None = None
    parameter: int | None = None


@dataclass(frozen=True)
class Circuit:
    """A re-uploading circuit of RY and CZ whose observable is Z on qubit 0.

    Parameter ``layer * qubits + qubit`` turns `qubit` in `layer`; the last `qubits` parameters turn after the last layer. Parameters
    outside the :meth:`cone` never have a gradient. RY(x) and RY(θ) turn about the same axis, so a layer sees their sum alone.

    Parameters
    ----------
    qubits, layers : int
        Their numbers, at least 1.
    features : int
        How many entries a sample has, from 1 to `qubits`; qubit j reads entry j mod `features`.

    Raises
    ------
    ValueError
        If a number is outside its range.

    Examples
    --------
    >>> circuit = Circuit(qubits=2, layers=2, features=2)
    >>> circuit.parameters, circuit.pairs, sum(1 for gate in circuit.gates())
    (6, ((0, 1),), 12)
    >>> Circuit(qubits=2, features=3)
    Traceback (most recent call last):
    ValueError: the number of features must lie in [1, 2], the number of qubits; got 3
    """

    qubits: int = 2
    layers: int = 2
    features: int = 2

    def __post_init__(self) -> None:
        whole("the number of qubits", self.qubits, 1)
        whole("the number of layers", self.layers, 1)
        if whole("the number of features", self.features, 1) > self.qubits:
            raise ValueError(f"the number of features must lie in [1, {self.qubits}], the number of qubits; got {self.features}")

    @property
    def parameters(self) -> int:
        """How many angles are trained."""
        return self.qubits * (self.layers + 1)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The qubits that CZ joins in each layer: a ring from 3 qubits on, one pair for 2, none for 1."""
        chain = tuple((qubit, qubit + 1) for qubit in range(self.qubits - 1))
        return (*chain, (0, self.qubits - 1)) if self.qubits > 2 else chain

    def gates(self) -> Iterator[Gate]:
        """Yield the gates in the order in which they act."""
        for layer in range(self.layers + 1):
            if layer < self.layers:
                yield from (Gate((qubit,), feature=qubit % self.features) for qubit in range(self.qubits))
            yield from (Gate((qubit,), parameter=layer * self.qubits + qubit) for qubit in range(self.qubits))
            if layer < self.layers:
                yield from (Gate(pair) for pair in self.pairs)

    def cone(self) -> NDArray[np.bool_]:
        """Return which turns reach the observable, shape (layers + 1, qubits).

        A layer of CZ takes the observable one step along the ring, so a turn reaches it if its qubit is at most layers - layer steps from
        qubit 0. All other turns cancel against their inverses: ⟨Z⟩ does not depend on them.

        Examples
        --------
        >>> Circuit().cone().astype(int).tolist()
        [[1, 1], [1, 1], [1, 0]]
        """
        qubits = np.arange(self.qubits)
        steps = np.minimum(qubits, self.qubits - qubits)
        return np.asarray(steps <= np.arange(self.layers, -1, -1)[:, None])


@cache
def signs(circuit: Circuit) -> Floats:
    """Return the diagonal of one layer's CZ gates, shape (2^qubits,), read-only.

    Examples
    --------
    >>> signs(Circuit())
    array([ 1.,  1.,  1., -1.])
    """
    states, diagonal = np.arange(2**circuit.qubits), np.ones(2**circuit.qubits)
    for first, second in circuit.pairs:
        both = (states >> circuit.qubits - 1 - first) & (states >> circuit.qubits - 1 - second) & 1
        diagonal[both == 1] *= -1
    diagonal.setflags(write=False)
    return diagonal


def checked_angles(circuit: Circuit, angles: ArrayLike) -> Floats:
    """Return `angles` as floats, shape (..., parameters).

    Raises
    ------
    ValueError
        If the last axis has another length, or an angle is not a finite real number.
    """
    return _finite("the angles", angles, circuit.parameters)


def encoded(circuit: Circuit, features: ArrayLike) -> Phases:
    """Return exp(ix/2) for each feature x: its real and imaginary parts are the entries of RY(x), worth keeping for data seen again.

    Every function here that takes features takes these phases as well; features that are complex already must be such phases, and are
    returned as they are.

    Parameters
    ----------
    circuit : Circuit
        Says how many features a sample has.
    features : array_like, shape (..., n, features)
        The samples, in radians.

    Raises
    ------
    ValueError
        If the shape differs, a feature is not a finite number, or a complex one is no phase.

    Examples
    --------
    >>> encoded(Circuit(), [[0.0, np.pi]]).round(3)
    array([[1.+0.j, 0.+1.j]])
    """
    given = np.asarray(features)
    if given.dtype == np.complex128 and given.ndim >= 2 and given.shape[-1] == circuit.features:
        if not (np.abs(given.real**2 + given.imag**2 - 1) <= 1e-9).all():
            raise ValueError("complex features must be phases exp(ix/2), of modulus 1")
        return given
    table = _finite("the features", features, circuit.features)
    if table.ndim < 2 or table.shape[-2] == 0:
        raise ValueError(f"the features must have the shape (..., n, {circuit.features}) with n at least 1; got {table.shape}")
    # with t = tan(x/4): exp(ix/2) = 2/(1 + t²) - 1 + 2it/(1 + t²); NumPy has a vectorised tangent, but no such complex exponential
    tangent = np.tan(table / 4)
    doubled = 2 / (1 + tangent * tangent)
    phases: Phases = np.empty(table.shape, dtype=np.complex128)
    phases.real, phases.imag = doubled - 1, doubled * tangent
    return phases


def checked_labels(labels: ArrayLike, samples: int) -> Floats:
    """Return `labels` as floats, shape (..., samples).

    Raises
    ------
    ValueError
        If a label is neither +1 nor -1, or the last axis has another length than `samples`.
    """
    table = _finite("the labels", labels, samples)
    if not (np.abs(table) == 1).all():
        raise ValueError(f"the labels must be +1 or -1; got {float(table[np.abs(table) != 1].flat[0])}")
    return table


def _finite(quantity: str, values: ArrayLike, length: int) -> Floats:
    given = np.asarray(values)
    if given.dtype.kind not in "iuf":
        raise ValueError(f"{quantity} must be finite real numbers; got the type {given.dtype}")
    table = np.asarray(given, dtype=np.float64)
    if table.shape[-1:] != (length,):
        raise ValueError(f"the last axis of {quantity} must have the length {length}; got the shape {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError(f"{quantity} must be finite; got {float(table[~np.isfinite(table)].flat[0])}")
    return table
