"""Indicators: added up as reported, and sensitive counts that nobody can work out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.levels import Level
from services.node.asof.cutoff import ThroughPosition
from services.node.figures import (
    CellFilter,
    Cut,
    FigureResult,
    IndicatorFigure,
    Numbers,
    Span,
)
from services.node.views import View
from tests.domain.scenario import Log, ident
from tests.node.figures import movement, quan5
from tests.node.figures.projected import opened, projected

CENTRE = IndicatorFigure(Level.CENTRAL)
H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
QUAN_5, CITY = ident("quan 5"), ident("city")
RELEASED = "released.managed"
"""People released from prison who are looked after: sensitive."""


@pytest.fixture
def log() -> Log:
    return quan5.founded().at("2025-06-12")


def row(result: FigureResult, unit: str) -> Numbers:
    return next(row.numbers for row in result.children if row.unit.unit_id == ident(unit))


def test_values_add_up_and_a_reported_zero_is_no_gap(log: Log) -> None:
    for ward, teams in (("p1", 3), ("p2", 4), ("p4", 0)):
        movement.indicator(log, ward, "self_managed.teams", teams)
    movement.indicator(log, "quan 5", "self_managed.teams", 1)
    with projected(log.records) as view:
        result = CENTRE.compute(view, QUAN_5, H1)
        behind = opened(CENTRE, view, QUAN_5, H1, CellFilter("self_managed.teams"))
    assert result.values == {"units_reported": 4, "self_managed.teams": 8}
    assert row(result, "p4").values["self_managed.teams"] == 0
    assert "self_managed.teams" not in row(result, "p5").values
    assert sorted(value for _, value in behind) == [0, 1, 3, 4]
    assert result.titles["self_managed.teams"].en == "Self-managed teams"


def test_a_half_year_and_its_year_are_never_added_together(log: Log) -> None:
    movement.indicator(log, "p1", "self_managed.teams", 3)
    movement.indicator(log, "p1", "self_managed.teams", 5, period="2025")
    with projected(log.records) as view:
        assert CENTRE.compute(view, QUAN_5, H1).values["self_managed.teams"] == 3
        assert CENTRE.compute(view, QUAN_5, YEAR).values["self_managed.teams"] == 5
        month = CENTRE.compute(view, QUAN_5, Span(H1.first, H1.last, "2025-05"))
    assert {note.code for note in month.notes} == {"not-a-report-period", "nothing-reported"}


def test_a_correction_takes_the_place_of_the_value(log: Log) -> None:
    event = movement.indicator(log, "p1", "self_managed.teams", 30)
    record = log.records[-1]
    log.given(
        "EventCorrected",
        "p1",
        about=record.aggregate_id,
        target_event_id=event,
        replacement={**record.data, "value": 3},
        reason="typing_error",
    )
    with projected(log.records) as view:
        assert CENTRE.compute(view, QUAN_5, H1).values["self_managed.teams"] == 3


def test_shares_are_each_units_own_and_are_not_added_up(log: Log) -> None:
    code = "criterion.cadres_percent"
    for ward, percent in (("p1", 80), ("p2", 90)):
        movement.indicator(log, ward, code, percent)
    with projected(log.records) as view:
        before = CENTRE.compute(view, QUAN_5, H1)
    movement.indicator(log, "quan 5", code, 85)
    with projected(log.records) as view:
        after = CENTRE.compute(view, QUAN_5, H1)
        behind = opened(CENTRE, view, QUAN_5, H1, CellFilter(code))
    assert code not in before.values
    assert row(before, "p1").values[code] == 80
    assert after.values[code] == after.own.numbers.values[code] == 85
    assert code not in after.levels[Level.COMMUNE].values
    assert [value for _, value in behind] == [85]


def sensitive(log: Log, **values: int) -> Log:
    for ward, value in values.items():
        movement.indicator(log, ward, RELEASED, value)
    return log


def test_a_small_sensitive_count_is_withheld_with_another_that_would_tell_it(log: Log) -> None:
    sensitive(log, p1=2, p2=7, p4=9)
    with projected(log.records) as view:
        result = CENTRE.compute(view, QUAN_5, H1)
        ward = CENTRE.compute(view, ident("p1"), H1)
    assert result.values[RELEASED] == 18
    assert row(result, "p4").values[RELEASED] == 9
    for one in (row(result, "p1"), row(result, "p2"), ward.total):
        assert RELEASED not in one.values
        assert one.suppressed == {RELEASED}
        assert "suppressed" in {note.code for note in one.notes}
    assert result.total.suppressed == frozenset()
    assert result.levels[Level.COMMUNE].values[RELEASED] == 18, "it is the total again"
    assert row(result, "p5").suppressed == frozenset(), "p5 reported nothing"


def test_the_events_behind_a_number_do_not_tell_what_it_withholds(log: Log) -> None:
    sensitive(log, p1=2, p2=7, p4=9)
    with projected(log.records) as view:
        of_total = CENTRE.behind(view, QUAN_5, H1, CellFilter(RELEASED))
        of_row = CENTRE.behind(view, QUAN_5, H1, CellFilter(RELEASED, ident("p2")))
        own_page = CENTRE.behind(view, ident("p1"), H1, CellFilter(RELEASED))
    assert [item.value for item in of_total.items] == [9]
    assert of_total.withheld == 2
    assert (of_row.items, of_row.withheld) == ((), 1)
    assert (own_page.items, own_page.withheld) == ((), 1)


def test_a_communes_own_committee_sees_its_own(log: Log) -> None:
    sensitive(log, p1=2)
    commune = IndicatorFigure(Level.COMMUNE)
    with projected(log.records) as view:
        result = commune.compute(view, ident("p1"), H1)
        behind = commune.behind(view, ident("p1"), H1, CellFilter(RELEASED))
    assert result.values[RELEASED] == 2
    assert [item.value for item in behind.items] == [2]


def test_a_commune_is_not_told_the_small_counts_of_its_superior(log: Log) -> None:
    sensitive(log, p1=2)
    movement.indicator(log, "quan 5", RELEASED, 3)
    commune = IndicatorFigure(Level.COMMUNE)
    with projected(log.records) as view:
        result = commune.compute(view, QUAN_5, H1)
    assert RELEASED in result.total.suppressed & result.own.numbers.suppressed
    assert row(result, "p1").values[RELEASED] == 2


def test_a_district_is_not_hindered_by_what_its_superior_recorded(log: Log) -> None:
    """The city's own 1 came down; it is no part of the district's table."""
    sensitive(log, p1=6, p2=7)
    movement.indicator(log, "city", RELEASED, 1)
    district = IndicatorFigure(Level.DISTRICT)
    with projected(log.records) as view:
        assert district.compute(view, QUAN_5, H1).values[RELEASED] == 13
        assert district.compute(view, CITY, H1).total.suppressed == {RELEASED}


def test_an_earlier_state_tells_no_sensitive_count(log: Log) -> None:
    """The total before Phường 1 reported, less the total after it, would be Phường 1's."""
    sensitive(log, p2=17, p4=9)
    movement.indicator(log, "p2", "self_managed.teams", 3)
    with projected(log.records) as view:
        before = CENTRE.compute(replace(view, cutoff=ThroughPosition(1)), QUAN_5, H1)
    assert before.total.suppressed == row(before, "p2").suppressed == {RELEASED}
    assert before.values["self_managed.teams"] == 3


