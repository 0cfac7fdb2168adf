"""What the theory guarantees for one network, and what it does not: the ledger applied to a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from ceas_formal.simulate.scenario import Scenario
from ceas_formal.spec.quorum import admissible, largest_faults, quorum_size, usable_size
from ceas_formal.spec.timing import decision_bound, least_timeout
from ceas_formal.spec.trust import rounds_to_quarantine, smallest_cycle_trust
from ceas_formal.spec.weakenings import disjoint_honest_parts


@dataclass(frozen=True)
class Guarantee:
    """One question about a network.

    Parameters
    ----------
    question : str
        What a user wants to rely on.
    guaranteed : {"yes", "conditional", "no", "not judged"}
        The answer of the theory; ``conditional`` rests on an assumption that the scenario cannot show, named in `why`.
    why : str
        The numbers behind it.
    claims : tuple of str
        Rows of the ledger that it follows from.
    """

    question: str
    guaranteed: str
    why: str
    claims: tuple[str, ...]


def guarantees(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the answers for a network, those about safety first."""
    return [asdict(found) for part in (_faults, _quorums, _progress, _trust, _pairs) for found in part(scenario)]


def _answer(holds: bool) -> str:
    return "yes" if holds else "no"


def _faults(scenario: Scenario) -> Iterator[Guarantee]:
    n, b = scenario.network.nodes, scenario.network.byzantine_nodes
    f, a = scenario.consensus.faults, scenario.consensus.false_accepts
    most = largest_faults(n, a)
    yield Guarantee(
        "the declared fault bound can be met by a protocol", _answer(admissible(n, f, a)),
        f"N = {n}, f = {f}, a = {a}: N > 3f+a = {3 * f + a} is {'true' if admissible(n, f, a) else 'false'}; the largest f is {most}",
        ("ADV-1", "ADV-2R", "LIV-4R"),
    )  # fmt: skip
    why = f"{b} Byzantine nodes, f = {f}"
    if b > f:
        isolated = next(k for k in range(b + 1) if 3 * (b - k) < n - k)
        why += f"; no f up to {most} covers them" if b > most else f"; f = {b} would cover them"
        why += f"; {isolated} of them would have to be isolated first, with no honest node lost" if b > most else ""
    yield Guarantee("the Byzantine nodes stay within the declared bound", _answer(b <= f), why, ("EXP-9", "ADV-1"))


def _quorums(scenario: Scenario) -> Iterator[Guarantee]:
    n, b = scenario.network.nodes, scenario.network.byzantine_nodes
    f, a = scenario.consensus.faults, scenario.consensus.false_accepts
    declared, wanted = scenario.declared_quorum, quorum_size(n, f, a)
    common, bad = max(0, 2 * declared - n), max(b, f)
    apart = disjoint_honest_parts(declared, n, bad)
    meets = apart is None and declared <= n
    yield Guarantee(
        "two quorums share an honest node", _answer(meets),
        f"quorum {scenario.consensus.quorum_rule} = {declared}: two share at least {common}, of which {bad} may be Byzantine"
        + ("" if meets or b > f else f"; {wanted} votes would do"),
        ("ADV-2", "ADV-2R"),
    )  # fmt: skip
    sound = admissible(n, f, a) and b <= f
    because = []
    if not admissible(n, f, a):
        because.append("the fault bound is not admissible")
    if b > f:
        because.append(f"{b} Byzantine nodes exceed f = {f}")
    if declared < wanted:
        because.append(f"the declared quorum {declared} is below {wanted}")
    safe = sound and meets
    yield Guarantee(
        "no two honest nodes commit different checkpoints", _answer(safe),
        "proved for the checkpoint protocol at these sizes" if safe else "; ".join(because), ("SAF-1",),
    )  # fmt: skip
    certifies = safe and declared >= f + 1
    yield Guarantee(
        "no committed checkpoint uses a tampered payload", "conditional" if certifies else "no",
        f"if at most a = {a} honest nodes accept any one tampered payload, and f+a+1 = {f + a + 1} OKs certify"
        if certifies
        else "; ".join(because),
        ("SAF-2", "TAG-5"),
    )  # fmt: skip


