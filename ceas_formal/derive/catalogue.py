"""Every derivation, in the paper's order."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ceas_formal.derive.derivation import DERIVATIONS, Derivation

MODULES = (
    "gradients", "noisy_gradients", "heterogeneity", "averaging", "convergence", "quadratic_descent", "aggregate_error",
    "byzantine_bounds", "weights", "weight_errors", "shots",
    "gossip", "gossip_rates", "mixing_depth", "stubborn", "clipped_gossip", "certified_gossip",
    "inventory", "inventory_steps", "inventory_law", "consumption", "lifetimes",
    "trust", "evasion",
    "detection", "cusum", "links", "influence", "composition", "checkpoint_time",
)  # fmt: skip
"""The modules with derivations, in the paper's order."""


def derivations() -> dict[str, Callable[[], Derivation]]:
    """Return every derivation by name; calling one derives it.

    Examples
    --------
    >>> from fractions import Fraction
    >>> derivations()["trace-optimal-weights"]().exact([Fraction(1), Fraction(4)], 2)
    Fraction(4, 5)
    """
    for module in MODULES:
        import_module(f"ceas_formal.derive.{module}")
    return DERIVATIONS
