"""Last good days that fall on days off: moved only where the rule says so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.due_dates import due_by_rule
from domain.parse import parse_body
from domain.rule_params import DueShift
from domain.working_days import by_calendar, moved, working
from tests.domain.scenario import Log, day, ident


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-06-19", True),  # a Thursday
        ("2025-06-21", False),  # a Saturday
        ("2025-01-29", False),  # the first day of Tet, by the lunar calendar
        ("2026-02-17", False),  # and a year later
        ("2024-02-09", False),  # the eve
        ("2025-04-07", False),  # the Hung Kings, the tenth of the third lunar month
        ("2026-04-27", False),  # the day after, because the tenth was a Sunday
        ("2025-05-02", False),  # a Friday off ...
        ("2025-04-26", True),  # ... worked on this Saturday
        ("2025-09-02", False),
    ],
)
def test_the_public_calendar(text: str, expected: bool) -> None:
    assert by_calendar(day(text)) is expected


def due_rule(log: Log, month_day: str, **more: Any) -> None:
    log.given(
        "RuleDefined",
        "centre",
        kind="due",
        scope={"unit_id": ident("centre")},
        params={
            "report_kind": "annual",
            "day": {"month_day": month_day},
            **more.pop("params", {}),
        },
        **{"valid_from": "2020-01-01", **more},
    )


def due_on(log: Log, year: int) -> date | None:
    found = due_by_rule(log.directory, ident("p8"), "annual", year)
    return None if found is None else found.due_on


def test_a_due_date_stays_unless_its_rule_says_otherwise(log: Log) -> None:
    """ "trước ngày 20/12/2026" is 19/12, a Saturday."""
    due_rule(log, "12-20")
    assert due_on(log, 2026) == day("2026-12-19")


@pytest.mark.parametrize(("shift", "expected"), [("previous", "18"), ("next", "21")])
def test_a_due_date_moves_as_its_rule_says(log: Log, shift: str, expected: str) -> None:
    """It stays strict: the Saturday is moved, not the day before which it is due."""
    due_rule(log, "12-20", params={"working_days": shift})
    assert due_on(log, 2026) == day(f"2026-12-{expected}")
    assert due_on(log, 2025) == day("2025-12-19")


def test_tet_moves_it_over_the_whole_holiday(log: Log) -> None:
    """Tet 2026: 14/2 to 22/2 with its weekends."""
    due_rule(log, "02-16", params={"working_days": "next"}, inclusive=True)
    assert due_on(log, 2026) == day("2026-02-23")


def test_a_rule_says_which_days_are_swapped(log: Log) -> None:
    due_rule(log, "12-20", params={"working_days": "next"})
    log.given(
        "RuleDefined",
        "centre",
        kind="working_days",
        scope={"unit_id": ident("centre")},
        params={"days_off": ["2026-12-21"], "days_worked": ["2026-12-27"]},
        valid_from="2026-01-01",
        valid_to="2026-12-31",
    )
    assert due_on(log, 2026) == day("2026-12-22")
    log.given(
        "RuleDefined",
        "city",
        kind="working_days",
        scope={"unit_id": ident("city")},
        params={"days_worked": ["2026-12-19"]},
        valid_from="2026-01-01",
        valid_to="2026-12-31",
    )
    assert due_on(log, 2026) == day("2026-12-19")


def test_a_day_is_off_or_worked(log: Log) -> None:
    data = dict(log.draft("RuleDefined", "centre", **_swapped()).body.to_data())
    params = {"days_off": ["2026-12-21"], "days_worked": ["2026-12-21"]}
    errors = parse_body("RuleDefined", 1, data | {"params": params})
    assert isinstance(errors, list)
    assert [error.code for error in errors] == ["repeated"]


def _swapped() -> dict[str, Any]:
    return {
        "kind": "working_days",
        "scope": {"unit_id": ident("centre")},
        "params": {"days_off": ["2026-12-21"]},
        "valid_from": "2026-01-01",
    }


@given(st.dates(date(2020, 1, 1), date(2028, 12, 31)), st.sampled_from(DueShift))
def test_a_moved_day_is_the_nearest_working_day_on_that_side(start: date, shift: DueShift) -> None:
    found = moved(start, shift, lambda _: None)
    assert working(found, lambda _: None)
    assert (found - start).days * (1 if shift is DueShift.NEXT else -1) >= 0
    between = range(min(start, found).toordinal(), max(start, found).toordinal())
    passed = [date.fromordinal(n) for n in between if date.fromordinal(n) != found]
    assert not any(working(each, lambda _: None) for each in passed)
