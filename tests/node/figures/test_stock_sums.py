"""A stock from balances is the sum of its days, whatever days are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from domain.directory import Directory
from services.node.balances import balanced, balances_name, balances_table, fill_balances
from services.node.figures.span import Span, between
from services.node.figures.stock import Stretch, stock_sums, stretches, up_to
from services.node.readmodels import ModelStock
from services.node.views import View

MODEL = ModelStock()
UNITS = dict.fromkeys(["unit one", "unit two"])

days = st.one_of(
    st.dates(date(2019, 1, 1), date(2026, 12, 31)),
    st.sampled_from([date(y, m, d) for y in (2020, 2023) for m, d in ((1, 1), (12, 31), (2, 28))]),
    st.sampled_from([date.min, date.max]),
)
spans = st.tuples(days, days).map(lambda two: between(min(two), max(two)))
cells = st.dictionaries(
    st.tuples(
        st.sampled_from(sorted(UNITS)),
        days.map(date.isoformat),
        st.just("self_management"),
        st.sampled_from(["", "five_plus_one"]),
        st.sampled_from(["models", "points"]),
        st.sampled_from(["opened", "retired"]),
        st.sampled_from(["", "unit two"]),
    ),
    st.sampled_from([-2, -1, 1, 3]),
    max_size=12,
)


@contextmanager
def holding(held: dict[tuple[str, ...], int]) -> Iterator[View]:
    metadata = sa.MetaData()
    days, balances = MODEL.table(metadata, ""), balances_table(MODEL, metadata, "")
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        names = [column.name for column in days.columns]
        for key, value in held.items():
            row = dict(zip(names, (*key, value), strict=True))
            connection.execute(sa.insert(days).values(row))
        fill_balances(connection, days, balances)
        tables = {MODEL.name: days, balances_name(MODEL.name): balances}
        yield View(connection, tables, Directory.fold([]), 1)
    engine.dispose()


@given(cells, spans)
def test_a_stock_is_the_sum_of_its_days(held: dict[tuple[str, ...], int], span: Span) -> None:
    expected: Counter[tuple[str, ...]] = Counter()
    within: Counter[tuple[str, ...]] = Counter()
    for (unit, day, *rest), value in held.items():
        if date.fromisoformat(day) <= span.last:
            expected[unit, *rest] += value
            within[unit, *rest] += value if date.fromisoformat(day) >= span.first else 0
    with holding(held) as view:
        found = (
            {
                tuple(key): (int(everything), int(inside))
                for *key, everything, inside in view.connection.execute(
                    stock_sums(view, MODEL, UNITS, span, lambda _: ())
                )
            }
            if held
            else {}
        )
    assert {key: sums for key, sums in found.items() if any(sums)} == {
        key: (value, within[key]) for key, value in expected.items() if value or within[key]
    }


@given(cells)
def test_balances_added_up_live_are_those_of_the_finished_cells(
    held: dict[tuple[str, ...], int],
) -> None:
    live: Counter[tuple[str, ...]] = Counter()
    for key, value in held.items():  # one change after the other, as batches come
        for balance, delta in balanced({key: value}).items():
            live[balance] += delta
    with holding(held) as view:
        table = view.tables[balances_name(MODEL.name)]
        rows = view.connection.execute(sa.select(table)).all()
    assert {tuple(row[:-1]): row[-1] for row in rows} == {k: v for k, v in live.items() if v}


@given(spans)
def test_every_day_stands_in_one_stretch(span: Span) -> None:
    pieces = list(stretches(span.first, span.last))
    asked = {span.first, span.last, date(2020, 12, 31), date(2021, 1, 1), date(2022, 5, 6)}
    asked |= {day + timedelta(days=1) for day in asked if day < date.max}
    asked |= {day - timedelta(days=1) for day in asked if day > date.min}
    for day in asked:
        holds = [
            piece.first <= (f"{day.year:04}" if piece.years else day.isoformat()) <= piece.last
            for piece in pieces
        ]
        assert sum(holds) == (day in span)


@given(days, st.integers(2015, 2026), days)
def test_half_a_year_of_days_is_read_at_most(day: date, first: int, newest: date) -> None:
    pieces = [one for _, one in up_to(day, first, newest)]
    read = [
        (min(date.fromisoformat(one.last), newest) - date.fromisoformat(one.first)).days + 1
        for one in pieces
        if not one.years
    ]
    assert len(read) <= 1
    assert sum(read) <= 183


def test_a_recent_day_is_reached_from_the_newest_one() -> None:
    found = list(up_to(date(2026, 3, 31), 2015, date(2026, 4, 2)))
    assert found == [
        (-1, Stretch(False, "2026-04-01", "2026-12-31")),
        (1, Stretch(True, "", "")),
    ]


def test_an_early_day_is_reached_from_the_first_year() -> None:
    found = list(up_to(date(2016, 1, 3), 2015, date(2026, 4, 2)))
    assert found == [
        (1, Stretch(False, "2016-01-01", "2016-01-03")),
        (1, Stretch(True, "0000", "2015")),
    ]
