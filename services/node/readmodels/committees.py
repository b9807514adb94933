"""How many active steering committees each unit has, as changes by day (F11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.committee_state import fold, number_changes
from services.node.readmodel import CellModel, Contribution, Entity


class Committees(CellModel):
    """Changes of the number: their sum up to a day is how many a unit has on that day (R124)."""

    name: ClassVar[str] = "committees"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"committee"})
    keys: ClassVar[tuple[tuple[str, sa.types.TypeEngine[Any]], ...]] = (
        ("unit_id", sa.String(36)),
        ("day", sa.String(10)),
    )
    balanced: ClassVar[bool] = True

    def contributions(self, entity: Entity) -> Iterable[Contribution]:
        units = {record.event_id: record.data["unit_id"] for record in entity.records}
        for change in number_changes(entity.state(fold)):
            key = (units[change.event_id], change.day.isoformat())
            yield Contribution(key, change.delta, change.event_id)