def _progress(scenario: Scenario) -> Iterator[Guarantee]:
    n, f, a = scenario.network.nodes, scenario.consensus.faults, scenario.consensus.false_accepts
    honest = n - max(f, scenario.network.byzantine_nodes)
    declared, spare = scenario.declared_quorum, honest - usable_size(n, f, a)
    yield Guarantee(
        "the honest nodes alone are a quorum", _answer(declared <= honest), f"{honest} honest nodes, quorum {declared}", ("ADV-2R",)
    )
    yield Guarantee(
        "a good payload survives honest rejections", _answer(spare >= 1),
        f"with certified facts it survives {max(spare, 0)} of {honest}; if each voter needs its own verdict, "
        f"{max(0, honest - declared)} missing votes", ("LIV-4", "LIV-4R"),
    )  # fmt: skip
    lacking = [
        *([f"{scenario.network.byzantine_nodes} Byzantine nodes exceed f = {f}"] if scenario.network.byzantine_nodes > f else []),
        *([] if admissible(n, f, a) else ["the fault bound is not admissible"]),
        *([f"quorum {declared} does not certify: that takes 2f+a+1 = {2 * f + a + 1}"] if declared < 2 * f + a + 1 else []),
        *([f"two quorums of {declared} may share no honest node"] if 2 * declared - n <= f else []),
    ]
    stuck = f"{honest} honest nodes are no quorum of {declared}: silent Byzantine nodes stop it"
    yield Guarantee(
        "checkpoints are decided once the network is stable",
        "no" if declared > honest else "not judged" if lacking else "conditional",
        stuck if declared > honest else f"the theorem does not apply: {'; '.join(lacking)}" if lacking
        else "if after stabilisation messages take at most Δ and timers run T ≥ 9Δ: all have decided (f+1)(T+Δ) + 11Δ later, "
        f"{decision_bound(f, 1, least_timeout(1))} Δ at T = 9Δ",
        ("LIV-2", "ADV-6"),
    )  # fmt: skip
    if scenario.quarantine is not None:
        floor, needed = scenario.quarantine.minimum_active_nodes, 3 * f + a + 1
        yield Guarantee(
            "quarantine leaves enough active nodes", _answer(floor >= needed),
            f"re-admission below {floor} active nodes; f = {f}, a = {a} need {needed}; {floor} support f <= {largest_faults(floor, a)}",
            ("TRU-4",),
        )  # fmt: skip


def _trust(scenario: Scenario) -> Iterator[Guarantee]:
    if scenario.trust is None:
        return
    memory, least = scenario.trust.memory_factor, scenario.trust.minimum
    evasive = next((period for period in range(2, 101) if smallest_cycle_trust([0, *[1] * (period - 1)], memory) >= least), None)
    lowest = f"{float(smallest_cycle_trust([0, *[1] * (evasive - 1)], memory)):.3f}" if evasive else ""
    evasion = f"cheating once in {evasive} rounds keeps trust at or above {lowest}" if evasive else "no period up to 100 rounds evades"
    parameters = f"alpha = {_decimal(memory)}, tau_min = {_decimal(least)}"
    yield Guarantee(
        "every persistent cheater is quarantined", "no" if evasive else "not judged", f"{parameters}: {evasion}", ("TRU-2",)
    )
    start = scenario.trust.initial
    if 0 < least <= start:
        rounds = rounds_to_quarantine(start, memory, least)
        yield Guarantee(
            "honest nodes are never quarantined", "no", f"{rounds} rejections in a row are enough, whoever is honest", ("TRU-1", "TRU-2")
        )


def _pairs(scenario: Scenario) -> Iterator[Guarantee]:
    if scenario.entanglement is None:
        return
    shortest, cadence = scenario.entanglement.coherence_time_minimum, scenario.consensus.cadence
    yield Guarantee(
        "a Bell pair made at a checkpoint serves the next", _answer(shortest > cadence),
        f"the shortest coherence time is {_decimal(shortest)} rounds, the cadence {cadence}", ("INV-7",),
    )  # fmt: skip


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"
