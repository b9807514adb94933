"""Steps 3, 14 and 15 of the storyline: subjects that register, are recognised and classified."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, Final

from tests.domain.scenario import Log, ident, org
from tests.node.figures import quan5

AREAS: Final = {"p1": 6, "p2": 6, "p4": 6, "p5": 6, "p7": 6, "p9": 5} | dict.fromkeys(
    ("p11", "p12", "p13", "p14"), 5
)
"""Residential areas of each ward of Quận 5, 55 together."""
UNREGISTERED: Final = (("p5", 6), ("p7", 6), ("p9", 5))
"""Those that do not register in 2025."""
SUCCESSORS: Final = {
    "cho quan": ("p1", "p2", "p4"),
    "an dong": ("p5", "p7", "p9"),
    "cho lon": ("p11", "p12", "p13", "p14"),
}
RECOGNISED: Final = {"cho quan": 16, "an dong": 13, "cho lon": 18}


def subject(unit: str, number: int, year: int = 2025) -> dict[str, Any]:
    """A residential area of a unit, as events about it name it."""
    return {
        "category": "residential_area",
        "subject_code": f"kp{number}",
        "subject_unit_id": ident(unit),
        "year": year,
    }


def register(log: Log, unit: str, number: int) -> str:
    """A residential area registers; its event id."""
    counts = {"households": 100, "households_committed": 95}
    about = subject(unit, number)
    return log.given("EmulationRegistered", unit, kind="register", **about, **counts).event_id


def judge(log: Log, recorder: str, about: dict[str, Any], *stages: str) -> str:
    """A subject passes these stages of the standard; the event id of the last."""
    event = ""
    for stage in stages:
        event = log.given(
            "StandardDecided",
            recorder,
            stage=stage,
            standard_version="circular_124_2021",
            window={"first": "2024-11-01", "last": "2025-10-31"},
            **about,
        ).event_id
    return event


def how_many(log: Log, unit: str, value: int, category: str = "residential_area") -> str:
    """A unit reports how many subjects of a category it has in 2025; the event id."""
    measured = {"residential_area": "areas", "worker_lodging": "areas"}
    return log.given(
        "IndicatorReported",
        unit,
        indicator_code=f"subjects.{category}",
        period="2025",
        value=value,
        unit=measured.get(category, "organisations"),
    ).event_id


def first_quarter() -> Log:
    """Step 3: Quận 5 in the first quarter of 2025, 52 of 55 residential areas registered."""
    return _copy(_first_quarter())


def _copy(log: Log) -> Log:
    return replace(log, records=list(log.records), orgs=dict(log.orgs))


@cache
def _first_quarter() -> Log:
    log = quan5.founded()
    quan5.merge_wards(log)
    log.at("2025-02-10")
    for ward, areas in AREAS.items():
        how_many(log, ward, areas)
        for number in range(1, areas + 1):
            if (ward, number) not in UNREGISTERED:
                register(log, ward, number)
    return log


def other_subjects(log: Log) -> None:
    """One event each of what F4, F7, F8 and F11 count, in An Đông at the end of 2025."""
    ward = {"category": "commune", "subject_unit_id": ident("an dong"), "year": 2025}
    log.given(
        "RuleDefined",
        "centre",
        about="R33",
        kind="quota",
        scope={"unit_id": ident("centre"), "level": "province"},
        params={"subject": "exemplary_movement", "minimum": 1},
        valid_from="2021-01-01",
    )
    log.given("MovementClassified", "city", classification="weak", **ward)
    for stage in ("selected", "recognised"):
        log.given("ExemplaryUnitDesignated", "city", kind="movement", stage=stage, **ward)
    counts = {"areas_covered": 15, "active_areas": 17, "participants": 900}
    log.given("FestivalHeld", "an dong", kind="security_day", occurred_on="2025-08-19", **counts)
    log.given(
        "CommitteeChanged",
        "an dong",
        kind="established",
        occurred_on="2025-08-04",
        name="Ban Chỉ đạo",
        head_role="party_secretary",
        standing_org=ident("an dong police"),
        member_orgs=[ident("an dong police"), ident("an dong front")],
        decision={"number_raw": "12/QĐ-UBND", "issued_on": "2025-08-04"},
    )


def establish(log: Log, *units: str) -> None:
    """Their police and Front, since 1/7/2025."""
    for unit in units:
        log.given(
            "OrganisationChanged",
            "centre",
            kind="established",
            organisations=[org(unit, "police"), org(unit, "front")],
            effective_on="2025-07-01",
        )


def year_2025() -> Log:
    """Step 14: the three wards' recognitions in November 2025; the target is 75 %."""
    return _copy(_year_2025())


@cache
def _year_2025() -> Log:
    log = first_quarter()
    log.given(
        "RuleDefined",
        "centre",
        about="R08",
        kind="target",
        scope={"unit_id": ident("centre")},
        params={"figure": "F3", "percent": 75},
        valid_from="2021-01-01",
    )
    quan5.two_tiers(log.at("2025-07-02"))
    establish(log, *SUCCESSORS)
    log.at("2025-11-20")
    for unit, wards in SUCCESSORS.items():
        how_many(log, unit, sum(AREAS[ward] for ward in wards))
        areas = [
            (ward, number)
            for ward in wards
            for number in range(1, AREAS[ward] + 1)
            if (ward, number) not in UNREGISTERED
        ]
        for ward, number in areas[: RECOGNISED[unit]]:
            about = subject(ward, number)
            judge(log, unit, about, "self_assessed", "council", "recognised")
    return log
