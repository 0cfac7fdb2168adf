"""First-order assertions over finite sorts: their vocabulary, their models, their reading as Boolean formulas or as truth values."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ceas_formal.spec.counting import Tuple
from ceas_formal.spec.language import And, AtMost, Atom, Equal, Every, Formula, Not, Or, Some, Sort
from ceas_formal.spec.rewriting import free_variables, parts_of
from ceas_formal.verify.grounding import Assignment, Boolean, conjunction, disjunction, negation
from ceas_formal.verify.smtlib import order_name, with_names

Sorts = dict[str, type[Sort]]


@dataclass(frozen=True)
class Countermodel:
    """A finite model of the assertions of an obligation.

    Parameters
    ----------
    sorts : dict
        The sorts, by name.
    sizes : dict
        The number of elements of each sort; they are 0, 1, 2, …
    signature : dict
        The sorts of each relation, and of the order on a sort unless that is the order of the numbers.
    holds : dict
        The tuples of each of these.
    variables : dict
        The element of each free variable, and of each variable for which the goal is false, by name: its sort and number.
    smallest : bool
        Whether no model with at most as many elements in each sort has fewer elements, or fewer tuples on these elements.
    """

    sorts: Sorts
    sizes: dict[str, int]
    signature: dict[str, tuple[str, ...]]
    holds: dict[str, set[Tuple]]
    variables: dict[str, tuple[str, int]]
    smallest: bool


class TimeUp(Exception):
    """The time for the search is over."""


class Problem:
    """The assertions, with the outermost variables of the goal as constants beside the free ones."""

    def __init__(self, assertions: Mapping[str, Formula]) -> None:
        outermost: tuple[Sort, ...] = ()
        formulas = dict(assertions)
        match formulas.get("goal"):
            case Not(Every(variables, body)):
                outermost, formulas["goal"] = variables, Not(body)
            case Some(variables, body):
                outermost, formulas["goal"] = variables, body
        self.constants = {key: variable for formula in formulas.values() for key, variable in free_variables(formula).items()}
        self.constants |= {id(variable): variable for variable in outermost}
        self.names = with_names(self.constants.values(), {})
        self.formulas = list(formulas.values())
        parts = [part for formula in assertions.values() for part in parts_of(formula)]
        relations = {part.relation.name: part.relation.sorts for part in parts if isinstance(part, Atom)}
        self.ordered = {type(part.left).__name__ for part in parts if isinstance(part, AtMost)}
        bound = (variable for part in parts if isinstance(part, (Every, Some)) for variable in part.variables)
        mentioned = itertools.chain(*relations.values(), map(type, bound), map(type, self.constants.values()))
        self.sorts: Sorts = {sort.__name__: sort for sort in sorted(mentioned, key=lambda sort: sort.__name__)}
        self.signature = {name: tuple(sort.__name__ for sort in sorts) for name, sorts in relations.items()}
        self.signature |= {order_name(self.sorts[name]): (name, name) for name in self.ordered}
        linear = all(f"{name}.linear" in assertions for name in self.ordered)
        # A finite linear order is that of the numbers; where no hypothesis says that it is linear, it may be any relation.
        self.readings_of_orders = (True,) if linear else (True, False)


@dataclass
class Reader:
    """Formulas over finite sorts, given what each tuple and the presence of each element is: a Boolean, or a truth value."""

    size: Callable[[str], int]
    row: Callable[[str, Tuple], Boolean]
    present: Callable[[str, int], Boolean]
    deadline: float = float("inf")
    _memory: dict[tuple[int, ...], Boolean] = field(default_factory=dict)
    _free: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def read(self, formula: Formula, values: Assignment) -> Boolean:
        """Return the formula with its free variables at `values`."""
        if id(formula) not in self._free:
            self._free[id(formula)] = tuple(free_variables(formula))
        key = (id(formula), *(values[variable] for variable in self._free[id(formula)]))
        if key not in self._memory:
            if time.monotonic() > self.deadline:
                raise TimeUp
            self._memory[key] = self._read(formula, values)
        return self._memory[key]

    def _read(self, formula: Formula, values: Assignment) -> Boolean:
        match formula:
            case Atom(relation, arguments):
                return self.row(relation.name, tuple(values[id(argument)] for argument in arguments))
            case AtMost(left, right):
                return self.row(order_name(type(left)), (values[id(left)], values[id(right)]))
            case Equal(left, right):
                return values[id(left)] == values[id(right)]
            case Not(body):
                return negation(self.read(body, values))
            case And(parts):
                return conjunction(self.read(part, values) for part in parts)
            case Or(parts):
                return disjunction(self.read(part, values) for part in parts)
            case Every(variables, body):
                cases = self.cases(variables, values)
                return conjunction(disjunction((negation(self.there(variables, case)), self.read(body, case))) for case in cases)
            case Some(variables, body):
                cases = self.cases(variables, values)
                return disjunction(conjunction((self.there(variables, case), self.read(body, case))) for case in cases)
        raise TypeError(f"not a first-order formula: {formula!r}")

    def there(self, variables: Iterable[Sort], values: Assignment) -> Boolean:
        """Return that the elements of these variables are present."""
        return conjunction(self.present(type(variable).__name__, values[id(variable)]) for variable in variables)

    def cases(self, variables: Sequence[Sort], values: Assignment) -> Iterator[Assignment]:
        """Yield `values` extended by every choice for the variables."""
        for chosen in itertools.product(*(range(self.size(type(variable).__name__)) for variable in variables)):
            yield {**values, **{id(variable): value for variable, value in zip(variables, chosen, strict=True)}}


def holds(model: Countermodel, assertions: Mapping[str, Formula], problem: Problem | None = None) -> bool:
    """Return whether all assertions are true in the model, by evaluating them."""
    problem = problem or Problem(assertions)
    values = {key: model.variables[name][1] for key, name in problem.names.items()}
    reader = Reader(
        model.sizes.__getitem__,
        lambda name, row: row in model.holds[name] if name in model.holds else row[0] <= row[1],
        lambda sort, index: index < model.sizes[sort],
    )
    return all(reader.read(formula, values) is True for formula in problem.formulas)
