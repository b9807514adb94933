"""Activity totals: corrections, duplicates, and the roll-up along the hierarchy of its day."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest

from domain.effective import effective
from services.node.figures import (
    FIGURES,
    CellFilter,
    Cut,
    FigureQuestionError,
    FigureResult,
    Span,
    between,
    parse_span,
)
from services.node.figures import figure as figure_module
from tests.domain.scenario import Log, ident
from tests.node.figures import quan5
from tests.node.figures.projected import opened, projected

ACTIVITY = FIGURES["activity"]
Q1 = Span(date(2025, 1, 1), date(2025, 3, 31), "2025-Q1")
H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
QUAN_5 = ident("quan 5")
ATTENDEES = "MeetingHeld.attendees"


def first_quarter() -> Log:
    log = quan5.founded()
    quan5.meeting(log, "p8", "2024-12-16")
    quan5.merge_wards(log)
    log.at("2025-03-14")
    for ward, attendees in quan5.ATTENDEES.items():
        quan5.briefing(log, ward, "2025-03-14", attendees)
    return log


def correct(log: Log) -> str:
    """20/3: Phường 14's 4,200 becomes 420; the meeting corrected."""
    wrong = next(r for r in log.records if r.data.get("attendees") == 4200)
    log.at("2025-03-20").given(
        "EventCorrected",
        "p14",
        about=wrong.aggregate_id,
        target_event_id=wrong.event_id,
        replacement={**wrong.data, "attendees": 420},
        reason="typing_error",
    )
    return wrong.event_id


def test_the_quarters_total_goes_from_9640_to_5860() -> None:
    log = first_quarter()
    with projected(log.records) as view:
        before = ACTIVITY.compute(view, QUAN_5, Q1)
    wrong = correct(log)
    with projected(log.records) as view:
        after = ACTIVITY.compute(view, QUAN_5, Q1)
        behind = opened(ACTIVITY, view, QUAN_5, Q1, CellFilter(ATTENDEES, ident("p14")))
    assert before.values[ATTENDEES] == 9640
    assert after.values[ATTENDEES] == 5860
    assert after.values["MeetingHeld.events"] == before.values["MeetingHeld.events"] == 10
    assert after.total.details["MeetingHeld.briefing.attendees"] == 5860
    assert behind == [(wrong, 420)]
    assert after.titles[ATTENDEES].en == "Meeting held: Attendees"
    detail = after.titles["MeetingHeld.briefing.attendees"]
    assert "giao ban" in detail.vi.lower()
    assert detail.en == "Meeting held: briefing: Attendees"


def test_the_copy_that_was_retracted_counts_once() -> None:
    log = first_quarter()
    first = quan5.briefing(log, "p9", "2025-03-14", 30)
    copy = quan5.briefing(log, "p9", "2025-03-14", 30, org_id=ident("p9 front"))
    log.given(
        "EventRetracted",
        "p9",
        about=copy,
        org_id=ident("p9 front"),
        target_event_id=copy,
        reason="duplicate",
        duplicate_of=first,
    )
    with projected(log.records) as view:
        result = ACTIVITY.compute(view, ident("p9"), Q1)
        behind = opened(ACTIVITY, view, ident("p9"), Q1, CellFilter("MeetingHeld.events"))
    assert result.values["MeetingHeld.events"] == 2
    assert result.values[ATTENDEES] == 630
    assert copy not in dict(behind)
    assert first in dict(behind)


def test_as_was_a_ward_that_ended_keeps_its_row_and_as_is_its_successor_has_it() -> None:
    log = first_quarter()
    with projected(log.records) as view:
        was = ACTIVITY.compute(view, QUAN_5, H1)
        now = ACTIVITY.compute(view, QUAN_5, H1, Cut(hierarchy_on=date(2025, 6, 14)))
        covered = ACTIVITY.covered_units(view, ident("p7"), H1, Cut(date(2025, 6, 14)))
    assert _row(was, "p8") == 18
    assert _row(was, "p7") == 600
    assert _row(now, "p7") == 618
    assert ident("p8") not in {row.unit.unit_id for row in now.children}
    assert was.values == now.values
    assert covered == sorted([ident("p7"), ident("p8")])


def _row(result: FigureResult, ward: str) -> int:
    return next(
        row.numbers.values[ATTENDEES] for row in result.children if row.unit.unit_id == ident(ward)
    )


def test_catalogue_and_rules_are_no_activity() -> None:
    log = quan5.founded()
    with projected(log.records) as view:
        everything = between(date(1990, 1, 1), date(2025, 12, 31))
        result = ACTIVITY.compute(view, ident("centre"), everything)
    assert result.values == {}


def random_log(seed: int) -> Log:
    """Meetings here and there through the year, some corrected, some retracted, two reforms."""
    chance = random.Random(seed)
    log = quan5.founded()
    quan5.merge_wards(log)
    quan5.models(log)
    log.at("2025-06-30")
    for number in range(60):
        ward = chance.choice([*quan5.WARDS, "quan 5", "city"])
        day = date(2025, 1, 1).toordinal() + chance.randrange(180)
        event_id = quan5.briefing(
            log, ward, date.fromordinal(day).isoformat(), chance.randrange(50)
        )
        data = log.records[-1].data
        if number % 5 == 0:
            log.given(
                "EventCorrected",
                ward,
                about=event_id,
                target_event_id=event_id,
                replacement={**data, "attendees": 7, "kind": "dissemination"},
                reason="typing_error",
            )
        if number % 7 == 0:
            log.given(
                "EventRetracted",
                ward,
                about=event_id,
                target_event_id=event_id,
                reason="never_happened",
            )
    quan5.two_tiers(log.at("2025-07-02"))
    return log


