"""Attacks: what each achieves, against the average over every key of two qubits, and as properties at any length."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import unitary_group

from ceas_formal.physics import attacks
from ceas_formal.physics.clifford_code import I2, X, Z, all_paulis, averaged, keys, pauli
from ceas_formal.physics.tags import clifford_soundness
from ceas_formal.strategies import code_sizes

EXACT = 1e-12


def over_keys(kraus, payload=1):
    """Add up the Kraus operators of a channel, each averaged over every key."""
    found = [averaged(operator, payload) for operator in kraus]
    return sum(out.accepted for out in found), sum(out.harmed for out in found)


@pytest.mark.parametrize("angle", [0.01, 0.3, 1.0, math.pi, 2 * math.pi])
@pytest.mark.parametrize("rotated", [1, 2])
def test_rotation_over_every_key(angle, rotated):
    turn = np.diag([np.exp(-0.5j * angle), np.exp(0.5j * angle)])
    attack = np.kron(turn, turn if rotated == 2 else I2)
    assert attacks.rotation(angle, 1, 1, rotated) == pytest.approx(averaged(attack, 1), abs=EXACT)
    assert attacks.operator(attack, 1) == pytest.approx(averaged(attack, 1), abs=EXACT)


def test_measuring_a_pair_over_every_key():
    projections = [np.kron((I2 + sign * Z) / 2, I2) for sign in (1, -1)]
    assert attacks.measured_pairs(1, 1, 1) == pytest.approx(over_keys(projections), abs=EXACT)


def test_measuring_in_another_basis_is_the_same():
    projections = [np.kron(I2, (I2 + sign * X) / 2) for sign in (1, -1)]
    assert attacks.measured_pairs(1, 1, 1) == pytest.approx(over_keys(projections), abs=EXACT)


def test_replacing_a_pair_and_substituting_everything_over_every_key():
    one = [np.kron(word, I2) / 2 for word in (I2, X, X @ Z, Z)]
    both = [np.kron(first, second) for first in np.array([I2, X, X @ Z, Z]) / 2 for second in np.array([I2, X, X @ Z, Z]) / 2]
    assert attacks.replaced_pairs(1, 1, 1) == pytest.approx(over_keys(one), abs=EXACT)
    assert attacks.replaced_pairs(1, 1, 2) == pytest.approx(over_keys(both), abs=EXACT)
    assert attacks.substitution(1, 1) == pytest.approx(over_keys(both), abs=EXACT)


def test_replayed_ciphertext_under_a_fresh_key():
    # The ciphertext of payload 0 under key 5, decoded with each key: all traps read 0 with chance 1/2 exactly.
    sent = keys(2)[5][:, 0]
    received = keys(2).conj().transpose(0, 2, 1) @ sent
    passes = (abs(received[:, [0, 2]]) ** 2).sum(axis=1)
    assert passes.mean() == pytest.approx(attacks.replay(1, 1, same_key=False).accepted, abs=EXACT)
    assert passes[5] == pytest.approx(attacks.replay(1, 1, same_key=True).accepted, abs=EXACT)


@pytest.mark.parametrize("number", [0, 99, 11_519])
def test_who_holds_the_key_passes_for_certain(number):
    key = keys(2)[number]
    forged = averaged(key @ pauli("YI") @ key.conj().T, 1, key[None])
    assert forged == pytest.approx(attacks.key_holder(1, 1), abs=EXACT)


def test_rotation_by_three_tenths_passes():
    assert round(attacks.rotation(0.3, 1, 8).accepted, 3) == round(attacks.rotation(0.3, 4, 60).accepted, 3) == 0.978
    assert attacks.rotation(0.3, 1, 8).harmed < 7e-5


@given(code_sizes(), st.floats(-6.28, 6.28), st.data())
def test_no_attack_without_the_key_passes_and_changes_with_more_than_the_soundness_error(sizes, angle, data):
    count = data.draw(st.integers(0, sum(sizes)))
    worst = float(clifford_soundness(*sizes)) * (1 + 1e-9)
    tried = [attacks.rotation(angle, *sizes, count), attacks.measured_pairs(*sizes, count), attacks.replaced_pairs(*sizes, count)]
    for outcome in [*tried, attacks.substitution(*sizes), attacks.replay(*sizes, same_key=False)]:
        assert outcome.harmed <= worst
        assert outcome.harmed <= outcome.accepted <= 1


@pytest.mark.parametrize("draw", range(3))
def test_a_simulator_without_the_payload_is_as_far_as_what_passes_and_changes(draw):
    """Security by simulation (Dupuis, Nielsen, Salvail 2012), for an attacker with a qubit of memory E and a payload entangled with R.

    The simulator hands the payload on untouched, and E as the Pauli errors that act on no more than the trap's Z leave it.
    """
    unitary = unitary_group.rvs(8, random_state=draw).reshape(4, 2, 4, 2)
    errors = unitary[:, :, :, 0].transpose(1, 0, 2)  # one operator on the two transmitted qubits per state of E
    turned = np.einsum("kji,ejl,klm->keim", keys(2).conj(), errors, keys(2)).reshape(-1, 2, 2, 2, 2, 2)
    # On (R, payload, E), with the trap prepared in 0; then R and E alone when the trap reads 1.
    passes, fails = (turned[:, :, :, read, :, 0].transpose(0, 3, 2, 1).reshape(-1, 8) / math.sqrt(2) for read in (0, 1))
    passed = np.einsum("ka,kb->ab", passes, passes.conj()) / len(turned)
    failed = np.einsum("kaxe,kbxf->aebf", *[v.reshape(-1, 2, 2, 2) for v in (fails, fails.conj())]).reshape(4, 4) / len(turned)
    parts = {word: np.array([np.trace(pauli(word) @ error) / 4 for error in errors]) for word in all_paulis(2)}
    none, total = (sum(np.outer(parts[w], parts[w].conj()) for w in words) for words in (["II"], parts))
    bell = np.array([1, 0, 0, 1]) / math.sqrt(2)
    simulated = none + (total - none) / 15
    off = passed - np.kron(np.outer(bell, bell), simulated), failed - np.kron(I2 / 2, total - simulated)
    distance = sum(np.abs(np.linalg.eigvalsh(part)).sum() for part in off) / 2
    assert distance == pytest.approx(float(clifford_soundness(1, 1)) * (1 - np.trace(none).real), abs=1e-10)


@given(code_sizes(), st.integers(0, 5))
def test_measuring_more_pairs_passes_less(sizes, count):
    count = min(count, sum(sizes) - 1)
    assert attacks.measured_pairs(*sizes, count + 1).accepted < attacks.measured_pairs(*sizes, count).accepted


@given(code_sizes())
def test_substitution_is_the_completely_depolarising_attack(sizes):
    assert attacks.substitution(*sizes) == pytest.approx(attacks.replaced_pairs(*sizes, sum(sizes)), rel=1e-9)


@pytest.mark.parametrize("draw", range(3))
def test_any_unitary_on_two_qubits(draw):
    attack = unitary_group.rvs(4, random_state=draw)
    assert attacks.operator(attack, 1) == pytest.approx(averaged(attack, 1), abs=EXACT)


def test_audit_separates_the_rates_and_needs_more_for_weaker_attacks():
    strong, weak = (attacks.audit(attacks.rotation(angle, 4, 16), Fraction(99, 100)) for angle in (0.6, 0.3))
    assert strong.test.checks < weak.test.checks == 3_506
    assert weak.honest_rate < weak.test.flips / weak.test.checks < weak.attacked_rate
    assert max(weak.test.false_accept, weak.test.false_reject) <= 1e-6


def test_each_error_of_an_audit_keeps_its_own_bound():
    found = attacks.audit(attacks.rotation(0.6, 4, 16), Fraction(99, 100), false_alarm=1e-9, missed=1e-2).test
    assert found.false_reject <= 1e-9
    assert 1e-9 < found.false_accept <= 1e-2


@pytest.mark.parametrize("qubits", [1, 2, 3])
def test_a_global_phase_is_no_attack_up_to_rounding(qubits):
    for angle in np.linspace(0, 6, 25):
        accepted, harmed = attacks.operator((1 + 4e-10) * np.exp(1j * angle) * np.eye(2**qubits), 1)
        assert (accepted, harmed) == (1, 0)


@pytest.mark.parametrize("wrong", [(1 + 1e-6) * np.eye(4), np.full((4, 4), np.nan), [["a", "b"], ["c", "d"]], [[1, 0], [0]], 1.0])
def test_an_operator_that_is_no_unitary_matrix_is_refused(wrong):
    with pytest.raises(ValueError, match="attack"):
        attacks.operator(wrong, 1)


@pytest.mark.parametrize("wrong", ["0.5", True, 1j, None, np.array([0.5, 0.5])])
def test_what_is_no_number_is_refused_by_name(wrong):
    with pytest.raises(TypeError, match=r"the identity weight \|a_I\|² must be a number"):
        attacks.mixed(wrong, 1, 1)
    with pytest.raises(TypeError, match="the honest acceptance must be a number"):
        attacks.audit(attacks.rotation(1, 1, 1), wrong)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: attacks.mixed(1.5, 1, 1), r"the identity weight \|a_I\|² must lie in \[0, 1\]; got 1.5"),
        (lambda: attacks.rotation(math.inf, 1, 1), r"the angle must lie in \(-∞, ∞\); got inf"),
        (lambda: attacks.rotation(0.3, 1, 1, 3), r"the number of qubits attacked must lie in 0..2; got 3"),
        (lambda: attacks.measured_pairs(1, 1, -1), r"the number of qubits attacked must be at least 0; got -1"),
        (lambda: attacks.operator(np.ones((4, 4)), 1), r"the attack must be unitary"),
        (lambda: attacks.operator(np.ones((3, 3)), 1), r"the attack must be a matrix of shape \(2\^N, 2\^N\), N ≥ 1; got \(3, 3\)"),
        (lambda: averaged(np.ones((4, 2)), 1), r"the attack must be a matrix of shape \(2\^N, 2\^N\), N ≥ 1; got \(4, 2\)"),
        (lambda: attacks.key_holder(0, 1), r"the payload, in qubits, must be at least 1; got 0"),
        (lambda: attacks.audit(attacks.rotation(0, 1, 1), 0.9), r"the accepted share under attack must lie in \[0, 1\)"),
        (lambda: attacks.audit(attacks.rotation(1, 1, 1), 1), r"the honest acceptance must lie in \[1e-9, 0.999999999\]; got 1.0"),
    ],
)
def test_bad_input_names_the_quantity_and_its_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
