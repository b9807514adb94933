"""What there is on a day, of a model whose sums are kept beside its cells.

From the sums over whole years, or from the sum over all days backwards, whichever is nearer, and
the days of half a year at most. So a stock costs the same whatever was recorded in other years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa

from services.node.balances import ALL_DAYS, balances_name
from services.node.figures.figure import of_units
from services.node.figures.span import Span
from services.node.readmodel import CellModel
from services.node.views import View

Conditions = Callable[[sa.Table], tuple[sa.ColumnElement[bool], ...]]

_LAST_YEAR: Final = date.max.year


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days that are read together: a range of years from the balances, or of days."""

    years: bool
    first: str
    last: str


def stretches(first: date, last: date) -> Iterator[Stretch]:
    """The days from one to another as whole years and the days left over."""
    year = first.year + (first > first.replace(month=1, day=1))
    until = last.year - (last < last.replace(month=12, day=31))
    if year > until:
        yield _days(first, last)
        return
    yield _years(year, until)
    if first.year < year:
        yield _days(first, first.replace(month=12, day=31))
    if last.year > until:
        yield _days(last.replace(month=1, day=1), last)


def up_to(day: date, first: int, newest: date) -> Iterator[tuple[int, Stretch]]:
    """All days through one, as what to add (1) and what to take away (-1), given the first year and
    the last day that there are.

    From the end of the year before on, or from the end of its own back, whichever is nearer; and
    that as the sum of the years before, or as that of all days without the years behind.
    """
    start, end = day.replace(month=1, day=1), day.replace(month=12, day=31)
    behind = (min(end, newest) - day).days
    year = day.year
    if (day - start).days < behind:
        year -= 1
        yield 1, _days(start, day)
    elif behind > 0:
        yield -1, _days(day + timedelta(days=1), end)
    if year - first < newest.year - year:
        yield 1, _years(0, year)
        return
    yield 1, Stretch(True, ALL_DAYS, ALL_DAYS)
    if year < newest.year:
        yield -1, _years(year + 1, _LAST_YEAR)


def _years(first: int, last: int) -> Stretch:
    return Stretch(True, f"{first:04}", f"{last:04}")


def _days(first: date, last: date) -> Stretch:
    return Stretch(False, first.isoformat(), last.isoformat())


def stock_sums(
    view: View,
    model: CellModel,
    units: Mapping[str, None],
    span: Span,
    conditions: Conditions,
) -> sa.Select[Any]:
    """Selects unit, cell, and the sums `everything` over all days up to the last of the span and
    `within` over those of the span."""
    days, balances = view.tables[model.name], view.tables[balances_name(model.name)]
    _, _, *others = (name for name, _ in model.columns)

    def part(table: sa.Table, when: str, first: str, last: str, sign: int, within: int) -> Any:
        unit = table.c[model.keys[0][0]]
        return sa.select(
            unit.label("unit"),
            *(table.c[name] for name in others),
            (table.c.value * sign).label("everything"),
            (table.c.value * within).label("within"),
        ).where(table.c[when].between(first, last), *of_units(unit, units), *conditions(table))

    def read(one: Stretch, sign: int, within: int) -> Any:
        table, when = (balances, "period") if one.years else (days, "day")
        return part(table, when, one.first, one.last, sign, within)

    parts = [read(one, 0, 1) for one in stretches(span.first, span.last)]
    first, newest = _extent(view, days, balances)
    parts += [read(one, sign, 0) for sign, one in up_to(span.last, first, newest)]
    every = sa.union_all(*parts).subquery()
    keys = [every.c.unit, *(every.c[name] for name in others)]
    sums = (sa.func.sum(every.c[name]).label(name) for name in ("everything", "within"))
    return sa.select(*keys, *sums).group_by(*keys)


def _extent(view: View, days: sa.Table, balances: sa.Table) -> tuple[int, date]:
    """The first year that anything happened in, and the last day: each is one end of an index."""
    period = balances.c.period
    first, newest = view.connection.execute(
        sa.select(
            sa.select(sa.func.min(period)).where(period > ALL_DAYS).scalar_subquery(),
            sa.select(sa.func.max(days.c.day)).scalar_subquery(),
        )
    ).one()
    last = date.min if newest is None else date.fromisoformat(newest)
    return (last.year if first is None else int(first)), last
