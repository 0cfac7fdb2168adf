"""Quantum memories: the relaxation time T1, the coherence time T2, and the thermal population that a memory relaxes to (paper II.A).

One memory stores one qubit, with ground state |0⟩ and excited state |1⟩. Populations relax at the rate 1/T1 towards the thermal
population; coherence decays at 1/T2, of which relaxation alone makes 1/(2·T1) and pure dephasing the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ceas_formal.physics.checked import Floats, Probability, Seconds, real

SLACK = 1e-12
"""Relative rounding allowed in T2 ≤ 2·T1."""


@dataclass(frozen=True, eq=False)
class Memory:
    """A memory, or an array of memories.

    Parameters
    ----------
    t1 : float or array, in s
        Relaxation time T1 in (0, ∞]; ``math.inf`` is a memory that does not relax.
    t2 : float or array, in s
        Coherence time T2 in (0, 2·T1], as measured by an echo.
    excited : float or array, optional
        Thermal population of |1⟩ in [0, 1/2]: 0 is zero temperature, 1/2 infinite temperature.

    Raises
    ------
    ValueError
        If a parameter is out of range, with the range, or the arrays do not broadcast.

    Examples
    --------
    >>> Memory(t1=1.0, t2=1.0).dephasing_rate
    array(0.5)
    >>> Memory(t1=1.0, t2=3.0)
    Traceback (most recent call last):
    ValueError: T2 must lie in (0, 2·T1] = (0, 2.0] s, since relaxation alone takes coherence away at 1/(2·T1); got 3.0 s

    Notes
    -----
    Generalised amplitude damping followed by dephasing (Nielsen and Chuang 2000, 8.3.5 and 8.3.6). Simulators that know only Pauli errors
    use other times: with random Pauli errors at total rate 1/τ, coherence decays at 4/(3τ), so their τ is 4/3 of this T2.
    """

    t1: Seconds
    t2: Seconds
    excited: Probability = 0.0

    def __post_init__(self) -> None:
        t1, t2 = real("T1 in s", self.t1, "(0, ∞]"), real("T2 in s", self.t2, "(0, ∞]")
        excited = real("the thermal population", self.excited, "[0, 0.5]")
        try:
            np.broadcast_shapes(t1.shape, t2.shape, excited.shape)
        except ValueError:
            raise ValueError(f"T1, T2 and the thermal population must broadcast; got {t1.shape}, {t2.shape}, {excited.shape}") from None
        with np.errstate(over="ignore"):  # 2·T1 beyond the floats bounds nothing
            limit, times = np.broadcast_arrays(2 * t1, t2)
        if (above := times > limit * (1 + SLACK)).any():
            bound, given = float(limit[above].flat[0]), float(times[above].flat[0])
            raise ValueError(
                f"T2 must lie in (0, 2·T1] = (0, {bound}] s, since relaxation alone takes coherence away at 1/(2·T1); got {given} s"
            )
        for name, value in (("t1", t1), ("t2", t2), ("excited", excited)):
            object.__setattr__(self, name, value)

    @property
    def relaxation_rate(self) -> Floats:
        """Return 1/T1, in 1/s."""
        return np.asarray(1 / np.asarray(self.t1, dtype=np.float64))

    @property
    def decoherence_rate(self) -> Floats:
        """Return 1/T2, in 1/s."""
        return np.asarray(1 / np.asarray(self.t2, dtype=np.float64))

    @property
    def dephasing_rate(self) -> Floats:
        """Return 1/T2 - 1/(2·T1), in 1/s: pure dephasing, exactly 0 at T2 = 2·T1."""
        return np.asarray(np.maximum(0.0, self.decoherence_rate - self.relaxation_rate / 2))

    @property
    def population(self) -> Floats:
        """Return the thermal population of |1⟩."""
        return np.asarray(self.excited, dtype=np.float64)


def depolarising(time: Seconds) -> Memory:
    """Return the memory that replaces its qubit by a maximally mixed one at the rate 1/time: T1 = T2 at infinite temperature.

    Examples
    --------
    >>> memory = depolarising(2.0)
    >>> float(memory.t1), float(memory.t2), float(memory.population)
    (2.0, 2.0, 0.5)
    """
    return Memory(time, time, 0.5)


def dephasing(time: Seconds) -> Memory:
    """Return the memory that loses coherence only, with T2 = time and no relaxation.

    Examples
    --------
    >>> float(dephasing(2.0).t1)
    inf
    """
    return Memory(np.inf, time)
