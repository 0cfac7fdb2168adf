"""How Bell pairs decay in quantum memories (paper II.A, definition 2, section IV).

What the closed forms say about stored pairs, beside what the paper's rule F ← F(1 - γ) says: floors, a fidelity that rises again, the
sudden death of entanglement, a rate λ that depends on the threshold, and what that means on five platforms and for cutoff times.
Prints the page and draws four figures.
"""

import math

import numpy as np

from ceas_formal.physics.bell_pairs import BellPair, concurrence, fidelity
from ceas_formal.physics.delivering import best_cutoff, delivered_fidelity
from ceas_formal.physics.lifetimes import implied_loss_rate, sudden_death_time, usable_lifetime
from ceas_formal.physics.memories import Memory, dephasing, depolarising
from ceas_formal.physics.two_qubit_states import aged, fully_entangled_fraction
from ceas_formal.physics.two_qubit_states import concurrence as any_concurrence
from ceas_formal.physics.waiting import TwoLinks, mean_waiting
from ceas_formal.report.figures import COLOURS, drawn, label, run_page
from ceas_formal.report.tables import numbers_table
from ceas_formal.simulate.platforms import load_platform, packaged_platforms

MEMORIES = {
    "T1 = T2": (Memory(1.0, 1.0), "blue", "-"),
    "T2 = 2·T1": (Memory(1.0, 2.0), "orange", (0, (5, 1.5))),
    "no relaxation": (dephasing(1.0), "green", (0, (1.2, 1.2))),
    "depolarising": (depolarising(1.0), "purple", (0, (5, 1.2, 1.2, 1.2))),
}
"""Both memories of a pair; T1 = 1 s, or T2 = 1 s without relaxation. Cold, but for the depolarising one."""
AGES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
START = 0.95
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.94)
LINKS = TwoLinks(0.05, 0.05, 1e-3)
STORED = BellPair("phi+", Memory(1.0, 0.1), Memory(1.0, 0.1), START)
CUTOFFS = (0, 1, 2, 5, 10, 20, 50, math.inf)
WANTED = (0.7, 0.75, 0.8, 0.85)


def decaying() -> dict[str, dict[str, BellPair]]:
    """Return perfect Φ+ and Ψ+ in each kind of memory."""
    return {bell: {name: BellPair(bell, memory, memory) for name, (memory, *_) in MEMORIES.items()} for bell in ("phi+", "psi+")}


def by_the_paper(pair: BellPair, ages: np.ndarray | tuple[float, ...], step: float = 0.25) -> np.ndarray:
    """Return F0·(1 - γ)^(t/step), with the γ that is right for the first step."""
    return float(fidelity(pair, 0.0)) * float(fidelity(pair, step) / fidelity(pair, 0.0)) ** (np.asarray(ages) / step)


def platforms() -> list[tuple[str, float, float, float]]:
    """Return name, mean time for one pair, life above 1/2 and life above .8 of a pair of F0 = .95, in s, for each platform."""
    rows = []
    for path in packaged_platforms().values():
        platform = load_platform(path)
        t1 = platform.relaxation_time.value if platform.relaxation_time else math.inf
        memory = Memory(t1, platform.coherence_time.value)
        pair = BellPair("phi+", memory, memory, START)
        lives = (float(usable_lifetime(pair, least)) for least in (0.5, 0.8))
        rows.append((platform.name, 1 / platform.link.pair_rate.value, *lives))
    return sorted(rows, key=lambda row: row[3])


