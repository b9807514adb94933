"""How complete the streams are that a node holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.node.origins import Origins
from services.node.syncstate import Direction, SyncState


@dataclass(frozen=True, slots=True)
class OriginSync:
    """How complete one origin is here."""

    origin: UUID
    unit_id: str
    direction: Direction
    received_through: int
    announced: int
    """The highest head its sender announced; what is above `received_through` is on its way."""
    last_seen: str
    waiting: int
    """Events kept aside because an earlier one is missing."""
    forked: bool


def origins_sync(origins: Origins, sync: SyncState) -> Sequence[OriginSync]:
    """All that the log holds something of, by unit. Raises StoreUnavailableError."""
    waiting = sync.waiting_counts()
    heads = origins.heads()
    return [
        OriginSync(
            state.origin,
            state.unit_id,
            state.direction,
            heads[state.origin],
            state.announced,
            state.last_seen,
            waiting.get(state.origin, (0, 0))[0],
            state.forked,
        )
        for state in sorted(origins.states(), key=lambda one: (one.unit_id, str(one.origin)))
        if state.origin in heads
    ]
