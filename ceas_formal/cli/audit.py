"""``ceas audit``: judge every statement of the paper, or say what is guaranteed for one network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ceas_formal import __version__
from ceas_formal.cli.options import AS_EXPECTED, DIFFERS, UNKNOWN, known, print_json, printable, progress
from ceas_formal.errors import BadInput


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "audit",
        help="judge every statement of the paper",
        description="Judge every statement of the paper, with evidence; or, with --scenario, say what is guaranteed for one network. "
        "Exit status 1 if a verdict is not the expected one, or the network lacks a guarantee.",
    )
    parser.add_argument("claims", nargs="*", metavar="ID", help="only these rows of the ledger, with all their evidence")
    parser.add_argument("--scenario", metavar="FILE", type=Path, help="a network (TOML); see models/scenarios/section_iv.toml")
    parser.add_argument("--json", action="store_true", help="verdicts and evidence as data")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge, print, and return the exit status."""
    if options.scenario is not None:
        if options.claims:
            raise BadInput("ceas audit", f"either rows of the ledger or --scenario; got both ({' '.join(options.claims)})")
        return _network(options)
    from ceas_formal.claims import judge, ledger

    rows = ledger()
    wanted = [rows[known("ceas audit", name, rows)] for name in dict.fromkeys(options.claims)] or list(rows.values())
    judged = [judge(row) for row in progress(wanted, "judging")]
    if options.json:
        print_json({"version": __version__, "claims": judged})
    else:
        from ceas_formal.report.tables import claim_page, ledger_table

        if options.claims:
            print("\n".join(claim_page(row, rows[row["id"]].explanation) for row in judged), end="")
        else:
            print(ledger_table(judged, {name: row.explanation.split("\n\n")[0].replace("\n", " ") for name, row in rows.items()}), end="")
    if any(row["verdict"] == "unknown" for row in judged):
        return UNKNOWN
    return AS_EXPECTED if all(row["verdict"] == row["expected"] for row in judged) else DIFFERS


def _network(options: argparse.Namespace) -> int:
    from ceas_formal.claims.network import guarantees
    from ceas_formal.simulate.scenario import load

    scenario = load(options.scenario)
    found = guarantees(scenario)
    if options.json:
        print_json({"version": __version__, "scenario": str(options.scenario), "claims": [], "guarantees": found})
    else:
        from ceas_formal.report.tables import guarantees_table

        print(guarantees_table(f"{printable(scenario.title or str(options.scenario))}: what is guaranteed", found), end="")
    return DIFFERS if any(row["guaranteed"] == "no" for row in found) else AS_EXPECTED
