"""The protocol as text for other tools: a verdict that nobody has to take from us.

Ivy and mypyvy get the reading for every N, TLA+ and Quint the one that counts. Each text is generated from the one specification.
"""

from __future__ import annotations

from importlib import import_module

from ceas_formal.spec.protocol import Protocol

SUFFIXES = {"ivy": "ivy", "mypyvy": "pyv", "tla": "tla", "quint": "qnt"}
"""The formats, with what their files end in."""


def text(protocol: Protocol, language: str) -> str:
    """Return the protocol as text.

    Parameters
    ----------
    protocol : Protocol
        Any protocol.
    language : {"ivy", "mypyvy", "tla", "quint"}
        The format.

    Examples
    --------
    >>> from ceas_formal.spec.checkpoint import checkpoint
    >>> text(checkpoint, "ivy").splitlines()[0]
    '#lang ivy1.7'
    """
    if language not in SUFFIXES:
        raise ValueError(f"unknown format {language}")
    written: str = import_module(f"{__name__}.{language}").text(protocol)
    return written
