"""What tags cost in Bell pairs and keys, and what they mean for the protocol: fooled nodes and honest rejections (paper II.D, IV).

Each of V verifiers gets its own fresh copy of a payload under its own key: one quantum state cannot be handed to all of them, and a key
that two verifiers share lets either forge. A copy of n+t qubits is teleported over n+t Bell pairs.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from ceas_formal.physics.tags import clifford_soundness, honest_acceptance, sizes
from ceas_formal.physics.thresholds import upper_tail
from ceas_formal.spec.exact import rational, whole
from ceas_formal.spec.quorum import spare_rejections

PAIRS_PER_ROUND = 250
"""Section IV: "up to 250 Bell pairs per round"."""
CADENCE = 4
"""Section IV: "a Byzantine-fault-tolerant checkpoint every fourth round"."""
LONGEST_LIFE = 6
"""Section IV: τ_c in [3, 6] rounds, so at most this many rounds' pairs are alive at once."""


class Demand(NamedTuple):
    """A row of the budget: pairs per checkpoint for this many payloads, verifiers of each, and qubits of a tagged copy."""

    payloads: int
    verifiers: int
    copy: int
    pairs: int
    available: int

    @property
    def affordable(self) -> bool:
        """Whether what is made between two checkpoints suffices."""
        return self.pairs <= self.available


class Effect(NamedTuple):
    """What tags do to a checkpoint of N nodes; probabilities exact, for one payload.

    `fooled`: more than a honest nodes accept a tampered payload (an upper bound, over all attacks on the channels). `rejections`: the
    expected number of honest nodes that reject a good one. `lost`: more reject it than the protocol can spare.
    """

    fooled: Fraction
    rejections: Fraction
    lost: Fraction


def demand(payloads: int, verifiers: int, payload: int, traps: int, *, rounds: int = CADENCE, per_round: int = PAIRS_PER_ROUND) -> Demand:
    """Return the Bell pairs that a checkpoint needs, against what `rounds` rounds make.

    Parameters
    ----------
    payloads, verifiers : int
        Payloads of a checkpoint and verifiers of each, at least 0.
    payload, traps : int
        n ≥ 1 and t ≥ 0, in qubits; a trap code counts its whole block as n + t.
    rounds, per_round : int
        Rounds between checkpoints, and pairs made in each; no pair may expire in between (row INV-7 says that some do).

    Examples
    --------
    >>> demand(50, 49, 4, 16)
    Demand(payloads=50, verifiers=49, copy=20, pairs=49000, available=1000)
    """
    n, t = sizes(payload, traps)
    made = whole("the number of rounds", rounds, 1) * whole("the pairs per round", per_round, 0)
    copies = whole("the number of payloads", payloads, 0) * whole("the number of verifiers", verifiers, 0)
    return Demand(payloads, verifiers, n + t, copies * (n + t), made)


def most_verifiers(payloads: int, payload: int, traps: int, pairs: int = CADENCE * PAIRS_PER_ROUND) -> int:
    """Return how many verifiers of each payload the pairs of a checkpoint pay for.

    Examples
    --------
    >>> most_verifiers(50, 4, 16), most_verifiers(50, 1, 4), most_verifiers(50, 1, 20)
    (1, 4, 0)
    """
    return whole("the number of pairs", pairs, 0) // demand(whole("the number of payloads", payloads, 1), 1, payload, traps).pairs


def standing_stock(per_round: int = PAIRS_PER_ROUND, life: int = LONGEST_LIFE) -> int:
    """Return the most pairs that are alive at once when each lives `life` rounds.

    Examples
    --------
    >>> standing_stock()
    1500
    """
    return whole("the pairs per round", per_round, 0) * whole("the life of a pair, in rounds,", life, 1)


