"""The same run at other sizes: each honest node of a small trace stands for a group, each Byzantine one for f of them.

Whether that works at a given N is not argued but replayed.
"""

from __future__ import annotations

from dataclasses import replace

from ceas_formal.spec.counting import Instance, Tuple
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.trace import Replay, Step, Trace, replay

LARGEST = 64
"""Runs are lifted to at most so many nodes."""


def lift(trace: Trace, protocol: Protocol, nodes: int, faults: int, false_accepts: int) -> Trace | None:
    """Return the trace with groups in place of nodes, or None if there are fewer honest nodes than groups.

    Parameters
    ----------
    trace : Trace
        A run of `protocol` at small sizes.
    nodes, faults, false_accepts : int
        N, f and a of the run wanted.
    """
    byzantine = {node for (node,) in trace.setting[protocol.byzantine.name]}
    honest = [node for node in range(trace.instance.nodes) if node not in byzantine]
    if "leads" not in protocol.relations or nodes - faults < len(honest) or (byzantine and not faults):
        return None
    groups = _groups(honest, {arguments[0] for _, arguments in trace.steps}, range(faults, nodes))
    groups |= {node: list(range(faults)) for node in byzantine}
    instance = Instance(nodes, faults, false_accepts, trace.instance.sorts)
    setting = {name: _spread(rows, protocol, name, groups) for name, rows in trace.setting.items()}
    setting["leads"] = {(groups[node][0], view) for node, view in trace.setting["leads"]}
    # As many honest nodes are fooled, by each tampered payload, as the protocol puts up with.
    tampered = {payload for (payload,) in trace.setting["tampered"]}
    budget = protocol.bounds["budget"].limit.at(instance.parameters)
    fooled = {(node, payload) for payload in tampered for node in range(faults, min(nodes, faults + budget))}
    setting["accepts"] = {(node, payload) for node, payload in setting["accepts"] if payload not in tampered} | fooled
    steps: list[Step] = [("certify", row) for row in sorted(fooled)]
    steps += [
        (action, (node, *arguments[1:]))
        for action, arguments in trace.steps
        if action != "certify" or arguments[1] not in tampered
        for node in (groups[arguments[0]][:1] if action == "propose" else groups[arguments[0]])
    ]
    return replace(trace, instance=instance, setting=setting, steps=steps)


def _groups(honest: list[int], acting: set[int], members: range) -> dict[int, list[int]]:
    """Return a group of `members` for each honest node: one member for a node that never acts, the rest shared evenly."""
    idle = [node for node in honest if node not in acting]
    active = [node for node in honest if node in acting] or idle[:1]
    alone = [node for node in idle if node not in active]
    groups = {node: [member] for node, member in zip(alone, members, strict=False)}
    rest = members[len(alone) :]
    return groups | {node: list(rest[index :: len(active)]) for index, node in enumerate(active)}


def _spread(rows: set[Tuple], protocol: Protocol, name: str, groups: dict[int, list[int]]) -> set[Tuple]:
    if protocol.relations[name].sorts[0] is not protocol.node:
        return rows
    return {(member, *row[1:]) for row in rows for member in groups[row[0]]}


def harm_at(trace: Trace, protocol: Protocol, violates: str, nodes: int, faults: int, false_accepts: int) -> tuple[Replay | None, bool]:
    """Return what the protocol says of the lifted run, and whether it is accepted and violates the property there."""
    lifted = lift(trace, protocol, nodes, faults, false_accepts)
    if lifted is None:
        return None, False
    said = replay(lifted, protocol)
    return said, said.accepted and violates in said.violated
