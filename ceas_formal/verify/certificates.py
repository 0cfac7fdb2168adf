"""Proofs that cvc5 writes, in its Cooperating Proof Calculus (CPC), so that another program can check every step.

Rewrites are written out (granularity ``dsl-rewrite``): at coarser ones a rewrite is a step called ``trust``. A checker takes ``trust`` and
``hole`` steps on faith; they are counted, never hidden. Checker: ``ethos``, https://github.com/cvc5/ethos.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ceas_formal.verify.obligation import Obligation
from ceas_formal.verify.solving import run_cvc5, versions

OPTIONS = {"produce-proofs": "true", "proof-format-mode": "cpc", "proof-granularity": "dsl-rewrite"}


@dataclass(frozen=True)
class Certificate:
    """A proof as cvc5 wrote it, or the answer that it gave instead.

    Parameters
    ----------
    name : str
        The obligation's name; with a number for each script if it has several.
    status : str
        The answer: there is a proof only for ``unsat``.
    proof : str
        The proof, empty without one.
    """

    name: str
    status: str
    proof: str

    @property
    def rules(self) -> Counter[str]:
        """How often each rule is used."""
        return Counter(re.findall(r":rule ([^\s()]+)", self.proof))

    @property
    def on_faith(self) -> int:
        """The number of steps that are not derived: ``trust`` and ``hole``."""
        return sum(count for rule, count in self.rules.items() if "trust" in rule or "hole" in rule)


def certificates(obligation: Obligation, timeout: float = 20.0) -> Iterator[Certificate]:
    """Yield the proof of each script of an obligation whose expected answer is ``unsat``.

    Raises
    ------
    BadInput
        If cvc5 is not installed.

    Examples
    --------
    >>> script = "(set-logic UF)(declare-const p Bool)(assert (and p (not p)))(check-sat)"
    >>> (found,) = certificates(Obligation("a/b", "", "unsat", script))
    >>> found.status, found.on_faith, found.proof.startswith("; a/b: unsat")
    ('unsat', 0, True)
    """
    scripts = obligation.scripts()
    for number, script in enumerate(scripts, start=1):
        name = obligation.name if len(scripts) == 1 else f"{obligation.name}[{number}]"
        solver, status, _ = run_cvc5(script, 0, timeout, **OPTIONS)
        if status != "unsat":
            yield Certificate(name, status, "")
            continue
        proofs = [solver.proofToString(proof) for proof in solver.getProof()]
        written = "\n".join(proof.decode() if isinstance(proof, bytes) else str(proof) for proof in proofs)
        heading = f"; {name}: unsat; a CPC proof by cvc5 {versions()['cvc5']} of the script that `ceas export {name}` writes\n"
        yield Certificate(name, status, heading + written)
