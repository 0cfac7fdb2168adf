"""The rows on authentication tags and their cost: TAG-1 to TAG-4, TAG-6, BUD-1."""

import itertools
import math
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from row_frame import Seeded, Settled
from scipy.stats import binom, hypergeom

from ceas_formal.claims.ledger import LEDGER
from ceas_formal.physics import attacks, budget, clifford_code, inner_codes, tag_comparison, tags, trap_code, trap_noise

MODULES = {module.__name__.split(".")[-1]: module for module in (tags, attacks, budget, clifford_code, inner_codes, trap_noise)}


class TestRows(Settled, Seeded):
    rows: ClassVar = {
        "TAG-1": "proved", "TAG-2": "refuted", "TAG-3": "refuted", "TAG-4": "refuted", "TAG-6": "refuted", "BUD-1": "refuted",
    }  # fmt: skip
    names: ClassVar = {**MODULES, "Fraction": Fraction}
    solved = ("TAG-1", "TAG-2", "TAG-3", "TAG-6", "BUD-1")
    seeds = range(1, 6)

    def test_every_weakening_is_confirmed(self, verdicts):
        weakened = [found for row in self.rows for found in verdicts[row].evidence.get("tightness", [])]
        assert weakened
        assert all(found["confirmed"] for found in weakened)


@pytest.mark.parametrize(
    ("module", "name", "mutant", "row"),
    [
        (tags, "clifford_soundness", lambda n, t: Fraction(1, 2**t), "TAG-1"),
        (tags, "clifford_acceptance", lambda n, t: Fraction(1, 2**t), "TAG-1"),
        (tags, "honest_acceptance", lambda n, t, noise: Fraction(1), "TAG-2"),
        (clifford_code, "syndromes", lambda word, payload: {"0": word.count("I") / 2}, "TAG-2"),
        (trap_code, "trap_soundness", lambda code, traps, rule=None: trap_code.Attack((0, 0, 1), Fraction(1, 2**traps)), "TAG-2"),
        (trap_noise, "tolerance_floor", lambda code, noise: noise**code.distance, "TAG-2"),
        (tag_comparison, "encoder_gates", lambda name: 300, "TAG-2"),
        (attacks, "key_holder", lambda n, t: attacks.substitution(n, t), "TAG-3"),
        (attacks, "key_holder", lambda n, t: attacks.substitution(n, t), "TAG-4"),
        (attacks, "rotation", lambda angle, n, t: attacks.substitution(n, t), "TAG-6"),
        (budget, "demand", lambda payloads, verifiers, n, t: budget.Demand(payloads, verifiers, n + t, payloads * (n + t), 1_000), "BUD-1"),
        (budget, "standing_stock", lambda: 150_000, "BUD-1"),
    ],
)
def test_a_wrong_function_is_noticed(monkeypatch, module, name, mutant, row):
    monkeypatch.setattr(module, name, mutant)
    assert LEDGER[row].judge().verdict == "unknown"


def test_numbers_of_the_paper(verdicts):
    assert verdicts["TAG-2"].evidence["witness"]["accepted_at"] == {"1/100": 0.8179, "1/5": 0.0115}
    lengths = verdicts["TAG-2"].evidence["trap_code"]["two_sided"]
    assert lengths["lengths"]["golay, p=1/100, correcting"]["traps_of_each_kind"] == 398
    assert lengths["golay, p=1/100, false accepts 2^-20"] is None
    ways = verdicts["TAG-2"].evidence["one_payload_qubit_at_matched_soundness"]["2^-20"]
    named = ("Clifford code", "trap code steane, detecting", "trap code golay, detecting")
    assert [ways[name]["qubits"] for name in named] == [21, 479, 73]
    assert verdicts["TAG-6"].evidence["witness"]["passes"]["4+60"] == 0.977668
    witness = verdicts["BUD-1"].evidence["witness"]
    assert [witness[f"needed_for_{who}"] for who in ("31_verifiers", "49_verifiers", "31_bare_qubits")] == [31_000, 49_000, 1_550]
    assert verdicts["BUD-1"].evidence["table"]["4+16"] == {"31_verifiers": 31_000, "49_verifiers": 49_000, "verifiers_affordable": 1}


