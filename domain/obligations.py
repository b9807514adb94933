"""What a unit owes and when by one state of the rules: what recurs by the cadences, reports by the
due dates (F1, F2). Which state of the rules a period is judged by: `domain.owed`.

An obligation is its unit, its kind and its period, and has the identity these make. There is no
default in code: where no rule holds, nothing is due, and callers show "no rule".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.books import Id
from domain.directory import Directory
from domain.due_dates import due_by_rule
from domain.events import derive_id
from domain.periods import Period, Span, month_slot, period_span
from domain.rule_params import RuleKind
from domain.rules import Rule

_DAY: Final = timedelta(days=1)


class ObligationKind(StrEnum):
    """What is owed."""

    MEETING = "meeting"
    HALF_YEAR = "half_year"
    ANNUAL = "annual"
    PLAN = "plan"
    REVIEW = "review"
    INSPECTION = "inspection"
    MODEL_REVIEW = "model_review"

    @property
    def recurs(self) -> bool:
        """Whether a cadence asks for it in every slot, and no due rule in every year."""
        return self not in _BY_DUE_RULE

    @property
    def of_organisations(self) -> bool:
        """Whether a category of organisations may owe it apart from the unit: an association's
        meeting (R72), a member organisation's review (R40, R112)."""
        return self in (ObligationKind.MEETING, ObligationKind.REVIEW)

    @property
    def about(self) -> str:
        """What the cadence of it is about (`domain.rule_params.about`)."""
        return "" if self is ObligationKind.MEETING else self.value


_BY_DUE_RULE: Final = frozenset(
    {ObligationKind.HALF_YEAR, ObligationKind.ANNUAL, ObligationKind.PLAN}
)


def obligation_id(
    unit_id: Id, kind: ObligationKind, period: str, *, organisation: str | None = None
) -> UUID:
    """The identity of an obligation: the same wherever and whenever it is worked out.

    `period` is "2025-H1" or "2025" of a report, "2025" of a plan, `Slot.code` of what recurs;
    `organisation` is the category that owes it, if not the unit itself. The unit is the one that
    owed it first, also after a successor bears it.
    """
    return derive_id("obligation", unit_id, kind.value, period, organisation or "")


@dataclass(frozen=True, slots=True)
class Slot:
    """A span of days in which something is due, and the rule that says so."""

    first: date
    last: date
    rule_id: str

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def code(self) -> str:
        """ "2025-01-01/2025-01-31" (ISO 8601): the period in the identity of its obligation."""
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


def cadence_slots(
    directory: Directory,
    unit_id: Id,
    first: date,
    last: date,
    *,
    kind: ObligationKind = ObligationKind.MEETING,
    organisation: str | None = None,
) -> tuple[Slot, ...]:
    """The slots due to a unit that end within those days, earliest first: of its committee's
    meetings (R76, R119), of reviews of the movement (R38, R129), of inspections of the units below
    (R37, R75, R104, R130), of reviews of its models (R21, R31).

    A slot is due if the unit was active on its last day, and by the rule that holds on that day;
    the slot of a rule that ends within it is not due. `organisation` asks for what a rule demands
    of that category of organisations: the meetings of an association (R72), a member
    organisation's reviews, by the year (R40) or by six months (R112, C3).
    """
    slots: list[Slot] = []
    about = kind.about
    for rule in directory.rules_over(
        RuleKind.CADENCE, unit_id, first, last, about=about, organisation=organisation
    ):
        # The anchor is where counting starts, not when the rule does: slots before it exist.
        day = max(first, rule.valid_from)
        stop = last if rule.valid_to is None else min(last, rule.valid_to)
        while day <= stop:
            slot = _slot(rule, day)
            if (
                slot.last <= stop
                and directory.active(unit_id, slot.last)
                and _cadence(directory, unit_id, slot.last, about, organisation) is rule
            ):
                slots.append(slot)
            day = slot.last + _DAY
    return tuple(sorted(slots, key=lambda slot: (slot.last, slot.first)))


def broken_slot(
    directory: Directory,
    unit_id: Id,
    *,
    kind: ObligationKind = ObligationKind.MEETING,
    organisation: str | None = None,
) -> Slot | None:
    """The slot within which the unit ended, which is therefore not due (F1); None if it did not
    end, or ended with a slot."""
    unit = directory.unit(unit_id)
    if unit is None or unit.valid_to is None:
        return None
    end = unit.valid_to
    rule = _cadence(directory, unit_id, end, kind.about, organisation)
    if rule is None:
        return None
    slot = _slot(rule, end)
    return None if slot.last == end else slot


def _cadence(
    directory: Directory, unit_id: Id, day: date, about: str, organisation: str | None
) -> Rule | None:
    return directory.rule(RuleKind.CADENCE, unit_id, day, about=about, organisation=organisation)


def _slot(rule: Rule, day: date) -> Slot:
    """The slot of a cadence that holds the day."""
    span = month_slot(date.fromisoformat(rule.params["anchor"]), rule.params["every_months"], day)
    return Slot(span.first, span.last, rule.rule_id)


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
