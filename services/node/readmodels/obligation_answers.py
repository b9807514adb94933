"""What may meet an obligation: reports, plans, meetings, reviews, inspections, by unit and day.

Which obligation a row meets is found when it is asked, because rules and dates of organisations say
so: the slot that a meeting lies in, the category of the organisation that held it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from domain.events import Record
from domain.meetings import MeetingKind, is_periodic
from domain.obligations import ObligationKind
from domain.plans import plan_year
from domain.report_state import fold
from services.node.readmodel import Entity, RowModel

_REVIEWS: Final = (MeetingKind.PRELIMINARY_REVIEW, MeetingKind.FINAL_REVIEW)
_REPORTS: Final = (ObligationKind.HALF_YEAR, ObligationKind.ANNUAL)


class ObligationAnswers(RowModel):
    """One row per event that may meet an obligation (F1, F2, F12).

    `period` is that of a report or a plan, "" of what recurs; `org_id` the organisation that held
    the meeting of an association or a review (R38, R40, R112), "" where it does not matter. Of a
    model's reviews on one day one stands for all (R21, R31).
    """

    name: ClassVar[str] = "obligation_answers"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset(
        {"meeting", "document", "inspection", "model", "report"}
    )
    digested: ClassVar[frozenset[str]] = frozenset({"report"})
    columns: ClassVar[tuple[sa.Column[Any], ...]] = (
        sa.Column("aggregate_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("unit_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("org_id", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
    )
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("unit_id", "day"), ("day",))

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        if entity.kind == "report":
            yield from _report(entity)
            return
        seen: set[tuple[str, str]] = set()
        for record in entity.records:
            for row in _answers(record):
                if entity.kind == "model":
                    place = (row["unit_id"], row["day"])
                    if place in seen:
                        continue
                    seen.add(place)
                yield {"aggregate_id": entity.aggregate_id, "event_id": record.event_id} | row


def _report(entity: Entity) -> Iterator[Mapping[str, Any]]:
    """A report answers with its first version, whoever sent it."""
    state = entity.state(fold)
    if state is not None and state.kind in _REPORTS:
        first = state.versions[0]
        yield {
            "aggregate_id": entity.aggregate_id,
            "event_id": first.event_id,
            "unit_id": state.unit_id,
            "kind": state.kind,
            "period": state.period,
            "org_id": "",
            "day": first.submitted_on.isoformat(),
        }


def _answers(record: Record) -> Iterator[dict[str, Any]]:
    data = record.data
    match record.type:
        case "MeetingHeld" if is_periodic(data):
            yield _row(data, ObligationKind.MEETING)
        case "MeetingHeld" if data["kind"] == MeetingKind.ASSOCIATION_EXECUTIVE:
            yield _row(data, ObligationKind.MEETING, org_id=_host(data))
        case "MeetingHeld" if data["kind"] in _REVIEWS:
            yield _row(data, ObligationKind.REVIEW, org_id=_host(data))
        case "InspectionConducted":
            yield _row(data, ObligationKind.INSPECTION)
        case "ModelReviewed":
            yield _row(data, ObligationKind.MODEL_REVIEW)
        case "DocumentIssued":
            year = plan_year(data)
            if year is not None:
                yield _row(data, ObligationKind.PLAN, period=str(year), day=data["issued_on"])
        case _:
            pass


def _host(data: Mapping[str, Any]) -> str:
    host: str = data.get("host_org_id", data["org_id"])
    return host


def _row(
    data: Mapping[str, Any],
    kind: ObligationKind,
    *,
    period: str = "",
    org_id: str = "",
    day: str | None = None,
) -> dict[str, Any]:
    return {
        "unit_id": data["unit_id"],
        "kind": kind.value,
        "period": period,
        "org_id": org_id,
        "day": data["occurred_on"] if day is None else day,
    }
