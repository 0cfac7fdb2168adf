"""Traces: a run of the protocol as data, replayed on the counting reading, saved and read as ITF (Informal Trace Format) JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ceas_formal.errors import BadInput
from ceas_formal.files import write_whole
from ceas_formal.spec.counting import Counting, Instance, State, Tuple
from ceas_formal.spec.protocol import Protocol

Step = tuple[str, Tuple]

LARGEST_FILE = 2**25
LARGEST_NETWORK, LARGEST_SORT = 500, 16
"""Traces are read up to these sizes: whether anything is still possible at their end is tried for every combination of arguments."""


@dataclass(frozen=True)
class Trace:
    """A run: sizes, setting and steps.

    Parameters
    ----------
    weakening : str or None
        The weakened protocol that it is a run of; None for the real one.
    instance : Instance
        The sizes.
    setting : dict
        The rigid relations.
    steps : list of (action, arguments)
        In order.
    protocol : str
        The protocol that it is a run of.
    """

    weakening: str | None
    instance: Instance
    setting: dict[str, set[Tuple]]
    steps: list[Step]
    protocol: str = "checkpoint"


@dataclass(frozen=True)
class Replay:
    """What a protocol says of a trace.

    Parameters
    ----------
    broken_assumptions : list of str
        Assumptions about the setting that fail.
    refused_at : int or None
        The index of the first step that is refused.
    clauses : list of str
        The clauses that refuse it.
    violated : list of str
        The safety and progress properties that are false at the end, if no step is refused.
    """

    broken_assumptions: list[str]
    refused_at: int | None
    clauses: list[str]
    violated: list[str]

    @property
    def accepted(self) -> bool:
        """Whether all assumptions hold and no step is refused."""
        return not self.broken_assumptions and self.refused_at is None


def replay(trace: Trace, protocol: Protocol) -> Replay:
    """Run the trace on the counting reading of a protocol, up to the first step that it refuses."""
    reading = Counting(protocol, trace.instance)
    state = reading.initial(trace.setting)
    broken = reading.broken_assumptions(state)
    for index, (action, arguments) in enumerate(trace.steps):
        if clauses := reading.refusals(state, action, arguments):
            return Replay(broken, index, clauses, [])
        reading.step(state, action, arguments)
    return Replay(broken, None, [], reading.violated(state, "safety") + reading.ended(state))


def states(trace: Trace, protocol: Protocol) -> list[State]:
    """Return the state before the first step and after each."""
    reading = Counting(protocol, trace.instance)
    state = reading.initial(trace.setting)
    seen = [{name: set(rows) for name, rows in state.items()}]
    for action, arguments in trace.steps:
        reading.step(state, action, arguments)
        seen.append({name: set(rows) for name, rows in state.items()})
    return seen


# ---------------------------------------------------------------------- files


def write(trace: Trace, protocol: Protocol, path: Path) -> None:
    """Save a trace as ITF JSON, whole or not at all."""
    import itf_py

    names = {name: [parameter.name for parameter in action.parameters] for name, action in protocol.actions.items()}
    actions: list[tuple[str, dict[str, int]]] = [("init", {})]
    actions += [(action, dict(zip(names[action], arguments, strict=True))) for action, arguments in trace.steps]
    rows = []
    for (action, picks), state in zip(actions, states(trace, protocol), strict=True):
        values: dict[str, Any] = {name: frozenset(tuples) for name, tuples in sorted(state.items())}
        rows.append(itf_py.State({}, {"mbt::actionTaken": action, "mbt::nondetPicks": picks, **values}))
    size = trace.instance
    meta = {"format": "ITF", "protocol": protocol.name, "weakening": trace.weakening or "", "nodes": size.nodes, "faults": size.faults}
    meta |= {"false_accepts": size.false_accepts, "sorts": dict(size.sorts)}
    document = itf_py.trace_to_json(itf_py.Trace(meta, [], list(rows[0].values), rows, None))
    write_whole(path, json.dumps(document, indent=1, sort_keys=False, default=_refuse) + "\n")


def _refuse(value: object) -> None:
    raise TypeError(f"{value!r} has no place in an ITF file")


def read(path: Path, protocols: Mapping[str, Protocol]) -> Trace:
    """Read an ITF trace, checked against the relations, actions and sizes of the protocol that it names, and against its own steps.

    Raises
    ------
    BadInput
        If the file is missing, cut, not ITF, of another protocol, or has a state that its steps do not give.
    """
    source = str(path)
    try:
        if not path.is_file() and path.exists():
            raise BadInput(source, "a regular file")
        if path.exists() and path.stat().st_size > LARGEST_FILE:
            raise BadInput(source, f"at most {LARGEST_FILE // 2**20} MiB")
        document = json.loads(path.read_text(encoding="utf-8"))
    except BadInput:
        raise
    except OSError as error:
        raise BadInput(source, f"a readable file ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadInput(source, "UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise BadInput(source, f"complete JSON ({error.msg})", field=f"line {error.lineno}, column {error.colno}") from None
    except (RecursionError, ValueError):
        raise BadInput(source, "JSON of ordinary depth, with numbers of ordinary length") from None
    meta = document.get("#meta") if isinstance(document, dict) else None
    if not isinstance(meta, dict):
        raise BadInput(source, "an object", field="#meta")
    if (name := meta.get("protocol")) not in list(protocols):
        raise BadInput(source, f"one of {', '.join(map(repr, protocols))}; got {name!r}", field="#meta.protocol")
    return _Reader(source, protocols[str(name)]).trace(document)


@dataclass
class _Reader:
    """Turns an ITF document into a trace, naming the field of whatever does not fit."""

    source: str
    protocol: Protocol

    def need(self, container: Any, key: str, kind: type, where: str) -> Any:
        value = container.get(key) if isinstance(container, dict) else None
        if not isinstance(value, kind) or isinstance(value, bool):
            words = {dict: "an object", list: "a list", int: "an integer", str: "a string"}
            raise BadInput(self.source, words[kind], field=f"{where}{key}")
        return value

    def trace(self, document: Any) -> Trace:
        meta = self.need(document, "#meta", dict, "")
        sizes = {key: self.need(meta, key, int, "#meta.") for key in ("nodes", "faults", "false_accepts")}
        sorts = self.need(meta, "sorts", dict, "#meta.")
        wanted = {sort.__name__ for relation in self.protocol.relations.values() for sort in relation.sorts} - {self.protocol.node.__name__}
        counts = {name: self.need(sorts, name, int, "#meta.sorts.") for name in sorted(wanted)}
        for key, value in {**sizes, **{f"sorts.{name}": count for name, count in counts.items()}}.items():
            least, most = int(key == "nodes"), LARGEST_SORT if key.startswith("sorts.") else LARGEST_NETWORK
            if not least <= value <= most:
                raise BadInput(self.source, f"an integer from {least} to {most}; got {value}", field=f"#meta.{key}")
        instance = Instance(sizes["nodes"], sizes["faults"], sizes["false_accepts"], counts)
        found = self.need(document, "states", list, "")
        if not found:
            raise BadInput(self.source, "at least one state", field="states")
        read = [self.state(state, instance, f"states[{index}].") for index, state in enumerate(found)]
        setting = {name: rows for name, rows in read[0].items() if self.protocol.relations[name].rigid}
        steps = [self.step(state, instance, f"states[{index}].") for index, state in enumerate(found[1:], start=1)]
        trace = Trace(self.need(meta, "weakening", str, "#meta.") or None, instance, setting, steps, self.protocol.name)
        for index, (given, computed) in enumerate(zip(read, states(trace, self.protocol), strict=True)):
            for name in computed:
                if given[name] != computed[name]:
                    expected = "no tuples at first" if index == 0 else "what the step makes of the state before"
                    raise BadInput(self.source, expected, field=f"states[{index}].{name}")
        return trace

    def state(self, state: Any, instance: Instance, where: str) -> State:
        reading = Counting(self.protocol, instance)
        rows: State = {}
        for name, relation in self.protocol.relations.items():
            members = self.need(self.need(state, name, dict, where), "#set", list, f"{where}{name}.")
            rows[name] = {
                self.row(member, [reading.size(sort) for sort in relation.sorts], f"{where}{name}[{index}]")
                for index, member in enumerate(members)
            }
        return rows

    def row(self, member: Any, sizes: list[int], where: str) -> Tuple:
        entries = self.need(member, "#tup", list, f"{where}.")
        if len(entries) != len(sizes):
            raise BadInput(self.source, f"{len(sizes)} entries; got {len(entries)}", field=where)
        return tuple(self.element(entry, size, f"{where}[{place}]") for place, (entry, size) in enumerate(zip(entries, sizes, strict=True)))

    def element(self, value: Any, size: int, where: str) -> int:
        text = value.get("#bigint") if isinstance(value, dict) else None
        if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) >= size:
            raise BadInput(self.source, f'{{"#bigint": "0"}} to {{"#bigint": "{size - 1}"}}', field=where)
        return int(text)

    def step(self, state: Any, instance: Instance, where: str) -> Step:
        name = self.need(state, "mbt::actionTaken", str, where)
        if name not in self.protocol.actions:
            raise BadInput(self.source, f"one of {', '.join(self.protocol.actions)}; got {name!r}", field=f"{where}mbt::actionTaken")
        pairs = self.need(self.need(state, "mbt::nondetPicks", dict, where), "#map", list, f"{where}mbt::nondetPicks.")
        picks = {pair[0]: pair[1] for pair in pairs if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)}
        reading = Counting(self.protocol, instance)
        return name, tuple(
            self.element(picks.get(parameter.name), reading.size(type(parameter)), f"{where}mbt::nondetPicks.{parameter.name}")
            for parameter in self.protocol.actions[name].parameters
        )
