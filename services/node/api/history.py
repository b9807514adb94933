"""GET /v1/history/{id}: everything that touched one record, for whoever audits it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from domain.refusals import Text
from services.node.api import cursors
from services.node.api.asof import AskedState, AsOfAnswer, as_of_answer
from services.node.api.language import AskedLanguage
from services.node.api.parameters import Cursor, TheNode
from services.node.api.problem_documents import ProblemError
from services.node.api.report_answers import DifferenceAnswer, difference_answer
from services.node.history.changes import Value
from services.node.history.entries import Effect, Order
from services.node.history.telling import Told, ToldHistory, find_entity, tell
from services.node.language import Language
from services.node.problems import NOT_FOUND, problem

router = APIRouter(tags=["events"])

_CURSOR: Final = "history"
_MOST: Final = 200


class _Answer(BaseModel):
    """Read from what `services.node.history.telling` found."""

    model_config = ConfigDict(from_attributes=True)


class PlaceAnswer(_Answer):
    """A unit, and the level it is of."""

    unit_id: str
    unit: str
    level: str | None
    level_text: str


class FieldChangeAnswer(_Answer):
    """One field that holds otherwise since this event. null where a form does not have it."""

    path: str
    label: str
    before: Value | None
    after: Value | None
    before_text: str
    after_text: str
    withheld: bool
    """A small sensitive count, not shown above commune level."""


class AmendmentAnswer(_Answer):
    """What a correction, a retraction or an assignment did when it was recorded."""

    effect: Effect
    effect_text: str
    target_event_ids: list[str]
    """Empty if it is about all records of the aggregate."""
    target_type: str | None
    reason: str | None
    reason_text: str
    approver_org_id: str | None
    approver: str
    duplicate_of: str | None
    moved_from: PlaceAnswer | None
    """Of an assignment: the unit that was split."""
    moved_to: PlaceAnswer | None
    changes: list[FieldChangeAnswer]
    """Against what held right before it."""


class RuleVersionAnswer(_Answer):
    """A version of a rule by which the event was checked, or meets an obligation."""

    rule_id: str
    event_id: str
    """The `RuleDefined` that laid this version down."""
    version: int
    kind: str
    title: str
    valid_from: date
    valid_to: date | None
    recorded_later: bool
    """Laid down with hindsight: it was not known when the event was recorded."""


class HistoryReceiptAnswer(_Answer):
    """A level above that received the event and verified it."""

    place: PlaceAnswer
    cosigner: str
    through: int
    at: str
    """When it had verified it, by its own clock."""


class HistoryEventAnswer(_Answer):
    """One event that touched the record."""

    event_id: str
    href: str
    """Its exact bytes."""
    type: str
    title: str
    status: Literal["active", "corrected", "retracted"]
    """How it stands in the end."""
    changed_by: str | None
    """The correction or retraction that the status comes from."""
    assigned_to: str | None
    occurred_on: date
    occurred_to: date | None
    recorded_at: str
    recorded_for: PlaceAnswer
    """The unit that the record belongs to."""
    recorded_in: PlaceAnswer
    """The unit in whose stream it was recorded."""
    org_id: str
    organisation: str
    account: str
    """As the source system named it; never a person's name."""
    source_system: str
    source_record_id: str
    origin: str
    sequence: int
    position: int
    """Position in this node's log; never compare it between nodes."""
    digest: str
    amendment: AmendmentAnswer | None
    report_version: int | None
    """Of a report that was sent: which version."""
    difference: DifferenceAnswer | None
    """What this version of a report says otherwise than the one before it."""
    rules: list[RuleVersionAnswer]
    sealed: bool
    """Whether a signed checkpoint covers it."""
    receipts: list[HistoryReceiptAnswer]
    """From the nearest level upward; empty if none has come."""
    proof: str | None
    """Where its proof file is; null while it is not sealed."""


class HistoryAnswer(BaseModel):
    """The events that touched one record, in the order of recording."""

    aggregate_id: str
    kind: str
    items: list[HistoryEventAnswer]
    next: str | None
    """Cursor of the next page; null at the end."""
    position: int
    """Log position through which this is complete."""
    as_of: AsOfAnswer | None


@router.get(
    "/v1/history/{record_id}",
    summary="Lịch sử thay đổi của một bản ghi / The change history of a record",
)
def read_history(
    node: TheNode,
    language: AskedLanguage,
    record_id: UUID,
    state: AskedState,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
) -> HistoryAnswer:
    """Of an event's id, or of what it is about (a report, a meeting, a model, a rule): every event,
    who recorded it and under which rules, what it changed field by field, and who verified it.

    With `as_of`, what had been recorded by then; receipts are always those of now.
    """
    after = None if cursor is None else _place(cursor)
    with node.projector.view(state) as view:
        entity = find_entity(view, str(record_id), node.erased)
        if entity is None:
            raise ProblemError(
                problem(
                    NOT_FOUND,
                    Text(
                        f"Nút này không có sự kiện hay đối tượng {record_id}.",
                        f"This node holds no event or record {record_id}.",
                    ),
                )
            )
        told = tell(node, view, entity, language, after=after, limit=limit)
        position = view.position
    return HistoryAnswer(
        aggregate_id=told.aggregate_id,
        kind=told.kind,
        items=[_event(told, one, language) for one in told.items],
        next=None if told.behind is None else cursors.write(_CURSOR, *told.behind),
        position=position,
        as_of=as_of_answer(state),
    )


def _place(cursor: str) -> Order:
    match cursors.read(_CURSOR, cursor):
        case [str(recorded_at), str(origin), int(sequence)]:
            return recorded_at, origin, sequence
    raise cursors.bad_cursor()


def _event(history: ToldHistory, told: Told, language: Language) -> HistoryEventAnswer:
    found = told.difference
    fields = {name: getattr(told, name, None) for name in HistoryEventAnswer.model_fields}
    return HistoryEventAnswer.model_validate(
        fields
        | {
            "href": f"/v1/events/{told.event_id}",
            "report_version": told.version_number,
            "difference": None
            if found is None
            else difference_answer(history.aggregate_id, found, language),
            "proof": f"/v1/events/{told.event_id}/proof.tlog-proof" if told.sealed else None,
        }
    )
