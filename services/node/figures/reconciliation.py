"""F15, reconciliation (projections; R59): what reports say less what the events they name say.

Each version names how far it held every stream (`computed_through`), so any node that holds these
streams computes its figures again in that very state: a difference then is a mistake or an
invention, never a record that came later. What came later stands beside it, as what has changed
since. A report that was accepted is compared in the version accepted, for that one is frozen.

Compared are the reports of the unit and of those directly below it: each level checks what it
receives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import sqlalchemy as sa

from domain.refusals import Text
from domain.report_state import ReportState, Version
from services.node.asof.cutoff import TooFarBackError
from services.node.figures.codes import Codebook
from services.node.figures.figure import NO_CUT, Counted, Figure, Tally, of_units
from services.node.figures.placement import Placement
from services.node.figures.reported import compared, frozen, report_of
from services.node.figures.result import (
    NOT_A_REPORT_PERIOD,
    Behind,
    BehindPage,
    CellFilter,
    Cut,
    FigureQuestionError,
)
from services.node.figures.span import Span
from services.node.readmodels.report_status import ReportStatus
from services.node.views import View

_DIFFERENCE = ".difference"
_SINCE = ".since"


@dataclass(frozen=True, slots=True)
class _Checked:
    """One report and what each of its figures adds to a measure or detail."""

    state: ReportState
    version: Version
    values: Mapping[str, int]
    details: Mapping[str, int]


class Reconciliation(Figure):
    """See the module. Details: by code, the difference and what has changed since."""

    name: ClassVar[str] = "reconciliation"
    formula: ClassVar[str] = "F15"
    title: ClassVar[Text] = Text("Đối chiếu số liệu báo cáo", "Reports reconciled with the records")
    explanation: ClassVar[Text] = Text(
        "Số liệu trong báo cáo so với số liệu tính từ các sự kiện mà báo cáo đã dựa vào; khác nhau "
        "là ghi nhầm. Những gì ghi thêm sau khi báo cáo đếm riêng.",
        "What reports say beside what the events they rest on give; a difference is a mistake. "
        "What was recorded after the report stands apart.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "reports": Text("Báo cáo có số liệu", "Reports with figures"),
        "figures": Text("Số liệu đã đối chiếu", "Figures compared"),
        "differing": Text("Số liệu báo cáo lệch", "Figures that differ"),
        "moved": Text("Số liệu đã thay đổi từ khi báo cáo", "Figures that changed since"),
        "unknown": Text("Số liệu không tính được ở đây", "Figures not computed here"),
        "unchecked": Text("Báo cáo chưa đối chiếu được", "Reports not checked"),
    }

    opens_the_page: ClassVar[bool] = False

    def __init__(self, figures: Iterable[Figure]) -> None:
        """`figures` are those that reports may name by their codes."""
        self._codes = Codebook(figures)

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        del cut
        counted = Counted({})
        if span.period is None:
            counted.notes = (NOT_A_REPORT_PERIOD,)
            return counted
        tallies: dict[str, Tally] = {}
        for checked in self._checked(view, span, _receiving(placement)):
            tally = tallies.setdefault(checked.state.unit_id, Tally())
            for measure, number in checked.values.items():
                tally.count(measure, number)
            for detail, number in checked.details.items():
                tally.details[detail] = tally.details.get(detail, 0) + number
        counted.tallies = tallies
        return counted

    def titles(self, measures: Iterable[str]) -> dict[str, Text]:
        return {measure: self._title(measure) for measure in measures}

    def _title(self, measure: str) -> Text:
        for suffix, vi, en in (
            (_DIFFERENCE, "chênh lệch khi báo cáo", "difference as reported"),
            (_SINCE, "thay đổi từ khi báo cáo", "change since"),
        ):
            if measure.endswith(suffix):
                title = self._codes.title(measure.removesuffix(suffix))
                return Text(f"{title.vi}: {vi}", f"{title.en}: {en}")
        return self.measures.get(measure, Text(measure, measure))

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
        """The reports: each submission with what it adds to the number."""
        placement = self.placement(view, unit_id, span, cut)
        units = self.opened_units(placement, cell.row)
        suffixes = (_DIFFERENCE, _SINCE)
        if cell.measure not in self.measures and not cell.measure.endswith(suffixes):
            raise FigureQuestionError(
                "measure",
                Text("Số liệu này không có chỉ tiêu đó.", "The figure has no such measure."),
            )
        if span.period is None:
            return BehindPage((), None)
        wanted = {unit: None for unit in _receiving(placement) if unit in units}
        items = [
            Behind(
                checked.version.event_id,
                checked.state.report_id,
                (checked.state.unit_id, checked.state.kind, span.code),
                number,
            )
            for checked in self._checked(view, span, wanted)
            if (number := {**checked.values, **checked.details}.get(cell.measure, 0))
        ]
        items.sort(key=lambda item: item.aggregate_id)
        rest = [item for item in items if after is None or item.aggregate_id > after]
        more = len(rest) > limit
        return BehindPage(tuple(rest[:limit]), rest[limit - 1].aggregate_id if more else None)

    def _checked(self, view: View, span: Span, units: Mapping[str, None]) -> Iterable[_Checked]:
        table = view.tables[ReportStatus.name].c
        statement = sa.select(table.report_id, table.unit_id).where(
            table.period == span.code, *of_units(table.unit_id, units)
        )
        for report_id, unit_id in view.connection.execute(statement).all():
            state = report_of(view, report_id) if unit_id in units else None
            if state is not None and frozen(state).figures:
                yield self._check(view, state, frozen(state))

    def _check(self, view: View, state: ReportState, version: Version) -> _Checked:
        try:
            basis, items = compared(view, self._codes, state, version)
        except TooFarBackError:
            return _Checked(state, version, {"reports": 1, "unchecked": 1}, {})
        if basis.missing:  # the same question will be answered when they have arrived
            return _Checked(state, version, {"reports": 1, "unchecked": 1}, {})
        known = [item for item in items if item.difference is not None]
        values = {
            "reports": 1,
            "figures": len(known),
            "differing": sum(1 for item in known if item.difference),
            "moved": sum(1 for item in known if item.since),
            "unknown": len(items) - len(known),
        }
        details: dict[str, int] = {}
        for item in known:
            if item.difference:
                details[f"{item.code}{_DIFFERENCE}"] = item.difference
            if item.since:
                details[f"{item.code}{_SINCE}"] = item.since
        return _Checked(state, version, values, details)


def _receiving(placement: Placement) -> dict[str, None]:
    """The unit and those directly below it."""
    return dict.fromkeys((placement.root, *(row.unit_id for row in placement.rows)))
