"""What the verbs share: number options, JSON output, progress, and exit statuses."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from difflib import get_close_matches
from typing import Any, NoReturn, TypeVar

from ceas_formal.errors import BadInput

AS_EXPECTED, DIFFERS, UNKNOWN, BAD_INPUT = 0, 1, 2, 3

T = TypeVar("T")


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are bad input like any other."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of exiting with a status that means something else here."""
        if found := re.match(r"argument (\S+): expected (an? .*)", message):
            raise BadInput(found[1], found[2])
        raise BadInput(self.prog, f"other arguments ({message}); see {self.prog} --help")


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return the type of an option that takes an integer from `least` to `most`."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected an integer, at least {least}; got {text!r}") from None
        if value < least or (most is not None and value > most):
            upper = f" and at most {most}" if most is not None else ""
            raise argparse.ArgumentTypeError(f"expected an integer, at least {least}{upper}; got {value}")
        return value

    return read


def seconds(text: str) -> float:
    """Return the positive, finite time that an option gives."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"expected a number of seconds above 0; got {text!r}")
    return value


def known(name: str, value: str, names: Iterable[str]) -> str:
    """Return `value` if it is one of the names, or say which ones are near."""
    lowered = {choice.lower(): choice for choice in names}
    if value.lower() in lowered:
        return lowered[value.lower()]
    near = get_close_matches(value.lower(), lowered, n=1, cutoff=0.6)
    raise BadInput(name, f"a known name{f', such as {lowered[near[0]]!r}' if near else ''}; got {value!r}")


def printable(text: str) -> str:
    """Return the text on one line, with control characters escaped."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def print_json(document: Any) -> None:
    """Print a document as JSON."""
    print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def progress(items: Iterable[T], label: str) -> Iterator[T]:
    """Yield the items, with a bar on a terminal and nothing in a pipe."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    total = len(items) if isinstance(items, Sized) else None
    yield from track(items, description=label, total=total, console=Console(stderr=True), transient=True)
