"""Who may record about a unit or under an identity: the questions several subjects ask alike."""

from __future__ import annotations

from uuid import UUID

from domain.decisions import Context
from domain.events import Draft
from domain.identifiers import text_of
from domain.names import LEVEL_NAMES
from domain.obligations import bearers
from domain.refusals import (
    INVALID_FIELD,
    ORGANISATION_NOT_ALLOWED,
    UNKNOWN_UNIT,
    Refusal,
    Text,
    refuse,
)
from domain.rule_params import AuthorityMatter, RuleKind, matter_about
from domain.subjects import SubjectCategory


def identity_refusal(draft: Draft, rule: str) -> Refusal | None:
    """Why the draft is not in the aggregate that its fields make, or None.

    A correction that changes one of those fields is refused by it too: it would be another thing.
    """
    expected = draft.body.default_aggregate_id(draft.aggregate_id)
    if expected is None or draft.aggregate_id == expected:
        return None
    return refuse(
        INVALID_FIELD,
        "/aggregate_id",
        rule,
        vi="Các trường định danh của sự kiện cho mã {expected}. Để trống mã đối tượng; nếu đính "
        "chính chính các trường đó thì rút sự kiện và ghi lại.",
        en="The event's identifying fields give the id {expected}. Leave the aggregate's id out; "
        "to correct those fields themselves, retract the event and record it anew.",
        expected=expected,
    )


def known_unit_refusal(ctx: Context, unit_id: UUID, field: str, rule: str) -> Refusal | None:
    """Why a unit cannot be named though it may have ended by now, or None."""
    if ctx.directory.unit(unit_id) is not None:
        return None
    return refuse(
        UNKNOWN_UNIT,
        field,
        rule,
        vi="Không có đơn vị {unit} trong danh mục.",
        en="Unit {unit} is not in the catalogue.",
        unit=unit_id,
    )


def acts_for(ctx: Context, draft: Draft, unit_id: UUID | str) -> bool:
    """Whether the recorder is that unit, or its successor on that day."""
    recorder, day = text_of(draft.body.unit_id), draft.body.occurred_on
    return recorder == str(unit_id) or recorder in bearers(ctx.directory, unit_id, day)


def superior_to(ctx: Context, draft: Draft, unit_id: UUID | str) -> bool:
    """Whether the recorder is above that unit on that day, or was when it ended."""
    return text_of(draft.body.unit_id) in ctx.directory.ancestors(unit_id, draft.body.occurred_on)


def recorder_refusal(
    ctx: Context, draft: Draft, unit_id: UUID, rule: str, *, superiors: bool = True
) -> Refusal | None:
    """Why the recorder does not speak for that unit, or None: itself, its successor, and unless
    told otherwise its superiors do."""
    if acts_for(ctx, draft, unit_id) or (superiors and superior_to(ctx, draft, unit_id)):
        return None
    return refuse(
        ORGANISATION_NOT_ALLOWED,
        "/data/unit_id",
        rule,
        vi="Vào {day}, đơn vị {recorder} không phải đơn vị {unit}, đơn vị kế thừa{above} của nó.",
        en="On {day} unit {recorder} is not unit {unit}, its successor{above}.",
        day=draft.body.occurred_on,
        recorder=draft.body.unit_id,
        unit=unit_id,
        above=Text(" hay cấp trên", " or a superior") if superiors else Text("", ""),
    )


def superior_refusal(ctx: Context, draft: Draft, unit_id: UUID, rule: str) -> Refusal | None:
    """Why the recorder is not above that unit, or None."""
    if superior_to(ctx, draft, unit_id):
        return None
    return refuse(
        ORGANISATION_NOT_ALLOWED,
        "/data/unit_id",
        rule,
        vi="Vào {day}, đơn vị {recorder} không phải cấp trên của đơn vị {unit}.",
        en="On {day} unit {recorder} is not a superior of unit {unit}.",
        day=draft.body.occurred_on,
        recorder=draft.body.unit_id,
        unit=unit_id,
    )


def authority_refusal(
    ctx: Context,
    draft: Draft,
    matter: AuthorityMatter,
    category: SubjectCategory,
    unit_id: UUID,
    rule: str,
) -> Refusal | None:
    """Why the recorder may not decide the matter, or None.

    A rule of authority names the competent level and organisation (R70, R122). Where none is in
    force, a commune is judged by a superior, every other subject by its unit or a superior.
    """
    directory, body = ctx.directory, draft.body
    for about in (matter_about(matter, category), matter_about(matter, None)):
        found = directory.rule(RuleKind.AUTHORITY, unit_id, body.occurred_on, about=about)
        if found is not None:
            break
    if found is None:
        if category is SubjectCategory.COMMUNE:
            return superior_refusal(ctx, draft, unit_id, rule)
        return None
    level, wanted = found.params["competent_level"], found.params.get("competent_organisation")
    organisation = directory.organisation(body.org_id)
    if ctx.level == level and (
        wanted is None or (organisation is not None and organisation.category == wanted)
    ):
        return None
    return refuse(
        ORGANISATION_NOT_ALLOWED,
        "/data/org_id",
        rule,
        vi="Theo quy định {rule}, thẩm quyền thuộc cấp {level}, cơ quan {organisation}.",
        en="By rule {rule} the competent level is {level}, the organisation {organisation}.",
        rule=found.rule_id,
        level=LEVEL_NAMES[level],
        organisation=wanted or "…",
    )