def text() -> str:
    """Return the page, every number computed."""
    pairs = decaying()
    ages = [f"{age:g}" for age in AGES]
    parts = [
        "How Bell pairs decay\n",
        "1. Fidelity. A perfect pair is stored in two alike memories; times in units of T1, or of T2 where nothing relaxes.\n"
        "Beside Φ+ at T1 = T2 stands the paper's rule F ← F(1 - γ), with the γ that is right for the first quarter.\n",
        numbers_table(
            ("t", *ages, "limit"),
            [
                *(
                    (f"{bell}, {name}", *(f"{F:.4f}" for F in fidelity(pair, AGES)), f"{float(fidelity(pair, 300.0)):.4f}")
                    for bell, row in pairs.items()
                    for name, pair in row.items()
                ),
                ("F0·(1-γ)^t", *(f"{F:.4f}" for F in by_the_paper(pairs["phi+"]["T1 = T2"], AGES)), "0.0000"),
            ],
        ),
        "\nIn cold memories that relax Ψ+ goes to 0, at T2 = 2·T1 by one exponential, the only case in which the rule is exact.\n"
        "Everything else has a floor, 1/2 or 1/4. Φ+ at T1 = T2 falls to 7/16 at e^-t = 1/4 and rises again to 1/2, since both\n"
        "qubits relax to |0⟩; no γ in [0, 1] makes a fidelity rise.\n",
        "2. Entanglement. Concurrence, and the time at which the pair has become separable.\n",
        numbers_table(
            ("t", *ages, "separable from"),
            [
                (f"{bell}, {name}", *(f"{C:.4f}" for C in concurrence(pair, AGES)), when(float(sudden_death_time(pair))))
                for bell, row in pairs.items()
                for name, pair in row.items()
            ],
        ),
        "\nAt T1 = T2 Φ+ is separable from T1·ln 2 on, and its fidelity is yet to rise:\n"
        "a fidelity that grows is no entanglement that comes back.\n",
        "3. Any start. Φ+ with its first qubit turned about x by an angle before both are stored, T1 = T2, at t = .5. The start\n"
        "is equally entangled at every angle, and keeps the more the nearer it is to Ψ+, at π. Between 0 and π it is no X state.\n",
        numbers_table(
            ("angle/π", "concurrence", "fully entangled fraction"),
            [
                (f"{turn:g}", f"{float(any_concurrence(state)):.4f}", f"{float(fully_entangled_fraction(state)):.4f}")
                for turn, state in turned()
            ],
        ),
        "\n4. A rate that is none. Φ+ of F0 = .95 at T1 = T2 = 1 s is usable until F reaches F_min;\n"
        "definition 2 calls λ = 1/τ* a constant.\n",
        numbers_table(
            ("F_min", "τ* [s]", "λ [1/s]"),
            [
                (f"{least:g}", f"{float(usable_lifetime(threshold_pair(), least)):.4f}", f"{float(rate):.3f}")
                for least, rate in zip(THRESHOLDS, implied_loss_rate(threshold_pair(), THRESHOLDS), strict=True)
            ],
        ),
        f"\nFrom F_min = .5 to .9 the same memories give a λ that is {ratio():.1f} times as high, and it has no bound towards F0.\n",
        "5. Platforms. A pair of F0 = .95 in two memories with the T1 and T2 of each platform, beside the mean time that its link\n"
        "takes for one pair. Values are records or typical ones of models/hardware; the best memory and the link of a platform may\n"
        "be different devices.\n",
        numbers_table(
            ("platform", "one pair [s]", "above .8 [s]", "above .5 [s]", "pairs made meanwhile"),
            [(name, f"{wait:.3g}", f"{high:.3g}", f"{low:.3g}", f"{high / wait:.3g}") for name, wait, low, high in platforms()],
        ),
        "\nThe last column is the life above .8 over the time for one pair. Below 1 a second pair comes too late, on average, to be used\n"
        f"with the first: {', '.join(name for name, wait, _, high in platforms() if high < wait)}.\n",
        "6. Cutoffs. Two links try every millisecond, each with p = .05; the pair that is there first waits, T1 = 1 s, T2 = .1 s, and is\n"
        "discarded after k attempts without a partner. Both are swapped as soon as both are there.\n",
        numbers_table(
            ("k [attempts]", "mean wait [ms]", "deliveries [1/s]", "mean fidelity"),
            [(when(k), f"{1e3 * wait:.2f}", f"{1 / wait:.2f}", f"{F:.4f}") for k, wait, F in ((k, *delivered(k)) for k in CUTOFFS)],
        ),
        "\nThe best cutoff is the longest that still gives the wanted mean fidelity:\n",
        numbers_table(
            ("wanted", "cutoff [ms]", "mean fidelity", "deliveries [1/s]"),
            [
                (f"{least:g}", when(1e3 * best.cutoff), f"{best.fidelity:.4f}", f"{best.rate:.2f}")
                for least, best in ((least, best_cutoff(LINKS, STORED, STORED, least)) for least in WANTED)
            ],
        ),
    ]
    return "\n".join(parts)


def when(time: float) -> str:
    """Return a time, or "never"."""
    return "never" if math.isinf(time) else str(time) if isinstance(time, int) else f"{time:.4g}"


def turned() -> list[tuple[float, np.ndarray]]:
    """Return angles, as multiples of π, and Φ+ turned by them, aged by .5 at T1 = T2 = 1 s."""
    memory, states = MEMORIES["T1 = T2"][0], []
    for turn in (0.0, 0.25, 0.5, 0.75, 1.0):
        half = math.pi * turn / 2
        ket = (
            np.kron([[math.cos(half), -1j * math.sin(half)], [-1j * math.sin(half), math.cos(half)]], np.eye(2))
            @ [1, 0, 0, 1]
            / math.sqrt(2)
        )
        states.append((turn, aged(np.outer(ket, ket.conj()), memory, memory, 0.5)))
    return states


