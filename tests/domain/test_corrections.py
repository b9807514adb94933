"""Corrections and retractions: by whom, of what, and what they may not make impossible."""

from __future__ import annotations

from typing import Any

import pytest

from domain.events import EVENTS, Record
from domain.meetings import meeting
from domain.parse import parse_body
from domain.samples import MINIMAL
from tests.domain.scenario import Log, day, evaluation, ident
from tests.domain.test_community_models import establish, point, retire, review
from tests.domain.test_reports import accepting, half_year, returning


def held(log: Log, unit: str = "p8", **more: Any) -> Record:
    return log.given(
        "MeetingHeld",
        unit,
        kind="committee_periodic",
        attendees=4200,
        mode="in_person",
        member_evaluation=evaluation(),
        **more,
    )


def correcting(target: Record, /, **changes: Any) -> dict[str, Any]:
    return {
        "about": target.aggregate_id,
        "target_event_id": target.event_id,
        "replacement": {**target.data, **changes},
        "reason": "wrong_figure",
    }


def retracting(target: Record, /, **more: Any) -> dict[str, Any]:
    return {
        "about": target.aggregate_id,
        "target_event_id": target.event_id,
        "reason": "never_happened",
        **more,
    }


def test_a_figure_is_corrected(log: Log) -> None:
    """Storyline 5: 4,200 was 420."""
    first = held(log)
    correction = log.given("EventCorrected", "p8", **correcting(first, attendees=420))
    assert correction.data["target_type"] == "MeetingHeld"
    assert correction.data["replacement_version"] == EVENTS["MeetingHeld"].version
    assert correction.aggregate_id == first.aggregate_id
    data = meeting(log.effective(first.aggregate_id))
    assert data is not None
    assert data["attendees"] == 420


def test_the_front_retracts_its_copy_as_a_duplicate(log: Log) -> None:
    """Storyline 6."""
    original, copy = held(log), held(log, org_id=ident("p8 front"))
    retraction = retracting(copy, reason="duplicate", duplicate_of=original.event_id)
    other = log.refused("EventRetracted", "p8", **retraction)
    assert (other.code, other.field) == ("organisation-not-allowed", "/data/org_id")
    log.given("EventRetracted", "p8", **retraction, org_id=ident("p8 front"))
    assert log.effective(copy.aggregate_id) == []
    assert len(log.effective(original.aggregate_id)) == 1


@pytest.mark.parametrize(
    ("fields", "valid"),
    [
        ({"reason": "duplicate", "duplicate_of": ident("b")}, True),
        ({"reason": "never_happened"}, True),
        ({"reason": "duplicate"}, False),
        ({"reason": "wrong_unit", "duplicate_of": ident("b")}, False),
        ({"reason": "duplicate", "duplicate_of": ident("a")}, False),
    ],
)
def test_a_duplicate_names_what_stays(fields: dict[str, Any], valid: bool) -> None:
    common = {k: v for k, v in MINIMAL["EventRetracted"].items() if k != "reason"}
    found = parse_body("EventRetracted", 1, {**common, "target_event_id": ident("a"), **fields})
    if isinstance(found, list):
        assert not valid
        assert [error.code for error in found] == ["duplicate_of"]
    else:
        assert valid


@pytest.mark.parametrize(
    ("unit", "allowed"), [("quan 5", True), ("centre", True), ("p7", False), ("tay ninh", False)]
)
def test_a_superior_corrects_and_a_neighbour_does_not(log: Log, unit: str, allowed: bool) -> None:
    first = held(log)
    if allowed:
        log.given("EventCorrected", unit, **correcting(first, attendees=420))
        log.given("EventRetracted", unit, **retracting(first))
    else:
        for name, fields in (
            ("EventCorrected", correcting(first, attendees=420)),
            ("EventRetracted", retracting(first)),
        ):
            assert log.refused(name, unit, **fields).code == "organisation-not-allowed"


