"""Telling two rates of flips apart: exact binomial tails, two-sided error exponents, and the least number of checks.

An honest channel flips each of k independent checks with chance p, tampering with chance q > p. A payload passes with at most τ flips.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from ceas_formal.physics.checked import number
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
    t, p = number("the threshold τ", tau, "[0, 1]"), number("the rate", rate, "[0, 1]")
    return _term(t, p) + _term(1 - t, 1 - p)


def _term(t: float, p: float) -> float:
    if t == 0:
        return 0.0
    return math.inf if p == 0 else t * (math.log(t) - math.log(p))


def balanced_threshold(honest: float, tampered: float) -> tuple[float, float]:
    """Return (τ*, exponent): where D(τ‖p) = D(τ‖q), both errors fall as e^(-k·exponent), and no other τ has a better worse one.

    Parameters
    ----------
    honest, tampered : float
        p < q, flips per check, in [0, 1]. At p = 0 it is τ* = 0, at q = 1 it is τ* = 1, and one of the errors is then 0.

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
    if p == 0:
        return 0.0, divergence(0, q)
    if q == 1:
        return 1.0, divergence(1, p)
    misses = math.log1p(-p) - math.log1p(-q)
    tau = misses / (math.log(q) - math.log(p) + misses)
    return tau, divergence(tau, p)


def least_checks(honest: float, tampered: float, false_accept: float, false_reject: float) -> Threshold:
    """Return the least number of independent checks, with its threshold, that keeps both errors within the wanted ones.

    Parameters
    ----------
    honest, tampered : float
        p < q, flips per check, in [0, 1].
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
    >>> [least_checks(p, q, 1e-6, 1e-6)[:2] for p, q in ((0, 0.25), (0.01, 0.25), (0.1, 0.25), (0.2, 0.5))]
    [(49, 0), (119, 9), (552, 91), (214, 72)]

    Notes
    -----
    Binomial tails of ``scipy.special``; :func:`upper_tail` gives the same ones exactly. The feasible lengths may have gaps just above the
    least one, since τ is an integer.
    """
    from scipy.special import bdtr, bdtrc

    p, q = _rates(honest, tampered)
    accept = number("the wanted chance of a false accept", false_accept, "[1e-30, 0.5]")
    reject = number("the wanted chance of a false reject", false_reject, "[1e-30, 0.5]")
    flips = 0
    # By Chernoff so many checks suffice. The threshold never falls with the checks.
    if -math.log(min(accept, reject)) <= balanced_threshold(p, q)[1] * (MOST_CHECKS - 1):
        for checks in range(1, MOST_CHECKS + 1):
            while bdtrc(flips, checks, p) > reject:
                flips += 1
            if bdtr(flips, checks, q) <= accept:
                return Threshold(checks, flips, float(bdtrc(flips, checks, p)), float(bdtr(flips, checks, q)))
    raise ValueError(f"the number of checks must lie in [1, {MOST_CHECKS}]; p = {p:g} and q = {q:g} may need more")


def _rates(honest: float, tampered: float) -> tuple[float, float]:
    p, q = number("the honest rate p", honest, "[0, 1]"), number("the tampered rate q", tampered, "[0, 1]")
    if q <= p:
        raise ValueError(f"the tampered rate q must lie in ({p:g}, 1]: above the honest rate; got {q:g}")
    return p, q
