"""A protocol: its setting, its guarded actions, and what is claimed of it, all by name.

A :class:`Protocol` is filled by decorators and then read by others: as counting Python (:mod:`ceas_formal.spec.counting`), as
formulas for a solver (:mod:`ceas_formal.verify`), as text. State only grows: a message once sent stays sent.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, get_type_hints

from ceas_formal.spec.language import And, Atom, Enough, Every, Formula, Not, Or, Relation, Some, Sort, Threshold, abstract
from ceas_formal.spec.quantity import Quantity
from ceas_formal.spec.rewriting import substituted


@dataclass(frozen=True, eq=False)
class Bound:
    """At most `limit` nodes satisfy `body`, for all values of `parameters`: an assumption about the setting."""

    name: str
    limit: Quantity
    parameters: tuple[Sort, ...]
    counted: Sort
    body: Formula


@dataclass(frozen=True)
class Meeting:
    """Sets as large as these thresholds have a common node outside the bounded sets. Proved from the sizes, for all N."""

    name: str
    thresholds: tuple[str, ...]
    outside: tuple[str, ...]


@dataclass(frozen=True)
class Containment:
    """Every set as large as `inside` (all nodes, if None) contains, outside the bounded sets, one as large as `threshold`."""

    name: str
    threshold: str
    inside: str | None
    outside: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """What an action asks for and what it makes true.

    Parameters
    ----------
    requires : mapping
        Named clauses; a refusal names the clause that is false.
    ensures : list of Formula
        Facts that hold afterwards, and nothing else changes: atoms, or ``every(implies(condition, atom))`` with a condition on the
        parameters and the setting alone.
    """

    requires: Mapping[str, Formula]
    ensures: list[Formula]


@dataclass(frozen=True, eq=False)
class Insertion:
    """One way in which an action makes a relation grow: `arguments` enter for all `variables` with `condition`."""

    relation: Relation
    arguments: tuple[Sort, ...]
    variables: tuple[Sort, ...]
    condition: Formula


@dataclass(frozen=True, eq=False)
class Action:
    """A guarded action of one honest node.

    Parameters
    ----------
    choices : tuple of str
        The last parameters, if the node finds them by itself: any values that satisfy the clauses will do.
    fair : bool
        Once the network is stable, a node takes it whenever it is possible. Entering a view is not: a timer decides that.
    """

    name: str
    parameters: tuple[Sort, ...]
    choices: tuple[str, ...]
    requires: Mapping[str, Formula]
    ensures: tuple[Insertion, ...]
    fair: bool
    explanation: str

    @cached_property
    def guard(self) -> Formula:
        """The conjunction of the clauses."""
        return And(tuple(self.requires.values()))


@dataclass(frozen=True, eq=False)
class Property:
    """A named formula about states.

    Parameters
    ----------
    kind : {"invariant", "lemma", "safety", "witness"}
        An invariant holds at first and is kept by every action; a lemma follows from its hypotheses in one state; a safety property is a
        lemma that users care about; a witness must be reachable.
    since : tuple of str
        The hypotheses of its proof: names of set facts, order axioms, invariants and lemmas; for an invariant also clauses and
        consequences, as ``action.name``, each for the step of that action.
    """

    name: str
    kind: str
    formula: Formula
    since: tuple[str, ...]
    explanation: str


@dataclass(frozen=True, eq=False)
class Consequence:
    """What the clauses of an action imply in a state with the invariants: a named step of a proof, ``action.name`` in hypotheses."""

    name: str
    action: str
    formula: Formula
    since: tuple[str, ...]
    explanation: str


@dataclass(frozen=True, eq=False)
class Progress:
    """What must never come to an end: whenever `premise` holds for the parameters, something is still possible without Byzantine help.

    If `goal` is given: no state satisfies the premise, has every fair action done, and misses the goal. If `quorum_of` is given: for
    some value of the other parameters of that action, a quorum of honest nodes satisfies its clauses except the `waived` ones.
    """

    name: str
    parameters: tuple[Sort, ...]
    premise: Formula
    goal: Formula | None
    quorum_of: str | None
    waived: tuple[str, ...]
    explanation: str


@dataclass
class Protocol:
    """A protocol, filled by its own decorators. Weakened copies come from :meth:`without`, :meth:`replacing` and :meth:`resized`."""

    name: str
    node: type[Sort]
    byzantine: Relation
    quorum: str = "quorum"
    relations: dict[str, Relation] = field(default_factory=dict)
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    bounds: dict[str, Bound] = field(default_factory=dict)
    set_facts: dict[str, Meeting | Containment] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    consequences: dict[str, Consequence] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    unused_for_safety: set[str] = field(default_factory=set)
    lost: dict[str, set[str]] = field(default_factory=dict)
    admissible: Callable[[Any, Any, Any], Any] = lambda nodes, faults, false_accepts: nodes > 3 * faults + false_accepts

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
        self.relations[relation.name] = relation
        return relation

    def threshold(self, name: str, size: Callable[[Any, Any, Any], Any]) -> Threshold:
        """Declare a number of nodes, as a function of (N, f, a)."""
        self.thresholds[name] = Threshold(name, size)
        return self.thresholds[name]

    def at_most(self, name: str, limit: Quantity, condition: Generator[Formula, None, None]) -> None:
        """Assume that at most `limit` nodes satisfy the condition; its node variable comes last."""
        (*parameters, counted), body = abstract(condition)
        self.bounds[name] = Bound(name, limit, tuple(parameters), counted, body)

    def meet(self, name: str, *thresholds: Threshold, outside: list[str]) -> None:
        """Declare that sets of these sizes share a node outside the bounded sets."""
        self.set_facts[name] = Meeting(name, tuple(threshold.name for threshold in thresholds), tuple(outside))

    def contain(self, name: str, threshold: Threshold, *, inside: Threshold | None, outside: list[str]) -> None:
        """Declare that a set of size `inside` contains one of size `threshold` outside the bounded sets."""
        self.set_facts[name] = Containment(name, threshold.name, inside.name if inside else None, tuple(outside))

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
            self.actions[action.name] = action
            return action

        return register

    def invariant(self, *, since: list[str]) -> Callable[[Callable[..., Formula]], Property]:
        """Declare an invariant, true for all values of the function's parameters."""
        return self._property("invariant", since)

    def consequence(self, of: Action, *, since: list[str]) -> Callable[[Callable[..., Formula]], Consequence]:
        """Declare what the clauses of an action imply; the function takes some of the action's parameters, by name."""

        def register(function: Callable[..., Formula]) -> Consequence:
            own = {parameter.name: parameter for parameter in of.parameters}
            formula = function(**{parameter.name: own[parameter.name] for parameter in parameters_of(function)})
            name = f"{of.name}.{function.__name__}"
            self.consequences[name] = Consequence(name, of.name, formula, tuple(since), (function.__doc__ or "").strip())
            return self.consequences[name]

        return register

    def lemma(self, *, since: list[str]) -> Callable[[Callable[..., Formula]], Property]:
        """Declare a consequence of invariants in one state."""
        return self._property("lemma", since)

    def safety(self, *, since: list[str]) -> Callable[[Callable[..., Formula]], Property]:
        """Declare a property that must hold in every reachable state."""
        return self._property("safety", since)

    def witness(self) -> Callable[[Callable[..., Formula]], Property]:
        """Declare a state that must be reachable, for some values of the function's parameters."""
        return self._property("witness", [])

    def _property(self, kind: str, since: list[str]) -> Callable[[Callable[..., Formula]], Property]:
        def register(function: Callable[..., Formula]) -> Property:
            parameters = parameters_of(function)
            quantifier = Some if kind == "witness" else Every
            formula = quantifier(parameters, function(*parameters)) if parameters else function()
            self.properties[function.__name__] = Property(function.__name__, kind, formula, tuple(since), (function.__doc__ or "").strip())
            return self.properties[function.__name__]

        return register

    def never_ends(
        self,
        *,
        goal: Callable[..., Formula] | None = None,
        quorum_of: Action | None = None,
        waived: tuple[str, ...] = (),
    ) -> Callable[[Callable[..., Formula]], Progress]:
        """Declare a progress property; the decorated function is its premise."""

        def register(function: Callable[..., Formula]) -> Progress:
            parameters = parameters_of(function)
            wanted = goal(*parameters) if goal else None
            self.progress[function.__name__] = Progress(
                function.__name__, parameters, function(*parameters), wanted, quorum_of.name if quorum_of else None, waived,
                (function.__doc__ or "").strip(),
            )  # fmt: skip
            return self.progress[function.__name__]

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
        lost = {**self.lost, action: self.lost.get(action, set()) | {name}}
        return replace(self, actions={**self.actions, action: replace(self.actions[action], requires=requires)}, lost=lost)

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

    def relimited(self, bound: str, limit: Quantity) -> Protocol:
        """Return a copy that assumes another limit for one bounded set."""
        return replace(self, bounds={**self.bounds, bound: replace(self.bounds[bound], limit=limit)})


def parameters_of(function: Callable[..., Any]) -> tuple[Sort, ...]:
    """Return one variable for each parameter of a function whose annotations are sorts."""
    hints = get_type_hints(function)
    hints.pop("return", None)
    return tuple(sort(name) for name, sort in hints.items())


def insertion(formula: Formula) -> Insertion:
    """Read a fact that an action ensures: an atom, or ``every(implies(condition, atom))``."""
    match formula:
        case Atom(relation, arguments):
            return Insertion(relation, arguments, (), And(()))
        case Every(variables, Atom(relation, arguments)):
            return Insertion(relation, arguments, variables, And(()))
        case Every(variables, Or((premise, Atom(relation, arguments)))):
            return Insertion(relation, arguments, variables, premise.body if isinstance(premise, Not) else Not(premise))
    raise TypeError("an action ensures atoms, or every(implies(condition, atom))")