def test_who_took_the_recorders_place_corrects(log: Log) -> None:
    first = held(log)
    log.given(
        "OrganisationChanged",
        "city",
        kind="merged",
        organisations=[{"org_id": ident("p8 police"), "unit_id": ident("p8")}],
        successor_org_id=ident("p8 front"),
        effective_on="2024-12-17",
    )
    log.at("2024-12-18")
    log.given(
        "EventCorrected",
        "p8",
        org_id=ident("p8 front"),
        **correcting(first, attendees=420),
    )


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"unit_id": ident("p7")}, "invalid-field", "/data/replacement/unit_id"),
        ({"source_record_id": "other"}, "invalid-field", "/data/replacement/source_record_id"),
        ({"attendees": "420"}, "invalid-field", "/data/replacement/attendees"),
        ({"occurred_on": "2025-01-01"}, "date-in-future", "/data/replacement/occurred_on"),
        ({"org_id": ident("nobody")}, "unknown-organisation", "/data/replacement/org_id"),
        (
            {"invited_orgs": [ident("nobody")]},
            "unknown-organisation",
            "/data/replacement/invited_orgs/0",
        ),
    ],
)
def test_a_replacement_is_as_valid_as_a_new_event(
    log: Log, changes: dict[str, Any], code: str, field: str
) -> None:
    first = held(log)
    refusal = log.refused("EventCorrected", "p8", **correcting(first, **changes))
    assert (refusal.code, refusal.field) == (code, field)


def test_only_an_event_of_the_aggregate_that_still_holds_is_corrected(log: Log) -> None:
    first, other = held(log), held(log)
    foreign = {**correcting(first), "about": other.aggregate_id}
    assert log.refused("EventCorrected", "p8", **foreign).code == "no-such-record"
    mistyped = {**correcting(first), "target_type": "ModelRetired"}
    assert log.refused("EventCorrected", "p8", **mistyped).field == "/data/target_type"
    correction = log.given("EventCorrected", "p8", **correcting(first, attendees=420))
    assert log.refused("EventCorrected", "p8", **correcting(correction)).code == (
        "not-in-that-state"
    )
    log.given("EventRetracted", "p8", **retracting(correction))
    data = meeting(log.effective(first.aggregate_id))
    assert data is not None
    assert data["attendees"] == 4200
    retraction = log.given("EventRetracted", "p8", **retracting(first))
    for again in (retracting(first), retracting(retraction), retracting(correction)):
        assert log.refused("EventRetracted", "p8", **again).code == "not-in-that-state"
    assert log.refused("EventCorrected", "p8", **correcting(first)).code == "not-in-that-state"


def test_a_model_with_later_events_is_not_retracted(log: Log) -> None:
    model = establish(log)
    opened = log.given("ModelReplicated", "p8", **point("a"))
    refusal = log.refused("EventRetracted", "p8", **retracting(model))
    assert refusal.code == "not-in-that-state"
    assert opened.event_id in refusal.detail.vi
    log.given("EventRetracted", "p8", **retracting(opened))
    log.given("EventRetracted", "p8", **retracting(model))
    assert log.effective("model") == []


def test_a_correction_may_not_make_a_later_event_impossible(log: Log) -> None:
    model = establish(log)
    log.given("ModelReplicated", "p8", **point("a"))
    reviewed = log.given("ModelReviewed", "p8", **review("weak", "a", occurred_on="2024-12-06"))
    log.given("ModelRetired", "p8", **retire("a", occurred_on="2024-12-10"))
    late = log.refused("EventCorrected", "p8", **correcting(model, opened_on="2024-12-06"))
    assert (late.code, late.rule) == ("not-in-that-state", "R20")
    after = log.refused("EventCorrected", "p8", **correcting(reviewed, occurred_on="2024-12-11"))
    assert (after.code, after.rule) == ("not-in-that-state", "R31")
    log.given("EventCorrected", "p8", **correcting(reviewed, rating="average"))


def test_what_was_odd_before_does_not_forbid_a_correction(log: Log) -> None:
    report = log.at("2025-06-13").given("ReportSubmitted", "p8", **half_year())
    accepted = log.given("ReportAccepted", "quan 5", **accepting(report))
    # The district's clock ran behind: by the order of recording its acceptance came first.
    log.records[-1] = accepted._replace(recorded_at="2025-06-01T00:00:00.000000Z")
    log.given(
        "EventCorrected",
        "p8",
        **correcting(report, figures={"points": 7}),
        approver_org_id=ident("quan 5 police"),
    )


