"""F10: tips processed ÷ tips received (R12, R71); petitions resolved ÷ received (R108).

Tips are told by the half-year or the year, as values of indicators; they are counted for exactly
the period asked for, so that a half and its year are never added together. Petitions are those of
the forums held in the span. Counts only; what a tip or a petition says is nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

import sqlalchemy as sa

from domain.refusals import Text
from services.node.figures.facts import FactFigure, Facts, Source
from services.node.figures.figure import days, of_units
from services.node.figures.placement import Placement
from services.node.figures.result import Cut, Note, Ratio, ratio
from services.node.figures.span import Span
from services.node.views import View

_TIPS: Final[Mapping[str, str]] = {
    "tips.received": "tips_received",
    "tips.processed": "tips_processed",
    "tips.provided": "tips_provided",
}
"""Indicators and what they are called here."""
_BY_PERIOD: Final = Note(
    "tips-by-period",
    Text(
        "Tin báo, tố giác được báo cáo theo kỳ 6 tháng hoặc năm; hãy chọn kỳ đó để xem.",
        "Tips are reported by the half-year or year; choose such a period to see them.",
    ),
)
_MORE_THAN_RECEIVED: Final = Note(
    "processed-over-received",
    Text(
        "Số đã xử lý nhiều hơn số đã nhận: có tin của kỳ trước, hoặc đơn vị chưa báo cáo số nhận.",
        "More were processed than received: some are of the period before, or a unit has not "
        "reported what it received.",
    ),
)


class TipsAndPetitions(FactFigure):
    """See the module."""

    assignable: ClassVar[bool] = True
    name: ClassVar[str] = "tips-petitions"
    formula: ClassVar[str] = "F10"
    title: ClassVar[Text] = Text("Tin báo, tố giác và kiến nghị", "Tips and petitions")
    explanation: ClassVar[Text] = Text(
        "Tin đã xử lý ÷ tin đã tiếp nhận, theo báo cáo của kỳ; kiến nghị đã giải quyết ÷ "
        "kiến nghị nhận tại diễn đàn trong kỳ.",
        "Tips processed ÷ received, as reported for the period; petitions resolved ÷ "
        "received at the period's forums.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "tips_received": Text("Tin đã tiếp nhận", "Tips received"),
        "tips_processed": Text("Tin đã xử lý", "Tips processed"),
        "tips_provided": Text(
            "Tin do tổ chức thành viên cung cấp", "Tips from member organisations"
        ),
        "petitions_received": Text("Kiến nghị đã nhận", "Petitions received"),
        "petitions_resolved": Text("Kiến nghị đã giải quyết", "Petitions resolved"),
    }
    shares: ClassVar[Mapping[str, Text]] = {
        "tips": Text("Tỷ lệ tin đã xử lý", "Tips processed"),
        "petitions": Text("Tỷ lệ kiến nghị đã giải quyết", "Petitions resolved"),
    }
    headline: ClassVar[str] = "tips"

    def facts(self, view: View, span: Span, placement: Placement, cut: Cut) -> Facts:
        del cut
        found = Facts()
        if span.period is None:
            found.notes[_BY_PERIOD] = None
        else:
            _tips(view, span, placement, found)
        _petitions(view, span, placement, found)
        return found

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {
            "tips": ratio(values["tips_processed"], values["tips_received"]),
            "petitions": ratio(values["petitions_resolved"], values["petitions_received"]),
        }

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if values["tips_processed"] > values["tips_received"]:
            yield _MORE_THAN_RECEIVED


def _tips(view: View, span: Span, placement: Placement, found: Facts) -> None:
    table = view.tables["indicator_values"]
    rows = view.connection.execute(
        sa.select(table).where(
            table.c.period == span.code,
            table.c.code.in_(sorted(_TIPS)),
            *of_units(table.c.unit_id, placement.sources),
        )
    )
    for row in rows:
        source = Source(row.event_id, row.value_id, (row.unit_id, row.period, row.code))
        found.add(row.unit_id, _TIPS[row.code], row.value, source)


def _petitions(view: View, span: Span, placement: Placement, found: Facts) -> None:
    table = view.tables["petitions"]
    rows = view.connection.execute(
        sa.select(table).where(
            days(table.c.day, span.first, span.last),
            *of_units(table.c.unit_id, placement.sources),
        )
    )
    for row in rows:
        source = Source(row.event_id, row.forum_id, (row.unit_id, row.day, row.kind))
        found.add(row.unit_id, "petitions_received", row.received, source)
        found.add(row.unit_id, "petitions_resolved", row.resolved, source)
