"""Tây Ninh (step 12): 94 communes meet, then 96; a split commune's points are assigned by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Any, Final

from domain.events import derive_id
from domain.refusals import Text
from services.demo.making.drafts import Event, event, event_id
from services.demo.making.places import CENTRE, COMMUNES, TAN_BIEN, TAY_NINH, Place
from services.demo.reading import Read, at
from services.demo.story import Act, Check, Push, Step
from tests.e2e.storyline.making import all_offices, created, merged, met, reorganised
from tests.e2e.storyline.places import (
    CHAU_THANH,
    FROM_COMMUNES,
    FROM_LONG_AN,
    JOINING,
    LONG_AN,
    NEW_COMMUNES,
    OLD_COMMUNES,
    STAYING,
    TAN_NINH,
    THAI_BINH,
)

_REFORM: Final = "2025-07-01"
_FOUNDED: Final = "2021-01-01"
_OTHERS: Final = [place for place in OLD_COMMUNES.values() if place not in COMMUNES]
_MISSED_BY_OTHERS: Final = 22
"""Slots that nobody met in, besides the one of the demonstration's Xã Thạnh Bình: 541 of 564."""
_MISSED_AFTER: Final = 28
"""548 of 576."""
_UP: Final = ("tayninh-communes", "tayninh", "central")


def _units() -> Iterator[Event]:
    yield created("units-longan", [LONG_AN], CENTRE)
    yield created("units-longan-communes", FROM_LONG_AN, LONG_AN)
    yield created("units-tayninh-communes", _OTHERS, TAY_NINH)


def _offices(day: str, places: Sequence[Place]) -> Iterator[Event]:
    return all_offices(TAY_NINH, f"offices-{day}", day, places)


def _meetings(places: Sequence[Place], months: Sequence[int], missed: int) -> Iterator[Event]:
    """One a month and commune, but for some: the last commune of the first months misses first."""
    slots = [(place, f"2025-{month:02}-10") for place in reversed(places) for month in months]
    for number, (place, day) in enumerate(slots[missed:]):
        yield met(place, day, 10 + number % 9)


def _model() -> Iterator[Event]:
    model = str(derive_id("storyline", "model", THAI_BINH.key))
    yield event(
        "ModelEstablished",
        THAI_BINH,
        "police",
        "2024-03-01",
        "model",
        subject=model,
        code="TTQ",
        name="Tổ tự quản",
        domain="self_management",
        host_org_id=THAI_BINH.office("police"),
        opened_on="2024-03-01",
    )
    for number in (1, 2, 3):
        yield event(
            "ModelReplicated",
            THAI_BINH,
            "police",
            "2024-04-01",
            f"point-{number}",
            subject=model,
            point_id=str(derive_id("storyline", "point", number)),
            group_count=2,
            member_count=12,
        )


def _reform() -> Iterator[Event]:
    """1/7/2025: Tây Ninh (72) takes Long An in and its code 80; districts end; 96 communes."""
    yield reorganised(
        "communes-from-districts",
        "reparent",
        _REFORM,
        to_=[
            {"unit_id": place.unit_id, "parent_id": TAY_NINH.unit_id}
            for place in (*COMMUNES, *FROM_LONG_AN)
        ],
    )
    for number, place in enumerate(JOINING):
        yield _into(place, STAYING[number % len(STAYING)])
    for place in (TAN_NINH, CHAU_THANH):
        yield merged(FROM_COMMUNES[place.key], place, TAY_NINH, _REFORM)
    yield reorganised(
        "split-thai-binh",
        "split",
        _REFORM,
        from_=[{"unit_id": THAI_BINH.unit_id, "share": "full"}],
        to_=[{"unit_id": TAN_NINH.unit_id}, {"unit_id": CHAU_THANH.unit_id}],
    )
    yield reorganised(
        "end-tan-bien",
        "abolish",
        _REFORM,
        from_=[{"unit_id": TAN_BIEN.unit_id, "share": "full"}],
        to_=[],
    )
    yield reorganised(
        "merge-long-an",
        "merge",
        _REFORM,
        from_=[{"unit_id": LONG_AN.unit_id, "share": "full"}],
        to_=[{"unit_id": TAY_NINH.unit_id, "code": LONG_AN.code}],
    )


def _into(place: Place, staying: Place) -> Event:
    return reorganised(
        f"merge-{place.key}",
        "merge",
        _REFORM,
        from_=[{"unit_id": place.unit_id, "share": "full"}],
        to_=[{"unit_id": staying.unit_id}],
    )


def _assigned(to: Place, *points: int) -> Event:
    source = f"demo.{THAI_BINH.key}.police"
    return event(
        "RecordsAssigned",
        TAY_NINH,
        "police",
        "2025-07-15",
        f"assign-{to.key}",
        target_event_ids=[event_id(source, f"point-{number}") for number in points],
        from_unit_id=THAI_BINH.unit_id,
        to_unit_id=to.unit_id,
    )


