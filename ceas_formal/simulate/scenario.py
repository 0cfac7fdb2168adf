"""Scenarios: what a run or an audit is about, read from TOML.

`network` and `consensus` are enough to audit; every other table is optional, and complete where it is present. Numbers that enter exact
arithmetic are :class:`~fractions.Fraction`, equal to the decimal text of the file; those of learning and physics are floats.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from fractions import Fraction
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from msgspec.inspect import CustomType, FloatType, IntType, LiteralType, StructType, Type, UnionType, type_info

from ceas_formal.errors import BadInput
from ceas_formal.spec.quantity import half_rounded_up
from ceas_formal.spec.quorum import quorum_size

Whole = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Positive = Annotated[float, Meta(gt=0)]
NonNegative = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]

LARGEST_FILE = 2**16
"""Bytes that a scenario may have; it keeps the work on hostile numbers small."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a scenario: immutable, without unknown fields."""

    def _require(self, holds: bool, field: str, expected: str, got: object) -> None:
        if not holds:
            raise BadInput(type(self).__name__, f"{expected}; got {_shown(got)}", field)


class Network(Table, frozen=True, kw_only=True):
    """The nodes V, honest and Byzantine.

    Parameters
    ----------
    nodes : int
        N = |V|, at least 1 [nodes].
    byzantine_nodes : int
        |B|, the nodes that truly are Byzantine, at most N [nodes]. The protocol knows only ``consensus.faults``.
    """

    nodes: Count
    byzantine_nodes: Whole

    def __post_init__(self) -> None:
        self._require(self.byzantine_nodes <= self.nodes, "byzantine_nodes", f"at most network.nodes = {self.nodes}", self.byzantine_nodes)


class Consensus(Table, frozen=True, kw_only=True):
    """The checkpoint protocol as declared (II.D, III.D).

    Parameters
    ----------
    faults : int
        f, the Byzantine nodes that the protocol is to tolerate, at most N [nodes].
    false_accepts : int
        a, the honest nodes that may be fooled about one fact, at most N [nodes].
    quorum_rule : {"2f+1", "ceil((N+f+1)/2)", "max(ceil((N+f+1)/2), 2f+a+1)"}
        How many votes carry a step [votes].
    cadence : int
        Rounds from one checkpoint to the next, at least 1 [rounds].
    """

    faults: Whole
    false_accepts: Whole
    quorum_rule: Literal["2f+1", "ceil((N+f+1)/2)", "max(ceil((N+f+1)/2), 2f+a+1)"]
    cadence: Count


class Gossip(Table, frozen=True, kw_only=True):
    """Mixing between checkpoints (III.B).

    Parameters
    ----------
    topology : {"complete", "random_regular", "ring", "grid"}
        The graph G.
    mixing : {"exact", "random_matching"}
        The weighted mean itself, or `depth` random matchings.
    depth : int
        Gossip steps in a round [steps per round].
    averaged : {"parameters", "gradients"}
        What is averaged: θ as in II.B and (6), or g as in (5).
    weights : {"proportional_to_fidelity", "uniform"}
        The weights w_k of (4).
    """

    topology: Literal["complete", "random_regular", "ring", "grid"]
    mixing: Literal["exact", "random_matching"]
    depth: Count
    averaged: Literal["parameters", "gradients"]
    weights: Literal["proportional_to_fidelity", "uniform"]


class Entanglement(Table, frozen=True, kw_only=True):
    """Supply of Bell pairs, demand, and the order of use (III.C).

    Parameters
    ----------
    pairs_per_round : int
        Most pairs generated, and most pairs consumed, in a round of the whole network [pairs per round].
    pairs_per_active_node : int
        Pairs that each active node asks for in a round [pairs per node and round].
    policy : {"earliest_expiring_first", "freshest_first", "uniform_random"}
        Which stored pair is used next.
    coherence_time_minimum, coherence_time_maximum : Fraction
        τ_c is uniform between the two, above 0 [rounds].
    coherence_time_per : {"pair", "node"}
        What carries a τ_c of its own.
    lifetime_law : {"fixed", "exponential"}
        A pair lives for τ_c, or for an exponential time with mean τ_c.
    """

    pairs_per_round: Whole
    pairs_per_active_node: Whole
    policy: Literal["earliest_expiring_first", "freshest_first", "uniform_random"]
    coherence_time_minimum: Fraction
    coherence_time_maximum: Fraction
    coherence_time_per: Literal["pair", "node"]
    lifetime_law: Literal["fixed", "exponential"]

    def __post_init__(self) -> None:
        low, high = self.coherence_time_minimum, self.coherence_time_maximum
        self._require(low > 0, "coherence_time_minimum", "a number above 0", low)
        self._require(low <= high, "coherence_time_minimum", f"at most coherence_time_maximum = {_shown(high)}", low)


