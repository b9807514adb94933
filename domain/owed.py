"""Every obligation of a unit, judged by what was recorded when its period closed.

`domain.obligations` says what one state of the rules makes a unit owe; here each period is asked of
the state that it is judged by (`domain.closing`), so that what was owed stays what was owed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from domain.books import Id
from domain.closing import Era, eras, had_organisation
from domain.directory import Directory
from domain.obligations import (
    ObligationKind,
    ReportObligation,
    Slot,
    cadence_slots,
    obligation_id,
    report_obligation,
)
from domain.periods import Period
from domain.plans import PlanDue, plan_due

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that one unit owes for one period."""

    unit_id: str
    """The unit that owed it first."""
    kind: ObligationKind
    period: str
    organisation: str | None
    """The category of organisations that owes it; None if the unit itself does."""
    first: date
    """The first day of its period."""
    last: date
    """The last day of its period."""
    due_on: date
    """The last good day."""
    rule_id: str
    """The rule that fixes `due_on`."""
    expected: bool
    """Whether it counts: the unit lived as long as the rule asks."""
    bearers: tuple[str, ...]
    """Who bears it: the unit, or its successors if it ended before; none if it has none."""

    @property
    def obligation_id(self) -> UUID:
        """Its identity, the same at every level and on every day."""
        return obligation_id(self.unit_id, self.kind, self.period, organisation=self.organisation)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes the identity, in the form in which answers are kept."""
        return (self.unit_id, self.kind.value, self.period, self.organisation or "")


def slots_owed(
    directory: Directory,
    unit_id: Id,
    first: date,
    last: date,
    *,
    kind: ObligationKind = ObligationKind.MEETING,
    organisation: str | None = None,
) -> tuple[Slot, ...]:
    """`cadence_slots`, each by the state that it is judged by."""
    return tuple(
        slot
        for era in eras(directory, first, last)
        for slot in cadence_slots(
            era.directory, unit_id, era.first, era.last, kind=kind, organisation=organisation
        )
    )


def report_owed(directory: Directory, unit_id: Id, period: Period) -> ReportObligation:
    """`report_obligation`, by the state that it is judged by."""
    return _first_closed(
        year_eras(directory, period.year),
        lambda state: report_obligation(state, unit_id, period),
        lambda found: found.due_on,
    )


def plan_owed(directory: Directory, unit_id: Id, year: int) -> PlanDue | None:
    """`plan_due`, by the state that it is judged by (R118, R128)."""
    return _first_closed(
        year_eras(directory, year),
        lambda state: plan_due(state, unit_id, year),
        lambda found: None if found is None else found.due_on,
    )


def year_eras(directory: Directory, year: int) -> Sequence[Era]:
    """The eras in which what is due for a year may close."""
    return eras(directory, date(year - 2, 1, 1), date(year + 2, 12, 31), last_good_days=True)


def _first_closed(
    asked: Sequence[Era], due: Callable[[Directory], T], day_of: Callable[[T], date | None]
) -> T:
    """What is due by the first state under which its last good day was over, else by the newest.

    A rule that was recorded when the last good day it gives had passed moves nothing: what was
    still to come stays due when it was, and where nothing was, nothing is.
    """
    held: list[T] = []
    for era in asked:
        told = due(era.directory)
        day = day_of(told)
        if day is None or day >= era.first:  # else what was held before goes on to hold
            held = [told]
        closes = day_of(held[0]) if held else None
        if closes is not None and closes <= era.last:
            break
    return held[0] if held else due(Directory())


def due_day(
    directory: Directory,
    unit_id: Id,
    kind: ObligationKind,
    period: str,
    *,
    organisation: str | None = None,
) -> date | None:
    """The last good day of an obligation; None if no rule makes it one.

    Raises ValueError if `period` is not written as its kind asks.
    """
    if kind is ObligationKind.PLAN:
        plan = plan_owed(directory, unit_id, int(period))
        return plan.due_on if plan is not None and plan.expected else None
    if not kind.recurs:
        found = report_owed(directory, unit_id, Period.parse(period))
        return found.due_on if found.expected else None
    last = date.fromisoformat(period.partition("/")[2])
    if organisation is not None and not had_organisation(directory, unit_id, organisation, last):
        return None
    slots = slots_owed(directory, unit_id, last, last, kind=kind, organisation=organisation)
    return next((slot.last for slot in slots if slot.code == period), None)
