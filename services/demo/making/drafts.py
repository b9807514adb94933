"""An event of the demonstration as a local system pushes it."""

from __future__ import annotations

from typing import Any

from contracts.envelope import TYPE_PREFIX
from domain.events import derive_id
from services.demo.making.places import Place

Event = dict[str, Any]
"""A CloudEvent that is not recorded yet."""

DIGEST_OF = "digest-of:"
"""Stands in a file before an event id, where the digest of that event belongs. An event gets its
digest when it is recorded; whoever answers it reads it from the node, and so does the player."""


def event(
    type: str,
    place: Place,
    category: str,
    day: str,
    record: str,
    *,
    subject: str | None = None,
    system: str | None = None,
    **data: Any,
) -> Event:
    """An event that the office of `category` in `place` records.

    `record` is its key in the recording system, and what its id is derived from; `from_` and `to_`
    stand for the catalogue's fields `from` and `to`.
    """
    source = system or f"demo.{place.key}.{category}"
    pushed: Event = {
        "specversion": "1.0",
        "id": event_id(source, record),
        "source": source,
        "type": TYPE_PREFIX + type,
    }
    if subject is not None:
        pushed["subject"] = subject
    pushed["data"] = {
        "unit_id": place.unit_id,
        "org_id": place.office(category),
        "actor_account": f"{place.key}.{category}",
        "occurred_on": day,
        "source_system": source,
        "source_record_id": record,
        **{name.removesuffix("_"): value for name, value in data.items()},
    }
    return pushed


def event_id(source: str, record: str) -> str:
    """The id of the event that a system pushes under a key."""
    return str(derive_id("demo", "event", source, record))
