"""The manifest: every obligation with its expected answer, its time class and its fragment, so that a change to any of them is seen.

A time class says how long the slowest solver call takes. Machines differ, so an obligation that is clearly slower than its class is
reported, and never counts as a difference.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from ceas_formal.errors import BadInput
from ceas_formal.verify.obligation import Obligation, Result

CLASSES = {"instant": 0.05, "short": 0.5, "long": 5.0, "very long": float("inf")}
"""Each time class, and the seconds below which it ends."""
CLEARLY = 5.0
"""How many times the end of its class an obligation may take before that is reported."""
HEADING = """\
# Every obligation, in the order of the argument: the answer that confirms it, how long a solver takes at most (instant: under 0.05 s,
# short: under 0.5 s, long: under 5 s), and the decidable fragment it lies in. `ceas verify` compares what it finds with this file.
# Written by `ceas verify --write-manifest FILE`.

[obligations]
"""


@dataclass(frozen=True)
class Entry:
    """What is recorded of one obligation."""

    expected: str
    time: str
    fragment: str


@dataclass(frozen=True)
class Difference:
    """One obligation that is not as recorded.

    Parameters
    ----------
    name : str
        The obligation.
    field : {"presence", "expected", "fragment", "time"}
        What differs; a difference in time is a remark only.
    recorded, found : str
        What the manifest says, and what is.
    """

    name: str
    field: str
    recorded: str
    found: str

    def __str__(self) -> str:
        if self.field == "presence":
            return f"{self.name}: {self.found or 'there is no such obligation'}; the manifest has {self.recorded or 'no such entry'}"
        return f"{self.name}: {self.field} is {self.found}, in the manifest {self.recorded}"


def packaged() -> dict[str, Entry]:
    """Return the manifest of this package."""
    return parsed((files("ceas_formal.verify") / "manifest.toml").read_text(encoding="utf-8"), "manifest.toml")


def parsed(text: str, source: str) -> dict[str, Entry]:
    """Read a manifest.

    Raises
    ------
    BadInput
        If it is not a manifest; names the line or the entry.

    Examples
    --------
    >>> parsed('[obligations]\\n"a/b" = { expected = "unsat", time = "short", fragment = "stratified EPR" }', "manifest.toml")
    {'a/b': Entry(expected='unsat', time='short', fragment='stratified EPR')}
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(source, f"TOML ({error})") from None
    table = document.get("obligations")
    if not isinstance(table, dict) or len(document) > 1:
        raise BadInput(source, "one table, [obligations]")
    return {name: _entry(name, fields, source) for name, fields in table.items()}


def _entry(name: str, fields: Any, source: str) -> Entry:
    wanted = {"expected": ("sat", "unsat"), "time": tuple(CLASSES), "fragment": None}
    if not isinstance(fields, dict) or set(fields) != set(wanted):
        raise BadInput(source, f"the fields {', '.join(wanted)}", field=name)
    for field, allowed in wanted.items():
        if not isinstance(fields[field], str) or (allowed and fields[field] not in allowed):
            raise BadInput(source, f"{' or '.join(allowed or ('a text',))}; got {fields[field]!r}", field=f"{name}.{field}")
    return Entry(**fields)


def time_class(seconds: float) -> str:
    """Return the time class of a duration."""
    return next(name for name, end in CLASSES.items() if seconds < end)


def compare(manifest: dict[str, Entry], obligations: Iterable[Obligation]) -> Iterator[Difference]:
    """Yield what differs in names, expected answers and fragments, from a part of the manifest and the obligations that belong to it."""
    present = {item.name: item for item in obligations}
    for name, entry in manifest.items():
        if name not in present:
            yield Difference(name, "presence", f"expected {entry.expected}", "")
    for name, item in present.items():
        if name not in manifest:
            yield Difference(name, "presence", "", f"expected {item.expected}")
            continue
        for field in ("expected", "fragment"):
            recorded, found = getattr(manifest[name], field), getattr(item, field)
            if recorded != found:
                yield Difference(name, field, recorded, found)


def slower(manifest: dict[str, Entry], results: Iterable[Result]) -> Iterator[Difference]:
    """Yield the obligations that took clearly longer than their time class allows."""
    for name, seconds in _longest(results).items():
        if name in manifest and seconds > CLEARLY * CLASSES[manifest[name].time]:
            yield Difference(name, "time", manifest[name].time, f"{seconds:.2f} s")


def text(results: Sequence[Result], recorded: Mapping[str, Entry] | None = None) -> str:
    """Return the manifest of a run of all obligations; a recorded time class stays unless the time is clearly another."""
    longest = _longest(results)
    items = {result.obligation.name: result.obligation for result in results}
    width = max(len(json.dumps(name)) for name in items)
    lines = []
    for name, item in items.items():
        fields = {"expected": item.expected, "time": _kept(longest[name], (recorded or {}).get(name)), "fragment": item.fragment}
        inside = ", ".join(f"{field} = {json.dumps(value, ensure_ascii=False)}" for field, value in fields.items())
        lines.append(f"{json.dumps(name, ensure_ascii=False):<{width}} = {{ {inside} }}\n")
    return HEADING + "".join(lines)


def _kept(seconds: float, entry: Entry | None) -> str:
    near = {time_class(seconds / CLEARLY), time_class(seconds), time_class(seconds * CLEARLY)}
    return entry.time if entry and entry.time in near else time_class(seconds)


def _longest(results: Iterable[Result]) -> dict[str, float]:
    longest: dict[str, float] = {}
    for result in results:
        longest[result.obligation.name] = max(result.seconds, longest.get(result.obligation.name, 0.0))
    return longest
