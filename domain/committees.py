"""Steering committees: established, consolidated, merged, dissolved (R16–R18, R87, R124).

What a committee is called and who heads it differ everywhere (C7): the name is an office's, the
head is a role, and no person is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from domain.checks import each, organisations_refusal
from domain.committee_state import COMPOSITION, CommitteeChangeKind, CommitteeHistory, fold
from domain.decisions import Accepted, Context, Decision, as_record, decides
from domain.documents import DocumentRef
from domain.effective import effective
from domain.events import (
    Body,
    Draft,
    Label,
    Record,
    body_of,
    derive_id,
    distinct,
    event_type,
    invalid,
)
from domain.refusals import (
    COMMITTEE_EXISTS,
    INVALID_FIELD,
    NO_SUCH_RECORD,
    NOT_IN_THAT_STATE,
    Refusal,
    refuse,
)


class HeadRole(StrEnum):
    """The office whose holder heads the committee; never the person (C7)."""

    PARTY_SECRETARY = "party_secretary"
    PARTY_DEPUTY_SECRETARY = "party_deputy_secretary"
    GOVERNMENT_LEADER = "government_leader"
    PEOPLES_COMMITTEE_CHAIR = "peoples_committee_chair"
    PEOPLES_COMMITTEE_DEPUTY_CHAIR = "peoples_committee_deputy_chair"
    POLICE_CHIEF = "police_chief"
    FRONT_CHAIR = "front_chair"
    OTHER = "other"


@event_type(
    aggregate="committee",
    title_vi="Thành lập, kiện toàn ban chỉ đạo",
    title_en="Committee changed",
)
class CommitteeChanged(Body):
    """The unit's steering committee began, was renewed, took others in, or ended (R16–R18, R87).

    The committee's identity is derived from its unit, which has one at most (R124). One that begins
    has name, head, standing organisation and members; one that goes on has what changes. Merging
    leaves the unit with one common committee (R16).
    """

    kind: CommitteeChangeKind
    name: Label | None = None
    """What the committee is called; an office's name."""
    head_role: HeadRole | None = None
    member_orgs: Annotated[tuple[UUID, ...], AfterValidator(distinct), Field(max_length=100)] = ()
    """All its member organisations from now on; none given: as before."""
    standing_org: UUID | None = None
    """The standing organisation, one of the unit's (R18)."""
    decision: DocumentRef | None = None
    """The decision; a committee that ends with its unit needs none of its own."""

    @model_validator(mode="after")
    def _says_what_it_must(self) -> Self:
        if self.kind is CommitteeChangeKind.DISSOLVED:
            if any(getattr(self, name) for name in COMPOSITION):
                raise invalid(
                    "dissolved_has_nothing",
                    vi="Giải thể không có name, head_role, standing_org, member_orgs.",
                    en="One that is dissolved has no name, head_role, standing_org, member_orgs.",
                )
            return self
        if self.decision is None:
            raise invalid(
                "committee_decision",
                vi="Phải có decision: quyết định thành lập, kiện toàn, hợp nhất (R17).",
                en="decision is needed: what established, renewed or merged it (R17).",
            )
        if self.kind is CommitteeChangeKind.ESTABLISHED and not all(
            getattr(self, name) for name in COMPOSITION
        ):
            raise invalid(
                "committee_incomplete",
                vi="Ban chỉ đạo mới phải có name, head_role, standing_org, member_orgs (R18, R87).",
                en="A new committee needs name, head_role, standing_org, member_orgs (R18, R87).",
            )
        return self

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """Derived from the unit: it has one committee at most."""
        del event_id
        return committee_id(self.unit_id)


def committee_id(unit_id: UUID | str) -> UUID:
    """The identity of a unit's steering committee."""
    return derive_id("committee", unit_id)


def _of_the_unit(draft: Draft, ctx: Context) -> Refusal | None:
    """It is the unit's own committee, and its organisations exist (R18)."""
    body = body_of(draft, CommitteeChanged)
    expected = committee_id(body.unit_id)
    if draft.aggregate_id != expected:
        return refuse(
            INVALID_FIELD,
            "/aggregate_id",
            "R124",
            vi="Ban chỉ đạo của đơn vị có mã {expected}; mỗi đơn vị một ban chỉ đạo.",
            en="The unit's committee has the id {expected}; one unit, one committee.",
            expected=expected,
        )
    return organisations_refusal(
        ctx, body, {"/data/standing_org": body.standing_org}, own=True
    ) or organisations_refusal(ctx, body, each("/data/member_orgs", body.member_orgs))


@decides(CommitteeChanged, check=_of_the_unit)
def decide_committee(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """At most one committee at a time, on every day (R124): a change that comes in late may not
    make one impossible that is recorded already."""
    body = body_of(draft, CommitteeChanged)
    held = effective(history)
    before = fold(held)
    record = as_record(draft, ctx)
    after = fold([*held, record])
    if record.event_id in after.misfits:
        return _misfit(before, body)
    for event_id in after.misfits:
        if event_id not in before.misfits:
            return refuse(
                NOT_IN_THAT_STATE,
                "/data/occurred_on",
                "R124",
                vi="Sau đó sự kiện {event} không còn hợp lệ; rút hoặc đính chính sự kiện đó trước.",
                en="Event {event} would no longer be valid; retract or correct that one first.",
                event=event_id,
            )
    return Accepted((draft,))


def _misfit(before: CommitteeHistory, body: CommitteeChanged) -> Refusal:
    """Why the change does not fit what stands on its day."""
    standing = before.on(body.occurred_on)
    if standing is not None:
        return refuse(
            COMMITTEE_EXISTS,
            "/data/kind",
            "R124",
            vi="Đơn vị đã có {name} từ {day} (sự kiện {event}).",
            en="The unit has {name} since {day} (event {event}).",
            name=standing.name,
            day=standing.since,
            event=standing.event_id,
        )
    if body.kind is CommitteeChangeKind.MERGED:
        return refuse(
            INVALID_FIELD,
            "/data",
            "R16",
            vi="Đơn vị chưa có ban chỉ đạo nào được ghi: phải có name, head_role, standing_org, "
            "member_orgs.",
            en="No committee of the unit is recorded: name, head_role, standing_org, member_orgs "
            "are needed.",
        )
    return refuse(
        NO_SUCH_RECORD,
        "/data/kind",
        "R17",
        vi="Vào {day} đơn vị chưa có ban chỉ đạo nào được ghi; ghi established trước.",
        en="No committee of the unit is recorded on {day}; record established first.",
        day=body.occurred_on,
    )
