"""Everything that must be shown for the protocol, by name, each with the answer that is expected.

``unsat`` is expected of a negated theorem, ``sat`` of what must be possible: axioms that have a model, hypotheses that are
needed. An obligation with an unexpected answer, or none, fails.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ceas_formal.spec.declarations import Action, Consequence, Containment, Meeting, Property
from ceas_formal.spec.language import FALSE, Atom, Enough, Formula, Or, Relation, implies
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.rewriting import after, rebuilt, relations_in
from ceas_formal.verify import arithmetic
from ceas_formal.verify.first_order import FirstOrder
from ceas_formal.verify.fragment import cycle
from ceas_formal.verify.smtlib import script
from ceas_formal.verify.solving import SOLVERS, Answer, ask
from ceas_formal.verify.soundness import refuse_unsound

Assertions = Mapping[str, Formula] | str


@dataclass(frozen=True)
class Obligation:
    """Something to be shown.

    Parameters
    ----------
    name : str
        ``theorem/what``, stable.
    theorem : str
        What it contributes to.
    expected : {"unsat", "sat"}
        The answer that confirms it.
    assertions : mapping of str to Formula, or str
        Named first-order formulas, or a finished arithmetic script.
    scope : str
        For which sizes it speaks.
    others : tuple
        Further assertions; the obligation is ``sat`` if any of them is.
    """

    name: str
    theorem: str
    expected: str
    assertions: Assertions
    scope: str = "all N, views, values"
    others: tuple[Assertions, ...] = ()

    def scripts(self, seed: int = 0) -> list[str]:
        """Return the SMT-LIB texts; a seed other than 0 also shuffles the order of the assertions."""
        return [self._script(assertions, seed) for assertions in (self.assertions, *self.others)]

    def _script(self, assertions: Assertions, seed: int) -> str:
        if isinstance(assertions, str):
            return assertions
        order = list(assertions)
        if seed:
            random.Random(seed).shuffle(order)
        return script({name: assertions[name] for name in order}, f"{self.name}: expected {self.expected}")

    @property
    def solvers(self) -> tuple[str, ...]:
        """The solvers that can answer it."""
        return SOLVERS

    def answer(self, solver: str, seed: int, timeout: float) -> Answer:
        """Return the solver's answer: ``sat`` if any script is, ``unknown`` rather than ``unsat`` if one is left open."""
        seconds, statuses = 0.0, set()
        for text in self.scripts(seed):
            answer = ask(text, solver=solver, seed=seed, timeout=timeout)
            seconds += answer.seconds
            statuses.add(answer.status)
            if answer.status == "sat":
                break
        return Answer(next(status for status in ("sat", "unknown", "unsat") if status in statuses), seconds)

    @property
    def fragment(self) -> str:
        """The decidable fragment it lies in, or the cycle of sorts that keeps it out."""
        if isinstance(self.assertions, str):
            return "linear integer arithmetic"
        cycles = (cycle(one.values()) for one in (self.assertions, *self.others) if not isinstance(one, str))
        found = next(filter(None, cycles), None)
        return f"undecided: {' → '.join(found)}" if found else "stratified EPR"


@dataclass(frozen=True)
class Result:
    """The outcome of one obligation, solver and seed."""

    obligation: Obligation
    verdict: str
    solver: str
    seed: int
    seconds: float

    @property
    def as_expected(self) -> bool:
        """Whether the answer confirms the obligation."""
        return self.verdict == self.obligation.expected


def check(obligation: Obligation, *, solver: str = "z3", seed: int = 0, timeout: float = 20.0) -> Result:
    """Put one obligation to one solver.

    Raises
    ------
    ValueError
        If that solver cannot answer it.
    """
    if solver not in obligation.solvers:
        raise ValueError(f"{obligation.name} is answered by {', '.join(obligation.solvers)} only")
    answer = obligation.answer(solver, seed, timeout)
    return Result(obligation, answer.status, solver, seed, answer.seconds)


def obligations(protocol: Protocol) -> list[Obligation]:
    """Return every obligation that a solver answers, in the order of the argument."""
    return [*thresholds(protocol), *Induction(protocol).all()]


