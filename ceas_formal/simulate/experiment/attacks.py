"""What Byzantine nodes send: the three attacks of section IV, and those of the literature by name.

Section IV acts on the parameters W. The attacks of :mod:`ceas_formal.learning.attacks` act on updates, W less the model that the round
started from, as in the papers that they come from. Whether a message or a node's state is falsified (``attack.target``) makes no
difference here: every node starts each round from the committed model, or from what came of mixing the messages, its own included.
Dissensus is left out: it tells each neighbour something else in each step of gossip, where nodes do as told here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ceas_formal.simulate.experiment.data import Floats
from ceas_formal.simulate.experiment.streams import generator
from ceas_formal.simulate.experiment_tables import Attack

KINDS = ("gaussian", "reversal", "scaling")
"""The attacks of section IV."""


@dataclass(frozen=True)
class Sent:
    """What honest behaviour would send in a round, seen by an adversary that knows everything.

    Parameters
    ----------
    round : int
        t, from 0.
    checkpoint : bool
        Whether a checkpoint ends this round.
    previous : array, shape (S, P)
        The model that the round started from.
    vectors : array, shape (S, N, P)
        What each node would send if it were honest; Byzantine nodes come last.
    byzantine : int
        How many of them are Byzantine.
    active : array of bool, shape (S, N)
        Who is active.
    accuracy : callable, optional
        From parameters (S, P) to the accuracy (S,): what a greedy adversary looks up.
    aggregate : callable, optional
        From vectors (N, P) of one run, the honest ones first, to what the rule makes of them (P,); None: their mean.
    """

    round: int
    checkpoint: bool
    previous: Floats
    vectors: Floats
    byzantine: int
    active: NDArray[np.bool_]
    accuracy: Callable[[Floats], Floats] | None = None
    aggregate: Callable[[Floats], Floats] | None = None


class Adversary(Protocol):
    """An attack on a batch of runs."""

    name: str

    @property
    def flips_labels(self) -> bool:
        """Whether Byzantine nodes train on the opposite labels, from the first round."""

    @property
    def claims_fidelity(self) -> bool:
        """Whether they report the fidelity 1."""

    def begin(self, seeds: Sequence[int]) -> None:
        """Start new runs."""

    def falsified(self, sent: Sent) -> Floats | None:
        """Return what the Byzantine nodes send (S, b, P), or None to send `sent` as it is."""


@dataclass
class Honest:
    """Byzantine nodes that follow the protocol, on their noisy hardware and their own data."""

    name: str = "none"
    flips_labels: bool = False
    claims_fidelity: bool = False

    def begin(self, seeds: Sequence[int]) -> None:
        """Start new runs."""

    def falsified(self, sent: Sent) -> Floats | None:
        """Return None."""
        return None


@dataclass
class Paper:
    """The attacks of section IV, or one of them.

    Parameters
    ----------
    table : Attack
        Sizes, and how kinds are chosen.
    kinds : tuple of str
        Those in use.
    """

    table: Attack
    kinds: tuple[str, ...] = KINDS
    name: str = ""
    flips_labels: bool = False
    claims_fidelity: bool = False
    _random: list[np.random.Generator] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            raise ValueError(f"the kinds of attack must be among {', '.join(KINDS)}; got {self.kinds!r}")
        self.name = self.name or ("mix" if len(self.kinds) > 1 else self.kinds[0])

    def begin(self, seeds: Sequence[int]) -> None:
        """Start new runs."""
        self._random = [generator(seed, "attack") for seed in seeds]

    def falsified(self, sent: Sent) -> Floats | None:
        """Return what the Byzantine nodes send (S, b, P)."""
        if sent.round < self.table.first_round or (self.table.adaptation == "checkpoint_evading" and sent.checkpoint):
            return None
        _, nodes, size = sent.vectors.shape
        own, each = sent.vectors[:, nodes - sent.byzantine :], self.table.coordination == "independent_kinds"
        # Every kind draws as much: what one seed draws does not depend on the kinds chosen before.
        drawn = [(random.random(sent.byzantine), random.standard_normal((sent.byzantine, size))) for random in self._random]
        choice = np.array([uniform for uniform, _ in drawn]) * len(self.kinds)
        kind = np.floor(choice if each else choice[:, :1]).astype(int)[..., None]
        noise = np.array([normal for _, normal in drawn]) * self._deviation(sent)
        gaussian = own + noise if self.table.gaussian_mode == "additive" else noise
        options = {"gaussian": gaussian, "reversal": self.table.reversal_factor * own, "scaling": self.table.scaling_factor * own}
        if self.table.adaptation == "greedy":
            kind = self._worst(sent, options)
        return np.select([kind == number for number in range(len(self.kinds))], [options[name] for name in self.kinds])

    def _worst(self, sent: Sent, options: dict[str, Floats]) -> NDArray[np.int64]:
        """Return the kind (S, 1, 1) after which the plain mean of active nodes is least accurate."""
        if sent.accuracy is None:
            raise ValueError("a greedy adversary must be told the accuracy of parameters; got None")
        honest = sent.vectors[:, : sent.vectors.shape[1] - sent.byzantine]
        weights = sent.active[..., None] / np.maximum(sent.active.sum(axis=-1), 1)[:, None, None]
        means = [(weights * np.concatenate([honest, options[name]], axis=1)).sum(axis=1) for name in self.kinds]
        worst: NDArray[np.int64] = np.argmin([sent.accuracy(mean) for mean in means], axis=0)
        return worst[:, None, None]

    def _deviation(self, sent: Sent) -> Floats:
        honest = sent.vectors.shape[1] - sent.byzantine
        if self.table.gaussian_reference == "own_coordinates":
            reference = sent.vectors[:, honest:].std(axis=-1, keepdims=True)
        else:
            reference = sent.vectors[:, :honest].std(axis=1, keepdims=True)
        found: Floats = self.table.gaussian_scale * reference
        return found if self.table.gaussian_scale_is == "standard_deviation" else np.sqrt(found)


@dataclass
class Library:
    """An attack of :data:`ceas_formal.learning.attacks.ATTACKS`, on updates.

    Parameters
    ----------
    attack : str
        Its name there: one that alters the attackers' own messages. An attack that is aimed at a rule is aimed at the one in use if it is
        robust, and else at the plain mean: no size is too large there, so it is the largest tried.
    first_round : int
        When it begins [round]; flipped labels and false stamps are there from the start.
    """

    attack: str
    first_round: int
    name: str = ""
    flips_labels: bool = False
    claims_fidelity: bool = False
    _table: Any = field(default=None, repr=False)
    _random: list[np.random.Generator] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        from ceas_formal.learning.attacks import ATTACKS

        if self.attack not in library_attacks():
            raise ValueError(f"the attack must be one of {', '.join(library_attacks())}; got {self.attack!r}")
        self._table, self.name = ATTACKS[self.attack], self.name or self.attack
        self.flips_labels, self.claims_fidelity = self._table.flips_labels is not None, self._table.reports_stamp is not None

    def begin(self, seeds: Sequence[int]) -> None:
        """Start new runs."""
        self._random = [generator(seed, "attack") for seed in seeds]

    def falsified(self, sent: Sent) -> Floats | None:
        """Return what the Byzantine nodes send (S, b, P)."""
        if sent.round < self.first_round or self._table.vectors is None or not self._table.active(sent.round):
            return None
        honest, start = sent.vectors.shape[1] - sent.byzantine, sent.previous[:, None]
        updates, rule = sent.vectors - start, sent.aggregate or (lambda vectors: vectors.mean(axis=-2))
        false = [
            self._table(rows[:honest], sent.byzantine, random=random, own=rows[honest:], rule=rule)
            for rows, random in zip(updates, self._random, strict=True)
        ]
        return np.asarray(start + np.array(false))


def library_attacks() -> list[str]:
    """Return the names of the attacks of the literature that can be run here: those on messages, labels and stamps of Byzantine nodes."""
    from ceas_formal.learning.attacks import ATTACKS

    paper = ("none", *KINDS)
    return [
        name
        for name, attack in ATTACKS.items()
        if attack.alters == "own"
        and attack.requests_pairs is None
        and not any(name.startswith(kind) or name.endswith(kind) for kind in paper)
    ]
