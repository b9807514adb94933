"""What is played: steps 1 and 4 to 8 of the report year, and the figure each must give.

Every figure is read at every level through the public API of that level's node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from domain.refusals import Text
from services.demo.making.places import CENTRE, HCM, MERGERS, OLD_WARDS, Q5, TAY_NINH, WARDS
from services.demo.making.reports import PERIOD
from services.demo.reading import Read, at, standing_on

UP_FROM_WARDS: Final = ("q5-wards", "q5", "hcm", "central")
"""The nodes a ward's event passes, lowest first."""
_QUARTER: Final = "2025-Q1"
_APRIL: Final = "2025-04"


@dataclass(frozen=True, slots=True)
class Push:
    """One file, sent to one node."""

    node: str
    file: str
    again: bool = False
    """Every event of it was sent before, so every verdict must be "duplicate"."""


@dataclass(frozen=True, slots=True)
class Check:
    """One figure, and what it must be at each of some nodes."""

    title: Text
    path: str
    """Of the API."""
    query: Mapping[str, str]
    read: Read
    expected: str
    nodes: tuple[str, ...] = UP_FROM_WARDS


@dataclass(frozen=True, slots=True)
class Act:
    """Some pushes, and the figures once they have arrived."""

    pushes: Sequence[Push]
    checks: Sequence[Check] = ()
    changed_later: bool = False
    """Whether a later act changes these figures: where the story was played before, they cannot be
    read any more."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story."""

    number: str
    """As the story numbers it; "" for what goes before."""
    day: str
    title: Text
    acts: Sequence[Act] = field(default_factory=tuple)


def _figure(
    title: Text,
    name: str,
    unit: str,
    period: str,
    read: Read,
    expected: str,
    nodes: tuple[str, ...] = UP_FROM_WARDS,
    hierarchy_on: str | None = None,
) -> Check:
    path = f"/v1/figures/{name}"
    asked = {"unit": unit, "period": period}
    if hierarchy_on is not None:
        asked["hierarchy_on"] = hierarchy_on
    return Check(title, path, MappingProxyType(asked), read, expected, nodes)


def _share(name: str) -> Read:
    return at("total", "ratios", name)


def _attendees(title: Text, expected: str) -> Check:
    read = at("total", "values", "MeetingHeld.attendees")
    return _figure(title, "activity", Q5.unit_id, _QUARTER, read, expected)


def _points(title: Text, expected: str) -> Check:
    return _figure(
        title, "model-stock", Q5.unit_id, PERIOD, at("total", "values", "points"), expected
    )


def _conferences(title: Text, expected: str) -> Check:
    read = at("total", "details", "MeetingHeld.conference.events")
    return _figure(title, "activity", WARDS[9].unit_id, _APRIL, read, expected)


def _receipt(title: Text, role: str, expected: str) -> Check:
    read = at("reports", f"unit.unit_id={HCM.unit_id}", "receivers", role)
    return _figure(
        title, "report-status", CENTRE.unit_id, PERIOD, read, expected, ("hcm", "central")
    )


def _meeting_of_ward_8(title: Text, row: str, hierarchy_on: str | None = None) -> Check:
    read = at(
        "children",
        f"unit.unit_id={row}",
        "details",
        "MeetingHeld.committee_periodic.events",
    )
    return _figure(title, "activity", Q5.unit_id, "2024-12", read, "1", hierarchy_on=hierarchy_on)


_CATALOGUE: Final = Step(
    "",
    "",
    Text(
        "Danh mục đơn vị, cơ quan, quy định và mô hình đi từ trên xuống",
        "The catalogue of units, offices, rules and models goes down",
    ),
    (
        Act((Push("central", "00-central-catalogue"),)),
        Act(
            (
                Push("hcm", "00-hcm-catalogue"),
                Push("tayninh", "00-tayninh-catalogue"),
                Push("q5", "00-q5-rules-and-models"),
                Push("q5-wards", "00-q5-wards-points"),
            ),
            (_points(Text("Điểm mô hình của Quận 5", "Model points of Quận 5"), "74"),),
            changed_later=True,
        ),
    ),
)

_TAY_NINH: Final = Step(
    "",
    "15/12 – 14/6",
    Text(
        "Tây Ninh: ban chỉ đạo xã họp hằng tháng, một xã lỡ một kỳ",
        "Tây Ninh: communes' committees meet monthly, one misses one slot",
    ),
    (
        Act(
            (
                Push("tayninh-communes", "00-tayninh-communes-meetings"),
                Push("tayninh", "00-tayninh-meetings"),
            ),
            (
                _figure(
                    Text("Các xã họp đúng nhịp", "Communes met as due"),
                    "meeting-compliance",
                    TAY_NINH.unit_id,
                    PERIOD,
                    at("levels", "commune", "ratios", "compliance"),
                    "29/30",
                    ("tayninh-communes", "tayninh", "central"),
                ),
            ),
        ),
    ),
)

_STEP_1: Final = Step(
    "1",
    "16/12/2024",
    Text(
        "Phường 8 họp định kỳ, 18 người dự; hai tuần sau phường nhập vào Phường 7",
        "Phường 8 holds its periodic meeting, 18 present; two weeks later it goes into Phường 7",
    ),
    (
        Act(
            (Push("q5-wards", "01-q5-wards-meeting"),),
            (
                _meeting_of_ward_8(
                    Text("Cuộc họp, như lúc đó: Phường 8", "The meeting, as was: Phường 8"),
                    OLD_WARDS[8].unit_id,
                ),
                _meeting_of_ward_8(
                    Text(
                        "Cuộc họp, theo phường hiện nay: Phường 7",
                        "The meeting, by today's wards: Phường 7",
                    ),
                    MERGERS[7][1].unit_id,
                    hierarchy_on="2025-06-14",
                ),
            ),
        ),
    ),
)

