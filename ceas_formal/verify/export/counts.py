"""What TLA+ and Quint share: the finite reading, where a threshold is a count, and a small instance to try it on."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from functools import cached_property

from ceas_formal.spec.counting import Counting, Instance, State, Tuple
from ceas_formal.spec.declarations import Action
from ceas_formal.spec.language import Relation, Threshold
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.quantity import A, F, Quantity, constant
from ceas_formal.verify.export.writing import Writer

NODES, FAULTS, FALSE_ACCEPTS = 4, 1, 0
SIZES = {"Payload": 1}
"""How many elements a sort has in the small instance, if not two."""


class CountWriter(Writer):
    """A writer of the counting reading, where relations are sets of tuples."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__(protocol)
        self.node = self.sort(protocol.node)
        self.sizes = {name: self.claim("size", name) for name in ("N", "f", "a")}
        for sort in self.sorts:
            self.sort(sort)
        for relation in protocol.relations.values():
            self.relation(relation)
        for threshold in protocol.thresholds:
            self.claim("threshold", threshold)
            self.claim("threshold of honest", threshold, f"{threshold}_of_honest")
        for action in protocol.actions:
            self.action_name(action)
        for claimed in protocol.properties:
            self.claim("property", claimed)

    @abstractmethod
    def action_name(self, name: str) -> str:
        """Return what an action is called."""

    # ------------------------------------------------------------------ sizes

    def number(self, quantity: Quantity, nodes: str | None = None, *, inner: bool = False) -> str:
        """Return a size as an expression; `nodes` stands for N, if it is not all of them."""
        match quantity.operator, quantity.operands:
            case "parameter", (str(name),):
                return nodes if name == "N" and nodes else self.sizes[name]
            case "constant", (int(value),):
                return str(value)
            case "scaled", (int(factor), Quantity() as body):
                return f"{factor} * {self.number(body, nodes, inner=True)}"
            case "halved", (Quantity() as body,):
                return self.halved(self.number(body, nodes))
            case "largest", parts:
                return self.largest([self.number(constant(part), nodes) for part in parts])  # type: ignore[arg-type]
            case "sum", (Quantity() as first, Quantity(operator="scaled", operands=(-1, Quantity() as taken))):
                total = f"{self.number(first, nodes)} - {self.number(taken, nodes, inner=True)}"
                return f"({total})" if inner else total
            case "sum", parts:
                total = " + ".join(self.number(constant(part), nodes) for part in parts)  # type: ignore[arg-type]
                return f"({total})" if inner else total
        raise TypeError(f"not a size: {quantity!r}")

    @abstractmethod
    def halved(self, number: str) -> str:
        """Return ⌈number/2⌉."""

    @abstractmethod
    def largest(self, numbers: list[str]) -> str:
        """Return the maximum."""

    @property
    def least_nodes(self) -> str:
        """The fewest nodes of an admissible configuration."""
        return self.number(constant(self.protocol.least_nodes(F, A)))

    def size_of(self, threshold: Threshold) -> str:
        """Return a comment that says how many nodes a threshold asks for."""
        group = f" of the N members of a {threshold.members.sorts[0].__name__}" if threshold.members else ""
        return f"{threshold.name}: {threshold.quantity} nodes{group}."

    # ------------------------------------------------------------------ actions

    def unchanged(self, action: Action) -> list[str]:
        """Return the relations of the state that an action leaves as they are."""
        changed = {insertion.relation.name for insertion in action.ensures}
        return [self.relation(relation) for relation in self.state if relation.name not in changed]

    @property
    def state(self) -> list[Relation]:
        """All relations that change, ghosts included."""
        return [relation for relation in self.protocol.relations.values() if not relation.rigid]

    # ------------------------------------------------------------------ the small instance

    @cached_property
    def instance(self) -> Instance:
        """Four nodes, one of them Byzantine, and two of everything else."""
        others = [sort.__name__ for sort in self.sorts if sort is not self.protocol.node]
        return Instance(NODES, FAULTS, FALSE_ACCEPTS, {name: SIZES.get(name, 2) for name in others})

    @cached_property
    def small_setting(self) -> State:
        """A setting for it: the last f nodes are Byzantine; the relations declared last hold wherever no assumption forbids it."""
        counting = Counting(self.protocol, self.instance)
        byzantine = self.protocol.byzantine.name
        state = counting.initial({byzantine: {(node,) for node in range(NODES - FAULTS, NODES)}})
        relations = reversed([relation for relation in self.relations(rigid=True) if relation.name != byzantine])
        waiting = [(relation.name, row) for relation in relations for row in self.rows(relation)]
        broken, added = set(counting.broken_assumptions(state)), True
        # What one assumption forbids at first, another relation may allow later.
        while added:
            added = False
            for name, row in list(waiting):
                state[name].add(row)
                if (now := set(counting.broken_assumptions(state))) <= broken:
                    broken, added = now, True
                    waiting.remove((name, row))
                else:
                    state[name].remove(row)
        return {relation.name: state[relation.name] for relation in self.relations(rigid=True)}

    def everything(self, relation: Relation) -> bool:
        """Whether a rigid relation holds for all tuples in the small setting."""
        return bool(relation.sorts) and set(self.rows(relation)) == self.small_setting[relation.name]

    def rows(self, relation: Relation) -> list[Tuple]:
        """Return all tuples that a relation might hold for in the small instance."""
        counting = Counting(self.protocol, self.instance)
        return list(itertools.product(*(range(counting.size(sort)) for sort in relation.sorts)))
