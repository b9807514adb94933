"""Inspections, and what they found and when it was remedied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.inspections import fold
from services.node.readmodel import Entity, RowModel


class Inspections(RowModel):
    """One row per inspection (F9), after corrections. The day is its first."""

    name: ClassVar[str] = "inspections"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"inspection"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("inspection_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("inspected_unit_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("day",), ("inspected_unit_id", "day"))

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        state = entity.state(fold)
        if state is not None:
            yield {
                "inspection_id": entity.aggregate_id,
                "event_id": state.event_id,
                "unit_id": state.unit_id,
                "inspected_unit_id": state.inspected_unit_id,
                "kind": state.kind,
                "day": state.first.isoformat(),
            }


class Findings(RowModel):
    """One row per finding of an inspection (F9): when it is due, when and by which event it was
    remedied. `event_id` is the inspection's."""

    name: ClassVar[str] = "findings"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"inspection"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("inspection_id", sa.String(36), primary_key=True),
        sa.Column("finding_id", sa.String(100), primary_key=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("inspected_unit_id", sa.String(36), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("due_on", sa.String(10), nullable=False),
        sa.Column("remedied_on", sa.String(10)),
        sa.Column("remedied_by", sa.String(36)),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("due_on",),
        ("inspected_unit_id", "due_on"),
    )

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        state = entity.state(fold)
        if state is None:
            return
        for finding_id, finding in state.findings.items():
            remedied = finding.remedied_on
            yield {
                "inspection_id": entity.aggregate_id,
                "finding_id": finding_id,
                "event_id": state.event_id,
                "inspected_unit_id": state.inspected_unit_id,
                "severity": finding.severity,
                "due_on": finding.due_on.isoformat(),
                "remedied_on": None if remedied is None else remedied.isoformat(),
                "remedied_by": finding.remedied_by,
            }
