"""What there is on a day, of a model whose sums are kept beside its cells.

From the sums over whole years, or from the sum over all days backwards, whichever is nearer, and
the days of one year. So a stock costs the same whatever was recorded in the years before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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


def stretches(first: date | None, last: date | None) -> Iterator[Stretch]:
    """The days from one to another as whole years and the days left over.

    None is the first day, or the last, that there is.
    """
    year = 0 if first is None else first.year + (first > first.replace(month=1, day=1))
    until = _LAST_YEAR if last is None else last.year - (last < last.replace(month=12, day=31))
    if year > until:
        yield _days(first or date.min, last or date.max)
        return
    yield Stretch(True, f"{year:04}", f"{until:04}")
    if first is not None and first.year < year:
        yield _days(first, first.replace(month=12, day=31))
    if last is not None and last.year > until:
        yield _days(last.replace(month=1, day=1), last)


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

    def read(found: Iterable[Stretch], sign: int, within: int) -> Iterator[Any]:
        for one in found:
            table, when = (balances, "period") if one.years else (days, "day")
            yield part(table, when, one.first, one.last, sign, within)

    parts = list(read(stretches(span.first, span.last), 0, 1))
    if _is_early(view, balances, span.last):
        parts += read(stretches(None, span.last), 1, 0)
    else:
        parts.append(part(balances, "period", ALL_DAYS, ALL_DAYS, 1, 0))
        if span.last < date.max:
            parts += read(stretches(span.last + timedelta(days=1), None), -1, 0)
    every = sa.union_all(*parts).subquery()
    keys = [every.c.unit, *(every.c[name] for name in others)]
    sums = (sa.func.sum(every.c[name]).label(name) for name in ("everything", "within"))
    return sa.select(*keys, *sums).group_by(*keys)


def _is_early(view: View, balances: sa.Table, day: date) -> bool:
    """Whether fewer years lie before a day than behind it."""
    period = balances.c.period
    first, last = view.connection.execute(
        sa.select(
            sa.select(sa.func.min(period)).where(period > ALL_DAYS).scalar_subquery(),
            sa.select(sa.func.max(period)).scalar_subquery(),
        )
    ).one()
    return first is None or day.year - int(first) < int(last) - day.year
