"""The trap code: inner codes and decoders by enumeration, placements one by one, and every key as a state in QuTiP."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import unitary_group

from ceas_formal.physics import inner_codes, trap_code, trap_noise, trap_states
from ceas_formal.physics.clifford_code import all_paulis, pauli
from ceas_formal.physics.inner_codes import inner_code
from ceas_formal.physics.stabiliser import proportion

SEED = 20_252
"""Fixed before any result was seen; intervals as in :mod:`ceas_formal.physics.stabiliser`, two-sided at 99.9%."""
HAMMING = ("IIIXXXX", "IXXIIXX", "XIXIXIX")
GENERATORS = {
    "two-qubit": (("ZZ",), ("XX", "ZI")),
    "four-qubit": (("XXXX", "ZZII", "IIZZ"), ("XXII", "ZIZI")),
    "five-qubit": (("XZZXI", "IXZZX", "XIXZZ", "ZXIXZ"), ("XXXXX", "ZZZZZ")),
    "steane": (HAMMING + tuple(row.replace("X", "Z") for row in HAMMING), ("XXXXXXX", "ZZZZZZZ")),
}
PAULI_COUNTS = [errors for errors in itertools.product(range(7), repeat=3) if 0 < sum(errors) <= 6]


def anticommute(one, other):
    return sum(a != "I" and b != "I" and a != b for a, b in zip(one, other, strict=True)) % 2


def product_of(one, other):
    pairs = zip(one, other, strict=True)
    return "".join("I" if a == b else b if a == "I" else a if b == "I" else (set("XYZ") - {a, b}).pop() for a, b in pairs)


def counts_of(word):
    return word.count("X"), word.count("Y"), word.count("Z")


def syndrome(word, rows):
    return tuple(anticommute(word, row) for row in rows)


def least_corrections(name):
    """Return a correction of least weight for every syndrome; a Y counts once for the five-qubit code, and as X and Z for the others."""
    rows, _ = GENERATORS[name]
    found = {}
    cost = {"five-qubit": "XYZ"}.get(name, "XYYZ")
    for word in sorted(map("".join, itertools.product("IXYZ", repeat=len(rows[0]))), key=lambda word: sum(map(cost.count, word))):
        found.setdefault(syndrome(word, rows), word)
    return found


def harms(name, word, corrections):
    """Return whether an error on the inner code passes and changes the payload; without corrections every syndrome rejects."""
    rows, logicals = GENERATORS[name]
    if corrections is None:
        return not any(syndrome(word, rows)) and any(syndrome(word, logicals))
    return any(syndrome(product_of(word, corrections[syndrome(word, rows)]), logicals))


def by_placement(name, traps, errors, allowed):
    """Count (passing, harmful) over all placements of the errors, each told by the symplectic product with every row."""
    size = len(GENERATORS[name][0][0])
    corrections = None if allowed is None else least_corrections(name)
    word = "X" * errors[0] + "Y" * errors[1] + "Z" * errors[2]
    word += "I" * (size + 2 * traps - len(word))
    placed = [place for place in itertools.product("IXYZ", repeat=len(word)) if counts_of(place) == errors]
    passing = harmful = 0
    for place in placed:
        inner, zeros, pluses = "".join(place[:size]), place[size : size + traps], place[size + traps :]
        shown = sum(letter in "XY" for letter in zeros) + sum(letter in "ZY" for letter in pluses)
        quiet = shown <= (allowed or 0)
        passing += quiet and (allowed is not None or not any(syndrome(inner, GENERATORS[name][0])))
        harmful += quiet and harms(name, inner, corrections)
    return Fraction(passing, len(placed)), Fraction(harmful, len(placed))


@pytest.mark.parametrize("allowed", [None, 0, 1, 2])
@pytest.mark.parametrize("errors", [(1, 0, 0), (2, 0, 1), (0, 1, 2), (1, 1, 1), (2, 0, 2), (0, 3, 0), (3, 2, 1), (0, 0, 6)])
def test_chances_are_those_of_all_placements(errors, allowed):
    code = inner_code("five-qubit")
    found = trap_code.trap_passing(code, 1, errors, allowed), trap_code.trap_harm(code, 1, errors, allowed)
    assert found == by_placement("five-qubit", 1, errors, allowed)


@pytest.mark.medium
@pytest.mark.parametrize("allowed", [None, 1])
@pytest.mark.parametrize("errors", [(2, 0, 0), (2, 1, 1), (0, 2, 2), (3, 0, 2)])
def test_chances_are_those_of_all_placements_with_the_steane_code(errors, allowed):
    code = inner_code("steane")
    found = trap_code.trap_passing(code, 1, errors, allowed), trap_code.trap_harm(code, 1, errors, allowed)
    assert found == by_placement("steane", 1, errors, allowed)


@pytest.mark.parametrize("allowed", [None, 0, 1, 3])
def test_worst_attack_is_the_worst_of_all_counts(allowed):
    code = inner_code("five-qubit")
    for traps in (1, 3):
        size = 5 + 2 * traps
        every = [errors for errors in itertools.product(range(size + 1), repeat=3) if 0 < sum(errors) <= size]
        found = trap_code.trap_soundness(code, traps, allowed)
        assert found.harmed == max(trap_code.trap_harm(code, traps, errors, allowed) for errors in every)
        assert found.harmed == trap_code.trap_harm(code, traps, found.errors, allowed)


def test_worst_attack_is_found_where_counts_leave_the_range_of_floats():
    worst = trap_code.trap_soundness(inner_code("steane"), 4_000, 16)
    assert inner_codes.placements(8_007, (120, 0, 120)) > 10**308
    others = [(x, y, z) for x in (0, 1, 20, 40) for y in (0, 1, 3) for z in (0, 30, 40, 60)]
    assert worst.harmed >= max(trap_code.trap_harm(inner_code("steane"), 4_000, errors, 16) for errors in others)


@pytest.mark.parametrize("name", GENERATORS)
def test_operators_of_a_code_are_those_that_commute_with_its_generators(name):
    rows, logicals = GENERATORS[name]
    code, inside, outside = inner_code(name), {}, {}
    for word in map("".join, itertools.product("IXYZ", repeat=code.qubits)):
        if not any(syndrome(word, rows)):
            kind = outside if any(syndrome(word, logicals)) else inside
            kind[counts_of(word)] = kind.get(counts_of(word), 0) + 1
    assert (code.stabilisers, code.logicals) == (inside, outside)
    assert code.distance == min(map(sum, outside)) == {"two-qubit": 1, "four-qubit": 2}.get(name, 3)


@pytest.mark.parametrize("name", ["five-qubit", "steane"])
def test_decoder_is_the_one_of_least_weight(name):
    corrections, found = least_corrections(name), {}
    for word in map("".join, itertools.product("IXYZ", repeat=inner_code(name).qubits)):
        if harms(name, word, corrections):
            found[counts_of(word)] = found.get(counts_of(word), 0) + 1
    assert inner_codes.miscorrected(name) == found


@pytest.mark.parametrize("name", inner_codes.PERFECT)
def test_perfect_codes_decode_a_quarter_of_all_errors_rightly(name):
    code, harmful = inner_code(name), inner_codes.miscorrected(name)
    assert 4 * sum(harmful.values()) == 3 * 4**code.qubits
    assert min(map(sum, harmful)) == (code.distance + 1) // 2
    assert all(0 < number <= inner_codes.placements(code.qubits, kind) for kind, number in harmful.items())


def golay_decoder():
    """Return by syndrome whether the error of least weight, at most three, has odd weight; and the check rows: words of weight 8."""
    rows = [word for word in inner_codes.css_words("golay").x[:2048] if word.bit_count() == 8]
    basis, spanned = [], {0}
    for row in rows:
        if row not in spanned:
            basis.append(row)
            spanned |= {word ^ row for word in spanned}
    odd = np.full(2 ** len(basis), -1)
    for weight in range(4):
        for places in itertools.combinations(range(23), weight):
            word = sum(1 << place for place in places)
            key = sum(((word & row).bit_count() % 2) << bit for bit, row in enumerate(basis))
            assert odd[key] == -1
            odd[key] = weight % 2
    return basis, odd


def golay_fails(words, basis, odd):
    """Whether the word less its correction has odd weight: then it is a logical operator."""
    weights = inner_codes.bits(words, 23).sum(axis=1).astype(int)
    shared = (inner_codes.bits(words, 23) @ inner_codes.bits(basis, 23).T).astype(int) % 2
    return (weights + odd[shared @ (1 << np.arange(len(basis)))]) % 2 == 1


def test_golay_code_has_its_weights_and_is_perfect():
    words = inner_codes.css_words("golay")
    weights = {w: sum(word.bit_count() == w for word in words.x) for w in range(24)}
    assert {w: n for w, n in weights.items() if n} == {0: 1, 7: 253, 8: 506, 11: 1288, 12: 1288, 15: 506, 16: 253, 23: 1}
    assert sorted(words.x) == sorted(words.z)
    basis, odd = golay_decoder()
    assert len(basis) == 11
    assert (odd >= 0).all()


def test_golay_counts_of_one_kind_agree_with_decoding_words():
    basis, odd = golay_decoder()
    harmful = inner_codes.miscorrected("golay")
    for weight in (3, 4, 5, 19):
        words = [sum(1 << place for place in places) for places in itertools.combinations(range(23), weight)]
        failed = int(golay_fails(words, basis, odd).sum())
        assert harmful.get((weight, 0, 0), 0) == harmful.get((0, 0, weight), 0) == harmful.get((0, weight, 0), 0) == failed


@pytest.mark.parametrize("errors", [(2, 2, 2), (1, 2, 3), (5, 4, 3), (3, 1, 4), (7, 8, 8)])
def test_golay_counts_of_mixed_errors_agree_with_sampled_ones(errors):
    rng = np.random.default_rng([SEED, *errors])
    basis, odd = golay_decoder()
    samples, (x, y, _) = 4_000, errors
    order = np.argsort(rng.random((samples, 23)), axis=1)
    x_parts = (1 << order[:, : x + y]).sum(axis=1)
    z_parts = (1 << order[:, x : sum(errors)]).sum(axis=1)
    failed = golay_fails(x_parts, basis, odd) | golay_fails(z_parts, basis, odd)
    share = Fraction(inner_codes.miscorrected("golay").get(errors, 0), inner_codes.placements(23, errors))
    assert float(share) in proportion(int(failed.sum()), samples)


def expected(name, attack):
    """Return the outcome by counting: the weights of the attack's Pauli parts times the chances of their counts."""
    qubits, accepted, harmed = len(attack).bit_length() - 1, 0.0, 0.0
    for word in all_paulis(qubits):
        weight = abs(np.vdot(pauli(word), attack) / 2**qubits) ** 2
        if weight == 0:
            continue
        accepted += weight * trap_code.trap_passing(inner_code(name), 1, counts_of(word))
        harmed += weight * trap_code.trap_harm(inner_code(name), 1, counts_of(word))
    return accepted, harmed


