"""Small models that the judges of the adversary run in full: forged signatures, broadcasts with every Byzantine behaviour, starved views.

Each is small enough to be enumerated or executed in well under a second, so that a reader can rerun it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain, combinations, product
from random import Random
from typing import Literal

from ceas_formal.spec.quorum import largest_faults, quorum_size

PRIME, GENERATOR, BITS = 65537, 3, 4
"""The toy one-way function x ↦ 3^x mod 65537, a bijection on 16-bit x, and the length of the messages signed."""

Bits = tuple[int, ...]
MESSAGES: tuple[Bits, ...] = tuple(product((0, 1), repeat=BITS))
"""Every message that the toy signature scheme can sign."""


class Lamport:
    """Lamport's one-time signatures over x ↦ 3^x mod 65537: a signature opens, for each bit of the message, one of two secrets.

    Examples
    --------
    >>> toy = Lamport(seed=1)
    >>> toy.accepts(MESSAGES[3], forged(toy.public, MESSAGES[3])), toy.accepts(MESSAGES[3], forged(toy.public, MESSAGES[2]))
    (True, False)
    """

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        self.secret = [[random.randrange(PRIME - 1) for _ in range(2)] for _ in range(BITS)]
        self.public = [[pow(GENERATOR, x, PRIME) for x in pair] for pair in self.secret]

    def sign(self, message: Bits) -> list[int]:
        """Return the signature that the secret key gives."""
        return [self.secret[i][bit] for i, bit in enumerate(message)]

    def accepts(self, message: Bits, signature: list[int]) -> bool:
        """Return whether the signature verifies, which the public key alone decides."""
        opened = [self.public[i][bit] for i, bit in enumerate(message)]
        return [pow(GENERATOR, x, PRIME) for x in signature] == opened


@cache
def preimages() -> dict[int, int]:
    """Return the inverse of the toy one-way function, by trying every candidate."""
    found, image = {}, 1
    for candidate in range(PRIME - 1):
        found[image] = candidate
        image = image * GENERATOR % PRIME
    return found


def forged(public: list[list[int]], message: Bits) -> list[int]:
    """Return a signature of the message, made from the public key alone."""
    return [preimages()[public[i][bit]] for i, bit in enumerate(message)]


def keys_per_guess(field: int) -> set[int]:
    """Return how many keys of a one-time authentication code fit one observed tag and one guess, over all tags and guesses.

    The tag of a message m is u·m + w over the field of prime order `field`, with the secret key (u, w) used once. If the set is {1},
    then the tag seen says nothing about the tag of another message. The work grows with the sixth power of `field`.

    Examples
    --------
    >>> keys_per_guess(5)
    {1}
    """
    keys = list(product(range(field), repeat=2))
    return {
        sum((u * seen + w) % field == tag and (u * other + w) % field == guess for u, w in keys)
        for seen, other in product(range(field), repeat=2)
        if seen != other
        for tag, guess in product(range(field), repeat=2)
    }


def dolev_strong(byzantine: Literal["sender", "relay", "forging relay"]) -> Iterator[tuple[int, int]]:
    """Run the signed broadcast of Dolev and Strong (1983) at N = 3, f = 1, for every behaviour of one Byzantine node.

    Two synchronous rounds, binary values; node 0 is the sender, 1 and 2 are the relays.

    Parameters
    ----------
    byzantine : {"sender", "relay", "forging relay"}
        The Byzantine node: the sender, relay 1, or relay 1 with the power to forge the signatures of the others.

    Yields
    ------
    tuple of int
        Two values that are equal unless the run violates the specification: the decisions of both relays (agreement) if the sender is
        Byzantine, else what the sender sent and relay 2 decided (validity).

    Examples
    --------
    >>> [sum(one != two for one, two in dolev_strong(node)) for node in ("sender", "relay", "forging relay")]
    [0, 0, 3968]
    """
    return {"sender": _sender_runs(), "relay": _relay_runs(forge=False), "forging relay": _relay_runs(forge=True)}[byzantine]


Chain = tuple[int, tuple[int, ...]]
"""A value and the nodes that signed it, in order; node 0 is the sender."""


def _subsets(items: set[Chain]) -> list[frozenset[Chain]]:
    ordered = sorted(items)
    return [frozenset(some) for some in chain.from_iterable(combinations(ordered, k) for k in range(len(ordered) + 1))]


def _valid(received: frozenset[Chain], round: int) -> set[int]:
    """Return the values that an honest node extracts in a round: signed by the sender first, and by as many distinct nodes as rounds."""
    return {value for value, signers in received if signers[0] == 0 and len(set(signers)) == len(signers) >= round}


def _decide(extracted: set[int]) -> int:
    return extracted.pop() if len(extracted) == 1 else 0


def _sender_runs() -> Iterator[tuple[int, int]]:
    """Yield the decisions of the honest relays 1 and 2 for every behaviour of a Byzantine sender that sees their messages first."""
    for to_one, to_two in product(_subsets({(0, (0,)), (1, (0,))}), repeat=2):
        one, two = _valid(to_one, 1), _valid(to_two, 1)
        by_one, by_two = {(v, (0, 1)) for v in one}, {(v, (0, 2)) for v in two}
        for late_one, late_two in product(_subsets(by_one | by_two), repeat=2):
            yield _decide(one | _valid(late_one | by_two, 2)), _decide(two | _valid(late_two | by_one, 2))


def _relay_runs(forge: bool) -> Iterator[tuple[int, int]]:
    """Yield what the honest sender sent and what relay 2 decides, for every behaviour of the Byzantine relay 1."""
    for sent in (0, 1):
        values = (0, 1) if forge else (sent,)
        early: set[Chain] = {(v, signers) for v in values for signers in ((0,), (0, 1))}
        late: set[Chain] = {(v, signers) for v in values for signers in ((0,), (0, 1), (0, 2), (0, 2, 1))}
        for first, second in product(_subsets(early), _subsets(late)):
            extracted = _valid(first | {(sent, (0,))}, 1)
            yield sent, _decide(extracted | _valid(second, 2))


RULES: tuple[Bits, ...] = tuple(product((0, 1), repeat=4))
"""Every decision rule of a relay: its decisions at position 2·own + relayed, what it and what the other relay say they were sent."""


def oral_messages_hold(one: Bits, two: Bits) -> bool:
    """Return whether two decision rules survive every Byzantine behaviour of unsigned OM(1) at N = 3 (Lamport, Shostak, Pease 1982).

    Examples
    --------
    >>> any(oral_messages_hold(one, two) for one, two in product(RULES, repeat=2))
    False
    """
    valid = all(rule[2 * value + lie] == value for rule in (one, two) for value in (0, 1) for lie in (0, 1))
    return valid and all(one[2 * x + y] == two[2 * y + x] for x in (0, 1) for y in (0, 1))


def majority_breaks() -> list[dict[str, int]]:
    """Return the runs of OM(1) at N = 3 in which majority with default 0 is wrong: an honest sender's 1, and a lie, make a tie.

    Examples
    --------
    >>> majority_breaks()
    [{'sent': 1, 'relayed': 0, 'decided': 0}]
    """
    return [{"sent": v, "relayed": lie, "decided": int(v + lie == 2)} for v in (0, 1) for lie in (0, 1) if int(v + lie == 2) != v]


class Views:
    """View change among honest nodes, with one voting phase in place of four, and every delivery chosen from outside.

    A message (kind, sender, view) counts only at nodes in its view; VIEW messages carry nodes to a higher one.
    """

    def __init__(self, nodes: int) -> None:
        self.quorum = quorum_size(nodes, largest_faults(nodes), 0)
        self.views = [-1] * nodes
        self.heard: list[set[tuple[str, int, int]]] = [set() for _ in range(nodes)]
        self.waiting: list[tuple[str, int, int]] = []
        self.decided: set[int] = set()
        self.pass_timers()

    def pass_timers(self) -> None:
        """Let every timer fire, and deliver the VIEW messages that this sends."""
        asked = [("VIEW", node, view + 1) for node, view in enumerate(self.views)]
        self.deliver(asked)

    def deliver(self, messages: list[tuple[str, int, int]]) -> None:
        """Deliver the messages to every node; what the nodes send in turn waits."""
        for node, message in product(range(len(self.views)), messages):
            kind, _, view = message
            if kind != "VIEW" and view != self.views[node]:
                continue
            self.heard[node].add(message)
            count = sum(other[0] == kind and other[2] == view for other in self.heard[node])
            if kind == "VIEW" and count == self.quorum and view > self.views[node]:
                self.views[node] = view
                self.heard[node] = set()
                self.waiting.append(("SUGGEST", node, view))
            elif kind == "SUGGEST" and count == self.quorum and node == view % len(self.views):
                self.waiting.append(("PROPOSE", node, view))
            elif kind == "PROPOSE":
                self.waiting.append(("VOTE", node, view))
            elif kind == "VOTE" and count == self.quorum:
                self.decided.add(node)

    def starve(self) -> None:
        """Pass one view: timers fire before any of its messages arrives; then everything that was sent in it arrives."""
        late, self.waiting = self.waiting, []
        self.pass_timers()
        self.deliver(late)

    def relative(self) -> tuple[object, ...]:
        """Return the state with views counted from the lowest one: all that a starved step depends on."""
        low = min(self.views)
        heard = [sorted((kind, sender, view - low) for kind, sender, view in known if kind != "VIEW" or view > low) for known in self.heard]
        return [view - low for view in self.views], heard, sorted((k, s, v - low) for k, s, v in self.waiting), sorted(self.decided)


def starved(nodes: int) -> dict[str, bool]:
    """Starve `nodes` honest nodes for as many views as there are leaders, and let as many others receive everything promptly.

    Returns whether every view was visited, the state came back in each, every message was delivered, nobody decided, and everybody
    decides if messages arrive before timers.

    Examples
    --------
    >>> set(starved(4).values())
    {True}
    """
    run = Views(nodes)
    before, same, delivered = run.relative(), [], []
    for _ in range(nodes):  # so that every node leads once
        sent = set(run.waiting)
        run.starve()
        same.append(run.relative() == before)
        delivered.append(not sent & set(run.waiting))
    prompt = Views(nodes)
    while prompt.waiting:
        messages, prompt.waiting = prompt.waiting, []
        prompt.deliver(messages)
    return {
        "every_view_visited": run.views == [nodes] * nodes,
        "state_repeats": all(same),
        "every_message_delivered": all(delivered),
        "undecided": not run.decided,
        "decides_if_prompt": len(prompt.decided) == nodes,
    }
