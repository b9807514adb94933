"""The days a figure is asked for, and how a person writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.directory import Directory
from domain.periods import Period, add_months, period_span

_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_QUARTER: Final = re.compile(r"(\d{4})-Q([1-4])")
_DAYS: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
_MONTHS_A_QUARTER: Final = 3


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date
    code: str
    """How it is written: "2025-H1", "2025", "2025-Q1", "2025-03", "2025-01-01..2025-03-31"."""

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def year(self) -> int:
        """The year it belongs to: of its reporting period, else of its last day."""
        return self.last.year if self.period is None else self.period.year

    @property
    def is_year(self) -> bool:
        """Whether it is a whole reporting year."""
        return self.period is not None and self.period.half is None

    @property
    def period(self) -> Period | None:
        """The reporting period of this code; None for other spans."""
        try:
            return Period.parse(self.code)
        except ValueError:
            return None


def between(first: date, last: date) -> Span:
    """The span of two days. Raises ValueError if it ends before it starts."""
    if last < first:
        raise ValueError("the span ends before it starts")
    return Span(first, last, f"{first.isoformat()}..{last.isoformat()}")


def parse_span(text: str, directory: Directory, unit_id: str) -> Span | None:
    """The days of a written span for a unit.

    A half-year or a year covers the days that the unit's period rule gives it (R53, R54): None if
    no rule does. Months and quarters are those of the calendar. Raises ValueError for anything
    that is no span.
    """
    if found := _DAYS.fullmatch(text):
        return between(date.fromisoformat(found[1]), date.fromisoformat(found[2]))
    if found := _QUARTER.fullmatch(text):
        first = date(int(found[1]), (int(found[2]) - 1) * _MONTHS_A_QUARTER + 1, 1)
        return _months(first, _MONTHS_A_QUARTER, text)
    if found := _MONTH.fullmatch(text):
        return _months(date(int(found[1]), int(found[2]), 1), 1, text)
    days = period_span(directory, unit_id, Period.parse(text))
    return None if days is None else Span(days.first, days.last, text)


def _months(first: date, months: int, code: str) -> Span:
    return Span(first, add_months(first, months) - timedelta(days=1), code)
