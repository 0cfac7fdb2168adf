"""Closed forms of finite sums, by induction over their upper end."""

from __future__ import annotations

from sympy import Expr, Sum

from ceas_formal.derive.proof import Proof


def summed(proof: Proof, reason: str, whole: Sum, closed: Expr) -> Expr:
    """Enter a closed form of a sum from 0 to a symbol and return it. First value and step are those of the sum itself.

    Parameters
    ----------
    proof : Proof
        Gets the step.
    reason : str
        What is summed.
    whole : Sum
        Over one index, from 0 to a symbol that is an integer, not negative.
    closed : Expr
        Its value, for every upper end.

    Raises
    ------
    NotDerived
        If the closed form is wrong, or was not shown.

    Examples
    --------
    >>> import sympy
    >>> j, z = sympy.symbols("j z", integer=True, nonnegative=True)
    >>> summed(Proof(), "Gauss", Sum(j, (j, 0, z)), z * (z + 1) / 2)
    z*(z + 1)/2
    """
    (index, _, end), term = whole.limits[0], whole.function
    return proof.induction(reason, whole, closed, end, term.subs(index, 0), lambda value: value + term.subs(index, end + 1))
