"""Content that must not be held: who has it removed, of what, and what is left of it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.effective import REDACTED
from domain.events import Record
from domain.redactions import KEPT_TYPES, may_redact, places_removed
from tests.domain.scenario import Log, day, ident
from tests.domain.test_corrections import correcting, held, retracting


def redacting(target: Record, by: str = "p8", /, **more: Any) -> dict[str, Any]:
    return {
        "about": target.aggregate_id,
        "target_event_id": target.event_id,
        "legal_basis": "personal_data_law",
        "content_kind": "petitioner",
        "decided_by_org_id": ident(f"{by} police"),
        **more,
    }


def test_the_redaction_names_the_place_and_the_event_counts_no_more(log: Log) -> None:
    target = held(log)
    redaction = log.given(REDACTED, "p8", **redacting(target))
    assert redaction.aggregate_id == target.aggregate_id
    assert redaction.data["target_type"] == "MeetingHeld"
    assert redaction.data["target_unit_id"] == ident("p8")
    assert (redaction.data["stream_id"], redaction.data["sequence"]) == (
        target.origin,
        target.sequence,
    )
    assert log.effective(target.aggregate_id) == []
    assert places_removed(log.records) == {(target.origin, target.sequence)}


@pytest.mark.parametrize("unit", ["p8", "quan 5", "city", "centre"])
def test_its_unit_and_every_superior_may(log: Log, unit: str) -> None:
    log.given(REDACTED, unit, **redacting(held(log), unit))


@pytest.mark.parametrize("unit", ["p7", "tay ninh"])
def test_others_may_not(log: Log, unit: str) -> None:
    refused = log.refused(REDACTED, unit, **redacting(held(log), unit))
    assert refused.code == "organisation-not-allowed"
    today = day("2025-06-01")
    assert not may_redact(log.directory, ident(unit), ident("p8"), today)
    assert may_redact(log.directory, ident("quan 5"), ident("p8"), today)


def test_a_subordinate_may_not_remove_what_its_superior_recorded(log: Log) -> None:
    target = held(log, "quan 5")
    refused = log.refused(REDACTED, "p8", **redacting(target))
    assert refused.code == "organisation-not-allowed"


def test_once(log: Log) -> None:
    target = held(log)
    log.given(REDACTED, "quan 5", **redacting(target, "quan 5"))
    assert log.refused(REDACTED, "p8", **redacting(target)).code == "not-in-that-state"
    log.records.remove(target)  # its bytes are gone
    assert log.refused(REDACTED, "p8", **redacting(target)).code == "not-in-that-state"


def test_what_others_rest_on_stays(log: Log) -> None:
    target = held(log)
    redaction = log.given(REDACTED, "p8", **redacting(target))
    assert log.refused(REDACTED, "p8", **redacting(redaction)).code == "not-in-that-state"
    assert log.refused("EventRetracted", "p8", **retracting(redaction)).code == "not-in-that-state"
    unit = next(r for r in log.records if r.type == "UnitReorganised")
    assert log.refused(REDACTED, "centre", **redacting(unit, "centre")).code == "not-in-that-state"
    assert {"SigningKeyRegistered", "RuleDefined", "EventRetracted"} <= KEPT_TYPES


def test_a_correction_is_removed_by_itself(log: Log) -> None:
    target = held(log)
    correction = log.given("EventCorrected", "p8", **correcting(target, attendees=420))
    log.given(REDACTED, "p8", **redacting(correction))
    (left,) = log.effective(target.aggregate_id)
    assert left.data["attendees"] == 4200


def test_a_removed_event_is_not_corrected(log: Log) -> None:
    target = held(log)
    log.given(REDACTED, "p8", **redacting(target))
    refused = log.refused("EventCorrected", "p8", **correcting(target, attendees=420))
    assert refused.code == "not-in-that-state"


def test_another_legal_basis_needs_its_paper(log: Log) -> None:
    target = held(log)
    more = redacting(target, legal_basis="other")
    assert log.refused(REDACTED, "p8", **more).field == "/data/document"
    paper = {"number_raw": "12/QĐ-UBND", "issued_on": "2024-01-01"}
    log.given(REDACTED, "p8", **more | {"document": paper})


def test_the_decider_is_an_organisation(log: Log) -> None:
    more = redacting(held(log), decided_by_org_id=ident("nobody"))
    assert log.refused(REDACTED, "p8", **more).code == "unknown-organisation"
