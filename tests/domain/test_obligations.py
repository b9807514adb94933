"""What a unit owes: slots of the cadence, reports by their due dates."""

from __future__ import annotations

from typing import Any

import pytest

from domain.obligations import bearers, cadence_slots, report_obligation
from domain.periods import Period
from tests.domain.scenario import Log, day, ident
from tests.domain.test_periods import period_rule

JANUARY, DECEMBER = day("2025-01-01"), day("2025-12-31")


def cadence(log: Log, unit: str, months: int, **more: Any) -> None:
    log.given(
        "RuleDefined",
        unit,
        kind="cadence",
        scope={"unit_id": ident(unit), **more.pop("scope", {})},
        params={"every_months": months, "anchor": "2000-01-01"},
        **{"valid_from": "2020-01-01", **more},
    )


def due(log: Log, scope: str, about: str, month_day: str, **more: Any) -> None:
    log.given(
        "RuleDefined",
        scope,
        kind="due",
        scope={"unit_id": ident(scope)},
        params={"report_kind": about, "day": {"month_day": month_day}},
        **{"valid_from": "2020-01-01", **more},
    )


def last_days(log: Log, unit: str) -> list[str]:
    slots = cadence_slots(log.directory, ident(unit), JANUARY, DECEMBER)
    return [slot.last.isoformat() for slot in slots]


def test_without_a_rule_nothing_is_due(log: Log) -> None:
    assert last_days(log, "p8") == []
    obligation = report_obligation(log.directory, ident("p8"), Period(2025, 1))
    assert (obligation.expected, obligation.due_on, obligation.span) == (False, None, None)
    assert not obligation.on_time(day("2025-01-01"))


def test_the_cadence_of_each_level(log: Log) -> None:
    """R76: communes monthly, districts every 3 months, provinces every 6 months."""
    for level, months in (("commune", 1), ("district", 3), ("province", 6)):
        cadence(log, "centre", months, scope={"level": level})
    assert len(last_days(log, "p8")) == 12
    assert last_days(log, "quan 5") == ["2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31"]
    assert last_days(log, "city") == ["2025-06-30", "2025-12-31"]
    assert last_days(log, "centre") == []


def test_a_slot_is_due_if_the_unit_is_active_on_its_last_day(log: Log) -> None:
    cadence(log, "centre", 1, scope={"level": "commune"})
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("p7")}]},
        effective_on="2025-07-01",
    )
    assert last_days(log, "p8")[-1] == "2025-06-30"
    assert len(last_days(log, "p8")) == 6
    assert len(last_days(log, "p7")) == 12


def test_a_slot_is_judged_by_the_rule_of_its_last_day(log: Log) -> None:
    """C1: six months in Quận 5 until the district ends, then every month."""
    cadence(log, "centre", 1, scope={"level": "commune"})
    cadence(log, "quan 5", 6, valid_from="2023-01-01", valid_to="2025-06-30")
    assert last_days(log, "p8") == ["2025-06-30"] + [
        f"2025-{month:02}-{end}"
        for month, end in ((7, 31), (8, 31), (9, 30), (10, 31), (11, 30), (12, 31))
    ]
    assert len(last_days(log, "chau thanh")) == 12


def test_slots_follow_a_unit_to_its_new_parent(log: Log) -> None:
    cadence(log, "quan 5", 6)
    cadence(log, "city", 3)
    log.given(
        "UnitReorganised",
        "centre",
        kind="reparent",
        to=[{"unit_id": ident("p8"), "parent_id": ident("city")}],
        effective_on="2025-07-01",
    )
    assert last_days(log, "p8") == ["2025-06-30", "2025-09-30", "2025-12-31"]


def test_an_association_has_its_own_cadence(log: Log) -> None:
    """C3: the elderly association meets every 3 months."""
    cadence(log, "centre", 3, scope={"organisation": "elderly"})
    assert last_days(log, "p8") == []
    slots = cadence_slots(log.directory, ident("p8"), JANUARY, DECEMBER, organisation="elderly")
    assert len(slots) == 4
    assert day("2025-02-10") in slots[0]


def test_a_due_date_is_strict_unless_it_says_inclusive(log: Log) -> None:
    """R55: "trước ngày 20/6" means 19/6 at the latest."""
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    period_rule(log, "centre", "annual", "12-15", "12-14")
    due(log, "centre", "half_year", "06-20")
    due(log, "centre", "annual", "12-20", inclusive=True)
    half = report_obligation(log.directory, ident("p8"), Period(2025, 1))
    year = report_obligation(log.directory, ident("p8"), Period(2025))
    assert (half.due_on, year.due_on) == (day("2025-06-19"), day("2025-12-20"))
    assert half.on_time(day("2025-06-19"))
    assert not half.on_time(day("2025-06-20"))
    assert half.expected
    assert half.bearers == (ident("p8"),)


def test_a_nearer_due_date_wins_and_may_precede_the_cut_off(log: Log) -> None:
    """C2: Quận 5 asks for the annual report before 15/11, the central cut-off is 14/12."""
    period_rule(log, "centre", "annual", "12-15", "12-14")
    due(log, "centre", "annual", "12-20")
    due(log, "quan 5", "annual", "11-15")
    here = report_obligation(log.directory, ident("p8"), Period(2025))
    there = report_obligation(log.directory, ident("chau thanh"), Period(2025))
    assert (here.due_on, there.due_on) == (day("2025-11-14"), day("2025-12-19"))
    assert here.span == there.span
    assert here.rule_id != there.rule_id


@pytest.mark.parametrize(
    ("ends_on", "expected", "bearer"),
    [("2025-06-14", False, ()), ("2025-06-15", True, ("p7",)), ("2025-06-20", True, ("p8",))],
)
def test_a_unit_owes_the_report_if_it_was_active_at_the_periods_end(
    log: Log, ends_on: str, expected: bool, bearer: tuple[str, ...]
) -> None:
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log, "centre", "half_year", "06-20")
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("p7")}]},
        effective_on=ends_on,
    )
    obligation = report_obligation(log.directory, ident("p8"), Period(2025, 1))
    assert obligation.expected is expected
    assert obligation.bearers == tuple(map(ident, bearer))


def test_an_obligation_ends_with_a_unit_that_has_no_successor(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        kind="abolish",
        **{"from": [{"unit_id": ident("p8")}]},
        effective_on="2025-07-01",
    )
    assert bearers(log.directory, ident("p8"), day("2025-06-30")) == (ident("p8"),)
    assert bearers(log.directory, ident("p8"), day("2025-07-01")) == ()