def test_another_hierarchy_does_not_tell_what_one_withholds(log: Log) -> None:
    """Phường 8 (2) went into Phường 7 (9) and is hidden by Phường 1 (6). Along today's hierarchy no
    row would be small, and Phường 1's number beside that of Phường 7 would tell Phường 8's."""
    sensitive(log.at("2024-12-20"), p8=2)
    quan5.merge_wards(log)
    sensitive(log.at("2025-06-12"), p7=9, p1=6)
    today = Cut(hierarchy_on=date(2025, 6, 14))
    with projected(log.records) as view:
        was = CENTRE.compute(view, QUAN_5, H1)
        now = CENTRE.compute(view, QUAN_5, H1, today)
    assert row(was, "p8").suppressed == row(was, "p1").suppressed == {RELEASED}
    assert row(was, "p7").values[RELEASED] == 9
    assert row(now, "p1").suppressed == row(now, "p7").suppressed == {RELEASED}
    assert was.values[RELEASED] == now.values[RELEASED] == 17


# What is shown in all answers together

WARDS = ("p1", "p2", "p4", "p5", "p7", "p8")
UNITS = ("city", "quan 5", "p1", "p7", "cho quan")
CUTS = (Cut(), Cut(hierarchy_on=date(2025, 6, 14)), Cut(hierarchy_on=date(2025, 7, 2)))
PLAIN = "self_managed.teams"
"""An indicator that is not sensitive: everything of it is shown."""

