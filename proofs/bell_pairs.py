"""Bell pairs (II.A, def. 2, III.D, IV). Theorem: the fidelity of a stored pair is a sum of exponentials with a floor, not one exponential.

From Φ± in cold memories with T1 = T2 it is 1/2 - e/2 + F0·e² with e = exp(-t/T1): it falls to 7/16 and rises again, while the pair is
separable from T1·ln 2 on. The rate λ that definition 2 calls a constant of the hardware moves 17-fold with the fidelity threshold. One
exponential is exact for Ψ± in alike, cold memories with T2 = 2·T1. A test along random axes detects broken pairs, at a stated cost.

Assumptions: independent memories, Lindblad equation. Method: closed forms against QuTiP; real arithmetic for their signs.
"""

import math

from ceas_formal.claims import judge, ledger
from ceas_formal.physics.bell_pairs import BellPair, concurrence, fidelity
from ceas_formal.physics.lifetimes import implied_loss_rate, sudden_death_time, usable_lifetime
from ceas_formal.physics.memories import Memory
from ceas_formal.report.tables import claim_page

MEMORIES = {
    "T1 = T2, cold": Memory(1.0, 1.0),
    "T2 = 2·T1, cold": Memory(1.0, 2.0),
    "T2 = 2·T1, 5% excited": Memory(1.0, 2.0, 0.05),
    "no relaxation, T2 = 1 s": Memory(math.inf, 1.0),
}

if __name__ == "__main__":
    for name in ("BEL-1", "BEL-2", "BEL-3", "BEL-4"):
        row = ledger()[name]
        print(claim_page(judge(row), row.explanation))
    print("T1 = 1 s, F0 = .95; times in s, rates in 1/s; F and C at 0, .5, 1, 2, 4 s")
    for bell in ("phi+", "psi+"):
        for label, memory in MEMORIES.items():
            pair = BellPair(bell, memory, memory, 0.95)
            ages = [0.0, 0.5, 1.0, 2.0, 4.0]
            print(f"{bell}, {label}: F {fidelity(pair, ages).round(3)}, C {concurrence(pair, ages).round(3)}")
            rates = ", ".join(f"for {least} {implied_loss_rate(pair, least):.3g}" for least in (0.5, 0.8, 0.9))
            print(f"    separable from {sudden_death_time(pair):.3f}; above .8 until {usable_lifetime(pair, 0.8):.4f}; rate {rates}")
