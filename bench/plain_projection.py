"""A read model as a user would write it with the library's ProjectionRunner on PostgreSQL.

One model, activity by unit and day: each event is one transaction that moves the position and adds
to its cells. The node's projector keeps five models at the same time.
"""

from __future__ import annotations

import time
from typing import Any, Final

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

from bench.plain import Happened, Log, environment
from bench.stores import Where
from contracts.envelope import TYPE_PREFIX
from domain.events import EVENTS

_WAIT_SECONDS: Final = 3_600.0
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS plain_activity (unit_id text, day text, type text, kind text,"
    " measure text, value bigint NOT NULL, PRIMARY KEY (unit_id, day, type, kind, measure))"
)
_ADD: Final = (
    "INSERT INTO plain_activity AS a VALUES (%s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (unit_id, day, type, kind, measure)"
    " DO UPDATE SET value = a.value + excluded.value"
)


class ActivityView(PostgresTrackingRecorder):
    """The table and its position."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(SQL(_TABLE).format())
        self.began: float | None = None
        """When its first transaction began, by `time.perf_counter`."""
        self.ended = 0.0
        """When its last transaction was committed."""

    def add(self, cells: list[tuple[Any, ...]], tracking: Tracking) -> None:
        """Add to cells and move the position, in one transaction."""
        if self.began is None:
            self.began = time.perf_counter()
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            for cell in cells:
                cursor.execute(_ADD, cell, prepare=True)
        self.ended = time.perf_counter()


class ActivityProjection(Projection[ActivityView]):
    """What one event adds."""

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Called by the runner for each event."""
        cells: list[tuple[Any, ...]] = []
        if isinstance(domain_event, Happened):
            name, data = domain_event.kind.removeprefix(TYPE_PREFIX), domain_event.data
            key = (data["unit_id"], data["occurred_on"], name, data.get("kind", ""))
            cells.append((*key, "events", 1))
            cells += [
                (*key, measure, data[measure])
                for measure in EVENTS[name].body.countable
                if data.get(measure)
            ]
        self.view.add(cells, tracking)


def project(where: Where, last: int) -> float:
    """Run the projection until it has processed the notification `last`; the seconds that took.

    From its first transaction to its last: making tables and starting a thread do not count, and
    the library's own wait, which looks at most every 800 ms, does not either.
    """
    with ProjectionRunner(
        application_class=Log,
        projection_class=ActivityProjection,
        view_class=ActivityView,
        env=environment(where),
    ) as runner:
        runner.wait(last, timeout=_WAIT_SECONDS)
        view = runner.view
    if view.began is None:
        raise ValueError("the log holds nothing that could be projected")
    return view.ended - view.began
