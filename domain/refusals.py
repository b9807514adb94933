"""What the domain answers when it does not record an event.

A refusal is a value, not an exception: it names the rule, the field and what to do, in Vietnamese
and English, and its `code` never changes once published (it becomes the `type` of the problem
document, RFC 9457). Every code is declared here once; subjects raise none of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Verdict(StrEnum):
    """What the sender should do about a refusal."""

    REFUSE = "refuse"
    """Sending the same bytes again gives the same answer; correct it first."""
    CONFLICT = "conflict"
    """It contradicts what is already recorded; read that first."""
    RETRY = "retry"
    """The node cannot decide yet; send the same bytes again later."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in the two languages a user may read."""

    vi: str
    en: str

    def format(self, **values: object) -> Text:
        """The same text with its placeholders filled.

        A day is written as each language writes it (20/6/2025, 2025-06-20); a `Text` gives its own
        two sides.
        """
        return Text(
            self.vi.format(**{name: _vi(value) for name, value in values.items()}),
            self.en.format(**{name: _en(value) for name, value in values.items()}),
        )


def _vi(value: object) -> object:
    if isinstance(value, Text):
        return value.vi
    if isinstance(value, date):
        return f"{value.day}/{value.month}/{value.year}"
    return value


def _en(value: object) -> object:
    if isinstance(value, Text):
        return value.en
    if isinstance(value, date):
        return value.isoformat()
    return value


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """A published kind of refusal: a stable code, its title, and the next step for a person."""

    code: str
    verdict: Verdict
    title: Text
    remedy: Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one event was not recorded.

    `field` is a JSON pointer into the event ("/data/occurred_on"), or "" for the whole event.
    `rule` names the source: a row of the requirements ("R76"), a law, or "catalogue".
    """

    kind: RefusalKind
    field: str
    rule: str
    detail: Text

    @property
    def code(self) -> str:
        return self.kind.code


def refuse(
    kind: RefusalKind, field: str, rule: str, /, *, vi: str, en: str, **values: object
) -> Refusal:
    """A refusal whose two texts are filled with the same values."""
    return Refusal(kind, field, rule, Text(vi, en).format(**values))


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning that travels with an accepted event, for example a late registration."""

    code: str
    detail: Text


KINDS: dict[str, RefusalKind] = {}


def _kind(code: str, verdict: Verdict, title: Text, remedy: Text) -> RefusalKind:
    if code in KINDS:
        raise ValueError(f"refusal code declared twice: {code}")
    KINDS[code] = RefusalKind(code, verdict, title, remedy)
    return KINDS[code]


