"""Scenario files to test with: the packaged one of section IV, a small one, and ways to change them and to see them refused."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ceas_formal.errors import BadInput
from ceas_formal.simulate.scenario import load, packaged

SECTION_IV = packaged("section_iv").read_text(encoding="utf-8")
SMALL = """\
[network]
nodes = 4
byzantine_nodes = 1
[consensus]
faults = 1
false_accepts = 0
quorum_rule = "2f+1"
cadence = 4
"""


def refusal(path: Path, content: str | bytes) -> BadInput:
    """Return the error with which `content` is refused, after a look at what every message owes its reader."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "expected " in str(caught.value)
    return caught.value


def with_value(field: str, text: str | None, document: str = SECTION_IV) -> str:
    """Return `document` with the value of the dotted `field` replaced, or its line dropped."""
    table, _, name = field.rpartition(".")
    lines, current, found = [], "", 0
    for line in document.splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        if current == table and re.match(rf"{name} *=", line):
            found += 1
            line = "" if text is None else f"{name} = {text}"
        lines.append(line)
    assert found == 1
    return "\n".join(lines)


def leaves(value: object, names: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield each dotted name and value of a parsed document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*names, name))
    else:
        yield ".".join(names), value


FIELDS = dict(leaves(tomllib.loads(SECTION_IV)))
