"""Corrections and retractions: how a recorded event stops saying what it said.

The bytes stay; `domain.effective` gives what holds. The recorder (the organisation, or the one that
took its place) or a superior unit corrects. What follows from the corrected history must be as
valid as before: a correction may not make another event impossible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, JsonValue, model_validator

from domain.checks import check_event, organisation_refusal
from domain.decisions import DECIDERS, Accepted, Context, Decision, as_record, decides
from domain.directory import DIRECTORY_TYPES
from domain.effective import AMENDMENTS, CORRECTED, FINAL, effective
from domain.events import (
    EVENTS,
    Body,
    Draft,
    Record,
    body_of,
    event_type,
    invalid,
)
from domain.parse import parse_body
from domain.refusals import (
    INVALID_FIELD,
    NO_SUCH_RECORD,
    NOT_IN_THAT_STATE,
    ORGANISATION_NOT_ALLOWED,
    Refusal,
    refuse,
)
from domain.report_state import fold as fold_report

TypeName = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{0,63}$")]
"""The name of an event type, as in the catalogue."""


class CorrectionReason(StrEnum):
    """Why an event was corrected."""

    TYPING_ERROR = "typing_error"
    WRONG_FIGURE = "wrong_figure"
    WRONG_DATE = "wrong_date"
    WRONG_ORGANISATION = "wrong_organisation"
    LATE_INFORMATION = "late_information"
    OTHER = "other"


class RetractionReason(StrEnum):
    """Why an event was retracted."""

    DUPLICATE = "duplicate"
    WRONG_UNIT = "wrong_unit"
    NEVER_HAPPENED = "never_happened"


@event_type(aggregate="*", title_vi="Đính chính", title_en="Event corrected")
class EventCorrected(Body):
    """An event of this aggregate is to be read as `replacement`, the full body of its type.

    Unit and source key stay; a record of the wrong unit is retracted and recorded anew. To correct
    a correction, correct the event again. `approver_org_id` is required when the event is a report
    that was accepted already; whether an accepted report *used* another event is not known in that
    event's aggregate, and the reports' reconciliation (F15) shows the difference instead.
    """

    target_event_id: UUID
    target_type: TypeName | None = None
    """Filled in when the correction is recorded."""
    replacement: dict[str, JsonValue]
    replacement_version: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None
    """The schema version the replacement is written in; filled in when it is recorded."""
    reason: CorrectionReason
    approver_org_id: UUID | None = None

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: it belongs to its target's aggregate."""
        del event_id

    def target_event(self) -> UUID:
        return self.target_event_id


@event_type(aggregate="*", title_vi="Rút sự kiện", title_en="Event retracted")
class EventRetracted(Body):
    """An event of this aggregate, or a correction of one, counts no more. A retraction is final:
    what was retracted by mistake is recorded anew."""

    target_event_id: UUID
    target_type: TypeName | None = None
    """Filled in when the retraction is recorded."""
    reason: RetractionReason
    duplicate_of: UUID | None = None
    """The event that stays, when the reason is duplicate."""

    @model_validator(mode="after")
    def _of_what(self) -> Self:
        duplicate = self.reason is RetractionReason.DUPLICATE
        if duplicate != (self.duplicate_of is not None) or (
            self.duplicate_of == self.target_event_id
        ):
            raise invalid(
                "duplicate_of",
                vi="duplicate_of nêu sự kiện được giữ lại, khi và chỉ khi lý do là duplicate.",
                en="duplicate_of names the event that stays, if and only if the reason is "
                "duplicate.",
            )
        return self

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: it belongs to its target's aggregate."""
        del event_id

    def target_event(self) -> UUID:
        return self.target_event_id


