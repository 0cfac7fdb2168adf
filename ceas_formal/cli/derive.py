"""``ceas derive``: every equation of the paper, derived step by step."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ceas_formal import __version__
from ceas_formal.cli.options import AS_EXPECTED, UNKNOWN, known, print_json, progress


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "derive",
        help="derive an equation of the paper, step by step",
        description="Derive equations of the paper with SymPy; every step is checked before it is printed. Without a name: all of them, "
        "as a table. Exit status 2 if a step could not be checked.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these, with all their steps; such as trace-optimal-weights")
    parser.add_argument("--json", action="store_true", help="statements, steps and results as data, with LaTeX and Python")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Derive, print, and return the exit status."""
    from ceas_formal.derive.catalogue import derivations
    from ceas_formal.derive.proof import NotDerived

    every = derivations()
    wanted = [known("ceas derive", name, every) for name in dict.fromkeys(options.names)] or list(every)
    found, failed = [], {}
    for name in progress(wanted, "deriving"):
        try:
            found.append(every[name]())
        except NotDerived as problem:
            failed[name] = str(problem)
    if options.json:
        from ceas_formal.report.derivations import derivation_data

        document = {"version": __version__, "derivations": [derivation_data(item) for item in found]}
        print_json(document | ({"not_derived": failed} if failed else {}))
    else:
        from ceas_formal.report.derivations import derivation_page, derivations_table

        print("\n".join(map(derivation_page, found)) if options.names else derivations_table(found), end="")
        for name, reason in failed.items():
            print(f"{name}: not derived: {reason}", file=sys.stderr)
    return UNKNOWN if failed else AS_EXPECTED
