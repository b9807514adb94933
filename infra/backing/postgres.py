"""A PostgreSQL server for tests and for the demonstration."""

import abc
from collections.abc import Mapping
from types import TracebackType
from typing import ClassVar, Final, Self
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from infra.backing.choice import Kind
from infra.backing.errors import BackingError

READY_SECONDS: Final = 60.0
# Every way sets these; fsync, synchronous_commit and full_page_writes keep their defaults (on).
SETTINGS: Final[Mapping[str, str]] = {
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

_CONNECT_SECONDS = 5


class PostgresBacking(abc.ABC):
    """A server that answers when the object is handed out.

    Guarantees:
        - The addresses from `dsn` are the same over every `kill` and `restart`.
        - When `kill` returns the postmaster and every backend are dead, without a checkpoint.
        - When `restart` returns the server has done its crash recovery and answers on the same
          address: every transaction whose COMMIT was answered is there, no other is (fsync is on).
        - When `stop` returns nothing of it runs and its data are gone (environment: untouched).

    A context manager: leaving it calls `stop`.
    """

    kind: ClassVar[Kind]
    can_kill: ClassVar[bool]

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def address(self) -> str:
        """host:port, without the account and its password."""
        return urlsplit(self._url).netloc.rpartition("@")[2]

    def dsn(self, dbname: str) -> str:
        """libpq URL of the database `dbname`, with the account and its password."""
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{quote(dbname, safe='')}"))

    def create_database(self, name: str) -> None:
        """Create an empty database, from template0.

        Raises:
            BackingError: it exists, the role may not create it, or the server does not answer.
        """
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0"), name)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending the connections to it; no effect if absent.

        Raises:
            BackingError: the role may not drop it, or the server does not answer.
        """
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)

    def _execute(self, statement: sql.SQL, name: str) -> None:
        try:
            with psycopg.connect(
                self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS
            ) as connection:
                connection.execute(statement.format(sql.Identifier(name)))
        except psycopg.Error as error:
            raise BackingError(f"postgres: {name}: {error}") from error

    @abc.abstractmethod
    def describe(self) -> str:
        """One line: which way was taken, where it listens, and why this way."""

    @abc.abstractmethod
    def kill(self) -> None:
        """SIGKILL the postmaster and all its children. Raises BackingError unless `can_kill`."""

    @abc.abstractmethod
    def restart(self) -> None:
        """Start it again (killing it first if it runs) and wait until it answers.

        Raises BackingError where `can_kill` is false or when it does not answer in time.
        """

    @abc.abstractmethod
    def stop(self) -> None:
        """End it and remove its data. Idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def not_answering(url: str) -> str | None:
    """None when the server at `url` runs a query, else the reason why not."""
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_SECONDS) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        return str(error).strip()
    return None


def setting_arguments(settings: Mapping[str, str]) -> list[str]:
    """`-c name=value` for each setting."""
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
