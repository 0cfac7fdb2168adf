"""What breaks the view synchroniser: amplifying what f nodes want, and not amplifying at all."""

from __future__ import annotations

from ceas_formal.spec.checkpoint.setting import Node, View
from ceas_formal.spec.counting import Instance, Tuple
from ceas_formal.spec.language import FALSE, Formula
from ceas_formal.spec.synchroniser import synchroniser
from ceas_formal.spec.weakening import Weakening


def _never(n: Node, view: View) -> Formula:
    """Wait for one's own timer."""
    return FALSE


_VIEWS: dict[str, set[Tuple]] = {"byzantine": {(0,)}, "first": {(0,)}, "follows": {(0, 1)}}
VIEW_WEAKENINGS = [
    Weakening(
        "amplify-f", "a node wants a view that f+1 others want", "f are enough", "nobody_is_rushed",
        synchroniser.resized("blocking", lambda nodes, faults, false_accepts: faults), Instance(4, 1, 0, {"View": 2}), 3, _VIEWS,
        lambda nodes, faults, false_accepts: {"byzantine": faults, "that_want_it": faults} if faults else None, synchroniser,
    ),
    Weakening(
        "no-amplification", "a node wants a view that f+1 others want", "it wants a view only when its own timer runs out",
        "nobody_is_left_behind", synchroniser.replacing("amplify.told", _never), Instance(4, 1, 0, {"View": 3}), 6,
        {"byzantine": {(0,)}, "first": {(0,)}, "follows": {(0, 1), (1, 2)}}, None, synchroniser,
    ),
]  # fmt: skip
