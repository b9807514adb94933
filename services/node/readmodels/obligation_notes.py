"""What superiors recorded about obligations: reminders and waivers (R59)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.reminders import ReminderSent, reminders
from domain.waivers import ObligationWaived, waiver
from services.node.readmodel import Entity, RowModel


class ObligationNotes(RowModel):
    """One row per reminder and per waiver; `unit_id` is the unit that owes, `period` that of the
    obligation, `reason` the waiver's."""

    name: ClassVar[str] = "obligation_notes"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"obligation"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("obligation_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("superior_id", sa.String(36), primary_key=True),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("period", sa.String(21), nullable=False),
        sa.Column("organisation", sa.String(20), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("unit_id",),)

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        if not entity.records:
            return
        data = entity.records[0].data  # every event of an obligation names it alike
        named = {
            "obligation_id": entity.aggregate_id,
            "unit_id": data["obliged_unit_id"],
            "kind": data["kind"],
            "period": data["period"],
            "organisation": data.get("organisation", ""),
        }
        for reminder in reminders(entity.records):
            yield named | {
                "event_id": reminder.event_id,
                "type": ReminderSent.__name__,
                "superior_id": reminder.unit_id,
                "day": reminder.day.isoformat(),
                "reason": "",
            }
        waived = waiver(entity.records)
        if waived is not None:
            yield named | {
                "event_id": waived.event_id,
                "type": ObligationWaived.__name__,
                "superior_id": waived.unit_id,
                "day": waived.day.isoformat(),
                "reason": waived.reason,
            }
