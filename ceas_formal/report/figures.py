"""Figures for print: one style, colours that colour-blind readers can tell apart, the same bytes for the same input."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ceas_formal.errors import BadInput
from ceas_formal.files import write_whole

COLOURS = {
    "blue": "#0072B2", "orange": "#D55E00", "green": "#009E73", "sky": "#2E94CC", "purple": "#882255", "grey": "#666666",
}  # fmt: skip
"""After Okabe and Ito (2008), dark enough for text; purple after Tol, which readers who see two of three colours tell from green."""

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans", "font.size": 7.5, "axes.titlesize": 8, "axes.labelsize": 8, "mathtext.fontset": "dejavusans",
    "axes.titlelocation": "left", "axes.titleweight": "bold", "axes.spines.top": False, "axes.spines.right": False,
    "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4, "ytick.minor.width": 0.4,
    "lines.linewidth": 1.3, "lines.solid_capstyle": "round", "grid.linewidth": 0.4, "grid.color": "#DDDDDD", "axes.axisbelow": True,
    "svg.hashsalt": "ceas-formal", "svg.fonttype": "path",
}  # fmt: skip
MILLIMETRES = 25.4


def drawn(draw: Callable[[Any], None], *, width: float = 178.0, height: float = 72.0) -> dict[str, bytes]:
    """Return a figure as SVG and as PNG at 300 dots per inch.

    Parameters
    ----------
    draw : callable
        Takes the empty ``matplotlib.figure.Figure`` and draws on it.
    width, height : float
        In mm; 178 are the two columns of a journal page, 86 are one.

    Returns
    -------
    dict of str to bytes
        ``"svg"`` and ``"png"``, without a date, so that the same drawing gives the same bytes.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        parameters: Any = matplotlib.rcParams
        parameters.update(STYLE)
        figure = Figure(figsize=(width / MILLIMETRES, height / MILLIMETRES), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        files = {}
        for kind, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, dpi=300, metadata=metadata)
            files[kind] = buffer.getvalue()
    return files


def label(axes: Any, x: float, y: float, text: str, colour: str = "black", *, turn: float = 0.0, **placing: Any) -> None:
    """Write `text` at a point of the data, on a white halo, in the colour of the curve that it names; `turn` in degrees."""
    from matplotlib.patheffects import withStroke

    placing = {"ha": "left", "va": "center"} | placing
    axes.text(x, y, text, color=colour, rotation=turn, path_effects=[withStroke(linewidth=2.2, foreground="white")], **placing)


def write_figures(folder: Path, figures: Mapping[str, Mapping[str, bytes]]) -> list[Path]:
    """Write every figure as ``NAME.svg`` and ``NAME.png``, each file whole; a folder that is not there is made.

    Raises
    ------
    BadInput
        If the folder or a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(str(folder), f"a folder, or a place for a new one ({error.strerror})") from None
    written = []
    for name, kinds in figures.items():
        for kind, content in kinds.items():
            write_whole(folder / f"{name}.{kind}", content)
            written.append(folder / f"{name}.{kind}")
    return written


def run_page(name: str, text: Callable[[], str], figures: Callable[[], Mapping[str, Mapping[str, bytes]]], explanation: str) -> None:
    """Run a study page from the command line: print its text and write its figures, by default into a folder called `name`.

    Everything is computed first; then files of the same names are replaced, each whole. Bad input ends in one line and status 3.
    """
    import argparse
    import sys

    first, _, rest = explanation.partition("\n")
    shape = argparse.RawDescriptionHelpFormatter
    reader = argparse.ArgumentParser(prog=f"{name}.py", description=first, epilog=rest, formatter_class=shape)
    reader.add_argument("--output", type=Path, default=Path(name), metavar="FOLDER", help="where the figures go (default: ./%(default)s)")
    options = reader.parse_args()
    page, images = text(), figures()
    print(page)
    try:
        written = write_figures(options.output, images)
    except BadInput as error:
        print(error, file=sys.stderr)
        raise SystemExit(3) from None
    print("figures: " + ", ".join(str(path) for path in written))
