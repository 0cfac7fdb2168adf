"""The protocol as a TLA+ module, with a configuration for TLC below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from ceas_formal.spec.declarations import Action, Insertion
from ceas_formal.spec.language import And, Atom, Enough, Every, Formula, Or, Relation, Some, Threshold
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.export import reserved
from ceas_formal.verify.export.counts import CountWriter
from ceas_formal.verify.export.writing import WIDTH, Names, defined, enclosed, flat, hanging, indented

HEADER = """
{name}: the protocol with sets that are counted. A relation is the set of its tuples; it only grows.

What is Byzantine is not modelled: in a threshold, Byzantine nodes report whatever helps, so they count as if they did.

To try it: copy what stands below the last line to {name}.cfg, then

    java -cp tla2tools.jar tlc2.TLC -deadlock {name}.tla

A witness is a state that must be reachable: TLC must find `never_...` violated.
"""


class _Tla(CountWriter):
    reserved = reserved.TLA
    comment_mark = r"\*"
    both, either, implication, equal, different = " /\\ ", " \\/ ", " => ", " = ", " # "
    true, false = "TRUE", "FALSE"

    # ------------------------------------------------------------------ formulas

    def action_name(self, name: str) -> str:
        return self.claim("action", name, name[0].upper() + name[1:], f"Do_{name}")

    def halved(self, number: str) -> str:
        return f"HalfRoundedUp({number})"

    def largest(self, numbers: list[str]) -> str:
        return numbers[0] if len(numbers) == 1 else f"Largest({numbers[0]}, {self.largest(numbers[1:])})"

    def element(self, arguments: Sequence[str]) -> str:
        return arguments[0] if len(arguments) == 1 else f"<<{', '.join(arguments)}>>"

    def atom(self, relation: Relation, arguments: Sequence[str]) -> str:
        return f"{self.element(arguments)} \\in {self.relation(relation)}"

    def negation(self, body: Formula, names: Names) -> str:
        if isinstance(body, Atom):
            return f"{self.element([names[id(argument)] for argument in body.arguments])} \\notin {self.relation(body.relation)}"
        return f"~{self.line(body, names, inner=not isinstance(body, Enough))}"

    def quantifier(self, formula: Every | Some | Enough, names: Names) -> tuple[str, str]:
        if isinstance(formula, Enough):
            name = self.claim("threshold of honest" if formula.honest else "threshold", formula.threshold.name)
            group = f"{names[id(formula.among)]}, " if formula.among is not None else ""
            return f"{name}({group}{{{names[id(formula.variable)]} \\in {self.node} : ", "})"
        word = "\\A" if isinstance(formula, Every) else "\\E"
        ranges = ", ".join(f"{names[id(variable)]} \\in {self.sort(type(variable))}" for variable in formula.variables)
        return f"{word} {ranges} : ", ""

    def junction(self, formula: And | Or, names: Names, inner: bool, width: int) -> list[str]:
        """Return a list with one bullet for each part."""
        bullet = "/\\ " if isinstance(formula, And) else "\\/ "
        parts = (self.lines(part, names, width=width - 4) for part in flat(formula))
        return enclosed([line for part in parts for line in hanging(bullet, part)], inner)

    # ------------------------------------------------------------------ the module

    def text(self) -> str:
        protocol = self.protocol
        lines = [f" MODULE {protocol.name} ".center(WIDTH, "-"), *self.prose(HEADER.format(name=protocol.name)), ""]
        lines += ["EXTENDS Integers, FiniteSets", *self.heading("the setting"), *self.setting()]
        lines += [*self.heading("the state"), *self.variables()]
        lines += self.heading("what honest nodes do")
        for action in protocol.actions.values():
            lines += self.action(action)
        lines += [*self.next(), *self.heading("what holds, and what must be reachable")]
        for claimed in protocol.of_kind("invariant", "lemma", "safety", "witness"):
            name = self.claim("property", claimed.name)
            lines += [*self.comment(f"({claimed.kind}) {claimed.explanation}"), *self.definition(name, claimed.formula, {})]
            if claimed.kind == "witness":
                lines += [f"{self.never(claimed.name)} == ~{name}"]
            lines += [""]
        lines += [*self.heading("a small instance"), *self.small(), "=" * WIDTH, "", *self.configuration()]
        return "\n".join(lines).rstrip() + "\n"

    def definition(self, opening: str, formula: Formula, names: Names) -> list[str]:
        lines = self.lines(formula, names)
        one = f"{opening} == {lines[0]}"
        return [one] if len(lines) == 1 and len(one) < WIDTH else [f"{opening} ==", *indented(lines)]

    def setting(self) -> list[str]:
        protocol, sizes = self.protocol, self.sizes
        constants = {sizes["f"]: "at most so many nodes are Byzantine", sizes["a"]: "at most so many honest nodes are fooled at once"}
        constants |= {self.sort(sort): (sort.__doc__ or "").strip() for sort in self.sorts}
        constants |= {self.relation(relation): f"\\subseteq {self.product(relation)}" for relation in self.relations(rigid=True)}
        lines, last = ["CONSTANTS"], list(constants)[-1]
        for name, meaning in constants.items():
            lines += self.labelled([f"    {name}{'' if name == last else ','}"], meaning)
        lines += ["", f"{sizes['N']} == Cardinality({self.node})", "", "HalfRoundedUp(x) == (x + 1) \\div 2"]
        lines += ["Largest(x, y) == IF x >= y THEN x ELSE y", "", *self.comment(THRESHOLDS)]
        for threshold in protocol.thresholds.values():
            lines += self.threshold(threshold)
        for sort in self.ordered:
            lines += [f"ASSUME {self.sort(sort)} \\subseteq Nat"]
        for relation in self.relations(rigid=True):
            lines += [f"ASSUME {self.relation(relation)} \\subseteq {self.product(relation)}"]
        lines += ["", f"ASSUME {self.claim('least nodes', 'admissible')} == {sizes['N']} >= {self.least_nodes}"]
        for bound in protocol.bounds.values():
            names = self.bound((*bound.parameters, bound.counted))
            counted = f"Cardinality({{{names[id(bound.counted)]} \\in {self.node} : {self.line(bound.body, names)}}}) <= "
            given = self.quantifier(Every(bound.parameters, bound.body), names)[0] if bound.parameters else ""
            lines += [f"ASSUME {self.claim('bound', bound.name)} == {given}{counted}{self.number(bound.limit)}"]
        for claimed in protocol.of_kind("assumption"):
            opening = f"ASSUME {self.claim('property', claimed.name)}"
            lines += [*self.comment(claimed.explanation), *self.definition(opening, claimed.formula, {})]
        return lines

    def product(self, relation: Relation) -> str:
        return " \\X ".join(map(self.sort, relation.sorts)) or "{<<>>}"

    def threshold(self, threshold: Threshold) -> list[str]:
        plain, honest = (self.claim(kind, threshold.name) for kind in ("threshold", "threshold of honest"))
        byzantine = self.relation(self.protocol.byzantine)
        counted = {plain: f"S \\cup {byzantine}", honest: f"S \\ {byzantine}"}
        lines = self.comment(self.size_of(threshold))
        size = self.number(threshold.quantity, "Cardinality(group)" if threshold.members else None)
        for name, nodes in counted.items():
            if threshold.members is None:
                lines += defined(f"{name}(S) ==", f"Cardinality({nodes}) >= {size}")
            else:
                members = f"{{m \\in {self.node} : <<g, m>> \\in {self.relation(threshold.members)}}}"
                lines += [f"{name}(g, S) ==", f"    LET group == {members}", f"    IN Cardinality(group \\cap ({nodes})) >= {size}"]
        return [*lines, ""]

    def variables(self) -> list[str]:
        names = [self.relation(relation) for relation in self.state]
        lines = ["VARIABLES"]
        for relation in self.state:
            ghost = " (a ghost: no node stores or sends it)" if relation.ghost else ""
            comma = "" if relation is self.state[-1] else ","
            lines += self.labelled([f"    {self.relation(relation)}{comma}"], f"\\subseteq {self.product(relation)}{ghost}")
        lines += ["", *listed("vars == <<", names, ">>"), "", "Init =="]
        return [*lines, *(f"    /\\ {name} = {{}}" for name in names)]

    def action(self, action: Action) -> list[str]:
        names = self.bound(action.parameters)
        parameters = ", ".join(names[id(parameter)] for parameter in action.parameters)
        lines = [*self.comment(action.explanation), f"{self.action_name(action.name)}({parameters}) =="]
        for label, clause in action.requires.items():
            needed = self.line(clause, names) != self.line(clause, names, inner=True) and isinstance(clause, Or)
            body = self.lines(clause, names, inner=needed)
            lines += indented(self.labelled(hanging("/\\ ", body), label))
        for relation in self.state:
            added = [self.inserted(insertion, names) for insertion in action.ensures if insertion.relation.name == relation.name]
            if added:
                name = self.relation(relation)
                lines += [f"    /\\ {name}' = " + " \\cup ".join([name, *added])]
        kept = self.unchanged(action)
        return [*lines, *(indented(listed("/\\ UNCHANGED <<", kept, ">>")) if kept else []), ""]

    def inserted(self, insertion: Insertion, names: Names) -> str:
        within = self.bound(insertion.variables, names)
        element = self.element([within[id(argument)] for argument in insertion.arguments])
        if not insertion.variables:
            return f"{{{element}}}"
        ranges = [(within[id(variable)], self.sort(type(variable))) for variable in insertion.variables]
        condition = self.line(insertion.condition, within)
        if len(ranges) == 1 and condition != self.true:
            ((name, sort),) = ranges
            if element == name:
                return f"{{{name} \\in {sort} : {condition}}}"
            chosen = self.bound(insertion.variables, within)
            other = chosen[id(insertion.variables[0])]
            return f"{{{element} : {name} \\in {{{other} \\in {sort} : {self.line(insertion.condition, chosen)}}}}}"
        some = ", ".join(f"{name} \\in {sort}" for name, sort in ranges)
        if condition == self.true:
            return f"{{{element} : {some}}}"
        return f"UNION {{IF {condition} THEN {{{element}}} ELSE {{}} : {some}}}"

    def next(self) -> list[str]:
        lines = ["Next =="]
        for action in self.protocol.actions.values():
            names = self.bound(action.parameters)
            ranges = ", ".join(f"{names[id(parameter)]} \\in {self.sort(type(parameter))}" for parameter in action.parameters)
            call = f"{self.action_name(action.name)}({', '.join(names[id(parameter)] for parameter in action.parameters)})"
            lines.append(f"    \\/ \\E {ranges} : {call}")
        return [*lines, "", "Spec == Init /\\ [][Next]_vars"]

    # ------------------------------------------------------------------ the small instance

    def never(self, witness: str) -> str:
        return self.claim("never", witness, f"never_{witness}")

    def small(self) -> list[str]:
        lines = []
        for relation in self.relations(rigid=True):
            rows = (self.element([str(element) for element in row]) for row in sorted(self.small_setting[relation.name]))
            value = self.product(relation) if self.everything(relation) else f"{{{', '.join(rows)}}}"
            lines.append(f"{self.small_name(relation)} == {value}")
        return lines

    def small_name(self, relation: Relation) -> str:
        return self.claim("small", relation.name, f"small_{relation.name}")

    def configuration(self) -> list[str]:
        size = self.instance
        lines = ["SPECIFICATION Spec", "CONSTANTS"]
        lines += [f"    {self.sizes['f']} = {size.faults}", f"    {self.sizes['a']} = {size.false_accepts}"]
        for sort in self.sorts:
            count = size.nodes if sort is self.protocol.node else size.sorts[sort.__name__]
            lines.append(f"    {self.sort(sort)} = {{{', '.join(map(str, range(count)))}}}")
        lines += [f"    {self.relation(relation)} <- {self.small_name(relation)}" for relation in self.relations(rigid=True)]
        held = [self.claim("property", claimed.name) for claimed in self.protocol.of_kind("invariant", "lemma", "safety")]
        return [*lines, "INVARIANTS", *(f"    {name}" for name in held)]


THRESHOLDS = "Thresholds: of S and the Byzantine nodes, or of the honest nodes in S, there are enough."


def listed(before: str, names: Iterable[str], after: str) -> list[str]:
    """Return names between brackets, wrapped below the opening one."""
    return textwrap.wrap(before + ", ".join(names) + after, WIDTH, subsequent_indent=" " * len(before))


def text(protocol: Protocol) -> str:
    """Return the protocol as a TLA+ module, and below it the configuration of a small instance."""
    return _Tla(protocol).text()