Place = tuple[object, ...]
"""Where a number stands in the answers."""


@pytest.fixture(scope="module")
def view() -> Iterator[View]:
    """Quận 5 with its reorganisations of 2025, where nothing was reported."""
    log = quan5.founded()
    quan5.merge_wards(log)
    quan5.two_tiers(log.at("2025-07-02"))
    with projected(log.records) as view:
        yield view


def report(view: View, code: str, values: Mapping[str, int]) -> None:
    """Put these values, and no others, in the place of what was reported."""
    table = view.tables["indicator_values"]
    view.connection.execute(sa.delete(table))
    rows = [
        {
            "value_id": ident(f"{unit} value"),
            "event_id": ident(f"{unit} event"),
            "unit_id": ident(unit),
            "period": H1.code,
            "code": code,
            "value": value,
        }
        for unit, value in values.items()
    ]
    view.connection.execute(sa.insert(table), rows)


def answers(view: View, code: str) -> tuple[dict[Place, int], set[Place]]:
    """Every number of the indicator in any answer, and every place where one was withheld."""
    shown: dict[Place, int] = {}
    withheld: set[Place] = set()
    for unit in UNITS:
        for cut in CUTS:
            result = CENTRE.compute(view, ident(unit), H1, cut)
            rows: list[tuple[object, Numbers]] = [(None, result.total), ("own", result.own.numbers)]
            rows += [(row.unit.unit_id, row.numbers) for row in result.children]
            rows += list(result.levels.items())
            for name, numbers in rows:
                if code in numbers.values:
                    shown[unit, cut, name] = numbers.values[code]
                elif code in numbers.suppressed:
                    withheld.add((unit, cut, name))
            page = CENTRE.behind(view, ident(unit), H1, CellFilter(code), cut=cut)
            shown |= {(unit, cut, "event", item.event_id): item.value for item in page.items}
    return shown, withheld


def steps(values: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """One person more or less in a unit, or moved from one unit to another."""
    for one, value in values.items():
        yield {one: 1}
        if value:
            yield {one: -1}
            yield from ({one: -1, other: 1} for other in values if other != one)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_withheld_number_follows_from_all_answers_together(
    view: View, data: st.DataObject
) -> None:
    """For every number that is withheld there is another country, in which it is another number,
    and in which every number that is shown, in answer to any question, is the same."""
    units = st.sampled_from(("city", "quan 5", *WARDS))
    values = data.draw(st.dictionaries(units, st.integers(0, 12), min_size=1))
    report(view, RELEASED, values)
    shown, withheld = answers(replace(view), RELEASED)  # a view remembers what it answered
    # Which units each number adds up: told where each unit reports another power of ten.
    powers = {unit: 10**place for place, unit in enumerate(values)}
    report(view, PLAIN, powers)
    plain, nothing = answers(replace(view), PLAIN)
    assert not nothing
    members = {
        place: {unit for unit, power in powers.items() if number // power % 10}
        for place, number in plain.items()
    }
    for place, number in shown.items():
        assert number == sum(values[unit] for unit in members[place])
        assert number >= 5
    unseen = [
        step
        for step in steps(values)
        if not any(sum(step.get(unit, 0) for unit in members[place]) for place in shown)
    ]
    for place in withheld:
        number = sum(values[unit] for unit in members[place])
        # Along other hierarchies, and level by level, sums are withheld that are large enough and
        # may well be known.
        if number < 5 or (place[1] == Cut() and not isinstance(place[2], Level)):
            assert any(sum(step.get(unit, 0) for unit in members[place]) for step in unseen)
    assert withheld | shown.keys() >= {place for place in members if place[2] != "event"}
