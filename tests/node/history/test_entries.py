"""What became of one record: pure, from its events alone."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import Record
from services.node.history.changes import FieldChange, field_changes
from services.node.history.entries import Effect, Entry, history_of
from services.node.readmodel import Entity, Placed
from tests.domain.scenario import Log, ident, new_unit, setting
from tests.domain.test_corrections import correcting, held, retracting
from tests.domain.test_reports import half_year, returning
from tests.node.asof.histories import random_history
from tests.node.figures.projected import entities


@pytest.fixture
def log() -> Log:
    return setting().at("2025-03-14")


def history(log: Log, about: Record) -> list[Entry]:
    """The history of what an event is about, its founding left out."""
    (entity,) = (e for e in entities(log.records) if e.aggregate_id == about.aggregate_id)
    return history_of(entity)


def effects(found: list[Entry]) -> list[tuple[str | None, dict[str, tuple[Any, Any]]]]:
    """What each event did, and from what to what each field went."""
    return [
        (None, {})
        if entry.amendment is None
        else (
            entry.amendment.effect.value,
            {change.path: (change.before, change.after) for change in entry.amendment.changes},
        )
        for entry in found
    ]


def test_a_correction_shows_each_field_that_holds_otherwise(log: Log) -> None:
    meeting = held(log)
    log.given(
        "EventCorrected", "p8", **correcting(meeting, attendees=420, occurred_on="2025-03-13")
    )
    found = history(log, meeting)
    assert effects(found) == [
        (None, {}),
        (
            "corrected",
            {"occurred_on": ("2025-03-14", "2025-03-13"), "attendees": (4200, 420)},
        ),
    ]
    assert [entry.status for entry in found] == ["corrected", "active"]
    assert found[0].changed_by == found[1].record.event_id
    assert found[0].holds is not None
    assert found[0].holds["attendees"] == 420
    assert found[0].record.data["attendees"] == 4200, "as it was recorded"


def test_a_second_correction_is_set_against_the_first(log: Log) -> None:
    meeting = held(log)
    log.given("EventCorrected", "p8", **correcting(meeting, attendees=420))
    second = log.given("EventCorrected", "quan 5", **correcting(meeting, attendees=402))
    found = history(log, meeting)
    assert effects(found)[1:] == [
        ("corrected", {"attendees": (4200, 420)}),
        ("corrected", {"attendees": (420, 402)}),
    ]
    assert [entry.status for entry in found] == ["corrected", "corrected", "active"]
    assert found[1].changed_by == second.event_id


def test_when_a_correction_is_retracted_what_held_before_holds_again(log: Log) -> None:
    meeting = held(log)
    log.given("EventCorrected", "p8", **correcting(meeting, attendees=420))
    second = log.given("EventCorrected", "p8", **correcting(meeting, attendees=42))
    log.given("EventRetracted", "p8", **retracting(second))
    found = history(log, meeting)
    assert effects(found)[3] == ("restored", {"attendees": (42, 420)})
    assert found[3].amendment is not None
    assert found[3].amendment.target_type == "MeetingHeld", "whose fields they are"
    assert found[3].amendment.targets == (second.event_id,)
    assert [entry.status for entry in found] == ["corrected", "active", "retracted", "active"]
    assert found[0].holds is not None
    assert found[0].holds["attendees"] == 420


def test_a_retraction_ends_what_it_names(log: Log) -> None:
    meeting = held(log)
    log.given("EventCorrected", "p8", **correcting(meeting, attendees=420))
    log.given("EventRetracted", "quan 5", **retracting(meeting))
    found = history(log, meeting)
    assert effects(found)[2] == ("retracted", {})
    assert (found[0].status, found[0].holds) == ("retracted", None)


def test_what_changes_nothing_says_so(log: Log) -> None:
    meeting = held(log)
    first = log.given("EventCorrected", "p8", **correcting(meeting, attendees=420))
    log.given("EventCorrected", "p8", **correcting(meeting, attendees=421))
    log.given("EventRetracted", "p8", **retracting(first))
    assert effects(history(log, meeting))[3] == ("none", {}), "a later one held already"


def test_a_correction_whose_target_has_not_arrived_is_told_as_such(log: Log) -> None:
    meeting = held(log)
    correction = log.given("EventCorrected", "quan 5", **correcting(meeting, attendees=420))
    (entry,) = history_of(Entity(meeting.aggregate_id, (Placed(correction, 1),)))
    assert entry.amendment is not None
    assert entry.amendment.effect is Effect.AWAITED
    assert entry.amendment.target_type == "MeetingHeld"


def test_a_superiors_clock_that_is_behind_hides_no_difference(log: Log) -> None:
    meeting = held(log)
    correction = log.given("EventCorrected", "quan 5", **correcting(meeting, attendees=420))
    early = correction._replace(recorded_at="2025-03-14T00:00:00.000000Z")
    found = history_of(Entity(meeting.aggregate_id, (Placed(early, 2), Placed(meeting, 1))))
    assert effects(found)[0] == ("corrected", {"attendees": (4200, 420)})


def test_an_assignment_names_whom_the_record_went_to(log: Log) -> None:
    meeting = held(log, "p7")
    log.at("2025-07-02").split(
        "p7",
        "2025-07-01",
        new_unit("north", "ward", "27903", "quan 5"),
        new_unit("south", "ward", "27904", "quan 5"),
    )
    log.given(
        "RecordsAssigned",
        "quan 5",
        about=meeting.aggregate_id,
        from_unit_id=ident("p7"),
        to_unit_id=ident("north"),
        target_event_ids=[meeting.event_id],
    )
    first, assigned = history(log, meeting)
    assert first.assigned_to == ident("north")
    assert assigned.amendment is not None
    assert assigned.amendment.effect is Effect.ASSIGNED
    assert assigned.amendment.targets == (meeting.event_id,)


def test_each_version_of_a_report_is_set_against_the_one_before(log: Log) -> None:
    log.at("2025-06-10")
    first = log.given("ReportSubmitted", "p8", **half_year(figures={"f1.met": 2}))
    log.given("ReportReturned", "quan 5", **returning(first))
    log.given("ReportSubmitted", "p8", **half_year(2, figures={"f1.met": 1}))
    one, back, two = history(log, first)
    assert one.version is not None
    assert (one.version.number, one.difference, back.version) == (1, None, None)
    assert two.version is not None
    assert two.difference is not None
    (figure,) = two.difference.figures
    assert (two.version.number, figure.before, figure.after) == (2, 2, 1)


def test_pages_hold_every_event_once_whatever_is_recorded_in_between(log: Log) -> None:
    meeting = held(log)
    for attendees in (420, 421, 422):
        log.given("EventCorrected", "p8", **correcting(meeting, attendees=attendees))
    (entity,) = (e for e in entities(log.records) if e.aggregate_id == meeting.aggregate_id)
    whole = history_of(entity)
    first = history_of(entity, None, 2)
    second = history_of(entity, first[-1].record.order, 2)
    assert [*first, *second] == whole
    assert history_of(entity, whole[-1].record.order) == []


def test_the_changes_lead_from_what_was_recorded_to_what_holds() -> None:
    """In random histories of wards, a district and a city that correct and retract each other."""
    met: set[Effect] = set()
    for entity in (e for seed in range(8) for e in entities(random_history(Random(seed)).records)):
        found = history_of(entity)
        said = {e.record.event_id: leaves(e.record.data) for e in found if e.amendment is None}
        roots = {event_id: event_id for event_id in said}
        for entry in found:
            if entry.amendment is None or entry.amendment.effect is Effect.ASSIGNED:
                continue
            met.add(entry.amendment.effect)
            (target,) = entry.amendment.targets
            root = roots[entry.record.event_id] = roots[target]
            if entry.amendment.effect is Effect.RETRACTED:
                del said[root]
            for change in entry.amendment.changes:
                assert said[root].pop(change.path, None) == change.before
                if change.after is not None:
                    said[root][change.path] = change.after
        holds = {e.record.event_id: leaves(e.holds) for e in found if e.holds is not None}
        assert said == holds
    assert met >= {Effect.CORRECTED, Effect.RETRACTED}, "histories that try it"


def leaves(data: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of recorded data by its path."""
    return {change.path: change.after for change in field_changes({}, data)}


