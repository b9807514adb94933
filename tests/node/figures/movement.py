"""What else the movement does in Quận 5 in 2025, on top of `quan5`: plans, documents, money,
forums, indicators, inspections, models of mass organisations, a review of ten years.

Plans are the storyline's step 3, the inspection its step 13; other figures are invented.
"""

from __future__ import annotations

from typing import Final

from domain.indicators import INDICATORS
from tests.domain.scenario import Log, ident, org
from tests.node.figures import quan5, subjects

MASS: Final = ("womens_union", "youth_union", "veterans", "labour", "elderly")
"""Quận 5's five mass organisations (R113)."""


def rule(log: Log, unit: str, name: str, kind: str, **more: object) -> str:
    """A rule of a unit; its id."""
    scope = {"unit_id": ident(unit)}
    return log.given(
        "RuleDefined",
        unit,
        **{"about": name, "kind": kind, "scope": scope, "valid_from": "2023-01-01", **more},
    ).aggregate_id


def plan_rule(log: Log) -> str:
    """R118: the wards' plans before 28/3."""
    return rule(
        log,
        "quan 5",
        "R118",
        "due",
        scope={"unit_id": ident("quan 5"), "level": "commune"},
        params={"document_kind": "plan", "day": {"month_day": "03-28"}},
    )


def quota_rule(log: Log, minimum: int = 1) -> str:
    """R113: every mass organisation carries a model."""
    return rule(
        log,
        "quan 5",
        "R113",
        "quota",
        params={"subject": "organisation_models", "minimum": minimum},
    )


def mass_organisations(log: Log, unit: str = "quan 5", *categories: str) -> None:
    log.given(
        "OrganisationChanged",
        "centre",
        kind="established",
        organisations=[org(unit, category) for category in categories or MASS],
        effective_on="1990-01-01",
    )


def model(log: Log, unit: str, host: str, name: str, **more: str) -> str:
    """A model that an organisation of the unit carries; its event id."""
    return log.given(
        "ModelEstablished",
        unit,
        **{
            "about": name,
            "code": name.upper().replace(" ", "-"),
            "name": f"Mô hình {name}",
            "domain": "self_management",
            "host_org_id": ident(f"{unit} {host}"),
            "opened_on": log.now.date().isoformat(),
            **more,
        },
    ).event_id


def retire(log: Log, unit: str, name: str) -> str:
    log.given(
        "ModelReviewed",
        unit,
        about=name,
        rating="weak",
        proposal="retire",
        proposer_org_id=ident(f"{unit} front"),
    )
    return log.given(
        "ModelRetired",
        unit,
        about=name,
        reason="not_effective",
        proposer_org_id=ident(f"{unit} front"),
    ).event_id


def plan(log: Log, unit: str, day: str, **more: object) -> str:
    """A unit's plan of the year, issued on a day; its event id."""
    return document(log.at(day), unit, kind="plan", **more)


def document(log: Log, unit: str, *recipients: str, **more: object) -> str:
    """A document of today, to organisations named "<unit> <category>"; its event id."""
    return log.given(
        "DocumentIssued",
        unit,
        **{
            "kind": "directive",
            "issuers": [ident(f"{unit} police")],
            "issued_on": log.now.date().isoformat(),
            "recipients": [{"org_id": ident(name), "purpose": "action"} for name in recipients],
            **more,
        },
    ).event_id


def acknowledge(log: Log, issued: str, org_name: str, at: str) -> str:
    """An organisation's receipt of a document, at a moment in Vietnam; its event id."""
    unit = org_name.rpartition(" ")[0]
    about = next(r.aggregate_id for r in log.records if r.event_id == issued)
    return log.given(
        "DocumentAcknowledged",
        unit,
        about=about,
        org_id=ident(org_name),
        received_at=f"{at}+07:00",
        occurred_on=at[:10],
    ).event_id


def money(log: Log, unit: str, stage: str, source: str, amount: int, year: int = 2025) -> str:
    return log.given(
        "FundingRecorded", unit, stage=stage, source=source, year=year, amount_vnd=amount
    ).event_id


def forum(log: Log, unit: str, received: int, resolved: int) -> str:
    return log.given(
        "ForumHeld",
        unit,
        kind="listen_to_people",
        opinions=12,
        petitions_received=received,
        petitions_resolved=resolved,
    ).event_id


def indicator(log: Log, unit: str, code: str, value: int, period: str = "2025-H1") -> str:
    """A unit's value of an indicator; its event id."""
    measured = {"unit": INDICATORS[code].unit.value}
    return log.record(
        log.draft(
            "IndicatorReported",
            unit,
            indicator_code=code,
            period=period,
            value=value,
            **measured,
        )
    ).event_id


def inspect(log: Log, inspector: str, unit: str, name: str, **findings: str) -> str:
    """An inspection with findings given as id="last good day"; its event id."""
    return log.given(
        "InspectionConducted",
        inspector,
        about=name,
        kind="ad_hoc",
        team_orgs=[ident(f"{inspector} police")],
        inspected_unit_id=ident(unit),
        findings=[
            {"id": finding, "severity": "moderate", "due_on": day}
            for finding, day in findings.items()
        ],
    ).event_id


