"""The problems that recording answers with, besides the domain's refusals."""

from __future__ import annotations

from uuid import UUID

from contracts.envelope import MAX_EVENT_BYTES
from domain.directory import Directory
from domain.refusals import (
    CATALOGUE_NOT_RECEIVED,
    KEY_CONFLICT,
    NO_SUCH_RECORD,
    UNIT_NOT_HOSTED,
    UNKNOWN_UNIT,
    Text,
)
from services.node.eventlog import EventKey
from services.node.language import Language
from services.node.problems import (
    EVENT_ERASED,
    EVENT_TOO_LARGE,
    INTERNAL,
    STORE_UNAVAILABLE,
    Problem,
    problem,
)
from services.node.pushed import Pushed


def too_large(size: int) -> Problem:
    """The problem of an event of `size` bytes."""
    return problem(
        EVENT_TOO_LARGE,
        Text(
            f"Sự kiện dài {Language.VI.number(size)} byte, "
            f"tối đa {Language.VI.number(MAX_EVENT_BYTES)}.",
            f"The event has {size:,} bytes, at most {MAX_EVENT_BYTES:,}.",
        ),
        rule="design: one event, one byte string",
    )


def key_conflict(item: Pushed, key: EventKey) -> Problem:
    """The key of `item` is recorded with other content, as `key` says."""
    which = "/id" if key.event_id == str(item.event_id) else "/data/source_record_id"
    return problem(
        KEY_CONFLICT,
        Text(
            f"{which} này đã ghi với nội dung khác: sự kiện {key.event_id}, "
            f"luồng {key.origin}, số {key.sequence}.",
            f"This {which} is recorded with other content: event {key.event_id}, "
            f"stream {key.origin}, number {key.sequence}.",
        ),
        rule="catalogue",
        field=which,
        extra={
            "recorded_event_id": key.event_id,
            "recorded_origin": str(key.origin),
            "recorded_sequence": key.sequence,
        },
    )


def erased(item: Pushed, key: EventKey) -> Problem:
    """What `item` repeats was recorded, and its content removed since."""
    return problem(
        EVENT_ERASED,
        Text(
            f"Sự kiện {key.event_id} đã được ghi rồi bị xóa nội dung; mã này không ghi lại được.",
            f"Event {key.event_id} was recorded and its content removed since; this key is not "
            "recorded again.",
        ),
        rule="Luật 91/2025/QH15",
        field="/id" if key.event_id == str(item.event_id) else "/data/source_record_id",
        extra={
            "recorded_event_id": key.event_id,
            "recorded_origin": str(key.origin),
            "recorded_sequence": key.sequence,
        },
    )


def away() -> Problem:
    """The database is away, or its answer was not seen."""
    return problem(
        STORE_UNAVAILABLE,
        Text(
            "Không rõ sự kiện đã được ghi hay chưa; gửi lại là an toàn.",
            "It is not certain whether the event was recorded; sending it again is safe.",
        ),
    )


def failed(item: Pushed) -> Problem:
    """Deciding it failed with an error of the program."""
    return problem(
        INTERNAL,
        Text(
            f"Không xét được sự kiện {item.event_id}; chưa ghi gì.",
            f"The event {item.event_id} could not be decided; nothing was recorded.",
        ),
    )


def target_of(item: Pushed) -> UUID | None:
    """The event that a correction, retraction or assignment is about; None for other types."""
    return item.body.target_event()


def no_aggregate(item: Pushed) -> Problem:
    """It names nothing that this node holds."""
    target = target_of(item)
    if target is not None:
        return problem(
            NO_SUCH_RECORD,
            Text(
                f"Nút này không có sự kiện {target}.",
                f"This node does not hold the event {target}.",
            ),
            rule="catalogue",
            field="/data/target_event_id" + ("s/0" if "target_event_ids" in item.data else ""),
        )
    return problem(
        NO_SUCH_RECORD,
        Text(
            "subject phải nêu đối tượng mà sự kiện này thay đổi.",
            "subject must name what this event changes.",
        ),
        rule="catalogue",
        field="/subject",
    )


def not_hosted(item: Pushed, directory: Directory) -> Problem:
    """This node does not record for its unit, or does not know the unit."""
    unit_id = str(item.body.unit_id)
    if directory.is_empty:
        return problem(
            CATALOGUE_NOT_RECEIVED,
            Text(
                "Nút này chưa nhận danh mục đơn vị từ cấp trên.",
                "This node has not received the catalogue of units from its superior.",
            ),
            rule="catalogue",
            field="/data/unit_id",
        )
    if directory.unit(unit_id) is None:
        return problem(
            UNKNOWN_UNIT,
            Text(
                f"Đơn vị {unit_id} không có trong danh mục.",
                f"The unit {unit_id} is not in the catalogue.",
            ),
            rule="catalogue",
            field="/data/unit_id",
        )
    return problem(
        UNIT_NOT_HOSTED,
        Text(
            f"Nút này không ghi cho đơn vị {unit_id}.",
            f"This node does not record for the unit {unit_id}.",
        ),
        rule="design: one writer per stream",
        field="/data/unit_id",
    )
