"""How many nodes are enough (paper II.D and III.D), for a constant bound f on the Byzantine ones.

Each size is one function that serves integers and solvers alike (see :mod:`ceas_formal.spec.quantity`).
"""

from __future__ import annotations

from ceas_formal.spec.quantity import Whole, half_rounded_up, largest


def quorum_size(nodes: Whole, faults: Whole, false_accepts: Whole) -> Whole:
    """Return q = max(⌈(N+f+1)/2⌉, 2f+a+1), the votes that carry a step.

    The first term makes two quorums share an honest node; the second lets the honest part of a quorum certify a fact. The paper's
    2f+1 (II.D) equals it exactly when N = 3f+1 and a = 0.

    Parameters
    ----------
    nodes : int
        N = |A|, the number of active nodes.
    faults : int
        f, the largest number of Byzantine nodes.
    false_accepts : int
        a, the largest number of honest nodes that accept one tampered payload.

    Examples
    --------
    >>> quorum_size(4, 1, 0), quorum_size(50, 15, 0), quorum_size(50, 16, 1)
    (3, 33, 34)
    """
    return largest(half_rounded_up(nodes + faults + 1), 2 * faults + false_accepts + 1)


def blocking_size(nodes: Whole, faults: Whole, false_accepts: Whole) -> Whole:
    """Return f+1: so many nodes include an honest one."""
    return faults + 1


def certifying_size(nodes: Whole, faults: Whole, false_accepts: Whole) -> Whole:
    """Return f+a+1: so many OKs include one of an honest node that was not fooled."""
    return faults + false_accepts + 1


def usable_size(nodes: Whole, faults: Whole, false_accepts: Whole) -> Whole:
    """Return 2f+a+1: so many OKs at the leader mean f+a+1 OKs of honest nodes, hence a certified fact at every voter."""
    return 2 * faults + false_accepts + 1


def least_nodes(faults: Whole, false_accepts: Whole) -> Whole:
    """Return 3f+a+1, the fewest active nodes of an admissible configuration."""
    return 3 * faults + false_accepts + 1


def admissible(nodes: int, faults: int, false_accepts: int) -> bool:
    """Return whether |A| > 3f+a: exactly then some quorum size is available, intersects in an honest node, and certifies.

    Examples
    --------
    >>> admissible(50, 16, 1), admissible(50, 16, 2), admissible(50, 20, 0)
    (True, False, False)
    """
    return nodes >= least_nodes(faults, false_accepts)


def largest_faults(nodes: int, false_accepts: int = 0) -> int:
    """Return the largest f with |A| > 3f+a, or -1 if there is none.

    Examples
    --------
    >>> largest_faults(50), largest_faults(15), largest_faults(50, 4)
    (16, 4, 15)
    """
    return max((nodes - false_accepts - 1) // 3, -1)


def spare_rejections(nodes: int, faults: int, false_accepts: int) -> int:
    """Return |A|-3f-a-1: so many honest nodes may reject a good payload and it is still used (negative: not admissible).

    Examples
    --------
    >>> spare_rejections(50, 16, 0), spare_rejections(50, 12, 0)
    (1, 13)
    """
    return nodes - 3 * faults - false_accepts - 1