def remedy(log: Log, unit: str, name: str, finding: str) -> str:
    return log.given("FindingRemediated", unit, about=name, finding_id=finding).event_id


def campaign(log: Log, name: str = "ten years", **more: object) -> str:
    """The city's review of ten years, opened today; its event id."""
    return log.given(
        "SummaryCampaignOpened",
        "city",
        **{
            "about": name,
            "years": 10,
            "data_window": {"first": "2013-08-01", "last": "2023-03-30"},
            "milestones": [
                {"code": "department_reports", "due_on": "2025-04-10"},
                {"code": "locality_reports", "due_on": "2025-04-15"},
                {"code": "conference", "due_on": "2025-05-15", "inclusive": True},
                {"code": "papers", "due_on": "2025-05-10", "at_discretion": True},
            ],
            "exemplar_quota": {"collectives": 1, "individuals": 1},
            "document": {"number_raw": "84/KH-UBND"},
            **more,
        },
    ).event_id


def close(log: Log, name: str = "ten years", **more: object) -> str:
    return log.given(
        "SummaryCampaignClosed",
        "city",
        **{
            "about": name,
            "milestones_met": [
                {"code": "department_reports", "met_on": "2025-04-09"},
                {"code": "conference", "met_on": "2025-05-16"},
            ],
            "exemplars": {"localities": 21, "collectives": 23, "individuals": 20},
            **more,
        },
    ).event_id


def _judged(log: Log) -> None:
    """The standard, the classification, an exemplary ward, a festival, a committee."""
    rule(
        log,
        "quan 5",
        "R111",
        "quota",
        params={"subject": "exemplary_movement", "minimum": 1},
    )
    for ward, areas in (("p1", 6), ("p2", 4)):
        subjects.how_many(log, ward, areas)
        for number in (1, 2, 3):
            subjects.register(log, ward, number)
            about = subjects.subject(ward, number)
            subjects.judge(log, ward, about, "self_assessed", "council", "recognised")
        about = {"category": "commune", "subject_unit_id": ident(ward), "year": 2025}
        log.given("MovementClassified", "quan 5", classification="good", **about)
    for stage in ("selected", "recognised"):
        log.given("ExemplaryUnitDesignated", "quan 5", kind="movement", stage=stage, **about)
    counts = {"areas_covered": 2, "active_areas": 6, "participants": 90}
    log.given("FestivalHeld", "p1", kind="security_day", **counts)
    log.given(
        "CommitteeChanged",
        "p1",
        kind="established",
        name="Ban Chỉ đạo",
        head_role="party_secretary",
        standing_org=ident("p1 police"),
        member_orgs=[ident("p1 police")],
        decision={"number_raw": "12/QĐ-UBND", "issued_on": "2025-06-02"},
    )


def year() -> Log:
    """The whole of 2025 in Quận 5, everything at least once."""
    log = quan5.founded()
    plan_rule(log)
    quota_rule(log)
    mass_organisations(log)
    quan5.merge_wards(log)
    for ward in quan5.WARDS:
        plan(log, ward, "2025-04-02" if ward == "p12" else "2025-03-20")
    log.at("2025-03-25")
    campaign(log)
    model(log, "quan 5", "womens_union", "phu nu")
    model(log, "quan 5", "womens_union", "phu nu 2")
    model(log, "quan 5", "labour", "cong nhan")
    issued = document(log, "quan 5", "p1 police", "p2 police", "p4 police", "p1 front")
    acknowledge(log.at("2025-03-26"), issued, "p1 police", "2025-03-25T16:00:00")
    acknowledge(log.at("2025-03-27"), issued, "p2 police", "2025-03-26T09:30:00")
    for place, ward in enumerate(quan5.WARDS):
        log.at("2025-05-05")
        forum(log, ward, 10 + place, 8)
        money(log, ward, "allocated", "crime", 40_000_000)
        money(log, ward, "spent", "crime", 30_000_000 + place)
        money(log, ward, "spent", "socialised", 5_000_000)
    log.at("2025-05-20")
    close(log)
    retire(log, "quan 5", "cong nhan")
    inspect(log, "quan 5", "p1", "in spring", a="2025-06-05", b="2025-06-10")
    remedy(log.at("2025-06-02"), "p1", "in spring", "a")
    log.at("2025-06-12")
    for place, ward in enumerate(quan5.WARDS):
        indicator(log, ward, "tips.received", 20 + place)
        indicator(log, ward, "tips.processed", 18)
        indicator(log, ward, "released.managed", place)
        indicator(log, ward, "criterion.cadres_percent", 80 + place)
    _judged(log)
    quan5.two_tiers(log.at("2025-07-02"))
    for name in ("cho quan", "an dong", "cho lon"):
        log.establish("centre", "2025-07-01", **{name.replace(" ", "_"): "police"})
    log.at("2025-10-15")
    inspect(
        log,
        "city",
        "cho lon",
        "in autumn",
        **dict.fromkeys(("f1", "f2", "f3", "f4"), "2025-11-15"),
    )
    for finding, day in (("f1", "2025-11-01"), ("f2", "2025-11-10"), ("f3", "2025-11-15")):
        remedy(log.at(day), "cho lon", "in autumn", finding)
    remedy(log.at("2025-11-20"), "cho lon", "in autumn", "f4")
    return log
