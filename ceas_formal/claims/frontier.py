"""Tag length, honest acceptance and Bell pairs at once: what fits, with exact failure probabilities (paper II.D, III.D.1 and IV)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from ceas_formal.physics.budget import CADENCE, PAIRS_PER_ROUND
from ceas_formal.physics.tags import clifford_soundness, honest_acceptance
from ceas_formal.physics.thresholds import upper_tail
from ceas_formal.spec.exact import rational, whole
from ceas_formal.spec.quorum import least_nodes, usable_size

NODES = 50
CHECKPOINTS = 300 // CADENCE
TOTAL = Fraction(1, 2**40)
"""The wanted total failure probability of a run."""


class Plan(NamedTuple):
    """A checkpoint that fits: `payloads` of n qubits, each sent in tagged copies to the others of `holders` nodes; f and a of the protocol.

    `failure` bounds the chance that any payload of the run fools more than a honest nodes; `accepted` is the honest acceptance of one tag;
    `used` the chance that a payload gets the 2f+a+1 honest verdicts that it needs, with f Byzantine nodes among the holders.
    """

    faults: int
    budget: int
    holders: int
    traps: int
    payloads: int
    pairs: int
    failure: Fraction
    accepted: Fraction
    used: Fraction


def total_failure(payloads: int, verifiers: int, budget: int, soundness: Fraction) -> Fraction:
    """Return M·C(V, a+1)·s^(a+1), the bound of ``ceas derive total-failure-probability`` for M = T·N payloads.

    Examples
    --------
    >>> total_failure(2, 3, 1, Fraction(1, 4))
    Fraction(3, 8)
    """
    return payloads * math.comb(verifiers, budget + 1) * rational("the soundness error", soundness, "[0, 1]") ** (budget + 1)


@cache
def least_length(payload: int, payloads: int, verifiers: int, budget: int, failure: Fraction = TOTAL) -> int:
    """Return the fewest traps with which :func:`total_failure` is at most `failure`, in (0, 1).

    Parameters
    ----------
    payload : int
        n ≥ 1, in qubits.
    payloads, verifiers, budget : int
        M and V, at least 1, and a, at least 0 and below V.
    failure : Fraction
        The wanted bound.

    Examples
    --------
    >>> [least_length(4, 300 * 50, 33, a) for a in range(5)]
    [59, 32, 23, 18, 15]
    """
    whole("the verifiers", verifiers, whole("the budget", budget, 0) + 1)
    bound = rational("the wanted total failure", failure, "(0, 1)")
    # Since s is at least 3/4 of 2^-t, no tag is shorter than log2(M·C/bound)/(a+1) - 1/2; one less, for rounding.
    least = math.log2(payloads * math.comb(verifiers, budget + 1) / bound) / (budget + 1)
    traps = max(0, math.floor(least - 1.5))
    while total_failure(payloads, verifiers, budget, clifford_soundness(payload, traps)) > bound:
        traps += 1
    return traps


def forged(attempts: int, degree: int, field: int) -> Fraction:
    """Return A·D/p, the bound of ``ceas derive polynomial-authentication`` on the chance that any of A forged messages is accepted.

    The degree D is one more than the blocks of the longest message, since the length is a block too; p counts the elements of the field.

    Examples
    --------
    >>> forged(1, 4, 2**8)
    Fraction(1, 64)
    """
    return Fraction(whole("the attempts", attempts, 0) * whole("the degree", degree, 1), whole("the field", field, 2))


def plan(payload: int, faults: int, budget: int, holders: int, payloads: int, noise: Fraction) -> Plan:
    """Return this plan with the shortest tag that keeps the total failure of a run within 2^-40.

    Examples
    --------
    >>> found = plan(4, 12, 3, 50, 1, Fraction(1, 100))
    >>> found.traps, found.pairs, round(float(found.used), 3)
    (16, 980, 0.928)
    """
    verifiers = min(holders, NODES - faults)
    traps = least_length(payload, CHECKPOINTS * payloads, verifiers, budget)
    accepted = honest_acceptance(payload, traps, noise)
    return Plan(
        faults, budget, holders, traps, payloads, payloads * (holders - 1) * (payload + traps),
        total_failure(CHECKPOINTS * payloads, verifiers, budget, clifford_soundness(payload, traps)), accepted,
        upper_tail(holders - faults, accepted, usable_size(holders, faults, budget) - 1),
    )  # fmt: skip


def affordable(payload: int, faults: int, noise: Fraction, pairs: int = CADENCE * PAIRS_PER_ROUND) -> Iterable[Plan]:
    """Yield, for every budget and number of holders, the plan with the most payloads that the pairs of a checkpoint pay for."""
    for budget in range(NODES - 3 * faults):
        for holders in range(least_nodes(faults, budget), NODES + 1):
            most, verifiers = 0, min(holders, NODES - faults)
            while budget < verifiers and most < NODES:
                copy = payload + least_length(payload, CHECKPOINTS * (most + 1), verifiers, budget)
                if (most + 1) * (holders - 1) * copy > pairs:
                    break
                most += 1
            if most:
                yield plan(payload, faults, budget, holders, most, noise)


def best_plan(payload: int, faults: int, noise: Fraction, level: Fraction) -> Plan | None:
    """Return the affordable plan with the most payloads that is used with at least `level`, among equals the likeliest; None if none is.

    Examples
    --------
    >>> best_plan(4, 15, Fraction(1, 100), Fraction(9, 10)) is None
    True
    """
    fitting = [found for found in affordable(payload, faults, noise) if found.used >= level]
    return max(fitting, key=lambda found: (found.payloads, found.used), default=None)
