"""Values in PostgreSQL's binary form, packed column by column, and arrays of them as parameters.

psycopg writes values one by one. Here each step of the work is done for a whole column at once, and
a value that comes again is packed once. A value is its length and its bytes, in network order, in
COPY as in arrays, which have a head before them (the server's `array_recv` reads it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain
from struct import Struct
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from psycopg.adapt import Dumper
from psycopg.pq import Format

_LENGTH: Final = Struct(">i").pack
_INT8: Final = Struct(">iq").pack
_INT4: Final = Struct(">ii").pack
_NULL: Final = _LENGTH(-1)
_ARRAY_HEAD: Final = Struct(">iiiii").pack
_SHORT: Final = [_LENGTH(length).decode() for length in range(128)]
"""A length before a short text, as text itself."""


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def int8(value: int) -> bytes:
    """A value of a bigint."""
    return _INT8(8, value)


def _int4(value: int) -> bytes:
    return _INT4(4, value)


def _bool(value: bool) -> bytes:
    return b"\x00\x00\x00\x01\x01" if value else b"\x00\x00\x00\x01\x00"


def _uuid(value: UUID) -> bytes:
    return b"\x00\x00\x00\x10" + value.bytes


class _Form(NamedTuple):
    """How the values of a type are sent."""

    pack: Callable[[Any], bytes]
    """Length and bytes."""
    name: str
    """The type's own name in SQL."""
    oid: int
    """Its number in the catalogue, which is the same in every database."""


_FORMS: Final[dict[type[sa.types.TypeEngine[Any]], _Form]] = {
    sa.BigInteger: _Form(int8, "bigint", 20),
    sa.Integer: _Form(_int4, "integer", 23),
    sa.Boolean: _Form(_bool, "boolean", 16),
    sa.String: _Form(_text, "text", 25),
    sa.LargeBinary: _Form(_bytes, "bytea", 17),
    sa.Uuid: _Form(_uuid, "uuid", 2950),
}
"""By the type of a column; the first that fits."""


class PackedArray(bytes):
    """An array as the server reads it, for `PackedDumper`."""


class PackedDumper(Dumper):
    """Lets psycopg send a `PackedArray` as it is. The statement says of what type it is."""

    format = Format.BINARY

    def dump(self, obj: PackedArray) -> PackedArray:
        return obj


def packed_array(column: sa.Column[Any], values: Sequence[Any]) -> PackedArray:
    """The values of a column, some at least; the parameter's type is `array_type`."""
    form = _form(column)
    head = _ARRAY_HEAD(1, 0, form.oid, len(values), 1)  # one dimension, which begins at 1
    body = _joined(form, values)
    if body is None:
        body = b"".join(packed(column, values))
    return PackedArray(head + body)


def array_type(column: sa.Column[Any]) -> str:
    """The type of a `packed_array` of a column's values, in SQL."""
    return f"{_form(column).name}[]"


def _form(column: sa.Column[Any]) -> _Form:
    kind: Any = type(column.type)
    return _form_of(kind)


@cache
def _form_of(kind: Any) -> _Form:
    return next(form for each, form in _FORMS.items() if issubclass(kind, each))


def packed(column: sa.Column[Any], values: Sequence[Any]) -> Iterable[bytes]:
    """The values of a column, each of its type or None."""
    pack = _form(column).pack
    if pack is _bytes:  # each has its own
        return [_NULL if value is None else pack(value) for value in values]
    known: dict[Any, bytes] = {value: pack(value) for value in set(values) - {None}}
    known[None] = _NULL
    return map(known.__getitem__, values)


def _joined(form: _Form, values: Sequence[Any]) -> bytes | None:
    """The same of a whole column in one piece, where that is quicker; else None.

    Short texts of ASCII, which identifiers, days and types are, are put together as one text, with
    their lengths between them: a length below 128 is a character of ASCII too.
    """
    if None in values:
        return _NULL * len(values) if set(values) == {None} else None
    if form.pack is _bytes:
        return b"".join(
            chain.from_iterable(zip(map(_LENGTH, map(len, values)), values, strict=True))
        )
    if form.pack is not _text:
        return None
    try:
        lengths = [_SHORT[len(value)] for value in values]
    except IndexError:
        return None
    text = "".join(chain.from_iterable(zip(lengths, values, strict=True)))
    return text.encode() if text.isascii() else None
