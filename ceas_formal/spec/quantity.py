"""Whole numbers that a threshold is made of: N, f, a and what is computed from them.

A size such as q = max(⌈(N+f+1)/2⌉, 2f+a+1) is written once, as a plain function. Called with integers it gives an integer;
called with :data:`N`, :data:`F`, :data:`A` it gives a :class:`Quantity`, which a solver reads as linear arithmetic for all N.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, cast, overload


@dataclass(frozen=True)
class Quantity:
    """A linear integer expression with ceilings of halves and maxima.

    Parameters
    ----------
    operator : {"parameter", "constant", "sum", "scaled", "halved", "largest"}
        What the node does; ``halved`` is ⌈x/2⌉.
    operands : tuple
        A name, an integer, or quantities.
    """

    operator: str
    operands: tuple[object, ...]

    def __add__(self, other: Quantity | int) -> Quantity:
        return Quantity("sum", (self, constant(other)))

    __radd__ = __add__

    def __sub__(self, other: Quantity | int) -> Quantity:
        return self + (-1) * constant(other)

    def __rsub__(self, other: int) -> Quantity:
        return constant(other) + (-1) * self

    def __mul__(self, factor: int) -> Quantity:
        if not isinstance(factor, int):
            raise TypeError("quantities are linear: a factor is an integer")
        return Quantity("scaled", (factor, self))

    __rmul__ = __mul__

    def __bool__(self) -> bool:
        raise TypeError("a quantity over all N has no truth value; evaluate it at numbers first")

    def at(self, sizes: Mapping[str, int]) -> int:
        """Return the value for given parameters, such as ``{"N": 4, "f": 1, "a": 0}``."""
        match self.operator, self.operands:
            case "parameter", (str(name),):
                return sizes[name]
            case "constant", (int(value),):
                return value
            case "scaled", (int(factor), Quantity() as inner):
                return factor * inner.at(sizes)
            case "halved", (Quantity() as inner,):
                return -(-inner.at(sizes) // 2)
            case "sum", parts:
                return sum(cast(Quantity, part).at(sizes) for part in parts)
            case "largest", parts:
                return max(cast(Quantity, part).at(sizes) for part in parts)
        raise ValueError(f"unknown operator {self.operator}")

    def __str__(self) -> str:
        match self.operator, self.operands:
            case "sum", (left, Quantity(operator="constant", operands=(int(value),))) if value < 0:
                return f"{left}-{-value}"
            case "sum", (left, Quantity(operator="scaled", operands=(-1, inner))):
                return f"{left}-{_bracketed(inner)}"
            case "sum", parts:
                return "+".join(map(str, parts))
            case "scaled", (factor, inner):
                return f"{factor}{_bracketed(inner)}"
            case "halved", (inner,):
                return f"⌈({inner})/2⌉"
            case "largest", parts:
                return f"max({', '.join(map(str, parts))})"
        return str(self.operands[0])


def _bracketed(inner: object) -> str:
    return f"({inner})" if isinstance(inner, Quantity) and inner.operator == "sum" else str(inner)


N = Quantity("parameter", ("N",))
"""|A|, the number of active nodes."""
F = Quantity("parameter", ("f",))
"""f, the largest number of Byzantine nodes."""
A = Quantity("parameter", ("a",))
"""a, the largest number of honest nodes that accept one false fact."""

Whole = TypeVar("Whole", int, Quantity)


def constant(value: Quantity | int) -> Quantity:
    """Return `value` as a quantity."""
    return value if isinstance(value, Quantity) else Quantity("constant", (value,))


@overload
def half_rounded_up(value: int) -> int: ...
@overload
def half_rounded_up(value: Quantity) -> Quantity: ...
def half_rounded_up(value: int | Quantity) -> int | Quantity:
    """Return ⌈value/2⌉.

    Examples
    --------
    >>> half_rounded_up(7), str(half_rounded_up(N + F + 1))
    (4, '⌈(N+f+1)/2⌉')
    """
    return Quantity("halved", (value,)) if isinstance(value, Quantity) else -(-value // 2)


@overload
def largest(*values: int) -> int: ...
@overload
def largest(*values: Quantity) -> Quantity: ...
def largest(*values: int | Quantity) -> int | Quantity:
    """Return the maximum of the values, all integers or all quantities."""
    if any(isinstance(value, Quantity) for value in values):
        return Quantity("largest", tuple(constant(value) for value in values))
    return max(cast(tuple[int, ...], values))
