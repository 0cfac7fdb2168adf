"""How the arithmetic judges ask Z3: lemmas proved by refuting their negation, and witnesses given as exact numbers.

Two habits keep the answers honest. ``unknown`` stays ``unknown``: it never counts as a proof. And a lemma whose hypotheses cannot hold
together does not count either, since everything follows from them. Judges evaluate every witness again with exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

TIMEOUT_MS = 10_000
OPTIONS: dict[str, int] = {"timeout": TIMEOUT_MS, "random_seed": 0, "ctrl_c": False}
"""Options of every query. They are part of the result: evidence names the logic beside them."""

Model = dict[str, Fraction]


@dataclass(frozen=True)
class Answer:
    """What the solver said.

    Parameters
    ----------
    status : {"unsat", "sat", "unknown"}
        Whether the constraints can hold together.
    model : dict
        Values that satisfy the constraints, by variable name; empty unless ``sat``.
    reason : str
        Why the answer is ``unknown``.
    """

    status: str
    model: Model = field(default_factory=dict)
    reason: str = ""


def ask(constraints: Sequence[Any], logic: str, **options: int) -> Answer:
    """Return whether the constraints can hold together, with exact values if they can.

    Parameters
    ----------
    constraints : sequence of z3.BoolRef
        Over integer and real variables.
    logic : str
        An SMT-LIB logic, such as ``"QF_LIA"``; it selects the decision procedure.
    **options : int
        Overrides of :data:`OPTIONS`.

    Notes
    -----
    A model with an irrational value is reported as ``unknown``, because it cannot be evaluated exactly.
    """
    import z3
    from z3.z3util import get_vars

    solver = z3.SolverFor(logic)
    for name, value in {**OPTIONS, **options}.items():
        solver.set(name, value)
    solver.add(*constraints)
    status = str(solver.check())
    if status == "unknown":
        return Answer(status, reason=str(solver.reason_unknown()))
    if status == "unsat":
        return Answer(status)
    model, values = solver.model(), {}
    for variable in {str(v): v for constraint in constraints for v in get_vars(constraint)}.values():
        value = model.eval(variable, model_completion=True)
        if not (z3.is_int_value(value) or z3.is_rational_value(value)):
            return Answer("unknown", reason=f"{variable} has the irrational value {value}")
        values[str(variable)] = Fraction(str(value))
    return Answer(status, values)


@dataclass(frozen=True)
class Lemma:
    """An implication put to the solver: its negation must be unsatisfiable, its hypotheses satisfiable."""

    name: str
    logic: str
    negation: Answer
    hypotheses: Answer

    @property
    def holds(self) -> bool:
        """Whether the solver refuted the negation and the implication is not vacuous."""
        return self.negation.status == "unsat" and self.hypotheses.status == "sat"

    def report(self) -> dict[str, Any]:
        """Return the lemma as evidence."""
        counterexample = {name: str(value) for name, value in sorted(self.negation.model.items())}
        return {
            "lemma": self.name,
            "logic": self.logic,
            "negation": self.negation.status,
            "hypotheses": self.hypotheses.status,
            **({"counterexample": counterexample} if counterexample else {}),
            **({"reason": self.negation.reason} if self.negation.reason else {}),
        }


def prove(name: str, hypotheses: Sequence[Any], conclusion: Any, logic: str) -> Lemma:
    """Ask whether the hypotheses imply the conclusion, for all values of the free variables.

    Examples
    --------
    >>> import z3
    >>> x = z3.Int("x")
    >>> prove("a double is not 1", [x > 0], 2 * x != 1, "QF_LIA").holds
    True
    >>> prove("vacuous", [x > 0, x < 0], x == 7, "QF_LIA").holds
    False
    """
    import z3

    return Lemma(name, logic, ask([*hypotheses, z3.Not(conclusion)], logic), ask(list(hypotheses), logic))


@dataclass(frozen=True)
class Witness:
    """Numbers found by the solver, and whether they do what they should when evaluated exactly."""

    name: str
    status: str
    values: Model
    confirmed: bool

    def report(self) -> dict[str, Any]:
        """Return the witness as evidence."""
        return {
            "weakened": self.name,
            "solver": self.status,
            "witness": {name: str(value) for name, value in sorted(self.values.items())},
            "confirmed": self.confirmed,
        }


def find(name: str, constraints: Sequence[Any], confirm: Callable[[Model], bool], logic: str) -> Witness:
    """Ask for values that satisfy the constraints, and evaluate `confirm` on them in exact arithmetic.

    Examples
    --------
    >>> import z3
    >>> x = z3.Int("x")
    >>> find("x may be even", [2 < x, x < 5, x % 2 == 0], lambda at: at["x"] / 2 == 2, "QF_LIA").confirmed
    True
    """
    answer = ask(constraints, logic)
    return Witness(name, answer.status, answer.model, answer.status == "sat" and bool(confirm(answer.model)))


def conclude(verdict: str, lemmas: Iterable[Lemma], witnesses: Iterable[Witness] = (), checks: Iterable[bool] = ()) -> str:
    """Return `verdict` if every lemma holds, every witness is confirmed and every exact check is true, else ``unknown``.

    Examples
    --------
    >>> conclude("refuted", [], checks=[1 < 2]), conclude("proved", [], checks=[1 < 2, 2 < 1])
    ('refuted', 'unknown')
    """
    sound = all(lemma.holds for lemma in lemmas) and all(witness.confirmed for witness in witnesses) and all(checks)
    return verdict if sound else "unknown"
