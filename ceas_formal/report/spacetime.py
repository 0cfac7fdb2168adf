"""A trace as a space-time diagram in text: a column for each node, time downwards, and under it what went wrong."""

from __future__ import annotations

from dataclasses import dataclass

from ceas_formal.spec.counting import Counting, Reports, State
from ceas_formal.spec.language import Ordered, Sort
from ceas_formal.spec.protocol import Protocol
from ceas_formal.verify.trace import Replay, Step, Trace, states
from ceas_formal.verify.wording import element, sentence

LIE = "†"


@dataclass
class Row:
    """Steps of different nodes that could happen at once: what each node does."""

    cells: dict[int, str]


def diagram(trace: Trace, protocol: Protocol) -> str:
    """Return the diagram of a trace of `protocol`.

    Steps that do not depend on each other stand in one line. A dagger marks a step that was possible only because Byzantine nodes
    reported something.

    Examples
    --------
    >>> from ceas_formal.spec.weakenings import WEAKENINGS
    >>> from ceas_formal.verify.breaking import find
    >>> weakening = WEAKENINGS["quorum-2f"]
    >>> print(diagram(find(weakening).trace, weakening.protocol).splitlines()[0])
          n0 Byzantine     n1               n2               n3
    """
    byzantine = {node for (node,) in trace.setting[protocol.byzantine.name]}
    names = [f"n{node}{' Byzantine' if node in byzantine else ''}" for node in range(trace.instance.nodes)]
    lines = ["      " + "".join(f"{name:<17}" for name in names).rstrip()]
    for number, row in enumerate(_rows(trace, Counting(protocol, trace.instance)), start=1):
        cells = (row.cells.get(node, "·" if node in byzantine else "│") for node in range(trace.instance.nodes))
        lines.append(f"{number:>4}  " + "".join(f"{cell:<17}" for cell in cells).rstrip())
    lines += _groups(trace, protocol)
    if any(LIE in line for line in lines):
        lines.append(f"      {LIE} possible only because Byzantine nodes reported something")
    return "\n".join(lines)


def _groups(trace: Trace, protocol: Protocol) -> list[str]:
    """Return, where nodes are counted within groups, who is in each and how large a quorum of it is."""
    quorum = protocol.thresholds[protocol.quorum]
    if quorum.members is None:
        return []
    size, lines = trace.instance, []
    for group in range(Counting(protocol, size).size(quorum.members.sorts[0])):
        nodes = sorted(node for which, node in trace.setting[quorum.members.name] if which == group)
        listed = ", ".join(f"n{node}" for node in nodes)
        wanted = quorum.count(len(nodes), size.faults, size.false_accepts)
        lines.append(f"      {element(quorum.members.sorts[0], group)}: {quorum.members.name} {listed}; q = {wanted}")
    return lines


def _rows(trace: Trace, reading: Counting) -> list[Row]:
    state = reading.initial(trace.setting)
    start = _copy(state)
    rows: list[Row] = []
    for action, arguments in trace.steps:
        node = arguments[0]
        if not rows or node in rows[-1].cells or reading.refusals(start, action, arguments):
            rows.append(Row({}))
            start = _copy(state)
        lied = bool(reading.refusals(start, action, arguments, Reports.SILENT))
        rows[-1].cells[node] = cell((action, arguments), reading.protocol) + (LIE if lied else "")
        reading.step(state, action, arguments)
    return rows


def _copy(state: State) -> State:
    return {name: set(rows) for name, rows in state.items()}


def cell(step: Step, protocol: Protocol) -> str:
    """Return a step as a node's column shows it: ``0: VOTE1 A`` in view 0."""
    action, arguments = step
    taken = protocol.actions[action]
    shown = [
        (parameter, value) for parameter, value in zip(taken.parameters, arguments, strict=True) if parameter.name not in taken.choices
    ]
    view = next((value for parameter, value in shown if isinstance(parameter, Ordered)), None)
    others = [element(type(parameter), value) for parameter, value in shown[1:] if not isinstance(parameter, Ordered)]
    word = "OK" if action == "certify" else action.upper() if others else action
    return " ".join([*([f"{view}:"] if view is not None and others else []), word, *others, *([] if others else [str(view)])])


def verdict(trace: Trace, replay: Replay, protocol: Protocol, called: str, *, beyond: bool = False) -> str:
    """Return in one or more lines what a protocol says of a trace; if asked, also what it would do next."""
    lines = [f"{called}: the assumption {name!r} fails" for name in replay.broken_assumptions]
    if replay.refused_at is not None:
        step = sentence(trace.steps[replay.refused_at], protocol)
        lines.append(f"{called}: refuses step {replay.refused_at + 1}, {step}, by {', '.join(replay.clauses)}")
    elif not lines:
        more = continued(trace, protocol) if beyond else ""
        lines.append(f"{called}: accepts all {len(trace.steps)} steps{', and goes on with ' * bool(more)}{more}")
    return "\n".join(lines)


def continued(trace: Trace, protocol: Protocol) -> str:
    """Return a step that is still possible after a trace without Byzantine help, of those that have to be done; empty if none is."""
    reading = Counting(protocol, trace.instance)
    end = states(trace, protocol)[-1]
    fair = (action.name for action in protocol.actions.values() if action.fair)
    steps = ((name, arguments) for name in fair for arguments in reading.possible(end, name, Reports.SILENT))
    step = next(steps, None)
    return sentence(step, protocol) if step else ""


def violation(trace: Trace, protocol: Protocol, name: str) -> str:
    """Return which property the last state violates, and for which nodes, views and values."""
    reading = Counting(protocol, trace.instance)
    state = reading.initial(trace.setting)
    for action, arguments in trace.steps:
        reading.step(state, action, arguments)
    values = reading.counterexample(state, name)
    if name in protocol.progress:
        variables: tuple[Sort, ...] = protocol.progress[name].parameters
        explanation = protocol.progress[name].explanation
    else:
        variables = getattr(protocol.properties[name].formula, "variables", ())
        explanation = protocol.properties[name].explanation
    where = ", ".join(f"{variable.name} = {element(type(variable), values[variable.name])}" for variable in variables)
    return f"violates {name} at {where}\n  ({explanation})"