def test_an_accepted_report_is_corrected_with_approval_only(log: Log) -> None:
    report = log.at("2025-06-13").given("ReportSubmitted", "p8", **half_year())
    log.given("EventCorrected", "p8", **correcting(report, figures={"points": 6}))
    log.given("ReportAccepted", "quan 5", **accepting(report))
    correction = correcting(report, figures={"points": 7})
    refusal = log.refused("EventCorrected", "p8", **correction)
    assert (refusal.code, refusal.field) == ("invalid-field", "/data/approver_org_id")
    nobody = log.refused("EventCorrected", "p8", **correction, approver_org_id=ident("nobody"))
    assert nobody.code == "unknown-organisation"
    log.given("EventCorrected", "p8", **correction, approver_org_id=ident("quan 5 police"))
    assert log.refused("EventRetracted", "p8", **retracting(report)).code == "not-in-that-state"


def test_a_report_keeps_its_period(log: Log) -> None:
    report = log.at("2025-06-13").given("ReportSubmitted", "p8", **half_year())
    log.given("ReportReturned", "quan 5", **returning(report))
    refusal = log.refused("EventCorrected", "p8", **correcting(report, period="2024-H1"))
    assert refusal.code == "invalid-field"


def test_a_unit_event_is_corrected_and_the_directory_follows(log: Log) -> None:
    merged = log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("p7")}]},
        effective_on="2025-01-01",
    )
    log.given("EventCorrected", "centre", **correcting(merged, effective_on="2025-02-01"))
    assert log.directory.active(ident("p8"), day("2025-01-31"))
    assert not log.directory.active(ident("p8"), day("2025-02-01"))
    log.given("EventRetracted", "centre", **retracting(merged))
    assert log.directory.active(ident("p8"), day("2025-02-01"))


def test_a_unit_that_others_rest_on_is_not_retracted(log: Log) -> None:
    created = next(
        r
        for r in log.records
        if r.type == "UnitReorganised" and r.data["to"][0]["unit_id"] == ident("quan 5")
    )
    refusal = log.refused("EventRetracted", "centre", **retracting(created))
    assert (refusal.code, refusal.rule) == ("not-in-that-state", "R102")
    assert refusal.field == "/data/to/0/parent_id"


def test_a_rule_is_not_corrected_into_an_overlap(log: Log) -> None:
    rule = {
        "kind": "cadence",
        "scope": {"unit_id": ident("quan 5")},
        "params": {"every_months": 6, "anchor": "2025-01-01"},
    }
    first = log.given(
        "RuleDefined", "quan 5", **rule, valid_from="2023-01-01", valid_to="2024-12-31"
    )
    log.given("RuleDefined", "quan 5", **rule, valid_from="2025-01-01")
    refusal = log.refused("EventCorrected", "quan 5", **correcting(first, valid_to="2025-06-30"))
    assert refusal.code == "not-in-that-state"
    shorter = log.given("EventCorrected", "quan 5", **correcting(first, valid_to="2024-06-30"))
    assert log.directory.rule("cadence", ident("p8"), day("2024-12-31")) is None
    between = log.given(
        "RuleDefined", "quan 5", **rule, valid_from="2024-07-01", valid_to="2024-12-31"
    )
    back = log.refused("EventRetracted", "quan 5", **retracting(shorter))
    assert (back.code, back.rule) == ("not-in-that-state", "catalogue")
    log.given("EventRetracted", "quan 5", **retracting(between))
    log.given("EventRetracted", "quan 5", **retracting(shorter))
    assert log.directory.rule("cadence", ident("p8"), day("2024-12-31")) is not None


def test_a_correction_may_not_reach_beyond_its_recorders_ground(log: Log) -> None:
    rule = log.given(
        "RuleDefined",
        "quan 5",
        kind="target",
        scope={"unit_id": ident("quan 5")},
        params={"figure": "F3", "percent": 75},
        valid_from="2023-01-01",
    )
    widened = correcting(rule, scope={"unit_id": ident("city")})
    refusal = log.refused("EventCorrected", "quan 5", **widened)
    assert (refusal.code, refusal.field) == ("unit-not-hosted", "/data/replacement/scope/unit_id")
