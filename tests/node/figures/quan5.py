"""Quận 5 in the first half of 2025, as the storyline tells it (steps 1, 2, 5, 6, 7, 8 and 10).

Ten wards after 1/1/2025 and Phường 8, which went into Phường 7; figures per ward are invented, the
sums are the storyline's. Everything goes through the domain's decisions.
"""

from __future__ import annotations

from typing import Final

from tests.domain.scenario import Log, evaluation, ident, new_unit, org

WARDS: Final = {
    "p1": "27325",
    "p2": "27322",
    "p4": "27301",
    "p5": "27319",
    "p7": "27313",
    "p9": "27304",
    "p11": "27328",
    "p12": "27310",
    "p13": "27331",
    "p14": "27307",
}
POINTS: Final = {"p1": 8, "p2": 8, "p4": 8, "p5": 8} | dict.fromkeys(
    ("p7", "p9", "p11", "p12", "p13", "p14"), 7
)
ATTENDEES: Final = {
    "p1": 600,
    "p2": 600,
    "p4": 600,
    "p5": 600,
    "p7": 600,
    "p9": 600,
    "p11": 600,
    "p12": 600,
    "p13": 640,
    "p14": 4200,
}
"""Of one briefing a ward in the first quarter: 9,640, of which Phường 14's 4,200 is a mistake."""


def founded() -> Log:
    """The units, their organisations and the rules; the clock stands at 16/12/2024."""
    log = Log()
    log.create("centre", "central", "00", None, "1990-01-01")
    log.establish("centre", "1990-01-01", centre="police")
    log.create("city", "province", "79", "centre", "1990-01-01")
    log.create("quan 5", "district", "774", "city", "1990-01-01")
    for ward, code in (*WARDS.items(), ("p8", "27316")):
        log.create(ward, "ward", code, "quan 5", "1990-01-01")
    for unit in ("city", "quan 5", "p8", *WARDS):
        log.given(
            "OrganisationChanged",
            "centre",
            kind="established",
            organisations=[org(unit, "police"), org(unit, "front")],
            effective_on="1990-01-01",
        )
    _rules(log)
    return log.at("2024-12-16")


def _rules(log: Log) -> None:
    everywhere = {"unit_id": ident("centre")}
    wards = {"unit_id": ident("quan 5"), "level": "commune"}
    half = {
        "report_kind": "half_year",
        "start": {"month_day": "12-15", "year_offset": -1},
        "end": {"month_day": "06-14"},
    }
    year = half | {"report_kind": "annual", "end": {"month_day": "12-14"}}
    before_20_6 = {"report_kind": "half_year", "day": {"month_day": "06-20"}}
    before_15_6 = {"report_kind": "half_year", "day": {"month_day": "06-15"}}
    every_6_months = {"every_months": 6, "anchor": "2024-12-15"}
    for name, unit, kind, scope, params in (
        ("R53", "centre", "period", everywhere, half),
        ("R54", "centre", "period", everywhere, year),
        ("R55", "centre", "due", everywhere, before_20_6),
        ("R120", "quan 5", "due", wards, before_15_6),
        ("R119", "quan 5", "cadence", wards, every_6_months),
    ):
        log.given(
            "RuleDefined",
            unit,
            about=name,
            kind=kind,
            scope=scope,
            params=params,
            valid_from="2023-01-01",
        )


def meeting(log: Log, unit: str, day: str, attendees: int = 18, **more: str) -> str:
    """A periodic committee meeting; its event id."""
    return log.given(
        "MeetingHeld",
        unit,
        kind="committee_periodic",
        occurred_on=day,
        attendees=attendees,
        mode="in_person",
        member_evaluation=evaluation(),
        **more,
    ).event_id


def briefing(log: Log, unit: str, day: str, attendees: int, **more: str) -> str:
    """A briefing; its event id."""
    return log.given(
        "MeetingHeld",
        unit,
        kind="briefing",
        occurred_on=day,
        attendees=attendees,
        mode="in_person",
        **more,
    ).event_id


