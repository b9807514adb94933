"""Documents, whom they were sent to, and who received them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.document_issue import RecipientPurpose
from domain.document_state import fold
from domain.events import Record
from domain.plans import plan_year
from services.node.readmodel import Entity, RowModel


class Documents(RowModel):
    """One row per document issued (F12, R01), after corrections. `recorded_at` is the moment its
    issue was recorded; `plan_year` the year that a plan is for, None for other documents."""

    name: ClassVar[str] = "documents"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"document"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("document_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("issued_on", sa.String(10), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("plan_year", sa.Integer),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("plan_year",),
        ("unit_id", "issued_on"),
        ("issued_on",),
    )

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        state = entity.state(fold)
        if state is not None:
            yield {
                "document_id": entity.aggregate_id,
                "event_id": state.event_id,
                "unit_id": state.unit_id,
                "kind": state.kind,
                "issued_on": state.issued_on.isoformat(),
                "recorded_at": _issue(entity, state.event_id).recorded_at,
                "plan_year": plan_year(_issue(entity, state.event_id).data),
            }


class DocumentRecipients(RowModel):
    """One row per organisation that a document was sent to, copies for the archive left out; or
    that acknowledged it in the place of another (`addressed` is false then) (F12, R78)."""

    name: ClassVar[str] = "document_recipients"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"document"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("document_id", sa.String(36), primary_key=True),
        sa.Column("org_id", sa.String(36), primary_key=True),
        sa.Column("addressed", sa.Boolean, nullable=False),
        sa.Column("received_at", sa.String(40)),
        sa.Column("event_id", sa.String(36)),
    )

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        state = entity.state(fold)
        if state is None:
            return
        addressed = {
            recipient["org_id"]
            for recipient in _issue(entity, state.event_id).data.get("recipients", ())
            if recipient["purpose"] != RecipientPurpose.ARCHIVE
        }
        for org_id in sorted(addressed | state.acknowledged.keys()):
            found = state.acknowledged.get(org_id)
            yield {
                "document_id": entity.aggregate_id,
                "org_id": org_id,
                "addressed": org_id in addressed,
                "received_at": None if found is None else found.received_at,
                "event_id": None if found is None else found.event_id,
            }


def _issue(entity: Entity, event_id: str) -> Record:
    return next(record for record in entity.records if record.event_id == event_id)
