"""``ceas break``: weaken one hypothesis of the checkpoint protocol and see what happens."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ceas_formal.cli.options import AS_EXPECTED, DIFFERS, UNKNOWN, known, print_json, whole
from ceas_formal.errors import BadInput


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "break",
        help="weaken one hypothesis and get the trace that it costs",
        description="Weaken one hypothesis of a protocol; print and save the shortest run found in which that does harm.",
    )
    parser.add_argument("name", nargs="?", help="a weakening (see --list)")
    parser.add_argument("--list", action="store_true", help="name the hypotheses, their weakenings, and the sizes that show them")
    parser.add_argument("--nodes", type=whole(1, 10**9), metavar="N", help="also say what the arithmetic is at your N")
    parser.add_argument("--faults", type=whole(0, 10**9), metavar="F", help="and f (default: the largest with 3f+a < N)")
    parser.add_argument("--false-accepts", type=whole(0, 10**9), default=0, metavar="A", help="and a (default 0)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to save the trace (default NAME.itf.json)")
    parser.add_argument("--json", action="store_true", help="print the trace and the verdicts as data")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Search, print, save, and return the exit status."""
    from ceas_formal.spec.weakenings import WEAKENINGS

    numbers = _numbers(options)
    if options.list or options.name is None:
        if not options.list:
            raise BadInput("ceas break", "a weakening's name, or --list")
        return _list(options, numbers)
    weakening = WEAKENINGS[known("ceas break", options.name, WEAKENINGS)]
    from ceas_formal.report.spacetime import diagram, verdict, violation
    from ceas_formal.verify.bounded import GaveUp
    from ceas_formal.verify.breaking import NotBroken, find
    from ceas_formal.verify.trace import write

    path = options.output or Path(f"{weakening.name}.itf.json")
    try:
        found = find(weakening)
    except NotBroken as error:
        print(f"not broken: {error}")
        return DIFFERS
    except GaveUp as error:
        print(f"unknown: the solver gave up ({error})")
        return UNKNOWN
    write(found.trace, weakening.protocol, path)
    if options.json:
        print_json(_document(found, path, numbers))
        return AS_EXPECTED
    size = weakening.instance
    print(f"{weakening.name}: {weakening.instead}")
    print(f"  instead of: {weakening.hypothesis}")
    print(f"  at N = {size.nodes}, f = {size.faults}, a = {size.false_accepts}{_quorum(weakening)}, found in {found.seconds:.2f} s\n")
    print(diagram(found.trace, weakening.protocol))
    print()
    for violated in found.weakened.violated:
        print(violation(found.trace, weakening.protocol, violated))
    print(verdict(found.trace, found.weakened, weakening.protocol, "the weakened protocol"))
    print(verdict(found.trace, found.real, weakening.real, "the real protocol", beyond=True))
    if numbers:
        print(f"\nat N = {numbers[0]}, f = {numbers[1]}, a = {numbers[2]}: {_arithmetic(weakening, numbers)}")
        print(_lifted(found, numbers), end="")
    print(f"\ntrace: {path}")
    return AS_EXPECTED


SENTENCES = {
    "other_active": "active sets of {active} and {other_active} have quorums of {quorum} and {other_quorum}; two may share only {common} "
    "nodes, and {faults} may be Byzantine",
    "byzantine_that_suffice": "with all {active} nodes active again, {byzantine_that_suffice} Byzantine ones suffice, "
    "and f = {faults} was meant for those outside quarantine",
    "that_want_it": "{byzantine} Byzantine nodes alone want a view, and every honest one follows",
    "active": "of {active} active nodes at least {honest} are honest, and a quorum is {quorum}",
}
"""What the numbers of a witness mean, by a key that tells it from others."""


def _numbers(options: argparse.Namespace) -> tuple[int, int, int] | None:
    """Return the user's N, f and a."""
    if options.nodes is None:
        if options.faults is not None or options.false_accepts:
            raise BadInput("--nodes", "N, as --faults or --false-accepts is given")
        return None
    from ceas_formal.spec.quorum import largest_faults

    faults = max(0, largest_faults(options.nodes, options.false_accepts)) if options.faults is None else options.faults
    for name, value in (("--faults", faults), ("--false-accepts", options.false_accepts)):
        if value > options.nodes:
            raise BadInput(name, f"at most --nodes, {options.nodes}; got {value}")
    return options.nodes, faults, options.false_accepts