def test_each_weaker_key_lets_an_attack_pass_for_certain_that_changes_the_payload(verdicts):
    for found in verdicts["TAG-1"].evidence["tightness"]:
        # A replayed qubit is the right one with chance 1/4.
        assert (found["accepted"], found["harmed"]) == (1, 0.75 if "replay" in found["weakened"] else 1)


def soundness(n, t):
    return Fraction(2**t * (4**n - 1), 4 ** (n + t) - 1)


def test_evidence_on_tags_is_what_independent_formulas_give(verdicts):
    evidence = {row: verdicts[row].evidence for row in TestRows.rows}
    assert evidence["TAG-1"]["examples"] == {f"{n}+{t}": float(soundness(n, t)) for n, t in ((1, 8), (4, 16), (4, 60))}
    gates = evidence["TAG-2"]["gates"]
    assert gates["error_free_at_1_percent"] == pytest.approx(0.99 ** (2 * gates["two_qubit_gates_of_the_encoder"]), abs=1e-5)
    assert gates["usable_below"]["4+16"] == pytest.approx(1 - 0.9 ** (1 / (2 * gates["two_qubit_gates_of_the_encoder"])), rel=0.05)
    harmed = [code["harmed"] for code in evidence["TAG-2"]["trap_code"]["steane"].values()]
    # A power of the length: some four to eight times less for twice the traps, from the worst attack on any count of errors.
    assert harmed[0] == pytest.approx(0.00819, abs=1e-5)
    assert all(3 < before / after < 9 for before, after in itertools.pairwise(harmed))
    overlap = abs(np.array([1, 0]) @ np.array([1, 1]) / math.sqrt(2)) ** 2
    witness = evidence["TAG-3"]["witness"]
    assert [float(Fraction(witness[key])) for key in ("squared_overlap", "after_copying")] == pytest.approx([overlap, overlap**2])
    # The optimal symmetric cloner of a qubit (Gisin and Massar 1997).
    assert Fraction(evidence["TAG-3"]["approximate_copies"]["fidelity_at_most"]) == Fraction(2, 3) + Fraction(1, 3 * 31)
    passes = math.cos(0.15) ** 2
    audit = evidence["TAG-6"]["audit"]
    attacked = 1 - 0.99 * (passes + (1 - passes) * float(Fraction(4 * 2**8 - 1, 4**9 - 1)))
    assert binom.sf(audit["rejections_allowed"], audit["payloads"], 0.01) <= 1e-6
    assert binom.cdf(audit["rejections_allowed"], audit["payloads"], attacked) <= 1e-6


def test_evidence_on_the_budget_is_what_independent_formulas_give(verdicts):
    evidence = verdicts["BUD-1"].evidence
    assert evidence["keys"]["mac_bits_of_a_node"] == 49 * 64 * (1 + evidence["keys"]["messages_to_each_node"])
    for size, row in evidence["verifier_sets"].items():
        assert row["no_honest_majority"] == pytest.approx(hypergeom.sf(math.ceil(int(size) / 2) - 1, 50, 16, int(size)), abs=1e-12)
    for name, row in evidence["protocol_at_N_50_f_12_a_1"].items():
        noise, traps = (Fraction(part) for part in name.removeprefix("p=").split(", 4+"))
        clean = float((1 - noise) ** (4 + int(traps)))
        passes = clean + (1 - clean) * float(Fraction(4**4 * 2 ** int(traps) - 1, 4 ** (4 + int(traps)) - 1))
        assert row["more_than_a_fooled"] == pytest.approx(binom.sf(1, 38, float(soundness(4, int(traps)))), rel=1e-6)
        assert row["honest_rejections"] == pytest.approx(38 * (1 - passes), abs=1e-3)
        assert row["payload_lost"] == pytest.approx(binom.sf(12, 38, 1 - passes), rel=1e-6)


def test_verifiers_of_the_paper_alone_already_exceed_the_standing_stock():
    """2f+1 of 3f+1 nodes, as II.D has it, with the f = 15 that III.D allows at N = 50; copies of one qubit suffice."""
    assert budget.demand(50, 2 * 15 + 1, 1, 0).pairs == 1_550 > budget.standing_stock()
    assert budget.demand(50, 2 * 15 + 1, 4, 16).pairs == 31_000
