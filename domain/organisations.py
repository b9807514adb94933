"""Organisations: police, Front and others, which live and end apart from their units (R18, R56).

District police ended on 1/3/2025, districts on 1/7/2025: so an organisation has its own dates. What
an organisation is charged with (standing agency, receiver of reports) is a dated role, never code.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentRef
from domain.events import (
    Body,
    Day,
    Draft,
    Label,
    Record,
    Token,
    Value,
    body_of,
    distinct,
    event_type,
)
from domain.levels import Level
from domain.refusals import (
    UNIT_NOT_ACTIVE,
    UNIT_NOT_HOSTED,
    UNKNOWN_UNIT,
    Refusal,
    refuse,
)

MAX_ORGANISATIONS: Final = 200
RULE: Final = "R18"

STANDING_ORG: Final = "standing_org"
"""The one role that a single organisation of a unit holds at a time: assigning it to another ends
it for the one before."""


HELPING_ORG: Final = "helping_org"
"""The role of the offices that a programme charges with helping its parties (R85): several may have
it at once, of the police and of the Front."""


class Category(StrEnum):
    """What an organisation is (glossary)."""

    POLICE = "police"
    FRONT = "front"
    FRONT_STANDING = "front_standing"
    PEOPLES_COMMITTEE = "peoples_committee"
    PARTY_COMMITTEE = "party_committee"
    VETERANS = "veterans"
    WOMENS_UNION = "womens_union"
    YOUTH_UNION = "youth_union"
    LABOUR = "labour"
    FARMERS = "farmers"
    ELDERLY = "elderly"
    FRONT_WORK_COMMITTEE = "front_work_committee"
    """"Ban công tác Mặt trận" of a residential area: it records for its commune (R05)."""
    MASS_ORG_BRANCH = "mass_org_branch"
    """"Chi hội", "chi đoàn": a branch below the commune, which records for it (R05)."""
    COMMITTEE = "committee"
    MEMBER_ORG = "member_org"
    DEPARTMENT = "department"
    OTHER = "other"


MASS_ORGANISATIONS: Final = frozenset(
    {
        Category.VETERANS,
        Category.WOMENS_UNION,
        Category.YOUTH_UNION,
        Category.LABOUR,
        Category.FARMERS,
        Category.ELDERLY,
    }
)
"""The mass organisations ("đoàn thể"), each of which carries a model (F6, R113). Which of them a
unit has, its registry says: Quận 5 has five, without the farmers' union."""


class ChangeKind(StrEnum):
    """What happened to the organisations."""

    ESTABLISHED = "established"
    RENAMED = "renamed"
    MERGED = "merged"
    DISSOLVED = "dissolved"
    ROLE_ASSIGNED = "role_assigned"


class OrganisationEntry(Value):
    """One organisation of the event. `name` is given when it begins or is renamed, `category` and
    `roles` when it begins."""

    org_id: UUID
    unit_id: UUID
    """The unit it belongs to, for good."""
    name: Label | None = None
    category: Category | None = None
    roles: Annotated[tuple[Token, ...], AfterValidator(distinct), Field(max_length=20)] = ()
    """Roles it has from its first day."""


@event_type(
    aggregate="organisation",
    title_vi="Thay đổi cơ quan",
    title_en="Organisations changed",
    levels=frozenset({Level.PROVINCE, Level.CENTRAL}),
)
class OrganisationChanged(Body):
    """Organisations were established, renamed, merged, dissolved or given a role.

    `role` (with `role_until`, its last day, if known) goes with role_assigned. To end a role that
    has no end, assign it once more for its last day with that day as `role_until`.
    """

    kind: ChangeKind
    organisations: Annotated[
        tuple[OrganisationEntry, ...], Field(min_length=1, max_length=MAX_ORGANISATIONS)
    ]
    effective_on: Day
    role: Token | None = None
    role_until: Day | None = None
    successor_org_id: UUID | None = None
    """Required for merged, allowed for dissolved."""
    document: DocumentRef | None = None

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """The organisation itself when the event concerns one, else an aggregate of its own."""
        return self.organisations[0].org_id if len(self.organisations) == 1 else event_id


def _within_reach(draft: Draft, ctx: Context) -> Refusal | None:
    """Each organisation belongs to the recording unit or to one under it."""
    body = body_of(draft, OrganisationChanged)
    directory = ctx.directory
    for unit_id in dict.fromkeys(entry.unit_id for entry in body.organisations):
        index = next(i for i, e in enumerate(body.organisations) if e.unit_id == unit_id)
        field = f"/data/organisations/{index}/unit_id"
        if directory.unit(unit_id) is None:
            return refuse(
                UNKNOWN_UNIT,
                field,
                RULE,
                vi="Không có đơn vị {unit} trong danh mục.",
                en="Unit {unit} is not in the catalogue.",
                unit=unit_id,
            )
        if body.kind is ChangeKind.ESTABLISHED and not directory.active(unit_id, body.effective_on):
            return refuse(
                UNIT_NOT_ACTIVE,
                field,
                RULE,
                vi="Đơn vị {unit} không hoạt động vào {day}.",
                en="Unit {unit} was not active on {day}.",
                unit=unit_id,
                day=body.effective_on,
            )
        if not directory.within(unit_id, body.unit_id, body.effective_on):
            return refuse(
                UNIT_NOT_HOSTED,
                field,
                RULE,
                vi="Đơn vị {unit} không thuộc đơn vị ghi {recorder} vào {day}.",
                en="Unit {unit} is not under the recording unit {recorder} on {day}.",
                unit=unit_id,
                recorder=body.unit_id,
                day=body.effective_on,
            )
    return None


@decides(OrganisationChanged, check=_within_reach)
def decide_organisations(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Accept what leaves the registry consistent."""
    del history
    return ctx.directory.refusal_of(draft, ctx) or Accepted((draft,))
