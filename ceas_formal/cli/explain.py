"""``ceas explain``: what stands behind a name: a claim, a property, an obligation, a clause, an assumption, or a weakening."""

from __future__ import annotations

import argparse
from typing import Any

from ceas_formal.cli.options import AS_EXPECTED, known, print_json


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "explain",
        help="say what a claim, property, obligation, clause, assumption or weakening means",
        description="Say what a name in any report of this command means.",
    )
    parser.add_argument("id", help="such as SAF-1, agreement, vote1.claimed, budget, no-lock")
    parser.add_argument("--json", action="store_true", help="as data")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look the name up and print it."""
    from ceas_formal.report.explanations import explanations

    entries = explanations()
    name = options.id if options.id in entries else known("ceas explain", options.id, entries)
    entry = {"id": name, **entries[name]()}
    if options.json:
        print_json(entry)
        return AS_EXPECTED
    print(f"{entry.pop('id')} · {entry.pop('kind')}\n")
    for key, value in entry.items():
        if value:
            lines = value if isinstance(value, list) else str(value).splitlines()
            print(f"{key}:" if len(lines) > 1 else f"{key}: {lines[0]}")
            if len(lines) > 1:
                print("\n".join(f"  {line.strip()}" for line in lines))
    return AS_EXPECTED
