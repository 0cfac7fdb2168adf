"""``ceas derive``: every equation of the paper, derived step by step."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ceas_formal import __version__
from ceas_formal.cli.options import AS_EXPECTED, UNKNOWN, known, print_json, progress

if TYPE_CHECKING:
    from ceas_formal.derive.derivation import Derivation


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "derive",
        help="derive an equation of the paper, step by step",
        description="Derive equations of the paper with SymPy; every step is checked before it is printed. Without a name: all of them, "
        "as a table. Exit status 2 if a step could not be checked.",
    )
    names = "only these, with all their steps, or those of a claim; such as trace-optimal-weights, AGG-3"
    parser.add_argument("names", nargs="*", metavar="NAME", help=names)
    parser.add_argument("--json", action="store_true", help="statements, steps and results as data, with LaTeX and Python")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Derive, print, and return the exit status."""
    from ceas_formal.derive.catalogue import derivations
    from ceas_formal.derive.proof import NotDerived

    every = derivations()
    wanted = [name for given in dict.fromkeys(options.names) for name in _meant(given, every)] or list(every)
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


def _meant(given: str, every: Mapping[str, Callable[[], Derivation]]) -> list[str]:
    """Return the derivations of a claim, or the one of this name."""
    from ceas_formal.derive.derivation import CLAIMS

    of_claim = [name for name in every if given.upper() in CLAIMS[name]]
    return of_claim or [known("ceas derive", given, every)]
