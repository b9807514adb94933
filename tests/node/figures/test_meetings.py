"""F1: slots with a periodic meeting ÷ slots due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.directory import Directory
from domain.levels import Level
from domain.obligations import cadence_slots
from services.node.figures import FIGURES, CellFilter, Cut, Ratio, Span, between
from services.node.figures.duties import slots_of
from tests.domain.scenario import Log, ident, setting
from tests.node.figures import quan5
from tests.node.figures.projected import opened, projected

F1 = FIGURES["meeting-compliance"]
H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
HALF_YEAR = between(date(2025, 1, 1), date(2025, 6, 30))
QUAN_5 = ident("quan 5")


def monthly() -> Log:
    """Tây Ninh and its two communes, which meet every month; its own committee every six."""
    log = setting()
    for level, months in (("commune", 1), ("province", 6)):
        log.given(
            "RuleDefined",
            "tay ninh",
            about=f"cadence {level}",
            kind="cadence",
            scope={"unit_id": ident("tay ninh"), "level": level},
            params={"every_months": months, "anchor": "2024-01-01"},
            valid_from="2024-01-01",
        )
    return log


def test_every_half_year_in_quan_5() -> None:
    log = quan5.founded()
    p8 = quan5.meeting(log, "p8", "2024-12-16")
    quan5.merge_wards(log)
    log.at("2025-06-20")
    for ward in ("p1", "p2", "p4"):
        quan5.meeting(log, ward, "2025-03-10")
    quan5.meeting(log, "p1", "2025-03-20")
    quan5.briefing(log, "p5", "2025-03-10", 20)
    with projected(log.records) as view:
        result = F1.compute(view, QUAN_5, H1)
        met = opened(F1, view, QUAN_5, H1, CellFilter("met"))
        meetings = opened(F1, view, QUAN_5, H1, CellFilter("meetings"))
    # Phường 8 ended before its slot did: its meeting stays its own and fills nobody's slot.
    assert result.ratio == Ratio(3, 10)
    assert result.values["meetings"] == 4
    assert result.values["units_without_rule"] == 1
    assert sum(value for _, value in met) == 3
    assert len(met) == len(meetings) == sum(value for _, value in meetings) == 4
    assert p8 not in dict(met)
    assert result.rules == (ident("R119"),)
    assert [row.unit.code for row in result.children] == sorted([*quan5.WARDS.values(), "27316"])


def test_province_and_communes_by_level() -> None:
    log = monthly().at("2025-07-10")
    for month in range(1, 7):
        quan5.meeting(log, "chau thanh", f"2025-{month:02}-05")
    for month in (1, 2, 2, 3):
        quan5.meeting(log, "tan ninh", f"2025-{month:02}-06")
    quan5.meeting(log, "tay ninh", "2025-06-30")
    with projected(log.records) as view:
        result = F1.compute(view, ident("tay ninh"), HALF_YEAR)
    assert result.levels[Level.COMMUNE].ratios["compliance"] == Ratio(9, 12)
    assert result.levels[Level.PROVINCE].ratios["compliance"] == Ratio(1, 1)
    assert result.ratio == Ratio(10, 13)
    assert result.own.numbers.values["met"] == 1
    assert [
        (row.unit.unit_id, row.numbers.values["met"], row.numbers.values["due"])
        for row in result.children
    ] == [(ident("tan ninh"), 3, 6), (ident("chau thanh"), 6, 6)]


def test_a_slot_belongs_to_the_span_that_its_last_day_lies_in() -> None:
    log = monthly().at("2025-07-10")
    quan5.meeting(log, "tay ninh", "2025-01-15")
    june = Span(date(2025, 6, 1), date(2025, 6, 30), "2025-06")
    may = Span(date(2025, 5, 1), date(2025, 5, 31), "2025-05")
    with projected(log.records) as view:
        ending = F1.compute(view, ident("tay ninh"), june)
        running = F1.compute(view, ident("tay ninh"), may)
        behind = opened(F1, view, ident("tay ninh"), june, CellFilter("met"))
    assert ending.own.numbers.ratios["compliance"] == Ratio(1, 1)
    assert len(behind) == 1
    assert running.own.numbers.ratios["compliance"] is None
    assert [note.code for note in running.own.numbers.notes] == ["nothing-due"]


def test_a_slot_not_over_yet_is_upcoming() -> None:
    log = monthly().at("2025-03-10")
    quan5.meeting(log, "chau thanh", "2025-01-05")
    quan5.meeting(log, "chau thanh", "2025-03-05")
    with projected(log.records) as view:
        result = F1.compute(view, ident("chau thanh"), HALF_YEAR, Cut(today=date(2025, 3, 10)))
    assert result.ratio == Ratio(1, 2)
    assert result.values["upcoming"] == 4


def test_no_rule_is_not_zero() -> None:
    with projected(setting().records) as view:
        result = F1.compute(view, ident("quan 5"), HALF_YEAR)
    assert result.ratio is None
    assert result.values["units_without_rule"] == 5
    assert [note.code for note in result.notes] == ["no-rule"]


def test_a_retracted_or_corrected_meeting_counts_where_it_belongs() -> None:
    log = monthly().at("2025-03-10")
    gone = quan5.meeting(log, "chau thanh", "2025-01-05")
    moved = quan5.meeting(log, "chau thanh", "2025-02-05")
    record = next(r for r in log.records if r.event_id == moved)
    log.given(
        "EventRetracted",
        "chau thanh",
        about=gone,
        target_event_id=gone,
        reason="never_happened",
    )
    log.given(
        "EventCorrected",
        "chau thanh",
        about=moved,
        target_event_id=moved,
        replacement={**record.data, "occurred_on": "2025-03-01"},
        reason="wrong_date",
    )
    with projected(log.records) as view:
        result = F1.compute(view, ident("chau thanh"), HALF_YEAR)
        met = opened(F1, view, ident("chau thanh"), HALF_YEAR, CellFilter("met"))
    assert result.ratio == Ratio(1, 6)
    assert met == [(moved, 1)]


def test_target_and_its_rule_are_shown() -> None:
    log = monthly()
    log.given(
        "RuleDefined",
        "tay ninh",
        about="F1 target",
        kind="target",
        scope={"unit_id": ident("tay ninh")},
        params={"figure": "F1", "percent": 100},
        valid_from="2024-01-01",
    )
    with projected(log.records) as view:
        result = F1.compute(view, ident("tay ninh"), HALF_YEAR)
    assert result.target == 100
    assert ident("F1 target") in result.rules


@pytest.mark.parametrize(("numerator", "denominator", "percent"), [(541, 564, 95.9), (1, 16, 6.3)])
def test_percent_has_one_decimal_halves_up(
    numerator: int, denominator: int, percent: float
) -> None:
    assert Ratio(numerator, denominator).percent == percent


def test_asking_for_many_units_at_once_changes_no_answer() -> None:
    log = quan5.founded()
    quan5.merge_wards(log)
    log.given(
        "RuleDefined",
        "p5",
        about="own cadence",
        kind="cadence",
        scope={"unit_id": ident("p5")},
        params={"every_months": 2, "anchor": "2025-01-01"},
        valid_from="2025-01-01",
    )
    quan5.two_tiers(log.at("2025-07-02"))
    directory = Directory.fold(log.records)
    units = [unit.unit_id for unit in directory.units()]
    days = (date(2024, 6, 1), date(2026, 6, 30))
    assert dict(slots_of(directory, units, *days)) == {
        unit: cadence_slots(directory, unit, *days) for unit in units
    }


def test_a_waived_slot_is_not_due_unless_somebody_met() -> None:
    log = quan5.founded()
    about = {"kind": "meeting", "period": "2024-12-15/2025-06-14", "reason": "reorganisation"}
    for ward in ("p1", "p2"):
        log.given("ObligationWaived", "quan 5", **about, obliged_unit_id=ident(ward))
    quan5.meeting(log.at("2025-05-05"), "p2", "2025-05-05")
    with projected(log.records) as view:
        result = F1.compute(view, QUAN_5, H1)
        behind = opened(F1, view, QUAN_5, H1, CellFilter("waived"))
    assert (result.values["waived"], result.values["due"], result.values["met"]) == (1, 10, 1)
    assert [event_id for event_id, _ in behind] == [
        record.event_id
        for record in log.records
        if record.type == "ObligationWaived" and record.data["obliged_unit_id"] == ident("p1")
    ]


def test_a_merger_recorded_late_leaves_a_closed_month_as_it_was() -> None:
    """Châu Thành goes into Tân Ninh on 1/3, recorded on 10/5: March and April were closed."""
    log = monthly()
    spans = {
        month: between(date(2025, month, 1), date(2025, month + 1, 1) - timedelta(days=1))
        for month in (3, 4, 5)
    }
    with projected(log.records) as view:
        before = {m: F1.compute(view, ident("tay ninh"), span) for m, span in spans.items()}
    log.at("2025-05-10").given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("chau thanh")}], "to": [{"unit_id": ident("tan ninh")}]},
        effective_on="2025-03-01",
    )
    with projected(log.records) as view:
        after = {m: F1.compute(view, ident("tay ninh"), span) for m, span in spans.items()}
        rows = {row.unit.unit_id for row in after[4].children}
    assert [before[month].values["due"] for month in spans] == [2, 2, 2]
    assert [after[month].values["due"] for month in spans] == [2, 2, 1]
    assert rows == {ident("chau thanh"), ident("tan ninh")}
