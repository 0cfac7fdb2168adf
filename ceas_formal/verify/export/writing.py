"""What the formats share: legal names, formulas with their line breaks, and comments.

A format is a subclass of :class:`Writer` that says how its language spells connectives, atoms and quantifiers.
"""

from __future__ import annotations

import re
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from ceas_formal.spec.language import And, AtMost, Atom, Enough, Equal, Every, Formula, Not, Or, Ordered, Relation, Some, Sort
from ceas_formal.spec.protocol import Protocol

Names = Mapping[int, str]
"""How each variable in scope is written, by identity."""

WIDTH = 110


class Writer(ABC):
    """How one language writes a protocol.

    Parameters
    ----------
    protocol : Protocol
        What is written.
    """

    reserved: frozenset[str] = frozenset()
    comment_mark = "#"
    both, either, implication, equal, different = " & ", " | ", " -> ", " = ", " != "
    true, false = "true", "false"

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.taken: set[str] = set(self.reserved)
        self._claimed: dict[tuple[str, str], str] = {}

    # ------------------------------------------------------------------ names

    def claim(self, kind: str, name: str, *wanted: str) -> str:
        """Return a global identifier for the `kind` of thing called `name`: the first of `wanted` that is free, or `name` with a suffix."""
        if (kind, name) not in self._claimed:
            spelled = [re.sub(r"\W", "_", candidate) for candidate in (*wanted, *([] if wanted else [name]))]
            free = next((candidate for candidate in spelled if candidate not in self.taken), None)
            self._claimed[kind, name] = free or unique(spelled[-1], self.taken)
            self.taken.add(self._claimed[kind, name])
        return self._claimed[kind, name]

    def bound(self, variables: Iterable[Sort], names: Names = {}) -> dict[int, str]:  # noqa: B006
        """Return `names` extended by identifiers for `variables` that hide nothing."""
        extended, taken = dict(names), self.taken | set(names.values())
        for variable in variables:
            extended[id(variable)] = unique(self.variable(variable.name), taken)
            taken.add(extended[id(variable)])
        return extended

    def variable(self, name: str) -> str:
        """Return how the language spells a bound variable."""
        return name

    def sort(self, sort: type[Sort]) -> str:
        """Return the name of a sort."""
        return self.claim("sort", sort.__name__)

    def relation(self, relation: Relation) -> str:
        """Return the name of a relation."""
        return self.claim("relation", relation.name)

    @property
    def sorts(self) -> list[type[Sort]]:
        """The sorts that the relations range over, in the order in which they occur."""
        return list(dict.fromkeys(sort for relation in self.protocol.relations.values() for sort in relation.sorts))

    @property
    def ordered(self) -> list[type[Ordered]]:
        """Those of them that are ordered."""
        return [sort for sort in self.sorts if issubclass(sort, Ordered)]

    def relations(self, *, rigid: bool, ghost: bool = False) -> list[Relation]:
        """Return the relations of one kind: the setting, the state, or what only the proof sees."""
        return [relation for relation in self.protocol.relations.values() if (relation.rigid, relation.ghost) == (rigid, ghost)]

    # ------------------------------------------------------------------ formulas

    @abstractmethod
    def atom(self, relation: Relation, arguments: Sequence[str]) -> str:
        """Return ``relation(arguments)``."""

    @abstractmethod
    def quantifier(self, formula: Every | Some | Enough, names: Names) -> tuple[str, str]:
        """Return what stands before and after the body; `names` has the bound variables too."""

    def at_most(self, left: Sort, right: Sort, names: Names, inner: bool) -> str:
        """Return ``left <= right``."""
        return bracketed(f"{names[id(left)]} <= {names[id(right)]}", inner)

    def less(self, left: Sort, right: Sort, names: Names, inner: bool) -> str:
        """Return ``left < right``."""
        return bracketed(f"{names[id(left)]} < {names[id(right)]}", inner)

    def negation(self, body: Formula, names: Names) -> str:
        """Return ``¬body``."""
        return f"~{self.line(body, names, inner=True)}"

    def line(self, formula: Formula, names: Names, *, inner: bool = False) -> str:
        """Return a formula on one line, in brackets if it is an `inner` one that might need them."""
        match formula:
            case Atom(relation, arguments):
                return self.atom(relation, [names[id(argument)] for argument in arguments])
            case Equal(left, right):
                return bracketed(f"{names[id(left)]}{self.equal}{names[id(right)]}", inner)
            case AtMost(left, right):
                return self.at_most(left, right, names, inner)
            case Not(Equal(left, right)):
                return bracketed(f"{names[id(left)]}{self.different}{names[id(right)]}", inner)
            case Not(AtMost(left, right)):
                return self.less(right, left, names, inner)
            case Not(body):
                return self.negation(body, names)
            case And(()):
                return self.true
            case Or(()):
                return self.false
            case And((part,)) | Or((part,)):
                return self.line(part, names, inner=inner)
            case Or((first, second)) if (premise := premise_of(first, second)) is not None:
                sides = (self.line(side, names, inner=not _plain(side)) for side in (premise, second))
                return bracketed(self.implication.join(sides), inner)
            case And() | Or():
                word, parts = (self.both if isinstance(formula, And) else self.either), flat(formula)
                if len(parts) < 2:
                    return self.line(parts[0] if parts else type(formula)(()), names, inner=inner)
                return bracketed(word.join(self.line(part, names, inner=not _plain(part)) for part in parts), inner)
            case Every() | Some() | Enough():
                merged = joined(formula)
                before, after = self.quantifier(merged, within := self.bound(variables_of(merged), names))
                return bracketed(f"{before}{self.line(merged.body, within)}{after}", inner and not after)
        raise TypeError(f"not a formula of the language: {formula!r}")

    def lines(self, formula: Formula, names: Names, *, inner: bool = False, width: int = WIDTH) -> list[str]:
        """Return a formula on as few lines as fit the width."""
        line = self.line(formula, names, inner=inner)
        if len(line) <= width:
            return [line]
        match formula:
            case And((part,)) | Or((part,)):
                return self.lines(part, names, inner=inner, width=width)
            case Or((first, second)) if (premise := premise_of(first, second)) is not None:
                sides = [self.lines(side, names, inner=not _plain(side), width=width - 4) for side in (premise, second)]
                return enclosed([*sides[0], *hanging(self.implication.lstrip(), sides[1])], inner)
            case And() | Or():
                return self.junction(formula, names, inner, width)
            case Every() | Some() | Enough():
                merged = joined(formula)
                before, after = self.quantifier(merged, within := self.bound(variables_of(merged), names))
                body = [before.rstrip(), *indented(self.lines(merged.body, within, width=width - 4))]
                body[-1] += after
                return enclosed(body, inner and not after)
        return [line]

    def junction(self, formula: And | Or, names: Names, inner: bool, width: int) -> list[str]:
        """Return a conjunction or disjunction, one part after the other."""
        word = (self.both if isinstance(formula, And) else self.either).lstrip()
        first, *others = (self.lines(part, names, inner=not _plain(part), width=width - 4) for part in flat(formula))
        return enclosed([*first, *(line for part in others for line in hanging(word, part))], inner)

    # ------------------------------------------------------------------ comments

    def comment(self, text: str, *, indent: int = 0) -> list[str]:
        """Return a comment, wrapped."""
        mark = " " * indent + self.comment_mark + " "
        return [mark + line for line in textwrap.wrap(" ".join(text.split()), WIDTH - len(mark))]

    def prose(self, text: str) -> list[str]:
        """Return a longer comment: its paragraphs wrapped, indented lines kept."""
        lines: list[str] = []
        for paragraph in text.strip().split("\n\n"):
            kept = paragraph.startswith("    ")
            lines += ["", *(paragraph.splitlines() if kept else textwrap.wrap(" ".join(paragraph.split()), WIDTH - 2))]
        return [f"{self.comment_mark} {line}".rstrip() for line in lines[1:]]

    def heading(self, text: str) -> list[str]:
        """Return the heading of a section."""
        return ["", f"{self.comment_mark} {f' {text} ':-^{WIDTH - 10}}", ""]

    def labelled(self, lines: list[str], label: str) -> list[str]:
        """Return lines with a comment that names them: at the end of one, above several."""
        mark = f"{self.comment_mark} {label}"
        return [f"{lines[0]}  {mark}"] if len(lines) == 1 else [" " * (len(lines[0]) - len(lines[0].lstrip())) + mark, *lines]


