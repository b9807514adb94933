"""How an obligation stands: one word a day, and never two."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.obligation_standing import ObligationState, standing
from tests.domain.scenario import day

DUE = day("2025-06-19")
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("today", "vi", "en"),
    [
        ("2025-06-14", "còn 5 ngày", "due in 5 days"),
        ("2025-06-18", "còn 1 ngày", "due in 1 day"),
        ("2025-06-19", "hôm nay là hạn cuối", "due today"),
        ("2025-06-20", "trễ 1 ngày", "late by 1 day"),
        ("2025-06-21", "trễ 2 ngày", "late by 2 days"),
    ],
)
def test_what_is_owed_says_how_long(today: str, vi: str, en: str) -> None:
    text = standing(DUE, day(today)).text
    assert (text.vi, text.en) == (vi, en)


def test_what_was_done_says_whether_in_time() -> None:
    assert standing(DUE, day("2025-07-01"), met_on=DUE).text.en == "done in time"
    late = standing(DUE, day("2025-07-01"), met_on=day("2025-06-21"))
    assert (late.state, late.late_days) == (ObligationState.MET, 2)
    assert late.text.vi == "đã xong, trễ 2 ngày"


@given(
    due_on=days,
    today=days,
    met_on=st.none() | days,
    waived=st.booleans(),
    passed_on=st.sampled_from((None, ObligationState.MOVED, ObligationState.ENDED)),
)
def test_open_late_and_met_exclude_one_another(
    due_on: date,
    today: date,
    met_on: date | None,
    waived: bool,
    passed_on: ObligationState | None,
) -> None:
    found = standing(due_on, today, met_on=met_on, waived=waived, passed_on=passed_on)
    bare = met_on is None and not waived and passed_on is None
    assert (found.state is ObligationState.OPEN) == (bare and today <= due_on)
    assert (found.state is ObligationState.LATE) == (bare and today > due_on)
    assert (found.state is ObligationState.MET) == (met_on is not None)
    assert (found.days_left is not None) == (found.state is ObligationState.OPEN)
    if found.state is ObligationState.LATE:
        assert found.late_days == (today - due_on).days > 0
    elif found.state is not ObligationState.MET:
        assert found.late_days == 0
    assert found.text.vi
    assert found.text.en


@given(due_on=days, today=days)
def test_what_is_late_was_open_until_its_last_good_day(due_on: date, today: date) -> None:
    first, then = standing(due_on, today).state, standing(due_on, today + timedelta(days=1)).state
    assert (first, then) != (ObligationState.LATE, ObligationState.OPEN)
    assert (first is not then) == (today == due_on)
