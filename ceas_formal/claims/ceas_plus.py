"""Beyond section IV: what no rule can do against 20 Byzantine nodes of 50, and a rule that does the rest."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ceas_formal.claims.ledger import Verdict, claim

NODES, BYZANTINE = 50, 20
SEEDS, ROUNDS = (0, 1, 2), 120
COLUMNS = ("reversal", "mix", "sign_flip", "alie_1.5", "mimic", "two_crowds", "inside_4", "wide_3", "barrier")
ISOLATED = ("reversal", "mix", "sign_flip", "alie_1.5")
BASELINES = ("mean", "nnm_trimmed_mean")
MARGIN = 0.005
"""What CEAS+ may lose beside the barrier [share]."""


@claim("EXP-10", "beyond", "CEAS+ stays at the ceiling under every attack that leaves it possible", expected="checked")
def at_the_ceiling_less_the_barrier() -> Verdict:
    """In the mean over seeds no attack run here takes more from CEAS+ than the barrier and half a point; the two baselines run here lose
    more in their worst column. Single runs can lose more, under attacks hidden at the edge of honest noise.

    Barrier, for rules that see messages alone: 20 of 50 nodes can make two worlds look exactly alike whose parameters are 2·Φ⁻¹(5/6)
    deviations of one node's estimate apart, so every rule errs by .967 of them in one; in general by Φ⁻¹(1/(2(1-β))). For 30 honest and
    20 Byzantine nodes that event has a chance of .57, and .98 at 70% of the shift. In section IV's worst direction it costs .66 points of
    accuracy over 300 rounds, to second order, and 1.2 over 1000.

    Copies: 20 that send what one honest node sends can be exchanged with it, so no rule isolates more than 20/21 of them while 30 nodes
    remain, nor any without that honest node as often: 2/63 of the honest ones. CEAS+ does just that.

    CEAS+: runs of 120 rounds on 3 seeds for 9 attacks, from round 0, 20 or a random one on. The whole table, 12 rules against all attacks
    with and without drift, is `ceas reproduce --part plus`; it names what was tuned, what was held out, and which goal is missed where.
    """
    from ceas_formal.simulate.experiment.plus.barrier import certain_shift, copies_isolated, counts_seen, largest_shift
    from ceas_formal.simulate.experiment.plus.population import section_iv_cost
    from ceas_formal.simulate.experiment.plus.study import OURS, runs
    from ceas_formal.simulate.experiment.plus.table import summary

    honest, tau = NODES - BYZANTINE, Fraction(2, 3)
    law, careless = (counts_seen(honest, BYZANTINE, tau, drawn) for drawn in (None, honest - 1))
    alike = all(law[i, j] == law[j, i] for i, j in law)
    told_apart = any(careless[i, j] != careless[j, i] for i, j in careless)
    ceiling, price = section_iv_cost(BYZANTINE / NODES)
    entries = summary(runs((*BASELINES, OURS), COLUMNS, SEEDS, drift=False, rounds=ROUNDS, path=None))
    worst = {rule: min(entry["final"][rule] for entry in entries) for rule in (*BASELINES, OURS)}
    by_name = {entry["column"]: entry for entry in entries}
    most, honest_then = copies_isolated(honest, BYZANTINE)
    copied = by_name["mimic"]
    checks = [
        alike,
        told_apart,
        worst[OURS] >= ceiling - price - MARGIN,
        all(worst[OURS] > worst[rule] for rule in BASELINES),
        all(entry["lowest"][OURS] > 0.82 for entry in entries),
        all(by_name[name]["isolated_byzantine"] > 0.99 for name in ISOLATED),
        all(entry["isolated_honest"] < 0.005 for entry in entries if entry is not copied),
        copied["isolated_byzantine"] > 0.9 and copied["isolated_honest"] <= 1 / honest,
    ]
    measured: dict[str, Any] = {
        entry["column"]: {
            "status": entry["status"],
            "final": {rule: round(value, 4) for rule, value in entry["final"].items()},
            "ours_less_best": [round(value, 4) for value in entry["difference"]],
            "best": entry["best"],
        }
        for entry in entries
    }
    return Verdict(
        "checked" if all(checks) else "not-reproduced",
        "exact law of what an observer counts; curvatures by quadrature; paired runs on held-out seeds",
        f"barrier: every rule, all sizes; runs: {BYZANTINE} of {NODES}, {len(SEEDS)} seeds, {ROUNDS} rounds, {len(COLUMNS)} attacks",
        {
            "barrier": {
                "shift_in_deviations_of_one_node": round(largest_shift(BYZANTINE / NODES), 4),
                "chance_of_erring_so_far": round(certain_shift(honest, BYZANTINE, float(tau))[1], 4),
                "worlds_alike_given_the_event": alike,
                "costs": round(price, 4),
                "costs_at_30_percent": round(price * (largest_shift(0.3) / largest_shift(0.4)) ** 2, 4),
            },
            "copies": {
                "most_isolated": str(most),
                "honest_isolated_then": str(honest_then),
                "found": [round(copied["isolated_byzantine"], 4), round(copied["isolated_honest"], 4)],
            },
            "ceiling": round(ceiling, 4),
            "worst_column": {rule: round(value, 4) for rule, value in worst.items()},
            "runs": measured,
            "tightness": [
                {"weakened": "attackers imitate 29 honest nodes instead of 30: counts tell the worlds apart", "found": told_apart}
            ],
            "recompute": "round(NormalDist().inv_cdf(5 / 6), 3) == 0.967 == round(barrier.largest_shift(20 / 50), 3)",
        },
        (
            "honest data are independent samples of one law",
            "at most 20 of 50 nodes are Byzantine, and all rules know the bound",
            "every node sees the same messages",
            "an unlabelled probe from the honest law, which follows the data and which nobody falsifies",
            "the noise of honest hardware is known",
        ),
    )
