"""Forums: where people are heard and crime is spoken of (R11, R27, R28, R43, R108)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from domain.checks import each, organisations_refusal
from domain.decisions import Context, decides
from domain.events import Body, Count, Draft, body_of, distinct, event_type, invalid
from domain.once import record_once
from domain.refusals import Refusal, Text


class ForumKind(StrEnum):
    """What the forum was called together for (R11, R27, R43)."""

    LISTEN_TO_PEOPLE = "listen_to_people"
    DENOUNCE_CRIME = "denounce_crime"
    FRONT_LISTENS = "front_listens"
    SPEAK_AND_LISTEN = "speak_and_listen"
    CONDEMN_VIOLATION = "condemn_violation"
    YOUTH = "youth"


@event_type(aggregate="forum", title_vi="Diễn đàn", title_en="Forum held")
class ForumHeld(Body):
    """A forum took place: how much was said and asked, never by whom or what (R11, R27, R108).

    Petitions are settled later than they are received: the record is corrected when they are (F10).
    """

    countable: ClassVar[Mapping[str, Text]] = {
        "opinions": Text("Ý kiến", "Opinions"),
        "petitions_received": Text("Kiến nghị đã nhận", "Petitions received"),
        "petitions_resolved": Text("Kiến nghị đã giải quyết", "Petitions resolved"),
    }

    kind: ForumKind
    host_org_id: UUID | None = None
    """The organisation of the unit that held it; the recording one unless given (R28)."""
    partner_orgs: Annotated[tuple[UUID, ...], AfterValidator(distinct), Field(max_length=100)] = ()
    """The organisations it was held together with (R28)."""
    opinions: Count
    petitions_received: Count
    petitions_resolved: Count

    @model_validator(mode="after")
    def _resolved_of_received(self) -> Self:
        if self.petitions_resolved > self.petitions_received:
            raise invalid(
                "petitions_resolved",
                vi="petitions_resolved không được lớn hơn petitions_received (R108).",
                en="petitions_resolved cannot be more than petitions_received (R108).",
            )
        return self


def _organisations(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, ForumHeld)
    host = {"/data/host_org_id": body.host_org_id}
    return organisations_refusal(ctx, body, host, own=True) or organisations_refusal(
        ctx, body, each("/data/partner_orgs", body.partner_orgs)
    )


decides(ForumHeld, check=_organisations)(record_once)
