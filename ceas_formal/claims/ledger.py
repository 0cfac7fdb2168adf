"""The ledger: one row per statement of the papers, each with the function that judges it.

A row without a judge is `open`. Judges return a :class:`Verdict`, never a bare word: the evidence is data that a reader can recompute.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

VERDICTS = ("proved", "refuted", "checked", "reproduced", "not-reproduced", "assumed", "open", "unknown")


@dataclass(frozen=True)
class Verdict:
    """What a judge found.

    Parameters
    ----------
    verdict : str
        One of `VERDICTS`. ``unknown`` is a solver that gave up; it is never a proof.
    method : str
        How the verdict was reached, in a few words.
    scope : str
        For which parameters it holds.
    evidence : dict
        Witness, bound, interval or obligation names: JSON-ready, rationals as strings such as ``"3/4"``.
    assumptions : tuple of str
        What the verdict rests on beyond the paper's own definitions.
    """

    verdict: str
    method: str
    scope: str = "all parameters"
    evidence: dict[str, Any] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"verdict {self.verdict!r} is none of {', '.join(VERDICTS)}")


@dataclass(frozen=True)
class Claim:
    """A row of the ledger: its stable id, its place in the paper, the statement, the verdict expected, and its judge."""

    id: str
    paper: str
    statement: str
    expected: str
    judge: Callable[[], Verdict] | None = None
    explanation: str = ""


LEDGER: dict[str, Claim] = {}


def claim(id: str, paper: str, statement: str, *, expected: str) -> Callable[[Callable[[], Verdict]], Callable[[], Verdict]]:
    """Register the decorated function as the judge of row `id`; its docstring is the explanation that ``ceas explain`` prints."""

    def register(judge: Callable[[], Verdict]) -> Callable[[], Verdict]:
        _enter(Claim(id, paper, statement, expected, judge, inspect.cleandoc(judge.__doc__ or "")))
        return judge

    return register


def unjudged(id: str, paper: str, statement: str) -> None:
    """Enter row `id` as open: a statement nobody has judged here yet."""
    _enter(Claim(id, paper, statement, "open"))


def _enter(row: Claim) -> None:
    if row.id in LEDGER:
        raise ValueError(f"claim {row.id} is entered twice")
    LEDGER[row.id] = row
