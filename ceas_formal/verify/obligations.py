"""Everything that must be shown for a protocol: the arithmetic of its sets, and the induction behind its safety properties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ceas_formal.spec.declarations import Action, Consequence, Containment, Meeting, Property
from ceas_formal.spec.language import FALSE, And, Atom, Enough, Every, Formula, Or, Relation, Some, Sort, implies
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.rewriting import after, rebuilt, relations_in, substituted
from ceas_formal.verify import arithmetic
from ceas_formal.verify.first_order import FirstOrder
from ceas_formal.verify.obligation import Assertions, Obligation, Result, check, prefix, scope
from ceas_formal.verify.quiescence import Quiescence
from ceas_formal.verify.refinement import Refinement
from ceas_formal.verify.soundness import refuse_unsound

__all__ = ["Assertions", "Induction", "Obligation", "Result", "check", "obligations", "thresholds"]


def obligations(protocol: Protocol) -> list[Obligation]:
    """Return every obligation that a solver answers, in the order of the argument."""
    return [*thresholds(protocol), *Induction(protocol).all()]


def thresholds(protocol: Protocol) -> Iterator[Obligation]:
    """Yield the arithmetic: the set facts follow from the sizes, and |A| > 3f+a is exactly what makes them possible."""
    scope, front = "all N, f, a", prefix(protocol)
    both = {"necessary": arithmetic.admissible_is_necessary(protocol), "sufficient": arithmetic.admissible_is_sufficient(protocol)}
    for which, text in both.items():
        yield Obligation(f"{front}thresholds/admissible_is_{which}", "thresholds", "unsat", text, scope)
    for fact in protocol.set_facts.values():
        whole = isinstance(fact, Containment) and fact.inside is None
        yield Obligation(
            f"{front}thresholds/{fact.name}", "thresholds", "unsat", arithmetic.set_fact(protocol, fact, admissible=whole),
            f"{scope} with N > 3f+a" if whole else scope,
        )  # fmt: skip
        if whole:
            loose = arithmetic.set_fact(protocol, fact, admissible=False)
            yield Obligation(f"{front}needed/{fact.name}-admissible", "needed", "sat", loose, scope)
            continue
        used = fact.thresholds[0] if not isinstance(fact, Containment) else str(fact.inside)
        smaller = protocol.resized(used, _one_less(protocol.thresholds[used].size))
        yield Obligation(
            f"{front}needed/{fact.name}-size_of_{used}", "needed", "sat", arithmetic.set_fact(smaller, fact, admissible=True),
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
        self.properties = {name: self.reading.read(claimed.body) for name, claimed in protocol.properties.items()}
        self.clauses = {
            f"{action.name}.{name}": self.reading.read(clause, relaxed=True)
            for action in protocol.actions.values()
            for name, clause in action.requires.items()
        }
        self.consequences = {name: self.reading.read(found.formula) for name, found in protocol.consequences.items()}

    def all(self) -> list[Obligation]:
        """Return the proof, that its axioms have a model, and that each of its hypotheses is needed."""
        return [*self.proof(), self.satisfiable(), *self.relaxations(), *self.needed()]

    def proof(self) -> Iterator[Obligation]:
        """Yield initiation, consequences, consecution, the chain of lemmas that ends in the safety properties, and progress."""
        for claimed in self.protocol.of_kind("invariant"):
            yield self.step("initiation", claimed.name, claimed.purpose, {"goal": ~_initially(self.properties[claimed.name])})
        for found in self.protocol.consequences.values():
            yield from self.consequence(found)
        for claimed in self.protocol.of_kind("invariant"):
            for action in self.protocol.actions.values():
                if {insertion.relation.name for insertion in action.ensures} & relations_in(claimed.formula):
                    yield self.consecution(claimed, action)
        for claimed in self.protocol.of_kind("lemma", "safety"):
            hypotheses = self.hypotheses(claimed.since, claimed.parameters)
            yield self.step(claimed.kind, claimed.name, claimed.purpose, hypotheses | {"goal": ~self.properties[claimed.name]})
        yield from Quiescence(self).proof()
        yield from Refinement(self).proof()

    def step(self, kind: str, name: str, theorem: str, assertions: Assertions) -> Obligation:
        """Return a step of the proof: its assertions must be contradictory."""
        return Obligation(f"{prefix(self.protocol)}{kind}/{name}", theorem, "unsat", assertions, scope(self.protocol))

    def supports(self, *names: str) -> list[Obligation]:
        """Return the obligations that (progress) properties of these names rest on, through all hypotheses, themselves included.

        Raises
        ------
        KeyError
            If a name is no property of the protocol that has a proof.
        """
        protocol = self.protocol
        progress = {name: wanted for name, wanted in protocol.progress.items() if wanted.since}
        properties = {claimed.name: claimed for claimed in protocol.of_kind("invariant", "lemma", "safety")}
        stated: dict[str, Any] = {**properties, **protocol.consequences, **protocol.stages, **progress}
        wanted: set[str] = set()
        waiting = [name for name in names if stated[name]]
        while waiting:
            name = waiting.pop().removeprefix("here.").removeprefix("done.")
            if name not in wanted:
                wanted.add(name)
                waiting += list(stated[name].since) if name in stated else []
        if wanted & protocol.progress.keys():
            wanted |= {action.name for action in protocol.actions.values() if action.fair}
        steps = [*self.relaxations(), *(item for item in self.proof() if item.name.split("/")[1].split("[")[0] in wanted)]
        # Every axiom that any of these steps assumes is itself to be shown from the sizes.
        assumed = {name for item in steps if not isinstance(item.assertions, str) for name in item.assertions}
        facts = [item for item in thresholds(protocol) if "thresholds/" in item.name and item.name.split("/")[1] in assumed]
        return [*facts, *steps]

    def consequence(self, found: Consequence) -> Iterator[Obligation]:
        """Yield one obligation for each way in which a disjunctive clause can hold."""
        hypotheses = self.hypotheses(found.since) | {"goal": ~self.consequences[found.name]}
        split = next((name for name in hypotheses if name in self.clauses and isinstance(self.clauses[name], Or)), None)
        cases = self.clauses[split].parts if split else ()  # type: ignore[attr-defined]
        for number, case in enumerate(cases, start=1):
            yield self.step("consequence", f"{found.name}[{number}]", "safety", hypotheses | {str(split): case})
        if not split:
            yield self.step("consequence", found.name, "safety", hypotheses)

    def hypotheses(self, names: Iterable[str], at: Iterable[Sort] = ()) -> dict[str, Formula]:
        """Return the named hypotheses, pointwise ones for the parameters `at`.

        Clauses that a weakened protocol has lost are left out: its proof has to do without them.
        """
        parameters = {parameter.name: parameter for parameter in at}
        return {name: self._known(name, parameters) for name in names if name not in self.protocol.lost}

    def _known(self, name: str, at: Mapping[str, Sort]) -> Formula:
        if name not in self.properties:
            return (self.axioms | self.clauses | self.consequences)[name]
        cited, body = self.protocol.properties[name], self.properties[name]
        if cited.pointwise:
            return substituted(body, {id(parameter): at[parameter.name] for parameter in cited.parameters})
        return Every(cited.parameters, body) if cited.parameters else body

    def consecution(self, claimed: Property, action: Action) -> Obligation:
        """Return that the action keeps the invariant, from its hypotheses and the clauses (or the consequences named instead)."""
        named = [name for name in claimed.since if name.startswith(f"{action.name}.")]
        if not named and claimed.purpose == "safety":
            mine = (name for name in self.clauses if name.startswith(f"{action.name}."))
            named = [name for name in mine if name not in self.protocol.unused_for_safety]
        shared = [name for name in claimed.since if name in self.axioms or name in self.properties]
        hypotheses = self.hypotheses([*shared, claimed.name, *named], claimed.parameters)
        goal = ~after(self.properties[claimed.name], action)
        return self.step("consecution", f"{claimed.name}/{action.name}", claimed.purpose, hypotheses | {"goal": goal})

    def satisfiable(self) -> Obligation:
        """Return that all axioms have a model in which no relation of the setting is empty or full: one with Byzantine and honest nodes."""
        varied: dict[str, Formula] = {}
        for relation in self.protocol.relations.values():
            if relation.rigid:
                rows = [tuple(sort(sort.__name__.lower()) for sort in relation.sorts) for _ in range(2)]
                varied[f"{relation.name}.varies"] = And((Some(rows[0], relation(*rows[0])), Some(rows[1], ~relation(*rows[1]))))
        return Obligation(f"{prefix(self.protocol)}axioms/satisfiable", "axioms", "sat", self.axioms | varied, scope(self.protocol))

    def relaxations(self) -> Iterator[Obligation]:
        """Yield that a threshold implies the relaxed reading that the proof uses, whatever is reported."""
        for name in sorted(self.reading.relaxable):
            threshold, node = self.protocol.thresholds[name], self.protocol.node("m")
            group = threshold.members.sorts[0]("g") if threshold.members else None
            reported = Enough(threshold, node, Relation("reported", (self.protocol.node,))(node), among=group)
            goal = implies(self.reading.read(reported), self.reading.read(reported, relaxed=True))
            facts = [fact for fact in self.protocol.set_facts.values() if isinstance(fact, Meeting) and name in fact.thresholds]
            yield self.step("relaxed", name, "safety", {fact.name: self.axioms[fact.name] for fact in facts} | {"goal": ~goal})

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
            yield Obligation(f"{prefix(self.protocol)}{key}", "needed", "sat", first, scope(self.protocol), tuple(others))


def _initially(formula: Formula) -> Formula:
    """Return the formula about the first state, where everything that grows is empty."""
    if isinstance(formula, Atom):
        return formula if formula.relation.rigid else FALSE
    return rebuilt(formula, _initially)
