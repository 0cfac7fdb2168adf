"""The statements that nobody has judged here yet, entered so that the ledger shows them as open. A row leaves when it gets its judge."""

from __future__ import annotations

from ceas_formal.claims.ledger import unjudged

unjudged("SYS-1", "III.A eq. 1, 5", "fidelity-weighted training minimises the global loss (1) under heterogeneous data")
unjudged(
    "GRD-1",
    "III.A eq. 2",
    "the parameter-shift rule is exact for the noiseless circuit; depolarising noise shrinks the gradient (a bias)",
)
unjudged(
    "CNV-1",
    "abstract, III",
    "convergence under heterogeneous noise: a bound for update (3) with bias b_k, covariance Σ_k, finite gossip error and "
    "Byzantine share β, constants explicit",
)
unjudged("STP-4", "II.C", "adaptive measurement trades accuracy against overhead")
unjudged("PAR-1", "fig. 1", "the data-, unitary- and circuit-level partitions train the same model")
unjudged("AGG-2", "prop. 1", "scalar w ∝ Σ⁻¹ minimises the covariance")
unjudged("AGG-2R", "prop. 1", "matrix weights (ΣΣⱼ⁻¹)⁻¹Σₖ⁻¹ are Loewner-least among unbiased linear combinations, any K")
unjudged("AGG-3", "prop. 1", "w ∝ 1/tr Σ minimises the trace, any K")
unjudged("AGG-4", "prop. 1", "that choice approximates the minimum-variance unbiased estimator")
unjudged("AGG-5", "III.A.2", "with bias b_k the mean-square-optimal weights differ")
unjudged("GOS-1", "eq. 6", "doubly stochastic W mixes to fidelity-weighted π")
unjudged("GOS-2", "eq. 6", "connectivity suffices")
unjudged("GOS-2R", "eq. 6", "primitive reversible W with π ∝ φ (Metropolis–Hastings), and ratio consensus, converge at a stated rate")
unjudged("GOS-3", "IV", "logarithmic mixing depth")
unjudged("GOS-4", "III.B.1", "persistently low fidelity gives vanishing stationary weight")
unjudged("GOS-5", "III.B.1, IV", "gossip (6) mixes honest values in the presence of Byzantine nodes")
unjudged("INV-1", "eq. 7", "closed form, fixed point, and the exact conditions under which (7) holds")
unjudged("INV-3", "eq. 7", "r new pairs per round count in full")
unjudged("INV-4", "eq. 7", "stationary law and variance")
unjudged("INV-5", "def. 2", "the deterministic and the exponential residual life are interchangeable")
unjudged("INV-6", "III.C", "consensus-failure probability follows from the mean inventory")
unjudged("SCH-1", "def. 3", "the MDP is solved exactly, and independent solvers agree")
unjudged("SCH-2", "IV", "earliest-expiring-first is optimal")
unjudged("SCH-3", "IV", "90% utilisation")
unjudged("SCH-4", "II.C", "regret-minimising link steering")
unjudged("SCH-5", "III.C", "a policy exists that keeps failure probability below a threshold")
unjudged("ADV-4", "III.D", "replayed or forged classical metadata is refused")
unjudged("SAF-6", "III.D.2", "composable security")
unjudged("TAG-5", "III.D.2", "total failure probability over T rounds and N nodes")
unjudged("TRU-2R", "III.D.1", "a sequential test (CUSUM, SPRT) detects every duty above the honest reject rate")
unjudged("TRU-5", "III.D.1", "a failed tag blames the sender")
unjudged("TRU-6", "III.D.1", "a quarantined node re-enters once it improves")
unjudged("SAF-5", "III.D.2", "the committed contents are near honest estimates")
unjudged("LIV-3", "III.D.2", "progress while entanglement stays above a minimal level")
unjudged("HWR-2", "II.E", "cadence and routing that adapt to descriptors help")
unjudged("XLY-1", "II.A", "the feedback between consensus and scheduler (demand forecast, authentication failures) helps")
unjudged("EXP-1", "IV", "start near 85%")
unjudged("EXP-2", "IV", "dip to about 60%")
unjudged("EXP-3", "IV", "recovery to 75%")
unjudged("EXP-4", "IV", "stable 60–62% with > 90% isolated")
unjudged("EXP-5", "IV", "10–15 points above random selection")
unjudged("EXP-6", "IV", "> 90% of malicious nodes isolated")
unjudged("EXP-7", "IV", "about 3× lower variance, σ ≈ .02")
unjudged("EXP-8", "IV", "> 90% Bell utilisation")
unjudged("EXP-10", "beyond", "CEAS+ stays at the ceiling under every attack that leaves it possible")
unjudged("EXP-11", "IV, abstract", "the gain comes from entanglement-aware scheduling")
unjudged("QUA-1", "IV", "rolling KL against Θ(F) separates honest from Byzantine")
unjudged("CAD-1", "IV", "the vulnerability window between checkpoints")
unjudged("PAR-2", "II.A", "CEAS operates near the Pareto frontier")
unjudged("FAI-1", "III.D.2", "scheduling policies avoid starving honest nodes")
unjudged("DQM-1", "003", "CHSH: classical ¾, quantum cos²(π/8), Tsirelson")
unjudged("DQM-2", "003", "score rank ≤ 4^k+1 with k Bell pairs")
unjudged("DQM-3", "003", "each unmixed pair removes an input direction; mixing restores it")
unjudged("DQM-4", "003", "one pair improves accuracy on all data sets")
unjudged("DQM-5", "003", "excess entanglement degrades; mixing restores")
unjudged("DQM-6", "003", "the gain of mixing is not explained by effective circuit dimension")
unjudged("DQM-7", "003", "the advantage is CHSH-like")
unjudged("DQM-8", "003", "beyond coherence-time limits")
