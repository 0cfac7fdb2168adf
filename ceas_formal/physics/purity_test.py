"""The random-check purity test: authenticate shared Bell pairs first, then teleport the payload over the pairs that are left.

Both sides share N = m+r pairs and a random seed. Both apply the same random Clifford circuit that takes r random commuting checks to Z,
measure r pairs, and compare in public. A Pauli error P ≠ I on the pairs passes if it commutes with all checks; it is harmless if it is one
of their products. Over the checks this has the chances of the Clifford code with n = m and t = r.

The payload is not touched before the test passed: nothing is lost with a rejected one, and the key needs to be secret only until then.

References
----------
Barnum, Crépeau, Gottesman, Smith, Tapp, "Authentication of quantum messages" (2002): purity-testing codes.
Bennett, DiVincenzo, Smolin, Wootters, "Mixed-state entanglement and quantum error correction" (1996): random parities of pairs.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from ceas_formal.physics.clifford_code import Outcome
from ceas_formal.physics.random_clifford import random_checks, stream, two_qubit_gates
from ceas_formal.physics.stabiliser import Estimate, circuit, proportion, stim_module
from ceas_formal.physics.tags import clifford_acceptance, clifford_soundness, two_sided_traps
from ceas_formal.spec.exact import rational, whole


def purity_error(kept: int, checks: int) -> Fraction:
    """Return the chance that a Pauli error P ≠ I on the pairs passes r checks and harms the m pairs kept: below 2^-r.

    Parameters
    ----------
    kept, checks : int
        m ≥ 1 and r ≥ 0, in pairs; m + r are used.

    Examples
    --------
    >>> str(purity_error(1, 1)), round(float(purity_error(64, 3)), 4)
    ('2/5', 0.125)
    """
    return clifford_soundness(kept, checks)


def purity_acceptance(kept: int, checks: int) -> Fraction:
    """Return the chance that a Pauli error P ≠ I passes, harmless or not.

    Examples
    --------
    >>> str(purity_acceptance(1, 1))
    '7/15'
    """
    return clifford_acceptance(kept, checks)


def two_sided_checks(kept: int, fidelity: int | Fraction, false_accept: int | Fraction, false_reject: int | Fraction) -> int:
    """Return the fewest checks with which tampering harms, and honest pairs are rejected, with chances of at most the wanted ones.

    Parameters
    ----------
    kept : int
        m ≥ 1, in pairs.
    fidelity : int or Fraction
        Of each pair, in [0, 1], as the chance of no Pauli error.
    false_accept, false_reject : int or Fraction
        As in :func:`ceas_formal.physics.tags.two_sided_traps`, which has the same chances.

    Examples
    --------
    >>> two_sided_checks(1, Fraction(999, 1000), Fraction(1, 2**20), Fraction(1, 20))
    20

    Notes
    -----
    Rejected pairs cost pairs, not a payload. With pairs of fidelity .95 and 20 checks two runs in three are rejected: distil first.
    """
    return two_sided_traps(kept, 1 - rational("the fidelity of the pairs", fidelity, "[0, 1]"), false_accept, false_reject)


def sampled_purity(kept: int, checks: int, error: str, samples: int, seed: int) -> tuple[Estimate, Estimate]:
    """Return (acceptance, purity error) over sampled checks; needs stim. Parameters as in :func:`ceas_formal.physics.stabiliser.sampled`.

    Examples
    --------
    >>> float(purity_error(6, 2)) in sampled_purity(6, 2, "XIIIIIII", 200, seed=1)[1]
    True
    """
    pairs, r = whole("the number of pairs kept", kept, 1) + whole("the number of checks", checks, 0), checks
    if len(error) != pairs or set(error) - set("IXYZ") or not set(error) - {"I"}:
        raise ValueError(f"the error must be {pairs} letters of I, X, Y, Z, not all I; got {error!r}")
    attack, rng, passed, harmed = stim_module().PauliString(error), stream(seed, "checks"), 0, 0
    for _ in range(whole("the number of samples", samples, 1)):
        x, z = attack.after(circuit(random_checks(pairs, r, rng))).to_numpy()
        accepted = not x[:r].any()
        passed += accepted
        harmed += accepted and bool(x[r:].any() or z[r:].any())
    return proportion(passed, samples), proportion(harmed, samples)


def mean_check_gates(pairs: int, checks: int, samples: int, seed: int = 0) -> tuple[float, float]:
    """Return the mean number of CX gates on each side and its standard error, over `samples` ≥ 2 sampled sets of checks.

    Examples
    --------
    >>> mean, error = mean_check_gates(20, 16, 50)
    >>> 120 < mean < 145 and error < 2
    True
    """
    count, rng = whole("the number of samples", samples, 2), stream(seed, "check gates")
    found = [two_qubit_gates(random_checks(pairs, checks, rng)) for _ in range(count)]
    return float(np.mean(found)), float(np.std(found, ddof=1) / math.sqrt(count))


def unmixed_ancilla(kept: int) -> Outcome:
    """Return what the shortcut costs: each check read out by a controlled Pauli from a fresh pair that is itself not checked.

    A bit flip on the last such pair puts the last random Pauli on the pairs kept. The readout is of the phase, so the check passes for
    certain, and the pairs are changed unless that Pauli was the identity.

    Parameters
    ----------
    kept : int
        m ≥ 1.

    Examples
    --------
    >>> unmixed_ancilla(1)
    Outcome(accepted=1.0, harmed=0.75)
    """
    return Outcome(1.0, 1 - 4.0 ** -whole("the number of pairs kept", kept, 1))
