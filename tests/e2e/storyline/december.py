"""December (step 16): 168 communes report to the city, Chợ Lớn too late for its first version.

Invented: names and codes, from 93001, of the 165 communes that are not in the rest of the story,
and which three besides Chợ Lớn are late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from domain.refusals import Text
from domain.report_kinds import ReportKind
from domain.reports import report_id
from services.demo.making.drafts import Event, event
from services.demo.making.places import CENTRE, HCM, Place
from services.demo.reading import Read, at
from services.demo.story import Act, Check, Push, Step
from tests.e2e.storyline.asking import asking, figure
from tests.e2e.storyline.making import all_offices, created, rule
from tests.e2e.storyline.places import CHO_LON, NEW_WARDS

OTHERS: Final = tuple(
    Place(f"hcm-{n}", f"{93_000 + n}", f"Phường {n} mới", "ward", "hcm") for n in range(1, 166)
)
"""With the three new wards the city's 168 communes, wards and the special zone."""
_LATE: Final = OTHERS[:3]
_PERIOD: Final = "2025"
_ABOVE: Final = ("hcm", "central")
_REFORM: Final = "2025-07-01"


def _report(place: Place) -> str:
    return str(report_id(place.unit_id, ReportKind.ANNUAL, _PERIOD))


REPORT: Final[Mapping[str, Any]] = {
    "unit": HCM.unit_id,
    "kind": "annual",
    "period": _PERIOD,
    "org": HCM.office("police"),
    "figures": ["f2.actual", "f2.on_time", "f2.late"],
    "sections": ["results", "next_year_plan"],
    "recipients": [CENTRE.office("police"), CENTRE.office("front")],
}
"""What the city asks its node to draft, twice."""
FIRST_ON: Final = "2025-12-19"
SECOND_ON: Final = "2025-12-27"


def lacking(drafted: Mapping[str, Any]) -> list[str]:
    """The communes whose reports a draft lacks, by name."""
    names = {place.unit_id: place.name for place in (*OTHERS, *NEW_WARDS)}
    return [names[child["unit_id"]] for child in drafted["children"]["missing"]]


def _city() -> Iterator[Event]:
    yield from all_offices(HCM, "offices-2025", _REFORM, OTHERS)
    yield rule(
        HCM,
        "annual-communes",
        "due",
        _REFORM,
        {"report_kind": "annual", "day": {"month_day": "12-18"}},
        level="commune",
    )


def _sent(place: Place, day: str) -> Event:
    return event(
        "ReportSubmitted",
        place,
        "police",
        day,
        "annual-2025-v1",
        subject=_report(place),
        kind="annual",
        period=_PERIOD,
        report_version=1,
        sections=["results", "next_year_plan"],
        recipients=[HCM.office("police")],
    )


def _reports() -> Iterable[Event]:
    """All but Chợ Lớn's; "trước ngày 18/12" makes 17/12 the last good day."""
    for place in (*OTHERS, *NEW_WARDS):
        if place != CHO_LON:
            yield _sent(place, "2025-12-18" if place in _LATE else "2025-12-16")


def _f2(vi: str, en: str, read: Read, expected: str) -> Check:
    asked = {"unit": HCM.unit_id, "period": _PERIOD}
    return figure(vi, en, "report-status", asked, read, expected, _ABOVE)


def _of_city(vi: str, en: str, name: str, expected: str) -> Check:
    """How the city's own report stands with the centre."""
    asked = {"unit": CENTRE.unit_id, "period": _PERIOD}
    read = at("reports", f"unit.unit_id={HCM.unit_id}", name)
    return figure(vi, en, "report-status", asked, read, expected, _ABOVE)


def _difference(vi: str, en: str, read: Read, expected: str) -> Check:
    """What the auditor reads who puts version 1 beside version 2."""
    path = f"/v1/reports/{_report(HCM)}/difference"
    return asking(vi, en, path, {"from": "1", "to": "2"}, read, expected, _ABOVE)


def _computed_again(version: str, then: str, now: str) -> Iterator[Check]:
    """How many reports had come by each version's own state, and how many have by now."""
    path = f"/v1/reports/{_report(HCM)}/reconciliation"
    for vi, en, name, expected in (
        ("tính lại như lúc gửi", "computed again as it was", "then", then),
        ("hiện nay", "now", "now", now),
    ):
        yield asking(
            f"Báo cáo đã nhận, bản {version}: {vi}",
            f"Reports received, version {version}: {en}",
            path,
            {"version": version},
            at("items", "code=f2.actual", name),
            expected,
            _ABOVE,
        )


