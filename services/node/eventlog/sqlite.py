"""The event log in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from services.node.eventlog.port import EventKey
from services.node.eventlog.shared import (
    KEYS_TABLE,
    LOCK_TIMEOUT_SECONDS,
    RecorderLog,
    event_key,
    key_row,
    translated,
)

if TYPE_CHECKING:
    from eventsourcing.sqlite import SQLiteCursor


class SQLiteRecorder(SQLiteApplicationRecorder):
    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            KEYS_TABLE.format(uuid="text"),
        ]

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        try:
            c.executemany(
                "INSERT INTO event_keys VALUES (?,?,?,?,?,?)",
                [key_row(key) for key in kwargs.get("keys", ())],
            )
            return super()._insert_events(c, stored_events, **kwargs)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(str(error)) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(str(error)) from error


class SQLiteEventLog(RecorderLog):
    """The log in one SQLite file: the embedded profile.

    Durable against the loss of power: WAL with synchronous=FULL, SQLite's default, which the
    library leaves alone.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._datastore = SQLiteDatastore(str(path), lock_timeout=LOCK_TIMEOUT_SECONDS)
        self._recorder = SQLiteRecorder(self._datastore)
        with translated():
            self._recorder.create_table()

    def heads(self) -> Mapping[UUID, int]:
        rows = self._fetch(
            "SELECT originator_id, MAX(originator_version) FROM stored_events GROUP BY 1", []
        )
        return {UUID(row[0]): row[1] for row in rows}

    def find_keys(self, event_ids: Iterable[str], record_keys: Iterable[str]) -> Sequence[EventKey]:
        found: dict[str, EventKey] = {}
        for column, values in (("event_id", event_ids), ("record_key", record_keys)):
            wanted = list(values)
            for start in range(0, len(wanted), 500):  # SQLite bounds the parameters of a statement
                part = wanted[start : start + 500]
                marks = ",".join("?" * len(part))
                for row in self._fetch(
                    f"SELECT * FROM event_keys WHERE {column} IN ({marks})",  # noqa: S608 # marks
                    part,
                ):
                    found[row[0]] = event_key(row)
        return list(found.values())

    def _fetch(self, statement: str, parameters: Sequence[Any]) -> Sequence[Sequence[Any]]:
        with translated(), self._datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, parameters)
            return [tuple(row) for row in cursor.fetchall()]

    def close(self) -> None:
        self._datastore.close()
