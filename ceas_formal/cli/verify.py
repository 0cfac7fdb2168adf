"""``ceas verify``: put every obligation of every protocol to the solvers, and say what is not as it was."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ceas_formal.cli.options import AS_EXPECTED, DIFFERS, UNKNOWN, known, print_json, progress, seconds, whole
from ceas_formal.errors import BadInput
from ceas_formal.files import write_folder, write_whole

if TYPE_CHECKING:
    from ceas_formal.verify.certificates import Certificate
    from ceas_formal.verify.countermodel import Search
    from ceas_formal.verify.obligation import Obligation, Result

SOLVERS = {"z3": ("z3",), "cvc5": ("cvc5",), "both": ("z3", "cvc5")}
SEVERITY = (AS_EXPECTED, UNKNOWN, DIFFERS)
SHOWN = 3
"""How many obligations with an unexpected ``sat`` get a countermodel: one mistake often shows in many of them."""


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "verify",
        help="prove the protocols for every N, or show the obligation that fails",
        description="Put every obligation to the solvers, once for each solver and seed; nothing is tried again in silence. "
        "Expected: unsat of a negated theorem, sat of what must be possible. Where a solver gives up, small finite models are searched.",
    )
    parser.add_argument("--list", action="store_true", help="name the obligations and solve nothing")
    parser.add_argument("--only", metavar="TEXT", default="", help="only the obligations whose name contains TEXT")
    parser.add_argument("--seeds", type=whole(1, 1000), default=1, metavar="K", help="solve with seeds 0 to K-1 (default 1)")
    parser.add_argument("--solver", help="z3, cvc5, or both (default: both where cvc5 is installed)")
    parser.add_argument("--timeout", type=seconds, default=20.0, metavar="S", help="seconds for each solver call (default 20)")
    parser.add_argument("--proofs", type=Path, metavar="FOLDER", help="also write cvc5's proof of every theorem, to a new or empty folder")
    parser.add_argument("--write-manifest", type=Path, metavar="FILE", help="record the run as the manifest, if all is as expected")
    parser.add_argument("--json", action="store_true", help="one entry for each obligation, solver and seed")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Solve, print, and return the exit status."""
    if options.solver is not None:
        known("--solver", options.solver, SOLVERS)
    from ceas_formal.verify.catalogue import catalogue

    items = catalogue()
    chosen = [item for item in items if options.only in item.name]
    if not chosen:
        raise BadInput("--only", f"part of an obligation's name (ceas verify --list); got {options.only!r}")
    if options.list:
        if options.json:
            print_json({"obligations": [_listed(item) for item in chosen]})
        else:
            for item in chosen:
                print(f"{item.expected:<6} {item.name:<70} {item.fragment}; {item.scope}")
        return AS_EXPECTED
    if options.write_manifest and len(chosen) < len(items):
        raise BadInput("--write-manifest", "no --only: a manifest is of all obligations")
    if options.write_manifest and options.write_manifest.exists() and not options.write_manifest.is_file():
        raise BadInput(str(options.write_manifest), "a regular file, or a new one")
    return _verify(options, chosen)


