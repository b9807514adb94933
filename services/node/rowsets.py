"""Statements over many rows or keys at once, each with one constant text.

A statement with a placeholder for every value of every row is compiled, parsed and planned anew for
each number of rows, which costs many times the work itself. So all keys go as one parameter, a JSON
array that PostgreSQL and SQLite take apart by themselves, and all rows as an array for each column,
which costs PostgreSQL half of what JSON does where a column holds bytes. Only SQLite's inserts are
repeated per row, which costs nothing there.

Keys consist of text and whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

import orjson
import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.node.binaryvalues import PackedArray, PackedDumper, array_type, packed_array
from services.node.errors import StoreUnavailableError

Rows = Sequence[Mapping[str, Any]]
Cells = Mapping[tuple[Any, ...], int]

_STATEMENTS: Final = 1_024
"""Statements kept, one for each operation and table; every generation has tables of its own."""
_SQLITE: Final = "sqlite"


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Rows, *, replace: bool) -> None:
    """Insert rows that name every column, by plain `str`; each key at most once.

    A row whose primary key is there is replaced, or left alone if not `replace`.
    """
    if not rows:
        return
    dialect = connection.dialect.name
    statement = _insert(dialect, table, replace)
    if dialect == _SQLITE:
        connection.exec_driver_sql(statement, _tuples(table, rows))
    else:
        names = [str(column.name) for column in table.columns]
        _driver_of(connection)
        connection.exec_driver_sql(
            statement, tuple(_arrays(table, [[row[name] for name in names] for row in rows]))
        )


def ordered_by_bytes(table: sa.Table) -> sa.Table:
    """The table with texts compared as bytes on PostgreSQL too, as SQLite does.

    Whatever the database's own order, rows then have the same one on every node; and indexes of
    identifiers are made in half the time that a language's order takes.
    """
    for column in table.columns:
        kind = column.type
        if isinstance(kind, sa.String):
            by_bytes = type(kind)(kind.length, collation="C")
            column.type = kind.with_variant(by_bytes, "postgresql")
    return table


class Changes:
    """Rows and cells of several tables to be written in a transaction, on PostgreSQL in one
    exchange with it: a batch of a hundred events would wait for ten answers otherwise."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._is_sqlite = self._dialect == _SQLITE
        self._statements: list[tuple[str, Sequence[PackedArray], sa.Table | None]] = []
        """Text and parameters; and, where cells are added to, their table."""

    def upsert(self, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows, each all of its values in the order of the columns and each key at most
        once; rows that are there are replaced."""
        if not rows:
            return
        if self._is_sqlite:
            self._connection.exec_driver_sql(_insert(self._dialect, table, True), list(rows))
        else:
            self._statements.append(
                (_insert(self._dialect, table, True), _arrays(table, rows), None)
            )

    def add(self, table: sa.Table, cells: Cells) -> None:
        """Add to the cells of a table, whose last column is `value` and whose others are its key.

        A cell that is not there begins at 0, and one that comes to 0 has no row, as if nothing had
        ever been there.
        """
        if not cells:
            return
        rows = [(*key, value) for key, value in cells.items()]
        if self._is_sqlite:
            self._connection.exec_driver_sql(_add(self._dialect, table), rows)
            zeros = _delete(self._dialect, table, zeros=True)
            self._connection.execute(zeros, {"keys": _keys_of(cells)})
        else:
            self._statements.append((_add(self._dialect, table), _arrays(table, rows), table))

    def write(self) -> None:
        """Write what was not written at once. Raises StoreUnavailableError."""
        if not self._statements:
            return
        driver = _driver_of(self._connection)
        try:
            with driver.pipeline():
                done = [
                    (driver.execute(statement, arrays, prepare=True), table)
                    for statement, arrays, table in self._statements
                ]
        except psycopg.OperationalError as error:  # past SQLAlchemy, which translates the others
            raise StoreUnavailableError(f"the database is away: {error}") from error
        self._statements.clear()
        for cursor, table in done:
            if table is not None:
                delete_keys(self._connection, table, cursor.fetchall())


def _driver_of(connection: sa.Connection) -> Any:
    """psycopg's connection, which from now on takes packed arrays."""
    driver: Any = connection.connection.driver_connection
    driver.adapters.register_dumper(PackedArray, PackedDumper)  # of this connection alone
    return driver


def select_keys(
    connection: sa.Connection, table: sa.Table, keys: Iterable[tuple[Any, ...]]
) -> Sequence[sa.Row[Any]]:
    """The rows whose primary key is among these."""
    wanted = list(keys)
    if not wanted:
        return []
    statement = _select(connection.dialect.name, table)
    return connection.execute(statement, {"keys": _keys_of(wanted)}).all()


def delete_keys(
    connection: sa.Connection, table: sa.Table, keys: Iterable[tuple[Any, ...]]
) -> None:
    """Delete the rows whose primary key is among these."""
    wanted = list(keys)
    if wanted:
        statement = _delete(connection.dialect.name, table, zeros=False)
        connection.execute(statement, {"keys": _keys_of(wanted)})


def _keys_of(keys: Iterable[tuple[Any, ...]]) -> str:
    return orjson.dumps(list(keys)).decode()


def _arrays(table: sa.Table, rows: Iterable[Sequence[Any]]) -> Sequence[PackedArray]:
    columns = zip(table.columns, zip(*rows, strict=True), strict=True)
    return [packed_array(column, values) for column, values in columns]


def _source(dialect: str, table: sa.Table) -> str:
    """Where the rows of an insert come from: the values of one, or an array for each column."""
    if dialect == _SQLITE:
        return f"VALUES ({', '.join('?' * len(table.columns))})"
    arrays = ", ".join(f"%s::{array_type(column)}" for column in table.columns)
    return f"SELECT * FROM unnest({arrays})"  # noqa: S608 # types of columns


@lru_cache(_STATEMENTS)
def _insert(dialect: str, table: sa.Table, replace: bool) -> str:  # private
    name, columns, keys = _names(dialect, table)
    all_columns = ", ".join(columns)
    source = _source(dialect, table)
    others = [column for column in columns if column not in keys]
    action = "NOTHING"
    if replace and others:
        action = "UPDATE SET " + ", ".join(f"{other} = excluded.{other}" for other in others)
    target = f"({', '.join(keys)}) " if replace else ""
    return f"INSERT INTO {name} ({all_columns}) {source} ON CONFLICT {target}DO {action}"


@lru_cache(_STATEMENTS)
def _add(dialect: str, table: sa.Table) -> str:
    """Adds deltas; on PostgreSQL it answers with the keys that have come to 0."""
    name, columns, keys = _names(dialect, table)
    all_columns, key = ", ".join(columns), ", ".join(keys)
    source = _source(dialect, table)
    added = (
        f"INSERT INTO {name} AS t ({all_columns}) {source}"
        f" ON CONFLICT ({key}) DO UPDATE SET value = t.value + excluded.value"
    )
    if dialect == _SQLITE:
        return added
    return f"WITH added AS ({added} RETURNING {key}, value) SELECT {key} FROM added WHERE value = 0"  # noqa: S608


@lru_cache(_STATEMENTS)
def _select(dialect: str, table: sa.Table) -> sa.TextualSelect:
    name, columns, keys = _names(dialect, table)
    wanted = ", ".join(f"t.{column}" for column in columns)
    if dialect != _SQLITE and _has_text_key(table):
        # Never a join, which the planner may turn into reading all of a table it knows little of.
        text = (
            f"SELECT {wanted} FROM {name} AS t WHERE t.{keys[0]} = ANY(ARRAY("  # noqa: S608
            "SELECT k.value ->> 0 FROM json_array_elements(CAST(:keys AS json)) AS k (value)))"
        )
        return sa.text(text).columns(*table.columns)
    if dialect == _SQLITE:
        # CROSS JOIN fixes the order: from the keys to the rows, never through the whole table.
        source = f"json_each(:keys) AS k CROSS JOIN {name} AS t"
    else:
        source = f"json_array_elements(CAST(:keys AS json)) AS k (value) CROSS JOIN {name} AS t"
    text = f"SELECT {wanted} FROM {source} WHERE {_matches(dialect, table, keys)}"  # noqa: S608
    return sa.text(text).columns(*table.columns)


@lru_cache(_STATEMENTS)
def _delete(dialect: str, table: sa.Table, *, zeros: bool) -> sa.TextClause:
    name, _, keys = _names(dialect, table)
    if dialect == _SQLITE:
        parts = ", ".join(f"json_extract(value, '$[{i}]')" for i in range(len(keys)))
        listed = ", ".join(keys)
        return sa.text(
            f"DELETE FROM {name} WHERE ({listed}) IN (SELECT {parts} FROM json_each(:keys))"  # noqa: S608
            f"{' AND value = 0' if zeros else ''}"
        )
    source = "json_array_elements(CAST(:keys AS json)) AS k (value)"
    return sa.text(
        f"DELETE FROM {name} AS t USING {source} WHERE {_matches(dialect, table, keys)}"  # noqa: S608
    )


def _has_text_key(table: sa.Table) -> bool:
    """Whether one text is the whole key."""
    columns = list(table.primary_key)
    return len(columns) == 1 and isinstance(columns[0].type, sa.String)


def _matches(dialect: str, table: sa.Table, keys: Sequence[str]) -> str:
    """The condition that row t has the key k."""
    conditions = []
    for place, (key, column) in enumerate(zip(keys, table.primary_key, strict=True)):
        if dialect == _SQLITE:
            value = f"json_extract(k.value, '$[{place}]')"
        elif isinstance(column.type, sa.String):
            value = f"k.value ->> {place}"
        else:
            value = f"CAST(k.value ->> {place} AS bigint)"
        conditions.append(f"t.{key} = {value}")
    return " AND ".join(conditions)


def _names(dialect: str, table: sa.Table) -> tuple[str, list[str], list[str]]:
    """Table, columns and key columns as they stand in SQL."""
    preparer = sqlite.dialect if dialect == _SQLITE else postgresql.dialect
    quote = preparer().identifier_preparer.quote
    return (
        quote(table.name),
        [quote(column.name) for column in table.columns],
        [quote(column.name) for column in table.primary_key],
    )


def _tuples(table: sa.Table, rows: Rows) -> list[tuple[Any, ...]]:
    names = [str(column.name) for column in table.columns]
    if len(names) > 1 and not any(isinstance(c.type, sa.Uuid) for c in table.columns):
        return list(map(itemgetter(*names), rows))
    return [tuple(_for_sqlite(row[name]) for name in names) for row in rows]


def _for_sqlite(value: Any) -> Any:
    return value.hex if isinstance(value, UUID) else value
