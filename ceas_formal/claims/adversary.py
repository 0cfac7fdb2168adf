"""Section III.D: the adversary, the fault bound, signatures, and time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, combinations, product
from random import Random

from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Model, conclude, find, prove
from ceas_formal.spec.quorum import largest_faults, quorum_size


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


PRIME, GENERATOR, BITS = 65537, 3, 4
"""The toy one-way function x ↦ 3^x mod 65537, a bijection on 16-bit x, and the length of the messages signed."""
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
    random = Random(1)
    secret = [[random.randrange(PRIME - 1) for _ in range(2)] for _ in range(BITS)]
    public = [[pow(GENERATOR, x, PRIME) for x in pair] for pair in secret]
    preimage, image = {}, 1
    for candidate in range(PRIME - 1):
        preimage[image] = candidate
        image = image * GENERATOR % PRIME
    messages = list(product((0, 1), repeat=BITS))
    forged = {message: [preimage[public[i][bit]] for i, bit in enumerate(message)] for message in messages}
    accepted = [all(pow(GENERATOR, x, PRIME) == public[i][m[i]] for i, x in enumerate(signature)) for m, signature in forged.items()]
    identical = all(signature == [secret[i][bit] for i, bit in enumerate(m)] for m, signature in forged.items())
    # Repaired side: tag = u·message + w over a prime field, key (u, w) used once.
    keys = list(product(range(FIELD), repeat=2))
    fitting = {
        sum((u * seen + w) % FIELD == tag and (u * other + w) % FIELD == guess for u, w in keys)
        for seen, other in product(range(FIELD), repeat=2)
        if seen != other
        for tag, guess in product(range(FIELD), repeat=2)
    }
    one, zero = public[0][1], forged[messages[-1]][0]
    checks = [all(accepted), identical, len(preimage) == PRIME - 1, fitting == {1}, pow(GENERATOR, zero, PRIME) == one]
    return Verdict(
        conclude("refuted", [], checks=checks),
        "exhaustive search on a toy scheme",
        "an instance of the general argument (enumerate until the public verifier accepts); the table covers every key of the toy",
        {
            "witness": {"public": one, "forged_secret": zero, "prime": PRIME, "generator": GENERATOR},
            "forged_messages": sum(accepted),
            "candidates_tried": len(preimage),
            "every_public_key_invertible": len(preimage) == PRIME - 1,
            "forgeries_equal_the_signer's": identical,
            "repaired": {"one_time_code_field": FIELD, "keys_per_guess": sorted(fitting), "forgery_probability": str(Fraction(1, FIELD))},
            "recompute": f"pow({GENERATOR}, {zero}, {PRIME}) == {one}",
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
    senders, relays = list(_signed_sender_runs()), list(_signed_relay_runs(forge=False))
    unsigned = [pair for pair in product(product((0, 1), repeat=4), repeat=2) if _unsigned_rules_hold(*pair)]
    forged = [run for run in _signed_relay_runs(forge=True) if run[0] != run[1]]
    violations = sum(one != two for one, two in senders + relays)
    checks = [violations == 0, not unsigned, bool(forged)]
    return Verdict(
        conclude("refuted", lemmas, weakened, checks),
        "all behaviours enumerated at N = 3, f = 1; quorum arithmetic by Z3",
        "the counterexample at N = 3, f = 1, binary values; quorum arithmetic for all N and f; the necessity theorems are cited",
        {
            "witness": {"N": 3, "f": 1, "protocol": "Dolev-Strong, 2 rounds, synchronous, signed"},
            "signed": {"byzantine_sender_runs": len(senders), "byzantine_relay_runs": len(relays), "violations": violations},
            "unsigned": {"pairs_of_decision_rules": 256, "pairs_that_hold": len(unsigned), "runs_broken_by_majority": _majority_breaks()},
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [*(found.report() for found in weakened), {"weakened": "signatures can be forged", "violations": len(forged)}],
            # A bit set a says which values the sender signed for relay 1, b for relay 2; it may add only what an honest relay signed.
            "recompute": "all((a | b | x) == (b | a | y) for a in range(4) for b in range(4) for x in range(4) for y in range(4)"
            " if x & ~(a | b) == 0 and y & ~(a | b) == 0) and not any(q <= 3 - 1 and 2 * q - 3 > 1 for q in range(4))",
        },
        ("signatures cannot be forged (idealised)", "synchrony: what is sent in a round arrives in it"),
    )


def _quorum_exists(at: Model) -> bool:
    return at["q"] <= at["N"] - at["f"] and 2 * at["q"] - at["N"] > at["f"]


Chain = tuple[int, tuple[int, ...]]
"""A value and the nodes that signed it, in order; node 0 is the sender."""


def _subsets(items: set[Chain]) -> list[frozenset[Chain]]:
    ordered = sorted(items)
    return [frozenset(some) for some in chain.from_iterable(combinations(ordered, k) for k in range(len(ordered) + 1))]


def _valid(received: frozenset[Chain], round: int) -> set[int]:
    """Return the values that an honest node extracts in a round: signed by the sender first, and by as many distinct nodes as rounds."""
    return {value for value, signers in received if signers[0] == 0 and len(set(signers)) == len(signers) >= round}


def _decide(extracted: set[int]) -> int:
    return extracted.pop() if len(extracted) == 1 else 0


def _signed_sender_runs() -> Iterator[tuple[int, int]]:
    """Yield the decisions of the honest relays 1 and 2 for every behaviour of a Byzantine sender that sees their messages first."""
    for to_one, to_two in product(_subsets({(0, (0,)), (1, (0,))}), repeat=2):
        one, two = _valid(to_one, 1), _valid(to_two, 1)
        by_one, by_two = {(v, (0, 1)) for v in one}, {(v, (0, 2)) for v in two}
        for late_one, late_two in product(_subsets(by_one | by_two), repeat=2):
            yield _decide(one | _valid(late_one | by_two, 2)), _decide(two | _valid(late_two | by_one, 2))


def _signed_relay_runs(forge: bool) -> Iterator[tuple[int, int]]:
    """Yield what the honest sender sent and what relay 2 decides, for every behaviour of the Byzantine relay 1."""
    for sent in (0, 1):
        values = (0, 1) if forge else (sent,)
        early: set[Chain] = {(v, signers) for v in values for signers in ((0,), (0, 1))}
        late: set[Chain] = {(v, signers) for v in values for signers in ((0,), (0, 1), (0, 2), (0, 2, 1))}
        for first, second in product(_subsets(early), _subsets(late)):
            extracted = _valid(first | {(sent, (0,))}, 1)
            yield sent, _decide(extracted | _valid(second, 2))


def _unsigned_rules_hold(one: tuple[int, ...], two: tuple[int, ...]) -> bool:
    """Return whether two decision tables on (own, relayed) survive every Byzantine behaviour of unsigned OM(1) at N = 3."""
    valid = all(rule[2 * value + lie] == value for rule in (one, two) for value in (0, 1) for lie in (0, 1))
    return valid and all(one[2 * x + y] == two[2 * y + x] for x in (0, 1) for y in (0, 1))


def _majority_breaks() -> list[dict[str, int]]:
    """Return the runs in which majority with default 0 is wrong: an honest sender's 1, and a lie, make a tie."""
    return [{"sent": v, "relayed": lie, "decided": int(v + lie == 2)} for v in (0, 1) for lie in (0, 1) if int(v + lie == 2) != v]


