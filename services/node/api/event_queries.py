"""Finding events in the timeline, and their exact bytes in the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.node.errors import LogDamagedError
from services.node.eventlog import EventLog
from services.node.readmodels.tags import AREA, CAMPAIGN, EventTags
from services.node.readmodels.timeline import IS_CHANGED, EventStatus
from services.node.views import View

_SCAN: Final = 1_000
_DENSE: Final = 4
"""Reading the log straight through pays while at least one in so many events is wanted."""
_ONE_BY_ONE: Final = 4_000
"""Days that are looked at one by one; more of them are most of the log."""
_BRIDGE: Final = 50
"""Numbers that one read of a stream may pass over."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; None leaves a side open. Unit, organisation and day as they stand after
    corrections."""

    unit: str | None = None
    type: str | None = None
    aggregate: str | None = None
    organisation: str | None = None
    first: date | None = None
    last: date | None = None
    status: str | None = None
    tag: str | None = None
    """A campaign's tag."""
    area: str | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of timeline rows, in the order of their positions."""

    rows: Sequence[sa.Row[Any]]
    next: int
    """The position behind which the next page begins: nothing that matches lies before it."""
    more: bool
    """Whether there are further events already."""
    position: int
    """The log position through which the timeline is folded."""


def find_events(view: View, wanted: EventFilter, after: int, limit: int) -> EventPage:
    """The next `limit` events behind a position.

    Rows appear in the order of positions and never below the position folded, so a reader that
    goes on from `next` misses and repeats nothing while writing goes on.
    """
    timeline = view.tables["timeline"]
    position = timeline.c.position
    conditions = [position > after, *_conditions(timeline, wanted), *_tagged(view, wanted)]
    days = _days(view, timeline, wanted)
    if days is None:
        conditions += _on_days(timeline, wanted)
    else:
        lasting = [*conditions, *_on_days(timeline, wanted)]
        found = _positions(timeline, conditions, lasting, days, limit + 1)
        conditions = [position.in_(found)]
    rows = view.connection.execute(
        sa.select(timeline).where(*conditions).order_by(position).limit(limit + 1)
    ).all()
    more = len(rows) > limit
    shown = rows[:limit]
    end = shown[-1].position if more else max(after, view.position)
    return EventPage(shown, end, more, view.position)


def _conditions(timeline: sa.Table, wanted: EventFilter) -> list[sa.ColumnElement[bool]]:
    """What the events wanted meet besides their days."""
    columns = timeline.c
    found = [
        column == value
        for column, value in (
            (columns.unit_id, wanted.unit),
            (columns.type, wanted.type),
            (columns.aggregate_id, wanted.aggregate),
            (columns.org_id, wanted.organisation),
            (columns.status, wanted.status),
        )
        if value is not None
    ]
    if wanted.status not in (None, EventStatus.ACTIVE.value):
        found.append(sa.text(IS_CHANGED))  # type: ignore[arg-type]  # a condition, in SQL's words
    return found


def _tagged(view: View, wanted: EventFilter) -> Iterator[sa.ColumnElement[bool]]:
    """What the events wanted meet by their tags."""
    tags = view.tables[EventTags.name].c
    for sort, tag in ((CAMPAIGN, wanted.tag), (AREA, wanted.area)):
        if tag is not None:
            bearing = sa.select(tags.event_id).where(tags.sort == sort, tags.tag == tag)
            yield view.tables["timeline"].c.event_id.in_(bearing)


def _on_days(timeline: sa.Table, wanted: EventFilter) -> list[sa.ColumnElement[bool]]:
    """What events of the days wanted meet."""
    columns = timeline.c
    found = []
    if wanted.last is not None:
        found.append(columns.occurred_on <= wanted.last.isoformat())
    if wanted.first is not None:
        # What lasted several days belongs to each of them.
        found.append(
            sa.func.coalesce(columns.occurred_to, columns.occurred_on) >= wanted.first.isoformat()
        )
    return found


def _days(view: View, timeline: sa.Table, wanted: EventFilter) -> tuple[date, date] | None:
    """The first and the last day to look at one by one; None where another way is better.

    Days and positions run side by side but for what came late, so events of a few days are mostly
    near each other, and the next one may still stand anywhere. Looking at each day from the
    position on costs what the days cost; going through positions, what was recorded since.
    """
    named = wanted.unit or wanted.aggregate or wanted.organisation
    open_ended = wanted.first is None and wanted.last is None
    if named or open_ended or view.connection.dialect.name != "postgresql":
        return None  # an embedded database holds the events of one commune
    held = view.connection.execute(
        sa.select(*(of(timeline.c.occurred_on) for of in (sa.func.min, sa.func.max)))
    ).one()
    if held[0] is None:
        return None
    first, last = (date.fromisoformat(day) for day in held)
    first, last = max(first, wanted.first or first), min(last, wanted.last or last)
    # Of days before the first or behind the last, only what lasted until one of them is left.
    return None if (last - first).days > _ONE_BY_ONE else (first, last)


def _positions(
    timeline: sa.Table,
    conditions: Sequence[sa.ColumnElement[bool]],
    lasting: Sequence[sa.ColumnElement[bool]],
    days: tuple[date, date],
    limit: int,
) -> sa.Select[tuple[int]]:
    """The lowest positions of events of some days: of each day as many as are wanted of all, by its
    index, and those that began before the first day and meet `lasting`."""
    first, last = days
    columns = timeline.c
    step: sa.ColumnElement[Any] = sa.literal_column("interval '1 day'")
    every_day = sa.func.generate_series(
        sa.cast(first.isoformat(), sa.Date), sa.cast(last.isoformat(), sa.Date), step
    ).alias("day")
    of_a_day = (
        sa.select(columns.position)
        .where(columns.occurred_on == sa.func.to_char(every_day.column, "YYYY-MM-DD"), *conditions)
        .order_by(columns.position)
        .limit(limit)
        .lateral()
    )
    began_before = (
        sa.select(columns.position)
        .where(
            columns.occurred_to >= first.isoformat(),
            columns.occurred_on < first.isoformat(),
            *lasting,
        )
        .order_by(columns.position)
        .limit(limit)
        .subquery()
    )
    every = sa.union_all(
        sa.select(of_a_day.c.position).select_from(every_day).join(of_a_day, sa.true()),
        sa.select(began_before.c.position),
    ).subquery()
    return sa.select(every.c.position).order_by(every.c.position).limit(limit)


def exact_bytes(log: EventLog, rows: Sequence[sa.Row[Any]]) -> Iterator[bytes]:
    """The recorded bytes of timeline rows, in their order. Raises StoreUnavailableError."""
    for start in range(0, len(rows), _SCAN):
        part = rows[start : start + _SCAN]
        dense = part[-1].position - part[0].position < _DENSE * len(part)
        found = _by_position(log, part) if dense else _by_stream(log, part)
        for row in part:
            raw = found.get((row.origin, row.sequence))
            if raw is None:
                raise LogDamagedError(f"stream {row.origin} lacks number {row.sequence}")
            yield raw


def _by_position(log: EventLog, rows: Sequence[sa.Row[Any]]) -> dict[tuple[str, int], bytes]:
    after, last = rows[0].position - 1, rows[-1].position
    found: dict[tuple[str, int], bytes] = {}
    while after < last and (page := log.read(after, _SCAN)):
        found.update(((str(logged.origin), logged.sequence), logged.raw) for logged in page)
        after = page[-1].position
    return found


def _by_stream(log: EventLog, rows: Sequence[sa.Row[Any]]) -> dict[tuple[str, int], bytes]:
    wanted: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        wanted[row.origin].append(row.sequence)
    found: dict[tuple[str, int], bytes] = {}
    for origin, sequences in wanted.items():
        for first, last in _ranges(sorted(sequences)):
            for logged in log.read_stream(UUID(origin), first, last):
                found[origin, logged.sequence] = logged.raw
    return found


def _ranges(sequences: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = sequences[0]
    for sequence in sequences[1:]:
        if sequence - last > _BRIDGE:
            yield first, last
            first = sequence
        last = sequence
    yield first, last


def locate(log: EventLog, view: View, event_id: str) -> tuple[UUID, int] | None:
    """The place of an event: own ones as soon as they are recorded, others once projected."""
    keys = log.find_keys([event_id], [])
    if keys:
        return keys[0].origin, keys[0].sequence
    columns = view.tables["timeline"].c
    row = view.connection.execute(
        sa.select(columns.origin, columns.sequence).where(columns.event_id == event_id)
    ).first()
    return None if row is None else (UUID(row.origin), row.sequence)