def threshold_pair() -> BellPair:
    """Return the pair of the table of thresholds."""
    return BellPair("phi+", MEMORIES["T1 = T2"][0], MEMORIES["T1 = T2"][0], START)


def ratio() -> float:
    """Return λ at F_min = .9 over λ at .5."""
    low, high = implied_loss_rate(threshold_pair(), (0.5, 0.9))
    return float(high / low)


def delivered(patience: float) -> tuple[float, float]:
    """Return the mean waiting time, in s, and the mean fidelity after swapping, at a cutoff of so many attempts."""
    links = TwoLinks(LINKS.first, LINKS.second, LINKS.attempt, patience * float(LINKS.attempt))
    return float(mean_waiting(links)), float(delivered_fidelity(links, STORED, STORED))


def draw_decay(figure) -> None:
    """Draw fidelity and concurrence of Φ+ and Ψ+."""
    ages = np.linspace(0, 4, 401)
    left, middle, right = figure.subplots(1, 3)
    for axes, bell in ((left, "phi+"), (middle, "psi+")):
        for name, pair in decaying()[bell].items():
            _, colour, dashes = MEMORIES[name]
            axes.plot(ages, fidelity(pair, ages), color=COLOURS[colour], linestyle=dashes)
        axes.set(xlim=(0, 4), ylim=(0, 1.02), ylabel="fidelity with the start", title="a   Φ⁺" if bell == "phi+" else "b   Ψ⁺")
    left.plot(ages, by_the_paper(decaying()["phi+"]["T1 = T2"], ages), color=COLOURS["grey"], linewidth=0.9)
    for x, y, words, colour in (
        (1.75, 0.395, "$T_1 = T_2$", "blue"), (1.0, 0.72, "$T_1 = \\infty$", "green"), (1.0, 0.64, "$T_2 = 2T_1$", "orange"),
        (2.55, 0.205, "depolarising", "purple"), (0.12, 0.1, "$F(1-\\gamma)$", "grey"),
    ):  # fmt: skip
        label(left, x, y, words, COLOURS[colour])
    for x, y, words, colour in (
        (0.15, 0.1, "$T_1 = T_2$", "blue"), (1.0, 0.64, "$T_1 = \\infty$", "green"), (1.9, 0.2, "$T_2 = 2T_1$", "orange"),
        (2.55, 0.29, "depolarising", "purple"),
    ):  # fmt: skip
        label(middle, x, y, words, COLOURS[colour])
    for name, pair in decaying()["phi+"].items():
        _, colour, dashes = MEMORIES[name]
        values, death = concurrence(pair, ages), float(sudden_death_time(pair))
        right.plot(ages[values > 0], values[values > 0], color=COLOURS[colour], linestyle=dashes)
        if math.isfinite(death):
            right.plot([death], [0], "o", color=COLOURS[colour], markersize=4.5, clip_on=False, zorder=5)
    right.set(xlim=(0, 2), ylim=(0, 1.02), ylabel="concurrence", title="c   Φ⁺: sudden death")
    label(right, 0.62, 0.5, "$T_1 = \\infty$", COLOURS["green"])
    label(right, 0.62, 0.42, "$T_2 = 2T_1$", COLOURS["orange"])
    for name, words, y in (("depolarising", "depolarising: ", 0.86), ("T1 = T2", "$T_1 = T_2$: ", 0.72)):
        colour, death = COLOURS[MEMORIES[name][1]], float(sudden_death_time(decaying()["phi+"][name]))
        age = float(ages[np.argmin(abs(concurrence(decaying()["phi+"][name], ages) - (y - 0.08)))])
        right.plot([age, 0.6], [y - 0.08, y], color=colour, linewidth=0.6)
        label(right, 0.62, y, f"{words}separable\nfrom {death:.2f} on", colour)
    for axes in (left, middle, right):
        axes.set_xlabel("age [$T_1$; $T_2$ where $T_1 = \\infty$]")
        axes.grid(axis="y")


