"""What must be reachable, and what must not be within small sizes: bounded searches on the Boolean reading.

The witnesses keep the proof from being vacuous: states that properties speak of (``reached``), and states in which a progress property is
due, everything is done, and its goal is reached (``possible``). That progress never ends (``bounded``) is shown here for small sizes
only; the proof for all N is in :mod:`ceas_formal.verify.quiescence`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ceas_formal.spec.counting import Counting, Instance, Tuple
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.bounded import GaveUp, Goal, Run, completed, ended, search, true_property
from ceas_formal.verify.obligation import Obligation, prefix
from ceas_formal.verify.solving import Answer


@dataclass(frozen=True, kw_only=True)
class Reachable(Obligation):
    """A state that must be reachable, or must not be, at one size and depth; answered by Z3's Boolean solver only."""

    protocol: Protocol
    instance: Instance
    layers: int

    @property
    def solvers(self) -> tuple[str, ...]:
        """Z3 alone."""
        return ("z3",)

    def answer(self, solver: str, seed: int, timeout: float) -> Answer:
        """Search once."""
        start = time.perf_counter()
        kind, name = self.name.removeprefix(prefix(self.protocol)).split("/")
        goal: Goal = {"reached": true_property, "possible": completed, "bounded": ended}[kind](name)
        try:
            run = search(self.protocol, self.instance, goal, self.layers, rotating(self.protocol, self.instance), seed, timeout)
        except GaveUp:
            return Answer("unknown", time.perf_counter() - start)
        status = "unsat" if run is None else "sat" if self._confirmed(run, kind, name) else "unknown"
        return Answer(status, time.perf_counter() - start)

    def _confirmed(self, run: Run, kind: str, name: str) -> bool:
        """Return whether the run, taken step by step on the counting reading, ends where it should."""
        reading = Counting(self.protocol, self.instance)
        state = reading.initial(run.setting)
        for action, offered in run.steps:
            if (arguments := reading.choose(state, action, offered)) is None:
                return False
            reading.step(state, action, arguments)
        if kind == "reached":
            return reading.predicate(self.protocol.properties[name].formula)(state)
        return reading.completed(state, name) if kind == "possible" else reading.fails(state, name)

    @property
    def fragment(self) -> str:
        """Finite Boolean formulas are decidable."""
        return "finite, Boolean"


def rotating(protocol: Protocol, instance: Instance) -> dict[str, set[Tuple]]:
    """Return, where views have leaders, that node v mod N leads view v."""
    if "leads" not in protocol.relations:
        return {}
    return {"leads": {(view % instance.nodes, view) for view in range(instance.sorts["View"])}}


CASES: dict[str, list[tuple[str, str, int, dict[str, int], int]]] = {
    "checkpoint": [
        ("reached/a_decision_in_the_first_view", "sat", 4, {"View": 1, "Value": 1, "Payload": 1}, 7),
        ("reached/a_decision_in_the_second_view", "sat", 4, {"View": 2, "Value": 1, "Payload": 1}, 8),
        ("reached/a_locked_value_is_decided_later", "sat", 4, {"View": 2, "Value": 2, "Payload": 1}, 12),
        ("possible/a_good_view_decides", "sat", 4, {"View": 1, "Value": 2, "Payload": 1}, 8),
        ("bounded/a_good_view_decides", "unsat", 4, {"View": 2, "Value": 2, "Payload": 1}, 12),
        ("bounded/some_value_is_acceptable", "unsat", 4, {"View": 2, "Value": 2, "Payload": 1}, 12),
    ],
    "messages": [
        ("reached/a_decision_from_messages", "sat", 4, {"View": 1, "Value": 1, "Payload": 0}, 16),
        ("reached/two_proposals_of_one_leader", "sat", 3, {"View": 1, "Value": 2, "Payload": 0}, 6),
        ("reached/two_reports_of_one_node", "sat", 3, {"View": 1, "Value": 1, "Payload": 0}, 3),
    ],
    "synchroniser": [
        ("reached/the_second_view_is_entered", "sat", 4, {"View": 2}, 4),
        ("possible/nobody_is_left_behind", "sat", 4, {"View": 2}, 5),
        ("possible/views_go_on", "sat", 4, {"View": 2}, 5),
        ("bounded/nobody_is_left_behind", "unsat", 4, {"View": 2}, 5),
        ("bounded/views_go_on", "unsat", 4, {"View": 2}, 5),
    ],
    "epochs": [
        ("reached/a_decision_under_a_new_active_set", "sat", 5, {"Epoch": 2, "Value": 2}, 6),
        ("possible/every_epoch_is_decided_by_all", "sat", 4, {"Epoch": 1, "Value": 2}, 6),
        ("bounded/every_epoch_is_decided_by_all", "unsat", 4, {"Epoch": 1, "Value": 2}, 6),
    ],
}
"""For each protocol what is searched for: the name, the answer expected, N, the sizes of the other sorts, and the number of layers."""


def reachability(protocol: Protocol) -> Iterator[Reachable]:
    """Yield the bounded searches of a protocol, at f = 1."""
    for name, expected, nodes, sorts, layers in CASES[protocol.name]:
        numbers = ", ".join(f"{sort.lower()}s {size}" for sort, size in sorts.items())
        sizes = f"N = {nodes}, f = 1, a = 0; {numbers}, rounds of simultaneous steps {layers}"
        yield Reachable(
            f"{prefix(protocol)}{name}", "reachability", expected, "", sizes,
            protocol=protocol, instance=Instance(nodes, 1, 0, sorts), layers=layers,
        )  # fmt: skip