@pytest.mark.parametrize("errors", [(1, 0, 0), (0, 1, 0), (2, 0, 0), (0, 0, 2), (1, 0, 2), (2, 0, 2), (2, 1, 1), (0, 4, 0)])
def test_states_under_every_permutation_pass_and_change_as_counted(errors):
    attack = pauli("X" * errors[0] + "Y" * errors[1] + "Z" * errors[2])
    found = trap_states.trap_outcome("four-qubit", 1, attack, padded=0)
    assert found == pytest.approx(expected("four-qubit", attack), abs=1e-12)


@pytest.mark.medium
@pytest.mark.parametrize("errors", PAULI_COUNTS)
def test_states_agree_for_every_count_of_errors(errors):
    attack = pauli("X" * errors[0] + "Y" * errors[1] + "Z" * errors[2])
    found = trap_states.trap_outcome("four-qubit", 1, attack, padded=0)
    assert found == pytest.approx(expected("four-qubit", attack), abs=1e-12)


@pytest.mark.parametrize("errors", [(1, 0, 0), (0, 0, 1), (1, 1, 0), (2, 0, 2), (1, 1, 1)])
def test_states_under_every_key_of_permutation_and_pad_agree(errors):
    attack = pauli("X" * errors[0] + "Y" * errors[1] + "Z" * errors[2])
    found = trap_states.trap_outcome("two-qubit", 1, attack, padded=4)
    assert found == pytest.approx(expected("two-qubit", attack), abs=1e-12)


