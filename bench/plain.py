"""What a user would write with the plain eventsourcing library: the yardstick.

Its fastest ordinary form: domain events are saved without aggregates, so nothing is read before a
save, nothing is decided, and one event costs one `Application.save`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from eventsourcing.application import Application
from eventsourcing.domain import DomainEvent

from bench.happenings import Recorded
from bench.stores import Where


@dataclass(frozen=True)
class Happened(DomainEvent):
    """A recorded fact, with the fields that were pushed."""

    kind: str
    event_id: str
    subject: str
    data: dict[str, Any]


class Log(Application[UUID]):
    """The plain application."""

    name = "plain"


def environment(where: Where) -> dict[str, str]:
    """The library's settings for a store."""
    if where.database is None:
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(where.folder / "plain.db"),
        }
    parts = urlsplit(where.database)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.removeprefix("/"),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port or 5432),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "",
    }


def happened(origin: UUID, sequence: int, event: Mapping[str, Any]) -> Happened:
    """A domain event of a CloudEvent."""
    return Happened(
        originator_id=origin,
        originator_version=sequence,
        timestamp=datetime.now(UTC),
        kind=event["type"],
        event_id=event["id"],
        subject=event.get("subject", event["id"]),
        data=event["data"],
    )


def fill(app: Log, events: Sequence[Recorded]) -> None:
    """Save events in large batches: only to have a log to project."""
    for start in range(0, len(events), 1_000):
        part = events[start : start + 1_000]
        app.save(*(happened(e.origin, e.sequence, orjson.loads(e.raw)) for e in part))
