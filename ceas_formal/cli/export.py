"""``ceas export``: the same protocol as text for other tools."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ceas_formal.cli.options import AS_EXPECTED, DIFFERS, UNKNOWN, known
from ceas_formal.errors import BadInput
from ceas_formal.files import write_folder, write_whole

SMT2 = "smt2"
FORMATS = (SMT2, "ivy", "mypyvy", "tla", "quint")
CHECKS = {"ivy": ("ivy_check",), "quint": ("quint", "typecheck")}
"""The tools that judge a text, by format."""


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "export",
        help="write the protocol, or the obligations, for other tools",
        description="Write a protocol as text for Ivy, mypyvy, TLA+ or Quint, or the obligations of all of them as SMT-LIB "
        "scripts, with the answer that is expected of each.",
    )
    parser.add_argument("name", nargs="?", help="a protocol (default checkpoint); for smt2 an obligation, default all")
    parser.add_argument("--to", default=SMT2, help=f"{', '.join(FORMATS)} (default smt2, which is SMT-LIB 2.6)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default standard output; for smt2 a folder, default obligations.smt2")
    parser.add_argument("--check", action="store_true", help="let the tool judge the text instead: ivy_check, or quint typecheck")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write or check, and return the exit status."""
    language = known("--to", options.to, FORMATS)
    if options.check and language not in CHECKS:
        raise BadInput("--check", f"--to {' or '.join(CHECKS)}; got {language!r}")
    if options.check and options.output is not None:
        raise BadInput("--check", "no --output: it writes nothing")
    return obligations_as_scripts(options) if language == SMT2 else protocol_as_text(options, language)


def protocol_as_text(options: argparse.Namespace, language: str) -> int:
    """Write one protocol, or let its tool judge it."""
    from ceas_formal.verify.catalogue import specifications
    from ceas_formal.verify.export import SUFFIXES, text

    protocols = specifications()
    protocol = protocols[known("ceas export", options.name or "checkpoint", protocols)]
    written = text(protocol, language)
    if options.check:
        return checked(f"{protocol.name}.{SUFFIXES[language]}", written, CHECKS[language])
    if options.output is None:
        print(written, end="")
    else:
        write_whole(options.output, written)
    return AS_EXPECTED


def checked(file: str, written: str, tool: tuple[str, ...]) -> int:
    """Run a tool on a text in a folder of its own, show what it prints, and return the exit status."""
    program = shutil.which(tool[0])
    if program is None:
        print(f"{tool[0]} is not on PATH: skipped")
        return UNKNOWN
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / file).write_text(written, encoding="utf-8")
        command = [program, *tool[1:], file]
        outcome = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    print(outcome.stdout, end="")
    print(f"{' '.join(tool)} {file}: {'accepted' if outcome.returncode == 0 else 'refused'}")
    return AS_EXPECTED if outcome.returncode == 0 else DIFFERS


def obligations_as_scripts(options: argparse.Namespace) -> int:
    """Write the obligations of all protocols, or print one; the scripts of one obligation are separated by a reset."""
    from ceas_formal.verify.catalogue import catalogue

    scripts = {item.name: item.scripts() for item in catalogue() if item.assertions}
    if options.name is not None:
        print("(reset)\n".join(scripts[known("ceas export (without --to, an obligation)", options.name, scripts)]), end="")
        return AS_EXPECTED
    folder: Path = options.output or Path("obligations.smt2")
    texts = {
        f"{name}[{number}].smt2" if len(each) > 1 else f"{name}.smt2": text
        for name, each in scripts.items()
        for number, text in enumerate(each, start=1)
    }
    write_folder(folder, texts)
    print(f"{len(texts)} scripts in {folder}")
    return AS_EXPECTED
