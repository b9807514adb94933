"""F2 on the storyline's first half-year of 2025, and what it must never do."""

from __future__ import annotations

from datetime import date

import pytest

from domain.levels import Level
from services.node.figures import REPORT_STATUS, CellFilter, Cut, FigureQuestionError, Ratio, Span
from tests.domain.scenario import Log, ident, new_unit, org
from tests.node.figures import quan5
from tests.node.figures.projected import opened, projected

H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
QUAN_5 = ident("quan 5")


@pytest.fixture(scope="module")
def log() -> Log:
    log = quan5.founded()
    quan5.merge_wards(log)
    quan5.reports(log)
    return log


def test_punctual_9_of_10_and_first_pass_9_of_10(log: Log) -> None:
    with projected(log.records) as view:
        result = REPORT_STATUS.compute(view, QUAN_5, H1)
    assert result.ratio == Ratio(9, 10)
    assert result.total.ratios["timeliness"] == Ratio(9, 10)
    assert result.total.ratios["completeness"] == Ratio(10, 10)
    assert result.total.ratios["first_pass_acceptance"] == Ratio(9, 10)
    assert result.values["late"] == 1
    assert result.values["returned"] == 1
    assert result.values["accepted"] == 10
    # 12/6 to 18/6 eight times, Phường 4's second version in one day, Phường 13's in one.
    assert result.values["acceptance_lag_days"] == 6
    # The wards' rule, and the centre's for the district's own report.
    assert set(result.rules) == {ident("R120"), ident("R55")}
    assert result.notes == ()


def test_own_report_stands_apart_and_levels_are_counted_apart(log: Log) -> None:
    with projected(log.records) as view:
        district = REPORT_STATUS.compute(view, QUAN_5, H1)
        city = REPORT_STATUS.compute(view, ident("city"), H1)
    assert district.own.numbers.values["expected"] == 1
    assert district.own.numbers.values["missing"] == 1
    assert [row.unit.unit_id for row in city.children] == [QUAN_5]
    assert city.children[0].numbers.values["expected"] == 11
    assert city.levels[Level.COMMUNE].ratios["timeliness"] == Ratio(9, 10)
    assert city.levels[Level.DISTRICT].ratios["timeliness"] == Ratio(0, 1)


def test_lines_say_what_became_of_each_report(log: Log) -> None:
    with projected(log.records) as view:
        result = REPORT_STATUS.compute(view, QUAN_5, H1)
    lines = {line.unit.unit_id: line for line in result.reports}
    assert set(lines) == {ident(ward) for ward in quan5.WARDS} | {QUAN_5}
    returned = lines[ident("p4")]
    assert (returned.status, returned.version, returned.returned) == ("accepted", 2, 1)
    assert (returned.due_on, returned.first_submitted_on, returned.late_days) == (
        date(2025, 6, 14),
        date(2025, 6, 13),
        0,
    )
    assert returned.receivers == (("district_committee", date(2025, 6, 17)),)
    late = lines[ident("p13")]
    assert (late.first_submitted_on, late.late_days) == (date(2025, 6, 17), 3)
    assert (lines[QUAN_5].status, lines[QUAN_5].due_on) == ("missing", date(2025, 6, 19))


def test_a_ward_is_judged_by_its_own_report(log: Log) -> None:
    with projected(log.records) as view:
        on_time = REPORT_STATUS.compute(view, ident("p1"), H1)
        late = REPORT_STATUS.compute(view, ident("p13"), H1)
    assert on_time.ratio == Ratio(1, 1)
    assert late.ratio == Ratio(0, 1)


def test_a_ward_that_ended_in_the_period_owes_nothing_and_says_why(log: Log) -> None:
    with projected(log.records) as view:
        result = REPORT_STATUS.compute(view, QUAN_5, H1)
    row = next(row for row in result.children if row.unit.unit_id == ident("p8"))
    assert row.numbers.ratios["timeliness"] is None
    assert {note.code for note in row.numbers.notes} == {"unit-ended", "nothing-due"}


