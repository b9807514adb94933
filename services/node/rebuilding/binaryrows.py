"""Rows of any table in PostgreSQL's binary COPY format, which is described where the log's rows are
packed (`services/node/eventlog/binarycopy.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from struct import Struct
from typing import Any, Final

import sqlalchemy as sa

from services.node.binaryvalues import BYTES, int8, packed_texts
from services.node.eventlog.binarycopy import END, HEADER

_COUNT: Final = Struct(">h").pack


def packed_rows(
    columns: Iterable[sa.Column[Any]], rows: Sequence[Sequence[Any]], *, further: int = 0
) -> list[bytes]:
    """Each row with its values in the order of the columns; so many `further` values follow, which
    the caller appends. Every column's values are of its type, or None."""
    return [row.encode(BYTES) for row in map("".join, _parts(columns, rows, further))]


def packed_block(columns: Iterable[sa.Column[Any]], rows: Sequence[Sequence[Any]]) -> bytes:
    """All rows in one piece, without a head or an end."""
    return "".join(chain.from_iterable(_parts(columns, rows, 0))).encode(BYTES)


def _parts(
    columns: Iterable[sa.Column[Any]], rows: Sequence[Sequence[Any]], further: int
) -> Iterable[Sequence[str]]:
    """What each row consists of, as texts of bytes."""
    fields = [
        part
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
        for part in packed_texts(column, values)
    ]
    count = len(rows[0]) + further if rows else 0
    return zip(repeat(_COUNT(count).decode(BYTES), len(rows)), *fields, strict=True)


def packed_cells(keys: Iterable[bytes], values: Iterable[int]) -> list[bytes]:
    """Rows of cells: keys packed with one value to follow, and the values."""
    return list(map(bytes.__add__, keys, map(int8, values)))


def framed(rows: Iterable[bytes]) -> Iterator[bytes]:
    """What COPY reads: rows, or pieces of several, with the head before them and the end."""
    return chain((HEADER,), rows, (END,))
