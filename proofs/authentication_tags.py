"""Authentication tags (II.D, III.D.1). Theorem: under a secret uniform Clifford key an attack passes *and* changes with chance below 2^-t.

Exactly: at most 2^t(4^n-1)/(4^(n+t)-1), for n payload and t trap qubits, over all attacks on the channel.
It bounds both at once: passing alone is easy (TAG-6), noise looks like tampering (TAG-2), the key's holder is not bound (TAG-3, TAG-4), and
250 pairs a round do not pay for it (BUD-1).

Assumptions: a fresh secret key for each copy; the attacker has the channel, not the key. Method: Z3 for the mixing of errors and the
counts; every key of two qubits; exact binomial tails for the protocol.
"""

from fractions import Fraction

from ceas_formal.claims import judge, ledger
from ceas_formal.physics.attacks import rotation
from ceas_formal.physics.budget import effect, least_tag
from ceas_formal.report.tables import claim_page

if __name__ == "__main__":
    for name in ("TAG-1", "TAG-2", "TAG-3", "TAG-4", "TAG-6", "BUD-1"):
        row = ledger()[name]
        print(claim_page(judge(row), row.explanation))
    for angle in (0.1, 0.3, 1.0, 3.14159):
        passes, changed = rotation(angle, 4, 16)
        print(f"a phase rotation by {angle:g} on one of 4+16 qubits: passes {passes:.6f}, passes and changes {changed:.2e}")
    for a in (0, 1, 4):
        traps = least_tag(4, 50, 12, a, Fraction(1, 2**40))
        found = effect(Fraction(1, 1000), 4, traps, 50, 12, a)
        print(
            f"N = 50, f = 12, a = {a}: {traps} traps keep P(more than a fooled) below 2^-40; at .1% noise "
            f"{float(found.rejections):.2f} of 38 honest nodes reject, the payload is lost with {float(found.lost):.1e}"
        )
