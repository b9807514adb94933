"""Records of a unit that was split, assigned by hand to the units it became (R102).

A split is never apportioned by formula. Until someone assigns them, the records of a split unit
stay its own in every figure along the hierarchy of today. An assignment names records of one
aggregate and the successor they belong to; it changes no record, and retracting it gives them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from domain.decisions import Accepted, Context, Decision, decides
from domain.directory import DIRECTORY_TYPES
from domain.documents import DocumentRef
from domain.effective import effective
from domain.events import Body, Draft, Record, body_of, distinct, event_type
from domain.refusals import (
    INVALID_FIELD,
    NO_SUCH_RECORD,
    NOT_IN_THAT_STATE,
    UNIT_NOT_HOSTED,
    UNKNOWN_UNIT,
    Refusal,
    refuse,
)

ASSIGNED: Final = "RecordsAssigned"
_RULE: Final = "R102"
_UNIT_FIELDS: Final = ("unit_id", "point_unit_id", "inspected_unit_id", "subject_unit_id")
"""Fields of events that say which unit a number stands under."""


@event_type(
    aggregate="*",
    title_vi="Phân giao bản ghi của đơn vị đã chia tách",
    title_en="Records of a split unit assigned",
)
class RecordsAssigned(Body):
    """Records of one aggregate that stand under a split unit belong to one successor (R102).

    `occurred_on` is the day it was decided. What follows from a record goes with it: the reviews
    and the retirement of a model's point go where the point goes.
    """

    target_event_ids: Annotated[
        tuple[UUID, ...], AfterValidator(distinct), Field(max_length=500)
    ] = ()
    """The records; every record of the aggregate, also later ones, if none is named."""
    from_unit_id: UUID
    """The unit under which they stand."""
    to_unit_id: UUID
    document: DocumentRef | None = None

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: it belongs to its targets' aggregate."""
        del event_id

    def target_event(self) -> UUID | None:
        return self.target_event_ids[0] if self.target_event_ids else None


@dataclass(frozen=True, slots=True)
class _Assignment:
    event_id: str
    targets: frozenset[str]
    from_id: str
    to_id: str


class Assignments:
    """Where the records of one aggregate stand."""

    def __init__(self, records: Iterable[Record]) -> None:
        """Of the aggregate's effective events, in `Record.order`."""
        self._assigned = [
            _Assignment(
                record.event_id,
                frozenset(record.data.get("target_event_ids", ())),
                record.data["from_unit_id"],
                record.data["to_unit_id"],
            )
            for record in records
            if record.type == ASSIGNED
        ]

    def __bool__(self) -> bool:
        return bool(self._assigned)

    def of(self, event_id: str, unit_id: str) -> tuple[str, str] | None:
        """To which unit the record's numbers under `unit_id` were assigned, and by which event.

        Of several assignments from one unit the last holds; an assignment from the unit assigned to
        carries on from there. None if there is none.
        """
        found: tuple[str, str] | None = None
        passed: set[str] = set()
        current = unit_id
        while current not in passed:
            passed.add(current)
            for assigned in reversed(self._assigned):
                if assigned.from_id == current and (
                    not assigned.targets or event_id in assigned.targets
                ):
                    found = (assigned.to_id, assigned.event_id)
                    current = assigned.to_id
                    break
        return found


def units_of(data: Mapping[str, Any]) -> list[str]:
    """The units under which an event's numbers may stand."""
    return [data[name] for name in _UNIT_FIELDS if data.get(name)]


