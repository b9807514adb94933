"""Praise and criticism: proposed, decided, counted (R26, R41, R79, R98)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.decisions import Accepted
from domain.parse import parse_body
from tests.domain.scenario import Log, ident


def proposed(**more: Any) -> dict[str, Any]:
    return {
        "about": "award",
        "kind": "praise",
        "stage": "proposed",
        "form": "certificate_of_merit",
        "collectives": 2,
        "individuals": 5,
        **more,
    }


def decided(**more: Any) -> dict[str, Any]:
    return proposed(stage="decided", deciding_org_id=ident("city police"), **more)


def test_a_superior_decides_about_a_proposal(log: Log) -> None:
    log.given("CommendationRecorded", "p8", **proposed())
    log.given("CommendationRecorded", "city", **decided(individuals=4))


def test_criticism_is_decided_without_a_proposal(log: Log) -> None:
    """Storyline 13: against an organisation, as a count."""
    log.given(
        "CommendationRecorded",
        "quan 5",
        **decided(kind="criticism", form="criticism_in_writing", collectives=1, individuals=0),
    )


def test_one_proposal_and_one_decision_which_comes_last(log: Log) -> None:
    log.given("CommendationRecorded", "p8", **proposed())
    refusal = log.refused("CommendationRecorded", "p8", **proposed())
    assert (refusal.code, refusal.rule) == ("already-exists", "R41")
    assert "16/12/2024" in refusal.detail.vi
    decision = log.given("CommendationRecorded", "city", **decided())
    for fields in (proposed(), decided()):
        refusal = log.refused("CommendationRecorded", "city", **fields)
        assert (refusal.code, refusal.rule) == ("not-in-that-state", "R98")
        assert decision.event_id in refusal.detail.en


@pytest.mark.parametrize(
    ("unit", "fields", "code", "field"),
    [
        ("p7", {}, "organisation-not-allowed", "/data/unit_id"),
        ("p8", {"occurred_on": "2024-12-15"}, "invalid-field", "/data/occurred_on"),
        ("p8", {"kind": "criticism", "form": "reminder"}, "invalid-field", "/data/kind"),
        (
            "p8",
            {"deciding_org_id": ident("nobody")},
            "unknown-organisation",
            "/data/deciding_org_id",
        ),
    ],
)
def test_a_decision_is_about_its_proposal(
    log: Log, unit: str, fields: dict[str, Any], code: str, field: str
) -> None:
    log.given("CommendationRecorded", "p8", **proposed())
    refusal = log.refused("CommendationRecorded", unit, **{**decided(), **fields})
    assert (refusal.code, refusal.field) == (code, field)


def test_the_heir_of_a_unit_that_ended_decides(log: Log) -> None:
    log.given("CommendationRecorded", "p8", **proposed(occurred_on="2024-12-01"))
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("p7")}]},
        effective_on="2024-12-15",
    )
    log.given("CommendationRecorded", "p7", **decided())


@pytest.mark.parametrize(
    ("more", "warned"), [({}, False), ({"collectives": 3}, True), ({"individuals": 6}, True)]
)
def test_more_than_proposed_is_accepted_with_a_warning(
    log: Log, more: dict[str, int], warned: bool
) -> None:
    log.given("CommendationRecorded", "p8", **proposed())
    decision = log.when("CommendationRecorded", "p8", **decided(**more))
    assert isinstance(decision, Accepted)
    assert [notice.code for notice in decision.notices] == ["more-than-proposed"] * warned


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"form": "reminder"}, "award_form"),
        ({"kind": "criticism"}, "award_form"),
        ({"collectives": 0, "individuals": 0}, "nobody_meant"),
        ({"stage": "decided"}, "deciding_org_missing"),
        ({"names": ["A"]}, "extra_forbidden"),
    ],
)
def test_what_a_commendation_may_not_hold(log: Log, fields: dict[str, Any], code: str) -> None:
    data = log.draft("CommendationRecorded", "p8", **proposed()).body.to_data()
    errors = parse_body("CommendationRecorded", 1, {**data, **fields})
    assert isinstance(errors, list)
    assert [error.code for error in errors] == [code]
