"""How fast the counting reading checks guards, at N = 50: the events of epochs that decide in the second view, each checked and applied.

    python benchmarks/counting.py [--nodes 50]
"""

import argparse
import os
import time

from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.counting import Counting, Instance
from ceas_formal.spec.quorum import largest_faults, quorum_size


def run(nodes: int, epochs: int) -> tuple[int, float]:
    """Return the number of events, and the seconds to check and apply them."""
    faults = largest_faults(nodes)
    reading = Counting(checkpoint, Instance(nodes, faults, 0, {"View": 3, "Value": 2, "Payload": 2}))
    honest = range(faults, nodes)
    setting = {
        "byzantine": {(node,) for node in range(faults)},
        "leads": {(faults + view, view) for view in range(3)},
        "uses": {(0, 0), (1, 1)},
        "accepts": {(node, payload) for node in honest for payload in range(2)},
    }
    events = [("certify", (node, payload)) for node in honest for payload in range(2)]
    for view, last in ((0, 0), (1, 0)):
        events += [("enter", (node, view)) for node in honest] if view else []
        events += [("propose", (faults + view, view, 0, last)), *(("vote1", (node, view, 0, last)) for node in honest)]
        events += [(f"vote{phase}", (node, view, 0)) for phase in (2, 3) for node in honest]
        # In the first view only some nodes get as far as VOTE4, too few with silent Byzantine nodes.
        events += [("vote4", (node, view, 0)) for node in (honest if view else honest[: quorum_size(nodes, faults, 0) - faults - 1])]
    events += [("decide", (node, 1, 0)) for node in honest]
    seconds = 0.0
    for _ in range(epochs):
        state = reading.initial(setting)
        start = time.perf_counter()
        for action, arguments in events:
            if refused := reading.refusals(state, action, arguments):
                raise AssertionError(f"{action}{arguments} refused by {refused}")
            reading.step(state, action, arguments)
        seconds += time.perf_counter() - start
        assert len(state["decided"]) == len(honest)
    return len(events) * epochs, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    run(options.nodes, 1)
    print(f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
    for _ in range(3):
        count, seconds = run(options.nodes, options.epochs)
        print(f"N = {options.nodes}: {count} events in {seconds:.2f} s, {count / seconds:,.0f} events/s")


if __name__ == "__main__":
    main()
