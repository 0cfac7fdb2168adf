"""How fast the simulator is: events and seconds of an epoch, with f silent and with f equivocating nodes.

    python benchmarks/simulator.py [--nodes 4 50 200] [--epochs 3]

Seconds are of the processor, as the machine may be shared. An event is a message delivered, a timer, or a move of the adversary.
"""

import argparse
import os
import time

from ceas_formal.simulate.adversaries import STRATEGIES
from ceas_formal.simulate.network import Network
from ceas_formal.simulate.properties import violations
from ceas_formal.simulate.run import Run, Setting
from ceas_formal.simulate.world import NoisyPayloads
from ceas_formal.spec.quorum import largest_faults
from ceas_formal.spec.value import Rules


def measure(nodes: int, strategy: str, epochs: int) -> tuple[int, float]:
    """Return the number of events, and the seconds of the processor; the run has to be correct."""
    faults = largest_faults(nodes)
    rules = Rules(nodes=nodes, faults=faults, false_accepts=0, cap=2, clip=1, dimension=4)
    byzantine = frozenset(range(nodes - faults, nodes))
    setting = Setting(rules, Network(delay=100), byzantine, epochs=epochs, training=100)
    world = NoisyPayloads(rules, byzantine, seed=0)
    run = Run(setting, world, STRATEGIES[strategy](), seed=0)
    start = time.process_time()
    outcome = run.play()
    seconds = time.process_time() - start
    assert outcome.complete
    assert not violations(setting, world, outcome)
    return outcome.events, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=[4, 50, 200])
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
    for nodes in options.nodes:
        epochs = options.epochs if nodes < 100 else 1
        for strategy in ("silence", "equivocation"):
            events, seconds = measure(nodes, strategy, epochs)
            rate = f"{events / seconds:,.0f} events/s, {seconds / epochs:.2f} s per epoch"
            print(f"N = {nodes}, f = {largest_faults(nodes)}, {strategy}: {events} events in {epochs} epochs, {rate}", flush=True)


if __name__ == "__main__":
    main()
