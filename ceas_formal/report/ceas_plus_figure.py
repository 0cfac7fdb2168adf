"""The study of CEAS+ as one picture: every attack against every rule, coloured by what is lost below what any rule could keep."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from ceas_formal.report.figures import COLOURS, drawn
from ceas_formal.simulate.experiment.plus.study import BASELINES, ORACLE, OURS

NAMES = {
    OURS: "CEAS+", ORACLE: "mean of\nhonest\n(oracle)", "stamp_weights": "weights\nby\nstamps", "ceas": "CEAS",
    "trimmed_mean": "trimmed\nmean", "geometric_median": "geom.\nmedian", "krum": "Krum", "multi_krum": "multi-\nKrum",
    "centred_clipping": "centred\nclipping", "nnm_trimmed_mean": "NNM,\ntrimmed\nmean",
}  # fmt: skip
BELOW = (0.5, 2.0, 5.0, 15.0)
"""Edges of the colours: points below the bound."""
SHADES = ("#7A1F00", "#D55E00", "#F2A25C", "#FBE3C4", "#FFFFFF", "#D6E9F5")
"""From most lost to above the bound; below it the shade darkens with what is lost, so the order survives a grey print."""
STATUS = {"tuned": {"color": "#777777"}, "seen": {"color": "black"}, "new": {"color": "black", "fontweight": "bold"}}
"""How the name of an attack is written."""
GAP = 0.25
"""Of a cell, around CEAS+."""


def attacks_against_rules(found: dict[str, Any]) -> dict[str, bytes]:
    """Return the figure as SVG and PNG: final accuracy without drift, attacks by what the best baseline keeps, rules by their worst attack.

    Where the protocol decides, all rules have the same one.

    Parameters
    ----------
    found : dict
        What :meth:`~ceas_formal.simulate.experiment.plus.plan.Plan.found` returns.
    """
    alike = {entry["column"]: entry for entry in found["same_protocol"]}
    entries = [alike.get(entry["column"], entry) for entry in found["table"] if not entry["drift"]]
    entries.sort(key=lambda entry: (entry["final"][entry["best"]], entry["column"]))
    worst = {rule: min(entry["final"][rule] for entry in entries) for rule in entries[0]["final"]}
    rules = [ORACLE, OURS, *sorted(BASELINES, key=lambda rule: -worst[rule])]
    bound = 100 * (found["ceiling"] - found["barrier"])

    def draw(figure: Any) -> None:
        from matplotlib.colors import BoundaryNorm, ListedColormap

        # The last edge is above all accuracies, the first below.
        edges = [0.0, *(bound - below for below in reversed(BELOW)), bound, 100.0]
        colours, norm = ListedColormap(list(SHADES)), BoundaryNorm(edges, len(SHADES))
        axes = figure.subplots()
        places = [place + GAP * (place > 0) + GAP * (place > 1) for place in range(len(rules))]
        for row, entry in enumerate([*entries, {"final": worst}]):
            height = row + GAP * (row == len(entries))
            for place, rule in zip(places, rules, strict=True):
                value = 100 * entry["final"][rule]
                shade = colours(norm(value))
                axes.add_patch(_rectangle((place - 0.5, height - 0.5), 1, 1, facecolor=shade, edgecolor="#CCCCCC", lw=0.3))
                dark = value < bound - BELOW[2]
                axes.text(place, height, f"{value:.1f}", ha="center", va="center", fontsize=6, color="white" if dark else "black")
            if "best" in entry:
                mean, half = entry["difference"]
                sure = "blue" if mean - half > 0 else "orange" if mean + half < 0 else "grey"
                text = (f"{100 * mean:+.2f}" + (f" ± {100 * half:.2f}" if isfinite(half) else "")).replace("-", "−")
                axes.text(places[-1] + 2.0, height, text, ha="right", va="center", fontsize=6, color=COLOURS[sure])
        last = len(entries) + GAP
        axes.add_patch(_rectangle((places[1] - 0.5, -0.5), 1, last + 1, facecolor="none", edgecolor=COLOURS["blue"], lw=1.4))
        axes.set(xlim=(-0.55, places[-1] + 2.1), ylim=(last + 0.55, -0.55))
        axes.set_xticks([*places, places[-1] + 1.3], [*(NAMES.get(rule, rule) for rule in rules), "CEAS+ less\nthe best\nbaseline"])
        axes.set_yticks([*range(len(entries)), last], [*(_name(entry, entry["column"] in alike) for entry in entries), "worst attack"])
        for label, entry in zip(axes.get_yticklabels(), entries, strict=False):
            label.set(**STATUS[entry["status"]])
        axes.get_xticklabels()[1].set(fontweight="bold", color=COLOURS["blue"])
        axes.tick_params(length=0, labelsize=6.5, top=True, labeltop=True, bottom=False, labelbottom=False)
        axes.spines[:].set_visible(False)
        _scale(figure, axes, colours, norm, bound, found)
        figure.supxlabel(_note(entries), fontsize=6.5, x=0.01, ha="left")

    return drawn(draw, height=30.0 + 4.1 * (len(entries) + 1))


def _rectangle(corner: tuple[float, float], width: float, height: float, **style: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, **style)


def _name(entry: dict[str, Any], alike: bool) -> str:
    words = (word.upper() if word in ("alie", "ipm") else word for word in entry["column"].split("_"))
    return " ".join(words) + (" †" if alike else "")


def _scale(figure: Any, axes: Any, colours: Any, norm: Any, bound: float, found: dict[str, Any]) -> None:
    """Draw the colours below, with the bound marked."""
    from matplotlib.cm import ScalarMappable

    bar = figure.colorbar(ScalarMappable(norm, colours), ax=axes, location="bottom", aspect=60, pad=0.01, shrink=0.8, spacing="uniform")
    edges = [bound - below for below in reversed(BELOW)]
    bar.set_ticks([*edges, bound], labels=[f"{edge:.1f}" for edge in (*edges, bound)])
    bar.ax.axvline(bound, color="black", lw=1.8)
    marked = f"bound: ceiling {100 * found['ceiling']:.1f} less barrier {100 * found['barrier']:.1f}  ↓"
    bar.ax.text(5 / 6 + 0.008, 1.25, marked, transform=bar.ax.transAxes, ha="right", va="bottom", fontsize=6.5)
    bar.ax.tick_params(length=2, labelsize=6.5)
    bar.outline.set_linewidth(0.4)
    bar.ax.set_title("final accuracy [%]", fontsize=6.5, fontweight="normal", pad=2)


def _note(entries: Sequence[dict[str, Any]]) -> str:
    return (
        f"{entries[0]['seeds']} seeds without drift; ±: 95% interval, paired over seeds. Attacks in grey: CEAS+ was tuned on them; "
        "in black: only seen; in bold: new.\nDifferences: blue above 0, orange below 0, grey if the interval holds 0. † Tags, witnessed "
        "stamps and reserved pairs for all rules."
    )
