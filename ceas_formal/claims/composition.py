"""Section III.D.2: what the errors of single tags and single links come to over a run, in safety and in progress."""

from __future__ import annotations

import math
from fractions import Fraction

from ceas_formal.claims.evidence import FAULT_MODEL, derived_now, weakened_in
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import conclude, find, prove
from ceas_formal.spec.quorum import largest_faults, spare_rejections
from ceas_formal.spec.timing import decision_bound, least_timeout

PERCENT = Fraction(1, 100)
ROUNDS, NODES, VERIFIERS = 300, 50, 33
"""Section IV, and the other validators of a payload at 3f < N with f = 16 counted as silent."""
BITS = 40
FAULTS = 15
"""The largest f < ⌊50/3⌋."""
LEVEL = Fraction(9, 10)
"""The wanted chance that an honest payload is used."""
LIFE = 4.5
"""The mean of τ_c in [3, 6], in rounds."""
MESSAGES, BLOCKS = NODES * (NODES - 1) * 50 * 75, 128
"""Classical messages of a run, a verdict on each payload on each channel and checkpoint (BUD-1), and 64-bit blocks of one: 1 KiB."""


@claim("TAG-5", "III.D.2", "total failure probability over T rounds and N nodes", expected="proved")
def total_failure_of_tags() -> Verdict:
    """Some payload of a run fools more than a of its V verifiers with chance at most T·N·C(V, a+1)·s^(a+1), s = 2^t(4ⁿ-1)/(4^(n+t)-1).

    Adaptive attacks and dependent copies are covered, as long as each copy has its own fresh key. For 300 × 50 × 33 and a = 0 a total of
    2^-40 takes 59 traps; a tolerated false accept divides that: 32, 23, 18, 15 at a = 1 to 4. With one key for all verifiers no a goes
    below 54. The union bound costs no trap against the exact binomial tail.

    The length is not free. At 1% noise a 4+59 tag passes .53, and at f = 15 of 50 honest rejections lose nearly every payload; its gates
    must be better than 2·10⁻⁵. 4+15 at a = 4 passes .83, but then f = 15 spares no rejection. No plan at f = 15 fits 1,000 pairs and is
    used with .9; at smaller f the listed ones do.

    Agreement fails with the chance of a forged message only; no tampered commit, with that of the tags added. 64-bit tags on messages of
    1 KiB are forged with 2^-34 in a run: 2^-40 needs longer ones.
    """
    from ceas_formal.claims.frontier import CHECKPOINTS, TOTAL, best_plan, forged, least_length, total_failure
    from ceas_formal.physics.budget import effect
    from ceas_formal.physics.random_clifford import mean_two_qubit_gates
    from ceas_formal.physics.tags import clifford_soundness, error_free, honest_acceptance, least_traps, usable_gate_error
    from ceas_formal.physics.thresholds import upper_tail

    names = ("fooled-verifiers", "total-failure-probability", "composed-error")
    derived = derived_now(*names)
    payloads = ROUNDS * NODES
    lengths = [least_length(4, payloads, VERIFIERS, a) for a in range(5)]

    def by_tail(traps: int, a: int) -> bool:
        return payloads * upper_tail(VERIFIERS, clifford_soundness(4, traps), a) <= TOTAL

    exact = [by_tail(length, a) and not by_tail(length - 1, a) for a, length in enumerate(lengths)]
    soundness = clifford_soundness(4, lengths[0])
    tags, reused = total_failure(payloads, VERIFIERS, 0, soundness), least_traps(4, TOTAL / payloads)
    gates = {t: round(mean_two_qubit_gates(4 + t, 4)[0]) for t in (lengths[0], lengths[-1])}
    plans = {f"n={n}, f={f}": best_plan(n, f, PERCENT, LEVEL) for n in (1, 4) for f in (FAULTS, 12, 8, 4)}
    messages = {bits: forged(MESSAGES, BLOCKS * 64 // bits + 1, 2**bits) for bits in (64, 128)}
    noisy = {
        f"f={f}, a={a}": {
            "traps": t, "accepted": round(float(honest_acceptance(4, t, PERCENT)), 4), "spare_rejections": spare_rejections(NODES, f, a),
            "rejections": round(float(found.rejections), 2), "payload_lost": float(found.lost),
        }
        for f, a in ((FAULTS, 0), (FAULTS, 4), (12, 0), (12, 3), (8, 0), (8, 4)) for t in [lengths[a]]
        for found in [effect(PERCENT, 4, t, NODES, f, a)]
    }  # fmt: skip
    checks = [
        derived["derived"], _equals_derived(payloads, 1, clifford_soundness(4, lengths[1])),
        lengths[0] == 59 and total_failure(payloads, VERIFIERS, 0, clifford_soundness(4, 58)) > TOTAL >= tags,
        all(exact), plans[f"n=4, f={FAULTS}"] is None, plans["n=4, f=12"] is not None,
        messages[64] > TOTAL >= tags + messages[128], lengths[1] < reused < lengths[0],
        noisy[f"f={FAULTS}, a=0"]["payload_lost"] > 0.999,
    ]  # fmt: skip
    return Verdict(
        conclude("proved", [], checks=checks),
        "derived for every T, N, V and a; lengths and tails evaluated exactly",
        "all T, N, V, a, n and t; the attacker adaptive and unbounded; numbers at N = 50, total 2^-40",
        {
            "bound": "T N C(V, a+1) s^(a+1), s = 2^t(4^n-1)/(4^(n+t)-1) < 2^-t",
            "derivations": derived,
            "least_tag": {
                "T x N x V": f"{ROUNDS} x {NODES} x {VERIFIERS}", "n": 4, "by_a": _by_budget(lengths), "exact_tail_agrees": all(exact),
                "one_key_for_all_verifiers_any_a": reused,
                "75 checkpoints, 35 honest verifiers": _by_budget([least_length(4, CHECKPOINTS * NODES, 35, a) for a in range(5)]),
                "log2_total": round(_log2(tags), 4),
            },
            "at_1_percent_noise_n_4": noisy,
            "gates": {
                f"4+{t}": {
                    "two_qubit_gates_of_the_encoder": count, "usable_below": float(f"{usable_gate_error(count, 0.9):.2g}"),
                    "error_free_at_1_percent": float(f"{float(error_free(4 + t, 0, gate_errors=PERCENT, gates=count)):.2g}"),
                } for t, count in gates.items()
            },
            "fits_1000_pairs_and_is_used_with_.9": {
                name: None if found is None else {
                    "a": found.budget, "holders": found.holders, "traps": found.traps, "payloads": found.payloads, "pairs": found.pairs,
                    "log2_failure": round(_log2(found.failure), 2), "accepted": round(float(found.accepted), 4),
                    "used": round(float(found.used), 4),
                } for name, found in plans.items()
            },
            "safety": {
                "agreement_fails": {f"{bits}-bit message tags": f"2^{_log2(chance):.1f}" for bits, chance in messages.items()},
                "tampered_commit_with_128_bits": f"2^{_log2(tags + messages[128]):.2f}", "messages": MESSAGES,
            },
            "tightness": weakened_in(derived),
            "recompute": "300 * 50 * 33 * tags.clifford_soundness(4, 59) <= Fraction(1, 2**40) < "
            "300 * 50 * 33 * tags.clifford_soundness(4, 58)",
        },
        (
            "a secret, uniformly random key for each copy, used once", "the attacker acts on the channel (a Byzantine sender: TAG-4)",
            "independent Pauli errors of 1% on the transmitted qubits, for the numbers on acceptance",
            "facts other than tags, such as levels of fidelity, have their own error, which is added",
        ),
    )  # fmt: skip


def _equals_derived(payloads: int, budget: int, soundness: Fraction) -> bool:
    """Return whether the function used for the numbers is the derived formula."""
    import sympy

    from ceas_formal.claims.frontier import total_failure
    from ceas_formal.derive.catalogue import derivations

    made = derivations()["total-failure-probability"]()
    point = (payloads, 1, VERIFIERS, budget, sympy.Rational(soundness.numerator, soundness.denominator))
    value = made.value.subs(dict(zip(made.arguments, point, strict=True)))
    return Fraction(int(value.p), int(value.q)) == total_failure(payloads, VERIFIERS, budget, soundness)


def _by_budget(lengths: list[int]) -> dict[str, int]:
    return {str(budget): length for budget, length in enumerate(lengths)}


def _log2(value: Fraction) -> float:
    """Return log2 of an exact number that a float may not hold."""
    return math.log2(value.numerator) - math.log2(value.denominator)


@claim("LIV-3", "III.D.2", "progress while entanglement stays above a minimal level", expected="refuted")
def no_level_of_stock_is_enough() -> Verdict:
    """No level of pairs in stock, in total or in the mean, is enough, and at section IV's numbers full verification never happens.

    In total: 50 payloads and 49 verifiers take 49,000 pairs with a 4+16 tag, 2,450 with none at all. At 250 a round and τ_c ≤ 6 at most
    1,500 are alive at one time: if all copies of a checkpoint are sent at one time, the chance is exactly 0, at any cadence. Copies sent as
    pairs are made would take 196 rounds; within a cadence of 4 they have 2,500, too few at 4+16 but enough without tags. Even if 250 were a
    mean only, Poisson and evenly spread, it would be 10^-63,000 a checkpoint. In the mean, which equation 7 tracks: a stock that is
    c·(i+2)² with chance 1/(i+2)² at checkpoint i, and 0 else, has mean c always, and with chance 1/2 never holds c.

    Smallest changes: one payload, or one verifier each, or 12,250 pairs a round (19,549 if Poisson, for an even chance). No tag length and
    no cadence does, as long as copies are sent at one time. If every link that is needed holds its pairs at every checkpoint there is
    progress; what is enough, as a chance at each checkpoint given the past, is LIV-3R.
    """
    import z3

    from ceas_formal.derive.composition.supply import least_mean, log10_enough, mean_pairs
    from ceas_formal.physics.budget import CADENCE, LONGEST_LIFE, PAIRS_PER_ROUND, demand, most_verifiers, standing_stock

    copy, rounds, alive = z3.Ints("c k alive")
    made = [copy >= 1, rounds >= 1, alive <= PAIRS_PER_ROUND * rounds, alive <= PAIRS_PER_ROUND * LONGEST_LIFE]
    lemmas = [prove("no tag and no cadence: fewer pairs are alive than needed", made, alive < NODES * (NODES - 1) * copy, "QF_LIA")]
    enough = [copy == 20, rounds == 196, alive == PAIRS_PER_ROUND * rounds, alive >= NODES * (NODES - 1) * copy]
    weakened = [find("pairs that live 196 rounds", enough, lambda at: 250 * at["k"] >= demand(50, 49, 4, 16).pairs, "QF_LIA")]
    derived = derived_now("mean-stock-and-progress", "pairs-at-checkpoint", "enough-pairs")
    needed, stock, links = demand(NODES, NODES - 1, 4, 16), standing_stock(), NODES * (NODES - 1) // 2
    rate, need = PAIRS_PER_ROUND / links, 2 * needed.copy
    means = {kind: mean_pairs(rate, LIFE, CADENCE, kind) for kind in ("exponential", "fixed")}
    per_link = least_mean(need, links, 0.5)
    enough_rates = {kind: math.ceil(links * per_link / mean_pairs(1, LIFE, CADENCE, kind)) for kind in means}
    capped = -(-needed.pairs // CADENCE)
    in_rounds, as_made = stock + PAIRS_PER_ROUND * CADENCE, -(-needed.pairs // PAIRS_PER_ROUND)
    checks = [
        derived["derived"], needed.pairs == 49_000 > stock == 1_500, demand(NODES, NODES - 1, 1, 0).pairs > stock,
        demand(1, NODES - 1, 4, 16).affordable, not demand(2, NODES - 1, 4, 16).affordable, most_verifiers(NODES, 4, 16) == 1,
        demand(NODES, NODES - 1, 4, 16, per_round=capped).affordable, not demand(NODES, NODES - 1, 4, 16, per_round=capped - 1).affordable,
        log10_enough(means["fixed"], need, links) < -63_000,
        demand(NODES, NODES - 1, 1, 0).pairs <= in_rounds == 2_500 < needed.pairs, as_made == 196 > CADENCE,
    ]  # fmt: skip
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "counting, integer arithmetic by Z3; derived limit; Poisson tails",
        "every cadence and tag length at N = 50, 250 pairs a round, τ_c ≤ 6, if all copies of a checkpoint are sent at one time; 4+16 tags "
        "also if within its 4 rounds; the mean: every c",
        {
            "witness": {
                "payloads": NODES, "verifiers": NODES - 1, "pairs_of_a_copy": needed.copy, "needed": needed.pairs, "alive_at_most": stock,
                "made_between_checkpoints": needed.available,
                "if_sent_as_made": {"rounds": as_made, "pairs_within_a_cadence": in_rounds},
                "without_tags": demand(NODES, NODES - 1, 1, 0).pairs, "with_2f+1_verifiers": demand(NODES, 2 * FAULTS + 1, 4, 16).pairs,
            },
            "mean_stock": {"stock": "c (i+2)^2 with chance 1/(i+2)^2, else 0", "mean": "c", "never_c_with_chance": "1/2"},
            "if_poisson": {
                "links": links, "pairs_per_link": need, "lifetimes_of_mean": LIFE,
                "mean_per_link": {kind: round(mean, 4) for kind, mean in means.items()},
                "mean_per_link_for_ever": round(rate * LIFE, 4),
                "log10_chance_of_one_link": {kind: round(log10_enough(mean, need), 2) for kind, mean in means.items()},
                "log10_chance_of_all_links": {kind: round(log10_enough(mean, need, links)) for kind, mean in means.items()},
                "memory_below_40_pairs_a_link": "exactly 0",
            },
            "smallest_change": {
                "payloads": {"to": 1, "pairs": demand(1, NODES - 1, 4, 16).pairs},
                "verifiers": {"to": most_verifiers(NODES, 4, 16), "pairs": demand(NODES, 1, 4, 16).pairs},
                "tag": "none: 2,450 pairs at 1+0", "cadence": f"none: 196 rounds would make enough, but only {stock} pairs are alive",
                "rate": {"exactly_made": capped, "poisson_for_an_even_chance": enough_rates, "mean_per_link": round(per_link, 2)},
            },
            "derivations": derived, "lemmas": [lemma.report() for lemma in lemmas], "tightness": [found.report() for found in weakened],
            "repaired": "LIV-3R",
            "recompute": "budget.demand(50, 49, 4, 16).pairs == 50 * 49 * 20 > 50 * 49 * 1 > 250 * 6 == budget.standing_stock() and "
            "[Fraction(m + 1, 2 * m) for m in (2, 3)] == [1 - Fraction(1, 4), (1 - Fraction(1, 4)) * (1 - Fraction(1, 9))]",
        },
        (
            "every payload is verified by every other node, each with its own copy (TAG-3)",
            "a copy is teleported, one pair for each qubit",
            "all copies of a checkpoint are sent at one time (4+16 tags: within its 4 rounds); as pairs are made, they take 196 rounds",
        ),
    )  # fmt: skip


@claim(
    "LIV-3R",
    "III.D.2",
    "if every checkpoint finds, with chance at least p > 0 given the past, pairs and acceptance for a payload at 2f+a+1 honest nodes, "
    "payloads are used almost surely, in mean time (f+1)w/p + (f+1)(T+Δ) + 11Δ; a mean stock above c-1 in a bounded memory gives such "
    "a chance for a link",
    expected="proved",
)
def supplied_checkpoints_progress() -> Verdict:
    """What has to stay above a minimal level is a chance, given whatever happened before: of enough pairs, in the right places, at once.

    2f+a+1 honest nodes must hold c = n+t pairs each with the sender and accept: possible iff N > 3f+a. On a link with Poisson arrivals the
    stock is Poisson with mean r(1-e^(-λw))/λ, at most r/λ however long one waits. From equation 7's mean μ alone, a memory for K pairs
    gives at least (μ-c+1)/(K-c+1). Then the first use of a payload is almost sure, with the mean time stated; w is the time between
    checkpoints. Honest leaders throughout make its first term w/p; a Byzantine first leader may leave a usable payload out, hence f+1.

    Section IV's 1,000 pairs, total failure 2^-40, 1% noise: at f = 15 one payload of one qubit, used with chance .019 at best, within
    3,400 rounds in the mean; at f = 12 one of four qubits, .928, within 56 rounds, or 4.3 if all leaders are honest.
    """
    import sympy

    from ceas_formal.claims.frontier import affordable, best_plan
    from ceas_formal.derive.catalogue import derivations
    from ceas_formal.derive.composition.supply import used_chance
    from ceas_formal.physics.budget import CADENCE

    names = ("pairs-at-checkpoint", "enough-pairs", "usable-payload", "time-to-checkpoint", "mean-stock-and-progress")
    derived = derived_now(*names)
    most = max(affordable(1, FAULTS, PERCENT), key=lambda found: found.used)
    plans = {"f=15, n=1, likeliest": most}
    plans |= {f"f={f}, n=4, used with .9": found for f in (12, 8, 4) if (found := best_plan(4, f, PERCENT, LEVEL)) is not None}
    table, agrees = {}, []
    for name, found in plans.items():
        made = derivations()["usable-payload"]()
        value = float(made.numeric(found.holders, found.faults, found.budget, float(found.accepted)))
        honest, need = found.holders - found.faults, 2 * found.faults + found.budget + 1
        agrees += [
            math.isclose(value, float(found.used), rel_tol=1e-9),
            math.isclose(used_chance(honest, need, float(found.accepted)), value),
        ]
        table[name] = {
            "payloads": found.payloads, "holders": found.holders, "a": found.budget, "traps": found.traps, "pairs": found.pairs,
            "used": round(float(found.used), 4), "rounds_mean_at_most": round(float((found.faults + 1) * CADENCE / found.used), 1),
            "rounds_if_leaders_are_honest": round(float(CADENCE / found.used), 2),
            "and_view_time": f"{decision_bound(found.faults, 1, least_timeout(1))} Δ",
        }  # fmt: skip
    waiting = derivations()["time-to-checkpoint"]()
    point = dict(zip(waiting.arguments, (4, sympy.Rational(1, 2), FAULTS, 9, 1), strict=True))
    checks = [
        derived["derived"], *agrees, len(plans) == 4, most.used < Fraction(1, 50),
        waiting.value.subs(point) == (FAULTS + 1) * 8 + decision_bound(FAULTS, 1, 9),
        largest_faults(NODES, 4) == FAULTS and spare_rejections(NODES, FAULTS, 4) == 0,
    ]  # fmt: skip
    return Verdict(
        conclude("proved", [], checks=checks),
        "derived for every p, w, f, T, Δ, c, K and every dependence on the past; numbers evaluated exactly",
        "all parameters; numbers at N = 50, 1,000 pairs a checkpoint that all survive to it, 1% noise on the transmitted qubits",
        {
            "condition": "P(2f+a+1 honest nodes supplied and accepting | past) >= p > 0 at every checkpoint",
            "mean_time": "(f+1) w/p + (f+1)(T+Delta) + 11 Delta",
            "section_IV": table,
            "derivations": derived,
            "tightness": weakened_in(derived),
            "recompute": "quorum.usable_size(50, 12, 3) == 28 and timing.decision_bound(12, 1, 9) == 13 * 10 + 11",
        },
        (
            FAULT_MODEL, "partial synchrony: a view under an honest leader decides (LIV-2)",
            "the first leader is honest in one of any f+1 checkpoints in a row", "an honest leader proposes every payload that is usable",
            "w is at least (f+1)(T+Δ) + 11Δ: a checkpoint is decided before the next",
        ),
    )  # fmt: skip