INVALID_FIELD = _kind(
    "invalid-field",
    Verdict.REFUSE,
    Text("Trường dữ liệu không hợp lệ", "A field is not valid"),
    Text(
        "Sửa trường được nêu theo lược đồ của loại sự kiện rồi gửi lại.",
        "Correct the named field after the schema of the event type and send it again.",
    ),
)
UNKNOWN_UNIT = _kind(
    "unknown-unit",
    Verdict.REFUSE,
    Text("Không có đơn vị này", "No such unit"),
    Text(
        "Kiểm tra mã định danh đơn vị tại /v1/units; nếu đơn vị mới thành lập, chờ danh mục của "
        "cấp trên về tới nút này.",
        "Check the unit's id at /v1/units; if the unit is new, wait until the superior's "
        "catalogue has reached this node.",
    ),
)
UNIT_NOT_ACTIVE = _kind(
    "unit-not-active",
    Verdict.REFUSE,
    Text("Đơn vị không hoạt động vào ngày đó", "The unit was not active on that day"),
    Text(
        "Kiểm tra ngày xảy ra, hoặc ghi sự kiện cho đơn vị kế thừa.",
        "Check the day it happened, or record the event for the successor unit.",
    ),
)
UNIT_NOT_HOSTED = _kind(
    "unit-not-hosted",
    Verdict.REFUSE,
    Text("Nút này không ghi cho đơn vị đó", "This node does not record for that unit"),
    Text(
        "Gửi sự kiện tới nút phụ trách đơn vị đó.",
        "Send the event to the node that records for that unit.",
    ),
)
UNKNOWN_ORGANISATION = _kind(
    "unknown-organisation",
    Verdict.REFUSE,
    Text("Không có cơ quan này trong đơn vị", "No such organisation in the unit"),
    Text(
        "Kiểm tra cơ quan của đơn vị tại /v1/units/{id}.",
        "Check the unit's organisations at /v1/units/{id}.",
    ),
)
ORGANISATION_NOT_ACTIVE = _kind(
    "organisation-not-active",
    Verdict.REFUSE,
    Text("Cơ quan không hoạt động vào ngày đó", "The organisation was not active on that day"),
    Text(
        "Ghi sự kiện dưới tên cơ quan kế thừa, hoặc kiểm tra ngày xảy ra.",
        "Record it for the successor organisation, or check the day it happened.",
    ),
)
ORGANISATION_NOT_ALLOWED = _kind(
    "organisation-not-allowed",
    Verdict.REFUSE,
    Text("Cơ quan không có thẩm quyền", "The organisation is not allowed to record this"),
    Text(
        "Chuyển cho cơ quan có thẩm quyền được nêu.",
        "Pass it to the organisation named as competent.",
    ),
)
LEVEL_NOT_ALLOWED = _kind(
    "level-not-allowed",
    Verdict.REFUSE,
    Text("Cấp này không ghi loại sự kiện đó", "This level does not record that type of event"),
    Text(
        "Gửi sự kiện tới nút của cấp được nêu.",
        "Send the event to a node of the level named.",
    ),
)
DATE_IN_FUTURE = _kind(
    "date-in-future",
    Verdict.REFUSE,
    Text("Ngày xảy ra ở tương lai", "The day it happened is in the future"),
    Text(
        "Chỉ ghi việc đã xảy ra; kiểm tra ngày và đồng hồ của máy gửi.",
        "Only what has happened is recorded; check the date and the sender's clock.",
    ),
)
UNKNOWN_TYPE = _kind(
    "unknown-type",
    Verdict.REFUSE,
    Text("Không có loại sự kiện này", "No such type of event"),
    Text(
        "Xem các loại sự kiện và phiên bản tại /v1/schemas.",
        "See the types of events and their versions at /v1/schemas.",
    ),
)
NO_SUCH_RECORD = _kind(
    "no-such-record",
    Verdict.REFUSE,
    Text("Không có bản ghi được nêu", "The record named does not exist here"),
    Text(
        "Kiểm tra mã bản ghi; nếu bản ghi của cấp khác, chờ nó đồng bộ tới nút này.",
        "Check its id; if another level recorded it, wait until it has arrived at this node.",
    ),
)
ALREADY_EXISTS = _kind(
    "already-exists",
    Verdict.CONFLICT,
    Text("Đối tượng đã tồn tại", "It already exists"),
    Text(
        "Đọc đối tượng hiện có; nếu là đối tượng khác, dùng mã khác.",
        "Read the existing one; if this is another, give it another id.",
    ),
)
NOT_IN_THAT_STATE = _kind(
    "not-in-that-state",
    Verdict.REFUSE,
    Text("Trạng thái hiện tại không cho phép", "Its present state does not allow this"),
    Text(
        "Đọc lịch sử của đối tượng rồi quyết định lại.",
        "Read its history and decide again.",
    ),
)
COMMITTEE_EXISTS = _kind(
    "committee-exists",
    Verdict.CONFLICT,
    Text("Đơn vị đã có ban chỉ đạo", "The unit has a committee already"),
    Text(
        "Mỗi đơn vị một ban chỉ đạo: nếu thay thành viên thì ghi consolidated, nếu gộp các ban "
        "thành một thì ghi merged, nếu lập ban mới thì ghi dissolved cho ban cũ trước.",
        "A unit has one committee: if its members change record consolidated, if several become "
        "one record merged, if it is replaced record dissolved for the old one first.",
    ),
)
TEXT_NOT_ALLOWED = _kind(
    "text-not-allowed",
    Verdict.REFUSE,
    Text("Nội dung không được lưu", "The text holds what may not be kept"),
    Text(
        "Bỏ thông tin đó khỏi trường được nêu rồi gửi lại; chỉ ghi tên cơ quan, mô hình, văn bản, "
        "không ghi thông tin của người và nội dung mật.",
        "Take it out of the named field and send again; only names of offices, models and "
        "documents are recorded, nothing about a person and nothing secret.",
    ),
)
VERSION_CONFLICT = _kind(
    "version-conflict",
    Verdict.CONFLICT,
    Text("Đối tượng đã thay đổi", "It has changed in the meantime"),
    Text(
        "Đọc phiên bản hiện tại rồi gửi lại với phiên bản tiếp theo.",
        "Read the current version and send again with the next one.",
    ),
)
RULE_OVERLAP = _kind(
    "rule-overlap",
    Verdict.CONFLICT,
    Text("Trùng hiệu lực với quy định khác", "It overlaps another rule"),
    Text(
        "Kết thúc hiệu lực quy định cũ trước, hoặc đổi phạm vi.",
        "End the older rule first, or change the scope.",
    ),
)
KEY_CONFLICT = _kind(
    "key-conflict",
    Verdict.CONFLICT,
    Text(
        "Khóa đã dùng cho nội dung khác",
        "The same key was already recorded with other content",
    ),
    Text(
        "So với bản ghi đã có (nêu trong câu trả lời). Muốn sửa thì gửi EventCorrected; nếu là "
        "việc khác thì dùng mã khác.",
        "Compare with the record named in the answer. To change it send EventCorrected; if this is "
        "another matter give it another id.",
    ),
)
CATALOGUE_NOT_RECEIVED = _kind(
    "catalogue-not-received",
    Verdict.RETRY,
    Text("Chưa nhận được danh mục đơn vị", "The unit catalogue has not arrived yet"),
    Text(
        "Giữ nguyên dữ liệu và gửi lại sau; theo dõi /readyz.",
        "Keep the data and send it again later; watch /readyz.",
    ),
)
