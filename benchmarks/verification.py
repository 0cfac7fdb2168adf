"""How long the proof takes, against the peers that the same text allows: the plain query, and a second solver.

Everything is every obligation of every protocol; a proof is what is left without the queries that hypotheses are needed, and without
searches.
The plain query asks whether each action keeps the key invariant, with all invariants and clauses as hypotheses and the default options
of Z3. The outline asks for each step with the hypotheses that the text names, and without e-matching. Ratios are of the same run.

    python benchmarks/verification.py [--seeds 20]
"""

import argparse
import os
import statistics
import time

import z3

from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.weakenings import WEAKENINGS
from ceas_formal.verify.breaking import find
from ceas_formal.verify.catalogue import catalogue
from ceas_formal.verify.obligations import Induction, check
from ceas_formal.verify.smtlib import script


def outline(seed: int, solver: str) -> tuple[float, float, int]:
    """Return the seconds inside the solver for all proofs with their arithmetic, for everything, and the unexpected answers."""
    results = [check(item, solver=solver, seed=seed) for item in catalogue() if solver in item.solvers]
    proof = [result for result in results if result.obligation.theorem not in ("needed", "reachability")]
    return sum(r.seconds for r in proof), sum(r.seconds for r in results), sum(not r.as_expected for r in results)


def plain(seed: int, timeout: float) -> tuple[float, int]:
    """Return the seconds and the unknowns of the consecution of the key invariant with all hypotheses and default options."""
    proof = Induction(checkpoint)
    wanted = checkpoint.properties["votes_are_safe"]
    names = [claimed.name for claimed in checkpoint.of_kind("invariant") if claimed.purpose == "safety"]
    invariants = proof.hypotheses(names)
    seconds, unknown = 0.0, 0
    for action in checkpoint.actions.values():
        step = proof.consecution(wanted, action)
        clauses = {name: clause for name, clause in proof.clauses.items() if name.startswith(f"{action.name}.")}
        hypotheses = {name: axiom for name, axiom in proof.axioms.items() if name == "quorums_meet" or name.endswith("linear")}
        solver = z3.Solver(ctx=z3.Context())
        solver.set("random_seed", seed)
        solver.set("timeout", int(timeout * 1000))
        solver.from_string(script({**hypotheses, **invariants, **clauses, "goal": step.assertions["goal"]}))
        start = time.perf_counter()
        unknown += solver.check() == z3.unknown
        seconds += time.perf_counter() - start
    return seconds, unknown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds for each plain query")
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores\n")
    print("seed   proof z3   all z3   proof cvc5   all cvc5   unexpected   (seconds in the solver)")
    rows = []
    for seed in range(options.seeds):
        z3, cvc5 = outline(seed, "z3"), outline(seed, "cvc5")
        rows.append((z3[0], z3[1], cvc5[0], cvc5[1]))
        print(f"{seed:>4}   {z3[0]:>8.2f}   {z3[1]:>6.2f}   {cvc5[0]:>10.2f}   {cvc5[1]:>8.2f}   {z3[2] + cvc5[2]:>10}")
    columns = list(zip(*rows, strict=True))
    print("median " + "".join(f"{statistics.median(column):>10.2f}" for column in columns))
    print("most   " + "".join(f"{max(column):>10.2f}" for column in columns))
    for seed in range(3):
        (seconds, unknown), whole = plain(seed, options.timeout), outline(seed, "z3")[0]
        ratio = f"{seconds / whole:.0f} times the whole outline"
        print(f"plain query of the key invariant, seed {seed}: {seconds:.2f} s, {unknown} unknown; {ratio}")
    print("\nweakening            seconds, median of 5, first call apart")
    for name, weakening in WEAKENINGS.items():
        times = []
        for _ in range(6):
            start = time.perf_counter()
            find(weakening)
            times.append(time.perf_counter() - start)
        print(f"{name:<20} {statistics.median(times[1:]):.2f}   first {times[0]:.2f}")


if __name__ == "__main__":
    main()
