"""The barrier: what 20 of 50 nodes hidden inside honest sampling noise can force on any rule, and what it costs in accuracy.

Theorem. Let h nodes be honest, each sending one sample of N(θ, Σ), and b Byzantine, in an order drawn at random. Take 0 < τ < 1 and two
values of θ whose difference has Mahalanobis length s = 2Φ⁻¹((1+τ)/2), so that the laws p₀, p₁ of one honest message are τ apart in
total variation. Attackers who know everything can send so that, on an event of chance ρ = P(Bin(h, τ) ≤ b) in either world, all messages
have the *same* law in both. So every rule errs by s/2 or more in one of the worlds with chance at least ρ/2.

Proof. p₀ = (1-τ)c + τa and p₁ = (1-τ)c + τa', with c ∝ min(p₀, p₁). In world 0 the number A of honest messages from a is Bin(h, τ). If
A ≤ b, the attackers draw A' from Bin(h, τ) given A' ≤ b, and send A' messages from a' and b - A' from c. Then, given the event, A and A'
are independent with one law, and N - A - A' messages come from c: exchanging the worlds exchanges A and A', and nothing changes. No
estimate is within less than s/2 of both θ.

As N grows with β = b/N fixed, ρ → 1 for every τ < β/(1-β), and the shift s/2 tends to Φ⁻¹(1/(2(1-β))) deviations of ONE node: .967 at
40%. At β ≥ 1/2 there is no bound. In one dimension the median attains it: however 40% lie, it stays between the quantiles 1/6 and 5/6 of
the honest law.

Copies. Let c Byzantine nodes send from the first round on what one honest node sends. Whoever sees messages alone sees c + 1 nodes that can
be exchanged: a rule that isolates each copy with chance q isolates that honest node with chance q too, and so q/h of the honest nodes. If
N - f nodes must remain and c = f, one of the f + 1 stays, and q is at most f/(f+1).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb, inf
from statistics import NormalDist

import numpy as np
from scipy.stats import binom

from ceas_formal.simulate.experiment.data import Floats

NORMAL = NormalDist()


def largest_shift(share: float) -> float:
    """Return Φ⁻¹(1/(2(1-β))), the shift that a share β of hidden nodes forces on every rule [deviations of one node].

    Examples
    --------
    >>> [round(largest_shift(share), 3) for share in (0.0, 0.2, 0.3, 0.4)], largest_shift(0.5)
    ([0.0, 0.319, 0.566, 0.967], inf)
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share of hidden nodes must lie in [0, 1]; got {share}")
    return inf if share >= 0.5 else NORMAL.inv_cdf(1 / (2 * (1 - share)))


def certain_shift(honest: int, byzantine: int, distance: float) -> tuple[float, float]:
    """Return the shift Φ⁻¹((1+τ)/2) and the chance ρ/2 with which every rule errs by at least that in one of two worlds.

    Parameters
    ----------
    honest, byzantine : int
        h and b, at least 0.
    distance : float
        τ in (0, 1).

    Examples
    --------
    >>> [tuple(round(x, 3) for x in certain_shift(30, 20, tau)) for tau in (0.5, 0.6, 2 / 3)]
    [(0.674, 0.489), (0.842, 0.412), (0.967, 0.284)]
    """
    if not 0 < distance < 1 or honest < 0 or byzantine < 0:
        raise ValueError(f"numbers of nodes must be at least 0 and the distance lie in (0, 1); got {honest}, {byzantine}, {distance}")
    return NORMAL.inv_cdf((1 + distance) / 2), float(binom.cdf(byzantine, honest, distance)) / 2