class Views:
    """View change among honest nodes, with one voting phase in place of four, and every delivery chosen from outside.

    A message (kind, sender, view) counts only at nodes in its view; VIEW messages carry nodes to a higher one.
    """

    def __init__(self, nodes: int) -> None:
        self.quorum = quorum_size(nodes, largest_faults(nodes), 0)
        self.views = [-1] * nodes
        self.heard: list[set[tuple[str, int, int]]] = [set() for _ in range(nodes)]
        self.waiting: list[tuple[str, int, int]] = []
        self.decided: set[int] = set()
        self.pass_timers()

    def pass_timers(self) -> None:
        """Let every timer fire, and deliver the VIEW messages that this sends."""
        asked = [("VIEW", node, view + 1) for node, view in enumerate(self.views)]
        self.deliver(asked)

    def deliver(self, messages: list[tuple[str, int, int]]) -> None:
        """Deliver the messages to every node; what the nodes send in turn waits."""
        for node, message in product(range(len(self.views)), messages):
            kind, _, view = message
            if kind != "VIEW" and view != self.views[node]:
                continue
            self.heard[node].add(message)
            count = sum(other[0] == kind and other[2] == view for other in self.heard[node])
            if kind == "VIEW" and count == self.quorum and view > self.views[node]:
                self.views[node] = view
                self.heard[node] = set()
                self.waiting.append(("SUGGEST", node, view))
            elif kind == "SUGGEST" and count == self.quorum and node == view % len(self.views):
                self.waiting.append(("PROPOSE", node, view))
            elif kind == "PROPOSE":
                self.waiting.append(("VOTE", node, view))
            elif kind == "VOTE" and count == self.quorum:
                self.decided.add(node)

    def starve(self) -> None:
        """Pass one view: timers fire before any of its messages arrives; then everything that was sent in it arrives."""
        late, self.waiting = self.waiting, []
        self.pass_timers()
        self.deliver(late)

    def relative(self) -> tuple[object, ...]:
        """Return the state with views counted from the lowest one: all that a starved step depends on."""
        low = min(self.views)
        heard = [sorted((kind, sender, view - low) for kind, sender, view in known if kind != "VIEW" or view > low) for known in self.heard]
        return [view - low for view in self.views], heard, sorted((k, s, v - low) for k, s, v in self.waiting), sorted(self.decided)


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
    runs = {}
    for nodes in (1, 4, 7, 13):
        run = Views(nodes)
        before, same, delivered = run.relative(), [], []
        for _ in range(nodes):  # so that every node leads once
            sent = set(run.waiting)
            run.starve()
            same.append(run.relative() == before)
            delivered.append(not sent & set(run.waiting))
        prompt = Views(nodes)
        while prompt.waiting:
            messages, prompt.waiting = prompt.waiting, []
            prompt.deliver(messages)
        runs[str(nodes)] = {
            "every_view_visited": run.views == [nodes] * nodes,
            "state_repeats": all(same),
            "every_message_delivered": all(delivered),
            "undecided": not run.decided,
            "decides_if_prompt": len(prompt.decided) == nodes,
        }
    return Verdict(
        conclude("refuted", [], checks=[fact for run in runs.values() for fact in run.values()]),
        "a schedule that repeats up to renaming of views, executed",
        "N in {1, 4, 7, 13}, all honest, one voting phase in place of four (no phase is reached); the general theorem is cited",
        {
            "witness": {"schedule": "in view r: all timers; all VIEW r+1; then all other messages of view r", "runs": runs},
            "tightness": [{"weakened": "messages before timers", "decides": all(run["decides_if_prompt"] for run in runs.values())}],
            # Views whose messages (delay timer + 1) arrive before a timer that doubles in every view.
            "recompute": "sum(delay <= timer for timer, delay in ((2**view, 2**view + 1) for view in range(64))) == 0",
        },
        ("asynchronous: every message arrives, after an arbitrary finite delay",),
    )
