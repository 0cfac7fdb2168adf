"""Section III.B.1, proposition 1: which weights are optimal, in what sense, and for which gradients."""

from __future__ import annotations

from fractions import Fraction

from ceas_formal.claims.evidence import derived_now, weakened_in
from ceas_formal.claims.ledger import Verdict, claim
from ceas_formal.claims.solving import conclude
from ceas_formal.derive.aggregation.weight_errors import minimal_error_weights, squared_error
from ceas_formal.spec.stamps import inflation_bound, variance_inflation

UNCORRELATED = "the noise of different nodes is uncorrelated and the gradients are unbiased, assumptions (i) to (iii) of proposition 1"


@claim("AGG-2", "prop. 1", "scalar w ∝ Σ⁻¹ minimises the covariance", expected="refuted")
def no_scalar_weight_minimises_a_covariance() -> Verdict:
    """A scalar cannot be proportional to a matrix, and under no reading does a scalar weight minimise the covariance.

    For the covariances diag(1, 4) and diag(4, 1) of two nodes, the first entry of the aggregate's covariance is least at w = 4/5 alone,
    the second at w = 1/5 alone. So no weight is least in the Loewner order. Equal weights give 5/4 in both, matrix weights 4/5 (AGG-2R).

    In a direction where the nodes have variances u and v the best weight is v/(u+v): one weight serves all directions only if the
    covariances are proportional, which the proposition does not assume. What a scalar weight can minimise is the trace (AGG-3).
    """
    derived = derived_now("no-least-scalar-weights")
    entries = [[Fraction(w) ** 2 * a + (1 - Fraction(w)) ** 2 * b for a, b in ((1, 4), (4, 1))] for w in ("4/5", "1/5", "1/2")]
    checks = [
        derived["derived"],
        entries[0][0] == entries[1][1] == Fraction(4, 5),
        entries[0][1] == entries[1][0] == Fraction(13, 5),
        entries[2] == [Fraction(5, 4)] * 2,
    ]
    return Verdict(
        conclude("refuted", [], checks=checks),
        "SymPy; witness evaluated exactly",
        "all scalar weights with sum 1; witness with two nodes in two dimensions",
        {
            "witness": {"covariances": ["diag(1, 4)", "diag(4, 1)"], "covariance_at_w": _by_weight(entries)},
            "matrix_weights": ["4/5", "4/5"],
            "repaired": "AGG-2R, AGG-3",
            **derived,
            "recompute": "[min(range(11), key=lambda w: w**2 * a + (10 - w)**2 * b) for a, b in ((1, 4), (4, 1))] == [8, 2]",
        },
        (UNCORRELATED,),
    )


def _by_weight(entries: list[list[Fraction]]) -> dict[str, list[str]]:
    return {weight: [str(entry) for entry in row] for weight, row in zip(("4/5", "1/5", "1/2"), entries, strict=True)}


@claim(
    "AGG-2R", "prop. 1", "matrix weights (ΣΣⱼ⁻¹)⁻¹Σₖ⁻¹ are Loewner-least among unbiased linear combinations, any K", expected="proved"
)
def matrix_weights_are_least() -> Verdict:
    """With W_k = P·Σ_k⁻¹ and P = (Σ Σ_j⁻¹)⁻¹ the covariance is P, and that of any other weights with sum 1 exceeds P by a sum of squares.

    Cov - P = Σ (W_k - P·Σ_k⁻¹)·Σ_k·(W_k - P·Σ_k⁻¹)ᵀ, derived for any number of nodes and any dimension. So these weights are least in every
    direction at once. They need the whole matrices: d(d+1)/2 numbers from each node, where CEAS sends a few bits.

    Both hypotheses are needed: with correlated noise other weights do better, and weights that do not sum to 1 estimate something else.
    """
    derived = derived_now("matrix-weights")
    return Verdict(
        conclude("proved", [], checks=[derived["derived"]]),
        "SymPy, non-commuting symbols",
        "every number of nodes and dimension, all positive definite covariances",
        {
            **derived,
            "tightness": weakened_in(derived),
            "recompute": "Fraction(16, 25) * 1 + Fraction(1, 25) * 4 == Fraction(4, 5) < Fraction(5, 4)",
        },
        (UNCORRELATED,),
    )


