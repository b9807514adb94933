"""Projectors over a filled log, and the rows they leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bench.stores import Where
from services.node.database import Database
from services.node.decisionstate import DecisionState
from services.node.eventlog import EventLog, open_log
from services.node.projector import Projector, Workshop
from services.node.readmodel import ReadModel
from services.node.readmodels import (
    Activity,
    ModelRatings,
    ModelStock,
    ReportStatus,
    Timeline,
)

MODELS = (Timeline(), Activity(), ModelStock(), ModelRatings(), ReportStatus())
"""The five that are also written by hand (`bench.byhand`); a node keeps more."""


class InSteps:
    """A log of which a reader gets at most so many events at a time, as if no more were there."""

    def __init__(self, log: EventLog, step: int) -> None:
        self._log = log
        self._step = step

    def read_bytes(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """See `EventLog`; the projector reads again only if it got all it asked for."""
        return self._log.read_bytes(after, min(limit, self._step))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


@contextmanager
def projector(
    where: Where, step: int | None = None, models: Sequence[ReadModel] = MODELS
) -> Iterator[Projector]:
    """A province's projector on a store, started; `step` is the most that it folds at a time."""
    log, database = open_log(where.log_url), Database(where.state_url)
    try:
        state = DecisionState(log)
        shown: Any = log if step is None else InSteps(log, step)
        projector = Projector(
            shown,
            database,
            models,
            directory=lambda: state.directory,
            workshop=Workshop(where.log_url, where.state_url, where.folder),
        )
        projector.start()
        yield projector
    finally:
        database.close()
        log.close()


@dataclass(frozen=True, slots=True)
class Table:
    """A table of read models with its rows."""

    table: sa.Table
    rows: Sequence[Sequence[Any]]


def tables(projector: Projector) -> list[Table]:
    """Everything the projector holds."""
    with projector.view() as view:
        return [
            Table(table, [tuple(row) for row in view.connection.execute(sa.select(table))])
            for table in view.tables.values()
        ]
