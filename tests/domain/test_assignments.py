"""Records of a split unit are assigned by hand to what it became, until that is retracted."""

from __future__ import annotations

from typing import Any

import pytest

from domain.assignments import Assignments
from domain.effective import effective
from domain.events import Record
from tests.domain.scenario import Log, day, ident, new_unit


@pytest.fixture
def split(log: Log) -> Log:
    """Phường 7 held two briefings and is split in two on 1/7/2025."""
    log.at("2025-03-14")
    for name in ("first", "second"):
        log.given("MeetingHeld", "p7", about=name, event=name, **BRIEFING)
    log.at("2025-07-02").split(
        "p7",
        "2025-07-01",
        new_unit("north", "ward", "27903", "quan 5"),
        new_unit("south", "ward", "27904", "quan 5"),
    )
    log.establish("centre", "2025-07-01", north="police")
    return log


BRIEFING = {"kind": "briefing", "attendees": 18, "mode": "in_person"}


def assignment(to: str, *events: str, **more: Any) -> dict[str, Any]:
    return {
        "about": "first",
        "from_unit_id": ident("p7"),
        "to_unit_id": ident(to),
        "target_event_ids": [ident(event) for event in events],
        **more,
    }


def standing(log: Log, event: str, unit: str = "p7") -> str | None:
    records = effective(r for r in log.records if r.aggregate_id == ident("first"))
    found = Assignments(records).of(ident(event), ident(unit))
    return None if found is None else found[0]


def test_a_superior_or_the_receiving_unit_assigns(split: Log) -> None:
    split.given("RecordsAssigned", "quan 5", **assignment("north", "first"))
    assert standing(split, "first") == ident("north")
    assert standing(split, "first", "p8") is None
    split.given("RecordsAssigned", "north", **assignment("north", "second") | {"about": "second"})


def test_without_records_named_all_of_the_aggregate_go(split: Log) -> None:
    split.given("RecordsAssigned", "city", **assignment("south"))
    assert standing(split, "whatever is recorded about it later") == ident("south")


@pytest.mark.parametrize(
    ("unit", "changes", "code", "field"),
    [
        ("quan 5", {"from_unit_id": ident("nobody")}, "unknown-unit", "/data/from_unit_id"),
        ("quan 5", {"from_unit_id": ident("p8")}, "not-in-that-state", "/data/from_unit_id"),
        ("quan 5", {"to_unit_id": ident("p8")}, "invalid-field", "/data/to_unit_id"),
        ("quan 5", {"occurred_on": "2025-06-30"}, "not-in-that-state", "/data/from_unit_id"),
        ("north", {"to_unit_id": ident("south")}, "unit-not-hosted", "/data/unit_id"),
        ("p12", {}, "unit-not-hosted", "/data/unit_id"),
        (
            "quan 5",
            {"target_event_ids": [ident("second")]},
            "no-such-record",
            "/data/target_event_ids/0",
        ),
        ("quan 5", {"about": "nothing"}, "no-such-record", "/data/target_event_ids/0"),
        (
            "quan 5",
            {"about": "nothing", "target_event_ids": []},
            "no-such-record",
            "/data/from_unit_id",
        ),
    ],
)
def test_what_cannot_be_assigned_is_refused(
    split: Log, unit: str, changes: dict[str, Any], code: str, field: str
) -> None:
    refusal = split.refused("RecordsAssigned", unit, **assignment("north", "first") | changes)
    assert (refusal.code, refusal.field, refusal.rule) == (code, field, "R102")


def test_a_record_stands_in_one_place(split: Log) -> None:
    assigned = split.given("RecordsAssigned", "quan 5", **assignment("north", "first"))
    refusal = split.refused("RecordsAssigned", "quan 5", **assignment("south", "first"))
    assert refusal.code == "not-in-that-state"
    assert assigned.event_id in refusal.detail.en

    retract(split, assigned)
    assert standing(split, "first") is None
    split.given("RecordsAssigned", "quan 5", **assignment("south", "first"))
    assert standing(split, "first") == ident("south")


def retract(log: Log, record: Record) -> None:
    log.given(
        "EventRetracted",
        "quan 5",
        about="first",
        target_event_id=record.event_id,
        reason="never_happened",
    )


def test_a_retracted_record_is_not_assigned(split: Log) -> None:
    split.given(
        "EventRetracted",
        "quan 5",
        about="first",
        target_event_id=ident("first"),
        reason="never_happened",
    )
    refusal = split.refused("RecordsAssigned", "quan 5", **assignment("north", "first"))
    assert refusal.code == "no-such-record"


def test_an_assignment_goes_on_when_the_receiving_unit_is_split_again(split: Log) -> None:
    split.given("RecordsAssigned", "quan 5", **assignment("north", "first"))
    split.at("2026-01-02").split(
        "north",
        "2026-01-01",
        new_unit("north east", "ward", "27905", "quan 5"),
        new_unit("north west", "ward", "27906", "quan 5"),
    )
    assert split.directory.split_successors(ident("p7"), day("2025-12-31")) == {
        ident("north"),
        ident("south"),
    }
    assert ident("north west") in split.directory.split_successors(ident("p7"), day("2026-01-01"))
    refusal = split.refused("RecordsAssigned", "quan 5", **assignment("north west", "first"))
    assert refusal.code == "not-in-that-state"
    onwards = assignment("north west", "first", from_unit_id=ident("north"))
    split.given("RecordsAssigned", "quan 5", **onwards)
    assert standing(split, "first") == ident("north west")


def test_a_unit_that_went_whole_has_no_split_successors(split: Log) -> None:
    split.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}]},
        to=[{"unit_id": ident("p12")}],
        effective_on="2025-07-01",
    )
    assert split.directory.split_successors(ident("p8"), day("2025-07-02")) == frozenset()
