"""Rows of the log's tables in PostgreSQL's binary COPY format, a whole batch in one piece.

psycopg writes a row value by value, which takes longer than all the rest of an append. The format
is PostgreSQL's (documentation of COPY, "Binary Format"): a header, then for each row the number of
its columns and for each column its length and bytes, in network order, then the number −1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Final
from uuid import UUID

from services.node.eventlog.port import EventKey

EVENT_COLUMNS: Final = (
    "originator_id",
    "originator_version",
    "topic",
    "state",
    "notification_id",
)
KEY_COLUMNS: Final = (
    "event_id",
    "record_key",
    "content",
    "aggregate_id",
    "origin",
    "sequence",
)

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
END: Final = b"\xff\xff"
_UUID: Final = 16
_INT8: Final = 8
_EVENT_HEAD: Final = Struct(">hi16siqi").pack
_EVENT_TAIL: Final = Struct(">iq").pack
_KEY_HEAD: Final = Struct(">hi16si").pack
_KEY_TAIL: Final = Struct(">i16si16siq").pack
_LENGTH: Final = Struct(">i").pack


def events_block(events: Iterable[tuple[UUID, int, str, bytes]], first: int) -> bytes:
    """Origin, sequence, type and bytes of events whose positions count from `first`."""
    parts = [HEADER]
    for position, (origin, sequence, kind, raw) in enumerate(events, first):
        topic = kind.encode()
        parts += (
            _EVENT_HEAD(len(EVENT_COLUMNS), _UUID, origin.bytes, _INT8, sequence, len(topic)),
            topic,
            _LENGTH(len(raw)),
            raw,
            _EVENT_TAIL(_INT8, position),
        )
    parts.append(END)
    return b"".join(parts)


def keys_block(keys: Sequence[EventKey]) -> bytes:
    """The rows of `event_keys`."""
    parts = [HEADER]
    for event_id, record_key, content, aggregate_id, origin, sequence in keys:
        record, meant = record_key.encode(), content.encode()
        parts += (
            _KEY_HEAD(len(KEY_COLUMNS), _UUID, _bytes(event_id), len(record)),
            record,
            _LENGTH(len(meant)),
            meant,
            _KEY_TAIL(_UUID, _bytes(aggregate_id), _UUID, origin.bytes, _INT8, sequence),
        )
    parts.append(END)
    return b"".join(parts)


def _bytes(identity: str) -> bytes:
    return bytes.fromhex(identity.replace("-", ""))
