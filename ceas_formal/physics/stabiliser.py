"""The Clifford code at 30 to 200 qubits by Monte Carlo over sampled keys: stim propagates the errors.

Needs the extra ``stabiliser``. Sampling sees chances down to about 1/samples; what is smaller is the formulas' alone. Keys and attacks come
from named streams and are the same everywhere. The noise of :func:`noisy_transmission` is stim's own and repeats for the same seed, version
of stim, and width of vector instructions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from ceas_formal.physics.checked import number
from ceas_formal.physics.random_clifford import Gate, random_clifford, stream, two_qubit_gates
from ceas_formal.physics.tags import sizes
from ceas_formal.spec.exact import whole

CONFIDENCE = 0.999
"""Of every interval: two-sided."""


class Estimate(NamedTuple):
    """A measured chance with its interval at `CONFIDENCE`."""

    value: float
    low: float
    high: float

    def __contains__(self, chance: object) -> bool:
        return isinstance(chance, int | float) and self.low <= chance <= self.high


class Transmission(NamedTuple):
    """Honest transmissions with noise everywhere: passed, passed and changed, and the two-qubit gates of an encoder."""

    accepted: Estimate
    harmed: Estimate
    gates: float


def stim_module() -> Any:
    """Return stim.

    Raises
    ------
    ImportError
        If it is missing, with the command that installs it.
    """
    try:
        import stim
    except ImportError as error:
        raise ImportError("tags at 30 to 200 qubits need stim: pip install 'ceas-formal[stabiliser]'") from error
    return stim


def circuit(gates: Iterable[Gate], *, gate_error: float = 0.0, reverse: bool = False) -> Any:
    """Return the gates as a stim.Circuit, each CX followed by two-qubit depolarising noise; in reverse, inverted.

    Examples
    --------
    >>> str(circuit([("S", (0,)), ("CX", (0, 1))], gate_error=0.25, reverse=True)).split()
    ['CX', '0', '1', 'DEPOLARIZE2(0.25)', '0', '1', 'S_DAG', '0']
    """
    lines = []
    for name, where in reversed(list(gates)) if reverse else gates:
        places = " ".join(map(str, where))
        lines.append(f"{'S_DAG' if reverse and name == 'S' else name} {places}")
        if gate_error and name == "CX":
            lines.append(f"DEPOLARIZE2({float(gate_error)!r}) {places}")
    # As one text: appending gate by gate takes twenty times as long.
    return stim_module().Circuit("\n".join(lines))


def sampled(payload: int, traps: int, error: str, samples: int, seed: int) -> tuple[Estimate, Estimate]:
    """Return (acceptance, soundness): how often a Pauli error passes, and passes and changes the payload, over fresh keys.

    Parameters
    ----------
    payload, traps : int
        n ≥ 1 and t ≥ 0, in qubits.
    error : str
        Letters I, X, Y, Z, one per transmitted qubit; not all I.
    samples : int
        Keys, at least 1.
    seed : int
        Of the stream "keys".

    Returns
    -------
    tuple of Estimate
        Clopper-Pearson intervals.

    Examples
    --------
    >>> from ceas_formal.physics.tags import clifford_soundness
    >>> float(clifford_soundness(6, 2)) in sampled(6, 2, "XIIIIIII", 200, seed=1)[1]
    True
    """
    n, t = sizes(payload, traps)
    if len(error) != n + t or set(error) - set("IXYZ") or not set(error) - {"I"}:
        raise ValueError(f"the error must be {n + t} letters of I, X, Y, Z, not all I; got {error!r}")
    attack, rng, passed, changed = stim_module().PauliString(error), stream(seed, "keys"), 0, 0
    for _ in range(whole("the number of samples", samples, 1)):
        # What the receiver is left with: the key's inverse, applied to the error.
        x, z = attack.before(circuit(random_clifford(n + t, rng))).to_numpy()
        accepted = not x[n:].any()
        passed += accepted
        changed += accepted and bool(x[:n].any() or z[:n].any())
    return proportion(passed, samples), proportion(changed, samples)


def noisy_transmission(
    payload: int, traps: int, *, noise: float = 0.0, pair_error: float = 0.0, gate_error: float = 0.0, keys: int, shots: int, seed: int
) -> Transmission:
    """Return how often an untampered payload passes when encoder, transmission and decoder are noisy.

    Parameters
    ----------
    payload, traps : int
        n ≥ 1 and t ≥ 0, in qubits.
    noise, pair_error : float
        Chances in [0, 3/4] of a Pauli error on each transmitted qubit and each Bell pair that teleports it (depolarising).
    gate_error : float
        Chance in [0, 15/16] of one of the 15 Pauli errors after each CX of encoder and decoder; other gates are perfect.
    keys, shots : int
        At least 2 keys, and at least 1 run with each.
    seed : int
        Of the streams "keys" and "noise".

    Returns
    -------
    Transmission
        Intervals by Student's t over the keys' means. "Changed": a payload entangled with a reference is no longer the same pair.

    Examples
    --------
    >>> noisy_transmission(1, 3, keys=2, shots=10, seed=1).accepted.value
    1.0
    """
    import numpy as np

    n, t = sizes(payload, traps)
    p, f = number("the noise per qubit", noise, "[0, 0.75]"), number("the pair error", pair_error, "[0, 0.75]")
    g = number("the gate error", gate_error, "[0, 0.9375]")
    rng, runs = stream(seed, "keys"), whole("the number of runs with each key", shots, 1)
    noise_seeds = stream(seed, "noise").integers(2**62, size=whole("the number of keys", keys, 2))
    accepted, harmed, gates = [], [], 0
    for noise_seed in noise_seeds:
        key = random_clifford(n + t, rng)
        gates += two_qubit_gates(key)
        readings = _run(key, n, t, (p, f, g)).compile_sampler(seed=int(noise_seed)).sample(runs)
        passes = ~readings[:, :t].any(axis=1)
        accepted.append(passes.mean())
        harmed.append((passes & readings[:, t:].any(axis=1)).mean())
    return Transmission(_mean(np.array(accepted)), _mean(np.array(harmed)), gates / keys)


def proportion(successes: int, samples: int) -> Estimate:
    """Return the share with its Clopper-Pearson interval.

    Examples
    --------
    >>> [round(end, 4) for end in proportion(0, 100)]
    [0.0, 0.0, 0.0732]
    """
    from scipy.stats import binomtest

    interval = binomtest(successes, samples).proportion_ci(CONFIDENCE, method="exact")
    return Estimate(successes / samples, float(interval.low), float(interval.high))


def _mean(values: Any) -> Estimate:
    from scipy.stats import t

    mean, spread = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
    reach = float(t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)) * spread
    return Estimate(mean, mean - reach, mean + reach)


def _run(key: list[Gate], n: int, t: int, errors: tuple[float, float, float]) -> Any:
    """Return the circuit: traps are read first, then whether each payload qubit and its reference are the pair that they were."""
    sent, (p, f, g) = list(range(n + t)), errors
    whole_run = stim_module().Circuit()
    pairs = [qubit for place in range(n) for qubit in (n + t + place, place)]
    whole_run.append("H", pairs[::2])
    whole_run.append("CX", pairs)
    whole_run += circuit(key, gate_error=g)
    for chance in (p, f):
        if chance:
            whole_run.append("DEPOLARIZE1", sent, chance)
    whole_run += circuit(key, gate_error=g, reverse=True)
    whole_run.append("CX", pairs)
    whole_run.append("H", pairs[::2])
    whole_run.append("M", [*sent[n:], *pairs])
    return whole_run
