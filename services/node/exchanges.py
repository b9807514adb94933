"""Several statements in one exchange with PostgreSQL.

Each exchange puts this thread to sleep and has it wait for the interpreter again; and while one
waits for an answer, the server has nothing to do. So what does not depend on an answer is sent
without waiting for it. SQLite is a part of this process and is asked one thing after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import psycopg
import sqlalchemy as sa

from services.node.binaryvalues import packed_array
from services.node.errors import MovedError, StoreUnavailableError
from services.node.rowsets import (
    SQLITE,
    add_text,
    arrays,
    delete_text,
    driver_of,
    insert_text,
    json_keys,
    select_text,
)

Cells = Mapping[tuple[Any, ...], int]
Row = tuple[Any, ...]

_POSTGRES: Final = "postgresql"
_GONE: Final = "these tables were replaced"


class Statement(NamedTuple):
    """A statement with its parameters, as the driver takes it."""

    text: str
    parameters: Sequence[Any]


class Answer(NamedTuple):
    """What a statement gave."""

    found: int
    """Rows found or changed."""
    rows: Sequence[Row]


def update(connection: sa.Connection, text: str, parameters: Sequence[Any]) -> Statement:
    """A statement that finds nothing, with %s for each parameter."""
    if connection.dialect.name == SQLITE:
        text = text.replace("%s", "?")
    return Statement(text, parameters)


def by_text_key(connection: sa.Connection, table: sa.Table, keys: Sequence[str]) -> Statement:
    """Finds the rows whose primary key, which is one text, is among these, some at least."""
    dialect = connection.dialect.name
    (column,) = table.primary_key
    listed = json_keys(keys) if dialect == SQLITE else packed_array(column, keys)
    return Statement(select_text(dialect, table), (listed,))


def ask(connection: sa.Connection, statements: Sequence[Statement]) -> list[Answer]:
    """What each statement answers, of which those that change rows come first.

    Raises StoreUnavailableError, and MovedError if a table is gone: another process has swapped
    generations and dropped this one.
    """
    if connection.dialect.name == SQLITE:
        return [_asked(connection, statement) for statement in statements]
    with _pipeline(connection) as driver:
        cursors = [_sent(driver, statement) for statement in statements]
    return [
        Answer(cursor.rowcount, cursor.fetchall() if cursor.description else ())
        for cursor in cursors
    ]


def _asked(connection: sa.Connection, statement: Statement) -> Answer:
    try:
        result = connection.exec_driver_sql(statement.text, tuple(statement.parameters))
    except sa.exc.OperationalError as error:
        if "no such table" in str(error.orig):
            raise MovedError(f"{_GONE}: {error.orig}") from error
        raise
    rows = [tuple(row) for row in result] if result.returns_rows else ()
    return Answer(len(rows) or result.rowcount, rows)


class Changes:
    """Rows and cells of several tables to be written in a transaction. What is given is on its way
    to the server while the caller works out more; see `changing`."""

    def __init__(self, connection: sa.Connection, driver: psycopg.Connection[Any] | None) -> None:
        self._connection = connection
        self._driver = driver
        self._added: list[tuple[sa.Table, psycopg.Cursor[Any]]] = []
        """What will tell which cells have come to 0."""

    def upsert(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Insert rows, each all of its values in the order of the columns and each key at most
        once; rows that are there are replaced."""
        if not rows:
            return
        if self._driver is None:
            self._connection.exec_driver_sql(insert_text(SQLITE, table, True), list(rows))
        else:
            _sent(self._driver, Statement(insert_text(_POSTGRES, table, True), arrays(table, rows)))

    def delete(self, table: sa.Table, keys: Sequence[Row]) -> None:
        """Delete the rows whose primary key is among these."""
        if keys:
            self._delete(table, keys, zeros=False)

    def add(self, table: sa.Table, cells: Cells) -> None:
        """Add to the cells of a table, whose last column is `value` and whose others are its key.

        A cell that is not there begins at 0, and one that comes to 0 has no row, as if nothing had
        ever been there.
        """
        if not cells:
            return
        rows = [(*key, value) for key, value in cells.items()]
        if self._driver is None:
            self._connection.exec_driver_sql(add_text(SQLITE, table), rows)
            self.delete_zeros(table, list(cells))
        else:
            adding = Statement(add_text(_POSTGRES, table), arrays(table, rows))
            self._added.append((table, _sent(self._driver, adding)))

    def meanwhile(self, work: Iterable[None]) -> None:
        """Do other work, piece by piece, while a server writes what it was given."""
        if self._driver is None:
            return
        for _ in work:
            self._driver.pgconn.flush()  # what did not fit into the socket before

    def zeros(self) -> list[tuple[sa.Table, Sequence[Row]]]:
        """The keys of cells that have come to 0, when all is answered."""
        added, self._added = self._added, []
        return [(table, keys) for table, cursor in added if (keys := cursor.fetchall())]

    def delete_zeros(self, table: sa.Table, keys: Sequence[Row]) -> None:
        """Delete those of the cells that are still 0."""
        self._delete(table, keys, zeros=True)

    def _delete(self, table: sa.Table, keys: Sequence[Row], *, zeros: bool) -> None:
        if self._driver is None:
            text = delete_text(SQLITE, table, "?", zeros=zeros)
            self._connection.exec_driver_sql(text, (json_keys(keys),))
        else:
            text = delete_text(_POSTGRES, table, "%s", zeros=zeros)
            _sent(self._driver, Statement(text, (json_keys(keys),)))


@contextmanager
def changing(connection: sa.Connection) -> Iterator[Changes]:
    """What changes rows and cells; all of it is written at the end. Nothing else may be asked of
    the connection meanwhile.

    Raises StoreUnavailableError, and MovedError as `ask`.
    """
    if connection.dialect.name == SQLITE:
        yield Changes(connection, None)
        return
    with _pipeline(connection) as driver:
        changes = Changes(connection, driver)
        yield changes
    if zeros := changes.zeros():
        with _pipeline(connection):
            for table, keys in zeros:
                changes.delete_zeros(table, keys)


@contextmanager
def _pipeline(connection: sa.Connection) -> Iterator[psycopg.Connection[Any]]:
    driver = driver_of(connection)
    try:
        with driver.pipeline():
            yield driver
    except psycopg.errors.UndefinedTable as error:
        raise MovedError(f"{_GONE}: {error}") from error
    except psycopg.OperationalError as error:  # past SQLAlchemy, which translates the others
        raise StoreUnavailableError(f"the database is away: {error}") from error


def _sent(driver: psycopg.Connection[Any], statement: Statement) -> psycopg.Cursor[Any]:
    return driver.execute(statement.text, statement.parameters, prepare=True, binary=True)
