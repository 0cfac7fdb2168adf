"""Reading (c): plain Python on a concrete state, where a quorum is a count.

Formulas are compiled to Python expressions, once; ``quorum(φ)`` costs one evaluation of φ per node, so fifty nodes cost fifty
evaluations, not an enumeration of sets. A state maps each relation's name to the set of tuples that it holds; elements of sorts
are 0, 1, 2, …
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ceas_formal.spec.compiling import Compiler, Instance, Reports, State, Tuple, row
from ceas_formal.spec.declarations import Action, Insertion, Progress
from ceas_formal.spec.language import And, Every, Formula, Some, Sort
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.rewriting import relations_in

__all__ = ["Counting", "Instance", "Reports", "State", "Tuple"]


@dataclass
class Counting:
    """A protocol at concrete sizes: guards, effects and properties as Python functions of a state.

    Parameters
    ----------
    protocol : Protocol
        What is read.
    instance : Instance
        The sizes.

    Examples
    --------
    >>> from ceas_formal.spec.checkpoint import checkpoint
    >>> four = Counting(checkpoint, Instance(4, 1, 0, {"View": 2, "Value": 2, "Payload": 1}))
    >>> state = four.initial({"byzantine": {(3,)}, "leads": {(0, 0), (1, 1)}, "well_formed": {(0,), (1,)}})
    >>> four.refusals(state, "vote1", (0, 0, 0, 0))
    ['vote1.proposed']
    >>> four.step(state, "propose", (0, 0, 0, 0))
    >>> four.refusals(state, "vote1", (0, 0, 0, 0))
    []
    """

    protocol: Protocol
    instance: Instance
    _compiled: dict[tuple[Any, ...], tuple[Formula, Callable[..., Any]]] = field(default_factory=dict, repr=False)
    _acceptances: dict[str, Formula] = field(default_factory=dict, repr=False)

    # ------------------------------------------------------------------ formulas

    def size(self, sort: type[Sort]) -> int:
        """Return the number of elements of a sort."""
        return Compiler(self.protocol, self.instance, Reports.RECORDED).size(sort)

    def predicate(self, formula: Formula, parameters: tuple[Sort, ...] = (), reports: Reports = Reports.HELPFUL) -> Callable[..., bool]:
        """Return a function of a state and values of `parameters`, compiled once for each formula."""
        key = (id(formula), reports, *map(id, parameters))
        if key not in self._compiled:
            compiler = Compiler(self.protocol, self.instance, reports)
            names = {id(parameter): f"{parameter.name}{index}" for index, parameter in enumerate(parameters)}
            relations = relations_in(formula) | {self.protocol.byzantine.name}
            # The formula is kept beside its function, so that its identity stays taken.
            self._compiled[key] = formula, compiler.function(compiler.expression(formula, names), names.values(), relations)
        return self._compiled[key][1]

    # ------------------------------------------------------------------ actions

    def initial(self, setting: Mapping[str, set[Tuple]]) -> State:
        """Return the first state: the rigid relations as given, all others empty."""
        return {name: set(setting.get(name, ())) if relation.rigid else set() for name, relation in self.protocol.relations.items()}

    def refusals(self, state: State, action: str, arguments: Tuple, reports: Reports = Reports.HELPFUL) -> list[str]:
        """Return the clauses, as ``action.clause``, that forbid this step in this state."""
        taken = self.protocol.actions[action]
        if self.predicate(taken.guard, taken.parameters, reports)(state, *arguments):
            return []
        return [
            f"{action}.{name}"
            for name, clause in taken.requires.items()
            if not self.predicate(clause, taken.parameters, reports)(state, *arguments)
        ]

    def added(self, state: State, action: str, arguments: Tuple) -> dict[str, set[Tuple]]:
        """Return the tuples that the step adds, by relation, without those already there."""
        taken = self.protocol.actions[action]
        new: dict[str, set[Tuple]] = {}
        for insertion in taken.ensures:
            tuples = self._inserts(insertion, taken)(state, *arguments) - state[insertion.relation.name]
            new.setdefault(insertion.relation.name, set()).update(tuples)
        return new

    def _inserts(self, insertion: Insertion, action: Action) -> Callable[..., set[Tuple]]:
        key = (id(insertion), Reports.RECORDED)
        if key not in self._compiled:
            compiler = Compiler(self.protocol, self.instance, Reports.RECORDED)
            names = {id(parameter): f"{parameter.name}{index}" for index, parameter in enumerate(action.parameters)}
            inner, loops = compiler.loops(insertion.variables, (), names)
            body = f"{{{row(insertion.arguments, inner)} {loops or 'for _ in (0,)'} if {compiler.expression(insertion.condition, inner)}}}"
            relations = relations_in(insertion.condition)
            self._compiled[key] = insertion.condition, compiler.function(body, names.values(), relations)
        return self._compiled[key][1]

    def step(self, state: State, action: str, arguments: Tuple) -> None:
        """Apply the step to the state, in place, whether or not it is allowed."""
        for relation, tuples in self.added(state, action, arguments).items():
            state[relation] |= tuples

    def possible(self, state: State, action: str, reports: Reports) -> Iterator[Tuple]:
        """Yield the arguments with which the action is allowed and changes something."""
        taken = self.protocol.actions[action]
        for arguments in itertools.product(*(range(self.size(type(parameter))) for parameter in taken.parameters)):
            if not self.predicate(taken.guard, taken.parameters, reports)(state, *arguments):
                continue
            added = self.added(state, action, arguments).items()
            if any(tuples for name, tuples in added if not self.protocol.relations[name].ghost):
                yield arguments

    def choose(self, state: State, action: str, offered: Tuple) -> Tuple | None:
        """Return `offered` completed by choices with which the action is allowed, or None; complete arguments stay as they are."""
        taken = self.protocol.actions[action]
        missing = taken.parameters[len(offered) :]
        for chosen in itertools.product(*(range(self.size(type(parameter))) for parameter in missing)):
            if self.predicate(taken.guard, taken.parameters)(state, *offered, *chosen):
                return (*offered, *chosen)
        return None

    # ------------------------------------------------------------------ what holds

    def broken_assumptions(self, state: State) -> list[str]:
        """Return the names of the assumptions about the setting that fail: bounds that are exceeded, and admissibility."""
        size, broken = self.instance, []
        if size.nodes < self.protocol.least_nodes(size.faults, size.false_accepts):
            broken.append("admissible")
        for bound in self.protocol.bounds.values():
            holds = self.predicate(bound.body, (*bound.parameters, bound.counted))
            for arguments in itertools.product(*(range(self.size(type(parameter))) for parameter in bound.parameters)):
                if sum(holds(state, *arguments, node) for node in range(size.nodes)) > bound.limit.at(size.parameters):
                    broken.append(bound.name)
                    break
        return broken + self.violated(state, "assumption")

    def violated(self, state: State, *kinds: str) -> list[str]:
        """Return the names of the properties of these kinds that are false in the state."""
        return [claimed.name for claimed in self.protocol.of_kind(*kinds) if not self.predicate(claimed.formula)(state)]

    def fails(self, state: State, name: str) -> bool:
        """Return whether a property or progress property of that name is violated in the state."""
        if name in self.protocol.progress:
            return self._ended(state, self.protocol.progress[name])
        return not self.predicate(self.protocol.properties[name].formula)(state)

    def counterexample(self, state: State, name: str) -> dict[str, int]:
        """Return values of the variables of a property, or progress property, with which it is false in the state; empty if it holds."""
        if name in self.protocol.progress:
            variables: tuple[Sort, ...] = self.protocol.progress[name].parameters
            false = self._comes_to_an_end(self.protocol.progress[name])
        else:
            formula = self.protocol.properties[name].formula
            variables, body = (formula.variables, formula.body) if isinstance(formula, Every) else ((), formula)
            holds = self.predicate(body, variables)
            false = lambda state, *values: not holds(state, *values)  # noqa: E731
        for values in itertools.product(*(range(self.size(type(variable))) for variable in variables)):
            if false(state, *values):
                return {variable.name: value for variable, value in zip(variables, values, strict=True)}
        return {}

    def ended(self, state: State) -> list[str]:
        """Return the names of the progress properties that the state violates."""
        return [wanted.name for wanted in self.protocol.progress.values() if self._ended(state, wanted)]

    def completed(self, state: State, name: str) -> bool:
        """Return whether a progress property is due for some parameters, nothing is left to be done, and its goal is reached."""
        wanted = self.protocol.progress[name]
        if wanted.goal is None or self._something_is_possible(state):
            return False
        reached, due = self.predicate(wanted.goal, wanted.parameters), self._is_due(wanted)
        elements = itertools.product(*(range(self.size(type(parameter))) for parameter in wanted.parameters))
        return any(due(state, *arguments) and reached(state, *arguments) for arguments in elements)

    def _something_is_possible(self, state: State) -> bool:
        fair = (action.name for action in self.protocol.actions.values() if action.fair)
        return any(next(self.possible(state, name, Reports.SILENT), None) is not None for name in fair)

    def _ended(self, state: State, wanted: Progress) -> bool:
        elements = itertools.product(*(range(self.size(type(parameter))) for parameter in wanted.parameters))
        return any(self._comes_to_an_end(wanted)(state, *arguments) for arguments in elements)

    def _comes_to_an_end(self, wanted: Progress) -> Callable[..., bool]:
        due = self._is_due(wanted)
        return lambda state, *arguments: due(state, *arguments) and not self._continues(state, wanted, arguments)

    def _is_due(self, wanted: Progress) -> Callable[..., bool]:
        """Return a function of a state and parameters: the premise holds, and what is granted."""
        granted: Formula = And(tuple(wanted.granted.values()))
        due = And((wanted.premise, Some(wanted.witnesses, granted) if wanted.witnesses else granted))
        # The formula built first is kept, so that it is compiled once.
        return self.predicate(self._acceptances.setdefault(f"{wanted.name} is due", due), wanted.parameters)

    def _continues(self, state: State, wanted: Progress, arguments: Tuple) -> bool:
        if wanted.goal is not None:
            if self.predicate(wanted.goal, wanted.parameters)(state, *arguments):
                return True
            return self._something_is_possible(state)
        accepted = self._acceptances.setdefault(wanted.name, self.protocol.acceptance(wanted))
        return self.predicate(accepted, wanted.parameters, Reports.SILENT)(state, *arguments)