def _compliance(vi: str, en: str, period: str, read: str, expected: str) -> Check:
    path = at("levels", "commune", "ratios", "compliance")

    def percent(answer: Any) -> str:
        return str(answer["levels"]["commune"]["ratios"]["compliance"]["percent"])

    return Check(
        Text(vi, en),
        "/v1/figures/meeting-compliance",
        MappingProxyType({"unit": TAY_NINH.unit_id, "period": period}),
        path if read == "share" else percent,
        expected,
        _UP,
    )


def _points(vi: str, en: str, read: Read, expected: str) -> Check:
    return Check(
        Text(vi, en),
        "/v1/figures/model-stock",
        MappingProxyType({"unit": TAY_NINH.unit_id, "period": "2025-07"}),
        read,
        expected,
        _UP,
    )


def _of(place: Place) -> Read:
    return at("children", f"unit.unit_id={place.unit_id}", "values", "points")


def _waits(answer: Any) -> str:
    notes = {note["code"]: note["text"] for note in answer["total"]["notes"]}
    return "".join(c for c in notes.get("split-not-apportioned", "") if c.isdigit()) or "0"


_FIRST: Final = "2025-01-01..2025-06-30"
_SECOND: Final = "2025-07-01..2025-12-31"

STEP_12: Final = Step(
    "12",
    "1/7",
    Text("Tây Ninh: mã 72 thành 80, 94 xã thành 96", "Tây Ninh: 72 → 80, 94 communes → 96"),
    (
        Act((Push("central", "12-units"),)),
        Act((Push("tayninh", "12-offices"),)),
        Act(
            (Push("tayninh-communes", "12-meetings"), Push("tayninh-communes", "12-model")),
            (
                _compliance("Họp tháng 1–6", "Meetings January–June", _FIRST, "share", "541/564"),
                _compliance("Tỷ lệ tháng 1–6", "Share January–June", _FIRST, "%", "95.9"),
            ),
        ),
        Act((Push("central", "12-reform"),)),
        Act((Push("tayninh", "12-new-offices"),)),
        Act(
            (Push("tayninh-communes", "12-new-meetings"),),
            (
                Check(
                    Text("Số xã, phường của Tây Ninh từ 1/7", "Communes of Tây Ninh from 1/7"),
                    "/v1/units",
                    MappingProxyType({"parent": TAY_NINH.unit_id, "day": _REFORM, "limit": "1000"}),
                    lambda answer: str(len(answer["items"])),
                    str(len(NEW_COMMUNES)),
                    _UP,
                ),
                Check(
                    Text("Mã 80 ngày 1/7", "Code 80 on 1/7"),
                    "/v1/units",
                    MappingProxyType({"code": "80", "day": _REFORM}),
                    at("items", "code=80", "name"),
                    "Tỉnh Tây Ninh",
                    _UP,
                ),
                _compliance("Họp tháng 1–6, không đổi", "As before", _FIRST, "share", "541/564"),
                _compliance(
                    "Họp tháng 7–12", "Meetings July–December", _SECOND, "share", "548/576"
                ),
                _compliance("Tỷ lệ tháng 7–12", "Share July–December", _SECOND, "%", "95.1"),
                _points("Điểm của Thái Bình chưa phân giao", "Thái Bình's", _of(THAI_BINH), "3"),
                _points("Bản ghi chờ phân giao", "Records that wait", _waits, "4"),
            ),
            changed_later=True,
        ),
        Act(
            (Push("tayninh", "12-assignments"),),
            (
                _points("Giao cho Tân Ninh", "Assigned to Tân Ninh", _of(TAN_NINH), "2"),
                _points("Giao cho Châu Thành", "Assigned to Châu Thành", _of(CHAU_THANH), "1"),
                _points("Còn ở Thái Bình", "Left at Thái Bình", _of(THAI_BINH), "0"),
                _points("Tổng không đổi", "The total", at("total", "values", "points"), "3"),
                _points("Còn chờ: chính mô hình", "The model itself waits", _waits, "1"),
            ),
        ),
    ),
)

FILES: Final = {
    "12-units": _units,
    "12-offices": lambda: _offices(_FOUNDED, _OTHERS),
    "12-meetings": lambda: _meetings(_OTHERS, range(1, 7), _MISSED_BY_OTHERS),
    "12-model": _model,
    "12-reform": _reform,
    "12-new-offices": lambda: _offices(_REFORM, [TAN_NINH, CHAU_THANH, *FROM_LONG_AN]),
    "12-new-meetings": lambda: _meetings(NEW_COMMUNES, range(7, 13), _MISSED_AFTER),
    "12-assignments": lambda: [_assigned(TAN_NINH, 1, 2), _assigned(CHAU_THANH, 3)],
}