def counts_seen(honest: int, byzantine: int, distance: Fraction, drawn: int | None = None) -> dict[tuple[int, int], Fraction]:
    """Return the exact law, in world 0, of how many messages are of the kinds a and a', on the event that attackers can hide.

    World 1 is the same with the kinds exchanged, so the worlds are alike if and only if this law is symmetric.

    Parameters
    ----------
    honest, byzantine : int
        h and b.
    distance : Fraction
        τ in (0, 1).
    drawn : int, optional
        From how many nodes attackers imitate the draw of A'; h if they do it right.

    Examples
    --------
    >>> law = counts_seen(3, 2, Fraction(1, 2))
    >>> sum(law.values()), all(law[i, j] == law[j, i] for i, j in law)
    (Fraction(7, 8), True)
    """

    def binomial(size: int, k: int) -> Fraction:
        return comb(size, k) * distance**k * (1 - distance) ** (size - k)

    size = honest if drawn is None else drawn
    imitated = [binomial(size, k) for k in range(byzantine + 1)]
    return {(i, j): binomial(honest, i) * chance / sum(imitated) for i in range(byzantine + 1) for j, chance in enumerate(imitated)}


def copies_isolated(honest: int, byzantine: int) -> tuple[Fraction, Fraction]:
    """Return the largest share of copies of one honest node that a rule can isolate, and the share of honest nodes that it then isolates.

    Parameters
    ----------
    honest, byzantine : int
        h and f, at least 1; all Byzantine nodes are copies, and h nodes must remain.

    Examples
    --------
    >>> [str(share) for share in copies_isolated(30, 20)]
    ['20/21', '2/63']
    """
    if honest < 1 or byzantine < 1:
        raise ValueError(f"numbers of nodes must be at least 1; got {honest}, {byzantine}")
    share = Fraction(byzantine, byzantine + 1)
    return share, share / honest


def hidden_deviates(count: int, share: float, random: np.random.Generator) -> Floats:
    """Return samples of the attackers' law (p₁ - p₀)⁺/τ along the shift, from world 0 with deviation 1: its witness.

    Mixed into N(0, 1) at `share` it gives a law that is symmetric about s/2, so the mean, the median and every other rule that respects
    reflections answer s/2 on it.

    Examples
    --------
    >>> found = hidden_deviates(20000, 0.4, np.random.default_rng(0))
    >>> bool(found.min() >= largest_shift(0.4)), round(0.4 * float(found.mean()), 2)
    (True, 0.97)
    """
    shift = 2 * largest_shift(share)
    found: list[float] = []
    while len(found) < count:
        place = shift + float(random.standard_normal())
        if place > shift / 2 and random.random() < 1 - np.exp(-shift * (place - shift / 2)):
            found.append(place)
    return np.array(found)


def symmetric_root(matrix: Floats) -> Floats:
    """Return the positive semidefinite square root."""
    values, vectors = np.linalg.eigh(matrix)
    found: Floats = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return found


@dataclass(frozen=True)
class Cost:
    """What the shift costs.

    Parameters
    ----------
    shift : float
        In deviations of one node.
    direction : array, shape (P,)
        Displacement of the parameters per deviation, in the worst direction.
    accuracy : float
        Loss of accuracy at that shift, to second order [share].
    """

    shift: float
    direction: Floats
    accuracy: float


def cost(curvature: Floats, covariance: Floats, shift: float) -> Cost:
    """Return ½ r² λ_max(√Σ A √Σ): the largest loss over displacements of Mahalanobis length r, with A minus the Hessian of the accuracy.

    Parameters
    ----------
    curvature : array, shape (P, P)
        A at the parameters that honest training reaches [share per squared parameter].
    covariance : array, shape (P, P)
        Σ of the parameters that one honest node's data alone would move training to.
    shift : float
        r, at least 0 [deviations].

    Examples
    --------
    >>> round(cost(np.diag([2.0, 0.5]), np.diag([0.01, 0.01]), 1.0).accuracy, 6)
    0.01
    """
    root = symmetric_root(covariance)
    values, vectors = np.linalg.eigh(root @ curvature @ root)
    return Cost(shift, root @ vectors[:, -1], float(max(values[-1], 0.0) * shift**2 / 2))
