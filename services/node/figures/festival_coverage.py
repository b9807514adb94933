"""F8, festival coverage: residential areas that held a festival ÷ the active ones, by kind (R125).

R32, R65, R114. What a unit's festivals of the span covered, by the number of areas that the last of
them named. A commune that held none covers none of the areas it reported for the year (indicator
`subjects.residential_area`), once the festival's day lies in the span; where it reported no number
either, it is in no rate and the figure says so. A merged unit's festivals are those of its
successor here: it is not counted as one that held none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from domain.festivals import FestivalHeld, FestivalKind, festival_day
from domain.indicator_values import IndicatorReported
from domain.labels import label
from domain.levels import Level
from domain.refusals import Text
from domain.subjects import SubjectCategory
from services.node.figures.cells import CellFigure, Counts, Opening
from services.node.figures.figure import NO_CUT, Counted, Tally, days, of_units
from services.node.figures.paging import page
from services.node.figures.placement import Placement
from services.node.figures.result import (
    MORE_THAN_REPORTED,
    NOT_REPORTED,
    Behind,
    BehindPage,
    CellFilter,
    Cut,
    Note,
    Ratio,
    ratio,
)
from services.node.figures.span import Span
from services.node.figures.subjects import reported_numbers
from services.node.readmodel import CellModel, Entity, applies
from services.node.readmodels.activity import EVENT_COUNT, Activity
from services.node.readmodels.festivals import Festivals
from services.node.readmodels.subject_outcomes import SUBJECTS, SubjectOutcomes
from services.node.views import View

_FESTIVALS: Final = Festivals()
_OUTCOMES: Final = SubjectOutcomes()
_AREA: Final = SubjectCategory.RESIDENTIAL_AREA
_TYPE: Final = FestivalHeld.__name__
_MEASURES: Final = {EVENT_COUNT: "festivals"} | {name: name for name in FestivalHeld.countable}


class FestivalCoverage(CellFigure):
    """See the module."""

    name: ClassVar[str] = "festival-coverage"
    formula: ClassVar[str] = "F8"
    title: ClassVar[Text] = Text("Khu dân cư tổ chức ngày hội", "Areas that held the festival")
    explanation: ClassVar[Text] = Text(
        "Số khu dân cư có tổ chức ngày hội chia cho số khu dân cư đang hoạt động. Xã, phường "
        "chưa ghi nhận ngày hội được tính là chưa tổ chức ở khu dân cư nào, theo tổng số đã "
        "báo.",
        "Residential areas that held the festival ÷ the active ones. A commune without a "
        "record counts as having held it in none of the areas it reported.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "active_areas": Text("Số khu dân cư", "Active areas"),
        "areas_covered": Text("Khu dân cư tổ chức", "Areas covered"),
        "participants": Text("Lượt người dự", "Participants"),
        "festivals": Text("Số lần ghi nhận", "Records"),
        "units_held": Text("Đơn vị có tổ chức", "Units that held it"),
        "units_without": Text("Xã, phường chưa ghi nhận", "Communes without a record"),
        "units_unreported": Text("Đơn vị chưa có tổng số", "Units without a number"),
        "areas_beyond": Text("Ghi vượt số khu dân cư", "Recorded beyond the active areas"),
    }
    shares: ClassVar[Mapping[str, Text]] = {
        "coverage": Text("Tỷ lệ khu dân cư tổ chức", "Areas covered"),
    }
    headline: ClassVar[str] = "coverage"
    categories: ClassVar[Mapping[str, Text]] = {kind.value: label(kind) for kind in FestivalKind}
    opening_category: ClassVar[str | None] = FestivalKind.SECURITY_DAY.value
    models: ClassVar[tuple[CellModel, ...]] = (Activity(),)

    def counts(
        self, model: CellModel, cell: tuple[Any, ...], span: Span, cut: Cut
    ) -> Iterable[Counts]:
        del model, span
        event, kind, measure = cell
        if (event, kind) == (_TYPE, cut.category) and measure in _MEASURES:
            yield Counts(_MEASURES[measure])

    def conditions(
        self, table: sa.Table, span: Span, cut: Cut
    ) -> tuple[sa.ColumnElement[bool], ...]:
        del span
        return (table.c.type == _TYPE, table.c.kind == cut.category)

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        return Counted(self._held(view, span, placement, cut).tallies)

    def _held(self, view: View, span: Span, placement: Placement, cut: Cut) -> _Held:
        cells = super().counted(view, span, placement, cut).tallies
        found = _Held({unit: cells.get(unit, Tally()) for unit in placement.homes})
        for unit, row in _last_festivals(view, placement.homes, span, cut).items():
            tally = found.tallies[unit]
            found.last[unit] = row.event_id
            tally.count("units_held")
            tally.count("active_areas", row.active_areas)
            beyond = tally.values.get("areas_covered", 0) - row.active_areas
            if beyond > 0:  # one area in several events, or fewer areas in the last of them
                tally.count("areas_beyond", beyond)
                tally.notes[MORE_THAN_REPORTED] = None
        day = festival_day(cut.category or "", span.year)
        if day is None or day not in span:
            return found
        heirs = {view.directory.heir(unit, span.last) for unit in found.last}
        numbers = reported_numbers(view, placement.homes, _AREA, span.year)
        for unit, tally in found.tallies.items():
            if unit in heirs or placement.homes[unit].level is not Level.COMMUNE:
                continue
            if unit in found.last or not view.directory.active(unit, span.last):
                continue
            tally.count("units_without")
            if unit in numbers:
                found.reported.add(unit)
                tally.count("active_areas", numbers[unit])
            else:
                tally.count("units_unreported")
        return found

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        covered = values["areas_covered"] - values["areas_beyond"]
        return {"coverage": ratio(covered, values["active_areas"])}

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if values["units_unreported"]:
            yield NOT_REPORTED

    def opening(
        self,
        view: View,
        span: Span,
        placement: Placement,
        cut: Cut,
        measure: str,
        units: Mapping[str, None],
    ) -> Opening:
        """What adds up is in the cells; for what does not, see `behind`."""
        del view, span, placement, cut
        return Opening(measure, units if measure in _MEASURES.values() else {})

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
        """For the active areas: the last festival of each unit, and the number reported by each
        commune that held none; for the units that held it: the last festival of each."""
        if cell.measure not in ("active_areas", "units_held"):
            return super().behind(view, unit_id, span, cell, after=after, limit=limit, cut=cut)
        cut = self.settled(cut)
        placement = self.placement(view, unit_id, span, cut)
        units = self.opened_units(placement, cell.row)
        held = self._held(view, span, placement, cut)
        last = {event_id: unit for unit, event_id in held.last.items() if unit in units}
        with_areas = cell.measure == "active_areas"
        silent = {unit for unit in held.reported if unit in units and with_areas}

        def found(entity: Entity) -> Iterable[Behind]:
            if applies(_FESTIVALS, entity.kind):
                for row in _FESTIVALS.rows(entity):
                    if last.get(row["event_id"]) == row["unit_id"]:
                        key = (row["unit_id"], row["day"], row["kind"])
                        value = row["active_areas"] if with_areas else 1
                        yield Behind(row["event_id"], entity.aggregate_id, key, value)
            elif applies(_OUTCOMES, entity.kind):
                for part in _OUTCOMES.contributions(entity):
                    unit, _, year, category, outcome = part.key
                    if unit in silent and (year, category, outcome) == (span.year, _AREA, SUBJECTS):
                        yield Behind(part.event_id, entity.aggregate_id, part.key, part.value)

        return page(view, self.candidates(view, units, span, cell), found, after, limit)

    def candidates(
        self, view: View, units: Mapping[str, None], span: Span, cell: CellFilter
    ) -> sa.Select[tuple[str]]:
        timeline = view.tables["timeline"].c
        wanted = sa.and_(timeline.type == _TYPE, days(timeline.occurred_on, span.first, span.last))
        if cell.measure == "active_areas":
            wanted = sa.or_(wanted, timeline.type == IndicatorReported.__name__)
        return sa.select(timeline.aggregate_id).where(wanted, *of_units(timeline.unit_id, units))


@dataclass(slots=True)
class _Held:
    tallies: dict[str, Tally]
    last: dict[str, str] = field(default_factory=dict)
    """By unit that held it: the event of its last festival."""
    reported: set[str] = field(default_factory=set)
    """Communes that held none and reported how many areas they have."""


def _last_festivals(
    view: View, units: Mapping[str, object], span: Span, cut: Cut
) -> dict[str, sa.Row[Any, Any, Any]]:
    """Each unit's last festival of the kind in the span; of one day, that with the most areas."""
    table = view.tables[Festivals.name].c
    statement = (
        sa.select(table.unit_id, table.active_areas, table.event_id)
        .where(
            table.kind == cut.category,
            days(table.day, span.first, span.last),
            *of_units(table.unit_id, units),
        )
        .order_by(table.day, table.active_areas, table.event_id)
    )
    rows = view.connection.execute(statement)
    return {row.unit_id: row for row in rows if row.unit_id in units}
