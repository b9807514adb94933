"""F3: recognised ÷ all active subjects, never more than is known to exist."""

from __future__ import annotations

from datetime import date

import pytest

from domain.events import Record
from services.node.figures import (
    FIGURES,
    CellFilter,
    Cut,
    FigureQuestionError,
    FigureResult,
    Numbers,
    Ratio,
    Span,
)
from tests.domain.scenario import Log, ident
from tests.node.figures import quan5, subjects
from tests.node.figures.projected import opened, projected

F3 = FIGURES["standard-rate"]
QUARTER = Span(date(2025, 1, 1), date(2025, 3, 31), "2025-Q1")
HALF = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
NOVEMBER = Span(date(2025, 11, 1), date(2025, 11, 30), "2025-11")
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
COMMUNES = Cut(category="commune")


@pytest.fixture(scope="module")
def story() -> Log:
    return subjects.year_2025()


def compute(log: Log, unit: str, span: Span = YEAR, cut: Cut | None = None) -> FigureResult:
    with projected(log.records) as view:
        return F3.compute(view, ident(unit), span, cut or Cut())


def codes(result: FigureResult) -> set[str]:
    return {note.code for note in result.notes}


def without_the_number_of(log: Log, unit: str) -> list[Record]:
    """The records, without those with which a unit reported how many subjects it has."""
    return [
        record
        for record in log.records
        if record.type != "IndicatorReported" or record.data["unit_id"] != ident(unit)
    ]


def test_52_of_55_areas_register_in_the_first_quarter(story: Log) -> None:
    """Storyline, step 3."""
    result = compute(story, "quan 5", QUARTER)
    values = result.values
    assert (values["registered"], values["subjects"], values["recognised"]) == (52, 55, 0)
    assert result.total.ratios["registration"] == Ratio(52, 55)
    assert (values["households"], values["households_committed"]) == (5200, 4940)
    assert "window-open" in codes(result)


def test_the_rate_is_of_all_areas_and_not_of_the_registered(story: Log) -> None:
    """Storyline, step 14; R08."""
    result = compute(story, "city")
    rates = {
        row.unit.unit_id: (row.numbers.ratios["standard_rate"], row.numbers.ratios["of_registered"])
        for row in result.children
    }
    assert rates[ident("cho quan")] == (Ratio(16, 18), Ratio(16, 18))
    assert rates[ident("an dong")] == (Ratio(13, 17), Ratio(13, 14))
    assert rates[ident("cho lon")] == (Ratio(18, 20), Ratio(18, 20))
    percents = [ratio.percent for pair in rates.values() for ratio in pair if ratio is not None]
    assert {88.9, 76.5, 92.9, 90.0} <= set(percents)
    assert (result.ratio, result.target) == (Ratio(47, 55), 75)
    assert result.ratio is not None
    assert result.ratio.percent == 85.5
    assert codes(result) == set()


def test_a_commune_sees_its_areas_one_by_one(story: Log) -> None:
    """Areas × registration and recognition: those of its old wards among them."""
    result = compute(story, "an dong")
    lines = {(line.unit_id, line.code): line for line in result.subjects}
    assert len(lines) == 14
    first = lines[ident("p5"), "kp1"]
    assert (first.registered_on, first.stage, first.stage_on) == (
        date(2025, 2, 10),
        "recognised",
        date(2025, 11, 20),
    )
    assert (first.households, first.households_committed) == (100, 95)
    assert sum(line.stage == "recognised" for line in lines.values()) == 13
    before = compute(story, "p5", QUARTER)
    assert [(line.code, line.stage) for line in before.subjects] == [
        (f"kp{number}", None) for number in range(1, 6)
    ]
    assert compute(story, "city").subjects == ()
    assert compute(story, "an dong", YEAR, COMMUNES).subjects == ()


def test_the_year_counts_what_is_decided_after_its_cut_off() -> None:
    log = subjects.year_2025().at("2025-12-30")
    about = subjects.subject("p4", 6)
    subjects.judge(log, "cho quan", about, "self_assessed", "council", "recognised")
    november = compute(log, "cho quan", NOVEMBER)
    assert november.values["recognised"] == 16
    assert compute(log, "cho quan").values["recognised"] == 17


def test_a_revocation_takes_the_recognition_away() -> None:
    log = subjects.year_2025().at("2025-12-02")
    subjects.judge(log, "cho quan", subjects.subject("p1", 1), "revoked")
    result = compute(log, "cho quan")
    assert (result.values["recognised"], result.values["revoked"]) == (15, 1)
    assert compute(log, "cho quan", NOVEMBER).values["recognised"] == 16


