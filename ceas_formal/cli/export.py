"""``ceas export``: the same protocol as text for other tools."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ceas_formal.cli.options import AS_EXPECTED, known
from ceas_formal.errors import BadInput

FORMATS = ("smt2",)


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "export",
        help="write the obligations for other tools",
        description="Write the obligations of the checkpoint protocol as SMT-LIB scripts, with the answer that is expected of each.",
    )
    parser.add_argument("name", nargs="?", help="one obligation (ceas verify --list), to standard output; all, to a folder, if left out")
    parser.add_argument("--to", default="smt2", help="smt2 (SMT-LIB 2.6)")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="where to write all of them (default checkpoint.smt2)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write, and return the exit status."""
    known("--to", options.to, FORMATS)
    from ceas_formal.spec.checkpoint import checkpoint
    from ceas_formal.verify.obligations import obligations

    scripts = {
        item.name + (f"[{number}]" if item.others else ""): text
        for item in obligations(checkpoint)
        for number, text in enumerate(item.scripts(), start=1)
    }
    if options.name is not None:
        print(scripts[known("ceas export", options.name, scripts)], end="")
        return AS_EXPECTED
    folder: Path = options.output or Path("checkpoint.smt2")
    write_folder(folder, {f"{name}.smt2": text for name, text in scripts.items()})
    print(f"{len(scripts)} scripts in {folder}")
    return AS_EXPECTED


def write_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files into a new or empty folder, all of them or none: beside it first, then in its place."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(str(folder), "a new or empty folder")
    try:
        beside = Path(tempfile.mkdtemp(dir=folder.resolve().parent, prefix=f".{folder.name}."))
        try:
            for name, text in texts.items():
                (beside / name).parent.mkdir(parents=True, exist_ok=True)
                (beside / name).write_text(text, encoding="utf-8")
            beside.chmod(0o755)
            beside.rename(folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise BadInput(str(folder), f"a folder that can be written ({error.strerror})") from None
