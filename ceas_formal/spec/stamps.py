"""Fidelity stamps (paper III.B, definition 1): the map φ(F, D), its few bits, and the levels as facts that others can certify.

The Fisher information F is a scalar here; a matrix must be scalarised first (:mod:`ceas_formal.physics.fisher`), and D is a process
distance in [0, 1] (:mod:`ceas_formal.physics.process_distance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ceas_formal.spec.exact import rational, whole


def fidelity_stamp(
    information: int | Fraction, largest: int | Fraction, distance: int | Fraction, *, floor: int | Fraction, penalty: int | Fraction
) -> Fraction:
    """Return φ = (ε + F) / ((ε + F_max)(1 + κD)), a stamp as definition 1 asks for it.

    Parameters
    ----------
    information : int or Fraction
        F in [0, F_max], a scalar of the quantum Fisher information [1/rad²].
    largest : int or Fraction
        F_max > 0, the same scalar of the ideal circuit family [1/rad²]: public, equal for all nodes.
    distance : int or Fraction
        D in [0, 1], ½ of the diamond norm between the implemented and the ideal channel.
    floor : int or Fraction
        ε > 0 [1/rad²]: keeps the stamp positive at F = 0.
    penalty : int or Fraction
        κ > 0: what D = 1 costs; the stamp falls by the factor 1 + κ.

    Returns
    -------
    Fraction
        In [ε/((ε + F_max)(1 + κ)), 1]; strictly increasing in F, strictly decreasing in D, and 1 exactly at F = F_max, D = 0 (STP-1).

    Raises
    ------
    TypeError
        If an argument is not an int or a Fraction.
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> str(fidelity_stamp(3, 4, Fraction(1, 10), floor=1, penalty=10))
    '2/5'
    """
    most = rational("F_max", largest, "(0, ∞)")
    base = rational("the floor ε", floor, "(0, ∞)")
    scale = rational("the penalty κ", penalty, "(0, ∞)")
    ratio = (base + rational("the Fisher information", information, f"[0, {most}]")) / (base + most)
    return ratio / (1 + scale * rational("the process distance", distance, "[0, 1]"))


@dataclass(frozen=True)
class Scale:
    """Log-levels: level ℓ stands for the stamp ρ^(ℓ-L+1), so the top level L-1 is 1 and each step is the factor ρ.

    Parameters
    ----------
    step : int or Fraction
        ρ > 1.
    levels : int
        L ≥ 1; b bits hold 2^b levels.

    Examples
    --------
    >>> scale = Scale(Fraction(34, 25), 16)
    >>> scale.range > 100, scale.level(Fraction(1, 2)), round(float(scale.value(13)), 3)
    (True, 12, 0.541)
    >>> round(float(scale.inflation), 4)
    1.0238
    """

    step: int | Fraction
    levels: int

    def __post_init__(self) -> None:
        rational("the step ρ", self.step, "(1, ∞)")
        whole("the number of levels", self.levels, 1)

    @property
    def range(self) -> Fraction:
        """R = ρ^(L-1), the ratio of the largest to the least stamp that the levels tell apart."""
        return Fraction(self.step) ** (self.levels - 1)

    @property
    def inflation(self) -> Fraction:
        """The most by which the variance grows when stamps in [1/R, 1] are replaced by their levels: (1+ρ)²/(4ρ)."""
        return inflation_bound(1 / Fraction(self.step), 1)

    def value(self, level: int) -> Fraction:
        """Return the stamp that `level` stands for, in [1/R, 1].

        Raises
        ------
        ValueError
            If `level` is not in 0..L-1.
        """
        if whole("the level", level, 0) >= self.levels:
            raise ValueError(f"the level must lie in 0..{self.levels - 1}; got {level}")
        return Fraction(self.step) ** (level - self.levels + 1)

    def level(self, stamp: int | Fraction) -> int:
        """Return the largest level whose value is at most `stamp`, in (0, 1]; 0 also below the range.

        Rounding down, a level never promises more than the stamp. For stamps in [1/R, 1] the relative error value/φ lies in (1/ρ, 1].
        """
        left, level = rational("the stamp", stamp, "(0, 1]"), self.levels - 1
        while level > 0 and self.value(level) > left:
            level -= 1
        return level

    def facts(self, stamp: int | Fraction) -> tuple[int, ...]:
        """Return every ℓ ≥ 1 for which the fact "level at least ℓ" holds. They are monotone: with ℓ every lower one holds too."""
        return tuple(range(1, self.level(stamp) + 1))


def certified_level(levels: Sequence[int], needed: int) -> int:
    """Return the largest ℓ for which `needed` of the nodes state the fact "level at least ℓ"; 0 needs no support.

    Parameters
    ----------
    levels : sequence of int
        One level per node, at least 0, each from that node's own measurement of the same peer.
    needed : int
        In 1..number of levels, such as f+a+1.

    Returns
    -------
    int
        The `needed`-th largest of the levels. With at most f lying nodes and f < needed ≤ N - f it lies between the least and the greatest
        honest measurement: nobody reports their own quality.

    Raises
    ------
    TypeError
        If a level or `needed` is not an int.
    ValueError
        If a level is negative, or `needed` out of range.

    Examples
    --------
    >>> certified_level([5, 6, 6, 15], needed=2), certified_level([5, 6, 6, 0], needed=2)
    (6, 6)
    """
    checked = [whole(f"level {k}", level, 0) for k, level in enumerate(levels)]
    if whole("the needed support", needed, 1) > len(checked):
        raise ValueError(f"the needed support must lie in 1..{len(checked)}; got {needed}")
    return sorted(checked, reverse=True)[needed - 1]


def linear_level(stamp: int | Fraction, bits: int) -> int:
    """Return ⌊φ(2^b - 1) + ½⌋, rounding on a linear scale: the quantiser that loses small stamps, for comparison.

    Examples
    --------
    >>> linear_level(1, 4), linear_level(Fraction(1, 29), 4), linear_level(Fraction(1, 31), 4)
    (15, 1, 0)
    """
    top = 2 ** whole("the number of bits", bits, 1) - 1
    return int(rational("the stamp", stamp, "(0, 1]") * top + Fraction(1, 2))


def inflation_bound(least: int | Fraction, greatest: int | Fraction) -> Fraction:
    """Return (m+M)²/(4mM), the most by which weights with relative errors in [m, M] inflate the variance.

    Parameters
    ----------
    least, greatest : int or Fraction
        0 < m ≤ M. Only their ratio matters.

    Returns
    -------
    Fraction
        At least 1, and reached by two nodes (STP-3).

    Raises
    ------
    TypeError
        If an argument is not an int or a Fraction.
    ValueError
        If m is not positive, or above M: an error of 0 removes a node, and then nothing bounds the loss.

    Examples
    --------
    >>> str(inflation_bound(1, 4))
    '25/16'

    Notes
    -----
    The inequality is Kantorovich's (also Pólya and Szegő's, 1925): e² ≤ (m+M)e - mM for each e in [m, M], averaged.
    """
    low = rational("the least relative error m", least, "(0, ∞)")
    high = rational("the greatest relative error M", greatest, f"[{low}, ∞)")
    return (low + high) ** 2 / (4 * low * high)


def variance_inflation(variances: Sequence[int | Fraction], stamps: Sequence[int | Fraction]) -> Fraction:
    """Return V(w)/V*, the variance of the aggregate with weights ∝ stamps, over the least possible, for uncorrelated unbiased nodes.

    Parameters
    ----------
    variances : sequence of int or Fraction
        s_k = tr Σ_k > 0, one per node.
    stamps : sequence of int or Fraction
        At least 0, not all 0: exact stamps, or the values of their levels.

    Returns
    -------
    Fraction
        Σ s_k φ_k² · Σ 1/s_k / (Σ φ_k)², at least 1, and 1 exactly if φ_k ∝ 1/s_k.

    Raises
    ------
    TypeError
        If an entry is not an int or a Fraction.
    ValueError
        If the lengths differ, an entry is out of range, or all stamps are 0.

    Examples
    --------
    >>> str(variance_inflation([1, 4], [1, Fraction(1, 4)])), str(variance_inflation([1, 4], [1, 1]))
    ('1', '25/16')
    """
    if len(variances) != len(stamps):
        raise ValueError(f"the number of stamps must be {len(variances)}, one per variance; got {len(stamps)}")
    spread = [rational(f"variance {k}", s, "(0, ∞)") for k, s in enumerate(variances)]
    weights = [rational(f"stamp {k}", phi, "[0, ∞)") for k, phi in enumerate(stamps)]
    if not any(weights):
        raise ValueError("the sum of the stamps must lie in (0, ∞); got 0")
    used = sum((s * w**2 for s, w in zip(spread, weights, strict=True)), Fraction(0))
    return used * sum(1 / s for s in spread) / sum(weights) ** 2
