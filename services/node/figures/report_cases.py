"""Which reports units owe for a period, which they sent, and what each counts as (F2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from domain.directory import Directory
from domain.obligations import ObligationKind, ReportObligation
from domain.owed import report_owed
from domain.periods import Period
from domain.reports import ReportSubmitted
from services.node.figures.assigned import assigned_to
from services.node.figures.duties import obligations_of
from services.node.figures.figure import of_units
from services.node.figures.placement import Placement
from services.node.figures.result import Cut
from services.node.figures.waived import waivers
from services.node.readmodels.report_status import ReportStatus
from services.node.views import View


@dataclass(frozen=True, slots=True)
class Case:
    """One report that is expected, or was sent although it is not."""

    bearer: str
    """The unit that owes it, or sent it."""
    home: str
    """The unit under whose roof it counts: the one whose obligation it was."""
    expected: bool
    due_on: date | None
    rule_id: str
    """The rule that fixes `due_on`; "" if none does."""
    report: sa.Row[Any] | None
    waived_by: tuple[str, str] | None = None
    """The obligation and the event that waived it."""

    @property
    def aggregate_id(self) -> str:
        """What the events are about that it counts by: the report, or the obligation waived."""
        if self.report is not None:
            return str(self.report.report_id)
        return "" if self.waived_by is None else self.waived_by[0]

    @property
    def first_on(self) -> date | None:
        return None if self.report is None else date.fromisoformat(self.report.first_submitted_on)

    @property
    def late_days(self) -> int:
        if self.first_on is None or self.due_on is None:
            return 0
        return max(0, (self.first_on - self.due_on).days)

    def measures(self, cut: Cut) -> Iterable[tuple[str, str | None]]:
        """What it counts as, each with the event that makes it so; None if it is no event's."""
        report = self.report
        if not self.expected:
            if report is not None:
                yield "unexpected", report.first_event_id
            return
        if report is None and self.waived_by is not None:
            yield "waived", self.waived_by[1]
            return
        upcoming = cut.today is not None and self.due_on is not None and self.due_on >= cut.today
        if report is None and upcoming:
            yield "upcoming", None
            return
        yield "expected", None
        if report is None:
            yield "missing", None
            return
        yield "actual", report.first_event_id
        yield "late" if self.late_days else "on_time", report.first_event_id
        if report.accepted_on is not None or report.returned:
            yield "judged", report.accept_event_id or report.return_event_id
        if report.returned:
            yield "returned", report.return_event_id
        if report.accepted_on is not None:
            yield "accepted", report.accept_event_id
        if report.first_pass:
            yield "first_pass", report.accept_event_id


@dataclass(slots=True)
class Found:
    """What a period holds for a set of units."""

    cases: list[Case] = field(default_factory=list)
    without_rule: list[str] = field(default_factory=list)
    """Units that no rule tells when, or for which days, to report."""
    lapsed: list[str] = field(default_factory=list)
    """Units that ended before the due date, without a report and without a successor."""


def cases_of(view: View, units: Iterable[str], period: Period) -> Found:
    """Every report that these units owe for the period, and every one they sent.

    An obligation open on the day its unit ends moves to the one successor, where it adds to the
    successor's own if there is one; with several successors it stays where it was.
    """
    directory = view.directory
    reporting = [
        unit for unit in sorted(units) if directory.level(unit) in ReportSubmitted.spec.levels
    ]
    owed = dict(obligations_of(directory, reporting, period))
    heirs = {heir for duty in owed.values() for heir in duty.bearers}
    reports = _reports(view, dict.fromkeys((*owed, *heirs)), period)
    waived = waivers(view, ObligationKind(period.kind.value), owed)
    found = Found()
    moved: dict[str, Case] = {}
    for unit, duty in owed.items():
        report = reports.get(unit)
        if not duty.expected:
            if _rule_missing(directory, unit, duty, period):
                found.without_rule.append(unit)
            continue
        case = Case(
            unit,
            unit,
            True,
            duty.due_on,
            duty.rule_id or "",
            report,
            waived.get((unit, period.code)),
        )
        if report is not None or unit in duty.bearers or len(duty.bearers) > 1:
            found.cases.append(case)
        elif not duty.bearers:
            found.lapsed.append(unit)
        elif not report_owed(directory, duty.bearers[0], period).expected:
            heir = duty.bearers[0]
            moved.setdefault(heir, replace(case, bearer=heir, report=reports.get(heir)))
    found.cases.extend(moved.values())
    for unit, duty in owed.items():
        report = reports.get(unit)
        if report is not None and not duty.expected and unit not in moved:
            found.cases.append(Case(unit, unit, False, duty.due_on, duty.rule_id or "", report))
    return found


def cases_at(view: View, placement: Placement, period: Period) -> Found:
    """The reports of all units covered; of a unit that was split, a report and what it answers go
    where the report was assigned. What was not sent has no record and stays with its unit."""
    found = cases_of(view, placement.sources, period)
    homes = placement.homes
    moved = assigned_to(
        view,
        [c.report.first_event_id for c in found.cases if c.report and c.home in placement.split],
    )
    cases: list[Case] = []
    for case in found.cases:
        to = moved.get(case.report.first_event_id, "") if case.report else ""
        home = placement.stands(case.home, to)
        if home is not None:
            cases.append(replace(case, home=home))
    return Found(
        cases,
        [unit for unit in found.without_rule if unit in homes],
        [unit for unit in found.lapsed if unit in homes],
    )


def _rule_missing(
    directory: Directory, unit_id: str, duty: ReportObligation, period: Period
) -> bool:
    """Whether the unit is not expected to report for want of a rule, and not because it ended."""
    if duty.span is not None and duty.due_on is not None:
        return False
    # Without a period rule the period's end is not known; it lies near the end of its year.
    day = date(period.year, 12, 31) if duty.span is None else duty.span.last
    return directory.active(unit_id, day)


def _reports(view: View, units: Mapping[str, None], period: Period) -> dict[str, sa.Row[Any]]:
    """By unit: the report that answers its obligation, the first sent if there are several."""
    table = view.tables[ReportStatus.name]
    statement = (
        sa.select(table)
        .where(
            table.c.kind == period.kind.value,
            table.c.period == period.code,
            *of_units(table.c.unit_id, units),
        )
        .order_by(table.c.first_submitted_on, table.c.report_id)
    )
    reports: dict[str, sa.Row[Any]] = {}
    for row in view.connection.execute(statement):
        if row.unit_id in units:
            reports.setdefault(row.unit_id, row)
    return reports
