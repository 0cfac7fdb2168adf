"""What judges rest on: obligations solved and runs found in this process. Nothing is remembered from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ceas_formal.spec.weakenings import WEAKENINGS

FAULT_MODEL = "authenticated channels, at most f Byzantine nodes, f constant"


def proved_now(names: Sequence[str], protocol: str = "checkpoint") -> dict[str, Any]:
    """Return the obligations that the named properties of a protocol rest on, solved now."""
    from ceas_formal.verify.catalogue import specifications
    from ceas_formal.verify.obligations import Induction

    return solved_now(Induction(specifications()[protocol]).supports(*names))


def thresholds_now() -> dict[str, Any]:
    """Return the arithmetic of the thresholds of the checkpoint protocol, solved now."""
    from ceas_formal.verify.catalogue import specifications
    from ceas_formal.verify.obligations import thresholds

    return solved_now(list(thresholds(specifications()["checkpoint"])))


def searched_now(kind: str, protocol: str = "checkpoint") -> dict[str, Any]:
    """Return the bounded searches of a protocol of this kind, ``reached/`` or ``bounded/``, done now."""
    from ceas_formal.verify.catalogue import specifications
    from ceas_formal.verify.reachability import reachability

    return solved_now([item for item in reachability(specifications()[protocol]) if kind in item.name])


_SOLVED: dict[tuple[Any, ...], tuple[Any, Any]] = {}


def _once(item: Any) -> Any:
    """Return the answer to an obligation: rows share theorems, so the same scripts are not put to the same solver twice in a process."""
    from ceas_formal.verify.obligations import check

    # A bounded search has no script; it is the same one for the same protocol, which is kept, so that its identity stays taken.
    key = (item.name, *item.scripts(), id(getattr(item, "protocol", None)), getattr(item, "layers", None))
    if key not in _SOLVED:
        _SOLVED[key] = item, check(item)
    return _SOLVED[key][1]


def solved_now(items: Sequence[Any]) -> dict[str, Any]:
    """Return which of these obligations were answered as expected by Z3."""
    results = [_once(item) for item in items]
    return {
        "as_expected": bool(results) and all(result.as_expected for result in results),
        "count": len(results),
        "solver": "z3",
        "names": [item.name for item in items],
        "not_as_expected": [f"{result.obligation.name}: {result.verdict}" for result in results if not result.as_expected],
    }


def derived_now(*names: str) -> dict[str, Any]:
    """Return the named derivations, made now: each step was checked, or its problem is given and nothing is claimed."""
    from ceas_formal.derive.catalogue import derivations
    from ceas_formal.derive.proof import NotDerived

    found: dict[str, Any] = {}
    for name in names:
        try:
            made = derivations()[name]()
        except NotDerived as problem:
            found[name] = {"derived": False, "problem": str(problem)}
            continue
        weakened = [f"{step.reason}: {step.formula}" for step in made.steps if step.kind == "weakened"]
        found[name] = {"derived": True, "result": made.text, "steps": len(made.steps), "weakened": weakened}
    return {"derived": bool(names) and all(entry["derived"] for entry in found.values()), "see": f"ceas derive {' '.join(names)}", **found}


def weakened_in(derived: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what breaks in the derivations of :func:`derived_now` without one of their assumptions, as evidence of tightness."""
    return [{"weakened": line} for entry in derived.values() if isinstance(entry, dict) for line in entry.get("weakened", [])]


_FOUND: dict[int, tuple[Any, Any]] = {}


def run_of(name: str) -> dict[str, Any]:
    """Return the run that a weakening allows, found, replayed and put to the real protocol now."""
    from ceas_formal.verify.bounded import GaveUp
    from ceas_formal.verify.breaking import NotBroken, find
    from ceas_formal.verify.wording import sentence

    weakening = WEAKENINGS[name]
    try:
        if id(weakening) not in _FOUND:
            _FOUND[id(weakening)] = weakening, find(weakening)
        found = _FOUND[id(weakening)][1]
    except (NotBroken, GaveUp) as error:
        return {"weakening": name, "violates": None, "reason": str(error)}
    refused = found.real.broken_assumptions + found.real.clauses
    return {
        "weakening": name,
        "instead": weakening.instead,
        "violates": weakening.violates if refused or weakening.violates not in found.real.violated else None,
        "nodes": weakening.instance.nodes,
        "steps": [sentence(step, weakening.protocol) for step in found.trace.steps],
        "real_protocol_refuses_by": refused,
    }
