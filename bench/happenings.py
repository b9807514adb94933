"""An event as a local system sends it, and as the node that records it holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import orjson

from bench.country import organisation_of
from contracts.envelope import TYPE_PREFIX, encode, format_time
from services.node.eventlog import NewEvent
from services.node.hosting import origin_of

_SEAT: Final = "main"
_SOURCE: Final = "bench.local-system"

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as a local system sends it."""

    unit: int
    """Number of the commune, or of the district for an answer to a report."""
    unit_id: UUID
    type: str
    event_id: UUID
    aggregate_id: UUID | None
    """None where the event starts an aggregate of its own."""
    data: Data

    def pushed(self) -> bytes:
        """The CloudEvent that is pushed."""
        event: Data = {
            "specversion": "1.0",
            "id": str(self.event_id),
            "source": _SOURCE,
            "type": TYPE_PREFIX + self.type,
            "datacontenttype": "application/json",
            "data": self.data,
        }
        if self.aggregate_id is not None:
            event["subject"] = str(self.aggregate_id)
        return orjson.dumps(event)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as a node holds it."""

    origin: UUID
    sequence: int
    type: str
    event_id: str
    aggregate_id: str
    raw: bytes


def as_new(event: Recorded) -> NewEvent:
    """The event as a log takes it."""
    return NewEvent(event.origin, event.sequence, event.type, event.raw)


def common_fields(unit_id: UUID, record_id: str, day: date) -> Data:
    """What every event has, as the office of a unit records it on a day."""
    return {
        "unit_id": str(unit_id),
        "org_id": str(organisation_of(unit_id, "police")),
        "actor_account": "bench.account",
        "occurred_on": day.isoformat(),
        "source_system": _SOURCE,
        "source_record_id": record_id,
        "campaign_tags": [],
        "area_tags": [],
    }


@cache
def _origin_of(unit_id: UUID) -> UUID:
    return origin_of(unit_id, _SEAT)


class Recorder:
    """Gives events their places and bytes, as the nodes that record them would."""

    def __init__(self, heads: Mapping[UUID, int] | None = None) -> None:
        """`heads`: where streams end that go on."""
        self.heads: dict[UUID, int] = dict(heads or {})
        self._versions: dict[tuple[str, UUID], int] = {}

    def record(self, happening: Happening, at: datetime) -> Recorded:
        """The event as recorded at a moment; moments never go back."""
        origin = _origin_of(happening.unit_id)
        sequence = self.heads.get(origin, 0) + 1
        self.heads[origin] = sequence
        aggregate_id = str(happening.aggregate_id or happening.event_id)
        place = (aggregate_id, happening.unit_id)
        version = self._versions.get(place, 0) + 1
        self._versions[place] = version
        raw = encode(
            event_id=str(happening.event_id),
            origin=origin,
            sequence=sequence,
            type=happening.type,
            version=1,
            aggregate_id=aggregate_id,
            recorded_at=format_time(at),
            data={**happening.data, "aggregate_version": version},
        )
        return Recorded(
            origin, sequence, happening.type, str(happening.event_id), aggregate_id, raw
        )
