"""The baselines behind the protocol of CEAS+, in the columns where it decides: tags, stamps and pairs are no merit of a rule.

With tags checked a message falsified on the wire is refused with the chance `CAUGHT`. With stamps witnessed nobody claims a better one than
it has. With pairs reserved every honest message is served, so exhaustion leaves the tactic alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ceas_formal.simulate.experiment.plus.arena import Arena
from ceas_formal.simulate.experiment.plus.columns import COLUMNS
from ceas_formal.simulate.experiment.plus.rows import Job
from ceas_formal.simulate.experiment.plus.study import OURS, RULES, jobs, section_iv
from ceas_formal.simulate.experiment.plus.table import summary
from ceas_formal.simulate.experiment.rules import Batch, Robust, Rule, Seen, Step

BLOCK = "same_protocol"
PROTOCOL_COLUMNS = tuple(name for name, column in COLUMNS.items() if column.tampered or column.stamps or column.exhaustion)


@dataclass
class Protected:
    """A rule that is given what CEAS+ is given: tags are checked, stamps witnessed, pairs reserved.

    The paper's rules and the plain mean leave out a message that does not arrive by themselves. A rule of the literature aggregates the
    messages that arrive, and counts each refused one as one of its f faults: of n - m messages at most f - m are then Byzantine. It reads
    no stamps.

    Parameters
    ----------
    rule : Rule
        A new one.
    """

    rule: Rule
    checks_tags: bool = True
    reserves_pairs: bool = True
    witnesses_stamps: bool = True
    name: str = ""

    def __post_init__(self) -> None:
        self.name = self.name or self.rule.name

    def begin(self, batch: Batch) -> None:
        """Start new runs."""
        self.rule.begin(batch)
        self._faults = batch.experiment.byzantine

    def step(self, seen: Seen) -> Step:
        """Return the answer to the messages that arrived; where none did, the model stays."""
        if not isinstance(self.rule, Robust):
            return self.rule.step(seen)
        return Step(np.array([self._aggregate(*run) for run in zip(seen.messages, seen.served, seen.previous, strict=True)]))

    def _aggregate(self, messages: Any, served: Any, previous: Any) -> Any:
        from ceas_formal.learning.aggregation import RULES as AGGREGATES

        assert isinstance(self.rule, Robust)
        refused = int((~served).sum())
        return AGGREGATES[self.rule.rule](messages[served], faults=max(self._faults - refused, 0)) if served.any() else previous


def protected(rule: Callable[[], Rule]) -> Protected:
    """Return a new rule behind the protocol."""
    return Protected(rule())


def same_protocol_jobs(columns: Sequence[str], seeds: Sequence[int], rounds: int) -> Iterator[Job]:
    """Yield the runs of all other rules behind the protocol, in those columns where it matters; CEAS+ has it in the table."""
    rules = {name: partial(protected, RULES[name]) for name in RULES if name != OURS}
    chosen = [column for column in columns if column in PROTOCOL_COLUMNS]
    yield from jobs({"block": BLOCK, "drift": False}, rules, chosen, seeds, rounds, arena=lambda batch: Arena(section_iv(), batch))


def same_protocol(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of :func:`~ceas_formal.simulate.experiment.plus.table.summary` with the same protocol for all rules."""
    chosen = [row for row in rows if row["block"] == BLOCK or (row["block"] == "table" and row["rule"] == OURS and not row["drift"])]
    return summary(row for row in chosen if row["column"] in PROTOCOL_COLUMNS)
