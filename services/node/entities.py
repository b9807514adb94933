"""Aggregates as the projector keeps them: what is recorded about each, ready to fold again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from domain.events import Record
from services.node.readmodel import Entity, Placed


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


def dump(entity: Entity) -> dict[str, Any]:
    """The row of an aggregate: the same bytes for the same records."""
    history = [
        [
            item.position,
            item.record.event_id,
            item.record.type,
            item.record.origin,
            item.record.sequence,
            item.record.recorded_at,
            item.record.digest,
            item.record.data,
        ]
        for item in entity.placed
    ]
    return {
        "aggregate_id": entity.aggregate_id,
        "kind": entity.kind,
        "history": orjson.dumps(history, option=orjson.OPT_SORT_KEYS),
    }


def load(row: sa.Row[Any] | Mapping[str, Any]) -> Entity:
    """The aggregate of a row that `dump` made."""
    fields: Mapping[Any, Any] = row._mapping if isinstance(row, sa.Row) else row
    aggregate_id = fields["aggregate_id"]
    return Entity(
        aggregate_id,
        tuple(
            Placed(
                Record(event_id, kind, origin, sequence, at, aggregate_id, digest, data), position
            )
            for position, event_id, kind, origin, sequence, at, digest, data in orjson.loads(
                fields["history"]
            )
        ),
    )


def extended(entity: Entity | None, aggregate_id: str, placed: list[Placed]) -> Entity:
    """The aggregate with further records. The log holds each place of a stream once."""
    everything = [*(entity.placed if entity else ()), *placed]
    everything.sort(key=lambda item: item.record.order)
    return Entity(aggregate_id, tuple(everything))