def test_returned_and_not_sent_again_is_not_accepted() -> None:
    log = quan5.founded()
    digest = quan5.report(log, "p1", "2025-06-10")
    quan5.send_back(log, "p1", digest, "2025-06-11", "2025-06-13")
    with projected(log.records) as view:
        result = REPORT_STATUS.compute(view, ident("p1"), H1)
    assert result.reports[0].status == "returned"
    assert result.ratio == Ratio(1, 1)
    assert result.total.ratios["first_pass_acceptance"] == Ratio(0, 1)
    assert "acceptance_lag_days" not in result.values


def test_not_due_yet_is_neither_missing_nor_expected() -> None:
    log = quan5.founded()
    quan5.report(log, "p1", "2025-06-10")
    last_good_day = date(2025, 6, 14)
    with projected(log.records) as view:
        before = REPORT_STATUS.compute(view, QUAN_5, H1, Cut(today=last_good_day))
        after = REPORT_STATUS.compute(view, QUAN_5, H1, Cut(today=date(2025, 6, 15)))
    assert (before.values["expected"], before.values["upcoming"]) == (1, 10)
    assert before.ratio == Ratio(1, 1)
    assert (after.values["expected"], after.values["missing"]) == (11, 10)


def test_no_rule_is_not_zero() -> None:
    log = quan5.founded()
    log.records = [r for r in log.records if r.aggregate_id not in (ident("R55"), ident("R120"))]
    with projected(log.records) as view:
        result = REPORT_STATUS.compute(view, QUAN_5, H1)
    assert result.ratio is None
    assert [note.code for note in result.notes] == ["no-rule"]
    assert result.values["units_without_rule"] == 11


def test_another_span_is_no_reporting_period(log: Log) -> None:
    month = Span(date(2025, 6, 1), date(2025, 6, 30), "2025-06")
    with projected(log.records) as view:
        result = REPORT_STATUS.compute(view, QUAN_5, month)
    assert result.ratio is None
    assert result.notes[0].code == "not-a-report-period"


def test_a_report_that_nobody_expects_is_in_no_share() -> None:
    log = quan5.founded()
    quan5.report(log, "p8", "2024-12-20")  # it ends on 31/12/2024, before the period does
    quan5.merge_wards(log)
    quan5.report(log, "p1", "2025-06-10")
    with projected(log.records) as view:
        result = REPORT_STATUS.compute(view, QUAN_5, H1)
        behind = opened(REPORT_STATUS, view, QUAN_5, H1, CellFilter("unexpected"))
    assert result.values["actual"] == 1
    assert result.values["unexpected"] == 1
    assert result.total.ratios["completeness"] == Ratio(1, 10)
    assert len(behind) == 1


def ended_before_the_due_day() -> Log:
    """Due on 19/6; on 17/6 Phường 1 and 2 become one, and Phường 4 ends without a successor."""
    log = quan5.founded()
    log.records = [record for record in log.records if record.aggregate_id != ident("R120")]
    log.at("2025-06-17").given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p1")}, {"unit_id": ident("p2")}]},
        to=[new_unit("cho quan", "ward", "27900", "quan 5")],
        effective_on="2025-06-17",
    )
    log.given(
        "UnitReorganised",
        "centre",
        kind="abolish",
        **{"from": [{"unit_id": ident("p4")}]},
        effective_on="2025-06-17",
    )
    log.given(
        "OrganisationChanged",
        "centre",
        kind="established",
        organisations=[org("cho quan", "police")],
        effective_on="2025-06-17",
    )
    return log


def test_an_obligation_moves_to_the_successor_or_ends_with_its_unit() -> None:
    log = ended_before_the_due_day()
    with projected(log.records) as view:
        before = REPORT_STATUS.compute(view, QUAN_5, H1)
    digest = quan5.report(log, "cho quan", "2025-06-18")
    quan5.accept(log, "cho quan", digest, "2025-06-20")
    with projected(log.records) as view:
        after = REPORT_STATUS.compute(view, QUAN_5, H1)
        lines, _ = REPORT_STATUS.lines(view, QUAN_5, H1)
        behind = opened(REPORT_STATUS, view, QUAN_5, H1, CellFilter("actual"))
    # Eleven wards: two owe one report together, one owes none any more.
    assert (before.values["expected"], before.values["actual"]) == (9, 0)
    assert (after.values["expected"], after.values["actual"]) == (9, 1)
    assert after.values["on_time"] == after.values["first_pass"] == len(behind) == 1
    owing = {line.unit.unit_id for line in lines}
    assert ident("cho quan") in owing
    assert owing.isdisjoint({ident("p1"), ident("p2"), ident("p4")})
    ended = next(row for row in after.children if row.unit.unit_id == ident("p4"))
    assert ended.numbers.ratios["timeliness"] is None
    assert "unit-ended" in {note.code for note in ended.numbers.notes}


