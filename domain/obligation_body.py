"""What every event about an obligation has: it names what a unit owes, for which period.

The obligation is a derived identity, so that the superior, the unit and every view mean the same
without anyone having recorded it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from domain.decisions import Accepted, Context, Decision
from domain.events import Body, Draft, Record, body_of, invalid, recorded_order
from domain.obligations import ObligationKind, obligation_id
from domain.organisations import Category
from domain.owed import due_day
from domain.periods import Period
from domain.refusals import INVALID_FIELD, NO_SUCH_RECORD, Refusal, refuse
from domain.standing import identity_refusal, known_unit_refusal, superior_refusal

RULE = "R59"

ObligationPeriod = Annotated[
    str,
    Field(
        pattern=r"^((19|20|21)[0-9]{2}(-H[12])?"
        r"|[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2})$"
    ),
]
"""The period of a report, the year of a plan, or the first and last day of what recurs."""


class ObligationBody(Body):
    """Fields of every event about an obligation."""

    obligation_id: UUID | None = None
    """Filled in when it is recorded; given, it must be the one that the fields below make."""
    obliged_unit_id: UUID
    """The unit that owed it first, also after a successor bears it."""
    kind: ObligationKind
    period: ObligationPeriod
    organisation: Category | None = None
    """Whose meeting or review it is, if not the unit's own."""

    @model_validator(mode="after")
    def _period_of_its_kind(self) -> Self:
        if not self._fits():
            raise invalid(
                "obligation_period",
                vi="Kỳ của half_year có dạng 2025-H1, của annual và plan 2025, của việc định kỳ là "
                "ngày đầu và ngày cuối: 2025-01-01/2025-01-31.",
                en="The period of half_year is like 2025-H1, of annual and plan 2025, of what "
                "recurs its first and last day: 2025-01-01/2025-01-31.",
            )
        if self.organisation is not None and not self.kind.of_organisations:
            raise invalid(
                "obligation_organisation",
                vi="organisation chỉ dùng cho cuộc họp (meeting) và sơ kết (review).",
                en="organisation goes with a meeting or a review only.",
            )
        return self

    def _fits(self) -> bool:
        first, _, last = self.period.partition("/")
        if not last:
            if self.kind.recurs:
                return False
            half = Period.parse(first).half is not None
            return half is (self.kind is ObligationKind.HALF_YEAR)
        try:
            return self.kind.recurs and date.fromisoformat(first) <= date.fromisoformat(last)
        except ValueError:
            return False

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """The obligation."""
        del event_id
        return obligation_id(
            self.obliged_unit_id, self.kind, self.period, organisation=self.organisation
        )

    def due_on(self, ctx: Context) -> date | None:
        """Its last good day; None if no rule at this node makes the unit owe it."""
        return due_day(
            ctx.directory,
            self.obliged_unit_id,
            self.kind,
            self.period,
            organisation=self.organisation,
        )


def obligation_refusal(draft: Draft, ctx: Context) -> Refusal | None:
    """Why a superior cannot record this about an obligation, or None (R59)."""
    body = body_of(draft, ObligationBody)
    expected = body.default_aggregate_id(draft.event_id)
    if body.obligation_id not in (None, expected):
        return refuse(
            INVALID_FIELD,
            "/data/obligation_id",
            RULE,
            vi="Nghĩa vụ {kind} kỳ {period} của đơn vị có mã {expected}; có thể để trống.",
            en="The unit's obligation {kind} of {period} has the id {expected}; leave it out.",
            kind=body.kind.value,
            period=body.period,
            expected=expected,
        )
    return (
        identity_refusal(draft, RULE)
        or known_unit_refusal(ctx, body.obliged_unit_id, "/data/obliged_unit_id", RULE)
        or superior_refusal(ctx, draft, body.obliged_unit_id, RULE)
        or _owed(body, ctx)
    )


def _owed(body: ObligationBody, ctx: Context) -> Refusal | None:
    if body.due_on(ctx) is not None:
        return None
    return refuse(
        NO_SUCH_RECORD,
        "/data/period",
        RULE,
        vi="Không quy định nào ở nút này buộc đơn vị {unit} thực hiện {kind} kỳ {period}.",
        en="No rule at this node makes unit {unit} owe {kind} of {period}.",
        unit=body.obliged_unit_id,
        kind=body.kind.value,
        period=body.period,
    )


def named(draft: Draft) -> Decision:
    """The draft accepted, with the obligation's id in it."""
    body = body_of(draft, ObligationBody)
    full = body.model_copy(update={"obligation_id": draft.aggregate_id})
    return Accepted((Draft(draft.event_id, draft.aggregate_id, full),))


def day_of(record: Record) -> date:
    """The day something about the obligation was done."""
    return date.fromisoformat(record.data["occurred_on"])


def of_type(records: Sequence[Record], name: str) -> list[Record]:
    """The effective records of one type, in the order of recording."""
    return sorted((record for record in records if record.type == name), key=recorded_order)
