"""``ceas show``: a saved trace as a space-time diagram, and what the protocols say of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ceas_formal.cli.options import AS_EXPECTED, DIFFERS, known, print_json


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "show",
        help="draw a saved trace and replay it",
        description="Draw a trace (ITF JSON) and replay it. Exit status 1 if the protocol that it names refuses it.",
    )
    parser.add_argument("trace", type=Path, help="a file written by ceas break")
    parser.add_argument("--json", action="store_true", help="what the protocols say, as data")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read, replay, draw, and return the exit status."""
    from ceas_formal.report.spacetime import diagram, verdict, violation
    from ceas_formal.spec.weakenings import WEAKENINGS
    from ceas_formal.verify.catalogue import specifications
    from ceas_formal.verify.trace import read, replay

    trace = read(options.trace, specifications())
    original = protocol = specifications()[trace.protocol]
    called = "the real protocol"
    if trace.weakening is not None:
        own_weakenings = [name for name, entry in WEAKENINGS.items() if entry.real.name == trace.protocol]
        protocol = WEAKENINGS[known(f"{options.trace}: #meta.weakening", trace.weakening, own_weakenings)].protocol
        called = f"the protocol weakened by {trace.weakening}"
    own, real = replay(trace, protocol), replay(trace, original)
    if options.json:
        outcomes = {
            name: {"assumptions": said.broken_assumptions, "step": said.refused_at, "clauses": said.clauses, "violated": said.violated}
            for name, said in {"weakened": own, "real": real}.items()
            if name == "real" or trace.weakening
        }
        size = trace.instance
        print_json({"trace": str(options.trace), "weakening": trace.weakening, "nodes": size.nodes, "steps": len(trace.steps), **outcomes})
    else:
        print(diagram(trace, protocol))
        print()
        for name in own.violated:
            print(violation(trace, protocol, name))
        print(verdict(trace, own, protocol, called))
        if trace.weakening:
            print(verdict(trace, real, original, "the real protocol", beyond=True))
    return AS_EXPECTED if own.accepted else DIFFERS
