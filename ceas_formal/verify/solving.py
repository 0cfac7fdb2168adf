"""Running a solver: named options, a seed, a time limit, and an answer that is never rounded up.

Both solvers read the same SMT-LIB text. Quantifiers are instantiated from models only (no e-matching), which decides the fragment of
:mod:`ceas_formal.verify.fragment` and keeps the time independent of the seed.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import time
from dataclasses import dataclass
from typing import Any

from ceas_formal.errors import BadInput

SOLVERS = ("z3", "cvc5")
Z3_OPTIONS = {"mbqi": True, "ematching": False}
UNINTERRUPTED = {"ctrl_c": False}
"""Z3 must not turn an interrupt into an answer: it ends the program instead."""
CVC5_OPTIONS = {"finite-model-find": "true"}
NO_CVC5 = "cvc5 is not installed: pip install 'ceas-formal[cvc5]'"


@dataclass(frozen=True)
class Answer:
    """What a solver said of a script.

    Parameters
    ----------
    status : {"sat", "unsat", "unknown"}
        Its answer; a time-out is ``unknown``.
    seconds : float
        Time inside the solver, parsing excluded.
    """

    status: str
    seconds: float


def ask(script: str, *, solver: str = "z3", seed: int = 0, timeout: float = 20.0) -> Answer:
    """Return the answer of a solver to an SMT-LIB script.

    Parameters
    ----------
    script : str
        One script with one ``(check-sat)`` at its end.
    solver : {"z3", "cvc5"}
        cvc5 comes with the extra of that name.
    seed : int
        The solver's random seed.
    timeout : float
        Seconds.

    Raises
    ------
    BadInput
        If the solver is not installed or not known.

    Examples
    --------
    >>> ask("(declare-const p Bool) (assert (and p (not p))) (check-sat)").status
    'unsat'
    """
    if solver == "z3":
        return _ask_z3(script, seed, timeout)
    if solver == "cvc5":
        return _ask_cvc5(script, seed, timeout)
    raise BadInput("--solver", f"one of {', '.join(SOLVERS)} or both; got {solver!r}")


def milliseconds(timeout: float) -> int:
    """Return a time limit in milliseconds, at least one: both solvers read 0 as no limit."""
    return max(1, int(timeout * 1000))


def _ask_z3(script: str, seed: int, timeout: float) -> Answer:
    import z3

    context = z3.Context()
    solver = z3.Solver(ctx=context)
    options = Z3_OPTIONS if "(forall" in script or "(exists" in script else {}
    for name, value in {**options, **UNINTERRUPTED, "random_seed": seed, "timeout": milliseconds(timeout)}.items():
        solver.set(name, value)
    solver.from_string(script)
    start = time.perf_counter()
    status = solver.check()
    return Answer(str(status), time.perf_counter() - start)


def _ask_cvc5(script: str, seed: int, timeout: float) -> Answer:
    _, status, seconds = run_cvc5(script, seed, timeout)
    return Answer(status, seconds)


def run_cvc5(script: str, seed: int, timeout: float, **options: str) -> tuple[Any, str, float]:
    """Run a script in a fresh cvc5 with some more options, and return the ``cvc5.Solver``, its answer, and the seconds it took."""
    try:
        import cvc5
    except ImportError:
        raise BadInput("--solver", f"z3, as {NO_CVC5}") from None
    solver = cvc5.Solver(cvc5.TermManager())
    quantified = CVC5_OPTIONS if "(forall" in script or "(exists" in script else {}
    for name, value in {**quantified, "seed": str(seed), "tlimit-per": str(milliseconds(timeout)), **options}.items():
        solver.setOption(name, value)
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "obligation")
    status, seconds = "unknown", 0.0
    while not (command := parser.nextCommand()).isNull():
        start = time.perf_counter()
        answer = str(command.invoke(solver, parser.getSymbolManager())).strip()
        if command.getCommandName() == "check-sat":
            status, seconds = answer, time.perf_counter() - start
    return solver, status if status in ("sat", "unsat") else "unknown", seconds


def versions() -> dict[str, str | None]:
    """Return the version of each solver, None where it is not installed; imports none of them."""
    found: dict[str, str | None] = {}
    for solver, package in {"z3": "z3-solver", "cvc5": "cvc5"}.items():
        installed = importlib.util.find_spec(solver) is not None
        found[solver] = importlib.metadata.version(package) if installed else None
    return found
