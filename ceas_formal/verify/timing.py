"""The arithmetic of the view synchroniser, for every N: when nodes enter a view, when they may leave it, when they have decided.

A time is a real function of the node. What a node does within Δ of being able to, and what the untimed proof says of the order of events,
are the hypotheses; each is shown to be needed. Quantifiers range over nodes and sets of nodes alone, and nothing maps times to nodes, so
finitely many instances settle the matter, in linear real arithmetic.

t is when the first honest node enters the view, after stabilisation; d is Δ, and T the time that a timer runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ceas_formal.spec.synchroniser import synchroniser
from ceas_formal.spec.timing import PHASES, SKEW
from ceas_formal.verify.first_order import FirstOrder
from ceas_formal.verify.obligation import Obligation
from ceas_formal.verify.smtlib import text

FRAGMENT = "EPR over linear real arithmetic"
SCOPE = "all N, f, a with N > 3f+a; all Δ"
STEPS = ("certify", "propose", "vote1", "vote2", "vote3", "vote4", "decide")
"""What all honest nodes have done one message delay after the step before: the fair actions of the checkpoint protocol, in this order."""
TIMES = ("wants", "enters", "expires", "wants_next", "enters_next", "together", *STEPS)


@dataclass(frozen=True)
class Timed:
    """A statement about times: hypotheses by name, and what follows from them, as SMT-LIB terms."""

    name: str
    hypotheses: Mapping[str, str]
    goal: str


def _honest(term: str) -> str:
    return f"(forall ((n Node)) (=> (not (byzantine n)) {term}))"


def _all_of(sort: str, term: str) -> str:
    return f"(forall ((m Node)) (=> (in_{sort.lower()} m S) (and (not (byzantine m)) {term})))"


def _later(delays: int, start: str = "t") -> str:
    return f"(+ {start} (* {delays} d))"


SETS = {"quorum_blocks": "Blocking", "quorum_is_available": "Quorum"}
"""The set facts, and the sort of the sets that they give."""
# Hypotheses speak of single delays; that they add up to SKEW and PHASES is the goal.
ENTRY = Timed(
    "entry_skew",
    {
        "reached_means_quorum": "(exists ((Q Quorum)) (forall ((m Node)) (=> (in_quorum m Q) (or (byzantine m) (<= (wants m) t)))))",
        "amplify_within_a_delay": f"(forall ((n Node) (S Blocking)) "
        f"(=> (not (byzantine n)) {_all_of('Blocking', '(<= (wants m) t)')} (<= (wants n) (+ t d))))",
        "enter_within_a_delay": f"(forall ((n Node) (S Quorum)) "
        f"(=> (not (byzantine n)) {_all_of('Quorum', '(<= (wants m) (+ t d))')} (<= (enters n) (+ t d d))))",
    },
    _honest(f"(<= (enters n) {_later(SKEW)})"),
)
LEAVING = Timed(
    "nobody_leaves_early",
    {
        "t_is_first": _honest("(<= t (enters n))"),
        "timers_run_for_T": _honest("(<= (+ (enters n) T) (expires n))"),
        # Of whoever enters the next view first: later ones enter later.
        "nobody_is_rushed": f"(exists ((m Node)) (and (not (byzantine m)) {_honest('(<= (expires m) (enters_next n))')}))",
    },
    _honest("(<= (+ t T) (enters_next n))"),
)
TOGETHER = Timed(
    "together_for_long_enough",
    {
        "entry_skew": ENTRY.goal,
        "nobody_leaves_early": LEAVING.goal,
        "timeout_is_long_enough": f"(<= (* {SKEW + PHASES} d) T)",
    },
    _honest(f"(and (<= (enters n) {_later(SKEW)}) (<= {_later(SKEW + PHASES)} (enters_next n)))"),
)


def _steps() -> dict[str, str]:
    """Return that each step is done one delay after the one before, whenever that was."""
    steps, before, bound = {}, "together", _later(SKEW)
    for step in STEPS:
        after = f"(+ {bound} d)"
        steps[f"{step}_within_a_delay"] = f"(=> {_honest(f'(<= ({before} n) {bound})')} {_honest(f'(<= ({step} n) {after})')})"
        before, bound = step, after
    return steps


DECIDING = Timed(
    "every_step_takes_a_delay",
    {"entry_skew": _honest(f"(<= (together n) {_later(SKEW)})"), **_steps()},
    _honest(f"(<= (decide n) {_later(SKEW + PHASES)})"),
)
NEXT = Timed(
    "the_next_view_comes",
    {
        "all_enter_by_t": _honest("(<= (enters n) t)"),
        "timers_run_no_longer": _honest("(<= (expires n) (+ (enters n) T))"),
        "wants_at_once": _honest("(<= (wants_next n) (expires n))"),
        "enter_within_a_delay": "(forall ((n Node) (S Quorum)) (=> (not (byzantine n)) "
        f"{_all_of('Quorum', '(<= (wants_next m) (+ t T))')} (<= (enters_next n) (+ t T d))))",
    },
    _honest("(<= (enters_next n) (+ t T d))"),
)
# k views after the first, `gone` is k(T+Δ): one more view adds T+Δ, and at most f+1 of them pass before an honest leader's.
VIEWS = Timed(
    "views_add_up",
    {"so_far": "(<= entered (+ t gone))", "one_more": "(<= entered_next (+ entered T d))", "gone_next": "(= gone_next (+ gone T d))"},
    "(<= entered_next (+ t gone_next))",
)
BOUND = Timed(
    "decision_bound",
    {
        "stabilised": f"(<= t {_later(SKEW, 'stable')})",
        "entered_in_time": "(<= entered (+ t gone))",
        "an_honest_leader_in_f_plus_1": "(<= gone limit)",
        "decided_in_the_view": f"(<= decided {_later(SKEW + PHASES, 'entered')})",
    },
    f"(<= decided (+ stable limit (* {SKEW + SKEW + PHASES} d)))",
)
STATEMENTS = (ENTRY, LEAVING, TOGETHER, DECIDING, NEXT, VIEWS, BOUND)


def timing() -> Iterator[Obligation]:
    """Yield that each statement follows from its hypotheses, and without any one of them does not."""
    for stated in STATEMENTS:
        sets = [name for name, sort in SETS.items() if any(f"(S {sort})" in term for term in stated.hypotheses.values())]
        yield _obligation(f"synchroniser.timing/{stated.name}", "unsat", stated, [*sets, *stated.hypotheses])
        for left_out in (*sets, *stated.hypotheses):
            kept = [name for name in (*sets, *stated.hypotheses) if name != left_out]
            yield _obligation(f"synchroniser.needed/{stated.name}-{left_out}", "sat", stated, kept)


def _obligation(name: str, expected: str, stated: Timed, kept: list[str]) -> Obligation:
    reading = FirstOrder(synchroniser)
    axioms = {fact: text(reading.axiom(synchroniser.set_facts[fact]), {}) for fact in SETS}
    lines = [
        f"; {name}: expected {expected}",
        "(set-logic UFLRA)",
        *(f"(declare-sort {sort} 0)" for sort in ("Node", "Quorum", "Blocking")),
        "(declare-fun byzantine (Node) Bool)",
        "(declare-fun in_quorum (Node Quorum) Bool)",
        "(declare-fun in_blocking (Node Blocking) Bool)",
        *(f"(declare-fun {time} (Node) Real)" for time in TIMES),
        *(f"(declare-const {time} Real)" for time in
          ("t", "d", "T", "stable", "limit", "entered", "entered_next", "gone", "gone_next", "decided")),
        "(assert (< 0.0 d))",
        "(assert (< 0.0 T))",
        *(f"; {kept_name}\n(assert {(axioms | dict(stated.hypotheses))[kept_name]})" for kept_name in kept),
        f"; goal\n(assert (not {stated.goal}))",
        "(check-sat)",
        "",
    ]  # fmt: skip
    theorem = "progress" if expected == "unsat" else "needed"
    return Obligation(name, theorem, expected, "\n".join(lines), SCOPE, text_fragment=FRAGMENT)
