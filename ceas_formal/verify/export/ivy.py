"""The protocol as an Ivy 1.7 program: ``ivy_check`` proves it for every N, by the same steps and hypotheses as ``ceas verify``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ceas_formal.spec.declarations import Action, Consequence, Insertion, Property
from ceas_formal.spec.language import Formula, Relation, Sort
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.rewriting import relations_in
from ceas_formal.verify.export import reserved
from ceas_formal.verify.export.sets import SetWriter
from ceas_formal.verify.export.writing import WIDTH, Names, indented

HEADER = """
{name}: the protocol for every N, as an Ivy program.

    ivy_check {name}.ivy

ends with OK; every check says PASS (Ivy 1.8, some ten seconds). Each isolate is one step of the proof: what it shows, then `with`
what it may use. Nothing else is visible to it, so every query stays small and in a decidable fragment.
"""
SETS = """
A threshold counts nodes; here it is a set that exists: `exists Q:quorum. forall M:node. in_quorum(M, Q) -> (byzantine(M) | ...)` says
that a quorum reports something, where Byzantine nodes report what suits them. What the axioms say of sets follows from their sizes, for
all N, f and a; `ceas verify` shows it.
"""
GUARDS = """
An action says what a step does. Its guard stands beside it, clause by clause, in objects of their own, so that a proof names those
that it uses. Of f+1 nodes a guard keeps only that one of them is honest: it allows more steps than the protocol.
"""
INDIVIDUALS = """
Nothing is known of these, so what is shown for them holds for all. Where a property speaks of them, its existential part closes no cycle
of sorts: the query stays decidable.
"""
# To Ivy, X <= Y is X < Y | X = Y, so the axioms are those of a strict order.
ORDER = (
    "axiom forall X:{0}. ~(X < X)",
    "axiom forall X:{0}, Y:{0}, Z:{0}. (X < Y & Y < Z) -> X < Z",
    "axiom forall X:{0}, Y:{0}. X < Y | X = Y | Y < X",
)


class _Ivy(SetWriter):
    reserved = reserved.IVY
    different = " ~= "

    # ------------------------------------------------------------------ names

    def variable(self, name: str) -> str:
        # Ivy tells variables from constants by their capital.
        return name[0].upper() + name[1:]

    def sort(self, sort: type[Sort]) -> str:
        return self.claim("sort", sort.__name__, sort.__name__[0].lower() + sort.__name__[1:])

    def label(self, name: str) -> str:
        """Return what an axiom, a clause, a consequence or a property is called in a `with`."""
        return self.claim("label", name, name[0].lower() + name[1:])

    def parameters(self, action: Action) -> dict[int, str]:
        """Return names for the parameters, which must not be called like a sort or relation."""
        names: dict[int, str] = {}
        for parameter in action.parameters:
            wanted = (parameter.name, f"the_{parameter.name}", f"the_{parameter.name}_")
            names[id(parameter)] = next(name for name in wanted if name not in self.taken | set(names.values()))
        return names

    # ------------------------------------------------------------------ the program

    def text(self) -> str:
        lines = ["#lang ivy1.7", *self.prose(HEADER.format(name=self.protocol.name))]
        lines += [*self.heading("the setting"), *self.setting()]
        lines += [*self.heading("the state, empty at first"), *self.state()]
        lines += [*self.heading("what honest nodes do"), *self.prose(GUARDS)]
        for action in self.protocol.actions.values():
            lines += self.action(action)
        lines += [*self.heading("why it is safe"), *self.individuals()]
        for found in self.protocol.consequences.values():
            lines += self.consequence(found)
        for claimed in (*self.protocol.of_kind("invariant"), *self.protocol.of_kind("lemma", "safety")):
            lines += self.proved(claimed)
        return "\n".join(lines).rstrip() + "\n"

    def setting(self) -> list[str]:
        lines = []
        for sort in (*self.sorts, *self.reading.sets.values()):
            lines += self.labelled([f"type {self.sort(sort)}"], (sort.__doc__ or "").strip())
        lines += ["", *self.prose(SETS), *self.sizes(), ""]
        lines += [self.declaration(relation) for relation in (*self.relations(rigid=True), *self.memberships)]
        for name, formula in self.reading.hypotheses().items():
            assumed = self.protocol.properties.get(name)
            if name not in self.orders:
                lines += ["", *self.comment(assumed.explanation if assumed else "")]
                lines += self.statement(f"axiom [{self.label(name)}]", formula, {})
        for name, ordered in self.orders.items():
            lines += ["", f"object {self.label(name)} = {{", *indented(axiom.format(ordered) for axiom in ORDER), "}"]
        return lines

    @property
    def orders(self) -> dict[str, str]:
        """The names of the axioms about orders, with their sorts."""
        return {f"{sort.__name__}.linear": self.sort(sort) for sort in self.ordered}

    def state(self) -> list[str]:
        state, ghosts = self.relations(rigid=False), self.relations(rigid=False, ghost=True)
        lines = [self.declaration(relation) for relation in state]
        if ghosts:
            lines += ["", *self.comment("Ghosts: they exist for the proof; no node stores or sends them.")]
            lines += [self.declaration(relation) for relation in ghosts]
        columns = {relation: [name for name, _ in self.columns(relation)] for relation in (*state, *ghosts)}
        empty = (f"{self.atom(relation, names)} := false;" for relation, names in columns.items())
        return [*lines, "", "object start = {", "    after init {", *indented(empty, 8), "    }", "}"]

    def declaration(self, relation: Relation) -> str:
        return "relation " + self.atom(relation, [f"{name}:{sort}" for name, sort in self.columns(relation)])

    def action(self, action: Action) -> list[str]:
        names, name = self.parameters(action), self.claim("action", action.name)
        typed = ", ".join(f"{names[id(parameter)]}:{self.sort(type(parameter))}" for parameter in action.parameters)
        effects = [self.update(insertion, names) for insertion in action.ensures]
        lines = ["", *self.comment(action.explanation), f"action {name}({typed}) = {{", *indented(effects), "}", f"export {name}"]
        for label, clause in action.requires.items():
            read = self.reading.read(clause, relaxed=True)
            lines += self.monitor(f"{action.name}.{label}", action, self.statement("require", read, names))
        return lines

    def monitor(self, name: str, action: Action, statement: list[str]) -> list[str]:
        """Return an object that holds one requirement or assertion before an action."""
        opening = f"object {self.label(name)} = {{ before {self.claim('action', action.name)} {{"
        if len(statement) == 1 and len(opening) + len(statement[0]) < WIDTH + 5:
            return [f"{opening} {statement[0]} }} }}"]
        return [opening, *indented(statement), "}}"]

    def update(self, insertion: Insertion, names: Names) -> str:
        within = self.bound(insertion.variables, names)
        atom = self.atom(insertion.relation, [within[id(argument)] for argument in insertion.arguments])
        condition = self.line(insertion.condition, within, inner=True)
        return f"{atom} := true;" if condition == self.true else f"{atom} := {atom} | {condition};"

    # ------------------------------------------------------------------ the proof

    def consequence(self, found: Consequence) -> list[str]:
        action = self.protocol.actions[found.action]
        formula = self.statement("assert", self.reading.read(found.formula), self.parameters(action))
        return ["", *self.comment(found.explanation), *self.monitor(found.name, action, formula), *self.isolate(found.name, found.since)]

    def proved(self, claimed: Property) -> list[str]:
        used = list(claimed.since)
        if (claimed.kind, claimed.purpose) == ("invariant", "safety"):
            for action in self.protocol.actions.values():
                touched = {insertion.relation.name for insertion in action.ensures} & relations_in(claimed.formula)
                if touched and not any(name.startswith(f"{action.name}.") for name in claimed.since):
                    clauses = (f"{action.name}.{name}" for name in action.requires)
                    used += (name for name in clauses if name not in self.protocol.unused_for_safety)
        at_one_point = claimed.name in self.pointwise
        stated = self.reading.read(claimed.body if at_one_point else claimed.formula)
        names = {id(parameter): self.individual(parameter) for parameter in claimed.parameters} if at_one_point else {}
        formula = self.statement(f"invariant [{self.label(claimed.name)}]", stated, names)
        return ["", *self.comment(claimed.explanation), *formula, *self.isolate(claimed.name, used)]

    @property
    def pointwise(self) -> dict[str, Property]:
        """The properties that are stated for individuals: pointwise ones, and those that cite them."""
        found: dict[str, Property] = {}
        proved = self.protocol.of_kind("invariant", "lemma", "safety")
        while new := {
            claimed.name: claimed
            for claimed in proved
            if claimed.name not in found and (claimed.pointwise or found.keys() & set(claimed.since))
        }:
            found |= new
        return found

    def individual(self, parameter: Sort) -> str:
        """Return the constant that stands for a parameter of pointwise properties."""
        return self.claim("individual", f"{parameter.name}:{type(parameter).__name__}", f"some_{parameter.name}")

    def individuals(self) -> list[str]:
        parameters = {self.individual(parameter): parameter for found in self.pointwise.values() for parameter in found.parameters}
        if not parameters:
            return []
        return [*self.prose(INDIVIDUALS), *(f"individual {name}:{self.sort(type(sort))}" for name, sort in parameters.items())]

    def isolate(self, name: str, since: Iterable[str]) -> list[str]:
        """Return one step of the proof; orders are always at hand, as Ivy's < and <= mean little without them."""
        cited = dict.fromkeys([*(name for name in since if name not in self.protocol.lost), *self.orders])
        steps = ("start", *(self.claim("action", action) for action in self.protocol.actions))
        used = ", ".join([*map(self.label, cited), *steps])
        return [
            f"isolate {self.claim('isolate', name, f'{self.label(name)}_holds')} = {self.label(name)} with",
            *indented(textwrap.wrap(used, WIDTH)),
        ]

    # ------------------------------------------------------------------ layout

    def statement(self, opening: str, formula: Formula, names: Names) -> list[str]:
        """Return a keyword and a formula, on one line if they fit."""
        lines = self.lines(formula, names)
        return [f"{opening} {lines[0]}"] if len(lines) == 1 and len(opening) + len(lines[0]) < WIDTH else [opening, *indented(lines)]


def text(protocol: Protocol) -> str:
    """Return the protocol as an Ivy program."""
    return _Ivy(protocol).text()