@claim("AGG-3", "prop. 1", "w ∝ 1/tr Σ minimises the trace, any K", expected="proved")
def inverse_traces_minimise_the_trace() -> Verdict:
    """Σ w_k²·s_k - 1/S = Σ s_k·(w_k - 1/(S·s_k))², with s_k = tr Σ_k and S = Σ 1/s_k: so 1/S is least, and reached at w_k = 1/(S·s_k)
    alone.

    Derived for any number of nodes. The trace of the covariance is the mean squared length of the error of the aggregate. For s = (1, 4)
    the weights are (4/5, 1/5) and the trace 4/5, against 5/4 at equal weights.

    Both hypotheses are needed: for fully correlated noise the weights (2, -1) do better, and w = 0 has no variance at all.
    """
    derived = derived_now("trace-optimal-weights")
    checks = [derived["derived"], variance_inflation([1, 4], [4, 1]) == 1, variance_inflation([1, 4], [1, 1]) == Fraction(25, 16)]
    return Verdict(
        conclude("proved", [], checks=checks),
        "SymPy, sums with a symbolic number of terms",
        "every number of nodes, all traces above 0, all real weights with sum 1",
        {
            **derived,
            "tightness": weakened_in(derived),
            "recompute": "min((w**2 + 4 * (10 - w)**2, w) for w in range(-50, 51)) == (80, 8)",
        },
        (UNCORRELATED,),
    )


@claim("AGG-4", "prop. 1", "that choice approximates the minimum-variance unbiased estimator", expected="refuted")
def scalar_weights_can_lose_any_factor() -> Verdict:
    """For diag(1, L) and diag(L, 1) the best scalar weights have (1+L)²/(4L) times the trace of the matrix weights: more than any constant.

    At L = 4 it is 25/16, at L = 100 it is 25.5. Each node is good in one direction, and a scalar cannot say which. And the best linear
    estimator has the least variance of all unbiased ones only for special noise, such as Gaussian.

    Repaired (AGG-4R): with m and M the least and the greatest eigenvalue of all Σ_k/tr Σ_k, the factor is at most (m+M)²/(4mM), and this
    example reaches it.
    """
    derived = derived_now("efficiency-of-scalar-weights")
    ratios = {str(L): Fraction((1 + L) ** 2, 4 * L) for L in (4, 100, 10_000)}
    checks = [derived["derived"], ratios["4"] == Fraction(25, 16), all(inflation_bound(1, int(L)) == ratio for L, ratio in ratios.items())]
    return Verdict(
        conclude("refuted", [], checks=checks),
        "SymPy; witness evaluated exactly",
        "witness with two nodes in two dimensions, for every L > 0",
        {
            "witness": {"covariances": ["diag(1, L)", "diag(L, 1)"], "ratio_of_traces": {L: str(ratio) for L, ratio in ratios.items()}},
            "repaired": "AGG-4R",
            **derived,
            "recompute": "Fraction(1 + 100, 2) / (2 / (1 + Fraction(1, 100))) == Fraction(101**2, 400) > 25",
        },
        (UNCORRELATED,),
    )


