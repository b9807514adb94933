"""The file of the local carrier: its form, and one connection to it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from services.node.errors import CarrierUnavailableError

PATIENCE: Final = 20.0
"""Seconds to wait for other writers; below the half minute that `Sender.send` may take."""
_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = (
    # AUTOINCREMENT: neither a topic's id nor a message's place is ever used again.
    """CREATE TABLE topics (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
        bytes INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE messages (
        place INTEGER PRIMARY KEY AUTOINCREMENT, topic_id INTEGER NOT NULL,
        key TEXT NOT NULL, content_type TEXT NOT NULL, value BLOB NOT NULL)""",
    "CREATE INDEX messages_of_topic ON messages (topic_id, place)",
    """CREATE TABLE offsets (
        "group" TEXT NOT NULL, topic_id INTEGER NOT NULL, place INTEGER NOT NULL,
        PRIMARY KEY ("group", topic_id)) WITHOUT ROWID""",
)


class LocalFile:
    """One connection to the file, with the errors of SQLite and of the disk translated."""

    def __init__(self, path: Path) -> None:
        """Create the file if there is none. Raises CarrierUnavailableError."""
        self._path = path
        # Used by one thread and closed by any; the lock keeps a close out of a running statement.
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(self._db)
                self._inode = path.stat().st_ino
            except BaseException:
                self._db.close()
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for statements that change nothing."""
        with self._translated():
            yield self._connection()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The connection inside a transaction, durable on leaving; a crash before leaves nothing.

        IMMEDIATE: a transaction that reads first and writes later fails at once under a second
        writer, however long it was told to wait.
        """
        with self._translated():
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                # Cut here, the transaction is gone; cut within, SQLite's journal decides it as a
                # whole, and the caller, who saw no answer, repeats what receivers know to ignore.
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    with suppress(sqlite3.Error):
                        db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the connection; safe to call twice, never raises."""
        with self._lock:
            db, self._db = self._db, None
            if db is not None:
                with suppress(sqlite3.Error):
                    db.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OSError) as error:
                raise CarrierUnavailableError(
                    f"the local carrier {self._path} did not answer:"
                    f" {type(error).__name__}: {error}"
                ) from error

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise CarrierUnavailableError(f"the local carrier {self._path} is closed")
        # Someone who deletes the file leaves us writing to a file that nobody will find again.
        if self._path.stat().st_ino != self._inode:
            raise CarrierUnavailableError(f"the local carrier {self._path} was replaced; reopen it")
        return self._db

    def _prepare(self, db: sqlite3.Connection) -> None:
        _use_wal(db)
        # FULL: in WAL mode anything less lets a power cut take back what was acknowledged.
        db.execute("PRAGMA synchronous = FULL")
        version = _version(db)
        if version == _SCHEMA_VERSION:
            return
        if version != 0:
            raise CarrierUnavailableError(
                f"the local carrier {self._path} has form {version}, this program knows"
                f" {_SCHEMA_VERSION}; upgrade the program"
            )
        db.execute("BEGIN IMMEDIATE")
        try:
            if _version(db) == 0:  # another process may have been first
                for statement in _SCHEMA:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def topic_id_of(db: sqlite3.Connection, topic: str) -> int:
    """The id of a topic. Raises CarrierUnavailableError if there is none."""
    row = db.execute("SELECT id FROM topics WHERE name = ?", (topic,)).fetchone()
    if row is None:
        raise CarrierUnavailableError(f"there is no topic {topic}; create it with ensure_topics")
    topic_id: int = row[0]
    return topic_id


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    number: int = version
    return number


def _use_wal(db: sqlite3.Connection) -> None:
    """Readers and one writer at a time do not wait for each other in this mode.

    Changing to it is the one statement that does not wait for others, so it is repeated here.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
