"""Reminders: of an obligation that every level works out alike."""

from __future__ import annotations

from typing import Any

import pytest

from domain.obligations import ObligationKind, cadence_slots, obligation_id
from domain.owed import due_day
from domain.parse import parse_body
from domain.reminders import reminders
from tests.domain.scenario import Log, day, ident
from tests.domain.test_obligations import cadence, due
from tests.domain.test_periods import period_rule


@pytest.fixture
def log(log: Log) -> Log:
    """At 16/6/2025, where a half-year report is due before 20/6 and communes meet every month."""
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log, "centre", "half_year", "06-20")
    cadence(log, "centre", 1)
    return log.at("2025-06-16")


def report(**more: Any) -> dict[str, Any]:
    return {
        "obliged_unit_id": ident("p8"),
        "kind": "half_year",
        "period": "2025-H1",
        **more,
    }


def meeting(**more: Any) -> dict[str, Any]:
    return report(kind="meeting", period="2025-05-01/2025-05-31", **more)


def test_a_reminder_names_the_obligation(log: Log) -> None:
    """R59."""
    expected = obligation_id(ident("p8"), ObligationKind.HALF_YEAR, "2025-H1")
    first = log.given("ReminderSent", "quan 5", **report())
    assert first.aggregate_id == first.data["obligation_id"] == str(expected)
    second = log.at("2025-06-18").given(
        "ReminderSent", "city", **report(obligation_id=str(expected))
    )
    assert [(one.event_id, one.day) for one in reminders(log.effective(str(expected)))] == [
        (first.event_id, day("2025-06-16")),
        (second.event_id, day("2025-06-18")),
    ]
    assert reminders([second, first]) == reminders([first, second])


def test_a_meeting_is_an_obligation_by_its_slot(log: Log) -> None:
    slot = cadence_slots(log.directory, ident("p8"), day("2025-05-01"), day("2025-05-31"))[0]
    assert slot.code == "2025-05-01/2025-05-31"
    record = log.given("ReminderSent", "quan 5", **meeting())
    assert record.data["obligation_id"] == str(
        obligation_id(ident("p8"), ObligationKind.MEETING, slot.code)
    )


def test_the_meeting_of_an_association_is_another_obligation(log: Log) -> None:
    """R72: the elderly association meets every three months."""
    log.given(
        "RuleDefined",
        "centre",
        kind="cadence",
        scope={"unit_id": ident("centre"), "organisation": "elderly"},
        params={"every_months": 3, "anchor": "2000-01-01"},
        valid_from="2020-01-01",
    )
    quarter = meeting(organisation="elderly")
    quarter["period"] = "2025-04-01/2025-06-30"
    for fields in (meeting(organisation="elderly"), quarter):
        nothing = log.refused("ReminderSent", "quan 5", **fields)
        assert (nothing.code, nothing.field) == ("no-such-record", "/data/period")
    log.establish("centre", "2025-01-01", p8="elderly")
    record = log.given("ReminderSent", "quan 5", **quarter)
    assert record.data["obligation_id"] != str(
        obligation_id(ident("p8"), ObligationKind.MEETING, "2025-04-01/2025-06-30")
    )


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        (report(period="2019-H1"), "no-such-record", "/data/period"),
        (report(kind="annual", period="2025"), "no-such-record", "/data/period"),
        (meeting() | {"period": "2025-05-02/2025-05-31"}, "no-such-record", "/data/period"),
        (report(obliged_unit_id=ident("nowhere")), "unknown-unit", "/data/obliged_unit_id"),
        (report(obligation_id=ident("other")), "invalid-field", "/data/obligation_id"),
        (report(about="mine"), "invalid-field", "/aggregate_id"),
    ],
)
def test_what_cannot_be_reminded_of(
    log: Log, fields: dict[str, Any], code: str, field: str
) -> None:
    refusal = log.refused("ReminderSent", "quan 5", **fields)
    assert (refusal.code, refusal.field) == (code, field)


@pytest.mark.parametrize(
    ("recorder", "code"),
    [
        ("tay ninh", "organisation-not-allowed"),
        ("p8", "level-not-allowed"),
    ],
)
def test_a_superior_reminds(log: Log, recorder: str, code: str) -> None:
    assert log.refused("ReminderSent", recorder, **report()).code == code


def test_the_obligation_stays_that_of_the_unit_that_ended(log: Log) -> None:
    log.at("2025-06-17").given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8"), "share": "full"}], "to": [{"unit_id": ident("p7")}]},
        effective_on="2025-06-17",
    )
    record = log.given("ReminderSent", "quan 5", **report())
    assert record.data["obligation_id"] == str(
        obligation_id(ident("p8"), ObligationKind.HALF_YEAR, "2025-H1")
    )


def test_a_due_day_is_that_of_the_rules(log: Log) -> None:
    unit = ident("p8")
    assert due_day(log.directory, unit, ObligationKind.HALF_YEAR, "2025-H1") == day("2025-06-19")
    assert due_day(log.directory, unit, ObligationKind.ANNUAL, "2025") is None
    slot = "2025-02-01/2025-02-28"
    assert due_day(log.directory, unit, ObligationKind.MEETING, slot) == day("2025-02-28")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"period": "2025"}, "obligation_period"),
        ({"kind": "annual"}, "obligation_period"),
        ({"kind": "meeting"}, "obligation_period"),
        ({"period": "2025-05-01/2025-05-31"}, "obligation_period"),
        ({"kind": "meeting", "period": "2025-05-31/2025-05-01"}, "obligation_period"),
        ({"kind": "meeting", "period": "2025-02-01/2025-02-30"}, "obligation_period"),
        ({"period": "June"}, "string_pattern_mismatch"),
        ({"organisation": "elderly"}, "obligation_organisation"),
    ],
)
def test_what_a_reminder_may_not_say(log: Log, fields: dict[str, Any], code: str) -> None:
    data = log.draft("ReminderSent", "quan 5", **report()).body.to_data()
    errors = parse_body("ReminderSent", 1, {**data, **fields})
    assert isinstance(errors, list)
    assert [error.code for error in errors] == [code]
