"""Why the set facts hold: counting Venn regions, for every N, f and a.

A set fact speaks of sets of given sizes and of bounded sets. Split the nodes into the regions of their Venn diagram, one
non-negative integer for each. The fact fails for some sets exactly if some region sizes fit the thresholds and the bounds and
leave the wanted region too small: linear integer arithmetic, hence decidable, with N, f and a as unknowns.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import cast

from ceas_formal.spec.declarations import Containment, Meeting
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.quantity import A, F, Quantity, constant

Regions = dict[tuple[bool, ...], str]


def term(quantity: Quantity, nodes: str = "N") -> str:
    """Return a quantity as an SMT-LIB integer term over ``N`` (written `nodes`), ``f`` and ``a``."""
    match quantity.operator, quantity.operands:
        case "parameter", ("N",):
            return nodes
        case "parameter" | "constant", (value,):
            return str(value) if not isinstance(value, int) or value >= 0 else f"(- {-value})"
        case "sum", parts:
            return f"(+ {' '.join(term(cast(Quantity, part), nodes) for part in parts)})"
        case "scaled", (int(factor), Quantity() as inner):
            return f"(* {factor if factor >= 0 else f'(- {-factor})'} {term(inner, nodes)})"
        case "halved", (Quantity() as inner,):
            return f"(div (+ {term(inner, nodes)} 1) 2)"
        case "largest", parts:
            first, *others = [term(cast(Quantity, part), nodes) for part in parts]
            for other in others:
                first = f"(ite (>= {first} {other}) {first} {other})"
            return first
    raise ValueError(f"unknown operator {quantity.operator}")


def _regions(names: Sequence[str]) -> Regions:
    """Return a variable for each combination of being inside the named sets."""
    return {inside: "r_" + "".join("01"[bit] for bit in inside) for inside in itertools.product((True, False), repeat=len(names))}


def _size(regions: Regions, *where: tuple[int, bool]) -> str:
    """Return the number of nodes in all regions with the given memberships."""
    chosen = [name for inside, name in regions.items() if all(inside[index] == wanted for index, wanted in where)]
    return f"(+ 0 {' '.join(chosen)})"


def set_fact(protocol: Protocol, fact: Meeting | Containment, *, admissible: bool) -> str:
    """Return a script that is unsatisfiable exactly if the fact follows from the sizes.

    Parameters
    ----------
    protocol : Protocol
        Gives the sizes of the thresholds and the limits of the bounded sets.
    fact : Meeting or Containment
        What is to be shown.
    admissible : bool
        Whether the protocol's least number of nodes is assumed.
    """
    large = list(fact.thresholds) if isinstance(fact, Meeting) else [fact.inside] if fact.inside else []
    bounds = [protocol.bounds[name] for name in fact.outside]
    regions = _regions([*large, *fact.outside])
    claims = [f"(= N {_size(regions)})"]
    claims += [f"(>= {_size(regions, (index, True))} {term(protocol.thresholds[name].quantity)})" for index, name in enumerate(large)]
    claims += [f"(<= {_size(regions, (len(large) + index, True))} {term(bound.limit)})" for index, bound in enumerate(bounds)]
    wanted = _size(regions, *((index, True) for index in range(len(large))), *((len(large) + index, False) for index in range(len(bounds))))
    needed = "1" if isinstance(fact, Meeting) else term(protocol.thresholds[fact.threshold].quantity)
    claims.append(f"(< {wanted} {needed})")
    others = list(regions.values())
    if admissible and isinstance(fact, Containment) and fact.given:
        # The bound counts the nodes of V outside the group: N is the group's size here, V that of all nodes.
        claims.append(f"(<= (- V N) {term(protocol.bounds[fact.given.name].limit, nodes='V')})")
        others.append("V")
    elif admissible:
        claims.append(f"(>= N {term(constant(protocol.least_nodes(F, A)))})")
    return integers(claims, others)


def integers(claims: Sequence[str], others: Sequence[str] = ()) -> str:
    """Return a script over N ≥ 1, f ≥ 0, a ≥ 0 and other non-negative integers."""
    names = ["N", "f", "a", *others]
    lines = ["(set-logic QF_LIA)", *(f"(declare-const {name} Int)" for name in names), *(f"(assert (>= {name} 0))" for name in names)]
    return "\n".join([*lines, "(assert (>= N 1))", *(f"(assert {claim})" for claim in claims), "(check-sat)", ""])


def good_size(size: str, *, available: bool = True, meets: bool = True, certifies: bool = True) -> list[str]:
    """Return what makes `size` a good quorum size: it is available, two share an honest node, its honest part certifies."""
    wanted = {f"(<= {size} (- N f))": available, f"(> (* 2 {size}) (+ N f))": meets, f"(>= {size} {term(2 * F + A + 1)})": certifies}
    return [claim for claim, asked in wanted.items() if asked]


def admissible_is_necessary(protocol: Protocol) -> str:
    """Return a script that is unsatisfiable exactly if any good quorum size makes the configuration admissible."""
    return integers([*good_size("q"), f"(< N {term(constant(protocol.least_nodes(F, A)))})"], ["q"])


def admissible_is_sufficient(protocol: Protocol) -> str:
    """Return a script that is unsatisfiable exactly if admissible configurations make the declared quorum size good."""
    declared = term(protocol.thresholds[protocol.quorum].quantity)
    admissible = f"(>= N {term(constant(protocol.least_nodes(F, A)))})"
    return integers([admissible, f"(= q {declared})", f"(not (and {' '.join(good_size('q'))}))"], ["q"])


