"""A protocol: its setting, its guarded actions, and what is claimed of it, all by name.

A :class:`Protocol` is filled by decorators and then read by others: as counting Python (:mod:`ceas_formal.spec.counting`), as
formulas for a solver (:mod:`ceas_formal.verify`), as text. State only grows: a message once sent stays sent.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ceas_formal.spec.declarations import (
    Action,
    Bound,
    Consequence,
    Containment,
    Meeting,
    Progress,
    Property,
    Stage,
    Step,
    insertion,
    parameters_of,
)
from ceas_formal.spec.language import And, Enough, Every, Formula, Relation, Some, Sort, Threshold, abstract
from ceas_formal.spec.quantity import Quantity
from ceas_formal.spec.quorum import least_nodes
from ceas_formal.spec.rewriting import substituted

Entry = TypeVar("Entry")


@dataclass
class Protocol:
    """A protocol, filled by its own decorators. Weakened copies come from :meth:`without`, :meth:`replacing` and :meth:`resized`."""

    name: str
    node: type[Sort]
    byzantine: Relation
    least_nodes: Callable[[Any, Any], Any] = least_nodes
    quorum: str = "quorum"
    relations: dict[str, Relation] = field(default_factory=dict)
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    bounds: dict[str, Bound] = field(default_factory=dict)
    set_facts: dict[str, Meeting | Containment] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    consequences: dict[str, Consequence] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    unused_for_safety: set[str] = field(default_factory=set)
    refines: Protocol | None = None
    evidence: dict[str, tuple[str, ...]] = field(default_factory=dict)
    delivery: dict[str, tuple[str, ...]] = field(default_factory=dict)
    mirrored: Progress | None = None
    lost: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.relations.setdefault(self.byzantine.name, self.byzantine)

    # ------------------------------------------------------------------ the setting

    def rigid(self, name: str, *sorts: type[Sort]) -> Relation:
        """Declare a relation of the setting."""
        return self._relation(Relation(name, sorts, rigid=True))

    def grows(self, name: str, *sorts: type[Sort]) -> Relation:
        """Declare a relation of the state, empty at first."""
        return self._relation(Relation(name, sorts))

    def ghost(self, name: str, *sorts: type[Sort]) -> Relation:
        """Declare a relation that only the proof sees."""
        return self._relation(Relation(name, sorts, ghost=True))

    def _relation(self, relation: Relation) -> Relation:
        return _enter(self.relations, relation.name, relation)

    def threshold(self, name: str, size: Callable[[Any, Any, Any], Any], *, members: Relation | None = None) -> Threshold:
        """Declare a number of nodes, as a function of (N, f, a); counted within the groups of ``members(group, node)``, if given."""
        return _enter(self.thresholds, name, Threshold(name, size, members))

    def at_most(self, name: str, limit: Quantity, condition: Generator[Formula, None, None]) -> None:
        """Assume that at most `limit` nodes satisfy the condition; its node variable comes last."""
        (*parameters, counted), body = abstract(condition)
        _enter(self.bounds, name, Bound(name, limit, tuple(parameters), counted, body))

    def meet(self, name: str, *thresholds: Threshold, outside: list[str]) -> None:
        """Declare that sets of these sizes share a node outside the bounded sets."""
        _enter(self.set_facts, name, Meeting(name, tuple(threshold.name for threshold in thresholds), tuple(outside)))

    def contain(
        self, name: str, threshold: Threshold, *, inside: Threshold | None, outside: list[str], given: Relation | None = None
    ) -> None:
        """Declare that a set of size `inside` contains one of size `threshold` outside the bounded sets, in the groups `given`."""
        _enter(self.set_facts, name, Containment(name, threshold.name, inside.name if inside else None, tuple(outside), given))

    def assumption(self) -> Callable[[Callable[..., Formula]], Property]:
        """Declare what is assumed of the setting, for all values of the function's parameters."""
        return self._property("assumption", [])

    # ------------------------------------------------------------------ actions and claims

    def action(self, *, fair: bool, choices: Sequence[str] = ()) -> Callable[[Callable[..., Step]], Action]:
        """Declare an action: the decorated function's parameters, by their annotations, are the action's."""

        def register(function: Callable[..., Step]) -> Action:
            parameters = parameters_of(function)
            step = function(*parameters)
            if [parameter.name for parameter in parameters][len(parameters) - len(choices) :] != list(choices):
                raise TypeError(f"{function.__name__}: choices are the last parameters")
            ensures = tuple(insertion(formula) for formula in step.ensures)
            action = Action(
                function.__name__, parameters, tuple(choices), dict(step.requires), ensures, fair, (function.__doc__ or "").strip()
            )
            return _enter(self.actions, action.name, action)

        return register

    def at_another_level(self, name: str) -> Protocol:
        """Return a protocol with this one's setting and state, in which its actions are still to be read: see :meth:`reading`."""
        return Protocol(
            name, self.node, self.byzantine, self.least_nodes, self.quorum, dict(self.relations), dict(self.thresholds),
            dict(self.bounds), dict(self.set_facts), refines=self,
            properties={claimed.name: claimed for claimed in self.of_kind("assumption")},
        )  # fmt: skip

    def reading(
        self, action: Action, *, evidence: Mapping[str, Sequence[str]], delivery: Mapping[str, Sequence[str]]
    ) -> Callable[[Callable[..., dict[str, Formula]]], Action]:
        """Declare an action of the protocol that this one refines, with other clauses in place of some.

        Parameters
        ----------
        evidence, delivery : mapping
            For each of these clauses the hypotheses from which it implies the original one, and from which, once all is delivered, the
            original one implies it.
        """

        def register(function: Callable[..., dict[str, Formula]]) -> Action:
            changed = function(*action.parameters)
            if not changed.keys() == set(evidence) == set(delivery) <= action.requires.keys():
                raise KeyError(f"{action.name}: the clauses that change, those with evidence and those with delivery differ")
            self.evidence.update({f"{action.name}.{clause}": tuple(since) for clause, since in evidence.items()})
            self.delivery.update({f"{action.name}.{clause}": tuple(since) for clause, since in delivery.items()})
            explanation = (function.__doc__ or "").strip()
            read = replace(action, requires={**action.requires, **changed}, explanation=explanation)
            return _enter(self.actions, action.name, read)

        return register

    def mirrors(self, progress: Progress) -> None:
        """State that this progress property of the refined protocol holds here too: each fair action that is done here is done there."""
        self.mirrored = progress

    def invariant(
        self, *, since: list[str], pointwise: bool = False, purpose: str = "safety"
    ) -> Callable[[Callable[..., Formula]], Property]:
        """Declare an invariant, true for all values of the function's parameters."""
        return self._property("invariant", since, pointwise, purpose)

    def consequence(self, of: Action, *, since: list[str]) -> Callable[[Callable[..., Formula]], Consequence]:
        """Declare what the clauses of an action imply; the function takes some of the action's parameters, by name."""

        def register(function: Callable[..., Formula]) -> Consequence:
            own = {parameter.name: parameter for parameter in of.parameters}
            formula = function(**{parameter.name: own[parameter.name] for parameter in parameters_of(function)})
            name = f"{of.name}.{function.__name__}"
            return _enter(
                self.consequences, name, Consequence(name, of.name, formula, tuple(since), (function.__doc__ or "").strip())
            )

        return register

    def lemma(
        self, *, since: list[str], pointwise: bool = False, purpose: str = "safety"
    ) -> Callable[[Callable[..., Formula]], Property]:
        """Declare a consequence of invariants in one state."""
        return self._property("lemma", since, pointwise, purpose)

    def safety(self, *, since: list[str]) -> Callable[[Callable[..., Formula]], Property]:
        """Declare a property that must hold in every reachable state."""
        return self._property("safety", since)

    def witness(self) -> Callable[[Callable[..., Formula]], Property]:
        """Declare a state that must be reachable, for some values of the function's parameters."""
        return self._property("witness", [])

    def _property(
        self, kind: str, since: list[str], pointwise: bool = False, purpose: str = "safety"
    ) -> Callable[[Callable[..., Formula]], Property]:
        def register(function: Callable[..., Formula]) -> Property:
            parameters = parameters_of(function)
            quantifier = Some if kind == "witness" else Every
            formula = quantifier(parameters, function(*parameters)) if parameters else function()
            stated = Property(
                function.__name__, kind, formula, tuple(since), (function.__doc__ or "").strip(), pointwise, parameters, purpose
            )
            return _enter(self.properties, stated.name, stated)

        return register

    def never_ends(
        self,
        *,
        goal: Callable[..., Formula] | None = None,
        quorum_of: Action | None = None,
        waived: tuple[str, ...] = (),
        granted: Sequence[Callable[..., Formula]] = (),
        since: Sequence[str] = (),
    ) -> Callable[[Callable[..., Formula]], Progress]:
        """Declare a progress property; the decorated function is its premise, `granted` what its proof assumes besides."""

        def register(function: Callable[..., Formula]) -> Progress:
            parameters = parameters_of(function)
            fixed = {parameter.name: parameter for parameter in parameters}
            for variable in (variable for grant in granted for variable in parameters_of(grant)):
                fixed.setdefault(variable.name, variable)
            assumed = {grant.__name__: grant(**{own.name: fixed[own.name] for own in parameters_of(grant)}) for grant in granted}
            stated = Progress(
                function.__name__, parameters, function(*parameters), goal(*parameters) if goal else None,
                quorum_of.name if quorum_of else None, waived, (function.__doc__ or "").strip(),
                assumed, tuple(fixed.values())[len(parameters) :], tuple(since),
            )  # fmt: skip
            return _enter(self.progress, stated.name, stated)

        return register

    def stage(self, of: Progress, *, since: list[str]) -> Callable[[Callable[..., Formula]], Stage]:
        """Declare a step of the proof of a progress property; parameters with the names of that property's are those."""

        def register(function: Callable[..., Formula]) -> Stage:
            parameters = {parameter.name: of.fixed.get(parameter.name, parameter) for parameter in parameters_of(function)}
            own = tuple(parameter for name, parameter in parameters.items() if name not in of.fixed)
            explanation = (function.__doc__ or "").strip()
            stated = Stage(function.__name__, of.name, own, function(**parameters), tuple(since), explanation)
            return _enter(self.stages, stated.name, stated)

        return register

    def not_for_safety(self, *clauses: str) -> None:
        """Mark clauses, as ``action.clause``, that the safety proof must do without."""
        self.unused_for_safety.update(clauses)

    def of_kind(self, *kinds: str) -> list[Property]:
        """Return the properties of these kinds, in the order of the text."""
        return [claimed for claimed in self.properties.values() if claimed.kind in kinds]

    def acceptance(self, wanted: Progress) -> Formula:
        """Return, for a progress property with `quorum_of`, that for some arguments a quorum could take that action."""
        action = self.actions[str(wanted.quorum_of)]
        clauses = And(tuple(formula for name, formula in action.requires.items() if name not in wanted.waived))
        named = {parameter.name: parameter for parameter in wanted.parameters}
        values = {id(parameter): named[parameter.name] for parameter in action.parameters if parameter.name in named}
        node, *others = (parameter for parameter in action.parameters if parameter.name not in named)
        chosen = tuple(parameter for parameter in others if parameter.name in action.choices)
        offered = tuple(parameter for parameter in others if parameter.name not in action.choices)
        return Some(offered, Enough(self.thresholds[self.quorum], node, Some(chosen, substituted(clauses, values))))

    # ------------------------------------------------------------------ weakened copies

    def without(self, clause: str) -> Protocol:
        """Return a copy whose clause ``"action.clause"`` is gone."""
        action, name = clause.split(".")
        requires = {key: formula for key, formula in self.actions[action].requires.items() if key != name}
        if len(requires) == len(self.actions[action].requires):
            raise KeyError(clause)
        changed = {**self.actions, action: replace(self.actions[action], requires=requires)}
        return replace(self, actions=changed, lost=self.lost | {clause})

    def replacing(self, clause: str, formula: Callable[..., Formula]) -> Protocol:
        """Return a copy whose clause ``"action.clause"`` is ``formula(*parameters)``."""
        action, name = clause.split(".")
        changed = self.actions[action]
        requires = {**changed.requires, name: formula(*changed.parameters)}
        if len(requires) != len(changed.requires):
            raise KeyError(clause)
        return replace(self, actions={**self.actions, action: replace(changed, requires=requires)})

    def resized(self, threshold: str, size: Callable[[Any, Any, Any], Any]) -> Protocol:
        """Return a copy with another size for one threshold."""
        return replace(self, thresholds={**self.thresholds, threshold: replace(self.thresholds[threshold], size=size)})

    def rebounded(self, bound: str, condition: Generator[Formula, None, None]) -> Protocol:
        """Return a copy that bounds another set of nodes by the same limit."""
        (*parameters, counted), body = abstract(condition)
        changed = Bound(bound, self.bounds[bound].limit, tuple(parameters), counted, body)
        return replace(self, bounds={**self.bounds, bound: changed})

    def relimited(self, bound: str, limit: Quantity) -> Protocol:
        """Return a copy that assumes another limit for one bounded set."""
        return replace(self, bounds={**self.bounds, bound: replace(self.bounds[bound], limit=limit)})


def _enter(register: dict[str, Entry], name: str, entry: Entry) -> Entry:
    if name in register:
        raise ValueError(f"{name} is declared twice")
    register[name] = entry
    return entry
