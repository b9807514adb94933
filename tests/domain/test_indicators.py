"""Indicators: a closed list, one value for each unit and period, small sensitive counts hidden."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import contracts
from domain.indicator_values import fold, indicator_value_id
from domain.indicators import INDICATORS, Indicator, UnitOfMeasure
from domain.levels import Level
from domain.parse import parse_body
from domain.refusals import Text
from tests.domain.scenario import Log, ident
from tests.domain.test_periods import period_rule

TIPS = {"indicator_code": "tips.received", "period": "2025-H1", "value": 31, "unit": "tips"}
ROWS = "06 08 12 13 15 30 35 45 48 50 63 68 71 88 103 110 117 123 127"


@pytest.fixture
def log(log: Log) -> Log:
    """At 10/6/2025, when a half-year's figures are collected."""
    return log.at("2025-06-10")


def test_every_row_of_the_catalogue_has_an_indicator() -> None:
    assert {indicator.row for indicator in INDICATORS.values()} == {
        f"R{number}" for number in ROWS.split()
    }


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda one: one.code)
def test_an_indicator_is_named_in_both_languages(indicator: Indicator) -> None:
    assert indicator.title.vi != indicator.title.en
    assert re.fullmatch(r"[a-z_]+([.][a-z_]+)?", indicator.code)
    if indicator.unit is UnitOfMeasure.PERCENT:
        assert not indicator.adds_up


def test_people_under_supervision_are_sensitive() -> None:
    """R63, R103; facts: counts that could point at a person."""
    sensitive = {code for code, one in INDICATORS.items() if one.sensitive}
    assert sensitive == {
        "supervised.sentences",
        "released.managed",
        "released.progressed",
        "support.reintegration",
        "youth.at_risk",
    }


@pytest.mark.parametrize(
    ("value", "level", "shown"),
    [
        (4, Level.COMMUNE, 4),
        (4, Level.DISTRICT, None),
        (4, Level.PROVINCE, None),
        (4, Level.CENTRAL, None),
        (0, Level.PROVINCE, None),
        (5, Level.PROVINCE, 5),
    ],
)
def test_a_small_sensitive_count_is_not_shown_above_the_commune(
    value: int, level: Level, shown: int | None
) -> None:
    assert INDICATORS["released.managed"].shown(value, level) == shown
    assert INDICATORS["tips.received"].shown(value, level) == value


def test_a_second_value_is_a_correction(log: Log) -> None:
    first = log.given("IndicatorReported", "p8", **TIPS)
    assert first.aggregate_id == str(indicator_value_id(ident("p8"), "2025-H1", "tips.received"))
    refusal = log.refused(
        "IndicatorReported", "p8", org_id=ident("p8 front"), **{**TIPS, "value": 32}
    )
    assert (refusal.code, refusal.field, refusal.rule) == ("already-exists", "/data/value", "R12")
    assert first.event_id in refusal.detail.vi
    log.given(
        "EventCorrected",
        "p8",
        about=first.aggregate_id,
        target_event_id=first.event_id,
        replacement={**first.data, "value": 32},
        reason="late_information",
    )
    value = fold(log.effective(first.aggregate_id))
    assert value is not None
    assert (value.value, value.event_id) == (32, first.event_id)
    for other in ({"period": "2025"}, {"indicator_code": "tips.processed"}):
        log.given("IndicatorReported", "p8", **{**TIPS, **other})


def test_a_value_that_was_retracted_may_be_reported_anew(log: Log) -> None:
    first = log.given("IndicatorReported", "p8", **TIPS)
    log.given(
        "EventRetracted",
        "p8",
        about=first.aggregate_id,
        target_event_id=first.event_id,
        reason="never_happened",
    )
    assert fold(log.effective(first.aggregate_id)) is None
    log.given("IndicatorReported", "p8", **TIPS)


def test_an_identity_is_never_chosen(log: Log) -> None:
    refusal = log.refused("IndicatorReported", "p8", about="mine", **TIPS)
    assert (refusal.code, refusal.field) == ("invalid-field", "/aggregate_id")


def test_a_period_that_has_not_begun_has_no_value(log: Log) -> None:
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    refusal = log.refused("IndicatorReported", "p8", **{**TIPS, "period": "2026-H1"})
    assert (refusal.code, refusal.field, refusal.rule) == ("invalid-field", "/data/period", "R53")
    log.given("IndicatorReported", "p8", **TIPS)


def test_the_centre_reports_no_indicator(log: Log) -> None:
    assert log.refused("IndicatorReported", "centre", **TIPS).code == "level-not-allowed"


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"indicator_code": "religion"}, "/data/indicator_code", "indicator_unknown"),
        ({"unit": "people"}, "/data", "indicator_unit"),
        ({"value": -1}, "/data/value", "greater_than_equal"),
        ({"period": "2025-Q1"}, "/data/period", "string_pattern_mismatch"),
        (
            {"indicator_code": "criterion.cadres_percent", "unit": "percent", "value": 101},
            "/data",
            "indicator_percent",
        ),
    ],
)
def test_what_a_value_may_not_say(
    log: Log, fields: dict[str, Any], pointer: str, code: str
) -> None:
    data = log.given("IndicatorReported", "p8", **TIPS).data
    errors = parse_body("IndicatorReported", 1, {**data, **fields})
    assert isinstance(errors, list)
    assert [(error.pointer, error.code) for error in errors] == [(pointer, code)]


def test_the_schema_lists_the_codes() -> None:
    schema = Path(contracts.__file__).parent / "schemas" / "IndicatorReported.v1.json"
    text = schema.read_text("utf-8")
    assert all(f'"{code}"' in text for code in INDICATORS)


def test_a_code_stands_once() -> None:
    from domain.indicators import _listed  # noqa: PLC0415 - what guards the list

    one = Indicator("a", Text("a", "b"), UnitOfMeasure.PEOPLE, "R06")
    with pytest.raises(ValueError, match="twice"):
        _listed(one, one)
