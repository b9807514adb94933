"""Inspections: of units below, findings with due days, each remedied once by the unit itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions import Accepted
from domain.events import Record
from domain.inspections import fold
from domain.parse import parse_body
from tests.domain.scenario import Log, day, ident, setting

FINDINGS = [
    {"id": "f1", "severity": "serious", "due_on": "2025-11-01"},
    {"id": "f2", "severity": "minor", "due_on": "2025-11-15"},
]


@pytest.fixture
def log(log: Log) -> Log:
    """At 15/10/2025, the day of an inspection."""
    return log.at("2025-10-15")


def inspection(unit: str = "p8", team: str = "city", **more: Any) -> dict[str, Any]:
    return {
        "about": "inspection",
        "kind": "ad_hoc",
        "team_orgs": [ident(f"{team} police"), ident(f"{team} front")],
        "inspected_unit_id": ident(unit),
        "findings": FINDINGS,
        **more,
    }


def remedy(finding: str = "f1", **more: Any) -> dict[str, Any]:
    return {"about": "inspection", "finding_id": finding, **more}


def test_the_inspected_unit_remedies_what_a_superior_found(log: Log) -> None:
    """R23, R104; F9: one of two in time."""
    log.given("InspectionConducted", "city", **inspection())
    log.at("2025-11-01").given("FindingRemediated", "p8", **remedy("f1"))
    late = log.at("2025-11-16").when("FindingRemediated", "p8", **remedy("f2"))
    assert isinstance(late, Accepted)
    assert [notice.code for notice in late.notices] == ["remediated-late"]
    log.given("FindingRemediated", "p8", **remedy("f2"))
    state = fold(log.effective("inspection"))
    assert state is not None
    assert {name: finding.remedied_on for name, finding in state.findings.items()} == {
        "f1": day("2025-11-01"),
        "f2": day("2025-11-16"),
    }


@pytest.mark.parametrize("inspector", ["quan 5", "city", "centre"])
def test_a_superior_at_any_height_inspects(log: Log, inspector: str) -> None:
    log.given("InspectionConducted", inspector, **inspection())


@pytest.mark.parametrize(
    ("inspector", "unit", "code"),
    [
        ("tay ninh", "p8", "unit-not-hosted"),
        ("quan 5", "quan 5", "unit-not-hosted"),
        ("quan 5", "city", "unit-not-hosted"),
        ("quan 5", "nowhere", "unknown-unit"),
    ],
)
def test_only_what_lies_below_is_inspected(log: Log, inspector: str, unit: str, code: str) -> None:
    refusal = log.refused("InspectionConducted", inspector, **inspection(unit))
    assert (refusal.code, refusal.field) == (code, "/data/inspected_unit_id")


def test_below_is_asked_of_that_day(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        kind="reparent",
        to=[{"unit_id": ident("p8"), "parent_id": ident("city")}],
        effective_on="2025-07-01",
    )
    assert log.refused("InspectionConducted", "quan 5", **inspection()).code == "unit-not-hosted"
    log.given("InspectionConducted", "quan 5", **inspection(occurred_on="2025-06-30"))


def test_the_team_is_made_of_organisations_there_are(log: Log) -> None:
    """R39: others than the inspecting unit's take part."""
    team = [ident("city police"), ident("quan 5 front")]
    log.given("InspectionConducted", "city", **inspection(team_orgs=team))
    team = [ident("city police"), ident("nobody")]
    refusal = log.refused("InspectionConducted", "city", **inspection(team_orgs=team))
    assert (refusal.code, refusal.field) == ("unknown-organisation", "/data/team_orgs/1")


def test_a_commune_inspects_nobody(log: Log) -> None:
    assert log.refused("InspectionConducted", "p8", **inspection()).code == "level-not-allowed"


def test_an_inspection_is_recorded_once(log: Log) -> None:
    log.given("InspectionConducted", "city", **inspection())
    refusal = log.refused("InspectionConducted", "city", **inspection())
    assert (refusal.code, refusal.field) == ("already-exists", "/aggregate_id")