def _split_and_successor(draft: Draft, ctx: Context) -> Refusal | None:
    """The one unit was split by then, and the other is what a part of it became."""
    body = body_of(draft, RecordsAssigned)
    directory, day = ctx.directory, body.occurred_on
    split = directory.attributes(body.from_unit_id, day)
    if split is None:
        return refuse(
            UNKNOWN_UNIT,
            "/data/from_unit_id",
            _RULE,
            vi="Không có đơn vị {unit} trong danh mục.",
            en="Unit {unit} is not in the catalogue.",
            unit=body.from_unit_id,
        )
    successors = directory.split_successors(body.from_unit_id, day)
    if not successors:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/from_unit_id",
            _RULE,
            vi="{name} (mã {code}) chưa bị chia tách đến {day}; chỉ phân giao bản ghi của đơn vị "
            "đã chia tách.",
            en="{name} (code {code}) was not split by {day}; only the records of a split unit are "
            "assigned.",
            name=split.name,
            code=split.code,
            day=day,
        )
    if str(body.to_unit_id) not in successors:
        known = [directory.attributes(unit_id, day) for unit_id in sorted(successors)]
        return refuse(
            INVALID_FIELD,
            "/data/to_unit_id",
            _RULE,
            vi="{unit} không phải đơn vị kế thừa của {name}; các đơn vị kế thừa: {successors}.",
            en="{unit} is no successor of {name}; its successors are {successors}.",
            unit=body.to_unit_id,
            name=split.name,
            successors=", ".join(f"{one.name} ({one.code})" for one in known if one is not None),
        )
    if directory.within(body.to_unit_id, body.unit_id, day):
        return None
    return refuse(
        UNIT_NOT_HOSTED,
        "/data/unit_id",
        _RULE,
        vi="Chỉ đơn vị nhận {unit} hoặc cấp trên của đơn vị đó ghi phân giao.",
        en="Only the receiving unit {unit} or a superior of it records the assignment.",
        unit=body.to_unit_id,
    )


@decides(RecordsAssigned, check=_split_and_successor)
def decide_assigned(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Each record named stands under the split unit still."""
    del ctx
    body = body_of(draft, RecordsAssigned)
    held = effective(history)
    records = {r.event_id: r for r in held if r.type != ASSIGNED and r.type not in DIRECTORY_TYPES}
    standing = Assignments(held)
    split = str(body.from_unit_id)
    for index, target in enumerate(map(str, body.target_event_ids)):
        field = f"/data/target_event_ids/{index}"
        record = records.get(target)
        if record is None:
            return refuse(
                NO_SUCH_RECORD,
                field,
                _RULE,
                vi="Đối tượng này không có bản ghi còn hiệu lực {event} để phân giao.",
                en="This aggregate holds no record {event} in force that can be assigned.",
                event=target,
            )
        if not _stands(standing, record, split):
            return _elsewhere(standing, record, split, field)
    if not any(_stands(standing, record, split) for record in records.values()):
        return refuse(
            NO_SUCH_RECORD,
            "/data/from_unit_id",
            _RULE,
            vi="Đối tượng này không có bản ghi nào của đơn vị {unit}.",
            en="This aggregate holds no record of unit {unit}.",
            unit=split,
        )
    return Accepted((draft,))


def _stands(standing: Assignments, record: Record, unit_id: str) -> bool:
    """Whether numbers of the record stand under the unit."""
    return any(
        (found[0] if (found := standing.of(record.event_id, unit)) else unit) == unit_id
        for unit in units_of(record.data)
    )


def _elsewhere(standing: Assignments, record: Record, unit_id: str, field: str) -> Refusal:
    """The refusal of a record that does not stand under the unit."""
    found = next(
        filter(None, (standing.of(record.event_id, u) for u in units_of(record.data))), None
    )
    if found is None:
        return refuse(
            INVALID_FIELD,
            field,
            _RULE,
            vi="Bản ghi {event} không thuộc đơn vị {unit}.",
            en="Record {event} is not of unit {unit}.",
            event=record.event_id,
            unit=unit_id,
        )
    return refuse(
        NOT_IN_THAT_STATE,
        field,
        _RULE,
        vi="Bản ghi {event} đã được giao cho {unit} bởi {by}; rút phân giao đó trước.",
        en="Record {event} was assigned to {unit} by {by}; retract that first.",
        event=record.event_id,
        unit=found[0],
        by=found[1],
    )
