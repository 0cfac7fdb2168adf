"""Section III.D.1: the trust score, quarantine and re-admission."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import cycle, islice

from ceas_formal.claims.evidence import derived_now, proved_now, run_of
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Model, conclude, find, prove
from ceas_formal.spec.quorum import admissible, largest_faults
from ceas_formal.spec.trust import rounds_to_quarantine, smallest_cycle_trust, trust_after, trust_step

MEMORY = Fraction(9, 10)
"""α of the examples; the paper leaves it open."""
THRESHOLD = Fraction(1, 2)
"""τ_min of the examples; the paper leaves it open."""


@claim("TRU-1", "III.D.1", "trust stays in [0,1]; closed form; rounds to quarantine", expected="proved")
def trust_is_a_bounded_average() -> Verdict:
    """The update τ ← α·τ + (1-α)·v with α in (0, 1) keeps trust in [0, 1] for all verdicts in [0, 1], by induction over the rounds.

    After t rounds τ(t) = α^t·τ(0) + (1-α)·Σ α^(t-1-s)·v(s), also by induction.
    Under constant rejection τ(t) = α^t·τ(0) falls strictly, and below every τ_min > 0: with h = 1/α - 1, Bernoulli's inequality gives
    α^t ≤ 1/(1 + t·h). The round of quarantine is the first t with α^t·τ(0) < τ_min: 7 for α = .9 and τ_min = .5, from trust 1.

    Each hypothesis is needed: with α > 1 or a verdict above 1 trust leaves [0, 1], and with α = 1 nobody is ever quarantined.
    """
    import z3

    alpha, trust, verdict, power, recent = z3.Reals("alpha tau v P S")
    gain, bound, rounds = z3.Reals("h B t")
    memory, score, answer = [alpha > 0, alpha < 1], [trust >= 0, trust <= 1], [verdict >= 0, verdict <= 1]
    after = alpha * trust + (1 - alpha) * verdict
    # P stands for α^t and S for Σ α^(t-1-s) v(s): one more round makes them α·P and α·S + v.
    closed = power * trust + (1 - alpha) * recent
    next_closed = alpha * power * trust + (1 - alpha) * (alpha * recent + verdict)
    # What one more round claims, with B for (1 + h)^t.
    growth = [gain > 0, rounds >= 0]
    bernoulli = (1 + gain) * bound >= 1 + (rounds + 1) * gain
    inverse = ((1 + gain) * bound) * (alpha * power) == 1
    lemmas = [
        prove("range: [0, 1] is kept by one round", [*memory, *score, *answer], z3.And(after >= 0, after <= 1), "QF_NRA"),
        prove("closed-form: t = 0", [*memory, power == 1, recent == 0], closed == trust, "QF_NRA"),
        prove("closed-form: t to t + 1", memory, alpha * closed + (1 - alpha) * verdict == next_closed, "QF_NRA"),
        prove("rejection: trust falls strictly", [*memory, trust > 0], alpha * trust < trust, "QF_NRA"),
        prove("rejection: (1+h)^t ≥ 1 + t·h, t to t + 1", [*growth, bound >= 1 + rounds * gain], bernoulli, "QF_NRA"),
        prove("rejection: (1+h)^t·α^t = 1, t to t + 1", [*memory, *growth, alpha * (1 + gain) == 1, bound * power == 1], inverse, "QF_NRA"),
    ]

    def leaves_range(at: Model) -> bool:
        return not 0 <= at["alpha"] * at["tau"] + (1 - at["alpha"]) * at["v"] <= 1

    outside = z3.Or(after < 0, after > 1)
    weakened = [
        find("α < 1 dropped", [alpha > 0, *score, *answer, outside], leaves_range, "QF_NRA"),
        find("v ≤ 1 dropped", [*memory, *score, verdict >= 0, outside], leaves_range, "QF_NRA"),
        find("α = 1 admitted: rejection is idle", [*score, trust > 0, alpha > 0, alpha <= 1, alpha * trust == trust], _stuck, "QF_NRA"),
    ]
    count = rounds_to_quarantine(1, MEMORY, THRESHOLD)
    rejected = [trust_after(1, [0] * t, MEMORY) for t in range(count + 1)]
    derived = derived_now("trust-closed-form", "trust-mean", "trust-variance", "rounds-to-quarantine")
    checks = [rejected[-1] < THRESHOLD <= rejected[-2], rejected[-1] == MEMORY**count, derived["derived"]]
    return Verdict(
        conclude("proved", lemmas, weakened, checks),
        "Z3, induction over rounds; numbers by exact arithmetic",
        "all α in (0, 1), τ(0) in [0, 1], verdicts in [0, 1], τ_min in (0, 1], every number of rounds",
        {
            "rounds_to_quarantine": {"alpha": str(MEMORY), "tau_min": str(THRESHOLD), "rounds": count, "trust": str(rejected[-1])},
            **derived,
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "trust.rounds_to_quarantine(1, Fraction(9, 10), Fraction(1, 2)) == 7 and 9**7 * 2 < 10**7 <= 9**6 * 20",
        },
    )


def _stuck(at: Model) -> bool:
    return at["alpha"] * at["tau"] == at["tau"]


@claim("TRU-2", "III.D.1", "trust quarantines every persistent cheater", expected="refuted")
def periodic_cheaters_keep_their_trust() -> Verdict:
    """A node that is rejected once every n rounds, for ever, is quarantined only if τ_min is above α(1-α^(n-1)) / (1-α^n).

    Starting from trust 1 its trust decreases towards the limit cycle with that minimum and never falls below it. At α = .9 and
    τ_min = .5 a one-in-three cheater stays above 171/271 = .631. A cheater in every second round has the minimum α/(1+α), below 1/2
    for every α: τ_min ≥ 1/2 catches all of those, and at α = .9 any τ_min above 9/19 does.

    The same rule quarantines honest nodes: at α = .9 and τ_min = .5 seven rejections in a row do, and if honest payloads are rejected at
    any positive rate q, independently, such a run comes with probability 1, after (q^-7 - 1)/(1-q) rounds in the mean. A cheater that
    counts does better than a period: it is rejected at a rate of α-τ_min or more for ever (.455 here), 1-τ_min at most. The score depends
    on the verdicts alone, so it cannot tell a cheater from an honest node with the same law: a rate above the honest one is what can be
    detected (TRU-2R).
    """
    import z3

    alpha, power, start, fixed, trust, limit = z3.Reals("alpha P x x_star tau tau_min")
    # P = α^(n-1). A period takes x to αx by the rejection, then to 1 - P(1 - αx) by n-1 acceptances; x* is its fixed point.
    period = [alpha > 0, alpha < 1, power > 0, power < 1, fixed * (1 - alpha * power) == 1 - power]
    end = 1 - power * (1 - alpha * start)
    lemmas = [
        prove("limit-cycle: a period starts at or above x* if the last one did", [*period, start >= fixed], end >= fixed, "QF_NRA"),
        prove("limit-cycle: and strictly above if that one was", [*period, start > fixed], end > fixed, "QF_NRA"),
        prove("limit-cycle: each period starts lower", [*period, start > fixed], end < start, "QF_NRA"),
        prove("limit-cycle: the distance to x* shrinks by αP", [*period], end - fixed == alpha * power * (start - fixed), "QF_NRA"),
        prove("limit-cycle: trust 1 lies above x*", period, fixed < 1, "QF_NRA"),
        prove("acceptance never lowers trust", [alpha > 0, alpha < 1, trust <= 1], alpha * trust + 1 - alpha >= trust, "QF_NRA"),
        prove("every-second-round: the minimum α·x* is α/(1+α)", [*period, power == alpha], alpha * fixed * (1 + alpha) == alpha, "QF_NRA"),
        prove("every-second-round: α/(1+α) < 1/2", [*period, power == alpha], 2 * alpha * fixed < 1, "QF_NRA"),
    ]
    floor, second = smallest_cycle_trust([0, 1, 1], MEMORY), smallest_cycle_trust([0, 1], MEMORY)
    scores = list(islice(_scores([0, 1, 1]), 300))
    caught = 1 + next(t for t, score in enumerate(_scores([0, 1])) if score < THRESHOLD)
    run = rounds_to_quarantine(1, MEMORY, THRESHOLD)
    derived = derived_now("duty-cycle-evasion", "evasion-by-counting", "undetectable-duty", "honest-quarantine-by-a-run")
    checks = [
        derived["derived"],
        floor >= THRESHOLD,
        min(scores) >= floor,
        floor == MEMORY * (1 - MEMORY**2) / (1 - MEMORY**3),
        second == MEMORY / (1 + MEMORY) < THRESHOLD,
        trust_after(1, [0] * run, MEMORY) < THRESHOLD <= trust_after(1, [0] * (run - 1), MEMORY),
    ]
    weakened = [
        find(
            "τ_min below 1/2: a second-round cheater that stays",
            [*period, power == alpha, 20 * limit == 9, alpha * fixed >= limit],
            lambda at: smallest_cycle_trust([0, 1], at["alpha"]) >= at["tau_min"],
            "QF_NRA",
        )
    ]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "witness evaluated exactly; limit cycle by Z3 for every period",
        "all α in (0, 1), every period n ≥ 2, every number of rounds; witness at α = 9/10, τ_min = 1/2",
        {
            "witness": {"alpha": str(MEMORY), "tau_min": str(THRESHOLD), "verdicts": [0, 1, 1], "trust_never_below": str(floor)},
            "minimum_by_period": "alpha (1 - alpha^(n-1)) / (1 - alpha^n)",
            "every_second_round": {"minimum": "alpha / (1 + alpha)", "at_alpha": str(second), "round_caught": caught},
            "honest_node_quarantined_by_rejections_in_a_row": run,
            **derived,
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "trust.smallest_cycle_trust([0, 1, 1], Fraction(9, 10)) == Fraction(171, 271) > Fraction(1, 2)",
        },
        ("P stands for α^(n-1), of which only 0 < P < 1 is used",),
    )


def _scores(period: list[int]) -> Iterator[Fraction]:
    """Yield the trust scores of a node that starts at trust 1 and repeats these verdicts."""
    trust = Fraction(1)
    for verdict in cycle(period):
        trust = trust_step(trust, verdict, MEMORY)
        yield trust


@claim("TRU-4", "IV", "re-admission below 15 active nodes", expected="refuted")
def fifteen_active_nodes_support_four_faults() -> Verdict:
    """Section IV re-admits quarantined nodes once fewer than 15 are active. Neither side of that number is safe at N = 50.

    A quorum size that is available (q ≤ |A| - f), intersects in an honest node (2q > |A| + f) and certifies (q ≥ 2f+a+1) exists exactly
    when |A| > 3f+a, for all sizes. So 15 active nodes support f ≤ 4, while 50 nodes were to tolerate 15 or 16, and 20 are Byzantine.
    Re-admission itself can break the bound: 14 active nodes with 4 Byzantine meet 3b < n; one Byzantine node more makes 15 with 5.

    Repaired: f is a constant of the run, and the active set never shrinks below 3f+a+1, whoever is quarantined: 46 nodes for f = 15
    and a = 0. Then |B∩A| ≤ f keeps every re-admission harmless. ``ceas break readmission-floor`` and ``ceas break readmit-everybody`` give
    runs; SAF-3 is the theorem.
    """
    import z3

    n, f, a, q, b = z3.Ints("A f a q b")
    sizes = [f >= 0, a >= 0, n >= 1, f <= n]
    works = z3.And(q <= n - f, 2 * q > n + f, q >= 2 * f + a + 1)
    lemmas = [
        prove("floor: |A| > 3f+a makes q = |A| - f work", [*sizes, n > 3 * f + a, q == n - f], works, "QF_LIA"),
        prove("floor: below it no q works", [*sizes, n <= 3 * f + a], z3.Not(works), "QF_LIA"),
        prove("fifteen: some q works only if f ≤ 4", [*sizes, n == 15, works], f <= 4, "QF_LIA"),
        prove("constant-f: |B∩A| ≤ f and |A| ≥ 3f+a+1 keep 3|B∩A| < |A|", [*sizes, n > 3 * f + a, b >= 0, b <= f], 3 * b < n, "QF_LIA"),
    ]
    weakened = [
        find("15 active, f = 5", [*sizes, n == 15, f == 5, z3.Not(n > 3 * f + a)], _none_works, "QF_LIA"),
        find("floor 3f+a in place of 3f+a+1", [*sizes, f >= 1, n == 3 * f + a], _none_works, "QF_LIA"),
        find(
            "one Byzantine node re-admitted at 14",
            [n == 14, b >= 0, 3 * b < n, 3 * (b + 1) >= n + 1],
            lambda at: 3 * at["b"] < 14 and not 3 * (at["b"] + 1) < 15,
            "QF_LIA",
        ),
    ]
    floors = {str(faults): next(m for m in range(200) if admissible(m, faults, 0)) for faults in (4, 15, 16, 20)}
    runs = [run_of("readmission-floor"), run_of("readmit-everybody")]
    theorem = proved_now(["every_active_set_has_an_honest_quorum", "one_value_per_epoch"], "epochs")
    harm = ["every_active_set_has_an_honest_quorum", "one_value_per_epoch"]
    checks = [[run["violates"] for run in runs] == harm, theorem["as_expected"], largest_faults(15) == 4]
    checks += [not admissible(15, 5, 0), all(floors[str(f)] == 3 * f + 1 for f in (4, 15, 16, 20))]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "Z3 for all sizes; witness evaluated exactly",
        "all |A|, f, a; witness at 15 active nodes",
        {
            "witness": {"active": 15, "largest_f": largest_faults(15), "not_supported_f": 5},
            "readmission_of_one_byzantine_node": {"active_byzantine_before": [14, 4], "after": [15, 5]},
            "smallest_active_set_by_f": floors,
            "repaired": "|A| >= 3f + a + 1",
            "runs": runs,
            "theorem": theorem,
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "quorum.largest_faults(15) == 4 and not quorum.admissible(15, 5, 0) and 3 * 4 < 14 and not 3 * 5 < 15",
        },
        ("f is fixed for the run and bounds the Byzantine nodes of the whole network",),
    )


def _none_works(at: Model) -> bool:
    n, f, a = (int(at[name]) for name in ("A", "f", "a"))
    return not admissible(n, f, a) and not any(q <= n - f and 2 * q > n + f and q >= 2 * f + a + 1 for q in range(n + 1))
