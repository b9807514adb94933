"""F5: the stock on a day, before and after the wards became three."""

from __future__ import annotations

from datetime import date

import pytest

from services.node.figures import FIGURES, CellFilter, Cut, FigureResult, Numbers, Ratio, Span
from tests.domain.scenario import Log, ident, new_unit
from tests.node.figures import quan5
from tests.node.figures.projected import opened, projected

F5 = FIGURES["model-stock"]
H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
MAY = Span(date(2025, 5, 1), date(2025, 5, 31), "2025-05")
QUAN_5 = ident("quan 5")


@pytest.fixture(scope="module")
def log() -> Log:
    log = quan5.founded()
    quan5.models(log)
    quan5.merge_wards(log)
    log.at("2025-06-03")
    for index in range(3):
        quan5.review(log, f"p1 point {index}", "good")
    quan5.review(log, "p1 point 0", "average")
    quan5.review(log, "p5 point 0", "weak")
    quan5.review(log, "p5 point 0", "weak")
    log.given(
        "ModelRetired",
        "quan 5",
        about="volunteers",
        point_id=ident("p5 point 0"),
        reason="not_effective",
        proposer_org_id=ident("quan 5 front"),
    )
    quan5.two_tiers(log.at("2025-07-02"))
    return log


def test_74_points_become_73(log: Log) -> None:
    with projected(log.records) as view:
        before = F5.compute(view, QUAN_5, MAY)
        after = F5.compute(view, QUAN_5, H1)
    assert (before.values["models"], before.values["points"], before.values["groups"]) == (
        1,
        74,
        148,
    )
    assert (after.values["points"], after.values["groups"]) == (73, 146)
    assert (after.values["points_opened"], after.values["points_retired"]) == (0, 1)
    assert after.total.details["points.self_management"] == 73
    row = next(row for row in after.children if row.unit.unit_id == ident("p5"))
    assert row.numbers.values["points"] == 7
    assert after.own.numbers.values["models"] == 1


def test_effective_share_counts_each_subject_at_its_latest_rating(log: Log) -> None:
    with projected(log.records) as view:
        result = F5.compute(view, QUAN_5, H1)
        unreviewed = F5.compute(view, QUAN_5, MAY)
    # Three points reviewed; one of them went from good to average; the weak one is retired.
    assert result.ratio == Ratio(2, 3)
    assert (result.values["good"], result.values["average"], result.values["weak"]) == (2, 1, 0)
    assert unreviewed.ratio is None


def test_points_stand_under_the_wards_that_took_them_over(log: Log) -> None:
    with projected(log.records) as view:
        city = F5.compute(view, ident("city"), YEAR)
        ward = F5.compute(view, ident("cho quan"), YEAR)
        before = F5.compute(view, ident("city"), H1)
    points = {row.unit.unit_id: row.numbers.values["points"] for row in city.children}
    assert {k: v for k, v in points.items() if v} == {
        ident("cho quan"): 24,
        ident("an dong"): 21,
        ident("cho lon"): 28,
    }
    assert city.values["points"] == 73
    assert ward.values["points"] == ward.own.numbers.values["points"] == 24
    # The district had no whole successor: its own model stays with it and the row says it ended.
    district = next(row for row in city.children if row.unit.unit_id == QUAN_5)
    assert district.numbers.values["models"] == 1
    assert [note.code for note in district.numbers.notes] == ["unit-ended"]
    assert [row.unit.unit_id for row in before.children] == [QUAN_5]


def test_a_split_ward_is_not_apportioned() -> None:
    split = quan5.founded()
    quan5.models(split)
    split.at("2025-07-02").split(
        "p1",
        "2025-07-01",
        new_unit("p1 north", "ward", "27903", "quan 5"),
        new_unit("p1 south", "ward", "27904", "quan 5"),
    )
    with projected(split.records) as view:
        result = F5.compute(view, QUAN_5, YEAR)
    row = next(row for row in result.children if row.unit.unit_id == ident("p1"))
    assert row.numbers.values["points"] == 8
    assert "split-not-apportioned" in {note.code for note in row.numbers.notes}
    assert "split-not-apportioned" in {note.code for note in result.notes}
    assert result.values["points"] == 74


@pytest.mark.parametrize("unit", ["city", "quan 5", "cho quan", "an dong", "p1"])
@pytest.mark.parametrize("span", [MAY, H1, YEAR], ids=lambda span: span.code)
def test_every_number_is_the_sum_of_the_events_behind_it(log: Log, unit: str, span: Span) -> None:
    with projected(log.records) as view:
        result = F5.compute(view, ident(unit), span)
        for cell, number in _numbers(result):
            found = opened(F5, view, ident(unit), span, cell, limit=50)
            assert sum(value for _, value in found) == number, cell


def _numbers(result: FigureResult) -> list[tuple[CellFilter, int]]:
    rows: list[tuple[str | None, Numbers]] = [(None, result.total)]
    rows += [(row.unit.unit_id, row.numbers) for row in (result.own, *result.children)]
    return [
        (CellFilter(measure, row), number)
        for row, numbers in rows
        if row is None or numbers.values["points"] or numbers.values["models"]
        for measure, number in (*numbers.values.items(), *numbers.details.items())
    ]


def test_as_of_a_day_moves_the_past_under_todays_units(log: Log) -> None:
    with projected(log.records) as view:
        result = F5.compute(view, ident("city"), MAY, Cut(hierarchy_on=date(2025, 7, 1)))
    points = {row.unit.unit_id: row.numbers.values["points"] for row in result.children}
    assert points[ident("an dong")] == 22
    assert result.values["points"] == 74
