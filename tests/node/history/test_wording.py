"""Fields and values as a person reads them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.node.history.wording import Wording, field_title
from services.node.language import Language
from tests.domain.scenario import ident, setting

DIRECTORY = setting().directory
VI = Wording(DIRECTORY, Language.VI, date(2025, 3, 14))
EN = Wording(DIRECTORY, Language.EN, date(2025, 3, 14))


@pytest.mark.parametrize(
    ("type_name", "path", "value", "vi", "en"),
    [
        ("MeetingHeld", "attendees", 4200, "4.200", "4,200"),
        ("MeetingHeld", "kind", "briefing", "giao ban", "briefing"),
        ("MeetingHeld", "occurred_on", "2025-03-14", "14/3/2025", "2025-03-14"),
        ("MeetingHeld", "host_org_id", ident("p8 police"), "police p8", "police p8"),
        ("MeetingHeld", "unit_id", ident("p8"), "Đơn vị p8", "Đơn vị p8"),
        ("MeetingHeld", "member_evaluation", None, "không có", "none"),
        ("StandardDecided", "criteria[c1].met", True, "có", "yes"),
        ("StandardDecided", "year", 2025, "2025", "2025"),
        ("PropagandaConducted", "topics", ("nobody knows",), "nobody knows", "nobody knows"),
        ("InspectionConducted", "findings[f1].severity", "serious", None, "serious"),
        (None, "kind", "briefing", "briefing", "briefing"),
    ],
)
def test_values(type_name: str | None, path: str, value: Any, vi: str | None, en: str) -> None:
    assert EN.value(type_name, path, value) == en
    assert vi is None or VI.value(type_name, path, value) == vi


def test_fields_with_what_they_stand_in() -> None:
    path = "findings[f1].severity"
    assert field_title("InspectionConducted", path, Language.VI) == "Tồn tại [f1]: Mức độ"
    assert field_title("InspectionConducted", path, Language.EN) == "Findings [f1]: Severity"
    assert field_title("MeetingHeld", "attendees", Language.VI) == "Lượt người dự"
