"""Four ways to authenticate one qubit at the same soundness: what each costs, and how much noise it stands.

The Clifford code; the trap code with a receiver that detects, and with one that corrects; the purity test on pairs. Of honest payloads
those count that pass *unchanged*. For Clifford code and purity test that is the chance of no error anywhere, a bound that the chance of a
harmless error exceeds by less than 2^-t; for the trap code it is exact.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ceas_formal.physics.checked import number
from ceas_formal.physics.inner_codes import inner_code
from ceas_formal.physics.purity_test import mean_check_gates
from ceas_formal.physics.random_clifford import mean_two_qubit_gates
from ceas_formal.physics.tags import clifford_soundness, least_traps, usable_gate_error
from ceas_formal.physics.trap_code import fewest_traps, trap_soundness
from ceas_formal.physics.trap_gates import encoder_gates, trap_arrival, usable_trap_gate_error
from ceas_formal.spec.exact import whole

ACCEPTANCES = (0.5, 0.9)
"""The wanted chances that an honest payload passes unchanged."""


class Tag(NamedTuple):
    """One way: qubits sent or pairs used, soundness error, two-qubit gates on each side, and the largest errors it stands, by acceptance.

    `gate_error`: of each two-qubit gate, nothing else noisy. `noise`: depolarising, of each transmitted qubit or pair, gates perfect.
    `allowed`: traps that may show; None if no tolerance is asked.
    """

    name: str
    qubits: int
    soundness: Fraction
    gates: int
    allowed: int | None
    gate_error: dict[float, float]
    noise: dict[float, float]


def compared(error: Fraction, *, allowed: int = 3, samples: int = 20) -> list[Tag]:
    """Return the ways with a soundness error of at most `error`, each at its least length.

    Parameters
    ----------
    error : Fraction
        In (0, 1].
    allowed : int
        Traps that may show to the receiver that corrects.
    samples : int
        Keys, at least 2, on which the gates of Clifford code and purity test are counted.

    Returns
    -------
    list of Tag
        The trap code with the Steane code corrects only where no more than 4096 traps of each kind do it; else the row is left out.

    Examples
    --------
    >>> for tag in compared(Fraction(1, 2**10)):
    ...     print(tag.name, tag.qubits, tag.gates)
    Clifford code 11 78
    purity test on pairs 11 38
    trap code steane, detecting 47 11
    trap code golay, detecting 29 83
    trap code steane, correcting 877 11
    trap code golay, correcting 409 83
    """
    bound, limit = error, whole("the number of traps that may show an error", allowed, 0)
    traps = least_traps(1, bound)
    mixed = (
        ("Clifford code", round(mean_two_qubit_gates(1 + traps, samples)[0])),
        ("purity test on pairs", round(mean_check_gates(1 + traps, traps, samples)[0])),
    )
    found = [
        Tag(
            name, 1 + traps, clifford_soundness(1, traps), gates, None,
            {share: usable_gate_error(gates, share) for share in ACCEPTANCES},
            {share: 1 - share ** (1 / (1 + traps)) for share in ACCEPTANCES},
        ) for name, gates in mixed
    ]  # fmt: skip
    return found + [tag for rule in (None, limit) for name in ("steane", "golay") for tag in _trap_code(name, bound, rule)]


def usable_noise(name: str, traps: int, acceptance: float, allowed: int | None = None) -> float:
    """Return the largest depolarising noise per qubit with which an honest payload passes unchanged with the wanted chance.

    Parameters
    ----------
    name, traps, allowed
        As in :func:`~ceas_formal.physics.trap_gates.trap_arrival`.
    acceptance : float
        In [1/2, 1).

    Examples
    --------
    >>> f"{usable_noise('golay', 3, 0.9):.2e}", f"{usable_noise('golay', 193, 0.9, allowed=3):.2e}"
    ('3.90e-03', '6.79e-03')
    """
    from scipy.optimize import brentq

    wanted = number("the wanted acceptance", acceptance, "[0.5, 0.999999]")
    return float(brentq(lambda p: trap_arrival(name, traps, noise=p, allowed=allowed).unchanged - wanted, 0, 0.75, xtol=1e-12))


def _trap_code(name: str, error: Fraction, allowed: int | None) -> list[Tag]:
    code, corrects = inner_code(name), allowed is not None
    try:
        traps = fewest_traps(code, error, allowed)
    except ValueError:
        return []
    return [
        Tag(
            f"trap code {name}, {'correcting' if corrects else 'detecting'}", code.qubits + 2 * traps,
            trap_soundness(code, traps, allowed).harmed, encoder_gates(name), allowed,
            {share: usable_trap_gate_error(name, share, corrects=corrects) for share in ACCEPTANCES},
            {share: usable_noise(name, traps, share, allowed) for share in ACCEPTANCES},
        )
    ]  # fmt: skip
