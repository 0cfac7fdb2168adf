"""Definition 1 and section III.B: that a stamp exists, that more Fisher information is no better weight, and what a few bits cost."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import Lemma, Witness, conclude, find, prove
from ceas_formal.spec.stamps import Scale, certified_level, fidelity_stamp, inflation_bound, linear_level, variance_inflation
from ceas_formal.spec.weights import aggregation_weights

ANGLE, ANCILLAS, DEPOLARISED = 0.7, 3, 0.5
"""Of the example of STP-2: the angle [rad], the qubits that nobody measures, and the strength of the noise on the one that is."""
BITS, STEP, RANGE = 4, Fraction(34, 25), 100
"""Of the example of STP-3: ρ = 1.36 is just large enough for 2⁴ levels to span R = 100."""


@claim(
    "STP-1", "def. 1", "a stamp φ(F, D) exists with range (0,1], strictly increasing in F, strictly decreasing in D", expected="proved"
)
def a_stamp_exists() -> Verdict:
    """φ = (ε+F)/((ε+F_max)(1+κD)) is one, for all ε > 0, κ > 0, F in [0, F_max] and D in [0, 1].

    It is 1 exactly at F = F_max and D = 0, and never below ε/((ε+F_max)(1+κ)): a floor that also bounds how little a bad node can weigh.
    F is a scalar of the Fisher matrix (trace, least eigenvalue, harmonic mean) and F_max that of the ideal circuit family, which is public.

    Definition 1 asks for no more than this, and that is not much: whether such a stamp is a good weight is STP-2.
    """
    import z3

    f, g, most, d, e, floor, scale = z3.Reals("F F' Fmax D D' epsilon kappa")

    def stamp(information: Any, distance: Any) -> Any:
        return (floor + information) / ((floor + most) * (1 + scale * distance))

    family = [floor > 0, scale > 0, most > 0]
    node = [*family, f >= 0, f <= most, d >= 0, d <= 1]
    lemmas = [
        prove("range: 0 < φ ≤ 1", node, z3.And(stamp(f, d) > 0, stamp(f, d) <= 1), "QF_NRA"),
        prove("range: φ ≥ ε/((ε+Fmax)(1+κ))", node, stamp(f, d) >= floor / ((floor + most) * (1 + scale)), "QF_NRA"),
        prove("φ = 1 iff F = Fmax and D = 0", node, (stamp(f, d) == 1) == z3.And(f == most, d == 0), "QF_NRA"),
        prove("strictly increasing in F", [*node, g > f, g <= most], stamp(g, d) > stamp(f, d), "QF_NRA"),
        prove("strictly decreasing in D", [*node, e > d, e <= 1], stamp(f, e) < stamp(f, d), "QF_NRA"),
    ]

    def at(values: dict[str, Fraction], information: str, distance: str) -> Fraction:
        top = (values["epsilon"] + values["Fmax"]) * (1 + values["kappa"] * values[distance])
        return (values["epsilon"] + values[information]) / top

    weak = [most > 0, f >= 0, d >= 0, d <= 1]
    weakened = [
        find("F above Fmax", [*family, f > most, d == 0], lambda v: at(v, "F", "D") > 1, "QF_NRA"),
        find("ε = 0", [*weak, floor == 0, scale > 0, f == 0], lambda v: at(v, "F", "D") == 0, "QF_NRA"),
        find("κ = 0", [*weak, floor > 0, scale == 0, f <= most, e > d, e <= 1], lambda v: at(v, "F", "D") == at(v, "F", "D'"), "QF_NRA"),
        find("D below 0", [*family, f == most, d < 0, scale * d > -1], lambda v: at(v, "F", "D") > 1, "QF_NRA"),
    ]  # fmt: skip
    example = {"F": "3", "F_max": "4", "D": "1/10", "epsilon": "1", "kappa": "10", "phi": "2/5"}
    checks = [
        fidelity_stamp(3, 4, Fraction(1, 10), floor=1, penalty=10) == Fraction(2, 5),
        fidelity_stamp(4, 4, 0, floor=1, penalty=10) == 1,
        fidelity_stamp(0, 4, 1, floor=1, penalty=10) == Fraction(1, 55),
    ]
    return Verdict(
        conclude("proved", lemmas, weakened, checks),
        "Z3, real arithmetic; examples evaluated exactly",
        "all ε, κ, F_max > 0, F in [0, F_max], D in [0, 1]",
        {
            "formula": "(epsilon + F)/((epsilon + F_max)(1 + kappa D))",
            "example": example,
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "stamps.fidelity_stamp(3, 4, Fraction(1, 10), floor=1, penalty=10) == Fraction(2, 5) and "
            "stamps.fidelity_stamp(4, 4, 0, floor=1, penalty=10) == 1",
        },
        ("F is a scalar of the Fisher matrix, F_max its value for the ideal circuit family, D is ½ of a diamond norm",),
    )  # fmt: skip


@claim("STP-2", "III.B", "a monotone map of the QFI gives near-optimal weights", expected="refuted")
def more_fisher_information_is_no_better_weight() -> Verdict:
    """Both nodes have the loss ⟨Z₀⟩ = cos θ and the mean gradient -sin θ; one has more Fisher information and the worse gradient.

    Ancillas that turn by θ too, but are never measured, raise F from 1 to 1+m and change no outcome: F is about the state, the gradient
    about one observable. With three of them, and the measured qubit depolarised by p = .5 and debiased by 1/(1-p), F is 3.25 and the
    variance of a shift-rule pair 1.79, against 1.00 and .29 (θ = .7). Every strictly increasing φ then gives the worse node more than
    half of the weight, so it does worse than no weighting; and no factor bounds the loss, since p may approach 1 while F stays above m.
    This is about maps of F alone. A φ(F, D) as in definition 1 may punish the depolarised node, but not the one with noiseless ancillas:
    F = 4, D = 0 and the variance of the plain node, F = 1, D = 0, yet it gets the greater weight.

    F is a matrix besides: trace, least eigenvalue and harmonic mean may rank two nodes differently.
    Repaired: within one circuit family, debiased, 1/s = 2F/(1-F sin²θ), increasing in F; φ ∝ F costs at most (1+cos²θ)²/(4cos²θ).
    """
    from ceas_formal.physics.channels import depolarising
    from ceas_formal.physics.fisher import Circuit, Gate, scalar_information

    plain = Circuit(1, (Gate("Y", (0,), 0),))
    ancillas = tuple(Gate("Y", (1 + k,), 0, noisy=False) for k in range(ANCILLAS))
    idle = Circuit(1 + ANCILLAS, (Gate("Y", (0,), 0), *ancillas))
    noisy = Circuit(1 + ANCILLAS, (Gate("Y", (0,), 0), *ancillas), depolarising(DEPOLARISED))
    nodes = {"plain": (plain, 1.0), "with ancillas": (idle, 1.0), "with ancillas, depolarised": (noisy, 1 - DEPOLARISED)}
    table = {name: dict(zip(("F", "gradient", "variance"), _measured(*node), strict=True)) for name, node in nodes.items()}
    good, same, bad = table.values()
    weights = {name: float(w) for name, w in zip(("worse", "better"), aggregation_weights(_stamps(bad, good)), strict=True)}
    defined = [fidelity_stamp(information, 1 + ANCILLAS, 0, floor=1, penalty=10) for information in (1 + ANCILLAS, 1)]
    inflations = {
        "weights proportional to F": float(variance_inflation(_variances(bad, good), _stamps(bad, good))),
        "equal weights": float(variance_inflation(_variances(bad, good), [1, 1])),
        "definition 1 with epsilon = 1 and one F_max, ancillas against plain, both D = 0": float(
            variance_inflation(_variances(same, good), defined)
        ),
    }
    lemmas, tightness = _anti_optimal(), _needed_for_the_repair()
    ranks = {by: [scalar_information([[3.0, 0], [0, 0.1]], by), scalar_information([[1.0, 0], [0, 1.0]], by)]
             for by in ("trace", "least", "harmonic")}  # fmt: skip
    slope = -math.sin(ANGLE)
    checks = [
        all(abs(row["gradient"] - slope) < 1e-9 for row in table.values()),
        abs(good["F"] - 1) < 1e-9 and abs(same["F"] - 1 - ANCILLAS) < 1e-9 and abs(same["variance"] - good["variance"]) < 1e-9,
        abs(bad["F"] - ANCILLAS - (1 - DEPOLARISED) ** 2) < 1e-9,
        bad["F"] > good["F"] and bad["variance"] > 6 * good["variance"],
        inflations["weights proportional to F"] > inflations["equal weights"] > 1,
        defined[0] > defined[1] and variance_inflation([1, 1], defined) == Fraction(58, 49),
        ranks["trace"][0] > ranks["trace"][1] and all(ranks[by][0] < ranks[by][1] for by in ("least", "harmonic")),
    ]
    return Verdict(
        conclude("refuted", lemmas, tightness, checks),
        "Fisher information and variances from density matrices, within 1e-9; Z3 for all monotone maps",
        "maps of F alone, and definition 1's φ(F, D) at D = 0; witness at θ = .7, one shot per shifted circuit; lemmas for all variances "
        "and all weights",
        {
            "witness": {"theta": ANGLE, "nodes": _rounded(table), "weights": _rounded(weights), "inflation": _rounded(inflations)},
            "scalarisation": {"matrices": ["diag(3, 1/10)", "diag(1, 1)"], "values": _rounded(ranks)},
            "repaired": "one circuit family, debiased: 1/s = 2F/(1 - F sin²θ); inflation of φ ∝ F at most (1 + cos²θ)²/(4 cos²θ)",
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in tightness],
            "recompute": "abs(fisher.Circuit(4, (fisher.Gate('Y', (0,), 0), *[fisher.Gate('Y', (k,), 0, noisy=False) for k in (1, 2, 3)]), "
            "channels.depolarising(.5)).fisher_matrix([.7])[0, 0] - 3.25) < 1e-9 and "
            "abs((1 - .25*math.sin(.7)**2)/(2*.25) - 1.79) < .005 and abs((1 - math.sin(.7)**2)/2 - .29) < .005",
        },
        ("gradients by the shift rule on the measured qubit, debiased by the known visibility, with as many shots on both nodes",),
    )  # fmt: skip


@claim("STP-3", "III.B", "a few bits suffice", expected="proved")
def a_few_bits_suffice() -> Verdict:
    """If φ_k ∝ 1/tr Σ_k, weights off by factors in [m, M] inflate the variance by at most (m+M)²/(4mM), for any number of nodes.

    On a log scale with step ρ every stamp in [1/R, 1] is off by less than ρ, so the bound is (1+ρ)²/(4ρ). Four bits span R = 100 with
    ρ = 34/25: 1.0238. Two nodes reach (m+M)²/(4mM).

    A linear scale has no such bound: its least stamps become 0, an error of m = 0. Of log-uniform stamps over R = 100 four linear bits
    remove the share ln(10/3)/ln 100 = 26%, and a node with weight 0 is not in (0, 1] either.

    Levels are monotone facts "level at least ℓ" that others state. If more than f and at most N-f must, they lie between honest ones.
    """
    lemmas, weakened = [*_kantorovich(), *_certified()], _weakened_inflation()
    scale = Scale(STEP, 2**BITS)
    worst = _two_nodes(Fraction(1), STEP)
    # The level 1/30 is the least that four linear bits keep; (10/3)^4 > 100 and (10/3)^11 < 100^3 bracket the share that is lost.
    lost = math.log(Fraction(RANGE, 30)) / math.log(RANGE)
    geometric = [Fraction(10, 11) ** k for k in range(48)]
    observed = variance_inflation([1 / stamp for stamp in geometric], [scale.value(scale.level(stamp)) for stamp in geometric])
    checks = [
        scale.range >= RANGE,
        scale.inflation == Fraction(3481, 3400),
        worst == scale.inflation,
        1 < observed < scale.inflation,
        linear_level(Fraction(1, 30), BITS) == 1 and linear_level(Fraction(1, 30) - Fraction(1, 10**9), BITS) == 0,
        Fraction(10, 3) ** 4 > 100 and Fraction(10, 3) ** 11 < 100**3,
    ]
    return Verdict(
        conclude("proved", lemmas, weakened, checks),
        "Z3: Kantorovich's inequality, induction over the nodes; examples evaluated exactly",
        "all numbers of nodes, variances, errors in [m, M] with 0 < m ≤ M; stamps in [1/R, 1]",
        {
            "bound": "(m+M)^2/(4mM)",
            "four_bits": {
                "step": str(STEP), "range": float(scale.range), "inflation": str(scale.inflation), "as_float": float(scale.inflation),
                "observed_on_48_geometric_stamps": round(float(observed), 6),
            },
            "equal_weights": str(inflation_bound(1, RANGE)),
            "linear_four_bits": {"zero_below": "1/30", "share_of_log_uniform": round(lost, 4)},
            "lemmas": [lemma.report() for lemma in lemmas],
            "tightness": [found.report() for found in weakened],
            "recompute": "stamps.Scale(Fraction(34, 25), 16).inflation == Fraction(3481, 3400) and "
            "stamps.Scale(Fraction(34, 25), 16).range >= 100 and stamps.linear_level(Fraction(1, 31), 4) == 0",
        },
        ("exact stamps are proportional to 1/tr Σ_k, as proposition 1 has it", "unbiased nodes with uncorrelated noise (AGG-5 otherwise)"),
    )  # fmt: skip


def _measured(circuit: Any, visibility: float) -> tuple[float, float, float]:
    """Return F, and the mean and variance of the debiased shift-rule gradient of ⟨Z₀⟩ from one shot at θ + π/2 and one at θ - π/2."""
    import numpy as np

    def mean(angle: float) -> float:
        weights = np.real(np.diagonal(circuit.state([angle])))
        half = len(weights) // 2
        return float(weights[:half].sum() - weights[half:].sum())

    up, down = mean(ANGLE + math.pi / 2), mean(ANGLE - math.pi / 2)
    information = float(circuit.fisher_matrix([ANGLE])[0, 0])
    return information, (up - down) / (2 * visibility), ((1 - up**2) + (1 - down**2)) / (4 * visibility**2)


def _variances(*rows: dict[str, float]) -> list[Fraction]:
    return [Fraction(row["variance"]) for row in rows]


def _stamps(*rows: dict[str, float]) -> list[Fraction]:
    top = max(Fraction(row["F"]) for row in rows)
    return [Fraction(row["F"]) / top for row in rows]


def _rounded(table: Any) -> Any:
    if isinstance(table, dict):
        return {name: _rounded(value) for name, value in table.items()}
    return [round(value, 6) for value in table] if isinstance(table, list) else round(table, 6)


def _anti_optimal() -> list[Lemma]:
    """Prove what follows from F_A > F_B with s_A > s_B: w = w_A, and φ, ψ are the stamps of A and B."""
    import z3

    s, r, w, phi, psi, limit, f, g, sine = z3.Reals("sA sB w phi psi R F F' S")
    worse = [r > 0, s > r, phi > psi, psi > 0, w * (phi + psi) == phi]
    loss = s * w * w + r * (1 - w) * (1 - w)
    family = [f > 0, f <= 1, sine >= 0, sine < 1]
    return [
        prove("a larger stamp weighs more than half", worse, w > z3.Q(1, 2), "QF_NRA"),
        prove("above one half it does worse than equal weights", [r > 0, s > r, w > z3.Q(1, 2)], 4 * loss > s + r, "QF_NRA"),
        prove("no factor R bounds it: sA ≥ 4R·sB", [r > 0, limit >= 1, s >= 4 * limit * r, w > z3.Q(1, 2)],
              loss * (s + r) > limit * s * r, "QF_NRA"),
        prove("repaired: 1/s = 2F/(1-FS) rises with F", [*family, g > f, g <= 1], g * (1 - f * sine) > f * (1 - g * sine), "QF_NRA"),
        prove("repaired: the error F·s lies in [(1-S)/2, 1/2]", family,
              z3.And((1 - f * sine) >= 1 - sine, (1 - f * sine) <= 1), "QF_NRA"),
    ]  # fmt: skip


def _needed_for_the_repair() -> list[Witness]:
    """Leave the circuit family, or do not debias: the rank by F no longer is that by 1/s, or the loss is bounded by nothing."""
    import z3

    f, g, s, r, v, sine = z3.Reals("F F' s s' v S")

    def raw(at: dict[str, Fraction]) -> bool:
        # Without debiasing the mean gradient is v times the true one; the variance hardly tells.
        return (1 - at["v"] ** 2 * at["S"]) / 2 <= 2 * (1 - at["S"]) / 2 and (1 - at["v"]) ** 2 * at["S"] > (1 - at["S"]) / 2

    family = [v > 0, v < 1, sine > 0, sine < 1]
    debiased = [2 * v * v * s == 1 - v * v * sine, 2 * r == 1 - sine]
    biased = [(1 - v) * (1 - v) * sine > (1 - sine) / 2, 1 - v * v * sine <= 2 * (1 - sine)]
    return [
        find("another circuit family: ancillas", [*family, *debiased, f == 3 + v * v, g == 1],
             lambda at: at["F"] > at["F'"] and at["s"] > at["s'"], "QF_NRA"),
        find("no debiasing: the squared bias exceeds the variance of the noiseless node", [*family, *biased], raw, "QF_NRA"),
    ]  # fmt: skip


def _kantorovich() -> list[Lemma]:
    """Prove the bound. P, E and Q are Σp, Σpe and Σpe² over the nodes so far, with p ∝ 1/s_k summing to 1; V/V* = Q/E²."""
    import z3

    e, p, low, high, total, mean, square = z3.Reals("e p m M P E Q")
    errors = [low > 0, high >= low, e >= low, e <= high]
    so_far = square <= (low + high) * mean - low * high * total
    one_more = square + p * e * e <= (low + high) * (mean + p * e) - low * high * (total + p)
    done = [low > 0, high >= low, total == 1, so_far, mean >= low, square >= 0]
    return [
        prove("one node: e² ≤ (m+M)e - mM", errors, e * e <= (low + high) * e - low * high, "QF_NRA"),
        prove("sum: none", [low > 0, high >= low, total == 0, mean == 0, square == 0], so_far, "QF_NRA"),
        prove("sum: one node more", [*errors, e * e <= (low + high) * e - low * high, p > 0, so_far], one_more, "QF_NRA"),
        prove("Q/E² ≤ (m+M)²/(4mM)", done, 4 * low * high * square <= (low + high) * (low + high) * mean * mean, "QF_NRA"),
        prove("log scale: m = 1/ρ, M = 1 gives (1+ρ)²/(4ρ)", [low * high == 1, high >= 1, low > 0],
              (low + 1) * (low + 1) * 4 * high == (1 + high) * (1 + high) * 4 * low, "QF_NRA"),
    ]  # fmt: skip


def _certified() -> list[Lemma]:
    """Prove what a level certified by `needed` statements means; h honest nodes and l of the f liars state "level at least ℓ"."""
    import z3

    nodes, f, needed, h, lies = z3.Ints("N f needed h l")
    counts = [f >= 0, nodes >= 1, h >= 0, h <= nodes - f, lies >= 0, lies <= f]
    return [
        prove("levels: at most some honest measurement", [*counts, needed > f, h + lies >= needed], h >= 1, "QF_LIA"),
        prove("levels: at least the least honest measurement", [*counts, needed <= nodes - f, h == nodes - f], h >= needed, "QF_LIA"),
        prove("levels: needed = f+a+1 fits iff N > 2f+a", [f >= 0, nodes >= 1, h >= 0], (f + h + 1 <= nodes - f) == (nodes > 2 * f + h),
              "QF_LIA"),
    ]  # fmt: skip


def _weakened_inflation() -> list[Witness]:
    """A stamp rounded to 0, correlated noise, and a bound smaller than stated: each is broken by two nodes."""
    import z3

    s, r, c, low, high, limit = z3.Reals("s s' c m M R")
    f, needed, honest = z3.Ints("f needed honest")

    def correlated(at: dict[str, Fraction]) -> bool:
        # Weights ∝ 1/s without any error; the least variance is that of the inverse covariance matrix.
        w, determinant = at["s'"] / (at["s"] + at["s'"]), at["s"] * at["s'"] - at["c"] ** 2
        used = at["s"] * w**2 + at["s'"] * (1 - w) ** 2 + 2 * at["c"] * w * (1 - w)
        return determinant > 0 and used * (at["s"] + at["s'"] - 2 * at["c"]) > determinant

    return [
        find("a stamp rounded to 0: any factor R is exceeded", [s > 0, r > 0, limit == 1000, r > limit * s],
             lambda at: variance_inflation([at["s"], at["s'"]], [0, 1]) > at["R"], "QF_NRA"),
        find("correlated noise: exact stamps are not optimal", [s > 0, r > s, c > 0, c * c < s * r, c > s], correlated, "QF_NRA"),
        find("a smaller bound: reached at p = M/(m+M)", [low > 0, high > low],
             lambda at: _two_nodes(at["m"], at["M"]) == inflation_bound(at["m"], at["M"]) > 1, "QF_NRA"),
        find("levels: f statements suffice, so liars choose", [f >= 1, needed == f, honest == 2 * f + 1, f <= 5],
             lambda at: certified_level([0] * int(at["honest"]) + [9] * int(at["f"]), int(at["needed"])) == 9, "QF_LIA"),
    ]  # fmt: skip


def _two_nodes(low: Fraction, high: Fraction) -> Fraction:
    """Return the inflation when the node with the share M/(m+M) of the inverse variance is off by m, and the other by M."""
    return variance_inflation([1 / high, 1 / low], [low * high, high * low])
