"""How many exemplary units each locality selected and recognised, as changes by day (F7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.exemplary import fold, stage_changes
from services.node.readmodel import CellModel, Contribution, Entity


class ExemplaryUnits(CellModel):
    """Changes of the stages: their sum up to a day is how many stand at one then (R33, R111).

    The unit is the locality among whose exemplary units they count.
    """

    name: ClassVar[str] = "exemplary_units"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"exemplary_year"})
    keys: ClassVar[tuple[tuple[str, sa.types.TypeEngine[Any]], ...]] = (
        ("unit_id", sa.String(36)),
        ("day", sa.String(10)),
        ("year", sa.Integer()),
        ("kind", sa.String(20)),
        ("stage", sa.String(10)),
    )

    def contributions(self, entity: Entity) -> Iterable[Contribution]:
        about = {record.event_id: record.data for record in entity.records}
        for change in stage_changes(entity.state(fold)):
            data = about[change.event_id]
            locality = data.get("locality_id") or data["unit_id"]
            key = (locality, change.day.isoformat(), data["year"], data["kind"], change.stage)
            yield Contribution(key, change.delta, change.event_id)
