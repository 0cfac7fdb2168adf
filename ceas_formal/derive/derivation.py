"""Derivations: formulas that the program reached itself, with the steps by which it did.

A derivation is a function that is handed an empty :class:`~ceas_formal.derive.proof.Proof`, enters what it assumes and every step, and ends
with its result. A step is entered only once it has been checked, so a derivation that exists is sound as far as SymPy's algebra is.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, update_wrapper
from typing import Any

import sympy
from sympy import Expr
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.printing.pycode import PythonCodePrinter

from ceas_formal.derive.proof import Proof, Step


@dataclass(frozen=True, eq=False)
class Derivation:
    """A derived result, with all that it rests on.

    Parameters
    ----------
    name, paper : str
        Its name, and the place in the paper.
    rows : tuple of str
        The rows of the ledger that rest on it.
    statement, explanation : str
        What is derived, in one sentence; and what there is to say about it.
    symbols : dict
        What each symbol means, with its unit and range.
    assumptions : dict
        By name.
    steps : tuple of Step
        In order, the last few often on what breaks without an assumption.
    result : Relational
        The final formula.
    arguments : tuple
        The symbols on its right-hand side, in the order in which :attr:`exact` and :attr:`numeric` take them.
    seconds : float
        How long it took, in s.
    """

    name: str
    paper: str
    rows: tuple[str, ...]
    statement: str
    explanation: str
    symbols: dict[Any, str]
    assumptions: dict[str, str]
    steps: tuple[Step, ...]
    result: Relational
    arguments: tuple[Any, ...]
    seconds: float

    @property
    def value(self) -> Expr:
        """Return the right-hand side of the result."""
        return self.result.rhs

    @cached_property
    def exact(self) -> Callable[..., Any]:
        """Return the value as a function of ints and Fractions: a Fraction as long as only rational operations occur."""
        self._evaluable()
        namespace, printer = [{"Fraction": Fraction}, "math"], _ExactPrinter({"fully_qualified_modules": False})
        function: Callable[..., Any] = sympy.lambdify(self.arguments, self.value, modules=namespace, printer=printer)

        def exactly(*values: Any) -> Any:
            """Return the value at these ints, Fractions, or sequences of them, in the order of the derivation's arguments."""
            # An int divided by an int would be a float.
            return function(*map(_fraction, values))

        return exactly

    @cached_property
    def numeric(self) -> Callable[..., Any]:
        """Return the value as a function of floats or NumPy arrays, which broadcast."""
        self._evaluable()
        function: Callable[..., Any] = sympy.lambdify(self.arguments, self.value, modules="scipy")
        return function

    def _evaluable(self) -> None:
        if free := sorted({str(part.func) for part in self.value.atoms(AppliedUndef)}):
            raise ValueError(f"{self.name} holds for any function {', '.join(free)}: put one into `value` before evaluating it")

    @property
    def text(self) -> str:
        """Return the result on one line."""
        return f"{self.result.lhs} {_SIGNS.get(self.result.rel_op, self.result.rel_op)} {self.result.rhs}"

    @property
    def latex(self) -> str:
        """Return the result in LaTeX."""
        return str(sympy.latex(self.result))

    @property
    def python(self) -> str:
        """Return the value as a Python expression of the arguments."""
        text = str(sympy.pycode(self.value, fully_qualified_modules=False, allow_unknown_functions=True))
        names = {str(symbol): _identifier(str(symbol)) for symbol in self.value.free_symbols}
        for name in sorted((name for name in names if names[name] != name), key=len, reverse=True):
            text = text.replace(name, names[name])
        return text.replace("builtins.sum", "sum")


_SIGNS = {"==": "=", ">=": "≥", "<=": "≤", "!=": "≠"}


def _fraction(value: Any) -> Any:
    if isinstance(value, str):
        raise TypeError(f"an argument must be a number, or a sequence of numbers; got {value!r}")
    if isinstance(value, Sequence):
        return [_fraction(entry) for entry in value]
    return Fraction(value) if isinstance(value, int) else value


def _identifier(name: str) -> str:
    """Return the name of a symbol as Python can read it: f_+ is f_plus, L' is L_next."""
    return name.replace("+", "plus").replace("-", "minus").replace("'", "_next")


class _ExactPrinter(PythonCodePrinter):  # type: ignore[misc]
    """Prints rational constants and indices as Fractions: SymPy would print 1/2, which Python reads as a float."""

    def _print_Rational(self, number: Any) -> str:
        return f"Fraction({number.p}, {number.q})"

    def _print_Sum(self, whole: sympy.Sum) -> str:
        loops = (
            f"for {self._print(index)} in map(Fraction, range(int({self._print(first)}), int({self._print(last)}) + 1))"
            for index, first, last in whole.limits[::-1]
        )
        return f"sum({self._print(whole.function)} {' '.join(loops)})"

    def _print_Indexed(self, entry: sympy.Indexed) -> str:
        return f"{entry.base}[{', '.join(f'int({self._print(index)})' for index in entry.indices)}]"

    def _print_binomial(self, choice: Any) -> str:
        above, below = (self._print(argument) for argument in choice.args)
        return f"Fraction(comb(int({above}), int({below})))"

    def _print_factorial(self, product: Any) -> str:
        return f"Fraction(factorial(int({self._print(product.args[0])})))"

    def _print_Half(self, number: Any) -> str:
        return self._print_Rational(number)


Body = Callable[[Proof], tuple[Relational, tuple[Any, ...]]]

DERIVATIONS: dict[str, Callable[[], Derivation]] = {}
"""Every derivation by name; :func:`ceas_formal.derive.catalogue.derivations` has them in the paper's order."""


CLAIMS: dict[str, tuple[str, ...]] = {}
"""The rows of the ledger that rest on each derivation."""


def derivation(name: str, paper: str, *rows: str) -> Callable[[Body], Callable[[], Derivation]]:
    """Register the decorated body as the derivation of this name. Its docstring says what is derived, in its first paragraph, and more.

    The function that is left takes no argument and returns the :class:`Derivation`, made once in a process; it raises
    :class:`~ceas_formal.derive.proof.NotDerived` if a step cannot be checked.
    """

    def register(body: Body) -> Callable[[], Derivation]:
        if name in DERIVATIONS:
            raise ValueError(f"derivation {name} is entered twice")
        statement, _, explanation = inspect.cleandoc(body.__doc__ or "").partition("\n\n")

        @cache
        def derive() -> Derivation:
            start, proof = time.perf_counter(), Proof()
            relation, arguments = body(proof)
            return Derivation(
                name, paper, rows, " ".join(statement.split()), explanation, proof.symbols, proof.assumptions, tuple(proof.steps),
                relation, arguments, time.perf_counter() - start,
            )  # fmt: skip

        update_wrapper(derive, body)
        DERIVATIONS[name] = derive
        CLAIMS[name] = rows
        return derive

    return register
