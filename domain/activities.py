"""Propaganda, information exchanged, training.

R10, R22, R34, R44, R51, R69, R73, R96, R105–R107, R115.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from domain.checks import any_of_the_unit, organisations_refusal
from domain.decisions import Context, decides
from domain.events import Body, Count, Draft, Label, body_of, event_type, invalid
from domain.once import record_once
from domain.refusals import ORGANISATION_NOT_ALLOWED, Refusal, Text, refuse
from domain.topics import Topics


class PropagandaKind(StrEnum):
    """By what means people were addressed (R51, R73, R96, R106)."""

    SESSION = "session"
    BROADCAST = "broadcast"
    PRESS = "press"
    SOCIAL = "social"
    SMS = "sms"
    LEAFLET = "leaflet"
    REPORTAGE = "reportage"


_COUNTED_AUDIENCE: frozenset[PropagandaKind] = frozenset(
    {PropagandaKind.SMS, PropagandaKind.LEAFLET}
)
"""Means whose recipients are always known: messages sent, leaflets handed out."""


@event_type(aggregate="activity", title_vi="Tuyên truyền", title_en="Propaganda conducted")
class PropagandaConducted(Body):
    """People were addressed, in a session or through a medium (R10, R51, R73, R96, R105–R107).

    Who comes to a session is a participant; whom a medium reaches is a recipient. Nobody counts the
    audience of a broadcast, an article or a post, so there the recipients may be left out.
    """

    countable: ClassVar[Mapping[str, Text]] = {
        "sessions": Text("Số buổi, số lần", "Sessions"),
        "participants": Text("Lượt người dự", "Participants"),
        "recipients": Text("Lượt người nhận", "Recipients"),
        "materials": Text("Tài liệu", "Materials"),
        "police_speakers": Text("Lượt báo cáo viên công an", "Police speakers"),
    }

    kind: PropagandaKind
    topics: Topics
    sessions: Annotated[Count, Field(ge=1)]
    """How many sessions, broadcasts, articles or rounds of messages the record stands for."""
    participants: Count | None = None
    recipients: Count | None = None
    materials: Count = 0
    """Copies of materials provided or handed out (R106)."""
    police_speakers: Count = 0
    """Speakers whom the police gave, counted once a session (R105)."""
    channel: Label | None = None
    """The programme, paper, page or number it went out by: "fanpage Tuổi trẻ Quận 5" (R115)."""

    @model_validator(mode="after")
    def _audience_of_its_kind(self) -> Self:
        session = self.kind is PropagandaKind.SESSION
        if session and (self.participants is None or self.recipients is not None):
            raise invalid(
                "audience",
                vi="Buổi tuyên truyền (session) có participants, không có recipients.",
                en="A session has participants and no recipients.",
            )
        if not session and self.participants is not None:
            raise invalid(
                "audience",
                vi="Chỉ buổi tuyên truyền (session) có participants; hình thức khác có recipients.",
                en="Only a session has participants; other kinds have recipients.",
            )
        if session and self.channel is not None:
            raise invalid(
                "session_channel",
                vi="Buổi tuyên truyền (session) không có channel.",
                en="A session has no channel.",
            )
        if self.kind in _COUNTED_AUDIENCE and self.recipients is None:
            raise invalid(
                "audience",
                vi="Tin nhắn (sms) và tờ rơi (leaflet) phải có recipients.",
                en="Messages (sms) and leaflets need recipients.",
            )
        return self


class InformationKind(StrEnum):
    """What sort of information was exchanged; never what it said."""

    SECURITY_SITUATION = "security_situation"
    CRIME_METHODS = "crime_methods"
    PUBLIC_OPINION = "public_opinion"
    PEOPLES_PETITIONS = "peoples_petitions"
    MOVEMENT_RESULTS = "movement_results"
    LAW_AND_POLICY = "law_and_policy"
    OTHER = "other"


@event_type(aggregate="activity", title_vi="Trao đổi thông tin", title_en="Information exchanged")
class InformationExchanged(Body):
    """One organisation informed another: that it did, never the content (R34)."""

    from_org: UUID = Field(alias="from")
    to_org: UUID = Field(alias="to")
    kind: InformationKind

    @model_validator(mode="after")
    def _with_another(self) -> Self:
        if self.from_org == self.to_org:
            raise invalid(
                "exchange_with_itself",
                vi="from và to phải là hai cơ quan khác nhau (R34).",
                en="from and to must be two organisations (R34).",
            )
        return self


class Audience(StrEnum):
    """Who was trained (R22, R44, R69)."""

    CORE_FORCE = "core_force"
    COMMUNE_SECURITY_FORCE = "commune_security_force"
    COMMITTEE_MEMBERS = "committee_members"
    FRONT_OFFICERS = "front_officers"
    MASS_ORG_OFFICERS = "mass_org_officers"
    SELF_MANAGED_TEAMS = "self_managed_teams"
    POLICE = "police"
    RESIDENTS = "residents"
    OTHER = "other"


@event_type(aggregate="activity", title_vi="Tập huấn", title_en="Training held")
class TrainingHeld(Body):
    """A class was held (R22, R44, R69)."""

    countable: ClassVar[Mapping[str, Text]] = {
        "days": Text("Số ngày tập huấn", "Days of training"),
        "trainees": Text("Lượt học viên", "Trainees"),
    }

    audience: Audience
    topics: Topics
    days: Annotated[int, Field(ge=1, le=366, strict=True)]
    """Days of teaching, a part of a day counted as one."""
    trainees: Count

    @model_validator(mode="after")
    def _days_within_its_time(self) -> Self:
        last = self.occurred_to or self.occurred_on
        if self.days > (last - self.occurred_on).days + 1:
            raise invalid(
                "training_days",
                vi="days nhiều hơn số ngày từ occurred_on đến occurred_to; lớp nhiều ngày phải có "
                "occurred_to.",
                en="There are more days than from occurred_on to occurred_to; a class of several "
                "days has occurred_to.",
            )
        return self


def _both_ends(draft: Draft, ctx: Context) -> Refusal | None:
    """Both exist, and one of them belongs to the unit: it tells of its own dealings only."""
    body = body_of(draft, InformationExchanged)
    refusal = organisations_refusal(
        ctx, body, {"/data/from": body.from_org, "/data/to": body.to_org}
    )
    if refusal is not None:
        return refusal
    if any_of_the_unit(ctx, body, (body.from_org, body.to_org)):
        return None
    return refuse(
        ORGANISATION_NOT_ALLOWED,
        "/data/from",
        "R34",
        vi="Không bên nào thuộc đơn vị ghi {unit}; đơn vị của một trong hai bên ghi.",
        en="Neither side belongs to the recording unit {unit}; the unit of one of them records it.",
        unit=body.unit_id,
    )


decides(PropagandaConducted)(record_once)
decides(InformationExchanged, check=_both_ends)(record_once)
decides(TrainingHeld)(record_once)
