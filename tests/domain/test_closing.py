"""Closed periods: judged by what had been recorded when they closed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.closing import eras
from domain.directory import Directory
from domain.obligations import ObligationKind
from domain.owed import plan_owed, report_owed, slots_owed
from domain.periods import Period
from tests.domain.scenario import Log, day, ident, setting
from tests.domain.test_obligations import cadence, due
from tests.domain.test_periods import period_rule
from tests.domain.test_plans import plan_rule

YEAR = day("2025-01-01"), day("2025-12-31")


def slots(directory: Directory, unit: str = "p8") -> list[str]:
    return [slot.last.isoformat() for slot in slots_owed(directory, ident(unit), *YEAR)]


def merge_p8(log: Log, on: str) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("p7")}]},
        effective_on=on,
    )


def test_a_cadence_recorded_late_holds_from_then_on(log: Log) -> None:
    """The centre asks for a meeting a half-year; a monthly cadence of January is recorded in May:
    its slots of January to April are over and owe nothing."""
    cadence(log, "centre", 6)
    before = slots(log.directory)
    cadence(log.at("2025-05-20"), "quan 5", 1, valid_from="2025-01-01")
    assert before == ["2025-06-30", "2025-12-31"]
    assert slots(log.directory)[:3] == ["2025-05-31", "2025-06-30", "2025-07-31"]


def test_a_cadence_recorded_late_does_not_take_away_what_was_due(log: Log) -> None:
    cadence(log, "centre", 1)
    cadence(log.at("2025-05-20"), "quan 5", 6, valid_from="2025-01-01")
    assert slots(log.directory) == [
        "2025-01-31",
        "2025-02-28",
        "2025-03-31",
        "2025-04-30",
        "2025-06-30",
        "2025-12-31",
    ]


def test_where_no_rule_held_a_late_one_makes_nothing_due(log: Log) -> None:
    cadence(log.at("2025-08-10"), "centre", 1)
    assert slots(log.directory) == [f"2025-{m}" for m in ("08-31", "09-30")] + [
        "2025-10-31",
        "2025-11-30",
        "2025-12-31",
    ]


def test_what_is_recorded_in_the_first_month_is_history_taken_over(log: Log) -> None:
    """The first unit was recorded on 1/1/2024."""
    early, late = Log(), Log()
    for entered, on in ((early, "2024-02-01"), (late, "2024-02-02")):
        entered.records, entered.directory = list(log.records), log.directory
        cadence(entered.at(on), "centre", 1)
    span = day("2023-01-01"), day("2023-12-31")
    assert len(slots_owed(early.directory, ident("p8"), *span)) == 12
    assert slots_owed(late.directory, ident("p8"), *span) == ()


def test_a_merger_recorded_late_leaves_the_slots_that_were_over(log: Log) -> None:
    cadence(log, "centre", 1)
    merge_p8(log.at("2025-07-15"), "2025-05-01")
    assert slots(log.directory)[-1] == "2025-06-30"
    assert not log.directory.active(ident("p8"), day("2025-06-30"))
    (era,) = eras(log.directory, day("2025-06-30"), day("2025-06-30"))
    assert era.directory.active(ident("p8"), day("2025-06-30"))


def test_a_merger_recorded_in_time_ends_them(log: Log) -> None:
    cadence(log, "centre", 1)
    merge_p8(log.at("2025-03-15"), "2025-05-01")
    assert slots(log.directory)[-1] == "2025-04-30"
    (era,) = eras(log.directory, day("2025-06-30"), day("2025-06-30"))
    assert era.directory is log.directory


def test_a_unit_recorded_late_owes_nothing_for_what_was_over(log: Log) -> None:
    cadence(log, "centre", 1)
    log.at("2025-08-20").create("new", "ward", "27999", "quan 5", "2025-05-01")
    assert slots(log.directory, "new")[0] == "2025-08-31"


def test_a_retraction_recorded_late_takes_nothing_away(log: Log) -> None:
    cadence(log, "centre", 1)
    rule = log.records[-1]
    log.at("2025-05-20").given(
        "EventRetracted",
        "centre",
        about=rule.aggregate_id,
        target_event_id=rule.event_id,
        reason="never_happened",
    )
    assert slots(log.directory) == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]


@pytest.mark.parametrize("since", ["2025-01-01", "2025-06-25"])
def test_a_due_date_recorded_late_does_not_reopen_the_period(log: Log, since: str) -> None:
    """R55: the half-year was due before 20/6; on 25/6 a rule is recorded that says 10/7, which the
    rule gives for the whole year, although it may hold from that day on only."""
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log, "centre", "half_year", "06-20")
    due(log.at("2025-06-25"), "quan 5", "half_year", "07-10", valid_from=since)
    owed = report_owed(log.directory, ident("p8"), Period(2025, 1))
    assert (owed.due_on, owed.expected) == (day("2025-06-19"), True)
    after = report_owed(log.directory, ident("p8"), Period(2026, 1))
    assert after.due_on == day("2026-07-09")


def test_an_open_period_may_still_be_moved(log: Log) -> None:
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log, "centre", "half_year", "06-20")
    due(log.at("2025-06-16"), "quan 5", "half_year", "06-18", valid_from="2025-01-01")
    due(log, "tay ninh", "half_year", "07-10", valid_from="2025-01-01")
    brought_forward = report_owed(log.directory, ident("p8"), Period(2025, 1))
    put_off = report_owed(log.directory, ident("chau thanh"), Period(2025, 1))
    assert (brought_forward.due_on, brought_forward.expected) == (day("2025-06-17"), True)
    assert (put_off.due_on, put_off.expected) == (day("2025-07-09"), True)


def test_an_open_period_is_not_moved_into_the_past(log: Log) -> None:
    """A rule recorded on 16/6 would have had the report in by 14/6: nobody could have known."""
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log, "centre", "half_year", "06-20")
    due(log.at("2025-06-16"), "quan 5", "half_year", "06-15", valid_from="2025-01-01")
    owed = report_owed(log.directory, ident("p8"), Period(2025, 1))
    assert (owed.due_on, owed.expected) == (day("2025-06-19"), True)
    assert report_owed(log.directory, ident("p8"), Period(2026, 1)).due_on == day("2026-06-14")


def test_a_report_that_nobody_asked_for_in_time_is_not_expected(log: Log) -> None:
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log.at("2025-07-01"), "centre", "half_year", "06-20")
    owed = report_owed(log.directory, ident("p8"), Period(2025, 1))
    assert (owed.due_on, owed.expected) == (None, False)
    assert report_owed(log.directory, ident("p8"), Period(2026, 1)).expected


def test_a_merger_recorded_late_leaves_the_report_expected(log: Log) -> None:
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log, "centre", "half_year", "06-20")
    merge_p8(log.at("2025-07-01"), "2025-06-01")
    owed = report_owed(log.directory, ident("p8"), Period(2025, 1))
    assert owed.expected
    assert owed.bearers == (ident("p8"),)


def test_a_plan_rule_recorded_late_asks_for_the_next_plan(log: Log) -> None:
    """R118."""
    plan_rule(log.at("2025-04-10"), "quan 5", "03-28")
    assert plan_owed(log.directory, ident("p8"), 2025) is None
    following = plan_owed(log.directory, ident("p8"), 2026)
    assert following is not None
    assert following.due_on == day("2026-03-27")


def test_eras_cover_every_day_once(log: Log) -> None:
    cadence(log, "centre", 1)
    cadence(log.at("2025-05-20"), "quan 5", 6, valid_from="2025-01-01")
    merge_p8(log.at("2025-07-15"), "2025-05-01")
    found = eras(log.directory, *YEAR)
    assert [(era.first, era.last) for era in found] == [
        (day("2025-01-01"), day("2025-04-30")),
        (day("2025-05-01"), day("2025-05-19")),
        (day("2025-05-20"), day("2025-07-14")),
        (day("2025-07-15"), day("2025-12-31")),
    ]


# Whatever is recorded later

CHANGES = ("monthly", "half-yearly", "earlier", "later", "merge", "new unit", "plan")


def change(log: Log, what: str, recorded: date, about: date, number: int) -> None:
    """Something that would change what is owed, recorded on one day about another; nothing where
    the domain refuses it."""
    log.at(recorded.isoformat())
    unit = ("centre", "city", "quan 5", "p8")[number % 4]
    since = about.isoformat()
    scope = {"unit_id": ident(unit)}
    params: dict[str, Any]
    match what:
        case "monthly" | "half-yearly":
            params = {"every_months": 1 if what == "monthly" else 6, "anchor": "2000-01-01"}
            fields = {"kind": "cadence", "params": params}
        case "earlier" | "later":
            month_day = "06-16" if what == "earlier" else "07-05"
            params = {"report_kind": "half_year", "day": {"month_day": month_day}}
            fields = {"kind": "due", "params": params}
        case "plan":
            params = {"document_kind": "plan", "day": {"month_day": "03-28"}}
            fields = {"kind": "due", "params": params}
        case "new unit":
            try:
                log.create(f"new {number}", "ward", f"28{number:03}", "quan 5", since)
            except AssertionError:
                return
            return
        case _:
            try:
                merge_p8(log, since)
            except AssertionError:
                return
            return
    recorder = "centre" if unit == "centre" else unit
    try:
        log.given("RuleDefined", recorder, scope=scope, valid_from=since, **fields)
    except AssertionError:
        return


def denominators(log: Log, until: date) -> dict[str, set[str]]:
    """What every unit owed for the periods that were closed by a day."""
    found = {}
    for unit in log.directory.units():
        owed = {
            f"{kind} {slot.code}"
            for kind in (ObligationKind.MEETING, ObligationKind.REVIEW)
            for slot in slots_owed(log.directory, unit.unit_id, day("2024-03-01"), until, kind=kind)
        }
        report = report_owed(log.directory, unit.unit_id, Period(2025, 1))
        if report.expected and report.due_on is not None and report.due_on <= until:
            owed.add(f"report due {report.due_on}")
        plan = plan_owed(log.directory, unit.unit_id, 2025)
        if plan is not None and plan.expected and plan.due_on <= until:
            owed.add(f"plan due {plan.due_on}")
        if owed:
            found[unit.unit_id] = owed
    return found


@settings(max_examples=25)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(CHANGES), st.integers(0, 60), st.integers(-300, 200), st.integers(0, 99)
        ),
        max_size=6,
    )
)
def test_what_was_closed_stays_as_it_was(steps: list[tuple[str, int, int, int]]) -> None:
    log = setting()
    cadence(log, "centre", 3)
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log, "centre", "half_year", "06-20")
    today = day("2025-02-01")
    for what, passed, about, number in steps:
        yesterday = date.fromordinal(today.toordinal() + passed - 1)
        today = date.fromordinal(yesterday.toordinal() + 1)
        before = denominators(log, yesterday)
        change(log, what, today, date.fromordinal(today.toordinal() + about), number)
        assert denominators(log, yesterday) == before
        reversed_ = Directory.fold(reversed(log.records))
        log.directory, kept = reversed_, log.directory
        assert denominators(log, yesterday) == before
        log.directory = kept
