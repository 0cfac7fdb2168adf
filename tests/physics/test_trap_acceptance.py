"""What a trap code accepts under noise, against the sum over all Pauli errors of the inner code."""

import itertools
from fractions import Fraction

import pytest

from ceas_formal.physics.inner_codes import inner_code
from ceas_formal.physics.trap_noise import trap_acceptance

GENERATORS = {
    "five-qubit": ("XZZXI", "IXZZX", "XIXZZ", "ZXIXZ"),
    "steane": ("IIIXXXX", "IXXIIXX", "XIXIXIX", "IIIZZZZ", "IZZIIZZ", "ZIZIZIZ"),
}


def anticommute(one, other):
    return sum("I" != a != b != "I" for a, b in zip(one, other, strict=True)) % 2


@pytest.mark.parametrize("name", GENERATORS)
def test_errors_without_a_syndrome_pass_whether_they_are_stabilisers_or_logical(name):
    code, noise, traps = inner_code(name), Fraction(1, 5), 2
    weights = [0] * (code.qubits + 1)
    for error in itertools.product("IXYZ", repeat=code.qubits):
        if not any(anticommute(error, generator) for generator in GENERATORS[name]):
            weights[sum(letter != "I" for letter in error)] += 1
    silent = sum(count * (noise / 3) ** w * (1 - noise) ** (code.qubits - w) for w, count in enumerate(weights))
    # A |0⟩ trap shows X and Y, a |+⟩ trap Z and Y.
    assert trap_acceptance(code, traps, noise) == silent * (1 - 2 * noise / 3) ** (2 * traps)
