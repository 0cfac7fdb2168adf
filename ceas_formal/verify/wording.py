"""How steps and elements of sorts are written, in diagrams and in evidence."""

from __future__ import annotations

from ceas_formal.spec.language import Ordered, Sort
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.trace import Step


def element(sort: type[Sort], value: int) -> str:
    """Return how an element of a sort is written: n0, view 0, A, p0.

    Examples
    --------
    >>> from ceas_formal.spec.checkpoint import Node, Payload, Value, View
    >>> [element(sort, 2) for sort in (Node, View, Value, Payload)]
    ['n2', 'view 2', 'C', 'p2']
    """
    if issubclass(sort, Ordered):
        return f"{sort.__name__.lower()} {value}"
    if sort.__name__ == "Value" and value < 26:
        return chr(ord("A") + value)
    return f"{sort.__name__[0].lower()}{value}"


def sentence(step: Step, protocol: Protocol) -> str:
    """Return a step with all its arguments: ``vote1(n=n0, view=view 0, value=A, last=view 0)``."""
    action, arguments = step
    parameters = protocol.actions[action].parameters
    named = (f"{parameter.name}={element(type(parameter), value)}" for parameter, value in zip(parameters, arguments, strict=True))
    return f"{action}({', '.join(named)})"