def _asked(options: argparse.Namespace, chosen: Sequence[Obligation], installed: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the solvers to ask; refuse what cannot be done before anything is solved."""
    from ceas_formal.verify.solving import NO_CVC5

    solvers = SOLVERS[options.solver.lower()] if options.solver else tuple(solver for solver, version in installed.items() if version)
    if installed["cvc5"] is None and "cvc5" in solvers:
        raise BadInput("--solver", f"z3, as {NO_CVC5}")
    if installed["cvc5"] is None and options.proofs:
        raise BadInput("--proofs", f"an installed cvc5; {NO_CVC5}")
    if options.proofs and options.proofs.exists() and (not options.proofs.is_dir() or any(options.proofs.iterdir())):
        raise BadInput(str(options.proofs), "a new or empty folder")
    left_out = [item for item in chosen if not set(item.solvers) & set(solvers)]
    if left_out and (options.write_manifest or len(left_out) == len(chosen)):
        raise BadInput("--solver", f"{' or '.join(left_out[0].solvers)}, or both; {solvers[0]} does not answer {left_out[0].name}")
    return solvers


def _verify(options: argparse.Namespace, chosen: Sequence[Obligation]) -> int:
    from ceas_formal.report import countermodels, verification
    from ceas_formal.report.tables import obligations_table
    from ceas_formal.verify import manifest, opinions
    from ceas_formal.verify.obligation import check
    from ceas_formal.verify.solving import versions

    installed = versions()
    solvers = _asked(options, chosen, installed)
    jobs = [(item, solver, seed) for solver in solvers for seed in range(options.seeds) for item in chosen if solver in item.solvers]
    raw = [check(item, solver=solver, seed=seed, timeout=options.timeout) for item, solver, seed in progress(jobs, "verifying")]
    results, searches = _searched(raw)
    unstable, disagreements = opinions.unstable(raw), opinions.disagreements(results)
    left_out = [item.name for item in chosen if not set(item.solvers) & set(solvers)]
    recorded = {name: entry for name, entry in manifest.packaged().items() if options.only in name}
    differences, slower = list(manifest.compare(recorded, chosen)), list(manifest.slower(recorded, raw))
    status = _status(results)
    lines: list[str] = []
    if options.proofs:
        proved, lines = _write_proofs(options.proofs, chosen, options.timeout)
        status = max(status, proved, key=SEVERITY.index)
    if options.write_manifest:
        # The differences are what is to be recorded.
        lines.append(_write_manifest(options.write_manifest, raw, status))
    elif differences:
        status = DIFFERS
    if options.json:
        print_json({
            "obligations": [_solved(result) for result in results],
            "solvers": {solver: installed[solver] for solver in solvers},
            "not_asked": left_out,
            "disagreements": [{"name": name, "answers": given} for name, given in disagreements.items()],
            "unstable": [{"name": name, "answers": given} for name, given in unstable.items()],
            "countermodels": [countermodels.document(name, outcome) for name, outcome in searches.items()],
            "manifest": {
                "differences": [vars(difference) for difference in differences], "slower": [vars(remark) for remark in slower],
            },
            "files": lines,
        })  # fmt: skip
        return status
    expected = {item.name: item.expected for item in chosen}
    print(obligations_table(results), end="")
    for line in (
        *(countermodels.text(name, outcome, expected[name]) for name, outcome in searches.items()),
        *verification.not_shown(results, searches), *verification.given_up(raw, results), *verification.seeds(raw, unstable),
        *verification.opinions(results, disagreements, left_out, installed),
        *verification.manifest(len(chosen), differences, slower), *lines,
    ):  # fmt: skip
        print(line)
    return status


def _status(results: Sequence[Result]) -> int:
    """Return that all is as expected, that it differs, or that it is unknown; solvers that disagree cannot both be as expected."""
    if all(result.as_expected for result in results):
        return AS_EXPECTED
    return DIFFERS if any(result.verdict != "unknown" and not result.as_expected for result in results) else UNKNOWN


def _searched(raw: Sequence[Result]) -> tuple[list[Result], Mapping[str, Search]]:
    """Search finite models where a solver gave up, and where ``sat`` was not expected; a model found is an answer, said to be of both."""
    from dataclasses import replace

    from ceas_formal.verify import countermodel

    searches: dict[str, Search] = {}
    unexpected = list(dict.fromkeys(result.obligation.name for result in raw if result.verdict == "sat" and not result.as_expected))
    results = []
    for result in raw:
        name = result.obligation.name
        if name not in searches and (result.verdict == "unknown" or name in unexpected[:SHOWN]):
            outcome = countermodel.of(result.obligation)
            if outcome is not None:
                searches[name] = outcome
        if result.verdict == "unknown" and name in searches and searches[name].satisfied:
            result = replace(result, verdict="sat", solver=f"{result.solver}+finite")
        results.append(result)
    return results, searches


def _write_proofs(folder: Path, chosen: Sequence[Obligation], timeout: float) -> tuple[int, list[str]]:
    """Write a proof of everything that should be unsat, or nothing; return the exit status of that, and what to say."""
    from ceas_formal.report import verification
    from ceas_formal.verify.certificates import certificates

    items = [item for item in chosen if item.expected == "unsat" and "cvc5" in item.solvers]
    found: list[Certificate] = [proof for item in progress(items, "writing proofs") for proof in certificates(item, timeout)]
    if without := [f"{proof.name} ({proof.status})" for proof in found if proof.status != "unsat"]:
        status = DIFFERS if any(proof.status == "sat" for proof in found) else UNKNOWN
        return status, [f"{folder} not written: cvc5 has no proof of {', '.join(without)}"]
    write_folder(folder, {f"{proof.name}.cpc": proof.proof for proof in found})
    return AS_EXPECTED, list(verification.proofs(found, folder))


def _write_manifest(path: Path, results: Sequence[Result], status: int) -> str:
    from ceas_formal.verify import manifest

    if status != AS_EXPECTED:
        return f"{path} not written: not every obligation is as expected"
    write_whole(path, manifest.text(results, manifest.packaged()))
    return f"{path} written"


def _listed(item: Any) -> dict[str, Any]:
    return {"name": item.name, "theorem": item.theorem, "expected": item.expected, "fragment": item.fragment, "scope": item.scope}


def _solved(result: Any) -> dict[str, Any]:
    listed = _listed(result.obligation)
    outcome = {"verdict": result.verdict, "solver": result.solver, "seed": result.seed, "seconds": round(result.seconds, 6)}
    return {"name": listed["name"], "theorem": listed["theorem"], **outcome, **listed}
