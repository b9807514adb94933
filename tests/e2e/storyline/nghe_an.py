"""Nghệ An (step 9): a commune without a line meets on 12/6; its event arrives after the H1 report.

Codes from 92001 stand for its communes: which of them the storyline means nobody says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from domain.refusals import Text
from domain.report_kinds import ReportKind
from domain.reports import report_id
from services.demo.making.drafts import DIGEST_OF, Event, event
from services.demo.making.places import CENTRE, Place
from services.demo.reading import Read, at
from services.demo.story import Act, Check, Push, Step
from tests.e2e.storyline.asking import asking, figure
from tests.e2e.storyline.making import created, met, offices, rule

NGHE_AN: Final = Place("nghean", "40", "Tỉnh Nghệ An", "province", "centre")
CONNECTED: Final = tuple(
    Place(f"nghean-{n}", f"{92_000 + n}", f"Xã {n}", "commune", "nghean") for n in (1, 2)
)
OFFLINE: Final = Place("nghean-3", "92003", "Xã 3", "commune", "nghean")
_COMMUNES: Final = (*CONNECTED, OFFLINE)
_PERIOD: Final = "2025-H1"
_REPORT: Final = str(report_id(NGHE_AN.unit_id, ReportKind.HALF_YEAR, _PERIOD))
_UP: Final = ("nghean", "central")
_MET: Final = "f1.met"
LATE_MEETING: Final = met(OFFLINE, "2025-06-12", 14)
"""The meeting that arrives when the report has been sent."""

REPORT: Final[dict[str, Any]] = {
    "unit": NGHE_AN.unit_id,
    "kind": "half_year",
    "period": _PERIOD,
    "org": NGHE_AN.office("police"),
    "figures": [_MET],
    "sections": ["results", "next_half_plan"],
    "recipients": [CENTRE.office("police")],
}
"""What the province asks its node to draft."""
REPORTED_ON: Final = "2025-06-18"


def _units() -> Iterator[Event]:
    yield created("units-nghean", [NGHE_AN], CENTRE)
    yield created("units-nghean-communes", _COMMUNES, NGHE_AN)
    yield offices(CENTRE, "offices-nghean", "2021-01-01", [NGHE_AN])


def _below() -> Iterator[Event]:
    yield offices(NGHE_AN, "offices-communes", "2021-01-01", _COMMUNES)
    monthly = {"every_months": 1, "anchor": "2024-12-15"}
    yield rule(NGHE_AN, "monthly", "cadence", "2024-12-15", monthly, level="commune")


def _meetings(*places: Place) -> Iterator[Event]:
    """One in each of the half-year's six slots, the last on 12/6."""
    for place in places:
        for month in range(1, 7):
            if (place, month) != (OFFLINE, 6):
                yield met(place, f"2025-{month:02}-12", 10 + month)


def accepted(submission: Event) -> Event:
    """V05's receipt: the version accepted is the frozen one."""
    return event(
        "ReportAccepted",
        CENTRE,
        "police",
        "2025-06-19",
        "accept-nghean-h1",
        subject=_REPORT,
        report_digest=DIGEST_OF + submission["id"],
        receiver_role="v05",
    )


def _meetings_held(vi: str, en: str, expected: str) -> Check:
    asked = {"unit": NGHE_AN.unit_id, "period": _PERIOD}
    read = at("levels", "commune", "ratios", "compliance")
    return figure(vi, en, "meeting-compliance", asked, read, expected, _UP)


def _compared(vi: str, en: str, name: str, expected: str) -> Check:
    """One number of the report beside the records."""
    read = at("items", f"code={_MET}", name)
    return asking(vi, en, f"/v1/reports/{_REPORT}/reconciliation", {}, read, expected, _UP)


def _f15(vi: str, en: str, read: Read, expected: str) -> Check:
    asked = {"unit": NGHE_AN.unit_id, "period": _PERIOD}
    return figure(vi, en, "reconciliation", asked, read, expected, _UP)


def _frozen(answer: Any) -> str:
    """What the version says that stands."""
    (version,) = [version for version in answer["items"] if version["frozen"]]
    return str(version["figures"][_MET])


