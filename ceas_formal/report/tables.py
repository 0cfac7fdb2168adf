"""Tables for the terminal: obligations, weakenings, the ledger, and what is guaranteed for a network."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from shutil import get_terminal_size
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

COLOURS = {
    "proved": "green", "checked": "green", "reproduced": "green", "refuted": "red", "not-reproduced": "red", "assumed": "yellow",
    "open": "dim", "unknown": "bold yellow", "yes": "green", "conditional": "yellow", "no": "red", "not judged": "dim",
}  # fmt: skip


def rendered(*parts: Any) -> str:
    """Return tables and lines as text: with colours on a terminal, plain and 140 wide in a pipe."""
    import sys

    terminal = sys.stdout.isatty()
    width = get_terminal_size((140, 50)).columns if terminal else 140
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, no_color=not terminal, highlight=False, emoji=False)
    for part in parts:
        console.print(part, markup=False) if isinstance(part, str) else console.print(part)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def table_of(*columns: str, wide: str = "") -> Table:
    """Return an empty table with these columns; only the one named `wide` wraps."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column != wide, overflow="fold", ratio=1 if column == wide else None)
    return table


def numbers_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of numbers as text: the first column names the row, the others are set flush right.

    Examples
    --------
    >>> print(numbers_table(("t [s]", "F"), [("0", "1.00"), ("10", ".9")]))
    t [s]      F
    ────────────
    0       1.00
    10        .9
    """
    table = table_of(*map(escape, columns))
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*map(escape, row))
    return rendered(table).rstrip("\n")


def _coloured(word: str) -> str:
    return f"[{COLOURS[word]}]{word}[/]" if word in COLOURS else word


def obligations_table(results: Sequence[Any]) -> str:
    """Return a line for each theorem, solver by solver, the slowest obligations, and every one that failed."""
    table = table_of("theorem", "solver", "obligations", "as expected", "unknown", "seeds", "seconds per seed (median, most)")
    for theorem in dict.fromkeys(result.obligation.theorem for result in results):
        for solver in dict.fromkeys(result.solver for result in results):
            own = [result for result in results if result.obligation.theorem == theorem and result.solver == solver]
            if not own:
                continue
            seeds = sorted({result.seed for result in own})
            times = [sum(result.seconds for result in own if result.seed == seed) for seed in seeds]
            table.add_row(
                theorem, solver, str(len({result.obligation.name for result in own})), str(sum(result.as_expected for result in own)),
                str(sum(result.verdict == "unknown" for result in own)), str(len(seeds)), f"{median(times):.2f}, {max(times):.2f}",
            )  # fmt: skip
    longest: dict[str, float] = {}
    for result in results:
        asked = f"{result.obligation.name} ({result.solver})"
        longest[asked] = max(result.seconds, longest.get(asked, 0.0))
    slowest = sorted(longest, key=lambda asked: -longest[asked])[:5]
    lines = ["slowest: " + "; ".join(f"{asked} {longest[asked]:.2f} s" for asked in slowest)]
    failed = [result for result in results if not result.as_expected]
    lines += [
        f"{result.obligation.name}: expected {result.obligation.expected}, got {result.verdict} ({result.solver}, seed {result.seed})"
        for result in failed
    ]
    undecided = {result.obligation.name for result in results if result.obligation.fragment.startswith("undecided")}
    lines.append(f"outside the decidable fragments: {', '.join(sorted(undecided)) or 'none'}")
    lines.append("every obligation as expected" if not failed else f"{len(failed)} not as expected")
    return rendered(table, *lines)


def weakenings_table(weakenings: Iterable[Any], notes: Mapping[str, str]) -> str:
    """Return a line for each weakening: what is weakened, what it violates, the smallest sizes that show it."""
    table = table_of("weakening", "violates", "shown at", "there is", "instead of", wide="there is")
    table.columns[4].no_wrap, table.columns[4].ratio = False, 1
    for weakening in weakenings:
        size = weakening.instance
        attempts = next(f"{sort.lower()}s {size.sorts[sort]}" for sort in ("Epoch", "View") if sort in size.sorts)
        shown = f"N={size.nodes} f={size.faults} a={size.false_accepts}, {attempts}"
        table.add_row(weakening.name, weakening.violates, shown, weakening.instead, weakening.hypothesis)
    if not notes:
        return rendered(table)
    there = table_of("weakening", "at your N", wide="at your N")
    for name, note in notes.items():
        there.add_row(name, note)
    return rendered(table, "", there)


def ledger_table(rows: Sequence[Mapping[str, Any]], reasons: Mapping[str, str]) -> str:
    """Return a line for each judged claim, the open ones by their ids, and the count of verdicts."""
    table = table_of("claim", "verdict", "paper", "statement", "why", wide="statement")
    table.columns[4].no_wrap, table.columns[4].ratio = False, 1
    for row in rows:
        if row["verdict"] == "open" and row["expected"] == "open":
            continue
        note = "" if row["verdict"] == row["expected"] else f" (expected {row['expected']})"
        table.add_row(row["id"], _coloured(row["verdict"]) + note, row["paper"], escape(row["statement"]), escape(reasons[row["id"]]))
    waiting = [row["id"] for row in rows if row["verdict"] == "open"]
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in dict.fromkeys(row["verdict"] for row in rows)}
    summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return rendered(table, f"open: {', '.join(waiting)}" if waiting else "", "", f"{len(rows)} claims: {summary}")


def claim_page(row: Mapping[str, Any], explanation: str) -> str:
    """Return everything about one judged claim: statement, verdict, explanation, and the evidence as an outline."""
    lines = [f"{row['id']} · {row['verdict']} · paper {row['paper']} · {row['seconds']:.2f} s", f"  {row['statement']}", ""]
    lines += [f"  {line.strip()}" for line in explanation.splitlines()]
    lines += ["", f"  scope: {row['scope']}", f"  method: {row['method']}"]
    lines += [f"  assumes: {assumption}" for assumption in row["assumptions"]]
    return "\n".join([*lines, *_outline(row["evidence"], "  "), ""])


def _outline(value: Any, indent: str) -> list[str]:
    lines = []
    for key, entry in value.items() if isinstance(value, Mapping) else enumerate(value, start=1):
        if isinstance(entry, (Mapping, list)) and entry:
            lines += [f"{indent}{key}:", *_outline(entry, indent + "  ")]
        else:
            lines.append(f"{indent}{key}: {entry}")
    return lines


def guarantees_table(title: str, guarantees: Sequence[Mapping[str, Any]]) -> str:
    """Return a line for each question about one network."""
    table = table_of("guaranteed", "question", "why", "claim", wide="why")
    table.columns[1].no_wrap, table.columns[1].ratio = False, 1
    for row in guarantees:
        table.add_row(_coloured(row["guaranteed"]), row["question"], escape(row["why"]), ", ".join(row["claims"]))
    return rendered(title, "", table)
