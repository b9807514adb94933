"""Rules: dated, scoped, the nearest wins, and no two of one kind in one scope."""

from __future__ import annotations

from typing import Any

import pytest

from domain.parse import parse_body
from domain.rule_params import RuleKind
from tests.domain.scenario import Log, day, ident

MONTHLY = {"every_months": 1, "anchor": "2025-01-01"}
HALF_YEARLY = {"every_months": 6, "anchor": "2025-01-01"}


def cadence(
    unit: str, valid_from: str, params: dict[str, Any] = MONTHLY, **more: Any
) -> dict[str, Any]:
    scoped = {"unit_id": ident(unit), **more.pop("scope", {})}
    return {
        "kind": "cadence",
        "scope": scoped,
        "params": params,
        "valid_from": valid_from,
        **more,
    }


def holding(log: Log, unit: str, on: str, **query: Any) -> dict[str, Any] | None:
    rule = log.directory.rule(RuleKind.CADENCE, ident(unit), day(on), **query)
    return None if rule is None else dict(rule.params)


def test_the_nearest_scope_wins(log: Log) -> None:
    """C1: wards of Quận 5 meet every 6 months, elsewhere communes meet every month."""
    log.given("RuleDefined", "centre", **cadence("centre", "2020-01-01"))
    log.given("RuleDefined", "quan 5", **cadence("quan 5", "2023-01-01", HALF_YEARLY))
    assert holding(log, "p8", "2024-06-01") == HALF_YEARLY
    assert holding(log, "p8", "2022-12-31") == MONTHLY
    assert holding(log, "chau thanh", "2024-06-01") == MONTHLY
    assert holding(log, "chau thanh", "2019-12-31") is None
    assert holding(log, "nowhere", "2024-06-01") is None


def test_a_level_goes_before_all_and_a_category_is_apart(log: Log) -> None:
    log.given("RuleDefined", "centre", **cadence("centre", "2020-01-01"))
    district = {"every_months": 3, "anchor": "2025-01-01"}
    elderly = {"every_months": 4, "anchor": "2025-01-01"}
    log.given(
        "RuleDefined",
        "centre",
        **cadence("centre", "2020-01-01", district, scope={"level": "district"}),
    )
    log.given(
        "RuleDefined",
        "centre",
        **cadence("centre", "2020-01-01", elderly, scope={"organisation": "elderly"}),
    )
    assert holding(log, "quan 5", "2024-06-01") == district
    assert holding(log, "p8", "2024-06-01") == MONTHLY
    assert holding(log, "p8", "2024-06-01", organisation="elderly") == elderly
    assert holding(log, "p8", "2024-06-01", organisation="police") is None


def test_a_unit_outside_its_life_keeps_the_rules_of_its_last_parents(log: Log) -> None:
    log.given("RuleDefined", "quan 5", **cadence("quan 5", "2023-01-01"))
    log.given(
        "UnitReorganised",
        "centre",
        kind="abolish",
        **{"from": [{"unit_id": ident("p8")}]},
        effective_on="2024-06-01",
    )
    assert holding(log, "p8", "2024-07-01") == MONTHLY


def test_two_rules_of_one_kind_do_not_overlap_in_one_scope(log: Log) -> None:
    first = log.given(
        "RuleDefined", "quan 5", **cadence("quan 5", "2023-01-01", valid_to="2025-06-30")
    )
    refusal = log.refused("RuleDefined", "city", **cadence("quan 5", "2025-06-30", HALF_YEARLY))
    assert (refusal.code, refusal.rule) == ("rule-overlap", "catalogue")
    assert first.aggregate_id in refusal.detail.vi
    assert "30/6/2025" in refusal.detail.vi
    log.given("RuleDefined", "city", **cadence("quan 5", "2025-07-01", HALF_YEARLY))
    assert holding(log, "p8", "2025-06-30") == MONTHLY
    assert holding(log, "p8", "2025-07-01") == HALF_YEARLY


