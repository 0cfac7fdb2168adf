"""``ceas verify``: put every obligation of the checkpoint protocol to a solver."""

from __future__ import annotations

import argparse
from typing import Any

from ceas_formal.cli.options import AS_EXPECTED, DIFFERS, UNKNOWN, known, print_json, progress, seconds, whole
from ceas_formal.errors import BadInput

SOLVERS = {"z3": ("z3",), "cvc5": ("cvc5",), "both": ("z3", "cvc5")}


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "verify",
        help="prove the checkpoint protocol for every N, or show the obligation that fails",
        description="Put every obligation of the checkpoint protocol to a solver. "
        "Expected: unsat of a negated theorem, sat of what must be possible.",
    )
    parser.add_argument("--list", action="store_true", help="name the obligations and solve nothing")
    parser.add_argument("--only", metavar="TEXT", default="", help="only the obligations whose name contains TEXT")
    parser.add_argument("--seeds", type=whole(1, 1000), default=1, metavar="K", help="solve with seeds 0 to K-1 (default 1)")
    parser.add_argument("--solver", default="z3", help="z3 (default), cvc5, or both")
    parser.add_argument("--timeout", type=seconds, default=20.0, metavar="S", help="seconds for each solver call (default 20)")
    parser.add_argument("--json", action="store_true", help="one entry for each obligation, solver and seed")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Solve, print, and return the exit status."""
    solvers = SOLVERS[known("--solver", options.solver, SOLVERS)]
    from ceas_formal.verify.catalogue import catalogue
    from ceas_formal.verify.obligations import check

    chosen = [item for item in catalogue() if options.only in item.name]
    if not chosen:
        raise BadInput("--only", f"part of an obligation's name (ceas verify --list); got {options.only!r}")
    if options.list:
        if options.json:
            print_json({"obligations": [_listed(item) for item in chosen]})
        else:
            for item in chosen:
                print(f"{item.expected:<6} {item.name:<70} {item.fragment}; {item.scope}")
        return AS_EXPECTED
    jobs = [(item, solver, seed) for solver in solvers for seed in range(options.seeds) for item in chosen if solver in item.solvers]
    results = [check(item, solver=solver, seed=seed, timeout=options.timeout) for item, solver, seed in progress(jobs, "verifying")]
    if options.json:
        print_json({"obligations": [_solved(result) for result in results]})
    else:
        from ceas_formal.report.tables import obligations_table

        print(obligations_table(results), end="")
    if all(result.as_expected for result in results):
        return AS_EXPECTED
    return DIFFERS if any(result.verdict != "unknown" and not result.as_expected for result in results) else UNKNOWN


def _listed(item: Any) -> dict[str, Any]:
    return {"name": item.name, "theorem": item.theorem, "expected": item.expected, "fragment": item.fragment, "scope": item.scope}


def _solved(result: Any) -> dict[str, Any]:
    listed = _listed(result.obligation)
    outcome = {"verdict": result.verdict, "solver": result.solver, "seed": result.seed, "seconds": round(result.seconds, 6)}
    return {"name": listed["name"], "theorem": listed["theorem"], **outcome, **listed}
