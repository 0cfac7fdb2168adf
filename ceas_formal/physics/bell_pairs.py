"""Bell pairs that age in two different memories: closed forms in time, batched (paper II.A).

The start is any of the four Bell states, or the Werner state of fidelity F0 around it. Populations relax in each memory on its own, and
the one coherence decays at the sum of the rates 1/T2. Write e = exp(-t/T1), g = 1 - e and p for the thermal population of a memory,
v = (4·F0 - 1)/3, Γ = 1/T2a + 1/T2b and q = pa + pb - 2·pa·pb. Then, from Φ± and from Ψ±,

    F = 1/2 + (v/2)·exp(-Γt) - (ea + eb)/4 + (1 + v)/4·ea·eb - (q/2)·ga·gb,
    F = (v/2)·exp(-Γt) + (ea + eb)/4 - (1 - v)/4·ea·eb + (q/2)·ga·gb.

Near F = 1/2 and concurrence 0 the terms of Φ cancel: at T2 = 2·T1 the sum F - 1/2 = e²/2 is lost in rounding after 18·T1 and would look
like sudden death. The functions below group the terms so that what is left keeps its digits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ceas_formal.physics.checked import Floats, Probability, Seconds, real
from ceas_formal.physics.memories import Memory
from ceas_formal.physics.x_states import BELL_STATES, XState

SMALLEST = 1e-140
"""Coherence below which its square, and the populations to compare it with, underflow."""


@dataclass(frozen=True, eq=False)
class BellPair:
    """A Bell pair, or an array of pairs, at the moment it is stored.

    Parameters
    ----------
    bell : {"phi+", "phi-", "psi+", "psi-"}
        The Bell state around which the pair starts.
    first, second : Memory
        The two memories.
    start_fidelity : float or array, optional
        F0 in [1/4, 1] of the Werner state F0·|B⟩⟨B| + (1 - F0)/3·(1 - |B⟩⟨B|). Below 1/4 another Bell state would be nearer.

    Raises
    ------
    ValueError
        If the Bell state is unknown, F0 is out of range, or the arrays do not broadcast.

    Examples
    --------
    >>> BellPair("phi+", Memory(1.0, 1.0), Memory(1.0, 1.0), start_fidelity=0.2)
    Traceback (most recent call last):
    ValueError: the start fidelity F0 must lie in [0.25, 1]; got 0.2
    """

    bell: str
    first: Memory
    second: Memory
    start_fidelity: Probability = 1.0

    def __post_init__(self) -> None:
        if self.bell not in BELL_STATES:
            raise ValueError(f"the Bell state must be one of {', '.join(BELL_STATES)}; got {self.bell!r}")
        object.__setattr__(self, "start_fidelity", real("the start fidelity F0", self.start_fidelity, "[0.25, 1]"))
        self.shape  # noqa: B018  # raises if the arrays do not broadcast

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the array of pairs; () for one pair."""
        shapes = [getattr(memory, name).shape for memory in (self.first, self.second) for name in ("t1", "t2", "excited")]
        shapes.append(np.shape(self.start_fidelity))
        try:
            return np.broadcast_shapes(*shapes)
        except ValueError:
            raise ValueError(f"the memories and the start fidelity must broadcast; got the shapes {shapes}") from None

    @property
    def even(self) -> bool:
        """Whether the pair starts around Φ±, whose two results in the computational basis agree."""
        return self.bell.startswith("phi")

    @property
    def visibility(self) -> Floats:
        """Return v = (4·F0 - 1)/3, the weight of the Bell state beside white noise."""
        return np.asarray(1 - 4 * (1 - np.asarray(self.start_fidelity)) / 3)


