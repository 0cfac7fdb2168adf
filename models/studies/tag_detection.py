"""What authentication tags detect, what they cost, and what noise does to them (paper II.D, III.D.1, IV).

Tags are Clifford codes: n payload and t trap qubits under a secret random Clifford operation. Weak tampering passes and does next to
nothing; the bound is on passing *and* changing the payload. Noise rejects honest payloads, and every copy is paid for in Bell pairs.
Prints the page and draws three figures.
"""

import math
from fractions import Fraction
from functools import cache

import numpy as np

from ceas_formal.physics.attacks import rotation
from ceas_formal.physics.budget import CADENCE, PAIRS_PER_ROUND, demand, effect, most_verifiers
from ceas_formal.physics.random_clifford import mean_two_qubit_gates
from ceas_formal.physics.tags import clifford_soundness, error_free, honest_acceptance, usable_gate_error
from ceas_formal.report.figures import COLOURS, drawn, label, run_page
from ceas_formal.report.tables import numbers_table

PAYLOAD = 4
TRAPS = (1, 2, 4, 8, 16, 40)
ANGLES = (0.01, 0.1, 0.3, 1.0, 2.0, 3.0)
NOISE = tuple(Fraction(1, k) for k in (10_000, 1000, 100, 20, 10, 5))
GATE_ERRORS = tuple(Fraction(1, k) for k in (100_000, 10_000, 1000, 100))
CODES = ((1, 0), (1, 4), (1, 8), (4, 8), (4, 16), (4, 40))
NODES, VERIFIERS = 50, 49
LENGTHS = ((4, "sky"), (8, "green"), (16, "blue"), (40, "purple"))
SAMPLES = 10


@cache
def gates(traps: int) -> int:
    """Return the two-qubit gates of an encoder, the rounded mean over sampled keys."""
    return round(mean_two_qubit_gates(PAYLOAD + traps, SAMPLES)[0])


def passing(traps: int, noise: float) -> float:
    """Return the honest acceptance at a noise rate of seven digits."""
    return float(honest_acceptance(PAYLOAD, traps, Fraction(noise).limit_denominator(10**7)))


def working(traps: int, error: float) -> float:
    """Return the chance that encoder and decoder are error-free at a gate error of seven digits."""
    return float(error_free(PAYLOAD + traps, 0, gate_errors=Fraction(error).limit_denominator(10**7), gates=gates(traps)))


