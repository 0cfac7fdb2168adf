"""Telling two rates of flips apart: exact binomial tails, two-sided error exponents, and the least number of checks.

An honest channel flips each of k independent checks with chance p, tampering with chance q > p. A payload passes with at most τ flips.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from ceas_formal.physics.ranges import real
from ceas_formal.spec.exact import rational, whole

MOST_CHECKS = 200_000
"""Beyond this :func:`least_checks` does not search."""


class Threshold(NamedTuple):
    """A test: `checks` are made, at most `flips` of them may flip. Both errors are floats, relative accuracy 10⁻⁹."""

    checks: int
    flips: int
    false_reject: float
    false_accept: float


def upper_tail(trials: int, chance: int | Fraction, more_than: int) -> Fraction:
    """Return P(B > m) for a binomial B, exactly.

    Parameters
    ----------
    trials : int
        At least 0.
    chance : int or Fraction
        Of each trial, in [0, 1].
    more_than : int
        m, at least -1; the tail is 0 from `trials` on.

    Examples
    --------
    >>> upper_tail(3, Fraction(1, 2), 1)
    Fraction(1, 2)
    """
    count, p = whole("the number of trials", trials, 0), rational("the chance of a trial", chance, "[0, 1]")
    first = whole("the number exceeded", more_than, -1) + 1
    hit, miss = p.numerator, p.denominator - p.numerator
    # The shorter side is summed: with 35 verifiers and a tag of 60 the terms have thousands of digits.
    if 2 * first > count:
        return Fraction(_sum(count, first, count, hit, miss), p.denominator**count)
    return 1 - Fraction(_sum(count, 0, first - 1, hit, miss), p.denominator**count)


def _sum(count: int, first: int, last: int, hit: int, miss: int) -> int:
    return sum(math.comb(count, k) * hit**k * miss ** (count - k) for k in range(first, last + 1))


def divergence(tau: float, rate: float) -> float:
    """Return D(τ‖p) in nats: k flips checked, the chance of a fraction τ under rate p is at most e^(-k·D) (Chernoff 1952).

    Examples
    --------
    >>> round(divergence(0.5, 0.25), 6), divergence(0.2, 0.2)
    (0.143841, 0.0)
    """
    t, p = real("the threshold τ", tau, 0, 1), real("the rate", rate, 0, 1)
    return _term(t, p) + _term(1 - t, 1 - p)


def _term(t: float, p: float) -> float:
    if t == 0:
        return 0.0
    return math.inf if p == 0 else t * math.log(t / p)


def balanced_threshold(honest: float, tampered: float) -> tuple[float, float]:
    """Return (τ*, exponent): where D(τ‖p) = D(τ‖q), both errors fall as e^(-k·exponent), and no other τ has a better worse one.

    Parameters
    ----------
    honest, tampered : float
        p < q, flips per check, in (0, 1).

    Raises
    ------
    ValueError
        If a rate is out of range, or q ≤ p: then no number of checks separates them.

    Examples
    --------
    >>> tau, exponent = balanced_threshold(0.01, 0.25)
    >>> round(tau, 4), round(exponent, 4)
    (0.0794, 0.0976)
    """
    p, q = _rates(honest, tampered)
    tau = math.log((1 - p) / (1 - q)) / (math.log(q / p) + math.log((1 - p) / (1 - q)))
    return tau, divergence(tau, p)


def least_checks(honest: float, tampered: float, false_accept: float, false_reject: float) -> Threshold:
    """Return the least number of independent checks, with its threshold, that keeps both errors within the wanted ones.

    Parameters
    ----------
    honest, tampered : float
        p < q, flips per check, in (0, 1).
    false_accept : float
        The wanted bound on P(at most τ flips | q), in [10⁻³⁰, 1/2].
    false_reject : float
        The wanted bound on P(more than τ flips | p), in [10⁻³⁰, 1/2].

    Raises
    ------
    ValueError
        If a rate or a bound is out of range, q ≤ p, or more than `MOST_CHECKS` checks are needed.

    Examples
    --------
    >>> [least_checks(p, q, 1e-6, 1e-6)[:2] for p, q in ((0.01, 0.25), (0.1, 0.25), (0.2, 0.5))]
    [(119, 9), (552, 91), (214, 72)]

    Notes
    -----
    Binomial tails of ``scipy.stats``; :func:`upper_tail` gives the same ones exactly. The feasible lengths may have gaps just above the
    least one, since τ is an integer.
    """
    import numpy as np
    from scipy.stats import binom

    p, q = _rates(honest, tampered)
    wanted = [real(f"the wanted chance of a false {name}", value, 1e-30, 0.5) for name, value in _named(false_accept, false_reject)]
    enough = math.ceil(-math.log(min(wanted)) / balanced_threshold(p, q)[1]) + 1
    if enough > MOST_CHECKS:
        raise ValueError(f"the number of checks must lie in [1, {MOST_CHECKS}]; p = {p:g} and q = {q:g} need up to {enough}")
    checks = np.arange(1, enough + 1)
    flips = binom.isf(wanted[1], checks, p)
    feasible = np.flatnonzero((binom.cdf(flips, checks, q) <= wanted[0]) & (binom.sf(flips, checks, p) <= wanted[1]))
    k, tau = int(checks[feasible[0]]), int(flips[feasible[0]])
    return Threshold(k, tau, float(binom.sf(tau, k, p)), float(binom.cdf(tau, k, q)))


def _named(false_accept: float, false_reject: float) -> tuple[tuple[str, float], ...]:
    return ("accept", false_accept), ("reject", false_reject)


def _rates(honest: float, tampered: float) -> tuple[float, float]:
    p, q = real("the honest rate p", honest, 1e-9, 1 - 1e-9), real("the tampered rate q", tampered, 1e-9, 1 - 1e-9)
    if q <= p:
        raise ValueError(f"the tampered rate q must lie in ({p:g}, 1): above the honest rate; got {q:g}")
    return p, q
