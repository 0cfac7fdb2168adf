"""How long a view has to last, and when everybody has decided, once messages take at most Δ (partial synchrony, after stabilisation).

The paper gives no timing model; without one no protocol of this kind can promise progress. All times are exact, in the unit of Δ. After
stabilisation a message sent, or sent again, arrives within Δ: VIEWs, OKs of the epoch, and what belongs to the current view are sent
again. Stabilisation is meant as the time from which on nothing is missing any more: where messages sent before could be lost and nodes
send again every Δ, that is Δ after the network became reliable. Computation takes no time, or is counted into Δ.
"""

from __future__ import annotations

from fractions import Fraction

from ceas_formal.spec.exact import rational, whole

SKEW = 2
"""In units of Δ: after the first honest node enters a view, f+1 honest VIEWs reach all within Δ, and all honest VIEWs within another."""
PHASES = 7
"""In units of Δ: OKs arrive, amplified OKs (and by then the reports), PROPOSE, VOTE1, VOTE2, VOTE3, VOTE4.

A value can get locked in a lower view just before the last honest node leaves it. Its payloads then have f+a+1 honest OKs, not yet the
2f+a+1 that a leader needs: the others' OKs follow within Δ, and take another to arrive.
"""


def entry_skew(delay: int | Fraction) -> Fraction:
    """Return 2Δ: how much later than the first honest node the last one enters a view.

    Parameters
    ----------
    delay : int or Fraction
        Δ > 0, the longest message delay after stabilisation.

    Examples
    --------
    >>> entry_skew(5)
    Fraction(10, 1)
    """
    return SKEW * rational("the delay", delay, "(0, ∞)")


def least_timeout(delay: int | Fraction) -> Fraction:
    """Return 9Δ, a time-out with which a view under an honest leader decides: entry skew and seven message delays.

    Parameters
    ----------
    delay : int or Fraction
        Δ > 0, the longest message delay after stabilisation.

    Examples
    --------
    >>> least_timeout(5)
    Fraction(45, 1)
    """
    return entry_skew(delay) + PHASES * rational("the delay", delay, "(0, ∞)")


def decision_bound(faults: int, delay: int | Fraction, timeout: int | Fraction) -> Fraction:
    """Return (f+1)·(T+Δ) + 11Δ: so long after stabilisation every honest node has decided, with leaders that rotate.

    Within 2Δ all honest nodes are in one view or above. From one view to the next it takes at most T+Δ, and of f+1 views in a row one has
    an honest leader. It decides within 9Δ of the first entry.

    Parameters
    ----------
    faults : int
        f, the largest number of Byzantine nodes.
    delay, timeout : int or Fraction
        Δ > 0, and T, the time that a timer runs; at least 9Δ.

    Raises
    ------
    ValueError
        If the time-out is shorter than 9Δ: then nothing is promised.

    Examples
    --------
    >>> decision_bound(1, 1, 9)
    Fraction(31, 1)
    """
    longest, runs = rational("the delay", delay, "(0, ∞)"), rational("the time-out", timeout, "(0, ∞)")
    if runs < least_timeout(longest):
        raise ValueError(f"the time-out must be at least 9Δ = {least_timeout(longest)}; got {runs}")
    return (whole("the number of faults", faults, 0) + 1) * (runs + longest) + (SKEW + SKEW + PHASES) * longest
