"""Reading TOML files into :class:`msgspec.Struct` classes: every defect is refused with the file, the field or line, and what was expected.

Decimals keep their text until the struct says whether they become a :class:`~fractions.Fraction` or a float.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from fractions import Fraction
from os import PathLike
from typing import Any, TypeVar

import msgspec
from msgspec.inspect import CustomType, FloatType, IntType, LiteralType, StructType, Type, UnionType, type_info

from ceas_formal.errors import BadInput

LARGEST_FILE = 2**16
"""Bytes that a file may have; it keeps the work on hostile numbers small."""

Kind = TypeVar("Kind", bound=msgspec.Struct)


def read_toml(path: str | PathLike[str], kind: type[Kind]) -> Kind:
    """Read a TOML file as a struct.

    Parameters
    ----------
    path : str or path-like
        A TOML file of at most `LARGEST_FILE` bytes.
    kind : type of msgspec.Struct
        What the file holds; messages call it by its name in lower case, as in "a scenario". Its own checks may raise
        :class:`~ceas_formal.errors.BadInput` with a field, which is then completed with the file and the table.

    Returns
    -------
    Kind
        What the file says, checked. A field of type Fraction equals the decimal text of the file.

    Raises
    ------
    BadInput
        For every defect of the file: names the file, the field or line, and what was expected.
    """
    source, thing = str(path), f"a {kind.__name__.lower()}"
    document = _parsed(_text(path, source, thing), source, thing)
    shape = type_info(kind)
    _check(document, shape, (), source)
    try:
        return msgspec.convert(document, kind, dec_hook=_exact)
    except msgspec.ValidationError as error:
        place = re.search(r" - at `\$\.([^`]*)`$", str(error))
        names = tuple(place[1].split(".")) if place else ()
        if isinstance(error.__cause__, BadInput):
            raise BadInput(source, error.__cause__.expected, ".".join((*names, str(error.__cause__.field)))) from None
        value: Any = document
        for name in names:
            value, shape = value[name], _fields(shape)[name]
        raise BadInput(source, f"{_described(shape)}; got {shown(value)}", ".".join(names)) from None


class _OutOfRange(str):
    """The text of a number whose exponent no decimal can hold."""


def _text(path: str | PathLike[str], source: str, thing: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise BadInput(source, f"a TOML file that can be read; {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST_FILE:
        raise BadInput(source, f"{thing}, at most 64 KiB; the file is larger")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(source, f"text in UTF-8; got the byte 0x{content[error.start]:02x}", f"line {line}") from None


def _parsed(text: str, source: str, thing: str) -> dict[str, Any]:
    def number(digits: str) -> Decimal | _OutOfRange:
        try:
            return Decimal(digits)
        except InvalidOperation:
            return _OutOfRange(digits)

    try:
        return tomllib.loads(text, parse_float=number)
    except RecursionError:
        raise BadInput(source, f"{thing}; got arrays or tables nested too deeply") from None
    except ValueError as error:
        reason, _, place = str(error).partition(" (at ")
        if not place.startswith("line"):
            # Python refuses integers of thousands of digits without a place; the parser calls the last line "end of document".
            digits = None if place else re.search(r"[0-9_]{4000}", text)
            place = f"line {text.count(chr(10), 0, digits.start() if digits else len(text.rstrip())) + 1}"
        raise BadInput(source, f"valid TOML; {reason}", place.rstrip(")")) from None


def _exact(kind: type, value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"a {kind.__name__} is made of an integer or a decimal")
    return Fraction(value)


def _fields(shape: Type) -> dict[str, Type]:
    """Return the fields of a struct, each without the None that means an absent table."""
    if not isinstance(shape, StructType):
        return {}
    return {field.name: field.type.types[0] if isinstance(field.type, UnionType) else field.type for field in shape.fields}


def _check(value: object, shape: Type, names: tuple[str, ...], source: str) -> None:
    """Refuse unknown and missing fields, and numbers that are not finite or of absurd size, which exact arithmetic could not hold."""
    if isinstance(value, dict) and isinstance(shape, StructType):
        fields = _fields(shape)
        for name in value:
            if name not in fields:
                near = get_close_matches(_short(name), fields, n=1, cutoff=0)
                raise BadInput(source, f"a known field, such as {'.'.join((*names, *near))}", ".".join((*names, _short(name))))
        for field in shape.fields:
            place = (*names, field.name)
            if field.name in value:
                _check(value[field.name], fields[field.name], place, source)
            elif field.required:
                raise BadInput(source, f"{_described(fields[field.name])}; it is missing", ".".join(place))
    elif not _ordinary(value):
        raise BadInput(source, f"a finite number, 0 or of size 1e-300 to 1e300, an integer below 2^63; got {shown(value)}", ".".join(names))


def _ordinary(value: object) -> bool:
    match value:
        case int():
            return abs(value) < 2**63  # TOML's own range
        case Decimal():
            return value.is_finite() and (not value or abs(value.adjusted()) <= 300)
    return not isinstance(value, _OutOfRange)


def _described(shape: Type) -> str:
    match shape:
        case IntType() | FloatType():
            bounds = {"above": shape.gt, "at least": shape.ge, "below": shape.lt, "at most": shape.le}
            kind = "an integer" if isinstance(shape, IntType) else "a number"
            return ", ".join([kind, *(f"{words} {bound}" for words, bound in bounds.items() if bound is not None)])
        case LiteralType():
            return "one of " + ", ".join(f'"{value}"' for value in shape.values)
        case CustomType():
            return "a number"
        case StructType():
            return "a table"
    return {"BoolType": "true or false", "StrType": "a text"}[type(shape).__name__]


def shown(value: object) -> str:
    """Return a value of a file as a message shows it: short, and never the digits of an enormous number."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
        case list():
            return "an array"
        case int() if not _ordinary(value):
            return f"an integer of {value.bit_length()} bits"
        case Fraction():
            return f"{float(value):.15g}"
        case str() if not isinstance(value, _OutOfRange):
            return f'"{_short(value)}"'
    return _short(str(value).lower())


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