def unique(name: str, taken: Iterable[str]) -> str:
    """Return the name, with a number where it is taken."""
    found, number, taken = name, 1, set(taken)
    while found in taken:
        number += 1
        found = f"{name}{number}"
    return found


def variables_of(formula: Every | Some | Enough) -> tuple[Sort, ...]:
    """Return the variables that a quantifier binds."""
    return (formula.variable,) if isinstance(formula, Enough) else formula.variables


def joined(formula: Every | Some | Enough) -> Every | Some | Enough:
    """Return the quantifier with those of the same kind that stand directly inside it."""
    while isinstance(formula, (Every, Some)) and isinstance(formula.body, type(formula)):
        formula = type(formula)((*formula.variables, *formula.body.variables), formula.body.body)
    return formula


def premise_of(first: Formula, second: Formula) -> Formula | None:
    """Return the premise, if ``first | second`` reads better as an implication."""
    if isinstance(first, AtMost):
        return None if isinstance(second, AtMost) else Not(first)
    return first.body if isinstance(first, Not) else None


def defined(opening: str, body: str) -> list[str]:
    """Return a definition, on one line if it fits."""
    return [f"{opening} {body}"] if len(opening) + len(body) < WIDTH else [opening, f"    {body}"]


def flat(formula: And | Or) -> list[Formula]:
    """Return the parts of a conjunction or disjunction, with those of nested ones in their place."""
    nested = (flat(part) if isinstance(part, type(formula)) else [part] for part in formula.parts)
    return [part for parts in nested for part in parts]


def _plain(formula: Formula) -> bool:
    """Whether a formula stands beside a connective without brackets."""
    return isinstance(formula.body if isinstance(formula, Not) else formula, (Atom, Equal, AtMost))


def bracketed(line: str, inner: bool) -> str:
    """Return the line in brackets if it is an inner one."""
    return f"({line})" if inner else line


def enclosed(lines: list[str], inner: bool) -> list[str]:
    """Return the lines in brackets if they are inner ones."""
    if not inner:
        return lines
    return [f"({lines[0]}", *(f" {line}" for line in lines[1:-1]), f" {lines[-1]})"]


def hanging(word: str, lines: list[str]) -> list[str]:
    """Return the lines after a word, those that follow below the first."""
    return [word + lines[0], *(" " * len(word) + line for line in lines[1:])]


def indented(lines: Iterable[str], by: int = 4) -> list[str]:
    """Return the lines moved to the right."""
    return [" " * by + line if line else line for line in lines]
