"""Problems: what bad input gets, in the form of RFC 9457, in Vietnamese and English.

A problem is a value. Its `type` is "urn:antq:problem:<code>" and never changes once published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.refusals import KINDS, Refusal, RefusalKind, Text, Verdict

TYPE_PREFIX: Final = "urn:antq:problem:"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field."""

    pointer: str
    """JSON pointer into the event: "/data/attendees"."""
    code: str
    detail: Text


@dataclass(frozen=True, slots=True)
class Problem:
    """What was refused, why, and what to do."""

    code: str
    status: int
    """The HTTP status that says the same."""
    title: Text
    detail: Text
    remedy: Text
    rule: str = ""
    """The source of the rule: "R76", a law, "catalogue", "CloudEvents 1.0"."""
    field: str = ""
    errors: Sequence[FieldProblem] = ()
    extra: Mapping[str, str | int] | None = None
    """Further members for programs, for example what is recorded under the same key."""

    @property
    def type(self) -> str:
        return TYPE_PREFIX + self.code


_STATUS: Final = {Verdict.REFUSE: 422, Verdict.CONFLICT: 409, Verdict.RETRY: 503}


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem that is not the domain's: of form, size, or the service itself."""

    code: str
    status: int
    title: Text
    remedy: Text


PROBLEM_KINDS: dict[str, ProblemKind] = {}


def _kind(code: str, status: int, title: Text, remedy: Text) -> ProblemKind:
    PROBLEM_KINDS[code] = ProblemKind(code, status, title, remedy)
    return PROBLEM_KINDS[code]


