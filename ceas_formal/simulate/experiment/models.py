"""What is trained: circuits, and plain classical models beside them. All are called for many nodes and seeds at once."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Protocol

import numpy as np
from scipy.special import expit

from ceas_formal.learning import circuits
from ceas_formal.learning.circuits.losses import losses
from ceas_formal.simulate.experiment.basis import Basis, Polynomial, Trigonometric, interpolation, node_grid
from ceas_formal.simulate.experiment.channels import noisy_expectations
from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment_tables import Noise, Training

FLOOR = 1e-3
"""The least probability that the loss gives to a label: the logarithm stays finite."""


class Model(Protocol):
    """A model with parameters W that predicts a label ±1.

    `encode` is called once for each set of samples; the other functions take what it returns, so that nothing is encoded twice.
    `shrink` is what noise leaves: of ⟨Z⟩, or of a gate (:meth:`ceas_formal.simulate.experiment.setting.Experiment.shrink`).
    """

    parameters: int
    basis: Basis

    def encode(self, features: Floats) -> Any:
        """Return samples (..., n, d) in the form that the model reads."""

    def initial(self, random: np.random.Generator) -> Floats:
        """Return parameters (P,) to start from."""

    def scores(self, parameters: Floats, encoded: Any) -> Floats:
        """Return scores (..., n) whose sign is the predicted label."""

    def probabilities(self, scores: Floats, shrink: float) -> Floats:
        """Return the probability of the label +1 at each score."""

    def gradient(self, parameters: Floats, encoded: Any, labels: Floats, shrink: Floats) -> Floats:
        """Return the gradient (..., P) of the mean loss over samples (..., n), on hardware with `shrink` (...)."""

    def deviation(self, parameters: Floats, encoded: Any, labels: Floats, shrink: Floats, shots: int) -> Floats:
        """Return the standard deviation (...) that finitely many shots add to each entry of the gradient."""


def backend(compiled: bool | None) -> tuple[ModuleType, bool]:
    """Return the module with the functions of circuits, and whether it is the compiled one.

    Parameters
    ----------
    compiled : bool or None
        None takes the compiled functions where numba is installed.
    """
    from importlib.util import find_spec

    if compiled or (compiled is None and find_spec("numba") is not None):
        from ceas_formal.learning.circuits import compiled as module

        return module, True
    return circuits, False


class CircuitAngles:
    """The angles of a re-uploading circuit; features become angles by a scale, and the score is ⟨Z⟩ of qubit 0."""

    def __init__(self, training: Training, features: int, *, compiled: bool | None = None) -> None:
        self.scale, self.spread = training.feature_scale, training.initial_spread
        self.circuit = circuits.Circuit(training.qubits, training.layers, features)
        self.parameters: int = self.circuit.parameters
        self.loss: Any = training.loss
        encodings = max(sum(qubit % features == j for qubit in range(training.qubits)) for j in range(features))
        self.basis: Basis = Trigonometric(training.layers * encodings, self.scale)
        self._functions, self.compiled = backend(compiled)

    def encode(self, features: Floats) -> Any:
        """Return exp(isx/2) of the features x, at s radians per unit."""
        return circuits.encoded(self.circuit, self.scale * features)

    def initial(self, random: np.random.Generator) -> Floats:
        """Return normal angles."""
        return self.spread * random.standard_normal(self.parameters)

    def scores(self, parameters: Floats, encoded: Any) -> Floats:
        """Return ⟨Z⟩."""
        found: Floats = self._functions.expectations(self.circuit, parameters, encoded)
        return found

    def probabilities(self, scores: Floats, shrink: float) -> Floats:
        """Return (1 + λ⟨Z⟩)/2."""
        return (1 + shrink * scores) / 2

    def gradient(self, parameters: Floats, encoded: Any, labels: Floats, shrink: Floats) -> Floats:
        """Return the gradient on hardware whose noise shrinks ⟨Z⟩ by λ."""
        found: Floats = self._functions.loss_gradient(
            self.circuit, parameters, encoded, labels, shrink=shrink, loss=self.loss, floor=FLOOR
        )[1]
        return found

    def deviation(self, parameters: Floats, encoded: Any, labels: Floats, shrink: Floats, shots: int) -> Floats:
        """Return √(Σᵢ cᵢ²/(2·shots))/n: cᵢ is the derivative of the loss by the measured value of sample i.

        The parameter-shift rule takes half the difference of two values, each measured with a variance of at most 1/shots. The bound is
        used as the variance; it is met where the shifted values are 0.
        """
        if shots == 0:
            return np.zeros(np.shape(shrink))
        measured = self._measured(parameters, encoded, shrink)
        kept = 1 - 2 * FLOOR
        slope = 2 * (measured - labels) if self.loss == "squared" else kept / (1 + kept * labels * measured)
        found: Floats = np.sqrt((slope**2).sum(axis=-1) / (2 * shots)) / labels.shape[-1]
        return found

    def _measured(self, parameters: Floats, encoded: Any, shrink: Floats) -> Floats:
        """Return the mean (..., n) of what hardware measures."""
        return shrink[..., None] * self.scores(parameters, encoded)


class NoisyGates(CircuitAngles):
    """The same circuit, each gate followed by its channel; the score is ⟨Z⟩ on honest hardware.

    Noise leaves ⟨Z⟩ a trigonometric polynomial in the features, so it is computed where that is known from, and nowhere else; and once
    for each kind of hardware where all nodes have the same angles.
    """

    def __init__(self, training: Training, features: int, noise: Noise, *, compiled: bool | None = None) -> None:
        super().__init__(training, features, compiled=compiled)
        self.channel, self.honest = noise.channel, np.array(1 - noise.honest_error_rate)
        self.grid = circuits.encoded(self.circuit, self.scale * node_grid(self.basis))

    def encode(self, features: Floats) -> Any:
        """Return what takes ⟨Z⟩ at the node grid to ⟨Z⟩ at the features, (..., n, K²)."""
        return np.ascontiguousarray(interpolation(self.basis, features).swapaxes(-1, -2))

    def scores(self, parameters: Floats, encoded: Any) -> Floats:
        """Return ⟨Z⟩ on honest hardware."""
        return self._measured(parameters, encoded, self.honest)

    def probabilities(self, scores: Floats, shrink: float) -> Floats:
        """Return (1 + ⟨Z⟩)/2: the score has all the noise in it."""
        return (1 + scores) / 2

    def gradient(self, parameters: Floats, encoded: Any, labels: Floats, shrink: Floats) -> Floats:
        """Return the gradient by parameter shift, exact for noise that does not depend on the angles."""
        turns = np.pi / 2 * np.concatenate([np.zeros((1, self.parameters)), np.eye(self.parameters), -np.eye(self.parameters)])
        grid = self._on_grid(parameters[..., None, :] + turns, shrink)
        value, plus, minus = np.split(grid, (1, 1 + self.parameters), axis=-2)
        slope = losses((encoded @ value.swapaxes(-1, -2))[..., 0], labels, np.array(1.0), self.loss, FLOOR)[1]
        found: Floats = ((plus - minus) / 2 @ (slope[..., None, :] @ encoded).swapaxes(-1, -2))[..., 0] / labels.shape[-1]
        return found

    def _measured(self, parameters: Floats, encoded: Any, shrink: Floats) -> Floats:
        found: Floats = (encoded @ self._on_grid(parameters[..., None, :], shrink).swapaxes(-1, -2))[..., 0]
        return found

    def _on_grid(self, parameters: Floats, intact: Floats) -> Floats:
        """Return ⟨Z⟩ (..., k, K²) at the node grid, for k vectors of parameters (..., k, P) of each node."""
        if parameters.ndim < 4 or parameters.shape[-3] > 1 or intact.ndim == 0:
            return noisy_expectations(self.circuit, self.channel, parameters, self.grid, intact[..., None])
        kinds, place = np.unique(intact, return_inverse=True)
        found = noisy_expectations(self.circuit, self.channel, parameters, self.grid, kinds[:, None])
        return np.take_along_axis(found, place.reshape(intact.shape)[..., None, None], axis=-3)


class PolynomialWeights:
    """Logistic regression on the monomials of two features up to a degree; noise and shots do not touch it.

    Degree 1 is the linear model with an intercept; degree 2 has as many parameters as the circuit of two qubits and two layers, 6.
    """

    def __init__(self, degree: int, spread: float) -> None:
        self.spread = spread
        self.exponents = [(a, b) for a in range(degree + 1) for b in range(degree + 1 - a)]
        self.parameters: int = len(self.exponents)
        self.basis: Basis = Polynomial(degree)

    def encode(self, features: Floats) -> Any:
        """Return the monomials of the features."""
        return np.stack([features[..., 0] ** a * features[..., 1] ** b for a, b in self.exponents], axis=-1)

    def initial(self, random: np.random.Generator) -> Floats:
        """Return normal weights."""
        return self.spread * random.standard_normal(self.parameters)

    def scores(self, parameters: Floats, encoded: Any) -> Floats:
        """Return W·m(x)."""
        found: Floats = (encoded @ parameters[..., None])[..., 0]
        return found

    def probabilities(self, scores: Floats, shrink: float) -> Floats:
        """Return 1/(1 + exp(-W·m(x)))."""
        found: Floats = expit(scores)
        return found

    def gradient(self, parameters: Floats, encoded: Any, labels: Floats, shrink: Floats) -> Floats:
        """Return the gradient of the mean cross-entropy."""
        slope = -labels * expit(-labels * self.scores(parameters, encoded))
        found: Floats = (slope[..., None, :] @ encoded)[..., 0, :] / labels.shape[-1]
        return found

    def deviation(self, parameters: Floats, encoded: Any, labels: Floats, shrink: Floats, shots: int) -> Floats:
        """Return 0: nothing is measured."""
        return np.zeros(np.shape(shrink))


def model_of(training: Training, features: int, noise: Noise | None = None, *, compiled: bool | None = None) -> Model:
    """Return the model that ``training.model`` names, on hardware whose ``noise.channel`` is global unless `noise` says otherwise."""
    if training.model == "circuit_angles":
        if noise is not None and noise.channel != "global_depolarising":
            return NoisyGates(training, features, noise, compiled=compiled)
        return CircuitAngles(training, features, compiled=compiled)
    return PolynomialWeights({"logistic_weights": 1, "quadratic_weights": 2}[training.model], training.initial_spread)
