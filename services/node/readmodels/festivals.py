"""The festivals that were held, and how many residential areas their units had (F8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.festivals import FestivalHeld
from services.node.readmodel import Entity, RowModel


class Festivals(RowModel):
    """One row per festival (R32, R65, R125). How many areas a unit has is a stock: that of the last
    festival counts, so each festival's own is kept. What adds up stands in the activity cells."""

    name: ClassVar[str] = "festivals"
    version: ClassVar[int] = 1
    by_record: ClassVar[bool] = True
    kinds: ClassVar[frozenset[str]] = frozenset({"activity"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("aggregate_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("unit_id", sa.String(36), primary_key=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("active_areas", sa.BigInteger, nullable=False),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("unit_id", "day"), ("kind", "day"))

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        for record in entity.records:
            if record.type == FestivalHeld.__name__:
                yield {
                    "aggregate_id": entity.aggregate_id,
                    "event_id": record.event_id,
                    "unit_id": record.data["unit_id"],
                    "day": record.data["occurred_on"],
                    "kind": record.data["kind"],
                    "active_areas": record.data["active_areas"],
                }
