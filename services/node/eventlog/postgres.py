"""The event log in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast
from uuid import UUID

import orjson
import psycopg
from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.utils import retry
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed, Identifier, Literal

from contracts.envelope import decode
from contracts.tombstone import ERASED_TYPE
from domain.refusals import Text
from services.node.database import MIGRATION_LOCK
from services.node.errors import SettingsError
from services.node.eventlog.binarycopy import (
    EVENT_COLUMNS,
    KEY_COLUMNS,
    events_pieces,
    keys_block,
)
from services.node.eventlog.port import EventKey, Logged, NewEvent
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
from services.node.eventlog.transfer import transfer

_MAIN_PARTS: Final = frozenset({"dbname", "host", "port", "user", "password"})
_CONNECT_SECONDS: Final = 1.0
"""The library tries ten times, so a caller learns after some twelve seconds that it is away."""


def _names(columns: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, columns))


_COPY_KEYS: Final = SQL("COPY event_keys ({}) FROM STDIN (FORMAT BINARY)").format(
    _names(KEY_COLUMNS)
)

_KEYS_BY: Final = (
    "SELECT k.* FROM json_array_elements_text(CAST(%s AS json)) AS wanted (value)"
    " CROSS JOIN LATERAL (SELECT event_id::text, record_key, content, aggregate_id::text,"
    " origin::text, sequence FROM event_keys WHERE {} OFFSET 0) AS k"
)
"""As JSON: psycopg takes longer to write an array than PostgreSQL to look it up. `OFFSET 0` keeps
the planner to one look into the index for each key: what it knows of a young table it remembers,
and would read the whole of it each time, however large it has become."""
_FIND_KEYS: Final = " UNION ".join(
    _KEYS_BY.format(condition)
    for condition in ("event_id = CAST(wanted.value AS uuid)", "record_key = wanted.value")
)


class PostgresRecorder(PostgresApplicationRecorder):
    """The library's recorder, with COPY in the place of its INSERT of composite values.

    Adapting those costs more than all the rest of an append. The order of things is the library's:
    one transaction that locks the table before the first position is drawn, so that positions
    become visible in their order, and that notifies with its commit. A crash before the commit
    leaves nothing, whatever was copied.
    """

    def __init__(self, datastore: PostgresDatastore) -> None:
        if datastore.enable_db_functions:
            raise SettingsError(
                Text(
                    "ghi qua hàm của cơ sở dữ liệu làm vị trí hiện ra không theo thứ tự",
                    "inserting through database functions lets positions become visible out of"
                    " order",
                )
            )
        super().__init__(datastore)
        # By bytes: a language's order takes many times as long to compare, and nobody needs it.
        keys = KEYS_TABLE.format(uuid="uuid", text='text COLLATE "C"')
        self.sql_create_statements.append(SQL(keys).format())
        index = ERASURES_INDEX.format(table=self.events_table_name, position="notification_id")
        self.sql_create_statements.append(SQL(index).format())
        table = Identifier(datastore.schema, self.events_table_name)
        notify = SQL("NOTIFY {}").format(Identifier(self.channel_name))
        sequence = Literal(f"{datastore.schema}.{self.events_table_name}_notification_id_seq")
        begin = SQL("; ").join([SQL("BEGIN"), *self.lock_table_statements, notify])
        before = SQL("{}; SELECT").format(begin).as_bytes()
        draw = SQL("setval({0}, nextval({0}) + ").format(sequence).as_bytes()
        newest = SQL("(SELECT max(notification_id) FROM {})").format(table).as_bytes()
        self._draw = b"%b %b%%d)" % (before, draw)
        self._draw_if = b"%b CASE WHEN coalesce(%b, 0) <= %%d THEN %b%%d) END" % (
            before,
            newest,
            draw,
        )
        """Answers nothing, and draws nothing, where something stands behind what was seen."""
        copy_events = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            table, _names(EVENT_COLUMNS)
        )
        self._copies = {
            False: SQL("; {}; COMMIT").format(copy_events).as_bytes(),
            True: SQL("; {}; {}; COMMIT").format(_COPY_KEYS, copy_events).as_bytes(),
        }
        """What follows, by whether there are keys."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Record events and the `keys` among the arguments; their positions, in their order.

        Raises IntegrityError if a place or key is taken, or something stands behind the position
        `seen` among the arguments.
        """
        if not stored_events:
            return None
        rows = [(s.originator_id, s.originator_version, s.topic, s.state) for s in stored_events]
        positions: Sequence[int] = self.record(rows, kwargs.get("keys", ()), kwargs.get("seen"))
        return positions

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def record(
        self,
        events: Sequence[tuple[UUID, int, str, bytes]],
        keys: Sequence[EventKey],
        seen: int | None = None,
    ) -> Sequence[int]:
        """As `insert_events`, of at least one event."""
        count = len(events)

        def blocks(last: int) -> list[Iterable[bytes]]:
            rows = events_pieces(events, last - count + 1)
            return [[keys_block(keys)], rows] if keys else [rows]

        draw = self._draw % (count - 1) if seen is None else self._draw_if % (seen, count - 1)
        with self.datastore.get_connection() as connection:
            last = transfer(connection, draw + self._copies[bool(keys)], blocks)
        if last is None:
            raise IntegrityError(BEHIND)
        return list(range(last - count + 1, last + 1))


class PostgresEventLog(RecorderLog):
    """The log in PostgreSQL: the server profile.

    The library takes a table lock before it draws positions, so that positions become visible in
    their order. Its option to insert through database functions gives that up and is never set.
    """

    def __init__(self, url: str, *, pool_size: int = 2) -> None:
        self._url = url
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
            lock_timeout=LOCK_TIMEOUT_SECONDS,
        )
        # The library knows the main parts of an address only. The rest, TLS above all, must hold
        # for the log as it does for the tables.
        rest = {name: value for name, value in parts.items() if name not in _MAIN_PARTS}
        pool = self._datastore.pool
        pool.kwargs = {**cast("dict[str, Any]", pool.kwargs), **rest}
        try:
            with translated():
                # Making the recorder already asks the database, for its types.
                self._recorder = self._copying = PostgresRecorder(self._datastore)
                with psycopg.connect(url, autocommit=True) as alone:
                    # Held while this connection lives: two processes that create the same tables
                    # at once fail with an error of the catalogue.
                    alone.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
                    self._recorder.create_table()
        except BaseException:
            self._datastore.close()
            raise

    def append(
        self,
        events: Sequence[NewEvent],
        keys: Sequence[EventKey] = (),
        *,
        seen: int | None = None,
    ) -> Sequence[int]:
        if not events:
            return ()
        with translated():
            positions: Sequence[int] = self._copying.record(events, keys, seen)
            return positions

    def read(self, after: int, limit: int) -> Sequence[Logged]:
        # The library reads dictionaries, at four times the cost.
        rows = self._fetch(
            "SELECT notification_id, originator_id, originator_version, state FROM stored_events"
            " WHERE notification_id > %s ORDER BY notification_id LIMIT %s",
            [after, limit],
        )
        return [Logged(*row) for row in rows]

    def read_bytes(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        rows: Sequence[Any] = self._fetch(
            "SELECT notification_id, state FROM stored_events"
            " WHERE notification_id > %s ORDER BY notification_id LIMIT %s",
            [after, limit],
        )
        return rows

    def heads(self) -> Mapping[UUID, int]:
        rows = self._fetch(
            "SELECT originator_id, MAX(originator_version) FROM stored_events GROUP BY 1", []
        )
        return {row[0]: row[1] for row in rows}

    def find_keys(self, event_ids: Iterable[str], record_keys: Iterable[str]) -> Sequence[EventKey]:
        wanted = [orjson.dumps(list(part)).decode() for part in (event_ids, record_keys)]
        return [event_key(row) for row in self._fetch(_FIND_KEYS, wanted)]

    def erasures(self, after: int) -> Sequence[Logged]:
        statement = ERASURES.format(table="stored_events", position="notification_id", mark="%s")
        return [Logged(*row) for row in self._fetch(statement, [after])]

    def erase(self, origin: UUID, sequence: int, tombstone: bytes) -> bool:
        with (
            translated(),
            self._datastore.get_connection() as connection,
            connection.transaction(),
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            cursor.execute(
                "UPDATE stored_events SET topic = %s, state = %s"
                " WHERE originator_id = %s AND originator_version = %s",
                [ERASED_TYPE, tombstone, origin, sequence],
            )
            found = cursor.rowcount > 0
            event_id = decode(tombstone).event_id
            cursor.execute(SQL(KEY_OF.format(mark="%s")), [event_id, origin, sequence])
            for (record_key,) in cursor.fetchall():
                cursor.execute(
                    SQL(ERASE_KEY.format(mark="%s")), [forgotten_key(record_key), event_id]
                )
        return found

    def scrub(self) -> None:
        with translated(), psycopg.connect(self._url, autocommit=True) as alone:
            for table in ("stored_events", "event_keys"):
                alone.execute(SQL("VACUUM {}").format(Identifier(table)))

    # Left alone where it is taken, so trying again is harmless.
    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def _insert_keys(self, keys: Sequence[EventKey]) -> None:
        with self._datastore.get_connection() as connection, connection.transaction():
            connection.cursor().executemany(
                INSERT_KEYS.format(marks="%s,%s,%s,%s,%s,%s"), list(map(key_row, keys))
            )

    def restore_keys(self, keys: Sequence[EventKey]) -> None:
        with translated():
            self._insert_keys(keys)

    def _fetch(self, statement: str, parameters: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        with translated():
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