def test_a_report_sent_before_the_unit_ended_stays_its_own() -> None:
    log = quan5.founded()
    quan5.report(log, "p1", "2025-06-16")
    late = ended_before_the_due_day()
    log.records = [*late.records, log.records[-1]]
    with projected(log.records) as view:
        result = REPORT_STATUS.compute(view, QUAN_5, H1)
    # Phường 1 sent its own; Phường 2's obligation went to the successor.
    assert (result.values["expected"], result.values["actual"]) == (10, 1)


@pytest.mark.parametrize(
    ("measure", "wards"),
    [
        ("actual", set(quan5.WARDS)),
        ("late", {"p13"}),
        ("returned", {"p4"}),
        ("first_pass", set(quan5.WARDS) - {"p4"}),
        ("missing", set()),
    ],
)
def test_every_number_opens_into_its_events(log: Log, measure: str, wards: set[str]) -> None:
    with projected(log.records) as view:
        found = opened(REPORT_STATUS, view, QUAN_5, H1, CellFilter(measure))
        one = opened(REPORT_STATUS, view, QUAN_5, H1, CellFilter(measure, ident("p4")))
    records = {record.event_id: record for record in log.records}
    owners = {
        owner
        for event_id, _ in found
        for owner in quan5.WARDS
        if records[event_id].aggregate_id == quan5.report_of(log, owner)
    }
    assert owners == wards
    assert len(found) == len(wards)
    assert len(one) == ("p4" in wards)


def test_lists_page_through_every_report(log: Log) -> None:
    with projected(log.records) as view:
        first, after = REPORT_STATUS.lines(view, QUAN_5, H1, limit=7)
        second, end = REPORT_STATUS.lines(view, QUAN_5, H1, limit=7, after=after)
        late, _ = REPORT_STATUS.lines(view, QUAN_5, H1, only="late")
    assert end is None
    assert len({line.unit.unit_id for line in (*first, *second)}) == 11
    assert [line.unit.unit_id for line in late] == [ident("p13")]


def test_a_question_that_has_no_answer_says_what_to_change(log: Log) -> None:
    with projected(log.records) as view:
        with pytest.raises(FigureQuestionError) as unit:
            REPORT_STATUS.compute(view, ident("nowhere"), H1)
        with pytest.raises(FigureQuestionError) as measure:
            REPORT_STATUS.behind(view, QUAN_5, H1, CellFilter("made-up"))
        with pytest.raises(FigureQuestionError) as row:
            REPORT_STATUS.behind(view, QUAN_5, H1, CellFilter("actual", ident("city")))
    assert [e.value.parameter for e in (unit, measure, row)] == ["unit_id", "measure", "row"]


def test_a_report_that_was_waived_is_not_expected_unless_it_was_sent() -> None:
    log = quan5.founded()
    log.at("2025-06-10")
    about = {"kind": "half_year", "period": "2025-H1", "reason": "force_majeure"}
    waived = [
        log.given("ObligationWaived", "quan 5", **about, obliged_unit_id=ident(ward))
        for ward in ("p1", "p2")
    ]
    quan5.report(log, "p2", "2025-06-12")
    with projected(log.records) as view:
        result = REPORT_STATUS.compute(view, QUAN_5, H1)
        behind = opened(REPORT_STATUS, view, QUAN_5, H1, CellFilter("waived"))
    assert (result.values["waived"], result.values["expected"], result.values["actual"]) == (
        1,
        10,
        1,
    )
    assert behind == [(waived[0].event_id, 1)]
    line = next(line for line in result.reports if line.unit.unit_id == ident("p1"))
    assert line.status == "waived"
