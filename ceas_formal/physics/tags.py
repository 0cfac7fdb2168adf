"""Authentication tags as keyed codes (paper III.D.1): what the Clifford code accepts, exactly.

The sender adds t trap qubits |0⟩ to an n-qubit payload and applies a secret, uniformly random Clifford operation to all N = n+t qubits.
The receiver undoes it and accepts if every trap reads 0. A uniform Clifford maps any Pauli P ≠ I to each of the 4^N - 1 others with equal
chance, and of those 4ⁿ·2^t - 1 leave the traps alone, (4ⁿ - 1)·2^t of them changing the payload.

The same numbers hold for the purity test of n+t shared pairs: both sides apply the same random Clifford and compare t measured pairs.

References
----------
Barnum, Crépeau, Gottesman, Smith, Tapp, "Authentication of quantum messages" (2002): keys, purity tests, encryption is implied.
Aharonov, Ben-Or, Eban, "Interactive proofs for quantum computations" (2008): the Clifford code.
Dupuis, Nielsen, Salvail (2012) and Broadbent, Wainewright (2016): the definition by simulation and its proof for Clifford and trap code.
"""

from __future__ import annotations

from fractions import Fraction

from ceas_formal.physics.checked import number
from ceas_formal.spec.exact import rational, whole


def clifford_acceptance(payload: int, traps: int) -> Fraction:
    """Return (4ⁿ2^t - 1)/(4^(n+t) - 1), the chance that a Pauli error P ≠ I passes, harmless or not.

    Parameters
    ----------
    payload : int
        n ≥ 1, in qubits.
    traps : int
        t ≥ 0, in qubits.

    Returns
    -------
    Fraction
        Over the uniform choice of key, the same for every P ≠ I; below 2^-t for t ≥ 1, and 1 for t = 0.

    Raises
    ------
    TypeError, ValueError
        If a size is no int, or too small.

    Examples
    --------
    >>> clifford_acceptance(1, 1)
    Fraction(7, 15)
    """
    n, t = sizes(payload, traps)
    return Fraction(4**n * 2**t - 1, 4 ** (n + t) - 1)


def clifford_soundness(payload: int, traps: int) -> Fraction:
    """Return 2^t(4ⁿ - 1)/(4^(n+t) - 1), the chance that a Pauli error P ≠ I passes *and* changes the payload.

    An attack A = Σ a_P P on the N qubits passes and changes the payload with this chance times 1 - |a_I|²: the key removes the cross terms.
    Change is measured on a payload that is maximally entangled with a reference. Any pure payload is found orthogonal with 2ⁿ/(2ⁿ+1) of
    it, since the key makes the 4ⁿ - 1 changes equally likely.

    Parameters
    ----------
    payload, traps : int
        As in :func:`clifford_acceptance`.

    Examples
    --------
    >>> clifford_soundness(1, 1), round(float(clifford_soundness(4, 16)) * 2**16, 3)
    (Fraction(2, 5), 0.996)
    """
    n, t = sizes(payload, traps)
    return Fraction(2**t * (4**n - 1), 4 ** (n + t) - 1)


def least_traps(payload: int, error: int | Fraction) -> int:
    """Return the fewest traps with which :func:`clifford_soundness` is at most `error`.

    Parameters
    ----------
    payload : int
        n ≥ 1, in qubits.
    error : int or Fraction
        In (0, 1].

    Examples
    --------
    >>> [least_traps(4, Fraction(1, 2**bits)) for bits in (0, 1, 20, 40)]
    [0, 1, 20, 40]
    """
    bound, traps = rational("the wanted soundness error", error, "(0, 1]"), 0
    while clifford_soundness(payload, traps) > bound:
        traps += 1
    return traps


def two_sided_traps(payload: int, noise: int | Fraction, false_accept: int | Fraction, false_reject: int | Fraction) -> int:
    """Return the fewest traps of a Clifford code that keep both errors within the wanted ones, with no tolerance for noise.

    Parameters
    ----------
    payload : int
        n ≥ 1, in qubits.
    noise : int or Fraction
        The chance of a Pauli error on each transmitted qubit, in [0, 1].
    false_accept, false_reject : int or Fraction
        Wanted bounds in (0, 1] on :func:`clifford_soundness` and on 1 - :func:`honest_acceptance`.

    Raises
    ------
    ValueError
        If a quantity is out of range, or no length does: each trap more also rejects more honest payloads.

    Examples
    --------
    >>> two_sided_traps(4, Fraction(1, 1000), Fraction(1, 2**20), Fraction(1, 20))
    20
    >>> two_sided_traps(4, Fraction(1, 100), Fraction(1, 2**20), Fraction(1, 20))
    Traceback (most recent call last):
    ValueError: the wanted false rejects must lie in [0.214, 1] at noise 1/100 and false accepts 1/1048576; got 1/20
    """
    traps, wanted = least_traps(payload, false_accept), rational("the wanted false rejects", false_reject, "(0, 1]")
    rejects = 1 - honest_acceptance(payload, traps, noise)
    if rejects > wanted:
        limit = f"[{float(rejects):.3g}, 1] at noise {noise} and false accepts {false_accept}"
        raise ValueError(f"the wanted false rejects must lie in {limit}; got {wanted}")
    return traps


