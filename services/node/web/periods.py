"""The periods a page offers, and the one it opens with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa

from domain.directory import Directory
from domain.events import EVENTS
from domain.refusals import Text
from services.node.figures import Span, parse_span
from services.node.language import Language
from services.node.readmodels.activity import Activity
from services.node.views import View

_REPORTING_DAYS: Final = 31
"""So long after its last day a half-year is still what people work on: its reports come in."""
_YEARS: Final = 6
_MONTHS_A_QUARTER: Final = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """One period of the selector."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """The periods of one year."""

    year: int
    choices: Sequence[Choice]


def last_active_day(view: View, today: date) -> date:
    """The last day on which anything was done that figures count; today where nothing was."""
    table = view.tables[Activity.name].c
    # The last day of each type is one look into the index of types and days; that of all of them at
    # once would read every cell there ever was.
    of_types = sa.union_all(
        *(
            sa.select(sa.func.max(table.day).label("day")).where(table.type == name)
            for name in sorted(EVENTS)
        )
    ).subquery()
    newest = view.connection.execute(sa.select(sa.func.max(of_types.c.day))).scalar()
    return today if newest is None else date.fromisoformat(newest)


def opening_span(directory: Directory, unit_id: str, day: date) -> Span:
    """The half-year that is worked on around `day`, else the year, else the quarter.

    Half-years and years are those of the unit's own rules; where no rule fixes any, the calendar's
    quarter is what is left.
    """
    for year in (day.year + 1, day.year):
        half = parse_span(f"{year}-H1", directory, unit_id)
        if half is not None and half.first <= day <= half.last + timedelta(days=_REPORTING_DAYS):
            return half
    for year in (day.year + 1, day.year):
        whole = parse_span(str(year), directory, unit_id)
        if whole is not None and day in whole:
            return whole
    quarter = parse_span(f"{day.year}-Q{_quarter(day.month)}", directory, unit_id)
    if quarter is None:
        raise ValueError(f"a quarter is a span everywhere: {day}")
    return quarter


def _quarter(month: int) -> int:
    return (month - 1) // _MONTHS_A_QUARTER + 1


def offered(
    directory: Directory, unit_id: str, chosen: Span, day: date, language: Language
) -> Sequence[Group]:
    """The periods of the years around `day` and the chosen span, newest year first."""
    last = max(day.year + 1, chosen.last.year)
    first = min(last - _YEARS + 1, chosen.last.year)
    groups = []
    for year in range(last, first - 1, -1):
        choices = [
            Choice(span.code, label(span, language))
            for span in _of_year(directory, unit_id, year)
            if span.first <= day or span.code == chosen.code
        ]
        if choices:
            groups.append(Group(year, choices))
    return groups


def _of_year(directory: Directory, unit_id: str, year: int) -> Iterator[Span]:
    codes = [f"{year}-H1", str(year)]
    codes += [f"{year}-Q{quarter}" for quarter in range(1, 5)]
    codes += [f"{year}-{month:02}" for month in range(1, 13)]
    for code in codes:
        span = parse_span(code, directory, unit_id)
        if span is not None:
            yield span


def label(span: Span, language: Language) -> str:
    """A span as a person writes it."""
    days = Text(
        f"{Language.VI.day(span.first)} – {Language.VI.day(span.last)}",
        f"{Language.EN.day(span.first)} – {Language.EN.day(span.last)}",
    )
    year, _, part = span.code.partition("-")
    if ".." in span.code:
        name = Text("Từ", "From")
    elif part == "H1":
        name = Text(f"6 tháng đầu năm {year}", f"First half of {year}")
    elif part == "H2":
        name = Text(f"6 tháng cuối năm {year}", f"Second half of {year}")
    elif part.startswith("Q"):
        name = Text(f"Quý {part[1:]}/{year}", f"Quarter {part[1:]} of {year}")
    elif part:
        name = Text(f"Tháng {int(part)}/{year}", f"{year}-{part}")
    else:
        name = Text(f"Năm {year}", f"Year {year}")
    return language.of(Text(f"{name.vi} ({days.vi})", f"{name.en} ({days.en})"))
