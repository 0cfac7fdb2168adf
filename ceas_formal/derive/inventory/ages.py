"""The inventory by age: what is a Markov process when lifetimes are not exponential (paper III.C, definition 2).

The state is the number of pairs of each age in whole rounds. In a round every pair of age k survives with probability ``survival[k]``, in
the last entry the oldest ages together; survivors are a round older, new pairs enter at age 0, and consumption picks pairs by age.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np

from ceas_formal.derive.inventory.count_laws import Floats, survivors
from ceas_formal.spec.exact import rational

State = tuple[int, ...]


def expected_ages_step(
    pairs: Sequence[int | Fraction], survival: Sequence[int | Fraction], taken: Sequence[int | Fraction], arrived: int | Fraction
) -> tuple[Fraction, ...]:
    """Return the mean number of pairs of each age a round later: taken out first, then aged, then new ones.

    Parameters
    ----------
    pairs, survival, taken : sequence of int or Fraction
        E[M_k], the survival probability of age k, and the mean number taken at that age, at most E[M_k]; equally long. The last entry
        holds all pairs of that age or older.
    arrived : int or Fraction
        Mean number of new pairs, at age 0 after the round.

    Raises
    ------
    TypeError
        If a number is not exact.
    ValueError
        If the lengths differ or a number lies outside its range.

    Examples
    --------
    >>> [str(mean) for mean in expected_ages_step([3, 2], [1, Fraction(1, 2)], [0, 1], 4)]
    ['4', '7/2']
    """
    if not len(pairs) == len(survival) == len(taken) > 0:
        raise ValueError(f"pairs, survival and taken must have an entry for each age; got {len(pairs)}, {len(survival)} and {len(taken)}")
    left = []
    for stored, chance, out in zip(pairs, survival, taken, strict=True):
        mean = rational("the expected number of pairs", stored, "[0, ∞)")
        left.append(rational("the survival probability", chance, "[0, 1]") * (mean - rational("the number taken", out, f"[0, {mean}]")))
    aged = [rational("the number of new pairs", arrived, "[0, ∞)"), *left]
    return (*aged[:-2], aged[-2] + aged[-1])


@dataclass(frozen=True, eq=False)
class AgeChain:
    """The exact chain of the age vector.

    Parameters
    ----------
    states : tuple of tuple of int
        The pairs of each age at the start of a round.
    step : ndarray, shape (states, states)
        Row-stochastic.
    demand : int
        Pairs wanted at the start of each round.
    """

    states: tuple[State, ...]
    step: Floats
    demand: int

    def after(self, rounds: int) -> Floats:
        """Return the law of the state after so many rounds from an empty memory."""
        if type(rounds) is not int or rounds < 0:
            raise ValueError(f"the number of rounds must be an int of at least 0; got {rounds!r}")
        law = np.zeros(len(self.states))
        law[self.states.index((0,) * len(self.states[0]))] = 1.0
        for _ in range(rounds):
            law = law @ self.step
        return law

    def totals_after(self, rounds: int) -> Floats:
        """Return the law of the total number of pairs after so many rounds from an empty memory, shape (L + 1,)."""
        totals = [sum(state) for state in self.states]
        return np.asarray(np.bincount(totals, weights=self.after(rounds)), dtype=np.float64)

    def failing_after(self, rounds: int) -> float:
        """Return P(S < D) in the round after so many rounds from an empty memory."""
        return float(self.totals_after(rounds)[: self.demand].sum())


def age_chain(survival: Sequence[float], arrivals: Sequence[float], demand: int, memory: int, policy: str) -> AgeChain:
    """Return the exact chain: consumption at the start of the round, then decay by age, then arrivals.

    Parameters
    ----------
    survival : sequence of float
        The probability that a pair of age k survives a round; the last entry also for all older pairs.
    arrivals : sequence of float
        The law of the number of new pairs; those beyond the memory limit are dropped.
    demand, memory : int
        Pairs wanted in a round, and L, the number of places; the number of states grows as L to the number of ages.
    policy : {"oldest", "youngest"}
        Which pairs are taken first. Where pairs last equally long "oldest" is earliest-expiring-first.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> chain = age_chain([1.0, 0.0], [0.5, 0.5], demand=1, memory=2, policy="oldest")
    >>> chain.totals_after(5).round(3)
    array([0.5, 0.5, 0. ])
    """
    if policy not in ("oldest", "youngest"):
        raise ValueError(f"the policy must be oldest or youngest; got {policy!r}")
    if not survival or not all(0 <= chance <= 1 for chance in survival):
        raise ValueError(f"survival probabilities must lie in [0, 1], one for each age; got {list(survival)}")
    if not all(chance >= 0 for chance in arrivals) or not abs(sum(arrivals) - 1) <= 1e-12:
        raise ValueError(f"the probabilities of arrivals must be at least 0 and sum to 1; got {list(arrivals)}")
    if not all(type(count) is int for count in (demand, memory)) or demand < 0 or memory < 1:
        raise ValueError(f"demand and memory, in pairs, must be ints of at least 0 and 1; got {demand!r} and {memory!r}")
    ages = len(survival)
    states = tuple(state for state in product(range(memory + 1), repeat=ages) if sum(state) <= memory)
    number = {state: index for index, state in enumerate(states)}
    laws = [survivors(memory, chance) for chance in survival]

    @cache
    def aged(left: State) -> Floats:
        row = np.zeros(len(states))
        for kept in product(*(range(count + 1) for count in left)):
            chance = float(np.prod([laws[age][left[age], kept[age]] for age in range(ages)]))
            for new, likely in enumerate(arrivals):
                row[number[_older(kept, min(new, memory - sum(kept)))]] += chance * likely
        return row

    return AgeChain(states, np.array([aged(_without(state, demand, policy)) for state in states]), demand)


def _older(kept: State, new: int) -> State:
    aged = (new, *kept)
    return (*aged[:-2], aged[-2] + aged[-1])


def _without(state: State, demand: int, policy: str) -> State:
    left, wanted = list(state), demand
    for age in reversed(range(len(state))) if policy == "oldest" else range(len(state)):
        taken = min(left[age], wanted)
        left[age], wanted = left[age] - taken, wanted - taken
    return tuple(left)
