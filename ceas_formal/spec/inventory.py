"""The entanglement inventory of one link (paper III.C, definition 2 and equation 7).

The survival probability e^(-λ) of a pair over one round is the parameter `survival`: it enters every formula only through this
number, which keeps the arithmetic exact.
"""

from __future__ import annotations

from fractions import Fraction

from ceas_formal.spec.exact import rational


def expected_inventory_step(
    expected: int | Fraction, survival: int | Fraction, generated: int | Fraction, consumed: int | Fraction
) -> Fraction:
    """Return E[M(t+1)] = p·E[M(t)] + r - c, equation 7 as written.

    Parameters
    ----------
    expected : int or Fraction
        E[M(t)], in pairs. Any sign, since the equation itself can produce a negative value (row INV-2).
    survival : int or Fraction
        p = e^(-λ) in (0, 1], the probability that a pair survives the round.
    generated : int or Fraction
        r ≥ 0, pairs generated in the round.
    consumed : int or Fraction
        c ≥ 0, pairs consumed in the round.

    Returns
    -------
    Fraction
        In pairs; negative when c > p·E[M(t)] + r.

    Raises
    ------
    TypeError
        If an argument is not an int or a Fraction.
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> expected_inventory_step(4, Fraction(1, 2), 3, 1)
    Fraction(4, 1)
    >>> expected_inventory_step(1, Fraction(1, 4), 0, Fraction(1, 2))
    Fraction(-1, 4)
    """
    return (
        rational("the survival probability p", survival, "(0, 1]") * rational("the expected inventory", expected, "(-∞, ∞)")
        + rational("the pairs generated", generated, "[0, ∞)")
        - rational("the pairs consumed", consumed, "[0, ∞)")
    )


def clamped_inventory_step(
    inventory: int | Fraction, survival: int | Fraction, generated: int | Fraction, consumed: int | Fraction
) -> Fraction:
    """Return max(0, p·M + r - c): equation 7 with consumption limited to what is there.

    This is the fluid model. The mean of a clamped random inventory lies at or above it, by Jensen's inequality (row INV-2).

    Parameters
    ----------
    inventory : int or Fraction
        M ≥ 0, in pairs.
    survival, generated, consumed : int or Fraction
        As in :func:`expected_inventory_step`.

    Returns
    -------
    Fraction
        In pairs, never negative.

    Raises
    ------
    TypeError
        If an argument is not an int or a Fraction.
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> clamped_inventory_step(1, Fraction(1, 4), 0, Fraction(1, 2))
    Fraction(0, 1)
    """
    return max(Fraction(0), expected_inventory_step(rational("the inventory", inventory, "[0, ∞)"), survival, generated, consumed))


def residual_lifetime(created: int | Fraction, coherence_time: int | Fraction, now: int | Fraction) -> Fraction:
    """Return T_rem = max(0, τ + τ_c - t) of definition 2. A pair is usable at t while this is positive.

    Parameters
    ----------
    created : int or Fraction
        τ, when the pair was made, in rounds.
    coherence_time : int or Fraction
        τ_c > 0, in rounds.
    now : int or Fraction
        t, not before τ.

    Returns
    -------
    Fraction
        In rounds, in [0, τ_c].

    Raises
    ------
    TypeError
        If an argument is not an int or a Fraction.
    ValueError
        If τ_c is not positive, or t lies before τ.

    Examples
    --------
    >>> [int(residual_lifetime(0, 3, now)) for now in range(5)]
    [3, 2, 1, 0, 0]
    """
    born = rational("the creation time", created, "(-∞, ∞)")
    life = rational("the coherence time", coherence_time, "(0, ∞)")
    return max(Fraction(0), born + life - rational("the present time", now, f"[{born}, ∞)"))
