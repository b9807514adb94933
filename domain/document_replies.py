"""What becomes of a document after its issue: acknowledged by its recipients, carried out.

R19, R36, R42, R78. These are events of the units they come from, about a document that another unit
may have issued.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Self
from uuid import UUID

from pydantic import model_validator

from domain.decisions import VIETNAM, Accepted, Context, Decision, decides
from domain.document_state import DocumentState, TaskState, fold
from domain.effective import effective
from domain.events import (
    Body,
    Draft,
    Moment,
    Record,
    Token,
    body_of,
    event_type,
    invalid,
)
from domain.refusals import (
    DATE_IN_FUTURE,
    INVALID_FIELD,
    NO_SUCH_RECORD,
    NOT_IN_THAT_STATE,
    ORGANISATION_NOT_ALLOWED,
    Refusal,
    refuse,
)


class _AboutDocument(Body):
    """What happens to a document after its issue."""

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: the document must be named."""
        del event_id


@event_type(aggregate="document", title_vi="Tiếp nhận văn bản", title_en="Document acknowledged")
class DocumentAcknowledged(_AboutDocument):
    """The recording organisation received a document that was sent to it (R78)."""

    received_at: Moment
    """When; its day in Vietnam is `occurred_on`. The hours from the issue are measured by it."""

    @model_validator(mode="after")
    def _on_the_day_it_says(self) -> Self:
        if self.received_at.astimezone(VIETNAM).date() != self.occurred_on:
            raise invalid(
                "received_at",
                vi="received_at không thuộc ngày occurred_on (giờ Việt Nam).",
                en="received_at is not on the day occurred_on in Vietnam.",
            )
        return self


@event_type(aggregate="document", title_vi="Tiến độ nhiệm vụ", title_en="Task progressed")
class TaskProgressed(_AboutDocument):
    """The recording organisation says how far a task given to it has come (R19, R36, R42)."""

    task_id: Token
    state: TaskState


def _document(history: Sequence[Record], draft: Draft, rule: str) -> DocumentState | Refusal:
    """The document that the draft is about, which was issued by the day it speaks of."""
    state = fold(effective(history))
    if state is None:
        return refuse(
            NO_SUCH_RECORD,
            "/aggregate_id",
            rule,
            vi="Nút này không có văn bản {document}.",
            en="This node holds no document {document}.",
            document=draft.aggregate_id,
        )
    day = draft.body.occurred_on
    if day < state.issued_on:
        return refuse(
            INVALID_FIELD,
            "/data/occurred_on",
            rule,
            vi="{day} trước ngày ban hành {issued}.",
            en="{day} is before the issue on {issued}.",
            day=day,
            issued=state.issued_on,
        )
    return state


def _stands_for(ctx: Context, org_id: UUID, named: Iterable[str], day: date) -> list[str]:
    """The organisations among those named in whose place this one stands, itself included."""
    own = str(org_id)
    return [one for one in named if own in (one, ctx.directory.org_heir(one, day))]


def _received_by_now(draft: Draft, ctx: Context) -> Refusal | None:
    if body_of(draft, DocumentAcknowledged).received_at <= ctx.now:
        return None
    return refuse(
        DATE_IN_FUTURE,
        "/data/received_at",
        "R78",
        vi="received_at sau thời điểm ghi.",
        en="received_at is after the moment of recording.",
    )


@decides(DocumentAcknowledged, check=_received_by_now)
def decide_acknowledged(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A recipient, or the organisation that took its place, acknowledges once (R78)."""
    body = body_of(draft, DocumentAcknowledged)
    state = _document(history, draft, "R78")
    if isinstance(state, Refusal):
        return state
    addressed = _stands_for(ctx, body.org_id, state.recipients, body.occurred_on)
    if not addressed:
        return refuse(
            ORGANISATION_NOT_ALLOWED,
            "/data/org_id",
            "R78",
            vi="Cơ quan {org} không có trong nơi nhận của văn bản; chỉ nơi nhận mới tiếp nhận.",
            en="Organisation {org} is not a recipient of the document; only recipients "
            "acknowledge it.",
            org=body.org_id,
        )
    before = [state.acknowledged.get(one) for one in (str(body.org_id), *addressed)]
    if before[0] is not None or all(before[1:]):
        event_id = next(found.event_id for found in before if found is not None)
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/org_id",
            "R78",
            vi="Cơ quan đã tiếp nhận văn bản (sự kiện {event}).",
            en="The organisation acknowledged the document already (event {event}).",
            event=event_id,
        )
    return Accepted((draft,))


@decides(TaskProgressed)
def decide_progressed(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Whoever the task was given to says how far it is, until it is done (R42)."""
    body = body_of(draft, TaskProgressed)
    state = _document(history, draft, "R42")
    if isinstance(state, Refusal):
        return state
    task = state.tasks.get(body.task_id)
    if task is None:
        return refuse(
            NO_SUCH_RECORD,
            "/data/task_id",
            "R42",
            vi="Văn bản không có nhiệm vụ {task}; có: {known}.",
            en="The document has no task {task}; it has: {known}.",
            task=body.task_id,
            known=", ".join(state.tasks) or "0",
        )
    if not _stands_for(ctx, body.org_id, [task.org_id], body.occurred_on):
        return refuse(
            ORGANISATION_NOT_ALLOWED,
            "/data/org_id",
            "R42",
            vi="Nhiệm vụ {task} giao cho cơ quan {org}; chỉ cơ quan đó ghi tiến độ.",
            en="Task {task} was given to organisation {org}; only it tells its progress.",
            task=body.task_id,
            org=task.org_id,
        )
    if task.state is TaskState.DONE:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/task_id",
            "R42",
            vi="Nhiệm vụ đã xong ngày {day} (sự kiện {event}); nếu ghi nhầm thì rút sự kiện đó.",
            en="The task was done on {day} (event {event}); if that is wrong, retract that event.",
            day=task.since,
            event=task.event_id,
        )
    return Accepted((draft,))
