"""What every unit owes, for thousands of units at once.

Units of one level under the same parents, active on the same days and with no rule of their own owe
the same, so the rules are asked once for each such group. Whatever decides is part of the group's
key; the answers are those of `domain.obligations`, unit by unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from domain.directory import Directory
from domain.obligations import ReportObligation, Slot, meeting_slots, report_obligation
from domain.periods import Period
from domain.plans import PlanDue, plan_due
from domain.rules import RuleKind
from domain.standard_windows import StandardWindow, standard_window
from domain.subjects import SubjectCategory


def slots_of(
    directory: Directory, units: Iterable[str], first: date, last: date
) -> Iterator[tuple[str, tuple[Slot, ...]]]:
    """Each unit with the meeting slots due to it that end within those days."""
    special = _scopes(directory, RuleKind.CADENCE)
    known: dict[Any, tuple[Slot, ...]] = {}
    for unit_id in units:
        key = _likeness(directory, unit_id, first, last, special)
        slots = known.get(key)
        if slots is None:
            slots = known[key] = meeting_slots(directory, unit_id, first, last)
        yield unit_id, slots


def obligations_of(
    directory: Directory, units: Iterable[str], period: Period
) -> Iterator[tuple[str, ReportObligation]]:
    """Each unit with what it owes for the period."""
    special = _scopes(directory, RuleKind.PERIOD, RuleKind.DUE)
    # The rules of a period are looked for in these years (`domain.obligations`).
    first, last = date(period.year - 1, 1, 1), date(period.year + 1, 12, 31)
    known: dict[Any, ReportObligation] = {}
    for unit_id in units:
        key = _likeness(directory, unit_id, first, last, special)
        owed = known.get(key)
        if owed is None:
            owed = known[key] = report_obligation(directory, unit_id, period)
        elif owed.due_on is not None and directory.active(unit_id, owed.due_on):
            owed = replace(owed, bearers=(unit_id,) if owed.expected else ())
        else:  # successors are each unit's own
            owed = report_obligation(directory, unit_id, period)
        yield unit_id, owed


def plans_of(
    directory: Directory, units: Iterable[str], year: int
) -> Iterator[tuple[str, PlanDue | None]]:
    """Each unit with the plan of the year that it owes; None where no rule fixes one."""
    special = _scopes(directory, RuleKind.DUE)
    first, last = date(year - 1, 1, 1), date(year + 1, 12, 31)
    known: dict[Any, PlanDue | None] = {}
    for unit_id in units:
        key = _likeness(directory, unit_id, first, last, special)
        if key not in known:
            known[key] = plan_due(directory, unit_id, year)
        yield unit_id, known[key]


def windows_of(
    directory: Directory, units: Iterable[str], category: SubjectCategory, year: int
) -> Iterator[tuple[str, StandardWindow]]:
    """Each unit with the days by which its subjects of a category are judged for a year."""
    special = _scopes(directory, RuleKind.WINDOW)
    # The rules of a window are looked for in these years (`domain.standard_windows`).
    first, last = date(year - 1, 1, 1), date(year + 1, 12, 31)
    known: dict[Any, StandardWindow] = {}
    for unit_id in units:
        key = _likeness(directory, unit_id, first, last, special)
        window = known.get(key)
        if window is None:
            window = known[key] = standard_window(directory, unit_id, category, year)
        yield unit_id, window


def _scopes(directory: Directory, *kinds: RuleKind) -> frozenset[str]:
    return frozenset(rule.unit_id for kind in kinds for rule in directory.rules(kind))


def _likeness(
    directory: Directory, unit_id: str, first: date, last: date, special: frozenset[str]
) -> Any:
    """A key that units share only if the rules say the same of them on every one of those days."""
    unit = directory.unit(unit_id)
    if unit is None or unit_id in special:
        return unit_id
    start, stop = first.toordinal(), last.toordinal() + 1
    spells = tuple(
        (max(begin, start), min(end, stop), version.parent_id)
        for begin, end, version in unit.spells()
        if begin < stop and start < end
    )
    outside = (unit.at(start).parent_id, unit.at(stop - 1).parent_id)
    return (unit.level, spells, outside)
