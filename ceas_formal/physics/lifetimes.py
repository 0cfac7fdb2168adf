"""How long a stored Bell pair lasts: sudden death of entanglement, usable lifetime for a fidelity threshold, and the λ that it implies.

Given the memories and the start, each of these times is one number, not a random variable: the residual lifetime of definition 2 is
deterministic under decoherence alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ceas_formal.physics.bell_pairs import BellPair, entanglement_margin
from ceas_formal.physics.checked import Floats, Probability, real
from ceas_formal.physics.memories import Memory

FAR = 600.0
"""Multiples of the slowest time constant after which nothing changes any more that a float can show."""
STEPS = 2000


def entanglement_survives(pair: BellPair) -> NDArray[np.bool_]:
    """Return whether the pair stays entangled for ever, as booleans: the sign of the concurrence over √(ea·eb) at late times.

    A pair that starts separable does not survive. Otherwise it dies as soon as a memory with finite T1 has a thermal population. Without
    any, let d be 1 if both memories have T2 = 2·T1 (no pure dephasing) and 0 else, and g be 1 for a memory with finite T1 and 0 else.

    Examples
    --------
    >>> from ceas_formal.physics.memories import Memory
    >>> [bool(entanglement_survives(BellPair("phi+", Memory(1, t2), Memory(1, t2)))) for t2 in (2, 1.9)]
    [True, False]

    Notes
    -----
    From Φ± it survives iff v·d/2 ≥ √(x·y), x = (1-F0)/3 + (1+v)/4·ga, y likewise; from Ψ± iff v·d/2 ≥ √(p00·p11), with the late p00
    and p11 = (1-F0)/3 over ea·eb. So Φ+ needs a memory that does not relax, or no pure dephasing; Ψ+ always survives (Yu and Eberly 2004,
    2009). Equality survives, as the limit is reached from above.
    """
    a, b = pair.first, pair.second
    v, rest = pair.visibility, (1 - np.asarray(pair.start_fidelity)) / 3
    relaxes_a, relaxes_b = (np.where(memory.relaxation_rate > 0, 1.0, 0.0) for memory in (a, b))
    heated = (relaxes_a * a.population > 0) | (relaxes_b * b.population > 0)
    coherence = np.where(a.dephasing_rate + b.dephasing_rate > 0, 0.0, v) / 2
    if pair.even:
        mixed = np.sqrt((rest + (1 + v) / 4 * relaxes_a) * (rest + (1 + v) / 4 * relaxes_b))
    else:
        ground = (relaxes_a + relaxes_b) / 2 + rest * (1 - relaxes_a) * (1 - relaxes_b)
        mixed = np.sqrt(rest * ground)
    return np.asarray((np.asarray(pair.start_fidelity) > 0.5) & ~heated & (coherence >= mixed))


def sudden_death_time(pair: BellPair) -> Floats:
    """Return when the pair becomes separable, in s: 0 if it starts so, infinity if it never does.

    Parameters
    ----------
    pair : BellPair
        One pair or an array of shape S.

    Returns
    -------
    ndarray of shape S, in s
        To a relative accuracy of about 1e-12. Concurrence never rises, so there is one such time.

    Examples
    --------
    >>> from ceas_formal.physics.memories import Memory
    >>> memory = Memory(t1=1.0, t2=1.0)
    >>> bool(np.isclose(sudden_death_time(BellPair("phi+", memory, memory)), np.log(2)))
    True
    """
    pairs = _Flat(pair)
    times = np.where(pairs.fields["f"] <= 0.5, 0.0, np.inf)
    mortal = np.flatnonzero(~np.broadcast_to(entanglement_survives(pair), pair.shape).ravel() & (pairs.fields["f"] > 0.5))
    if mortal.size:
        some = pairs.take(mortal)
        high = np.full(mortal.size, 1.0) / _fastest(some)
        low = np.zeros(mortal.size)
        for _ in range(STEPS):
            alive = entanglement_margin(some, high) > 0
            if not alive.any():
                break
            low, high = np.where(alive, high, low), np.where(alive, 2 * high, high)
        for _ in range(60):
            middle = (low + high) / 2
            alive = entanglement_margin(some, middle) > 0
            low, high = np.where(alive, middle, low), np.where(alive, high, middle)
        times[mortal] = (low + high) / 2
    return times.reshape(pair.shape)


def usable_lifetime(pair: BellPair, threshold: Probability) -> Floats:
    """Return τ* = inf{t : F(t) ≤ threshold}, in s, with F the fidelity with the Bell state of the start.

    Parameters
    ----------
    pair : BellPair
        One pair or an array of shape S.
    threshold : float or array
        Least usable fidelity, in [0, 1]; broadcasts with S.

    Returns
    -------
    ndarray, in s
        0 if the pair starts at or below the threshold, infinity if it never falls to it. Fidelity of Φ± can come back above; this is the
        first time that it reaches the threshold.

    Raises
    ------
    ValueError
        If a threshold lies outside [0, 1].

    Examples
    --------
    >>> from ceas_formal.physics.memories import Memory
    >>> memory = Memory(t1=1.0, t2=1.0)
    >>> [round(float(usable_lifetime(BellPair("phi+", memory, memory, 0.95), F)), 4) for F in (0.5, 0.8, 0.9)]
    [0.6419, 0.1237, 0.0373]

    Notes
    -----
    F is a sum of exponentials, Σ c·exp(-k·t). From t on, |F''| ≤ K = Σ |c|·k²·exp(-k·t), so F stays above the threshold until the
    parabola F(t) + F'(t)·h - K·h²/2 meets it. Stepping to there never jumps over a crossing, and near one it converges like Newton.
    """
    limit = real("the fidelity threshold", threshold, "[0, 1]")
    pairs = _Flat(pair, limit)
    level, coefficients, rates = _exponentials(pairs)
    level = level - pairs.fields["limit"]
    times, active = np.zeros(level.size), np.arange(level.size)
    slowest = np.min(np.where((rates > 0) & (coefficients != 0), rates, np.inf), axis=0)
    for _ in range(STEPS):
        if not active.size:
            break
        c, k, rest = coefficients[:, active], rates[:, active], level[active]
        terms = c * np.exp(-k * times[active])
        gap, scale = rest + terms.sum(axis=0), np.abs(rest) + np.abs(terms).sum(axis=0)
        crossed = gap <= 4 * np.finfo(float).eps * scale
        # All later terms are known: those above 0 can only vanish, and relative to the slowest one the others shrink.
        only_down = (rest > 0) & (rest + np.minimum(terms, 0).sum(axis=0) > 0)
        is_slowest = k == slowest[active]
        leads = np.where(is_slowest, terms, np.minimum(terms, 0)).sum(axis=0) > 0
        never = ~crossed & (only_down | ((rest >= 0) & leads) | (times[active] > FAR / slowest[active]) | np.isinf(slowest[active]))
        times[active[never]] = np.inf
        going = ~crossed & ~never
        active, terms, k, gap = active[going], terms[:, going], k[:, going], gap[going]
        slope, bend = -(k * terms).sum(axis=0), (k**2 * np.abs(terms)).sum(axis=0)
        reach = np.sqrt(slope**2 + 2 * bend * gap) + np.abs(slope)
        later = times[active] + np.where(slope > 0, reach / bend, 2 * gap / reach)
        # A step below the spacing of floats at t: the crossing is the next float.
        moved = later > times[active]
        times[active], active = later, active[moved]
    else:
        raise ArithmeticError(f"the usable lifetime of {active.size} pairs did not settle in {STEPS} steps")
    return times.reshape(np.broadcast_shapes(pair.shape, limit.shape))


def implied_loss_rate(pair: BellPair, threshold: Probability) -> Floats:
    """Return λ = 1/τ*, in 1/s: the parameter of an exponential residual life (definition 2) with the mean τ* of :func:`usable_lifetime`.

    Only the mean agrees. The pair is usable until τ* for certain and not after; the exponential law gives it e^(-1/2) at τ*/2.

    Examples
    --------
    >>> from ceas_formal.physics.memories import Memory
    >>> memory = Memory(t1=1.0, t2=1.0)
    >>> [round(float(implied_loss_rate(BellPair("phi+", memory, memory, 0.95), F)), 2) for F in (0.5, 0.9)]
    [1.56, 26.8]
    """
    with np.errstate(divide="ignore"):
        return np.asarray(1 / usable_lifetime(pair, threshold))


class _Flat:
    """The parameters of an array of pairs, one flat array each."""

    def __init__(self, pair: BellPair, limit: Floats | None = None) -> None:
        self.bell = pair.bell
        shape = np.broadcast_shapes(pair.shape, () if limit is None else limit.shape)
        given = {"f": pair.start_fidelity, "limit": 0.0 if limit is None else limit}
        for name, memory in (("a", pair.first), ("b", pair.second)):
            given |= {f"t1{name}": memory.t1, f"t2{name}": memory.t2, f"p{name}": memory.excited}
        self.fields = {name: np.broadcast_to(np.asarray(value, dtype=np.float64), shape).ravel() for name, value in given.items()}

    def take(self, chosen: NDArray[np.intp] | slice) -> BellPair:
        """Return some of the pairs, as an array of shape (n,)."""
        at = {name: value[chosen] for name, value in self.fields.items()}
        return BellPair(self.bell, Memory(at["t1a"], at["t2a"], at["pa"]), Memory(at["t1b"], at["t2b"], at["pb"]), at["f"])


def _fastest(pair: BellPair) -> Floats:
    """Return the sum of all rates, in 1/s, which is at least the fastest."""
    a, b = pair.first, pair.second
    return np.asarray(a.relaxation_rate + b.relaxation_rate + a.decoherence_rate + b.decoherence_rate)


def _exponentials(pairs: _Flat) -> tuple[Floats, Floats, Floats]:
    """Return F as a constant, coefficients (4, n) and rates (4, n) in 1/s. Terms of equal rate are merged, those of rate 0 constant."""
    pair = pairs.take(slice(None))
    a, b, v, rest = pair.first, pair.second, pair.visibility, (1 - np.asarray(pair.start_fidelity)) / 3
    ra, rb = a.relaxation_rate, b.relaxation_rate
    warm = (a.population + b.population - 2 * a.population * b.population) / 2
    sign = 1.0 if pair.even else -1.0
    alike = (1 + v) / 4 if pair.even else rest
    single = -sign * (0.25 - warm)
    c = np.stack([v / 2, np.zeros_like(v) + single, np.zeros_like(v) + single, sign * (alike - warm)])
    k = np.stack([a.dephasing_rate + b.dephasing_rate + (ra + rb) / 2, ra, rb, ra + rb])
    constant = (0.5 if pair.even else 0.0) - sign * warm
    for later in range(1, 4):
        for earlier in range(later):
            same = k[earlier] == k[later]
            c[earlier], c[later] = np.where(same, c[earlier] + c[later], c[earlier]), np.where(same, 0.0, c[later])
    still = k == 0
    return constant + np.where(still, c, 0).sum(axis=0), np.where(still, 0.0, c), k
