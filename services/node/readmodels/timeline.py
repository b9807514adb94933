"""Every event the node holds, as it stands today: what was recorded, when, by whom, and what has
become of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from domain.assignments import units_of
from domain.effective import CORRECTED, RETRACTED
from domain.events import Record
from services.node.readmodel import ANY_AGGREGATE, Entity, RowModel


class EventStatus(StrEnum):
    """What has become of an event."""

    ACTIVE = "active"
    CORRECTED = "corrected"
    """A correction replaced what it says; of a correction: a later one took its place."""
    RETRACTED = "retracted"


_ACTIVE: Final = (EventStatus.ACTIVE, None)
IS_CHANGED: Final = "status <> 'active'"
"""What the rows meet that the index of changed events holds. A statement must say it in these very
words to be answered from it."""


class Timeline(RowModel):
    """One row per event.

    Unit, days and kind are those after corrections, so that the timeline and the figures find an
    event in the same place. Who recorded it and from what, and the digest, are those of the bytes
    as recorded. `changed_by` names the correction or retraction that the status comes from,
    `assigned_to` the successor of a split unit that the record was assigned to.
    """

    name: ClassVar[str] = "timeline"
    version: ClassVar[int] = 2
    by_record: ClassVar[bool] = True
    kinds: ClassVar[frozenset[str]] = frozenset({ANY_AGGREGATE})
    digested: ClassVar[frozenset[str]] = frozenset({ANY_AGGREGATE})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("origin", sa.String(36), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("org_id", sa.String(36), nullable=False),
        sa.Column("occurred_on", sa.String(10), nullable=False),
        sa.Column("occurred_to", sa.String(10)),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("aggregate_id", sa.String(36), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("status", sa.String(9), nullable=False),
        sa.Column("changed_by", sa.String(36)),
        sa.Column("assigned_to", sa.String(36)),
        sa.Column("source_system", sa.String(100), nullable=False),
        sa.Column("source_record_id", sa.String(200), nullable=False),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("position",),
        ("recorded_at",),
        ("unit_id", "occurred_on"),
        ("type", "occurred_on"),
        ("occurred_on", "position"),
        ("org_id", "position"),
        ("aggregate_id",),
    )

    def table(self, metadata: sa.MetaData, suffix: str) -> sa.Table:
        """With indexes of the few events that others changed, and that lasted several days."""
        table = super().table(metadata, suffix)
        columns = table.c
        for name, found, only in (
            ("changed", (columns.status, columns.position), sa.text(IS_CHANGED)),
            (
                "lasting",
                (columns.occurred_to, columns.occurred_on, columns.position),
                columns.occurred_to.is_not(None),
            ),
        ):
            sa.Index(f"ix_{table.name}_{name}", *found, postgresql_where=only, sqlite_where=only)
        return table

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        for values in self.values(entity):
            yield dict(zip(_NAMES, values, strict=True))

    def values(self, entity: Entity) -> Iterable[tuple[Any, ...]]:
        """In the order of the columns: there are so many rows that naming each value shows."""
        today: dict[str, Mapping[str, Any]] = {}
        changes: dict[str, tuple[EventStatus, str]] = {}
        if len(entity.records) < len(entity.placed):  # else all holds as it was recorded
            today = {record.event_id: record.data for record in entity.records}
            changes = _changes(entity.history)
        aggregate_id, settled = entity.aggregate_id, entity.assignments is None
        rows: list[tuple[Any, ...]] = []
        for item in entity.placed:
            record = item.record
            event_id, recorded = record.event_id, record.data
            data = today.get(event_id, recorded) if today else recorded
            status, changed_by = changes.get(event_id, _ACTIVE) if changes else _ACTIVE
            rows.append(
                (
                    event_id,
                    record.origin,
                    item.position,
                    record.sequence,
                    record.type,
                    data.get("kind") or "",
                    data["unit_id"],
                    recorded["org_id"],
                    data["occurred_on"],
                    data.get("occurred_to"),
                    record.recorded_at,
                    aggregate_id,
                    record.digest,
                    status.value,
                    changed_by,
                    None if settled else _assigned_to(entity, event_id, data),
                    recorded["source_system"],
                    recorded["source_record_id"],
                )
            )
        return rows


_NAMES: Final = tuple(str(column.name) for column in Timeline.columns)


def _assigned_to(entity: Entity, event_id: str, data: Mapping[str, Any]) -> str | None:
    """The unit that numbers of the event were assigned to; None if none was."""
    if entity.assignments is None:
        return None
    found = (entity.assignments.of(event_id, unit_id) for unit_id in units_of(data))
    return next((assigned[0] for assigned in found if assigned is not None), None)


def _changes(history: Sequence[Record]) -> dict[str, tuple[EventStatus, str]]:
    """By event id: what became of it and by which event.

    The same rule as `domain.effective`: a retraction is final, the last correction that was not
    retracted holds. Of several retractions of one event the first is named.
    """
    kinds = {record.event_id: record.type for record in history}
    changes: dict[str, tuple[EventStatus, str]] = {}
    for record in history:
        target = record.data.get("target_event_id") if record.type == RETRACTED else None
        if target in kinds and kinds[target] != RETRACTED and target not in changes:
            changes[target] = (EventStatus.RETRACTED, record.event_id)
    latest: dict[str, str] = {}
    for record in history:
        if record.type != CORRECTED or record.event_id in changes:
            continue
        target = record.data["target_event_id"]
        if kinds.get(target) in (None, CORRECTED, RETRACTED):
            continue
        if target in latest:
            changes[latest[target]] = (EventStatus.CORRECTED, record.event_id)
        latest[target] = record.event_id
    for target, correction in latest.items():
        changes.setdefault(target, (EventStatus.CORRECTED, correction))
    return changes
