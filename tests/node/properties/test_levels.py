"""Whatever happened and in whatever order it arrived, every level says what the reference says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import count
from random import Random
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import encode
from domain.directory import Directory
from domain.events import Record
from services.node.batches import sorted_out
from services.node.database import Database
from services.node.figures import FIGURES, Cut, Figure, FigureResult, Span, between
from services.node.figures.figure import NO_CUT
from services.node.generation import Generation
from services.node.readmodels import READ_MODELS
from services.node.views import View
from tests.domain.scenario import ident
from tests.node.properties.history import CITIES, FIRST, LAST, STEPS, WARDS, History, Step
from tests.node.properties.reference import Country

ACTIVITY: Final = FIGURES["activity"]
STOCK: Final = FIGURES["model-stock"]
YEAR: Final = between(FIRST, LAST)
SPRING: Final = between(date(2025, 2, 1), date(2025, 5, 31))
H1: Final = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
HALFWAY: Final = date(2025, 6, 30)
LEVELS: Final = ("centre", CITIES[0], WARDS[CITIES[0]][0])
"""The nodes asked: each holds what its unit, those above and those below recorded."""

_numbers = count(1)
anything = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('properties') / 'state.db'}")
    yield database
    database.close()


def held_by(unit: str, history: History) -> list[Record]:
    """What the node of a unit holds."""
    if unit == "centre":
        return list(history.log.records)
    below = {ident(ward) for ward, city in history.wards.items() if city == unit}
    above = {ident("centre")}
    if unit in history.wards:
        above.add(ident(history.wards[unit]))
    units = {ident(unit)} | below | above
    return [record for record in history.log.records if record.data["unit_id"] in units]


@contextmanager
def folded(database: Database, records: Sequence[Record], order: int) -> Iterator[View]:
    """The tables of a node that received the records in some order, in batches of some sizes."""
    random = Random(order)
    arrived = list(records)
    random.shuffle(arrived)
    generation = Generation(next(_numbers), READ_MODELS)
    with database.transaction() as connection:
        generation.create(connection)
        position = 0
        while position < len(arrived):
            batch = arrived[position : position + random.randint(1, 30)]
            entries = [(position + n, _bytes(record)) for n, record in enumerate(batch, 1)]
            generation.fold(connection, sorted_out(entries), since=position)
            position += len(batch)
        yield View(connection, generation.tables, Directory.fold(arrived), position)
        generation.drop(connection)


def _bytes(record: Record) -> bytes:
    return encode(
        event_id=record.event_id,
        origin=UUID(record.origin),
        sequence=record.sequence,
        type=record.type,
        version=1,
        aggregate_id=record.aggregate_id,
        recorded_at=record.recorded_at,
        data={"aggregate_version": 1, **record.data},
    )


def by_row(result: FigureResult, measure: str) -> Counter[str]:
    """The rows' numbers, those that are not 0."""
    rows = {row.unit.unit_id: row.numbers.values.get(measure, 0) for row in result.children}
    return Counter({unit: number for unit, number in rows.items() if number})


@anything
@given(STEPS, st.integers())
def test_every_level_agrees_with_the_reference(
    database: Database, steps: list[Step], order: int
) -> None:
    history = History.of(steps)
    attendees = "MeetingHeld.attendees"
    for level in LEVELS:
        records = held_by(level, history)
        country = Country(records)
        cities = CITIES if level == "centre" else [level] if level in CITIES else []
        with folded(database, records, order) as view:
            for city in cities:
                unit = ident(city)
                for span, hierarchies in ((YEAR, [LAST]), (SPRING, [HALFWAY, LAST])):
                    days = (span.first.isoformat(), span.last.isoformat())
                    was = ACTIVITY.compute(view, unit, span)
                    assert by_row(was, attendees) == country.attendees_as_was(unit, *days)
                    for on in hierarchies:
                        shown = ACTIVITY.compute(view, unit, span, Cut(hierarchy_on=on))
                        wanted = country.attendees_as_is(unit, *days, on.isoformat())
                        assert by_row(shown, attendees) == wanted
                for on in (HALFWAY, LAST):
                    stock = STOCK.compute(view, unit, between(on, on))
                    assert by_row(stock, "points") == country.points_as_is(unit, on.isoformat())
            if level in history.wards:
                own = ACTIVITY.compute(view, ident(level), YEAR).values.get(attendees, 0)
                days = (FIRST.isoformat(), LAST.isoformat())
                city = ident(history.wards[level])
                assert own == country.attendees_as_was(city, *days)[ident(level)]


@anything
@given(STEPS, st.integers())
def test_no_share_passes_100_and_sums_are_those_of_their_parts(
    database: Database, steps: list[Step], order: int
) -> None:
    history = History.of(steps)
    with folded(database, history.log.records, order) as view:
        for figure, span, cut in _questions():
            country = figure.compute(view, ident("centre"), span, cut)
            for unit in ("centre", *CITIES):
                result = figure.compute(view, ident(unit), span, cut)
                _shares_are_shares(result)
                if figure.own_in_total:
                    _adds_up(result)
            if cut.hierarchy_on is not None or figure is STOCK:
                _nothing_is_lost(figure, view, country, span, cut)


def _questions() -> Iterator[tuple[Figure, Span, Cut]]:
    as_is = [Cut(hierarchy_on=HALFWAY), Cut(hierarchy_on=LAST)]
    for figure in FIGURES.values():
        if figure.name not in ("activity", "model-stock", "meeting-compliance", "report-status"):
            continue
        span = H1 if figure.name == "report-status" else YEAR
        for cut in (NO_CUT, *as_is):
            yield figure, span, cut


def _shares_are_shares(result: FigureResult) -> None:
    for numbers in (result.total, result.own.numbers, *(row.numbers for row in result.children)):
        for share in numbers.ratios.values():
            assert share is None or 0 <= share.numerator <= share.denominator


def _adds_up(result: FigureResult) -> None:
    """The total is its rows and its own; the levels are the total; what waits is told."""
    parts = [result.own.numbers, *(row.numbers for row in result.children)]
    summed: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    for numbers in parts:
        summed.update(numbers.values)
    for numbers in result.levels.values():
        levels.update(numbers.values)
    for measure, number in result.values.items():
        assert summed[measure] == number
        assert levels[measure] == number
    told = ["split-not-apportioned" in {n.code for n in numbers.notes} for numbers in parts]
    assert any(told) == ("split-not-apportioned" in {note.code for note in result.notes})


def _nothing_is_lost(
    figure: Figure, view: View, country: FigureResult, span: Span, cut: Cut
) -> None:
    """Along the hierarchy of one day, assigned or not, every record counts in one province."""
    cities = [figure.compute(view, ident(city), span, cut).values for city in CITIES]
    for measure, number in country.values.items():
        if measure.endswith(("events", "attendees")) or measure in ("models", "points", "groups"):
            own = country.own.numbers.values.get(measure, 0)
            assert sum(values.get(measure, 0) for values in cities) + own == number, measure