def _arithmetic(weakening: Any, numbers: tuple[int, int, int]) -> str:
    if weakening.at is None:
        return "no threshold is involved"
    witness = weakening.at(*numbers)
    if witness is None:
        return "no such numbers at these sizes"
    if "first_from" in witness:
        first, second = (f"{witness[f'{which}_from']} to {witness[f'{which}_to']}" for which in ("first", "second"))
        return (
            f"nodes {first} are a quorum of {witness['quorum']}, so are nodes {second}; "
            f"they share {witness['common']}, and {witness['faults']} may be Byzantine"
        )
    for key, sentence in SENTENCES.items():
        if key in witness:
            return sentence.format(**witness)
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in witness.items())


def _lifted(found: Any, numbers: tuple[int, int, int]) -> str:
    from ceas_formal.verify.lifting import LARGEST, harm_at

    weakening = found.weakening
    if "leads" not in weakening.protocol.relations:
        return ""  # its runs have other groups than these: the numbers above say it all
    if numbers[0] > LARGEST:
        return f"  (runs are replayed at up to N = {LARGEST})\n"
    said, harmful = harm_at(found.trace, weakening.protocol, weakening.violates, *numbers)
    if harmful:
        return f"  replayed there, with a group in place of each node: accepted, and it violates {weakening.violates}\n"
    if weakening.at is not None:
        return ""  # the numbers above say it all; other groups may do harm where these do not
    if said is None:
        return "  the run above needs more nodes, or a Byzantine one\n"
    reasons = [f"the assumption {name!r} fails" for name in said.broken_assumptions] + said.clauses
    return f"  the run above, with a group in place of each node, does no harm there: {', '.join(reasons)}\n"


def _quorum(weakening: Any) -> str:
    size, quorum = weakening.instance, weakening.protocol.thresholds["quorum"]
    return "" if quorum.members else f", q = {quorum.count(size.nodes, size.faults, size.false_accepts)}"


def _list(options: argparse.Namespace, numbers: tuple[int, int, int] | None) -> int:
    from ceas_formal.report.tables import weakenings_table
    from ceas_formal.spec.weakenings import WEAKENINGS

    if options.json:
        print_json({"weakenings": [_listed(weakening, numbers) for weakening in WEAKENINGS.values()]})
        return AS_EXPECTED
    notes = {name: _arithmetic(weakening, numbers) for name, weakening in WEAKENINGS.items()} if numbers else {}
    print(weakenings_table(WEAKENINGS.values(), notes), end="")
    return AS_EXPECTED


def _listed(weakening: Any, numbers: tuple[int, int, int] | None) -> dict[str, Any]:
    size = weakening.instance
    listed = {"name": weakening.name, "hypothesis": weakening.hypothesis, "weakened": weakening.instead, "violates": weakening.violates}
    listed |= {"nodes": size.nodes, "faults": size.faults, "false_accepts": size.false_accepts, "sorts": dict(size.sorts)}
    if numbers:
        listed["at"] = dict(zip(("nodes", "faults", "false_accepts"), numbers, strict=True))
        listed["witness"] = weakening.at(*numbers) if weakening.at else None
    return listed


def _document(found: Any, path: Path, numbers: tuple[int, int, int] | None) -> dict[str, Any]:
    from ceas_formal.report.spacetime import continued

    weakening, actions = found.weakening, found.weakening.protocol.actions
    steps = [
        {"action": name, "arguments": {p.name: value for p, value in zip(actions[name].parameters, arguments, strict=True)}}
        for name, arguments in found.trace.steps
    ]
    document = {"name": weakening.name, "weakened": weakening.instead, "violated": weakening.violates, "seconds": round(found.seconds, 6)}
    document |= {"nodes": weakening.instance.nodes, "faults": weakening.instance.faults, "false_accepts": weakening.instance.false_accepts}
    document |= {"setting": {name: sorted(map(list, rows)) for name, rows in found.trace.setting.items()}, "steps": steps}
    document["refused_by_the_real_protocol"] = {
        "assumptions": found.real.broken_assumptions,
        "step": found.real.refused_at,
        "clauses": found.real.clauses,
        "goes_on_with": continued(found.trace, weakening.real) if found.real.accepted else "",
    }
    if numbers:
        document["at"] = dict(zip(("nodes", "faults", "false_accepts"), numbers, strict=True))
        document["witness"] = weakening.at(*numbers) if weakening.at else None
        document["replayed_there"] = "accepted, and it violates" in _lifted(found, numbers)
    return document | {"trace": str(path)}
