"""What a protocol is made of: bounds, set facts, actions, properties, each with a name that appears in every report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_type_hints

from ceas_formal.spec.language import And, Atom, Enough, Every, Formula, Not, Or, Relation, Some, Sort
from ceas_formal.spec.quantity import Quantity
from ceas_formal.spec.rewriting import parts_of


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
    """Every set as large as `inside` (all nodes, if None) contains, outside the bounded sets, one as large as `threshold`.

    Where thresholds are counted within groups: for every group, or for those that are `given`, which a bound of that name makes large.
    """

    name: str
    threshold: str
    inside: str | None
    outside: tuple[str, ...]
    given: Relation | None = None


@dataclass(frozen=True)
class Step:
    """What an action asks for and what it makes true.

    Parameters
    ----------
    requires : mapping
        Named clauses; a refusal names the clause that is false.
    ensures : list of Formula
        Facts that hold afterwards, and nothing else changes: atoms, or ``every(implies(condition, atom))`` with a condition on the
        state before.
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
    kind : {"assumption", "invariant", "lemma", "safety", "witness"}
        An assumption is about the setting alone; an invariant holds at first and is kept by every action; a lemma follows from its
        hypotheses in one state; a safety property is a lemma that users care about; a witness must be reachable.
    since : tuple of str
        The hypotheses of its proof: names of set facts, order axioms, invariants and lemmas; for an invariant also clauses and
        consequences, as ``action.name``, each for the step of that action.
    pointwise : bool
        Whoever cites it uses it for its own parameters of the same names only, the property itself in its induction included. So an
        existential statement closes no cycle of sorts.
    parameters : tuple of Sort
        The variables that it is stated for.
    purpose : {"safety", "progress"}
        What it is there for.
    """

    name: str
    kind: str
    formula: Formula
    since: tuple[str, ...]
    explanation: str
    pointwise: bool = False
    parameters: tuple[Sort, ...] = ()
    purpose: str = "safety"

    @property
    def body(self) -> Formula:
        """What it says of its parameters, which occur free."""
        return self.formula.body if self.parameters and isinstance(self.formula, (Every, Some)) else self.formula


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
    `granted` names what the proof assumes of such a state beyond the premise, for some value of the `witnesses`; `since` names the
    hypotheses of its last step.
    """

    name: str
    parameters: tuple[Sort, ...]
    premise: Formula
    goal: Formula | None
    quorum_of: str | None
    waived: tuple[str, ...]
    explanation: str
    granted: Mapping[str, Formula] = field(default_factory=dict)
    witnesses: tuple[Sort, ...] = ()
    since: tuple[str, ...] = ()

    @property
    def fixed(self) -> dict[str, Sort]:
        """The variables that mean the same in all stages of the proof, by name."""
        return {variable.name: variable for variable in (*self.parameters, *self.witnesses)}


@dataclass(frozen=True, eq=False)
class Stage:
    """A step of the proof of a progress property: true wherever its premise holds and the fair actions that it cites are done.

    Parameters
    ----------
    of : str
        The progress property, whose parameters occur free.
    parameters : tuple of Sort
        Further variables, for all values of which it holds.
    since : tuple of str
        ``premise``, names of what is granted, ``done.action``, axioms, invariants, lemmas, and stages before it.
    """

    name: str
    of: str
    parameters: tuple[Sort, ...]
    formula: Formula
    since: tuple[str, ...]
    explanation: str


def parameters_of(function: Callable[..., Any]) -> tuple[Sort, ...]:
    """Return one variable for each parameter of a function whose annotations are sorts."""
    hints = get_type_hints(function)
    hints.pop("return", None)
    return tuple(sort(name) for name, sort in hints.items())


def insertion(formula: Formula) -> Insertion:
    """Read a fact that an action ensures: an atom, or ``every(implies(condition, atom))``.

    Raises
    ------
    TypeError
        If the formula is of another form, inserts into the setting, binds a variable that the atom does not have, or has a condition on
        what others report.
    """
    match formula:
        case Atom(relation, arguments):
            read = Insertion(relation, arguments, (), And(()))
        case Every(variables, Atom(relation, arguments)):
            read = Insertion(relation, arguments, variables, And(()))
        case Every(variables, Or((premise, Atom(relation, arguments)))):
            read = Insertion(relation, arguments, variables, premise.body if isinstance(premise, Not) else Not(premise))
        case _:
            raise TypeError("an action ensures atoms, or every(implies(condition, atom))")
    if read.relation.rigid:
        raise TypeError(f"an action cannot change the setting: {read.relation.name} is rigid")
    if unknown := {id(variable) for variable in read.variables} - {id(argument) for argument in read.arguments}:
        raise TypeError(f"{len(unknown)} variables occur in the condition of an insertion but not in what is inserted")
    if any(isinstance(part, Enough) for part in parts_of(read.condition)):
        raise TypeError(f"what is inserted into {read.relation.name} must not depend on what others report")
    return read
