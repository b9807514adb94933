"""What a verification of a log finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.refusals import Text


class Wrong(StrEnum):
    """What is wrong with an origin."""

    MISSING = "missing"
    """An event that the stream must hold is not there. At the end of a stream those before it that
    no checkpoint and no full tile covers may have been moved up."""
    FOREIGN = "foreign"
    """The bytes are those of another place, or of no event at all."""
    CHANGED = "changed"
    """The bytes are not those the tree was grown from."""
    REMOVED = "removed"
    """The event was removed, and no redaction in this log says so."""
    CHECKPOINT = "checkpoint"
    """The stream is not the one that a checkpoint was signed for."""
    SIGNATURE = "signature"
    """A checkpoint that is kept was signed by no key of the stream."""


WRONG_TEXTS: Final = {
    Wrong.MISSING: Text("sự kiện bị thiếu", "the event is missing"),
    Wrong.FOREIGN: Text("byte thuộc chỗ khác", "the bytes belong to another place"),
    Wrong.CHANGED: Text("byte đã bị thay đổi", "the bytes were changed"),
    Wrong.REMOVED: Text(
        "nội dung bị xóa mà không có quyết định xóa", "the content was removed without a decision"
    ),
    Wrong.CHECKPOINT: Text(
        "không khớp với điểm chốt đã ký", "not what the signed checkpoint vouches for"
    ),
    Wrong.SIGNATURE: Text(
        "điểm chốt được giữ không do khóa nào của luồng ký",
        "the checkpoint kept was signed by no key of the stream",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong with an origin."""

    origin: UUID
    first: int
    """The first event that is not what was recorded, by its sequence."""
    last: int
    """It lies between `first` and this one; nearly always they are the same."""
    position: int
    """Where `first` stands in the log; 0 if it does not."""
    what: Wrong
    size: int = 0
    """Of the checkpoint that does not fit."""


@dataclass(slots=True)
class Verified:
    """What came out."""

    events: int = 0
    origins: int = 0
    checkpoints: int = 0
    """Checkpoints whose root came out again."""
    removed: int = 0
    """Events whose content was removed: their places are proven, what they said is not."""
    findings: list[Finding] = field(default_factory=list)
    """At most one of each origin, by origin."""
