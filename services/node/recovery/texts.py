"""What a closed node says of itself: to senders, on /readyz, on pages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.refusals import Text
from services.node.problems import RECOVERING, Problem, problem
from services.node.recovery.marker import Reason


class Standing(StrEnum):
    """How far a node is on the way back."""

    OPEN = "open"
    """It records."""
    ASKING = "asking"
    """It waits for the word of the node above."""
    FETCHING = "fetching"
    """It holds less than the node above, and fetches it."""
    LOST = "lost"
    """Numbers were given out whose events neither this node nor the one above holds."""
    DIFFERS = "differs"
    """What it holds is not what the node above holds, or what was signed."""


REASONS: Final[Mapping[Reason, Text]] = {
    Reason.UNMARKED: Text(
        "không có gì cho biết đây là nhật ký của lần chạy trước (nút mới, kho bị mất, hoặc vừa nâng"
        " cấp từ bản cũ)",
        "nothing says that this is the log of the last run (a new node, a lost store, or an upgrade"
        " from an older version)",
    ),
    Reason.COPIED: Text(
        "thư mục dữ liệu là một bản sao (bản sao lưu được khôi phục?)",
        "the data folder is a copy (was a backup restored?)",
    ),
    Reason.BEHIND_MARKER: Text(
        "nhật ký chứa ít hơn những gì nút này đã ghi (bản sao lưu cũ được khôi phục?)",
        "the log holds less than this node has recorded (was an old backup restored?)",
    ),
    Reason.BEHIND_RECEIPT: Text(
        "nhật ký chứa ít hơn điểm chốt đã ký (bản sao lưu cũ được khôi phục?)",
        "the log holds less than was signed (was an old backup restored?)",
    ),
    Reason.BEHIND_PARENT: Text(
        "cấp trên giữ nhiều sự kiện của nút này hơn chính nút này",
        "the node above holds more of this node's events than this node",
    ),
    Reason.DIFFERS: Text(
        "cấp trên giữ những sự kiện khác của nút này",
        "the node above holds other events of this node",
    ),
}

NEXT: Final[Mapping[Standing, Text]] = {
    Standing.OPEN: Text("đang ghi bình thường", "recording as usual"),
    Standing.ASKING: Text(
        "đang hỏi cấp trên; nút tự mở lại khi có trả lời",
        "asking the node above; it opens by itself when the answer comes",
    ),
    Standing.FETCHING: Text(
        "đang lấy lại dòng sự kiện của mình từ cấp trên; nút tự mở lại khi đủ",
        "fetching its own stream back from above; it opens by itself when it has it",
    ),
    Standing.LOST: Text(
        "có số đã cấp mà cả nút này lẫn cấp trên đều không giữ sự kiện; nếu không còn bản sao nào,"
        " hãy chạy: antq recover new-seat",
        "numbers were given out of which neither this node nor the one above holds the events; if"
        " no copy is left, run: antq recover new-seat",
    ),
    Standing.DIFFERS: Text(
        "nội dung đang giữ khác với cấp trên hoặc với điểm chốt đã ký; cần người xem xét, xem:"
        " antq recover show",
        "what it holds differs from the node above or from what was signed; a person must look,"
        " see: antq recover show",
    ),
}


def said(reason: Reason, standing: Standing) -> Text:
    """One line that tells why a node does not record, and what happens now."""
    why, now = REASONS[reason], NEXT[standing]
    return Text(
        f"nút chưa ghi sự kiện mới: {why.vi}; {now.vi}",
        f"the node records nothing new: {why.en}; {now.en}",
    )


def refusal(reason: Reason, standing: Standing) -> Problem:
    """What a sender is told meanwhile."""
    text = said(reason, standing)
    return problem(
        RECOVERING,
        Text(f"{text.vi[0].upper()}{text.vi[1:]}.", f"{text.en[0].upper()}{text.en[1:]}."),
        rule="design: a number is never reused",
        extra={"standing": standing.value, "reason": reason.value},
    )
