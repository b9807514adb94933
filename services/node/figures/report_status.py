"""F2, reporting: expected, sent, sent in time, accepted; and how each report stands.

A report is expected of a unit that was active on the period's last day and has a due date by rule.
It is in time if its first version was sent by the last good day, whatever became of it later; what
nobody expected is shown apart and in no share, so no share passes 100 %.

The total of a unit is about the reports it receives from below; its own report stands in its own
row, for the level above to judge. A unit with nobody below is judged by its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median_low
from typing import ClassVar, Final

from domain.directory import Directory
from domain.refusals import Text
from services.node.figures.figure import NO_CUT, Counted, Figure, Tally
from services.node.figures.placement import Placement, unit_ref, with_closed
from services.node.figures.report_cases import Case, cases_at
from services.node.figures.result import (
    ENDED,
    NO_RULE,
    NOT_A_REPORT_PERIOD,
    NOTHING_DUE,
    Behind,
    BehindPage,
    CellFilter,
    Cut,
    FigureResult,
    Note,
    Ratio,
    ReportLine,
    ratio,
)
from services.node.figures.span import Span
from services.node.views import View

LAG: Final = "acceptance_lag_days"
_LAG_TITLE: Final = Text(
    "Số ngày chờ tiếp nhận (trung vị)", "Days until accepted (median; of two, the lower)"
)


class ReportStatusFigure(Figure):
    """See the module."""

    name: ClassVar[str] = "report-status"
    formula: ClassVar[str] = "F2"
    title: ClassVar[Text] = Text("Chế độ báo cáo", "Reporting")
    explanation: ClassVar[Text] = Text(
        "Số báo cáo gửi đúng hạn chia cho số phải gửi; báo cáo đúng hạn nếu bản đầu tiên gửi "
        "trong hạn.",
        "Reports sent in time ÷ reports expected; a report is in time if its first version was.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "expected": Text("Phải gửi", "Expected"),
        "actual": Text("Đã gửi", "Sent"),
        "on_time": Text("Đúng hạn", "On time"),
        "late": Text("Trễ hạn", "Late"),
        "missing": Text("Chưa gửi", "Missing"),
        "upcoming": Text("Chưa đến hạn", "Not due yet"),
        "waived": Text("Được miễn", "Waived"),
        "returned": Text("Từng bị trả lại", "Returned at least once"),
        "accepted": Text("Đã được tiếp nhận", "Accepted"),
        "judged": Text("Đã được xem xét", "Accepted or returned"),
        "first_pass": Text("Đạt ngay lần đầu", "Accepted in the first version"),
        "unexpected": Text("Gửi dù không phải gửi", "Sent without being expected"),
        "units_without_rule": Text("Đơn vị chưa có quy định", "Units without a rule"),
    }
    shares: ClassVar[Mapping[str, Text]] = {
        "timeliness": Text("Tỷ lệ đúng hạn", "Timeliness"),
        "completeness": Text("Tỷ lệ đã gửi", "Completeness"),
        "first_pass_acceptance": Text("Tỷ lệ đạt ngay lần đầu", "First-pass acceptance"),
    }
    headline: ClassVar[str] = "timeliness"
    own_in_total: ClassVar[bool] = False

    def placement(self, view: View, unit_id: str, span: Span, cut: Cut = NO_CUT) -> Placement:
        placement = super().placement(view, unit_id, span, cut)
        # Along the hierarchy of a day every unit stands under what became of it anyway.
        return placement if cut.hierarchy_on else with_closed(view.directory, placement, span)

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        period = span.period
        if period is None:
            return Counted({}, notes=(NOT_A_REPORT_PERIOD,))
        found = cases_at(view, placement, period)
        counted = _CountedReports({}, cases=found.cases)
        tallies: dict[str, Tally] = {unit: Tally() for unit in placement.homes}
        for case in found.cases:
            tally = tallies[case.home]
            for measure, _ in case.measures(cut):
                tally.count(measure)
            if case.expected:
                counted.rules.add(case.rule_id)
                if case.report is not None and case.report.lag_days is not None:
                    tally.lags.append(case.report.lag_days)
        for unit_id in found.without_rule:
            tallies[unit_id].count("units_without_rule")
        for unit_id in found.lapsed:
            tallies[unit_id].notes[ENDED] = None
        counted.tallies = tallies
        counted.waiting = {
            unit: sum(tallies[unit].values.get(measure, 0) for measure in ("actual", "unexpected"))
            for unit, home in placement.homes.items()
            if home.split
        }
        return counted

    def values(self, tally: Tally) -> dict[str, int]:
        values = super().values(tally)
        if tally.lags:
            values[LAG] = median_low(tally.lags)
        return values

    def titles(self, measures: Iterable[str]) -> dict[str, Text]:
        return {**super().titles(measures), LAG: _LAG_TITLE}

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {
            "timeliness": ratio(values["on_time"], values["expected"]),
            "completeness": ratio(values["actual"], values["expected"]),
            "first_pass_acceptance": ratio(values["first_pass"], values["judged"]),
        }

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if not values["expected"]:
            yield NO_RULE if values["units_without_rule"] else NOTHING_DUE

    def finished(
        self, view: View, result: FigureResult, placement: Placement, counted: Counted
    ) -> FigureResult:
        if not isinstance(counted, _CountedReports):
            return result
        shown = {placement.root: placement.reference}
        shown.update((row.unit_id, row) for row in placement.rows)
        lines = [
            _line(view.directory, case, result.span, result.cut)
            for case in counted.cases
            if case.home in shown and (case.expected or case.report is not None)
        ]
        order = {unit_id: place for place, unit_id in enumerate(shown)}
        lines.sort(key=lambda line: order.get(line.unit.unit_id, len(order)))
        return replace(result, reports=tuple(lines))

    def lines(
        self,
        view: View,
        unit_id: str,
        span: Span,
        *,
        only: str | None = None,
        after: str | None = None,
        limit: int = 100,
        cut: Cut = NO_CUT,
    ) -> tuple[tuple[ReportLine, ...], str | None]:
        """How every report of the unit and of all below it stands, by unit, and where to go on.

        `only` keeps one status, or "late". Raises FigureQuestionError for an unknown unit.
        """
        period = span.period
        if period is None:
            return (), None
        placement = self.placement(view, unit_id, span, cut)
        cases = sorted(cases_at(view, placement, period).cases, key=lambda case: case.bearer)
        lines: list[ReportLine] = []
        for case in cases:
            if after is not None and case.bearer <= after:
                continue
            line = _line(view.directory, case, span, cut)
            if only is None or line.status == only or (only == "late" and line.late_days):
                if len(lines) == limit:
                    return tuple(lines), lines[-1].unit.unit_id
                lines.append(line)
        return tuple(lines), None

    def behind(
        self,
        view: View,
        unit_id: str,
        span: Span,
        cell: CellFilter,
        *,
        after: str | None = None,
        limit: int = 100,
        cut: Cut = NO_CUT,
    ) -> BehindPage:
        """The submission, return, acceptance or waiver that each report counts by. What is
        expected, missing or not due yet comes from rules, and no event is behind it."""
        placement = self.placement(view, unit_id, span, cut)
        units = self.opened_units(placement, cell.row)
        self.check_measure(cell.measure)
        period = span.period
        if period is None:
            return BehindPage((), None)
        items = sorted(
            (
                Behind(event_id, case.aggregate_id, (case.bearer, period.kind, span.code), 1)
                for case in cases_at(view, placement, period).cases
                if case.home in units
                for measure, event_id in case.measures(cut)
                if measure == cell.measure and event_id is not None
            ),
            key=lambda item: item.aggregate_id,
        )
        rest = [item for item in items if after is None or item.aggregate_id > after]
        more = len(rest) > limit
        return BehindPage(tuple(rest[:limit]), rest[limit - 1].aggregate_id if more else None)


@dataclass(slots=True)
class _CountedReports(Counted):
    cases: list[Case] = field(default_factory=list)


def _line(directory: Directory, case: Case, span: Span, cut: Cut) -> ReportLine:
    report = case.report
    measures = {measure for measure, _ in case.measures(cut)}
    accepted_by = {} if report is None else json.loads(report.accepted_by)
    return ReportLine(
        unit=unit_ref(directory, case.bearer, span.last),
        due_on=case.due_on,
        report_id=None if report is None else report.report_id,
        status=report.status
        if report is not None
        else next((name for name in ("upcoming", "waived") if name in measures), "missing"),
        first_submitted_on=case.first_on,
        version=None if report is None else report.latest_version,
        returned=0 if report is None else report.returned,
        accepted_on=None
        if report is None or report.accepted_on is None
        else date.fromisoformat(report.accepted_on),
        receivers=tuple(
            sorted((role, date.fromisoformat(day)) for role, day in accepted_by.items())
        ),
        late_days=case.late_days,
    )
