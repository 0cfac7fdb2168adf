"""What must be reachable, and what must not be within small sizes: bounded searches on the Boolean reading.

The witnesses keep the proof from being vacuous. That progress never ends is shown here for small sizes only; it is not a proof for all N.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ceas_formal.spec.counting import Instance, Tuple
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.bounded import GaveUp, Goal, ended, search, true_property
from ceas_formal.verify.obligations import Obligation
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
        name = self.name.split("/")[1]
        goal: Goal = ended(name) if name in self.protocol.progress else true_property(name)
        leaders: set[Tuple] = {(view % self.instance.nodes, view) for view in range(self.instance.sorts["View"])}
        try:
            run = search(self.protocol, self.instance, goal, self.layers, {"leads": leaders}, seed, timeout)
        except GaveUp:
            return Answer("unknown", time.perf_counter() - start)
        return Answer("unsat" if run is None else "sat", time.perf_counter() - start)

    @property
    def fragment(self) -> str:
        """Finite Boolean formulas are decidable."""
        return "finite, Boolean"


def reachability(protocol: Protocol) -> Iterator[Reachable]:
    """Yield the bounded searches of the checkpoint protocol, at N = 4, f = 1."""
    cases = [
        ("reached/a_decision_in_the_first_view", "sat", 1, 1, 1, 7),
        ("reached/a_decision_in_the_second_view", "sat", 2, 1, 1, 8),
        ("reached/a_locked_value_is_decided_later", "sat", 2, 2, 1, 12),
        *((f"bounded/{name}", "unsat", 2, 2, 1, 12) for name in protocol.progress),
    ]
    for name, expected, views, values, payloads, layers in cases:
        sizes = f"N = 4, f = 1, a = 0; views {views}, values {values}, payloads {payloads}, rounds of simultaneous steps {layers}"
        instance = Instance(4, 1, 0, {"View": views, "Value": values, "Payload": payloads})
        yield Reachable(name, "reachability", expected, "", sizes, protocol=protocol, instance=instance, layers=layers)
