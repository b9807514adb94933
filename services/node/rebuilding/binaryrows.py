"""Rows of any table in PostgreSQL's binary COPY format, which is described where the log's rows are
packed (`services/node/eventlog/binarycopy.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from struct import Struct
from typing import Any, Final

import sqlalchemy as sa

from services.node.binaryvalues import int8, packed
from services.node.eventlog.binarycopy import END, HEADER

_COUNT: Final = Struct(">h").pack


def packed_rows(
    columns: Iterable[sa.Column[Any]], rows: Sequence[Sequence[Any]], *, further: int = 0
) -> list[bytes]:
    """Each row with its values in the order of the columns; so many `further` values follow, which
    the caller appends. Every column's values are of its type, or None."""
    fields = [
        packed(column, values)
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    count = _COUNT(len(fields) + further)
    return list(map(b"".join, zip(repeat(count, len(rows)), *fields, strict=True)))


def packed_cells(keys: Iterable[bytes], values: Iterable[int]) -> list[bytes]:
    """Rows of cells: keys packed with one value to follow, and the values."""
    return list(map(bytes.__add__, keys, map(int8, values)))


def block(rows: Iterable[bytes]) -> bytes:
    """What COPY reads: all rows in one piece."""
    return b"".join(chain((HEADER,), rows, (END,)))
