"""The events of a period that a draft does not count, and why.

The events that it counts stand behind each figure; this is the other side: what was retracted, what
a correction moved away, what stands outside the hierarchy, what came after the data cut-off, and
what could not be understood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from domain.effective import CORRECTED
from services.node.asof.cutoff import LaterThan
from services.node.contributing import UNREADABLE
from services.node.entities import load
from services.node.figures.figure import of_units
from services.node.figures.placement import Placement
from services.node.figures.reported import concerned_units
from services.node.figures.span import Span
from services.node.readmodel import Entity
from services.node.readmodels.timeline import EventStatus
from services.node.reference import REFERENCE_KINDS
from services.node.views import View

MOST_LISTED: Final = 1_000
"""Events that are listed; beyond, only counted."""
_MOST_CORRECTED: Final = 5_000
"""Corrected aggregates that are looked through for records moved out of the period."""
_NAMED: Final = 500


class Reason(StrEnum):
    """Why an event of the period is not counted."""

    RETRACTED = "retracted"
    CORRECTED_AWAY = "corrected_away"
    """A correction moved it to another unit or out of the period."""
    OUTSIDE_HIERARCHY = "outside_hierarchy"
    """Its unit does not stand below the reporting one in the period, or was split."""
    AFTER_CUTOFF = "after_cutoff"
    """Recorded, or arrived, after the state the draft is computed in."""
    NOT_UNDERSTOOD = "not_understood"
    """Its record is not what its type demands."""


@dataclass(frozen=True, slots=True)
class LeftOutEvent:
    """One event that is not counted."""

    event_id: str
    type: str
    unit_id: str
    occurred_on: str
    reason: Reason
    changed_by: str | None
    """The correction or retraction."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Everything of the period that is not counted."""

    items: tuple[LeftOutEvent, ...]
    counts: Mapping[str, int]
    """By reason, of all of them."""


def left_out(view: View, now: View, unit_id: str, placement: Placement, span: Span) -> LeftOut:
    """The events of the period that a draft computed in `view` does not count.

    `now` is the state now. Raises StoreUnavailableError.
    """
    counts: Counter[str] = Counter()
    items: list[LeftOutEvent] = []
    seen: set[str] = set()
    for event in (
        *_after_cutoff(view, now, placement, span),
        *_retracted(view, placement, span),
        *_outside(view, unit_id, placement, span),
        *_corrected_away(view, placement, span),
        *_not_understood(view, placement, span),
    ):
        if event.event_id in seen:
            continue
        seen.add(event.event_id)
        counts[event.reason.value] += 1
        if len(items) < MOST_LISTED:
            items.append(event)
    return LeftOut(tuple(items), dict(counts))


def _of_period(
    view: View, units: Mapping[str, object], span: Span, *conditions: sa.ColumnElement[bool]
) -> Iterator[sa.Row[Any]]:
    timeline = view.tables["timeline"].c
    statement = (
        sa.select(*timeline)
        .where(
            timeline.occurred_on >= span.first.isoformat(),
            timeline.occurred_on <= span.last.isoformat(),
            *of_units(timeline.unit_id, units),
            *conditions,
        )
        .order_by(timeline.occurred_on, timeline.event_id)
    )
    return (row for row in view.connection.execute(statement) if row.unit_id in units)


def _event(row: sa.Row[Any], reason: Reason) -> LeftOutEvent:
    return LeftOutEvent(
        row.event_id, row.type, row.unit_id, row.occurred_on, reason, row.changed_by
    )


def _after_cutoff(
    view: View, now: View, placement: Placement, span: Span
) -> Iterator[LeftOutEvent]:
    if isinstance(view.cutoff, LaterThan):
        later = view.cutoff.later(now.tables["timeline"])
        for row in _of_period(now, placement.homes, span, later):
            yield _event(row, Reason.AFTER_CUTOFF)


def _retracted(view: View, placement: Placement, span: Span) -> Iterator[LeftOutEvent]:
    retracted = view.tables["timeline"].c.status == EventStatus.RETRACTED.value
    for row in _of_period(view, placement.homes, span, retracted):
        yield _event(row, Reason.RETRACTED)


def _outside(view: View, unit_id: str, placement: Placement, span: Span) -> Iterator[LeftOutEvent]:
    """Of units that once stood below, or went into one that did, and do not in this period."""
    above = {unit_id, *view.directory.ancestors(unit_id, span.last)}
    others = concerned_units(view.directory, unit_id) - placement.homes.keys() - above
    for row in _of_period(view, dict.fromkeys(sorted(others)), span):
        yield _event(row, Reason.OUTSIDE_HIERARCHY)


def _corrected_away(view: View, placement: Placement, span: Span) -> Iterator[LeftOutEvent]:
    timeline = view.tables["timeline"].c
    corrections = (
        sa.select(timeline.aggregate_id)
        .where(timeline.type == CORRECTED, *of_units(timeline.unit_id, placement.homes))
        .distinct()
        .limit(_MOST_CORRECTED)
    )
    ids = list(view.connection.execute(corrections).scalars())
    for entity in _entities(view, ids):
        if entity.kind not in REFERENCE_KINDS:
            yield from _moved(entity, placement, span)


def _moved(entity: Entity, placement: Placement, span: Span) -> Iterator[LeftOutEvent]:
    def counts(data: Mapping[str, Any]) -> bool:
        days = (span.first.isoformat(), span.last.isoformat())
        return data["unit_id"] in placement.homes and days[0] <= data["occurred_on"] <= days[1]

    today = {record.event_id: record.data for record in entity.records}
    corrected = {
        r.data["target_event_id"]: r.event_id for r in entity.history if r.type == CORRECTED
    }
    for record in entity.history:
        data = today.get(record.event_id)
        if data is None or record.event_id not in corrected:
            continue
        if counts(record.data) and not counts(data):
            yield LeftOutEvent(
                record.event_id,
                record.type,
                record.data["unit_id"],
                record.data["occurred_on"],
                Reason.CORRECTED_AWAY,
                corrected[record.event_id],
            )


def _not_understood(view: View, placement: Placement, span: Span) -> Iterator[LeftOutEvent]:
    ids = list(view.connection.execute(sa.select(view.tables[UNREADABLE].c.aggregate_id)).scalars())
    first, last = span.first.isoformat(), span.last.isoformat()
    for entity in _entities(view, ids):
        for record in entity.history:
            unit, day = str(record.data.get("unit_id")), str(record.data.get("occurred_on"))
            if unit in placement.homes and first <= day <= last:
                yield LeftOutEvent(
                    record.event_id, record.type, unit, day, Reason.NOT_UNDERSTOOD, None
                )


def _entities(view: View, ids: Sequence[str]) -> Iterable[Entity]:
    table = view.tables["entities"]
    for start in range(0, len(ids), _NAMED):
        part = ids[start : start + _NAMED]
        for row in view.connection.execute(sa.select(table).where(table.c.aggregate_id.in_(part))):
            yield load(row)
