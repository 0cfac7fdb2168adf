"""The inventory of one link as an exact Markov chain: law, variance, and the probability that a consensus round lacks pairs (paper III.C).

The state is the number of stored pairs, 0 … L, at the start of a round; L is the number of places in memory, and a pair that finds no
place is dropped. Lifetimes are exponential, so a pair survives a round with probability p whatever its age. Consumption takes as many of
the D wanted pairs as there are. A round is a product of stochastic matrices, one for each event; within a round in continuous time it is
the exponential of a generator. Nothing is truncated: all counts above L have the same effect, and are lumped. For unlimited memory
`error_without_limit` bounds what the limit changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ceas_formal.derive.inventory.count_laws import CountLaw, Floats, Poisson, survivors
from ceas_formal.derive.inventory.event_orders import event_order

RESIDUAL = 1e-12
"""The largest total |πP - π| with which a stationary law is accepted."""


@dataclass(frozen=True, eq=False)
class InventoryChain:
    """One round of the inventory, for every number m of pairs stored at its start. All arrays have the length L + 1, indexed by m.

    For a law π at the start of a round (an array that sums to 1), ``π @ chain.step`` is the law a round later, ``π @ chain.failing`` the
    probability of a consensus failure in the round, and so on.

    Parameters
    ----------
    step : ndarray, shape (L + 1, L + 1)
        Row m: the law of the pairs stored a round later.
    failing : ndarray
        The probability that the demand is not met in full: P(S < D), where S is what is there when it comes.
    unmet, dropped : ndarray
        The mean number of pairs wanted but not there, and made but not stored, in pairs per round.
    survival : float
        p, the probability that a pair survives the round.
    """

    step: Floats
    failing: Floats
    unmet: Floats
    dropped: Floats
    survival: float

    @property
    def pairs(self) -> Floats:
        """Return the states 0 … L, so that ``law @ chain.pairs`` is the mean inventory."""
        return np.arange(len(self.step), dtype=np.float64)

    def after(self, rounds: int, stored: int = 0) -> Floats:
        """Return the law of the inventory after so many rounds, from `stored` pairs.

        Raises
        ------
        ValueError
            If `rounds` is negative, or `stored` is not in 0 … L.
        """
        if rounds < 0:
            raise ValueError(f"the number of rounds must be at least 0; got {rounds}")
        if not 0 <= stored < len(self.step):
            raise ValueError(f"the pairs stored must lie in [0, {len(self.step) - 1}]; got {stored}")
        law = np.zeros(len(self.step))
        law[stored] = 1.0
        for _ in range(rounds):
            law = law @ self.step
        return law

    def stationary(self) -> Floats:
        """Return the law that a round leaves as it is, from a direct solution of π(P - I) = 0, Σπ = 1.

        Returns
        -------
        ndarray, shape (L + 1,)
            With total |πP - π| at most :data:`RESIDUAL`.

        Raises
        ------
        ValueError
            If there are several such laws: the inventory can end in one of several sets of states.
        ArithmeticError
            If the residual is larger.
        """
        from scipy.sparse.csgraph import connected_components

        size = len(self.step)
        parts, part = connected_components(self.step > 0, connection="strong")
        left = {int(part[m]) for m, n in zip(*np.nonzero(self.step), strict=True) if part[m] != part[n]}
        if parts - len(left) != 1:
            raise ValueError(f"the inventory has {parts - len(left)} stationary laws, not one: where it ends depends on where it starts")
        equations = self.step.T - np.eye(size)
        equations[-1] = 1.0
        law = np.linalg.solve(equations, np.eye(size)[-1])
        residual = float(np.abs(law @ self.step - law).sum())
        if not residual <= RESIDUAL or law.min() < -RESIDUAL:
            raise ArithmeticError(f"the stationary law leaves a residual of {residual:.1e}, above {RESIDUAL:.0e}")
        return np.asarray(np.clip(law, 0.0, None))

    def error_without_limit(self, law: Floats) -> float:
        """Return how far unlimited memory can be from the stationary `law`: in the mean, and in the probability of any event of a round.

        Fed with the same arrivals and decays, the unlimited inventory is never below the limited one. Their mean difference shrinks by the
        factor p in a round, since consumption brings them no further apart, and grows by the pairs that are dropped. So at the start of a
        round it is at most dropped/(1 - p), and within it dropped·(1 + 1/(1 - p)), which is returned. The difference is a whole number,
        so its mean is at least the probability that there is one. Rounding, about 1e-13, comes on top.

        Raises
        ------
        ValueError
            At survival 1: nothing shrinks the difference.
        """
        if self.survival == 1:
            raise ValueError("the survival probability p must lie in (0, 1) for a bound on the effect of the memory limit; got 1")
        return float(law @ self.dropped) * (1 + 1 / (1 - self.survival))


def inventory_chain(order: str, survival: float, arrivals: CountLaw, demand: CountLaw, memory: int) -> InventoryChain:
    """Return the exact chain of the inventory of one link.

    Parameters
    ----------
    order : str
        One of :data:`~ceas_formal.derive.inventory.event_orders.EVENT_ORDERS`.
    survival : float
        p = e^(-λ) in (0, 1], the probability that a pair survives a round.
    arrivals : Poisson or Counts
        The pairs made in a round. At uniform times they must be Poisson: a stream of rate ``arrivals.mean``.
    demand : Poisson or Counts
        The pairs wanted in a round. At uniform times it must be Poisson: single requests, each lost if no pair is there.
    memory : int
        L, the number of places, at least 1.

    Raises
    ------
    ValueError
        If an argument lies outside its range, or the order needs a Poisson law.

    Examples
    --------
    >>> from ceas_formal.derive.inventory.count_laws import constant
    >>> chain = inventory_chain("decay-arrive-consume", 0.5, Poisson(4.0), constant(4), memory=60)
    >>> law = chain.stationary()
    >>> round(float(law @ chain.pairs), 3), round(float(law @ chain.failing), 3), chain.error_without_limit(law) < 1e-12
    (1.175, 0.338, True)
    """
    event_order(order)
    if not 0 < survival <= 1:
        raise ValueError(f"the survival probability p must lie in (0, 1]; got {survival}")
    if isinstance(memory, bool) or not isinstance(memory, int) or memory < 1:
        raise ValueError(f"the memory, in pairs, must be an int of at least 1; got {memory!r}")
    if order == "uniform-arrivals-and-consumption":
        return _continuous_round(survival, _rate("arrivals", arrivals), _rate("demand", demand), memory)
    if order == "uniform-arrivals-then-consume":
        stages = _continuous_round(survival, _rate("arrivals", arrivals), 0.0, memory)
        before, dropped, after = stages.step, stages.dropped, np.eye(memory + 1)
    else:
        decay, (arrive, overflow) = survivors(memory, survival), _arrivals(arrivals, memory)
        identity, nothing = np.eye(memory + 1), np.zeros(memory + 1)
        before, dropped, after = {
            "decay-arrive-consume": (decay @ arrive, decay @ overflow, identity),
            "arrive-decay-consume": (arrive @ decay, overflow, identity),
            "consume-decay-arrive": (identity, nothing, decay @ arrive),
        }[order]
    consume, failing, unmet = _consumption(demand, memory)
    if order == "consume-decay-arrive":
        dropped = consume @ decay @ overflow
    return InventoryChain(before @ consume @ after, before @ failing, before @ unmet, dropped, survival)


def _rate(quantity: str, law: CountLaw) -> float:
    if not isinstance(law, Poisson):
        raise ValueError(f"the {quantity} at uniform times within the round must follow a Poisson law; got {type(law).__name__}")
    return law.mean


def _arrivals(law: CountLaw, memory: int) -> tuple[Floats, Floats]:
    """Return the matrix from m to min(m + A, L), and the mean overflow from each m."""
    chances = law.probabilities(memory)
    matrix = np.array([np.append(np.zeros(m), [*chances[: memory - m], chances[memory - m :].sum()]) for m in range(memory + 1)])
    stored = np.arange(memory + 1)
    return matrix, np.clip(stored + law.mean - matrix @ stored, 0.0, None)


def _consumption(law: CountLaw, memory: int) -> tuple[Floats, Floats, Floats]:
    """Return the matrix from s to max(s - D, 0), P(D > s), and the mean of max(D - s, 0)."""
    chances = law.probabilities(memory + 1)
    tails = chances[::-1].cumsum()[::-1]  # tails[k] = P(D ≥ k)
    matrix = np.array([[tails[s], *chances[:s][::-1], *np.zeros(memory - s)] for s in range(memory + 1)])
    pairs = np.arange(memory + 1)
    return matrix, tails[1:], np.clip(law.mean - pairs + matrix @ pairs, 0.0, None)


def _continuous_round(survival: float, arrival_rate: float, request_rate: float, memory: int) -> InventoryChain:
    """Return a round in continuous time: births at the arrival rate, each pair lost at rate λ, and requests for single pairs."""
    from scipy.linalg import expm

    size, states = memory + 1, np.arange(memory + 1)
    up = np.diag(np.full(memory, arrival_rate), 1)
    down = np.diag(-np.log(survival) * states[1:] + request_rate, -1)
    generator = up + down
    generator -= np.diag(generator.sum(axis=1))
    # The exponential of [[Q, I], [0, 0]] holds e^Q and, beside it, the mean time in each state: the integral of e^(Qu) over the round.
    both = expm(np.block([[generator, np.eye(size)], [np.zeros((size, 2 * size))]]))
    step, time_in = np.clip(both[:size, :size], 0.0, None), np.clip(both[:size, size:], 0.0, None)
    killed = generator - np.diag(request_rate * (states == 0))
    failing = 1 - expm(killed).sum(axis=1)
    return InventoryChain(step, np.clip(failing, 0.0, 1.0), request_rate * time_in[:, 0], arrival_rate * time_in[:, -1], survival)
