"""The inventory of a link (III.C, definition 2, equation 7). Theorem: E[M(t)] = p^t·M_0 + (r - c)(1 - p^t)/(1 - p), under seven named
conditions.

With Poisson arrivals and no consumption the law is Poisson at every t, and in the end only the mean lifetime matters. Pairs made at a
rate count (1 - e^(-λ))/λ each, not 1. Fixed and exponential lifetimes differ by 1 - 1/e. The mean says little about how often a round
lacks pairs: an exact chain gives that.

Assumptions: by name in each derivation, each with numbers that break the result without it. Method: SymPy, generating functions and
induction over rounds; exact Markov chains by direct solution.
"""

from math import exp

from ceas_formal.claims import judge, ledger
from ceas_formal.derive.inventory.chain import inventory_chain
from ceas_formal.derive.inventory.count_laws import Poisson, constant
from ceas_formal.derive.inventory.event_orders import EVENT_ORDERS
from ceas_formal.derive.inventory.expected import expected_inventory
from ceas_formal.report.derivations import derivation_page
from ceas_formal.report.tables import claim_page

if __name__ == "__main__":
    for name in ("INV-1", "INV-3", "INV-4", "INV-5", "INV-6"):
        row = ledger()[name]
        print(claim_page(judge(row), row.explanation))
    print(derivation_page(expected_inventory()))
    p = exp(-0.3)
    for demand in (4, 5, 7):
        chain = inventory_chain("decay-arrive-consume", p, Poisson(5.0), constant(demand), memory=80)
        law = chain.stationary()
        print(
            f"λ = .3, r = 5, demand {demand}: equation 7 has the mean {(5 - demand) / (1 - p):.3f}, the chain {law @ chain.pairs:.3f}; "
            f"unmet {law @ chain.unmet:.3f} a round, P(S < D) = {law @ chain.failing:.3f}"
        )
    for order in EVENT_ORDERS:
        chain = inventory_chain(order, p, Poisson(5.0), Poisson(4.0), memory=80)
        law = chain.stationary()
        print(f"λ = .3, r = 5, demand Poisson(4), {order}: mean {law @ chain.pairs:.3f}, a round fails with {law @ chain.failing:.3f}")
