"""Gates of the trap code: the encoders as circuits, exact arrival against enumerated faults and against stim, and the comparison."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from ceas_formal.physics import inner_codes, purity_test, stabiliser, tag_comparison, trap_gates, trap_noise
from ceas_formal.physics.inner_codes import inner_code
from ceas_formal.physics.tags import two_sided_traps

SEED = 20_253
"""Fixed before any result was seen."""
SHOTS = 20_000


@pytest.mark.parametrize("name", inner_codes.CSS)
def test_encoder_prepares_the_code(name):
    # Z of every qubit but the payload's becomes a stabiliser; X and Z of the payload become logical operators.
    stim = pytest.importorskip("stim")
    words, (payload, gates) = inner_codes.css_words(name), inner_codes.encoder(name)
    qubits = inner_code(name).qubits
    tableau = stim.Tableau.from_circuit(stabiliser.circuit([*gates, *(("I", (place,)) for place in range(qubits))]))
    x_words, z_words = set(words.x[: len(words.x) // 2]), set(words.z[: len(words.z) // 2])
    for place in range(qubits):
        image = tableau.z_output(place)
        x, z = (sum(1 << bit for bit in np.flatnonzero(part)) for part in image.to_numpy())
        assert image.sign == 1
        assert (x in x_words and z in z_words) == (place != payload)
    x, z = (sum(1 << int(bit) for bit in np.flatnonzero(part)) for part in tableau.x_output(payload).to_numpy())
    assert x in set(words.x) - x_words
    assert z == 0


def test_shallow_encoders_have_the_gates_that_are_counted():
    assert {name: trap_gates.encoder_gates(name) for name in inner_codes.CSS} == {
        "two-qubit": 1, "four-qubit": 4, "steane": 11, "golay": 83,
    }  # fmt: skip


def test_without_gate_errors_the_arrival_is_the_exact_one_of_noise():
    for name, allowed, noise in itertools.product(("steane", "golay"), (None, 0, 2), (Fraction(0), Fraction(1, 100), Fraction(1, 10))):
        code = inner_code(name)
        accepted = trap_noise.trap_acceptance(code, 5, noise, allowed)
        unchanged = accepted - trap_noise.trap_damage(code, 5, noise, allowed)
        found = trap_gates.trap_arrival(name, 5, noise=float(noise), allowed=allowed)
        assert found == pytest.approx((float(accepted), float(unchanged)), abs=1e-10)


def test_pairs_of_less_fidelity_are_depolarising_noise():
    found = trap_gates.trap_arrival("steane", 4, pair_fidelity=0.97, allowed=1)
    assert found == pytest.approx(trap_gates.trap_arrival("steane", 4, noise=0.03, allowed=1), abs=1e-14)


def faults(name):
    """Return the code's block error after each of the 15 faults of each gate, in encoder and in decoder, as (X word, Z word), by stim."""
    import stim

    _, gates = inner_codes.encoder(name)
    qubits, found = inner_code(name).qubits, []
    for number, (gate, where) in enumerate(gates):
        if gate != "CX":
            continue
        after, before = stabiliser.circuit(gates[number + 1 :]), stabiliser.circuit(gates[number:])
        # A fault after the decoder's inverse of a gate is one before the gate.
        for rest in (after, before):
            kinds = []
            for pair in itertools.product("IXYZ", repeat=2):
                fault = stim.PauliString(qubits)
                for place, letter in zip(where, pair, strict=True):
                    fault[place] = letter
                x, z = (fault.after(rest) if len(rest) else fault).to_numpy()
                kinds.append((sum(1 << int(b) for b in np.flatnonzero(x)), sum(1 << int(b) for b in np.flatnonzero(z))))
            found.append(kinds[1:])
    return found


@pytest.mark.parametrize("corrects", [False, True])
def test_exact_arrival_is_the_convolution_of_all_faults(corrects):
    # Every one of the 4^7 errors of the Steane block, its chance made gate by gate; no characters.
    pytest.importorskip("stim")
    g, size = 0.02, 7
    chances = np.zeros((2**size, 2**size))
    chances[0, 0] = 1.0
    places = np.arange(2**size)
    for kinds in faults("steane"):
        moved = (1 - g) * chances
        for x, z in kinds:
            moved = moved + g / 15 * chances[np.ix_(places ^ x, places ^ z)]
        chances = moved
    words = inner_codes.css_words("steane")
    half = len(words.x) // 2
    near = [0, *(1 << place for place in range(size))] if corrects else [0]
    right_x, right_z = ([word ^ error for word in part[:half] for error in near] for part in (words.x, words.z))
    unchanged = chances[np.ix_(right_x, right_z)].sum()
    accepted = 1.0 if corrects else chances[np.ix_(words.x, words.z)].sum()
    found = trap_gates.trap_arrival("steane", 1, gate_error=g, allowed=0 if corrects else None)
    assert found == pytest.approx((accepted, unchanged), abs=1e-12)


