"""What a subject's year adds to the figures: each outcome on its day, a revocation taken away."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.events import Record
from domain.subject_outcomes import OutcomeChange, outcome_changes
from tests.domain.scenario import Log, ident, setting

AREA = {
    "category": "residential_area",
    "subject_code": "kp1",
    "subject_unit_id": ident("p7"),
    "year": 2025,
}


def year_of_an_area() -> Log:
    """Registered, judged, recognised and revoked, and classified, all in 2025."""
    log = setting().at("2025-02-01")
    log.given(
        "EmulationRegistered",
        "p7",
        kind="register",
        households=90,
        households_committed=88,
        **AREA,
    )
    for stage, day in (
        ("self_assessed", "2025-10-20"),
        ("council", "2025-11-03"),
        ("recognised", "2025-11-20"),
        ("revoked", "2025-12-20"),
    ):
        decide(log.at(day), stage)
    log.given("MovementClassified", "quan 5", classification="good", **AREA)
    return log


def decide(log: Log, stage: str) -> None:
    log.given(
        "StandardDecided",
        "quan 5",
        stage=stage,
        standard_version="circular_124_2021",
        window={"first": "2024-11-01", "last": "2025-10-31"},
        **AREA,
    )


def records_of(log: Log) -> list[Record]:
    about = log.records[-1].aggregate_id
    return [record for record in log.records if record.aggregate_id == about]


def told(changes: tuple[OutcomeChange, ...]) -> list[tuple[Any, ...]]:
    return [(change.day.isoformat(), change.outcome, change.delta) for change in changes]


RECORDS = records_of(year_of_an_area())


def test_every_outcome_counts_on_its_day() -> None:
    changes = outcome_changes(RECORDS)
    assert told(changes) == [
        ("2025-02-01", "registered", 1),
        ("2025-02-01", "households", 90),
        ("2025-02-01", "households_committed", 88),
        ("2025-10-20", "self_assessed", 1),
        ("2025-11-03", "council", 1),
        ("2025-11-20", "recognised", 1),
        ("2025-12-20", "revoked", 1),
        ("2025-12-20", "recognised", -1),
        ("2025-12-20", "good", 1),
    ]
    assert {(c.unit_id, c.category, c.year) for c in changes} == {
        (ident("p7"), "residential_area", 2025)
    }


def test_each_change_names_the_event_it_comes_from() -> None:
    stages = {record.event_id: record.data.get("stage") for record in RECORDS}
    for change in outcome_changes(RECORDS):
        if change.outcome == "recognised":
            assert stages[change.event_id] == ("recognised" if change.delta > 0 else "revoked")


def test_a_launch_is_nobodys_year() -> None:
    log = setting().at("2025-02-01")
    log.given("EmulationRegistered", "p7", kind="launch", category="residential_area", year=2025)
    assert outcome_changes(records_of(log)) == ()


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_no_order_of_arrival_and_no_missing_part_counts_a_subject_twice(
    order: list[int], held: set[int]
) -> None:
    arrived = [RECORDS[index] for index in order if index in held]
    changes = outcome_changes(arrived)
    assert changes == outcome_changes([RECORDS[index] for index in sorted(held)])
    for outcome in {change.outcome for change in changes} - {"households", "households_committed"}:
        total = sum(change.delta for change in changes if change.outcome == outcome)
        assert total in (0, 1)
