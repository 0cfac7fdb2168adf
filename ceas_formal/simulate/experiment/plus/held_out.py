"""Attacks by somebody who knew all of CEAS+, written before any of them was run; no change since answers them.

An absurd message now drives its sender out, so these stay below that length: whoever pushes by a and pays back (k - 1)a once in k rounds
has an unsuspicious place, and in each round only one attacker in k does not push. The fourth needs no such turns: it tries the shared
weight itself.
"""

from __future__ import annotations

import numpy as np

from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.plus.attacks import Sight
from ceas_formal.simulate.experiment.plus.barrier import symmetric_root
from ceas_formal.simulate.experiment.plus.crowds import filtered, uncrowded, weighted_mean
from ceas_formal.simulate.experiment.plus.white_box import ALLOWED, push

LONGEST = 11.5
"""Length of a message that is long, but with the noise about it not absurd [deviations of one honest update]."""
EVERY = 5
"""Rounds in which each attacker pays back once."""
RESTORING = 64 / 0.5
"""Samples of a node by the learning rate: a lasting variance times this is the share of a displacement that training undoes in a round."""
PATIENCE = 50
"""Rounds after which an attacker chooses anew."""
LAYOUTS = 100
"""Tried before one is chosen."""


def sideways(sight: Sight, towards: Floats) -> Floats:
    """Return lasting deviations (b, P) as wide as honest ones, drawn once, but none along `towards` (P,), in lasting deviations."""
    noise = sight.memory.setdefault("noise", sight.random.standard_normal(sight.own.shape))
    one = towards / max(float(np.linalg.norm(towards)), 1e-12)
    return np.asarray((noise - np.outer(noise @ one, one)) @ symmetric_root(np.cov(sight.settled.T)))


def by_turns(sight: Sight, shift: Floats, beside: Floats, length: float) -> Floats:
    """Return updates shifted by `shift` (P,) of the given length; one in `EVERY` pays back as much as the others push meanwhile."""
    turn = (sight.since + np.arange(len(sight.own))) % EVERY == 0
    back = min(EVERY - 1.0, LONGEST / length)
    return sight.hiding(np.where(turn[:, None], -back, 1.0) * shift + beside)


def instalments(sight: Sight) -> Floats:
    """Pushes of 2.8 deviations where it costs most, paid back in turn by messages that the filter drops but nobody finds absurd."""
    return by_turns(sight, push(sight, 2.8), sideways(sight, sight.worst()), 2.8)


def undertow(sight: Sight) -> Floats:
    """As `instalments`, along the axis where shots hide most of what training is slow to undo: a small push adds up for long."""
    values, axes = np.linalg.eigh(np.cov(sight.settled.T))
    before = sight.memory.get("axis", -sight.mean)
    if sight.since % PATIENCE == 0:
        fresh = float((sight.honest - sight.settled).var())
        values = np.maximum(values, 1e-18)
        chosen = int(((1 + fresh / values) * (1 - np.exp(-RESTORING * values * 2 * PATIENCE)) ** 2).argmax())
    else:
        chosen = int(np.abs(before @ axes).argmax())
    axis = axes[:, chosen] * (1.0 if before @ axes[:, chosen] >= 0 else -1.0)
    sight.memory["axis"] = axis
    return by_turns(sight, push(sight, 2.8, axis), sideways(sight, axis), 2.8)


def lever(sight: Sight) -> Floats:
    """Who pays back, how many and how far, is what moves the filtered mean most: messages behind cost honest ones beside them weight."""
    lasting, shots = np.cov(sight.settled.T), (sight.honest - sight.settled).std()
    units = np.linalg.inv(symmetric_root(lasting + (shots**2 + 1e-18) * np.eye(len(lasting))))
    one, beside, count = push(sight, 1.0), sideways(sight, sight.worst()), len(sight.own)
    ledger = sight.memory.setdefault("places", np.zeros(count))
    ahead = np.argsort(np.argsort(-ledger, kind="stable"), kind="stable")
    plans = np.array(
        [
            np.where(ahead < payers, -length * (count - payers) / payers, length)
            for payers in range(1, max(count // 2, 1) + 1)
            for length in np.arange(1.5, 4.01, 0.25)
            if length * (count - payers) <= LONGEST * payers
        ]
    )
    shifts = plans[..., None] * one + beside
    honest = np.broadcast_to(sight.honest - sight.mean, (len(plans), *sight.honest.shape))
    tried = np.concatenate([honest, shifts], axis=1) @ units
    moved = weighted_mean(tried, filtered(tried, np.ones(tried.shape[:2]), ALLOWED)) @ (one @ units)
    best = int(moved.argmax())
    sight.memory["places"] = ledger + plans[best]
    return sight.hiding(shifts[best])


def tailored(sight: Sight) -> Floats:
    """Lasting places, of many drawn those that move the mean most once crowds share weight and the filter has worked on them."""
    lasting, worst, shape = np.cov(sight.settled.T), sight.worst(), sight.own.shape
    root = symmetric_root(lasting)
    if sight.since % PATIENCE == 0:
        length = sight.random.uniform(1.5, 4.0, (LAYOUTS, 1, 1))
        along, across = sight.random.uniform(0.0, 1.0, (LAYOUTS, 1, 1)), sight.random.uniform(0.5, 3.0, (LAYOUTS, 1, 1))
        noise = sight.random.standard_normal((LAYOUTS, *shape))
        part = (noise @ worst)[..., None] * worst
        layouts = length * worst + along * part + across * (noise - part)
        centred = (sight.settled - sight.settled.mean(axis=0)) @ np.linalg.inv(root + 1e-12 * np.eye(len(root)))
        places = np.concatenate([np.broadcast_to(centred, (LAYOUTS, *centred.shape)), layouts], axis=1)
        everybody = np.ones(places.shape[:2], dtype=bool)
        shares = uncrowded(places, everybody, np.full(LAYOUTS, float(len(centred))), everybody[:, 0], ALLOWED)
        weights = filtered(places, shares, ALLOWED)
        sight.memory["layout"] = layouts[(weighted_mean(places, weights) @ worst).argmax()]
    return sight.hiding(sight.memory["layout"] @ root)
