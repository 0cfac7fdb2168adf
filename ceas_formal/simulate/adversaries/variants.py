"""Other values that look as good as a given one, and some that do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from ceas_formal.spec.value import Rules, Use, Value


def another(value: Value) -> Value:
    """Return a value that passes every check that this one passes: its last payload is not used, or weighs less if it is the only one."""
    if not value.uses:
        return value
    last = max(value.uses, key=lambda use: use.node)
    rest = value.uses - {last}
    return replace(value, uses=rest or frozenset({replace(last, stamp=last.stamp / 2)}))


ILL_FORMED: dict[str, Callable[[Value, Rules], Value]] = {
    "of another epoch": lambda value, rules: replace(value, epoch=value.epoch + 1),
    "a content of another dimension": lambda value, rules: _using(value, Use(0, (Fraction(0),) * (rules.dimension + 1), Fraction(1))),
    "a content out of bounds": lambda value, rules: _using(value, Use(0, (Fraction(rules.clip) * 2,) * rules.dimension, Fraction(1))),
    "a content that nobody certified": lambda value, rules: _using(
        value, Use(0, (Fraction(rules.clip) / 97,) * rules.dimension, Fraction(1, 2))
    ),
    "a stamp above 1": lambda value, rules: replace(value, uses=frozenset(replace(use, stamp=Fraction(2)) for use in value.uses)),
    "one node used twice": lambda value, rules: replace(value, uses=value.uses | {replace(use, stamp=use.stamp / 2) for use in value.uses}),
    "an unknown node": lambda value, rules: replace(value, next_active=value.next_active | {rules.nodes + 7}),
    "an active set too small": lambda value, rules: replace(value, next_active=frozenset(sorted(value.next_active)[:1])),
    "an honest node quarantined": lambda value, rules: replace(value, quarantined=value.quarantined | {0}),
}
"""Values that a node has to refuse, whatever is certified, by what is wrong with them."""


def _using(value: Value, use: Use) -> Value:
    return replace(value, uses=frozenset(own for own in value.uses if own.node != use.node) | {use})
