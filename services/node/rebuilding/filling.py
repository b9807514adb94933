"""Filling tables that nobody reads yet: rows by the fastest way a database has, keys afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from services.node.errors import StoreUnavailableError
from services.node.readmodel import CellModel, ReadModel

_BINARY: Final[dict[type[sa.types.TypeEngine[Any]], str]] = {
    sa.BigInteger: "int8",
    sa.Integer: "int4",
    sa.Boolean: "bool",
    sa.String: "text",
    sa.LargeBinary: "bytea",
}
"""How COPY takes a column's values; the first that fits."""
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
    name = _quoted(connection, table.name)
    if _is_sqlite(connection):
        marks = ", ".join("?" * len(table.columns))
        connection.exec_driver_sql(f"INSERT OR REPLACE INTO {name} VALUES ({marks})", list(rows))  # noqa: S608 # our own names
        return
    driver: Any = connection.connection.driver_connection
    columns = ", ".join(_quoted(connection, column.name) for column in table.columns)
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types([_binary(column.type) for column in table.columns])
            for row in rows:
                copy.write_row(row)
    except psycopg.OperationalError as error:  # past SQLAlchemy, which translates the others
        raise StoreUnavailableError(f"the database is away: {error}") from error


def parts_table(table: sa.Table) -> sa.Table:
    """Cells as partitions contribute to them; added up into `table` at the end."""
    return sa.Table(
        f"{table.name}_parts",
        sa.MetaData(),
        *(sa.Column(column.name, column.type, nullable=False) for column in table.columns),
    )


def add_up(connection: sa.Connection, table: sa.Table, parts: sa.Table) -> None:
    """Fill a table of cells from what partitions contributed; a sum of 0 has no row."""
    keys = [parts.c[column.name] for column in table.primary_key]
    total = sa.func.sum(parts.c.value)
    sums = sa.select(*keys, sa.cast(total, sa.BigInteger)).group_by(*keys).having(total != 0)
    connection.execute(sa.insert(table).from_select([*(k.name for k in keys), "value"], sums))
    parts.drop(connection)


def parts_of(models: Iterable[ReadModel], tables: dict[str, sa.Table]) -> dict[str, sa.Table]:
    """The tables of parts, by the name of their model."""
    return {
        model.name: parts_table(tables[model.name])
        for model in models
        if isinstance(model, CellModel) and model.name in tables
    }


def _binary(kind: sa.types.TypeEngine[Any]) -> str:
    return next(name for known, name in _BINARY.items() if isinstance(kind, known))


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _quoted(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
