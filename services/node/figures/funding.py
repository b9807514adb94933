"""F13, funding: spent ÷ allocated, by source (R19, R83, R97).

Money belongs to a budget year, and may be settled after it. A year asked for shows everything that
was recorded for that budget year; a shorter span shows what was recorded for the budget years it
lies in up to its last day, so that the months of a year grow towards it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

import sqlalchemy as sa

from domain.funding import FundingSource, FundingStage
from domain.labels import label
from domain.refusals import Text
from services.node.figures.facts import FactFigure, Facts, Source
from services.node.figures.figure import of_units
from services.node.figures.placement import Placement
from services.node.figures.result import Cut, Note, Ratio, ratio
from services.node.figures.span import Span
from services.node.views import View

_OVERSPENT: Final = Note(
    "spent-over-allocated",
    Text("Đã chi nhiều hơn số được cấp.", "More was spent than allocated."),
)
_SPENT: Final = FundingStage.SPENT.value
_ALLOCATED: Final = FundingStage.ALLOCATED.value
_STAGES: Final[Mapping[str, Text]] = {
    FundingStage.ESTIMATED.value: Text("Dự toán", "Estimated"),
    FundingStage.APPRAISED.value: Text("Thẩm định", "Appraised"),
    _ALLOCATED: Text("Được cấp", "Allocated"),
    _SPENT: Text("Đã chi", "Spent"),
}


def _of_source(what: Text, source: FundingSource) -> Text:
    name = label(source)
    return Text(f"{what.vi}: {name.vi}", f"{what.en}: {name.en}")


_BY_SOURCE: Final = {
    f"{stage}.{source.value}": _of_source(title, source)
    for source in FundingSource
    for stage, title in _STAGES.items()
}
_USED: Final = Text("Tỷ lệ đã chi", "Share spent")


class FundingFigure(FactFigure):
    """See the module. Whole VND; every stage in all and by source. Categories: the sources."""

    assignable: ClassVar[bool] = True
    name: ClassVar[str] = "funding"
    formula: ClassVar[str] = "F13"
    title: ClassVar[Text] = Text("Kinh phí (đồng)", "Funding (VND)")
    explanation: ClassVar[Text] = Text(
        "Số đã chi ÷ số được cấp của năm ngân sách, chung và theo nguồn.",
        "Spent ÷ allocated of the budget year, in all and by source.",
    )
    measures: ClassVar[Mapping[str, Text]] = {**_STAGES, **_BY_SOURCE}
    shares: ClassVar[Mapping[str, Text]] = {
        "used": _USED,
        **{f"used.{source.value}": _of_source(_USED, source) for source in FundingSource},
    }
    headline: ClassVar[str] = "used"
    categories: ClassVar[Mapping[str, Text]] = {
        source.value: label(source) for source in FundingSource
    }

    def facts(self, view: View, span: Span, placement: Placement, cut: Cut) -> Facts:
        table = view.tables["funding"]
        columns = table.c
        conditions = [
            columns.year.in_(budget_years(span)),
            *of_units(columns.unit_id, placement.sources),
        ]
        if cut.category is not None:
            conditions.append(columns.source == cut.category)
        if not _is_year(span):
            conditions.append(columns.day <= span.last.isoformat())
        found = Facts()
        for row in view.connection.execute(sa.select(table).where(*conditions)):
            key = (row.unit_id, row.day, row.source, row.stage)
            source = Source(row.event_id, row.fund_id, key)
            found.add(row.unit_id, row.stage, row.amount_vnd, source)
            found.add(row.unit_id, f"{row.stage}.{row.source}", row.amount_vnd, source)
        return found

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {
            f"used{part}": ratio(values[f"{_SPENT}{part}"], values[f"{_ALLOCATED}{part}"])
            for part in ("", *(f".{source.value}" for source in FundingSource))
        }

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if values[_SPENT] > values[_ALLOCATED]:
            yield _OVERSPENT


def budget_years(span: Span) -> tuple[int, ...]:
    """The budget years that a span lies in: that of a period's name, else those of its days."""
    period = span.period
    if period is not None:
        return (period.year,)
    return tuple(range(span.first.year, span.last.year + 1))


def _is_year(span: Span) -> bool:
    period = span.period
    return period is not None and period.half is None
