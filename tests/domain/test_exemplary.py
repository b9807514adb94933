"""Exemplary units: selected, recognised, withdrawn, and the quota of a locality."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions import Accepted
from domain.events import Record
from domain.exemplary import exemplary_year_id, fold, stage_changes
from domain.parse import parse_body
from tests.domain.scenario import Log, ident, setting


@pytest.fixture
def log(log: Log) -> Log:
    """At 20/11/2025, when the year's exemplary units are decided."""
    return log.at("2025-11-20")


def of(ward: str, stage: str, kind: str = "movement", **more: Any) -> dict[str, Any]:
    return {
        "category": "commune",
        "subject_unit_id": ident(ward),
        "year": 2025,
        "kind": kind,
        "stage": stage,
        **more,
    }


def quota(log: Log, unit: str, minimum: int, **more: Any) -> None:
    log.given(
        "RuleDefined",
        unit,
        kind="quota",
        scope={"unit_id": ident(unit)},
        params={"subject": "exemplary_movement", "minimum": minimum, **more},
        valid_from="2021-01-01",
    )


def test_a_unit_stands_at_its_stages_until_it_is_withdrawn(log: Log) -> None:
    """F7: each change on its day, by the event that says so."""
    events = []
    for stage, on in (("selected", "11-20"), ("recognised", "11-25"), ("withdrawn", "12-20")):
        log.at(f"2025-{on}")
        events.append(log.given("ExemplaryUnitDesignated", "quan 5", **of("p8", stage)))
    state = fold(log.effective(events[0].aggregate_id))
    assert [(f"{c.day:%m-%d}", c.stage, c.delta, c.event_id) for c in stage_changes(state)] == [
        ("11-20", "selected", 1, events[0].event_id),
        ("12-20", "selected", -1, events[2].event_id),
        ("11-25", "recognised", 1, events[1].event_id),
        ("12-20", "recognised", -1, events[2].event_id),
    ]


def test_a_unit_is_selected_recognised_and_withdrawn(log: Log) -> None:
    """R33, R111."""
    record = log.given("ExemplaryUnitDesignated", "quan 5", **of("p8", "selected"))
    assert record.aggregate_id == str(exemplary_year_id(ident("quan 5"), "movement", 2025))
    log.given("ExemplaryUnitDesignated", "quan 5", **of("p8", "recognised"))
    (subject,) = fold(log.effective(record.aggregate_id)).values()
    assert subject.counts
    log.given("ExemplaryUnitDesignated", "quan 5", **of("p8", "withdrawn"))
    (subject,) = fold(log.effective(record.aggregate_id)).values()
    assert not subject.counts
    for stage in ("selected", "recognised", "withdrawn"):
        refusal = log.refused("ExemplaryUnitDesignated", "quan 5", **of("p8", stage))
        assert (refusal.code, refusal.field) == ("not-in-that-state", "/data/stage")
        assert "withdrawn on" in refusal.detail.en


@pytest.mark.parametrize("stage", ["recognised", "withdrawn"])
def test_what_was_not_selected_is_neither_recognised_nor_withdrawn(log: Log, stage: str) -> None:
    log.given("ExemplaryUnitDesignated", "quan 5", **of("p7", "selected"))
    refusal = log.refused("ExemplaryUnitDesignated", "quan 5", **of("p8", stage))
    assert (refusal.code, refusal.field) == ("not-in-that-state", "/data/stage")


def test_no_stage_comes_twice_nor_before_the_one_before(log: Log) -> None:
    log.given("ExemplaryUnitDesignated", "quan 5", **of("p8", "selected"))
    again = log.refused("ExemplaryUnitDesignated", "quan 5", **of("p8", "selected"))
    assert again.code == "not-in-that-state"
    early = of("p8", "recognised", occurred_on="2025-11-19")
    refusal = log.refused("ExemplaryUnitDesignated", "quan 5", **early)
    assert (refusal.code, refusal.field) == ("invalid-field", "/data/occurred_on")


