"""Every amount of money that was recorded, by budget year, source and stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.funding import FundingRecorded
from services.node.readmodel import Entity, RowModel


class Funding(RowModel):
    """One row per amount (F13), after corrections; in whole VND."""

    name: ClassVar[str] = "funding"
    version: ClassVar[int] = 1
    by_record: ClassVar[bool] = True
    kinds: ClassVar[frozenset[str]] = frozenset({"fund_year"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("fund_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger, nullable=False),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("year",), ("unit_id", "year"))

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        for record in entity.records:
            data = record.data
            if record.type != FundingRecorded.__name__:
                continue
            yield {
                "fund_id": entity.aggregate_id,
                "event_id": record.event_id,
                "unit_id": data["unit_id"],
                "day": data["occurred_on"],
                "year": data["year"],
                "source": data["source"],
                "stage": data["stage"],
                "amount_vnd": data["amount_vnd"],
            }