MALFORMED_JSON = _kind(
    "malformed-json",
    400,
    Text("Không đọc được JSON", "The JSON cannot be read"),
    Text(
        "Kiểm tra chỗ được nêu (thường là dấu phẩy, dấu nháy hoặc bảng mã), rồi gửi lại.",
        "Look at the place named (often a comma, a quotation mark or the encoding), send again.",
    ),
)
NOT_A_CLOUDEVENT = _kind(
    "not-a-cloudevent",
    400,
    Text("Không phải CloudEvents 1.0", "This is not a CloudEvents 1.0 event"),
    Text(
        "Gửi một đối tượng JSON có specversion, id, source, type và data.",
        "Send a JSON object with specversion, id, source, type and data.",
    ),
)
UNSUPPORTED_MEDIA_TYPE = _kind(
    "unsupported-media-type",
    415,
    Text("Kiểu nội dung không được hỗ trợ", "The content type is not supported"),
    Text(
        "Dùng application/cloudevents+json, application/cloudevents-batch+json, "
        "application/x-ndjson, hoặc application/json với các đầu đề ce-*.",
        "Use application/cloudevents+json, application/cloudevents-batch+json, "
        "application/x-ndjson, or application/json with ce-* headers.",
    ),
)
EVENT_TOO_LARGE = _kind(
    "event-too-large",
    413,
    Text("Sự kiện quá lớn", "The event is too large"),
    Text(
        "Một sự kiện dài tối đa 65.535 byte; gửi tài liệu bằng mã của nó, không kèm nội dung.",
        "An event has at most 65,535 bytes; refer to a document by its id instead of enclosing it.",
    ),
)
REQUEST_TOO_LARGE = _kind(
    "request-too-large",
    413,
    Text("Yêu cầu quá lớn", "The request is too large"),
    Text("Chia lô thành nhiều phần nhỏ hơn.", "Split the batch into smaller parts."),
)
BUNDLE_REFUSED = _kind(
    "bundle-refused",
    422,
    Text("Không dùng được tệp gói", "The bundle cannot be used"),
    Text(
        "Tệp hỏng: chép lại hoặc nhờ nơi gửi xuất lại. Không xuất được: sửa điều được nêu. "
        "Nút chưa nhận gì.",
        "A damaged file: copy it again or have it exported anew. Not exported: correct what is "
        "named. Nothing was taken in.",
    ),
)
INVALID_PARAMETER = _kind(
    "invalid-parameter",
    400,
    Text("Tham số không hợp lệ", "A parameter is not valid"),
    Text("Sửa tham số được nêu rồi gọi lại.", "Correct the parameter named and call again."),
)
TOO_FAR_BACK = _kind(
    "too-far-back",
    422,
    Text("Mốc ghi nhận quá xa", "That state lies too far back"),
    Text(
        "Chọn một mốc gần hơn, hoặc nhờ người quản trị nút chạy antq rebuild --as-of với mốc đó "
        "rồi hỏi lại.",
        "Choose a later state, or let the node's operator run antq rebuild --as-of for it and ask "
        "again.",
    ),
)
NOT_FOUND = _kind(
    "not-found",
    404,
    Text("Không tìm thấy", "Not found"),
    Text("Kiểm tra đường dẫn và mã.", "Check the path and the id."),
)
EVENT_ERASED = _kind(
    "event-erased",
    410,
    Text("Nội dung đã bị xóa", "The content was removed"),
    Text(
        "Xem quyết định xóa được nêu. Nếu hệ thống của bạn còn giữ nội dung đó thì xóa ở đó; nếu "
        "cần ghi lại phần được phép thì gửi sự kiện mới với mã mới.",
        "See the decision named. If your system still holds the content, remove it there; to "
        "record what is allowed, send a new event with new ids.",
    ),
)
METHOD_NOT_ALLOWED = _kind(
    "method-not-allowed",
    405,
    Text("Phương thức không được phép", "The method is not allowed"),
    Text("Xem các phương thức tại /docs.", "See the methods at /docs."),
)
STORE_UNAVAILABLE = _kind(
    "store-unavailable",
    503,
    Text("Kho dữ liệu tạm thời không phản hồi", "The store does not answer for now"),
    Text(
        "Giữ nguyên dữ liệu và gửi lại chính sự kiện đó; nếu đã ghi, bạn nhận lại câu trả lời cũ.",
        "Keep the data and send the very same event again; if it was recorded, you are told so.",
    ),
)
RECOVERING = _kind(
    "recovering",
    503,
    Text("Nút đang khôi phục nhật ký", "The node is recovering its log"),
    Text(
        "Giữ nguyên dữ liệu và gửi lại chính sự kiện đó; chưa ghi gì. Nút tự nhận lại khi khôi "
        "phục xong; người quản trị nút xem /readyz.",
        "Keep the data and send the very same event again; nothing was recorded. The node takes it "
        "once it has recovered; its operator looks at /readyz.",
    ),
)
BUSY = _kind(
    "busy",
    503,
    Text("Nút đang quá tải", "The node is busy"),
    Text("Gửi lại sau số giây nêu ở Retry-After.", "Send again after the seconds in Retry-After."),
)
INTERNAL = _kind(
    "internal",
    500,
    Text("Lỗi bên trong", "Internal error"),
    Text(
        "Gửi lại chính sự kiện đó sau; báo cho người quản trị nút kèm mã yêu cầu.",
        "Send the very same event again later; tell the node's operator the request id.",
    ),
)


def problem(
    kind: ProblemKind | RefusalKind,
    detail: Text,
    *,
    rule: str = "",
    field: str = "",
    errors: Sequence[FieldProblem] = (),
    extra: Mapping[str, str | int] | None = None,
) -> Problem:
    """A problem of a published kind."""
    status = kind.status if isinstance(kind, ProblemKind) else _STATUS[kind.verdict]
    return Problem(kind.code, status, kind.title, detail, kind.remedy, rule, field, errors, extra)


def from_refusal(refusal: Refusal) -> Problem:
    """The problem that tells a refusal of the domain."""
    return problem(refusal.kind, refusal.detail, rule=refusal.rule, field=refusal.field)


def published_codes() -> Sequence[str]:
    """Every code a client may meet, sorted."""
    return sorted({*KINDS, *PROBLEM_KINDS})
