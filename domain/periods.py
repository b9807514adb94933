"""Reporting periods and months. Which days a period covers is a rule (R53, R54), never code."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self

from domain.rule_params import PeriodicKind, RuleKind

if TYPE_CHECKING:
    from domain.books import Id
    from domain.directory import Directory
    from domain.rules import Rule

_CODE: Final = re.compile(r"((?:19|20|21)[0-9]{2})(?:-H([12]))?")
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Period:
    """A year that is reported on, or a half of it."""

    year: int
    half: int | None = None

    @classmethod
    def parse(cls, code: str) -> Self:
        """From "2025" or "2025-H1". Raises ValueError for anything else."""
        found = _CODE.fullmatch(code)
        if found is None:
            raise ValueError(f"not a period: {code[:20]!r}")
        return cls(int(found[1]), int(found[2]) if found[2] else None)

    @property
    def kind(self) -> PeriodicKind:
        """The report it belongs to."""
        return PeriodicKind.ANNUAL if self.half is None else PeriodicKind.HALF_YEAR

    @property
    def code(self) -> str:
        """ "2025" or "2025-H1"."""
        return f"{self.year}" if self.half is None else f"{self.year}-H{self.half}"

    @property
    def about(self) -> str:
        """What the rules of this period are about (see `domain.rules.about`)."""
        return "annual" if self.half is None else f"half_year:{self.half}"

    @property
    def calendar(self) -> Span:
        """Its days by the calendar, where no rule says others."""
        first = 7 if self.half == 2 else 1
        last = date(self.year, 6, 30) if self.half == 1 else date(self.year, 12, 31)
        return Span(date(self.year, first, 1), last)

    def next(self) -> Period:
        """The same period a year later: only the first half is reported for itself (R53)."""
        return Period(self.year + 1, self.half)

    def previous(self) -> Period:
        """The same period a year earlier."""
        return Period(self.year - 1, self.half)

    def span(self, params: Mapping[str, Any]) -> Span:
        """Its days by the parameters of a period rule."""
        return Span(year_day(params["start"], self.year), year_day(params["end"], self.year))


def year_day(params: Mapping[str, Any], year: int) -> date:
    """A rule's day of the year, for example 12-15 with offset −1 for 2025 is 15/12/2024."""
    month_day: str = params["month_day"]
    return date(year + params.get("year_offset", 0), int(month_day[:2]), int(month_day[3:]))


def add_months(day: date, months: int) -> date:
    """The day so many months later, or that month's last day if it is shorter."""
    total = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(total, _MONTHS)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@lru_cache(maxsize=4096)
def month_slot(anchor: date, every_months: int, day: date) -> Span:
    """The slot of a cadence that holds the day; each is counted from the anchor, so a short
    February moves nothing after it."""
    months = (day.year - anchor.year) * _MONTHS + day.month - anchor.month
    index = months // every_months
    if add_months(anchor, index * every_months) > day:
        index -= 1
    first = add_months(anchor, index * every_months)
    return Span(first, add_months(anchor, (index + 1) * every_months) - timedelta(days=1))


def period_span(directory: Directory, unit_id: Id, period: Period) -> Span | None:
    """The period's days for a unit; None if no rule says (R53 and R54 are rules that the centre
    records)."""
    rule = period_rule(directory, unit_id, period)
    return None if rule is None else period.span(rule.params)


def period_rule(directory: Directory, unit_id: Id, period: Period) -> Rule | None:
    """The nearest period rule in force for a unit on the last day that it gives the period."""
    # A period ends within a year of its own year, whatever the rule.
    around = date(period.year - 1, 1, 1), date(period.year + 1, 12, 31)
    for rule in directory.rules_over(RuleKind.PERIOD, unit_id, *around, about=period.about):
        last = period.span(rule.params).last
        if directory.rule(RuleKind.PERIOD, unit_id, last, about=period.about) is rule:
            return rule
    return None
