"""Periods, months and slots."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.periods import Period, Span, add_months, month_slot, period_span
from tests.domain.scenario import Log, day, ident

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))


def period_rule(log: Log, scope: str, about: str, start: str, end: str, **more: Any) -> None:
    recorder = "centre" if scope == "centre" else scope
    report_kind, _, half = about.partition(":")
    params: dict[str, Any] = {
        "report_kind": report_kind,
        "start": {"month_day": start, "year_offset": -1 if start > "12" else 0},
        "end": {"month_day": end},
    }
    if half:
        params["half"] = int(half)
    log.given(
        "RuleDefined",
        recorder,
        kind="period",
        scope={"unit_id": ident(scope)},
        params=params,
        **{"valid_from": "2021-01-01", **more},
    )


@pytest.mark.parametrize("code", ["2025", "2025-H1", "2025-H2"])
def test_a_code_reads_back(code: str) -> None:
    assert Period.parse(code).code == code


@pytest.mark.parametrize(
    "code", ["", "25", "2025-H3", "2025-h1", "2025-H1 ", "1825", "2025H1", "٢٠٢٥"]
)
def test_what_is_no_period(code: str) -> None:
    with pytest.raises(ValueError, match="not a period"):
        Period.parse(code)


def test_the_periods_before_and_after_are_the_same_half_of_the_years_beside() -> None:
    assert Period.parse("2025-H1").next() == Period.parse("2026-H1")
    assert Period.parse("2025").previous() == Period.parse("2024")


def test_the_central_periods(log: Log) -> None:
    """R53: H1(y) = 15/12/y−1 … 14/6/y. R54: Y(y) = 15/12/y−1 … 14/12/y."""
    assert period_span(log.directory, ident("p8"), Period(2025, 1)) is None
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    period_rule(log, "centre", "annual", "12-15", "12-14")
    spans = {
        code: period_span(log.directory, ident("p8"), Period.parse(code))
        for code in ("2025-H1", "2025", "2025-H2", "2020")
    }
    assert spans == {
        "2025-H1": Span(day("2024-12-15"), day("2025-06-14")),
        "2025": Span(day("2024-12-15"), day("2025-12-14")),
        "2025-H2": None,
        "2020": None,
    }


def test_a_nearer_cut_off_wins_while_it_holds(log: Log) -> None:
    """Storyline: Quận 5's wards close their figures on 9/6."""
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    period_rule(log, "quan 5", "half_year", "12-15", "06-09", valid_to="2025-06-30")
    ends = [
        span.last.isoformat()
        for unit in ("p8", "chau thanh")
        for year in (2025, 2026)
        if (span := period_span(log.directory, ident(unit), Period(year, 1)))
    ]
    assert ends == ["2025-06-09", "2026-06-14", "2025-06-14", "2026-06-14"]


def test_a_period_may_reach_into_the_year_after(log: Log) -> None:
    log.given(
        "RuleDefined",
        "centre",
        kind="period",
        scope={"unit_id": ident("centre")},
        params={
            "report_kind": "annual",
            "start": {"month_day": "09-01"},
            "end": {"month_day": "08-31", "year_offset": 1},
        },
        valid_from="2021-01-01",
    )
    found = period_span(log.directory, ident("p8"), Period(2024))
    assert found == Span(day("2024-09-01"), day("2025-08-31"))


def test_months_end_where_they_end() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 1, 31), 2) == date(2024, 3, 31)
    assert add_months(date(2024, 1, 31), -1) == date(2023, 12, 31)


@given(days, st.integers(1, 60), days)
def test_every_day_lies_in_exactly_one_slot(anchor: date, months: int, on: date) -> None:
    slot = month_slot(anchor, months, on)
    assert on in slot
    assert month_slot(anchor, months, slot.first) == slot
    assert month_slot(anchor, months, slot.last) == slot
    assert month_slot(anchor, months, slot.last + timedelta(days=1)).first == slot.last + timedelta(
        days=1
    )
    assert month_slot(
        anchor, months, slot.first - timedelta(days=1)
    ).last == slot.first - timedelta(days=1)
