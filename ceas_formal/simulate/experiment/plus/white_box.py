"""Attacks aimed at CEAS+ by somebody who knew its code, written down before any of them was run: some led to what it answers now.

The filter drops a message that is absurdly far away, but its sender's place remembers it. So a node may push in each round as far as the
filter lets it, and once in a while *pay back* by one absurd message to the other side: the model does not see it, and the place returns.
"""

from __future__ import annotations

import numpy as np

from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.plus.attacks import Sight
from ceas_formal.simulate.experiment.plus.barrier import symmetric_root
from ceas_formal.simulate.experiment.plus.crowds import filtered, weighted_mean

FADING = 0.05
"""Share of a place that one round makes."""
ALLOWED = 2.5
"""Variance up to which messages pass."""
WIDTH = 0.7
"""Width of a crowd [lasting honest deviations]."""


def push(sight: Sight, length: float, towards: Floats | None = None) -> Floats:
    """Return a shift (P,) of `length` deviations of one honest update, shots included: `towards` some update, or where it costs most."""
    lasting, shots = np.cov(sight.settled.T), (sight.honest - sight.settled).std()
    way = sight.worst() @ symmetric_root(lasting) if towards is None else towards
    size = float(np.sqrt(way @ np.linalg.solve(lasting + (shots**2 + 1e-18) * np.eye(way.size), way)))
    return np.asarray(length * way / max(size, 1e-12))


def crowd(sight: Sight) -> Floats:
    """Return lasting deviations (b, P), drawn once, by which attackers differ as honest nodes do."""
    noise = sight.memory.setdefault("noise", sight.random.standard_normal(sight.own.shape))
    return np.asarray(WIDTH * noise @ symmetric_root(np.cov(sight.settled.T)))


def paid(sight: Sight, shifts: Floats, turn: Floats, back: float) -> Floats:
    """Return the updates of a crowd shifted by `shifts` (b, P), but those whose `turn` (b,) it is pay back `back` times their place."""
    ledger = sight.memory.setdefault("ledger", np.zeros_like(shifts))
    sent = np.where(turn[:, None], -back * (1 / FADING - 1) * ledger, shifts)
    sight.memory["ledger"] = ledger + FADING * (sent - ledger)
    return sight.hiding(sent + crowd(sight))


def in_turn(sight: Sight) -> Floats:
    """Return whose turn (b,) it is if one after the other pays back, each once in as many rounds as there are attackers."""
    count = len(sight.own)
    return np.asarray((sight.since + np.arange(count)) % count == 0)


def amends(sight: Sight) -> Floats:
    """A crowd 2.6 deviations away where it costs most; one node in turn pays back twice, so that places swing about the honest centre."""
    return paid(sight, sight.copies(push(sight, 2.6)), in_turn(sight), 2.0)


def searched(sight: Sight) -> Floats:
    """As `amends`, but each round as far away as moves the filtered mean most: the attacker tries the filter itself."""
    lasting, shots = np.cov(sight.settled.T), (sight.honest - sight.settled).std()
    units = np.linalg.inv(symmetric_root(lasting + (shots**2 + 1e-18) * np.eye(len(lasting))))
    one, blur = push(sight, 1.0), crowd(sight)
    lengths = np.arange(1.5, 5.01, 0.25)
    tried = np.array([np.concatenate([sight.honest - sight.mean, length * one + blur]) for length in lengths]) @ units
    moved = weighted_mean(tried, filtered(tried, np.ones(tried.shape[:2]), ALLOWED)) @ (one @ units)
    return paid(sight, sight.copies(lengths[moved.argmax()] * one), in_turn(sight), 2.0)


def brake(sight: Sight) -> Floats:
    """Honest until round 100, then as `amends`, 2.6 deviations against the honest mean of each round: it holds up who follows a drift."""
    if sight.round < 100:
        return sight.own
    return paid(sight, sight.copies(push(sight, 2.6, -sight.mean)), in_turn(sight), 2.0)


def ambush(sight: Sight) -> Floats:
    """Honest until round 150, then in 20 rounds each: twelve of a crowd 3 deviations away, one in which all pay back, seven in place."""
    if sight.round < 150:
        return sight.own
    phase = sight.round % 20
    return paid(sight, sight.copies(push(sight, 3.0 if phase < 12 else 0.0)), np.full(len(sight.own), phase == 12), 1.0)


def relay(sight: Sight) -> Floats:
    """Two halves take turns, a checkpoint each: one pushes by 3 deviations, the other pays back in its first round and then rests."""
    first = np.arange(len(sight.own)) < len(sight.own) // 2
    resting = first == (sight.round // 4 % 2 == 0)
    return paid(sight, np.where(resting[:, None], 0.0, push(sight, 3.0)), resting & (sight.round % 4 == 0), 1.0)


def spokes(sight: Sight) -> Floats:
    """All 2.7 lasting deviations away where it costs most, and 3 along one of the other axes, to either side: nobody is in a crowd."""
    lasting, shots = np.cov(sight.settled.T), (sight.honest - sight.settled).std()
    root = symmetric_root(lasting + (FADING / (2 - FADING) * shots**2 + 1e-18) * np.eye(len(lasting)))
    towards = push(sight, 1.0) @ np.linalg.inv(root)
    towards = towards / max(float(np.linalg.norm(towards)), 1e-12)
    others = np.linalg.svd(towards[None])[2][1:]
    ends = np.resize(np.concatenate([others, -others]), sight.own.shape)
    return sight.hiding((2.7 * towards + 3.0 * ends) @ root)


def frame(sight: Sight) -> Floats:
    """Just more than half copy four honest nodes, one for 40 rounds, again and again, so that these leave; the others do as `amends`."""
    copies = min(len(sight.own), len(sight.own) // 2 + 1)
    target = sight.honest[sight.since // 40 % 4]
    return np.concatenate([np.repeat(target[None], copies, axis=0), amends(sight)[copies:]])


def strangers(sight: Sight) -> Floats:
    """Copies 2.6 deviations away; twice in 96 rounds, within a checkpoint, each sends absurdities that cancel: distances never forget."""
    onset = sight.round - sight.since
    phase = sight.since - -onset % 4
    if phase < 0:
        return sight.own
    if phase % 96 > 1:
        return sight.copies(sight.mean + push(sight, 2.6))
    way = sight.memory.setdefault("way", sight.random.standard_normal(sight.own.shape))
    side = 1.0 if phase % 96 == 0 else -1.0
    return np.asarray(sight.mean + side * 1e4 * way @ symmetric_root(np.cov(sight.honest.T)))
