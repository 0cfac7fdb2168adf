"""Between two levels of one protocol, for every N: evidence implies what it stands for, and what must be seen is seen.

``evidence/action.clause``: the clause, read from what a node received, implies the clause of the refined protocol. The other clauses and
the effects are the same objects. So every step here is a step there, and what is safe there is safe here.

``delivered/action.clause``: in a state where the premise of the mirrored progress property holds and every delivery is done, the clause of
the refined protocol, met by honest nodes alone, implies the clause read from what was received. ``delivered/action`` concludes that an
action that is done here is done there. So the stages of that progress property apply to such states, and its goal is reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ceas_formal.spec.declarations import Action
from ceas_formal.spec.language import TRUE, Formula, Not, Or, implies
from ceas_formal.spec.rewriting import helpless, substituted
from ceas_formal.verify.quiescence import Quiescence, effects

if TYPE_CHECKING:
    from ceas_formal.verify.obligations import Induction, Obligation


class Refinement:
    """The proof that a protocol refines another one and mirrors its progress.

    Parameters
    ----------
    induction : Induction
        The proof of the invariants of the refining protocol.
    """

    def __init__(self, induction: Induction) -> None:
        self.induction = induction
        self.protocol = induction.protocol
        self.quiescence = Quiescence(induction)
        self.read = induction.reading.read

    def proof(self) -> Iterator[Obligation]:
        """Yield the lemmas of both families, and that what is taken or delivered once is done."""
        if self.protocol.refines is None:
            return
        originals = self.protocol.refines.actions
        for original in originals.values():
            for clause in self.changed(original):
                yield from self.evidence(original, clause)
        if self.protocol.mirrored is None:
            return
        for action in self.protocol.actions.values():
            if action.fair:
                yield self.quiescence.disables(action)
        for original in originals.values():
            if original.fair:
                for clause in self.changed(original):
                    yield from self.delivered(original, clause)
                yield self.done(original)

    def changed(self, original: Action) -> list[str]:
        """Return the names of the clauses that are read otherwise, or are gone."""
        mine = self.protocol.actions[original.name]
        if mine.ensures is not original.ensures:
            raise ValueError(f"{self.protocol.name}: {original.name} has another effect than in {self.protocol.refines}")
        return [name for name, clause in original.requires.items() if mine.requires.get(name) is not clause]

    def evidence(self, original: Action, clause: str) -> Iterator[Obligation]:
        """Yield that a clause implies the one that it stands for, each way in which it can hold one way there."""
        name = f"{original.name}.{clause}"
        hypotheses = self.induction.hypotheses(self.protocol.evidence.get(name, ()))
        for which, here, there in _ways(self.mine(name), original.requires[clause]):
            assertions = hypotheses | {name: self.read(here), "goal": ~self.read(there)}
            yield self.induction.step("evidence", f"{name}{which}", "evidence", assertions)

    def delivered(self, original: Action, clause: str) -> Iterator[Obligation]:
        """Yield that a clause met by honest nodes alone is seen to be met, each way in which it can be."""
        assert self.protocol.mirrored is not None
        name = f"{original.name}.{clause}"
        hypotheses = self.quiescence.hypotheses(self.protocol.mirrored, self.protocol.delivery.get(name, ()), original.parameters)
        for which, there, here in _ways(self.helpless(original.requires[clause]), self.helpless(self.mine(name))):
            goal = self.read(self._here(original, implies(there, here)))
            yield self.induction.step("delivered", f"{name}{which}", "progress", hypotheses | {"goal": ~goal})

    def done(self, original: Action) -> Obligation:
        """Return that an action that is done here is done there: its clauses are seen, so it has been taken."""
        mine = self.protocol.actions[original.name]
        seen = {f"delivered.{clause}": self.seen(original, clause) for clause in self.changed(original)}
        here = implies(self.helpless(mine.guard), effects(mine))
        there = implies(self.helpless(original.guard), effects(original))
        assertions = {**seen, f"done.{original.name}": here, "goal": Not(there)}
        return self.induction.step("delivered", original.name, "progress", {name: self.read(part) for name, part in assertions.items()})

    def _here(self, original: Action, formula: Formula) -> Formula:
        """Return a formula about an action's parameters for those that the mirrored property fixes."""
        assert self.protocol.mirrored is not None
        fixed = self.protocol.mirrored.fixed
        return substituted(formula, {id(own): fixed[own.name] for own in original.parameters if own.name in fixed})

    def helpless(self, formula: Formula) -> Formula:
        """Return a formula without Byzantine help."""
        return helpless(formula, self.protocol.byzantine)

    def seen(self, original: Action, clause: str) -> Formula:
        """Return that a clause of the refined protocol, met by honest nodes alone, is met as it is read here."""
        return implies(self.helpless(original.requires[clause]), self.helpless(self.mine(f"{original.name}.{clause}")))

    def mine(self, name: str) -> Formula:
        """Return a clause as it is read here; one that is gone asks for nothing."""
        action, clause = name.split(".")
        return self.protocol.actions[action].requires.get(clause, TRUE)


def _ways(premise: Formula, conclusion: Formula) -> list[tuple[str, Formula, Formula]]:
    """Return the parts of two disjunctions side by side, numbered, or the formulas as they are.

    That each part implies the one beside it is more than that the whole implies the whole.
    """
    if isinstance(premise, Or) and isinstance(conclusion, Or) and len(premise.parts) == len(conclusion.parts):
        pairs = zip(premise.parts, conclusion.parts, strict=True)
        return [(f"[{number}]", part, other) for number, (part, other) in enumerate(pairs, start=1)]
    return [("", premise, conclusion)]
