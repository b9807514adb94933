"""What every unit owes, for thousands of units at once.

Units of one level under the same parents, active on the same days and with no rule of their own owe
the same, so the rules are asked once for each such group. Whatever decides is part of the group's
key; the answers are those of `domain.owed`, unit by unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from domain.closing import eras
from domain.directory import Directory
from domain.obligations import ObligationKind, ReportObligation, Slot, cadence_slots
from domain.owed import plan_owed, report_owed, year_eras
from domain.periods import Period
from domain.plans import PlanDue
from domain.rule_params import RuleKind
from domain.standard_windows import StandardWindow, standard_window
from domain.subjects import SubjectCategory
from domain.unit_history import UnitHistory
from services.node.figures.remembered import Remembered


def slots_of(
    directory: Directory,
    units: Iterable[str],
    first: date,
    last: date,
    *,
    kind: ObligationKind = ObligationKind.MEETING,
    organisation: str | None = None,
) -> Iterator[tuple[str, tuple[Slot, ...]]]:
    """Each unit with the slots due to it that end within those days."""
    asked = [
        (era, _Likeness(era.directory, era.first, era.last, RuleKind.CADENCE))
        for era in eras(directory, first, last)
    ]
    known: dict[Any, tuple[Slot, ...]] = {}
    for unit_id in units:
        found: tuple[Slot, ...] = ()
        for era, likeness in asked:
            key = (era.first, likeness.key(unit_id))
            slots = known.get(key)
            if slots is None:
                slots = known[key] = cadence_slots(
                    era.directory,
                    unit_id,
                    era.first,
                    era.last,
                    kind=kind,
                    organisation=organisation,
                )
            found += slots
        yield unit_id, found


def obligations_of(
    directory: Directory, units: Iterable[str], period: Period
) -> Iterator[tuple[str, ReportObligation]]:
    """Each unit with what it owes for the period."""
    likeness = _of_year(directory, period.year, RuleKind.PERIOD)
    known: dict[Any, tuple[str, ReportObligation]] = {}
    for unit_id in units:
        key = tuple(part.key(unit_id) for part in likeness)
        if key not in known:
            known[key] = (unit_id, report_owed(directory, unit_id, period))
        alike, owed = known[key]
        if owed.bearers == (alike,):
            owed = replace(owed, bearers=(unit_id,))
        elif owed.expected and alike != unit_id:  # successors are each unit's own
            owed = report_owed(directory, unit_id, period)
        yield unit_id, owed


def plans_of(
    directory: Directory, units: Iterable[str], year: int
) -> Iterator[tuple[str, PlanDue | None]]:
    """Each unit with the plan of the year that it owes; None where no rule fixes one."""
    likeness = _of_year(directory, year)
    known: dict[Any, PlanDue | None] = {}
    for unit_id in units:
        key = tuple(part.key(unit_id) for part in likeness)
        if key not in known:
            known[key] = plan_owed(directory, unit_id, year)
        yield unit_id, known[key]


def windows_of(
    directory: Directory, units: Iterable[str], category: SubjectCategory, year: int
) -> Iterator[tuple[str, StandardWindow]]:
    """Each unit with the days by which its subjects of a category are judged for a year."""
    # The rules of a window are looked for in these years (`domain.standard_windows`).
    first, last = date(year - 1, 1, 1), date(year + 1, 12, 31)
    likeness = _Likeness(directory, first, last, RuleKind.WINDOW)
    known: dict[Any, StandardWindow] = {}
    for unit_id in units:
        key = likeness.key(unit_id)
        window = known.get(key)
        if window is None:
            window = known[key] = standard_window(directory, unit_id, category, year)
        yield unit_id, window


class _Likeness:
    """Tells which units the rules of some kinds say the same of on every one of some days."""

    def __init__(self, directory: Directory, first: date, last: date, *kinds: RuleKind) -> None:
        self._special = frozenset(rule.unit_id for kind in kinds for rule in directory.rules(kind))
        self._places = _places(directory, first, last)

    def key(self, unit_id: str) -> Any:
        """A key that only such units share."""
        if unit_id in self._special:
            return unit_id
        return self._places.get(unit_id, unit_id)


_KNOWN: Final = Remembered[tuple[date, date], Mapping[str, Any]](most=16)
"""One of a country with 11,000 units takes some 1 MiB."""


def _places(directory: Directory, first: date, last: date) -> Mapping[str, Any]:
    """By unit: its level, and under whom it stood when, on those days; the same object for all
    units of which it is the same."""

    def make() -> Mapping[str, Any]:
        start, stop = first.toordinal(), last.toordinal() + 1
        same: dict[Any, Any] = {}
        places = ((unit.unit_id, _place(unit, start, stop)) for unit in directory.units())
        return {unit_id: same.setdefault(place, place) for unit_id, place in places}

    return _KNOWN.of(directory, (first, last), make)


def _place(unit: UnitHistory, start: int, stop: int) -> Any:
    spells = tuple(
        (max(begin, start), min(end, stop), version.parent_id)
        for begin, end, version in unit.spells()
        if begin < stop and start < end
    )
    outside = (unit.at(start).parent_id, unit.at(stop - 1).parent_id)
    return (unit.level, spells, outside)


def _of_year(directory: Directory, year: int, *kinds: RuleKind) -> list[_Likeness]:
    """Likeness under every state of the rules by which what is due for a year may be judged."""
    # The rules of a period are looked for in these years (`domain.due_dates`).
    first, last = date(year - 1, 1, 1), date(year + 1, 12, 31)
    return [
        _Likeness(era.directory, first, last, RuleKind.DUE, RuleKind.WORKING_DAYS, *kinds)
        for era in year_eras(directory, year)
    ]