@pytest.mark.parametrize("draw", range(3))
def test_states_under_every_key_see_a_coherent_attack_as_its_pauli_parts(draw):
    attack = unitary_group.rvs(4, random_state=SEED + draw)
    assert trap_states.trap_outcome("four-qubit", 1, attack) == pytest.approx(expected("four-qubit", attack), abs=1e-12)


def test_without_the_pad_a_coherent_attack_is_not_a_mixture():
    # Interference: the parts of one attack add as amplitudes where no pad gives them random signs.
    attack = unitary_group.rvs(4, random_state=SEED)
    found = trap_states.trap_outcome("four-qubit", 1, attack, padded=0)
    assert abs(found.accepted - expected("four-qubit", attack)[0]) > 1e-3


def test_fixed_inner_code_is_no_exponential():
    code = inner_code("steane")
    harmed = [trap_code.trap_soundness(code, traps).harmed for traps in (7, 14, 28)]
    assert harmed[0] > harmed[1] > harmed[2] > harmed[0] / 4**3
    assert harmed[0] < Fraction(49, 1000)  # the bound by counting weights


@pytest.mark.parametrize(("name", "allowed", "power"), [("steane", None, 3), ("golay", None, 7), ("steane", 0, 2), ("golay", 0, 4)])
def test_soundness_falls_as_the_power_of_the_errors_that_harm(name, allowed, power):
    code = inner_code(name)
    one, other = (trap_code.trap_soundness(code, traps, allowed).harmed for traps in (500, 1_000))
    assert power - 0.3 < math.log2(one / other) < power + 0.01


