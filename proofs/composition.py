"""Errors over a run (III.D, IV). Theorem: more than a of V verifiers are fooled somewhere with chance at most T·N·C(V, a+1)·s^(a+1).

Progress: if every checkpoint finds a usable payload with chance at least p > 0 given the past, payloads are used almost surely, in a mean
time of (f+1)·w/p + (f+1)(T+Δ) + 11Δ. No level of stock, in total or in the mean, is enough; at section IV's numbers full verification
never happens if all copies of a checkpoint are sent at one time, whatever the cadence: as pairs are made they take 196 rounds.

Assumptions: fresh secret keys for each copy; leaders rotate; partial synchrony. Method: derivations for all parameters, exact numbers.
"""

from fractions import Fraction

from ceas_formal.claims import judge, ledger
from ceas_formal.claims.frontier import best_plan, least_length
from ceas_formal.physics.tags import honest_acceptance
from ceas_formal.report.tables import claim_page

if __name__ == "__main__":
    for name in ("TAG-5", "LIV-3", "LIV-3R"):
        row = ledger()[name]
        print(claim_page(judge(row), row.explanation))
    noise = Fraction(1, 100)
    for a in range(5):
        traps = least_length(4, 300 * 50, 33, a)
        accepted = float(honest_acceptance(4, traps, noise))
        print(f"a = {a}: 4+{traps} for 2^-40 over 300 x 50 payloads and 33 verifiers; passes {accepted:.2f} at 1% noise")
    for f in (15, 12, 8):
        found = best_plan(4, f, noise, Fraction(9, 10))
        plan = f"{found.payloads} payloads, 4+{found.traps}, a = {found.budget}, used with {float(found.used):.3f}" if found else "nothing"
        print(f"f = {f}, 1,000 pairs, 2^-40, used with at least .9: {plan}")
