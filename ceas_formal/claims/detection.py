"""Section III.D.1: what verdicts can tell, a sequential test in place of the trust score, and trust per link."""

from __future__ import annotations

from fractions import Fraction
from math import exp, log

from ceas_formal.claims.detection_tables import HONEST_RATE, TAGS, cusum_settings, delays, reject_rates, settings
from ceas_formal.claims.evidence import derived_now, weakened_in
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import conclude
from ceas_formal.claims.trust import MEMORY, THRESHOLD
from ceas_formal.derive.trust.detection_chain import counting_cheater, cusum_time, largest_periodic_duty
from ceas_formal.derive.trust.links import byzantine_ends, cheapest_tampering, isolated_nodes, least_tampering, most_isolated
from ceas_formal.physics.tags import clifford_acceptance
from ceas_formal.spec.trust import rounds_to_quarantine, trust_after

INDEPENDENT = "verdicts of different rounds are independent, as with a fresh key for each payload"


@claim("TRU-2R", "III.D.1", "a sequential test (CUSUM, SPRT) detects every duty above the honest reject rate", expected="proved")
def sequential_tests_detect_what_can_be_detected() -> Verdict:
    """A node with duty d is rejected at r = q_0 + d(1-s-q_0): s is the chance that a tampered payload passes, q_0 its own honest rate.

    Honest nodes are rejected at up to q. Duty (q-q_0)/(1-s-q_0) gives verdicts of the same law, which no test tells apart; with more, r > q
    and a CUSUM has a mean time of e^h or more to a false alarm and a mean delay of at most (h + ln(r/q))/D(r‖q), to leading order the least
    possible. With q_0 = 0 that hides q/(1-s), a little more than the "duty at or below q" of the first study; with q_0 = q, nothing.

    With scores +u, -v every window of t rounds holds fewer than (h+vt)/(u+v) rejections, in whatever order. Under the paper's rule a
    cheater that counts keeps a rate of α-τ_min or more for ever: .455 at α = .9, τ_min = .5. Against one that throws coins the rule works
    if 1-r < τ_min < 1-q and α is near 1, up to four times slower at equal false alarms. To keep honest nodes in for 1000 rounds and stop
    duty 1/2 within 100, each with chance .99, some (α, τ_min) do for tags of 8 and 16 traps at 1 % noise. For 40 traps (q = .395) none of
    24 tried does, while the CUSUM 1:1 with limit 21 does.
    """
    derived = derived_now(
        "undetectable-duty", "sequential-test-errors", "cusum-false-alarms", "cusum-delay", "cusum-in-any-order", "fastest-detection",
        "evasion-by-counting", "honest-trust-bound",
    )  # fmt: skip
    table = delays((Fraction(1, 10), Fraction(1, 5), Fraction(1, 2), Fraction(1)))
    counting = counting_cheater(float(MEMORY), float(THRESHOLD), 5000)
    rates = {f"{n}+{t}": reject_rates(n, t, Fraction(1, 2)) for n, t in TAGS}
    works = {tag: settings(*pair) for tag, pair in rates.items()}
    cusums = {tag: cusum_settings(*pair) for tag, pair in rates.items()}
    guarantees = [_guarantee(Fraction(q, 20), Fraction(r, 20)) for q in (1, 4, 8) for r in (q + 1, q + 4, 19)]
    checks = [
        derived["derived"],
        all(held for held, _ in guarantees),
        table["false_alarms"]["cusum"] >= table["false_alarms"]["trust"][1],
        all(row["cusum"] < row["trust"][0] for duty, row in table["by_duty"].items() if duty in ("1/10", "1/5", "1/2")),
        MEMORY - THRESHOLD <= counting <= 1 - THRESHOLD + Fraction(1, 100),
        largest_periodic_duty(MEMORY, THRESHOLD) < counting,
        all(cusums.values()) and not works["10+40"]["works"],
    ]
    return Verdict(
        conclude("proved", [], checks=checks),
        "SymPy: likelihood ratios, martingales at stopping times, data processing; exact chains and enclosures for the numbers",
        "all reject rates q < r < 1, all limits; every order of verdicts for the bound on windows",
        {
            "undetectable_duty": "(q - q_0) / (1 - s - q_0)",
            "delays": table,
            "guarantees_met_by_exact_chains": {name: held for held, name in guarantees},
            "counting_cheater": {"rejected_for_ever": round(counting, 3), "if_periodic": str(largest_periodic_duty(MEMORY, THRESHOLD))},
            "settings_for_duty_half_by_tag": {
                tag: {"rates": [round(rate, 3) for rate in rates[tag]], **found, "fails": len(found["fails"]), "cusum": cusums[tag]}
                for tag, found in works.items()
            },
            **derived,
            "tightness": weakened_in(derived),
            "recompute": "detection_chain.cusum_time(Fraction(1, 4), 1, 1, 3) == 72 > 27"
            " and detection_chain.cusum_time(Fraction(3, 4), 1, 1, 3) == Fraction(136, 27) < 6",
        },
        (
            INDEPENDENT,
            "a tampered payload is rejected more often than an honest one: s < 1 - q_0",
            "duty counts the tampered payloads that are rejected; if it counts those that pass too, q/(1-s) takes the place of q",
        ),
    )  # fmt: skip


