"""Sections III.D.1 and III.D.2: what quarantine does to the quorums, and the chain of active sets that repairs it."""

from __future__ import annotations

from ceas_formal.claims.evidence import FAULT_MODEL, proved_now, run_of, searched_now
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Model, conclude, find, prove
from ceas_formal.spec.quorum import quorum_size

CHAIN = (
    "one_value_per_epoch",
    "every_rule_has_a_decided_source",
    "every_active_set_is_admissible",
    "every_active_set_has_an_honest_quorum",
)
"""What holds across epochs: the properties of the chain."""


@claim("TRU-3", "III.D.1", "quarantined nodes may leave the quorums", expected="refuted")
def quarantine_in_the_quorums() -> Verdict:
    """Each node drops from its quorums whom it distrusts. Then two quorums of two lists need not share an honest node.

    Where some nodes go by one list and the others by all nodes, one node left out does no harm, and two can: at N = 6, f = 1 a quorum of
    all has 4, one of the four that are left has 3, and 4 + 3 - 6 = 1 node in common may be Byzantine. Two lists that leave out different
    nodes do harm at N = 5 already: ``ceas break local-trust-lists``. Repaired: the active set of an epoch is a field of the value
    decided in the epoch before (SAF-3).
    """
    import z3

    n, f, k, q, r = z3.Ints("N f k q r")
    sizes = [f >= 0, n >= 1, k >= 0, n - k > 3 * f, q == _size(n, f), r == _size(n - k, f)]
    disjoint = q + r - n <= f
    lemmas = [prove("one node left out by one of two lists does no harm", [*sizes, k == 1], z3.Not(disjoint), "QF_LIA")]
    weakened = [
        find("two nodes left out by one of two lists", [*sizes, k == 2, f >= 1, disjoint], _can_miss, "QF_LIA"),
        find(
            "one node left out by each of two lists", [*sizes, f >= 1, k == 1, 2 * r - n <= f],
            lambda at: 2 * quorum_size(int(at["N"]) - 1, int(at["f"]), 0) - at["N"] <= at["f"], "QF_LIA",
        ),
    ]  # fmt: skip
    runs = [run_of(name) for name in ("local-trust-lists", "stale-active-set")]
    repaired = proved_now(CHAIN, "epochs")
    checks = [repaired["as_expected"], *(run["violates"] == "one_value_per_epoch" for run in runs)]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "linear integer arithmetic; bounded search and replay; induction for the repaired protocol",
        "all N, f; the runs at N = 5, f = 1",
        {
            "witness": {"N": 6, "f": 1, "left_out": 2, "quorum_of_all": quorum_size(6, 1, 0), "quorum_of_four": quorum_size(4, 1, 0)},
            "lemmas": [lemma.report() for lemma in lemmas],
            "smallest": [found.report() for found in weakened],
            "runs": runs,
            "repaired": repaired,
            "recompute": "quorum.quorum_size(6, 1, 0) + quorum.quorum_size(4, 1, 0) - 6 <= 1",
        },
        (FAULT_MODEL,),
    )


def _size(nodes: object, faults: object) -> object:
    """Return q for a = 0 as a Z3 term: the larger of ⌈(N+f+1)/2⌉ and 2f+1."""
    import z3

    half, twice = (nodes + faults + 2) / 2, 2 * faults + 1  # type: ignore[operator]
    return z3.If(half >= twice, half, twice)


def _can_miss(at: Model) -> bool:
    nodes, faults, left_out = (int(at[name]) for name in ("N", "f", "k"))
    return quorum_size(nodes, faults, 0) + quorum_size(nodes - left_out, faults, 0) - nodes <= faults


@claim("SAF-3", "III.D.2", "safety across changing active sets", expected="proved")
def safety_across_epochs() -> Verdict:
    """The active set of epoch e+1 is a field of the value decided in e; a node takes part in an epoch once it has learned that value.

    For every N, every number of epochs, and every chain of active sets: one value is decided in an epoch, every active set that an honest
    node goes by was decided in the epoch before (or is the first), has at least 3f+a+1 members, and an honest quorum. And no epoch is
    left half decided: where all honest nodes have decided an epoch, all decide the next, as nodes serve an epoch until they hold q
    DECIDED. f is a constant: whoever is quarantined, it bounds the Byzantine nodes of the whole network.

    Within an epoch the checkpoint protocol decides: seen from outside, an honest member has one vote that counts, its VOTE4 for the value
    that a quorum carries. That there is one such value is proved there (SAF-1), that members decide while all serve is LIV-2, with what it
    assumes; that the two texts fit together in this way is an argument on paper.

    Tightness: a list of one's own, a stale list, a smaller floor, f counted among the active alone, and retiring early each break it.
    """
    proof = proved_now(CHAIN, "epochs")
    within = proved_now(["agreement", "decided_values_are_well_formed", "one_carried4"])
    totality = proved_now(["every_epoch_is_decided_by_all"], "epochs")
    searched = [searched_now(kind, "epochs") for kind in ("reached/", "possible/", "bounded/")]
    broken = {
        "local-trust-lists": "one_value_per_epoch", "stale-active-set": "one_value_per_epoch", "readmit-everybody": "one_value_per_epoch",
        "readmission-floor": "every_active_set_has_an_honest_quorum", "retire-early": "every_epoch_is_decided_by_all",
    }  # fmt: skip
    runs = {name: run_of(name) for name in broken}
    checks = [proof["as_expected"], within["as_expected"], totality["as_expected"], *(found["as_expected"] for found in searched)]
    return Verdict(
        conclude("proved", [], checks=[*checks, *(runs[name]["violates"] == violated for name, violated in broken.items())]),
        "induction and staged quiescence in stratified EPR (Z3), Venn arithmetic for the quorums of every active set",
        "all N, all epochs, all chains of active sets",
        {
            "chain": proof, "within_an_epoch": within, "totality": totality, "searched": searched, "tightness": runs,
            "reproduce": "ceas verify --only epochs.", "recompute": "quorum.quorum_size(49, 16, 0) * 2 - 50 <= 16",
        },
        (
            FAULT_MODEL, "for totality: fairness, and LIV-2 within an epoch while all honest members serve it",
        ),
    )  # fmt: skip