def test_a_rule_laid_down_anew_replaces_itself_from_its_day_on(log: Log) -> None:
    log.given("RuleDefined", "quan 5", about="r", **cadence("quan 5", "2023-01-01"))
    log.given("RuleDefined", "quan 5", about="r", **cadence("quan 5", "2024-01-01", HALF_YEARLY))
    assert holding(log, "p8", "2023-12-31") == MONTHLY
    assert holding(log, "p8", "2024-01-01") == HALF_YEARLY
    log.given(
        "RuleDefined",
        "quan 5",
        about="r",
        **cadence("quan 5", "2024-01-01", HALF_YEARLY, valid_to="2024-06-30"),
    )
    assert holding(log, "p8", "2024-06-30") == HALF_YEARLY
    assert holding(log, "p8", "2024-07-01") is None


def test_a_rule_keeps_its_subject_and_its_owner(log: Log) -> None:
    log.given("RuleDefined", "quan 5", about="r", **cadence("quan 5", "2023-01-01"))
    other = log.refused("RuleDefined", "quan 5", about="r", **cadence("p8", "2024-01-01"))
    assert other.code == "not-in-that-state"
    owner = log.refused("RuleDefined", "city", about="r", **cadence("quan 5", "2024-01-01"))
    assert owner.code == "unit-not-hosted"


@pytest.mark.parametrize(
    ("recorder", "scope", "code"),
    [
        ("p8", "quan 5", "unit-not-hosted"),
        ("p8", "p7", "unit-not-hosted"),
        ("p8", "x", "unknown-unit"),
    ],
)
def test_a_rule_holds_on_its_owners_ground(log: Log, recorder: str, scope: str, code: str) -> None:
    refusal = log.refused("RuleDefined", recorder, **cadence(scope, "2024-01-01"))
    assert (refusal.code, refusal.field) == (code, "/data/scope/unit_id")


def test_rules_recorded_apart_that_overlap_are_a_problem_everyone_sees_alike(log: Log) -> None:
    here, there = log.at("2024-12-16"), Log(records=[], directory=log.directory)
    first = here.given("RuleDefined", "quan 5", **cadence("quan 5", "2023-01-01"))
    second = there.at("2024-12-17").given(
        "RuleDefined", "city", **cadence("quan 5", "2024-01-01", HALF_YEARLY), event="second"
    )
    one = here.directory.with_records([second])
    other = there.directory.with_records([first])
    for directory in (one, other):
        assert set(directory.problems) == {second.event_id}
        rule = directory.rule(RuleKind.CADENCE, ident("p8"), day("2024-06-01"))
        assert rule is not None
        assert rule.event_id == first.event_id


def test_periods_and_due_dates_are_told_apart_by_report_and_half(log: Log) -> None:
    for report_kind, half, month_day in (
        ("half_year", None, "06-20"),
        ("half_year", 2, "12-10"),
        ("annual", None, "12-20"),
    ):
        params: dict[str, Any] = {"report_kind": report_kind, "day": {"month_day": month_day}}
        if half:
            params["half"] = half
        log.given(
            "RuleDefined",
            "centre",
            kind="due",
            scope={"unit_id": ident("centre")},
            params=params,
            valid_from="2021-01-01",
        )
    found = {
        about: rule.params["day"]["month_day"]
        for about in ("half_year:1", "half_year:2", "annual")
        if (rule := log.directory.rule("due", ident("p8"), day("2024-01-01"), about=about))
    }
    assert found == {"half_year:1": "06-20", "half_year:2": "12-10", "annual": "12-20"}