class _Aged:
    """The factors that every closed form is made of, at given times. `alike` and `unlike` are the start populations of 11 and of 01."""

    def __init__(self, pair: BellPair, time: Seconds) -> None:
        t = real("the time in s", time, "[0, ∞)")
        with np.errstate(over="ignore"):  # a time that overflows in units of T1 or T2 is the late limit
            self._age(pair, t)

    def _age(self, pair: BellPair, t: Floats) -> None:
        a, b = pair.first, pair.second
        self.slow = t * np.minimum(a.relaxation_rate, b.relaxation_rate)
        self.gap = t * np.abs(a.relaxation_rate - b.relaxation_rate)
        self.kept_a, self.kept_b = np.exp(-t * a.relaxation_rate), np.exp(-t * b.relaxation_rate)
        self.lost_a, self.lost_b = -np.expm1(-t * a.relaxation_rate), -np.expm1(-t * b.relaxation_rate)
        self.pa, self.pb = a.population, b.population
        self.root = np.exp(-t * (a.relaxation_rate + b.relaxation_rate) / 2)
        dephased = t * (a.dephasing_rate + b.dephasing_rate)
        v = pair.visibility
        # 1 - v·d from 1 - F0 and expm1, so that it keeps its digits where v·d is near 1.
        self.phase = v * np.exp(-dephased)
        self.phase_lost = 4 * (1 - np.asarray(pair.start_fidelity)) / 3 - v * np.expm1(-dephased)
        agree, differ = (1 + v) / 4, (1 - np.asarray(pair.start_fidelity)) / 3
        self.alike, self.unlike = (agree, differ) if pair.even else (differ, agree)
        self.warm = a.population * a.relaxation_rate + b.population * b.relaxation_rate > 0
        self.heated = bool(np.any(self.warm))

    @property
    def coherence(self) -> Floats:
        return np.asarray(self.root * self.phase / 2)

    def population(self, a: int, b: int) -> Floats:
        """Return the probability of the result ab, a sum of terms that are not negative."""
        one_a, zero_a = _transitions(a, self.kept_a, self.lost_a, self.pa)
        one_b, zero_b = _transitions(b, self.kept_b, self.lost_b, self.pb)
        return np.asarray(self.alike * (one_a * one_b + zero_a * zero_b) + self.unlike * (one_a * zero_b + zero_a * one_b))


def _transitions(result: int, kept: Floats, lost: Floats, thermal: Floats) -> tuple[Floats, Floats]:
    """Return P(result | excited) and P(result | ground)."""
    if result:
        return kept + thermal * lost, thermal * lost
    return (1 - thermal) * lost, 1 - thermal * lost


def x_state(pair: BellPair, time: Seconds) -> XState:
    """Return the state of the pair after `time`.

    Parameters
    ----------
    pair : BellPair
        One pair or an array of shape S.
    time : float or array, in s
        In [0, ∞); broadcasts with S. For every pair at every time give S the shape (pairs, 1) and `time` the shape (times,).

    Returns
    -------
    XState
        Of the broadcast shape.

    Raises
    ------
    ValueError
        If a time is negative, infinite or NaN.

    Examples
    --------
    >>> memory = Memory(t1=1.0, t2=1.0)
    >>> state = x_state(BellPair("phi+", memory, memory), np.log(2))
    >>> [round(float(p), 12) for p in (state.p00, state.p01, state.p10, state.p11, state.outer)]
    [0.625, 0.125, 0.125, 0.125, 0.125]
    """
    aged = _Aged(pair, time)
    signed = aged.coherence if pair.bell.endswith("+") else -aged.coherence
    none = np.zeros_like(signed)
    outer, inner = (signed, none) if pair.even else (none, signed)
    p00, p01, p10, p11 = (aged.population(a, b) for a in (0, 1) for b in (0, 1))
    return XState(p00, p01, p10, p11, outer=outer, inner=inner)


def fidelity_excess(pair: BellPair, time: Seconds) -> Floats:
    """Return F - 1/2 with F the fidelity with the Bell state of the start, with its digits where it is small.

    Parameters
    ----------
    pair, time
        As in :func:`x_state`.

    Returns
    -------
    ndarray
        In [-1/2, 1/2]. Positive values mean that the pair teleports better than anything without entanglement.

    Examples
    --------
    >>> memory = Memory(t1=1.0, t2=2.0)
    >>> bool(np.isclose(fidelity_excess(BellPair("phi+", memory, memory), 20.0), np.exp(-40) / 2, rtol=1e-14, atol=0))
    True
    """
    aged = _Aged(pair, time)
    both = aged.kept_a * aged.kept_b
    warmed = (aged.pa + aged.pb - 2 * aged.pa * aged.pb) / 2 * aged.lost_a * aged.lost_b if aged.heated else 0.0
    if not pair.even:
        return np.asarray(aged.coherence - (aged.lost_a + aged.lost_b) / 4 - aged.alike * both + warmed)
    # Two groupings of one sum. Each term is at most about the coherence: in the first while that is whole, in the second later.
    early = aged.alike * both - aged.root * aged.phase_lost / 2 - np.exp(-aged.slow) * np.expm1(-aged.gap / 2) ** 2 / 4
    late = aged.coherence - (aged.kept_a * aged.lost_b + aged.kept_b * aged.lost_a) / 4 - aged.unlike * both
    return np.asarray(np.where(aged.phase >= 0.5, early, late) - warmed)


