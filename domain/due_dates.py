"""Last good days: what a due rule says of a year, for a unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from domain.books import Id
from domain.directory import Directory
from domain.periods import year_day
from domain.rule_params import DueShift, RuleKind
from domain.rules import Rule
from domain.working_days import moved

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A day fixed by a rule."""

    due_on: date
    """The last good day."""
    rule_id: str


def last_good_day(params: Mapping[str, Any], year: int, *, inclusive: bool) -> date:
    """ "trước ngày 20/6" is strict, so 19/6, unless the rule says inclusive (catalogue)."""
    day = year_day(params["day"], year)
    return day if inclusive else day - _DAY


def due_by_rule(directory: Directory, unit_id: Id, about: str, year: int) -> Due | None:
    """The last good day in the year for what a due rule is about ("half_year:1", "annual",
    "plan"): of the nearest rule in force on that very day; None if no rule fixes one."""
    rule = due_rule(directory, unit_id, about, year)
    if rule is None:
        return None
    due_on = last_good_day(rule.params, year, inclusive=rule.inclusive)
    return Due(_shifted(directory, unit_id, rule, due_on), rule.rule_id)


def due_rule(directory: Directory, unit_id: Id, about: str, year: int) -> Rule | None:
    """The nearest due rule in force for a unit on the last good day that it gives."""
    around = date(year - 1, 1, 1), date(year + 1, 12, 31)
    for rule in directory.rules_over(RuleKind.DUE, unit_id, *around, about=about):
        due_on = last_good_day(rule.params, year, inclusive=rule.inclusive)
        if directory.rule(RuleKind.DUE, unit_id, due_on, about=about) is rule:
            return rule
    return None


def _shifted(directory: Directory, unit_id: Id, rule: Rule, day: date) -> date:
    """The last good day, moved to a working day if the rule says so."""
    shift = rule.params.get("working_days")
    if shift is None:
        return day

    def announced(asked: date) -> Any:
        found = directory.rule(RuleKind.WORKING_DAYS, unit_id, asked)
        return None if found is None else found.params

    return moved(day, DueShift(shift), announced)