def oracle(log: Log, units: set[str], span: Span) -> Counter[str]:
    """The same totals from the log alone, in a few lines."""
    totals: Counter[str] = Counter()
    for record in effective(log.records):
        data = record.data
        if data["unit_id"] not in units or date.fromisoformat(data["occurred_on"]) not in span:
            continue
        if record.type in ("MeetingHeld", "ModelEstablished", "ModelReplicated"):
            totals[f"{record.type}.events"] += 1
        for field in ("attendees", "group_count", "member_count"):
            if data.get(field):
                totals[f"{record.type}.{field}"] += data[field]
    return totals


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("listed", [500, 2])
def test_totals_are_those_of_a_plain_fold(
    seed: int, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_module, "_LISTED", listed)  # both ways to restrict a statement
    log = random_log(seed)
    old_wards = {ident(ward) for ward in (*quan5.WARDS, "p8")}
    spans = (Q1, H1, Span(date(2025, 2, 1), date(2025, 2, 28), "2025-02"))
    with projected(log.records) as view:
        for span in spans:
            district = ACTIVITY.compute(view, QUAN_5, span)
            city = ACTIVITY.compute(view, ident("city"), span)
            assert district.values == oracle(log, old_wards | {QUAN_5}, span)
            assert city.values == oracle(log, old_wards | {QUAN_5, ident("city")}, span)
            assert _summed(district) == Counter(district.values)
            for measure, number in city.values.items():
                found = opened(ACTIVITY, view, ident("city"), span, CellFilter(measure), limit=20)
                assert sum(value for _, value in found) == number


def _summed(result: FigureResult) -> Counter[str]:
    total: Counter[str] = Counter(result.own.numbers.values)
    for row in result.children:
        total.update(row.numbers.values)
    return total


@pytest.mark.parametrize("shuffles", [1, 2])
def test_figures_do_not_depend_on_the_order_of_arrival(shuffles: int) -> None:
    log = random_log(4)
    shuffled = list(log.records)
    random.Random(shuffles).shuffle(shuffled)
    with projected(log.records) as one, projected(shuffled) as other:
        for figure in FIGURES.values():
            for unit in ("city", "quan 5", "p7", "cho quan"):
                assert figure.compute(one, ident(unit), H1) == figure.compute(
                    other, ident(unit), H1
                )


@pytest.mark.parametrize("after", ["", "x", "1/1", f"{ident('a')}/-1", f"{ident('a')}/01"])
def test_a_made_up_page_is_refused(after: str) -> None:
    with (
        projected(quan5.founded().records) as view,
        pytest.raises(FigureQuestionError) as refused,
    ):
        ACTIVITY.behind(view, QUAN_5, Q1, CellFilter(ATTENDEES), after=after)
    assert refused.value.parameter == "after"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025-H1", "2024-12-15", "2025-06-14"),
        ("2025", "2024-12-15", "2025-12-14"),
        ("2025-Q1", "2025-01-01", "2025-03-31"),
        ("2025-Q4", "2025-10-01", "2025-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-01-05..2025-01-05", "2025-01-05", "2025-01-05"),
    ],
)
def test_spans_as_people_write_them(text: str, first: str, last: str) -> None:
    directory = quan5.founded().directory
    span = parse_span(text, directory, QUAN_5)
    assert span == Span(date.fromisoformat(first), date.fromisoformat(last), text)


@pytest.mark.parametrize(
    "text", ["", "2025-13", "2025-Q5", "H1", "2025-02-30..2025-03-01", "2025-02-02..2025-02-01"]
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_span(text, quan5.founded().directory, QUAN_5)


def test_a_half_year_without_a_period_rule_has_no_days() -> None:
    assert parse_span("2025-H2", quan5.founded().directory, QUAN_5) is None


def test_what_the_activities_count_adds_up_by_itself() -> None:
    log = quan5.founded().at("2025-03-14")
    session = {"kind": "session", "topics": ["drug_prevention"], "police_speakers": 1}
    log.given("PropagandaConducted", "p8", **session, sessions=2, participants=180)
    log.given("PropagandaConducted", "p8", **session, sessions=1, participants=60)
    festival = {"kind": "security_day", "active_areas": 10, "participants": 100}
    log.given("FestivalHeld", "p8", **festival, areas_covered=4)
    log.given("FestivalHeld", "p8", **festival, areas_covered=5)
    with projected(log.records) as view:
        total = ACTIVITY.compute(view, QUAN_5, Q1, Cut()).total
    values = total.values
    assert total.details["PropagandaConducted.session.sessions"] == 3
    assert values["PropagandaConducted.participants"] == 240
    assert values["PropagandaConducted.police_speakers"] == 2
    assert values["FestivalHeld.areas_covered"] == 9
    assert not any("active_areas" in measure for measure in values)
