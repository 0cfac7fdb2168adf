"""Section III.D.1: tags on noisy channels, and what telling noise from tampering costs (row TAG-2)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ceas_formal.claims.keyed_codes import ROUNDING, mixing
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import conclude

PERCENT = Fraction(1, 100)


@claim("TAG-2", "III.D.1", "tampering and honest noise are told apart", expected="refuted")
def noise_looks_like_tampering() -> Verdict:
    """The key that hides the payload also hides what went wrong: any error, one qubit or many, gives the same syndrome distribution.

    II.A says that noise and Byzantine faults look alike and II.D lists robustness under both as open, but the trust rule of III.D.1 takes
    the difference for granted. No rule on the syndromes of a Clifford code accepts one honest flip more readily than an attack. With zero
    tolerance noise rejects: at 1% per qubit a 4+16 tag passes .82, at 20%, the noise of section IV's second regime, .012. Encoder and
    decoder as sampled here have some 280 two-qubit gates each; at 1% per gate they are error-free with chance .004, and .9 needs 2·10⁻⁴.

    Trap codes show noise and attack apart: independent traps flip at a low rate p, a threshold lies between, and gates touch the inner
    code alone (11 CX for Steane, 83 for Golay). For 2^-20 and .9 of the honest, gate errors up to 5·10⁻³ will do, not 1.7·10⁻⁴, with 479
    qubits in place of 21. The price: soundness falls as a power of the traps only, k^-d to detect and k^-(t+1) to correct, and a tolerance
    that grows with the noise has a floor. Golay at 1%: 2.2·10⁻⁴, so 2^-10 with one false reject in ten takes 398 traps of each kind,
    8 of all may show, and 2^-20 is reached at no length searched.
    """
    from ceas_formal.physics.clifford_code import all_paulis, syndromes
    from ceas_formal.physics.purity_test import mean_check_gates
    from ceas_formal.physics.random_clifford import mean_two_qubit_gates
    from ceas_formal.physics.tags import error_free, honest_acceptance, usable_gate_error
    from ceas_formal.physics.thresholds import least_checks

    lemmas = mixing()
    patterns = [syndromes(word, 1) for word in all_paulis(2)[1:]]
    spread = max(abs(found["0"] - patterns[0]["0"]) for found in patterns)
    accepted = {str(p): honest_acceptance(4, 16, p) for p in (PERCENT, Fraction(1, 5))}
    gates = round(mean_two_qubit_gates(20, 20)[0])
    clean = error_free(20, 0, gate_errors=PERCENT, gates=gates)
    tags = {length: round(mean_two_qubit_gates(4 + length, 10)[0]) for length in (8, 16, 40)}
    rates = ((0.01, 0.1), (0.01, 0.25), (0.1, 0.25), (0.2, 0.25))
    traps, sound = trap_codes()
    ways, matched = compared_ways()
    checks = [spread < ROUNDING, accepted["1/100"] < Fraction(83, 100), accepted["1/5"] < 2 * PERCENT, clean < PERCENT, sound, matched]
    return Verdict(
        conclude("refuted", lemmas, checks=checks),
        "Z3 for the mixing of errors; every key of two qubits; formulas evaluated exactly; gates counted on sampled keys and on encoders",
        "the trust rule of III.D.1 under noise, which II.D lists as an open problem; Clifford code of every size, numbers at n = 4; trap "
        "codes with the Steane and the Golay code, one payload qubit",
        {
            "witness": {
                "code": "4+16", "accepted_at": {p: round(float(value), 4) for p, value in accepted.items()},
                "one_flip_against_any_error": {"keys": 11520, "errors": 15, "largest_difference_of_acceptance": spread},
            },
            "gates": {
                "two_qubit_gates_of_the_encoder": gates, "error_free_at_1_percent": round(float(clean), 5),
                "usable_below": {f"4+{t}": float(f"{usable_gate_error(count, 0.9):.2g}") for t, count in tags.items()},
                "usable_means": "encoder and decoder are error-free with chance .9",
                "counted_on": "circuits of physics.random_clifford, purity_test and inner_codes; other circuits may have fewer",
                "purity_test_on_pairs_each_side": {f"4+{t}": round(mean_check_gates(4 + t, t, 10)[0]) for t in (8, 16, 40)},
            },
            "trap_code": traps,
            "one_payload_qubit_at_matched_soundness": ways,
            "two_sided": {
                "wanted": "1e-6 each",
                "least_checks": {f"p={p}, q={q}": least_checks(p, q, 1e-6, 1e-6).checks for p, q in rates},
            },
            "lemmas": [lemma.report() for lemma in lemmas],
            "recompute": "tags.honest_acceptance(4, 16, Fraction(1, 100)) < Fraction(83, 100) and "
            "tags.honest_acceptance(4, 16, Fraction(1, 5)) < Fraction(2, 100) and .99**560 < .01 and "
            "trap_noise.tolerance_floor(inner_codes.inner_code('golay'), Fraction(1, 100)) > Fraction(1, 2**13)",
        },
        ("independent Pauli errors on the transmitted qubits", "errors inside a Clifford encoder and decoder are counted as never undone"),
    )  # fmt: skip


def trap_codes() -> tuple[dict[str, Any], bool]:
    """Return soundness, noise and two-sided lengths of the trap code, and whether they bear out what the row says."""
    from ceas_formal.physics.inner_codes import inner_code
    from ceas_formal.physics.trap_code import trap_soundness
    from ceas_formal.physics.trap_noise import tolerance_floor, trap_acceptance, trap_damage

    wanted, noises = {"false_accept": Fraction(1, 2**10), "false_reject": Fraction(1, 10)}, (Fraction(1, 1000), PERCENT)
    codes = {name: inner_code(name) for name in ("steane", "golay")}
    lengths = {
        f"{name}, p={noise}, {'correcting' if corrects else 'detecting'}":
            _length(code, noise, wanted["false_accept"], wanted["false_reject"], corrects)
        for name, code in codes.items() for noise in noises for corrects in (False, True)
    }  # fmt: skip
    falling = [
        trap_soundness(code, 2 * k, rule).harmed > trap_soundness(code, k, rule).harmed / 2 ** (power + 1)
        for code, rule, power in ((codes["steane"], None, 3), (codes["golay"], None, 7), (codes["golay"], 0, 4)) for k in (50, 100)
    ]
    beyond = _length(codes["golay"], PERCENT, Fraction(1, 2**20), wanted["false_reject"], True)
    floor = {noise: tolerance_floor(codes["golay"], noise) for noise in noises}
    found = {
        "steane": {
            f"7+{2 * k}": {
                "harmed": float(trap_soundness(codes["steane"], k).harmed),
                "accepted_at_1_percent": float(trap_acceptance(codes["steane"], k, PERCENT)),
            } for k in (7, 14, 28)
        },
        "golay_23+46": {
            "detecting" if rule is None else f"correcting, {rule} may show": {
                "worst_attack_xyz": list(worst.errors), "harmed": float(worst.harmed),
                "accepted_at_1_percent": float(trap_acceptance(codes["golay"], 23, PERCENT, rule)),
                "accepted_and_damaged": float(trap_damage(codes["golay"], 23, PERCENT, rule)),
            } for rule in (None, 0, 2) for worst in [trap_soundness(codes["golay"], 23, rule)]
        },
        "two_sided": {
            "wanted": {name: str(value) for name, value in wanted.items()}, "lengths": lengths,
            "golay, p=1/100, false accepts 2^-20": beyond,
            "nothing_means": "no length up to 4096 traps of each kind; at may_show, that whatever shows rejects",
        },
        "floor_of_a_tolerance_that_grows_with_the_noise": {
            name: {str(noise): float(tolerance_floor(code, noise)) for noise in noises} for name, code in codes.items()
        },
    }  # fmt: skip
    reached = lengths["golay, p=1/100, correcting"], lengths["golay, p=1/100, detecting"]
    return found, all(falling) and floor[PERCENT] > Fraction(1, 2**20) and reached[0] is not None and reached[1] is beyond is None


def compared_ways() -> tuple[dict[str, Any], bool]:
    """Return the ways to tag one qubit at soundness 2^-10 and 2^-20, and whether few gates are paid for in qubits, as the row says."""
    from ceas_formal.physics.tag_comparison import compared

    rows = {bits: {tag.name: tag for tag in compared(Fraction(1, 2**bits))} for bits in (10, 20)}
    table: dict[str, Any] = {
        f"2^-{bits}": {
            name: {
                "qubits": tag.qubits, "soundness": float(tag.soundness), "two_qubit_gates_each_side": tag.gates, "may_show": tag.allowed,
                "gate_error_up_to": {str(share): float(f"{value:.3g}") for share, value in tag.gate_error.items()},
                "noise_up_to": {str(share): float(f"{value:.3g}") for share, value in tag.noise.items()},
            } for name, tag in found.items()
        } for bits, found in rows.items()
    }  # fmt: skip
    clifford, steane = (rows[20][name] for name in ("Clifford code", "trap code steane, detecting"))
    table["read_as"] = {
        "gate_error_up_to": "by the share of honest payloads that pass unchanged; nothing else is noisy",
        "noise_up_to": "the same for depolarised qubits or pairs; gates are perfect",
    }
    shallower = steane.gates * 20 < clifford.gates and steane.gate_error[0.9] > 20 * clifford.gate_error[0.9]
    return table, shallower and steane.qubits > 20 * clifford.qubits and steane.noise[0.9] < clifford.noise[0.9]


def _length(code: Any, noise: Fraction, false_accept: Fraction, false_reject: Fraction, corrects: bool) -> dict[str, Any] | None:
    from ceas_formal.physics.trap_noise import two_sided

    try:
        found = two_sided(code, noise, false_accept, false_reject, corrects=corrects)
    except ValueError:
        return None
    return {
        "traps_of_each_kind": found.traps, "may_show": found.allowed, "false_accept": float(found.false_accept),
        "false_reject": float(found.false_reject),
    }  # fmt: skip
