"""Waivers: of one obligation, by a superior, before it is due."""

from __future__ import annotations

import pytest

from domain.obligations import ObligationKind, obligation_id
from domain.waivers import waiver
from tests.domain.scenario import Log, ident
from tests.domain.test_obligations import cadence, due
from tests.domain.test_periods import period_rule
from tests.domain.test_plans import plan_rule

MEETING = "2025-05-01/2025-05-31"


@pytest.fixture
def log(log: Log) -> Log:
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log, "centre", "half_year", "06-20")
    cadence(log, "centre", 1)
    plan_rule(log, "quan 5", "03-28")
    return log.at("2025-05-16")


def of(kind: str, period: str, **more: str) -> dict[str, str]:
    return {
        "obliged_unit_id": ident("p8"),
        "kind": kind,
        "period": period,
        "reason": "reorganisation",
        **more,
    }


def test_a_superior_waives_an_obligation_once(log: Log) -> None:
    """R59, R100."""
    record = log.given("ObligationWaived", "quan 5", **of("meeting", MEETING))
    expected = obligation_id(ident("p8"), ObligationKind.MEETING, MEETING)
    assert record.aggregate_id == record.data["obligation_id"] == str(expected)
    found = waiver(log.effective(str(expected)))
    assert found is not None
    assert (found.event_id, found.reason) == (record.event_id, "reorganisation")
    again = log.refused("ObligationWaived", "city", **of("meeting", MEETING))
    assert (again.code, again.rule) == ("already-exists", "R59")


def test_a_waiver_that_was_retracted_may_be_given_again(log: Log) -> None:
    record = log.given("ObligationWaived", "quan 5", **of("meeting", MEETING))
    log.given(
        "EventRetracted",
        "quan 5",
        about=record.aggregate_id,
        target_event_id=record.event_id,
        reason="never_happened",
    )
    assert waiver(log.effective(record.aggregate_id)) is None
    log.given("ObligationWaived", "quan 5", **of("meeting", MEETING))


def test_nobody_is_released_once_the_period_is_closed(log: Log) -> None:
    log.at("2025-05-31").given("ObligationWaived", "quan 5", **of("meeting", MEETING))
    refusal = log.at("2025-06-20").refused(
        "ObligationWaived", "quan 5", **of("half_year", "2025-H1", occurred_on="2025-06-19")
    )
    assert (refusal.code, refusal.field) == ("not-in-that-state", "/data/period")
    assert "đã khóa" in refusal.detail.vi


@pytest.mark.parametrize(
    ("recorder", "fields", "code"),
    [
        ("tay ninh", of("meeting", MEETING), "organisation-not-allowed"),
        ("p8", of("meeting", MEETING), "level-not-allowed"),
        ("quan 5", of("annual", "2025"), "no-such-record"),
        ("quan 5", of("review", MEETING), "no-such-record"),
        ("quan 5", of("meeting", MEETING, about="mine"), "invalid-field"),
    ],
)
def test_what_cannot_be_waived(log: Log, recorder: str, fields: dict[str, str], code: str) -> None:
    assert log.refused("ObligationWaived", recorder, **fields).code == code


def test_a_plan_is_reminded_of_and_waived_as_the_rest(log: Log) -> None:
    """R118: the plan of 2025 was due on 27/3."""
    plan = {key: value for key, value in of("plan", "2025").items() if key != "reason"}
    log.given("ReminderSent", "quan 5", **plan)
    assert log.refused("ObligationWaived", "quan 5", **of("plan", "2025")).code == (
        "not-in-that-state"
    )
    log.given("ObligationWaived", "quan 5", **of("plan", "2026"))