def models(log: Log) -> None:
    """One model of the district, with its points in the wards: 74 points, two groups each."""
    log.given(
        "ModelEstablished",
        "quan 5",
        about="volunteers",
        code="DCS",
        name="Đội cán sự xã hội tình nguyện",
        domain="self_management",
        host_org_id=ident("quan 5 police"),
        opened_on="2023-03-01",
    )
    for ward, number in POINTS.items():
        for index in range(number):
            log.given(
                "ModelReplicated",
                "quan 5",
                about="volunteers",
                point_id=ident(f"{ward} point {index}"),
                point_unit_id=ident(ward),
                group_count=2,
                member_count=20,
                opened_on="2023-04-01",
            )


def review(log: Log, point: str | None, rating: str) -> str:
    """A review of a point, or of the whole model; its event id."""
    about = {} if point is None else {"point_id": ident(point)}
    return log.given(
        "ModelReviewed",
        "quan 5",
        about="volunteers",
        rating=rating,
        proposal="retire" if rating == "weak" else "keep",
        proposer_org_id=ident("quan 5 front"),
        **about,
    ).event_id


def report(log: Log, ward: str, day: str, version: int = 1) -> str:
    """A ward's report of the first half of 2025; its digest."""
    log.at(day)
    return log.given(
        "ReportSubmitted",
        ward,
        kind="half_year",
        period="2025-H1",
        report_version=version,
        occurred_on=day,
    ).digest


def accept(log: Log, ward: str, digest: str, day: str) -> str:
    """The district's acceptance; its event id."""
    log.at(day)
    return log.given(
        "ReportAccepted",
        "quan 5",
        about=report_of(log, ward),
        report_digest=digest,
        receiver_role="district_committee",
        occurred_on=day,
    ).event_id


def send_back(log: Log, ward: str, digest: str, day: str, until: str) -> str:
    """The district's return; its event id."""
    log.at(day)
    return log.given(
        "ReportReturned",
        "quan 5",
        about=report_of(log, ward),
        report_digest=digest,
        reasons=["missing_member_evaluation", "figures_differ"],
        resubmit_by=until,
        occurred_on=day,
    ).event_id


def report_of(log: Log, ward: str) -> str:
    """The id of the ward's report."""
    return next(
        r.aggregate_id
        for r in log.records
        if r.type == "ReportSubmitted" and r.data["unit_id"] == ident(ward)
    )


def merge_wards(log: Log) -> None:
    """1/1/2025: Phường 8 goes into Phường 7."""
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}]},
        to=[{"unit_id": ident("p7")}],
        effective_on="2025-01-01",
    )


def two_tiers(log: Log) -> None:
    """1/7/2025: the ten wards become three under the city, and the district ends."""
    for name, code, parts in (
        ("cho quan", "27900", ("p1", "p2", "p4")),
        ("an dong", "27901", ("p5", "p7", "p9")),
        ("cho lon", "27902", ("p11", "p12", "p13", "p14")),
    ):
        log.given(
            "UnitReorganised",
            "centre",
            kind="merge",
            **{"from": [{"unit_id": ident(ward)} for ward in parts]},
            to=[new_unit(name, "ward", code, "city")],
            effective_on="2025-07-01",
        )
    log.given(
        "UnitReorganised",
        "centre",
        kind="abolish",
        **{"from": [{"unit_id": ident("quan 5")}]},
        effective_on="2025-07-01",
    )


def reports(log: Log) -> None:
    """Step 8: ten reports, one late, one returned and sent again; all accepted in the end."""
    for ward in WARDS:
        if ward == "p4":
            first = report(log, ward, "2025-06-13")
            send_back(log, ward, first, "2025-06-14", "2025-06-16")
            accept(log, ward, report(log, ward, "2025-06-16", 2), "2025-06-17")
        else:
            day = "2025-06-17" if ward == "p13" else "2025-06-12"
            accept(log, ward, report(log, ward, day), "2025-06-18")
