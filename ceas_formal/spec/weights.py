"""Aggregation weights from fidelity stamps (paper III.B, equation 4), and the gate that quarantine needs."""

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
    exact = [rational(f"stamp {k}", stamp, "(0, 1]") for k, stamp in enumerate(stamps)]
    for node in quarantined:
        if whole("a quarantined position", node, 0) >= len(exact):
            raise ValueError(f"a quarantined position must lie in 0..{len(exact) - 1}; got {node}")
    counted = [Fraction(0) if k in quarantined else stamp for k, stamp in enumerate(exact)]
    total = sum(counted, Fraction(0))
    if total == 0:
        raise ValueError(f"the number of quarantined nodes must lie in 0..{len(exact) - 1}; got {len(exact)}")
    return tuple(stamp / total for stamp in counted)
