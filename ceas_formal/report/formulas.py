"""Formulas in mathematical notation, with the specification's own names."""

from __future__ import annotations

from ceas_formal.spec.language import And, AtMost, Atom, Enough, Equal, Every, Formula, Not, Or, Some, Sort


def text(formula: Formula, *, inner: bool = False) -> str:
    """Return a formula as one line.

    Examples
    --------
    >>> from ceas_formal.spec.checkpoint import checkpoint
    >>> text(checkpoint.actions["vote2"].requires["carried"])
    'quorum m: vote1(m, view, value)'
    """
    match formula:
        case Atom(relation, arguments):
            return f"{relation.name}({', '.join(argument.name for argument in arguments)})"
        case Equal(left, right):
            return f"{left.name} = {right.name}"
        case AtMost(left, right):
            return f"{left.name} ≤ {right.name}"
        case Not(Equal(left, right)):
            return f"{left.name} ≠ {right.name}"
        case Not(AtMost(left, right)):
            return f"{right.name} < {left.name}"
        case Not(body):
            return f"¬{text(body, inner=True)}"
        case And(()):
            return "true"
        case Or(()):
            return "false"
        case Or((Not() as premise, conclusion)):
            return _bracketed(f"{text(premise.body, inner=True)} → {text(conclusion, inner=True)}", inner)
        case And(parts):
            return _bracketed(" ∧ ".join(text(part, inner=True) for part in _flat(parts, And)), inner)
        case Or(parts):
            return _bracketed(" ∨ ".join(text(part, inner=True) for part in _flat(parts, Or)), inner)
        case Every(variables, body):
            return _bracketed(f"∀{_names(variables)}: {text(body)}", inner)
        case Some(variables, body):
            return _bracketed(f"∃{_names(variables)}: {text(body)}", inner)
        case Enough(threshold, variable, body, honest, among):
            counted = f"{threshold.name}{' of honest' if honest else ''} {variable.name}"
            group = f" among {among.name}" if among is not None else ""
            return _bracketed(f"{counted}{group}: {text(body)}", inner)
    raise TypeError(f"not a formula of the language: {formula!r}")


def _flat(parts: tuple[Formula, ...], kind: type[And] | type[Or]) -> list[Formula]:
    flat: list[Formula] = []
    for part in parts:
        flat += _flat(part.parts, kind) if isinstance(part, kind) else [part]
    return flat


def _names(variables: tuple[Sort, ...]) -> str:
    return ", ".join(variable.name for variable in variables)


def _bracketed(line: str, inner: bool) -> str:
    return f"({line})" if inner else line
