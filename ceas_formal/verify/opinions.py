"""What several answers to one obligation say together: solvers that contradict each other, and verdicts that depend on the seed."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ceas_formal.verify.obligation import Result

Answers = dict[str, dict[str, list[int]]]


def answers(results: Sequence[Result]) -> dict[str, Answers]:
    """Return, for each obligation, solver and verdict, the seeds."""
    found: dict[str, Answers] = {}
    for result in results:
        verdicts = found.setdefault(result.obligation.name, {}).setdefault(result.solver, {})
        verdicts.setdefault(result.verdict, []).append(result.seed)
    return found


def disagreements(results: Sequence[Result]) -> dict[str, Answers]:
    """Return the obligations that are both ``sat`` and ``unsat``: one of these answers is wrong."""
    return {
        name: given
        for name, given in answers(results).items()
        if {"sat", "unsat"} <= {verdict for verdicts in given.values() for verdict in verdicts}
    }


def unstable(results: Sequence[Result]) -> dict[str, Answers]:
    """Return the obligations to which some solver gives different verdicts with different seeds."""
    return {name: given for name, given in answers(results).items() if any(len(verdicts) > 1 for verdicts in given.values())}


def told(given: Answers) -> str:
    """Return who says what.

    Examples
    --------
    >>> told({"z3": {"unsat": [0, 1]}, "cvc5": {"sat": [0], "unknown": [1]}})
    'z3 says unsat (seeds 0, 1), cvc5 says sat (seed 0) and unknown (seed 1)'
    """

    def seeds(numbers: list[int]) -> str:
        return f"seed{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"

    return ", ".join(
        f"{solver} says " + " and ".join(f"{verdict} ({seeds(numbers)})" for verdict, numbers in verdicts.items())
        for solver, verdicts in given.items()
    )


def spread(results: Sequence[Result]) -> dict[str, tuple[float, float]]:
    """Return, for each solver, the median and the largest of its seconds for all obligations with one seed."""
    found = {}
    for solver in dict.fromkeys(result.solver for result in results):
        own = [result for result in results if result.solver == solver]
        totals = [sum(result.seconds for result in own if result.seed == seed) for seed in {result.seed for result in own}]
        found[solver] = median(totals), max(totals)
    return found
