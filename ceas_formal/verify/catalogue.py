"""Every obligation of every protocol, under the name that reports, manifests and exports use."""

from __future__ import annotations

from ceas_formal.verify.obligations import Obligation


def catalogue() -> list[Obligation]:
    """Return all obligations, in the order of the argument."""
    from ceas_formal.spec.checkpoint import checkpoint
    from ceas_formal.verify.obligations import obligations
    from ceas_formal.verify.reachability import reachability

    return [*obligations(checkpoint), *reachability(checkpoint)]
