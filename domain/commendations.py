"""Praise and criticism: proposed, then decided (R26, R41, R57, R79, R98).

Who was praised or criticised is never recorded, only how many collectives and individuals.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from pydantic import model_validator

from domain.checks import organisations_refusal
from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import Body, Count, Draft, Record, body_of, event_type, invalid
from domain.refusals import (
    ALREADY_EXISTS,
    INVALID_FIELD,
    NOT_IN_THAT_STATE,
    ORGANISATION_NOT_ALLOWED,
    Notice,
    Refusal,
    Text,
    refuse,
)


class CommendationKind(StrEnum):
    """Praise (R26) or criticism (R79)."""

    PRAISE = "praise"
    CRITICISM = "criticism"


class CommendationStage(StrEnum):
    """How far it has come (R41, R98)."""

    PROPOSED = "proposed"
    DECIDED = "decided"


class AwardForm(StrEnum):
    """In what form. The last three are forms of criticism."""

    ORDER_OR_MEDAL = "order_or_medal"
    EMULATION_FLAG = "emulation_flag"
    EMULATION_TITLE = "emulation_title"
    CERTIFICATE_OF_MERIT = "certificate_of_merit"
    COMMENDATION_PAPER = "commendation_paper"
    LETTER_OF_PRAISE = "letter_of_praise"
    BONUS = "bonus"
    REMINDER = "reminder"
    CRITICISM_IN_MEETING = "criticism_in_meeting"
    CRITICISM_IN_WRITING = "criticism_in_writing"


_FORMS_OF_CRITICISM: Final = frozenset(
    {AwardForm.REMINDER, AwardForm.CRITICISM_IN_MEETING, AwardForm.CRITICISM_IN_WRITING}
)


@event_type(aggregate="award", title_vi="Khen thưởng, phê bình", title_en="Commendation recorded")
class CommendationRecorded(Body):
    """Praise or criticism was proposed or decided.

    A decision may follow a proposal or stand alone: an authority praises on its own motion. The
    counts of the two stages mean the same people, so they are not `countable`: added together they
    would count everyone twice.
    """

    kind: CommendationKind
    stage: CommendationStage
    form: AwardForm
    deciding_org_id: UUID | None = None
    """Who decides: required of a decision; of a proposal, whom it is made to, if that is known."""
    collectives: Count
    individuals: Count

    @model_validator(mode="after")
    def _form_of_its_kind(self) -> Self:
        if (self.form in _FORMS_OF_CRITICISM) != (self.kind is CommendationKind.CRITICISM):
            raise invalid(
                "award_form",
                vi="form không thuộc loại đã nêu ở kind: praise hoặc criticism.",
                en="form is not one of the kind named: praise or criticism.",
            )
        return self

    @model_validator(mode="after")
    def _someone_is_meant(self) -> Self:
        if not self.collectives + self.individuals:
            raise invalid(
                "nobody_meant",
                vi="Phải có ít nhất một tập thể hoặc cá nhân.",
                en="There must be at least one collective or individual.",
            )
        return self

    @model_validator(mode="after")
    def _someone_decided(self) -> Self:
        if self.stage is CommendationStage.DECIDED and self.deciding_org_id is None:
            raise invalid(
                "deciding_org_missing",
                vi="Quyết định phải có deciding_org_id: cơ quan quyết định (R98).",
                en="A decision needs deciding_org_id: the organisation that decided (R98).",
            )
        return self


def _deciding_exists(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, CommendationRecorded)
    return organisations_refusal(ctx, body, {"/data/deciding_org_id": body.deciding_org_id})


@decides(CommendationRecorded, check=_deciding_exists)
def decide_commendation(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Proposed at most once, decided at most once, and decided last (R41, R98)."""
    body = body_of(draft, CommendationRecorded)
    known = {
        record.data["stage"]: record for record in effective(history) if record.type == draft.type
    }
    decision = known.get(CommendationStage.DECIDED)
    if decision is not None:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/stage",
            "R98",
            vi="Đã có quyết định ngày {day} (sự kiện {event}); muốn sửa thì gửi EventCorrected.",
            en="It was decided on {day} (event {event}); to change that send EventCorrected.",
            day=_day(decision),
            event=decision.event_id,
        )
    proposal = known.get(CommendationStage.PROPOSED)
    if proposal is None:
        return Accepted((draft,))
    if body.stage is CommendationStage.PROPOSED:
        return refuse(
            ALREADY_EXISTS,
            "/data/stage",
            "R41",
            vi="Đã đề xuất ngày {day} (sự kiện {event}).",
            en="It was proposed on {day} (event {event}).",
            day=_day(proposal),
            event=proposal.event_id,
        )
    refusal = _not_of_the_proposal(proposal, draft, ctx)
    return refusal or Accepted((draft,), _more_than_proposed(proposal, body))


def _day(record: Record) -> date:
    return date.fromisoformat(record.data["occurred_on"])


def _not_of_the_proposal(proposal: Record, draft: Draft, ctx: Context) -> Refusal | None:
    """Why this is no decision about the proposal, or None."""
    body, data = body_of(draft, CommendationRecorded), proposal.data
    if body.kind != data["kind"]:
        return refuse(
            INVALID_FIELD,
            "/data/kind",
            "R98",
            vi="Đề xuất là {kind}; quyết định phải cùng loại.",
            en="{kind} was proposed; the decision is of the same kind.",
            kind=data["kind"],
        )
    if body.occurred_on < _day(proposal):
        return refuse(
            INVALID_FIELD,
            "/data/occurred_on",
            "R98",
            vi="Ngày quyết định {day} trước ngày đề xuất {proposed}.",
            en="The day of the decision, {day}, is before that of the proposal, {proposed}.",
            day=body.occurred_on,
            proposed=_day(proposal),
        )
    owner, day = data["unit_id"], body.occurred_on
    if str(body.unit_id) == ctx.directory.heir(owner, day) or ctx.directory.within(
        owner, body.unit_id, day
    ):
        return None
    return refuse(
        ORGANISATION_NOT_ALLOWED,
        "/data/unit_id",
        "R98",
        vi="Đề xuất của đơn vị {owner}; chỉ đơn vị đó hoặc cấp trên ghi quyết định.",
        en="Unit {owner} made the proposal; it or a superior records the decision.",
        owner=owner,
    )


def _more_than_proposed(proposal: Record, body: CommendationRecorded) -> tuple[Notice, ...]:
    data = proposal.data
    if body.collectives <= data["collectives"] and body.individuals <= data["individuals"]:
        return ()
    text = Text(
        "Quyết định nhiều hơn đề xuất ({collectives} tập thể, {individuals} cá nhân).",
        "More was decided than proposed ({collectives} collectives, {individuals} individuals).",
    )
    return (
        Notice(
            "more-than-proposed",
            text.format(collectives=data["collectives"], individuals=data["individuals"]),
        ),
    )
