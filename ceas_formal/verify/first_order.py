"""Reading (a): thresholds become sets that exist, so that one formula speaks of every N.

``quorum(φ(m) for m in Node)`` becomes ∃Q:Quorum ∀m∈Q (byzantine(m) ∨ φ(m)), over an uninterpreted sort of sets. What is known of these sets
are the declared set facts, each proved from the sizes in :mod:`ceas_formal.verify.arithmetic`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ceas_formal.spec.declarations import Bound, Containment, Meeting
from ceas_formal.spec.language import And, AtMost, Atom, Enough, Equal, Every, Formula, Not, Or, Ordered, Relation, Some, Sort, implies
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.rewriting import rebuilt, substituted


@dataclass
class FirstOrder:
    """The first-order reading of a protocol.

    Parameters
    ----------
    protocol : Protocol
        What is read.
    """

    protocol: Protocol
    sets: dict[str, type[Sort]] = field(init=False)
    member: dict[str, Relation] = field(init=False)
    group: dict[str, Relation] = field(init=False)

    def __post_init__(self) -> None:
        self.sets = {name: type(name.capitalize(), (Sort,), {"__doc__": f"A {name} set."}) for name in self.protocol.thresholds}
        self.member = {name: Relation(f"in_{name}", (self.protocol.node, sort), rigid=True) for name, sort in self.sets.items()}
        self.group = {
            name: Relation(f"{name}_of", (self.sets[name], threshold.members.sorts[0]), rigid=True)
            for name, threshold in self.protocol.thresholds.items()
            if threshold.members
        }

    def read(self, formula: Formula, *, relaxed: bool = False, positive: bool = True) -> Formula:
        """Return the formula without counting quantifiers.

        Parameters
        ----------
        relaxed : bool
            In a positive place, read ``blocking(φ)`` as "some honest node has φ", which it implies. A guard read so allows more steps; with
            an existential φ the full reading would close a cycle of sorts.
        """
        if isinstance(formula, Not):
            return ~self.read(formula.body, relaxed=relaxed, positive=not positive)
        if not isinstance(formula, Enough):
            return rebuilt(formula, lambda part: self.read(part, relaxed=relaxed, positive=positive))
        node, body = formula.variable, self.read(formula.body, relaxed=relaxed, positive=positive)
        name = formula.threshold.name
        byzantine = Atom(self.protocol.byzantine, (node,))
        if relaxed and positive and name in self.relaxable:
            return Some((node,), And((*self._membership(name, node, formula.among), ~byzantine, body)))
        chosen = self.sets[name](name[0].upper())
        reports = ~byzantine & body if formula.honest else byzantine | body
        told = Every((node,), implies(Atom(self.member[name], (node, chosen)), reports))
        return Some((chosen,), And((*self._within(name, chosen, formula.among), told)))

    def _membership(self, threshold: str, node: Sort, group: Sort | None) -> tuple[Formula, ...]:
        members = self.protocol.thresholds[threshold].members
        return (Atom(members, (group, node)),) if members and group is not None else ()

    def _within(self, threshold: str, chosen: Sort, group: Sort | None) -> tuple[Formula, ...]:
        return (Atom(self.group[threshold], (chosen, group)),) if group is not None else ()

    @property
    def relaxable(self) -> set[str]:
        """The thresholds for which the only thing known is that they hold an honest node."""
        facts = [fact for fact in self.protocol.set_facts.values() if isinstance(fact, Meeting)]
        outer = {fact.inside for fact in self.protocol.set_facts.values() if isinstance(fact, Containment)}
        alone = [fact for fact in facts if len(fact.thresholds) == 1 and fact.outside == ("faults",)]
        more = {name for fact in facts if fact not in alone for name in fact.thresholds}
        return {fact.thresholds[0] for fact in alone} - outer - more

    def axiom(self, fact: Meeting | Containment) -> Formula:
        """Return what a set fact says."""
        node = self.protocol.node("m")
        bounds = [self._renamed(self.protocol.bounds[name], node) for name in fact.outside]
        excluded = And(tuple(Not(bound.body) for bound in bounds))
        parameters = tuple(parameter for bound in bounds for parameter in bound.parameters)
        first = self.protocol.thresholds[fact.thresholds[0] if isinstance(fact, Meeting) else fact.threshold]
        group = first.members.sorts[0]("g") if first.members else None
        groups = () if group is None else (group,)
        if isinstance(fact, Meeting):
            chosen = [(name, self.sets[name](f"{name[0].upper()}{index}")) for index, name in enumerate(fact.thresholds)]
            common = tuple(Atom(self.member[name], (node, variable)) for name, variable in chosen)
            premises = [part for name, variable in chosen for part in self._within(name, variable, group)]
            shared = Some((node,), And((*common, *self._membership(first.name, node, group), excluded)))
            return Every((*groups, *(variable for _, variable in chosen), *parameters), _given(premises, shared))
        inner = self.sets[fact.threshold]("S")
        contained = [*self._membership(fact.threshold, node, group), excluded]
        outer: tuple[Sort, ...] = ()
        premises = [Atom(fact.given, groups)] if fact.given else []
        if fact.inside:
            outer = (self.sets[fact.inside]("T"),)
            contained.append(Atom(self.member[fact.inside], (node, outer[0])))
            premises += self._within(fact.inside, outer[0], group)
        told = Every((node,), implies(Atom(self.member[fact.threshold], (node, inner)), And(tuple(contained))))
        inside = _given(premises, Some((inner,), And((*self._within(fact.threshold, inner, group), told))))
        return Every((*groups, *outer, *parameters), inside) if groups or outer or parameters else inside

    @staticmethod
    def _renamed(bound: Bound, node: Sort) -> Bound:
        return Bound(bound.name, bound.limit, bound.parameters, node, substituted(bound.body, {id(bound.counted): node}))

    def hypotheses(self) -> dict[str, Formula]:
        """Return every named axiom: the set facts, the assumptions about the setting, and that ordered sorts are linear."""
        facts = {name: self.axiom(fact) for name, fact in self.protocol.set_facts.items()}
        orders = {sort for relation in self.protocol.relations.values() for sort in relation.sorts if issubclass(sort, Ordered)}
        assumed = {claimed.name: self.read(claimed.formula) for claimed in self.protocol.of_kind("assumption")}
        return facts | assumed | {f"{sort.__name__}.linear": linear(sort) for sort in orders}


def _given(premises: Sequence[Formula], conclusion: Formula) -> Formula:
    return implies(And(tuple(premises)), conclusion) if premises else conclusion


def linear(sort: type[Ordered]) -> Formula:
    """Return that ≤ on the sort is reflexive, antisymmetric, transitive and total."""
    x, y, z = sort("x"), sort("y"), sort("z")
    return And(
        (
            Every((x,), AtMost(x, x)),
            Every((x, y), implies(AtMost(x, y) & AtMost(y, x), Equal(x, y))),
            Every((x, y, z), implies(AtMost(x, y) & AtMost(y, z), AtMost(x, z))),
            Every((x, y), Or((AtMost(x, y), AtMost(y, x)))),
        )
    )