class Fidelity(Table, frozen=True, kw_only=True):
    """Decay F ← F(1 - γ) of a node's fidelity (IV).

    Parameters
    ----------
    initial : float
        F_0, from 0 to 1 [fidelity].
    decay_factor : {"one_minus_exponential", "reciprocal"}
        γ = 1 - exp(-1/τ_c), or γ = 1/τ_c [per round].
    refresh : {"never", "every_round", "every_checkpoint"}
        When F returns to F_0.
    """

    initial: Share
    decay_factor: Literal["one_minus_exponential", "reciprocal"]
    refresh: Literal["never", "every_round", "every_checkpoint"]


class Trust(Table, frozen=True, kw_only=True):
    """Trust scores τ_k ← α τ_k + (1 - α) v_k (III.D).

    Parameters
    ----------
    memory_factor : Fraction
        α, above 0 and below 1 [weight of the past per round].
    minimum : Fraction
        τ_min, below which a node is quarantined, from 0 to 1 [trust].
    initial : Fraction
        τ_k at round 0, from 0 to 1 [trust].
    """

    memory_factor: Fraction
    minimum: Fraction
    initial: Fraction

    def __post_init__(self) -> None:
        self._require(0 < self.memory_factor < 1, "memory_factor", "a number above 0 and below 1", self.memory_factor)
        self._require(0 <= self.minimum <= 1, "minimum", "a number from 0 to 1", self.minimum)
        self._require(0 <= self.initial <= 1, "initial", "a number from 0 to 1", self.initial)


class Quarantine(Table, frozen=True, kw_only=True):
    """Quarantine by rolling divergence, and the way back (IV).

    Parameters
    ----------
    divergence_window : int
        Terms of the rolling sum, at least 1 [terms].
    divergence_window_unit : {"rounds", "checkpoints"}
        What one term stands for.
    divergence_reference : {"aggregate", "geometric_median"}
        What a node's predictions are compared with.
    divergence_direction : {"node_from_reference", "reference_from_node"}
        KL(node ‖ reference), or the other way round [nats].
    probe_samples : int
        Shared samples on which predictions are compared [samples].
    probability_floor : float
        Probabilities are clipped to at least this, above 0, at most ½ [probability].
    threshold_rule : {"proportional", "inverse", "constant"}
        Θ(F) is θF, θ/F, or θ.
    threshold_scale : float
        θ, above 0 [nats].
    minimum_active_nodes : int
        Below so many active nodes, quarantined ones return, at most N [nodes].
    readmission : {"all", "highest_fidelity", "lowest_divergence"}
        Who returns then: all, or as many as are missing, in that order.
    recovery_fidelity : float
        A quarantined node at or above it returns, from 0 to 1 [fidelity].
    """

    divergence_window: Count
    divergence_window_unit: Literal["rounds", "checkpoints"]
    divergence_reference: Literal["aggregate", "geometric_median"]
    divergence_direction: Literal["node_from_reference", "reference_from_node"]
    probe_samples: Count
    probability_floor: Annotated[float, Meta(gt=0, le=0.5)]
    threshold_rule: Literal["proportional", "inverse", "constant"]
    threshold_scale: Positive
    minimum_active_nodes: Whole
    readmission: Literal["all", "highest_fidelity", "lowest_divergence"]
    recovery_fidelity: Share