def thresholds(protocol: Protocol) -> Iterator[Obligation]:
    """Yield the arithmetic: the set facts follow from the sizes, and |A| > 3f+a is exactly what makes them possible."""
    scope = "all N, f, a"
    yield Obligation("thresholds/admissible_is_necessary", "thresholds", "unsat", arithmetic.admissible_is_necessary(protocol), scope)
    yield Obligation("thresholds/admissible_is_sufficient", "thresholds", "unsat", arithmetic.admissible_is_sufficient(protocol), scope)
    for fact in protocol.set_facts.values():
        whole = isinstance(fact, Containment) and fact.inside is None
        yield Obligation(
            f"thresholds/{fact.name}", "thresholds", "unsat", arithmetic.set_fact(protocol, fact, admissible=whole),
            f"{scope} with N > 3f+a" if whole else scope,
        )  # fmt: skip
        if whole:
            loose = arithmetic.set_fact(protocol, fact, admissible=False)
            yield Obligation(f"needed/{fact.name}-admissible", "needed", "sat", loose, scope)
            continue
        used = fact.thresholds[0] if not isinstance(fact, Containment) else str(fact.inside)
        smaller = protocol.resized(used, _one_less(protocol.thresholds[used].size))
        yield Obligation(
            f"needed/{fact.name}-size_of_{used}", "needed", "sat", arithmetic.set_fact(smaller, fact, admissible=True),
            f"{scope} with N > 3f+a",
        )  # fmt: skip


def _one_less(size: Callable[..., object]) -> Callable[..., object]:
    return lambda nodes, faults, false_accepts: size(nodes, faults, false_accepts) - 1  # type: ignore[operator]


