"""How every report stands: when it was sent, returned and accepted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from domain.report_state import Receipt, ReportState, fold, status
from services.node.readmodel import Entity, RowModel

_JSON: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class Standing(StrEnum):
    """How the latest version stands."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    """By one receiver at least: something has to be done, whoever else accepted it."""
    ACCEPTED = "accepted"


class ReportStatus(RowModel):
    """One row per report. `first_event_id`, `return_event_id` and `accept_event_id` name the events
    that its first submission, first return and first acceptance come from."""

    name: ClassVar[str] = "report_status"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"report"})
    digested: ClassVar[frozenset[str]] = frozenset({"report"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("report_id", sa.String(36), primary_key=True),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("first_submitted_on", sa.String(10), nullable=False),
        sa.Column("first_event_id", sa.String(36), nullable=False),
        sa.Column("latest_version", sa.Integer, nullable=False),
        sa.Column("latest_digest", sa.String(71), nullable=False),
        sa.Column("latest_submitted_on", sa.String(10), nullable=False),
        sa.Column("returned", sa.Integer, nullable=False),
        sa.Column("return_event_id", sa.String(36)),
        sa.Column("accepted_on", sa.String(10)),
        sa.Column("accepted_by", sa.Text, nullable=False),
        sa.Column("accept_event_id", sa.String(36)),
        sa.Column("lag_days", sa.Integer),
        sa.Column("first_pass", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("unit_id", "kind", "period"),
        ("kind", "period"),
    )

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        state = entity.state(fold)
        if state is None:
            return
        measured = status(state)
        returned = _first([receipt for version in state.versions for receipt in version.returned])
        accepted = _first([receipt for version in state.versions for receipt in version.accepted])
        yield {
            "report_id": entity.aggregate_id,
            "unit_id": state.unit_id,
            "kind": state.kind,
            "period": state.period,
            "first_submitted_on": measured.first_submitted_on.isoformat(),
            "first_event_id": state.versions[0].event_id,
            "latest_version": measured.latest_version,
            "latest_digest": state.latest.digest,
            "latest_submitted_on": measured.latest_submitted_on.isoformat(),
            "returned": measured.returns,
            "return_event_id": None if returned is None else returned.event_id,
            "accepted_on": None if accepted is None else accepted.day.isoformat(),
            "accepted_by": _JSON.encode(
                {role: day.isoformat() for role, day in measured.accepted.items()}
            ),
            "accept_event_id": None if accepted is None else accepted.event_id,
            "lag_days": None if accepted is None else _lag(state, accepted),
            "first_pass": measured.first_pass,
            "status": _standing(state).value,
        }


def _first(receipts: Sequence[Receipt]) -> Receipt | None:
    """The earliest receipt; of those of one day, whichever every node finds alike."""
    if len(receipts) < 2:  # nearly always
        return receipts[0] if receipts else None
    return min(receipts, key=lambda receipt: (receipt.day, receipt.event_id))


def _lag(state: ReportState, accepted: Receipt) -> int:
    """Days from sending the accepted version to its acceptance; a receiver's clock that runs
    behind makes it 0, never less."""
    version = next(version for version in state.versions if accepted in version.accepted)
    return max(0, (accepted.day - version.submitted_on).days)


def _standing(state: ReportState) -> Standing:
    if state.latest.returned:
        return Standing.RETURNED
    return Standing.ACCEPTED if state.latest.accepted else Standing.SUBMITTED
