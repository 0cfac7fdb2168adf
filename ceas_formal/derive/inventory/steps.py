"""The expected inventory a round later, for every order of events within the round (paper III.C, equation 7, is one of them).

A simulator calls :func:`expected_step`, which is the derived step of the event order that it simulates.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy
from sympy import Eq, Expr, Function, Integer, Rational, Symbol, log

from ceas_formal.derive.derivation import DERIVATIONS, derivation
from ceas_formal.derive.inventory.chain import inventory_chain
from ceas_formal.derive.inventory.count_laws import Poisson
from ceas_formal.derive.inventory.event_orders import EVENT_ORDERS, event_order
from ceas_formal.derive.proof import Proof
from ceas_formal.spec.exact import rational

ONE, HALF = Integer(1), Rational(1, 2)
LOW_STOCK = "X = 0 or 2 with equal chance, nothing decays, c = 1: one pair is left with chance 1/2, where M - c is 0"


def expected_step(
    order: str, expected: int | Fraction, survival: int | Fraction, generated: int | Fraction, consumed: int | Fraction
) -> Fraction | float:
    """Return the mean inventory a round later, by the derived recursion of this event order.

    Parameters
    ----------
    order : str
        One of :data:`~ceas_formal.derive.inventory.event_orders.EVENT_ORDERS`; the first is equation 7.
    expected, generated, consumed : int or Fraction
        E[M(t)] ≥ 0, r ≥ 0 and c ≥ 0, in pairs; c is the mean that is really taken out.
    survival : int or Fraction
        p = e^(-λ) in (0, 1].

    Returns
    -------
    Fraction or float
        In pairs. A float only where arrivals at uniform times bring in λ = -ln p.

    Raises
    ------
    TypeError
        If a number is not exact.
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> [str(expected_step(order, 2, Fraction(1, 2), 1, 1)) for order in EVENT_ORDERS[:3]]
    ['1', '3/2', '1/2']
    >>> round(expected_step("uniform-arrivals-then-consume", 2, Fraction(1, 2), 1, 1), 4)
    0.7213
    """
    event_order(order)
    numbers = (
        rational("the expected inventory", expected, "[0, ∞)"),
        rational("the survival probability p", survival, "(0, 1]"),
        rational("the pairs generated", generated, "[0, ∞)"),
        rational("the pairs consumed", consumed, "[0, ∞)"),
    )
    # Where nothing decays the order does not matter; the formulas with λ = -ln p have this limit, but no value.
    name = EVENT_ORDERS[0] if numbers[1] == 1 else order
    found: Fraction | float = DERIVATIONS[f"inventory-{name}"]().exact(*numbers)
    return found


def _one_round(proof: Proof, order: str) -> Any:
    """Derive mean and variance a round later from the generating function of each event, then the closed form and the fixed point.

    With z = 1 + x a law enters as E(1+x)^M = 1 + E[M]·x + E[M(M-1)]·x²/2 + …: mean and variance need no higher powers.
    """
    x = Symbol("x", real=True)
    mean = proof.symbol("M", "E[M(t)], in pairs", nonnegative=True)
    p = proof.symbol("p", "e^(-λ), the probability that a pair survives a round, in (0, 1)", positive=True)
    r = proof.symbol("r", "the mean number of pairs made in a round", nonnegative=True)
    c = proof.symbol("c", "the mean number of pairs taken out in a round", nonnegative=True)
    v = proof.symbol("V", "the variance of the inventory", nonnegative=True)
    a, d = proof.symbol("a", "that of the arrivals", nonnegative=True), proof.symbol("d", "that of consumption", nonnegative=True)
    s = proof.symbol("s", "the probability that a pair made at a uniform time survives to the end of the round", positive=True)
    later, spread = proof.symbol("M_1", "E[M(t+1)], in pairs"), proof.symbol("V_1", "the variance a round later")
    proof.assume("independent decay", "pairs survive with the same probability, independently: thinning turns x into p·x")
    proof.assume("consumption is met", "what is taken out is there, and is independent of the inventory")
    stored = 1 + mean * x + (v + mean**2 - mean) * x**2 / 2
    arrived = 1 + r * x + (a + r**2 - r) * x**2 / 2
    taken = 1 - c * x + (d + c**2 + c) * x**2 / 2
    after, gain = {
        "decay-arrive-consume": (stored.subs(x, p * x) * arrived * taken, r - c),
        "consume-decay-arrive": ((stored * taken).subs(x, p * x) * arrived, r - p * c),
        "arrive-decay-consume": ((stored * arrived).subs(x, p * x) * taken, p * r - c),
        "uniform-arrivals-then-consume": (stored.subs(x, p * x) * arrived.subs(x, s * x) * taken, s * r - c),
    }[order]
    powers = sympy.Poly(after, x)
    first, second = powers.coeff_monomial(x), 2 * powers.coeff_monomial(x**2)
    proof.define("the mean: the coefficient of x in the product of the events", later, first)
    proof.equal("a round of means", later, p * mean + gain, {later: first})
    step = proof.last()
    proof.define("the variance: twice the coefficient of x² is E[M(M-1)]", spread, second + first - first**2)
    new = {
        "decay-arrive-consume": p**2 * v + p * (1 - p) * mean + a + d,
        "consume-decay-arrive": p**2 * (v + d) + p * (1 - p) * (mean - c) + a,
        "arrive-decay-consume": p**2 * (v + a) + p * (1 - p) * (mean + r) + d,
        "uniform-arrivals-then-consume": p**2 * v + p * (1 - p) * mean + s**2 * a + s * (1 - s) * r + d,
    }[order]
    proof.equal("a round of variances", spread, new, {spread: second + first - first**2})
    if "uniform" in order:
        step = _at_uniform_times(proof, later, p * mean + gain)
    _solution(proof, order, gain, (p, r, c, s))
    unit = {mean: 2, p: HALF, r: 1, c: 1}
    proof.weakened("consumption is met", LOW_STOCK, HALF * 0 + HALF * (2 - 1), ">", HALF * 2 - 1)
    proof.weakened("independent decay", "M = 2, p = 1/2, both or none survive: variance 1, not 1/2", ONE, "!=", 2 * HALF * (1 - HALF))
    if order != EVENT_ORDERS[0]:
        proof.witness("at M = 2, p = 1/2, r = c = 1 equation 7 gives 1 instead", step.rhs.subs(unit), "!=", HALF * 2 + 1 - 1)
    return proof.result(step, mean, p, r, c)


def _at_uniform_times(proof: Proof, later: Symbol, step: Expr) -> Any:
    """Put s = (1 - p)/λ, λ = -ln p, into the step."""
    p, s = Symbol("p", positive=True), Symbol("s", positive=True)
    found = (1 - p) / -log(p)
    proof.assume(
        "uniform times", "a pair made at a uniform time survives with s = (1 - p)/λ (arrivals-within-a-round)",
        Eq(s, found, evaluate=False),
    )  # fmt: skip
    proof.equal("with s = (1 - p)/λ, λ = -ln p", later, step.subs(s, found), {later: step, s: found})
    return proof.last()


def _solution(proof: Proof, order: str, gain: Expr, symbols: tuple[Symbol, ...]) -> None:
    p, r, c, s = symbols
    t = Symbol("t", integer=True, nonnegative=True)
    start = proof.symbol("M_0", "the expected inventory at t = 0, in pairs", nonnegative=True)
    fixed = proof.symbol("M_fix", "the fixed point, in pairs")
    closed = p**t * start + gain * (1 - p**t) / (1 - p)
    proof.induction("the mean at every t", Function("m")(t), closed, t, start, lambda value: p * value + gain)
    proof.define("the fixed point", fixed, gain / (1 - p))
    proof.equal("the distance to it shrinks by p in each round", closed - fixed, p**t * (start - fixed), {fixed: gain / (1 - p)})
    rate = -log(p)
    in_rates = {"uniform-arrivals-then-consume": r / rate - c / (1 - p), "uniform-arrivals-and-consumption": (r - c) / rate}
    if order in in_rates:
        proof.equal("the fixed point with s = (1 - p)/λ", gain / (1 - p), in_rates[order], {s: (1 - p) / rate})
    chain = inventory_chain(order, 0.9, Poisson(1.0), Poisson(0.5), memory=30)
    value = closed.subs(s, (1 - p) / rate).subs({p: Rational(9, 10), r: 1, c: HALF, start: 15, t: 2})
    found = float(chain.after(2, stored=15) @ chain.pairs)
    proof.compared("the exact chain, p = .9, r = 1, c = 1/2, from 15 pairs, 2 rounds", value, found, 1e-7)


@derivation("inventory-decay-arrive-consume", "eq. 7", "INV-1")
def decay_arrive_consume(proof: Proof) -> Any:
    """Decay, then arrivals, then consumption: E[M(t+1)] = p·E[M(t)] + r - c, equation 7, with fixed point (r - c)/(1 - p).

    Here r counts pairs made at the very end of the round, which do not decay in it.
    """
    return _one_round(proof, "decay-arrive-consume")


@derivation("inventory-consume-decay-arrive", "eq. 7", "INV-1")
def consume_decay_arrive(proof: Proof) -> Any:
    """Consumption, then decay, then arrivals: E[M(t+1)] = p·(E[M(t)] - c) + r, with fixed point (r - p·c)/(1 - p).

    A pair used at the start of the round is not exposed to the decay of that round: c costs p·c.
    """
    return _one_round(proof, "consume-decay-arrive")


@derivation("inventory-arrive-decay-consume", "eq. 7", "INV-1")
def arrive_decay_consume(proof: Proof) -> Any:
    """Arrivals, then decay, then consumption: E[M(t+1)] = p·(E[M(t)] + r) - c, with fixed point (p·r - c)/(1 - p).

    A pair made at the start of the round is exposed to a whole round of decay: r brings p·r.
    """
    return _one_round(proof, "arrive-decay-consume")


@derivation("inventory-uniform-arrivals-then-consume", "eq. 7", "INV-1", "INV-3")
def uniform_arrivals_then_consume(proof: Proof) -> Any:
    """Arrivals at uniform times, consumption at the end: E[M(t+1)] = p·E[M(t)] + r·(1 - p)/λ - c, with fixed point r/λ - c/(1 - p).

    This is what a rate of generation, the paper's word for r, gives.
    """
    return _one_round(proof, "uniform-arrivals-then-consume")


@derivation("inventory-uniform-arrivals-and-consumption", "eq. 7", "INV-1", "INV-3")
def uniform_arrivals_and_consumption(proof: Proof) -> Any:
    """Arrivals and consumption spread evenly over the round: E[M(t+1)] = p·E[M(t)] + (r - c)·(1 - p)/λ, with fixed point (r - c)/λ.

    The rate equation m' = -λm + r - c is exact for the mean as long as every request is met.
    """
    mean = proof.symbol("M", "E[M(t)], in pairs", nonnegative=True)
    p = proof.symbol("p", "e^(-λ), the probability that a pair survives a round, in (0, 1)", positive=True)
    r = proof.symbol("r", "the mean number of pairs made in a round", nonnegative=True)
    c = proof.symbol("c", "the mean number of pairs taken out in a round", nonnegative=True)
    u = proof.symbol("u", "the time since the start of the round, in [0, 1]", nonnegative=True)
    later = proof.symbol("M_1", "E[M(t+1)], in pairs")
    proof.assume("consumption is met", "every request finds a pair")
    s = proof.symbol("s", "the probability that a pair made at a uniform time survives to the end of the round", positive=True)
    rate = -log(p)
    inside = mean * p**u + (r - c) * (1 - p**u) / rate
    proof.equal("within the round m' = -λm + r - c, λ = -ln p", sympy.diff(inside, u), -rate * inside + r - c)
    proof.limit("it starts at M", inside, u, Integer(0), mean)
    gain = s * (r - c)
    found = (1 - p) / rate
    proof.assume("uniform times", "as for arrivals, s = (1 - p)/λ (arrivals-within-a-round)", Eq(s, found, evaluate=False))
    proof.define("the end of the round", later, inside.subs(u, 1))
    proof.equal("a round of means", later, p * mean + gain, {later: inside.subs(u, 1), s: found})
    proof.equal("with s = (1 - p)/λ", later, p * mean + (r - c) * found, {later: inside.subs(u, 1)})
    step = proof.last()
    _solution(proof, "uniform-arrivals-and-consumption", gain, (p, r, c, s))
    proof.weakened("consumption is met", LOW_STOCK, HALF * 0 + HALF * (2 - 1), ">", HALF * 2 - 1)
    return proof.result(step, mean, p, r, c)
