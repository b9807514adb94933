"""The page's first question, what the last active day was, is answered from an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.directory import Directory
from services.node.database import Database
from services.node.readmodels.activity import Activity
from services.node.views import View
from services.node.web.periods import last_active_day

TODAY = date(2025, 7, 1)


@pytest.fixture
def view(tmp_path: Path) -> Iterator[View]:
    database, metadata = Database(f"sqlite:///{tmp_path / 'state.db'}"), sa.MetaData()
    table = Activity().table(metadata, "_g1")
    with database.transaction() as connection:
        metadata.create_all(connection)
        yield View(connection, {Activity.name: table}, Directory(), 0)
    database.close()


def count(view: View, day: str, kind: str) -> None:
    cell: dict[str, Any] = {
        "unit_id": "u",
        "day": day,
        "type": kind,
        "kind": "",
        "measure": "events",
    }
    cell |= {"assigned_to": "", "value": 1}
    view.connection.execute(view.tables[Activity.name].insert().values(cell))


def test_the_last_day_of_whatever_type_counts(view: View) -> None:
    assert last_active_day(view, TODAY) == TODAY
    for day, kind in (("2024-05-01", "MeetingHeld"), ("2025-02-03", "ReportSubmitted")):
        count(view, day, kind)
    count(view, "2024-12-31", "MeetingHeld")
    assert last_active_day(view, TODAY) == date(2025, 2, 3)


def test_no_cell_is_read_that_is_not_a_last_one(view: View) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    sa.event.listen(view.connection, "before_cursor_execute", note)
    last_active_day(view, TODAY)
    sa.event.remove(view.connection, "before_cursor_execute", note)
    ((statement, values),) = asked
    plan = view.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    steps = [row[-1] for row in plan if "activity" in row[-1]]
    assert steps
    assert all("SEARCH" in step and "INDEX" in step for step in steps), steps