def test_golay_code_detects_better_than_steane_at_the_same_length():
    # 53 qubits each.
    assert trap_code.trap_soundness(inner_code("golay"), 15).harmed < trap_code.trap_soundness(inner_code("steane"), 23).harmed / 10


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["five-qubit", "steane"]), st.integers(1, 12), st.integers(0, 3))
def test_harm_rises_with_tolerance_and_never_with_traps(name, traps, allowed):
    code = inner_code(name)
    now = trap_code.trap_soundness(code, traps, allowed).harmed
    assert trap_code.trap_soundness(code, traps + 1, allowed).harmed <= now <= trap_code.trap_soundness(code, traps, allowed + 1).harmed
    assert trap_code.trap_soundness(code, traps).harmed <= trap_code.trap_soundness(code, traps, 0).harmed


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["five-qubit", "steane"]), st.integers(1, 9), st.one_of(st.none(), st.integers(0, 3)),
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)),
)  # fmt: skip
def test_harm_is_at_most_passing(name, traps, allowed, errors):
    if sum(errors) <= 5 + 2 * traps:
        code = inner_code(name)
        assert 0 <= trap_code.trap_harm(code, traps, errors, allowed) <= trap_code.trap_passing(code, traps, errors, allowed) <= 1


@pytest.mark.parametrize("allowed", [None, 0, 2])
def test_noise_is_the_mixture_of_its_counts(allowed):
    # Every count of errors with its multinomial weight: acceptance and damage again, from the chances over the permutation.
    code, traps, noise = inner_code("five-qubit"), 2, Fraction(1, 7)
    size, accepted, damaged = 9, Fraction(0), Fraction(0)
    for errors in itertools.product(range(size + 1), repeat=3):
        if (weight := sum(errors)) <= size:
            chance = inner_codes.placements(size, errors) * (noise / 3) ** weight * (1 - noise) ** (size - weight)
            accepted += chance * trap_code.trap_passing(code, traps, errors, allowed)
            damaged += chance * trap_code.trap_harm(code, traps, errors, allowed)
    assert trap_noise.trap_acceptance(code, traps, noise, allowed) == accepted
    assert trap_noise.trap_damage(code, traps, noise, allowed) == damaged


@pytest.mark.parametrize(("name", "allowed"), [("steane", None), ("steane", 1), ("golay", None), ("golay", 0)])
def test_fewest_traps_is_the_fewest(name, allowed):
    code, wanted = inner_code(name), Fraction(1, 2**8)
    traps = trap_code.fewest_traps(code, wanted, allowed)
    assert trap_code.trap_soundness(code, traps, allowed).harmed <= wanted < trap_code.trap_soundness(code, traps - 1, allowed).harmed


