"""Reminders: a superior presses a unit for what it owes (R59).

The obligation is a derived identity, so that the superior, the unit and every view mean the same
without anyone having recorded it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from domain.decisions import Accepted, Context, Decision, decides
from domain.events import Body, Draft, Record, body_of, event_type, invalid
from domain.levels import SUPERIORS
from domain.obligations import ObligationKind, obligation_id
from domain.organisations import Category
from domain.owed import due_day
from domain.periods import Period
from domain.refusals import INVALID_FIELD, NO_SUCH_RECORD, Refusal, refuse
from domain.standing import identity_refusal, known_unit_refusal, superior_refusal

ObligationPeriod = Annotated[
    str,
    Field(
        pattern=r"^((19|20|21)[0-9]{2}(-H[12])?"
        r"|[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2})$"
    ),
]
"""The period of a report, or the first and last day of a meeting's slot."""


@event_type(
    aggregate="obligation",
    title_vi="Đôn đốc",
    title_en="Reminder sent",
    levels=SUPERIORS,
)
class ReminderSent(Body):
    """A superior reminded a unit of a report or a meeting that it owes (R59)."""

    obligation_id: UUID | None = None
    """Filled in when it is recorded; given, it must be the one that the fields below make."""
    obliged_unit_id: UUID
    """The unit that owed it first, also after a successor bears it."""
    kind: ObligationKind
    period: ObligationPeriod
    organisation: Category | None = None
    """Whose meeting it is, if not the committee's."""

    @model_validator(mode="after")
    def _period_of_its_kind(self) -> Self:
        if not self._fits():
            raise invalid(
                "obligation_period",
                vi="Kỳ của half_year có dạng 2025-H1, của annual và plan 2025, của meeting là ngày "
                "đầu và ngày cuối: 2025-01-01/2025-01-31.",
                en="The period of half_year is like 2025-H1, of annual and plan 2025, of meeting "
                "its first and last day: 2025-01-01/2025-01-31.",
            )
        if self.organisation is not None and self.kind is not ObligationKind.MEETING:
            raise invalid(
                "obligation_organisation",
                vi="organisation chỉ dùng cho cuộc họp (meeting).",
                en="organisation goes with a meeting only.",
            )
        return self

    def _fits(self) -> bool:
        if self.kind is ObligationKind.PLAN:
            return self.period.isdigit()
        if "/" not in self.period:
            return Period.parse(self.period).kind.value == self.kind.value
        try:
            first, last = map(date.fromisoformat, self.period.split("/"))
        except ValueError:
            return False
        return self.kind is ObligationKind.MEETING and first <= last

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """The obligation."""
        del event_id
        return obligation_id(
            self.obliged_unit_id, self.kind, self.period, organisation=self.organisation
        )


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of an obligation."""

    event_id: str
    unit_id: str
    day: date


def reminders(records: Sequence[Record]) -> tuple[Reminder, ...]:
    """The reminders among effective records of an obligation, by day and then by recording."""
    found = [
        Reminder(record.event_id, record.data["unit_id"], _day(record))
        for record in sorted(records, key=lambda record: record.order)
        if record.type == "ReminderSent"
    ]
    return tuple(sorted(found, key=lambda reminder: reminder.day))


def _day(record: Record) -> date:
    return date.fromisoformat(record.data["occurred_on"])


def _check(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, ReminderSent)
    expected = body.default_aggregate_id(draft.event_id)
    if body.obligation_id not in (None, expected):
        return refuse(
            INVALID_FIELD,
            "/data/obligation_id",
            "R59",
            vi="Nghĩa vụ {kind} kỳ {period} của đơn vị có mã {expected}; có thể để trống.",
            en="The unit's obligation {kind} of {period} has the id {expected}; leave it out.",
            kind=body.kind.value,
            period=body.period,
            expected=expected,
        )
    return (
        identity_refusal(draft, "R59")
        or known_unit_refusal(ctx, body.obliged_unit_id, "/data/obliged_unit_id", "R59")
        or superior_refusal(ctx, draft, body.obliged_unit_id, "R59")
        or _owed(body, ctx)
    )


def _owed(body: ReminderSent, ctx: Context) -> Refusal | None:
    due_on = due_day(
        ctx.directory,
        body.obliged_unit_id,
        body.kind,
        body.period,
        organisation=body.organisation,
    )
    if due_on is not None:
        return None
    return refuse(
        NO_SUCH_RECORD,
        "/data/period",
        "R59",
        vi="Không quy định nào ở nút này buộc đơn vị {unit} thực hiện {kind} kỳ {period}.",
        en="No rule at this node makes unit {unit} owe {kind} of {period}.",
        unit=body.obliged_unit_id,
        kind=body.kind.value,
        period=body.period,
    )


@decides(ReminderSent, check=_check)
def decide_reminder(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A unit may be reminded again; what is recorded names the obligation."""
    del history, ctx
    body = body_of(draft, ReminderSent)
    named = body.model_copy(update={"obligation_id": draft.aggregate_id})
    return Accepted((Draft(draft.event_id, draft.aggregate_id, named),))
