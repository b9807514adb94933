"""Filling tables that nobody reads yet: rows by the fastest way a database has, keys afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from services.node.contributing import Key
from services.node.database import Database
from services.node.errors import StoreUnavailableError
from services.node.rebuilding.binaryrows import (
    framed,
    packed_block,
    packed_cells,
    packed_rows,
)

_PIECE: Final = 2_000
"""Rows that are put together at once, while the server reads those before them."""
_SORT_MEMORY: Final = "SET LOCAL maintenance_work_mem = '128MB'"


def create_bare(connection: sa.Connection, table: sa.Table) -> None:
    """Create a table without indexes, and without its key where that can be added later."""
    if _is_sqlite(connection):
        connection.execute(CreateTable(table))
        return
    columns = [sa.Column(c.name, c.type, nullable=c.nullable) for c in table.columns]
    sa.Table(table.name, sa.MetaData(), *columns).create(connection)


def complete(connection: sa.Connection, table: sa.Table) -> None:
    """Add the key and the indexes, and let the database look at what is in the table."""
    if not _is_sqlite(connection):
        connection.exec_driver_sql(_SORT_MEMORY)
        name = _quoted(connection, table.name)
        columns = [_quoted(connection, column.name) for column in table.primary_key]
        keys, of_a, of_b = (", ".join(f"{t}{c}" for c in columns) for t in ("", "a.", "b."))
        add_key = f"ALTER TABLE {name} ADD PRIMARY KEY ({keys})"
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(add_key)
        except IntegrityError:
            # Another node gave two events one identifier, so that two aggregates have a row in
            # common: one of them stays, as it does when rows are replaced one after the other.
            connection.exec_driver_sql(
                f"DELETE FROM {name} a USING {name} b"  # noqa: S608 # our own names
                f" WHERE a.ctid < b.ctid AND ({of_a}) = ({of_b})"
            )
            connection.exec_driver_sql(add_key)
        for index in table.indexes:
            index.create(connection)
        connection.exec_driver_sql(f"ANALYZE {name}")
        return
    for index in table.indexes:
        index.create(connection)


def append(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows, each with every column in order. Raises StoreUnavailableError."""
    if not rows:
        return
    if _is_sqlite(connection):
        _insert(connection, table, list(rows))
    else:
        parts = (rows[start : start + _PIECE] for start in range(0, len(rows), _PIECE))
        _copy(connection, table, (packed_block(table.columns, part) for part in parts))


def cell_keys(database: Database, table: sa.Table, keys: Sequence[Key]) -> Sequence[Any]:
    """Keys of cells in the form in which `append_cells` takes them: equal keys, equal forms."""
    if not keys or database.is_sqlite:
        return keys
    return packed_rows(table.primary_key, keys, further=1)


def append_cells(connection: sa.Connection, table: sa.Table, cells: Mapping[Any, int]) -> None:
    """Add cells, by the `cell_keys` of each; 0 has no row. Raises StoreUnavailableError."""
    found = {key: value for key, value in cells.items() if value}
    if not found:
        return
    if _is_sqlite(connection):
        _insert(connection, table, [(*key, value) for key, value in found.items()])
    else:
        _copy(connection, table, [b"".join(packed_cells(found.keys(), found.values()))])


def _insert(connection: sa.Connection, table: sa.Table, rows: list[tuple[Any, ...]]) -> None:
    name, marks = _quoted(connection, table.name), ", ".join("?" * len(table.columns))
    connection.exec_driver_sql(f"INSERT OR REPLACE INTO {name} VALUES ({marks})", rows)  # noqa: S608 # our own names


def _copy(connection: sa.Connection, table: sa.Table, pieces: Iterable[bytes]) -> None:
    driver: Any = connection.connection.driver_connection
    name = _quoted(connection, table.name)
    columns = ", ".join(_quoted(connection, column.name) for column in table.columns)
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            for piece in framed(pieces):
                copy.write(piece)
    except psycopg.OperationalError as error:  # past SQLAlchemy, which translates the others
        raise StoreUnavailableError(f"the database is away: {error}") from error


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _quoted(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
