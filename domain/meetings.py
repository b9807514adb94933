"""Meetings: of steering committees, between the parties to a programme, of associations.

R24, R25, R72, R76, R77, R82, R119.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from domain.checks import each, organisations_refusal
from domain.decisions import Context, decides
from domain.events import (
    Body,
    Count,
    Draft,
    Record,
    Value,
    body_of,
    distinct,
    event_type,
    invalid,
)
from domain.once import record_once, the_one
from domain.refusals import Refusal, Text


class MeetingKind(StrEnum):
    """What the meeting was for."""

    COMMITTEE_PERIODIC = "committee_periodic"
    BRIEFING = "briefing"
    PRELIMINARY_REVIEW = "preliminary_review"
    FINAL_REVIEW = "final_review"
    DISSEMINATION = "dissemination"
    SIGNING = "signing"
    CONFERENCE = "conference"
    ASSOCIATION_EXECUTIVE = "association_executive"


class MeetingMode(StrEnum):
    """Where the participants were."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    MIXED = "mixed"


class MemberEvaluation(Value):
    """How a committee's members met their responsibility (R77): counts, never names."""

    evaluated: Annotated[Count, Field(ge=1)]
    fulfilled: Count
    not_fulfilled: Count

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.fulfilled + self.not_fulfilled != self.evaluated:
            raise invalid(
                "evaluation_sum",
                vi="fulfilled + not_fulfilled phải bằng evaluated (R77).",
                en="fulfilled + not_fulfilled must equal evaluated (R77).",
            )
        return self


@event_type(
    aggregate="meeting", title_vi="Họp, giao ban, sơ kết, tổng kết", title_en="Meeting held"
)
class MeetingHeld(Body):
    """A meeting took place (R24, R76). A periodic meeting of a committee says how its members met
    their responsibility (R77)."""

    countable: ClassVar[Mapping[str, Text]] = {"attendees": Text("Lượt người dự", "Attendees")}

    kind: MeetingKind
    host_org_id: UUID | None = None
    """The organisation of the unit that held it; the recording one unless given."""
    attendees: Count
    invited_orgs: Annotated[tuple[UUID, ...], AfterValidator(distinct), Field(max_length=500)] = ()
    mode: MeetingMode
    member_evaluation: MemberEvaluation | None = None

    @model_validator(mode="after")
    def _periodic_means_evaluated(self) -> Self:
        if self.kind is MeetingKind.COMMITTEE_PERIODIC and self.member_evaluation is None:
            raise invalid(
                "evaluation_missing",
                vi="Họp định kỳ của ban chỉ đạo phải có member_evaluation: đánh giá trách nhiệm "
                "của từng thành viên (R77).",
                en="A periodic committee meeting needs member_evaluation: how each member met "
                "their responsibility (R77).",
            )
        return self


def _organisations(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, MeetingHeld)
    host = {"/data/host_org_id": body.host_org_id}
    return organisations_refusal(ctx, body, host, own=True) or organisations_refusal(
        ctx, body, each("/data/invited_orgs", body.invited_orgs)
    )


decides(MeetingHeld, check=_organisations)(record_once)


def meeting(history: Sequence[Record]) -> Mapping[str, Any] | None:
    """The meeting as it stands after corrections; None if there is none or it was retracted."""
    return the_one(history, "MeetingHeld")


def is_periodic(data: Mapping[str, Any]) -> bool:
    """Whether the meeting fills a cadence slot (F1)."""
    return bool(data["kind"] == MeetingKind.COMMITTEE_PERIODIC)