def honest_acceptance(
    payload: int, traps: int, noise: int | Fraction, pair_fidelity: int | Fraction = 1, *, gate_errors: int | Fraction = 0, gates: int = 0
) -> Fraction:
    """Return the chance that an untampered payload passes.

    Parameters
    ----------
    payload, traps : int
        n and t, as in :func:`clifford_acceptance`.
    noise : int or Fraction
        The chance of a Pauli error on each transmitted qubit, in [0, 1]; independent.
    pair_fidelity : int or Fraction
        Fidelity F in [0, 1] of the Bell pairs that carry the N qubits by teleportation; 1: no pairs. They are Werner pairs, so that each
        of the three Pauli errors has chance (1-F)/3; twirling makes any pair one.
    gate_errors : int or Fraction
        The chance of a Pauli error at each two-qubit gate, in [0, 1].
    gates : int
        Two-qubit gates in the encoder; the decoder has as many. :func:`~ceas_formal.physics.random_clifford.two_qubit_gates` counts them.

    Returns
    -------
    Fraction
        Exact for noise and pairs, whose errors the key mixes. An error *inside* encoder or decoder is mixed by a part of the circuit only,
        so that with gate errors this is the model in which it is mixed too. :func:`error_free` alone is a lower bound then.

    Examples
    --------
    >>> [round(float(honest_acceptance(n, t, Fraction(1, 100))), 3) for n, t in ((1, 8), (4, 16), (10, 40))]
    [0.914, 0.818, 0.605]
    """
    n, t = sizes(payload, traps)
    clean = error_free(n + t, noise, pair_fidelity, gate_errors=gate_errors, gates=gates)
    return clean + (1 - clean) * clifford_acceptance(n, t)


def error_free(
    qubits: int, noise: int | Fraction, pair_fidelity: int | Fraction = 1, *, gate_errors: int | Fraction = 0, gates: int = 0
) -> Fraction:
    """Return ((1-p)F + p(1-F)/3)^N·(1-g)^(2G), the chance that every qubit arrives without an error and no gate errs.

    An error of the noise and the same error of the pair cancel: p(1-F)/3, whichever errors the noise prefers. Parameters as in
    :func:`honest_acceptance`.

    Examples
    --------
    >>> round(float(error_free(20, 0, gate_errors=Fraction(1, 100), gates=320)), 4)
    0.0016
    """
    count, steps = whole("the number of qubits", qubits, 1), 2 * whole("the number of two-qubit gates", gates, 0)
    p, fidelity = rational("the noise per qubit", noise, "[0, 1]"), rational("the pair fidelity", pair_fidelity, "[0, 1]")
    good = (1 - p) * fidelity + p * (1 - fidelity) / 3
    return Fraction(good**count * (1 - rational("the gate error", gate_errors, "[0, 1]")) ** steps)


def usable_gate_error(gates: int, acceptance: float) -> float:
    """Return the largest gate error with which encoder and decoder stay error-free with the wanted chance: 1 - A^(1/2G).

    Parameters
    ----------
    gates : int
        G ≥ 1, two-qubit gates in the encoder; the decoder has as many.
    acceptance : float
        The wanted honest acceptance A, in [10⁻⁶, 1].

    Examples
    --------
    >>> f"{usable_gate_error(320, 0.9):.2e}"
    '1.65e-04'
    """
    from math import expm1, log

    steps = 2 * whole("the number of two-qubit gates", gates, 1)
    return -expm1(log(number("the wanted acceptance", acceptance, "[1e-06, 1]")) / steps)


def sizes(payload: int, traps: int) -> tuple[int, int]:
    """Return (n, t), checked."""
    return whole("the payload, in qubits,", payload, 1), whole("the number of traps", traps, 0)
