"""The checks that hold for every event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.decide import decide
from domain.decisions import Accepted, Context
from domain.directory import Directory
from domain.levels import Level
from tests.domain.scenario import Log, ident, new_unit

BRIEFING: dict[str, Any] = {"kind": "briefing", "attendees": 18, "mode": "in_person"}


def test_a_meeting_of_an_active_unit_and_organisation_is_recorded_as_it_is(log: Log) -> None:
    draft = log.draft("MeetingHeld", "p8", **BRIEFING)
    assert log.ask(draft) == Accepted((draft,))


def test_nothing_is_decided_before_the_catalogue_has_arrived(log: Log) -> None:
    draft = log.draft("MeetingHeld", "p8", **BRIEFING)
    answer = decide((), draft, Context(log.now, Level.COMMUNE, Directory()))
    assert getattr(answer, "code", None) == "catalogue-not-received"


@pytest.mark.parametrize(
    ("unit", "data", "code", "field"),
    [
        ("nowhere", {}, "unknown-unit", "/data/unit_id"),
        ("p8", {"occurred_on": "1989-12-31"}, "unit-not-active", "/data/unit_id"),
        ("p8", {"org_id": ident("p8 veterans")}, "unknown-organisation", "/data/org_id"),
        ("p8", {"org_id": ident("p7 police")}, "unknown-organisation", "/data/org_id"),
        ("p8", {"occurred_on": "2024-12-17"}, "date-in-future", "/data/occurred_on"),
        ("p8", {"occurred_to": "2024-12-17"}, "date-in-future", "/data/occurred_to"),
        ("p8", {"aggregate_version": 2}, "version-conflict", "/data/aggregate_version"),
    ],
)
def test_what_no_event_may_be(
    log: Log, unit: str, data: dict[str, Any], code: str, field: str
) -> None:
    refusal = log.refused("MeetingHeld", unit, **BRIEFING | data)
    assert (refusal.code, refusal.field) == (code, field)
    named = {"unit-not-active": "1/1/1990", "unknown-organisation": ident("p8")}
    assert named.get(code, "") in refusal.detail.vi


def test_the_day_is_vietnams_not_the_clocks(log: Log) -> None:
    log.now = datetime(2024, 12, 16, 17, 0, tzinfo=UTC)  # 17/12, 0:00 in Vietnam
    log.given("MeetingHeld", "p8", **BRIEFING, occurred_on="2024-12-17")
    log.now = datetime(2024, 12, 17, 16, 59, tzinfo=UTC)
    assert log.refused("MeetingHeld", "p8", **BRIEFING, occurred_on="2024-12-18").code == (
        "date-in-future"
    )


def test_a_unit_must_be_active_on_the_last_day_too(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("p7")}]},
        effective_on="2024-12-15",
    )
    refusal = log.refused(
        "MeetingHeld", "p8", **BRIEFING, occurred_on="2024-12-14", occurred_to="2024-12-15"
    )
    assert refusal.code == "unit-not-active"
    assert "15/12/2024" in refusal.detail.vi
    assert "2024-12-15" in refusal.detail.en


def test_an_organisation_ends_apart_from_its_unit(log: Log) -> None:
    log.given(
        "OrganisationChanged",
        "centre",
        kind="dissolved",
        organisations=[{"org_id": ident("quan 5 police"), "unit_id": ident("quan 5")}],
        effective_on="2024-12-10",
    )
    log.given("MeetingHeld", "quan 5", **BRIEFING, occurred_on="2024-12-09")
    refusal = log.refused("MeetingHeld", "quan 5", **BRIEFING, occurred_on="2024-12-10")
    assert (refusal.code, refusal.field) == ("organisation-not-active", "/data/org_id")
    assert all(text in refusal.detail.vi for text in ("10/12/2024", "1/1/1990", "9/12/2024"))


def test_a_level_records_its_own_types_only(log: Log) -> None:
    refusal = log.refused(
        "UnitReorganised",
        "p8",
        kind="created",
        to=[new_unit("p99", "ward", "27999", "quan 5")],
        effective_on="2025-01-01",
    )
    assert refusal.code == "level-not-allowed"
    assert "trung ương" in refusal.detail.vi
    assert log.refused("MeetingHeld", "p8", **BRIEFING, occurred_on="2025-01-01").code == (
        "date-in-future"
    )


def test_versions_are_counted_in_the_unit_that_records(log: Log) -> None:
    first = log.given(
        "ReportSubmitted",
        "p8",
        kind="annual",
        period="2024",
        report_version=1,
        aggregate_version=1,
    )
    accepted = {"report_digest": first.digest, "receiver_role": "district_committee"}
    log.given("ReportAccepted", "quan 5", about=first.aggregate_id, aggregate_version=1, **accepted)


def test_the_same_question_gets_the_same_answer(log: Log) -> None:
    draft = log.draft("MeetingHeld", "p8", **BRIEFING, occurred_on="2024-12-17")
    assert log.ask(draft) == log.ask(draft)
