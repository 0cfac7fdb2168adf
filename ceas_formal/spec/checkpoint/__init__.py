"""The checkpoint protocol of CEAS: one epoch, all views, four votes, certified facts.

The paper asks for "a quorum of classically signed and quantum-authenticated states" (II.A, II.D). Its adversary is computationally
unbounded (definition 4), so nothing here is signed or hashed: channels are authenticated, contents are compared whole.

A value that some honest node *may* have decided in an earlier view must not be contradicted. A node therefore votes for a proposal
only if a quorum shows that no earlier view can have decided otherwise, or f+1 nodes show that they once found the same value safe.
What is Byzantine is not modelled: such a node reports whatever helps.

How to read it: ``for m in Node`` binds a variable of that sort. Rigid relations are the setting; growing ones are the state, to
which a step only adds; ghosts exist for the proof. ``quorum(φ(m) for m in Node)`` says that q nodes *report* φ: Byzantine nodes report
whatever helps, so it counts them in; ``of_honest`` counts honest nodes alone. A fair action is taken once it is possible.
``choices`` are parameters that the node finds itself. ``since`` names the hypotheses of a proof.

What is not here has a text of its own: how nodes come into a common view (:mod:`ceas_formal.spec.synchroniser`; here a timer may fire at
any time), how the active set changes and DECIDED (:mod:`ceas_formal.spec.epochs`), messages (:mod:`ceas_formal.spec.messages`), and what is
inside a value (:mod:`ceas_formal.spec.value`). Facts other than "this payload is good" are certified alike. Safety does not depend on who
leads.

Read :mod:`.setting`, :mod:`.actions`, :mod:`.safety`, :mod:`.offers` and :mod:`.progress`, in this order.

Notes
-----
The shape follows TetraBFT (Yu, Losa, Wang, PODC 2024) for consensus without signatures in four votes, and Bracha's reliable
broadcast (1987) for certified facts. Claims are direct: f+1 nodes name the very value.
"""

from ceas_formal.spec.checkpoint import offers, progress, safety
from ceas_formal.spec.checkpoint.actions import certify, decide, enter, propose, vote1, vote2, vote3, vote4
from ceas_formal.spec.checkpoint.setting import (
    Node,
    Payload,
    Value,
    View,
    accepts,
    blocking,
    byzantine,
    certifying,
    checkpoint,
    decided,
    entered,
    honest,
    leads,
    left,
    ok,
    proposed,
    quorum,
    tampered,
    unlocked,
    usable,
    uses,
    vote,
    well_formed,
)

__all__ = [
    "Node", "Payload", "Value", "View", "accepts", "blocking", "byzantine", "certify", "certifying", "checkpoint", "decide", "decided",
    "enter", "entered", "honest", "leads", "left", "offers", "ok", "progress", "propose", "proposed", "quorum", "safety", "tampered",
    "unlocked", "usable", "uses", "vote", "vote1", "vote2", "vote3", "vote4", "well_formed",
]  # fmt: skip
