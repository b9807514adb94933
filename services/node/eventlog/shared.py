"""What the logs in SQLite and PostgreSQL share."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent

from contracts.tombstone import ERASED_TYPE
from domain.effective import REDACTED
from services.node.errors import StoreUnavailableError
from services.node.eventlog.port import (
    ERASED_KEY,
    EventKey,
    Logged,
    NewEvent,
    PositionTakenError,
    erased_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsourcing.postgres import PostgresApplicationRecorder
    from eventsourcing.sqlite import SQLiteApplicationRecorder

LOCK_TIMEOUT_SECONDS: Final = 30
BEHIND: Final = "the log has grown behind what was seen"

KEYS_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS event_keys ("
    "event_id {uuid} NOT NULL PRIMARY KEY, "
    "record_key {text} NOT NULL UNIQUE, "
    "content text NOT NULL, "
    "aggregate_id {uuid} NOT NULL, "
    "origin {uuid} NOT NULL, "
    "sequence bigint NOT NULL)"
)


_MARKED: Final = f"topic IN ('{REDACTED}', '{ERASED_TYPE}')"
ERASURES_INDEX: Final = (
    f"CREATE INDEX IF NOT EXISTS stored_events_erasures ON {{table}} ({{position}}) WHERE {_MARKED}"
)
"""Holds only what `erasures` reads. A statement must say its condition in these very words."""
ERASURES: Final = (
    "SELECT {position}, originator_id, originator_version, state FROM {table}"  # noqa: S608 # our own names
    f" WHERE {_MARKED} AND {{position}} > {{mark}} ORDER BY {{position}}"
)

KEY_OF: Final = (
    "SELECT record_key FROM event_keys"
    " WHERE event_id = {mark} AND origin = {mark} AND sequence = {mark}"
)
ERASE_KEY: Final = "UPDATE event_keys SET record_key = {mark}, content = '' WHERE event_id = {mark}"


def forgotten_key(record_key: str) -> str:
    """The key that is left of a record key; of one that was erased already, itself."""
    return record_key if record_key.startswith(ERASED_KEY) else erased_key(record_key)


class RecorderLog:
    """What both adapters share."""

    _recorder: SQLiteApplicationRecorder | PostgresApplicationRecorder

    def append(
        self,
        events: Sequence[NewEvent],
        keys: Sequence[EventKey] = (),
        *,
        seen: int | None = None,
    ) -> Sequence[int]:
        if not events:
            return ()
        stored = [StoredEvent(e.origin, e.sequence, e.type, e.raw) for e in events]
        with translated():
            return self._recorder.insert_events(stored, keys=keys, seen=seen) or ()

    def read(self, after: int, limit: int) -> Sequence[Logged]:
        with translated():
            notifications = self._recorder.select_notifications(
                after, limit, inclusive_of_start=False
            )
        return [
            Logged(int(n.id), _uuid(n.originator_id), n.originator_version, n.state)
            for n in notifications
        ]

    def read_stream(self, origin: UUID, first: int, last: int) -> Sequence[Logged]:
        with translated():
            stored = self._recorder.select_events(origin, gt=first - 1, lte=last)
        return [Logged(0, origin, s.originator_version, s.state) for s in stored]

    def head(self, origin: UUID) -> int:
        with translated():
            last = self._recorder.select_events(origin, desc=True, limit=1)
        return last[0].originator_version if last else 0

    def position(self) -> int:
        with translated():
            return self._recorder.max_notification_id() or 0


INSERT_KEYS: Final = "INSERT INTO event_keys VALUES ({marks}) ON CONFLICT DO NOTHING"


def key_row(key: EventKey) -> tuple[str, str, str, str, str, int]:
    return (
        key.event_id,
        key.record_key,
        key.content,
        key.aggregate_id,
        str(key.origin),
        key.sequence,
    )


def event_key(row: Sequence[Any]) -> EventKey:
    return EventKey(row[0], row[1], row[2], row[3], UUID(row[4]), row[5])


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise PositionTakenError(str(error)) from error
    except (PersistenceError, sqlite3.Error, psycopg.Error) as error:
        raise StoreUnavailableError(f"the event log is away: {error}") from error