def text() -> str:
    """Return the page, every number computed."""
    bound = {traps: float(clifford_soundness(PAYLOAD, traps)) for traps in TRAPS}
    parts = [
        "What authentication tags detect\n",
        f"1. Detection. One of {PAYLOAD} + t qubits is turned by an angle θ about z on its way. P(detected), over the secret key:\n",
        numbers_table(
            ("θ [rad]", *(f"t = {traps}" for traps in TRAPS)),
            [(f"{angle:g}", *(f"{1 - rotation(angle, PAYLOAD, traps).accepted:.6f}" for traps in TRAPS)) for angle in ANGLES],
        ),
        "\nDetection is sin²(θ/2) of an attack that is caught for certain, up to 2^-t: a longer tag makes no weak tampering visible.\n",
        "2. What the tag does bound. P(passes and the payload is changed), and the bound over all attacks on the channel:\n",
        numbers_table(
            ("θ [rad]", *(f"t = {traps}" for traps in TRAPS)),
            [
                *((f"{angle:g}", *(f"{rotation(angle, PAYLOAD, traps).harmed:.1e}" for traps in TRAPS)) for angle in ANGLES),
                ("any attack", *(f"{value:.1e}" for value in bound.values())),
                ("2^-t", *(f"{2.0**-traps:.1e}" for traps in TRAPS)),
            ],
        ),
        f"\n3. Honest payloads of {PAYLOAD} qubits that pass, with a Pauli error on each transmitted qubit at this rate:\n",
        numbers_table(
            ("noise", *(f"t = {traps}" for traps in TRAPS)),
            [(f"{float(p):g}", *(f"{float(honest_acceptance(PAYLOAD, traps, p)):.4f}" for traps in TRAPS)) for p in NOISE],
        ),
        "\n4. Gate errors. The chance that encoder and decoder are error-free, with this error at each two-qubit gate, and the gate error\n"
        f"at which it is .9. Gates are the mean of {SAMPLES} sampled keys.\n",
        numbers_table(
            ("t", "gates", *(f"{float(g):g}" for g in GATE_ERRORS), "usable below"),
            [
                (
                    str(traps),
                    str(gates(traps)),
                    *(f"{float(error_free(PAYLOAD + traps, 0, gate_errors=g, gates=gates(traps))):.4f}" for g in GATE_ERRORS),
                    f"{usable_gate_error(gates(traps), 0.9):.1e}",
                )
                for traps in TRAPS
            ],
        ),
        f"\n5. Bell pairs. At a checkpoint every {CADENCE} rounds each of {NODES} payloads goes to {VERIFIERS} verifiers, a copy\n"
        f"each, teleported. Section IV makes up to {PAIRS_PER_ROUND} pairs a round.\n",
        numbers_table(
            ("n + t", "pairs per checkpoint", "pairs per round", f"of {PAIRS_PER_ROUND}", "verifiers that these pay for"),
            [
                (f"{n} + {t}", str(needed.pairs), f"{needed.pairs / CADENCE:g}", f"{needed.pairs / needed.available:.1f} ×", str(most))
                for n, t, needed, most in ((n, t, demand(NODES, VERIFIERS, n, t), most_verifiers(NODES, n, t)) for n, t in CODES)
            ],
        ),
        "\n6. The protocol. N = 50, f = 15, a = 1: the chance that more than a honest nodes are fooled by one tampered payload, over all\n"
        "attacks on the channels; how many of 35 honest nodes reject a good one at .1% noise, and the chance that it is lost by that.\n",
        numbers_table(
            ("n + t", "fooled", "rejections", "lost"),
            [
                (f"{PAYLOAD} + {t}", f"{float(found.fooled):.1e}", f"{float(found.rejections):.2f}", f"{float(found.lost):.1e}")
                for t, found in ((t, effect(Fraction(1, 1000), PAYLOAD, t, 50, 15, 1)) for t in TRAPS)
            ],
        ),
    ]
    return "\n".join(parts)


def draw_detection(figure) -> None:
    """Draw detection over the angle, and passing with a change of the payload beside it."""
    left, right = figure.subplots(1, 2)
    angles = np.linspace(0, math.pi, 181)
    for traps, colour in ((1, "orange"), (2, "green"), (16, "blue")):
        left.plot(angles, [1 - rotation(angle, PAYLOAD, traps).accepted for angle in angles], color=COLOURS[colour])
    everything = [1 - rotation(angle, PAYLOAD, 16, PAYLOAD + 16).accepted for angle in angles]
    left.plot(angles, everything, color=COLOURS["grey"], linestyle=(0, (4, 1.5)))
    for x, y, words, colour, side in (
        (3.1, 0.455, "$t$ = 1", "orange", "right"), (3.1, 0.7, "$t$ = 2", "green", "right"), (2.16, 0.87, "$t$ = 16", "blue", "right"),
        (0.75, 0.86, "$t$ = 16, all\n20 qubits turned", "grey", "left"),
    ):  # fmt: skip
        label(left, x, y, words, COLOURS[colour], ha=side)
    left.set(xlim=(0, math.pi), ylim=(0, 1.02), xlabel="angle of the rotation [rad]", ylabel="P(detected)", title="a   Detection")
    small = np.geomspace(1e-3, math.pi, 121)
    for traps, colour in LENGTHS:
        right.loglog(small, [rotation(angle, PAYLOAD, traps).harmed for angle in small], color=COLOURS[colour])
        bound = float(clifford_soundness(PAYLOAD, traps))
        right.axhline(bound, color=COLOURS[colour], linewidth=0.7, linestyle=(0, (2, 2)))
        label(right, 1.2e-3, bound / 3.2, f"$t$ = {traps}", COLOURS[colour])
    label(right, 1.2e-3, 0.45, "dashed: bound over all attacks", COLOURS["grey"])
    right.set(xlim=(1e-3, math.pi), ylim=(1e-19, 10), xlabel="angle of the rotation [rad]", title="b   What passes and does harm")
    right.set_ylabel("P(passes and changes the payload)")
    right.set_yticks([10.0**-k for k in range(0, 20, 3)])
    for axes in (left, right):
        axes.minorticks_off()
        axes.grid(axis="y")


