"""What the soundness of a keyed code rests on: the key mixes errors, few of them pass, and no weaker key does (row TAG-1)."""

from __future__ import annotations

from typing import Any

from ceas_formal.claims.solving import Lemma, prove

ROUNDING = 1e-12
"""Of averages over the 11,520 keys of two qubits, in double precision."""


def reals(names: str) -> Any:
    """Return real variables of the solver."""
    import z3

    return z3.Reals(names)


def mixing() -> list[Lemma]:
    """Prove that the group maps every Pauli P ≠ I to every other equally often.

    Modulo signs a Pauli is a vector v over two elements, [u, v] says that u and v anticommute, and the operation (I + iP_h)/√2 of the
    group is the transvection v + [v, h]h. Only the values of [·, ·] enter, which is bilinear with [v, v] = 0, hence [u, v] = [v, u].
    """
    import z3

    ab, ah, bh, hb, hh, uu, uv, ui, vi, uj, vj = bits = z3.Ints("ab ah bh hb hh uu uv ui vi uj vj")
    binary = [z3.And(bit >= 0, bit <= 1) for bit in bits]
    # [a + [a,h]h, b + [b,h]h], multiplied out.
    moved = (ab + bh * ah + ah * hb + ah * bh * hh) % 2
    # One coordinate of u + [u,h]h for h = u + v.
    image = (ui + (uu + uv) * (ui + vi)) % 2
    # u has a coordinate i and v a coordinate j. Of the vectors that read coordinate i, j, or both, one anticommutes with u and v.
    reads = (ui, vi), (uj, vj), ((ui + uj) % 2, (vi + vj) % 2)
    return [
        prove("mixing: a transvection keeps what anticommutes", [*binary, hh == 0, hb == bh], moved == ab, "QF_NIA"),
        prove("mixing: the transvection of u+v takes u to v if they anticommute", [*binary, uu == 0, uv == 1], image == vi, "QF_NIA"),
        prove(
            "mixing: any u, v other than 0 both anticommute with some w, so two steps lead from u to v",
            [*binary, ui == 1, vj == 1], z3.Or(*[z3.And(u == 1, v == 1) for u, v in reads]), "QF_LIA",
        ),
    ]  # fmt: skip


def all_errors(a: Any, b: Any) -> Any:
    """Return the number of Pauli errors P ≠ I on n+t qubits; a = 4ⁿ and b = 2^t, numbers or terms of the solver."""
    return a * b * b - 1


def passing(a: Any, b: Any) -> Any:
    """Return how many of them leave every trap alone: I or Z on each."""
    return a * b - 1


def changing(a: Any, b: Any) -> Any:
    """Return how many of those change the payload."""
    return b * (a - 1)


def counting() -> list[Lemma]:
    """Prove the bounds from the counts; a = 4ⁿ and b = 2^t."""
    a, b, part = reals("a b w")
    sizes, harmful = [a >= 4, b >= 2], changing(a, b)
    return [
        prove("count: passing and changing is passing, less the 2^t - 1 on traps", sizes, passing(a, b) - (b - 1) == harmful, "QF_NRA"),
        prove("bound: passing and changing, below 2^-t", sizes, b * harmful < all_errors(a, b), "QF_NRA"),
        prove("bound: a Pauli error passes with less than 2^-t", sizes, b * passing(a, b) < all_errors(a, b), "QF_NRA"),
        prove("mixture: with an identity part it is no more", [*sizes, part >= 0, part <= 1], (1 - part) * harmful <= harmful, "QF_NRA"),
    ]


def weaker_keys() -> list[dict[str, Any]]:
    """Return what happens to a payload of one qubit with one trap, or none, when a hypothesis on the key goes."""
    import numpy as np

    from ceas_formal.physics.attacks import replay
    from ceas_formal.physics.clifford_code import all_paulis, averaged, keys, pauli

    public = keys(2)[1234][None]
    forged = averaged(public[0] @ pauli("XI") @ public[0].conj().T, 1, public)
    local = np.array([np.kron(one, other) for one in keys(1) for other in keys(1)])
    found = {
        "a public encoder A, attack A X A^-1": forged,
        "the key is a random Pauli, attack X": averaged(pauli("XI"), 1, np.array([pauli(word) for word in all_paulis(2)])),
        "the key acts on each qubit by itself, attack X": averaged(pauli("XI"), 1, local),
        "no trap, attack X": averaged(pauli("X"), 1),
        "a key used twice, replay (the old payload is the new one with chance 1/4)": replay(1, 1, same_key=True),
    }
    # A replayed payload is still the right one with chance 1/4; every other attack changes it for certain.
    return [
        {
            "weakened": name, "accepted": round(out.accepted, 9), "harmed": round(out.harmed, 9),
            "confirmed": min(out.accepted, out.harmed + (0.25 if "replay" in name else 0)) > 1 - ROUNDING,
        }
        for name, out in found.items()
    ]  # fmt: skip
