"""What the trap code costs in two-qubit gates, and what errors of these gates do to an honest payload; exact, no sampling.

Traps, Paulis and the permutation take no two-qubit gate where qubits are told apart by name; what is left is the encoder of the inner
code and its inverse. Each CX is followed by one of the 15 Pauli errors with chance g in all, and all of them pass through Clifford gates
to the end of the encoder: a Pauli error E on the m qubits. An error after a gate of the inverse is one before that gate of the encoder,
and these are the same 15; so the gates count twice.

The chance of a set of errors is a sum over characters. For a Pauli R, the mean of the sign with which E and R exchange is the product over
the gates of 1 - 16g/15 for each one whose errors do not all commute with R, and (1 - 4p/3) for each qubit of R under noise p.
Sums over the stabilisers give the chance of no syndrome, sums over stabilisers and logical operators that of an unchanged payload.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ceas_formal.physics.checked import number
from ceas_formal.physics.inner_codes import bits, css_words, encoder, inner_code
from ceas_formal.physics.random_clifford import two_qubit_gates
from ceas_formal.spec.exact import whole

LARGEST_GATE_ERROR = 15 / 16
"""Completely depolarising."""


class Arrival(NamedTuple):
    """An honest payload: the chances that it passes, and that it passes unchanged. Rounding stays below 10⁻⁹."""

    accepted: float
    unchanged: float


def encoder_gates(name: str) -> int:
    """Return the CX gates of an encoder; the inverse has as many, traps and keys have none.

    Examples
    --------
    >>> encoder_gates("steane"), encoder_gates("golay")
    (11, 83)
    """
    return two_qubit_gates(list(encoder(name)[1]))


def line_swaps(qubits: int) -> float:
    """Return the mean number of SWAPs of a random permutation where only neighbours on a line can be exchanged: N(N-1)/4.

    Examples
    --------
    >>> line_swaps(47)
    540.5
    """
    count = whole("the number of qubits", qubits, 1)
    return count * (count - 1) / 4


def trap_arrival(
    name: str, traps: int, *, gate_error: float = 0.0, noise: float = 0.0, pair_fidelity: float = 1.0, allowed: int | None = None
) -> Arrival:
    """Return whether an honest payload passes, and passes unchanged, with noisy encoder, transmission and decoder.

    Parameters
    ----------
    name : str
        An inner code of two parts: ``"steane"`` or ``"golay"``, or a small one.
    traps : int
        k ≥ 1 of each kind.
    gate_error : float
        g in [0, 15/16], the chance of one of 15 Pauli errors after each CX; one-qubit gates and measurements are perfect.
    noise : float
        p in [0, 3/4], depolarising, on each transmitted qubit.
    pair_fidelity : float
        F in [1/4, 1] of the Bell pairs that teleport each qubit (Werner states).
    allowed : int, optional
        As in :func:`~ceas_formal.physics.trap_code.trap_harm`.

    Examples
    --------
    >>> [round(chance, 4) for chance in trap_arrival("steane", 7, gate_error=0.01)]
    [0.8222, 0.8085]
    >>> [round(chance, 4) for chance in trap_arrival("golay", 23, gate_error=0.001, noise=0.001, allowed=1)]
    [0.9995, 0.9516]
    """
    from scipy.stats import binom

    g = number("the gate error", gate_error, "[0, 0.9375]")
    p, fidelity = number("the noise per qubit", noise, "[0, 0.75]"), number("the pair fidelity", pair_fidelity, "[0.25, 1]")
    count = 2 * whole("the number of traps of each kind", traps, 1)
    limit = 0 if allowed is None else whole("the number of traps that may show an error", allowed, 0)
    kept = (1 - 4 * p / 3) * (1 - 4 * (1 - fidelity) / 3)
    # Of a depolarised trap's three errors two show.
    quiet = float(binom.cdf(limit, count, (1 - kept) / 2))
    silent, unchanged = _inner(name, g, kept, allowed is not None)
    return Arrival(quiet * silent, quiet * unchanged)


def usable_trap_gate_error(name: str, acceptance: float, *, corrects: bool) -> float:
    """Return the largest gate error with which an honest payload passes unchanged with the wanted chance, without other noise.

    Parameters
    ----------
    name : str
        As in :func:`trap_arrival`.
    acceptance : float
        In [1/2, 1).
    corrects : bool
        Whether the receiver corrects the syndrome. Its traps meet no gate and never show gate errors.

    Examples
    --------
    >>> [f"{usable_trap_gate_error('steane', 0.9, corrects=corrects):.2e}" for corrects in (False, True)]
    ['4.96e-03', '9.59e-03']
    """
    from scipy.optimize import brentq

    wanted = number("the wanted acceptance", acceptance, "[0.5, 0.999999]")
    return float(brentq(lambda g: _inner(name, g, 1.0, corrects)[1] - wanted, 0, LARGEST_GATE_ERROR, xtol=1e-12))


def _inner(name: str, gate_error: float, kept: float, corrects: bool) -> tuple[float, float]:
    """Return the chances that the inner code passes, and passes with its payload unchanged."""
    spectrum, size = _spectrum(name), inner_code(name).qubits
    means = (1 - 16 * gate_error / 15) ** (2 * spectrum["gates"]) * kept ** spectrum["weight"]
    signs = _sphere(name, corrects)
    unchanged = float((spectrum["number"] * means * signs[spectrum["x"]] * signs[spectrum["z"]]).sum() / 2 ** (size + 1))
    silent = float((spectrum["stabilisers"] * means).sum() / 2 ** (size - 1))
    return (1.0 if corrects else silent), unchanged


def _sphere(name: str, corrects: bool) -> NDArray[np.float64]:
    """Return by weight w the sum of (-1)^(e·v) over the words e that the decoder corrects, for a word v of weight w (Krawtchouk)."""
    from math import comb

    code = inner_code(name)
    if corrects and code.distance < 3:
        raise ValueError(f"the code that corrects must have distance at least 3; {name} has {code.distance}")
    reach, m = (code.distance - 1) // 2 if corrects else 0, code.qubits
    return np.array(
        [sum((-1) ** j * comb(w, j) * comb(m - w, e - j) for e in range(reach + 1) for j in range(e + 1)) for w in range(m + 1)],
        dtype=np.float64,
    )


@cache
def _spectrum(name: str) -> dict[str, NDArray[np.int64]]:
    """Count stabilisers and logical operators by the gates that have errors they do not commute with, their weight, and their parts'."""
    words, size = css_words(name), inner_code(name).qubits
    # After each CX, X of the control and of the target, and Z of both, at the end of the encoder; row 2j and 2j+1 belong to gate j.
    x_errors, z_errors = _propagated(name)
    gates, side = len(x_errors) // 2, size + 1
    x_words, z_words = bits(words.x, size), bits(words.z, size)
    touched = [_touched(word, errors) for word, errors in ((x_words, z_errors), (z_words, x_errors))]
    weights = [part.sum(axis=1).astype(np.int64) for part in (x_words, z_words)]
    total = np.zeros((2, (gates + 1) * side**3), dtype=np.int64)
    halves = len(words.x) // 2, len(words.z) // 2
    for first in range(0, len(words.x), 256):
        rows = slice(first, first + 256)
        both = (touched[0][rows] @ touched[1].T).astype(np.int64)
        met = touched[0][rows].sum(axis=1).astype(np.int64)[:, None] + touched[1].sum(axis=1).astype(np.int64) - both
        weight = weights[0][rows, None] + weights[1] - (x_words[rows] @ z_words.T).astype(np.int64)
        keys = ((met * side + weight) * side + weights[0][rows, None]) * side + weights[1]
        total[0] += np.bincount(keys.ravel(), minlength=total.shape[1])
        inside = keys[: max(0, halves[0] - first), : halves[1]]
        total[1] += np.bincount(inside.ravel(), minlength=total.shape[1])
    keys = np.flatnonzero(total[0])
    return {
        "gates": keys // side**3, "weight": keys // side**2 % side, "x": keys // side % side, "z": keys % side,
        "number": total[0][keys], "stabilisers": total[1][keys],
    }  # fmt: skip


def _touched(words: NDArray[np.float32], errors: list[int]) -> NDArray[np.float32]:
    """Return for every word and gate whether the word shares an odd number of bits with one of the gate's two errors, as 0 or 1."""
    odd = (words @ bits(errors, words.shape[1]).T) % 2
    found: NDArray[np.float32] = np.maximum(odd[:, ::2], odd[:, 1::2])
    return found


def _propagated(name: str) -> tuple[list[int], list[int]]:
    """Return the X errors and the Z errors after each CX as words at the encoder's end: H comes before every CX, so they never mix."""
    steps = [where for gate, where in encoder(name)[1] if gate == "CX"]
    x_errors, z_errors = [], []
    for order, step in enumerate(steps):
        for place in step:
            x = z = 1 << place
            for control, target in steps[order + 1 :]:
                x ^= (x >> control & 1) << target
                z ^= (z >> target & 1) << control
            x_errors.append(x)
            z_errors.append(z)
    return x_errors, z_errors
