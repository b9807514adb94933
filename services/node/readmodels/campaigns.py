"""Reviews of a programme: their plan, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.campaign_state import fold
from services.node.readmodel import Entity, RowModel


class Campaigns(RowModel):
    """One row per campaign (F16): its days, its quota, and the exemplars counted at its close."""

    name: ClassVar[str] = "campaigns"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"campaign"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("campaign_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("years", sa.Integer, nullable=False),
        sa.Column("opened_on", sa.String(10), nullable=False),
        sa.Column("closed_on", sa.String(10)),
        sa.Column("closed_by", sa.String(36)),
        sa.Column("quota_collectives", sa.BigInteger, nullable=False),
        sa.Column("quota_individuals", sa.BigInteger, nullable=False),
        sa.Column("localities", sa.BigInteger),
        sa.Column("collectives", sa.BigInteger),
        sa.Column("individuals", sa.BigInteger),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("unit_id", "opened_on"),)

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        state = entity.state(fold)
        if state is None:
            return
        localities, collectives, individuals = state.exemplars or (None, None, None)
        yield {
            "campaign_id": entity.aggregate_id,
            "event_id": state.event_id,
            "unit_id": state.unit_id,
            "years": state.years,
            "opened_on": state.opened_on.isoformat(),
            "closed_on": None if state.closed_on is None else state.closed_on.isoformat(),
            "closed_by": state.closed_by,
            "quota_collectives": state.quota[0],
            "quota_individuals": state.quota[1],
            "localities": localities,
            "collectives": collectives,
            "individuals": individuals,
        }


class CampaignMilestones(RowModel):
    """One row per milestone of a campaign (F16): its last good day, and when it was reached."""

    name: ClassVar[str] = "campaign_milestones"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"campaign"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("campaign_id", sa.String(36), primary_key=True),
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("due_on", sa.String(10), nullable=False),
        sa.Column("at_discretion", sa.Boolean, nullable=False),
        sa.Column("met_on", sa.String(10)),
    )

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        state = entity.state(fold)
        if state is None:
            return
        for code, milestone in state.milestones.items():
            met_on = milestone.met_on
            yield {
                "campaign_id": entity.aggregate_id,
                "code": code,
                "due_on": milestone.due_on.isoformat(),
                "at_discretion": milestone.at_discretion,
                "met_on": None if met_on is None else met_on.isoformat(),
            }
