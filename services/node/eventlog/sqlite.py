"""The event log in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from contracts.envelope import decode
from contracts.tombstone import ERASED_TYPE
from services.node.database import empty_journal
from services.node.eventlog.port import EventKey, Logged
from services.node.eventlog.shared import (
    BEHIND,
    ERASE_KEY,
    ERASURES,
    ERASURES_INDEX,
    INSERT_KEYS,
    KEY_OF,
    KEYS_TABLE,
    LOCK_TIMEOUT_SECONDS,
    RecorderLog,
    event_key,
    forgotten_key,
    key_row,
    translated,
)

if TYPE_CHECKING:
    from eventsourcing.sqlite import SQLiteCursor


_SCRUB_SECONDS: Final = 5


class SQLiteRecorder(SQLiteApplicationRecorder):
    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            KEYS_TABLE.format(uuid="text", text="text"),
            # The position is the row's number, which every index entry holds anyway.
            ERASURES_INDEX.format(table=self.events_table_name, position="topic"),
        ]

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        try:
            seen = kwargs.get("seen")
            if seen is not None:
                c.execute("SELECT MAX(rowid) FROM stored_events")
                if (c.fetchone()[0] or 0) > seen:
                    raise IntegrityError(BEHIND)
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
        self._path = path
        self._datastore = SQLiteDatastore(str(path), lock_timeout=LOCK_TIMEOUT_SECONDS)
        self._recorder = SQLiteRecorder(self._datastore)
        with translated():
            self._recorder.create_table()

    def read_bytes(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        rows: Sequence[Any] = self._fetch(
            "SELECT rowid, state FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT ?",
            [after, limit],
        )
        return rows

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

    def erasures(self, after: int) -> Sequence[Logged]:
        statement = ERASURES.format(table="stored_events", position="rowid", mark="?")
        return [Logged(row[0], UUID(row[1]), *row[2:]) for row in self._fetch(statement, [after])]

    def erase(self, origin: UUID, sequence: int, tombstone: bytes) -> bool:
        with translated(), self._datastore.transaction(commit=True) as cursor:
            # What is overwritten is filled with zeros, not only marked as free.
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.fetchall()
            cursor.execute(
                "UPDATE stored_events SET topic = ?, state = ?"
                " WHERE originator_id = ? AND originator_version = ?",
                [ERASED_TYPE, tombstone, origin.hex, sequence],
            )
            cursor.execute("SELECT changes()")
            found = bool(cursor.fetchone()[0])
            event_id = decode(tombstone).event_id
            cursor.execute(KEY_OF.format(mark="?"), [event_id, str(origin), sequence])
            for (record_key,) in [tuple(row) for row in cursor.fetchall()]:
                cursor.execute(
                    ERASE_KEY.format(mark="?"), [forgotten_key(str(record_key)), event_id]
                )
        return found

    def scrub(self) -> None:
        with translated(), closing(sqlite3.connect(self._path, timeout=_SCRUB_SECONDS)) as alone:
            alone.isolation_level = None
            counted = alone.execute("SELECT COUNT(*), MAX(rowid) FROM stored_events")
            events, last = counted.fetchone()
            if events == (last or 0):
                # Writing a file anew may number rows anew. Without a hole they keep their numbers,
                # which are positions.
                alone.execute("VACUUM")
            empty_journal(alone)

    def restore_keys(self, keys: Sequence[EventKey]) -> None:
        with translated(), self._datastore.transaction(commit=True) as cursor:
            cursor.executemany(INSERT_KEYS.format(marks="?,?,?,?,?,?"), list(map(key_row, keys)))

    def _fetch(self, statement: str, parameters: Sequence[Any]) -> Sequence[Sequence[Any]]:
        with translated(), self._datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, parameters)
            return [tuple(row) for row in cursor.fetchall()]

    def close(self) -> None:
        self._datastore.close()
