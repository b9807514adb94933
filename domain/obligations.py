"""What a unit owes and when: meetings by the cadence, reports and plans by the due dates (F1, F2,
F12).

An obligation is its unit, its kind and its period, and has the identity these make. There is no
default in code: where no rule holds, nothing is due, and callers show "no rule".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.directory import Directory, Id
from domain.due_dates import due_by_rule
from domain.events import derive_id
from domain.periods import Period, Span, month_slot, period_span
from domain.plans import plan_due
from domain.rules import RuleKind

_DAY: Final = timedelta(days=1)


class ObligationKind(StrEnum):
    """What is owed."""

    MEETING = "meeting"
    HALF_YEAR = "half_year"
    ANNUAL = "annual"
    PLAN = "plan"


def obligation_id(
    unit_id: Id, kind: ObligationKind, period: str, *, organisation: str | None = None
) -> UUID:
    """The identity of an obligation: the same wherever and whenever it is worked out.

    `period` is "2025-H1" or "2025" of a report, "2025" of a plan, `Slot.code` of a meeting;
    `organisation` is the category whose meeting it is, if not the committee's. The unit is the one
    that owed it first, also after a successor bears it.
    """
    return derive_id("obligation", unit_id, kind.value, period, organisation or "")


@dataclass(frozen=True, slots=True)
class Slot:
    """A span of days in which a meeting is due, and the rule that says so."""

    first: date
    last: date
    rule_id: str

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def code(self) -> str:
        """ "2025-01-01/2025-01-31" (ISO 8601): the period in the identity of its obligation."""
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


def meeting_slots(
    directory: Directory,
    unit_id: Id,
    first: date,
    last: date,
    *,
    organisation: str | None = None,
) -> tuple[Slot, ...]:
    """The slots due to a unit that end within those days, earliest first (R76, R119).

    A slot is due if the unit was active on its last day, and by the rule that holds on that day;
    the slot of a rule that ends within it is not due. `organisation` asks for the cadence of a
    category of organisations instead of the committee's.
    """
    slots: list[Slot] = []
    kind = RuleKind.CADENCE
    for rule in directory.rules_over(kind, unit_id, first, last, organisation=organisation):
        anchor = date.fromisoformat(rule.params["anchor"])
        # The anchor is where counting starts, not when the rule does: slots before it exist.
        day = max(first, rule.valid_from)
        stop = last if rule.valid_to is None else min(last, rule.valid_to)
        while day <= stop:
            slot = month_slot(anchor, rule.params["every_months"], day)
            if (
                slot.last <= stop
                and directory.active(unit_id, slot.last)
                and directory.rule(kind, unit_id, slot.last, organisation=organisation) is rule
            ):
                slots.append(Slot(slot.first, slot.last, rule.rule_id))
            day = slot.last + _DAY
    return tuple(sorted(slots, key=lambda slot: (slot.last, slot.first)))


@dataclass(frozen=True, slots=True)
class ReportObligation:
    """What a unit owes for a period. A part that no rule fixes is None: show "no rule"."""

    period: Period
    span: Span | None
    due_on: date | None
    """The last good day."""
    rule_id: str | None
    """The rule that fixes `due_on`."""
    expected: bool
    """Whether the unit was active at the period's end, and a due date is fixed."""
    bearers: tuple[str, ...]
    """Who owes it on `due_on`: the unit, or its successors if it ended after the period did."""

    def on_time(self, submitted_on: date) -> bool:
        """Whether a first version sent on that day is in time."""
        return self.due_on is not None and submitted_on <= self.due_on


def report_obligation(directory: Directory, unit_id: Id, period: Period) -> ReportObligation:
    """The unit's obligation for the period (R53–R55, R120)."""
    span = period_span(directory, unit_id, period)
    due = due_by_rule(directory, unit_id, period.about, period.year)
    due_on = None if due is None else due.due_on
    expected = span is not None and due_on is not None and directory.active(unit_id, span.last)
    return ReportObligation(
        period=period,
        span=span,
        due_on=due_on,
        rule_id=None if due is None else due.rule_id,
        expected=expected,
        bearers=bearers(directory, unit_id, due_on) if expected and due_on is not None else (),
    )


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
        plan = plan_due(directory, unit_id, int(period))
        return plan.due_on if plan is not None and plan.expected else None
    if kind is not ObligationKind.MEETING:
        found = report_obligation(directory, unit_id, Period.parse(period))
        return found.due_on if found.expected else None
    last = date.fromisoformat(period.partition("/")[2])
    slots = meeting_slots(directory, unit_id, last, last, organisation=organisation)
    return next((slot.last for slot in slots if slot.code == period), None)


def bearers(directory: Directory, unit_id: Id, day: date) -> tuple[str, ...]:
    """The units that bear an obligation of this one on that day: itself while active, else its
    successors, direct or further; none if it ended without one."""
    found: dict[str, None] = {}
    waiting = [str(unit_id)]
    passed: set[str] = set()
    while waiting:
        current = waiting.pop(0)
        if current in passed:
            continue
        passed.add(current)
        if directory.active(current, day):
            found[current] = None
        else:
            waiting.extend(edge.to_id for edge in directory.successors(current) if edge.on <= day)
    return tuple(found)
