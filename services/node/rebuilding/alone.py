"""One rebuild at a time, whichever process does it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.node.database import Database
from services.node.errors import BusyError

_LOCK: Final = 0x616E7472
"""PostgreSQL's number for it, one beside that of migrations."""


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Hold the right to rebuild; it goes with the process, however that ends.

    Raises BusyError if another rebuild is running, StoreUnavailableError.
    """
    busy = BusyError("another rebuild of these tables is running")
    if database.is_sqlite:
        with open(f"{database.engine.url.database}-rebuild", "wb") as file:  # noqa: PTH123 # a file beside the database's own
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise busy from None
            yield
        return
    with database.reading():
        pass  # says plainly if the database is away
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")  # no transaction for so long
        if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(_LOCK))).scalar_one():
            raise busy
        try:
            yield
        finally:
            # Without an answer the connection is gone, and the lock with it.
            with suppress(DBAPIError):
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
