"""Working days in Vietnam: weekends, public holidays with Tet by the lunar calendar, swapped days.

The holidays and the swapped days that the government has announced come from the library
`holidays`, which is arithmetic and tables and reads nothing. What it does not know, a later
announcement or a province's own, a rule of the kind `working_days` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from domain.rule_params import DueShift

_DAY: Final = timedelta(days=1)
FURTHEST: Final = timedelta(days=31)
"""No run of days off comes near it: a rule that makes one is not followed further."""

Announced = Callable[[date], Mapping[str, Any] | None]
"""The parameters of the rule about working days that holds on a day, if there is one."""


def working(day: date, announced: Announced) -> bool:
    """Whether it is a working day; what a rule says of it goes before the calendar."""
    params = announced(day)
    if params is not None:
        written = day.isoformat()
        if written in params.get("days_off", ()):
            return False
        if written in params.get("days_worked", ()):
            return True
    return by_calendar(day)


@lru_cache(maxsize=4096)
def by_calendar(day: date) -> bool:
    """Whether it is a working day by the public calendar alone."""
    # Loaded when a rule first asks for working days: it takes a sixth of a second, and most
    # installations have no such rule.
    from holidays import country_holidays  # noqa: PLC0415

    return country_holidays("VN", years=day.year).is_working_day(day)


def moved(day: date, shift: DueShift, announced: Announced) -> date:
    """The nearest working day on that side; the day itself if it is one."""
    step = _DAY if shift is DueShift.NEXT else -_DAY
    found = day
    for _ in range(FURTHEST.days):
        if working(found, announced):
            return found
        found += step
    return day