@claim(
    "AGG-4R",
    "prop. 1",
    "with all eigenvalues of Σₖ/tr Σₖ in [m, M], w ∝ 1/tr Σ is within (m+M)²/(4mM) of the best matrix weights",
    expected="proved",
)
def scalar_weights_are_within_kantorovich() -> Verdict:
    """The covariance of the scalar weights is the arithmetic mean of the A_k = Σ_k/tr Σ_k, that of the matrix weights their harmonic mean
    H.

    Each A_k satisfies A_k ⪯ (m+M) - mM·A_k⁻¹, so the mean does with H⁻¹, and (m+M) - mM·H⁻¹ ⪯ (m+M)²/(4mM)·H by a square. Hence the bound,
    in the Loewner order, for any number of nodes and dimension. It is 1 exactly for covariances that are multiples of the identity.

    Sharp at diag(1, L), diag(L, 1). So a scalar stamp costs at most 25/16 if no gradient covariance stretches more than 4 to 1.
    """
    derived = derived_now("efficiency-of-scalar-weights")
    checks = [derived["derived"], inflation_bound(Fraction(1, 5), Fraction(4, 5)) == Fraction(25, 16)]
    return Verdict(
        conclude("proved", [], checks=checks),
        "SymPy, non-commuting symbols (operator Kantorovich inequality)",
        "every number of nodes and dimension, all 0 < m ≤ M",
        {
            **derived,
            "tightness": weakened_in(derived),
            "recompute": "(Fraction(1, 5) + Fraction(4, 5))**2 / (4 * Fraction(4, 25)) == Fraction(25, 16)",
        },
        (UNCORRELATED, "functions of one matrix commute, and products of commuting non-negative ones are non-negative (spectral theorem)"),
    )


@claim("AGG-5", "III.A.2", "with bias b_k the mean-square-optimal weights differ", expected="proved")
def bias_changes_the_best_weights() -> Verdict:
    """The error is wᵀGw with G = diag(tr Σ_k) + BᵀB, least at w = G⁻¹1/(1ᵀG⁻¹1), for any number of nodes; equation 2 allows the biases b_k.

    They agree with proposition 1 if there is no bias, and can be negative: for biases 1, 2, 3 and traces 1/10 they are (27, 7, -13)/21. A
    stamp in (0, 1] cannot say that. A node of low variance and high bias shows the loss: traces (1/10, 1, 1, 1) and bias 1 in each of 6
    dimensions on the first give 3.63 with the weights of proposition 1, .569 with equal ones, .316 at best.

    The biases must be known to use this, and then they could as well be subtracted: weights are no substitute for calibration.
    """
    derived = derived_now("biased-weights")
    negative = minimal_error_weights([Fraction(1, 10)] * 3, [[1], [2], [3]])
    traces, biases = [Fraction(1, 10), *[Fraction(1)] * 3], [[1] * 6, [0] * 6, [0] * 6, [0] * 6]
    proposition = [Fraction(10, 13), *[Fraction(1, 13)] * 3]
    errors = [squared_error(w, traces, biases) for w in (proposition, [Fraction(1, 4)] * 4, minimal_error_weights(traces, biases))]
    unbiased = minimal_error_weights([1, 4], [[0], [0]])
    checks = [
        derived["derived"],
        negative == (Fraction(27, 21), Fraction(7, 21), Fraction(-13, 21)),
        errors[0] > errors[1] > errors[2],
        unbiased == (Fraction(4, 5), Fraction(1, 5)),
    ]
    return Verdict(
        conclude("proved", [], checks=checks),
        "SymPy, non-commuting symbols; examples evaluated exactly",
        "every number of nodes and dimension, all biases, all traces above 0",
        {
            "example": {"biases": [1, 2, 3], "trace": "1/10", "weights": [str(w) for w in negative]},
            "low_variance_and_high_bias": dict(zip(("proposition_1", "equal", "best"), map(str, errors), strict=True)),
            **derived,
            "tightness": [*weakened_in(derived), {"weakened": "no bias: proposition 1 again", "weights": [str(w) for w in unbiased]}],
            "recompute": "27 + 7 - 13 == 21 and 27 + 2 * 7 - 3 * 13 == 2 and 27 + 10 * 2 * 1 == 7 + 10 * 2 * 2 == -13 + 10 * 2 * 3",
        },
        ("the noise of different nodes is uncorrelated",),
    )
