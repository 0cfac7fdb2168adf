"""Reading hardware platforms from TOML; :mod:`ceas_formal.physics.hardware` says what the files hold."""

from __future__ import annotations

from importlib.resources import files
from os import PathLike
from pathlib import Path

from ceas_formal.errors import BadInput
from ceas_formal.physics.hardware import Platform
from ceas_formal.simulate.reading import read_toml


def load_platform(path: str | PathLike[str]) -> Platform:
    """Read a hardware platform.

    Raises
    ------
    BadInput
        For every defect of the file: names the file, the field or line, and what was expected.

    Examples
    --------
    >>> load_platform(packaged_platforms()["nv_centre"]).coherence_time.unit
    's'
    """
    return read_toml(path, Platform)


def packaged_platforms() -> dict[str, Path]:
    """Return where the packaged platforms lie, by name: in the installed package, or in a checkout in ``models/`` beside it.

    Examples
    --------
    >>> list(packaged_platforms())
    ['neutral_atom', 'nv_centre', 'photonic_memory', 'superconducting', 'trapped_ion']
    """
    package = Path(str(files("ceas_formal")))
    root = package if (package / "models").is_dir() else package.parent
    found = {file.stem: file for file in sorted((root / "models" / "hardware").glob("*.toml"))}
    if not found:
        raise BadInput("models/hardware", "at least one packaged platform; none is installed")
    return found