def sampled_arrival(name, gate_error, noise, corrects):
    """Run encoder, noise and decoder in stim, read the syndrome and the payload's pair, and decode by least weight of each part."""
    import stim

    payload, gates = inner_codes.encoder(name)
    code = inner_code(name)
    size, reference = code.qubits, code.qubits
    run = stim.Circuit()
    run.append("H", [reference])
    run.append("CX", [reference, payload])
    run += stabiliser.circuit(gates, gate_error=gate_error)
    if noise:
        run.append("DEPOLARIZE1", range(size), noise)
    run += stabiliser.circuit(gates, gate_error=gate_error, reverse=True)
    run.append("CX", [reference, payload])
    run.append("H", [reference])
    run.append("M", range(size + 1))
    read = run.compile_sampler(seed=SEED).sample(SHOTS)
    # What a correctable error of either kind turns these readings into: learnt by propagating each through the perfect decoder.
    decoder = stabiliser.circuit(gates, reverse=True)
    syndrome = [place for place in range(size) if place != payload]
    table = {}
    reach = (code.distance - 1) // 2 if corrects else 0
    parts = {}
    for letter in "XZ":
        parts[letter] = []
        for weight in range(reach + 1):
            for places in itertools.combinations(range(size), weight):
                error = stim.PauliString(size)
                for place in places:
                    error[place] = letter
                parts[letter].append(np.array(error.after(decoder).to_numpy()))
    for (x0, z0), (x1, z1) in itertools.product(parts["X"], parts["Z"]):
        x, z = x0 ^ x1, z0 ^ z1
        table[x[syndrome].tobytes()] = (x[payload], z[payload])
    accepted = unchanged = 0
    for row in read:
        flips = table.get(row[syndrome].tobytes())
        accepted += flips is not None
        unchanged += flips is not None and (row[payload], row[reference]) == flips
    return stabiliser.proportion(int(accepted), SHOTS), stabiliser.proportion(int(unchanged), SHOTS)


@pytest.mark.parametrize(("gate_error", "noise", "corrects"), [(0.01, 0.0, False), (0.005, 0.01, False), (0.01, 0.02, True)])
def test_exact_arrival_agrees_with_noisy_circuits_of_the_steane_code(gate_error, noise, corrects):
    pytest.importorskip("stim")
    accepted, unchanged = sampled_arrival("steane", gate_error, noise, corrects)
    found = trap_gates._inner("steane", gate_error, 1 - 4 * noise / 3, corrects)
    assert found[0] in accepted
    assert found[1] in unchanged


