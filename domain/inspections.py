"""Inspections of the units below, what they found, and how it was remedied.

R23, R37, R39, R75, R104, R130. The inspection stands in the superior's stream, the remedies in the
inspected unit's; both are of one aggregate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from domain.checks import organisation_refusal, unit_refusal
from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentRef
from domain.effective import effective
from domain.events import (
    Body,
    Day,
    Draft,
    Record,
    Token,
    Value,
    body_of,
    distinct,
    distinct_by,
    event_type,
    invalid,
    recorded_order,
)
from domain.levels import COMMUNE_TO_PROVINCE, SUPERIORS
from domain.refusals import (
    ALREADY_EXISTS,
    INVALID_FIELD,
    NO_SUCH_RECORD,
    NOT_IN_THAT_STATE,
    UNIT_NOT_HOSTED,
    Notice,
    Refusal,
    Text,
    refuse,
)
from domain.standing import recorder_refusal


class InspectionKind(StrEnum):
    """Why the team came (R23)."""

    PERIODIC = "periodic"
    AD_HOC = "ad_hoc"


class Severity(StrEnum):
    """How much a finding weighs."""

    MINOR = "minor"
    MODERATE = "moderate"
    SERIOUS = "serious"


class Finding(Value):
    """One thing to remedy. What it is about stands in the team's document, never here."""

    id: Token
    """Its name within the inspection."""
    severity: Severity
    due_on: Day
    """The last good day to remedy it."""


