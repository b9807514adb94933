"""Events by their tags: which events bear one, and what the tagged ones counted.

R14, R46, R49, R62.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from services.node.readmodel import ANY_AGGREGATE, CellModel, Contribution, Entity, RowModel
from services.node.readmodels.activity import Activity

CAMPAIGN: Final = "campaign"
AREA: Final = "area"
ANY: Final = ""
"""Stands where a cell counts events whatever their tag of that sort."""


class EventTags(RowModel):
    """One row per event and tag, after corrections; one that was retracted bears none."""

    name: ClassVar[str] = "event_tags"
    version: ClassVar[int] = 1
    by_record: ClassVar[bool] = True
    kinds: ClassVar[frozenset[str]] = frozenset({ANY_AGGREGATE})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("origin", sa.String(36), primary_key=True),
        sa.Column("sort", sa.String(8), primary_key=True),
        sa.Column("tag", sa.String(100), primary_key=True),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("sort", "tag"),)

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        for record in entity.records:
            for sort in (CAMPAIGN, AREA):
                for tag in record.data.get(f"{sort}_tags", ()):
                    yield {
                        "event_id": record.event_id,
                        "origin": record.origin,
                        "sort": sort,
                        "tag": tag,
                    }


class TaggedActivity(CellModel):
    """`Activity` of tagged events: by campaign, by kind of area, and by both.

    An event with several tags stands in the cells of each, so cells of different tags are never
    added up.
    """

    name: ClassVar[str] = "tagged_activity"
    version: ClassVar[int] = 1
    by_record: ClassVar[bool] = True
    kinds: ClassVar[frozenset[str]] = frozenset({ANY_AGGREGATE})
    keys: ClassVar[tuple[tuple[str, sa.types.TypeEngine[Any]], ...]] = (
        *Activity.keys[:2],
        ("campaign", sa.String(100)),
        ("area", sa.String(100)),
        *Activity.keys[2:],
    )

    def contributions(self, entity: Entity) -> Iterable[Contribution]:
        tagged = {
            record.event_id: _pairs(record.data)
            for record in entity.records
            if record.data.get("campaign_tags") or record.data.get("area_tags")
        }
        for part in Activity().contributions(entity) if tagged else ():
            unit_id, day, *rest = part.key
            for campaign, area in tagged.get(part.event_id, ()):
                yield part._replace(key=(unit_id, day, campaign, area, *rest))


def _pairs(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each combination of a campaign, or any, with an area, or any; not any of both."""
    sides = ([ANY, *data.get(f"{sort}_tags", ())] for sort in (CAMPAIGN, AREA))
    return [pair for pair in product(*sides) if any(pair)]