def golay_arrival(gate_error, corrects):
    """Sample the faults of the Golay encoder and decoder as words on the block, and decode each part by its syndrome."""
    kinds, rng = faults("golay"), np.random.default_rng([SEED, 23])
    stabilisers = inner_codes.css_words("golay").x[:2048]
    checks = [stabilisers[1 << row] for row in range(11)]
    leaders = {}
    for weight in range(4 if corrects else 1):
        for places in itertools.combinations(range(23), weight):
            error = sum(1 << place for place in places)
            leaders.setdefault(tuple((error & check).bit_count() % 2 for check in checks), error)
    inside, known = set(stabilisers), {}
    assert len(leaders) == (2048 if corrects else 1)

    def right(word):
        if word not in known:
            leader = leaders.get(tuple((word & check).bit_count() % 2 for check in checks))
            known[word] = None if leader is None else (word ^ leader) in inside
        return known[word]

    accepted = unchanged = 0
    for _ in range(SHOTS // 5):
        x = z = 0
        for place in np.flatnonzero(rng.random(len(kinds)) < gate_error):
            fault = kinds[place][rng.integers(15)]
            x, z = x ^ fault[0], z ^ fault[1]
        judged = right(x), right(z)
        accepted += None not in judged
        unchanged += judged == (True, True)
    return stabiliser.proportion(accepted, SHOTS // 5), stabiliser.proportion(unchanged, SHOTS // 5)


@pytest.mark.parametrize(("gate_error", "corrects"), [(0.004, False), (0.015, True)])
def test_exact_arrival_agrees_with_sampled_faults_of_the_golay_code(gate_error, corrects):
    pytest.importorskip("stim")
    accepted, unchanged = golay_arrival(gate_error, corrects)
    found = trap_gates._inner("golay", gate_error, 1.0, corrects)
    assert found[0] in accepted
    assert found[1] in unchanged


@pytest.mark.parametrize("name", ["steane", "golay"])
@pytest.mark.parametrize("corrects", [False, True])
def test_usable_gate_error_is_where_acceptance_falls_through(name, corrects):
    for wanted in (0.5, 0.9):
        usable = trap_gates.usable_trap_gate_error(name, wanted, corrects=corrects)
        at = [trap_gates.trap_arrival(name, 9, gate_error=g, allowed=0 if corrects else None).unchanged for g in np.linspace(0, usable, 20)]
        assert at[-1] == pytest.approx(wanted, abs=1e-9)
        assert at == sorted(at, reverse=True)
        # At least as good as no error at all, as it must be; correcting stands more.
        assert usable >= 1 - wanted ** (1 / (2 * trap_gates.encoder_gates(name)))
    assert trap_gates.usable_trap_gate_error(name, 0.9, corrects=True) > trap_gates.usable_trap_gate_error(name, 0.9, corrects=False)


@pytest.mark.parametrize("bits", [6, 10])
def test_ways_are_compared_at_matched_soundness(bits):
    error = Fraction(1, 2**bits)
    rows = {tag.name: tag for tag in tag_comparison.compared(error, allowed=1, samples=5)}
    assert len(rows) == 6
    assert all(tag.soundness <= error for tag in rows.values())
    assert all(tag.gate_error[0.9] < tag.gate_error[0.5] and tag.noise[0.9] < tag.noise[0.5] for tag in rows.values())
    # Few gates are paid for in qubits.
    clifford, steane = rows["Clifford code"], rows["trap code steane, detecting"]
    assert steane.qubits > clifford.qubits
    assert steane.gates < clifford.gates or bits < 10
    assert rows["purity test on pairs"].gates < 0.6 * clifford.gates


def test_usable_noise_gives_the_wanted_acceptance():
    for allowed in (None, 2):
        noise = tag_comparison.usable_noise("steane", 20, 0.9, allowed)
        assert trap_gates.trap_arrival("steane", 20, noise=noise, allowed=allowed).unchanged == pytest.approx(0.9, abs=1e-9)


def test_purity_tests_have_the_two_sided_lengths_of_the_clifford_code():
    wanted = Fraction(1, 2**20), Fraction(1, 20)
    checks = purity_test.two_sided_checks(2, Fraction(999, 1000), *wanted)
    assert checks == two_sided_traps(2, Fraction(1, 1000), *wanted)
    assert purity_test.purity_error(2, checks) <= wanted[0] < purity_test.purity_error(2, checks - 1)
    with pytest.raises(ValueError, match="the wanted false rejects must lie in"):
        purity_test.two_sided_checks(2, Fraction(95, 100), *wanted)


@pytest.mark.parametrize("size", [2, 4, 5])
def test_permutations_on_a_line_take_their_inversions_in_swaps(size):
    orders = list(itertools.permutations(range(size)))
    inversions = sum(one > other for order in orders for one, other in itertools.combinations(order, 2))
    assert trap_gates.line_swaps(size) == pytest.approx(inversions / math.factorial(size))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trap_gates.trap_arrival("steane", 1, gate_error=0.95), r"the gate error must lie in \[0, 0.9375\]; got 0.95"),
        (lambda: trap_gates.trap_arrival("steane", 1, noise=0.8), r"the noise per qubit must lie in \[0, 0.75\]; got 0.8"),
        (lambda: trap_gates.trap_arrival("steane", 1, pair_fidelity=0.1), r"the pair fidelity must lie in \[0.25, 1\]; got 0.1"),
        (lambda: trap_gates.trap_arrival("steane", 0), r"traps of each kind must be at least 1; got 0"),
        (lambda: trap_gates.trap_arrival("five-qubit", 1), r"the CSS code must be one of two-qubit, .*; got 'five-qubit'"),
        (lambda: trap_gates.trap_arrival("four-qubit", 1, allowed=0), r"must have distance at least 3; four-qubit has 2"),
        (lambda: trap_gates.usable_trap_gate_error("steane", 0.2, corrects=True), r"the wanted acceptance must lie in \[0.5, 0.999999\]"),
        (lambda: tag_comparison.usable_noise("steane", 3, 1), r"the wanted acceptance must lie in \[0.5, 0.999999\]; got 1"),
        (lambda: tag_comparison.compared(Fraction(2)), r"the wanted soundness error must lie in \(0, 1\]; got 2"),
        (lambda: purity_test.two_sided_checks(1, 2, Fraction(1, 4), Fraction(1, 4)), r"fidelity of the pairs must lie in \[0, 1\]; got 2"),
    ],
)
def test_bad_input_names_the_quantity_and_its_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
