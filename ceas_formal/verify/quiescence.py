"""Why a good state goes on until its goal is reached, for every N: stages of a state in which all fair actions are done.

State only grows, and a fair action is *done* for some parameters if it is not possible without Byzantine help or has nothing to add.
Taken once, it is disabled (``disables``), and it keeps the premise (``stays``). With finitely many nodes, views, values and payloads in
play there are so finitely many fair steps from a premise on, as long as only fair actions happen; and where they end, an action that is not
done would stay possible and never be taken: weak fairness forbids it. So every fair action is done, and there the stages lead to
the goal (``stage``, ``progress``). That such an end can be reached at all is a search (``possible``): what is granted excludes no run
that is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ceas_formal.spec.declarations import Action, Progress, Property, Stage
from ceas_formal.spec.language import And, Atom, Every, Formula, Ordered, Sort, implies
from ceas_formal.spec.rewriting import after, helpless, relations_in, substituted
from ceas_formal.verify.first_order import linear

if TYPE_CHECKING:
    from ceas_formal.verify.obligations import Induction, Obligation


class Quiescence:
    """The proof of the progress properties of a protocol.

    Parameters
    ----------
    induction : Induction
        The proof of its invariants and lemmas, which the stages cite.
    """

    def __init__(self, induction: Induction) -> None:
        self.induction = induction
        self.protocol = induction.protocol
        self.read = induction.reading.read

    def proof(self) -> Iterator[Obligation]:
        """Yield that fair actions disable themselves and keep the premises, the stages, and that they reach the goals."""
        proved = [wanted for wanted in self.protocol.progress.values() if wanted.since]
        for action in self.protocol.actions.values() if proved else ():
            if action.fair:
                yield self.disables(action)
        for wanted in proved:
            for action in self.protocol.actions.values():
                if action.fair and {insertion.relation.name for insertion in action.ensures} & relations_in(wanted.premise):
                    yield self.stays(wanted, action)
            for stage in self.protocol.stages.values():
                if stage.of == wanted.name:
                    hypotheses = self.hypotheses(wanted, stage.since, stage.parameters)
                    yield self.step("stage", stage.name, hypotheses | {"goal": ~self.read(stage.formula)})
            goal = wanted.goal if wanted.goal is not None else helpless(self.protocol.acceptance(wanted), self.protocol.byzantine)
            yield self.step("progress", wanted.name, self.hypotheses(wanted, wanted.since) | {"goal": ~self.read(goal)})

    def step(self, kind: str, name: str, assertions: Mapping[str, Formula]) -> Obligation:
        """Return a step of the proof."""
        return self.induction.step(kind, name, "progress", assertions)

    def disables(self, action: Action) -> Obligation:
        """Return that the action, once taken, is not possible again with the same parameters, whatever is chosen."""
        again = {id(parameter): type(parameter)(parameter.name) for parameter in action.parameters if parameter.name in action.choices}
        goal = after(substituted(self.read(action.guard, relaxed=True), again), action)
        looked_at = relations_in(action.guard)
        spread = (insertion for insertion in action.ensures if insertion.relation.name in looked_at)
        ranges = {type(variable) for insertion in spread for variable in insertion.variables if isinstance(variable, Ordered)}
        orders = {f"{sort.__name__}.linear": linear(sort) for sort in ranges}
        return self.step("disables", action.name, orders | {"goal": goal})

    def stays(self, wanted: Progress, action: Action) -> Obligation:
        """Return that a fair action keeps the premise."""
        premise = self.read(wanted.premise)
        return self.step("stays", f"{wanted.name}/{action.name}", {"premise": premise, "goal": ~after(premise, action)})

    def hypotheses(self, wanted: Progress, names: Iterable[str], parameters: Iterable[Sort] = ()) -> dict[str, Formula]:
        """Return the named hypotheses about the state in which all fair actions are done."""
        at = {parameter.name: parameter for parameter in parameters} | wanted.fixed
        return {name: self._known(wanted, name, at) for name in names if name not in self.protocol.lost}

    def _known(self, wanted: Progress, name: str, at: Mapping[str, Sort]) -> Formula:
        if name == "premise":
            return self.read(wanted.premise)
        if name in wanted.granted:
            return self.read(wanted.granted[name])
        if name.startswith("done."):
            return self.done(self.protocol.actions[name.removeprefix("done.")], at)
        plain = name.removeprefix("here.")
        stated = self.protocol.stages.get(plain) or self.protocol.properties.get(plain)
        if stated is None:
            return self.induction.axioms[name]
        body = self.read(stated.formula) if isinstance(stated, Stage) else self.induction.properties[plain]
        here = name != plain or (isinstance(stated, Property) and stated.pointwise)
        return _instance(stated.parameters, body, at if here else {})

    def done(self, action: Action, at: Mapping[str, Sort]) -> Formula:
        """Return that the action is not possible without Byzantine help, or has nothing to add."""
        return _instance(action.parameters, self.read(implies(helpless(action.guard, self.protocol.byzantine), effects(action))), at)


def effects(action: Action) -> Formula:
    """Return that the action has nothing to add."""
    return And(
        tuple(
            _everywhere(insertion.variables, implies(insertion.condition, Atom(insertion.relation, insertion.arguments)))
            for insertion in action.ensures
            if not insertion.relation.ghost
        )
    )


def _instance(parameters: tuple[Sort, ...], body: Formula, at: Mapping[str, Sort]) -> Formula:
    """Return what the body says of the parameters `at`, by their names, and of all values of the others."""
    fixed = {id(own): at[own.name] for own in parameters if own.name in at and type(own) is type(at[own.name])}
    return _everywhere(tuple(own for own in parameters if id(own) not in fixed), substituted(body, fixed))


def _everywhere(variables: tuple[Sort, ...], formula: Formula) -> Formula:
    return Every(variables, formula) if variables else formula
