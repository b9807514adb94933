"""The floor: the same rows into the same kind of table, and nothing else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.happenings import Recorded

_POSTGRES_TABLE = (
    "CREATE TABLE stored_events ("
    "originator_id uuid NOT NULL, originator_version bigint NOT NULL, topic text, state bytea, "
    "notification_id bigserial, PRIMARY KEY (originator_id, originator_version))"
)
_POSTGRES_INDEX = "CREATE UNIQUE INDEX ON stored_events (notification_id)"
_SQLITE_TABLE = (
    "CREATE TABLE stored_events ("
    "originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB, "
    "PRIMARY KEY (originator_id, originator_version))"
)


def slices(events: Sequence[Recorded], size: int) -> Iterable[Sequence[Recorded]]:
    """Consecutive parts of at most `size`."""
    for start in range(0, len(events), size):
        yield events[start : start + size]


def create_postgres(url: str) -> None:
    """The log's table as the library lays it out."""
    with psycopg.connect(url) as connection:
        connection.execute(_POSTGRES_TABLE)
        connection.execute(_POSTGRES_INDEX)


def copy_events(url: str, events: Sequence[Recorded], size: int) -> float:
    """COPY in transactions of `size` events; the seconds it took."""
    with psycopg.connect(url, autocommit=True) as connection:
        started = time.perf_counter()
        for part in slices(events, size):
            with (
                connection.cursor() as cursor,
                cursor.copy(
                    "COPY stored_events (originator_id, originator_version, topic, state)"
                    " FROM STDIN (FORMAT BINARY)"
                ) as copy,
            ):
                copy.set_types(["uuid", "int8", "text", "bytea"])
                for event in part:
                    copy.write_row((event.origin, event.sequence, event.type, event.raw))
        return time.perf_counter() - started


def insert_events(path: Path, events: Sequence[Recorded], size: int) -> float:
    """`executemany` into SQLite in transactions of `size` events; the seconds it took."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # The library's own settings: WAL, and synchronous left at FULL.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(_SQLITE_TABLE)
        started = time.perf_counter()
        for part in slices(events, size):
            rows = [(e.origin.hex, e.sequence, e.type, e.raw) for e in part]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO stored_events VALUES (?,?,?,?)", rows)
            connection.execute("COMMIT")
        return time.perf_counter() - started
    finally:
        connection.close()


def read_log(url: str) -> int:
    """Read a PostgreSQL log from end to end; how many events it has."""
    count = 0
    with (
        psycopg.connect(url) as connection,
        connection.cursor(name="log", binary=True) as cursor,
    ):
        cursor.itersize = 2_000
        cursor.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state"
            " FROM stored_events ORDER BY notification_id"
        )
        for _ in cursor:
            count += 1
    return count


def copy_rows(url: str, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table that exists."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)
