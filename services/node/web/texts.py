"""Words of the pages that belong to no figure: kinds, states, types, days and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.decisions import VIETNAM
from domain.events import EVENTS
from domain.refusals import Text
from services.node.language import Language

STATUSES: Final[Mapping[str, Text]] = {
    "active": Text("Có hiệu lực", "In force"),
    "corrected": Text("Đã đính chính", "Corrected"),
    "retracted": Text("Đã rút", "Retracted"),
}

REPORT_STATUSES: Final[Mapping[str, Text]] = {
    "missing": Text("Chưa gửi", "Missing"),
    "upcoming": Text("Chưa đến hạn", "Not due yet"),
    "submitted": Text("Đã gửi, chờ tiếp nhận", "Sent, not accepted yet"),
    "returned": Text("Bị trả lại", "Returned"),
    "accepted": Text("Đã tiếp nhận", "Accepted"),
}

DIRECTIONS: Final[Mapping[str, Text]] = {
    "own": Text("nút này ghi", "recorded here"),
    "below": Text("từ cấp dưới", "from below"),
    "above": Text("từ cấp trên", "from above"),
}

WORKERS: Final[Mapping[str, Text]] = {
    "projector": Text("Chưa tính vào số liệu", "Not in the figures yet"),
    "forward-up": Text("Chưa gửi lên cấp trên", "Not sent up yet"),
    "forward-down": Text("Chưa gửi xuống cấp dưới", "Not sent down yet"),
}
"""What a worker's backlog means."""

KINDS: Final[Mapping[str, Text]] = {
    "committee_periodic": Text("họp định kỳ ban chỉ đạo", "periodic committee meeting"),
    "briefing": Text("giao ban", "briefing"),
    "preliminary_review": Text("sơ kết", "interim review"),
    "final_review": Text("tổng kết", "final review"),
    "dissemination": Text("quán triệt, tuyên truyền", "dissemination"),
    "signing": Text("ký kết", "signing"),
    "conference": Text("hội nghị", "conference"),
    "association_executive": Text("họp ban chấp hành hội", "association executive"),
    "half_year": Text("6 tháng", "half-year"),
    "annual": Text("năm", "annual"),
    "thematic": Text("chuyên đề", "thematic"),
    "exemplar": Text("điển hình tiên tiến", "exemplar"),
    "summary": Text("tổng kết", "summary"),
    "consolidated": Text("tổng hợp", "consolidated"),
    "created": Text("thành lập", "created"),
    "merge": Text("nhập", "merged"),
    "split": Text("chia tách", "split"),
    "rename": Text("đổi tên", "renamed"),
    "abolish": Text("giải thể", "abolished"),
    "reparent": Text("chuyển cấp trên", "moved to another parent"),
    "established": Text("thành lập", "established"),
    "renamed": Text("đổi tên", "renamed"),
    "merged": Text("sáp nhập", "merged"),
    "dissolved": Text("kết thúc hoạt động", "dissolved"),
    "role_assigned": Text("giao vai trò", "role assigned"),
    "period": Text("kỳ báo cáo", "reporting period"),
    "due": Text("hạn gửi", "due date"),
    "cadence": Text("nhịp họp", "meeting cadence"),
    "target": Text("chỉ tiêu", "target"),
}
"""The `kind` of an event as a person reads it; one that is missing is shown as it is written."""

RECEIVERS: Final[Mapping[str, Text]] = {
    "v05": Text("V05, Bộ Công an", "V05, Ministry of Public Security"),
    "front_movement_department": Text(
        "Ban Phong trào, UBTW MTTQ Việt Nam", "the Front's Movement Department"
    ),
    "province_committee": Text("ban chỉ đạo cấp tỉnh", "province committee"),
    "district_committee": Text("ban chỉ đạo cấp huyện", "district committee"),
}


def type_title(name: str) -> Text:
    """What an event type is called; its name for a type this code does not know."""
    spec = EVENTS.get(name)
    return Text(name, name) if spec is None else Text(spec.title_vi, spec.title_en)


def moment(text: str, language: Language) -> str:
    """A recorded time (RFC 3339, UTC) as Vietnam's clocks show it; "" for "".

    Raises ValueError for anything else.
    """
    if not text:
        return ""
    there = datetime.fromisoformat(text).astimezone(VIETNAM)
    return f"{there:%H:%M:%S} {language.day(there.date())}"
