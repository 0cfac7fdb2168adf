"""Section III.D: the adversary, the fault bound, signatures, and time."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.models import (
    GENERATOR,
    MESSAGES,
    PRIME,
    RULES,
    Lamport,
    dolev_strong,
    forged,
    keys_per_guess,
    majority_breaks,
    oral_messages_hold,
    preimages,
    starved,
)
from ceas_formal.claims.solving import Model, conclude, find, prove
from ceas_formal.spec.quorum import largest_faults


@claim("ADV-1", "III.D", "f < ⌊N/3⌋ with N = 3f+1", expected="refuted")
def stated_bound_excludes_the_stated_size() -> Verdict:
    """III.D assumes f < ⌊N/3⌋; II.D forms quorums of 2f+1 out of N = 3f+1. No N and f satisfy both: ⌊(3f+1)/3⌋ = f.

    The standard bound is 3f < N. The two disagree for some f ≥ 0 exactly when 3 does not divide N; the stated bound is then stricter
    by one fault, and never laxer. At N = 50 it allows f = 15, the standard one f = 16; at N = 4 it allows no fault, the standard one 1.

    Repaired: 3f < N, that is f ≤ ⌈N/3⌉ - 1.
    """
    import z3

    n, f, third, most, stated = z3.Ints("N f third most stated")
    sizes = [n >= 1, f >= 0, 3 * third <= n, n <= 3 * third + 2]
    divides, standard_bound, stated_bound = n == 3 * third, 3 * f < n, f < third
    differ = z3.And(standard_bound, z3.Not(stated_bound))
    # `most` and `stated` are the largest integers within either bound; -1 says that not even f = 0 is within.
    largest = [3 * most < n, n <= 3 * (most + 1), stated == third - 1]
    lemmas = [
        prove("clash: N = 3f+1 excludes f < ⌊N/3⌋", [*sizes, n == 3 * f + 1], z3.Not(stated_bound), "QF_LIA"),
        prove("stricter: f < ⌊N/3⌋ implies 3f < N", [*sizes, stated_bound], standard_bound, "QF_LIA"),
        prove("equal: if 3 divides N the bounds agree for every f", [*sizes, divides], standard_bound == stated_bound, "QF_LIA"),
        prove("unequal: otherwise f = ⌊N/3⌋ is within 3f < N only", [*sizes, z3.Not(divides), f == third], differ, "QF_LIA"),
        prove("largest f: one apart unless 3 divides N", [*sizes, *largest], most - stated == z3.If(divides, 0, 1), "QF_LIA"),
    ]
    weakened = [
        find("N = 3f+1 replaced by N = 3f+3", [*sizes, n == 3 * f + 3, stated_bound], lambda at: at["f"] < at["N"] // 3, "QF_LIA"),
        find("bounds disagree, f ≥ 1", [*sizes, f >= 1, n <= 4, differ], _bounds_disagree, "QF_LIA"),
    ]
    table = {str(size): {"stated": size // 3 - 1, "standard": largest_faults(size)} for size in (3, 4, 15, 49, 50, 51)}
    checks = [largest_faults(m) - (m // 3 - 1) == (0 if m % 3 == 0 else 1) for m in range(1, 200)]
    checks += [not k < (3 * k + 1) // 3 for k in range(200)]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "Z3, linear integer arithmetic",
        "all N ≥ 1 and f ≥ 0",
        {
            "witness": {"N": 4, "f": 1, "floor_N_over_3": 4 // 3},
            "largest_f": table,
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "not 1 < 4 // 3 and 3 * 1 < 4 and 50 // 3 - 1 == 15 and quorum.largest_faults(50) == 16",
        },
    )


def _bounds_disagree(at: Model) -> bool:
    return 3 * at["f"] < at["N"] and not at["f"] < at["N"] // 3


FIELD = 13
"""Order of the field of the toy one-time authentication code."""


@claim("ADV-3", "def. 4", "classical signatures against an unbounded adversary", expected="refuted")
def unbounded_adversaries_forge_signatures() -> Verdict:
    """Checkpoints are "classically signed" (II.A), yet the adversary of definition 4 is computationally unbounded. The two clash.

    Whoever can verify a signature from public information can also search: try every candidate until the verifier accepts. One exists,
    since the signer can sign. The toy here is Lamport's one-time scheme over x ↦ 3^x mod 65537: from the public key alone every
    message is signed in milliseconds, and the forgeries equal the signer's own. Larger parameters only lengthen the search.

    Repaired: authenticated point-to-point channels. A one-time code with a secret key stays safe: after one observed tag, each tag of
    another message fits equally many keys. Information-theoretic signatures exist too, with secret keys and limited transferability.
    """
    toy = Lamport(seed=1)
    forgeries = {message: forged(toy.public, message) for message in MESSAGES}
    accepted = [toy.accepts(message, signature) for message, signature in forgeries.items()]
    identical = all(signature == toy.sign(message) for message, signature in forgeries.items())
    tried, fitting = len(preimages()), keys_per_guess(FIELD)
    one, zero = toy.public[0][1], forgeries[MESSAGES[-1]][0]
    checks = [all(accepted), identical, tried == PRIME - 1, fitting == {1}, pow(GENERATOR, zero, PRIME) == one]
    return Verdict(
        conclude("refuted", [], checks=checks),
        "exhaustive search on a toy scheme",
        "an instance of the general argument (enumerate until the public verifier accepts); the table covers every key of the toy",
        {
            "witness": {"public": one, "forged_secret": zero, "prime": PRIME, "generator": GENERATOR},
            "forged_messages": sum(accepted),
            "candidates_tried": tried,
            "every_public_key_invertible": tried == PRIME - 1,
            "forgeries_equal_the_signer's": identical,
            "repaired": {"one_time_code_field": FIELD, "keys_per_guess": sorted(fitting), "forgery_probability": str(Fraction(1, FIELD))},
            "recompute": f"pow({GENERATOR}, {zero}, {PRIME}) == {one} and all(toy.accepts(m, models.forged(toy.public, m))"
            f" for toy in [models.Lamport(1)] for m in models.MESSAGES) and models.keys_per_guess({FIELD}) == {{1}}",
        },
        ("the adversary knows the public key and may compute without limit (definition 4)",),
    )


@claim("ADV-5", "III.D", "f < N/3 is necessary with authenticated channels", expected="refuted")
def signatures_in_synchrony_need_no_third() -> Verdict:
    """III.D calls its bound "necessary for deterministic consensus with authenticated channels". That depends on signatures and on time.

    Without signatures 3f < N is necessary even in synchrony (Lamport, Shostak, Pease 1982), and under partial synchrony it is necessary
    even with signatures (Dwork, Lynch, Stockmeyer 1988): at 3f ≥ N no quorum size is both available and intersecting in an honest node.
    With signatures in synchrony it is not necessary: Dolev and Strong (1983) broadcast for every f < N. At N = 3, f = 1 all
    behaviours of a Byzantine sender and of a Byzantine relay are enumerated here: agreement and validity always hold.
    The unsigned protocol at N = 3 fails under each of the 256 pairs of decision rules.

    Repaired: f < N/3 is necessary without transferable signatures, or under partial synchrony. Both are so in CEAS.
    """
    import z3

    n, f, q = z3.Ints("N f q")
    sizes = [n >= 1, f >= 0, f <= n]
    # Available without the Byzantine nodes; two quorums share more than f nodes.
    works = z3.And(q <= n - f, 2 * q - n > f)
    lemmas = [
        prove("quorums: at 3f ≥ N none is available and intersecting", [*sizes, 3 * f >= n], z3.Not(works), "QF_LIA"),
        prove("quorums: at 3f < N, N - f is", [*sizes, 3 * f < n, q == n - f], works, "QF_LIA"),
    ]
    weakened = [
        find("3f ≥ N weakened to 3f ≥ N - 1", [*sizes, f >= 1, 3 * f >= n - 1, works], _quorum_exists, "QF_LIA"),
    ]
    senders, relays = list(dolev_strong("sender")), list(dolev_strong("relay"))
    unsigned = [pair for pair in product(RULES, repeat=2) if oral_messages_hold(*pair)]
    broken = [run for run in dolev_strong("forging relay") if run[0] != run[1]]
    violations = sum(one != two for one, two in senders + relays)
    checks = [violations == 0, not unsigned, bool(broken)]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "all behaviours enumerated at N = 3, f = 1; quorum arithmetic by Z3",
        "the counterexample at N = 3, f = 1, binary values; quorum arithmetic for all N and f; the necessity theorems are cited",
        {
            "witness": {"N": 3, "f": 1, "protocol": "Dolev-Strong, 2 rounds, synchronous, signed"},
            "signed": {"byzantine_sender_runs": len(senders), "byzantine_relay_runs": len(relays), "violations": violations},
            "unsigned": {"pairs_of_decision_rules": 256, "pairs_that_hold": len(unsigned), "runs_broken_by_majority": majority_breaks()},
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [*(found.report() for found in weakened), {"weakened": "signatures can be forged", "violations": len(broken)}],
            "recompute": "all(x == y for node in ('sender', 'relay') for x, y in models.dolev_strong(node)) and "
            "any(x != y for x, y in models.dolev_strong('forging relay')) and "
            "not any(models.oral_messages_hold(one, two) for one in models.RULES for two in models.RULES) and "
            "not any(q <= 3 - 1 and 2 * q - 3 > 1 for q in range(4))",
        },
        ("signatures cannot be forged (idealised)", "synchrony: what is sent in a round arrives in it"),
    )


def _quorum_exists(at: Model) -> bool:
    return at["q"] <= at["N"] - at["f"] and 2 * at["q"] - at["N"] > at["f"]


@claim("ADV-6", "III.D", "liveness needs no timing model", expected="refuted")
def no_timing_no_liveness() -> Verdict:
    """The paper promises progress without saying how long messages take. Without any bound no deterministic protocol guarantees it.

    Here, for a checkpoint protocol with view change, all nodes honest: in every view each timer fires before any message of that view
    arrives, everyone moves on, and then the messages arrive, too late to count. Every message is delivered, every view is visited,
    nothing is decided. One such step leads from the state at view r to the same state at view r+1, whoever leads;
    hence, by induction, through all views. Longer timers do not help, since delays may outgrow them.
    With prompt delivery the same nodes decide in their first view.

    In general: Fischer, Lynch, Paterson (1985). Assumed instead: partial synchrony, with a known bound on delays after stabilisation.
    """
    runs = {str(nodes): starved(nodes) for nodes in (1, 4, 7, 13)}
    return Verdict(
        conclude("refuted", [], checks=[fact for run in runs.values() for fact in run.values()]),
        "a schedule that repeats up to renaming of views, executed",
        "N in {1, 4, 7, 13}, all honest, one voting phase in place of four (no phase is reached); the general theorem is cited",
        {
            "witness": {"schedule": "in view r: all timers; all VIEW r+1; then all other messages of view r", "runs": runs},
            "tightness": [{"weakened": "messages before timers", "decides": all(run["decides_if_prompt"] for run in runs.values())}],
            "recompute": "all(all(models.starved(nodes).values()) for nodes in (1, 4, 7, 13))",
        },
        ("asynchronous: every message arrives, after an arbitrary finite delay",),
    )