def test_two_sided_length_keeps_both_errors_and_no_shorter_one_does():
    code, noise, accept, reject = inner_code("golay"), Fraction(1, 500), Fraction(1, 2**6), Fraction(1, 20)
    found = trap_noise.two_sided(code, noise, accept, reject, corrects=True)
    assert found.false_accept <= accept
    assert found.false_reject <= reject
    assert found.allowed

    def kept(traps, allowed):
        rejects = 1 - trap_noise.trap_acceptance(code, traps, noise, allowed) + trap_noise.trap_damage(code, traps, noise, allowed)
        return rejects <= reject and trap_code.trap_soundness(code, traps, allowed).harmed <= accept

    assert kept(found.traps, found.allowed)
    assert not any(kept(found.traps - 1, allowed) for allowed in range(found.allowed + 3))


def test_tolerance_that_grows_with_the_noise_has_a_floor_that_only_the_inner_code_lowers():
    noise = Fraction(1, 20)
    floor = trap_noise.tolerance_floor(inner_code("steane"), noise)
    allowed = {traps: math.ceil(4 * noise * traps / 3) for traps in (60, 240)}
    # Nine tenths of the rate of the noise: more than half of the floor passes and harms, with four times the traps as well.
    for traps, limit in allowed.items():
        errors = (round(4 * noise / 3 * (7 + 2 * traps) * Fraction(9, 10)), 0, 0)
        assert trap_code.trap_harm(inner_code("steane"), traps, errors, limit) > floor / 2
    assert trap_noise.tolerance_floor(inner_code("golay"), noise / 10) < trap_noise.tolerance_floor(inner_code("steane"), noise / 10) / 50


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: inner_code("shor"), r"the inner code must be one of two-qubit, four-qubit, five-qubit, steane, golay; got 'shor'"),
        (lambda: inner_codes.encoder("five-qubit"), r"the CSS code must be one of two-qubit, four-qubit, steane, golay; got 'five-qubit'"),
        (lambda: inner_codes.css_words("five-qubit"), r"the CSS code must be one of two-qubit"),
        (lambda: inner_codes.miscorrected("four-qubit"), r"that corrects must be one of five-qubit, steane, golay; got 'four-qubit'"),
        (lambda: trap_code.trap_harm(inner_code("steane"), 1, (10, 0, 0)), r"the number of errors must lie in 0..9; got 10"),
        (lambda: trap_code.trap_harm(inner_code("steane"), 1, (1, 0)), r"the errors must be the numbers of X, Y and Z; got \(1, 0\)"),
        (lambda: trap_code.trap_harm(inner_code("steane"), 0, (1, 0, 0)), r"traps of each kind must be at least 1; got 0"),
        (lambda: trap_code.trap_harm(inner_code("steane"), 1, (1, 0, 0), -1), r"that may show an error must be at least 0; got -1"),
        (lambda: trap_code.trap_soundness(inner_code("four-qubit"), 2, 0), r"that corrects must be one of .*; got 'four-qubit'"),
        (lambda: trap_noise.trap_acceptance(inner_code("steane"), 7, 2), r"the noise per qubit must lie in \[0, 1\]; got 2"),
        (lambda: trap_code.fewest_traps(inner_code("steane"), 0), r"the wanted soundness error must lie in \(0, 1\]; got 0"),
        (lambda: trap_code.fewest_traps(inner_code("two-qubit"), Fraction(1, 10**5)), r"must lie in 1..4096; a .* of 1/100000 needs more"),
        (
            lambda: trap_noise.two_sided(inner_code("steane"), Fraction(1, 10), Fraction(1, 2**10), Fraction(1, 100), corrects=True),
            r"the wanted false rejects must be larger at noise 1/10 and false accepts 1/1024; got 1/100",
        ),
        (lambda: trap_noise.tolerance_floor(inner_code("steane"), 1), r"the noise per qubit must lie in \[0, 3/4\]; got 1"),
        (lambda: trap_states.trap_outcome("steane", 1, pauli("X")), r"the number of transmitted qubits must lie in 1..6; got 9"),
        (lambda: trap_states.trap_outcome("two-qubit", 1, pauli("XXXXX")), r"the number of attacked qubits must lie in 1..4; got 5"),
    ],
)
def test_bad_input_names_the_quantity_and_its_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
