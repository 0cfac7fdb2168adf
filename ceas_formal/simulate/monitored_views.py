"""Who may want and enter a view in one epoch of a run: the clauses of :mod:`ceas_formal.spec.synchroniser`, on received VIEWs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from ceas_formal.spec.timing import least_timeout

Refusal = tuple[str, str]
"""A clause, as ``action.clause``, and a sentence that says how it is violated."""


class MonitoredViews:
    """The views of the members of one epoch.

    Parameters
    ----------
    quorum, blocking : int
        q and f+1 of the active set.
    delay : int
        Δ, in ticks.

    Examples
    --------
    >>> views = MonitoredViews(quorum=3, blocking=2, delay=10)
    >>> list(views.enter(0, 0, time=5)), [clause for clause, _ in views.enter(0, 1, time=6)]
    ([], ['enter.wanted'])
    """

    def __init__(self, quorum: int, blocking: int, delay: int) -> None:
        self.quorum, self.blocking, self.lasts = quorum, blocking, least_timeout(Fraction(delay))
        self.heard: dict[int, dict[int, int]] = defaultdict(dict)  # the highest VIEW of each sender, by receiver
        self.wants: dict[int, int] = defaultdict(int)  # nobody has to say that it wants the first view
        self.inside: dict[int, int] = {}
        self.since: dict[int, int] = {}

    def hear(self, node: int, sender: int, view: int) -> None:
        """Take in that a VIEW of a member has arrived; it counts for all lower views."""
        heard = self.heard[node]
        heard[sender] = max(view, heard.get(sender, 0))

    def forget(self, node: int) -> None:
        """Take in that a node has lost what it received."""
        self.heard.pop(node, None)

    def wanting(self, node: int, view: int) -> int:
        """Return of how many members the node has heard that they want this view or a higher one."""
        return sum(wanted >= view for wanted in self.heard[node].values()) if node in self.heard else 0

    def want(self, node: int, view: int, time: int) -> Iterator[Refusal]:
        """Let a node say VIEW; yield what forbids it: neither do f+1 members want the view, nor has the node's timer run out before it."""
        if view <= self.wants[node]:
            return
        if (told := self.wanting(node, view)) < self.blocking:
            yield from self._expire(node, view, time, f"{told} of the {self.blocking} VIEWs needed have arrived")
        self.wants[node] = view

    def _expire(self, node: int, view: int, time: int, told: str) -> Iterator[Refusal]:
        inside = self.inside.get(node, -1)
        if inside != view - 1:
            where = f"in view {inside}" if inside >= 0 else "in no view yet"
            yield "amplify.told", f"{told}; and the node is {where}, so its own timer cannot tell it to want view {view}"
        elif (ran := time - self.since[node]) < self.lasts:
            yield "timing.least_timeout", f"{told}; and the node's timer has run for {ran} of the {self.lasts} ticks that a view lasts"

    def enter(self, node: int, view: int, time: int) -> Iterator[Refusal]:
        """Let a node enter a view; yield what forbids it: it is not the first, and no quorum wants it."""
        if view > 0 and (wanted := self.wanting(node, view)) < self.quorum:
            yield "enter.wanted", f"{wanted} of the {self.quorum} VIEWs needed have arrived"
        self.inside[node], self.since[node] = view, time
