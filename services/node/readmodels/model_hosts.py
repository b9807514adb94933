"""Which organisation carries each model, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.model_state import fold
from services.node.readmodel import Entity, RowModel


class ModelHosts(RowModel):
    """One row per model (F6, R113), after corrections: its host and its days."""

    name: ClassVar[str] = "model_hosts"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"model"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("model_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("host_org_id", sa.String(36), nullable=False),
        sa.Column("opened_on", sa.String(10), nullable=False),
        sa.Column("retired_on", sa.String(10)),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("host_org_id",),)

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        state = entity.state(fold)
        if state is not None:
            retired = state.retired_on
            yield {
                "model_id": entity.aggregate_id,
                "event_id": state.event_id,
                "unit_id": state.unit_id,
                "host_org_id": state.host_org_id,
                "opened_on": state.opened_on.isoformat(),
                "retired_on": None if retired is None else retired.isoformat(),
            }
