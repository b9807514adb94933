"""The values of indicators that hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.indicator_values import fold
from services.node.readmodel import Entity, RowModel


class IndicatorValues(RowModel):
    """One row per unit, period and indicator: its value after corrections; 0 is a value too."""

    name: ClassVar[str] = "indicator_values"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"indicator_value"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("value_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("period", "code"), ("unit_id", "period"))

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        state = entity.state(fold)
        if state is None:
            return
        told = next(r.data for r in entity.records if r.event_id == state.event_id)
        yield {
            "value_id": entity.aggregate_id,
            "event_id": state.event_id,
            "unit_id": told["unit_id"],
            "period": told["period"],
            "code": told["indicator_code"],
            "value": state.value,
        }