class Induction:
    """The proof that the safety properties hold in every reachable state, as obligations about one step.

    Parameters
    ----------
    protocol : Protocol
        Whose invariants, lemmas and consequences are the outline of the proof.
    """

    def __init__(self, protocol: Protocol) -> None:
        refuse_unsound(protocol)
        self.protocol = protocol
        self.reading = FirstOrder(protocol)
        self.axioms = self.reading.hypotheses()
        self.properties = {name: self.reading.read(claimed.formula) for name, claimed in protocol.properties.items()}
        self.clauses = {
            f"{action.name}.{name}": self.reading.read(clause, relaxed=True)
            for action in protocol.actions.values()
            for name, clause in action.requires.items()
        }
        self.consequences = {name: self.reading.read(found.formula) for name, found in protocol.consequences.items()}
        self.known = self.axioms | self.properties | self.clauses | self.consequences

    def all(self) -> list[Obligation]:
        """Return the proof, that its axioms have a model, and that each of its hypotheses is needed."""
        return [*self.proof(), self.satisfiable(), *self.relaxations(), *self.needed()]

    def proof(self) -> Iterator[Obligation]:
        """Yield initiation, consequences, consecution, and the chain of lemmas that ends in the safety properties."""
        for claimed in self.protocol.of_kind("invariant"):
            yield Obligation(f"initiation/{claimed.name}", "safety", "unsat", {"goal": ~_initially(self.properties[claimed.name])})
        for found in self.protocol.consequences.values():
            yield from self.consequence(found)
        for claimed in self.protocol.of_kind("invariant"):
            for action in self.protocol.actions.values():
                if {insertion.relation.name for insertion in action.ensures} & relations_in(claimed.formula):
                    yield self.consecution(claimed, action)
        for claimed in self.protocol.of_kind("lemma", "safety"):
            hypotheses = self.hypotheses(claimed.since)
            yield Obligation(f"{claimed.kind}/{claimed.name}", "safety", "unsat", hypotheses | {"goal": ~self.properties[claimed.name]})

    def supports(self, *names: str) -> list[Obligation]:
        """Return the obligations that properties of these names rest on, through all hypotheses, themselves included.

        Raises
        ------
        KeyError
            If a name is no property of the protocol.
        """
        for name in names:
            self.protocol.properties[name]
        wanted: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            stated = self.protocol.properties.get(name) or self.protocol.consequences.get(name)
            if name not in wanted:
                wanted.add(name)
                waiting += list(stated.since) if stated else []
        steps = [*self.relaxations(), *(item for item in self.proof() if item.name.split("/")[1].split("[")[0] in wanted)]
        # Every axiom that any of these steps assumes is itself to be shown from the sizes.
        assumed = {name for item in steps if not isinstance(item.assertions, str) for name in item.assertions}
        facts = [item for item in thresholds(self.protocol) if item.name.startswith("thresholds/") and item.name.split("/")[1] in assumed]
        return [*facts, *steps]

    def consequence(self, found: Consequence) -> Iterator[Obligation]:
        """Yield one obligation for each way in which a disjunctive clause can hold."""
        hypotheses = self.hypotheses(found.since) | {"goal": ~self.consequences[found.name]}
        split = next((name for name in hypotheses if name in self.clauses and isinstance(self.clauses[name], Or)), None)
        cases = self.clauses[split].parts if split else ()  # type: ignore[attr-defined]
        for number, case in enumerate(cases, start=1):
            yield Obligation(f"consequence/{found.name}[{number}]", "safety", "unsat", hypotheses | {str(split): case})
        if not split:
            yield Obligation(f"consequence/{found.name}", "safety", "unsat", hypotheses)

    def hypotheses(self, names: Iterable[str]) -> dict[str, Formula]:
        """Return the named hypotheses, without the clauses that a weakened protocol has lost: its proof has to do without them."""
        return {name: self.known[name] for name in names if name not in self.protocol.lost}

    def consecution(self, claimed: Property, action: Action) -> Obligation:
        """Return that the action keeps the invariant, from its hypotheses and the clauses (or the consequences named instead)."""
        named = [name for name in claimed.since if name.startswith(f"{action.name}.")]
        mine = (name for name in self.clauses if name.startswith(f"{action.name}."))
        own = self.hypotheses(named or [name for name in mine if name not in self.protocol.unused_for_safety])
        shared = self.hypotheses(name for name in claimed.since if name in self.axioms or name in self.properties)
        goal = ~after(self.properties[claimed.name], action)
        hypotheses = shared | {claimed.name: self.properties[claimed.name]} | own
        return Obligation(f"consecution/{claimed.name}/{action.name}", "safety", "unsat", hypotheses | {"goal": goal})

    def satisfiable(self) -> Obligation:
        """Return that all axioms together have a model."""
        return Obligation("axioms/satisfiable", "axioms", "sat", self.axioms)

    def relaxations(self) -> Iterator[Obligation]:
        """Yield that a threshold implies the relaxed reading that the proof uses, whatever is reported."""
        for name in sorted(self.reading.relaxable):
            node = self.protocol.node("m")
            reported = Enough(self.protocol.thresholds[name], node, Relation("reported", (self.protocol.node,))(node))
            goal = implies(self.reading.read(reported), self.reading.read(reported, relaxed=True))
            facts = [fact for fact in self.protocol.set_facts.values() if isinstance(fact, Meeting) and name in fact.thresholds]
            yield Obligation(f"relaxed/{name}", "safety", "unsat", {fact.name: self.axioms[fact.name] for fact in facts} | {"goal": ~goal})

    def needed(self) -> Iterator[Obligation]:
        """Yield, for each hypothesis of each step of the proof, what is left without it: it must have a countermodel.

        The steps of one invariant, one for each action, count together; so do all steps that use the same clause.
        """
        without: dict[str, list[Assertions]] = {}
        for step in self.proof():
            owner = step.name.split("/")[1].split("[")[0]
            for name in step.assertions:
                if isinstance(step.assertions, str) or name in ("goal", owner):
                    continue
                key = f"needed/{name}" if name in self.clauses else f"needed/{owner}-{name}"
                without.setdefault(key, []).append({other: formula for other, formula in step.assertions.items() if other != name})
        for key, (first, *others) in without.items():
            yield Obligation(key, "needed", "sat", first, others=tuple(others))


def _initially(formula: Formula) -> Formula:
    """Return the formula about the first state, where everything that grows is empty."""
    if isinstance(formula, Atom):
        return formula if formula.relation.rigid else FALSE
    return rebuilt(formula, _initially)

