"""Indicators: what units reported for a half-year or a year, added up along the hierarchy.

R06, R12, R13, R15, R30, R35, R45, R50, R63, R68, R71, R88, R103, R110, R123, R127. Shown is what
was reported for exactly the period asked for: a half and its year are never added together. What
nobody reported is absent; a reported 0 is 0. Shares and what each level counts for itself are not
added up: a row shows what its own unit reported.

Small sensitive counts are withheld above commune level, and so is what would give them away
(`withholding`); they are told as withheld and never as 0, and no event behind them is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import sqlalchemy as sa

from domain.indicators import INDICATORS, UnitOfMeasure
from domain.labels import label
from domain.levels import Level
from domain.refusals import Text
from services.node.figures.facts import FactFigure, Facts, Source
from services.node.figures.figure import NO_CUT, Counted, Tally, of_units
from services.node.figures.paging import page_of
from services.node.figures.placement import Placement
from services.node.figures.result import (
    NOT_A_REPORT_PERIOD,
    SUPPRESSED,
    Behind,
    BehindPage,
    CellFilter,
    Cut,
    FigureResult,
    Note,
    Numbers,
    Row,
)
from services.node.figures.span import Span
from services.node.figures.withholding import SENSITIVE, Withholding
from services.node.views import View

REPORTED: Final = "units_reported"
_NOTHING_REPORTED: Final = Note(
    "nothing-reported",
    Text("Chưa đơn vị nào báo cáo số liệu của kỳ này.", "No unit has reported for this period."),
)
_ALONE: Final = frozenset(code for code, found in INDICATORS.items() if not found.adds_up)


def _title(code: str) -> Text:
    indicator = INDICATORS[code]
    if indicator.unit not in (UnitOfMeasure.KILOGRAMS, UnitOfMeasure.PERCENT):
        return indicator.title
    unit = label(indicator.unit)
    return Text(f"{indicator.title.vi} ({unit.vi})", f"{indicator.title.en} ({unit.en})")


class IndicatorFigure(FactFigure):
    """See the module."""

    name: ClassVar[str] = "indicators"
    formula: ClassVar[str] = ""
    title: ClassVar[Text] = Text("Chỉ tiêu số liệu", "Indicators")
    explanation: ClassVar[Text] = Text(
        "Số liệu các đơn vị báo cáo cho đúng kỳ này, cộng theo hệ thống đơn vị.",
        "What units reported for exactly this period, added up along the hierarchy.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        REPORTED: Text("Đơn vị đã báo cáo", "Units that reported"),
        **{code: _title(code) for code in INDICATORS},
    }

    def __init__(self, reader: Level) -> None:
        """`reader` is the level whose committee reads it."""
        self._reader = reader

    def facts(self, view: View, span: Span, placement: Placement, cut: Cut) -> Facts:
        del cut
        found = Facts()
        if span.period is None:
            found.notes[NOT_A_REPORT_PERIOD] = None
            return found
        table = view.tables["indicator_values"]
        reported: set[str] = set()
        for row in view.connection.execute(
            sa.select(table)
            .where(table.c.period == span.code, *of_units(table.c.unit_id, placement.homes))
            .order_by(table.c.unit_id, table.c.code)
        ):
            source = Source(row.event_id, row.value_id, (row.unit_id, row.period, row.code))
            if row.code in INDICATORS:
                found.add(row.unit_id, row.code, row.value, source)
            # One value tells that the unit reported; the others are shown with 0.
            found.add(row.unit_id, REPORTED, int(row.unit_id not in reported), source)
            reported.add(row.unit_id)
        return found

    def values(self, tally: Tally) -> dict[str, int]:
        values = {code: tally.values[code] for code in INDICATORS if code in tally.values}
        return {REPORTED: tally.values.get(REPORTED, 0), **values}

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if not values[REPORTED]:
            yield _NOTHING_REPORTED

    def finished(
        self, view: View, result: FigureResult, placement: Placement, counted: Counted
    ) -> FigureResult:
        """Without what is not to be added up, and without what may not be shown."""
        period = result.span.period
        if period is None:
            return result
        rows = _Rows(placement, counted, Withholding(view, period, self._reader))
        root = placement.root
        return replace(
            result,
            total=rows.shown(result.total, root, placement.homes),
            own=replace(result.own, numbers=rows.row(result.own)),
            children=tuple(replace(row, numbers=rows.row(row)) for row in result.children),
            levels={
                level: rows.of_a_level(level, numbers) for level, numbers in result.levels.items()
            },
        )

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
        """The values that were reported. Of a number that is withheld there is nothing; of one that
        is shown, those that may be shown by themselves."""
        code, period = cell.measure, span.period
        if period is None or code not in INDICATORS:
            return super().behind(view, unit_id, span, cell, after=after, limit=limit, cut=cut)
        placement = self.placement(view, unit_id, span, cut)
        units = self.opened_units(placement, cell.row)
        if code in _ALONE:
            units = dict.fromkeys((cell.row or placement.root,))
        items = {
            fact.unit_id: Behind(
                fact.source.event_id, fact.source.aggregate_id, fact.source.key, fact.value
            )
            for fact in self.facts(view, span, placement, cut).items
            if fact.measure == code and fact.unit_id in units and fact.source is not None
        }
        guard = Withholding(view, period, self._reader)
        shown = guard.may_show(code, items)
        listed = [item for unit, item in items.items() if shown and guard.may_show(code, (unit,))]
        return replace(page_of(listed, after, limit), withheld=len(items) - len(listed))


@dataclass(slots=True)
class _Rows:
    """Rewrites the numbers of rows into what may be shown."""

    placement: Placement
    counted: Counted
    guard: Withholding

    def row(self, row: Row) -> Numbers:
        unit_id = row.unit.unit_id
        under = (unit for unit, home in self.placement.homes.items() if home.row == unit_id)
        return self.shown(row.numbers, unit_id, under)

    def shown(self, numbers: Numbers, unit_id: str, under: Iterable[str]) -> Numbers:
        """The numbers of a row: `unit_id` is the unit it is called by, `under` all it adds up."""
        return _without(numbers, self._alone(numbers.values, unit_id), self._hidden(under))

    def of_a_level(self, level: Level, numbers: Numbers) -> Numbers:
        """The numbers of a level, which cut across the rows."""
        values = {code: value for code, value in numbers.values.items() if code not in _ALONE}
        under = (unit for unit, home in self.placement.homes.items() if home.level is level)
        return _without(numbers, values, self._hidden(under))

    def _hidden(self, under: Iterable[str]) -> set[str]:
        """The sensitive indicators whose values of these units may not be shown added up."""
        having: dict[str, list[str]] = defaultdict(list)
        for unit in under:
            tally = self.counted.tallies.get(unit)
            for code in SENSITIVE & tally.values.keys() if tally is not None else ():
                having[code].append(unit)
        return {code for code, units in having.items() if not self.guard.may_show(code, units)}

    def _alone(self, values: Mapping[str, int], unit_id: str) -> dict[str, int]:
        """With a row's own report of what is not added up, and nobody else's."""
        tally = self.counted.tallies.get(unit_id)
        own = {} if tally is None else tally.values
        kept = {code: own.get(code) if code in _ALONE else value for code, value in values.items()}
        return {code: value for code, value in kept.items() if value is not None}


def _without(numbers: Numbers, values: Mapping[str, int], hidden: set[str]) -> Numbers:
    notes = (*numbers.notes, SUPPRESSED) if hidden else numbers.notes
    return replace(
        numbers,
        values={code: value for code, value in values.items() if code not in hidden},
        notes=notes,
        suppressed=frozenset(hidden),
    )
