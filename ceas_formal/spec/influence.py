"""How far Byzantine contents move the aggregate (paper III.B equation 5, III.D): the norm clip, and two bounds that it gives with the cap.

Weight alone bounds nothing: however small w > 0 is, a content of norm M/w moves the aggregate by M. Everything is exact, so that all
nodes compute the same aggregate from the same value.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

from ceas_formal.spec.exact import rational
from ceas_formal.spec.weights import largest_share

Vector = tuple[Fraction, ...]

CLIP_BITS = 32
"""A clipped content is shorter than the clip by at most the fraction 2^-32. Part of the specification: all nodes must clip alike."""


def vector(quantity: str, content: Sequence[int | Fraction]) -> Vector:
    """Return the content as exact numbers.

    Raises
    ------
    TypeError
        If an entry is not an int or a Fraction.
    """
    return tuple(rational(f"entry {i} of {quantity}", entry, "(-∞, ∞)") for i, entry in enumerate(content))


def squared_norm(content: Sequence[int | Fraction]) -> Fraction:
    """Return ‖x‖² = Σ x_i². Norms are compared by their squares: the norm itself is seldom rational.

    Examples
    --------
    >>> squared_norm([3, -4])
    Fraction(25, 1)
    """
    return sum((entry * entry for entry in vector("the content", content)), Fraction(0))


def clipped(content: Sequence[int | Fraction], clip: int | Fraction) -> Vector:
    """Return the content unchanged if ‖x‖ ≤ C, else scaled down to a Euclidean norm of at most C.

    Parameters
    ----------
    content : sequence of int or Fraction
        x, of any dimension.
    clip : int or Fraction
        C, positive, in the unit of the content.

    Returns
    -------
    tuple of Fraction
        s·x with 0 < s ≤ 1, so the direction is kept; if s < 1 the norm lies in [(1 - 2^-32)·C, C]. Clipping twice changes nothing more.

    Raises
    ------
    TypeError
        If an entry or the clip is not an int or a Fraction.
    ValueError
        If the clip is not positive.

    Examples
    --------
    >>> [str(x) for x in clipped([6, 8], 5)], [str(x) for x in clipped([Fraction(1, 2), 0], 5)]
    (['3', '4'], ['1/2', '0'])
    >>> 0 < 1 - squared_norm(clipped([1, 1], 1)) < Fraction(1, 2**31)
    True

    Notes
    -----
    Euclidean, because a clip of each coordinate turns gradients and lets the influence grow with the dimension d by √d. C/‖x‖ is seldom
    rational: with C²/‖x‖² = p/q in lowest terms, s = ⌊2^32·√(pq)⌋ / (2^32·q) is at most √(p/q), and short of it by at most 2^-32 of it.
    """
    exact, bound = vector("the content", content), rational("the clip C", clip, "(0, ∞)")
    length = squared_norm(exact)
    if length <= bound**2:
        return exact
    p, q = (bound**2 / length).as_integer_ratio()
    scale = Fraction(isqrt(p * q << 2 * CLIP_BITS), q << CLIP_BITS)
    return tuple(scale * entry for entry in exact)


def weighted_sum(weights: Sequence[int | Fraction], contents: Sequence[Sequence[int | Fraction]], dimension: int) -> Vector:
    """Return Σ_k w_k·x_k of equation 5, the zero vector if there is no content.

    Raises
    ------
    TypeError
        If a number is not an int or a Fraction.
    ValueError
        If weights and contents differ in number, or a content has another dimension.

    Examples
    --------
    >>> [str(x) for x in weighted_sum([Fraction(1, 2), Fraction(1, 2)], [[1, 0], [0, 3]], 2)]
    ['1/2', '3/2']
    """
    if len(weights) != len(contents):
        raise ValueError(f"the number of contents must equal the number of weights, {len(weights)}; got {len(contents)}")
    total = [Fraction(0)] * dimension
    for k, (weight, content) in enumerate(zip(weights, contents, strict=True)):
        if len(content) != dimension:
            raise ValueError(f"the dimension of content {k} must be {dimension}; got {len(content)}")
        exact = rational(f"weight {k}", weight, "(-∞, ∞)")
        total = [sum_ + exact * entry for sum_, entry in zip(total, vector(f"content {k}", content), strict=True)]
    return tuple(total)


def largest_displacement(cap: int | Fraction, faults: int, active: int, clip: int | Fraction) -> Fraction:
    """Return κfC/|A|, the largest norm of what f Byzantine nodes add to the aggregate.

    That is the distance to the aggregate with the same weights and their contents at zero. It is reached: f nodes at the cap that
    all send the same content of norm C.

    Examples
    --------
    >>> str(largest_displacement(Fraction(3, 2), 15, 50, 1))
    '9/20'
    """
    return largest_share(cap, faults, active) * rational("the clip C", clip, "(0, ∞)")


def largest_swing(cap: int | Fraction, faults: int, active: int, clip: int | Fraction) -> Fraction:
    """Return 2κfC/|A|, the largest distance between the aggregates of any two behaviours of f Byzantine nodes.

    The behaviours may differ in contents, in stamps, hence in the weights of everybody, and in who takes part: leaving f nodes out and
    computing the weights anew is one of them. The same on both sides are |A|, and for the honest nodes contents, stamps, and which of them
    are used and outside quarantine.

    Examples
    --------
    >>> str(largest_swing(Fraction(3, 2), 15, 50, 1))
    '9/10'
    """
    return 2 * largest_displacement(cap, faults, active, clip)