@pytest.mark.parametrize(
    ("kind", "params", "about"),
    [
        ("quota", {"subject": "exemplary_movement", "minimum": 1}, "exemplary_movement"),
        (
            "window",
            {
                "subject_category": "residential_area",
                "standard_version": "circular_124_2021",
                "window_start": {"month_day": "11-01", "year_offset": -1},
                "window_end": {"month_day": "10-31", "year_offset": 0},
                "register_by": {"month_day": "03-31", "year_offset": 0},
            },
            "residential_area",
        ),
        (
            "authority",
            {
                "matter": "standard",
                "subject_category": "commune",
                "competent_level": "province",
            },
            "standard:commune",
        ),
        ("authority", {"matter": "exemplary", "competent_level": "province"}, "exemplary"),
        ("template", {"template_kind": "summary", "sections": ["committee"]}, "summary"),
        ("target", {"figure": "F3", "percent": 75}, "F3"),
        ("target", {"figure": "F4", "most": 0}, "F4"),
    ],
)
def test_each_kind_of_rule_is_found_by_what_it_is_about(
    log: Log, kind: str, params: dict[str, Any], about: str
) -> None:
    """R08, R09, R33, R70, R86: rules are found by their kind and what they are about."""
    log.given(
        "RuleDefined",
        "centre",
        kind=kind,
        scope={"unit_id": ident("centre")},
        params=params,
        valid_from="2021-01-01",
    )
    rule = log.directory.rule(kind, ident("p8"), day("2024-01-01"), about=about)
    assert rule is not None
    assert dict(rule.params) == params
    assert log.directory.rule(kind, ident("p8"), day("2024-01-01"), about="another") is None


def body(**fields: Any) -> Any:
    return parse_body(
        "RuleDefined",
        1,
        {
            "unit_id": ident("p8"),
            "org_id": ident("p8 police"),
            "actor_account": "test",
            "occurred_on": "2024-01-01",
            "source_system": "test",
            "source_record_id": "1",
            **cadence("p8", "2024-01-01"),
            **fields,
        },
    )


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"kind": "quota"}, "/data", "rule_params"),
        (
            {
                "kind": "quota",
                "params": {"subject": "exemplary_movement", "minimum": 2, "maximum": 1},
            },
            "/data/params",
            "quota_bounds",
        ),
        (
            {
                "kind": "window",
                "params": {
                    "subject_category": "agency",
                    "standard_version": "circular_124_2021",
                    "window_start": {"month_day": "11-16", "year_offset": -1},
                    "window_end": {"month_day": "11-15"},
                    "register_by": {"month_day": "11-16"},
                },
            },
            "/data/params",
            "window_order",
        ),
        (
            {"kind": "template", "params": {"template_kind": "summary", "sections": []}},
            "/data/params/sections",
            "too_short",
        ),
        (
            {"kind": "authority", "params": {"matter": "everything", "competent_level": "commune"}},
            "/data/params/matter",
            "enum",
        ),
        ({"kind": "other"}, "/data/kind", "enum"),
        ({"kind": "due"}, "/data", "rule_params"),
        ({"params": {"months": 1}}, "/data/params", "rule_params"),
        (
            {"params": {"every_months": 0, "anchor": "2025-01-01"}},
            "/data/params/every_months",
            "greater_than_equal",
        ),
        ({"params": {"every_months": 1}}, "/data/params/anchor", "missing"),
        ({"valid_to": "2023-12-31"}, "/data", "rule_validity"),
        ({"inclusive": True}, "/data", "rule_inclusive"),
        ({"inclusive": "yes"}, "/data/inclusive", "bool_type"),
        (
            {
                "kind": "due",
                "params": {"report_kind": "annual", "half": 1, "day": {"month_day": "06-20"}},
            },
            "/data",
            "rule_half",
        ),
        (
            {"kind": "due", "params": {"report_kind": "annual", "day": {"month_day": "02-30"}}},
            "/data/params/day/month_day",
            "month_day",
        ),
        (
            {
                "kind": "period",
                "params": {
                    "report_kind": "annual",
                    "start": {"month_day": "12-15"},
                    "end": {"month_day": "12-14"},
                },
            },
            "/data",
            "rule_period",
        ),
        (
            {"kind": "target", "params": {"figure": "F99", "percent": 75}},
            "/data/params/figure",
            "string_pattern_mismatch",
        ),
    ],
)
def test_what_a_rule_may_not_say(fields: dict[str, Any], pointer: str, code: str) -> None:
    errors = body(**fields)
    assert isinstance(errors, list)
    assert [(error.pointer, error.code) for error in errors] == [(pointer, code)]
