"""The event log: the one thing in a node that cannot be made again.

Built on the recorders of the eventsourcing library, one stream per origin: `originator_id` is the
origin, `originator_version` the sequence, `state` the event's exact bytes, `topic` its type. This
is the only module that imports the library's persistence.

Beside each event that this node itself records stands a row in `event_keys`, written in the same
transaction: it makes a push repeatable for ever, without reading the log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

import orjson
import psycopg
from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from eventsourcing.utils import retry
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from services.node.database import MIGRATION_LOCK
from services.node.errors import NodeError, SettingsError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsourcing.sqlite import SQLiteCursor

_LOCK_TIMEOUT_SECONDS: Final = 30
_EVENT_TYPES: Final = ("uuid", "int8", "text", "bytea")
_CONNECT_SECONDS: Final = 1.0
"""The library tries ten times, so a caller learns after some twelve seconds that it is away."""


class PositionTakenError(NodeError):
    """Another event, or the same one, already stands at that place or under that key.

    Nothing of the batch was recorded. Read the heads and keys again and decide again.
    """


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append. `raw` are its exact bytes."""

    origin: UUID
    sequence: int
    type: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class EventKey:
    """What makes a push of this event repeatable.

    `content` is the digest of what the sender meant, without what the node added, so that the same
    record pushed twice is recognised whatever event id it carries.
    """

    event_id: str
    record_key: str
    """origin, source_system and source_record_id, joined: unique on its own."""
    content: str
    aggregate_id: str
    origin: UUID
    sequence: int


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it stands in the log."""

    position: int
    """Grows with every event of this log, with holes; never compare it between nodes."""
    origin: UUID
    sequence: int
    raw: bytes


class EventLog(Protocol):
    """The port. Every adapter passes `tests/node/eventlog/suite.py`.

    Guarantees:

    - When `append` returns, the events are durable and visible to every reader, all or none.
    - An origin's sequence holds each number once; a number taken is never given again.
    - A reader that has read up to position p never later finds an event at or below p.
    - Bytes come back exactly as they went in.

    Every method raises StoreUnavailableError when the database is away. After `append` raised it,
    the batch may or may not have been recorded; what is recorded is found again by reading.
    """

    def append(self, events: Sequence[NewEvent], keys: Sequence[EventKey] = ()) -> None:
        """Record a batch in one durable transaction.

        Raises PositionTakenError if a place or key is taken; then nothing was recorded.
        """

    def read(self, after: int, limit: int) -> Sequence[Logged]:
        """At most `limit` events behind position `after`, in the order of their positions."""

    def read_stream(self, origin: UUID, first: int, last: int) -> Sequence[Logged]:
        """Events `first` to `last` of one origin (those that are held), in order; positions are 0:
        the library does not tell them here."""

    def head(self, origin: UUID) -> int:
        """The last sequence held of an origin; 0 if none."""

    def heads(self) -> Mapping[UUID, int]:
        """The head of every origin held. Reads the whole index: for checks, not for each batch."""

    def position(self) -> int:
        """The position of the last event; 0 when the log is empty."""

    def find_keys(self, event_ids: Iterable[str], record_keys: Iterable[str]) -> Sequence[EventKey]:
        """The keys among these that are taken."""

    def close(self) -> None:
        """Let go of the database; safe to call twice."""


def open_log(url: str) -> EventLog:
    """The log at "sqlite:///<path>" or "postgresql://…", its tables created if they are missing.

    Raises SettingsError for another kind of address, StoreUnavailableError.
    """
    if url.startswith("sqlite:///"):
        return SQLiteEventLog(Path(url.removeprefix("sqlite:///")))
    if url.startswith("postgresql://"):
        return PostgresEventLog(url)
    raise SettingsError("the log's address must start with sqlite:/// or postgresql://")


_KEYS_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS event_keys ("
    "event_id {uuid} NOT NULL PRIMARY KEY, "
    "record_key text NOT NULL UNIQUE, "
    "content text NOT NULL, "
    "aggregate_id {uuid} NOT NULL, "
    "origin {uuid} NOT NULL, "
    "sequence bigint NOT NULL)"
)


class _SQLiteRecorder(SQLiteApplicationRecorder):
    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            _KEYS_TABLE.format(uuid="text"),
        ]

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        try:
            c.executemany(
                "INSERT INTO event_keys VALUES (?,?,?,?,?,?)",
                [_key_row(key) for key in kwargs.get("keys", ())],
            )
            return super()._insert_events(c, stored_events, **kwargs)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(str(error)) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(str(error)) from error


class _PostgresRecorder(PostgresApplicationRecorder):
    """The library's recorder, with COPY in the place of its INSERT of composite values.

    Adapting those costs more than all the rest of an append. The order of things is the library's:
    one transaction that locks the table before the first position is drawn, so that positions
    become visible in their order, and that notifies with its commit. A crash before the commit
    leaves nothing, whatever was copied.
    """

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore)
        self.sql_create_statements.append(SQL(_KEYS_TABLE.format(uuid="uuid")).format())
        table = Identifier(datastore.schema, self.events_table_name)
        notify = SQL("NOTIFY {}").format(Identifier(self.channel_name))
        self._begin = SQL("; ").join([*self.lock_table_statements, notify])
        self._copy_events = SQL(
            "COPY {} (originator_id, originator_version, topic, state) FROM STDIN (FORMAT BINARY)"
        ).format(table)

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        keys: Sequence[EventKey] = kwargs.get("keys", ())
        with self.datastore.get_connection() as connection, connection.transaction():
            cursor = connection.execute(self._begin)
            if keys:
                with cursor.copy("COPY event_keys FROM STDIN") as copy:
                    for key in keys:
                        copy.write_row(_key_row(key))
            with cursor.copy(self._copy_events) as copy:
                copy.set_types(_EVENT_TYPES)
                for stored in stored_events:
                    copy.write_row(
                        (
                            stored.originator_id,
                            stored.originator_version,
                            stored.topic,
                            stored.state,
                        )
                    )
        return None


def _key_row(key: EventKey) -> tuple[str, str, str, str, str, int]:
    return (
        key.event_id,
        key.record_key,
        key.content,
        key.aggregate_id,
        str(key.origin),
        key.sequence,
    )


class _RecorderLog:
    """What both adapters share."""

    _recorder: SQLiteApplicationRecorder | PostgresApplicationRecorder

    def append(self, events: Sequence[NewEvent], keys: Sequence[EventKey] = ()) -> None:
        if not events:
            return
        stored = [StoredEvent(e.origin, e.sequence, e.type, e.raw) for e in events]
        with _translated():
            self._recorder.insert_events(stored, keys=keys)

    def read(self, after: int, limit: int) -> Sequence[Logged]:
        with _translated():
            notifications = self._recorder.select_notifications(
                after, limit, inclusive_of_start=False
            )
        return [
            Logged(int(n.id), _uuid(n.originator_id), n.originator_version, n.state)
            for n in notifications
        ]

    def read_stream(self, origin: UUID, first: int, last: int) -> Sequence[Logged]:
        with _translated():
            stored = self._recorder.select_events(origin, gt=first - 1, lte=last)
        return [Logged(0, origin, s.originator_version, s.state) for s in stored]

    def head(self, origin: UUID) -> int:
        with _translated():
            last = self._recorder.select_events(origin, desc=True, limit=1)
        return last[0].originator_version if last else 0

    def position(self) -> int:
        with _translated():
            return self._recorder.max_notification_id() or 0


class SQLiteEventLog(_RecorderLog):
    """The log in one SQLite file: the embedded profile.

    Durable against the loss of power: WAL with synchronous=FULL, SQLite's default, which the
    library leaves alone.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._datastore = SQLiteDatastore(str(path), lock_timeout=_LOCK_TIMEOUT_SECONDS)
        self._recorder = _SQLiteRecorder(self._datastore)
        with _translated():
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
                    found[row[0]] = _key(row)
        return list(found.values())

    def _fetch(self, statement: str, parameters: Sequence[Any]) -> Sequence[Sequence[Any]]:
        with _translated(), self._datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, parameters)
            return [tuple(row) for row in cursor.fetchall()]

    def close(self) -> None:
        self._datastore.close()


