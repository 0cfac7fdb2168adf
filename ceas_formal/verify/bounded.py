"""Reading (b): finite Boolean formulas, searched for a run of the protocol that ends in a given state.

One Boolean for each tuple of each relation. Time is cut into layers: in one layer every honest node takes at most one action, all on
the state before it. In the checkpoint protocol such steps can be put in any order, as no step of one node makes another's guard
false; the run that comes out is replayed step by step on the counting reading, which has the last word.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3

from ceas_formal.spec.counting import Counting, Instance, Reports, Tuple
from ceas_formal.spec.declarations import Progress
from ceas_formal.spec.language import And, AtMost, Atom, Enough, Equal, Every, Formula, Not, Or, Relation, Some, Sort
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.rewriting import free_variables
from ceas_formal.verify.solving import milliseconds

Boolean = Any  # a z3 Boolean, or True or False where a constant settles it
Assignment = Mapping[int, int]

OPTIONS = {"cardinality.solver": False, "phase": "always_false"}


@dataclass
class Grounding:
    """Formulas over finite sorts as Boolean formulas over the tuples of a state.

    Parameters
    ----------
    protocol, instance
        What is read, at which sizes.
    fixed : mapping
        Relations that are given; the others are left to the solver.
    ghosts : bool
        Whether formulas may mention relations that only the proof sees.
    context : z3.Context, optional
        Where the Booleans live; a search takes a fresh one, so that it does not depend on what ran before.
    """

    protocol: Protocol
    instance: Instance
    fixed: Mapping[str, set[Tuple]] = field(default_factory=dict)
    ghosts: bool = True
    context: z3.Context | None = None
    _memory: dict[tuple[Any, ...], Boolean] = field(default_factory=dict, repr=False)
    _free: dict[int, tuple[Formula, tuple[int, ...]]] = field(default_factory=dict, repr=False)

    def range(self, sort: type[Sort]) -> range:
        """Return the elements of a sort."""
        return range(self.instance.nodes if sort is self.protocol.node else self.instance.sorts[sort.__name__])

    def tuples(self, relation: Relation) -> Iterator[Tuple]:
        """Yield every tuple that the relation could hold."""
        return itertools.product(*(self.range(sort) for sort in relation.sorts))

    def variable(self, relation: Relation, row: Tuple) -> Boolean:
        """Return the Boolean of one tuple."""
        if relation.name in self.fixed:
            return row in self.fixed[relation.name]
        if relation.ghost and not self.ghosts:
            raise ValueError(f"{relation.name} is a ghost: no search can end in a condition on it")
        return z3.Bool(_name((relation.name, row)), self.context)

    def read(self, formula: Formula, values: Assignment, reports: Reports = Reports.HELPFUL) -> Boolean:
        """Return the formula with its free variables at `values`."""
        if id(formula) not in self._free:
            # The formula is kept beside its variables, so that its identity stays taken.
            self._free[id(formula)] = formula, tuple(free_variables(formula))
        key = (id(formula), reports, *(values[variable] for variable in self._free[id(formula)][1]))
        if key not in self._memory:
            self._memory[key] = self._read(formula, values, reports)
        return self._memory[key]

    def _read(self, formula: Formula, values: Assignment, reports: Reports) -> Boolean:
        match formula:
            case Atom(relation, arguments):
                return self.variable(relation, tuple(values[id(argument)] for argument in arguments))
            case Equal(left, right):
                return values[id(left)] == values[id(right)]
            case AtMost(left, right):
                return values[id(left)] <= values[id(right)]
            case Not(body):
                return negation(self.read(body, values, reports))
            case And(parts):
                return conjunction(self.read(part, values, reports) for part in parts)
            case Or(parts):
                return disjunction(self.read(part, values, reports) for part in parts)
            case Every(variables, body):
                return conjunction(self.read(body, case, reports) for case in self.cases(variables, values))
            case Some(variables, body):
                return disjunction(self.read(body, case, reports) for case in self.cases(variables, values))
            case Enough(threshold, variable, body, honest):
                size = self.instance
                wanted = self.protocol.thresholds[threshold.name].count(size.nodes, size.faults, size.false_accepts)
                told = [
                    self._report(self.read(body, case, reports), case[id(variable)], Reports.SILENT if honest else reports)
                    for case in self.cases((variable,), values)
                ]
                return at_least(wanted, told)
        raise TypeError(f"not a formula of the language: {formula!r}")

    def _report(self, told: Boolean, node: int, reports: Reports) -> Boolean:
        byzantine = self.variable(self.protocol.byzantine, (node,))
        if reports is Reports.HELPFUL:
            return disjunction((byzantine, told))
        return conjunction((negation(byzantine), told)) if reports is Reports.SILENT else told

    def cases(self, variables: Sequence[Sort], values: Assignment = {}) -> Iterator[dict[int, int]]:  # noqa: B006
        """Yield `values` extended by every choice for the variables."""
        for chosen in itertools.product(*(self.range(type(variable)) for variable in variables)):
            yield {**values, **{id(variable): value for variable, value in zip(variables, chosen, strict=True)}}

    def assumptions(self) -> Iterator[Boolean]:
        """Yield that the bounded sets are within their limits."""
        for bound in self.protocol.bounds.values():
            limit = bound.limit.at(self.instance.parameters)
            for values in self.cases(bound.parameters):
                inside = [negation(self.read(bound.body, case)) for case in self.cases((bound.counted,), values)]
                yield at_least(self.instance.nodes - limit, inside)


def negation(value: Boolean) -> Boolean:
    """Return ¬value, folding constants."""
    return not value if isinstance(value, bool) else z3.Not(value)


def conjunction(values: Iterable[Boolean]) -> Boolean:
    """Return the conjunction, folding constants and looking no further than the first that is false."""
    parts = []
    for value in values:
        if value is False:
            return False
        if value is not True:
            parts.append(value)
    return True if not parts else parts[0] if len(parts) == 1 else z3.And(parts)


def disjunction(values: Iterable[Boolean]) -> Boolean:
    """Return the disjunction, folding constants and looking no further than the first that is true."""
    parts = []
    for value in values:
        if value is True:
            return True
        if value is not False:
            parts.append(value)
    return False if not parts else parts[0] if len(parts) == 1 else z3.Or(parts)


def at_least(wanted: int, values: Sequence[Boolean]) -> Boolean:
    """Return that at least `wanted` of the values are true, folding constants."""
    open_values = [value for value in values if not isinstance(value, bool)]
    missing = wanted - sum(value is True for value in values)
    if missing <= 0:
        return True
    return False if missing > len(open_values) else z3.AtLeast(*open_values, missing)


@dataclass
class Run:
    """A run found by the search: the setting, and the steps in order, with the values of choices left open as found."""

    setting: dict[str, set[Tuple]]
    steps: list[tuple[str, Tuple]]


Goal = Callable[[Grounding], Boolean]


def search(
    protocol: Protocol, instance: Instance, goal: Goal, layers: int, fixed: Mapping[str, set[Tuple]], seed: int = 0,
    timeout: float = 600.0,
) -> Run | None:  # fmt: skip
    """Return a run of at most `layers` layers that ends in a state with `goal`, or None if there is none.

    Where steps of one layer stand in each other's way, so that what was found is no run, the search is repeated with one step a layer.

    Parameters
    ----------
    goal : callable
        Gives the wanted condition of the last state.
    fixed : mapping
        Relations of the setting that are given.
    seed : int
        The solver's random seed.
    timeout : float
        Seconds for the solver.

    Raises
    ------
    GaveUp
        If the time is up.
    """
    found = _search(protocol, instance, goal, layers, fixed, seed, timeout, together=True)
    if found is None or _in_order(found, Counting(protocol, instance)):
        return found
    return _search(protocol, instance, goal, layers * instance.nodes, fixed, seed, timeout, together=False)


class GaveUp(Exception):
    """The solver found neither a run nor that there is none."""


def _in_order(found: Run, reading: Counting) -> bool:
    state = reading.initial(found.setting)
    for action, offered in found.steps:
        arguments = reading.choose(state, action, offered)
        if arguments is None:
            return False
        reading.step(state, action, arguments)
    return True


def _search(
    protocol: Protocol, instance: Instance, goal: Goal, layers: int, fixed: Mapping[str, set[Tuple]], seed: int, timeout: float,
    *, together: bool,
) -> Run | None:  # fmt: skip
    context = z3.Context()
    ground = Grounding(protocol, instance, fixed, ghosts=False, context=context)
    rows = {
        (relation.name, row): ground.variable(relation, row)
        for relation in protocol.relations.values()
        if not relation.rigid and not relation.ghost  # no guard reads a ghost
        for row in ground.tuples(relation)
    }
    fires, step = _one_layer(ground, rows, together)
    state = [{key: z3.Bool(f"{_name(key)}@{layer}", context) for key in rows} for layer in range(layers + 1)]
    taken = [{key: z3.Bool(f"{_name(key)}!{layer}", context) for key in fires} for layer in range(layers)]
    solver = z3.SolverFor("QF_FD", ctx=context)
    for option, value in {**OPTIONS, "random_seed": seed, "timeout": milliseconds(timeout)}.items():
        solver.set(option, value)
    solver.add(*ground.assumptions(), *(z3.Not(variable) for variable in state[0].values()))
    step_variables = [*rows.values(), *fires.values(), *(z3.Bool(f"{_name(key)}'", context) for key in rows)]
    for before, actions, then in zip(state, taken, state[1:], strict=False):
        solver.add(z3.substitute(step, *zip(step_variables, [*before.values(), *actions.values(), *then.values()], strict=True)))
    wanted = goal(ground)
    solver.add(wanted if isinstance(wanted, bool) else z3.substitute(wanted, *zip(rows.values(), state[-1].values(), strict=True)))
    answer = solver.check()
    if answer == z3.unknown:
        raise GaveUp(solver.reason_unknown())
    if answer == z3.unsat:
        return None
    model = solver.model()

    def true(variable: Boolean) -> bool:
        return variable if isinstance(variable, bool) else z3.is_true(model[variable])

    setting = {
        relation.name: {row for row in ground.tuples(relation) if true(ground.variable(relation, row))}
        for relation in protocol.relations.values()
        if relation.rigid
    }
    return Run(setting, [key for actions in taken for key, variable in actions.items() if true(variable)])


def _name(key: tuple[str, Tuple]) -> str:
    return f"{key[0]}({','.join(map(str, key[1]))})"


def _one_layer(
    ground: Grounding, rows: Mapping[tuple[str, Tuple], Boolean], together: bool
) -> tuple[dict[tuple[str, Tuple], Boolean], Boolean]:
    """Return the Booleans "this action is taken", without open choices, and what one layer does to the state."""
    fires: dict[tuple[str, Tuple], Boolean] = {}
    claims: list[Boolean] = []
    causes: dict[tuple[str, Tuple], list[Boolean]] = {key: [] for key in rows}
    turns: dict[int, list[Boolean]] = {}
    for action in ground.protocol.actions.values():
        offered = [parameter for parameter in action.parameters if parameter.name not in action.choices]
        chosen = tuple(parameter for parameter in action.parameters if parameter.name in action.choices)
        guard = Some(chosen, action.guard) if chosen else action.guard
        for values in ground.cases(offered):
            allowed = ground.read(guard, values)
            if allowed is False:
                continue
            row = tuple(values[id(parameter)] for parameter in offered)
            fire = fires[action.name, row] = z3.Bool(f"{_name((action.name, row))}!", ground.context)
            claims.append(z3.Implies(fire, allowed))
            turns.setdefault(row[0] if together else 0, []).append(fire)
            for insertion in action.ensures:
                for case in ground.cases(insertion.variables, values):
                    added = insertion.relation.name, tuple(case[id(argument)] for argument in insertion.arguments)
                    if added in causes:
                        causes[added].append(conjunction((fire, ground.read(insertion.condition, case))))
    claims += [z3.AtMost(*turn, 1) for turn in turns.values()]
    for key, variable in rows.items():
        claims.append(z3.Bool(f"{_name(key)}'", ground.context) == disjunction([variable, *causes[key]]))
    return fires, z3.And(claims)


def false_property(name: str) -> Goal:
    """Return the goal that a property is false."""
    return lambda ground: negation(ground.read(ground.protocol.properties[name].formula, {}))


def true_property(name: str) -> Goal:
    """Return the goal that a property, such as a witness, is true."""
    return lambda ground: ground.read(ground.protocol.properties[name].formula, {})


def ended(name: str) -> Goal:
    """Return the goal that a progress property has come to its end, at the last element of each parameter's sort."""

    def goal(ground: Grounding) -> Boolean:
        wanted = ground.protocol.progress[name]
        values = {id(parameter): ground.range(type(parameter))[-1] for parameter in wanted.parameters}
        return conjunction((ground.read(wanted.premise, values), *_nothing_left(ground, wanted, values)))

    return goal


def _nothing_left(ground: Grounding, wanted: Progress, values: Assignment) -> Iterator[Boolean]:
    if wanted.goal is None:
        accepted = ground.protocol.acceptance(wanted)
        yield negation(ground.read(accepted, values, Reports.SILENT))
        return
    yield negation(ground.read(wanted.goal, values))
    for action in ground.protocol.actions.values():
        for case in ground.cases(action.parameters) if action.fair else ():
            done = conjunction(
                disjunction(
                    (negation(ground.read(insertion.condition, row)), ground.read(Atom(insertion.relation, insertion.arguments), row))
                )
                for insertion in action.ensures
                if not insertion.relation.ghost
                for row in ground.cases(insertion.variables, case)
            )
            yield disjunction((negation(ground.read(action.guard, case, Reports.SILENT)), done))