class Training(Table, frozen=True, kw_only=True):
    """Local training (IV).

    Parameters
    ----------
    rounds : int
        Length of the run, at least 1 [rounds].
    model : {"circuit_angles", "logistic_weights"}
        What the parameters W are.
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
    """

    rounds: Count
    model: Literal["circuit_angles", "logistic_weights"]
    qubits: Count
    layers: Count
    shots: Whole
    learning_rate: Positive
    batch_size: Count
    local_steps: Count


class Noise(Table, frozen=True, kw_only=True):
    """Gate errors of the two regimes (IV).

    Parameters
    ----------
    honest_error_rate, byzantine_error_rate : float
        Chance that a gate fails, from 0 to 1 [probability per gate].
    channel : {"global_depolarising", "local_depolarising", "dephasing"}
        What a failing gate does.
    gates_per_circuit : int
        Gates that fail with that chance [gates].
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
            self._require(low <= high, f"{pair}_minimum", f"at most {pair}_maximum = {_shown(high)}", low)


class Scenario(Table, frozen=True, kw_only=True):
    """A whole scenario.

    Parameters
    ----------
    network : Network
        Who takes part.
    consensus : Consensus
        The checkpoint protocol.
    title : str
        A label for reports.
    gossip, entanglement, fidelity, trust, quarantine, training, noise, data, attack, baseline, reported : Table, optional
        The rest of an experiment, None where the file has no such table.
    """

    network: Network
    consensus: Consensus
    title: str = ""
    gossip: Gossip | None = None
    entanglement: Entanglement | None = None
    fidelity: Fidelity | None = None
    trust: Trust | None = None
    quarantine: Quarantine | None = None
    training: Training | None = None
    noise: Noise | None = None
    data: Data | None = None
    attack: Attack | None = None
    baseline: Baseline | None = None
    reported: Reported | None = None

    def __post_init__(self) -> None:
        counts = {"consensus.faults": self.consensus.faults, "consensus.false_accepts": self.consensus.false_accepts}
        if self.quarantine:
            counts["quarantine.minimum_active_nodes"] = self.quarantine.minimum_active_nodes
        if self.baseline:
            counts["baseline.selected_nodes"] = self.baseline.selected_nodes
        for field, count in counts.items():
            self._require(count <= self.network.nodes, field, f"at most network.nodes = {self.network.nodes}", count)

    @property
    def declared_quorum(self) -> int:
        """The votes that ``consensus.quorum_rule`` asks for at N, f and a [votes]."""
        nodes, faults, false_accepts = self.network.nodes, self.consensus.faults, self.consensus.false_accepts
        match self.consensus.quorum_rule:
            case "2f+1":
                return 2 * faults + 1
            case "ceil((N+f+1)/2)":
                return half_rounded_up(nodes + faults + 1)
            case "max(ceil((N+f+1)/2), 2f+a+1)":
                return quorum_size(nodes, faults, false_accepts)


def load(path: str | PathLike[str]) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    path : str or path-like
        A TOML file.

    Returns
    -------
    Scenario
        What the file says, checked.

    Raises
    ------
    BadInput
        For every defect of the file: names the file, the field or line, and what was expected.

    Examples
    --------
    >>> scenario = load(packaged("section_iv"))
    >>> scenario.network.nodes, scenario.declared_quorum, scenario.trust.memory_factor
    (50, 31, Fraction(9, 10))
    """
    source = str(path)
    document = _parsed(_text(path, source), source)
    shape = type_info(Scenario)
    _check(document, shape, (), source)
    try:
        return msgspec.convert(document, Scenario, dec_hook=_exact)
    except msgspec.ValidationError as error:
        place = re.search(r" - at `\$\.([^`]*)`$", str(error))
        names = tuple(place[1].split(".")) if place else ()
        if isinstance(error.__cause__, BadInput):
            raise BadInput(source, error.__cause__.expected, ".".join((*names, str(error.__cause__.field)))) from None
        value: Any = document
        for name in names:
            value, shape = value[name], _fields(shape)[name]
        raise BadInput(source, f"{_described(shape)}; got {_shown(value)}", ".".join(names)) from None


