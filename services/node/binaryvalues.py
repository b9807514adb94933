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
BYTES: Final = "latin-1"
"""The encoding in which any bytes are a text, each of them a character."""
_SHORT: Final = [_LENGTH(length).decode(BYTES) for length in range(128)]
"""What stands before a short text, by its length."""


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _bytes_or_null(value: bytes | None) -> bytes:
    return _NULL if value is None else _bytes(value)


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
    if form.pack is _bytes:
        return PackedArray(b"".join(chain((head,), map(_bytes_or_null, values))))
    parts = packed_texts(column, values)
    texts = parts[0] if len(parts) == 1 else chain.from_iterable(zip(*parts, strict=True))
    return PackedArray(head + "".join(texts).encode(BYTES))


def array_type(column: sa.Column[Any]) -> str:
    """The type of a `packed_array` of a column's values, in SQL."""
    return f"{_form(column).name}[]"


def _form(column: sa.Column[Any]) -> _Form:
    kind: Any = type(column.type)
    return _form_of(kind)


@cache
def _form_of(kind: Any) -> _Form:
    return next(form for each, form in _FORMS.items() if issubclass(kind, each))


def packed_texts(column: sa.Column[Any], values: Sequence[Any]) -> list[Iterable[str]]:
    """The values of a column, each of its type or None: one or two parts of each, of which every
    character is a byte (`BYTES`).

    A value that comes again is packed once. Where most differ, short texts of ASCII, which
    identifiers are, stand there as they are, behind their lengths: nothing is made for each.
    """
    form = _form(column)
    different = set(values)
    if None not in different and len(different) * 2 > len(values):
        if form.pack is _text and max(map(len, different)) < len(_SHORT):
            if all(map(str.isascii, different)):
                return [map(_SHORT.__getitem__, map(len, values)), values]
        elif form.pack is _bytes:
            heads = [_LENGTH(len(value)).decode(BYTES) for value in values]
            return [heads, [value.decode(BYTES) for value in values]]
    known = {value: form.pack(value).decode(BYTES) for value in different - {None}}
    known[None] = _NULL.decode(BYTES)
    return [map(known.__getitem__, values)]
