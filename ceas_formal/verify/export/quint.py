"""The protocol as a Quint module, with a small instance to simulate."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ceas_formal.spec.declarations import Action, Insertion
from ceas_formal.spec.language import And, Enough, Every, Formula, Or, Relation, Some, Sort, Threshold
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.export import reserved
from ceas_formal.verify.export.counts import CountWriter
from ceas_formal.verify.export.writing import WIDTH, Names, defined, flat, indented

HEADER = """
{name}: the protocol with sets that are counted. A relation is the set of its tuples; it only grows.

What is Byzantine is not modelled: in a threshold, Byzantine nodes report whatever helps, so they count as if they did.

    quint typecheck {name}.qnt

    quint run {name}.qnt --main=small --max-steps=60 --max-samples=100 --invariants safety invariants
        --witnesses {witnesses}

The first ends silently; the second finds no violation, and counts how often each witness was seen. (With no access to the compiled
evaluator, add --backend=typescript.)
"""


class _Quint(CountWriter):
    reserved = reserved.QUINT
    comment_mark = "//"
    both, either, implication, equal, different = " and ", " or ", " implies ", " == ", " != "

    # ------------------------------------------------------------------ formulas

    def action_name(self, name: str) -> str:
        return self.claim("action", name, name, f"do_{name}")

    def guard_name(self, name: str) -> str:
        return self.claim("guard", name, f"can_{name}")

    def halved(self, number: str) -> str:
        return f"halfRoundedUp({number})"

    def largest(self, numbers: list[str]) -> str:
        return numbers[0] if len(numbers) == 1 else f"largest({numbers[0]}, {self.largest(numbers[1:])})"

    def element(self, arguments: Sequence[str]) -> str:
        # Quint has no empty tuple: a relation without arguments holds 0 or nothing.
        return "0" if not arguments else arguments[0] if len(arguments) == 1 else f"({', '.join(arguments)})"

    def atom(self, relation: Relation, arguments: Sequence[str]) -> str:
        return f"{self.relation(relation)}.contains({self.element(arguments)})"

    def negation(self, body: Formula, names: Names) -> str:
        return f"not({self.line(body, names)})"

    def quantifier(self, formula: Every | Some | Enough, names: Names) -> tuple[str, str]:
        if isinstance(formula, Enough):
            name = self.claim("threshold of honest" if formula.honest else "threshold", formula.threshold.name)
            group = f"{names[id(formula.among)]}, " if formula.among is not None else ""
            return f"{name}({group}{self.node}.filter({names[id(formula.variable)]} => ", "))"
        word = "forall" if isinstance(formula, Every) else "exists"
        return f"{self.range(formula.variables)}.{word}({self.pattern(formula.variables, names)} => ", ")"

    def range(self, variables: Sequence[Sort]) -> str:
        """Return the set that variables range over."""
        sorts = [self.sort(type(variable)) for variable in variables]
        return sorts[0] if len(sorts) == 1 else f"tuples({', '.join(sorts)})"

    def pattern(self, variables: Sequence[Sort], names: Names) -> str:
        """Return the parameter of a function on that set."""
        bound = [names[id(variable)] for variable in variables]
        return bound[0] if len(bound) == 1 else f"(({', '.join(bound)}))"

    def junction(self, formula: And | Or, names: Names, inner: bool, width: int) -> list[str]:
        """Return a block with one part after the other."""
        parts = (self.lines(part, names, width=width - 4) for part in flat(formula))
        body = [line for part in parts for line in (*part[:-1], f"{part[-1]},")]
        return ["and {" if isinstance(formula, And) else "or {", *indented(body), "}"]

    # ------------------------------------------------------------------ the module

    def text(self) -> str:
        protocol = self.protocol
        witnesses = " ".join(self.claim("property", claimed.name) for claimed in protocol.of_kind("witness"))
        lines = [*self.prose(HEADER.format(name=protocol.name, witnesses=witnesses)), ""]
        body = [*self.setting(), *self.heading("the state"), *self.variables(), *self.heading("what honest nodes do")]
        for action in protocol.actions.values():
            body += self.action(action)
        body += [*self.step(), *self.heading("what holds, and what must be reachable")]
        for claimed in protocol.of_kind("invariant", "lemma", "safety", "witness"):
            body += self.comment(f"({claimed.kind}) {claimed.explanation}")
            body += [*self.definition(f"val {self.claim('property', claimed.name)}", claimed.formula, {}), ""]
        for name, kinds in (("safety", ["safety"]), ("invariants", ["invariant", "lemma"])):
            held = [self.claim("property", claimed.name) for claimed in protocol.of_kind(*kinds)]
            body += [f"val {name} = and {{", *(f"    {claimed}," for claimed in held), "}", ""] if held else [f"val {name} = true", ""]
        lines += [f"module {self.claim('module', protocol.name)} {{", *indented(body), "}", "", *self.small()]
        return "\n".join(lines).rstrip() + "\n"

    def definition(self, opening: str, formula: Formula, names: Names) -> list[str]:
        lines = self.lines(formula, names)
        one = f"{opening} = {lines[0]}"
        return [one] if len(lines) == 1 and len(one) < WIDTH else [f"{opening} =", *indented(lines)]

    def type(self, relation: Relation) -> str:
        return "Set[int]" if len(relation.sorts) < 2 else f"Set[({', '.join('int' for _ in relation.sorts)})]"

    def declaration(self, word: str, relation: Relation) -> list[str]:
        sorts = f"{self.relation(relation)}({', '.join(map(self.sort, relation.sorts))})"
        ghost = ", a ghost: no node stores or sends it" if relation.ghost else ""
        return self.labelled([f"{word} {self.relation(relation)}: {self.type(relation)}"], f"{sorts}{ghost}")

    def setting(self) -> list[str]:
        protocol, sizes = self.protocol, self.sizes
        lines = [f"const {sizes['f']}: int  // at most so many nodes are Byzantine"]
        lines += [f"const {sizes['a']}: int  // at most so many honest nodes are fooled at once"]
        for sort in self.sorts:
            lines += self.labelled([f"const {self.sort(sort)}: Set[int]"], (sort.__doc__ or "").strip())
        for relation in self.relations(rigid=True):
            lines += self.declaration("const", relation)
        lines += ["", f"pure val {sizes['N']} = {self.node}.size()", "pure def halfRoundedUp(number: int): int = (number + 1) / 2"]
        lines += ["pure def largest(number: int, other: int): int = if (number >= other) number else other", "", *self.comment(THRESHOLDS)]
        for threshold in protocol.thresholds.values():
            lines += self.threshold(threshold)
        lines += ["", f"assume {self.claim('least nodes', 'admissible')} = {sizes['N']} >= {self.least_nodes}"]
        for bound in protocol.bounds.values():
            names = self.bound((*bound.parameters, bound.counted))
            counted = f"{self.node}.filter({names[id(bound.counted)]} => {self.line(bound.body, names)}).size()"
            counted += f" <= {self.number(bound.limit)}"
            if bound.parameters:
                before, after = self.quantifier(Every(bound.parameters, bound.body), names)
                counted = f"{before}{counted}{after}"
            lines += [f"assume {self.claim('bound', bound.name)} = {counted}"]
        for claimed in protocol.of_kind("assumption"):
            opening = f"assume {self.claim('property', claimed.name)}"
            lines += [*self.comment(claimed.explanation), *self.definition(opening, claimed.formula, {})]
        return lines

    def threshold(self, threshold: Threshold) -> list[str]:
        plain, honest = (self.claim(kind, threshold.name) for kind in ("threshold", "threshold of honest"))
        byzantine = self.relation(self.protocol.byzantine)
        lines = ["", *self.comment(self.size_of(threshold))]
        size = self.number(threshold.quantity, "group.size()" if threshold.members else None)
        for name, nodes in ((plain, f"nodes.union({byzantine})"), (honest, f"nodes.exclude({byzantine})")):
            if threshold.members is None:
                lines += defined(f"pure def {name}(nodes: Set[int]): bool =", f"{nodes}.size() >= {size}")
            else:
                members = f"{self.node}.filter(m => {self.relation(threshold.members)}.contains((g, m)))"
                lines += [f"pure def {name}(g: int, nodes: Set[int]): bool = {{", f"    val group = {members}"]
                lines += [f"    group.intersect({nodes}).size() >= {size}", "}"]
        return lines

    def variables(self) -> list[str]:
        lines = [line for relation in self.state for line in self.declaration("var", relation)]
        return [*lines, "", "action init = all {", *(f"    {self.relation(relation)}' = Set()," for relation in self.state), "}"]

    def action(self, action: Action) -> list[str]:
        names = self.bound(action.parameters)
        typed = ", ".join(f"{names[id(parameter)]}: int" for parameter in action.parameters)
        arguments = ", ".join(names[id(parameter)] for parameter in action.parameters)
        lines = [*self.comment(action.explanation), f"def {self.guard_name(action.name)}({typed}): bool = and {{"]
        for label, clause in action.requires.items():
            body = self.lines(clause, names)
            lines += indented(self.labelled([*body[:-1], f"{body[-1]},"], label))
        lines += ["}", f"action {self.action_name(action.name)}({typed}): bool = all {{"]
        lines += [f"    {self.guard_name(action.name)}({arguments}),"]
        for relation in self.state:
            name = self.relation(relation)
            if added := [self.inserted(insertion, names) for insertion in action.ensures if insertion.relation.name == relation.name]:
                lines.append(f"    {name}' = {name}{''.join(f'.union({piece})' for piece in added)},")
        kept = " ".join(f"{name}'={name}," for name in self.unchanged(action))
        return [*lines, *(line.replace("'=", "' = ") for line in indented(textwrap.wrap(kept, WIDTH - 20))), "}", ""]

    def inserted(self, insertion: Insertion, names: Names) -> str:
        within = self.bound(insertion.variables, names)
        element = self.element([within[id(argument)] for argument in insertion.arguments])
        if not insertion.variables:
            return f"Set({element})"
        pattern, condition = self.pattern(insertion.variables, within), self.line(insertion.condition, within)
        chosen = "" if condition == self.true else f".filter({pattern} => {condition})"
        mapped = "" if element == pattern else f".map({pattern} => {element})"
        return f"{self.range(insertion.variables)}{chosen}{mapped}"

    def step(self) -> list[str]:
        lines = [*self.comment("Any action, with any arguments that its guard allows."), "action step = any {"]
        for action in self.protocol.actions.values():
            names = self.bound(action.parameters)
            pattern = self.pattern(action.parameters, names)
            arguments = ", ".join(names[id(parameter)] for parameter in action.parameters)
            possible = f"{self.range(action.parameters)}.filter({pattern} => {self.guard_name(action.name)}({arguments}))"
            count = len(action.parameters)
            given = "it" if count == 1 else ", ".join(f"it._{number}" for number in range(1, count + 1))
            lines += [f"    {{ nondet it = {possible}.oneOf()", f"      {self.action_name(action.name)}({given}) }},"]
        return [*lines, "}"]

    # ------------------------------------------------------------------ the small instance

    def small(self) -> list[str]:
        size, values = self.instance, {}
        values[self.sizes["f"]], values[self.sizes["a"]] = str(size.faults), str(size.false_accepts)
        ranges = {}
        for sort in self.sorts:
            count = size.nodes if sort is self.protocol.node else size.sorts[sort.__name__]
            ranges[sort] = values[self.sort(sort)] = f"0.to({count - 1})"
        for relation in self.relations(rigid=True):
            rows = (self.element([str(element) for element in row]) for row in sorted(self.small_setting[relation.name]))
            everything = ", ".join(ranges[sort] for sort in relation.sorts)
            everything = everything if len(relation.sorts) == 1 else f"tuples({everything})"
            values[self.relation(relation)] = everything if self.everything(relation) else f"Set({', '.join(rows)})"
        imported = [f"    {name} = {value}," for name, value in values.items()]
        imported[-1] = imported[-1].rstrip(",")
        module = self.claim("module", self.protocol.name)
        return ["module small {", f"    import {module}(", *indented(imported), "    ).*", "}"]


THRESHOLDS = "Thresholds: of the given and the Byzantine nodes, or of the given honest nodes, there are enough."


def text(protocol: Protocol) -> str:
    """Return the protocol as a Quint module, and a module `small` that gives it sizes."""
    return _Quint(protocol).text()
