"""Documents issued: by whom, to whom, on what ground, with which tasks.

R01–R03, R42, R52, R60, R61, R80–R84, R101, R126.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from domain.checks import (
    any_of_the_unit,
    each,
    organisation_refusal,
    organisations_refusal,
)
from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentKind, DocumentLink, DocumentRef, read_number
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
    distinct_by,
    event_type,
    invalid,
)
from domain.once import record_once
from domain.refusals import (
    DATE_IN_FUTURE,
    INVALID_FIELD,
    ORGANISATION_NOT_ALLOWED,
    Notice,
    Refusal,
    Text,
    refuse,
)


class RecipientPurpose(StrEnum):
    """What a document is sent for (R60: "Nơi nhận")."""

    ACTION = "action"
    COORDINATION = "coordination"
    DIRECTION = "direction"
    REPORT = "report"
    INFORMATION = "information"
    ARCHIVE = "archive"


class Recipient(Value):
    """An organisation that the document is sent to (R60)."""

    org_id: UUID
    purpose: RecipientPurpose


class DocumentTask(Value):
    """Something the document tells an organisation to do (R42). What it is stands on paper."""

    task_id: Token | None = None
    """Its name within the document, for example the section "iii.2"; of all tasks or of none: then
    they are 1, 2, 3 and so on."""
    org_id: UUID
    due_on: Day | None = None
    """The last day for it; without one it is to be done all the time."""


class Validity(Value):
    """From when to when a document holds (R02); both days included."""

    valid_from: Day
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise invalid(
                "validity", vi="valid_to trước valid_from.", en="valid_to is before valid_from."
            )
        return self


class Consent(Value):
    """The consent of the Party committee or authority of the same level (R81)."""

    org_id: UUID
    given_on: Day
    document: DocumentRef | None = None


def _numbered(tasks: tuple[DocumentTask, ...]) -> tuple[DocumentTask, ...]:
    """With a name for every task, so that a corrected document names them alike."""
    given = [task.task_id for task in tasks if task.task_id is not None]
    if not given:
        return tuple(
            task.model_copy(update={"task_id": str(number)})
            for number, task in enumerate(tasks, start=1)
        )
    if len(given) != len(tasks):
        raise invalid(
            "task_ids",
            vi="task_id nêu cho mọi nhiệm vụ hoặc không nêu cho nhiệm vụ nào.",
            en="task_id is given for all tasks or for none.",
        )
    distinct(tuple(given))
    return tasks


@event_type(aggregate="document", title_vi="Ban hành văn bản", title_en="Document issued")
class DocumentIssued(Body):
    """A document was issued by one organisation or several (R01, R52, R61, R126).

    A coordination programme has at least two signers and the consent it was given (R80, R81). The
    documents it rests on, replaces or answers may be on paper or come from other levels.
    """

    kind: DocumentKind
    number_raw: Label | None = None
    """As printed; absent where the document has none (C6). Read loosely, kept as it is."""
    issuers: Annotated[
        tuple[UUID, ...], AfterValidator(distinct), Field(min_length=1, max_length=50)
    ]
    """The organisations that signed it."""
    issued_on: Day
    validity: Validity | None = None
    basis: Annotated[tuple[DocumentLink, ...], AfterValidator(distinct), Field(max_length=50)] = ()
    """The documents it rests on (R03, R61, R101)."""
    supersedes: DocumentLink | None = None
    """The document it replaces (R84)."""
    in_reply_to: DocumentLink | None = None
    recipients: Annotated[tuple[Recipient, ...], distinct_by("org_id"), Field(max_length=500)] = ()
    tasks: Annotated[
        tuple[DocumentTask, ...], AfterValidator(_numbered), Field(max_length=200)
    ] = ()
    consent: Consent | None = None

    @model_validator(mode="after")
    def _programme_is_signed_and_consented_to(self) -> Self:
        if self.kind is DocumentKind.PROGRAMME and len(self.issuers) < 2:
            raise invalid(
                "programme_signers",
                vi="Chương trình phối hợp phải do ít nhất hai cơ quan ký (R80).",
                en="A programme is signed by at least two organisations (R80).",
            )
        if self.kind is DocumentKind.PROGRAMME and self.consent is None:
            raise invalid(
                "programme_consent",
                vi="Chương trình phối hợp phải có consent: ý kiến của cấp ủy, chính quyền cùng cấp "
                "(R81).",
                en="A programme needs consent: of the Party committee or authority of its level "
                "(R81).",
            )
        return self

    @model_validator(mode="after")
    def _consent_before_the_issue(self) -> Self:
        if self.consent is None:
            return self
        if self.consent.given_on > self.issued_on:
            raise invalid(
                "consent_day",
                vi="consent.given_on sau issued_on: xin ý kiến trước khi ký (R81).",
                en="consent.given_on is after issued_on: consent comes first (R81).",
            )
        if self.consent.org_id in self.issuers:
            raise invalid(
                "consent_of_a_signer",
                vi="Cơ quan cho ý kiến không thể là cơ quan ký (R81).",
                en="Who consents is not one of the signers (R81).",
            )
        return self

    @model_validator(mode="after")
    def _tasks_due_after_the_issue(self) -> Self:
        for task in self.tasks:
            if task.due_on is not None and task.due_on < self.issued_on:
                raise invalid(
                    "task_due",
                    vi="Hạn của nhiệm vụ (due_on) trước ngày ban hành (issued_on).",
                    en="A task is due (due_on) before the document was issued (issued_on).",
                )
        return self


def _named(draft: Draft, ctx: Context) -> Refusal | None:
    """Everyone named exists, one issuer is of the unit, and the document points to others."""
    body = body_of(draft, DocumentIssued)
    day = body.issued_on
    if day > ctx.today:
        return refuse(
            DATE_IN_FUTURE,
            "/data/issued_on",
            "catalogue",
            vi="{day} sau ngày ghi {today}.",
            en="{day} is after the day of recording, {today}.",
            day=day,
            today=ctx.today,
        )
    for name in ("supersedes", "in_reply_to"):
        link = getattr(body, name)
        if link is not None and link.document_id == draft.aggregate_id:
            return refuse(
                INVALID_FIELD,
                f"/data/{name}/document_id",
                "R84",
                vi="Văn bản không thể thay thế hoặc trả lời chính nó.",
                en="A document cannot replace or answer itself.",
            )
    named = each("/data/issuers", body.issuers)
    for index, recipient in enumerate(body.recipients):
        named[f"/data/recipients/{index}/org_id"] = recipient.org_id
    for index, task in enumerate(body.tasks):
        named[f"/data/tasks/{index}/org_id"] = task.org_id
    refusal = organisations_refusal(ctx, body, named, day=day)
    if refusal is None and body.consent is not None:
        # "cùng cấp": whose consent counts sits in the unit that issues (R81).
        refusal = organisation_refusal(
            ctx.directory,
            body.consent.org_id,
            body.consent.given_on,
            "/data/consent/org_id",
            unit_id=body.unit_id,
        )
    if refusal is not None:
        return refusal
    if any_of_the_unit(ctx, body, body.issuers):
        return None
    return refuse(
        ORGANISATION_NOT_ALLOWED,
        "/data/issuers",
        "R01",
        vi="Không cơ quan ban hành nào thuộc đơn vị ghi {unit}; đơn vị của cơ quan ban hành ghi.",
        en="No issuer belongs to the recording unit {unit}; the unit of an issuer records it.",
        unit=body.unit_id,
    )


@decides(DocumentIssued, check=_named)
def decide_issued(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A document is issued once; a number that says otherwise than the event is noticed."""
    decision = record_once(history, draft, ctx)
    if isinstance(decision, Refusal):
        return decision
    return Accepted(decision.events, _about_the_number(body_of(draft, DocumentIssued)))


def _about_the_number(body: DocumentIssued) -> tuple[Notice, ...]:
    """What a person should look at: numbers are typed by hand and scanned badly (C6, C9)."""
    if body.number_raw is None:
        return ()
    number = read_number(body.number_raw)
    if number is None:
        text = Text(
            "Không đọc được số văn bản; giữ nguyên như đã ghi.",
            "The document's number cannot be read; it is kept as it is.",
        )
        return (Notice("number-not-read", text),)
    if number.kind is None or number.kind is body.kind:
        return ()
    text = Text(
        "Số văn bản có ký hiệu {symbol} của loại {meant}, nhưng kind là {kind}.",
        "The number has the symbol {symbol} of a {meant}, but kind is {kind}.",
    )
    return (
        Notice(
            "number-of-another-kind",
            text.format(symbol=number.symbol, meant=number.kind.value, kind=body.kind.value),
        ),
    )
