"""Figures that add up the cells of one read model.

One method says what a cell counts as. The statement that adds cells up and the search for the
events behind a number both ask it, so they agree by construction.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar, NamedTuple

import sqlalchemy as sa

from services.node.entities import load
from services.node.figures.figure import (
    NO_CUT,
    Counted,
    Figure,
    Tally,
    days,
    is_few,
    of_units,
)
from services.node.figures.paging import page
from services.node.figures.placement import Placement
from services.node.figures.result import (
    Behind,
    BehindPage,
    CellFilter,
    Cut,
)
from services.node.figures.span import Span
from services.node.figures.stock import stock_sums
from services.node.figures.together import added_up, stand_ins
from services.node.readmodel import (
    ANY_AGGREGATE,
    CellModel,
    Contribution,
    Entity,
    applies,
)
from services.node.views import View


class Counts(NamedTuple):
    """One number that a cell adds to."""

    measure: str
    sign: int = 1
    within: bool = False
    """Whether it counts cells of days within the span only, in a figure that counts from the first
    day on."""
    detail: bool = False
    """Whether it stands among the details."""


class Opening(NamedTuple):
    """What the events behind a number are looked for with."""

    measure: str
    """As `CellFigure.counts` names it."""
    units: Mapping[str, None]
    """Whose cells make it up; none if it comes from rules or the catalogue, not from events."""
    once: bool = False
    """Whether an aggregate that counts adds 1, by the last event that added to it, whatever the
    cells hold: so many units, not so many things."""


class CellFigure(Figure):
    """A figure over cell models whose key begins with unit and day."""

    models: ClassVar[tuple[CellModel, ...]]
    """Every model it may read."""
    from_the_first_day: ClassVar[bool] = False
    """Whether everything up to the last day counts (a stock), or the span only. Models of a stock
    must be `balanced`."""
    only_adds: ClassVar[bool] = False
    """Whether it asks nothing about a unit by itself, so that units which stand alike may be added
    up under one of them."""

    def models_of(self, cut: Cut) -> tuple[CellModel, ...]:
        """The models whose cells answer the question."""
        del cut
        return self.models

    @abstractmethod
    def counts(
        self, model: CellModel, cell: tuple[Any, ...], span: Span, cut: Cut
    ) -> Iterable[Counts]:
        """What a cell of a model counts as; nothing if the question leaves it out. `cell` is its
        key without unit and day."""

    def days_counted(self, span: Span) -> tuple[date | None, date]:
        """The first day whose cells count, None for the very first, and the last."""
        return None if self.from_the_first_day else span.first, span.last

    def opening(
        self,
        view: View,
        span: Span,
        placement: Placement,
        cut: Cut,
        measure: str,
        units: Mapping[str, None],
    ) -> Opening:
        """How to find the events behind a measure of these units."""
        del view, span, placement, cut
        return Opening(measure, units)

    def conditions(
        self, table: sa.Table, span: Span, cut: Cut
    ) -> tuple[sa.ColumnElement[bool], ...]:
        """Further conditions that every cell that counts meets, where they help an index."""
        del table, span, cut
        return ()

    @abstractmethod
    def candidates(
        self, view: View, units: Mapping[str, None], span: Span, cell: CellFilter
    ) -> sa.Select[tuple[str]]:
        """Ids of all aggregates that may contribute; others among them do no harm."""

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        tallies: dict[str, Tally] = defaultdict(Tally)
        for model in self.models_of(cut):
            meaning: dict[tuple[Any, ...], list[Counts]] = {}
            for row in self._sums(view, model, placement, span, cut):
                unit_id, *parts, assigned_to, everything, within = row
                cell = tuple(parts)
                stands = placement.stands(unit_id, assigned_to)
                if stands is None:
                    continue
                if cell not in meaning:
                    meaning[cell] = list(self.counts(model, cell, span, cut))
                tally = tallies[stands]
                for part in meaning[cell]:
                    numbers = tally.details if part.detail else tally.values
                    number = part.sign * int(within if part.within else everything)
                    numbers[part.measure] = numbers.get(part.measure, 0) + number
        return Counted(tallies, waiting=self._waiting(view, span, placement, cut, tallies))

    def _sums(
        self, view: View, model: CellModel, placement: Placement, span: Span, cut: Cut
    ) -> Sequence[Sequence[Any]]:
        """Unit, cell, unit assigned to, the sum over all days that count and over the span's."""
        units = placement.sources
        sums = self._select_sums(view, model, units, span, cut)
        if self.only_adds and not is_few(units):
            sums = added_up(sums, stand_ins(placement), view.connection.dialect.name)
        return view.connection.execute(sums).all()

    def _select_sums(
        self, view: View, model: CellModel, units: Mapping[str, None], span: Span, cut: Cut
    ) -> sa.Select[Any]:
        if self.from_the_first_day:
            return stock_sums(
                view, model, units, span, lambda table: self.conditions(table, span, cut)
            )
        table = view.tables[model.name]
        unit, day, *others = (table.c[name] for name, _ in model.columns)
        value = table.c.value
        within = sa.case((day >= span.first.isoformat(), value), else_=0)
        first, last = self.days_counted(span)
        return (
            sa.select(
                unit.label("unit"),
                *others,
                sa.func.sum(value).label("everything"),
                sa.func.sum(within).label("within"),
            )
            .where(
                days(day, first, last),
                *of_units(unit, units),
                *self.conditions(table, span, cut),
            )
            .group_by(unit, *others)
        )

    def _waiting(
        self, view: View, span: Span, placement: Placement, cut: Cut, tallies: Mapping[str, Tally]
    ) -> dict[str, int]:
        """By split unit: how many records with numbers wait to be assigned."""
        split = {u: tallies[u] for u, h in placement.homes.items() if h.split and u in tallies}
        return self.waiting(view, span, placement, cut, split) if split else {}

    def waiting(
        self, view: View, span: Span, placement: Placement, cut: Cut, split: Mapping[str, Tally]
    ) -> dict[str, int]:
        """By split unit, of those given with the numbers that stand under them: how many records
        with numbers wait. What came and went before the span (a point opened and retired) does not.
        """
        concerned = view.tables["entity_units"].c
        entities = view.tables["entities"]
        kinds = frozenset().union(*(model.kinds for model in self.models_of(cut)))
        chosen = sa.select(concerned.aggregate_id).where(
            concerned.unit_id.in_(list(split)),
            *(() if ANY_AGGREGATE in kinds else (concerned.kind.in_(sorted(kinds)),)),
        )
        found: dict[str, int] = dict.fromkeys(split, 0)
        for row in view.connection.execute(
            sa.select(entities).where(entities.c.aggregate_id.in_(chosen))
        ):
            records: dict[tuple[str, str], dict[str, int]] = {}
            for unit_id, part, counts, value in self._numbers_of(load(row), span, placement, cut):
                if unit_id in split:
                    sums = records.setdefault((unit_id, part.subject or part.event_id), {})
                    sums[counts.measure] = sums.get(counts.measure, 0) + value
            for (unit_id, _), sums in records.items():
                found[unit_id] += any(sums.values())
        return found

    def _numbers_of(
        self, entity: Entity, span: Span, placement: Placement, cut: Cut
    ) -> Iterator[tuple[str, Contribution, Counts, int]]:
        """Every number that an aggregate adds: under which unit, its part of the model, what it
        counts as, and its value."""
        begin, end = self.days_counted(span)
        first, last = "" if begin is None else begin.isoformat(), end.isoformat()
        start = span.first.isoformat()
        for model in self.models_of(cut):
            if not applies(model, entity.kind):
                continue
            for part in model.contributions(entity):
                unit, day, *rest = part.key
                stands = placement.stands(unit, entity.assigned(part))
                if stands is None or not first <= day <= last:
                    continue
                for counts in self.counts(model, tuple(rest), span, cut):
                    if not (counts.within and day < start):
                        yield stands, part, counts, counts.sign * part.value

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
        cut = self.settled(cut)
        placement = self.placement(view, unit_id, span, cut)
        units = self.opened_units(placement, cell.row)
        self.check_measure(cell.measure)
        wanted = self.opening(view, span, placement, cut, cell.measure, units)
        if not wanted.units:
            return BehindPage((), None)

        def counting(entity: Entity) -> Iterable[Behind]:
            sums: dict[Contribution, int] = {}
            for stands, part, counts, value in self._numbers_of(entity, span, placement, cut):
                if stands in wanted.units and counts.measure == wanted.measure:
                    sums[part] = sums.get(part, 0) + value
            for part, value in sums.items():
                if value:
                    assigned = entity.assigned_by(part)
                    by = assigned[1] if assigned and assigned[0] in wanted.units else None
                    yield Behind(part.event_id, entity.aggregate_id, part.key, value, by)

        def found(entity: Entity) -> Iterable[Behind]:
            items = counting(entity)
            return _once(items) if wanted.once else items

        asked = {**wanted.units, **dict.fromkeys(placement.split)}
        return page(view, self.candidates(view, asked, span, cell), found, after, limit)


def _once(items: Iterable[Behind]) -> list[Behind]:
    """The same events, of which the last that adds anything adds 1 and the others nothing."""
    listed = list(items)
    last = max((place for place, item in enumerate(listed) if item.value > 0), default=None)
    return [replace(item, value=int(place == last)) for place, item in enumerate(listed)]
