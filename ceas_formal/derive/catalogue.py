"""Every derivation, in the paper's order."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ceas_formal.derive.derivation import DERIVATIONS, Derivation

MODULES = (
    "training.gradients", "training.noisy_gradients", "training.heterogeneity", "training.averaging", "training.convergence",
    "training.quadratic_descent", "training.aggregate_error", "training.byzantine_bounds", "aggregation.weights",
    "aggregation.weight_errors", "aggregation.shots", "gossip.stationary", "gossip.rates", "gossip.mixing_depth", "gossip.stubborn",
    "gossip.clipped", "gossip.certified", "inventory.expected", "inventory.steps", "inventory.law", "inventory.consumption",
    "inventory.lifetimes", "trust.score", "trust.evasion", "trust.detection", "trust.cusum", "trust.links", "aggregation.influence",
    "aggregation.committed",
    "composition.total_failure", "composition.checkpoint_time", "composition.forgery",
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
