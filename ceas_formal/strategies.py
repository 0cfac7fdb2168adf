"""Hypothesis strategies for exact inputs of the specification, for the tests here and for tests of other implementations.

Needs ``hypothesis``. Every number is an int or a Fraction with a small denominator, so that failures shrink to something readable.
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

LARGEST_DENOMINATOR = 60


def open_unit_fractions() -> st.SearchStrategy[Fraction]:
    """Return fractions strictly between 0 and 1."""
    return st.integers(2, LARGEST_DENOMINATOR).flatmap(lambda d: st.integers(1, d - 1).map(lambda n: Fraction(n, d)))


def unit_fractions() -> st.SearchStrategy[Fraction]:
    """Return fractions in [0, 1], both ends included."""
    return st.fractions(0, 1, max_denominator=LARGEST_DENOMINATOR)


def positive_unit_fractions() -> st.SearchStrategy[Fraction]:
    """Return fractions in (0, 1]: fidelity stamps, survival probabilities, quarantine thresholds."""
    return st.one_of(open_unit_fractions(), st.just(Fraction(1)))


def stamps(least: int = 1, most: int = 12) -> st.SearchStrategy[list[Fraction]]:
    """Return the fidelity stamps φ_k of between `least` and `most` nodes."""
    return st.lists(positive_unit_fractions(), min_size=least, max_size=most)


def trust_memories() -> st.SearchStrategy[Fraction]:
    """Return the memory α of the trust update, in (0, 1)."""
    return open_unit_fractions()


def trust_scores() -> st.SearchStrategy[Fraction]:
    """Return trust scores τ, in [0, 1]."""
    return unit_fractions()


def quarantine_thresholds() -> st.SearchStrategy[Fraction]:
    """Return thresholds τ_min, in (0, 1]."""
    return positive_unit_fractions()


def verdict_sequences(least: int = 0, most: int = 12) -> st.SearchStrategy[list[int]]:
    """Return tag verdicts, 0 or 1, of between `least` and `most` rounds."""
    return st.lists(st.integers(0, 1), min_size=least, max_size=most)


def pairs() -> st.SearchStrategy[Fraction]:
    """Return expected numbers of Bell pairs: of an inventory, generated, or consumed."""
    return st.fractions(0, 20, max_denominator=LARGEST_DENOMINATOR)


def coherence_times() -> st.SearchStrategy[Fraction]:
    """Return coherence times τ_c in rounds, positive."""
    return st.fractions(Fraction(1, 10), 20, max_denominator=10)
