"""When two expressions are the same, exactly: the only judgement on which an identity of a derivation rests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import sympy
from sympy import Add, Expr, Indexed, Mul, Sum, Symbol


def vanishes(expression: Expr, given: Mapping[Expr, Expr] | None = None) -> bool:
    """Return whether the expression is identically 0, by exact algebra.

    Parameters
    ----------
    expression : Expr
        Sums may have symbolic ends, and symbols need not commute.
    given : mapping of Expr to Expr, optional
        What may be put in place of what. An equation with an index holds at every index.

    Returns
    -------
    bool
        False also where SymPy cannot tell: what is not shown is not derived.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> vanishes((x + y) ** 2 - x**2 - 2 * x * y - y**2), vanishes(x - y), vanishes(x - y, {x: y})
    (True, False, True)
    """
    # `simplify` moves factors that do not commute in and out of sums; it is asked only where it can be trusted.
    plain = not expression.has(Sum) and all(part.is_commutative for part in expression.atoms(Symbol, Indexed))
    return any(way(expression, given or {}) == 0 for way in (_WAYS if plain else _WAYS[:2]))


def split(expression: Expr) -> Expr:
    """Return the expression with every sum taken apart: over its terms, factors without the index in front.

    Examples
    --------
    >>> k, K = sympy.symbols("k K", integer=True, positive=True)
    >>> a, w = sympy.Symbol("a"), sympy.IndexedBase("w")
    >>> split(Sum((w[k] - a) ** 2, (k, 1, K)))
    K*a**2 - 2*a*Sum(w[k], (k, 1, K)) + Sum(w[k]**2, (k, 1, K))
    """
    return sympy.expand(expression.replace(lambda part: isinstance(part, Sum), _split_one))


def one_more(expression: Expr) -> Expr:
    """Return an equal expression in which every sum runs one term further, and that term is subtracted.

    Examples
    --------
    >>> s, t = sympy.symbols("s t", integer=True)
    >>> one_more(Sum(s**2, (s, 0, t - 1)))
    -t**2 + Sum(s**2, (s, 0, t))
    """

    def longer(whole: Sum) -> Expr:
        index, first, last = whole.limits[0]
        return Sum(whole.function, (index, first, last + 1)) - whole.function.subs(index, last + 1)

    return expression.replace(lambda part: isinstance(part, Sum), longer)


def is_congruence(expression: Expr, cores: Collection[Expr]) -> bool:
    """Return whether a matrix is a sum of terms c·X·S·Xᵀ with c ≥ 0 and S one of the cores, so positive semidefinite if the cores are.

    Examples
    --------
    >>> X, S = sympy.symbols("X S", commutative=False)
    >>> is_congruence(3 * X * S * sympy.transpose(X), {S}), is_congruence(X * S * X, {S})
    (True, False)
    """
    terms = (part.function if isinstance(part, Sum) else part for part in Add.make_args(expression))
    return all(_is_congruent(term, cores) for term in terms)


def _is_congruent(term: Expr, cores: Collection[Expr]) -> bool:
    factors = Mul.make_args(term)
    numbers = Mul(*[factor for factor in factors if factor.is_commutative])
    matrices = [factor for factor in factors if not factor.is_commutative]
    middle, even = divmod(len(matrices), 2)
    if not even or numbers.is_nonnegative is not True or not any(_matches(matrices[middle], core) for core in cores):
        return False
    left, right = Mul(*matrices[:middle]), Mul(*matrices[middle + 1 :])
    return bool(sympy.expand(sympy.transpose(left) - right) == 0)


def _matches(matrix: Expr, core: Expr) -> bool:
    """Return whether the matrix is the core, at any index if the core has one."""
    if isinstance(matrix, Indexed) and isinstance(core, Indexed):
        return bool(matrix.base == core.base)
    return bool(matrix == core)


def _split_one(whole: Sum) -> Expr:
    if len(whole.limits) != 1 or len(whole.limits[0]) != 3:
        return whole
    index, first, last = whole.limits[0]
    parts = []
    for term in Add.make_args(sympy.expand(whole.function)):
        # Only a factor that commutes may leave its place in a product.
        outside = [factor for factor in Mul.make_args(term) if not factor.has(index) and factor.is_commutative]
        rest = Mul(*[factor for factor in Mul.make_args(term) if factor.has(index) or not factor.is_commutative])
        inside = (last - first + 1) if rest == 1 else _reduced(Sum(rest, (index, first, last)))
        parts.append(Mul(*outside) * inside)
    return Add(*parts)


def _reduced(whole: Sum) -> Expr:
    """Return a sum of non-commuting terms with factors on the left and on the right that lack the index taken out."""
    index = whole.limits[0][0]
    factors = list(Mul.make_args(whole.function))
    left: list[Expr] = []
    right: list[Expr] = []
    while factors and not factors[0].has(index):
        left.append(factors.pop(0))
    while factors and not factors[-1].has(index):
        right.insert(0, factors.pop())
    _, first, last = whole.limits[0]
    middle = Sum(Mul(*factors), (index, first, last)) if factors else last - first + 1
    return Mul(*left, middle, *right)


def _split_and_substituted(expression: Expr, given: Mapping[Expr, Expr]) -> Expr:
    # Before sums are split, so that terms can merge in them; and after, so that what is left of them is found.
    return sympy.expand(_put(split(sympy.expand(_put(expression, given))), given))


def _put(expression: Expr, given: Mapping[Expr, Expr]) -> Expr:
    # `subs` finds powers and products, but leaves alone what stands under a sum and has its index; `xreplace` does not.
    return expression.xreplace(dict(given)).subs(given)


def _cancelled(expression: Expr, given: Mapping[Expr, Expr]) -> Expr:
    return sympy.cancel(sympy.together(_split_and_substituted(expression, given)))


def _simplified(expression: Expr, given: Mapping[Expr, Expr]) -> Expr:
    return sympy.simplify(_put(expression, given))


_WAYS: tuple[Callable[[Expr, Mapping[Expr, Expr]], Expr], ...] = (_split_and_substituted, _cancelled, _simplified)
"""From the cheapest to the dearest. Each keeps the value, so one that reaches 0 is enough."""