def fidelity(pair: BellPair, time: Seconds) -> Floats:
    """Return the fidelity with the Bell state of the start, in [0, 1]. It may rise again: a relaxed Φ± tends to |00⟩, of fidelity 1/2.

    Examples
    --------
    >>> memory = Memory(t1=1.0, t2=1.0)
    >>> [float(F) for F in fidelity(BellPair("phi+", memory, memory), np.log([1, 2, 4, 8])).round(12)]
    [1.0, 0.5, 0.4375, 0.453125]
    """
    if pair.even:
        return np.asarray(0.5 + fidelity_excess(pair, time))
    aged = _Aged(pair, time)
    return np.asarray(aged.coherence + (aged.population(0, 1) + aged.population(1, 0)) / 2)


def entanglement_margin(pair: BellPair, time: Seconds) -> Floats:
    """Return the concurrence before it is clamped at 0: negative once the pair has become separable.

    In warm memories, where every pair ends, one whose coherence is below :data:`SMALLEST` counts as separable.

    Examples
    --------
    >>> memory = Memory(t1=1.0, t2=2.0)
    >>> bool(np.isclose(entanglement_margin(BellPair("phi+", memory, memory), 40.0), np.exp(-80), rtol=1e-13, atol=0))
    True
    """
    aged = _Aged(pair, time)
    both, half = aged.kept_a * aged.kept_b, aged.phase / 2
    if not pair.even:
        # Without heat p11 = alike·ea·eb, and √(ea·eb) is a common factor: nothing underflows before the result does.
        cold = aged.root * (half - np.sqrt(aged.alike * aged.population(0, 0)))
        if not aged.heated:
            return np.asarray(2 * cold)
        mixed = np.sqrt(aged.population(0, 0)) * np.sqrt(aged.population(1, 1))
        warm = np.where(aged.coherence > SMALLEST, aged.coherence, 0.0) - mixed
        return np.asarray(2 * np.where(aged.warm, warm, cold))
    # Without heat p01·p10 = ea·eb·x·y. The difference of squares (v·d/2)² - x·y is what is left after 1/4 has cancelled.
    x, y = aged.unlike + aged.alike * aged.lost_a, aged.unlike + aged.alike * aged.lost_b
    rest = aged.alike * (aged.kept_a + aged.kept_b) / 2 - both * aged.alike**2 - aged.phase_lost * (1 + aged.phase) / 4
    mixed = np.sqrt(x * y)
    early = aged.phase >= 0.5
    margin = aged.root * np.where(early, rest / np.where(early, half + mixed, 1.0), half - mixed)
    if aged.heated:
        heat_a, heat_b = aged.pa * aged.lost_a, aged.pb * aged.lost_b
        more_01 = heat_b * ((1 + aged.lost_a) / 2 - heat_a) - heat_a * aged.kept_b / 2
        more_10 = heat_a * ((1 + aged.lost_b) / 2 - heat_b) - heat_b * aged.kept_a / 2
        squares = both * rest - (aged.kept_b * x * more_10 + aged.kept_a * y * more_01 + more_01 * more_10)
        mixed = np.sqrt(aged.population(0, 1)) * np.sqrt(aged.population(1, 0))
        coherence = np.where(aged.coherence > SMALLEST, aged.coherence, 0.0)
        early = early & (coherence > 0)
        warm = np.where(early, squares / np.where(early, coherence + mixed, 1.0), coherence - mixed)
        margin = np.where(aged.warm, warm, margin)
    return np.asarray(2 * margin)


def concurrence(pair: BellPair, time: Seconds) -> Floats:
    """Return the concurrence, in [0, 1]. It never rises, because the memories act locally.

    Examples
    --------
    >>> memory = Memory(t1=1.0, t2=1.0)
    >>> [float(C) for C in concurrence(BellPair("phi+", memory, memory), np.log([1, 1.6, 2, 4])).round(12)]
    [1.0, 0.15625, 0.0, 0.0]
    """
    return np.maximum(0.0, entanglement_margin(pair, time))
