"""Step 8: the half-year reports of 2025, from the wards to the centre."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from domain.report_kinds import ReportKind
from domain.reports import report_id
from services.demo.making.drafts import DIGEST_OF, Event, event, event_id
from services.demo.making.models import points_of_today
from services.demo.making.places import CENTRE, HCM, Q5, TAY_NINH, WARDS, Place

PERIOD: Final = "2025-H1"

_SENT: Final = {
    1: "2025-06-11",
    2: "2025-06-12",
    4: "2025-06-13",
    5: "2025-06-12",
    7: "2025-06-13",
    9: "2025-06-10",
    11: "2025-06-12",
    12: "2025-06-13",
    13: "2025-06-17",
    14: "2025-06-14",
}
"""By ward: the day of its first version. "Trước ngày 15/6" makes 14/6 the last good day."""
_RETURNED: Final = 4
_ALL_SECTIONS: Final = ("results", "member_evaluation", "next_half_plan")
_POINTS_REPORTED_WRONGLY: Final = 6


def _report(place: Place) -> str:
    return str(report_id(place.unit_id, ReportKind.HALF_YEAR, PERIOD))


def _source(place: Place) -> str:
    return f"demo.{place.key}.front"


def _record(version: int) -> str:
    return f"report-{PERIOD}-v{version}"


def digest_of(place: Place, version: int = 1) -> str:
    """Stands for the digest of a version of a unit's report (see `DIGEST_OF`)."""
    return DIGEST_OF + event_id(_source(place), _record(version))


def _submitted(
    place: Place, day: str, receivers: list[str], version: int = 1, **data: Any
) -> Event:
    return event(
        "ReportSubmitted",
        place,
        "front",
        day,
        _record(version),
        subject=_report(place),
        kind="half_year",
        period=PERIOD,
        report_version=version,
        recipients=receivers,
        **data,
    )


def _accepted(
    receiver: Place, category: str, place: Place, day: str, role: str, version: int = 1
) -> Event:
    return event(
        "ReportAccepted",
        receiver,
        category,
        day,
        f"accept-{place.key}-{PERIOD}",
        subject=_report(place),
        report_digest=digest_of(place, version),
        receiver_role=role,
    )


def from_wards() -> Iterable[Event]:
    """Ten first versions: nine in time, Phường 13's three days late, Phường 4's incomplete."""
    receivers = [Q5.office("front"), Q5.office("peoples_committee")]
    for number, day in _SENT.items():
        wrong = number == _RETURNED
        yield _submitted(
            WARDS[number],
            day,
            receivers,
            figures={
                "f5.points": _POINTS_REPORTED_WRONGLY if wrong else points_of_today(number),
                "f1.met": 1,
            },
            sections=[s for s in _ALL_SECTIONS if not (wrong and s == "member_evaluation")],
        )


def returned() -> Iterable[Event]:
    """14/6: Phường 4's report goes back: no member evaluation, 6 points reported, 7 projected."""
    ward = WARDS[_RETURNED]
    yield event(
        "ReportReturned",
        Q5,
        "front",
        "2025-06-14",
        f"return-{ward.key}-{PERIOD}",
        subject=_report(ward),
        report_digest=digest_of(ward),
        reasons=["missing_member_evaluation", "figures_differ"],
        resubmit_by="2025-06-17",
    )


def second_version() -> Iterable[Event]:
    """16/6: Phường 4 sends version 2."""
    ward = WARDS[_RETURNED]
    yield _submitted(
        ward,
        "2025-06-16",
        [Q5.office("front"), Q5.office("peoples_committee")],
        version=2,
        figures={"f5.points": points_of_today(_RETURNED), "f1.met": 1},
        sections=list(_ALL_SECTIONS),
    )


def _last_version(number: int) -> int:
    return 2 if number == _RETURNED else 1


def by_district() -> Iterable[Event]:
    """16 and 17/6: the district accepts all ten and reports to the city."""
    for number, day in _SENT.items():
        yield _accepted(
            Q5,
            "front",
            WARDS[number],
            max(day, "2025-06-16"),
            "district_committee",
            _last_version(number),
        )
    yield _submitted(
        Q5,
        "2025-06-17",
        [HCM.office("police"), HCM.office("front")],
        figures={"f5.points": 73, "reports.received": len(_SENT)},
        sections=["results", "next_half_plan"],
        child_reports=[
            {
                "report_id": _report(WARDS[number]),
                "digest": digest_of(WARDS[number], _last_version(number)),
            }
            for number in _SENT
        ],
    )


def by_city() -> Iterable[Event]:
    """18/6: the city accepts Quận 5's report and reports to the centre, in time."""
    yield _accepted(HCM, "front", Q5, "2025-06-18", "province_committee")
    yield _submitted(
        HCM,
        "2025-06-18",
        [CENTRE.office("police"), CENTRE.office("front")],
        figures={"f5.points": 73},
        sections=["results", "next_half_plan"],
        child_reports=[{"report_id": _report(Q5), "digest": digest_of(Q5)}],
    )


def by_tay_ninh() -> Iterable[Event]:
    """18/6: Tây Ninh reports to the centre too."""
    yield _submitted(
        TAY_NINH,
        "2025-06-18",
        [CENTRE.office("police"), CENTRE.office("front")],
        figures={"f1.met": 30},
        sections=["results", "next_half_plan"],
    )


def by_centre() -> Iterable[Event]:
    """Two addressees, two receipts (R56): V05's on 19/6, the Front's on 23/6."""
    for province in (HCM, TAY_NINH):
        yield _accepted(CENTRE, "police", province, "2025-06-19", "v05")
        yield _accepted(CENTRE, "front", province, "2025-06-23", "front_movement_department")