def _moved(code: str) -> Read:
    def read(answer: Any) -> str:
        (item,) = [item for item in answer["figures"] if item["code"] == code]
        return f"{item['before']} → {item['after']}"

    return read


def _added(answer: Any) -> str:
    """The reports from below that only the later version takes up."""
    taken_up = [child for child in answer["children"] if child["before"] is None]
    assert taken_up == answer["children"]
    names = {_report(place): place.name for place in (*OTHERS, *NEW_WARDS)}
    return ", ".join(names[child["report_id"]] for child in taken_up)


REPORTING: Final = Step(
    "16",
    "16/12 – 18/12",
    Text("168 xã, phường báo cáo năm", "168 communes send their annual reports"),
    (
        Act((Push("central", "16-units"),)),
        Act((Push("hcm", "16-city"),)),
        Act(
            (Push("hcm-wards", "16-reports"),),
            (
                _f2("Phải gửi", "Expected", at("total", "values", "expected"), "168"),
                _f2("Đã gửi", "Sent", at("total", "values", "actual"), "167"),
            ),
            changed_later=True,
        ),
    ),
)

FIRST_VERSION: Final = Step(
    "16",
    "19/12",
    Text(
        "Thành phố gửi bản 1; Chợ Lớn gửi sau đó", "The city sends version 1; Chợ Lớn comes after"
    ),
    (
        Act(
            (Push("hcm", "16-version-1"),),
            (_of_city("Thành phố trễ hạn (ngày)", "Days the city is late", "late_days", "0"),),
        ),
        Act(
            (Push("hcm-wards", "16-cho-lon"),),
            (
                _f2(
                    "Đúng hạn trước 18/12",
                    "In time, before 18/12",
                    at("total", "ratios", "timeliness"),
                    "164/168",
                ),
                _f2(
                    "Tỷ lệ đúng hạn (%)",
                    "In time, in percent",
                    at("total", "ratios", "timeliness", "percent"),
                    "97.6",
                ),
                _f2(
                    "Chợ Lớn gửi ngày",
                    "Chợ Lớn sent its on",
                    at("reports", f"unit.unit_id={CHO_LON.unit_id}", "first_submitted_on"),
                    "2025-12-19",
                ),
                _f2(
                    "Chợ Lớn trễ (ngày)",
                    "Days Chợ Lớn is late",
                    at("reports", f"unit.unit_id={CHO_LON.unit_id}", "late_days"),
                    "2",
                ),
            ),
        ),
    ),
)

SECOND_VERSION: Final = Step(
    "16",
    "27/12",
    Text("Bản 2, tổng hợp đủ; kiểm tra đối chiếu hai bản", "Version 2; the auditor compares both"),
    (
        Act(
            (Push("hcm", "16-version-2"),),
            (
                _of_city("Bản mới nhất của thành phố", "The city's latest version", "version", "2"),
                _of_city(
                    "Vẫn đúng hạn: bản đầu gửi ngày",
                    "Still in time: its first was sent on",
                    "first_submitted_on",
                    FIRST_ON,
                ),
                _difference(
                    "Báo cáo đã nhận, bản 1 và 2",
                    "Reports received, version 1 and 2",
                    _moved("f2.actual"),
                    "167 → 168",
                ),
                _difference(
                    "Báo cáo trễ, bản 1 và 2",
                    "Reports late, version 1 and 2",
                    _moved("f2.late"),
                    "3 → 4",
                ),
                _difference(
                    "Số liệu khác nhau (đúng hạn giữ nguyên 164)",
                    "Figures that differ (in time stays 164)",
                    lambda answer: str(len(answer["figures"])),
                    "2",
                ),
                _difference(
                    "Báo cáo thêm vào: của Chợ Lớn",
                    "The report added: Chợ Lớn's",
                    _added,
                    CHO_LON.name,
                ),
                _difference(
                    "Sự kiện giữa hai bản: bản 1 và báo cáo của Chợ Lớn",
                    "Events between the two: version 1 and Chợ Lớn's report",
                    at("events_between"),
                    "2",
                ),
                *_computed_again("1", "167", "168"),
                *_computed_again("2", "168", "168"),
            ),
        ),
    ),
)

FILES: Final = {
    "16-units": lambda: [created("units-hcm-2025", OTHERS, HCM, _REFORM)],
    "16-city": _city,
    "16-reports": _reports,
    "16-cho-lon": lambda: [_sent(CHO_LON, "2025-12-19")],
}