class PostgresEventLog(_RecorderLog):
    """The log in PostgreSQL: the server profile.

    The library takes a table lock before it draws positions, so that positions become visible in
    their order. Its option to insert through database functions gives that up and is never set.
    """

    def __init__(self, url: str, *, pool_size: int = 2) -> None:
        parts = conninfo_to_dict(url)
        self._datastore = PostgresDatastore(
            dbname=str(parts.get("dbname", "")),
            host=str(parts.get("host", "")),
            port=str(parts.get("port", "5432")),
            user=str(parts.get("user", "")),
            password=str(parts.get("password", "")),
            connect_timeout=_CONNECT_SECONDS,
            pool_size=pool_size,
            max_overflow=6,
            lock_timeout=_LOCK_TIMEOUT_SECONDS,
        )
        try:
            with _translated():
                # Making the recorder already asks the database, for its types.
                self._recorder = _PostgresRecorder(self._datastore)
                with psycopg.connect(url, autocommit=True) as alone:
                    # Held while this connection lives: two processes that create the same tables
                    # at once fail with an error of the catalogue.
                    alone.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
                    self._recorder.create_table()
        except BaseException:
            self._datastore.close()
            raise

    def read(self, after: int, limit: int) -> Sequence[Logged]:
        # The library reads dictionaries, at four times the cost.
        rows = self._fetch(
            "SELECT notification_id, originator_id, originator_version, state FROM stored_events"
            " WHERE notification_id > %s ORDER BY notification_id LIMIT %s",
            [after, limit],
        )
        return [Logged(*row) for row in rows]

    def heads(self) -> Mapping[UUID, int]:
        rows = self._fetch(
            "SELECT originator_id, MAX(originator_version) FROM stored_events GROUP BY 1", []
        )
        return {row[0]: row[1] for row in rows}

    def find_keys(self, event_ids: Iterable[str], record_keys: Iterable[str]) -> Sequence[EventKey]:
        rows = self._fetch(
            # As JSON: psycopg takes longer to write an array than PostgreSQL to look it up.
            "SELECT event_id::text, record_key, content, aggregate_id::text, origin::text, sequence"
            " FROM event_keys WHERE event_id = ANY(ARRAY("
            "SELECT CAST(json_array_elements_text(CAST(%s AS json)) AS uuid)))"
            " UNION SELECT event_id::text, record_key, content, aggregate_id::text, origin::text,"
            " sequence FROM event_keys WHERE record_key = ANY(ARRAY("
            "SELECT json_array_elements_text(CAST(%s AS json))))",
            [orjson.dumps(list(part)).decode() for part in (event_ids, record_keys)],
        )
        return [_key(row) for row in rows]

    def _fetch(self, statement: str, parameters: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        with _translated():
            rows: Sequence[tuple[Any, ...]] = self._fetched(statement, parameters)
            return rows

    # A pooled connection that died while it lay idle is found out only by using it; reading again
    # is harmless.
    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def _fetched(self, statement: str, parameters: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        with (
            self._datastore.get_connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            return cursor.execute(statement, parameters, prepare=True).fetchall()

    def close(self) -> None:
        self._datastore.close()


def _key(row: Sequence[Any]) -> EventKey:
    return EventKey(row[0], row[1], row[2], row[3], UUID(row[4]), row[5])


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise PositionTakenError(str(error)) from error
    except (PersistenceError, sqlite3.Error, psycopg.Error) as error:
        raise StoreUnavailableError(f"the event log is away: {error}") from error