def test_more_than_the_quota_is_a_warning(log: Log) -> None:
    """C4: one a year per district; the documents say "at least", so a fact is not refused."""
    quota(log, "quan 5", 1, maximum=1)
    for ward in ("p7", "p8"):
        log.given("ExemplaryUnitDesignated", "quan 5", **of(ward, "selected"))
    log.given("ExemplaryUnitDesignated", "quan 5", **of("p7", "recognised"))
    decision = log.when("ExemplaryUnitDesignated", "quan 5", **of("p8", "recognised"))
    assert isinstance(decision, Accepted)
    assert [notice.code for notice in decision.notices] == ["quota-exceeded"]
    log.given("ExemplaryUnitDesignated", "quan 5", **of("p7", "withdrawn"))
    decision = log.when("ExemplaryUnitDesignated", "quan 5", **of("p8", "recognised"))
    assert isinstance(decision, Accepted)
    assert decision.notices == ()


def test_at_least_has_no_upper_end(log: Log) -> None:
    quota(log, "city", 1)
    for ward in ("p7", "p8"):
        log.given("ExemplaryUnitDesignated", "city", **of(ward, "selected"))
        decision = log.when("ExemplaryUnitDesignated", "city", **of(ward, "recognised"))
        assert isinstance(decision, Accepted)
        assert decision.notices == ()
        log.given("ExemplaryUnitDesignated", "city", **of(ward, "recognised"))


def test_a_province_recognises_what_a_district_selected(log: Log) -> None:
    log.given("ExemplaryUnitDesignated", "quan 5", **of("p8", "selected"))
    own = log.refused("ExemplaryUnitDesignated", "city", **of("p8", "recognised"))
    assert own.code == "not-in-that-state"
    record = log.given(
        "ExemplaryUnitDesignated", "city", **of("p8", "recognised", locality_id=ident("quan 5"))
    )
    assert len(fold(log.effective(record.aggregate_id))) == 1
    foreign = of("p8", "withdrawn", locality_id=ident("quan 5"))
    refusal = log.refused("ExemplaryUnitDesignated", "tay ninh", **foreign)
    assert (refusal.code, refusal.field) == ("organisation-not-allowed", "/data/unit_id")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        (of("tan ninh", "selected"), "invalid-field", "/data/subject_unit_id"),
        (of("quan 5", "selected"), "invalid-field", "/data/subject_unit_id"),
        (of("nowhere", "selected"), "unknown-unit", "/data/subject_unit_id"),
        (
            of("p8", "selected", locality_id=ident("nowhere")),
            "unknown-unit",
            "/data/locality_id",
        ),
        (of("p8", "selected", about="mine"), "invalid-field", "/aggregate_id"),
    ],
)
def test_a_subject_lies_in_the_locality(
    log: Log, fields: dict[str, Any], code: str, field: str
) -> None:
    refusal = log.refused("ExemplaryUnitDesignated", "quan 5", **fields)
    assert (refusal.code, refusal.field) == (code, field)


def test_a_school_may_be_exemplary_in_the_movement_only(log: Log) -> None:
    """R67; R33 knows wards only for urban order."""
    school = of("p8", "selected", category="school", subject_code="th-02")
    record = log.given("ExemplaryUnitDesignated", "quan 5", **school)
    errors = parse_body("ExemplaryUnitDesignated", 1, {**record.data, "kind": "urban_order"})
    assert isinstance(errors, list)
    assert [error.code for error in errors] == ["urban_order_category"]


def test_a_rule_names_who_recognises(log: Log) -> None:
    log.given(
        "RuleDefined",
        "centre",
        kind="authority",
        scope={"unit_id": ident("centre")},
        params={"matter": "exemplary", "competent_level": "province"},
        valid_from="2021-01-01",
    )
    log.given("ExemplaryUnitDesignated", "quan 5", **of("p8", "selected"))
    refusal = log.refused("ExemplaryUnitDesignated", "quan 5", **of("p8", "recognised"))
    assert (refusal.code, refusal.field) == ("organisation-not-allowed", "/data/org_id")


def _year() -> list[Record]:
    log = setting().at("2025-11-20")
    return [
        log.given("ExemplaryUnitDesignated", "quan 5", **of(ward, stage))
        for ward in ("p7", "p8")
        for stage in ("selected", "recognised", "withdrawn")
    ]


YEAR = _year()


@given(st.permutations(YEAR))
def test_a_year_is_the_same_in_whatever_order_it_arrives(records: list[Record]) -> None:
    assert fold(records) == fold(YEAR)