def test_a_ward_that_reports_no_number_is_in_no_rate_and_is_told() -> None:
    log = subjects.year_2025()
    held = without_the_number_of(log, "cho lon")
    with projected(held) as view:
        result = F3.compute(view, ident("city"), YEAR)
    # 18 recognised in Chợ Lớn: their old wards' numbers were those of units that ended.
    assert result.ratio == Ratio(29, 35)
    assert result.values["recognised"] == 47
    assert (result.values["recognised_uncounted"], result.values["registered_uncounted"]) == (
        18,
        20,
    )
    row = next(row for row in result.children if row.unit.unit_id == ident("cho lon"))
    assert row.numbers.ratios["standard_rate"] is None
    assert row.numbers.ratios["of_registered"] == Ratio(18, 20)
    assert "denominator-not-reported" in {note.code for note in row.numbers.notes}
    assert "denominator-not-reported" in codes(result)


def test_no_rate_passes_100_percent_where_too_small_a_number_was_reported() -> None:
    log = subjects.first_quarter()
    with projected(log.records) as view:
        before = F3.compute(view, ident("p1"), QUARTER)
    assert before.total.ratios["registration"] == Ratio(6, 6)
    target = next(
        record
        for record in log.records
        if record.type == "IndicatorReported" and record.data["unit_id"] == ident("p1")
    )
    log.given(
        "EventCorrected",
        "p1",
        about=target.aggregate_id,
        target_event_id=target.event_id,
        replacement={**target.data, "value": 5},
        reason="typing_error",
    )
    result = compute(log, "p1", QUARTER)
    assert result.total.ratios["registration"] is None
    assert "more-than-reported" in codes(result)
    assert compute(log, "quan 5", QUARTER).total.ratios["registration"] == Ratio(46, 49)


def test_a_number_of_zero_is_a_number() -> None:
    log = subjects.first_quarter()
    subjects.how_many(log, "p1", 0, "enterprise")
    result = compute(log, "p1", QUARTER, Cut(category="enterprise"))
    assert (result.values["units_reported"], result.values["units_unreported"]) == (1, 0)
    assert result.ratio is None
    assert "denominator-not-reported" not in codes(result)


def test_communes_are_counted_by_the_catalogue() -> None:
    log = subjects.first_quarter().at("2025-03-20")
    for ward in ("p1", "p2", "p12"):
        log.given("EmulationRegistered", ward, kind="register", category="commune", year=2025)
    result = compute(log, "quan 5", QUARTER, COMMUNES)
    assert (result.values["subjects"], result.values["registered"]) == (10, 3)
    quan5.two_tiers(log.at("2025-07-02"))
    later = compute(log, "city", YEAR, COMMUNES)
    # At the window's end, on 15/11/2025, there are the three new wards; the old ones are no more.
    assert (later.values["subjects"], later.values["registered_uncounted"]) == (3, 3)
    assert later.total.ratios["registration"] == Ratio(0, 3)


def test_a_local_window_says_when_subjects_are_counted(story: Log) -> None:
    assert "window-open" not in codes(compute(story, "city", NOVEMBER))
    log = subjects.first_quarter()
    rule = log.given(
        "RuleDefined",
        "city",
        kind="window",
        scope={"unit_id": ident("city")},
        params={
            "subject_category": "residential_area",
            "standard_version": "circular_124_2021",
            "window_start": {"month_day": "11-01", "year_offset": -1},
            "register_by": {"month_day": "03-15"},
            "window_end": {"month_day": "03-20"},
        },
        valid_from="2024-01-01",
    )
    result = compute(log, "quan 5", QUARTER)
    assert "window-open" not in codes(result)
    assert rule.aggregate_id in result.rules


@pytest.mark.parametrize("unit", ["city", "quan 5", "cho lon", "p5"])
@pytest.mark.parametrize("span", [QUARTER, NOVEMBER, YEAR], ids=lambda span: span.code)
@pytest.mark.parametrize("category", ["residential_area", "commune", "school"])
def test_every_number_is_the_sum_of_the_events_behind_it(
    story: Log, unit: str, span: Span, category: str
) -> None:
    """Except what the catalogue says, and which units reported nothing."""
    cut = Cut(category=category)
    of_the_catalogue = {"units_unreported"} | ({"subjects"} if category == "commune" else set())
    with projected(story.records) as view:
        result = F3.compute(view, ident(unit), span, cut)
        rows: list[tuple[str | None, Numbers]] = [(None, result.total)]
        rows += [(row.unit.unit_id, row.numbers) for row in (result.own, *result.children)]
        for row, numbers in rows:
            for measure, number in numbers.values.items():
                found = opened(
                    F3, view, ident(unit), span, CellFilter(measure, row), limit=50, cut=cut
                )
                if measure in of_the_catalogue:
                    assert found == []
                else:
                    assert sum(value for _, value in found) == number, (row, measure)


def test_what_stands_in_no_rate_opens_as_well() -> None:
    log = subjects.year_2025()
    held = without_the_number_of(log, "cho lon")
    with projected(held) as view:
        found = opened(F3, view, ident("city"), YEAR, CellFilter("recognised_uncounted"), limit=50)
    assert sum(value for _, value in found) == 18


def test_a_category_that_is_none_is_refused(story: Log) -> None:
    with pytest.raises(FigureQuestionError) as refused:
        compute(story, "city", YEAR, Cut(category="family"))
    assert refused.value.parameter == "category"
    assert "residential_area" in refused.value.text.vi
