"""Messages as bytes and back: canonical JSON, so that equal messages have the same bytes and different ones do not.

Keys are sorted and nothing is spaced; a rational is ``{"den", "num"}`` in lowest terms; a set is a sorted array; what is made
of fields names its ``"kind"``. The shapes are those of :mod:`ceas_formal.simulate.wire` and :mod:`ceas_formal.spec.value`.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ceas_formal.errors import BadInput
from ceas_formal.simulate.wire import Message

SOURCE = "a message"
LARGEST_INTEGER = 4096
"""Bits of an integer: more digits would make hostile messages slow."""


def encode(message: Message) -> bytes:
    """Return the canonical bytes of a message, in ASCII.

    Raises
    ------
    BadInput
        If the message holds something that no message can hold.

    Examples
    --------
    >>> from ceas_formal.simulate.wire import WantView
    >>> encode(WantView(epoch=0, view=2))
    b'{"epoch":0,"kind":"WantView","view":2}'
    """
    return _text(plain(message)).encode("ascii")


def decode(data: bytes) -> Message:
    """Return the message that has these canonical bytes.

    Raises
    ------
    BadInput
        For all other bytes; it names the field, where there is one, and what was expected.

    Examples
    --------
    >>> decode(b'{"epoch":0,"kind":"WantView","view":2}')
    WantView(epoch=0, view=2)
    >>> decode(b'{"epoch":true,"kind":"WantView","view":2}')
    Traceback (most recent call last):
    ceas_formal.errors.BadInput: a message: epoch: expected an integer; got true
    """
    try:
        message: Message = _made(Message, json.loads(data.decode("ascii")), ())
    except BadInput:
        raise
    except (ValueError, RecursionError):
        raise BadInput(SOURCE, "JSON in ASCII, not deeply nested, with integers of ordinary size") from None
    if encode(message) != data:
        raise BadInput(SOURCE, "canonical JSON: keys sorted, no spaces, nothing twice, sets sorted, rationals in lowest terms")
    return message


def plain(thing: Any) -> Any:
    """Return a message, or a part of one, as what JSON has: dicts, lists, ints and texts.

    Examples
    --------
    >>> plain((Fraction(1, 2), frozenset({10, 9})))
    [{'num': 1, 'den': 2}, [9, 10]]
    """
    match thing:
        case int() if not isinstance(thing, bool) and thing.bit_length() <= LARGEST_INTEGER:
            return thing
        case Fraction():
            return {"num": plain(thing.numerator), "den": plain(thing.denominator)}
        case tuple():
            return [plain(entry) for entry in thing]
        case frozenset():
            return sorted(map(plain, thing), key=lambda entry: (entry if isinstance(entry, int) else 0, _text(entry)))
    if is_dataclass(thing) and not isinstance(thing, type):
        return {"kind": type(thing).__name__, **{field.name: plain(getattr(thing, field.name)) for field in fields(thing)}}
    raise BadInput(SOURCE, f"integers of at most {LARGEST_INTEGER} bits, rationals, tuples and sets; got a {type(thing).__name__}")


def _text(thing: Any) -> str:
    return json.dumps(thing, sort_keys=True, separators=(",", ":"))


_shape_of = cache(get_type_hints)


def _made(shape: Any, found: Any, place: tuple[str, ...]) -> Any:
    """Return what is found as a thing of this shape, a type as the annotations of messages have them."""
    origin, inner = get_origin(shape), get_args(shape)
    if origin in (Union, UnionType):
        kinds = {kind.__name__: kind for kind in inner}
        kind = found.get("kind") if isinstance(found, dict) else None
        if not isinstance(kind, str) or kind not in kinds:
            _refuse(f"an object with a kind, one of {', '.join(kinds)}", found if kind is None else kind, place)
        return _made(kinds[kind], found, place)
    if origin is Literal:
        return found if type(found) is int and found in inner else _refuse(f"one of {', '.join(map(str, inner))}", found, place)
    if origin in (frozenset, tuple):
        length = None if origin is frozenset or inner[-1] is Ellipsis else len(inner)
        if not isinstance(found, list) or length not in (None, len(found)):
            _refuse("an array" if length is None else f"an array of {length}", found, place)
        shapes = inner if length is not None else inner[:1] * len(found)
        return origin(_made(one, entry, (*place, str(index))) for index, (one, entry) in enumerate(zip(shapes, found, strict=True)))
    if shape is int:
        fits = type(found) is int and found.bit_length() <= LARGEST_INTEGER
        return found if fits else _refuse("an integer", found, place)
    if shape is Fraction:
        _has_fields(found, {"num", "den"}, place)
        numerator, denominator = (_made(int, found[name], (*place, name)) for name in ("num", "den"))
        return Fraction(numerator, denominator) if denominator > 0 else _refuse("an integer above 0", denominator, (*place, "den"))
    names = [field.name for field in fields(shape)]
    _has_fields(found, {"kind", *names}, place)
    if found["kind"] != shape.__name__:
        _refuse(f'"{shape.__name__}"', found["kind"], (*place, "kind"))
    parts = {name: _made(_shape_of(shape)[name], found[name], (*place, name)) for name in names}
    try:
        return shape(**parts)
    except ValueError as error:
        raise BadInput(SOURCE, f"a {shape.__name__} within its ranges; {error}", ".".join(place) or None) from None


def _has_fields(found: Any, names: set[str], place: tuple[str, ...]) -> None:
    if not isinstance(found, dict):
        _refuse("an object", found, place)
    for name in sorted(names - set(found)):
        raise BadInput(SOURCE, "a value; it is missing", ".".join((*place, name)))
    for name in sorted(set(found) - names):
        raise BadInput(SOURCE, f"no field but {', '.join(sorted(names))}", ".".join((*place, name[:40])))


def _refuse(expected: str, found: Any, place: tuple[str, ...]) -> Any:
    got = json.dumps(found) if not isinstance(found, int) or isinstance(found, bool) or found.bit_length() < 64 else "a larger one"
    raise BadInput(SOURCE, f"{expected}; got {got[:40]}", ".".join(place) or None)