@event_type(
    aggregate="inspection",
    title_vi="Kiểm tra",
    title_en="Inspection conducted",
    levels=SUPERIORS,
)
class InspectionConducted(Body):
    """A team inspected a unit under the recording one, at any depth (R23, R37, R75, R104)."""

    kind: InspectionKind
    team_orgs: Annotated[
        tuple[UUID, ...], AfterValidator(distinct), Field(min_length=1, max_length=100)
    ]
    """The organisations that took part (R39)."""
    inspected_unit_id: UUID
    findings: Annotated[tuple[Finding, ...], distinct_by("id"), Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _time_to_remedy(self) -> Self:
        last = self.occurred_to or self.occurred_on
        if any(finding.due_on < last for finding in self.findings):
            raise invalid(
                "finding_due",
                vi="due_on của một kiến nghị trước ngày kết thúc kiểm tra.",
                en="A finding's due_on is before the inspection ended.",
            )
        return self


@event_type(
    aggregate="inspection",
    title_vi="Khắc phục sau kiểm tra",
    title_en="Finding remediated",
    levels=COMMUNE_TO_PROVINCE,
)
class FindingRemediated(Body):
    """The inspected unit remedied a finding on `occurred_on` (R23)."""

    finding_id: Token
    document: DocumentRef | None = None
    """The unit's report about it."""

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: the inspection must be named."""
        del event_id


@dataclass(frozen=True, slots=True)
class FindingState:
    """A finding and when it was remedied."""

    severity: str
    due_on: date
    remedied_on: date | None = None
    remedied_by: str | None = None
    """The event that says so."""


@dataclass(frozen=True, slots=True)
class InspectionState:
    """An inspection and its findings."""

    event_id: str
    unit_id: str
    inspected_unit_id: str
    kind: str
    first: date
    last: date
    findings: Mapping[str, FindingState] = field(default_factory=dict)


def fold(records: Sequence[Record]) -> InspectionState | None:
    """The inspection that effective records make, in any order; None without the inspection itself.

    Of two remedies of one finding the first in `Record.order` counts; one of a finding that is not
    known is passed over.
    """
    ordered = sorted(records, key=recorded_order)
    held = next((record for record in ordered if record.type == "InspectionConducted"), None)
    if held is None:
        return None
    remedied: dict[str, Record] = {}
    for record in ordered:
        if record.type == "FindingRemediated":
            remedied.setdefault(record.data["finding_id"], record)
    data = held.data
    first = date.fromisoformat(data["occurred_on"])
    return InspectionState(
        event_id=held.event_id,
        unit_id=data["unit_id"],
        inspected_unit_id=data["inspected_unit_id"],
        kind=data["kind"],
        first=first,
        last=date.fromisoformat(data.get("occurred_to", data["occurred_on"])),
        findings={
            finding["id"]: _finding(finding, remedied.get(finding["id"]))
            for finding in data.get("findings", ())
        },
    )


def _finding(finding: Mapping[str, str], remedy: Record | None) -> FindingState:
    severity, due_on = finding["severity"], date.fromisoformat(finding["due_on"])
    if remedy is None:
        return FindingState(severity, due_on)
    day = date.fromisoformat(remedy.data["occurred_on"])
    return FindingState(severity, due_on, day, remedy.event_id)


def _check_conducted(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, InspectionConducted)
    directory, day, unit_id = ctx.directory, body.occurred_on, body.inspected_unit_id
    refusal = unit_refusal(directory, unit_id, day, "/data/inspected_unit_id")
    if refusal is None and str(body.unit_id) not in directory.ancestors(unit_id, day):
        refusal = refuse(
            UNIT_NOT_HOSTED,
            "/data/inspected_unit_id",
            "R23",
            vi="Đơn vị {unit} không thuộc đơn vị kiểm tra {recorder} vào {day}.",
            en="Unit {unit} is not under the inspecting unit {recorder} on {day}.",
            unit=unit_id,
            recorder=body.unit_id,
            day=day,
        )
    for index, org_id in enumerate(body.team_orgs):
        refusal = refusal or organisation_refusal(
            directory, org_id, day, f"/data/team_orgs/{index}"
        )
    return refusal


@decides(InspectionConducted, check=_check_conducted)
def decide_conducted(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """An inspection is recorded once."""
    del ctx
    known = fold(effective(history))
    if known is None:
        return Accepted((draft,))
    return refuse(
        ALREADY_EXISTS,
        "/aggregate_id",
        "R23",
        vi="Cuộc kiểm tra {inspection} đã được ghi (sự kiện {event}); muốn sửa thì gửi "
        "EventCorrected.",
        en="Inspection {inspection} is recorded already (event {event}); to change it send "
        "EventCorrected.",
        inspection=draft.aggregate_id,
        event=known.event_id,
    )


@decides(FindingRemediated)
def decide_remediated(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """The inspected unit, or its successor, remedies a known finding once, in or after the
    inspection; after its due day with a warning."""
    body = body_of(draft, FindingRemediated)
    state = fold(effective(history))
    if state is None:
        return refuse(
            NO_SUCH_RECORD,
            "/aggregate_id",
            "R23",
            vi="Nút này không có cuộc kiểm tra {inspection}.",
            en="This node holds no inspection {inspection}.",
            inspection=draft.aggregate_id,
        )
    refusal = recorder_refusal(
        ctx, draft, UUID(state.inspected_unit_id), "R23", superiors=False
    ) or _remediable(state, body)
    if refusal is not None:
        return refusal
    due_on = state.findings[body.finding_id].due_on
    if body.occurred_on <= due_on:
        return Accepted((draft,))
    text = Text("Khắc phục ngày {day}, sau hạn {due}.", "Remedied on {day}, due on {due}.")
    return Accepted(
        (draft,), (Notice("remediated-late", text.format(day=body.occurred_on, due=due_on)),)
    )


def _remediable(state: InspectionState, body: FindingRemediated) -> Refusal | None:
    finding = state.findings.get(body.finding_id)
    if finding is None:
        return refuse(
            NO_SUCH_RECORD,
            "/data/finding_id",
            "R23",
            vi="Cuộc kiểm tra không có kiến nghị {finding}; có: {known}.",
            en="The inspection has no finding {finding}; it has: {known}.",
            finding=body.finding_id,
            known=", ".join(state.findings) or "–",
        )
    if finding.remedied_on is not None:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/finding_id",
            "R23",
            vi="Kiến nghị {finding} đã khắc phục ngày {day} (sự kiện {event}).",
            en="Finding {finding} was remedied on {day} (event {event}).",
            finding=body.finding_id,
            day=finding.remedied_on,
            event=finding.remedied_by,
        )
    if body.occurred_on >= state.first:
        return None
    return refuse(
        INVALID_FIELD,
        "/data/occurred_on",
        "R23",
        vi="{day} trước ngày kiểm tra {first}.",
        en="{day} is before the inspection on {first}.",
        day=body.occurred_on,
        first=state.first,
    )
