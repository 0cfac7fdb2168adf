"""The trap code as states in QuTiP, every key one by one: nothing of the counting in :mod:`ceas_formal.physics.trap_code` is assumed.

A payload qubit, maximally entangled with a reference, is encoded by the gates of the inner code, traps are added, the qubits are permuted
and padded with Paulis, the attack acts, and everything is undone. Traps and syndrome are projected on what they should read.
Nothing in the library calls this: tests compare.
"""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np

from ceas_formal.physics.clifford_code import Matrix, Outcome, qubits_of
from ceas_formal.physics.inner_codes import encoder, inner_code
from ceas_formal.spec.exact import whole

LARGEST_STATE = 6
"""Transmitted qubits up to which all permutations are made: 720."""


def trap_outcome(name: str, traps: int, attack: Matrix, *, padded: int | None = None) -> Outcome:
    """Return what an attack on the first transmitted qubits achieves against the detecting receiver, averaged over every key.

    Parameters
    ----------
    name : str
        A small inner code of :data:`~ceas_formal.physics.inner_codes.CSS`.
    traps : int
        k ≥ 1 of each kind; m+2k at most `LARGEST_STATE`.
    attack : ndarray of complex, shape (2^w, 2^w)
        A unitary on the first w ≥ 1 of the transmitted qubits.
    padded : int, optional
        How many of the first transmitted qubits the Pauli pad runs over, by default the w attacked ones: on others it is undone at once.
        With 0 the key is the permutation alone; for a Pauli error, which a pad gives a sign at most, that is the same.

    Returns
    -------
    Outcome
        Exact up to rounding, below 10⁻¹².

    Examples
    --------
    >>> from ceas_formal.physics.clifford_code import pauli
    >>> outcome = trap_outcome("two-qubit", 1, pauli("X"))
    >>> round(outcome.accepted, 6), round(outcome.harmed, 6)
    (0.25, 0.0)
    """
    import qutip

    size = inner_code(name).qubits + 2 * whole("the number of traps of each kind", traps, 1)
    if size > LARGEST_STATE:
        raise ValueError(f"the number of transmitted qubits must lie in 1..{LARGEST_STATE}; got {size}")
    if (attacked := qubits_of(attack)) > size:
        raise ValueError(f"the number of attacked qubits must lie in 1..{size}; got {attacked}")
    encoded, passing = _encoded(name, traps)
    tampering = _on(qutip.Qobj(attack, dims=[[2] * attacked] * 2), size - attacked).to("CSR")
    letters = (qutip.qeye(2), qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())
    over = attacked if padded is None else whole("the number of padded qubits", padded, 0)
    steps = []
    for word in product(letters, repeat=over):
        pad = _on(qutip.tensor(*word, *letters[:1] * (size - over)), 0)
        steps.append((pad, pad.dag() * tampering))
    accepted = harmed = 0.0
    orders = list(permutations(range(1, size + 1)))
    for order in orders:
        sent = encoded.permute([0, *order])
        back = [0, *(int(place) + 1 for place in np.argsort(order))]
        for pad, attacked_and_unpadded in steps:
            passed = passing * (attacked_and_unpadded * (pad * sent)).permute(back)
            chance = passed.norm() ** 2
            accepted += chance
            harmed += chance - abs(encoded.overlap(passed)) ** 2
    keys = len(orders) * len(steps)
    return Outcome(accepted / keys, harmed / keys)


def _encoded(name: str, traps: int) -> tuple[Any, Any]:
    """Return the tagged payload, after its reference, and the projector on traps and syndrome that pass."""
    import qutip

    qubits, (payload, gates) = inner_code(name).qubits, encoder(name)
    one, zero, plus = qutip.qeye(2), qutip.ket("0"), (qutip.ket("0") + qutip.ket("1")).unit()
    code = qutip.tensor([one] * qubits)
    for gate, where in gates:
        code = _gate(gate, where, qubits) * code
    halves = [qutip.tensor(*[qutip.ket(str(bit) if place == payload else "0") for place in range(qubits)]) for bit in (0, 1)]
    state = sum(qutip.tensor(qutip.ket(str(bit)), code * half) for bit, half in enumerate(halves)).unit()
    for trap in [zero] * traps + [plus] * traps:
        state = qutip.tensor(state, trap)
    # No syndrome: after the inverse of the encoder every qubit but the payload's reads 0.
    syndrome = code * qutip.tensor(*[one if place == payload else zero.proj() for place in range(qubits)]) * code.dag()
    return state, qutip.tensor(one, syndrome, *[zero.proj()] * traps, *[plus.proj()] * traps)


def _gate(name: str, where: tuple[int, ...], qubits: int) -> Any:
    import qutip

    one = [qutip.qeye(2)] * qubits
    if name == "H":
        hadamard = (qutip.sigmax() + qutip.sigmaz()) / np.sqrt(2)
        return qutip.tensor(*one[: where[0]], hadamard, *one[where[0] + 1 :])
    off, on = list(one), list(one)
    off[where[0]], on[where[0]], on[where[1]] = qutip.ket("0").proj(), qutip.ket("1").proj(), qutip.sigmax()
    return qutip.tensor(*off) + qutip.tensor(*on)


def _on(operator: Any, others: int) -> Any:
    """Return an operator on the first transmitted qubits as one on reference and all of them."""
    import qutip

    return qutip.tensor(qutip.qeye(2), operator, *[qutip.qeye(2)] * others)