_STEP_4: Final = Step(
    "4",
    "1/3",
    Text(
        "Công an Quận 5 kết thúc hoạt động; cơ quan thường trực của ban chỉ đạo thay đổi",
        "Công an Quận 5 is dissolved; the committee's standing organisation changes",
    ),
    (
        Act(
            (Push("hcm", "04-hcm-police-dissolved"),),
            tuple(
                Check(
                    title,
                    f"/v1/units/{Q5.unit_id}",
                    MappingProxyType({"day": day}),
                    standing_on(day),
                    expected,
                )
                for title, day, expected in (
                    (
                        Text("Cơ quan thường trực ngày 28/2", "Standing organisation on 28/2"),
                        "2025-02-28",
                        "Công an Quận 5",
                    ),
                    (
                        Text("Cơ quan thường trực ngày 1/3", "Standing organisation on 1/3"),
                        "2025-03-01",
                        "Ủy ban MTTQ Việt Nam Quận 5",
                    ),
                )
            ),
        ),
    ),
)

_STEP_5: Final = Step(
    "5",
    "14/3 – 20/3",
    Text(
        "Phường 14 nhập 4.200 lượt người dự; sáu ngày sau đính chính thành 420",
        "Phường 14 enters 4,200 participants; six days later it corrects them to 420",
    ),
    (
        Act(
            (Push("q5-wards", "05-q5-wards-quarter"),),
            (_attendees(Text("Người dự quý I, nhập nhầm", "Quarter, mistaken"), "9640"),),
            changed_later=True,
        ),
        Act(
            (Push("q5-wards", "05-q5-wards-correction"),),
            (_attendees(Text("Người dự quý I, đã đính chính", "Quarter, corrected"), "5860"),),
        ),
    ),
)

_STEP_6: Final = Step(
    "6",
    "22/4",
    Text(
        "Phường 9 gửi lại 3 sự kiện; một hội nghị do cả Công an và Mặt trận gửi",
        "Phường 9 sends 3 events again; a conference is sent by both police and Front",
    ),
    (
        Act(
            (Push("q5-wards", "06-q5-wards-replay", again=True),),
            (_attendees(Text("Người dự quý I không đổi", "Quarter, unchanged"), "5860"),),
        ),
        Act(
            (Push("q5-wards", "06-q5-wards-pushed-twice"),),
            (_conferences(Text("Hội nghị ở Phường 9, bị trùng", "Conferences, one twice"), "2"),),
            changed_later=True,
        ),
        Act(
            (Push("q5-wards", "06-q5-wards-retraction"),),
            (
                _conferences(
                    Text("Mặt trận rút bản trùng", "The Front retracts its copy"),
                    "1",
                ),
            ),
        ),
    ),
)

_STEP_7: Final = Step(
    "7",
    "2/6",
    Text(
        "Một đội tình nguyện của Phường 5 bị xếp yếu hai lần, Mặt trận đề nghị, phường loại bỏ",
        "A volunteer team of Phường 5, rated weak twice, is retired as the Front proposed",
    ),
    (
        Act(
            (Push("q5-wards", "07-q5-wards-reviews"),),
            (_points(Text("Điểm mô hình trước khi loại bỏ", "Points before"), "74"),),
            changed_later=True,
        ),
        Act(
            (Push("q5-wards", "07-q5-wards-retirement"),),
            (_points(Text("Điểm mô hình sau khi loại bỏ", "Points after"), "73"),),
        ),
    ),
)

_STEP_8: Final = Step(
    "8",
    "13/6 – 23/6",
    Text(
        "Báo cáo 6 tháng: Phường 4 bị trả lại, Phường 13 trễ; thành phố gửi trung ương đúng hạn",
        "Half-year reports: Phường 4's is returned, Phường 13's late; the city's in time",
    ),
    (
        Act(
            (Push("q5-wards", "08-q5-wards-reports"),),
            (
                _figure(
                    Text("Phường họp đúng nhịp", "Wards met as due"),
                    "meeting-compliance",
                    Q5.unit_id,
                    PERIOD,
                    at("levels", "commune", "ratios", "compliance"),
                    "10/10",
                ),
            ),
        ),
        Act((Push("q5", "08-q5-return"),)),
        Act((Push("q5-wards", "08-q5-wards-version-2"),)),
        Act(
            (
                Push("q5", "08-q5-report"),
                Push("hcm", "08-hcm-report"),
                Push("tayninh", "08-tayninh-report"),
                Push("central", "08-central-receipts"),
            ),
            (
                *(
                    _figure(title, "report-status", Q5.unit_id, PERIOD, _share(name), "9/10")
                    for title, name in (
                        (Text("Báo cáo phường đúng hạn", "Wards' reports in time"), "timeliness"),
                        (
                            Text("Đạt ngay lần đầu", "Accepted at first pass"),
                            "first_pass_acceptance",
                        ),
                    )
                ),
                _figure(
                    Text("Thành phố trễ hạn (ngày)", "Days the city is late"),
                    "report-status",
                    CENTRE.unit_id,
                    PERIOD,
                    at("reports", f"unit.unit_id={HCM.unit_id}", "late_days"),
                    "0",
                    ("hcm", "central"),
                ),
                _receipt(Text("V05 tiếp nhận", "V05's receipt"), "v05", "2025-06-19"),
                _receipt(
                    Text("Mặt trận tiếp nhận", "The Front's receipt"),
                    "front_movement_department",
                    "2025-06-23",
                ),
            ),
        ),
    ),
)

STORY: Final = (
    _CATALOGUE,
    _TAY_NINH,
    _STEP_1,
    _STEP_4,
    _STEP_5,
    _STEP_6,
    _STEP_7,
    _STEP_8,
)
