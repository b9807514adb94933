"""Plans of the year: due by a rule, told by the year they are for."""

from __future__ import annotations

from typing import Any

import pytest

from domain.parse import parse_body
from domain.plans import PlanDue, plan_due, plan_year
from tests.domain.scenario import Log, day, ident


def plan_rule(log: Log, unit: str, month_day: str, **more: Any) -> str:
    return log.given(
        "RuleDefined",
        unit,
        kind="due",
        scope={"unit_id": ident(unit), **more.pop("scope", {})},
        params={"document_kind": "plan", "day": {"month_day": month_day}},
        **{"valid_from": "2023-01-01", **more},
    ).aggregate_id


def test_the_wards_of_quan_5_plan_before_28_march(log: Log) -> None:
    """R118: "trước ngày 28/3/2023", so 27/3 at the latest; rolled over every year."""
    rule_id = plan_rule(log, "quan 5", "03-28", scope={"level": "commune"})
    for year in (2023, 2025):
        owed = PlanDue(year, day(f"{year}-03-27"), rule_id, True)
        assert plan_due(log.directory, ident("p12"), year) == owed
        assert owed.on_time(day(f"{year}-03-27"))
        assert not owed.on_time(day(f"{year}-03-28"))
    assert plan_due(log.directory, ident("p12"), 2022) is None
    assert plan_due(log.directory, ident("quan 5"), 2025) is None
    assert plan_due(log.directory, ident("chau thanh"), 2025) is None


def test_a_plan_that_one_year_asked_for(log: Log) -> None:
    """R128: "Hoàn thành trước ngày 30/4/2019", and not again."""
    plan_rule(log, "centre", "04-30", valid_from="2019-01-01", valid_to="2019-12-31")
    owed = plan_due(log.directory, ident("city"), 2019)
    assert owed is not None
    assert owed.due_on == day("2019-04-29")
    assert plan_due(log.directory, ident("city"), 2020) is None


def test_a_rule_for_plans_is_no_rule_for_reports(log: Log) -> None:
    plan_rule(log, "centre", "03-28", inclusive=True)
    owed = plan_due(log.directory, ident("p7"), 2025)
    assert owed is not None
    assert owed.due_on == day("2025-03-28")
    assert log.directory.rule("due", ident("p7"), day("2025-03-01"), about="annual") is None


def test_a_unit_that_ended_owes_no_plan(log: Log) -> None:
    plan_rule(log, "centre", "03-28")
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("p7")}]},
        effective_on="2025-03-27",
    )
    owed = plan_due(log.directory, ident("p8"), 2025)
    assert owed is not None
    assert not owed.expected


@pytest.mark.parametrize(
    ("fields", "year"),
    [
        ({"kind": "plan", "issued_on": "2025-03-20"}, 2025),
        (
            {
                "kind": "plan",
                "issued_on": "2024-12-20",
                "validity": {"valid_from": "2025-01-01", "valid_to": "2027-12-31"},
            },
            2025,
        ),
        ({"kind": "directive", "issued_on": "2025-03-20"}, None),
    ],
)
def test_the_year_a_document_is_the_plan_of(fields: dict[str, Any], year: int | None) -> None:
    assert plan_year(fields) == year


def test_a_plan_rule_is_told_from_the_others_by_its_fields(log: Log) -> None:
    plan_rule(log, "centre", "03-28")
    data = dict(log.records[-1].data)
    for params in (
        {"document_kind": "directive", "day": {"month_day": "03-28"}},
        {"document_kind": "plan", "day": {"month_day": "02-29"}},
        {"document_kind": "plan", "report_kind": "annual", "day": {"month_day": "03-28"}},
    ):
        assert isinstance(parse_body("RuleDefined", 1, data | {"params": params}), list)