def _guarantee(honest: Fraction, cheater: Fraction) -> tuple[bool, str]:
    """Return whether a CUSUM with whole scores near the likelihood ratios, and a limit for 1000 rounds, keeps both guarantees."""
    drop = log((1 - honest) / (1 - cheater))
    up, down = max(1, round(log(cheater / honest) / drop * 3)), 3
    if not honest < Fraction(down, up + down) < cheater:
        up, down = round((1 - (honest + cheater) / 2) * 40), round((honest + cheater) / 2 * 40)
    tilt = _tilt(float(honest), up, down)
    limit = -int(-log(1000) // tilt)
    alarms, delay = cusum_time(float(honest), up, down, limit), cusum_time(float(cheater), up, down, limit)
    most = (limit + up - 1) / float(cheater * up - (1 - cheater) * down)
    return alarms >= 1000 and delay <= most * (1 + 1e-9), f"q = {honest}, r = {cheater}: {up}:{down}, limit {limit}"


def _tilt(honest: float, up: int, down: int) -> float:
    """Return the λ > 0 with q·e^(uλ) + (1-q)·e^(-vλ) = 1, by which whole scores become logarithms of likelihood ratios."""
    from scipy.optimize import brentq

    least = log((1 - honest) * down / (honest * up)) / (up + down)
    return float(brentq(lambda x: honest * exp(up * x) + (1 - honest) * exp(-down * x) - 1, least, 50 / (up + down)))


@claim("TRU-5", "III.D.1", "a failed tag blames the sender", expected="refuted")
def a_neighbour_can_spoil_a_payload() -> Verdict:
    """Whoever handles the pairs or the payload on the way can spoil it. The tag then fails, and an honest sender loses trust.

    A neighbour or repeater that spoils seven payloads in a row quarantines it: α = .9 and τ_min = .5 leave .478. Less conspicuous does
    as well: spoiling a share x of its payloads gives the reject rate q + x(1-s-q), the rate of a cheater with duty x, so that verdicts of a
    framed node and of a cheater have one law, and no rule on verdicts tells them apart. The receiver can also just lie about its verdict.

    Repaired: a failed tag lowers the trust of the link, for both ends alike (TRU-5R).
    """
    derived = derived_now("undetectable-duty", "rounds-to-quarantine")
    count = rounds_to_quarantine(1, MEMORY, THRESHOLD)
    trust = trust_after(1, [0] * count, MEMORY)
    q, s, share = HONEST_RATE, clifford_acceptance(4, 16), Fraction(1, 3)
    framed, cheating = (1 - share) * q + share * (1 - s), q + share * (1 - s - q)
    checks = [derived["derived"], trust < THRESHOLD <= trust_after(1, [0] * (count - 1), MEMORY), framed == cheating]
    checks += [isolated_nodes([(0, 1)], 1) == {0, 1}]
    return Verdict(
        conclude("refuted", [], checks=checks),
        "witness evaluated exactly; equal laws derived",
        "all reject rates; witness at α = 9/10, τ_min = 1/2",
        {
            "witness": {"sender": "honest", "spoilt_on_the_way": count, "trust": str(trust), "tau_min": str(THRESHOLD)},
            "same_rate": {"share_spoilt": str(share), "framed": str(framed), "cheater_with_that_duty": str(cheating)},
            "repaired": "trust per link; a node is isolated once more than f of its links are distrusted",
            **derived,
            "recompute": "trust.rounds_to_quarantine(1, Fraction(9, 10), Fraction(1, 2)) == 7 and 2 * 9**7 < 10**7 <= 20 * 9**6",
        },
        ("the tag proves that the payload was changed, not by whom",),
    )


@claim(
    "TRU-5R", "III.D.1",
    "with trust per link and isolation at θ > f distrusted links, m tampered links isolate at most 2m/(θ-f) honest nodes",
    expected="proved",
)  # fmt: skip
def tampering_isolates_few_nodes() -> Verdict:
    """An isolated honest node has θ distrusted links, at most f of them with Byzantine ends; a tampered one has two honest ends.

    So k isolated honest nodes need at least k(θ-f)/2 tampered links, and at least k(θ-f) - k(k-1)/2 since two nodes share one link. A
    construction reaches the larger of the two for all k and θ-f below the number of honest nodes; trying all sets of links on up to five
    honest nodes agrees. Without tampering no honest node is isolated, whatever f nodes say.

    The first study's bound, floor(m/(f+1)), misses the second end and the f lies that cost nothing: θ = f+1 lets one tampered link isolate
    two nodes. θ = N-f is the largest that still isolates a node which all honest nodes distrust. At N = 50 and f = 15 it makes the first
    isolation cost 20 links, and 100 isolate 5. A node that cheats on fewer than θ links is not isolated: it loses these links alone.
    """
    derived = derived_now("isolation-by-tampering")
    nodes, faults = 50, 15
    honest, liars = set(range(nodes - faults)), range(nodes - faults, nodes)
    table = {}
    checks = [derived["derived"], not isolated_nodes(byzantine_ends(nodes, liars), faults + 1) & honest]
    checks += [isolated_nodes(byzantine_ends(nodes, liars), faults) >= honest]
    for threshold in (faults + 1, 25, nodes - faults):
        margin = threshold - faults
        table[str(threshold)] = {str(m): most_isolated(len(honest), margin, m) for m in (0, 1, 10, 19, 20, 50, 100)}
        for count in (1, margin, margin + 1, 30):
            links = [*byzantine_ends(nodes, liars), *cheapest_tampering(len(honest), count, margin)]
            reached = isolated_nodes(links, threshold) & honest
            checks += [reached >= set(range(count)), len(links) - len(byzantine_ends(nodes, liars)) == least_tampering(count, margin)]
    weakened = {"weakened": "θ = f: the Byzantine nodes alone isolate all honest nodes", "nodes": nodes, "isolated": len(honest)}
    return Verdict(
        conclude("proved", [], checks=checks),
        "SymPy, double counting under symbolic sums; construction evaluated; all sets of links tried up to 5 honest nodes",
        "every network, N, f, θ > f and m; sharp on complete networks",
        {
            "bound": "2m / (θ - f)",
            "least_tampering": "max(ceil(k(θ-f)/2), k(θ-f) - k(k-1)/2)",
            "isolated_at_50_nodes_15_byzantine_by_threshold_and_m": table,
            **derived,
            "tightness": [*weakened_in(derived), weakened],
            "recompute": "[links.most_isolated(35, 20, m) for m in (19, 20, 100)] == [0, 1, 5] and links.most_isolated(35, 1, 1) == 2",
        },
        ("a repeater that carries c links counts as c tampered links", "honest ends of an untampered link do not come to distrust it"),
    )
