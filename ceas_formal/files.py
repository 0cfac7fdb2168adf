"""Files and folders that are written whole or not at all: beside their place first, then in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ceas_formal.errors import BadInput


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: beside it first, then in its place.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise BadInput(str(path), "a regular file, or a new one")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(str(path), f"a file that can be written ({error.strerror})") from None


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
