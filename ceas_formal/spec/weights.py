"""Aggregation weights from fidelity stamps (paper III.B, equation 4): the gate that quarantine needs, the cap, and weighted quorums.

Equation 4 bounds no node's weight. The cap κ/|A| does, so that f Byzantine nodes weigh at most w_B = κf/|A| whatever their stamps. What
they can then do with that weight is the subject of :mod:`ceas_formal.spec.influence`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from ceas_formal.spec.exact import rational, whole


def aggregation_weights(stamps: Sequence[int | Fraction]) -> tuple[Fraction, ...]:
    """Return the weights w_k = φ_k / Σ_j φ_j of equation 4, in the order of the stamps.

    Parameters
    ----------
    stamps : sequence of int or Fraction
        The fidelity stamps φ_k, each in (0, 1] (definition 1). At least one.

    Returns
    -------
    tuple of Fraction
        Weights in (0, 1] that sum to 1. No weight is 0, however low the stamp.

    Raises
    ------
    TypeError
        If a stamp is not an int or a Fraction.
    ValueError
        If there is no stamp, or one lies outside (0, 1].

    Examples
    --------
    >>> [str(w) for w in aggregation_weights([1, Fraction(1, 2), Fraction(1, 2)])]
    ['1/2', '1/4', '1/4']
    """
    return gated_weights(stamps, quarantined=())


def gated_weights(stamps: Sequence[int | Fraction], quarantined: Collection[int]) -> tuple[Fraction, ...]:
    """Return equation 4 over the nodes outside quarantine, and exactly 0 for those inside.

    Parameters
    ----------
    stamps : sequence of int or Fraction
        The fidelity stamps φ_k, each in (0, 1]; those of quarantined nodes are checked too.
    quarantined : collection of int
        Positions in `stamps` of the quarantined nodes.

    Returns
    -------
    tuple of Fraction
        Weights in [0, 1] that sum to 1.

    Raises
    ------
    TypeError
        If a stamp is not an int or a Fraction, or a position is not an int.
    ValueError
        If there is no stamp, a stamp or a position is out of range, or every node is quarantined: then no weights sum to 1.

    Examples
    --------
    >>> [str(w) for w in gated_weights([1, Fraction(1, 2), Fraction(1, 2)], quarantined={0})]
    ['0', '1/2', '1/2']
    """
    if not stamps:
        raise ValueError("the number of stamps must be at least 1; got 0")
    counted = _counted(stamps, quarantined)
    total = sum(counted, Fraction(0))
    if total == 0:
        raise ValueError(f"the number of quarantined nodes must lie in 0..{len(counted) - 1}; got {len(counted)}")
    return tuple(stamp / total for stamp in counted)


def capped_weights(
    stamps: Sequence[int | Fraction], cap: int | Fraction, *, active: int | None = None, quarantined: Collection[int] = ()
) -> tuple[Fraction, ...]:
    """Return the weights min(κ/|A|, λ·φ_k), with the level λ at which they sum to 1: equation 4 under a cap, by water-filling.

    Parameters
    ----------
    stamps : sequence of int or Fraction
        The fidelity stamps φ_k, each in (0, 1]; there may be none.
    cap : int or Fraction
        κ, at least 1: a smaller one could not distribute the whole weight even over equal nodes.
    active : int, optional
        |A|, by default the number of stamps. It may be larger, since not every active node needs to be used.
    quarantined : collection of int
        Positions in `stamps` of the quarantined nodes. They weigh exactly 0.

    Returns
    -------
    tuple of Fraction
        Weights in [0, κ/|A|], in the order of the stamps. With m nodes outside quarantine they sum to min(1, κm/|A|).

    Raises
    ------
    TypeError
        If a stamp or the cap is not an int or a Fraction, or a position or `active` is not an int.
    ValueError
        If a stamp, a position, the cap or `active` is out of range.

    Examples
    --------
    >>> [str(w) for w in capped_weights([1, Fraction(1, 4), Fraction(1, 4)], Fraction(3, 2))]
    ['1/2', '1/4', '1/4']
    >>> [str(w) for w in capped_weights([1, 1], 1, active=4)]
    ['1/4', '1/4']

    Notes
    -----
    What the cap takes from one node goes to the others in proportion to their stamps, so the aggregate stays a weighted mean; among all
    capped weights that sum to 1 these have the least Kullback-Leibler divergence from equation 4. With fewer than |A|/κ nodes every one
    is at the cap, and the rest of the weight is nobody's: the step gets shorter. To scale it up to 1 would lift weights above the cap.
    """
    counted = _counted(stamps, quarantined)
    nodes = whole("the number of active nodes", len(counted) if active is None else active, max(1, len(counted)))
    ceiling = rational("the cap κ", cap, "[1, ∞)") / nodes
    weights = [Fraction(0)] * len(counted)
    mass, total = Fraction(1), sum(counted, Fraction(0))
    # Largest stamp first: the level mass/total never falls, and stays put from the first node below the cap.
    for node in sorted((k for k, stamp in enumerate(counted) if stamp > 0), key=lambda k: counted[k], reverse=True):
        weights[node] = min(ceiling, mass * counted[node] / total)
        mass, total = mass - weights[node], total - counted[node]
    return tuple(weights)


def largest_share(cap: int | Fraction, faults: int, active: int) -> Fraction:
    """Return w_B = κf/|A|, the most that f nodes weigh together under the cap.

    Examples
    --------
    >>> str(largest_share(Fraction(3, 2), 15, 50))
    '9/20'
    """
    nodes = whole("the number of active nodes", active, 1)
    return rational("the cap κ", cap, "[1, ∞)") * whole("the number of faults", faults, 0) / nodes


def is_weighted_quorum(weights: Sequence[int | Fraction], members: Collection[int], byzantine: int | Fraction) -> bool:
    """Return whether the members weigh more than (W + w_B)/2, with W the weight of all.

    Parameters
    ----------
    weights : sequence of int or Fraction
        The weight of each node, at least 0. Safe only if every node counts with the same weights: they are fixed for an epoch.
    members : collection of int
        Positions in `weights`.
    byzantine : int or Fraction
        w_B, the most that the Byzantine nodes weigh, such as :func:`largest_share`.

    Examples
    --------
    >>> is_weighted_quorum([1, 1, 1, 1], {0, 1, 2}, 1), is_weighted_quorum([1, 1, 1, 1], {0, 1}, 1)
    (True, False)

    Notes
    -----
    Equal weights give the counting quorum ⌈(N+f+1)/2⌉. That a quorum certifies facts (2f+a+1 nodes) stays a matter of counting.
    """
    exact = [rational(f"weight {k}", weight, "[0, ∞)") for k, weight in enumerate(weights)]
    limit = rational("the Byzantine weight", byzantine, "[0, ∞)")
    return 2 * sum(exact[_position("a member", node, len(exact))] for node in set(members)) > sum(exact) + limit


def weights_admissible(total: int | Fraction, byzantine: int | Fraction) -> bool:
    """Return whether w_B < W/3: exactly then any two weighted quorums share an honest node and the honest nodes are one, for all weights.

    Examples
    --------
    >>> weights_admissible(1, largest_share(1, 15, 50)), weights_admissible(1, largest_share(Fraction(10, 9), 15, 50))
    (True, False)
    """
    return 3 * rational("the Byzantine weight", byzantine, "[0, ∞)") < rational("the total weight", total, "(0, ∞)")


def _counted(stamps: Sequence[int | Fraction], quarantined: Collection[int]) -> list[Fraction]:
    """Return the stamps, checked, with 0 for those in quarantine."""
    exact = [rational(f"stamp {k}", stamp, "(0, 1]") for k, stamp in enumerate(stamps)]
    outside = {_position("a quarantined position", node, len(exact)) for node in quarantined}
    return [Fraction(0) if k in outside else stamp for k, stamp in enumerate(exact)]


def _position(quantity: str, node: int, count: int) -> int:
    if whole(quantity, node, 0) >= count:
        raise ValueError(f"{quantity} must lie in 0..{count - 1}; got {node}")
    return node