def test_fields_are_named_by_where_they_stand() -> None:
    before = {
        "member_evaluation": {"fulfilled": 17},
        "findings": [{"id": "f1", "severity": "minor"}, {"id": "f2", "severity": "minor"}],
        "topics": ["drugs"],
        "criteria": [],
        "mode": "online",
    }
    after = {
        "member_evaluation": {"fulfilled": 18},
        "findings": [{"id": "f2", "severity": "major"}],
        "topics": ["drugs", "traffic"],
        "note": True,
    }
    assert field_changes(before, after) == (
        FieldChange("member_evaluation.fulfilled", 17, 18),
        FieldChange("findings[f1].id", "f1", None),
        FieldChange("findings[f1].severity", "minor", None),
        FieldChange("findings[f2].severity", "minor", "major"),
        FieldChange("topics", ("drugs",), ("drugs", "traffic")),
        FieldChange("mode", "online", None),
        FieldChange("note", None, True),
    )


NAMES = st.sampled_from("abc")
LEAVES = st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2)
OBJECTS = st.dictionaries(NAMES, LEAVES | st.dictionaries(NAMES, LEAVES, max_size=2), max_size=3)


@given(OBJECTS, OBJECTS)
def test_the_way_back_is_the_difference_turned_around(one: Any, other: Any) -> None:
    there = {(c.path, c.before, c.after) for c in field_changes(one, other)}
    back = {(c.path, c.after, c.before) for c in field_changes(other, one)}
    assert there == back
    assert field_changes(one, one) == ()


def test_the_value_of_a_sensitive_indicator_is_marked() -> None:
    sensitive = {"indicator_code": "released.managed", "value": 1}
    (change,) = field_changes(sensitive, sensitive | {"value": 2})
    plain = {"indicator_code": "subjects.residential_area", "value": 1}
    (other,) = field_changes(plain, plain | {"value": 2})
    assert (change.sensitive, other.sensitive) == (True, False)
