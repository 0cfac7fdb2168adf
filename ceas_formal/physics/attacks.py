"""Attacks on a tag, each as what it achieves over the key: P(passes), and P(passes and the payload is changed).

A keyed code sees of an operator A = Σ a_P P only the weights |a_P|². The part |a_I|² passes and has done nothing; the rest is a mixture of
Pauli errors P ≠ I. So weak tampering passes nearly always and changes nearly nothing: what the code bounds is *both at once*.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from ceas_formal.physics.checked import number
from ceas_formal.physics.clifford_code import Matrix, Outcome, identity_weight, qubits_of
from ceas_formal.physics.states import square
from ceas_formal.physics.tags import clifford_acceptance, clifford_soundness, sizes
from ceas_formal.physics.thresholds import Threshold, least_checks
from ceas_formal.spec.exact import whole


class Audit(NamedTuple):
    """Continuous auditing of one sender's rejections: the rates to tell apart, and the test that does."""

    honest_rate: float
    attacked_rate: float
    test: Threshold


def mixed(undone: float, payload: int, traps: int) -> Outcome:
    """Return the outcome of an attack whose identity part is `undone` = |a_I|², under a uniform Clifford key.

    Parameters
    ----------
    undone : float
        In [0, 1].
    payload, traps : int
        n ≥ 1 and t ≥ 0, in qubits.

    Examples
    --------
    >>> mixed(1, 4, 16)
    Outcome(accepted=1.0, harmed=0.0)
    """
    part = number("the identity weight |a_I|²", undone, "[0, 1]")
    return Outcome(part + (1 - part) * float(clifford_acceptance(payload, traps)), (1 - part) * float(clifford_soundness(payload, traps)))


def operator(attack: Matrix, payload: int) -> Outcome:
    """Return the outcome of any unitary on the N transmitted qubits, by its identity part; shape (2^N, 2^N).

    Examples
    --------
    >>> from ceas_formal.physics.clifford_code import pauli
    >>> round(operator(pauli("XII"), 1).accepted, 4)
    0.2381
    """
    import numpy as np

    attack = square("the attack", attack)
    qubits = qubits_of(attack)
    if not np.allclose(attack @ attack.conj().T, np.eye(2**qubits), rtol=0, atol=1e-9):
        raise ValueError("the attack must be unitary: A·A† = I up to 1e-9")
    n = whole("the payload, in qubits,", payload, 1)
    return mixed(min(1.0, identity_weight(attack)), n, qubits - n)


def rotation(angle: float, payload: int, traps: int, rotated: int = 1) -> Outcome:
    """Return the outcome of a phase rotation e^(-iθZ/2) on some of the transmitted qubits: |a_I|² = cos(θ/2)^(2m).

    Parameters
    ----------
    angle : float
        θ, finite, in radians.
    payload, traps : int
        n ≥ 1 and t ≥ 0, in qubits.
    rotated : int
        m in 0..n+t.

    Examples
    --------
    >>> passes, changed = rotation(0.3, 1, 8)
    >>> round(passes, 3), f"{changed:.1e}"
    (0.978, '6.5e-05')
    """
    n, t = sizes(payload, traps)
    return mixed(math.cos(number("the angle", angle, "(-∞, ∞)") / 2) ** (2 * _among(rotated, n + t)), n, t)


def measured_pairs(payload: int, traps: int, measured: int) -> Outcome:
    """Return the outcome when shares of m of the n+t Bell pairs are measured before they teleport: each is dephased, |a_I|² = 2^-m.

    No operation that breaks the entanglement of a pair leaves it a fidelity above 1/2, so this is also the most that breaking m pairs lets
    pass.

    Examples
    --------
    >>> [round(measured_pairs(4, 16, m).accepted, 5) for m in (0, 1, 2, 20)]
    [1.0, 0.50001, 0.25001, 2e-05]
    """
    n, t = sizes(payload, traps)
    return mixed(2.0 ** -_among(measured, n + t), n, t)


def replaced_pairs(payload: int, traps: int, replaced: int) -> Outcome:
    """Return the outcome when the attacker's share of m pairs is replaced by noise: completely depolarised, |a_I|² = 4^-m.

    Examples
    --------
    >>> round(replaced_pairs(4, 16, 1).accepted, 5)
    0.25001
    """
    n, t = sizes(payload, traps)
    return mixed(4.0 ** -_among(replaced, n + t), n, t)


def substitution(payload: int, traps: int) -> Outcome:
    """Return the outcome of sending any state of one's own under a fresh unknown key: a replay or a forgery.

    Over the key the receiver decodes the completely mixed state: all traps read 0 with chance 2^-t exactly. What is left then has
    nothing to do with the reference: it is unchanged with chance 4^-n.

    Examples
    --------
    >>> substitution(1, 8)
    Outcome(accepted=0.00390625, harmed=0.0029296875)
    """
    n, t = sizes(payload, traps)
    return Outcome(2.0**-t, 2.0**-t * (1 - 4.0**-n))


def replay(payload: int, traps: int, *, same_key: bool) -> Outcome:
    """Return the outcome of replaying an old tagged payload in place of the new one: it passes for certain if the key is used again.

    Examples
    --------
    >>> replay(1, 8, same_key=True).accepted, replay(1, 8, same_key=False).accepted
    (1.0, 0.00390625)
    """
    return Outcome(1.0, 1 - 4.0 ** -sizes(payload, traps)[0]) if same_key else substitution(payload, traps)


def key_holder(payload: int, traps: int) -> Outcome:
    """Return the outcome of an attack by who holds the key: A·L·A† changes the payload by L and no trap sees it.

    The sender is one, every verifier that shares the key is another, and with a public encoder A everybody is.

    Examples
    --------
    >>> key_holder(4, 60)
    Outcome(accepted=1.0, harmed=1.0)
    """
    sizes(payload, traps)
    return Outcome(1.0, 1.0)


def audit(outcome: Outcome, honest_acceptance: int | Fraction | float, false_alarm: float = 1e-6, missed: float = 1e-6) -> Audit:
    """Return how many payloads of one sender tell its rejections under an attack from honest noise.

    Parameters
    ----------
    outcome : Outcome
        Of the attack on every payload.
    honest_acceptance : int, Fraction or float
        The chance in (0, 1) that noise alone lets a payload pass; attack and noise are taken as independent, and either rejects.
    false_alarm, missed : float
        The wanted error chances, in [10⁻³⁰, 1/2].

    Returns
    -------
    Audit
        With the least number of payloads and the number of rejections up to which the sender is left alone.

    Examples
    --------
    >>> audit(rotation(0.3, 1, 8), Fraction(99, 100)).test[:2]
    (3516, 66)

    Notes
    -----
    A fixed number of payloads. A sequential test needs fewer on average; what is bounded throughout is the harm, since each payload is
    passed and changed with a chance of at most the soundness error.
    """
    passes = number("the honest acceptance", honest_acceptance, "[1e-9, 0.999999999]")
    honest, attacked = 1 - passes, 1 - passes * number("the accepted share", outcome.accepted, "[0, 1]")
    if attacked <= honest:
        raise ValueError(
            f"the accepted share under attack must lie in [0, 1): an attack that always passes has no rate; got {outcome.accepted}"
        )
    return Audit(honest, attacked, least_checks(honest, attacked, missed, false_alarm))


def _among(count: int, qubits: int) -> int:
    if whole("the number of qubits attacked", count, 0) > qubits:
        raise ValueError(f"the number of qubits attacked must lie in 0..{qubits}; got {count}")
    return count
