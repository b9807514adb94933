"""F8: in how many of their residential areas the units held a festival."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from services.node.figures import FIGURES, CellFilter, Cut, FigureResult, Numbers, Ratio, Span
from tests.domain.scenario import Log, ident, setting
from tests.node.figures import quan5, subjects
from tests.node.figures.projected import opened, projected

F8 = FIGURES["festival-coverage"]
YEAR: Final = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
H1: Final = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
UNITY: Final = Cut(category="great_unity_day")
YOUTH: Final = Cut(category="youth_traffic")


def held(
    log: Log, unit: str, covered: int, active: int, day: str, kind: str = "security_day"
) -> str:
    """A festival; its event id."""
    return log.given(
        "FestivalHeld",
        unit,
        kind=kind,
        occurred_on=day,
        areas_covered=covered,
        active_areas=active,
        participants=50 * covered,
    ).event_id


@pytest.fixture
def log() -> Log:
    """Quận 5's rules with three wards that held the day for national security, of ten."""
    log = quan5.founded()
    quan5.merge_wards(log)
    log.at("2025-11-25")
    held(log, "p1", 2, 5, "2025-08-16")
    held(log, "p1", 3, 6, "2025-08-19")
    held(log, "p2", 4, 4, "2025-08-19")
    held(log, "p4", 0, 7, "2025-08-19")
    held(log, "p1", 6, 6, "2025-11-18", "great_unity_day")
    return log


def compute(log: Log, cut: Cut, span: Span = YEAR, unit: str = "quan 5") -> FigureResult:
    with projected(log.records) as view:
        return F8.compute(view, ident(unit), span, cut)


def test_covered_areas_by_those_of_the_last_festival(log: Log) -> None:
    result = compute(log, Cut())
    rows = {row.unit.unit_id: row.numbers.ratios["coverage"] for row in result.children}
    assert rows[ident("p1")] == Ratio(5, 6)
    assert rows[ident("p2")] == Ratio(4, 4)
    assert rows[ident("p4")] == Ratio(0, 7)
    assert rows[ident("p5")] is None
    assert result.ratio == Ratio(9, 17)
    assert (result.values["festivals"], result.values["participants"]) == (4, 450)
    assert compute(log, UNITY).ratio == Ratio(6, 6)


def test_a_ward_that_held_none_covers_none_of_the_areas_it_reported(log: Log) -> None:
    subjects.how_many(log, "p5", 6)
    result = compute(log, Cut())
    assert result.ratio == Ratio(9, 23)
    assert (result.values["units_without"], result.values["units_unreported"]) == (7, 6)
    assert "denominator-not-reported" in {note.code for note in result.notes}
    row = next(row for row in result.children if row.unit.unit_id == ident("p5"))
    assert row.numbers.ratios["coverage"] == Ratio(0, 6)


def test_nobody_has_missed_a_festival_whose_day_has_not_come(log: Log) -> None:
    subjects.how_many(log, "p5", 6)
    assert compute(log, Cut(), H1).values["units_without"] == 0
    assert compute(log, YOUTH).values["units_without"] == 0


def test_an_area_in_two_events_lifts_no_rate_above_100_percent(log: Log) -> None:
    held(log, "p2", 3, 4, "2025-08-20")
    result = compute(log, Cut(), unit="p2")
    assert (result.values["areas_covered"], result.values["areas_beyond"]) == (7, 3)
    assert result.ratio == Ratio(4, 4)
    assert "more-than-reported" in {note.code for note in result.notes}


def test_a_merged_wards_festival_is_its_successors() -> None:
    log = setting().at("2025-11-25")
    held(log, "p8", 6, 6, "2025-08-19")
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}]},
        to=[{"unit_id": ident("p7")}],
        effective_on="2025-10-01",
    )
    result = compute(log, Cut())
    # Phường 12 and 14 have no record; Phường 7 goes on with Phường 8's.
    assert (result.values["units_held"], result.values["units_without"]) == (1, 2)
    now = compute(log, Cut(hierarchy_on=date(2025, 12, 14)))
    row = next(row for row in now.children if row.unit.unit_id == ident("p7"))
    assert row.numbers.ratios["coverage"] == Ratio(6, 6)


@pytest.mark.parametrize("cut", [Cut(), UNITY, YOUTH], ids=lambda cut: str(cut.category))
def test_every_number_is_the_sum_of_the_events_behind_it(log: Log, cut: Cut) -> None:
    """How many have no record, and what is beyond the active areas, is no event's."""
    subjects.how_many(log, "p5", 6)
    none = {"units_without", "units_unreported", "areas_beyond"}
    with projected(log.records) as view:
        result = F8.compute(view, ident("quan 5"), YEAR, cut)
        rows: list[tuple[str | None, Numbers]] = [(None, result.total)]
        rows += [(row.unit.unit_id, row.numbers) for row in (result.own, *result.children)]
        for row, numbers in rows:
            for measure, number in numbers.values.items():
                cell = CellFilter(measure, row)
                found = opened(F8, view, ident("quan 5"), YEAR, cell, cut=cut)
                assert sum(v for _, v in found) == (0 if measure in none else number), cell
