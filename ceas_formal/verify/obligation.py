"""Something to be shown, by name, with the answer that is expected of a solver.

``unsat`` is expected of a negated theorem, ``sat`` of what must be possible: axioms that have a model, hypotheses that are
needed. An obligation with an unexpected answer, or none, fails.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from ceas_formal.spec.language import Formula
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.fragment import cycle
from ceas_formal.verify.smtlib import script
from ceas_formal.verify.solving import SOLVERS, Answer, ask

Assertions = Mapping[str, Formula] | str


@dataclass(frozen=True)
class Obligation:
    """Something to be shown.

    Parameters
    ----------
    name : str
        ``theorem/what``, stable.
    theorem : str
        What it contributes to.
    expected : {"unsat", "sat"}
        The answer that confirms it.
    assertions : mapping of str to Formula, or str
        Named first-order formulas, or a finished arithmetic script.
    scope : str
        For which sizes it speaks.
    others : tuple
        Further assertions; the obligation is ``sat`` if any of them is.
    text_fragment : str
        The decidable fragment of a finished script.
    """

    name: str
    theorem: str
    expected: str
    assertions: Assertions
    scope: str = "all N"
    others: tuple[Assertions, ...] = ()
    text_fragment: str = "linear integer arithmetic"

    def scripts(self, seed: int = 0) -> list[str]:
        """Return the SMT-LIB texts; a seed other than 0 also shuffles the order of the assertions."""
        return [self._script(assertions, seed) for assertions in (self.assertions, *self.others)]

    def _script(self, assertions: Assertions, seed: int) -> str:
        if isinstance(assertions, str):
            return assertions
        order = list(assertions)
        if seed:
            random.Random(seed).shuffle(order)
        return script({name: assertions[name] for name in order}, f"{self.name}: expected {self.expected}")

    @property
    def solvers(self) -> tuple[str, ...]:
        """The solvers that can answer it."""
        return SOLVERS

    def answer(self, solver: str, seed: int, timeout: float) -> Answer:
        """Return the solver's answer: ``sat`` if any script is, ``unknown`` rather than ``unsat`` if one is left open."""
        seconds, statuses = 0.0, set()
        for text in self.scripts(seed):
            answer = ask(text, solver=solver, seed=seed, timeout=timeout)
            seconds += answer.seconds
            statuses.add(answer.status)
            if answer.status == "sat":
                break
        return Answer(next(status for status in ("sat", "unknown", "unsat") if status in statuses), seconds)

    @property
    def fragment(self) -> str:
        """The decidable fragment it lies in, or the cycle of sorts that keeps it out."""
        if isinstance(self.assertions, str):
            return self.text_fragment
        cycles = (cycle(one.values()) for one in (self.assertions, *self.others) if not isinstance(one, str))
        found = next(filter(None, cycles), None)
        return f"undecided: {' → '.join(found)}" if found else "stratified EPR"


@dataclass(frozen=True)
class Result:
    """The outcome of one obligation, solver and seed."""

    obligation: Obligation
    verdict: str
    solver: str
    seed: int
    seconds: float

    @property
    def as_expected(self) -> bool:
        """Whether the answer confirms the obligation."""
        return self.verdict == self.obligation.expected


def check(obligation: Obligation, *, solver: str = "z3", seed: int = 0, timeout: float = 20.0) -> Result:
    """Put one obligation to one solver.

    Raises
    ------
    ValueError
        If that solver cannot answer it.
    """
    if solver not in obligation.solvers:
        raise ValueError(f"{obligation.name} is answered by {', '.join(obligation.solvers)} only")
    answer = obligation.answer(solver, seed, timeout)
    return Result(obligation, answer.status, solver, seed, answer.seconds)


def scope(protocol: Protocol) -> str:
    """Return for which sizes a first-order obligation of a protocol speaks."""
    sorts = {sort.__name__.lower() for relation in protocol.relations.values() for sort in relation.sorts if sort is not protocol.node}
    return f"all N, {', '.join(f'{sort}s' for sort in sorted(sorts))}"


def prefix(protocol: Protocol) -> str:
    """Return what the names of a protocol's obligations begin with: nothing for the checkpoint protocol itself."""
    return "" if protocol.name == "checkpoint" else f"{protocol.name}."
