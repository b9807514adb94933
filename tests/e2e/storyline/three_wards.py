"""The three wards in Quận 5's place from 1/7/2025 (steps 10, 11 and 13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Any, Final

from domain.refusals import Text
from services.demo.making.drafts import Event, event, event_id
from services.demo.making.places import HCM, Q5, WARDS, Place
from services.demo.reading import Read, at
from services.demo.story import Act, Check, Push, Step
from tests.e2e.storyline.asking import figure, row
from tests.e2e.storyline.district_duties import OBLIGATIONS, district_duties
from tests.e2e.storyline.making import merged, met, offices, reorganised
from tests.e2e.storyline.places import AN_DONG, CHO_LON, CHO_QUAN, FROM_WARDS, NEW_WARDS

_ABOVE_NEW: Final = ("hcm", "central")

# 10: ten wards become three


def _committee(place: Place, kind: str, day: str) -> Event:
    more: dict[str, Any] = {}
    if kind == "established":
        more = {
            "name": f"Ban chỉ đạo phong trào Toàn dân bảo vệ ANTQ {place.name}",
            "head_role": "peoples_committee_chair",
            "standing_org": place.office("front"),
            "member_orgs": [place.office("front")],
            "decision": {"number_raw": f"01/QĐ-{place.code}"},
        }
    record = f"committee-{kind}"
    return event("CommitteeChanged", place, "front", day, record, kind=kind, **more)


def _committees(places: Iterable[Place], kind: str, day: str) -> Iterator[Event]:
    return (_committee(place, kind, day) for place in places)


def _three_wards() -> Iterator[Event]:
    for ward in NEW_WARDS:
        yield merged(FROM_WARDS[ward.key], ward, HCM, "2025-07-01")
    yield reorganised(
        "end-q5",
        "abolish",
        "2025-07-01",
        from_=[{"unit_id": Q5.unit_id, "share": "full"}],
        to_=[{"unit_id": HCM.unit_id}],
    )


def _committees_counted(kind: str, period: str, expected: str) -> Check:
    words = {
        "dissolved": ("Ban chỉ đạo kết thúc (10 phường và quận)", "Committees dissolved"),
        "established": ("Ban chỉ đạo mới", "Committees formed"),
    }
    return figure(
        *words[kind],
        "activity",
        {"unit": HCM.unit_id, "period": period},
        at("total", "details", f"CommitteeChanged.{kind}.events"),
        expected,
        _ABOVE_NEW,
    )


def _covered(period: str, units: str, vi: str, en: str) -> Check:
    return figure(
        f"Phường có đúng một ban chỉ đạo, {period}: {vi}",
        f"Wards with exactly one committee, {period}: {en}",
        "committee-coverage",
        {"unit": HCM.unit_id, "period": period},
        at("levels", "commune", "values", "with_one"),
        units,
        _ABOVE_NEW,
    )


STEP_10: Final = Step(
    "10",
    "1/7",
    Text("10 phường thành 3; Quận 5 kết thúc", "10 wards become 3; Quận 5 ends"),
    (
        Act((Push("hcm", "10-duties-of-districts"),)),
        Act(
            (
                Push("q5-wards", "10-committees-of-wards"),
                Push("q5", "10-committee-of-q5"),
                Push("q5-wards", "10-wards-dissolve"),
                Push("q5", "10-q5-dissolves"),
            ),
            (_committees_counted("dissolved", "2025-06", "11"),),
        ),
        Act((Push("central", "10-three-wards"),)),
        Act((Push("hcm", "10-offices"),), OBLIGATIONS),
        Act(
            (Push("hcm-wards", "10-new-committees"),),
            (
                *(
                    figure(
                        f"Điểm mô hình của {ward.name}",
                        f"Points of {ward.name}",
                        "model-stock",
                        {"unit": HCM.unit_id, "period": "2025-07"},
                        row(ward, "points"),
                        points,
                        _ABOVE_NEW,
                    )
                    for ward, points in ((CHO_QUAN, "24"), (AN_DONG, "21"), (CHO_LON, "28"))
                ),
                figure(
                    "Điểm mô hình cả thành phố",
                    "Points of the city",
                    "model-stock",
                    {"unit": HCM.unit_id, "period": "2025-07"},
                    at("total", "values", "points"),
                    "73",
                    _ABOVE_NEW,
                ),
                _committees_counted("established", "2025-07", "2"),
                _committees_counted("established", "2025-08", "1"),
                _covered("2025-07", "2", "Chợ Lớn chưa có", "Chợ Lớn has none yet"),
                _covered("2025-08", "3", "đủ cả ba", "all three"),
            ),
        ),
    ),
)

# 11: code traps


def _holder(day: str, expected: str) -> Check:
    return Check(
        Text(f"Mã 27316 ngày {day}", f"Code 27316 on {day}"),
        "/v1/units",
        MappingProxyType({"code": "27316", "day": day}),
        at("items", "code=27316", "name"),
        expected,
        ("hcm-wards", "hcm", "central"),
    )


STEP_11: Final = Step(
    "11",
    "3/7 – 5/7",
    Text("Một mã, nhiều đơn vị", "One code, several units"),
    (
        Act(
            (Push("hcm-wards", "11-an-dong-meets"),),
            (
                _holder("2024-12-16", "Phường 8"),
                _holder("2025-03-01", "Phường 7"),
                _holder("2025-07-03", "Phường An Đông"),
                figure(
                    "Cuộc họp ngày 3/7 của An Đông",
                    "An Đông's meeting of 3/7",
                    "activity",
                    {"unit": AN_DONG.unit_id, "period": "2025-07"},
                    at("total", "values", "MeetingHeld.attendees"),
                    "21",
                    ("hcm-wards", "hcm", "central"),
                ),
            ),
        ),
    ),
)
EXPIRED: Final = met(WARDS[2], "2025-07-05", 16, "briefing")
"""Phường 2 bore 27307 until 30/6/2025; its area is Chợ Quán's, 27301."""
RESENT: Final = Step(
    "11",
    "5/7",
    Text("Gửi lại với mã 27301", "Sent again as 27301"),
    (
        Act(
            (Push("hcm-wards", "11-cho-quan-meets"),),
            (
                figure(
                    "Cuộc họp ngày 5/7 của Chợ Quán",
                    "Chợ Quán's meeting of 5/7",
                    "activity",
                    {"unit": CHO_QUAN.unit_id, "period": "2025-07"},
                    at("total", "values", "MeetingHeld.attendees"),
                    "16",
                    ("hcm-wards", "hcm", "central"),
                ),
            ),
        ),
    ),
)