def draw_acceptance(figure) -> None:
    """Draw honest acceptance over noise and over gate errors."""
    left, right = figure.subplots(1, 2, sharey=True)
    noise = np.geomspace(1e-4, 0.3, 61)
    errors = np.geomspace(1e-6, 0.03, 61)
    for traps, colour in LENGTHS:
        accepted = [passing(traps, p) for p in noise]
        left.semilogx(noise, accepted, color=COLOURS[colour])
        clean = [working(traps, g) for g in errors]
        right.semilogx(errors, clean, color=COLOURS[colour])
    for axes, grid, curve in ((left, noise, passing), (right, errors, working)):
        for traps, colour in LENGTHS:
            middle = float(grid[np.argmin([abs(curve(traps, at) - 0.5) for at in grid])])
            white = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
            label(axes, middle, curve(traps, middle), str(traps), COLOURS[colour], ha="center", bbox=white)
    label(left, 0.0125, 0.5, "traps $t$ =", COLOURS["grey"], ha="right")
    for place, (traps, colour) in enumerate(LENGTHS):
        label(right, 1.3e-6, 0.5 - 0.09 * place, f"$t$ = {traps}: {gates(traps)} gates", COLOURS[colour])
    left.set(xlim=(1e-4, 0.3), ylim=(0, 1.02), xlabel="Pauli errors per transmitted qubit", ylabel="P(honest payload passes)")
    left.set_title("a   Noise on the channel")
    right.set(xlim=(1e-6, 0.03), xlabel="error of a two-qubit gate", title="b   Errors in encoder and decoder")
    right.set_ylabel("P(encoder and decoder error-free)")
    right.tick_params(labelleft=True)
    for axes, at in ((left, 0.2), (right, 0.01)):
        axes.axvline(at, color=COLOURS["grey"], linewidth=0.7, linestyle=(0, (2, 2)))
        axes.grid(axis="y")
    label(left, 0.187, 0.93, "20%: section IV,\nregime 2", COLOURS["grey"], ha="right")
    label(right, 0.0093, 0.93, "1%", COLOURS["grey"], ha="right")


def draw_budget(figure) -> None:
    """Draw the pairs per round that tags need, against those that there are."""
    axes = figure.subplots()
    for place, (n, t) in enumerate(reversed(CODES)):
        needed = demand(NODES, VERIFIERS, n, t)
        each = needed.pairs / CADENCE
        axes.plot([PAIRS_PER_ROUND, each], [place, place], color=COLOURS["blue"], linewidth=1.0)
        axes.plot([each], [place], "o", color=COLOURS["blue"], markersize=5)
        label(axes, each * 1.14, place, f"{each:,.1f}".removesuffix(".0") + f"  ({needed.pairs / needed.available:.1f} ×)", COLOURS["blue"])
    axes.axvline(PAIRS_PER_ROUND, color=COLOURS["orange"], linewidth=1.2)
    label(axes, PAIRS_PER_ROUND * 0.93, len(CODES) - 0.4, f"{PAIRS_PER_ROUND} pairs a round", COLOURS["orange"], ha="right")
    axes.set(xscale="log", xlim=(50, 4e5), ylim=(-0.5, len(CODES)), xlabel="Bell pairs per round, for 50 payloads and 49 verifiers")
    axes.set_yticks(range(len(CODES)))
    axes.set_yticklabels([f"{n} + {t} traps" if t else f"{n}, no tag" for n, t in reversed(CODES)])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.minorticks_off()
    axes.grid(axis="x")


def figures() -> dict[str, dict[str, bytes]]:
    """Return every figure as SVG and PNG."""
    return {
        "detection": drawn(draw_detection, height=72),
        "acceptance": drawn(draw_acceptance, height=68),
        "budget": drawn(draw_budget, width=120, height=58),
    }


if __name__ == "__main__":
    run_page("tag_detection", text, figures, __doc__)
