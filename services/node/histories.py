"""The stored aggregates that decisions ask for, in one exchange with the database a batch.

A view of its own for each batch is a connection to check, a transaction to begin and to end, and
two statements: six exchanges, which for a small batch cost more than recording it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from services.node.projector import Projector
from services.node.rowsets import select_keys

_ENTITIES: Final = "entities"


class Histories:
    """Reads rows of the live generation's aggregates. One thread at a time.

    On PostgreSQL it keeps a connection. One statement reads the rows and which generation is live,
    so both are of one moment; when another generation is live than the one that was asked, or
    anything fails, a view of the projector answers instead.
    """

    def __init__(self, projector: Projector) -> None:
        self._projector = projector
        self._connection: sa.Connection | None = None
        self._generation = 0
        self._statement: str | None = None

    def rows(self, aggregate_ids: Collection[str]) -> Sequence[sa.Row[Any]]:
        """The rows of these aggregates, without those that have none.

        Raises StoreUnavailableError.
        """
        if not aggregate_ids:
            return ()
        rows = self._asked(aggregate_ids)
        if rows is not None:
            return rows
        with self._projector.view() as view:
            table = view.tables[_ENTITIES]
            found = select_keys(view.connection, table, [(key,) for key in aggregate_ids])
            self._remember(view.connection.engine, view.generation, table)
        return found

    def _remember(self, engine: sa.Engine, generation: int, table: sa.Table) -> None:
        self.close()
        if engine.dialect.name != "postgresql":
            return  # a transaction in SQLite is no exchange with anybody
        with suppress(SQLAlchemyError):
            self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._generation = generation
            # LIMIT keeps PostgreSQL at looking up one key after the other. Without it, it plans for
            # the table as it was when it was small, and reads all of it for each batch.
            self._statement = (
                f"SELECT g.number AS live_number, t.* FROM projection_generations AS g"  # noqa: S608 # our own names
                f" LEFT JOIN (json_array_elements_text(CAST(%s AS json)) AS k (value)"
                f" CROSS JOIN LATERAL (SELECT * FROM {table.name} AS e"
                f" WHERE e.aggregate_id = k.value LIMIT 1) AS t) ON true WHERE g.live"
            )

    def _asked(self, aggregate_ids: Collection[str]) -> Sequence[sa.Row[Any]] | None:
        """The rows in one exchange; None if they cannot be had so."""
        if self._connection is None or self._statement is None:
            return None
        try:
            keys = orjson.dumps(list(aggregate_ids)).decode()
            # Past SQLAlchemy's own statements, whose way to the driver takes as long as the driver.
            rows = self._connection.exec_driver_sql(self._statement, (keys,)).all()
        except SQLAlchemyError:  # it died while it lay idle, or these tables were dropped
            self.close()
            return None
        if not rows or rows[0].live_number != self._generation:
            return None
        return [row for row in rows if row.aggregate_id is not None]

    def close(self) -> None:
        """Let go of the connection; the next `rows` makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()