# 13: an inspection of Chợ Lớn

_INSPECTION: Final = "inspection-cho-lon"
_INSPECTION_ID: Final = event_id(f"demo.{HCM.key}.police", _INSPECTION)


def _inspected() -> Iterator[Event]:
    yield event(
        "InspectionConducted",
        HCM,
        "police",
        "2025-10-15",
        _INSPECTION,
        subject=_INSPECTION_ID,
        kind="ad_hoc",
        team_orgs=[HCM.office("police"), HCM.office("front")],
        inspected_unit_id=CHO_LON.unit_id,
        findings=[
            {"id": f"f{n}", "severity": "moderate", "due_on": "2025-11-15"} for n in range(1, 5)
        ],
    )
    yield event(
        "CommendationRecorded",
        HCM,
        "police",
        "2025-10-20",
        "criticism-cho-lon",
        kind="criticism",
        stage="decided",
        form="criticism_in_writing",
        deciding_org_id=HCM.office("police"),
        collectives=1,
        individuals=0,
    )


def _remedied() -> Iterator[Event]:
    for number in range(1, 4):
        yield event(
            "FindingRemediated",
            CHO_LON,
            "police",
            f"2025-11-{10 + number}",
            f"remedied-f{number}",
            subject=_INSPECTION_ID,
            finding_id=f"f{number}",
        )


def _inspections(vi: str, en: str, read: Read, expected: str) -> Check:
    asked = {"unit": HCM.unit_id, "period": "2025-10-01..2025-11-30"}
    return figure(vi, en, "inspections", asked, read, expected, ("hcm",))


STEP_13: Final = Step(
    "13",
    "15/10 – 15/11",
    Text("Kiểm tra đột xuất Chợ Lớn", "Ad hoc inspection of Chợ Lớn"),
    (
        Act((Push("hcm", "13-inspection"),)),
        Act(
            (Push("hcm-wards", "13-remedied"),),
            (
                _inspections(
                    "Kiến nghị đến hạn", "Findings due", at("total", "values", "findings_due"), "4"
                ),
                _inspections(
                    "Đã khắc phục đến 15/11",
                    "Fixed by 15/11",
                    at("total", "ratios", "remediation"),
                    "3/4",
                ),
                figure(
                    "Phê bình được ghi",
                    "A criticism is recorded",
                    "activity",
                    {"unit": HCM.unit_id, "period": "2025-10"},
                    at("total", "details", "CommendationRecorded.criticism.events"),
                    "1",
                    _ABOVE_NEW,
                ),
            ),
        ),
    ),
)

FILES: Final = {
    "13-inspection": _inspected,
    "13-remedied": _remedied,
    "10-duties-of-districts": district_duties,
    "10-committees-of-wards": lambda: _committees(WARDS.values(), "established", "2025-01-20"),
    "10-committee-of-q5": lambda: _committees([Q5], "established", "2025-01-20"),
    "10-wards-dissolve": lambda: _committees(WARDS.values(), "dissolved", "2025-06-30"),
    "10-q5-dissolves": lambda: _committees([Q5], "dissolved", "2025-06-30"),
    "10-three-wards": _three_wards,
    "10-offices": lambda: [offices(HCM, "offices-2025-07", "2025-07-01", NEW_WARDS)],
    "10-new-committees": lambda: [
        *_committees([CHO_QUAN, AN_DONG], "established", "2025-07-01"),
        *_committees([CHO_LON], "established", "2025-08-04"),
    ],
    "11-an-dong-meets": lambda: [met(AN_DONG, "2025-07-03", 21, "briefing")],
    "11-cho-quan-meets": lambda: [met(CHO_QUAN, "2025-07-05", 16, "briefing")],
}