def _why(answer: Any) -> str:
    (item,) = answer["items"]
    return ", ".join(change["why"] for change in item["changes"])


BEFORE: Final = Step(
    "9",
    "15/12 – 12/6",
    Text("Nghệ An: các xã họp hằng tháng", "Nghệ An: communes meet every month"),
    (
        Act((Push("central", "09-units"),)),
        Act((Push("nghean", "09-below"),)),
        Act(
            (Push("nghean-communes", "09-meetings"), Push("nghean-offline", "09-offline-meetings")),
            (
                _meetings_held(
                    "Kỳ họp đã họp khi một xã còn thiếu kỳ cuối",
                    "Slots met while one commune's last is lacking",
                    "17/18",
                ),
            ),
            changed_later=True,
        ),
    ),
)

CUT: Final = Step(
    "9",
    "12/6",
    Text("Một xã mất đường truyền", "One commune has no line"),
    (
        Act(
            (),
            (
                figure(
                    "Nút của xã đã tính cuộc họp",
                    "The commune's own node counts the meeting",
                    "meeting-compliance",
                    {"unit": OFFLINE.unit_id, "period": _PERIOD},
                    at("total", "ratios", "compliance"),
                    "6/6",
                    ("nghean-offline",),
                ),
                _meetings_held("Cấp trên chưa biết", "Nobody above knows of it", "17/18"),
            ),
        ),
    ),
)

SENT: Final = Step(
    "9",
    "18/6",
    Text("Nghệ An gửi báo cáo 6 tháng", "Nghệ An sends its half-year report"),
    (
        Act((Push("nghean", "09-report"),)),
        Act(
            (Push("central", "09-receipt"),),
            (
                _compared("Báo cáo nêu", "The report says", "reported", "17"),
                _f15(
                    "Số liệu đã thay đổi từ khi báo cáo: chưa có",
                    "Figures that changed since the report: none yet",
                    at("total", "values", "moved"),
                    "0",
                ),
            ),
            changed_later=True,
        ),
    ),
)

ARRIVED: Final = Step(
    "9",
    "25/6",
    Text("Cuộc họp ngày 12/6 đến nơi", "The meeting of 12/6 arrives"),
    (
        Act(
            (Push("nghean-offline", "09-late-meeting", again=True),),
            (
                asking(
                    "H1 đã chốt không đổi",
                    "The frozen H1 is unchanged",
                    f"/v1/reports/{_REPORT}/versions",
                    {},
                    _frozen,
                    "17",
                    _UP,
                ),
                _compared("Tính lại lúc báo cáo", "Computed again as it was", "then", "17"),
                _compared("Chênh lệch khi báo cáo", "Difference as reported", "difference", "0"),
                _compared("Hiện nay", "The current view", "now", "18"),
                _compared("Tăng từ khi báo cáo", "More since the report", "since", "1"),
                asking(
                    "Lý do: đến muộn",
                    "Why: it came late",
                    f"/v1/reports/{_REPORT}/reconciliation",
                    {},
                    _why,
                    "late",
                    _UP,
                ),
                _meetings_held(
                    "Kỳ họp đã họp hiện nay",
                    "Slots met by the current view",
                    "18/18",
                ),
                _f15(
                    "F15: 1 số liệu thay đổi", "F15: 1 figure", at("total", "values", "moved"), "1"
                ),
                _f15(
                    "F15: thay đổi từ khi báo cáo",
                    "F15: the change since the report",
                    at("total", "details", f"{_MET}.since"),
                    "1",
                ),
                _f15(
                    "F15: không số liệu nào báo cáo lệch",
                    "F15: no figure was reported wrongly",
                    at("total", "values", "differing"),
                    "0",
                ),
            ),
        ),
    ),
)

FILES: Final = {
    "09-units": _units,
    "09-below": _below,
    "09-meetings": lambda: _meetings(*CONNECTED),
    "09-offline-meetings": lambda: _meetings(OFFLINE),
    "09-late-meeting": lambda: [LATE_MEETING],
}
