"""What people asked for at forums, and how much of it was settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.forums import ForumHeld
from services.node.readmodel import Entity, RowModel


class Petitions(RowModel):
    """One row per forum that received petitions (F10, R108), after corrections."""

    name: ClassVar[str] = "petitions"
    version: ClassVar[int] = 1
    by_record: ClassVar[bool] = True
    kinds: ClassVar[frozenset[str]] = frozenset({"forum"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("forum_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("resolved", sa.BigInteger, nullable=False),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("day",), ("unit_id", "day"))

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        for record in entity.records:
            data = record.data
            if record.type == ForumHeld.__name__ and data["petitions_received"]:
                yield {
                    "forum_id": entity.aggregate_id,
                    "event_id": record.event_id,
                    "unit_id": data["unit_id"],
                    "day": data["occurred_on"],
                    "kind": data["kind"],
                    "received": data["petitions_received"],
                    "resolved": data["petitions_resolved"],
                }
