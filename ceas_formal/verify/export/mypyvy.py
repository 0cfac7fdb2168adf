"""The protocol as a mypyvy model: for every N, all invariants, lemmas and safety properties as one inductive invariant."""

from __future__ import annotations

from ceas_formal.spec.declarations import Action
from ceas_formal.spec.language import Formula, Relation, Sort
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.rewriting import after
from ceas_formal.verify.export import reserved
from ceas_formal.verify.export.sets import SetWriter
from ceas_formal.verify.export.writing import WIDTH, Names, hanging, indented
from ceas_formal.verify.smtlib import order_name

HEADER = """
{name}: the protocol for every N, as a mypyvy model.

    mypyvy verify {name}.pyv

checks that everything below the heading "why it is safe" is inductive, all of it together. Z3 may need long for that, or give up;
`ceas verify` and the Ivy text go step by step, with the few hypotheses that each step needs.
"""
SETS = """
A threshold counts nodes; here it is a set that exists: `exists Q:Quorum. forall m:Node. in_quorum(m, Q) -> (byzantine(m) | ...)` says
that a quorum reports something, where Byzantine nodes report what suits them. What the axioms say of sets follows from their sizes, for
all N, f and a; `ceas verify` shows it.
"""
RELAXED = "Of f+1 nodes a guard keeps only that one of them is honest: it allows more steps than the protocol."


class _Mypyvy(SetWriter):
    reserved = reserved.MYPYVY

    def __init__(self, protocol: Protocol) -> None:
        super().__init__(protocol)
        for sort in self.ordered:
            self.order(sort)

    def order(self, sort: type[Sort]) -> str:
        return self.claim("order", sort.__name__, order_name(sort))

    def at_most(self, left: Sort, right: Sort, names: Names, inner: bool) -> str:
        return f"{self.order(type(left))}({names[id(left)]}, {names[id(right)]})"

    def less(self, left: Sort, right: Sort, names: Names, inner: bool) -> str:
        return f"!{self.at_most(right, left, names, inner)}"

    def negation(self, body: Formula, names: Names) -> str:
        return f"!{self.line(body, names, inner=True)}"

    def text(self) -> str:
        lines = [*self.prose(HEADER.format(name=self.protocol.name)), *self.heading("the setting"), *self.setting()]
        lines += self.heading("the state, empty at first")
        state, ghosts = self.relations(rigid=False), self.relations(rigid=False, ghost=True)
        lines += [self.declaration("mutable", relation) for relation in state]
        if ghosts:
            lines += ["", *self.comment("Ghosts: they exist for the proof; no node stores or sends them.")]
            lines += [self.declaration("mutable", relation) for relation in ghosts]
        lines += ["", *map(self.empty, (*state, *ghosts))]
        lines += [*self.heading("what honest nodes do"), *self.prose(RELAXED)]
        for action in self.protocol.actions.values():
            lines += self.transition(action)
        lines += self.heading("why it is safe")
        for claimed in self.protocol.of_kind("invariant", "lemma", "safety"):
            keyword = "safety" if claimed.kind == "safety" else "invariant"
            lines += ["", *self.comment(claimed.explanation)]
            lines += self.statement(f"{keyword} [{self.claim('label', claimed.name)}]", self.reading.read(claimed.formula))
        return "\n".join(lines).rstrip() + "\n"

    def setting(self) -> list[str]:
        lines = []
        for sort in (*self.sorts, *self.reading.sets.values()):
            lines += self.labelled([f"sort {self.sort(sort)}"], (sort.__doc__ or "").strip())
        lines += ["", *self.prose(SETS), *self.sizes(), ""]
        lines += [self.declaration("immutable", relation) for relation in (*self.relations(rigid=True), *self.memberships)]
        for sort in self.ordered:
            lines += [f"immutable relation {self.order(sort)}({self.sort(sort)}, {self.sort(sort)})"]
        for name, formula in self.reading.hypotheses().items():
            assumed = self.protocol.properties.get(name)
            lines += ["", *self.comment(assumed.explanation if assumed else "")]
            lines += self.statement(f"axiom [{self.claim('label', name)}]", formula)
        return lines

    def declaration(self, kind: str, relation: Relation) -> str:
        return f"{kind} relation " + self.atom(relation, [sort for _, sort in self.columns(relation)])

    def empty(self, relation: Relation) -> str:
        columns = self.columns(relation)
        typed = ", ".join(f"{name}:{sort}" for name, sort in columns)
        return f"init {f'forall {typed}. ' if typed else ''}!{self.atom(relation, [name for name, _ in columns])}"

    def transition(self, action: Action) -> list[str]:
        names = self.bound(action.parameters)
        typed = ", ".join(f"{names[id(parameter)]}:{self.sort(type(parameter))}" for parameter in action.parameters)
        changed = list(dict.fromkeys(insertion.relation for insertion in action.ensures))
        lines = ["", *self.comment(action.explanation), f"transition {self.claim('action', action.name)}({typed})"]
        lines.append(f"    modifies {', '.join(map(self.relation, changed))}")
        for name, clause in action.requires.items():
            body = self.lines(self.reading.read(clause, relaxed=True), names, inner=True)
            lines += indented(self.labelled(hanging("& ", body), name))
        for relation in changed:
            lines += indented(hanging("& ", self.update(relation, action, names)))
        return lines

    def update(self, relation: Relation, action: Action, names: Names) -> list[str]:
        columns = [sort(sort.__name__.lower()) for sort in relation.sorts]
        within = self.bound(columns, names)
        before = self.atom(relation, [within[id(column)] for column in columns])
        now = self.line(after(relation(*columns), action), within)
        typed = ", ".join(f"{within[id(column)]}:{self.sort(type(column))}" for column in columns)
        return [f"({f'forall {typed}. ' if typed else ''}new({before}) <-> {now})"]

    def statement(self, opening: str, formula: Formula) -> list[str]:
        lines = self.lines(formula, {})
        return [f"{opening} {lines[0]}"] if len(lines) == 1 and len(opening) + len(lines[0]) < WIDTH else [opening, *indented(lines)]


def text(protocol: Protocol) -> str:
    """Return the protocol as a mypyvy model."""
    return _Mypyvy(protocol).text()
