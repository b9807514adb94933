"""By which days a subject is judged for a year (R09; Circulars 23/2012 and 124/2021).

A rule of kind `window` says it; where none is in force the circular's own days hold, which every
refusal names. They are here because a circular of the ministry holds everywhere without being
recorded first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from domain.books import Id
from domain.directory import Directory
from domain.periods import Span, year_day
from domain.refusals import Text
from domain.rule_params import RuleKind, StandardVersion
from domain.rules import Rule
from domain.subjects import SubjectCategory

IN_FORCE_124: Final = date(2022, 2, 10)
"""The first day of Circular 124/2021; Circular 23/2012 held before it."""


def _days(
    start: tuple[str, int], end: tuple[str, int], register_by: str = "03-31"
) -> Mapping[str, Any]:
    return {
        "window_start": {"month_day": start[0], "year_offset": start[1]},
        "window_end": {"month_day": end[0], "year_offset": end[1]},
        "register_by": {"month_day": register_by},
    }


_NUMBERS: Final = {
    StandardVersion.CIRCULAR_23_2012: "23/2012/TT-BCA",
    StandardVersion.CIRCULAR_124_2021: "124/2021/TT-BCA",
}
_AREA, _SCHOOL = SubjectCategory.RESIDENTIAL_AREA, SubjectCategory.SCHOOL
_DEFAULTS: Final[Mapping[tuple[StandardVersion, SubjectCategory | None], Mapping[str, Any]]] = {
    (StandardVersion.CIRCULAR_124_2021, _AREA): _days(("11-01", -1), ("10-31", 0)),
    (StandardVersion.CIRCULAR_124_2021, None): _days(("11-16", -1), ("11-15", 0)),
    (StandardVersion.CIRCULAR_23_2012, _AREA): _days(("10-31", -1), ("10-31", 0)),
    (StandardVersion.CIRCULAR_23_2012, None): _days(("11-30", -1), ("11-30", 0)),
}


@dataclass(frozen=True, slots=True)
class StandardWindow:
    """The days a subject is judged by, and what says so."""

    span: Span | None
    """None for a school by Circular 23/2012: its school year, which nobody here knows."""
    register_by: date
    """The last good day to register without a warning (Q1)."""
    version: StandardVersion
    rule_id: str | None
    """The rule that says so; None for the circular's own days."""

    @property
    def source(self) -> Text:
        """What says so, in words."""
        if self.rule_id is not None:
            return Text(f"quy định {self.rule_id}", f"rule {self.rule_id}")
        number = _NUMBERS[self.version]
        return Text(f"Thông tư {number}", f"Circular {number}")


def standard_window(
    directory: Directory,
    unit_id: Id,
    category: SubjectCategory,
    year: int,
    version: StandardVersion | None = None,
) -> StandardWindow:
    """The window of a category of subjects of a unit for a year.

    A rule goes before the circular named, and that before the circular of the year.
    """
    rule = window_rule(directory, unit_id, category, year)
    if rule is not None:
        version = StandardVersion(rule.params["standard_version"])
        return _window(rule.params, year, version, rule.rule_id)
    version = version or (
        StandardVersion.CIRCULAR_124_2021
        if year >= IN_FORCE_124.year
        else StandardVersion.CIRCULAR_23_2012
    )
    params = _DEFAULTS[version, category if category is _AREA else None]
    window = _window(params, year, version)
    if (version, category) == (StandardVersion.CIRCULAR_23_2012, _SCHOOL):
        return StandardWindow(None, window.register_by, version, None)
    return window


def window_rule(
    directory: Directory, unit_id: Id, category: SubjectCategory, year: int
) -> Rule | None:
    """The nearest window rule in force for a unit on the last day of the window that it gives."""
    around = date(year - 1, 1, 1), date(year + 1, 12, 31)
    for rule in directory.rules_over(RuleKind.WINDOW, unit_id, *around, about=category):
        last = year_day(rule.params["window_end"], year)
        if directory.rule(RuleKind.WINDOW, unit_id, last, about=category) is rule:
            return rule
    return None


def _window(
    params: Mapping[str, Any], year: int, version: StandardVersion, rule_id: str | None = None
) -> StandardWindow:
    span = Span(year_day(params["window_start"], year), year_day(params["window_end"], year))
    return StandardWindow(span, year_day(params["register_by"], year), version, rule_id)


def in_force(version: StandardVersion, span: Span) -> bool:
    """Whether the circular was in force on some day of the window."""
    if version is StandardVersion.CIRCULAR_124_2021:
        return span.last >= IN_FORCE_124
    return span.first < IN_FORCE_124
