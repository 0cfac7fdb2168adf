"""What Ivy and mypyvy share: the reading for every N, where a threshold is a set that exists (:mod:`ceas_formal.verify.first_order`)."""

from __future__ import annotations

from collections.abc import Sequence

from ceas_formal.spec.language import Enough, Every, Relation, Some
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.export.writing import Names, Writer, variables_of
from ceas_formal.verify.first_order import FirstOrder


class SetWriter(Writer):
    """A writer of the first-order reading."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__(protocol)
        self.reading = FirstOrder(protocol)
        for sort in (*self.sorts, *self.reading.sets.values()):
            self.sort(sort)
        for relation in (*protocol.relations.values(), *self.memberships):
            self.relation(relation)
        for action in protocol.actions:
            self.claim("action", action, action, f"do_{action}")

    def columns(self, relation: Relation) -> list[tuple[str, str]]:
        """Return a variable and a sort for each argument of a relation."""
        variables = [sort(sort.__name__.lower()) for sort in relation.sorts]
        names = self.bound(variables)
        return [(names[id(variable)], self.sort(type(variable))) for variable in variables]

    @property
    def memberships(self) -> list[Relation]:
        """The relations that say which nodes are in a set, and of which group a set is."""
        return [*self.reading.member.values(), *self.reading.group.values()]

    def atom(self, relation: Relation, arguments: Sequence[str]) -> str:
        """Return ``relation(arguments)``."""
        return f"{self.relation(relation)}({', '.join(arguments)})" if arguments else self.relation(relation)

    def quantifier(self, formula: Every | Some | Enough, names: Names) -> tuple[str, str]:
        """Return ``forall X:sort.``; the body extends as far as it can."""
        word = "forall" if isinstance(formula, Every) else "exists"
        typed = (f"{names[id(variable)]}:{self.sort(type(variable))}" for variable in variables_of(formula))
        return f"{word} {', '.join(typed)}. ", ""

    def sizes(self) -> list[str]:
        """Return comments that say how large the sets are, and what is bounded."""
        lines = []
        for threshold in self.protocol.thresholds.values():
            group = f", N = the number of nodes in its {threshold.members.sorts[0].__name__}" if threshold.members else ""
            lines += self.comment(f"{threshold.name}: {threshold.quantity} nodes{group}")
        for bound in self.protocol.bounds.values():
            names = self.bound((*bound.parameters, bound.counted))
            given = f" for all {', '.join(names[id(parameter)] for parameter in bound.parameters)}" if bound.parameters else ""
            lines += self.comment(
                f"{bound.name}: at most {bound.limit} nodes {names[id(bound.counted)]} with {self.line(bound.body, names)}{given}"
            )
        return lines
