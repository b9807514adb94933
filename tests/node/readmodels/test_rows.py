"""The rows of one aggregate: the timeline and the reports; and that no order of arrival matters."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.effective import effective
from domain.events import Record
from services.node.readmodel import CellModel, Entity, applies
from services.node.readmodels import READ_MODELS, Festivals, ReportStatus, Timeline
from tests.domain.scenario import Log, ident, setting
from tests.node.figures import movement, quan5, subjects
from tests.node.figures.projected import entities


def entity_of(log: Log, about: str) -> Entity:
    return next(e for e in entities(log.records) if e.aggregate_id == ident(about))


def timeline(log: Log, about: str) -> dict[str, Any]:
    return {row["event_id"]: row for row in Timeline().rows(entity_of(log, about))}


def correct(log: Log, target: Record, event: str, **changes: Any) -> None:
    log.given(
        "EventCorrected",
        "p7",
        about="meeting",
        event=event,
        target_event_id=target.event_id,
        replacement={**target.data, **changes},
        reason="typing_error",
    )


def retract(log: Log, target: str, event: str) -> None:
    log.given(
        "EventRetracted",
        "p7",
        about="meeting",
        event=event,
        target_event_id=target,
        reason="never_happened",
    )


@pytest.fixture
def log() -> Log:
    log = setting().at("2025-03-14")
    log.given(
        "MeetingHeld",
        "p7",
        about="meeting",
        kind="briefing",
        attendees=18,
        mode="online",
        occurred_to="2025-03-14",
        occurred_on="2025-03-13",
    )
    return log


def test_a_row_says_everything_a_page_shows(log: Log) -> None:
    record = log.records[-1]
    assert timeline(log, "meeting")[record.event_id] == {
        "event_id": record.event_id,
        "position": len(log.records),
        "origin": ident("p7"),
        "sequence": record.sequence,
        "type": "MeetingHeld",
        "kind": "briefing",
        "unit_id": ident("p7"),
        "org_id": ident("p7 police"),
        "occurred_on": "2025-03-13",
        "occurred_to": "2025-03-14",
        "recorded_at": record.recorded_at,
        "aggregate_id": ident("meeting"),
        "digest": record.digest,
        "status": "active",
        "changed_by": None,
        "assigned_to": None,
        "source_system": "test",
        "source_record_id": record.data["source_record_id"],
    }


def test_corrected_twice_then_the_later_correction_taken_back(log: Log) -> None:
    target = log.records[-1]
    correct(log, target, "first", occurred_on="2025-03-12")
    rows = timeline(log, "meeting")
    assert (rows[target.event_id]["status"], rows[target.event_id]["changed_by"]) == (
        "corrected",
        ident("first"),
    )
    assert rows[target.event_id]["occurred_on"] == "2025-03-12"
    assert rows[target.event_id]["digest"] == target.digest
    assert rows[ident("first")]["status"] == "active"

    correct(log, target, "second", occurred_on="2025-03-11")
    rows = timeline(log, "meeting")
    assert rows[target.event_id]["changed_by"] == ident("second")
    assert (rows[ident("first")]["status"], rows[ident("first")]["changed_by"]) == (
        "corrected",
        ident("second"),
    )

    retract(log, ident("second"), "back")
    rows = timeline(log, "meeting")
    assert rows[target.event_id]["changed_by"] == ident("first")
    assert rows[target.event_id]["occurred_on"] == "2025-03-12"
    assert rows[ident("first")]["status"] == "active"
    assert (rows[ident("second")]["status"], rows[ident("second")]["changed_by"]) == (
        "retracted",
        ident("back"),
    )


def test_retracted_after_a_correction(log: Log) -> None:
    target = log.records[-1]
    correct(log, target, "first", occurred_on="2025-03-12")
    retract(log, target.event_id, "gone")
    rows = timeline(log, "meeting")
    assert (rows[target.event_id]["status"], rows[target.event_id]["changed_by"]) == (
        "retracted",
        ident("gone"),
    )
    assert rows[ident("gone")]["status"] == "active"


def report_row(log: Log) -> dict[str, Any]:
    about = quan5.report_of(log, "p4")
    entity = next(e for e in entities(log.records) if e.aggregate_id == about)
    (row,) = ReportStatus().rows(entity)
    return dict(row)


def test_a_report_through_return_and_acceptance() -> None:
    log = quan5.founded()
    first = quan5.report(log, "p4", "2025-06-13")
    sent = report_row(log)
    assert (sent["status"], sent["latest_version"], sent["latest_digest"]) == (
        "submitted",
        1,
        first,
    )
    assert (sent["accepted_on"], sent["accepted_by"], sent["lag_days"]) == (None, "{}", None)

    back = quan5.send_back(log, "p4", first, "2025-06-14", "2025-06-16")
    returned = report_row(log)
    assert (returned["status"], returned["returned"], returned["return_event_id"]) == (
        "returned",
        1,
        back,
    )

    second = quan5.report(log, "p4", "2025-06-16", 2)
    yes = quan5.accept(log, "p4", second, "2025-06-18")
    accepted = report_row(log)
    assert accepted == {
        "report_id": quan5.report_of(log, "p4"),
        "unit_id": ident("p4"),
        "kind": "half_year",
        "period": "2025-H1",
        "first_submitted_on": "2025-06-13",
        "first_event_id": sent["first_event_id"],
        "latest_version": 2,
        "latest_digest": second,
        "latest_submitted_on": "2025-06-16",
        "returned": 1,
        "return_event_id": back,
        "accepted_on": "2025-06-18",
        "accepted_by": '{"district_committee":"2025-06-18"}',
        "accept_event_id": yes,
        "lag_days": 2,
        "first_pass": False,
        "status": "accepted",
    }


def test_two_receivers_stand_sorted_and_the_earlier_one_counts() -> None:
    log = quan5.founded()
    digest = quan5.report(log, "p4", "2025-06-13")
    for role, day in (("v05", "2025-06-19"), ("front_movement_department", "2025-06-23")):
        log.at(day).given(
            "ReportAccepted",
            "centre",
            about=quan5.report_of(log, "p4"),
            report_digest=digest,
            receiver_role=role,
        )
    row = report_row(log)
    assert row["accepted_on"] == "2025-06-19"
    assert row["first_pass"] is True
    assert list(json.loads(row["accepted_by"]).items()) == [
        ("front_movement_department", "2025-06-23"),
        ("v05", "2025-06-19"),
    ]


def test_a_festival_keeps_how_many_areas_there_were(log: Log) -> None:
    festival = log.given(
        "FestivalHeld",
        "p7",
        about="festival",
        kind="security_day",
        areas_covered=4,
        active_areas=6,
        participants=300,
    )
    assert list(Festivals().rows(entity_of(log, "festival"))) == [
        {
            "aggregate_id": ident("festival"),
            "event_id": festival.event_id,
            "unit_id": ident("p7"),
            "day": "2025-03-14",
            "kind": "security_day",
            "active_areas": 6,
        }
    ]
    assert list(Festivals().rows(entity_of(log, "meeting"))) == []


def busy_log() -> Log:
    """Every kind of event these models read, with corrections and retractions among them."""
    log = quan5.founded()
    quan5.meeting(log, "p8", "2024-12-16")
    quan5.merge_wards(log)
    log.at("2025-03-01")
    for index in range(4):
        quan5.briefing(log, "p7", f"2025-02-0{index + 1}", 10 + index)
    targets = log.records[-4:]
    for index, target in enumerate((targets[0], targets[0], targets[1])):
        log.given(
            "EventCorrected",
            "p7",
            about=target.aggregate_id,
            target_event_id=target.event_id,
            replacement={**target.data, "attendees": index, "kind": "conference"},
            reason="typing_error",
        )
    for event_id, about in (
        (log.records[-2].event_id, targets[0].aggregate_id),
        (targets[2].event_id, targets[2].aggregate_id),
    ):
        log.given(
            "EventRetracted",
            "p7",
            about=about,
            target_event_id=event_id,
            reason="never_happened",
        )
    quan5.models(log)
    for rating in ("good", "weak"):
        quan5.review(log, "p5 point 0", rating)
    quan5.review(log, None, "fair")
    log.given(
        "ModelRetired",
        "quan 5",
        about="volunteers",
        point_id=ident("p5 point 0"),
        reason="not_effective",
        proposer_org_id=ident("quan 5 front"),
    )
    quan5.reports(log)
    _movement(log)
    _subjects(log)
    _obligations(log)
    return log


def _subjects(log: Log) -> None:
    """Areas that register and are recognised, an exemplary ward, a festival, a committee."""
    subjects.how_many(log, "p1", 6)
    for number in (1, 2):
        subjects.register(log, "p1", number)
        about = subjects.subject("p1", number)
        subjects.judge(log, "p1", about, "self_assessed", "council", "recognised")
    subjects.judge(log, "p1", subjects.subject("p1", 1), "revoked")
    ward = {"category": "commune", "subject_unit_id": ident("p1"), "year": 2025}
    log.given("MovementClassified", "quan 5", classification="weak", **ward)
    for stage in ("selected", "recognised", "withdrawn"):
        log.at("2025-06-20" if stage == "withdrawn" else "2025-06-18").given(
            "ExemplaryUnitDesignated", "quan 5", kind="movement", stage=stage, **ward
        )
    counts = {"areas_covered": 2, "active_areas": 6, "participants": 90}
    log.given("FestivalHeld", "p1", kind="youth_traffic", **counts)
    log.given(
        "CommitteeChanged",
        "p1",
        kind="established",
        name="Ban Chỉ đạo",
        head_role="party_secretary",
        standing_org=ident("p1 police"),
        member_orgs=[ident("p1 police")],
        decision={"number_raw": "12/QĐ-UBND", "issued_on": "2025-06-17"},
    )
    log.at("2025-06-21").given("CommitteeChanged", "p1", kind="dissolved")


def _obligations(log: Log) -> None:
    """Two reminders of one report; a review by an organisation; waivers, one of them taken back."""
    owed = {"obliged_unit_id": ident("p2"), "kind": "half_year"}
    for superior in ("quan 5", "city"):
        log.given("ReminderSent", superior, **owed, period="2025-H1")
    log.given("MeetingHeld", "p2", kind="preliminary_review", attendees=9, mode="online")
    for period in ("2026-H1", "2027-H1"):
        log.given("ObligationWaived", "quan 5", **owed, period=period, reason="nothing_to_do")
    log.given(
        "EventRetracted",
        "quan 5",
        about=log.records[-1].aggregate_id,
        target_event_id=log.records[-1].event_id,
        reason="never_happened",
    )


def _movement(log: Log) -> None:
    """A model of an organisation, a plan, a forum, money, an indicator, an inspection, a review of
    ten years; each followed by what changes it."""
    log.given(
        "MeetingHeld",
        "p1",
        kind="briefing",
        attendees=7,
        mode="in_person",
        area_tags=["border", "industrial_zone"],
    )
    movement.mass_organisations(log)
    movement.model(log, "quan 5", "labour", "workers")
    movement.retire(log, "quan 5", "workers")
    plan = movement.plan(log, "p1", "2025-06-18")
    sent = [{"org_id": ident("p2 police"), "purpose": "action"}]
    _corrected(log, movement.document(log, "quan 5", "p1 police"), recipients=sent)
    issued = movement.document(log, "quan 5", "p1 police", "p2 police")
    log.at("2025-06-19")
    movement.acknowledge(log, issued, "p1 police", "2025-06-18T16:00:00")
    _corrected(log, movement.forum(log, "p1", 8, 2), petitions_resolved=7)
    _corrected(log, movement.money(log, "p1", "spent", "crime", 10), amount_vnd=12)
    _retracted(log, movement.money(log, "p1", "spent", "crime", 99))
    _corrected(log, movement.indicator(log, "p1", "tips.received", 10), value=11)
    movement.inspect(log, "quan 5", "p1", "inspection", a="2025-06-30", b="2025-06-30")
    movement.remedy(log, "p1", "inspection", "a")
    _retracted(log, movement.remedy(log, "p1", "inspection", "b"))
    later = {"conference": "2025-09-15", "papers": "2025-07-01"}
    movement.campaign(
        log, milestones=[{"code": code, "due_on": day} for code, day in later.items()]
    )
    movement.close(log, milestones_met=[{"code": "conference", "met_on": "2025-06-19"}])
    _retracted(log, plan)


def _corrected(log: Log, event_id: str, **changes: object) -> None:
    target = next(record for record in log.records if record.event_id == event_id)
    log.given(
        "EventCorrected",
        next(unit for unit in ("p1", "quan 5") if ident(unit) == target.data["unit_id"]),
        about=target.aggregate_id,
        target_event_id=event_id,
        replacement={**target.data, **changes},
        reason="wrong_figure",
    )


def _retracted(log: Log, event_id: str) -> None:
    target = next(record for record in log.records if record.event_id == event_id)
    log.given(
        "EventRetracted",
        "p1",
        about=target.aggregate_id,
        target_event_id=event_id,
        reason="never_happened",
    )


def everything(records: list[Record]) -> bytes:
    """All rows and contributions, byte for byte; positions, which depend on arrival, left out."""
    found: list[Any] = []
    for entity in sorted(entities(records), key=lambda entity: entity.aggregate_id):
        for model in READ_MODELS:
            if not applies(model, entity.kind):
                continue
            if isinstance(model, CellModel):
                found.extend(
                    [model.name, *part.key, part.value, part.event_id]
                    for part in model.contributions(entity)
                )
            else:
                found.extend(
                    [model.name, {k: v for k, v in row.items() if k != "position"}]
                    for row in model.rows(entity)
                )
    return orjson.dumps(found)


BUSY = busy_log().records
EXPECTED = everything(BUSY)


@settings(max_examples=25)
@given(st.permutations(range(len(BUSY))))
def test_rows_are_the_same_whatever_way_the_events_came(order: list[int]) -> None:
    assert everything([BUSY[index] for index in order]) == EXPECTED


@settings(max_examples=25)
@given(st.sets(st.integers(0, len(BUSY) - 1)))
def test_the_timeline_agrees_with_the_effective_events_of_any_part(held: set[int]) -> None:
    records = [BUSY[index] for index in sorted(held)]
    holding = {record.event_id: record.data for record in effective(records)}
    amended = {"EventCorrected", "EventRetracted"}
    for entity in entities(records):
        for row in Timeline().rows(entity):
            if row["type"] in amended:
                continue
            assert (row["status"] == "retracted") == (row["event_id"] not in holding)
            original = next(r for r in records if r.event_id == row["event_id"])
            changed = holding.get(row["event_id"], original.data) is not original.data
            assert (row["status"] == "corrected") == changed
            if row["changed_by"] is not None:
                assert row["changed_by"] in {record.event_id for record in records}
