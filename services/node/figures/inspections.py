"""F9, inspection coverage: units inspected ÷ units below; remediation: findings remedied by their
due day ÷ findings due (R23, R37, R75, R104).

Counted are the units active on the last day; a unit is covered if it, or one that went wholly into
it, was inspected in the span, whichever superior came. A finding counts where its due day lies in
the span, at the unit that answers for it now. Every unit stands in its own row, so each row of a
province says what of that commune was inspected; the unit asked about is no child of its own and
is left out of its total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import ClassVar, Final, Literal

import sqlalchemy as sa

from domain.directory import Directory
from domain.inspections import InspectionKind, Severity
from domain.refusals import Text
from services.node.figures.details import parts_of
from services.node.figures.facts import FactFigure, Facts, Source
from services.node.figures.figure import days, of_units
from services.node.figures.placement import Placement
from services.node.figures.result import NOTHING_DUE, Cut, Note, Ratio, ratio
from services.node.figures.span import Span
from services.node.views import View

_NOTHING_BELOW: Final = Note(
    "nothing-below",
    Text("Không có đơn vị nào để kiểm tra.", "There is no unit to inspect."),
)


class InspectionFigure(FactFigure):
    """See the module. Details: inspections by kind, findings due by severity."""

    name: ClassVar[str] = "inspections"
    formula: ClassVar[str] = "F9"
    title: ClassVar[Text] = Text("Kiểm tra và khắc phục", "Inspections and remedies")
    explanation: ClassVar[Text] = Text(
        "Đơn vị được kiểm tra trong kỳ ÷ đơn vị bên dưới; kiến nghị khắc phục đúng hạn ÷ "
        "kiến nghị đến hạn trong kỳ.",
        "Units inspected in the period ÷ units below; findings remedied by their due day ÷ "
        "findings due in the period.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "units": Text("Số đơn vị", "Units"),
        "inspected": Text("Đơn vị đã được kiểm tra", "Units inspected"),
        "inspections": Text("Số cuộc kiểm tra", "Inspections"),
        "findings_due": Text("Kiến nghị đến hạn", "Findings due"),
        "remedied": Text("Khắc phục đúng hạn", "Remedied in time"),
        "remedied_late": Text("Khắc phục muộn", "Remedied late"),
        "open": Text("Quá hạn chưa khắc phục", "Overdue"),
        "upcoming": Text("Kiến nghị chưa đến hạn", "Findings not due yet"),
    }
    details: ClassVar[Mapping[str, Text]] = parts_of(
        measures, {"inspections": InspectionKind, "findings_due": Severity}
    )
    shares: ClassVar[Mapping[str, Text]] = {
        "coverage": Text("Tỷ lệ đơn vị được kiểm tra", "Coverage"),
        "remediation": Text("Tỷ lệ khắc phục đúng hạn", "Remediation"),
    }
    headline: ClassVar[str] = "coverage"
    moment: ClassVar[Literal["span", "last day"]] = "last day"
    own_in_total: ClassVar[bool] = False

    def facts(self, view: View, span: Span, placement: Placement, cut: Cut) -> Facts:
        found = Facts()
        on = cut.hierarchy_on or span.last
        for unit_id in placement.homes:
            if view.directory.active(unit_id, on):
                found.add(unit_id, "units")
        _inspected(view, span, placement, on, found)
        _findings(view, span, placement, cut, on, found)
        return found

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {
            "coverage": ratio(values["inspected"], values["units"]),
            "remediation": ratio(values["remedied"], values["findings_due"]),
        }

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if not values["units"]:
            yield _NOTHING_BELOW
        if not values["findings_due"]:
            yield NOTHING_DUE


def _answering(directory: Directory, unit_id: str, placement: Placement, on: date) -> str:
    """The unit of the placement that a unit has become, or itself where that is not one unit."""
    heir = directory.heir(unit_id, on)
    return heir if heir is not None and heir in placement.homes else unit_id


def _inspected(view: View, span: Span, placement: Placement, on: date, found: Facts) -> None:
    table = view.tables["inspections"].c
    rows = view.connection.execute(
        sa.select(
            table.inspection_id, table.event_id, table.inspected_unit_id, table.kind, table.day
        )
        .where(
            days(table.day, span.first, span.last),
            *of_units(table.inspected_unit_id, placement.homes),
        )
        .order_by(table.day, table.event_id)
    )
    covered: set[str] = set()
    for row in rows:
        unit_id = _answering(view.directory, row.inspected_unit_id, placement, on)
        source = Source(row.event_id, row.inspection_id, (row.inspected_unit_id, row.day, row.kind))
        found.add(unit_id, "inspections", 1, source)
        found.add_detail(unit_id, f"inspections.{row.kind}", 1, source)
        if view.directory.active(unit_id, on):
            # The first inspection covers the unit; the further ones are shown with 0.
            found.add(unit_id, "inspected", int(unit_id not in covered), source)
            covered.add(unit_id)


def _findings(
    view: View, span: Span, placement: Placement, cut: Cut, on: date, found: Facts
) -> None:
    table = view.tables["findings"].c
    rows = view.connection.execute(
        sa.select(
            table.inspection_id,
            table.finding_id,
            table.event_id,
            table.inspected_unit_id,
            table.severity,
            table.due_on,
            table.remedied_on,
            table.remedied_by,
        ).where(
            days(table.due_on, span.first, span.last),
            *of_units(table.inspected_unit_id, placement.homes),
        )
    )
    for row in rows:
        unit_id = _answering(view.directory, row.inspected_unit_id, placement, on)
        key = (row.inspected_unit_id, row.finding_id, row.due_on, row.severity)
        made = Source(row.event_id, row.inspection_id, key)
        if row.remedied_on is None and _upcoming(row.due_on, cut):
            found.add(unit_id, "upcoming", 1, made)
            continue
        found.add(unit_id, "findings_due", 1, made)
        found.add_detail(unit_id, f"findings_due.{row.severity}", 1, made)
        if row.remedied_on is None:
            found.add(unit_id, "open", 1, made)
            continue
        how = "remedied" if row.remedied_on <= row.due_on else "remedied_late"
        found.add(unit_id, how, 1, Source(row.remedied_by, row.inspection_id, key))


def _upcoming(due_on: str, cut: Cut) -> bool:
    """Whether the last good day is not over yet."""
    return cut.today is not None and due_on >= cut.today.isoformat()
