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
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.node.binaryvalues import PackedArray, PackedDumper, array_type, packed_array

Rows = Sequence[Mapping[str, Any]]

_STATEMENTS: Final = 1_024
"""Statements kept, one for each operation and table; every generation has tables of its own."""
SQLITE: Final = "sqlite"


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Rows, *, replace: bool) -> None:
    """Insert rows that name every column, by plain `str`; each key at most once.

    A row whose primary key is there is replaced, or left alone if not `replace`.
    """
    if not rows:
        return
    dialect = connection.dialect.name
    statement = insert_text(dialect, table, replace)
    if dialect == SQLITE:
        connection.exec_driver_sql(statement, _tuples(table, rows))
    else:
        names = [str(column.name) for column in table.columns]
        driver_of(connection)
        connection.exec_driver_sql(
            statement, tuple(arrays(table, [[row[name] for name in names] for row in rows]))
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


def driver_of(connection: sa.Connection) -> Any:
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
    return connection.execute(statement, {"keys": json_keys(wanted)}).all()


def delete_keys(
    connection: sa.Connection, table: sa.Table, keys: Iterable[tuple[Any, ...]]
) -> None:
    """Delete the rows whose primary key is among these."""
    wanted = list(keys)
    if wanted:
        statement = _delete(connection.dialect.name, table)
        connection.execute(statement, {"keys": json_keys(wanted)})


def json_keys(keys: Iterable[tuple[Any, ...] | str]) -> str:
    """Keys as the one parameter of a statement."""
    return orjson.dumps(list(keys)).decode()


def arrays(table: sa.Table, rows: Iterable[Sequence[Any]]) -> Sequence[PackedArray]:
    """Rows, some at least, as the parameters of a statement."""
    columns = zip(table.columns, zip(*rows, strict=True), strict=True)
    return [packed_array(column, values) for column, values in columns]


def _source(dialect: str, table: sa.Table) -> str:
    """Where the rows of an insert come from: the values of one, or an array for each column."""
    if dialect == SQLITE:
        return f"VALUES ({', '.join('?' * len(table.columns))})"
    values = ", ".join(f"%s::{array_type(column)}" for column in table.columns)
    return f"SELECT * FROM unnest({values})"  # noqa: S608 # types of columns


@lru_cache(_STATEMENTS)
def insert_text(dialect: str, table: sa.Table, replace: bool) -> str:
    """Inserts rows; one whose key is there is replaced, or left alone if not `replace`."""
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
def add_text(dialect: str, table: sa.Table) -> str:
    """Adds deltas; on PostgreSQL it answers with the keys that have come to 0."""
    name, columns, keys = _names(dialect, table)
    all_columns, key = ", ".join(columns), ", ".join(keys)
    source = _source(dialect, table)
    added = (
        f"INSERT INTO {name} AS t ({all_columns}) {source}"
        f" ON CONFLICT ({key}) DO UPDATE SET value = t.value + excluded.value"
    )
    if dialect == SQLITE:
        return added
    return f"WITH added AS ({added} RETURNING {key}, value) SELECT {key} FROM added WHERE value = 0"  # noqa: S608


@lru_cache(_STATEMENTS)
def _select(dialect: str, table: sa.Table) -> sa.TextualSelect:
    name, columns, keys = _names(dialect, table)
    wanted = ", ".join(f"t.{column}" for column in columns)
    if dialect != SQLITE and _has_text_key(table):
        # Never a join, which the planner may turn into reading all of a table it knows little of.
        text = (
            f"SELECT {wanted} FROM {name} AS t WHERE t.{keys[0]} = ANY(ARRAY("  # noqa: S608
            "SELECT k.value ->> 0 FROM json_array_elements(CAST(:keys AS json)) AS k (value)))"
        )
        return sa.text(text).columns(*table.columns)
    if dialect == SQLITE:
        # CROSS JOIN fixes the order: from the keys to the rows, never through the whole table.
        source = f"json_each(:keys) AS k CROSS JOIN {name} AS t"
    else:
        source = f"json_array_elements(CAST(:keys AS json)) AS k (value) CROSS JOIN {name} AS t"
    text = f"SELECT {wanted} FROM {source} WHERE {_matches(dialect, table, keys)}"  # noqa: S608
    return sa.text(text).columns(*table.columns)


@lru_cache(_STATEMENTS)
def _delete(dialect: str, table: sa.Table) -> sa.TextClause:
    return sa.text(delete_text(dialect, table, ":keys", zeros=False))


def delete_text(dialect: str, table: sa.Table, keys: str, *, zeros: bool) -> str:
    """Deletes rows by `json_keys`, which stand where `keys` says; only those whose value is 0 if
    `zeros`."""
    name, _, columns = _names(dialect, table)
    if dialect == SQLITE:
        parts = ", ".join(f"json_extract(value, '$[{i}]')" for i in range(len(columns)))
        listed = f"SELECT {parts} FROM json_each({keys})"  # noqa: S608 # our own names
        text = f"DELETE FROM {name} AS t WHERE ({', '.join(columns)}) IN ({listed})"  # noqa: S608
    else:
        found = _matches(dialect, table, columns)
        source = f"json_array_elements(CAST({keys} AS json)) AS k (value)"
        text = f"DELETE FROM {name} AS t USING {source} WHERE {found}"  # noqa: S608
    return f"{text} AND t.value = 0" if zeros else text


@lru_cache(_STATEMENTS)
def select_text(dialect: str, table: sa.Table) -> str:
    """Finds the rows of a table whose key is one text, by `packed_array` or `json_keys` of the
    texts alone."""
    name, columns, (key,) = _names(dialect, table)
    texts = "unnest(%s::text[])"
    if dialect == SQLITE:
        texts = "value FROM json_each(?)"
    # Never a join, which the planner may turn into reading all of a table it knows little of.
    found = f"IN (SELECT {texts})" if dialect == SQLITE else f"= ANY(ARRAY(SELECT {texts}))"
    return f"SELECT {', '.join(columns)} FROM {name} WHERE {key} {found}"  # noqa: S608


def _has_text_key(table: sa.Table) -> bool:
    """Whether one text is the whole key."""
    columns = list(table.primary_key)
    return len(columns) == 1 and isinstance(columns[0].type, sa.String)


def _matches(dialect: str, table: sa.Table, keys: Sequence[str]) -> str:
    """The condition that row t has the key k."""
    conditions = []
    for place, (key, column) in enumerate(zip(keys, table.primary_key, strict=True)):
        if dialect == SQLITE:
            value = f"json_extract(k.value, '$[{place}]')"
        elif isinstance(column.type, sa.String):
            value = f"k.value ->> {place}"
        else:
            value = f"CAST(k.value ->> {place} AS bigint)"
        conditions.append(f"t.{key} = {value}")
    return " AND ".join(conditions)


def _names(dialect: str, table: sa.Table) -> tuple[str, list[str], list[str]]:
    """Table, columns and key columns as they stand in SQL."""
    preparer = sqlite.dialect if dialect == SQLITE else postgresql.dialect
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
