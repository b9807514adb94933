"""Under which version of which rules an event was recorded."""

from __future__ import annotations

from typing import Any

import pytest

from domain.directory import Directory
from domain.governing import governing
from services.node.history.rules import RulesThen
from tests.domain.scenario import Log, day, ident, setting
from tests.domain.test_corrections import correcting, held, retracting
from tests.domain.test_reports import half_year
from tests.node.figures import quan5


@pytest.fixture
def log() -> Log:
    return setting()


def cadence(months: int, **more: Any) -> dict[str, Any]:
    return {
        "about": "cadence",
        "kind": "cadence",
        "scope": {"unit_id": ident("quan 5")},
        "params": {"every_months": months, "anchor": "2024-01-01"},
        "valid_from": "2024-01-01",
        **more,
    }


def found(log: Log, event_id: str) -> list[tuple[str, int, bool]]:
    """Kind of rule, version, and whether it was recorded later than the event."""
    record = next(r for r in log.records if r.event_id == event_id)
    versions = RulesThen(log.directory).of(record, record.data)
    return [(one.rule.kind, one.number, one.recorded_later) for one in versions]


def test_a_meeting_was_held_under_the_version_known_when_it_was_recorded(log: Log) -> None:
    log.given("RuleDefined", "quan 5", **cadence(1))
    meeting = held(log.at("2024-02-01"))
    log.at("2024-06-01").given("RuleDefined", "quan 5", **cadence(6))
    after = held(log.at("2024-06-02"))
    assert found(log, meeting.event_id) == [("cadence", 1, False), ("cadence", 2, True)]
    assert found(log, after.event_id) == [("cadence", 2, False)]


def test_a_rule_corrected_or_retracted_later_was_what_it_was(log: Log) -> None:
    rule = log.given("RuleDefined", "quan 5", **cadence(1))
    meeting = held(log.at("2024-02-01"))
    log.at("2024-03-01").given(
        "EventCorrected",
        "quan 5",
        **correcting(rule, params={"every_months": 3, "anchor": "2024-01-01"}),
    )
    (then,) = RulesThen(log.directory).of(meeting, None)
    assert then.rule.params["every_months"] == 1
    log.given("EventRetracted", "quan 5", **retracting(rule))
    assert found(log, meeting.event_id) == [("cadence", 1, False)]
    assert log.directory.rule("cadence", ident("p8"), day("2024-02-01")) is None


def test_a_directory_with_the_rules_of_then_keeps_its_units(log: Log) -> None:
    before = log.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    log.given("RuleDefined", "quan 5", **cadence(1))
    then = log.directory.with_rules_until(before)
    assert list(then.rules()) == []
    assert then.unit(ident("p8")) is not None
    assert log.directory.with_rules_until("2030-01-01T00:00:00.000000Z") is log.directory
    assert len(list(log.directory.rules())) == 1, "the one it was asked of stays as it is"


def test_what_governs_each_type() -> None:
    log = quan5.founded()
    log.given(
        "RuleDefined",
        "centre",
        kind="template",
        scope={"unit_id": ident("centre")},
        params={"template_kind": "half_year", "sections": ["next_year_plan"]},
        valid_from="2024-01-01",
    )
    report = log.at("2025-06-10").given("ReportSubmitted", "p1", **half_year())
    assert [kind for kind, _, _ in found(log, report.event_id)] == ["period", "due", "template"]
    due = RulesThen(log.directory).of(report, None)[1].rule
    assert due.unit_id == ident("quan 5"), "the nearest scope wins (R120)"
    briefing = quan5.briefing(log, "p1", "2025-03-01", 9)
    assert found(log, briefing) == []


RULES: list[tuple[str, str, dict[str, Any], str, dict[str, Any]]] = [
    ("InspectionConducted", "cadence", {"every_months": 6, "activity": "inspection"}, "city", {}),
    ("ModelReviewed", "cadence", {"every_months": 6, "activity": "model_review"}, "p8", {}),
    (
        "MeetingHeld",
        "cadence",
        {"every_months": 12, "activity": "review"},
        "p8",
        {"kind": "final_review", "org_id": ident("p8 police")},
    ),
    (
        "DocumentIssued",
        "due",
        {"document_kind": "plan", "day": {"month_day": "01-31"}},
        "p8",
        {"kind": "plan", "issued_on": "2025-01-10"},
    ),
    (
        "StandardDecided",
        "window",
        {
            "subject_category": "agency",
            "standard_version": "circular_124_2021",
            "window_start": {"month_day": "11-16", "year_offset": -1},
            "window_end": {"month_day": "11-15"},
            "register_by": {"month_day": "03-31"},
        },
        "p8",
        {"category": "agency", "year": 2025},
    ),
    (
        "MovementClassified",
        "authority",
        {"matter": "classification", "competent_level": "district"},
        "p8",
        {"category": "agency", "year": 2025},
    ),
    (
        "ExemplaryUnitDesignated",
        "quota",
        {"subject": "exemplary_movement", "minimum": 0, "maximum": 1},
        "city",
        {"kind": "movement"},
    ),
    (
        "SummaryCampaignOpened",
        "quota",
        {"subject": "campaign_collectives", "minimum": 1},
        "city",
        {},
    ),
    (
        "ForumHeld",
        "tag",
        {"tag": "clean_street", "name": "Đường phố sạch"},
        "p8",
        {"campaign_tags": ["clean_street"]},
    ),
]


@pytest.mark.parametrize(
    ("type_name", "kind", "params", "unit", "data"), RULES, ids=[rule[0] for rule in RULES]
)
def test_each_type_has_its_rule(
    log: Log, type_name: str, kind: str, params: dict[str, Any], unit: str, data: dict[str, Any]
) -> None:
    if kind == "cadence":
        params = params | {"anchor": "2024-01-01"}
    rule = log.given(
        "RuleDefined",
        "centre",
        kind=kind,
        scope={"unit_id": ident("centre")},
        params=params,
        valid_from="2024-01-01",
    )
    asked = {"unit_id": ident(unit), "occurred_on": "2025-03-14", **data}
    (governed,) = governing(log.directory, type_name, asked)
    assert governed.event_id == rule.event_id
    assert governing(Directory(), type_name, {"org_id": "", **asked}) == ()
