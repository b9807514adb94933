"""The database beside the log: synchronisation state and read models, through SQLAlchemy Core."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.refusals import Text
from services.node.errors import SettingsError, StoreUnavailableError
from services.node.rowsets import insert_rows

_BUSY_SECONDS: Final = 30

_SESSION: Final = (
    "SELECT set_config('jit', 'off', false),"
    " CASE WHEN pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('32MB')"
    " THEN set_config('work_mem', '32MB', false) END,"
    " CASE WHEN current_setting('hash_mem_multiplier', true)::float < 4"
    " THEN set_config('hash_mem_multiplier', '4', false) END,"
    " CASE WHEN EXISTS (SELECT 1 FROM pg_settings"
    " WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals))"
    " THEN set_config('default_toast_compression', 'lz4', false) END"
)
"""A figure of the country adds up some hundred thousand cells: with the default memory (4 MB)
PostgreSQL sorts them on the disk, and compiling the statement takes longer than it saves. It thinks
that they come to twice as many sums as they do, and without room for those it sorts them first,
which takes twice as long. Histories of a few events are compressed where they are kept; by lz4, if
the server was built with it, that costs a fraction of PostgreSQL's own way. Said in SQL and not as
an option of the connection, which a pooler in between may not let through."""

MIGRATION_LOCK: Final = 0x616E7471
"""PostgreSQL's "create table if not exists" fails when two processes do it at once."""


class Database:
    """An engine whose transactions say plainly when the database is away."""

    def __init__(self, url: str) -> None:
        """Open "sqlite:///<path>" or "postgresql://…"; connects when first used.

        Raises SettingsError for another kind of address.
        """
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            self.engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
            sa.event.listen(self.engine, "connect", _configure_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        elif url.startswith("postgresql://"):
            self.engine = sa.create_engine(
                url.replace("postgresql://", "postgresql+psycopg://", 1),
                pool_pre_ping=True,
                pool_size=4,
                max_overflow=20,
                pool_timeout=5,
                connect_args={"connect_timeout": 3},
            )
            sa.event.listen(self.engine, "connect", _configure_postgres)
        else:
            raise SettingsError(
                Text(
                    "địa chỉ phải bắt đầu bằng sqlite:/// hoặc postgresql://",
                    "the address must start with sqlite:/// or postgresql://",
                )
            )

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A transaction that writes: all of it, durably, or nothing.

        Raises StoreUnavailableError if the database is away; if that happens while committing, the
        transaction may have happened.
        """
        try:
            with self.engine.connect() as connection:
                connection.execution_options(antq_write=True)
                with connection.begin():
                    yield connection
        except (OperationalError, InterfaceError) as error:
            raise StoreUnavailableError(f"the database is away: {error.orig}") from error
        except PoolTimeoutError as error:
            raise StoreUnavailableError(f"every connection is in use: {error}") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise StoreUnavailableError(f"the database is away: {error.orig}") from error
            raise

    @contextmanager
    def migrating(self) -> Iterator[sa.Connection]:
        """A transaction for creating tables, one process at a time.

        Raises StoreUnavailableError.
        """
        with self.transaction() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view for several reads. Raises StoreUnavailableError."""
        with self._snapshot() as (connection, _):
            yield connection

    @contextmanager
    def trying(self) -> Iterator[sa.Connection]:
        """As `reading`, and whatever is written is undone at the end: for temporary tables.

        Raises StoreUnavailableError.
        """
        with self._snapshot() as (connection, transaction):
            try:
                yield connection
            finally:
                transaction.rollback()

    @contextmanager
    def _snapshot(self) -> Iterator[tuple[sa.Connection, sa.RootTransaction]]:
        try:
            with self.engine.connect() as connection:
                if not self.is_sqlite:
                    connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin() as transaction:
                    yield connection, transaction
        except (OperationalError, InterfaceError) as error:
            raise StoreUnavailableError(f"the database is away: {error.orig}") from error
        except PoolTimeoutError as error:
            raise StoreUnavailableError(f"every connection is in use: {error}") from error

    def upsert(
        self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Insert rows, or replace those whose primary key is there. Each key at most once."""
        insert_rows(connection, table, rows, replace=True)

    def insert(
        self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Insert rows, leaving alone those whose primary key is there."""
        insert_rows(connection, table, rows, replace=False)

    def scrub(self) -> None:
        """Let the database let go of bytes that were deleted or replaced, as far as it can by
        itself; see `EventLog.scrub`. Raises StoreUnavailableError if it has to be tried again."""
        try:
            with self.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                driver = connection.connection.driver_connection
                if isinstance(driver, sqlite3.Connection):
                    driver.execute("VACUUM")
                    empty_journal(driver)
                else:
                    connection.exec_driver_sql("VACUUM")
        except (DBAPIError, sqlite3.Error) as error:
            raise StoreUnavailableError(f"old bytes are not gone yet: {error}") from error

    def close(self) -> None:
        self.engine.dispose()


def empty_journal(connection: sqlite3.Connection) -> None:
    """Bring SQLite's write-ahead log into the file and empty it: old pages stand in it.

    Raises sqlite3.OperationalError while somebody still reads from it.
    """
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError("the journal is being read")


def _configure_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # the "begin" hook says how a transaction begins
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _configure_postgres(connection: psycopg.Connection[Any], _: object) -> None:
    connection.execute(_SESSION)
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A deferred transaction that reads and then writes fails at once under a second writer.
    writes = connection.get_execution_options().get("antq_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
