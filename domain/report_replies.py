"""What receivers say to a report: each returns it or accepts it.

R56, R59. A return and an acceptance are the superior's events, in the superior's stream; they name
the digest of the version they are about, so that neither a clock nor a later version can make them
mean another.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import (
    Body,
    Day,
    Digest,
    Draft,
    Record,
    Token,
    body_of,
    distinct,
    event_type,
    invalid,
)
from domain.identifiers import text_of
from domain.levels import SUPERIORS
from domain.refusals import (
    NO_SUCH_RECORD,
    NOT_IN_THAT_STATE,
    ORGANISATION_NOT_ALLOWED,
    Refusal,
    refuse,
)
from domain.report_state import Receipt, ReportState, Version, fold


class ReturnReason(StrEnum):
    """Why a report was returned (R59)."""

    MISSING_MEMBER_EVALUATION = "missing_member_evaluation"
    MISSING_SECTION = "missing_section"
    FIGURES_DIFFER = "figures_differ"
    INCOMPLETE = "incomplete"
    LATE = "late"
    WRONG_TEMPLATE = "wrong_template"
    WRONG_PERIOD = "wrong_period"
    WRONG_RECIPIENT = "wrong_recipient"
    OTHER = "other"


@event_type(
    aggregate="report",
    title_vi="Trả lại báo cáo",
    title_en="Report returned",
    levels=SUPERIORS,
)
class ReportReturned(Body):
    """A superior returned the version with this digest, to be sent anew by a day (R59)."""

    report_digest: Digest
    reasons: Annotated[
        tuple[ReturnReason, ...], AfterValidator(distinct), Field(min_length=1, max_length=20)
    ]
    resubmit_by: Day

    @model_validator(mode="after")
    def _time_to_resubmit(self) -> Self:
        if self.resubmit_by < self.occurred_on:
            raise invalid(
                "resubmit_by",
                vi="resubmit_by trước occurred_on.",
                en="resubmit_by is before occurred_on.",
            )
        return self

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: the report must be named."""
        del event_id


@event_type(
    aggregate="report",
    title_vi="Tiếp nhận, duyệt báo cáo",
    title_en="Report accepted",
    levels=SUPERIORS,
)
class ReportAccepted(Body):
    """A receiver accepted the version with this digest; each receiver for itself (R56)."""

    report_digest: Digest
    receiver_role: Token
    """In which role, for example "v05", "front_movement_department", "district_committee"."""

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: the report must be named."""
        del event_id


def _replied_to(
    history: Sequence[Record], draft: Draft, digest: str, ctx: Context
) -> tuple[ReportState, Version] | Refusal:
    """The report and the version that a reply is about, or why a superior may not reply to it."""
    state = fold(effective(history))
    version = None if state is None else state.version(digest)
    if state is None or version is None:
        return _no_version(draft, digest)
    return _superior_only(state, draft, ctx) or (state, version)


@decides(ReportReturned)
def decide_returned(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A superior returns the latest version, unless it accepted it or returned it before (R59)."""
    body = body_of(draft, ReportReturned)
    found = _replied_to(history, draft, body.report_digest, ctx)
    if isinstance(found, Refusal):
        return found
    state, version = found
    if version is not state.latest:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/report_digest",
            "R59",
            vi="Phiên bản {number} đã có phiên bản {latest} thay.",
            en="Version {number} was replaced by version {latest}.",
            number=version.number,
            latest=state.latest.number,
        )
    for receipt in version.accepted:
        if receipt.org_id == text_of(body.org_id):
            return _already("accepted", version, receipt)
    for receipt in version.returned:
        if receipt.org_id == text_of(body.org_id):
            return _already("returned", version, receipt)
    return Accepted((draft,))


@decides(ReportAccepted)
def decide_accepted(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A superior accepts a version once in each role, unless it returned it (R56)."""
    body = body_of(draft, ReportAccepted)
    found = _replied_to(history, draft, body.report_digest, ctx)
    if isinstance(found, Refusal):
        return found
    _, version = found
    for receipt in version.returned:
        if receipt.org_id == text_of(body.org_id):
            return _already("returned", version, receipt)
    for receipt in version.accepted:
        if (receipt.unit_id, receipt.role) == (text_of(body.unit_id), body.receiver_role):
            return _already("accepted", version, receipt)
    return Accepted((draft,))


def _no_version(draft: Draft, digest: str) -> Refusal:
    return refuse(
        NO_SUCH_RECORD,
        "/data/report_digest",
        "R59",
        vi="Nút này không có phiên bản {digest} của báo cáo {report}.",
        en="This node holds no version {digest} of report {report}.",
        digest=digest,
        report=draft.aggregate_id,
    )


def _superior_only(state: ReportState, draft: Draft, ctx: Context) -> Refusal | None:
    body = draft.body
    directory, day = ctx.directory, body.occurred_on
    senders = dict.fromkeys((state.unit_id, *(version.unit_id for version in state.versions)))
    if any(text_of(body.unit_id) in directory.ancestors(sender, day) for sender in senders):
        return None
    return refuse(
        ORGANISATION_NOT_ALLOWED,
        "/data/unit_id",
        "R59",
        vi="Đơn vị {unit} không phải cấp trên của đơn vị báo cáo {owner} vào {day}.",
        en="Unit {unit} is not a superior of the reporting unit {owner} on {day}.",
        unit=body.unit_id,
        owner=state.unit_id,
        day=day,
    )


def _already(what: str, version: Version, receipt: Receipt) -> Refusal:
    vi, en = {
        "accepted": (
            "Phiên bản {number} đã được tiếp nhận ngày {day} (sự kiện {event}).",
            "Version {number} was accepted on {day} (event {event}).",
        ),
        "returned": (
            "Phiên bản {number} đã bị trả lại ngày {day} (sự kiện {event}); chờ phiên bản sau.",
            "Version {number} was returned on {day} (event {event}); await the next version.",
        ),
    }[what]
    return refuse(
        NOT_IN_THAT_STATE,
        "/data/report_digest",
        "R59",
        vi=vi,
        en=en,
        number=version.number,
        day=receipt.day,
        event=receipt.event_id,
    )