def test_what_cannot_be_remedied(log: Log) -> None:
    nothing = log.refused("FindingRemediated", "p8", **remedy())
    assert (nothing.code, nothing.field) == ("no-such-record", "/aggregate_id")
    log.given("InspectionConducted", "city", **inspection())
    unknown = log.refused("FindingRemediated", "p8", **remedy("f9"))
    assert (unknown.code, unknown.field) == ("no-such-record", "/data/finding_id")
    assert "f1, f2" in unknown.detail.vi
    early = log.refused("FindingRemediated", "p8", **remedy(occurred_on="2025-10-14"))
    assert (early.code, early.field) == ("invalid-field", "/data/occurred_on")
    log.given("FindingRemediated", "p8", **remedy())
    twice = log.refused("FindingRemediated", "p8", **remedy())
    assert (twice.code, twice.field) == ("not-in-that-state", "/data/finding_id")


@pytest.mark.parametrize("recorder", ["p7", "quan 5", "city"])
def test_nobody_remedies_for_the_inspected_unit(log: Log, recorder: str) -> None:
    log.given("InspectionConducted", "city", **inspection())
    refusal = log.refused("FindingRemediated", recorder, **remedy())
    assert (refusal.code, refusal.field) == ("organisation-not-allowed", "/data/unit_id")


def test_the_successor_remedies_what_its_predecessor_left(log: Log) -> None:
    log.at("2025-06-10").given(
        "InspectionConducted", "city", **inspection(occurred_on="2025-06-10")
    )
    log.at("2025-07-02").given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8"), "share": "full"}], "to": [{"unit_id": ident("p7")}]},
        effective_on="2025-07-01",
    )
    log.given("FindingRemediated", "p7", **remedy())


def test_a_finding_that_was_remedied_is_not_corrected_away(log: Log) -> None:
    held = log.given("InspectionConducted", "city", **inspection())
    log.given("FindingRemediated", "p8", **remedy("f1"))
    fields = {
        "about": "inspection",
        "target_event_id": held.event_id,
        "reason": "typing_error",
    }
    without = {**held.data, "findings": FINDINGS[1:]}
    refusal = log.refused("EventCorrected", "city", **fields, replacement=without)
    assert (refusal.code, refusal.rule) == ("not-in-that-state", "R23")
    log.given("EventCorrected", "city", **fields, replacement={**held.data, "kind": "periodic"})
    state = fold(log.effective("inspection"))
    assert state is not None
    assert (state.kind, state.findings["f1"].remedied_on is None) == ("periodic", False)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"findings": [FINDINGS[0], {**FINDINGS[1], "id": "f1"}]}, "repeated"),
        ({"findings": [{**FINDINGS[0], "due_on": "2025-10-14"}]}, "finding_due"),
        ({"findings": [{**FINDINGS[0], "severity": "bad"}]}, "enum"),
        ({"team_orgs": []}, "too_short"),
    ],
)
def test_what_an_inspection_may_not_say(log: Log, fields: dict[str, Any], code: str) -> None:
    data = log.draft("InspectionConducted", "city", **inspection()).body.to_data()
    errors = parse_body("InspectionConducted", 1, {**data, **fields})
    assert isinstance(errors, list)
    assert [error.code for error in errors] == [code]


def _records() -> list[Record]:
    log = setting().at("2025-10-15")
    return [
        log.given("InspectionConducted", "city", **inspection()),
        log.given("FindingRemediated", "p8", **remedy("f1")),
        log.given("FindingRemediated", "p8", **remedy("f2")),
    ]


RECORDS = _records()


@given(st.permutations(RECORDS))
def test_an_inspection_is_the_same_in_whatever_order_it_arrives(records: list[Record]) -> None:
    assert fold(records) == fold(RECORDS)


def test_remedies_wait_for_their_inspection() -> None:
    assert fold(RECORDS[1:]) is None
