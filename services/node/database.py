"""The database beside the log: synchronisation state and read models, through SQLAlchemy Core."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from services.node.errors import SettingsError, StoreUnavailableError

_BUSY_SECONDS: Final = 30
_ROWS_A_STATEMENT: Final = 2_000
"""SQLite takes at most 32,766 parameters in a statement, PostgreSQL 65,535."""
_PARAMETERS: Final = 30_000


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
            self._insert: Any = sqlite.insert
        elif url.startswith("postgresql://"):
            self.engine = sa.create_engine(
                url.replace("postgresql://", "postgresql+psycopg://", 1),
                pool_pre_ping=True,
                pool_size=4,
                max_overflow=8,
                connect_args={"connect_timeout": 3},
            )
            self._insert = postgresql.insert
        else:
            raise SettingsError("the address must start with sqlite:/// or postgresql://")

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
        except DBAPIError as error:
            if error.connection_invalidated:
                raise StoreUnavailableError(f"the database is away: {error.orig}") from error
            raise

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view for several reads. Raises StoreUnavailableError."""
        try:
            with self.engine.connect() as connection:
                if not self.is_sqlite:
                    connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin():
                    yield connection
        except (OperationalError, InterfaceError) as error:
            raise StoreUnavailableError(f"the database is away: {error.orig}") from error

    def upsert(
        self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Insert rows, or replace those whose primary key is there. Each key at most once."""
        if not rows:
            return
        keys = [column.name for column in table.primary_key]
        others = [column.name for column in table.columns if column.name not in keys]
        for part in _slices(rows, len(table.columns)):
            statement = self._insert(table).values(part)
            if others:
                statement = statement.on_conflict_do_update(
                    index_elements=keys, set_={name: statement.excluded[name] for name in others}
                )
            else:
                statement = statement.on_conflict_do_nothing(index_elements=keys)
            connection.execute(statement)

    def insert(
        self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Insert rows, leaving alone those whose primary key is there."""
        for part in _slices(rows, len(table.columns)):
            connection.execute(self._insert(table).values(part).on_conflict_do_nothing())

    def close(self) -> None:
        self.engine.dispose()


def select_keys(
    connection: sa.Connection, table: sa.Table, keys: Iterable[tuple[Any, ...]]
) -> Sequence[sa.Row[Any]]:
    """The rows whose primary key is among these."""
    columns = list(table.primary_key)
    wanted = list(keys)
    found: list[sa.Row[Any]] = []
    step = min(_ROWS_A_STATEMENT, _PARAMETERS // len(columns))
    for start in range(0, len(wanted), step):
        part = wanted[start : start + step]
        if len(columns) == 1:
            condition = columns[0].in_([key[0] for key in part])
        else:
            condition = sa.tuple_(*columns).in_(part)
        found.extend(connection.execute(sa.select(table).where(condition)))
    return found


def delete_keys(
    connection: sa.Connection, table: sa.Table, keys: Iterable[tuple[Any, ...]]
) -> None:
    """Delete the rows whose primary key is among these."""
    columns = list(table.primary_key)
    wanted = list(keys)
    step = min(_ROWS_A_STATEMENT, _PARAMETERS // len(columns))
    for start in range(0, len(wanted), step):
        part = wanted[start : start + step]
        if len(columns) == 1:
            condition = columns[0].in_([key[0] for key in part])
        else:
            condition = sa.tuple_(*columns).in_(part)
        connection.execute(sa.delete(table).where(condition))


def _slices(rows: Sequence[Mapping[str, Any]], width: int) -> Iterator[list[dict[str, Any]]]:
    step = min(_ROWS_A_STATEMENT, _PARAMETERS // width)
    for start in range(0, len(rows), step):
        yield [dict(row) for row in rows[start : start + step]]


def _configure_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # the "begin" hook says how a transaction begins
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A deferred transaction that reads and then writes fails at once under a second writer.
    writes = connection.get_execution_options().get("antq_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
