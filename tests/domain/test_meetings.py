"""Meetings (R24, R76, R77)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.meetings import is_periodic, meeting
from domain.parse import parse_body
from tests.domain.scenario import Log, evaluation, ident


def periodic(**more: Any) -> dict[str, Any]:
    return {
        "kind": "committee_periodic",
        "attendees": 18,
        "mode": "in_person",
        "member_evaluation": evaluation(),
        **more,
    }


def test_a_periodic_meeting_of_phuong_8(log: Log) -> None:
    """Storyline 1: 16/12/2024, 18 present."""
    record = log.given(
        "MeetingHeld",
        "p8",
        **periodic(invited_orgs=[ident("p7 front")], host_org_id=ident("p8 front")),
    )
    data = meeting(log.effective(record.aggregate_id))
    assert data is not None
    assert data["attendees"] == 18
    assert is_periodic(data)
    assert record.aggregate_id == record.event_id


def test_a_meeting_is_recorded_once(log: Log) -> None:
    log.given("MeetingHeld", "p8", about="m", **periodic())
    refusal = log.refused("MeetingHeld", "p8", about="m", **periodic(attendees=19))
    assert refusal.code == "already-exists"


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"host_org_id": ident("p7 police")}, "unknown-organisation", "/data/host_org_id"),
        (
            {"invited_orgs": [ident("p7 police"), ident("nobody")]},
            "unknown-organisation",
            "/data/invited_orgs/1",
        ),
    ],
)
def test_who_hosts_and_who_is_invited_exists(
    log: Log, fields: dict[str, Any], code: str, field: str
) -> None:
    refusal = log.refused("MeetingHeld", "p8", **periodic(**fields))
    assert (refusal.code, refusal.field) == (code, field)


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"member_evaluation": None}, "/data", "evaluation_missing"),
        (
            {"member_evaluation": {"evaluated": 3, "fulfilled": 1, "not_fulfilled": 1}},
            "/data/member_evaluation",
            "evaluation_sum",
        ),
        ({"attendees": -1}, "/data/attendees", "greater_than_equal"),
        ({"attendees": "18"}, "/data/attendees", "int_type"),
        ({"attendees": 18.0}, "/data/attendees", "int_type"),
        ({"attendees": True}, "/data/attendees", "int_type"),
        ({"attendees": 2**53}, "/data/attendees", "less_than_equal"),
        ({"mode": "phone"}, "/data/mode", "enum"),
        ({"participants": ["A"]}, "/data/participants", "extra_forbidden"),
        ({"invited_orgs": [ident("a")] * 2}, "/data/invited_orgs", "repeated"),
    ],
)
def test_what_a_meeting_may_not_hold(
    log: Log, fields: dict[str, Any], pointer: str, code: str
) -> None:
    data = log.draft("MeetingHeld", "p8", **periodic()).body.to_data()
    errors = parse_body("MeetingHeld", 1, {**data, **fields})
    assert isinstance(errors, list)
    assert [(error.pointer, error.code) for error in errors] == [(pointer, code)]
