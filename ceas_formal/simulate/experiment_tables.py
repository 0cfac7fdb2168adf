"""The tables of a scenario that describe an experiment: training, noise, data, attacks, the baseline, and the results reported (IV)."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from ceas_formal.simulate.reading import shown
from ceas_formal.simulate.scenario_tables import Count, NonNegative, Positive, Share, Table, Whole


class Training(Table, frozen=True, kw_only=True):
    """Local training (IV).

    Parameters
    ----------
    rounds : int
        Length of the run, at least 1 [rounds].
    model : {"circuit_angles", "logistic_weights", "quadratic_weights"}
        What the parameters W are: angles, or logistic regression on 1, x, y, or on all monomials up to degree 2.
    qubits, layers : int
        Size of the circuit [qubits], [re-uploading layers].
    shots : int
        Measurements per expectation value, 0 for exact ones [shots].
    learning_rate : float
        Step of (3), above 0 [parameter per unit gradient].
    batch_size : int
        Samples of one gradient [samples].
    local_steps : int
        Gradient steps of a node in a round [steps per round].
    loss : {"cross_entropy", "squared"}
        ℓ of a circuit; the other models use cross-entropy.
    feature_scale : float
        Angle by which a circuit turns for a feature of 1, above 0 [radians per standard deviation].
    initial_spread : float
        W starts at independent normal numbers of this deviation, the same at all nodes; at least 0 [radians, or weights].
    """

    rounds: Count
    model: Literal["circuit_angles", "logistic_weights", "quadratic_weights"]
    qubits: Count
    layers: Count
    shots: Whole
    learning_rate: Positive
    batch_size: Count
    local_steps: Count
    loss: Literal["cross_entropy", "squared"]
    feature_scale: Positive
    initial_spread: NonNegative


class Noise(Table, frozen=True, kw_only=True):
    """Gate errors of the two regimes (IV).

    Parameters
    ----------
    honest_error_rate, byzantine_error_rate : float
        Chance that a gate fails, from 0 to 1 [probability per gate].
    channel : {"global_depolarising", "local_depolarising", "dephasing"}
        What a failing gate does: it loses the state of the whole circuit; or each of its qubits is lost, or gets a Z, with that chance.
        Accuracy is then that of the circuit on honest hardware; global noise never changes the sign of a score.
    gates_per_circuit : int
        Gates that fail with that chance where noise is global [gates]. In the other two cases every gate of the circuit does, RY(x) and
        RY(θ) one each: 12 for two qubits and two layers. This number then says nothing about circuits.
    """

    honest_error_rate: Share
    byzantine_error_rate: Share
    channel: Literal["global_depolarising", "local_depolarising", "dephasing"]
    gates_per_circuit: Whole


class Distribution(Table, frozen=True, kw_only=True):
    """One data distribution: two Gaussian classes (IV).

    Parameters
    ----------
    class_separation : float
        δ_c, at least 0 [standard deviations], as ``data.separation_measure`` reads it.
    label_noise : float
        η_y, from 0 to 1 [probability of a flipped label].
    samples : int
        Samples: of each node, or of the whole test set [samples].
    """

    class_separation: NonNegative
    label_noise: Share
    samples: Count


class Data(Table, frozen=True, kw_only=True):
    """The data of honest nodes, of Byzantine nodes, and of the evaluation (IV).

    Parameters
    ----------
    features : int
        Features of a sample [features].
    separation_measure : {"per_coordinate", "total", "half_total"}
        Whether δ_c is the distance of the class means in each coordinate, their distance, or half of it.
    honest, byzantine, test : Distribution
        The three distributions.
    """

    features: Count
    separation_measure: Literal["per_coordinate", "total", "half_total"]
    honest: Distribution
    byzantine: Distribution
    test: Distribution


class Attack(Table, frozen=True, kw_only=True):
    """What Byzantine nodes do to the parameters W (IV).

    Parameters
    ----------
    gaussian_scale : float
        Size of the Gaussian noise, at least 0 [multiples of σ_W].
    gaussian_scale_is : {"standard_deviation", "variance"}
        Which of the two `gaussian_scale` gives.
    gaussian_reference : {"own_coordinates", "across_honest_nodes"}
        Over what the deviation σ_W is taken.
    gaussian_mode : {"additive", "replacing"}
        Whether noise is added to W or sent in its place.
    reversal_factor, scaling_factor : float
        W is multiplied by it [factor].
    adaptation : {"random_kind", "greedy", "checkpoint_evading"}
        How the attack of a round is chosen.
    coordination : {"same_kind", "independent_kinds"}
        Whether all attackers of a round choose alike.
    target : {"message", "state"}
        Whether the message or the node's own state is falsified.
    first_round : int
        The round of the first attack, counted from 0 [round].
    """

    gaussian_scale: NonNegative
    gaussian_scale_is: Literal["standard_deviation", "variance"]
    gaussian_reference: Literal["own_coordinates", "across_honest_nodes"]
    gaussian_mode: Literal["additive", "replacing"]
    reversal_factor: float
    scaling_factor: float
    adaptation: Literal["random_kind", "greedy", "checkpoint_evading"]
    coordination: Literal["same_kind", "independent_kinds"]
    target: Literal["message", "state"]
    first_round: Whole


class Baseline(Table, frozen=True, kw_only=True):
    """The comparison run: aggregation nodes drawn uniformly at random (IV).

    Parameters
    ----------
    selected_nodes : int
        Nodes drawn in a round, from 1 to N [nodes per round].
    fidelity_weighting, quarantine, entanglement_aware_scheduling : bool
        Parts of CEAS that the baseline keeps.
    """

    selected_nodes: Count
    fidelity_weighting: bool
    quarantine: bool
    entanglement_aware_scheduling: bool


class Reported(Table, frozen=True, kw_only=True):
    """The results that a run is compared with (IV).

    Parameters
    ----------
    initial_accuracy, lowest_accuracy, recovered_accuracy : Fraction
        Test accuracy at the start, at the dip, after it [share of the test set].
    stable_accuracy_minimum, stable_accuracy_maximum : Fraction
        The band in which accuracy settles [share of the test set].
    lead_minimum, lead_maximum : Fraction
        Lead over the baseline [difference of shares; .1 is ten percentage points].
    variance_ratio : Fraction
        Variance of the baseline over that of CEAS, above 0 [ratio].
    standard_deviation : Fraction
        σ_CEAS [share of the test set].
    isolated_share : Fraction
        Byzantine nodes isolated, at least [share of the Byzantine nodes].
    pair_utilisation : Fraction
        Bell pairs used, at least [share of pairs].
    """

    initial_accuracy: Fraction
    lowest_accuracy: Fraction
    recovered_accuracy: Fraction
    stable_accuracy_minimum: Fraction
    stable_accuracy_maximum: Fraction
    lead_minimum: Fraction
    lead_maximum: Fraction
    variance_ratio: Fraction
    standard_deviation: Fraction
    isolated_share: Fraction
    pair_utilisation: Fraction

    def __post_init__(self) -> None:
        self._require(self.variance_ratio > 0, "variance_ratio", "a number above 0", self.variance_ratio)
        for field in self.__struct_fields__:
            value = getattr(self, field)
            self._require(field == "variance_ratio" or 0 <= value <= 1, field, "a number from 0 to 1", value)
        for pair in ("stable_accuracy", "lead"):
            low, high = getattr(self, f"{pair}_minimum"), getattr(self, f"{pair}_maximum")
            self._require(low <= high, f"{pair}_minimum", f"at most {pair}_maximum = {shown(high)}", low)
