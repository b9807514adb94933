"""Words of the pages that belong to no figure: states, types and kinds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.events import EVENTS
from domain.labels import label
from domain.refusals import Text

STATUSES: Final[Mapping[str, Text]] = {
    "active": Text("Có hiệu lực", "In force"),
    "corrected": Text("Đã đính chính", "Corrected"),
    "retracted": Text("Đã rút", "Retracted"),
}

REPORT_STATUSES: Final[Mapping[str, Text]] = {
    "missing": Text("Chưa gửi", "Missing"),
    "upcoming": Text("Chưa đến hạn", "Not due yet"),
    "waived": Text("Được miễn", "Waived"),
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


def kind_title(type_name: str, kind: str) -> Text:
    """The `kind` of an event in words; as it is written where this code has no words for it."""
    spec = EVENTS.get(type_name)
    field = None if spec is None else spec.body.model_fields.get("kind")
    choices = None if field is None else field.annotation
    if isinstance(choices, type) and issubclass(choices, StrEnum) and kind in set(choices):
        return label(choices(kind))
    return Text(kind, kind)