def _target(history: Sequence[Record], target_id: UUID, named: str | None) -> Record | Refusal:
    wanted = str(target_id)
    target = next((record for record in history if record.event_id == wanted), None)
    if target is None:
        return refuse(
            NO_SUCH_RECORD,
            "/data/target_event_id",
            "catalogue",
            vi="Đối tượng này không có sự kiện {event}.",
            en="This aggregate has no event {event}.",
            event=target_id,
        )
    if named is not None and named != target.type:
        return refuse(
            INVALID_FIELD,
            "/data/target_type",
            "catalogue",
            vi="Sự kiện {event} là {type}, không phải {named}.",
            en="Event {event} is {type}, not {named}.",
            event=target_id,
            type=target.type,
            named=named,
        )
    for record in history:
        if record.type in FINAL and record.data["target_event_id"] == wanted:
            return refuse(
                NOT_IN_THAT_STATE,
                "/data/target_event_id",
                "catalogue",
                vi="Sự kiện {event} đã bị rút hoặc xóa bởi {by}.",
                en="Event {event} was retracted or removed by {by}.",
                event=target_id,
                by=record.event_id,
            )
    return target


def _recorder_or_superior(target: Record, draft: Draft, ctx: Context) -> Refusal | None:
    body, data, day = draft.body, target.data, ctx.today
    recorder, owner = str(body.unit_id), data["unit_id"]
    directory = ctx.directory
    if recorder in directory.ancestors(owner, day):
        return None
    same_unit = recorder in (owner, directory.heir(owner, day))
    if same_unit and str(body.org_id) in (data["org_id"], directory.org_heir(data["org_id"], day)):
        return None
    return refuse(
        ORGANISATION_NOT_ALLOWED,
        "/data/org_id",
        "catalogue",
        vi="Sự kiện do cơ quan {org} của đơn vị {unit} ghi; chỉ cơ quan đó hoặc cấp trên sửa, rút.",
        en="Organisation {org} of unit {unit} recorded the event; it or a superior unit corrects "
        "or retracts it.",
        org=data["org_id"],
        unit=owner,
    )


def _invalid_after(records: Sequence[Record], ctx: Context) -> dict[str, Refusal]:
    """By event id: which events of an effective history its own rules would refuse today."""
    found: dict[str, Refusal] = {}
    for index, record in enumerate(records):
        decider = DECIDERS.get(record.type)
        spec = EVENTS.get(record.type)
        if decider is None or spec is None:
            continue
        body = parse_body(record.type, spec.version, record.data)
        if isinstance(body, list):
            continue
        draft = Draft(UUID(record.event_id), UUID(record.aggregate_id), body)
        decision = decider.decide(records[:index], draft, ctx)
        if isinstance(decision, Refusal):
            found[record.event_id] = decision
    return found


def _consequence(
    history: Sequence[Record], target: Record, draft: Draft, ctx: Context
) -> Refusal | None:
    """Why the history would be less valid with the amendment than without it, or None."""
    if target.type in DIRECTORY_TYPES or (
        target.type == CORRECTED and target.data.get("target_type") in DIRECTORY_TYPES
    ):
        return ctx.directory.refusal_of(draft, ctx)
    before = _invalid_after(effective(history), ctx)
    after = _invalid_after(effective([*history, as_record(draft, ctx)]), ctx)
    for event_id, refusal in after.items():
        if event_id not in before:
            return refuse(
                NOT_IN_THAT_STATE,
                "/data/target_event_id",
                refusal.rule,
                vi="Sau đó sự kiện {event} không còn hợp lệ: {why}",
                en="Event {event} would no longer be valid: {why}",
                event=event_id,
                why=refusal.detail,
            )
    return None