def set_error(nodes: int, faults: int, verifiers: int) -> Fraction:
    """Return the chance that a uniformly random set of verifiers has no honest majority; a tie counts as none.

    Parameters
    ----------
    nodes, faults : int
        N ≥ 1 and f in 0..N.
    verifiers : int
        In 1..N, drawn after the payload is fixed, by a coin that no Byzantine node knows before.

    Examples
    --------
    >>> [round(float(set_error(50, 16, s)), 3) for s in (1, 5, 9, 21)]
    [0.32, 0.18, 0.103, 0.01]
    """
    n, f = whole("the number of nodes", nodes, 1), whole("the number of faults", faults, 0)
    s = whole("the number of verifiers", verifiers, 1)
    if f > n or s > n:
        raise ValueError(f"faults and verifiers must lie in 0..{n}; got {f} and {s}")
    lost = range((s + 1) // 2, min(s, f) + 1)
    return Fraction(sum(math.comb(f, bad) * math.comb(n - f, s - bad) for bad in lost), math.comb(n, s))


def clifford_key_bits(qubits: int) -> int:
    """Return ⌈log2⌉ of the number of Clifford operations on `qubits` qubits: the key of one copy, used once.

    Examples
    --------
    >>> [clifford_key_bits(n) for n in (1, 9, 20)]
    [5, 189, 860]
    """
    n = whole("the number of qubits", qubits, 1)
    order: int = 2 ** (n * n + 2 * n) * math.prod(4**j - 1 for j in range(1, n + 1))
    return (order - 1).bit_length()


def mac_key_bits(nodes: int, messages: int, tag_bits: int) -> int:
    """Return the key bits that one node uses for one-time authentication of its messages to each of the others.

    Parameters
    ----------
    nodes : int
        N ≥ 2.
    messages : int
        To each other node, at least 0.
    tag_bits : int
        At least 1: a polynomial hash under a key kept for the link (`tag_bits` once), each tag masked by fresh `tag_bits` (Wegman-Carter).

    Examples
    --------
    >>> mac_key_bits(50, 50, 64)
    159936
    """
    links, bits = whole("the number of nodes", nodes, 2) - 1, whole("the tag, in bits,", tag_bits, 1)
    return links * bits * (1 + whole("the number of messages", messages, 0))


def effect(
    noise: int | Fraction, payload: int, traps: int, nodes: int, faults: int, false_accepts: int, pair_fidelity: int | Fraction = 1
) -> Effect:
    """Return what tags of this length do at this noise, for one payload and the N - f honest nodes as verifiers.

    Parameters
    ----------
    noise : int or Fraction
        The chance in [0, 1] of a Pauli error on each transmitted qubit.
    payload, traps : int
        n ≥ 1 and t ≥ 0, in qubits.
    nodes, faults, false_accepts : int
        N, f and a, an admissible configuration: N > 3f + a.
    pair_fidelity : int or Fraction
        Of the Bell pairs, in [0, 1], as in :func:`~ceas_formal.physics.tags.honest_acceptance`.

    Returns
    -------
    Effect
        Exact.

    Raises
    ------
    ValueError
        If a quantity is out of range; the message names it and its range.

    Examples
    --------
    >>> found = effect(Fraction(1, 1000), 4, 16, 50, 15, 1)
    >>> f"{float(found.fooled):.1e}", round(float(found.rejections), 2), f"{float(found.lost):.1e}"
    ('1.4e-07', 0.69, '4.9e-03')

    Notes
    -----
    Keys are independent. The keys of all copies together turn any joint attack, entangled over the copies, into a mixture of products of
    Pauli errors; under each product the nodes are fooled independently, each with the soundness error or not at all. So the number fooled
    is stochastically at most binomial. The sender's own verdict is counted among the N - f.
    """
    n, t = sizes(payload, traps)
    a = whole("the tolerated false accepts a", false_accepts, 0)
    total, f = whole("the number of nodes", nodes, 1), whole("the number of faults", faults, 0)
    spare = spare_rejections(total, f, a)
    if spare < 0:
        raise ValueError(f"the number of nodes N must lie in [{3 * f + a + 1}, ∞): more than 3f + a; got {total}")
    rejects = 1 - honest_acceptance(n, t, noise, pair_fidelity)
    honest = total - f
    return Effect(upper_tail(honest, clifford_soundness(n, t), a), honest * rejects, upper_tail(honest, rejects, spare))


def least_tag(payload: int, nodes: int, faults: int, false_accepts: int, failure: int | Fraction) -> int:
    """Return the fewest traps with which more than a nodes are fooled by one payload with chance at most `failure`, in (0, 1).

    Examples
    --------
    >>> [least_tag(4, 50, 12, a, Fraction(1, 2**40)) for a in (0, 1, 4, 12)]
    [46, 25, 12, 6]
    """
    bound, traps = rational("the wanted failure probability", failure, "(0, 1)"), 0
    while effect(0, payload, traps, nodes, faults, false_accepts).fooled > bound:
        traps += 1
    return traps
