"""Aggregates as the projector keeps them: what is recorded about each, ready to fold again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import attrgetter
from struct import Struct
from typing import Any, Final

import orjson
import sqlalchemy as sa

from domain.effective import REDACTED
from domain.events import EVENTS, Record
from domain.redactions import places_removed
from services.node.reading import record_of
from services.node.readmodel import ANY_AGGREGATE, Entity, Placed

_HEAD: Final = Struct(">QI")
"""Position and length before each event's bytes."""
_ORDER: Final = attrgetter("record.recorded_at", "record.origin", "record.sequence")
"""`Record.order` of what is placed."""
_OLDER: Final = b"["
"""How a history of engine 1 begins; no position is so large that it begins so."""


def entities_table(metadata: sa.MetaData, suffix: str) -> sa.Table:
    """One row per aggregate, with its whole history."""
    return sa.Table(
        f"entities{suffix}",
        metadata,
        sa.Column("aggregate_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False, index=True),
        sa.Column("history", sa.LargeBinary, nullable=False),
    )


def entity_units_table(metadata: sa.MetaData, suffix: str) -> sa.Table:
    """Which units an aggregate concerns: the way from a figure to the events behind it."""
    return sa.Table(
        f"entity_units{suffix}",
        metadata,
        sa.Column("unit_id", sa.String(36), primary_key=True),
        sa.Column("aggregate_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
    )


def dump(entity: Entity) -> tuple[str, str, bytes]:
    """The values of an aggregate's row: the same bytes for the same records.

    The history is each event's position, length and exact bytes: nothing is encoded again, and code
    of a newer schema version reads its own records from it. Raises ValueError for an entity without
    the bytes.
    """
    parts: list[bytes] = []
    for item in entity.placed:
        if not item.raw:
            raise ValueError("the exact bytes are missing")
        parts += (_HEAD.pack(item.position, len(item.raw)), item.raw)
    return (entity.aggregate_id, entity.kind, b"".join(parts))


def load(row: sa.Row[Any] | Mapping[str, Any]) -> Entity:
    """The aggregate of a row that `dump` made."""
    fields: Mapping[Any, Any] = row._mapping if isinstance(row, sa.Row) else row
    return read(fields["aggregate_id"], bytes(fields["history"]))


def read(aggregate_id: str, history: bytes) -> Entity:
    """The aggregate with a history that `dump` made."""
    if history[:1] == _OLDER:
        return Entity(aggregate_id, tuple(_load_older(aggregate_id, history)))
    placed: list[Placed] = []
    start = 0
    while start < len(history):
        position, length = _HEAD.unpack_from(history, start)
        start += _HEAD.size
        raw = history[start : start + length]
        start += length
        record = record_of(raw)
        # What code of another version has folded and this code cannot read is left to the rebuild
        # that a change of types asks for.
        if isinstance(record, Record):
            placed.append(Placed(record, position, raw))
    return Entity(aggregate_id, tuple(placed))


def as_of(entity: Entity, position: int) -> Entity:
    """The aggregate as the log held it through a position."""
    placed = tuple(item for item in entity.placed if item.position <= position)
    return entity if len(placed) == len(entity.placed) else Entity(entity.aggregate_id, placed)


def grown_by(whole: Entity, placed: list[Placed]) -> Entity | None:
    """The records that an aggregate has grown by, as an aggregate of their own.

    None if one of its records, old or new, says something about another, is of another kind of
    aggregate or was recorded twice: then the old ones may count otherwise than before.
    """
    kinds = {EVENTS[item.record.type].aggregate for item in whole.placed}
    if len(kinds) > 1 or ANY_AGGREGATE in kinds:
        return None
    if len({item.record.event_id for item in whole.placed}) < len(whole.placed):
        return None
    return extended(None, whole.aggregate_id, placed)


def _load_older(aggregate_id: str, history: bytes) -> Iterator[Placed]:
    """Rows of engine 1, which serve until the rebuild that a new engine starts by itself."""
    for position, event_id, kind, origin, sequence, at, digest, data in orjson.loads(history):
        record = Record(event_id, kind, origin, sequence, at, aggregate_id, digest, data)
        yield Placed(record, position)


def extended(entity: Entity | None, aggregate_id: str, placed: list[Placed]) -> Entity:
    """The aggregate with further records. The log holds each place of a stream once.

    Without those that a redaction among them removes, whichever came first: their bytes must not be
    kept here either.
    """
    if entity is None and len(placed) == 1:
        return Entity(aggregate_id, tuple(placed))
    everything = [*(entity.placed if entity else ()), *placed]
    if any(item.record.type == REDACTED for item in everything):
        gone = places_removed([item.record for item in everything])
        everything = [p for p in everything if (p.record.origin, p.record.sequence) not in gone]
    everything.sort(key=_ORDER)
    return Entity(aggregate_id, tuple(everything))
