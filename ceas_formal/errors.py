"""The one error that a user of files, names and options sees."""

from __future__ import annotations


class BadInput(ValueError):
    """Input that cannot be used, said so that its owner can mend it.

    Parameters
    ----------
    source : str
        The file, option or name that was given.
    expected : str
        What would have been accepted.
    field : str, optional
        The field inside `source`, dotted, or the line.

    Examples
    --------
    >>> print(BadInput("net.toml", "an integer, at least 1; got 0", field="network.nodes"))
    net.toml: network.nodes: expected an integer, at least 1; got 0
    """

    def __init__(self, source: str, expected: str, field: str | None = None) -> None:
        self.source, self.field, self.expected = source, field, expected
        super().__init__(": ".join(part for part in (source, field) if part) + f": expected {expected}")