def _replacement(target: Record, body: EventCorrected) -> Body | Refusal:
    """The replacement as a body of the target's type, with unit and source key unchanged."""
    spec = EVENTS[target.type]
    version = body.replacement_version or spec.version
    parsed = parse_body(target.type, version, body.replacement, at="/data/replacement")
    if isinstance(parsed, list):
        return parsed[0].refusal()
    for name in ("unit_id", "source_system", "source_record_id"):
        if str(getattr(parsed, name)) != target.data[name]:
            return refuse(
                INVALID_FIELD,
                f"/data/replacement/{name}",
                "catalogue",
                vi="Đính chính không đổi {name} ({value}); sai đơn vị thì rút sự kiện và ghi lại.",
                en="A correction does not change {name} ({value}); of the wrong unit, retract the "
                "event and record it anew.",
                name=name,
                value=target.data[name],
            )
    return parsed.model_copy(update={"aggregate_version": target.data.get("aggregate_version")})


def _holds_by_itself(target: Record, replacement: Body, ctx: Context) -> Refusal | None:
    """The checks of a new event of that type, asked of the replacement."""
    draft = Draft(UUID(target.event_id), UUID(target.aggregate_id), replacement)
    level = ctx.directory.level(replacement.unit_id)
    if level is not None:
        ctx = replace(ctx, level=level)
    refusal = check_event(draft, ctx) or DECIDERS[target.type].check(draft, ctx)
    if refusal is None:
        return None
    return replace(refusal, field=refusal.field.replace("/data", "/data/replacement", 1))


@decides(EventCorrected)
def decide_corrected(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """See `EventCorrected`; what is recorded also names the type and version of the replacement."""
    body = body_of(draft, EventCorrected)
    target = _target(history, body.target_event_id, body.target_type)
    if isinstance(target, Refusal):
        return target
    if target.type in AMENDMENTS or target.type not in EVENTS:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/target_event_id",
            "catalogue",
            vi="{type} không đính chính được; đính chính chính sự kiện gốc một lần nữa.",
            en="{type} cannot be corrected; correct the original event again.",
            type=target.type,
        )
    refusal = _recorder_or_superior(target, draft, ctx)
    if refusal is not None:
        return refusal
    replacement = _replacement(target, body)
    if isinstance(replacement, Refusal):
        return replacement
    refusal = _holds_by_itself(target, replacement, ctx) or _approval(history, target, body, ctx)
    if refusal is not None:
        return refusal
    draft = draft._replace(
        body=body.model_copy(
            update={
                "target_type": target.type,
                "replacement": replacement.to_data(),
                "replacement_version": replacement.spec.version,
            }
        ),
    )
    return _consequence(history, target, draft, ctx) or Accepted((draft,))


def _approval(
    history: Sequence[Record], target: Record, body: EventCorrected, ctx: Context
) -> Refusal | None:
    if body.approver_org_id is not None:
        return organisation_refusal(
            ctx.directory, body.approver_org_id, body.occurred_on, "/data/approver_org_id"
        )
    if target.type != "ReportSubmitted":
        return None
    state = fold_report(effective(history))
    version = None if state is None else state.version(target.digest)
    if version is None or not version.accepted:
        return None
    return refuse(
        INVALID_FIELD,
        "/data/approver_org_id",
        "catalogue",
        vi="Báo cáo đã được tiếp nhận ngày {day}: phải có cơ quan phê duyệt (approver_org_id).",
        en="The report was accepted on {day}: an approver is needed (approver_org_id).",
        day=version.accepted[0].day,
    )


@decides(EventRetracted)
def decide_retracted(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """See `EventRetracted`; what is recorded also names the target's type."""
    body = body_of(draft, EventRetracted)
    target = _target(history, body.target_event_id, body.target_type)
    if isinstance(target, Refusal):
        return target
    if target.type in FINAL:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/target_event_id",
            "catalogue",
            vi="Việc rút, xóa là cuối cùng; ghi lại sự kiện đã rút nhầm.",
            en="Retracting and removing are final; record anew what was retracted by mistake.",
        )
    refusal = _recorder_or_superior(target, draft, ctx)
    if refusal is not None:
        return refusal
    draft = draft._replace(body=body.model_copy(update={"target_type": target.type}))
    return _consequence(history, target, draft, ctx) or Accepted((draft,))
