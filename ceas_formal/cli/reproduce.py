"""``ceas reproduce``: section IV of the paper, claim by claim, with the figure."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ceas_formal import __version__
from ceas_formal.cli.options import AS_EXPECTED, DIFFERS, known, print_json, printable, whole
from ceas_formal.errors import BadInput


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "reproduce",
        help="run section IV of the paper and compare every number",
        description="Train the networks of section IV under attack, in every reading that its text leaves open, and compare each number of "
        "the paper with ours. Exit status 1 if a verdict is not the one that the ledger expects.",
    )
    parser.add_argument("--scenario", metavar="FILE", type=Path, help="another scenario than the packaged section_iv.toml")
    parser.add_argument("--seeds", metavar="N", type=whole(1), help="run the seeds 0 to N-1 (default 16, for plus 12)")
    parser.add_argument("--rounds", metavar="T", type=whole(1), help="instead of those of the scenario (300)")
    parser.add_argument(
        "--part",
        metavar="NAME",
        action="append",
        help="only this: rows, attacks, ablation, separation, cadence, or options (not made unless named), repeatable; or plus alone, the "
        "table of CEAS+ and all other rules under all attacks (some 20 minutes)",
    )
    parser.add_argument("--rule", metavar="NAME", action="append", help="of the table of attacks (default ceas and random); repeatable")
    parser.add_argument("--attack", metavar="NAME", action="append", help="of the table of attacks, or all; repeatable")
    parser.add_argument("--trust", metavar="NAME", default="checkpoint_assumed", help="what stands behind checkpoints: checkpoint_assumed "
                        "(default, as in the paper), checkpoint_enforced or synchronous_signed")  # fmt: skip
    parser.add_argument("--results", metavar="FILE", type=Path, help="keep the runs in this file, as lines of JSON, and go on from there")
    parser.add_argument("--figure", metavar="FILE", type=Path, help="draw figure 4 of the paper beside ours (.png or .svg); "
                        "with plus, all attacks against all rules")  # fmt: skip
    parser.add_argument("--numpy", action="store_true", help="run circuits in NumPy, also where numba is installed")
    parser.add_argument("--json", action="store_true", help="everything as data")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run what is missing, print, draw, and return the exit status."""
    from ceas_formal.simulate.experiment.consensus import ASSUMPTIONS
    from ceas_formal.simulate.experiment.readings import RULES, attack_names
    from ceas_formal.simulate.experiment.reproduction import ATTACKS, PARTS, Plan
    from ceas_formal.simulate.experiment.reproduction import RULES as COMPARED
    from ceas_formal.simulate.experiment.results import Results
    from ceas_formal.simulate.scenario import load, packaged

    if "plus" in (options.part or ()):
        return _plus(options)
    scenario = load(options.scenario or packaged("section_iv"))
    if scenario.training is None:
        raise BadInput(str(options.scenario), "a table; it is missing", "training")
    attacks = (
        attack_names() if options.attack == ["all"] else [known("--attack", name, attack_names()) for name in options.attack or ATTACKS]
    )
    plan = Plan(
        scenario=scenario,
        seeds=range(options.seeds or 16),
        rounds=options.rounds or scenario.training.rounds,
        parts=tuple(dict.fromkeys(known("--part", name, PARTS) for name in options.part or PARTS[:-1])),
        rules=tuple(dict.fromkeys(known("--rule", name, RULES) for name in options.rule or COMPARED)),
        attacks=tuple(dict.fromkeys(attacks)),
        assumption=known("--trust", options.trust, ASSUMPTIONS),
        compiled=False if options.numpy else None,
    )
    if options.figure is not None:
        _check_place(options.figure)
    results = Results(options.results)
    for _ in _shown(plan.made(results)):
        pass
    found = plan.document(results)
    if options.figure is not None:
        from ceas_formal.report.experiment_figure import figure_four

        begins = scenario.attack.first_round if scenario.attack else 0
        _write(options.figure, figure_four(plan.curves(results), begins, found["bayes_accuracy"], found["trust"]))
    if options.json:
        print_json({"version": __version__, **found})
    else:
        from ceas_formal.report.experiment import reproduction_page

        print(reproduction_page({**found, "title": printable(found["title"])}), end="")
    return AS_EXPECTED if _as_expected(found["rows"]) else DIFFERS