def packaged(name: str) -> Path:
    """Return where the packaged scenario `name` lies: in the installed package, or in a checkout in ``models/`` beside it.

    Examples
    --------
    >>> packaged("section_iv").name
    'section_iv.toml'
    """
    package = Path(str(files("ceas_formal")))
    root = package if (package / "models").is_dir() else package.parent
    found = {file.stem: file for file in sorted((root / "models" / "scenarios").glob("*.toml"))}
    if name not in found:
        raise BadInput(name, f"the name of a packaged scenario: {', '.join(found) or 'none is installed'}")
    return found[name]


class _OutOfRange(str):
    """The text of a number whose exponent no decimal can hold."""


def _text(path: str | PathLike[str], source: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise BadInput(source, f"a TOML file that can be read; {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST_FILE:
        raise BadInput(source, "a scenario, at most 64 KiB; the file is larger")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(source, f"text in UTF-8; got the byte 0x{content[error.start]:02x}", f"line {line}") from None


def _parsed(text: str, source: str) -> dict[str, Any]:
    def number(digits: str) -> Decimal | _OutOfRange:
        try:
            return Decimal(digits)
        except InvalidOperation:
            return _OutOfRange(digits)

    try:
        return tomllib.loads(text, parse_float=number)
    except RecursionError:
        raise BadInput(source, "a scenario; got arrays or tables nested too deeply") from None
    except ValueError as error:
        reason, _, place = str(error).partition(" (at ")
        if not place.startswith("line"):
            # Python refuses integers of thousands of digits without a place; the parser calls the last line "end of document".
            digits = None if place else re.search(r"[0-9_]{4000}", text)
            place = f"line {text.count(chr(10), 0, digits.start() if digits else len(text.rstrip())) + 1}"
        raise BadInput(source, f"valid TOML; {reason}", place.rstrip(")")) from None


def _exact(kind: type, value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"a {kind.__name__} is made of an integer or a decimal")
    return Fraction(value)


def _fields(shape: Type) -> dict[str, Type]:
    """Return the fields of a struct, each without the None that means an absent table."""
    if not isinstance(shape, StructType):
        return {}
    return {field.name: field.type.types[0] if isinstance(field.type, UnionType) else field.type for field in shape.fields}


def _check(value: object, shape: Type, names: tuple[str, ...], source: str) -> None:
    """Refuse unknown and missing fields, and numbers that are not finite or of absurd size, which exact arithmetic could not hold."""
    if isinstance(value, dict) and isinstance(shape, StructType):
        fields = _fields(shape)
        for name in value:
            if name not in fields:
                near = get_close_matches(_short(name), fields, n=1, cutoff=0)
                raise BadInput(source, f"a known field, such as {'.'.join((*names, *near))}", ".".join((*names, _short(name))))
        for field in shape.fields:
            place = (*names, field.name)
            if field.name in value:
                _check(value[field.name], fields[field.name], place, source)
            elif field.required:
                raise BadInput(source, f"{_described(fields[field.name])}; it is missing", ".".join(place))
    elif not _ordinary(value):
        raise BadInput(
            source, f"a finite number, 0 or of size 1e-300 to 1e300, an integer below 2^63; got {_shown(value)}", ".".join(names)
        )


def _ordinary(value: object) -> bool:
    match value:
        case int():
            return abs(value) < 2**63  # TOML's own range
        case Decimal():
            return value.is_finite() and (not value or abs(value.adjusted()) <= 300)
    return not isinstance(value, _OutOfRange)


def _described(shape: Type) -> str:
    match shape:
        case IntType() | FloatType():
            bounds = {"above": shape.gt, "at least": shape.ge, "below": shape.lt, "at most": shape.le}
            kind = "an integer" if isinstance(shape, IntType) else "a number"
            return ", ".join([kind, *(f"{words} {bound}" for words, bound in bounds.items() if bound is not None)])
        case LiteralType():
            return "one of " + ", ".join(f'"{value}"' for value in shape.values)
        case CustomType():
            return "a number"
        case StructType():
            return "a table"
    return {"BoolType": "true or false", "StrType": "a text"}[type(shape).__name__]


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
        case list():
            return "an array"
        case int() if not _ordinary(value):
            return f"an integer of {value.bit_length()} bits"
        case Fraction():
            return f"{float(value):.15g}"
        case str() if not isinstance(value, _OutOfRange):
            return f'"{_short(value)}"'
    return _short(str(value).lower())


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
