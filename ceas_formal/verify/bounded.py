"""Reading (b): finite Boolean formulas, searched for a run of the protocol that ends in a given state.

One Boolean for each tuple of each relation. Time is cut into layers: in one layer every honest node takes at most one action, all on
the state before it. In the checkpoint protocol such steps can be put in any order, as no step of one node makes another's guard
false; the run that comes out is replayed step by step on the counting reading, which has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import z3

from ceas_formal.spec.counting import Counting, Instance, Reports, Tuple
from ceas_formal.spec.language import Atom, Some
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.grounding import Assignment, Boolean, Grounding, conjunction, disjunction, negation, tuple_name
from ceas_formal.verify.solving import UNINTERRUPTED, milliseconds

OPTIONS = {"cardinality.solver": False, "phase": "always_false"}


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
    state = [{key: z3.Bool(f"{tuple_name(key)}@{layer}", context) for key in rows} for layer in range(layers + 1)]
    taken = [{key: z3.Bool(f"{tuple_name(key)}!{layer}", context) for key in fires} for layer in range(layers)]
    solver = z3.SolverFor("QF_FD", ctx=context)
    for option, value in {**OPTIONS, **UNINTERRUPTED, "random_seed": seed, "timeout": milliseconds(timeout)}.items():
        solver.set(option, value)
    solver.add(*ground.assumptions(), *(z3.Not(variable) for variable in state[0].values()))
    step_variables = [*rows.values(), *fires.values(), *(z3.Bool(f"{tuple_name(key)}'", context) for key in rows)]
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
            fire = fires[action.name, row] = z3.Bool(f"{tuple_name((action.name, row))}!", ground.context)
            claims.append(z3.Implies(fire, allowed))
            turns.setdefault(row[0] if together else 0, []).append(fire)
            for insertion in (made for made in action.ensures if not made.relation.ghost):
                for case in ground.cases(insertion.variables, values):
                    added = insertion.relation.name, tuple(case[id(argument)] for argument in insertion.arguments)
                    causes[added].append(conjunction((fire, ground.read(insertion.condition, case))))
    claims += [z3.AtMost(*turn, 1) for turn in turns.values()]
    for key, variable in rows.items():
        claims.append(z3.Bool(f"{tuple_name(key)}'", ground.context) == disjunction([variable, *causes[key]]))
    return fires, z3.And(claims)


def false_property(name: str) -> Goal:
    """Return the goal that a property is false."""
    return lambda ground: negation(ground.read(ground.protocol.properties[name].formula, {}))


def true_property(name: str) -> Goal:
    """Return the goal that a property, such as a witness, is true."""
    return lambda ground: ground.read(ground.protocol.properties[name].formula, {})


def ended(name: str) -> Goal:
    """Return the goal that a progress property has come to its end: nothing is left to be done, and its goal is missed.

    It is looked for at the last element of its last parameter's sort.
    """
    return lambda ground: disjunction(
        conjunction((*_due(ground, name, values), negation(_reached(ground, name, values)), *_all_done(ground, name)))
        for values in _parameters(ground, name)
    )


def completed(name: str) -> Goal:
    """Return the goal that a progress property is due, nothing is left to be done, and its goal is reached."""
    return lambda ground: disjunction(
        conjunction((*_due(ground, name, values), _reached(ground, name, values), *_all_done(ground, name)))
        for values in _parameters(ground, name)
    )


def _parameters(ground: Grounding, name: str) -> Iterator[dict[int, int]]:
    (*others, last) = ground.protocol.progress[name].parameters
    for values in ground.cases(others):
        yield {**values, id(last): ground.range(type(last))[-1]}


def _due(ground: Grounding, name: str, values: Assignment) -> Iterator[Boolean]:
    wanted = ground.protocol.progress[name]
    yield ground.read(wanted.premise, values)
    yield disjunction(
        conjunction(ground.read(grant, case) for grant in wanted.granted.values()) for case in ground.cases(wanted.witnesses, values)
    )


def _reached(ground: Grounding, name: str, values: Assignment) -> Boolean:
    wanted = ground.protocol.progress[name]
    return ground.read(wanted.goal if wanted.goal is not None else ground.protocol.acceptance(wanted), values, Reports.SILENT)


def _all_done(ground: Grounding, name: str) -> Iterator[Boolean]:
    """Yield that no fair action is possible without Byzantine help and changes something; acceptance does not wait for that."""
    for action in ground.protocol.actions.values() if ground.protocol.progress[name].goal is not None else ():
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
