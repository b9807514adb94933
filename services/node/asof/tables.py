"""The tables of an earlier state, without a copy of them: the live ones, less what changed since.

Each table that a question touches becomes a temporary view: the rows of the live table but for
those whose keys changed, and the rows that stood there then. Whoever reads it uses the live table's
own indexes, and nothing is written to it: temporary objects belong to one connection, and the
transaction they are made in is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.node.contributing import Key
from services.node.differences import Differences
from services.node.rowsets import insert_rows, select_keys

_SHAPES: Final = 128
"""Tables whose temporary companions are remembered: some generations of them."""
_KEYS: Final = 2_000
"""Keys looked up in one statement."""


class _Shape(NamedTuple):
    """The companions of one table."""

    gone: sa.Table
    """Keys of rows that the earlier state does not have, or has with other values."""
    stood: sa.Table
    """Rows that stood there instead."""
    view: sa.Table
    """The earlier state of the table."""


class TablesAsOf(Mapping[str, sa.Table]):
    """By read model's name, as in `View.tables`; each is made when it is first asked for."""

    def __init__(
        self, connection: sa.Connection, tables: Mapping[str, sa.Table], differences: Differences
    ) -> None:
        """`differences` leads from the tables as they are to the state wanted."""
        self._connection = connection
        self._tables = tables
        self._differences = differences
        self._made: dict[str, sa.Table] = {}

    def __getitem__(self, name: str) -> sa.Table:
        if name not in self._made:
            self._made[name] = self._make(name, self._tables[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def _make(self, name: str, table: sa.Table) -> sa.Table:
        gone, stood = self._changes(name, table)
        if not gone:
            return table
        connection, shape = self._connection, _shape(table)
        shape.gone.create(connection, checkfirst=False)
        shape.stood.create(connection, checkfirst=False)
        names = [str(column.name) for column in shape.gone.columns]
        keys = [dict(zip(names, key, strict=True)) for key in gone]
        insert_rows(connection, shape.gone, keys, replace=False)
        insert_rows(connection, shape.stood, stood, replace=False)
        connection.exec_driver_sql(_create_view(table, shape, connection))
        return shape.view

    def _changes(self, name: str, table: sa.Table) -> tuple[list[Key], list[Mapping[str, Any]]]:
        """The keys whose rows are others, and the rows that stand there instead."""
        cells = {
            key: delta for key, delta in self._differences.cells.get(name, {}).items() if delta
        }
        if cells:
            return list(cells), self._cells(table, cells)
        rows = self._differences.rows.get(name)
        if rows is None:
            return [], []
        written = rows.written
        names = [str(column.name) for column in table.columns]
        there: list[Mapping[str, Any]]
        there = [dict(zip(names, row, strict=True)) for row in written.values()]
        return [*rows.removed, *written], there

    def _cells(self, table: sa.Table, cells: Mapping[Key, int]) -> list[Mapping[str, Any]]:
        names = [str(column.name) for column in table.primary_key]
        keys = list(cells)
        held: dict[Key, int] = {}
        for part in _parts(keys):
            rows = select_keys(self._connection, table, part)
            held.update((tuple(row[:-1]), row[-1]) for row in rows)
        values = {key: held.get(key, 0) + delta for key, delta in cells.items()}
        return [
            {**dict(zip(names, key, strict=True)), "value": value}
            for key, value in values.items()
            if value
        ]


def _parts(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(keys), _KEYS):
        yield keys[start : start + _KEYS]


@lru_cache(_SHAPES)
def _shape(table: sa.Table) -> _Shape:
    def named(suffix: str, columns: Sequence[sa.Column[Any]], *, real: bool = True) -> sa.Table:
        copies = [
            sa.Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable)
            for c in columns
        ]
        name = f"{table.name}_{suffix}"
        prefixes = ["TEMPORARY"] if real else []
        return sa.Table(name, sa.MetaData(), *copies, prefixes=prefixes)

    keys, columns = list(table.primary_key), list(table.columns)
    return _Shape(named("gone", keys), named("stood", columns), named("as_of", columns, real=False))


def _create_view(table: sa.Table, shape: _Shape, connection: sa.Connection) -> str:
    gone = shape.gone.c
    same = sa.and_(*(gone[str(c.name)] == c for c in table.primary_key))
    kept = sa.select(table).where(~sa.exists().where(same))
    statement = sa.union_all(kept, sa.select(shape.stood)).compile(dialect=connection.dialect)
    name = connection.dialect.identifier_preparer.quote(shape.view.name)
    return f"CREATE TEMPORARY VIEW {name} AS {statement}"
