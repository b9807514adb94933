"""What a unit did on each day: how many events of each type and kind, and what they counted.

A new event type appears here by itself: its name, its `kind` and its `countable` fields stand where
the type is declared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from domain.assignments import ASSIGNED
from domain.events import EVENTS
from services.node.readmodel import ANY_AGGREGATE, CellModel, Contribution, Entity

EVENT_COUNT: Final = "events"
"""The measure that counts the events themselves."""

ADMINISTRATION: Final = frozenset({"unit", "organisation", "rule"})
"""Aggregates that make up the catalogue; changing it is no activity of the movement."""


class Activity(CellModel):
    """Events and countable fields by unit, day, type and kind, after corrections.

    The day is `occurred_on`: an event that lasted several days counts once, on its first.
    """

    name: ClassVar[str] = "activity"
    version: ClassVar[int] = 1
    by_record: ClassVar[bool] = True
    kinds: ClassVar[frozenset[str]] = frozenset({ANY_AGGREGATE})
    keys: ClassVar[tuple[tuple[str, sa.types.TypeEngine[Any]], ...]] = (
        ("unit_id", sa.String(36)),
        ("day", sa.String(10)),
        ("type", sa.String(60)),
        ("kind", sa.String(100)),
        ("measure", sa.String(60)),
    )

    def contributions(self, entity: Entity) -> Iterable[Contribution]:
        if entity.kind in ADMINISTRATION:
            return ()
        found: list[Contribution] = []
        for record in entity.records:
            if record.type == ASSIGNED:  # where records stand is no activity either
                continue
            data = record.data
            cell = (data["unit_id"], data["occurred_on"], record.type, data.get("kind") or "")
            found.append(Contribution((*cell, EVENT_COUNT), 1, record.event_id))
            for measure in EVENTS[record.type].body.countable:
                value = data.get(measure)
                if value:
                    found.append(Contribution((*cell, measure), value, record.event_id))
        return found

    def table(self, metadata: sa.MetaData, suffix: str) -> sa.Table:
        table = super().table(metadata, suffix)
        # A figure of the whole country asks for types and days, not units; the primary key begins
        # with the unit and would be read from end to end.
        sa.Index(f"ix_{table.name}_type", table.c.type, table.c.day, table.c.kind)
        return table