def draw_threshold(figure) -> None:
    """Draw the usable lifetime, and the λ that it implies, over the threshold."""
    axes = figure.subplots()
    least = np.linspace(0.5, 0.949, 400)
    rates = implied_loss_rate(threshold_pair(), least)
    axes.semilogy(least, rates, color=COLOURS["blue"])
    low, high = (float(rate) for rate in implied_loss_rate(threshold_pair(), (0.5, 0.9)))
    axes.plot([0.5, 0.9], [low, high], "o", color=COLOURS["blue"], markersize=4, clip_on=False, zorder=5)
    axes.axvline(START, color=COLOURS["grey"], linewidth=0.8, linestyle=(0, (2, 2)))
    label(axes, START + 0.015, 4.0, "$F_0$ = .95", COLOURS["grey"], turn=90, ha="center")
    axes.annotate(
        "",
        (0.9, high),
        (0.9, low),
        arrowprops={"arrowstyle": "<->", "color": COLOURS["grey"], "linewidth": 0.8, "shrinkA": 0, "shrinkB": 3},
    )
    axes.hlines(low, 0.5, 0.9, color=COLOURS["grey"], linewidth=0.6, linestyle=(0, (2, 2)))
    label(axes, 0.893, math.sqrt(low * high) * 0.62, f"× {ratio():.1f}", COLOURS["grey"], ha="right")
    label(axes, 0.505, low * 1.9, f"{low:.2f}/s", COLOURS["blue"])
    label(axes, 0.888, high * 1.12, f"{high:.1f}/s", COLOURS["blue"], ha="right")
    axes.set(xlim=(0.5, 0.975), ylim=(1, 1000), xlabel="least usable fidelity $F_{\\min}$", ylabel="$\\lambda = 1/\\tau^*$ [1/s]")
    axes.grid(axis="y")


def draw_platforms(figure) -> None:
    """Draw, platform by platform, the time for one pair against the lives of a pair."""
    axes, rows = figure.subplots(), platforms()
    for place, (_, wait, low, high) in enumerate(rows):
        axes.plot([high, low], [place, place], color=COLOURS["blue"], linewidth=3.5, alpha=0.35, solid_capstyle="butt")
        axes.plot([wait], [place], "D", color=COLOURS["orange"], markersize=5)
        axes.plot([high], [place], "o", color=COLOURS["blue"], markersize=5)
        axes.plot([low], [place], "o", markerfacecolor="white", markeredgecolor=COLOURS["blue"], markersize=5)
    top = len(rows) - 1
    _, wait, low, high = rows[top]
    label(axes, wait, top + 0.38, "making one pair", COLOURS["orange"], ha="center")
    label(axes, high * 0.9, top + 0.38, "life above .8", COLOURS["blue"], ha="right")
    label(axes, low * 0.75, top + 0.38, "above .5", COLOURS["blue"])
    axes.set(xscale="log", xlim=(3e-6, 1.5e5), ylim=(-0.5, top + 0.7), xlabel="time [s]", yticks=range(len(rows)))
    axes.set_yticklabels([name for name, *_ in rows])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xticks([10.0**k for k in range(-5, 6)])
    axes.minorticks_off()
    axes.grid(axis="x")


def draw_cutoffs(figure) -> None:
    """Draw the rate over the fidelity that a cutoff buys."""
    axes = figure.subplots()
    points = [delivered(k) for k in [*range(201), math.inf]]
    axes.plot([F for _, F in points], [1 / wait for wait, _ in points], color=COLOURS["blue"])
    for k, dx, dy in ((0, -6, 2), (1, -6, -1), (2, -6, -2), (5, -6, -4), (10, -6, -6), (20, -4, -8), (50, 2, -9), (math.inf, -2, 8)):
        wait, F = delivered(k)
        axes.plot([F], [1 / wait], "o", color=COLOURS["blue"], markersize=3.5, clip_on=False)
        words = "no cutoff" if math.isinf(k) else f"$k$ = {k}" if k in (0, 1) else str(k)
        axes.annotate(
            words, (F, 1 / wait), (dx, dy), textcoords="offset points", ha="left" if math.isinf(k) or k == 50 else "right", va="center"
        )
    axes.set(
        xlim=(0.745, 0.92), ylim=(0, 37), xlabel="mean fidelity after swapping", ylabel="deliveries [1/s]", xticks=(0.75, 0.8, 0.85, 0.9)
    )
    axes.grid(axis="y")


def figures() -> dict[str, dict[str, bytes]]:
    """Return every figure as SVG and PNG."""
    return {
        "decay": drawn(draw_decay, height=66),
        "threshold": drawn(draw_threshold, width=86, height=62),
        "platforms": drawn(draw_platforms, width=120, height=58),
        "cutoffs": drawn(draw_cutoffs, width=86, height=62),
    }


if __name__ == "__main__":
    run_page("bell_pair_decay", text, figures, __doc__)
