"""Fresh databases: every run starts on an empty one and leaves nothing behind."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

from bench.floor import copy_events
from bench.happenings import Recorded, as_new
from infra.backing import PostgresBacking
from services.node.eventlog import EventLog, open_log

_FILL: Final = 5_000


@dataclass(frozen=True, slots=True)
class Where:
    """The addresses of one empty store."""

    folder: Path
    """A folder of its own, removed with it."""
    database: str | None
    """postgresql://…, or None for SQLite files in the folder."""

    @property
    def log_url(self) -> str:
        return self.database or f"sqlite:///{self.folder / 'log.db'}"

    @property
    def state_url(self) -> str:
        return self.database or f"sqlite:///{self.folder / 'state.db'}"


class Store(Protocol):
    """A kind of database."""

    name: str

    def fresh(self) -> AbstractContextManager[Where]:
        """An empty store, removed at the end."""


class SQLiteStore:
    """SQLite files: the embedded profile."""

    name = "sqlite"

    @contextmanager
    def fresh(self) -> Iterator[Where]:
        folder = Path(tempfile.mkdtemp(prefix="antq-bench-"))
        try:
            yield Where(folder, None)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class PostgresStore:
    """A database of its own on a PostgreSQL server: the server profile."""

    name = "postgresql"

    def __init__(self, server: PostgresBacking) -> None:
        self._server = server

    @contextmanager
    def fresh(self) -> Iterator[Where]:
        name = f"bench_{uuid4().hex[:12]}"
        self._server.create_database(name)
        folder = Path(tempfile.mkdtemp(prefix="antq-bench-"))
        try:
            yield Where(folder, self._server.dsn(name))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self._server.drop_database(name)


def fill(where: Where, events: Sequence[Recorded]) -> None:
    """Put events into a store's log, in their order."""
    log = open_log(where.log_url)
    try:
        if where.database is not None:
            copy_events(where.database, events, _FILL)
        else:
            _append(log, events)
    finally:
        log.close()


def fill_timed(where: Where, events: Sequence[Recorded]) -> float:
    """Append events to an empty log with the node's own recorder; the seconds it took."""
    log = open_log(where.log_url)
    try:
        started = time.perf_counter()
        _append(log, events)
        return time.perf_counter() - started
    finally:
        log.close()


def _append(log: EventLog, events: Sequence[Recorded]) -> None:
    for start in range(0, len(events), _FILL):
        part = events[start : start + _FILL]
        log.append([as_new(event) for event in part])