def _plus(options: argparse.Namespace) -> int:
    """Make, print and draw the study of CEAS+."""
    from ceas_formal.simulate.experiment.plus.arena import EVERY
    from ceas_formal.simulate.experiment.plus.plan import Plan, document

    without_data = find_spec("sklearn") is None
    if without_data and not options.json:
        raise BadInput("--part", "scikit-learn for its other data sets: pip install 'ceas-formal[data]'; with --json they are left out")
    if set(options.part) != {"plus"}:
        raise BadInput("--part", "plus alone: its table takes other runs than the other parts")
    if options.numpy or options.trust != "checkpoint_assumed":
        given = "--numpy" if options.numpy else "--trust"
        raise BadInput(given, "no such option beside --part plus, which runs in NumPy and takes checkpoints as decided")
    if options.rounds is not None and options.rounds < EVERY:
        raise BadInput("--rounds", f"at least {EVERY}; got {options.rounds}")
    for name in ("scenario", "rule", "attack"):
        if getattr(options, name) is not None:
            raise BadInput(f"--{name}", "no such option beside --part plus: its table has all rules and all attacks")
    if options.figure is not None:
        _check_place(options.figure)
    plan = Plan()
    if options.seeds is not None:
        plan = replace(plan, seeds=range(options.seeds), drift_seeds=range(max(1, options.seeds // 2)))
    plan = replace(plan, rounds=options.rounds or plan.rounds, data_sets=() if without_data else plan.data_sets)
    rows: list[dict[str, Any]] = []

    def made() -> Iterator[tuple[int, int]]:
        total = len(plan)
        for row in plan.runs(options.results):
            rows.append(row)
            yield len(rows), total

    for _ in _shown(made()):
        pass
    found = plan.found(rows)
    if options.figure is not None:
        from ceas_formal.report.ceas_plus_figure import attacks_against_rules

        _write(options.figure, attacks_against_rules(found))
    if options.json:
        print_json({"version": __version__, "rows": [], **document(found)})
    else:
        from ceas_formal.report.ceas_plus import plus_page

        print(plus_page(found), end="")
    return AS_EXPECTED


def _as_expected(rows: list[dict[str, Any]]) -> bool:
    """Return whether each row of the ledger gets the verdict it expects; a row holds if all its numbers do."""
    from importlib import import_module

    from ceas_formal.claims.ledger import LEDGER

    import_module("ceas_formal.claims.experiment")  # enters the rows EXP-1 to EXP-8
    verdicts: dict[str, list[str]] = {}
    for row in rows:
        verdicts.setdefault(row["id"], []).append(row["verdict"])
    return all(
        LEDGER[name].expected == ("reproduced" if set(found) == {"reproduced"} else "not-reproduced") for name, found in verdicts.items()
    )


def _check_place(figure: Path) -> None:
    if figure.suffix not in (".png", ".svg"):
        raise BadInput("--figure", f"a file that ends in .png or .svg; got {str(figure)!r}")
    if not os.access(figure.resolve().parent, os.W_OK):
        raise BadInput("--figure", f"a file in a folder that can be written; got {str(figure)!r}")


def _write(figure: Path, drawn: dict[str, bytes]) -> None:
    from ceas_formal.files import write_whole

    write_whole(figure, drawn[figure.suffix[1:]])


def _shown(steps: Iterator[tuple[int, int]]) -> Iterator[None]:
    """Pass through the steps, with a bar on a terminal and nothing in a pipe."""
    if not sys.stderr.isatty():
        for _ in steps:
            yield
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("runs", total=None)
        for done, total in steps:
            bar.update(task, completed=done, total=total)
            yield
