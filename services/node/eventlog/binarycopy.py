"""Rows of the log's tables in PostgreSQL's binary COPY format, many rows in one piece.

psycopg writes a row value by value, which takes longer than all the rest of an append. The format
is PostgreSQL's (documentation of COPY, "Binary Format"): a header, then for each row the number of
its columns and for each column its length and bytes, in network order, then the number −1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
_PIECE: Final = 250
"""Rows of a piece: some 200 KiB."""


def events_pieces(events: Sequence[tuple[UUID, int, str, bytes]], first: int) -> Iterator[bytes]:
    """Origin, sequence, type and bytes of events whose positions count from `first`; in pieces,
    of which the next is made while the server reads the one before."""
    parts = [HEADER]
    for start in range(0, len(events), _PIECE):
        for position, (origin, sequence, kind, raw) in enumerate(
            events[start : start + _PIECE], first + start
        ):
            topic = kind.encode()
            parts += (
                _EVENT_HEAD(len(EVENT_COLUMNS), _UUID, origin.bytes, _INT8, sequence, len(topic)),
                topic,
                _LENGTH(len(raw)),
                raw,
                _EVENT_TAIL(_INT8, position),
            )
        yield b"".join(parts)
        parts = []
    yield END


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
