"""What ``ceas verify`` prints beside the table of obligations: seeds, the second opinion, countermodels, the manifest, proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ceas_formal.verify.certificates import Certificate
from ceas_formal.verify.manifest import Difference
from ceas_formal.verify.obligation import Result
from ceas_formal.verify.opinions import Answers, spread, told


def not_shown(results: Sequence[Result], shown: Mapping[str, Any]) -> Iterator[str]:
    """Yield which obligations with an unexpected ``sat`` have no countermodel in this report."""
    unexpected = dict.fromkeys(result.obligation.name for result in results if result.verdict == "sat" and not result.as_expected)
    if left := [name for name in unexpected if name not in shown]:
        yield f"unexpected sat, not shown here (ceas verify --only NAME): {', '.join(left)}"


def given_up(raw: Sequence[Result], results: Sequence[Result]) -> Iterator[str]:
    """Yield where a solver gave up and a finite model answers instead."""
    for before, result in zip(raw, results, strict=True):
        if before.verdict == "unknown" and result.verdict != "unknown":
            asked = f"{before.solver}, seed {before.seed}, gave up after {before.seconds:.2f} s"
            yield f"{before.obligation.name}: {asked}; the finite model answers {result.verdict}"


def seeds(results: Sequence[Result], unstable: Mapping[str, Answers]) -> Iterator[str]:
    """Yield whether the verdicts depend on the seed, and how much the time does; nothing for a single seed."""
    count = len({result.seed for result in results})
    if count < 2:
        return
    for solver, (middle, most) in spread(results).items():
        yield f"{solver}: {middle:.2f} s per seed in the median of {count}, {most:.2f} s at most"
    yield from (f"{name}: the verdict depends on the seed: {told(given)}" for name, given in unstable.items())
    if not unstable:
        yield f"no verdict depends on the seed ({count} seeds)"


def opinions(
    results: Sequence[Result], disagreements: Mapping[str, Answers], left_out: Sequence[str], versions: Mapping[str, str | None]
) -> Iterator[str]:
    """Yield what the solvers say of each other's answers, or why there is no second opinion, and what none of them was asked."""
    solvers = {result.solver.split("+")[0] for result in results}
    answered: dict[str, set[str]] = {}
    for result in results:
        if result.verdict != "unknown" and result.solver in solvers:
            answered.setdefault(result.obligation.name, set()).add(result.solver)
    yield from (f"{name}: the solvers disagree: {told(given)}" for name, given in disagreements.items())
    if len(solvers) > 1:
        alone = [name for name, found in answered.items() if len(found) == 1]
        named = " and ".join(f"{solver} {versions[solver]}" for solver in sorted(solvers, reverse=True))
        yield f"second opinion: {named} disagree on {len(disagreements)} of {len(answered) - len(alone)} obligations"
        if alone:
            theorems = dict.fromkeys(result.obligation.theorem for result in results if result.obligation.name in alone)
            yield f"answered by one of them alone: {len(alone)} ({', '.join(theorems)})"
    elif versions["cvc5"] is None:
        yield "cvc5 is not installed, so there is no second opinion: pip install 'ceas-formal[cvc5]'"
    else:
        yield f"no second opinion: only {next(iter(solvers))} was asked"
    if left_out:
        yield f"NOT CHECKED, as no solver that was asked answers it: {', '.join(left_out)}"


def manifest(count: int, differences: Sequence[Difference], slower: Sequence[Difference]) -> Iterator[str]:
    """Yield what is not as recorded."""
    yield from (f"slower than recorded (a remark, no failure): {remark}" for remark in slower)
    yield from (f"not as in the manifest: {difference}" for difference in differences)
    if not differences:
        yield f"names, expected answers and fragments are those of the manifest ({count} obligations)"


def proofs(found: Sequence[Certificate], folder: Any) -> Iterator[str]:
    """Yield how many proofs were written, how large they are, and which ones ask for faith."""
    size = sum(len(certificate.proof.encode()) for certificate in found) / 1e6
    rules = {rule for certificate in found for rule in certificate.rules}
    count = f"{len(found)} proof{'s' if len(found) != 1 else ''}"
    yield f"{count} by cvc5 in {folder}: {size:.2f} MB, {len(rules)} rules; written, not checked here"
    open_steps = [certificate for certificate in found if certificate.on_faith]
    yield f"proofs with trust or hole steps: {len(open_steps)} of {len(found)}"
    yield from (f"  {certificate.name}: {certificate.on_faith}" for certificate in open_steps)
