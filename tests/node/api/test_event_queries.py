"""Whatever is asked for, the events that match are found, page after page; on every store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from domain.directory import Directory
from services.node.api.event_queries import EventFilter, find_events
from services.node.readmodels import EventTags, Timeline
from services.node.views import View

if TYPE_CHECKING:
    from infra.backing import PostgresBacking

FIRST = date(2024, 1, 1)
EVENTS = 400


def identifier(number: int) -> str:
    return str(UUID(int=number + 1))


def rows() -> list[dict[str, Any]]:
    """Days go on with the positions, but for what came late; some events last several days, some
    were changed."""
    chance = random.Random(7)
    found = []
    for position in range(1, EVENTS + 1):
        day = FIRST + timedelta(days=position // 8)
        if chance.random() < 0.1:
            day = FIRST + timedelta(days=chance.randrange(60))
        lasts = day + timedelta(days=chance.randrange(1, 30)) if chance.random() < 0.1 else None
        status = chance.choice(["corrected", "retracted"]) if chance.random() < 0.1 else "active"
        found.append(
            {
                "event_id": identifier(position),
                "origin": identifier(0),
                "position": position,
                "sequence": position,
                "type": chance.choice(["MeetingHeld", "MeetingHeld", "ReportSubmitted"]),
                "kind": "",
                "unit_id": identifier(chance.randrange(4)),
                "org_id": identifier(chance.randrange(6)),
                "occurred_on": day.isoformat(),
                "occurred_to": None if lasts is None else lasts.isoformat(),
                "recorded_at": "",
                "aggregate_id": identifier(position // 3),
                "digest": "",
                "status": status,
                "changed_by": None,
                "source_system": "",
                "source_record_id": "",
            }
        )
    return found


ROWS = rows()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)], scope="module"
)
def view(request: pytest.FixtureRequest) -> Iterator[View]:
    url, server, name = "sqlite://", None, f"events_{uuid4().hex[:12]}"
    if request.param == "postgresql":
        found: PostgresBacking = request.getfixturevalue("postgres")
        server = found
        server.create_database(name)
        url = server.dsn(name).replace("postgresql://", "postgresql+psycopg://", 1)
    metadata = sa.MetaData()
    table, tags = Timeline().table(metadata, ""), EventTags().table(metadata, "")
    tables = {Timeline.name: table, EventTags.name: tags}
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        metadata.create_all(connection)
        connection.execute(sa.insert(table), ROWS)
        yield View(connection, tables, Directory.fold([]), EVENTS + 5)
    engine.dispose()
    if server is not None:
        server.drop_database(name)


def matches(row: dict[str, Any], wanted: EventFilter) -> bool:
    until = row["occurred_to"] or row["occurred_on"]
    return (
        wanted.unit in (None, row["unit_id"])
        and wanted.type in (None, row["type"])
        and wanted.aggregate in (None, row["aggregate_id"])
        and wanted.organisation in (None, row["org_id"])
        and wanted.status in (None, row["status"])
        and (wanted.first is None or until >= wanted.first.isoformat())
        and (wanted.last is None or row["occurred_on"] <= wanted.last.isoformat())
    )


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(),
        EventFilter(unit=identifier(2)),
        EventFilter(organisation=identifier(3)),
        EventFilter(aggregate=identifier(11)),
        EventFilter(type="ReportSubmitted"),
        EventFilter(status="active"),
        EventFilter(status="corrected"),
        EventFilter(status="retracted", unit=identifier(1)),
        EventFilter(first=day(20), last=day(20)),
        EventFilter(first=day(5), last=day(25)),
        EventFilter(first=day(30)),
        EventFilter(last=day(9)),
        EventFilter(first=day(-9_000), last=day(3)),
        EventFilter(first=day(70), last=day(9_000)),
        EventFilter(first=day(200)),
        EventFilter(last=day(-1)),
        EventFilter(first=day(25), last=day(10)),
        EventFilter(first=day(12), last=day(13), type="ReportSubmitted"),
        EventFilter(first=day(0), last=day(40), status="retracted"),
        EventFilter(first=day(3), last=day(30), status="active", type="MeetingHeld"),
        EventFilter(first=day(12), last=day(30), unit=identifier(3)),
        EventFilter(first=day(12), organisation=identifier(0), status="corrected"),
    ],
    ids=str,
)
@pytest.mark.parametrize("limit", [3, 50])
def test_all_that_match_are_found_in_their_order(
    view: View, wanted: EventFilter, limit: int
) -> None:
    found: list[int] = []
    after = 0
    while True:
        page = find_events(view, wanted, after, limit)
        assert len(page.rows) <= limit
        found += [row.position for row in page.rows]
        after = page.next
        if not page.more:
            break
    assert found == [row["position"] for row in ROWS if matches(row, wanted)]
    assert after == view.position


def test_a_table_without_rows_has_nothing_on_any_day(view: View) -> None:
    with view.connection.begin_nested() as nothing:
        view.connection.execute(sa.delete(view.tables["timeline"]))
        page = find_events(view, EventFilter(first=day(1), last=day(2)), 0, 10)
        nothing.rollback()
    assert (page.rows, page.more, page.next) == ([], False, view.position)
