"""One hypothesis, weakened: what holds instead, what it costs, and the smallest sizes with a Byzantine node that show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.counting import Instance, Tuple
from ceas_formal.spec.protocol import Protocol

Numbers = dict[str, int]


@dataclass(frozen=True)
class Weakening:
    """One hypothesis, weakened.

    Parameters
    ----------
    name : str
        What ``ceas break NAME`` takes.
    hypothesis : str
        What holds in the real protocol.
    instead : str
        What holds in the weakened one.
    violates : str
        The safety or progress property that no longer holds.
    protocol : Protocol
        The weakened protocol.
    instance : Instance
        The smallest sizes with a Byzantine node that show it.
    layers : int
        So many rounds of simultaneous steps are searched.
    setting : mapping
        Relations of the setting that are given; leaders rotate in any case.
    at : callable, optional
        Given N, f and a, the numbers that show it there, or None if these sizes withstand it. None where no numbers are involved.
    real : Protocol
        The protocol that is weakened.
    """

    name: str
    hypothesis: str
    instead: str
    violates: str
    protocol: Protocol
    instance: Instance
    layers: int
    setting: Mapping[str, set[Tuple]] = field(default_factory=dict)
    at: Callable[[int, int, int], Numbers | None] | None = None
    real: Protocol = field(default_factory=lambda: checkpoint)

    @property
    def given(self) -> dict[str, set[Tuple]]:
        """The given part of the setting, with leaders, if there are any, that rotate: node v mod N leads view v."""
        if "leads" not in self.protocol.relations:
            return dict(self.setting)
        leaders: set[Tuple] = {(view % self.instance.nodes, view) for view in range(self.instance.sorts["View"])}
        return {"leads": leaders, **self.setting}


def disjoint_honest_parts(size: int, nodes: int, faults: int) -> Numbers | None:
    """Return two quorums of `size` whose common nodes can all be Byzantine, or None if every two share an honest node.

    Examples
    --------
    >>> disjoint_honest_parts(31, 50, 15)
    {'quorum': 31, 'first_from': 0, 'first_to': 30, 'second_from': 19, 'second_to': 49, 'common': 12, 'faults': 15}
    >>> disjoint_honest_parts(33, 50, 15) is None
    True
    """
    common = max(0, 2 * size - nodes)
    if common > faults or size > nodes:
        return None
    if size < 1:
        return {"quorum": 0, "common": 0, "faults": faults}
    ends = {"first_from": 0, "first_to": size - 1, "second_from": nodes - size, "second_to": nodes - 1}
    return {"quorum": size, **ends, "common": common, "faults": faults}
